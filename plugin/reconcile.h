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
	bool is_new;		  /* the service has no such contact */
	struct state_item agreed;
};

/* One pass over all contacts, in pieces: so a book of any size takes little memory, and its host is
 * never held up for long. */
struct reconcile;

/* Lists both sides. The host is told what changes; quiet: not of entries that can't be read (it was
 * told before). NULL: state or book failed. The caller frees it (NULL is harmless). */
struct reconcile *reconcile_new(struct kith *kith, bool quiet);
void reconcile_free(struct reconcile *reconcile);

/* Merges further contacts, until some are to be sent or client_is_late(): writes the local book and
 * the state, and gives what is left to be sent in *changes, in the arena. *count: contacts that
 * came from the service, is added to. 1: there is more, 0: that were all, -1: state or book failed.
 */
int reconcile_step(
	struct reconcile *reconcile, struct arena *arena, struct change **changes, unsigned *count);
/* True if an entry of the book couldn't be written (logged): both sides are not in step. */
bool reconcile_has_failed(const struct reconcile *reconcile);
/* How many of how many were looked at. */
void reconcile_progress(const struct reconcile *reconcile, size_t *done, size_t *total);

#endif
