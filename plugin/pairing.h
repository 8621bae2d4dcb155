/* Which entry of the local book each contact of the mirror is, and which entries are nobody's. */
#ifndef KITH_PAIRING_H
#define KITH_PAIRING_H

#include <stddef.h>

#include "plugin/local.h"
#include "plugin/state.h"

struct arena;
struct kith;

/* A contact of the mirror with its entry. */
struct pair {
	struct state_head head;
	struct local *local; /* NULL: none */
};

struct pairing {
	struct kith *kith;
	struct arena *arena; /* of names and revisions */
	struct pair *pairs;  /* in order of item; those matched by name have their entry */
	size_t pair_count, pair_size;
	struct locals locals; /* each that is somebody's is taken */
	struct match *keys;   /* of the entries that are nobody's; NULL: not needed */
	size_t read, matched; /* of entries and of pairs: how far it is */
};

/* Lists both, and pairs by the entry's name. 0, or -1 (logged). The caller clears it, also on
 * failure. */
int pairing_begin(struct pairing *pairing, struct kith *kith);
/* Goes on with the rest: of the entries that are nobody's, the one of the same UID, link, or number
 * and name (merge.h). Of a contact that had an entry, by UID alone: it goes by another name now. A
 * small piece of that, with what it takes in scratch. 1: there is more, 0: done, -1. */
int pairing_step(struct pairing *pairing, struct arena *scratch);
void pairing_clear(struct pairing *pairing);

#endif
