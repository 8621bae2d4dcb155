/* What is known of pushes that are on their way, for the reports of the changes that they are about
 * (report.h): counted in memory while the window that they are in is under way, and stored in the
 * transaction that stores the second cursor. */
#ifndef KITH_TALLY_H
#define KITH_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "component/store.h"

/* Changes that are counted at a time; what goes beyond is not counted. A window and the pushes that
 * window.h remembers beside it are of no more. */
#define TALLY_MAX 2048

struct tally;

/* The caller frees it with tally_free(). NULL: no memory. */
struct tally *tally_new(void);
void tally_free(struct tally *tally);

/* Adds to the counts of account's change to that version. is_taken: the server has the push,
 * whatever becomes of the window. */
void tally_add(struct tally *tally, int64_t account, int64_t version,
	const struct store_counts *counts, bool is_taken);
/* The server took the window; or the stream ended, and it will be sent again. */
void tally_taken(struct tally *tally);
void tally_cut(struct tally *tally);

/* True if there is something to store. */
bool tally_has(const struct tally *tally);
/* Stores what the server took, in the open turn; then that was committed, or rolled back. -1: the
 * store failed. */
int tally_store(struct tally *tally, struct store *store);
void tally_committed(struct tally *tally);
void tally_rolled_back(struct tally *tally);

#endif
