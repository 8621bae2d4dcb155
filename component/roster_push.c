/* Offers to those who have the changer in their rosters: see roster_push.h. */
#include "component/roster_push.h"

#include "common/arena.h"
#include "common/vcard.h"
#include "component/book.h"
#include "component/gather.h"
#include "component/run.h"
#include "component/save_offer.h"
#include "component/stored_card.h"

enum store_result roster_push_start(const struct rules *rules, int64_t account, int64_t version)
{
	struct store_run run;
	int64_t first;
	size_t count;
	enum store_result result = store_run_get(rules->store, account, &run);

	if (result != STORE_OK ||
		store_roster_list(rules->store, account, 0, &first, 1, &count) != STORE_OK)
		return STORE_ERROR;
	if (count == 0)
		return STORE_OK;
	run.offers = version;
	run.offers_done = 0;
	return store_run_put(rules->store, &run);
}

/* May the card be offered to holder: by the rules, and has he no contact? */
static enum verdict is_wanted(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_holder *holder)
{
	struct store_contact contact;
	enum verdict verdict = rules_offers(rules, &subject->account, subject->circle,
		&subject->history, subject->version, holder);

	if (verdict != VERDICT_YES)
		return verdict;
	/* Of a link that is dormant its holder is asked otherwise. */
	switch (book_find(rules, arena, holder->account.id, &subject->account, &contact)) {
	case STORE_OK:
		return VERDICT_NO;
	case STORE_NONE:
		return VERDICT_YES;
	case STORE_ERROR:
		break;
	}
	return VERDICT_ERROR;
}

/* Was holder asked enough: by that, which was declined, or by too much else? */
static enum verdict is_asked_enough(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, int64_t holder, int64_t now)
{
	struct store_matter matter = {.account = holder,
		.kind = MATTER_CARD,
		.subject = subject->account.id,
		.target = subject->account.jid};
	int64_t count;
	bool is_there;

	switch (store_matter_about(
		rules->store, arena, holder, MATTER_CARD, matter.subject, now, &matter)) {
	case STORE_OK:
		return VERDICT_NO;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return VERDICT_ERROR;
	}
	if (store_matter_count(rules->store, &matter, now, &count, &is_there) != STORE_OK)
		return VERDICT_ERROR;
	return is_there || count >= SAVE_OFFERS_MAX ? VERDICT_YES : VERDICT_NO;
}

static int offer(const struct rules *rules, struct arena *arena, const struct run_subject *subject,
	struct store_holder *holder, int64_t now)
{
	struct store_update update = {.subject = subject->account.id,
		.change = subject->version,
		.owner = holder->account.id,
		.item = subject->account.jid,
		.at = now,
		.undone_at = now,
		.what = "",
		.push = true};
	struct store_matter matter;

	if (gather_count_holder(rules, holder, now, &update.gathered) != 0 ||
		store_update_add(rules->store, &update) != STORE_OK)
		return -1;
	return save_offer_make(rules, arena, &holder->account, &subject->account, subject->version,
		       update.id, now, &matter) == MATTER_ERROR
		       ? -1
		       : 0;
}

enum verdict roster_push_wants(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, int64_t account, int64_t now,
	struct store_holder *holder)
{
	enum verdict verdict;

	if (store_holder_get(rules->store, arena, account, &subject->account, holder) != STORE_OK)
		return VERDICT_ERROR;
	verdict = is_wanted(rules, arena, subject, holder);
	if (verdict != VERDICT_YES)
		return verdict;
	switch (is_asked_enough(rules, arena, subject, holder->account.id, now)) {
	case VERDICT_NO:
		return VERDICT_YES;
	case VERDICT_YES:
		return VERDICT_NO;
	case VERDICT_ERROR:
		break;
	}
	return VERDICT_ERROR;
}

/* *offered: the card is. -1: the store failed. */
static int step_one(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, int64_t account, int64_t now, bool *offered)
{
	struct store_holder holder;
	enum verdict verdict = roster_push_wants(rules, arena, subject, account, now, &holder);

	*offered = verdict == VERDICT_YES;
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_NO ? 0 : -1;
	return offer(rules, arena, subject, &holder, now);
}

int roster_push_step(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, struct store_run *run, size_t max, int64_t now,
	size_t *offered)
{
	int64_t *others = arena_alloc(arena, max * sizeof(*others));
	struct arena *scratch = arena_new(0);
	size_t count = 0;
	int result = -1;

	*offered = 0;
	if (!others || !scratch)
		goto out;
	/* What is taken back by now, or hidden, is no change to be told. */
	if (run->offers == subject->version && subject->shown &&
		store_roster_list(rules->store, run->account, run->offers_done, others, max,
			&count) != STORE_OK)
		goto out;
	for (size_t i = 0; i < count; i++) {
		bool did;

		arena_reset(scratch);
		if (step_one(rules, scratch, subject, others[i], now, &did) != 0)
			goto out;
		run->offers_done = others[i];
		*offered += did;
	}
	if (count < max)
		run->offers = 0;
	result = 0;
out:
	arena_free(scratch);
	return result;
}

int roster_push_render(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_update *update,
	const struct store_holder *holder, struct run_push *push)
{
	struct store_matter matter;
	struct save_offer offer;
	enum verdict verdict;

	/* Overtaken, answered, or expired. */
	switch (store_matter_of_update(rules->store, arena, update->id, update->at, &matter)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		return -1;
	}
	if (matter.version != subject->version)
		return 0;
	verdict = is_wanted(rules, arena, subject, holder);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_NO ? 0 : -1;
	switch (save_offer_look(rules, arena, &matter, &offer)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		return 0;
	case MATTER_ERROR:
		return -1;
	}
	push->card = stored_card_write(arena, offer.card, &push->card_len);
	push->name = offer.name;
	push->token = matter.token;
	push->is_offer = true;
	push->quiet = update->gathered;
	push->skip = false;
	return push->card ? 0 : -1;
}
