/* Looking through address books for accounts that their contacts may be linked to (linking.h).
 *
 * When: a book is due once a contact without a link was stored in it, from there on; when its owner
 * asks for it; and from its start every 30 days, if he was seen in that time. So somebody who
 * begins to let himself be found, or publishes a new number, comes up with the next of these,
 * within 30 days, and not at once. That would need an index of the numbers in all books: a second
 * copy of them that has to be written with each contact; a table of who knows whom among those who
 * have no account; and a way to have the service write to everybody who has a number in the book,
 * by claiming it. As it is, a claim comes to people one by one, and to each with the rest of what
 * his book has.
 *
 * How: in order of version from a cursor, a few contacts a turn, the book that waits for the
 * longest time first. What is looked up is taken from the searches that its owner has (rates.h), of
 * which half are left to him; then the book waits.
 *
 * What is found waits for an answer (MATTER_LINK) and is told by one message, once the end of the
 * book is reached and nothing was stored in it for a minute: so an import leads to one. Where that
 * takes longer, it is told after a day. It counts as a push (gather.h); who had too many is told
 * later. A message that is lost with the stream isn't repeated: what it is about waits. */
#ifndef KITH_LINKING_SWEEP_H
#define KITH_LINKING_SWEEP_H

#include "component/feature.h"

struct arena;
struct window;

/* A contact without a link was stored in account's book, or there is room for more proposals. One
 * part of a turn. */
enum store_result linking_sweep_due(const struct rules *rules, int64_t account, int64_t now);
/* Its owner wants it to be looked through, from its start. */
enum store_result linking_sweep_anew(const struct rules *rules, int64_t account, int64_t now);

/* Looks at the next contacts of what is due, in the open turn, while the window has room for what
 * is to be told. *more: it is worth calling again soon. -1: the store failed. */
int linking_sweep(struct service *service, struct window *window, struct arena *arena, int64_t now,
	bool *more);

#endif
