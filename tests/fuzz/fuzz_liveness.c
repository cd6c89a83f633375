// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <endian.h>
#include <time.h>

/* The prober with a clock and a chance of the fuzzer's, so that a run can be repeated. */
static int fuzz_clock(clockid_t clock, struct timespec *ret_time);
static ssize_t fuzz_random(void *buffer, size_t bytes, unsigned int flags);
#include <sys/random.h>
#define clock_gettime fuzz_clock
#define getrandom fuzz_random
#include "../../user/liveness/prober.c"
#undef clock_gettime
#undef getrandom

#include "sbfd.h"

/**
 * DOC: whatever comes in answer to probes: only what a peer has signed, in answer to a probe that
 * was sent to it, counts, and counts once; and nobody is found dead or alive without reason.
 *
 * The prober is the real one, its sockets are here. Input: what happens, one after the other, each
 * a byte and its arguments; see happen(). Answers are made right first and then changed as the
 * input has it, before or after they are signed: chance alone would never get behind a tag.
 */
#define SELF 1
#define PEERS 4
#define WAITING 64
#define REMEMBERED 24 /* probes; more than the prober does */
#define STEPS 512

static const uint16_t ids[PEERS] = { 2, 3, 40, STEER_MAX_NODES - 1 };
static const struct steer_addr addrs[PEERS] = {
	{ { 0, 0, 0xffff0000, 0x020200c0 } },
	{ { 0, 0, 0xffff0000, 0x030200c0 } },
	{ { 0xb80d0120, 0x0f00, 0, 0x28000000 } },
	{ { 0xb80d0120, 0x0f00, 0, 0xff000000 } },
};

/* What the fuzzer knows of a peer by itself. */
struct model {
	bool known;
	uint64_t sequence[REMEMBERED]; /* of the probes sent to it */
	bool answered[REMEMBERED];
	uint64_t n_sent, n_answered;
	uint64_t sent_by_last; /* probes sent when an answer last counted */
	enum liveness_state told;
	bool steady; /* its timing and keys have always been the same */
};

static struct {
	const uint8_t *data;
	size_t size;
	uint64_t now_ns, step_ns;
	struct steer_key keys[2];
	struct liveness_timing timing;
	struct model model[PEERS];
	struct udp_batch_incoming waiting[2][WAITING]; /* in the sockets */
	size_t n_waiting[2];
	uint64_t n_taken, rejected;
	bool unreachable;
	struct mailbox news;
	struct prober *prober;
} f;

static uint8_t next_byte(void)
{
	if (!f.size)
		return 0;
	f.size--;
	return *f.data++;
}

static int fuzz_clock(clockid_t clock, struct timespec *ret_time)
{
	require(clock == CLOCK_MONOTONIC);
	f.now_ns += f.step_ns;
	ret_time->tv_sec = f.now_ns / 1000000000;
	ret_time->tv_nsec = f.now_ns % 1000000000;
	return 0;
}

/* Begins shortly before it wraps. */
static ssize_t fuzz_random(void *buffer, size_t bytes, unsigned int flags)
{
	(void)flags;
	memset(buffer, 0xff, bytes);
	*(uint8_t *)buffer = 0xf0;
	return bytes;
}

/* --- the sockets --- */

int udp_batch_open(int family, int *ret_fd)
{
	*ret_fd = family == AF_INET ? 4 : 6;
	return 0;
}

static struct model *model_of(uint32_t id)
{
	size_t i;

	for (i = 0; i < PEERS; i++)
		if (ids[i] == id)
			return &f.model[i];
	return NULL;
}

static void check_probe(const struct udp_batch_outgoing *out)
{
	const struct steer_sbfd_packet *probe = out->data;
	struct model *model = model_of(be32toh(probe->bfd.your_disc));

	require(out->length == sizeof(*probe) && be32toh(probe->bfd.my_disc) == SELF);
	require(model && model->known);
	require(be64toh(probe->auth.auth_tag) == sbfd_sign(probe, &f.keys[0], STEER_SBFD_PROBE));
	require(probe->bfd.detect_mult == f.timing.multiplier);
	if (out->error)
		return;
	model->sequence[model->n_sent % REMEMBERED] = be64toh(probe->auth.sequence);
	model->answered[model->n_sent % REMEMBERED] = false;
	model->n_sent++;
}

void udp_batch_send(int fd, struct udp_batch_outgoing *outgoing, size_t n)
{
	size_t i;

	require(n && n <= UDP_BATCH_MAX);
	for (i = 0; i < n; i++) {
		require(outgoing[i].to.ss_family == (fd == 4 ? AF_INET : AF_INET6));
		outgoing[i].error = f.unreachable ? -ENETUNREACH : 0;
		check_probe(&outgoing[i]);
	}
}

/* Whether a datagram may count, as this fuzzer sees it; if so it has counted from now on. */
static bool may_count(const struct udp_batch_incoming *incoming)
{
	struct steer_sbfd_packet packet;
	struct model *model;
	uint64_t i, tag;

	if (incoming->length < sizeof(packet))
		return false;
	memcpy(&packet, incoming->data, sizeof(packet));
	model = model_of(be32toh(packet.bfd.my_disc));
	tag = be64toh(packet.auth.auth_tag);
	if (!model || !model->known || !sbfd_is_answer(&packet, SELF) ||
	    (tag != sbfd_sign(&packet, &f.keys[0], STEER_SBFD_ANSWER) &&
	     tag != sbfd_sign(&packet, &f.keys[1], STEER_SBFD_ANSWER)))
		return false;
	for (i = 0; i < REMEMBERED && i < model->n_sent; i++) {
		if (model->sequence[i] != be64toh(packet.auth.sequence) || model->answered[i])
			continue;
		model->answered[i] = true;
		model->n_answered++;
		return true;
	}
	return false;
}

ssize_t udp_batch_receive(int fd, struct udp_batch_incoming incoming[UDP_BATCH_MAX])
{
	size_t which = fd == 6, n = f.n_waiting[which], i;

	if (n > UDP_BATCH_MAX)
		n = UDP_BATCH_MAX;
	for (i = 0; i < n; i++) {
		incoming[i] = f.waiting[which][i];
		if (!may_count(&incoming[i]))
			f.rejected++;
	}
	f.n_taken += n;
	f.n_waiting[which] -= n;
	memmove(f.waiting[which], f.waiting[which] + n,
		f.n_waiting[which] * sizeof(f.waiting[which][0]));
	return n;
}

static void put(size_t which, const void *data, size_t length)
{
	struct udp_batch_incoming *incoming = &f.waiting[which][f.n_waiting[which]];

	if (f.n_waiting[which] == WAITING)
		return;
	/* As the kernel cuts it; what is behind must not be looked at. */
	memset(incoming, 0x5a, sizeof(*incoming));
	incoming->length = length < sizeof(incoming->data) ? length : sizeof(incoming->data);
	memcpy(incoming->data, data, incoming->length);
	f.n_waiting[which]++;
}

/* --- what happens --- */

static void check_peer(size_t i, uint64_t sent_before, uint64_t answered_before)
{
	struct model *model = &f.model[i];
	struct prober_counters counters;

	if (!model->known)
		return;
	prober_get_counters(f.prober, ids[i], &counters);
	require(counters.sent == model->n_sent && counters.answered <= model->n_answered);
	require(counters.answered >= answered_before);
	/* Answers are taken before probes are sent. */
	if (counters.answered > answered_before)
		model->sent_by_last = sent_before;
	model->n_answered = counters.answered;
}

static void check_change(const struct model *model, const struct mailbox_change *change,
			 uint64_t sent_before)
{
	struct prober_counters counters;

	require(change->state != LIVENESS_UNKNOWN && change->state != model->told);
	prober_get_counters(f.prober, ids[model - f.model], &counters);
	if (change->state == LIVENESS_UP)
		require(model->n_answered >= f.timing.rise);
	else if (model->told == LIVENESS_UNKNOWN && !model->n_answered && counters.unsent)
		/* It could never be reached. */
		require(counters.sent + counters.unsent >= f.timing.multiplier);
	else
		require(sent_before - model->sent_by_last >= f.timing.multiplier);
}

static void check_news(const uint64_t sent_before[PEERS])
{
	struct liveness_report report;
	struct mailbox_change change;
	enum mailbox_kind kind;
	uint16_t node;

	while ((kind = mailbox_take(&f.news, &node, &change)) != MAILBOX_NONE) {
		struct model *model = model_of(node);

		require(model && model->known);
		if (kind == MAILBOX_REPORT) {
			prober_get_report(f.prober, node, &report);
			require(report.admin <= STEER_ADMIN_MAINTENANCE && model->n_answered);
			continue;
		}
		check_change(model, &change, sent_before[model - f.model]);
		model->told = change.state;
	}
}

/* Nobody stays up, or unknown, who does not answer for twice what is remembered of probes. */
static void check_silence(size_t i, uint64_t sent_before)
{
	const struct model *model = &f.model[i];

	if (model->known && model->steady &&
	    sent_before - model->sent_by_last > 2 * LIVENESS_WINDOW)
		require(model->told == LIVENESS_DOWN);
}

/* The beat begins anew, and so may be faster for once. */
static void unsettle(void)
{
	size_t i;

	for (i = 0; i < PEERS; i++)
		f.model[i].steady = false;
}

static void run(uint64_t later_ns)
{
	uint64_t sent_before[PEERS], answered_before[PEERS], rejects[LIVENESS_REJECTS], sum = 0;
	uint64_t next;
	size_t i;

	f.now_ns += later_ns;
	for (i = 0; i < PEERS; i++) {
		sent_before[i] = f.model[i].n_sent;
		answered_before[i] = f.model[i].n_answered;
	}
	next = prober_run(f.prober);
	require(f.step_ns || next > f.now_ns);
	for (i = 0; i < PEERS; i++)
		check_peer(i, sent_before[i], answered_before[i]);
	check_news(sent_before);
	for (i = 0; i < PEERS; i++)
		check_silence(i, sent_before[i]);
	prober_get_rejects(f.prober, rejects);
	for (i = 0; i < LIVENESS_REJECTS; i++)
		sum += rejects[i];
	/* The fuzzer remembers more probes than the prober: it may take more for answers. */
	require(sum == f.n_taken && sum - rejects[LIVENESS_OK] >= f.rejected);
}

static void change(struct steer_sbfd_packet *packet, unsigned int n)
{
	while (n--) {
		uint8_t at = next_byte();

		((uint8_t *)packet)[at % sizeof(*packet)] = next_byte();
	}
}

/* An answer to a probe that was sent, and what is wrong with it. */
static void answer(void)
{
	size_t i = next_byte() % PEERS;
	struct model *model = &f.model[i];
	uint8_t back = next_byte(), wrong = next_byte();
	struct liveness_report report = { .admin = wrong >> 4 & 1, .load_percent = back };
	struct steer_reflector reflector;
	struct steer_sbfd_packet packet;
	size_t length = sizeof(packet);
	const struct steer_key *key = &f.keys[wrong >> 1 & 1];

	if (!model->n_sent)
		return;
	liveness_packet_reflector(&reflector, f.keys, ids[i], &report);
	packet = (struct steer_sbfd_packet){
		.bfd.vers_diag = STEER_BFD_VERS_DIAG,
		.bfd.state_flags = reflector.state << STEER_BFD_STATE_SHIFT | STEER_BFD_AUTH,
		.bfd.length = sizeof(packet),
		.bfd.my_disc = htobe32(ids[i]),
		.bfd.your_disc = htobe32(SELF),
		.auth = reflector.answer,
	};
	back %= REMEMBERED;
	packet.auth.sequence = htobe64(model->sequence[(model->n_sent - 1 - back) % REMEMBERED]);
	change(&packet, wrong >> 6);
	packet.auth.auth_tag = htobe64(sbfd_sign(&packet, key, STEER_SBFD_ANSWER));
	if (wrong & 1)
		change(&packet, 1);
	if (wrong & 8)
		length = next_byte();
	put(i >= 2, &packet, length < sizeof(packet) ? length : sizeof(packet));
}

static void stray(void)
{
	uint8_t length = next_byte();
	size_t bytes = length < f.size ? length : f.size;

	put(length & 1, f.data, bytes);
	f.data += bytes;
	f.size -= bytes;
}

static void come_or_go(void)
{
	size_t i = next_byte() % PEERS;
	struct model *model = &f.model[i];

	if (model->known) {
		prober_remove_peer(f.prober, ids[i]);
		*model = (struct model){};
		return;
	}
	model->known = model->steady = true;
	require(prober_set_peer(f.prober, ids[i], &addrs[i]) == 1);
	require(prober_set_peer(f.prober, ids[i], &addrs[i]) == 0);
}

static void configure(uint8_t how)
{
	struct liveness_timing timing = {
		.interval_ns = (how & 1 ? 10 : 50) * 1000000ULL,
		.multiplier = how >> 1 & 15,
		.rise = how >> 5 & 3,
	};
	int r = prober_configure(f.prober, f.keys, &timing);

	require((r == 0) == (timing.multiplier && timing.rise));
	if (r == 0)
		f.timing = timing;
	unsettle();
}

static void happen(void)
{
	struct steer_key first = f.keys[0];
	uint8_t what = next_byte();

	switch (what % 8) {
	case 0:
		run(next_byte() * (f.timing.interval_ns / 32));
		break;
	case 1:
		answer();
		break;
	case 2:
		stray();
		break;
	case 3:
		come_or_go();
		break;
	case 4:
		configure(next_byte());
		break;
	case 5:
		f.unreachable = !f.unreachable;
		break;
	case 6:
		f.step_ns = next_byte() * 1000;
		break;
	default: /* the keys are exchanged */
		f.keys[0] = f.keys[1];
		f.keys[1] = first;
		require(prober_configure(f.prober, f.keys, &f.timing) == 0);
		unsettle();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int steps = STEPS;

	memset(&f, 0, sizeof(f));
	f.data = data;
	f.size = size;
	f.now_ns = 1000000000;
	f.keys[0] = (struct steer_key){ { 1, 2 } };
	f.keys[1] = (struct steer_key){ { 3, 4 } };
	require(prober_new(SELF, &f.news, &f.prober) == 0);
	configure(0x01 | 3 << 1 | 2 << 5);
	while (f.size && steps--)
		happen();
	f.prober->fd4 = f.prober->fd6 = -1; /* numbers of nothing */
	prober_free(f.prober);
	return 0;
}
