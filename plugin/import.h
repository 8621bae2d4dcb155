/* Taking many cards into the local book, one after the other, each against a table of what is
 * there: so it takes a time in proportion to their number, and the memory of one. */
#ifndef KITH_IMPORT_H
#define KITH_IMPORT_H

#include <stddef.h>

#include "plugin/local.h"

struct arena;
struct kith;
struct match;
struct vcard;

struct import {
	struct kith *kith;
	struct arena *entries; /* names and revisions of the book's */
	struct locals locals;
	struct match *keys;	/* of the entries: merge.h */
	size_t indexed, listed; /* of the entries that there were */
	unsigned unsettled;	/* new entries that may not be on the disk yet */
	struct arena *arena;	/* of the card under way; who takes cards resets it behind each */
};

/* Lists the book, which must be there. 0, or -1: book, state or memory failed. The caller closes
 * it, also on failure. */
int import_open(struct import *import, struct kith *kith);
/* Settles what is new, and frees all. */
void import_close(struct import *import);

/* Adds a further entry to the table. 1: there is more, 0: all are in it, -1: no memory. */
int import_index(struct import *import);

enum import_result {
	IMPORT_NEW,
	IMPORT_MERGED,	/* something was added to a contact that is there */
	IMPORT_SAME,	/* all of it was there */
	IMPORT_SKIPPED, /* *why says why, in the arena */
	IMPORT_FAILED,	/* the book can't be written, or there is no memory */
};

/* Takes a card of the arena in, once all entries are in the table. It is brought into the contact
 * that it is about, as `save` does, or becomes one; no link is made. Without a UID it gets the one
 * that its contents give: the same card is the same contact the next time. Entries that can't be
 * read take no part. */
enum import_result import_take(struct import *import, struct vcard *card, const char **why);

/* Has what is new on the disk. 0, or -1 (logged). */
int import_settle(struct import *import);

#endif
