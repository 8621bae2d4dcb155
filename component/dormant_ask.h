/* Asking the holders of dormant links whether who has the JID now is the same person (design:
 * section 4, "Accounts end").
 *
 * When: once the JID's next incarnation publishes its first profile. At the end of the one before
 * there would be nothing to say yes to, and the question would tell of the end, which is nobody's
 * business; the same holds for a next one that nobody can see anything of yet.
 *
 * Who: a holder is asked if, having said yes, he could read the new profile and his card would
 * follow it (rules.h: `visible`, groups and blocks of both, his `updates`). So the question tells
 * nobody of an account that he could not have found by writing its JID into his book; under `known`
 * that means that his card has a number which is the new one's, too. Others stay as they are, and
 * can `confirm` by themselves.
 *
 * How: each question is a matter (MATTER_DORMANT) that waits, and a message in words within
 * `pushes` and push_per_holder. A "no" takes the matter away; the link is passed once for each next
 * incarnation, so that nobody is asked the same again.
 *
 * Paced as pushes are, with two cursors, which are link ids: what is made of matters is stored with
 * each batch, what the server took of messages follows when a window is answered. After a crash or
 * a cut the messages repeat from there, with the same ids, for those matters that are still open.
 */
#ifndef KITH_DORMANT_ASK_H
#define KITH_DORMANT_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "component/feature.h"

struct dormant_ask;
struct window;

/* The account has its first profile: if its JID had other incarnations that are still linked to,
 * their holders are going to be asked. One part of a turn. */
enum store_result dormant_ask_begin(const struct rules *rules, const struct store_account *account);

/* What asking remembers of this stream. The caller frees it. NULL: no memory. */
struct dormant_ask *dormant_ask_new(void);
void dormant_ask_free(struct dormant_ask *ask);

/* The next batch, in the open turn, while the window has room. *more: it is worth calling again
 * soon. -1: the store failed. */
int dormant_ask_work(struct dormant_ask *ask, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more);
/* The server took all that was sent; the stream ended. */
void dormant_ask_taken(struct dormant_ask *ask);
void dormant_ask_down(struct dormant_ask *ask);
/* The turn was committed; or it was rolled back: what was sent in it wasn't, even where what it
 * stored turns out to be there (after an I/O error in the commit that can be). */
void dormant_ask_committed(struct dormant_ask *ask);
void dormant_ask_rolled_back(struct dormant_ask *ask);

/* What the question of a matter comes to by now, for a person: *text; NULL where nothing is left to
 * ask. ANSWER_RESULT or INTERNAL_SERVER_ERROR. */
enum answer dormant_ask_describe(
	struct request *request, const struct store_matter *matter, const char **text);
/* The answer to it. *note: what came of that. */
enum answer dormant_ask_decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);

#endif
