/* A change that is held for a while before its run begins, so that its owner can take it back
 * before anybody's card follows (design: section 4, `hold`). The profile itself is changed at once.
 */
#ifndef KITH_HELD_H
#define KITH_HELD_H

#include "component/feature.h"
#include "component/matter.h"

/* By profile_publish(), before it stores a change: keeps what there is, so that it can be restored;
 * and after the run was started: has that wait for hold seconds (0: it doesn't), and makes the
 * matter of it, what being the change for a person. A first profile isn't held. A newer change
 * replaces the one that is held; what is kept stays that from before both. */
enum store_result held_keep(
	const struct rules *rules, const struct store_account *account, int64_t now, int hold);
enum store_result held_begin(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const char *what, int64_t now, int hold);

/* Takes the change of a matter back: card and history are as before, and the run that was under way
 * goes on with them. Whose card was linked to the account meanwhile, and so has a new number, gets
 * the old one by a run: then the new one stays in the history, as replaced. Neither is reported, so
 * that this is nothing to its owner. The caller has to call published_tell(). */
enum matter_result held_take_back(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now);

/* Tells the owner, once, what is held, if anything is, and offers to take it back. version: of the
 * profile as it is stored. -1: the store failed. */
int held_announce(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t version, int64_t now);

#endif
