/* The history of an account's numbers: what numbers a profile had, has, and what became of each
 * (design: section 4, "History"). Pure: no store, no clock. */
#ifndef KITH_HISTORY_H
#define KITH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct vcard;

/* The numbers are stored: append only. */
enum number_state {
	NUMBER_CURRENT = 0,
	NUMBER_REPLACED = 1, /* by `successor` */
	NUMBER_RETIRED = 2,
};

/* One identity that the profile has or had; there is one entry for each identity. */
struct number {
	const char *identity;  /* phone.h */
	const char *kind;      /* vcard_tel_kind() when it was last current */
	const char *value;     /* as it goes into a card: tel: URI, or what was typed */
	const char *display;   /* as it is shown */
	enum number_state state;
	int64_t from;	       /* version since which it is (or was last) current */
	int64_t to;	       /* version at which it ceased to be; 0: it is current */
	int64_t added;	       /* version at which it came without replacing another; 0: it replaced */
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
	struct history after; /* in the arena */
	bool changed;	      /* false: the numbers are the same; `after` equals before */
	const char *what;     /* for a person and the log: "cell +44 1 -> +44 2; retired home +44 3" */
};

/* Compares the TELs of profile with the history by identity; what is left over on both sides is
 * paired by kind, in order: replaced; the rest retired or added. TELs without identity are ignored,
 * doubled ones count once. version: of the profile that this becomes. region: as phone_read(). */
void history_compare(struct history_change *change, struct arena *arena,
	const struct history *before, const struct vcard *profile, const char *region,
	int64_t version);

/* The entry of an identity, or NULL. */
const struct number *history_find(const struct history *history, const char *identity);
/* The end of its chain of successors (itself if it has none). */
const struct number *history_end(const struct history *history, const struct number *number);
/* The newest version at which anything changed along its chain. */
int64_t history_changed(const struct history *history, const struct number *number);

#endif
