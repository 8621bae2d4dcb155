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
	subject->circle = rules_audience_circle(rules, account);
	if (subject->circle < 0)
		return STORE_ERROR;
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

enum verdict run_follows(const struct rules *rules, const struct run_subject *subject,
	const struct store_holder *holder, const struct store_contact *contact,
	const struct vcard *card, bool *add)
{
	enum verdict verdict = rules_audience(rules, &subject->account, subject->circle,
		&subject->history, subject->version, holder, contact, card);
	if (verdict != VERDICT_YES)
		return verdict;
	verdict = rules_adds(
		rules, subject->account.id, &holder->account, &subject->history, contact->applied);
	*add = verdict == VERDICT_YES;
	return verdict == VERDICT_ERROR ? VERDICT_ERROR : VERDICT_YES;
}

static bool same_pins(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

enum verdict run_look(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_contact *contact,
	const struct store_holder *holder, int64_t now, struct run_look *look)
{
	enum verdict verdict;
	bool add = false;

	*look = (struct run_look){.state = {contact->applied, contact->pins}};
	look->card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	if (!look->card)
		return arena_failed(arena) ? VERDICT_ERROR : VERDICT_NO;
	if (!rules_holder_wants(rules, holder, &look->proposed))
		return VERDICT_NO;
	/* What is noted of the link needn't be looked for in the card. */
	verdict = run_follows(
		rules, subject, holder, contact, contact->known ? NULL : look->card, &add);
	if (verdict != VERDICT_YES)
		return verdict;
	look->what = update_card(arena, look->card, &look->state, &subject->history,
		subject->version, add, rules_region(rules, &holder->account), now);
	return arena_failed(arena) ? VERDICT_ERROR : VERDICT_YES;
}

/* Brings one link up to date, and counts it. -1: the store failed. */
static int step_link(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, struct store_link *link, int64_t now,
	struct store_counts *counts)
{
	struct store_contact contact = link->contact;
	struct store_holder *holder = &link->holder;
	struct run_look look;
	bool gathered = false;

	switch (run_look(rules, arena, subject, &contact, holder, now, &look)) {
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
		switch (matter_propose(rules, arena, &holder->account, &contact, subject->version,
			look.what, now)) {
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
	contact.known = rules_is_known(&contact, look.card, &subject->history,
		rules_region(rules, &holder->account), subject->version);
	if (!look.what)
		return store_contact_mark(rules->store, &contact) == STORE_OK ? 0 : -1;

	contact.changed_at = now;
	contact.card = stored_card_write(arena, look.card, &contact.card_len);
	if (!contact.card || store_contact_put(rules->store, &contact) != STORE_OK)
		return -1;
	if (gather_count_holder(rules, holder, now, &gathered) != 0)
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

/* What the holder was told by now, to those of the links behind that are the same one's. */
static void pass_on(const struct store_holder *holder, struct store_link *behind, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (behind[i].holder.account.id == holder->account.id)
			behind[i].holder.told = holder->told;
}

bool run_is_finished(const struct store_run *run)
{
	return run->cards_done >= run->cards_last && run->offers == 0;
}

enum store_result run_step(const struct rules *rules, struct arena *arena, int64_t account,
	size_t max, int64_t now, int64_t old, struct run_progress *progress)
{
	struct store_run run;
	struct run_subject subject;
	struct store_link *links;
	size_t count = 0;
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
	if (run.starts_at > (run.asked ? old : now)) {
		progress->cards_finished = true;
		return STORE_OK;
	}
	if (run.asked) { /* and nobody answered */
		progress->cards_finished = true;
		return run_abandon(rules, account);
	}
	result = STORE_ERROR;
	links = arena_alloc(arena, max * sizeof *links);
	scratch = arena_new(0);
	if (!links || !scratch)
		goto out;
	if (subject.shown && store_link_read(rules->store, arena, &subject.account, run.cards_done,
				     run.cards_last, links, max, &count) == STORE_ERROR)
		goto out;
	for (size_t i = 0; i < count; i++) {
		arena_reset(scratch);
		if (step_link(rules, scratch, &subject, &links[i], now, &counts) != 0)
			goto out;
		pass_on(&links[i].holder, &links[i + 1], count - i - 1);
		run.cards_done = links[i].contact.id;
		progress->looked_at++;
	}
	if (count < max) {
		run.cards_done = run.cards_last;
		if (run.offers != 0 && roster_push_step(rules, arena, &subject, &run, max - count,
					       now, &offered) != 0)
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
