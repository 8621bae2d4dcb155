/* The local half of a sync: the mirror of the service's book and the local book, contact by
 * contact. */
#ifndef KITH_RECONCILE_H
#define KITH_RECONCILE_H

#include <stdbool.h>

#include "plugin/state.h"

struct arena;
struct kith;
struct vcard;

/* What is to be sent to the service; once it has taken it, `agreed` goes into the state. */
struct change {
	struct change *next;
	const char *item;
	const struct vcard *card; /* NULL: retract it */
	struct state_item agreed;
};

/* Merges every contact: writes the local book and the state, and gives what is left to be sent in
 * *changes, in the arena. The host is told what changed; quiet: not of entries that can't be read
 * (it was told before). *count: contacts that came from the service. 0, or -1: the state or the
 * book failed. */
int reconcile(struct kith *kith, struct arena *arena, bool quiet, struct change **changes,
	unsigned *count);

#endif
