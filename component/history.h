/* The history of an account's numbers: what numbers a profile had, has, and what became of each
 * (design: section 4, "History"). Pure: no store, no clock. */
#ifndef KITH_HISTORY_H
#define KITH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct vcard;
struct vcard_property;

/* Bounds: a profile has at most that many numbers (profile_publish() refuses more); a history keeps
 * that many entries, beyond which the one that ceased first is forgotten. */
#define HISTORY_CURRENT_MAX 100
#define HISTORY_NUMBERS_MAX 500

/* The numbers are stored: append only. */
enum number_state {
	NUMBER_CURRENT = 0,
	NUMBER_REPLACED = 1, /* by `successor` */
	NUMBER_RETIRED = 2,
};

/* One identity that the profile has or had; there is one entry for each identity. */
struct number {
	const char *identity; /* phone.h */
	const char *kind;     /* vcard_tel_kind() when it was last current */
	const char *value;    /* as it goes into a card: tel: URI, or what was typed */
	const char *display;  /* as it is shown */
	enum number_state state;
	int64_t from;  /* version since which it is (or was last) current */
	int64_t to;    /* version at which it ceased to be; 0: it is current */
	int64_t added; /* newest version at which it came without replacing another; 0: never.
			  A card brought to an older version, whose holder is to have what was
			  added, lacks the end of its chain. A number that replaced another counts
			  as come on its own, at `from`, once that other is current again beside
			  it: no chain leads to it from there any more */
	const char *successor; /* identity of what replaced it; NULL unless replaced. It is set when
				  the successor is current, and cleared when this one is current
				  again, so that chains never have a cycle */
};

struct history {
	struct number *numbers; /* in order of first appearance */
	size_t count;
};

/* What a new profile does. */
struct history_change {
	struct history after; /* in the arena; its strings may be those of before */
	bool changed;	      /* false: the numbers are the same, no entry changed its state */
	bool refreshed;	  /* kind or writing of a current number changed: `after` is worth storing,
			     but it is no change of the numbers */
	const char *what; /* for a person and the log: "cell +44 1 -> +44 2; retired home +44 3",
			     with a word where a call to a new one has another price */
};

/* Compares the TELs of profile with the history by identity; what is left over on both sides is
 * paired by kind, in order of appearance (of the old ones: in the history): replaced; the rest
 * retired or added. TELs without identity, and those marked as retired, are ignored; doubled ones
 * count once. version: of the profile that this becomes. region: as phone_read(). */
void history_compare(struct history_change *change, struct arena *arena,
	const struct history *before, const struct vcard *profile, const char *region,
	int64_t version);

/* The entry of an identity, or NULL. */
const struct number *history_find(const struct history *history, const char *identity);
/* The entry of the number that tel is, or NULL. Asks no more of libphonenumber than it must: most
 * TELs of a card are seen at once to be in the history or not. */
const struct number *history_find_tel(
	const struct history *history, const struct vcard_property *tel, const char *region);
/* True if number was current at version. (Of what was before it was last current nothing is kept.)
 */
bool number_was_current(const struct number *number, int64_t version);
/* The end of its chain of successors (itself if it has none). */
const struct number *history_end(const struct history *history, const struct number *number);
/* The newest version at which anything changed along its chain, from number to the end. */
int64_t history_changed(const struct history *history, const struct number *number);

#endif
