/* Any bytes of a server, from its first one on or once the link is up: what is told comes in the
 * order of XEP-0114, 3; what is said is one stream that is over with its end; nothing of the
 * server's steers who reads the log; no byte costs more than the caps allow.
 *
 * The first byte says where the input begins (with the stream, behind its header, behind the
 * handshake) and what is done meanwhile, the second how long the pieces are in which it comes. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/link_state.h"
#include "tests/fuzz.h"

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT "' xmlns:stream='" NS_STREAM    \
	"' id='x' from='kith.example.org'>"
#define HANDSHAKE "<handshake>" /* and what it is made of */
#define STREAM_END "</stream:stream>"
#define TOLD_MAX 3 /* stanzas that are enough for a turn, where it has an end */

enum does {
	DOES_BEGIN = 3,	  /* 0: with nothing, 1: with the header, 2 and 3: with the handshake too */
	DOES_FILL = 4,	  /* a turn has an end */
	DOES_ANSWER = 8,  /* each stanza */
	DOES_PING = 16,	  /* in the middle */
	DOES_CLOSE = 32,  /* in the middle */
	DOES_LEAVE = 64,  /* the peer does, at the end, without a word */
	DOES_RENEW = 128, /* other settings in the middle */
};

struct world {
	struct link *link;
	struct settings *settings;
	int peer, epoll;
	int64_t now_ms;
	unsigned does, told, ups, downs;
	struct buffer said; /* by the link */
};

static void on_up(void *context)
{
	struct world *world = context;

	MUST(link_is_up(world->link) && world->ups == world->downs);
	world->ups++;
}

static void on_down(void *context)
{
	struct world *world = context;

	world->downs++;
	MUST(world->ups == world->downs);
}

static void on_stanza(void *context, const struct xml *stanza)
{
	static const char answer[] = "<presence/>";
	struct world *world = context;
	struct arena *arena = arena_new(0);
	const char *text = xml_to_string(arena, stanza, NULL), *from = xml_get(stanza, "from");

	MUST(link_is_up(world->link) && stanza->name && stanza->ns && text);
	MUST(xml_parse(arena, text, strlen(text), NULL,
		&(struct xml_limits){8u << 20, 100, 10000, 1000}, NULL));
	/* Nobody but the server knows the id of a ping, and it is not in the input. */
	MUST(!link_answer(world->link, stanza) || !from);
	if (world->does & DOES_ANSWER)
		link_send(world->link, answer, strlen(answer), world->now_ms);
	world->told++;
	arena_free(arena);
}

static void on_oversized(void *context, const struct xml *stanza, const char *reason)
{
	struct world *world = context;

	MUST(link_is_up(world->link) && stanza->name && *reason);
	world->told++;
}

static bool is_full(void *context)
{
	const struct world *world = context;

	return (world->does & DOES_FILL) && world->told >= TOLD_MAX;
}

static void on_unauthorized(void *context)
{
	const struct world *world = context;

	MUST(world->link->state == LINK_SHAKING);
}

static void on_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		MUST(*c >= ' ' && *c != 127);
}

/* What the link said since. */
static void hear(struct world *world)
{
	char data[4096];
	ssize_t len;

	while ((len = recv(world->peer, data, sizeof(data), 0)) > 0)
		buffer_append(&world->said, data, (size_t)len);
}

/* A turn of kithd's loop. */
static void turn_round(struct world *world)
{
	struct epoll_event event = {0};

	world->told = 0;
	if (world->link->fd >= 0 && epoll_wait(world->epoll, &event, 1, 0) >= 0)
		while (link_handle(world->link, event.events, world->now_ms) && !is_full(world))
			event.events = EPOLLIN;
	MUST(arena_used(world->link->arena) < 64u << 20);
	MUST(world->link->fd >= 0 || world->link->state == LINK_WAITING ||
		world->link->state == LINK_CLOSED);
	MUST(world->ups - world->downs == link_is_up(world->link));
	hear(world);
}

static void tell(struct world *world, const char *data, size_t len)
{
	while (len > 0 && world->link->fd >= 0) {
		ssize_t sent = send(world->peer, data, len, MSG_NOSIGNAL);

		if (sent > 0) {
			data += sent;
			len -= (size_t)sent;
		}
		turn_round(world);
	}
	/* What waits because a turn had enough. */
	while (world->link->fd >= 0 && link_wait_ms(world->link, world->now_ms) == 0)
		turn_round(world);
}

static void interfere(struct world *world)
{
	if ((world->does & DOES_PING) && world->link->fd >= 0) {
		world->now_ms += 30000;
		link_tick(world->link, world->now_ms);
	}
	if (world->does & DOES_RENEW)
		link_set_settings(world->link, world->settings, true, world->now_ms);
	if (world->does & DOES_CLOSE)
		link_close(world->link, world->now_ms);
}

static void open_world(struct world *world, unsigned does)
{
	static const struct link_events events = {
		on_up, on_down, on_stanza, on_oversized, is_full, on_unauthorized};
	int fds[2];

	log_set(on_log, NULL, LOG_LEVEL_DEBUG);
	*world = (struct world){.does = does, .now_ms = 1000000};
	buffer_init(&world->said, 0);
	world->settings = settings_new_for_test();
	world->epoll = epoll_create1(EPOLL_CLOEXEC);
	MUST(world->settings && world->epoll >= 0);
	world->link = link_new(world->epoll, world->settings, &events, world);
	MUST(world->link && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	/* As if it had dialled. */
	world->link->fd = fds[0];
	world->peer = fds[1];
	world->link->state = LINK_CONNECTING;
	MUST(!link_handle(world->link, EPOLLOUT, world->now_ms));
	hear(world);
}

static unsigned count(const char *text, const char *part)
{
	unsigned found = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		found++;
	}
	return found;
}

/* One stream: its start, at most one handshake, its end if there was time, and nothing behind. */
static void check_said(struct world *world)
{
	const char *said = buffer_string(&world->said), *end;

	MUST(said && strncmp(said, "<?xml", 5) == 0 && count(said, "<stream:stream ") == 1);
	MUST(count(said, HANDSHAKE) <= 1);
	end = strstr(said, STREAM_END);
	MUST(!end || !end[strlen(STREAM_END)]);
}

static void close_world(struct world *world)
{
	if (world->does & DOES_LEAVE) {
		shutdown(world->peer, SHUT_RDWR);
		turn_round(world);
		MUST(world->link->fd < 0);
	}
	link_close(world->link, world->now_ms);
	hear(world);
	MUST(link_is_closing(world->link) && world->ups == world->downs);
	world->now_ms += 2000;
	link_tick(world->link, world->now_ms);
	MUST(link_is_closed(world->link) && link_wait_ms(world->link, world->now_ms) == -1);
	check_said(world);
	link_free(world->link);
	settings_free(world->settings);
	close(world->peer);
	close(world->epoll);
	buffer_clear(&world->said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world;
	size_t piece, middle;

	if (len < 2)
		return 0;
	open_world(&world, data[0]);
	if (data[0] & DOES_BEGIN)
		tell(&world, HEADER, strlen(HEADER));
	if ((data[0] & DOES_BEGIN) > 1) {
		tell(&world, "<handshake/>", strlen("<handshake/>"));
		MUST(link_is_up(world.link));
	}
	piece = data[1] + 1u;
	data += 2;
	len -= 2;
	middle = len / 2;
	for (size_t at = 0; at < len; at += piece) {
		if (at >= middle) {
			interfere(&world);
			middle = len;
		}
		tell(&world, (const char *)data + at, piece < len - at ? piece : len - at);
	}
	close_world(&world);
	return 0;
}
