/* Runs: what of a run is still to be told to whom, from the rows that it wrote and the cards as
 * they are now (design: section 4, "A run"). */
#include "component/run.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/matter.h"
#include "component/roster_push.h"
#include "component/stored_card.h"
#include "component/update.h"

#define LATER_MAX 64 /* updates of a card that are looked at behind one */

/* The same as render() for an update that is only proposed. */
static int render_proposal(const struct rules *rules, struct arena *arena,
	const struct store_update *update, const struct store_holder *holder, int64_t now,
	struct run_push *push)
{
	struct store_matter matter;
	struct matter_proposal proposal;

	switch (store_matter_of_update(rules->store, arena, update->id, now, &matter)) {
	case STORE_OK:
		break;
	case STORE_NONE: /* overtaken or answered */
		return 0;
	case STORE_ERROR:
		return -1;
	}
	if (!rules_holder_pushes(rules, holder)) /* it waits all the same */
		return 0;
	switch (matter_look(rules, arena, &matter, now, &proposal)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		return 0;
	case MATTER_ERROR:
		return -1;
	}
	push->skip = false;
	push->quiet = update->gathered;
	push->token = matter.token;
	push->what = proposal.what;
	push->name = proposal.name;
	return 0;
}

/* What of an update later ones of the same card left standing. */
struct standing {
	struct arena *arena;
	const char *region;
	int64_t update;
	const char *what;
};

static int drop_overtaken(void *context, const struct store_update *later)
{
	struct standing *standing = context;

	if (later->id <= standing->update)
		return 1;
	if (later->undone_at == 0)
		standing->what = update_not_overtaken(
			standing->arena, standing->what, later->what, standing->region);
	return standing->what == NULL;
}

/* Most of the time the card is as the update left it. */
static bool is_as_left(const struct store_contact *contact, const struct store_update *update)
{
	return contact->version == update->version;
}

/* What is still to be told of what update did to its contact. -1: the store failed. */
static int find_standing(const struct rules *rules, struct arena *arena,
	const struct store_update *update, const struct store_contact *contact,
	const struct vcard *card, const char *region, const char **what)
{
	struct standing standing = {arena, region, update->id, NULL};

	if (is_as_left(contact, update)) {
		*what = update->what;
		return 0;
	}
	standing.what = update_holds(arena, card, contact->pins, update->what, region);
	if (standing.what && store_update_of(rules->store, arena, contact->id, LATER_MAX,
				     drop_overtaken, &standing) == STORE_ERROR)
		return -1;
	*what = standing.what;
	return 0;
}

/* Whether the update is still to be told: sets skip, card and what. -1: the store failed. */
static int render(const struct rules *rules, struct arena *arena, const struct run_subject *subject,
	const struct store_push *due, struct run_push *push)
{
	const struct store_update *update = &due->update;
	const struct store_contact *contact = &due->contact;
	const struct store_holder *holder = &due->holder;
	struct vcard *card = NULL;
	enum verdict verdict;
	bool proposed;

	if (!subject->shown)
		return 0;
	if (update->link == 0)
		return roster_push_render(rules, arena, subject, update, holder, push);
	if (update->undone_at != 0)
		return render_proposal(rules, arena, update, holder, update->at, push);
	if (contact->subject != update->subject)
		return 0;
	/* Of one that is as it was left, what is to be known of the card but its name is noted. */
	if (!is_as_left(contact, update) || !contact->known) {
		card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
		if (!card)
			return arena_failed(arena) ? -1 : 0;
	}
	if (!rules_holder_wants(rules, holder, &proposed) || proposed)
		return 0;
	verdict = rules_audience(rules, &subject->account, subject->circle, &subject->history,
		subject->version, holder, contact, card);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_ERROR ? -1 : 0;
	push->quiet = !rules_holder_pushes(rules, holder) || update->gathered;
	if (find_standing(rules, arena, update, contact, card,
		    rules_region(rules, &holder->account), &push->what) != 0)
		return -1;
	if (push->what)
		push->name = card ? vcard_name(card)
				  : stored_card_name(arena, contact->card, contact->card_len);
	push->skip = !push->name;
	push->version = contact->version;
	push->card = push->skip ? NULL : contact->card;
	push->card_len = push->skip ? 0 : contact->card_len;
	return arena_failed(arena) ? -1 : 0;
}

/* What was done last, and how it is said: most of the time the same was done to all cards. */
struct said {
	const char *what, *text;
};

static const char *text_of(struct arena *arena, struct said *said, const char *what)
{
	if (!said->what || strcmp(said->what, what) != 0) {
		said->what = arena_strdup(arena, what);
		said->text = update_text(arena, what);
	}
	return said->text;
}

enum store_result run_pushes(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t after, size_t max, int (*row)(void *context, const struct run_push *push),
	void *context)
{
	struct run_subject subject;
	struct store_push *due;
	size_t count;
	struct arena *scratch = NULL;
	struct said said = {NULL, NULL};
	enum store_result result = run_read_subject(rules, arena, account, &subject);

	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	due = arena_alloc(arena, max * sizeof *due);
	scratch = arena_new(0);
	if (!due || !scratch ||
		store_push_read(rules->store, arena, &subject.account, after, due, max, &count) ==
			STORE_ERROR)
		goto out;
	for (size_t i = 0; i < count; i++) {
		const struct store_update *update = &due[i].update;
		const struct store_account *holder = &due[i].holder.account;
		struct run_push push = {.update = update->id,
			.skip = true,
			.owner = update->owner,
			.item = update->item,
			.version = update->version,
			.at = update->at,
			.change = update->change,
			.subject = subject.account.jid};
		arena_reset(scratch);
		if (holder->id != 0 && render(rules, scratch, &subject, &due[i], &push) != 0)
			goto out;
		if (push.what && !(push.text = text_of(arena, &said, push.what)))
			goto out;
		push.holder = holder->id != 0 ? holder->jid : "";
		if (row(context, &push) != 0)
			break;
	}
	result = STORE_OK;
out:
	arena_free(scratch);
	return result;
}

static int count_update(void *context, const struct store_update *update)
{
	size_t *count = context;
	(void)update;
	++*count;
	return 0;
}

enum store_result run_pushed(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t update, int64_t now)
{
	struct store_run run;
	size_t left = 0;
	enum store_result result = store_run_get(rules->store, account, &run);

	if (result != STORE_OK)
		return result;
	if (update > run.pushes_done)
		run.pushes_done = update;
	if (run_is_finished(&run) &&
		store_update_list(rules->store, arena, account, run.pushes_done, 1, count_update,
			&left) == STORE_ERROR)
		return STORE_ERROR;
	if (!run_is_finished(&run) || left > 0)
		return store_run_put(rules->store, &run);
	if (store_report_end(rules->store, account, run.version, now) != STORE_OK)
		return STORE_ERROR;
	return store_run_remove(rules->store, account);
}
