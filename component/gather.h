/* Not too many pushes: over a limit a holder is told of further changes in one summary (design:
 * section 4, "Not too many"). What is gathered is in the store, and stays there until the server
 * took the window with the summary (window.h): one whose window is lost comes again, with the same
 * id. */
#ifndef KITH_GATHER_H
#define KITH_GATHER_H

#include "component/rules.h"
#include "component/told_queue.h"

struct arena;
struct service;
struct window;

/* Counts a push to an account; to be called for each update with push set, within its turn.
 * *gathered: the limit of 24 hours is reached, so this one goes into the summary that is due when
 * they are over. -1: the store failed. */
int gather_count(const struct rules *rules, int64_t holder, int64_t now, bool *gathered);
/* The same to a holder as it is stored; holder->told comes to be as it is then. */
int gather_count_holder(
	const struct rules *rules, struct store_holder *holder, int64_t now, bool *gathered);

struct gather_summary {
	const char *holder;	    /* bare JID; borrowed */
	struct store_gathered what; /* all counts 0: nothing is left to be told */
};
/* What is to be told holder. */
enum store_result gather_look(const struct rules *rules, const struct store_account *holder,
	struct gather_summary *summary);
/* Holder was told all up to that update row, or wanted to hear nothing of it: it is gathered no
 * more, and the holder's count begins anew with it (is_said: with one). What was gathered since
 * then is told after a day. */
enum store_result gather_told(
	const struct rules *rules, int64_t holder, int64_t newest, bool is_said, int64_t now);

/* Sends the summaries that are due, in the open turn, if none is on its way and the window has
 * room. *more: there may be others. -1: the store failed. */
int gather_send(struct told_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more);
/* Stores that what the server took of them is told, in the open turn. -1: the store failed. */
int gather_store(
	struct told_queue *queue, const struct rules *rules, struct arena *arena, int64_t now);

#endif
