/* Matters that wait for a person's answer (design: section 4). */
#include "component/matter.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/feature.h"
#include "component/gather.h"
#include "component/run.h"
#include "component/stored_card.h"
#include "component/update.h"

#define DAY_S 86400

enum matter_result matter_propose(const struct rules *rules, struct arena *arena,
	struct store_account *holder, const struct store_contact *contact, int64_t version,
	const char *what, int64_t now)
{
	struct store_matter old;
	struct store_update update = {.subject = contact->subject,
		.change = version,
		.link = contact->id,
		.owner = contact->owner,
		.item = contact->item,
		.version = contact->version,
		.at = now,
		.undone_at = now,
		.what = what,
		.push = true};
	struct store_matter matter = {.account = contact->owner,
		.kind = MATTER_UPDATE,
		.token = service_random_id(arena),
		.subject = contact->subject,
		.target = contact->item,
		.link = contact->id,
		.version = version,
		.what = what,
		.made_at = now,
		.expires_at = now + MATTER_DAYS * DAY_S};

	switch (store_matter_of_link(rules->store, arena, contact->id, now, &old)) {
	case STORE_OK:
		if (old.version == version && strcmp(old.what, what) == 0)
			return MATTER_NONE;
		break;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return MATTER_ERROR;
	}
	if (!matter.token || store_matter_forget(rules->store, contact->id) != STORE_OK ||
		gather_count(rules, holder->id, now, &update.gathered) != 0 ||
		store_update_add(rules->store, &update) != STORE_OK)
		return MATTER_ERROR;
	matter.update = update.id;
	return store_matter_add(rules->store, &matter) == STORE_OK ? MATTER_OK : MATTER_ERROR;
}

static enum matter_result result_of(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		return MATTER_OK;
	case STORE_NONE:
		return MATTER_NONE;
	case STORE_ERROR:
		break;
	}
	return MATTER_ERROR;
}

static enum matter_result result_of_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_YES:
		return MATTER_OK;
	case VERDICT_NO:
		return MATTER_NONE;
	case VERDICT_ERROR:
		break;
	}
	return MATTER_ERROR;
}

enum matter_result matter_look(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal)
{
	struct store_contact *contact = &proposal->contact;
	struct run_subject subject;
	struct store_holder holder;
	struct run_look look;
	enum store_result found;
	enum verdict verdict;

	found = store_contact_get(rules->store, arena, matter->account, matter->target, contact);
	if (found == STORE_OK)
		found = run_read_subject(rules, arena, matter->subject, &subject);
	if (found == STORE_OK)
		found = store_holder_get(
			rules->store, arena, matter->account, &subject.account, &holder);
	if (found != STORE_OK)
		return result_of(found);
	if (contact->id != matter->link || !subject.shown)
		return MATTER_NONE;
	verdict = run_look(rules, arena, &subject, contact, &holder, now, &look);
	if (verdict != VERDICT_YES)
		return result_of_verdict(verdict);
	if (!look.proposed) /* any more */
		return MATTER_NONE;
	if (subject.version != matter->version)
		return MATTER_OVERTAKEN;
	proposal->holder = holder.account;
	proposal->card = look.card;
	proposal->what = look.what;
	proposal->name = vcard_name(look.card);
	contact->applied = look.state.applied;
	contact->pins = look.state.pins;
	return proposal->what ? MATTER_OK : MATTER_NONE;
}

/* Looks at it, and has it gone, unless it is overtaken: then a run brings another. */
static enum matter_result take(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal)
{
	enum matter_result result = matter_look(rules, arena, matter, now, proposal);

	if (result != MATTER_OVERTAKEN && result != MATTER_ERROR &&
		store_matter_remove(rules->store, matter->account, matter->id) != STORE_OK)
		return MATTER_ERROR;
	return result;
}

enum matter_result matter_accept(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal)
{
	struct store_contact *contact = &proposal->contact;
	enum matter_result result = take(rules, arena, matter, now, proposal);

	if (result != MATTER_OK)
		return result;
	contact->changed_at = now;
	contact->known = false;
	contact->card = stored_card_write(arena, proposal->card, &contact->card_len);
	if (!contact->card || store_contact_put(rules->store, contact) != STORE_OK)
		return MATTER_ERROR;
	struct store_update update = {.subject = contact->subject,
		.change = contact->applied,
		.link = contact->id,
		.owner = contact->owner,
		.item = contact->item,
		.version = contact->version,
		.at = now,
		.what = proposal->what,
		.push = false};
	return result_of(store_update_add(rules->store, &update));
}

/* What is declined is as if it had been done and taken back: pinned until the next change. */
enum matter_result matter_decline(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal)
{
	struct store_contact *contact = &proposal->contact;
	struct update_state state;
	enum matter_result result = take(rules, arena, matter, now, proposal);

	if (result != MATTER_OK)
		return result;
	state = (struct update_state){contact->applied, contact->pins};
	update_undo(arena, proposal->card, &state, proposal->what,
		rules_region(rules, &proposal->holder));
	if (arena_failed(arena))
		return MATTER_ERROR;
	contact->pins = state.pins;
	return result_of(store_contact_mark(rules->store, contact));
}

enum matter_result matter_ask_share(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const char *receiver, int64_t now, struct store_matter *matter)
{
	int64_t count = 0;
	bool is_there = false;

	*matter = (struct store_matter){.account = subject->id,
		.kind = MATTER_SHARE,
		.token = service_random_id(arena),
		.subject = sender->id,
		.target = receiver,
		.what = "",
		.made_at = now,
		.expires_at = now + MATTER_SHARE_DAYS * DAY_S};
	if (!matter->token ||
		store_matter_count(rules->store, matter, now, &count, &is_there) != STORE_OK)
		return MATTER_ERROR;
	if (is_there || count >= MATTER_SHARES_MAX)
		return MATTER_NONE;
	return result_of(store_matter_add(rules->store, matter));
}
