/* A run of sync, for the files that do it: sync.c begins and ends it, sync_read.c reads what
 * happened on the service, sync_send.c merges and sends. */
#ifndef KITH_SYNC_RUN_H
#define KITH_SYNC_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/page.h"
#include "plugin/sync.h"

struct arena;
struct change;
struct reconcile;

struct waiter {
	struct waiter *next;
	struct job *job;
	sync_done *done;
	bool early; /* the run under way began before it asked */
};

struct sync {
	bool running;
	bool fresh;		/* in step since the last completed run */
	bool due;		/* a run is to begin */
	bool told;		/* the host knows which entries can't be read */
	bool held;		/* no due run begins */
	int64_t again_at;	/* when one is due although nothing happened; 0: never */
	unsigned rounds, pages; /* of this run */
	bool is_anew;		/* in it all was asked for anew, once */
	struct sync_counts counts;

	struct arena *arena; /* of a page, or of a step */
	char queryid[40];    /* of the query under way; "" none */
	struct page page;    /* that is coming in */

	struct reconcile *reconcile; /* of this round; NULL: it isn't that far */
	bool is_merged;		     /* it has looked at all contacts */
	bool is_stepping;	     /* its next step waits for sync_tick() */
	bool is_advancing;	     /* within advance() */
	int64_t told_at;	     /* how far it is */
	struct change *changes;	     /* of its last step, left to be sent */
	struct change *taken;	     /* of those, by the service */
	unsigned in_flight, sent_in_round;
	bool is_full;	     /* the service has no room for new contacts */
	char limit[200];     /* what it says of that */
	const char *failure; /* why the run can't go on; static or in arena */
	struct waiter *waiters;
};

/* Reads on, from where the last run came to; then merges and sends: a round. */
void sync_pull(struct kith *kith);
/* Merges and sends on, as long as there is time. */
void sync_advance(struct kith *kith);
/* The end of the run; why NULL: both are in step. */
void sync_finish(struct kith *kith, const char *why);

#endif
