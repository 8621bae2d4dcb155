/* Accounts end, and links to them lie dormant until their holders say whether who has the JID now
 * is the same person (design: section 4, "Accounts end"). */
#ifndef KITH_DORMANT_H
#define KITH_DORMANT_H

#include "component/book.h"

struct arena;

/* Closes the incarnation that is without a sign for the longest time, if that is more than
 * limits.sleep_days at `old` (clock.h). *ended: it did; there may be others. -1: the store failed.
 */
int dormant_sweep(const struct rules *rules, int64_t old, int64_t now, bool *ended);

/* Links owner's contact under item, whose link is dormant, to the account that has the JID now, as
 * if it were stored for the first time. BOOK_NONE: no such contact is dormant. contact: as it was
 * stored. */
enum book_result dormant_confirm(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now,
	struct store_contact *contact);

#endif
