/* What a change of numbers came to, for its owner: how many it reached, in words that give no small
 * count away (design: section 4, "Counts shown to an owner").
 *
 * The counts are of links: of cards that are linked to the account. One address book has one, but
 * where a person linked two cards to the same account it has two. Those who have no card and are
 * offered one, since they have the account in their rosters, count apart. They are raised in the
 * transactions that store what they count, so that a crash at any moment loses and doubles nothing:
 *  - reached, asked, offered: with each batch of cards (the first cursor);
 *  - pushed, and what waits or bounced before the server took its window: with the second cursor. A
 *    window that is repeated is counted once, when it is taken.
 * Not exact: a bounce that comes when its window was taken already is counted if it is one of the
 * last 1,024 pushes, and no crash or cut of the stream came between. A change that is made while
 * the run of another is under way turns that run, and the counts begin anew: cards that were
 * brought up to date before, and that it changes no further, are not counted. A run that goes on
 * because a rule is wider now adds to the counts of the last change; that is not told.
 *
 * Each change of numbers has one, whoever is linked to the account, so that there being one says
 * nothing; but for one that its owner took back, or said `no` to (first.h). */
#ifndef KITH_REPORT_H
#define KITH_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "component/store.h"

struct arena;
struct rules;
struct xml;

#define REPORT_FEW 5 /* smaller counts are "a few", and 0 is one of them where all are small */
#define REPORT_FEW_AT_MOST "a few address books at most"
#define REPORT_AFTER_S 5 /* behind the end of a run: till then most bounces are there */
/* So much has passed, and it can be said what came of the change. */
bool report_is_ready(const struct store_report *report, int64_t now);

/* A change of the numbers begins, to that version: the report of an earlier one goes. Not for a
 * first profile. */
enum store_result report_begin(struct store *store, int64_t account, int64_t version, int64_t now);
/* A run to that version begins anew: its report, if there is one, isn't at its end any more. */
enum store_result report_go_on(struct store *store, int64_t account, int64_t version);

/* The owner isn't told of the run that is under way: it is an admin's change. */
enum store_result report_hush(struct store *store, int64_t account);

/* "34", or "a few"; with `of` behind it: "34 address books". is_more: there may be others: "more
 * than 34 ...". In the arena; "" for 0. */
const char *report_count(struct arena *arena, int64_t count, bool is_more, const char *of);

/* " went to 34 address books; a few are asked first, a few wait", or ": 9 are asked first": behind
 * what the change is. Where all of them together are few, nobody included, it is always the same:
 * with `audience = chosen` and one JID on the list it would else tell whether that one has the
 * card. */
const char *report_text(struct arena *arena, const struct store_counts *counts);

/* *text: of the account's last change, how far it is and what it came to; NULL if there was none.
 * It is under way until its report is due, so that the state says no more than that does. */
enum store_result report_state(
	struct store *store, struct arena *arena, int64_t account, int64_t now, const char **text);

/* The message to the owner, a bare JID; its id is the same each time. what: the change in words;
 * NULL: it is not known any more. NULL: no memory. */
struct xml *report_message(struct arena *arena, const char *from, const char *owner, const char *id,
	const struct store_report *report, const char *what);

/* The newest change of the account's numbers, if it is that version, in the arena; else NULL. */
enum store_result report_what(struct store *store, struct arena *arena, int64_t account,
	int64_t version, const char **what);

#endif
