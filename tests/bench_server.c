/* The scripted server of the bench: it plays the XMPP server to a component, or a client to a real
 * server, puts load on it and measures what comes back. It does what lines on standard input say,
 * and answers each with a line (a word, and NAME=VALUE for each figure):
 *
 *   pids N...         whose CPU time is counted by a run, in that order
 *   up                waits until the stream is up
 *   plan FILE         reads the stanzas of the runs that follow (bench_load.h)
 *   run [in_flight=N] [group=N] [rate=N] [chats=N] [trigger=1] [seconds=N]
 *   ask STANZA        sends it (id='ask'); a line "got" for each stanza that comes until it is
 * answered read_rate N       reads so many bytes a second from now on; 0: as they come wait SECONDS
 * serves on, and tells what came cut               resets the connection calibrate bench_meter.h
 *
 * Usage: bench_server component PORT | bench_server client PORT DOMAIN USER PASSWORD */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench_load.h"
#include "tests/bench_meter.h"
#include "tests/bench_stream.h"

#define LINE_MAX_BYTES 65536

enum waiting { WAITING_NOT, WAITING_UP, WAITING_RUN, WAITING_ASK, WAITING_TIME };

struct server {
	struct stream stream;
	struct load load;
	enum waiting waiting;
	int64_t until_ns, since_ns;
	char line[LINE_MAX_BYTES];
	size_t line_len;
	bool is_over;
};

/* ---- What comes ---- */

static void answer_request(struct server *server, const char *text, size_t len)
{
	size_t id_len = 0, from_len = 0, to_len = 0;
	const char *id = scan_attribute(text, len, " id=", &id_len);
	const char *from = scan_attribute(text, len, " from=", &from_len);
	const char *to = scan_attribute(text, len, " to=", &to_len);
	bool is_ping = scan_has(text, len, "urn:xmpp:ping");
	char answer[1024];
	int written;

	if (!id || !from || !to)
		return;
	written = snprintf(answer, sizeof(answer),
		"<iq type='%s' id='%.*s' from='%.*s' to='%.*s'>%s</iq>",
		is_ping ? "result" : "error", (int)id_len, id, (int)to_len, to, (int)from_len, from,
		is_ping ? ""
			: "<error type='cancel'><service-unavailable "
			  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
	stream_send(&server->stream, answer, (size_t)written);
}

static void on_stanza(void *context, const char *text, size_t len)
{
	struct server *server = context;
	size_t type_len = 0, id_len = 0;
	const char *type, *id;

	if (server->waiting == WAITING_ASK) {
		printf("got %.*s\n", (int)len, text);
		id = scan_attribute(text, len, " id=", &id_len);
		if (text[1] == 'i' && id != NULL && id_len == 3 && memcmp(id, "ask", 3) == 0) {
			puts("asked");
			server->waiting = WAITING_NOT;
			return;
		}
	}
	if (load_take(&server->load, text, len) || text[1] != 'i' || server->stream.is_client)
		return;
	type = scan_attribute(text, len, " type=", &type_len);
	if (type != NULL && (*type == 'g' || *type == 's'))
		answer_request(server, text, len);
}

static void say_up(struct server *server)
{
	printf("up us=%" PRId64 "\n", (meter_now_ns() - server->since_ns) / 1000);
	server->waiting = WAITING_NOT;
}

static void on_up(void *context)
{
	struct server *server = context;

	if (server->waiting == WAITING_UP)
		say_up(server);
}

static void on_down(void *context)
{
	struct server *server = context;

	if (server->waiting == WAITING_RUN || server->waiting == WAITING_ASK) {
		puts("down");
		server->load.is_running = false;
		server->waiting = WAITING_NOT;
	}
	if (server->stream.is_client)
		server->is_over = true;
}

/* ---- What is asked for ---- */

static void read_order(struct load_order *order, char *words)
{
	char *rest = NULL;

	*order = (struct load_order){.group = 1};
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *equals = strchr(word, '=');
		unsigned long value = equals ? strtoul(equals + 1, NULL, 10) : 0;

		if (strncmp(word, "in_flight=", 10) == 0)
			order->in_flight = (unsigned)value;
		else if (strncmp(word, "group=", 6) == 0)
			order->group = (unsigned)value;
		else if (strncmp(word, "rate=", 5) == 0)
			order->rate = (unsigned)value;
		else if (strncmp(word, "chats=", 6) == 0)
			order->chats = value;
		else if (strncmp(word, "trigger=", 8) == 0)
			order->has_trigger = value != 0;
		else if (strncmp(word, "seconds=", 8) == 0)
			order->seconds = (unsigned)value;
	}
}

static void read_pids(struct load *load, char *words)
{
	char *rest = NULL;

	load->pid_count = 0;
	for (char *word = strtok_r(words, " ", &rest); word && load->pid_count < LOAD_PIDS_MAX;
		word = strtok_r(NULL, " ", &rest))
		load->pids[load->pid_count++] = (pid_t)strtol(word, NULL, 10);
	puts("pids");
}

static void begin_run(struct server *server, char *words)
{
	struct load_order order;

	read_order(&order, words);
	if (server->load.count == 0 || !server->stream.is_up) {
		puts(server->stream.is_up ? "failed no plan" : "failed not up");
		return;
	}
	load_begin(&server->load, &order);
	server->waiting = WAITING_RUN;
}

static void begin_ask(struct server *server, const char *stanza)
{
	stream_send(&server->stream, stanza, strlen(stanza));
	stream_flush(&server->stream);
	server->waiting = WAITING_ASK;
}

static void obey(struct server *server, char *line)
{
	char *words = strchr(line, ' ');

	if (words != NULL)
		*words++ = '\0';
	else
		words = line + strlen(line);
	server->since_ns = meter_now_ns();
	if (strcmp(line, "pids") == 0) {
		read_pids(&server->load, words);
	} else if (strcmp(line, "up") == 0) {
		if (server->stream.is_up)
			say_up(server);
		else
			server->waiting = WAITING_UP;
	} else if (strcmp(line, "plan") == 0) {
		if (load_read(&server->load, words) == 0)
			printf("plan count=%zu\n", server->load.count);
		else
			puts("failed to read the plan");
	} else if (strcmp(line, "run") == 0) {
		begin_run(server, words);
	} else if (strcmp(line, "ask") == 0) {
		begin_ask(server, words);
	} else if (strcmp(line, "read_rate") == 0) {
		server->stream.read_rate = strtol(words, NULL, 10);
		puts("read_rate");
	} else if (strcmp(line, "wait") == 0) {
		server->until_ns = server->since_ns + (int64_t)(strtod(words, NULL) * 1e9);
		server->waiting = WAITING_TIME;
	} else if (strcmp(line, "cut") == 0) {
		stream_cut(&server->stream);
		puts("cut");
	} else if (strcmp(line, "calibrate") == 0) {
		meter_calibrate();
	} else {
		puts("failed unknown");
	}
}

/* ---- The loop ---- */

static void obey_all(struct server *server)
{
	char *end;

	while (server->waiting == WAITING_NOT &&
		(end = memchr(server->line, '\n', server->line_len)) != NULL) {
		size_t len = (size_t)(end - server->line) + 1;

		*end = '\0';
		obey(server, server->line);
		server->line_len -= len;
		memmove(server->line, server->line + len, server->line_len);
	}
}

static void read_line(struct server *server)
{
	ssize_t len = read(STDIN_FILENO, server->line + server->line_len,
		sizeof(server->line) - server->line_len);

	if (len <= 0)
		server->is_over = true;
	else
		server->line_len += (size_t)len;
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* What the clock has to do; when to look again, in ns, or -1. */
static int64_t tick(struct server *server)
{
	int64_t wait = stream_tick(&server->stream), left;

	wait = sooner(wait, load_tick(&server->load));
	if (server->waiting == WAITING_RUN && !server->load.is_running)
		server->waiting = WAITING_NOT;
	if (server->waiting == WAITING_TIME) {
		left = server->until_ns - meter_now_ns();
		if (left <= 0) {
			printf("waited chats=%" PRIu64 " headlines=%" PRIu64 " bytes=%" PRIu64 "\n",
				server->load.chats, server->load.headlines,
				server->stream.bytes_in);
			server->waiting = WAITING_NOT;
		} else {
			wait = sooner(wait, left);
		}
	}
	return wait;
}

static void serve(struct server *server)
{
	while (!server->is_over) {
		struct epoll_event events[4];
		struct timespec time;
		int64_t wait;
		int count;

		obey_all(server);
		wait = tick(server);
		if (server->waiting == WAITING_NOT && memchr(server->line, '\n', server->line_len))
			continue;
		fflush(stdout);
		if (wait < 0)
			wait = 1000000000;
		time = (struct timespec){wait / 1000000000, wait % 1000000000};
		count = epoll_pwait2(server->stream.epoll_fd, events, 4, &time, NULL);
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				read_line(server);
			else if (events[i].data.fd == server->stream.listen_fd)
				stream_accept(&server->stream);
			else
				stream_handle(&server->stream, events[i].events);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct stream_events events = {on_up, on_down, on_stanza};
	static struct server server;
	struct epoll_event input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
	int port;

	server.stream =
		(struct stream){.listen_fd = -1, .fd = -1, .events = &events, .context = &server};
	server.load.stream = &server.stream;
	server.stream.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	(void)epoll_ctl(server.stream.epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input);
	if (argc == 3 && strcmp(argv[1], "component") == 0) {
		port = stream_listen(&server.stream, atoi(argv[2]));
		if (port < 0) {
			perror("bench_server");
			return 1;
		}
		printf("listening port=%d\n", port);
	} else if (argc == 6 && strcmp(argv[1], "client") == 0) {
		server.stream.port = atoi(argv[2]);
		server.stream.domain = argv[3];
		server.stream.user = argv[4];
		server.stream.password = argv[5];
		if (stream_connect(&server.stream) != 0) {
			perror("bench_server");
			return 1;
		}
		puts("connected");
	} else {
		fputs("usage: bench_server component PORT | client PORT DOMAIN USER PASSWORD\n",
			stderr);
		return 2;
	}
	serve(&server);
	return 0;
}
