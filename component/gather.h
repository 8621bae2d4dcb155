/* Not too many pushes: over a limit a holder is told of further changes in one summary (design:
 * section 4, "Not too many"). What is gathered is in the store, and survives a restart. */
#ifndef KITH_GATHER_H
#define KITH_GATHER_H

#include "component/rules.h"

struct arena;
struct service;
struct window;

/* Counts a push to holder, which is changed with its row; to be called for each update with push
 * set, within its turn. *gathered: the limit of 24 hours is reached, so this one goes into the
 * summary that is due when they are over. -1: the store failed. */
int gather_count(
	const struct rules *rules, struct store_account *holder, int64_t now, bool *gathered);

struct gather_summary {
	const char *holder;	    /* bare JID */
	struct store_gathered what; /* all counts 0: nothing is left to be told */
};
/* Takes the summary that is due for the longest time out of the store, and begins the holder's
 * count anew with it. STORE_NONE: none is due. */
enum store_result gather_take(const struct rules *rules, struct arena *arena, int64_t now,
	struct gather_summary *summary);

/* Sends the summaries that are due, in the open turn, while the window has room. *more: there may
 * be others. -1: the store failed. */
int gather_send(struct service *service, struct window *window, struct arena *arena, int64_t now,
	bool *more);

#endif
