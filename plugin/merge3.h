/* The three-way merge of one contact, property by property: what each side changed since both
 * agreed is brought to the other. Pure.
 *
 * Each side has a base of its own, since the two are written in different formats: an edit is what
 * differs between a side's base and its present card, so that what a format can't express is
 * nobody's edit. */
#ifndef KITH_MERGE3_H
#define KITH_MERGE3_H

#include <stdbool.h>

struct arena;
struct vcard;
struct vcard_property;

enum merge3_side {
	MERGE3_SERVICE,
	MERGE3_BOOK,
};

struct merge3_in {
	const struct vcard *base[2]; /* by enum merge3_side; both NULL: they never agreed */
	const struct vcard *now[2];
	enum merge3_side newer; /* wins where both changed one property */
	const char *region;	/* to tell numbers apart */
};

/* Two edits of one property. */
struct merge3_conflict {
	struct merge3_conflict *next;
	const char *name;		   /* of the property */
	const struct vcard_property *kept; /* NULL: its removal was kept */
	const struct vcard_property *lost; /* NULL: its removal lost */
};

struct merge3_out {
	struct vcard *card[2]; /* what each side is to have */
	bool changed[2];       /* it differs from what that side has */
	struct merge3_conflict *conflicts;
};

/* 0, or -1: no memory. Strings of `in` are borrowed by `out`. */
int merge3_run(struct arena *arena, const struct merge3_in *in, struct merge3_out *out);

/* The property of card that says what `property` (of another card) says: the same number, the same
 * value, parameters aside; NULL if there is none. */
struct vcard_property *merge3_find(
	const struct vcard *card, const struct vcard_property *property, const char *region);

/* Puts a copy of property in the place of old (NULL: behind the last of its name). NULL: no memory.
 */
struct vcard_property *merge3_put(
	struct vcard *card, struct vcard_property *old, const struct vcard_property *property);

#endif
