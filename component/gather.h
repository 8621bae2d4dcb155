/* Not too many pushes: over a limit a holder is told of further changes in one summary (design:
 * section 4, "Not too many"). What is gathered is in the store, and stays there until the server
 * took the window with the summary (window.h): one whose window is lost comes again, with the same
 * id. */
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
	const char *holder;	    /* bare JID; borrowed */
	struct store_gathered what; /* all counts 0: nothing is left to be told */
};
/* What is to be told holder. */
enum store_result gather_look(const struct rules *rules, const struct store_account *holder,
	struct gather_summary *summary);
/* Holder was told: that is gathered no more, and its count begins anew with it. What was gathered
 * since then is told after a day. */
enum store_result gather_told(const struct rules *rules, const struct store_account *holder,
	const struct gather_summary *summary, int64_t now);

#define SUMMARIES_A_WINDOW 64

/* Those on their way. Empty at first. */
struct gather_queue {
	struct gather_sent {
		int64_t account;
		struct store_gathered what;
		bool is_sent;	/* its turn was committed */
		bool is_taken;	/* by the server */
		bool is_stored; /* as told, in a turn that may yet be rolled back */
	} sent[SUMMARIES_A_WINDOW];
	size_t count;
};

/* Sends the summaries that are due, in the open turn, if none is on its way and the window has
 * room. *more: there may be others. -1: the store failed. */
int gather_send(struct gather_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more);

/* The server took the window; the stream ended. */
void gather_taken(struct gather_queue *queue);
void gather_cut(struct gather_queue *queue);
/* True if there is something to store: that holders were told. In the open turn; then that was
 * committed, or rolled back. -1: the store failed. */
bool gather_has(const struct gather_queue *queue);
int gather_store(
	struct gather_queue *queue, const struct rules *rules, struct arena *arena, int64_t now);
void gather_committed(struct gather_queue *queue);
void gather_rolled_back(struct gather_queue *queue);

#endif
