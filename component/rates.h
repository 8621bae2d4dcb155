/* Rates: how much an account, and all together, may do in a time (design: section 4; conf:
 * `[limits]`). Taking back is never limited.
 *
 * Each rate is a bucket that is full at first (an hour's worth, a day's) and fills evenly: so what
 * comes in bursts goes, and after it one at a time. The buckets of accounts are in a table of fixed
 * size, keyed by JID, so that who erases his account and comes back finds his bucket as he left it.
 * A bucket that is full again is as one that is forgotten; where a place is needed nevertheless,
 * the least used is forgotten. Since the hash is keyed, nobody chooses whose that is: to have his
 * own forgotten, somebody would need as many accounts as there are places, each with a bucket
 * emptier than his.
 *
 * Changes of numbers are counted in the log of changes as well, which a restart doesn't reset. */
#ifndef KITH_RATES_H
#define KITH_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "component/rules.h"

struct arena;

/* NULL: no memory, or no random key. The caller frees with rates_free(). */
struct rates *rates_new(void);
void rates_free(struct rates *rates); /* NULL is harmless */

/* Takes `count` out of the bucket of a bare JID and out of that of all. NULL: they were there. Else
 * nothing was taken, and it is the text for the error (resource-constraint), which says when to try
 * again, in the arena. now: seconds UTC; if it goes back, no time has passed. rules->rates NULL:
 * nothing is counted. */
const char *rates_take(const struct rules *rules, struct arena *arena, enum rate rate,
	const char *jid, unsigned count, int64_t now);

/* A turn's end. Where it is rolled back, what was taken since the last one is put back: who is
 * refused because the store failed, and says it again and again, has used up nothing. (Of the last
 * RATES_TURN takings that is; no turn has more for long.) */
#define RATES_TURN 1024
void rates_settle(struct rates *rates, bool is_committed);

/* What is left to take where nobody waits for it. */
enum rates_spare {
	RATES_TAKEN,
	RATES_LOW,	  /* in the bucket of the JID */
	RATES_LOW_IN_ALL, /* in that of all */
};
/* The same for what the service does by itself: half of each bucket is left to those who ask. */
enum rates_spare rates_take_spare(
	const struct rules *rules, enum rate rate, const char *jid, unsigned count, int64_t now);

/* The same for one change of account's numbers. *why: the text, or NULL. STORE_OK, or ERROR. */
enum store_result rates_take_change(const struct rules *rules, struct arena *arena,
	const struct store_account *account, int64_t now, const char **why);

#endif
