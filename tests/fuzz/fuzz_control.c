// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "fake_world.h"

#include "cleanup.h"
#include "config/config.h"
#include "control/message.h"
#include "daemon/commands.h"
#include "daemon/handles.h"
#include "daemon/journal.h"
#include "daemon/publish.h"

/**
 * DOC: whatever clients of the control socket send, and in whatever turns: every line is answered
 * by an answer of the form that is promised, and the next client finds a daemon that serves it.
 *
 * The server, its connections and the commands are the real ones. Input: what clients send; bytes
 * that no JSON has are orders, see LLVMFuzzerTestOneInput().
 */
#define CLIENTS 4
#define FUZZ_CLIENT 0x1c /* the next client, of four in turn */
#define FUZZ_TURN 0x1d	 /* the daemon takes a turn */
#define FUZZ_END 0x1e	 /* the client sends no more */
#define FUZZ_CLOSE 0x1f	 /* the client goes */

#define KEY_FD 100
#define TURNS 200 /* of the event loop, to get everything answered that will be */

static struct daemon *self;
static struct daemon_options options;
static char directory[FUZZ_PATH_MAX], path[FUZZ_PATH_MAX + 16];

static const char config[] =
	"cluster: fuzz\n"
	"key-file: /proc/self/fd/100\n"
	"nodes:\n"
	"  - { name: n1, id: 1, address: 192.0.2.11, interface: eth0 }\n"
	"  - { name: n2, id: 2, address: 192.0.2.12, interface: eth0 }\n"
	"  - { name: n3, id: 3, address: 192.0.2.13, interface: eth0 }\n"
	"  - { name: a1, id: 9, address: 192.0.2.19, agent: false, forward: ipip }\n"
	"pools:\n"
	"  - { name: web, members: [n1, n2, a1], health: { type: tcp, port: 80 } }\n"
	"  - { name: db, mode: active-passive, preempt: false, members: [n1, n2, n3] }\n"
	"  - { name: pre, mode: active-passive, members: [n1, n2] }\n"
	"services:\n"
	"  - { name: web4, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web }\n"
	"  - { name: dns, vip: 198.51.100.0/24, protocol: udp, port: 53, pool: web }\n"
	"  - { name: db6, vip: \"2001:db8:5::1\", protocol: tcp, port: 5432, pool: db }\n";

/* It is the fuzzer's business to connect more often than people do. */
int sd_event_source_set_ratelimit(sd_event_source *source, uint64_t interval_us, unsigned int burst)
{
	(void)source;
	(void)interval_us;
	(void)burst;
	return 0;
}

static struct cluster *load(void)
{
	static const char key[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	struct config_errors errors = {};
	char config_path[FUZZ_PATH_MAX], key_path[FUZZ_PATH_MAX];
	int fd = fuzz_file(config, strlen(config), config_path);
	int key_fd = fuzz_file(key, strlen(key), key_path);
	struct cluster *cluster = NULL;
	size_t i;

	require(fchmod(key_fd, 0600) == 0 && dup2(key_fd, KEY_FD) == KEY_FD);
	close(key_fd);
	if (config_load(config_path, "n1", &cluster, &errors) < 0)
		for (i = 0; i < errors.n; i++)
			fprintf(stderr, "%s\n", errors.line[i]);
	require(cluster);
	close(fd);
	close(KEY_FD);
	return cluster;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_directory(directory);
	snprintf(path, sizeof(path), "%s/sock", directory);
	options = (struct daemon_options){ .state_dir = directory, .config_path = "steer.yaml" };
	self = daemon_new(&options);
	require(self);
	require(publish_init(self) == 0);
	self->n_interfaces = 1;
	strcpy(self->interface[0].name, "eth0");
	self->state->config = load();
	return 0;
}

/* A configuration takes effect, without tables. */
static void apply(struct cluster *cluster)
{
	struct cluster_state *state = self->state;
	uint16_t gone[STEER_MAX_POOLS];
	size_t n_gone;

	for (size_t i = 0; i < cluster->n_pools; i++)
		index_alloc_assign(&state->pool_index, cluster->pools[i].name);
	for (size_t i = 0; i < cluster->n_services; i++)
		index_alloc_assign(&state->service_index, cluster->services[i].name);
	require(state_begin_reload(state, cluster, &state->pool_index) == 0);
	state_commit_reload(state, cluster, gone, &n_gone);
	for (size_t i = 0; i < cluster->n_pools; i++) {
		struct pool *pool = state->in_order[i];

		pool->table.rows = calloc(pool->config->n_members, sizeof(uint32_t));
		pool->table.n_rows = pool->config->n_members;
		require(pool->table.rows);
	}
	for (uint16_t id = 2; id <= 3; id++)
		state->peers[id].liveness = state->peers[id].told.liveness = LIVENESS_UP;
}

/* As it was before the first input. */
static void start_daemon(void)
{
	struct cluster *config_kept;
	static const char *const files[] = { "admin", "admin-a1", "events.jsonl" };
	char file[FUZZ_PATH_MAX + 32];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", directory, files[i]);
		unlink(file);
	}
	memset(&world, 0, sizeof(world));
	memset(&self->reflector, 0, sizeof(self->reflector));
	config_kept = TAKE_PTR(self->state->config);
	state_free(self->state);
	self->state = state_new();
	require(self->state);
	apply(config_kept);
	require(journal_open(self) == 0);
	require(control_server_new(self->event, path, commands_handle, self, &self->control) == 0);
	publish_now(self);
}

static void stop_daemon(void)
{
	control_server_free(self->control);
	self->control = NULL;
	journal_close(self);
	require(access(path, F_OK) < 0);
}

static void turn(unsigned int n)
{
	while (n-- && sd_event_run(self->event, 0) > 0)
		;
}

/* --- clients --- */

static struct client {
	int fd; /* -1: it has not come yet */
	bool ended;
	size_t n_sent, n_answered; /* lines */
	char *in;
	size_t in_bytes;
} clients[CLIENTS];

/* The queue of those who wait to be accepted may be full, of some that have closed already. */
static void client_open(struct client *client)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	*client = (struct client){
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
	};
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	require(client->fd >= 0);
	r = connect(client->fd, (struct sockaddr *)&addr, sizeof(addr));
	if (r < 0 && errno == EAGAIN) {
		turn(TURNS);
		r = connect(client->fd, (struct sockaddr *)&addr, sizeof(addr));
	}
	require(r == 0);
}

static void check_answer(const char *line, size_t length)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code;

	require(control_answer_parse(line, length, &code, message, &data) == 0);
	require(code == 0 || code == 1 || code == 5);
	require(code == 1 ? message[0] != '\0' : data != NULL);
}

/* Whatever has come for it. */
static void client_read(struct client *client)
{
	char *end;
	ssize_t n;

	if (client->fd < 0)
		return;
	for (;;) {
		client->in = realloc(client->in, client->in_bytes + 65536);
		require(client->in);
		n = recv(client->fd, client->in + client->in_bytes, 65536, MSG_DONTWAIT);
		if (n <= 0)
			break;
		client->in_bytes += n;
	}
	while ((end = memchr(client->in, '\n', client->in_bytes))) {
		size_t length = end + 1 - client->in;

		check_answer(client->in, length - 1);
		client->n_answered++;
		client->in_bytes -= length;
		memmove(client->in, end + 1, client->in_bytes);
	}
}

static void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->in);
	*client = (struct client){ .fd = -1 };
}

static void client_send(struct client *client, const uint8_t *data, size_t size)
{
	size_t i;

	if (!size || client->ended)
		return;
	if (client->fd < 0)
		client_open(client);
	for (i = 0; i < size; i++)
		client->n_sent += data[i] == '\n';
	/* A daemon that does not read any more has said why. */
	(void)!send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void client_end(struct client *client)
{
	if (client->fd < 0 || client->ended)
		return;
	shutdown(client->fd, SHUT_WR);
	client->ended = true;
}

/* No more answers than lines, but for one that says why there will be none. */
static void client_finish(struct client *client)
{
	client_read(client);
	require(client->n_answered <= client->n_sent + 1);
	require(!client->in_bytes);
	client_close(client);
}

/* Whatever the others have done. */
static void check_service(void)
{
	static const char request[] = "{\"schema\":1,\"command\":\"pool.show\"}\n";
	struct client client;

	client_open(&client);
	client_send(&client, (const uint8_t *)request, strlen(request));
	turn(TURNS);
	client_read(&client);
	require(client.n_answered == 1);
	client_close(&client);
	turn(TURNS);
}

static size_t plain(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size && (data[i] < FUZZ_CLIENT || data[i] > FUZZ_CLOSE); i++)
		;
	return i;
}

/* All that was opened is closed, but for what the event loop has from the first time on. */
static void check_files(size_t before)
{
	static bool first = true;

	require(first || fuzz_open_files() == before);
	first = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t files = fuzz_open_files();
	size_t i = 0, bytes;

	for (i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){ .fd = -1 };
	start_daemon();
	for (i = 0; size; data += bytes, size -= bytes) {
		bytes = plain(data, size);
		client_send(&clients[i], data, bytes);
		if (bytes == size)
			break;
		switch (data[bytes++]) {
		case FUZZ_CLIENT:
			i = (i + 1) % CLIENTS;
			break;
		case FUZZ_TURN:
			turn(1);
			break;
		case FUZZ_END:
			client_end(&clients[i]);
			break;
		default:
			client_close(&clients[i]);
		}
	}
	turn(TURNS);
	for (i = 0; i < CLIENTS; i++)
		client_end(&clients[i]);
	turn(TURNS);
	for (i = 0; i < CLIENTS; i++)
		client_finish(&clients[i]);
	turn(TURNS);
	check_service();
	stop_daemon();
	check_files(files);
	return 0;
}
