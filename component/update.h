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
struct number;
struct vcard;

/* Where a card stands. */
struct update_state {
	int64_t applied;  /* version it was last brought to; additions since are due */
	const char *pins; /* "IDENTITY VERSION" a line each: a TEL of that identity is left alone
			     until its chain changes after that version. A pin goes when it has run
			     out, or when the card has that identity no more. NULL none */
};

/* Brings card to `version`, whose history is given. add: numbers added since state->applied are
 * added (the holder is `mutual`). today: seconds UTC, for the mark's date. Changes *card and *state
 * (applied = version, pins as above). Returns what was done as text to be stored (update_undo() and
 * update_describe() read it), or NULL: nothing was to do (or no memory: arena_failed()).
 *  - a TEL whose identity was replaced gets the value of the end of its chain, as URI or as text
 * like the old one; its parameters and place stay. If the card has a number of the chain already by
 *    the time the other becomes it, the TEL is removed (merged): the changes are gone through in
 *    their order, so that a card brought along several at once ends as one brought along each;
 *  - one whose chain ends in a retired number is marked (X-RETIRED, PREF=100);
 *  - a mark goes when the number is current again, and a PREF=100 with it;
 *  - a number that was added since goes in as a new TEL behind the last, unless it is there. */
const char *update_card(struct arena *arena, struct vcard *card, struct update_state *state,
	const struct history *history, int64_t version, bool add, const char *region,
	int64_t today);

/* For a card that its holder changed and that is not brought up to date: drops the pins of what it
 * has no more. */
void update_pins(struct arena *arena, const struct vcard *card, struct update_state *state,
	const struct history *history, const char *region);

/* Takes back what update_card() said in `what`: TELs that still have the number that the update
 * gave them get back their value and mark, removed ones return to their place, added ones go if
 * they are as they came; others stay. Pins what was restored at state->applied: not at a version
 * that the card was never brought to, whose change is still to come. Returns false if nothing was
 * left to take back. */
bool update_undo(struct arena *arena, struct vcard *card, struct update_state *state,
	const char *what, const char *region);

/* The part of `what` that still holds in card (NULL: none does): the numbers that it says are now
 * there, and marked or not as it says. Not what its holder restored (pins, as above): that is his,
 * and older than what he took back. */
const char *update_holds(struct arena *arena, const struct vcard *card, const char *pins,
	const char *what, const char *region);

/* The part of `what` that `later`, which was done to the same card behind it, didn't change
 * further: the rest is older than what its holder may have been told by now, also where the card
 * has it again. NULL: nothing. */
const char *update_not_overtaken(
	struct arena *arena, const char *what, const char *later, const char *region);

/* True if card carries any identity of the history. current_at >= 0: any that was current at that
 * version, as far as is known. */
bool update_carries(const struct vcard *card, const struct history *history, const char *region,
	int64_t current_at);

/* One thing that an update did. */
enum update_verb { UPDATE_REPLACED, UPDATE_MARKED, UPDATE_UNMARKED, UPDATE_ADDED };
struct update_item {
	enum update_verb verb;
	const char *kind;	 /* "mobile", "landline", "phone" (neither known), "work" ... */
	const char *old_display; /* replaced: what the card had; others NULL */
	const char *display;	 /* what it has now */
};
/* Reads `what` as given by update_card(), at most max items; returns how many. Strings in the
 * arena. */
size_t update_describe(
	struct arena *arena, const char *what, struct update_item *items, size_t max);

/* What to call a number of a history: as kind above. */
const char *update_kind(const struct number *number, const char *region);

/* "mobile +44 7700 900123 is now +44 7700 900456; home +44 ... is no longer in use" */
const char *update_text(struct arena *arena, const char *what);

#endif
