/* Runs: bringing a change to the cards of all holders (design: section 4, "A run"). */
#include "component/run.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/gather.h"
#include "component/history.h"
#include "component/matter.h"
#include "component/report.h"
#include "component/roster_push.h"
#include "component/stored_card.h"
#include "component/update.h"

#define LATER_MAX 64 /* updates of a card that are looked at behind one */

enum store_result run_read_subject(const struct rules *rules, struct arena *arena, int64_t account,
	struct run_subject *subject)
{
	struct store_profile profile;
	enum store_result result;

	result = store_account_by_id(rules->store, arena, account, &subject->account);
	if (result != STORE_OK)
		return result;
	result = store_profile_get(rules->store, arena, account, &profile);
	if (result != STORE_OK)
		return result;
	subject->version = profile.version;
	subject->shown = !profile.hidden;
	return store_history_get(rules->store, arena, account, &subject->history);
}

static int stop_at_first(void *context, const struct store_contact *contact)
{
	bool *any = context;
	(void)contact;
	*any = true;
	return 1;
}

enum store_result run_start(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t version, int64_t now)
{
	struct store_run run;
	bool any = version > 1;
	int64_t highest;
	enum store_result result;

	if (store_link_highest(rules->store, &highest) != STORE_OK)
		return STORE_ERROR;
	result = store_run_get(rules->store, account, &run);
	if (result == STORE_NONE) {
		/* What earlier runs pushed is not pushed again. */
		run = (struct store_run){.account = account};
		if (store_update_highest(rules->store, &run.pushes_done) != STORE_OK ||
			(!any && store_link_list(rules->store, arena, account, 0, highest, 1,
					 stop_at_first, &any) == STORE_ERROR))
			return STORE_ERROR;
		if (!any)
			return STORE_OK;
	} else if (result == STORE_ERROR) {
		return STORE_ERROR;
	}
	run.version = version;
	run.started_at = now;
	run.cards_done = 0;
	run.cards_last = highest;
	if (report_go_on(rules->store, account, version) != STORE_OK)
		return STORE_ERROR;
	return store_run_put(rules->store, &run);
}

enum store_result run_hold(
	const struct rules *rules, int64_t account, int64_t starts_at, bool asked)
{
	struct store_run run;
	enum store_result result = store_run_get(rules->store, account, &run);

	if (result != STORE_OK || (run.starts_at == starts_at && run.asked == asked))
		return result;
	run.starts_at = starts_at;
	run.asked = asked;
	return store_run_put(rules->store, &run);
}

enum store_result run_release(const struct rules *rules, int64_t account)
{
	return run_hold(rules, account, 0, false) == STORE_ERROR ? STORE_ERROR : STORE_OK;
}

/* What is left of it is for the fan-out to end. */
enum store_result run_abandon(const struct rules *rules, int64_t account)
{
	struct store_run run;
	enum store_result result = store_run_get(rules->store, account, &run);

	if (result != STORE_OK)
		return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
	run.cards_done = run.cards_last;
	run.offers = 0;
	run.starts_at = 0;
	run.asked = false;
	if (store_report_erase(rules->store, account) != STORE_OK)
		return STORE_ERROR;
	return store_run_put(rules->store, &run);
}

/* ---- Cards ---- */

/* The rows of a list, kept, since the store is written to while they are gone through. */
struct links {
	struct store_contact *list;
	size_t count;
};

static int keep_link(void *context, const struct store_contact *contact)
{
	struct links *links = context;
	links->list[links->count++] = *contact;
	return 0;
}

enum verdict run_follows(const struct rules *rules, const struct run_subject *subject,
	const struct store_account *holder, const struct store_contact *contact,
	const struct vcard *card, bool *add)
{
	enum verdict verdict = rules_audience(rules, &subject->account, &subject->history,
		subject->version, holder, contact, card);
	if (verdict != VERDICT_YES)
		return verdict;
	verdict =
		rules_adds(rules, subject->account.id, holder, &subject->history, contact->applied);
	*add = verdict == VERDICT_YES;
	return verdict == VERDICT_ERROR ? VERDICT_ERROR : VERDICT_YES;
}

static bool same_pins(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

enum verdict run_look(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_contact *contact, int64_t now,
	struct run_look *look)
{
	enum verdict verdict;
	bool add = false;

	*look = (struct run_look){.state = {contact->applied, contact->pins}};
	switch (store_account_by_id(rules->store, arena, contact->owner, &look->holder)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return VERDICT_NO;
	case STORE_ERROR:
		return VERDICT_ERROR;
	}
	look->card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	if (!look->card)
		return arena_failed(arena) ? VERDICT_ERROR : VERDICT_NO;
	verdict = rules_wants(rules, contact->owner, subject->account.jid, &look->proposed);
	if (verdict == VERDICT_YES)
		verdict = run_follows(rules, subject, &look->holder, contact, look->card, &add);
	if (verdict != VERDICT_YES)
		return verdict;
	look->what = update_card(arena, look->card, &look->state, &subject->history,
		subject->version, add, rules_region(rules, &look->holder), now);
	return arena_failed(arena) ? VERDICT_ERROR : VERDICT_YES;
}

/* Brings one link up to date, and counts it. -1: the store failed. */
static int step_link(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, struct store_contact contact, int64_t now,
	struct store_counts *counts)
{
	struct run_look look;
	bool gathered = false;

	switch (run_look(rules, arena, subject, &contact, now, &look)) {
	case VERDICT_NO: /* `applied` stays, so that a rule that widens brings it along later */
		return 0;
	case VERDICT_ERROR:
		return -1;
	case VERDICT_YES:
		break;
	}
	/* What was proposed is overtaken by a change back, or done by the holder. */
	if (!look.what && look.proposed &&
		store_matter_forget(rules->store, contact.id) != STORE_OK)
		return -1;
	if (!look.what && look.state.applied == contact.applied &&
		same_pins(look.state.pins, contact.pins))
		return 0;
	if (look.what && look.proposed) {
		switch (matter_propose(
			rules, arena, &look.holder, &contact, subject->version, look.what, now)) {
		case MATTER_OK:
			counts->asked++;
			return 0;
		case MATTER_NONE:
		case MATTER_OVERTAKEN:
			return 0;
		case MATTER_ERROR:
			break;
		}
		return -1;
	}
	contact.applied = look.state.applied;
	contact.pins = look.state.pins;
	if (!look.what)
		return store_contact_mark(rules->store, &contact) == STORE_OK ? 0 : -1;

	contact.changed_at = now;
	contact.card = stored_card_write(arena, look.card, &contact.card_len);
	if (!contact.card || store_contact_put(rules->store, &contact) != STORE_OK)
		return -1;
	if (gather_count(rules, &look.holder, now, &gathered) != 0)
		return -1;
	counts->reached++;
	struct store_update update = {.subject = subject->account.id,
		.change = subject->version,
		.link = contact.id,
		.owner = contact.owner,
		.item = contact.item,
		.version = contact.version,
		.at = now,
		.what = look.what,
		.push = true,
		.gathered = gathered};
	return store_update_add(rules->store, &update) == STORE_OK ? 0 : -1;
}

bool run_is_finished(const struct store_run *run)
{
	return run->cards_done >= run->cards_last && run->offers == 0;
}

enum store_result run_step(const struct rules *rules, struct arena *arena, int64_t account,
	size_t max, int64_t now, struct run_progress *progress)
{
	struct store_run run;
	struct run_subject subject;
	struct links links = {0};
	struct store_counts counts = {0};
	struct arena *scratch = NULL;
	enum store_result result;
	size_t offered = 0;

	*progress = (struct run_progress){0};
	result = store_run_get(rules->store, account, &run);
	if (result == STORE_OK)
		result = run_read_subject(rules, arena, account, &subject);
	if (result != STORE_OK)
		return result;
	if (run.starts_at > now) {
		progress->cards_finished = true;
		return STORE_OK;
	}
	if (run.asked) { /* and nobody answered */
		progress->cards_finished = true;
		return run_abandon(rules, account);
	}
	result = STORE_ERROR;
	links.list = arena_alloc(arena, max * sizeof *links.list);
	scratch = arena_new(0);
	if (!links.list || !scratch)
		goto out;
	if (subject.shown && store_link_list(rules->store, arena, account, run.cards_done,
				     run.cards_last, max, keep_link, &links) == STORE_ERROR)
		goto out;
	for (size_t i = 0; i < links.count; i++) {
		arena_reset(scratch);
		if (step_link(rules, scratch, &subject, links.list[i], now, &counts) != 0)
			goto out;
		run.cards_done = links.list[i].id;
		progress->looked_at++;
	}
	if (links.count < max) {
		run.cards_done = run.cards_last;
		if (run.offers != 0 && roster_push_step(rules, arena, &subject, &run,
					       max - links.count, now, &offered) != 0)
			goto out;
		counts.offered = (int64_t)offered;
	}
	progress->updated = (size_t)(counts.reached + counts.asked + counts.offered);
	if (progress->updated > 0 &&
		store_report_add(rules->store, account, subject.version, &counts) != STORE_OK)
		goto out;
	progress->cards_finished = run_is_finished(&run);
	result = store_run_put(rules->store, &run);
out:
	arena_free(scratch);
	return result;
}

/* ---- Pushes ---- */

struct due {
	struct store_update *list;
	size_t count;
};

static int keep_update(void *context, const struct store_update *update)
{
	struct due *updates = context;
	updates->list[updates->count++] = *update;
	return 0;
}

/* The same as render() for an update that is only proposed. */
static int render_proposal(const struct rules *rules, struct arena *arena,
	const struct store_update *update, int64_t now, struct run_push *push)
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
	switch (rules_pushes(rules, update->owner)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO: /* it waits all the same */
		return 0;
	case VERDICT_ERROR:
		return -1;
	}
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

/* What is still to be told of what update did to its contact. -1: the store failed. */
static int find_standing(const struct rules *rules, struct arena *arena,
	const struct store_update *update, const struct store_contact *contact,
	const struct vcard *card, const char *region, const char **what)
{
	struct standing standing = {arena, region, update->id, NULL};

	standing.what = update_holds(arena, card, contact->pins, update->what, region);
	/* It stands as the update left it, most of the time. */
	if (standing.what && contact->version != update->version &&
		store_update_of(rules->store, arena, contact->id, LATER_MAX, drop_overtaken,
			&standing) == STORE_ERROR)
		return -1;
	*what = standing.what;
	return 0;
}

/* Whether the update is still to be told: sets skip, card and what. -1: the store failed. */
static int render(const struct rules *rules, struct arena *arena, const struct run_subject *subject,
	const struct store_update *update, const struct store_account *holder,
	struct run_push *push)
{
	struct store_contact contact;
	struct vcard *card;
	enum verdict verdict;

	if (!subject->shown)
		return 0;
	if (update->link == 0)
		return roster_push_render(rules, arena, subject, update, holder, push);
	if (update->undone_at != 0)
		return render_proposal(rules, arena, update, update->at, push);
	switch (store_contact_get(rules->store, arena, update->owner, update->item, &contact)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		return -1;
	}
	card = vcard_from_xml_text(arena, contact.card, contact.card_len, NULL);
	if (contact.id != update->link || contact.subject != update->subject || !card)
		return arena_failed(arena) ? -1 : 0;
	verdict = rules_updates(rules, update->owner, subject->account.jid);
	if (verdict == VERDICT_YES)
		verdict = rules_audience(rules, &subject->account, &subject->history,
			subject->version, holder, &contact, card);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_ERROR ? -1 : 0;
	verdict = rules_pushes(rules, update->owner);
	if (verdict == VERDICT_ERROR)
		return -1;
	push->quiet = verdict == VERDICT_NO || update->gathered;
	if (find_standing(rules, arena, update, &contact, card, rules_region(rules, holder),
		    &push->what) != 0)
		return -1;
	push->skip = !push->what;
	push->version = contact.version;
	push->name = push->skip ? NULL : vcard_name(card);
	push->card = push->skip ? NULL : contact.card;
	push->card_len = push->skip ? 0 : contact.card_len;
	return arena_failed(arena) ? -1 : 0;
}

enum store_result run_pushes(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t after, size_t max, int (*row)(void *context, const struct run_push *push),
	void *context)
{
	struct run_subject subject;
	struct due updates = {0};
	struct arena *scratch = NULL;
	enum store_result result = run_read_subject(rules, arena, account, &subject);

	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	updates.list = arena_alloc(arena, max * sizeof *updates.list);
	scratch = arena_new(0);
	if (!updates.list || !scratch ||
		store_update_list(rules->store, arena, account, after, max, keep_update,
			&updates) == STORE_ERROR)
		goto out;
	for (size_t i = 0; i < updates.count; i++) {
		const struct store_update *update = &updates.list[i];
		struct store_account holder = {.jid = ""};
		struct run_push push = {.update = update->id,
			.skip = true,
			.owner = update->owner,
			.item = update->item,
			.version = update->version,
			.at = update->at,
			.change = update->change,
			.subject = subject.account.jid};
		arena_reset(scratch);
		switch (store_account_by_id(rules->store, scratch, update->owner, &holder)) {
		case STORE_OK:
			if (render(rules, scratch, &subject, update, &holder, &push) != 0)
				goto out;
			break;
		case STORE_NONE:
			break;
		case STORE_ERROR:
			goto out;
		}
		push.holder = holder.jid;
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
