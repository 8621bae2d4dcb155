/* The link to the server: XEP-0114 over a socket of our own, that comes back by itself.
 *
 * It waits for nothing: epoll says what can be done (link_handle()), the clock what is due
 * (link_tick()). All times are of a monotonic clock, in ms. */
#ifndef KITH_LINK_H
#define KITH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/settings.h"

struct link;
struct xml;

/* What a link tells, from within the calls that are given a time. None may free the link. */
struct link_events {
	void (*up)(void *context);
	void (*down)(void *context); /* it was up; what was queued is lost */
	void (*stanza)(void *context, const struct xml *stanza); /* borrowed for the call */
	/* One over a cap: its start tag, and why, for a person. */
	void (*oversized)(void *context, const struct xml *stanza, const char *reason);
	/* Asked after each of these two: true: what is behind it waits for the next link_handle().
	 */
	bool (*is_full)(void *context);
	/* The server doesn't know the secret. */
	void (*unauthorized)(void *context);
};

/* Once there is something for link_handle(), epoll_fd says so with the link as data.ptr. The first
 * attempt is made by the first link_tick(). settings: borrowed until link_set_settings(). NULL: no
 * memory. The caller frees with link_free(), which ends a connection without ado. */
struct link *link_new(int epoll_fd, const struct settings *settings,
	const struct link_events *events, void *context);
void link_free(struct link *link);

/* Other settings from now on; begin_anew: the connection is closed and made again with them. */
void link_set_settings(
	struct link *link, const struct settings *settings, bool begin_anew, int64_t now_ms);

/* The connection is of no use any more, for that reason: it ends as one that failed does, and
 * another is made after a wait. */
void link_break(struct link *link, const char *why, int64_t now_ms);

/* What epoll_wait() gave (0: nothing, but something was read already that waits). True: there may
 * be more to read at once. */
bool link_handle(struct link *link, uint32_t events, int64_t now_ms);

/* Does what is due; when to call it next, in ms from now (-1: never). */
void link_tick(struct link *link, int64_t now_ms);
int64_t link_wait_ms(const struct link *link, int64_t now_ms);

/* Sends, or queues what the socket doesn't take now. Dropped while the link isn't up. */
void link_send(struct link *link, const char *data, size_t len, int64_t now_ms);

/* Bytes of stanzas that may be added before limits.queue_bytes are waiting; 0 while it isn't up.
 * Nothing is read while there is no room: who asks much must take the answers. */
size_t link_room(const struct link *link);

/* True if stanza is the answer to a ping of the link's own. */
bool link_answer(struct link *link, const struct xml *stanza);

/* Ends the stream as RFC 6120, 4.4 has it: what waits is sent, the server's end of stream is
 * awaited for a short time. No new connection is made. */
void link_close(struct link *link, int64_t now_ms);
bool link_is_closing(const struct link *link); /* or closed */
bool link_is_closed(const struct link *link);

bool link_is_up(const struct link *link);

#endif
