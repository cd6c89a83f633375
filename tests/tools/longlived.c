// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: long-lived TCP connections that exchange data all the time with echo.
 *
 *   longlived SOCKET COUNT INTERVAL_MS STALL_MS ADDRESS PORT [ADDRESS PORT]...
 *   longlived report SOCKET
 *
 * Spreads COUNT connections over the addresses, sends a message on each every INTERVAL_MS and
 * checks the echo. A connection is broken when it is reset or closed, when an echo is wrong or
 * comes from another node than before, or when nothing came back for STALL_MS; it is then opened
 * anew, from another port. The report is one JSON object: how many are open, on which node, how
 * long the most silent one waits for an answer, and every one that broke: when (CLOCK_MONOTONIC),
 * on which node, from which port, why.
 *
 * One thread and epoll, so that hundreds of connections cost little on a small machine.
 */
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "echo.h"
#include "report.h"

#define MAX_BREAKS 65536
#define RETRY_NS 100000000LL
#define PORT_FIRST 10000
#define PORT_LAST 65000
#define WAITING_NS 4000000000LL
#define WAITING_MAX 5

struct connection {
	uint64_t id;
	int fd; /* -1: closed, opened again at retry_ns */
	const struct endpoint *endpoint;
	bool connecting;
	uint16_t port;
	int64_t retry_ns;
	int64_t next_send_ns;
	int64_t last_answer_ns;
	uint64_t sent;
	uint64_t answered;
	size_t have;
	struct echo_answer answer;
	char name[ECHO_NAME_BYTES]; /* of the node, empty before the first answer */
};

struct broken {
	int64_t at_ns;
	uint64_t connection;
	char name[ECHO_NAME_BYTES];
	const char *cause;
	uint16_t port; /* of the client */
	bool v6;
};

static struct client {
	int epoll;
	struct endpoint *endpoints;
	struct connection *connections;
	size_t n_connections;
	int64_t interval_ns;
	int64_t stall_ns;
	struct broken *broken;
	size_t n_broken;
	uint64_t not_opened; /* attempts that failed before the first answer */
	uint64_t messages;   /* answered */
} client;

/*
 * A port that has not been used before, as far as they reach: a node that was cut off still has its
 * end of connections that were given up in the meantime, and a new one must not run into it.
 */
static uint16_t bind_fresh_port(int fd, sa_family_t family)
{
	static uint16_t next[2] = { PORT_FIRST, PORT_FIRST };
	uint16_t *port = &next[family == AF_INET6];

	for (int tries = 0; tries < 1000; tries++) {
		uint16_t this = *port;
		struct sockaddr_in6 address = { .sin6_family = family, .sin6_port = htons(this) };
		/* Both families have family and port in the same place; any address is all zero. */
		socklen_t length =
			family == AF_INET6 ? sizeof(address) : sizeof(struct sockaddr_in);

		*port = this == PORT_LAST ? PORT_FIRST : this + 1;
		if (!bind(fd, (struct sockaddr *)&address, length))
			return this;
	}
	die("bind");
}

static void connection_open(struct connection *connection, int64_t now)
{
	const int one = 1;
	const struct endpoint *endpoint = connection->endpoint;
	int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection->port = bind_fresh_port(fd, endpoint->address.ss_family);
	connection->connecting = true;
	connection->sent = 0;
	connection->answered = 0;
	connection->have = 0;
	connection->name[0] = 0;
	connection->last_answer_ns = now;
	connection->next_send_ns = now;
	connection->fd = fd;
	if (connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) &&
	    errno != EINPROGRESS)
		die("connect");
	epoll_add(client.epoll, fd, EPOLLIN | EPOLLOUT, connection);
}

static void connection_break(struct connection *connection, int64_t now, const char *cause)
{
	/* Nothing may linger: a FIN would be retransmitted towards a node that is gone. */
	const struct linger linger = { .l_onoff = 1 };

	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(connection->fd);
	connection->fd = -1;
	connection->retry_ns = now + RETRY_NS;
	if (!connection->name[0]) {
		client.not_opened++;
		return;
	}
	if (client.n_broken < MAX_BREAKS) {
		struct broken *broken = &client.broken[client.n_broken++];

		broken->at_ns = now;
		broken->connection = connection->id;
		memcpy(broken->name, connection->name, ECHO_NAME_BYTES);
		broken->cause = cause;
		broken->port = connection->port;
		broken->v6 = connection->endpoint->address.ss_family == AF_INET6;
	}
	connection->name[0] = 0;
}

/* Return: why the connection is broken, or NULL. */
static const char *connection_take(struct connection *connection, int64_t now)
{
	const struct echo_answer *answer = &connection->answer;

	if (answer->echo.connection != connection->id ||
	    answer->echo.sequence != connection->answered)
		return "wrong data";
	if (!connection->name[0])
		memcpy(connection->name, answer->name, ECHO_NAME_BYTES);
	else if (memcmp(connection->name, answer->name, ECHO_NAME_BYTES))
		return "other node";
	connection->answered++;
	connection->last_answer_ns = now;
	client.messages++;
	return NULL;
}

static const char *connection_read(struct connection *connection, int64_t now)
{
	for (;;) {
		const char *cause;
		ssize_t n = recv(connection->fd, (char *)&connection->answer + connection->have,
				 sizeof(connection->answer) - connection->have, 0);

		if (n == 0)
			return "closed";
		if (n < 0)
			return errno == EAGAIN	     ? NULL
			       : errno == ECONNRESET ? "reset"
						     : strerror(errno);
		connection->have += (size_t)n;
		if (connection->have < sizeof(connection->answer))
			continue;
		connection->have = 0;
		cause = connection_take(connection, now);
		if (cause)
			return cause;
	}
}

static void connection_event(struct connection *connection, uint32_t events, int64_t now)
{
	const char *cause = NULL;

	if (connection->fd < 0)
		return;
	if (connection->connecting && (events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP))) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

		connection->connecting = false;
		epoll_ctl(client.epoll, EPOLL_CTL_MOD, connection->fd, &event);
	}
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		cause = connection_read(connection, now);
	if (cause)
		connection_break(connection, now, cause);
}

/* Called every few milliseconds: opens, sends, notices silence. */
static void connection_tick(struct connection *connection, int64_t now)
{
	struct echo_message message = { connection->id, connection->sent };

	if (connection->fd < 0) {
		if (now >= connection->retry_ns)
			connection_open(connection, now);
		return;
	}
	if (now - connection->last_answer_ns > client.stall_ns) {
		connection_break(connection, now, "silence");
		return;
	}
	if (connection->connecting || now < connection->next_send_ns)
		return;
	if (send(connection->fd, &message, sizeof(message), MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(message))
		connection->sent++;
	connection->next_send_ns += client.interval_ns;
	if (connection->next_send_ns < now)
		connection->next_send_ns = now + client.interval_ns;
}

static json_t *report_nodes(int64_t now, size_t *ret_open, int64_t *ret_silent_ns)
{
	json_t *nodes = json_object();
	int64_t silent_ns = 0;
	size_t open = 0;

	for (size_t i = 0; i < client.n_connections; i++) {
		const char *name = client.connections[i].name;

		if (!name[0])
			continue;
		open++;
		if (now - client.connections[i].last_answer_ns > silent_ns)
			silent_ns = now - client.connections[i].last_answer_ns;
		json_object_set_new(
			nodes, name,
			json_integer(json_integer_value(json_object_get(nodes, name)) + 1));
	}
	*ret_open = open;
	*ret_silent_ns = silent_ns;
	return nodes;
}

static json_t *report_broken(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < client.n_broken; i++) {
		const struct broken *broken = &client.broken[i];

		json_array_append_new(list,
				      json_pack("{s:I, s:I, s:s, s:s, s:i, s:s}", "at_ns",
						(json_int_t)broken->at_ns, "connection",
						(json_int_t)broken->connection, "node",
						broken->name, "family", broken->v6 ? "v6" : "v4",
						"port", broken->port, "cause", broken->cause));
	}
	return list;
}

/* Some that have waited for an answer for long: who asks what became of them needs their ports. */
static json_t *report_waiting(int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < client.n_connections && json_array_size(list) < WAITING_MAX; i++) {
		const struct connection *connection = &client.connections[i];
		const int64_t silent_ns = now - connection->last_answer_ns;
		const bool v6 = connection->endpoint->address.ss_family == AF_INET6;

		if (!connection->name[0] || silent_ns < WAITING_NS)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:I}", "node",
						      connection->name, "family", v6 ? "v6" : "v4",
						      "port", connection->port, "silent_ms",
						      (json_int_t)(silent_ns / 1000000)));
	}
	return list;
}

static json_t *client_report(void)
{
	int64_t now = clock_now_ns();
	int64_t silent_ns;
	size_t open;
	json_t *nodes = report_nodes(now, &open, &silent_ns);

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "now_ns", (json_int_t)now,
			 "connections", (json_int_t)client.n_connections, "open", (json_int_t)open,
			 "silent_ms", (json_int_t)(silent_ns / 1000000), "not_opened",
			 (json_int_t)client.not_opened, "messages", (json_int_t)client.messages,
			 "nodes", nodes, "waiting", report_waiting(now), "broken", report_broken());
}

static int tick_timer(void)
{
	const struct itimerspec spec = { { 0, 2000000 }, { 0, 2000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL))
		die("timer");
	return fd;
}

static void client_init(int argc, char **argv)
{
	size_t n_endpoints = (size_t)(argc - 4) / 2;
	int64_t now = clock_now_ns();

	client.epoll = epoll_create1(0);
	client.n_connections = (size_t)atoi(argv[1]);
	client.interval_ns = atoi(argv[2]) * 1000000LL;
	client.stall_ns = atoi(argv[3]) * 1000000LL;
	client.endpoints = calloc(n_endpoints, sizeof(*client.endpoints));
	client.connections = calloc(client.n_connections, sizeof(*client.connections));
	client.broken = calloc(MAX_BREAKS, sizeof(*client.broken));
	if (!client.endpoints || !client.connections || !client.broken)
		die("memory");
	for (size_t i = 0; i < n_endpoints; i++)
		client.endpoints[i] = parse_endpoint(argv[4 + 2 * i], argv[5 + 2 * i]);
	for (size_t i = 0; i < client.n_connections; i++) {
		client.connections[i].id = i;
		client.connections[i].fd = -1;
		client.connections[i].endpoint = &client.endpoints[i % n_endpoints];
		/* Half a second to open them all, so that they do not beat in step. */
		client.connections[i].retry_ns =
			now + (int64_t)(i * 500000000ULL / client.n_connections);
	}
}

static void client_main(int argc, char **argv)
{
	struct epoll_event events[256];
	int listener;
	int timer;

	client_init(argc, argv);
	listener = report_listen(argv[0]);
	timer = tick_timer();
	epoll_add(client.epoll, listener, EPOLLIN, &listener);
	epoll_add(client.epoll, timer, EPOLLIN, &timer);

	for (;;) {
		int n = epoll_wait(client.epoll, events, 256, -1);
		int64_t now = clock_now_ns();

		for (int i = 0; i < n; i++) {
			uint64_t expirations;

			if (events[i].data.ptr == &listener) {
				report_give(listener, client_report());
			} else if (events[i].data.ptr == &timer) {
				if (read(timer, &expirations, sizeof(expirations)) < 0)
					continue;
				for (size_t j = 0; j < client.n_connections; j++)
					connection_tick(&client.connections[j], now);
			} else {
				connection_event(events[i].data.ptr, events[i].events, now);
			}
		}
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 3 && !strcmp(argv[1], "report"))
		return report_print(argv[2]);
	if (argc >= 7 && argc % 2 && atoi(argv[2]) > 0 && atoi(argv[3]) > 0)
		client_main(argc - 1, argv + 1);
	fprintf(stderr, "usage: longlived SOCKET COUNT INTERVAL_MS STALL_MS ADDRESS PORT... | "
			"report SOCKET\n");
	return 2;
}
