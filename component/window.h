/* Pacing of what is sent without being asked for: how much the server may have before it says that
 * it took it (design: section 4, "Two cursors"; XEP-0199).
 *
 * A server takes stanzas of one stream in order, so the answer to a ping proves that it took all
 * that went before. One window is under way at a time. */
#ifndef KITH_WINDOW_H
#define KITH_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/push.h"
#include "component/store.h"

#define WINDOW_FIRST 256
#define WINDOW_LEAST 16
#define WINDOW_MOST 1024      /* as many pushes may come twice after a cut */
#define WINDOW_TARGET_MS 100  /* the time that an answer should take */
#define WINDOW_AGAIN_MS 4000  /* without an answer, the ping is sent again */
#define WINDOW_PAUSED_MAX 256 /* holders whose offline box is full that are remembered */

struct arena;
struct window;
struct xml;

/* The caller frees it with window_free(). NULL: no memory. */
struct window *window_new(void);
void window_free(struct window *window);

/* A stream begins, with nothing sent on it: after the first, with a window half as large as before.
 */
void window_up(struct window *window);
/* It ended. */
void window_down(struct window *window);

/* True if the stream is up and no ping is waited for. */
bool window_is_open(const struct window *window);
/* Pushes sent in this window, and how many more fit in. */
size_t window_sent(const struct window *window);
size_t window_left(const struct window *window);

/* Which push it is, for who counts it. */
struct window_push {
	int64_t account, change;    /* whose, as in run_push; account 0: nobody counts it */
	struct store_counts counts; /* as what it counts as long as it doesn't come back */
};
/* A push was sent; push NULL: one that nobody counts. */
void window_add(struct window *window, const char id[PUSH_ID_SIZE], const struct window_push *push);

/* Closes the window: the ping to be sent behind it to the domain `to`, in the arena; or NULL (no
 * memory; it stays open). now_ms: monotonic. */
struct xml *window_close(struct window *window, struct arena *arena, const char *from,
	const char *to, int64_t now_ms);

/* The same ping, with the same id, if its answer is late: it, or the answer, may have been lost
 * where the link lives on (ejabberd routes some of what is for a new link to the one before, until
 * it has seen that one end). In the arena; NULL: it isn't, or no memory. Any answer to either
 * proves the same. */
struct xml *window_ping_again(
	struct window *window, struct arena *arena, const char *from, int64_t now_ms);

enum window_answer {
	WINDOW_OTHER,	/* nothing of ours */
	WINDOW_TAKEN,	/* the server took the window, the next is open */
	WINDOW_BOUNCED, /* a push came back; counted */
};
struct window_bounce {
	struct window_push push;
	bool is_full;  /* the offline box is */
	bool is_taken; /* the server took the window that it was in, so that it isn't sent again */
};
/* What a stanza of type result or error is. Only the domain that was pinged can answer. A push
 * comes back once: *bounce is set for WINDOW_BOUNCED. */
enum window_answer window_answer(struct window *window, const struct xml *stanza, int64_t now_ms,
	struct window_bounce *bounce);

/* True if a push to that bare JID came back because its offline box is full, and it wasn't seen
 * since. The memory is bounded, and may forget some. */
bool window_is_paused(const struct window *window, const char *holder);
/* A stanza came: its sender was seen, unless it is an error, which is the server's doing. */
void window_seen(struct window *window, const struct xml *stanza);
/* Pushes that came back since the start. */
uint64_t window_bounces(const struct window *window);

#endif
