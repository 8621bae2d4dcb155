/* The link to the server: XEP-0114, version 1.6. States, clock, and the socket; what is said on the
 * stream is in link_stream.c. */
#include "component/link_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/log.h"

#define RESOLVE_MS 30000 /* for the name service */
#define CONNECT_MS 10000 /* for each address */
#define SHAKE_MS 30000	 /* from connected to up */
#define CLOSE_MS 2000	 /* for the server's end of stream */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define STEADY_MS 60000	 /* up that long, the waits begin small again */
#define PING_MS 30000	 /* nothing heard for that long */
#define DEAD_MS 60000	 /* no byte moved, though some should */
#define READ_BYTES 65536 /* a read */

struct link *link_new(int epoll_fd, const struct settings *settings,
	const struct link_events *events, void *context)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->epoll_fd = epoll_fd;
	link->fd = -1;
	link->settings = settings;
	link->events = events;
	link->context = context;
	outqueue_init(&link->out);
	link->input = malloc(READ_BYTES);
	if (!link->input || link_stream_new(link)) {
		link_free(link);
		return NULL;
	}
	return link;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	if (link->fd >= 0)
		close(link->fd);
	dial_clear(&link->dial);
	outqueue_clear(&link->out);
	link_stream_free(link);
	free(link->input);
	free(link);
}

/* ---- The socket ---- */

static bool may_read(const struct link *link)
{
	return link->state != LINK_UP || link_room(link) > 0;
}

static void set_interest(struct link *link)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = link};

	if (link->fd < 0)
		return;
	if (link->state == LINK_RESOLVING) {
		event.events = EPOLLIN;
	} else if (link->state != LINK_CONNECTING) {
		event.events = 0;
		if (may_read(link))
			event.events |= EPOLLIN;
		if (outqueue_len(&link->out) > 0)
			event.events |= EPOLLOUT;
	}
	if (link->is_watched && event.events == link->interest)
		return;
	if (epoll_ctl(link->epoll_fd, link->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, link->fd,
		    &event))
		log_error("link: epoll: %s", strerror(errno));
	link->is_watched = true;
	link->interest = event.events;
}

static void close_socket(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->is_watched = false;
	link->input_len = link->input_at = 0;
	outqueue_clear(&link->out);
	link_stream_reset(link);
}

static int64_t retry_wait_ms(const struct link *link)
{
	int64_t wait = RETRY_MIN_MS << (link->attempts < 6 ? link->attempts : 6);
	uint32_t noise = 0;

	if (wait > RETRY_MAX_MS)
		wait = RETRY_MAX_MS;
	if (getrandom(&noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		noise = 0;
	return wait / 2 + (int64_t)noise % (wait / 2 + 1);
}

void link_end(struct link *link, const char *what)
{
	if (!link->ending[0])
		snprintf(link->ending, sizeof(link->ending), "%s: %s", link->where, what);
}

/* Ends the connection, for the reason in link->ending; the next attempt comes after a wait, unless
 * the link was to close. */
static void drop(struct link *link, int64_t now_ms)
{
	bool was_up = link->state == LINK_UP;

	close_socket(link);
	if (link->state == LINK_CLOSING && !link->begins_anew) {
		link->state = LINK_CLOSED;
		log_info("link: closed");
		return;
	}
	if (was_up && now_ms - link->since_ms >= STEADY_MS)
		link->attempts = 0;
	link->state = LINK_WAITING;
	link->since_ms = now_ms;
	link->retry_ms = link->begins_anew ? now_ms : now_ms + retry_wait_ms(link);
	if (!link->begins_anew) {
		link->attempts++;
		log_warn("link: %s; next try in %.1f s", link->ending,
			(double)(link->retry_ms - now_ms) / 1000);
	}
	link->begins_anew = false;
	link->ending[0] = '\0';
	if (was_up)
		link->events->down(link->context);
}

static void drop_for(struct link *link, int64_t now_ms, const char *what)
{
	link_end(link, what);
	drop(link, now_ms);
}

/* To the next address. */
static void connect_next(struct link *link, int64_t now_ms)
{
	close_socket(link);
	link->fd = dial_connect(&link->dial);
	if (link->fd < 0) {
		drop_for(link, now_ms, strerror(errno));
		return;
	}
	link->state = LINK_CONNECTING;
	link->since_ms = now_ms;
	set_interest(link);
}

static void start(struct link *link, int64_t now_ms)
{
	const struct settings *settings = link->settings;
	const char *why = "";

	snprintf(link->where, sizeof(link->where), "%s:%u", settings->server_host,
		(unsigned)settings->server_port);
	switch (dial_resolve(
		&link->dial, settings->server_host, settings->server_port, &link->fd, &why)) {
	case DIAL_FOUND:
		connect_next(link, now_ms);
		return;
	case DIAL_ASKS:
		link->state = LINK_RESOLVING;
		link->since_ms = now_ms;
		set_interest(link);
		return;
	case DIAL_NOT_FOUND:
		drop_for(link, now_ms, why);
		return;
	}
}

static void resolved(struct link *link, int64_t now_ms)
{
	const char *why = "";

	if (dial_answer(&link->dial, &why) == DIAL_FOUND)
		connect_next(link, now_ms);
	else
		drop_for(link, now_ms, why);
}

static void connected(struct link *link, int64_t now_ms)
{
	int error = dial_result(link->fd);

	if (error && link->dial.next) {
		connect_next(link, now_ms);
	} else if (error) {
		drop_for(link, now_ms, strerror(error));
	} else {
		link->state = LINK_OPENING;
		link->since_ms = link->moved_ms = link->heard_ms = now_ms;
		link_stream_open(link);
	}
}

void link_write(struct link *link, const char *data, size_t len)
{
	long sent = outqueue_send(&link->out, link->fd, data, len);

	if (sent < 0)
		link_end(link, strerror(errno));
	if (sent > 0)
		link->has_moved = true;
}

/* Something was read that isn't told yet. */
static bool has_rest(const struct link *link)
{
	return link->input_at < link->input_len;
}

/* Tells the rest of what was read, or reads on. True: there may be more. */
static bool read_some(struct link *link)
{
	if (!has_rest(link)) {
		ssize_t len = recv(link->fd, link->input, READ_BYTES, 0);

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (len <= 0) {
			link_end(link, len ? strerror(errno) : "connection closed");
			return false;
		}
		link->has_moved = link->has_heard = true;
		link->input_len = (size_t)len;
		link->input_at = 0;
	}
	link->input_at += link_stream_feed(
		link, link->input + link->input_at, link->input_len - link->input_at);
	return has_rest(link) || link->input_len == READ_BYTES;
}

void link_accepted(struct link *link)
{
	link->state = LINK_UP;
	link->since_ms = link->now_ms;
	log_info("link: %s is up at %s", link->settings->jid, link->where);
	link->events->up(link->context);
}

/* After anything that may have moved bytes or ended the connection. */
static void settle(struct link *link, int64_t now_ms)
{
	if (link->has_moved)
		link->moved_ms = now_ms;
	if (link->has_heard) {
		link->heard_ms = now_ms;
		link->is_pinged = false;
	}
	link->has_moved = link->has_heard = false;
	if (link->ending[0])
		drop(link, now_ms);
	else
		set_interest(link);
}

bool link_handle(struct link *link, uint32_t events, int64_t now_ms)
{
	bool has_more = false;

	if (link->fd < 0)
		return false;
	link->now_ms = now_ms;
	if (link->state == LINK_RESOLVING) {
		if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
			resolved(link, now_ms);
	} else if (link->state == LINK_CONNECTING) {
		if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
			connected(link, now_ms);
	} else {
		if (events & EPOLLOUT)
			link_write(link, "", 0);
		if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) ||
			(has_rest(link) && may_read(link)))
			has_more = read_some(link);
	}
	if (link->fd >= 0)
		settle(link, now_ms);
	return has_more && link->fd >= 0 && may_read(link);
}

/* ---- The clock ---- */

/* When the present state has to do something by itself; INT64_MAX: never. */
static int64_t due_ms(const struct link *link)
{
	switch (link->state) {
	case LINK_WAITING:
		return link->retry_ms;
	case LINK_RESOLVING:
		return link->since_ms + RESOLVE_MS;
	case LINK_CONNECTING:
		return link->since_ms + CONNECT_MS;
	case LINK_OPENING:
	case LINK_SHAKING:
		return link->since_ms + SHAKE_MS;
	case LINK_UP:
		if (link->is_pinged || outqueue_len(&link->out) > 0)
			return link->moved_ms + DEAD_MS;
		return link->heard_ms + PING_MS;
	case LINK_CLOSING:
		return link->since_ms + CLOSE_MS;
	case LINK_CLOSED:
		break;
	}
	return INT64_MAX;
}

void link_tick(struct link *link, int64_t now_ms)
{
	if (now_ms < due_ms(link))
		return;
	link->now_ms = now_ms;
	switch (link->state) {
	case LINK_WAITING:
		start(link, now_ms);
		return;
	case LINK_RESOLVING:
		dial_clear(&link->dial);
		drop_for(link, now_ms, "the name service doesn't answer");
		return;
	case LINK_CONNECTING:
		if (link->dial.next)
			connect_next(link, now_ms);
		else
			drop_for(link, now_ms, "connecting takes too long");
		return;
	case LINK_OPENING:
	case LINK_SHAKING:
		drop_for(link, now_ms, "the server doesn't answer the handshake");
		return;
	case LINK_UP:
		if (link->is_pinged || outqueue_len(&link->out) > 0) {
			drop_for(link, now_ms, "the server is silent");
			return;
		}
		link->is_pinged = true;
		link_stream_ping(link);
		settle(link, now_ms);
		return;
	case LINK_CLOSING:
		drop_for(link, now_ms, "the server didn't end the stream");
		return;
	case LINK_CLOSED:
		return;
	}
}

int64_t link_wait_ms(const struct link *link, int64_t now_ms)
{
	int64_t due = due_ms(link);

	if (has_rest(link) && may_read(link))
		return 0;
	if (due == INT64_MAX)
		return -1;
	return due > now_ms ? due - now_ms : 0;
}

/* ---- What others ask of it ---- */

void link_send(struct link *link, const char *data, size_t len, int64_t now_ms)
{
	if (link->state != LINK_UP || len == 0)
		return;
	/* What waits until now was not lack of traffic: the minute begins with it. */
	if (outqueue_len(&link->out) == 0 && !link->is_pinged)
		link->moved_ms = now_ms;
	link_write(link, data, len);
	settle(link, now_ms);
}

size_t link_room(const struct link *link)
{
	size_t most = link->settings->limits.queue_bytes;
	size_t used = outqueue_len(&link->out);

	return link->state == LINK_UP && used < most ? most - used : 0;
}

void link_break(struct link *link, const char *why, int64_t now_ms)
{
	if (link->state == LINK_UP)
		drop_for(link, now_ms, why);
}

void link_close(struct link *link, int64_t now_ms)
{
	switch (link->state) {
	case LINK_WAITING:
	case LINK_RESOLVING:
	case LINK_CONNECTING:
		close_socket(link);
		link->state = LINK_CLOSED;
		return;
	case LINK_OPENING:
	case LINK_SHAKING:
	case LINK_UP:
		if (link->state == LINK_UP)
			link->events->down(link->context);
		link->state = LINK_CLOSING;
		link->since_ms = now_ms;
		link_stream_close(link);
		settle(link, now_ms);
		return;
	case LINK_CLOSING:
		link->begins_anew = false;
		return;
	case LINK_CLOSED:
		return;
	}
}

void link_set_settings(
	struct link *link, const struct settings *settings, bool begin_anew, int64_t now_ms)
{
	link->settings = settings;
	if (!begin_anew)
		return;
	link->attempts = 0;
	switch (link->state) {
	case LINK_WAITING:
		link->retry_ms = now_ms;
		return;
	case LINK_RESOLVING:
	case LINK_CONNECTING:
		close_socket(link);
		link->state = LINK_WAITING;
		link->retry_ms = now_ms;
		return;
	case LINK_OPENING:
	case LINK_SHAKING:
	case LINK_UP:
		link->begins_anew = true;
		link_close(link, now_ms);
		return;
	case LINK_CLOSING:
	case LINK_CLOSED:
		return;
	}
}

bool link_is_closing(const struct link *link)
{
	return link->state == LINK_CLOSED || (link->state == LINK_CLOSING && !link->begins_anew);
}

bool link_is_closed(const struct link *link)
{
	return link->state == LINK_CLOSED;
}

bool link_is_up(const struct link *link)
{
	return link->state == LINK_UP;
}
