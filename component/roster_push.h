/* The roster-wide push: who has the changer in the roster (subscribed both ways) but no contact is
 * offered the changer's card, to be saved by one word (design: section 3, XEP-0356). Rosters are
 * known only where the server lets them be read (privilege.h); else there is nobody here.
 *
 * It is the last part of a run (run.h): once the cards are done, those in the roster are gone
 * through in order of account id, with a cursor that is stored with each batch. Each who is
 * admitted gets an update row of no link, by which the push is paced, repeated with the same id and
 * counted as any other, and the matter (save_offer.h). So each is told of a change once at most;
 * who answered `no` is not asked again by the changes of the next weeks. */
#ifndef KITH_ROSTER_PUSH_H
#define KITH_ROSTER_PUSH_H

#include <stddef.h>
#include <stdint.h>

#include "component/rules.h"

struct arena;
struct run_push;
struct run_subject;

/* The numbers of account changed, to `version`: its run, which there is, offers that to its roster
 * from the beginning. After run_start(), in the same part of the turn. */
enum store_result roster_push_start(const struct rules *rules, int64_t account, int64_t version);

/* Is the subject's card offered to an account in its roster, *holder? Nothing is stored: so a look
 * at it is what a preview has, too. */
enum verdict roster_push_wants(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, int64_t account, int64_t now,
	struct store_holder *holder);

/* The next at most max in the roster; run is changed, and the caller's to be stored. *offered: how
 * many of them. -1: the store failed. */
int roster_push_step(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, struct store_run *run, size_t max, int64_t now,
	size_t *offered);

/* Whether what that made is still to be told: sets skip, quiet, token, name and card of the push.
 * -1: the store failed. */
int roster_push_render(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_update *update,
	const struct store_holder *holder, struct run_push *push);

#endif
