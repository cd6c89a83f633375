// SPDX-License-Identifier: GPL-2.0
#include "checked.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

/**
 * DOC: whatever a checked server answers over TLS, and whatever becomes of it on the way: one
 * result, in words that can be shown; good only if it comes from whom is trusted, and has what is
 * asked for.
 *
 * What reads TLS is a library's. Ours is what it is told, and what is made of its findings. So the
 * server is a real one, by the same library, and the input bends it: bytes 0 to 4 are what is asked
 * for (CHECKED_*, FUZZ_PLAIN), how TLS is spoken (FUZZ_*), where in the stream something happens
 * (two bytes), and with which byte; then comes what is said, in pieces, a record each.
 */
#define FUZZ_PLAIN 0x40 /* what is said is said as it is, without TLS */

#define FUZZ_TRUST(options) ((options)&3)
enum { TRUST_ALL, TRUST_SERVER, TRUST_ANOTHER, TRUST_NOTHING };
#define FUZZ_OLD 0x04	/* TLS 1.2 */
#define FUZZ_OTHER 0x08 /* the certificate is for another name than the one asked for */
#define FUZZ_END(options) ((options) >> 4 & 3)
enum { END_GOODBYE, END_CUT, END_ALERT, END_KEYS /* new ones before each piece, and a goodbye */ };
#define FUZZ_EVENT(options) ((options) >> 6)
enum { EVENT_NONE, EVENT_CHANGE, EVENT_INSERT, EVENT_STOP /* nothing more comes */ };

#define HEAD_BYTES 5
#define VALID_S 86400

static struct checked checked;
static gnutls_certificate_credentials_t credentials;
static char trusted[4][FUZZ_PATH_MAX]; /* by what is trusted */

struct server {
	const uint8_t *data;
	size_t size;
	uint8_t options, byte;
	size_t place, sent; /* in what leaves */
	gnutls_session_t session;
	bool plain, shaken;
	int fd;
};

/* A certificate that trusts itself. */
static void fill(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	static const char name[] = "www.example";
	time_t now = time(NULL);
	int failed = 0;

	failed |= gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	failed |= gnutls_x509_crt_set_version(certificate, 3);
	failed |= gnutls_x509_crt_set_serial(certificate, "1", 1);
	failed |= gnutls_x509_crt_set_key(certificate, key);
	failed |= gnutls_x509_crt_set_dn(certificate, "CN=www.example", NULL);
	failed |= gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, name,
						       strlen(name), GNUTLS_FSAN_SET);
	failed |= gnutls_x509_crt_set_activation_time(certificate, now - VALID_S);
	failed |= gnutls_x509_crt_set_expiration_time(certificate, now + VALID_S);
	failed |= gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
	require(!failed);
}

/* The server's, or just another one, and the file that has it. */
static void make_certificate(bool servers, char ret_path[FUZZ_PATH_MAX])
{
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem;

	require(!gnutls_x509_privkey_init(&key) && !gnutls_x509_crt_init(&certificate));
	fill(certificate, key);
	require(!gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem));
	fuzz_file(pem.data, pem.size, ret_path);
	gnutls_free(pem.data);
	if (servers)
		require(!gnutls_certificate_set_x509_key(credentials, &certificate, 1, key));
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	require(!gnutls_certificate_allocate_credentials(&credentials));
	make_certificate(true, trusted[TRUST_SERVER]);
	make_certificate(false, trusted[TRUST_ANOTHER]);
	fuzz_file("none\n", strlen("none\n"), trusted[TRUST_NOTHING]);
	checked_begin(&checked);
	return 0;
}

/* --- what leaves the server, and what happens to it --- */

static void put(const struct server *server, const void *data, size_t bytes)
{
	(void)!send(server->fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_here(const struct server *server, size_t bytes)
{
	return server->place >= server->sent && server->place - server->sent < bytes;
}

static ssize_t on_push(gnutls_transport_ptr_t context, const void *data, size_t bytes)
{
	struct server *server = context;
	int event = FUZZ_EVENT(server->options);
	const uint8_t *from = data;
	size_t before = bytes;

	if (event == EVENT_STOP && server->place < server->sent)
		before = 0;
	else if (event != EVENT_NONE && is_here(server, bytes))
		before = server->place - server->sent;
	put(server, from, before);
	if (before < bytes && event == EVENT_CHANGE)
		put(server, &(uint8_t){ from[before] ^ server->byte }, 1);
	else if (before < bytes && event == EVENT_INSERT)
		put(server, &server->byte, 1);
	if (before < bytes && event != EVENT_STOP)
		put(server, from + before + (event == EVENT_CHANGE),
		    bytes - before - (event == EVENT_CHANGE));
	server->sent += bytes;
	return (ssize_t)bytes;
}

static ssize_t on_pull(gnutls_transport_ptr_t context, void *data, size_t bytes)
{
	const struct server *server = context;

	return recv(server->fd, data, bytes, MSG_DONTWAIT);
}

/* --- what it says --- */

static void begin_tls(struct server *server)
{
	static const char old[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
			  now[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";

	require(!gnutls_init(&server->session, GNUTLS_SERVER | GNUTLS_NONBLOCK));
	require(!gnutls_priority_set_direct(server->session, server->options & FUZZ_OLD ? old : now,
					    NULL));
	require(!gnutls_credentials_set(server->session, GNUTLS_CRD_CERTIFICATE, credentials));
	gnutls_transport_set_ptr(server->session, server);
	gnutls_transport_set_push_function(server->session, on_push);
	gnutls_transport_set_pull_function(server->session, on_pull);
}

static void renew_keys(const struct server *server)
{
	if (server->options & FUZZ_OLD)
		gnutls_rehandshake(server->session);
	else
		gnutls_session_key_update(server->session, server->byte & GNUTLS_KU_PEER);
}

static void say_goodbye(const struct server *server)
{
	if (FUZZ_END(server->options) == END_ALERT)
		gnutls_alert_send(server->session, GNUTLS_AL_FATAL, server->byte);
	else if (FUZZ_END(server->options) != END_CUT)
		gnutls_bye(server->session, GNUTLS_SHUT_WR);
}

static enum checked_turn shake_hands(struct server *server, unsigned int idle)
{
	int r;

	if (!server->session)
		begin_tls(server);
	r = gnutls_handshake(server->session);
	server->shaken = r == 0;
	if (r == 0)
		return CHECKED_SPEAKS;
	/* Both wait when something has got lost. */
	return gnutls_error_is_fatal(r) || idle >= CHECKED_IDLE_TURNS ? CHECKED_ENDS
								      : CHECKED_WAITS;
}

static void say(const struct server *server, const uint8_t *piece, size_t bytes)
{
	if (server->plain) {
		put(server, piece, bytes);
		return;
	}
	if (FUZZ_END(server->options) == END_KEYS)
		renew_keys(server);
	if (bytes)
		gnutls_record_send(server->session, piece, bytes);
}

static enum checked_turn take_turn(void *context, int fd, unsigned int idle)
{
	struct server *server = context;
	const uint8_t *piece;
	size_t bytes;

	server->fd = fd;
	if (!server->plain && !server->shaken)
		return shake_hands(server, idle);
	if (server->size) {
		bytes = fuzz_take(&server->data, &server->size, CHECKED_NEXT, &piece);
		say(server, piece, bytes);
		return CHECKED_SPEAKS;
	}
	if (!server->plain)
		say_goodbye(server);
	return CHECKED_ENDS;
}

static void ask_by_tls(uint8_t options)
{
	struct cluster_check *check = &checked.target.check;

	check->type = CHECK_HTTPS;
	check->insecure = FUZZ_TRUST(options) == TRUST_ALL;
	strcpy(check->sni, options & FUZZ_OTHER ? "other.example" : "www.example");
	/* With none named it would be the system's, which takes its time. */
	strcpy(check->ca_file, trusted[check->insecure ? TRUST_SERVER : FUZZ_TRUST(options)]);
}

static bool may_be_good(const struct server *server)
{
	return !server->plain &&
	       (FUZZ_TRUST(server->options) == TRUST_ALL ||
		(FUZZ_TRUST(server->options) == TRUST_SERVER && !(server->options & FUZZ_OTHER)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server server = {};

	if (size < HEAD_BYTES || size > CHECKED_SAID_MAX)
		return 0;
	server.data = data + HEAD_BYTES;
	server.size = size - HEAD_BYTES;
	server.plain = data[0] & FUZZ_PLAIN;
	server.options = data[1];
	server.place = data[2] | data[3] << 8;
	server.byte = data[4];
	checked_ask(&checked, data[0]);
	ask_by_tls(data[1]);
	checked_run(&checked, data[0], take_turn, &server);
	if (server.session)
		gnutls_deinit(server.session);
	if (!checked.good)
		return 0;
	require(may_be_good(&server));
	checked_is_right(&checked, data + HEAD_BYTES, size - HEAD_BYTES);
	return 0;
}
