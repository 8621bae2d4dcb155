/* Fan-out: works the runs off between people's requests, sends headlines and pushes, and keeps the
 * second cursor by pinging the server (design: section 4, "A run", "Two cursors").
 *
 * Each turn: fanout_cards() inside the transaction; after the commit fanout_pushes(). Runs of several
 * accounts take turns. Pushes: a window of them (first 256, at most 1,024, at least 16), then an
 * XEP-0199 ping to the server's domain with an unguessable id of this stream; an answer with exactly
 * that `from`, result or error, moves the second cursor; the time that it took sizes the next window.
 * A window not answered when the stream ends is sent again on the next one, with the same ids. */
#ifndef KITH_FANOUT_H
#define KITH_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct fanout;
struct service;
struct xml;

/* Finds the runs that the store has. The caller frees it with fanout_free(). NULL: no memory, or the
 * store failed. Stanzas go out through service->send. */
struct fanout *fanout_new(struct service *service);
void fanout_free(struct fanout *fanout);

/* The stream is up (pushes start, from the second cursors, with a window half as large as before),
 * or down (what is not acknowledged counts as not sent). */
void fanout_up(struct fanout *fanout);
void fanout_down(struct fanout *fanout);

/* A run was started or turned in this turn (run_start()): look at the store's list again. */
void fanout_wake(struct fanout *fanout);

/* A batch of cards, in the open turn, for at most budget_us. -1: the store failed. */
int fanout_cards(struct fanout *fanout, struct arena *arena, int64_t now, int64_t budget_us);

/* Headlines and pushes that are due, while the output has room for room_bytes, in a turn of its own
 * that only reads. now_ms: monotonic. -1: the store failed. */
int fanout_pushes(struct fanout *fanout, struct arena *arena, int64_t now_ms, size_t room_bytes);

/* A stanza of type result or error that came: true if it was the answer to a ping of ours (the cursor
 * is then moved at the next fanout_cards()), or a bounce of a push (counted). */
bool fanout_answer(struct fanout *fanout, const struct xml *stanza, int64_t now_ms);

/* True if there are cards to work on, so that the loop need not wait. */
bool fanout_has_work(const struct fanout *fanout);

#endif
