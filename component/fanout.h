/* Fan-out: works the runs off between people's requests, sends headlines and pushes, and keeps the
 * second cursor by pinging the server (design: section 4, "A run", "Two cursors").
 *
 * Each turn: fanout_cards() inside the transaction; after the commit fanout_pushes(). Runs of
 * several accounts take turns. Pushes: a window of them (first 256, at most 1,024, at least 16),
 * then an XEP-0199 ping to the server's domain with an unguessable id of this stream; an answer
 * with exactly that `from`, result or error, moves the second cursor; the time that it took sizes
 * the next window. Where none comes within a minute, the ping alone is sent again. A window not
 * answered when the stream ends is sent again on the next one, with the same ids. */
#ifndef KITH_FANOUT_H
#define KITH_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fanout;
struct service;
struct xml;

/* Made outside a turn. The caller frees it with fanout_free(). NULL: no memory. Stanzas go out
 * through service->send. The runs that the store has are found by the first fanout_cards(). */
struct fanout *fanout_new(struct service *service);
void fanout_free(struct fanout *fanout);

/* The stream is up (pushes start, from the second cursors, with a window half as large as before),
 * or down (what is not acknowledged counts as not sent). */
void fanout_up(struct fanout *fanout);
void fanout_down(struct fanout *fanout);

/* A run was started or turned in this turn (run_start()), the turn was rolled back, or another
 * process may have changed the store (call it every few seconds, too): look at the store's list of
 * runs again. */
void fanout_wake(struct fanout *fanout);

/* The rules are others now (the conf is): runs under way begin anew, since they may have passed
 * holders whom these admit. */
void fanout_begin_anew(struct fanout *fanout);

/* A batch of cards, in the open turn, for about budget_us of time (0: one small batch). Called each
 * turn, also where fanout_has_work() is false: it costs nothing then. now, old: seconds UTC, the
 * second by what is told what is old (clock.h). -1: the store failed, the turn is to be rolled
 * back. */
int fanout_cards(struct fanout *fanout, int64_t now, int64_t old, int64_t budget_us);

/* Headlines and pushes that are due, while the output has room for room_bytes (the last may go over
 * it), after the commit: it opens a turn of its own that only reads, if there is anything to send.
 * now_ms: monotonic. -1: the store failed. */
int fanout_pushes(struct fanout *fanout, int64_t now_ms, size_t room_bytes);

/* Sends the summaries that are due to holders who had too many pushes (gather.h), in the open turn,
 * while the stream takes them. *more: there may be others. now: seconds UTC. -1: the store failed,
 * the turn is to be rolled back. */
int fanout_summaries(struct fanout *fanout, int64_t now, bool *more);

/* The same for questions to holders of dormant links (dormant_ask.h). */
int fanout_questions(struct fanout *fanout, int64_t now, bool *more);

/* The same for books that are looked through for accounts (linking_sweep.h). */
int fanout_proposals(struct fanout *fanout, int64_t now, bool *more);

/* A stanza came: where it is from a holder whose offline box was full, its pushes go on. */
void fanout_seen(struct fanout *fanout, const struct xml *stanza);

/* A stanza of type result or error that came: true if it was the answer to a ping of ours (the
 * cursor is then moved at the next fanout_cards()), or a bounce of a push (counted). */
bool fanout_answer(struct fanout *fanout, const struct xml *stanza, int64_t now_ms);

/* True if there are cards to work on, a cursor to store, or pushes that wait for nothing but
 * another turn, so that the loop need not wait. */
bool fanout_has_work(const struct fanout *fanout);

#endif
