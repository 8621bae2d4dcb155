/* The world that the tests of rules ask about (matrix_table.h): carol, everybody with a relation to
 * her, and those who aren't there, in a store in memory; and what comes back, made comparable. */
#ifndef KITH_TESTS_MATRIX_WORLD_H
#define KITH_TESTS_MATRIX_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "component/settings.h"
#include "tests/dialogue.h"
#include "tests/matrix_table.h"

#define CAROL "carol@example.org"
#define NOBODY "nobody@example.org" /* no account, but in the same books, by the same cards */
#define GHOST "ghost@example.org"   /* nothing at all is known of it */
#define PLAIN "plain@example.org"   /* carol's card without numbers, for nobody to see */

/* carol's settings, and those of all others that hold cards. */
struct world_rules {
	int visible, audience, findable; /* enum circle */
	int share, updates, pushes;	 /* enum share, updates, pushes */
	bool has_groups;
};

/* Everything is as open as it gets; updates are never. */
extern const struct world_rules world_open_rules;

struct world_person {
	char jid[64];
	const struct matrix_relation *relation;
	const struct matrix_place *place;
};

struct world {
	struct dialogue *dialogue;
	struct world_rules rules;
	struct world_person persons[MATRIX_RELATIONS * MATRIX_PLACES];
	size_t count;
};

/* The caller clears it with world_clear(). */
void world_init(struct world *world, const struct world_rules *rules);
/* The same conf, with nothing in the store. */
void world_init_empty(struct world *world, const struct world_rules *rules);
void world_clear(struct world *world);

/* How much of each rate an account has; 0: as much as it likes, as the world begins. */
void world_set_rates(struct world *world, unsigned rate);

/* Of carol's own, from now on. */
void world_set(struct world *world, enum setting setting, int value);
/* Makes carol's matters none. */
void world_forget_matters(struct world *world);

/* Says what letters (matrix_table.h) say of the person in carol's circle. */
bool world_expects(const struct world *world, const struct world_person *person,
	const char *letters, int circle);
/* May they know of each other? carol: &world->persons[0]. */
bool world_may_know(const struct world *world, const struct world_person *one,
	const struct world_person *other);

/* One turn. The answer is the caller's, to be freed. */
char *world_say(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Of what was sent, the stanzas to that bare JID or a resource of it, or, is_others, all else. To
 * be freed. */
char *world_sent_to(const char *sent, const char *jid, bool is_others);

/* An answer made comparable: who asked, whom it was about, and random ids are as if the same. Takes
 * ownership of answer. To be freed. */
char *world_plain(char *answer, const char *asker, const char *about);

/* text with each `from` as `to`; random ids (32 hex digits and more), and the seconds of XEP-0012,
 * as "#". To be freed. */
char *world_with(const char *text, const char *from, const char *to);
char *world_without_ids(const char *text);

/* ---- Cells ---- */

/* Counts one cell, and notes it as failed where it isn't as expected; the rest says which it is. */
void cell(bool is_right, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for an answer that must be that of nothing there. */
void cell_alike(const char *got, const char *wanted, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Prints how many there were, and fails the test with those that failed. */
void cells_end(const char *name);

/* 1, or more where time is dear (KITH_MATRIX_STEP): then only each so many-th configuration of the
 * rules, or person, is gone through. */
int world_step(void);

#endif
