/* The merging of one contact; for reconcile.c, which goes through them. */
#ifndef KITH_RECONCILE_CONTACT_H
#define KITH_RECONCILE_CONTACT_H

#include <stdbool.h>

#include "plugin/state.h"

struct arena;
struct change;
struct kith;
struct local;
struct match;

struct merging {
	struct kith *kith;
	bool quiet;	     /* of entries that can't be read */
	bool has_failed;     /* an entry couldn't be written, which waits for another pass */
	struct match *items; /* ids of entries that were nobody's, of this pass */
	/* Of a step, within a transaction of the state. */
	struct arena *arena;
	struct change **changes_end;	    /* what is to be sent goes here */
	unsigned changes, count, unsettled; /* to be sent; from the service; in the book, to be
					       settled */
};

/* A contact under way. */
struct contact {
	struct state_item row;
	struct local *local; /* NULL: none */
	bool was_there;	     /* it had an entry */
};

/* 0, or -1: state or memory failed. */
int reconcile_contact(struct merging *r, struct contact *contact);
/* An entry that is nobody's. */
int reconcile_entry(struct merging *r, struct local *local);

#endif
