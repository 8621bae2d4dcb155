/* Bringing a card up to date with a history of numbers: one routine for every occasion, idempotent;
 * and taking it back (design: section 4). Pure: no store, no clock but what is given.
 *
 * It touches the TELs it is about and nothing else of the card. */
#ifndef KITH_UPDATE_H
#define KITH_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct history;
struct vcard;

/* Where a card stands. */
struct update_state {
	int64_t applied;  /* version it was last brought to; additions since are due */
	const char *pins; /* "IDENTITY VERSION" a line each: a TEL of that identity is left alone until
			     its chain changes after that version; NULL none */
};

/* Brings card to `version`, whose history is given. add: numbers added since state->applied are
 * added (the holder is `mutual`). today: seconds UTC, for the mark's date. Changes *card and *state
 * (applied = version, pins that have run out dropped). Returns what was done as text to be stored
 * (update_undo() and update_describe() read it), or NULL: nothing was to do.
 *  - a TEL whose identity was replaced gets the value of the end of its chain, its parameters and
 *    place stay; if the card has that number already, the TEL is removed (merged);
 *  - one whose chain ends in a retired number is marked (X-RETIRED, PREF=100);
 *  - a mark goes when the number is current again;
 *  - a number that was added since goes in as a new TEL behind the last, unless it is there. */
const char *update_card(struct arena *arena, struct vcard *card, struct update_state *state,
	const struct history *history, int64_t version, bool add, const char *region, int64_t today);

/* Takes back what update_card() said in `what`: TELs that still are as the update left them get back
 * their value, place and parameters, removed and added ones return or go; others stay. Sets
 * state->applied to version (the subject's present one) and pins what was restored at it.
 * Returns false if nothing was left to take back. */
bool update_undo(struct arena *arena, struct vcard *card, struct update_state *state,
	const char *what, const char *region, int64_t version);

/* True if card carries any identity of the history. current_at >= 0: any that was current at that
 * version. */
bool update_carries(const struct vcard *card, const struct history *history, const char *region,
	int64_t current_at);

/* One thing that an update did. */
enum update_verb { UPDATE_REPLACED, UPDATE_MARKED, UPDATE_UNMARKED, UPDATE_ADDED };
struct update_item {
	enum update_verb verb;
	const char *kind;	 /* "mobile", "landline", "work" ...: for a person */
	const char *old_display; /* replaced: what the card had; others NULL */
	const char *display;	 /* what it has now */
};
/* Reads `what` as given by update_card(), at most max items; returns how many. Strings in the
 * arena. */
size_t update_describe(
	struct arena *arena, const char *what, struct update_item *items, size_t max);

/* "mobile +44 7700 900123 is now +44 7700 900456; home +44 ... is no longer in use" */
const char *update_text(struct arena *arena, const char *what);

#endif
