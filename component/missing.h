/* Numbers that an ordinary client's vCard has no more. Such clients drop what they don't know, so
 * none is given up by that (profile_merge.h); its owner is asked (design: section 4, "History").
 *
 * There is one question at a time, about all of them; a newer one takes its place. What the owner
 * said stays is asked about again only after the vCard had it back meanwhile: clients publish the
 * same thing again and again. A question that nobody answered in MATTER_DAYS counts as a `no`. */
#ifndef KITH_MISSING_H
#define KITH_MISSING_H

#include <stddef.h>
#include <stdint.h>

#include "component/feature.h"
#include "component/matter.h"

struct history;

/* Numbers of a history, by their identities, borrowed from it. */
struct missing_numbers {
	const char **identities;
	size_t count;
};

/* By profile_publish(), in its part: notes what an ordinary client's vCard lacks; or, where the
 * profile is the owner's own word, that what is current of all this stays. */
enum store_result missing_note(const struct rules *rules, struct arena *arena, int64_t account,
	const struct missing_numbers *missing);
enum store_result missing_settle(const struct rules *rules, struct arena *arena, int64_t account,
	const struct history *history);

/* Asks the owner about what was noted and not asked yet, by a message; takes a question back that
 * there is no reason for any more. While he is asked about a change (first.h) this one waits. -1:
 * the store failed. */
int missing_ask(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t now);

/* The answers to it, which end the matter. Retire: the numbers are given up, as a profile without
 * them, published by the owner himself, would have it; the caller has to call published_tell().
 * MATTER_NONE: none of them is there any more; or, with *why, that is a change too much for today,
 * and the matter stays open. Keep: they stay. */
enum matter_result missing_retire(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct store_matter *matter, int64_t now,
	const char **why);
enum matter_result missing_keep(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct store_matter *matter);

#endif
