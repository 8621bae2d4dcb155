/* Answers to matters: see decide.h. */
#include "component/decide.h"

#include "common/arena.h"
#include "component/decide_own.h"
#include "component/dormant_ask.h"
#include "component/linking.h"
#include "component/matter.h"
#include "component/save_offer.h"
#include "component/say.h"
#include "component/share.h"
#include "component/update.h"

const char decide_no_longer[] = "That is no longer open.";

/* ---- What waits ---- */

static const char *proposal_text(struct arena *arena, const struct matter_proposal *proposal)
{
	const char *name = *proposal->name ? proposal->name : proposal->contact.item;

	return arena_printf(
		arena, "%s: %s", say_name(arena, name), update_text(arena, proposal->what));
}

/* *text: NULL where nothing is left to decide. */
static enum answer describe(
	struct request *request, const struct store_matter *matter, const char **text)
{
	const struct rules *rules = &request->service->rules;
	struct arena *arena = request->arena;
	struct matter_proposal proposal;
	struct save_offer offer;
	struct store_account sender;

	*text = NULL;
	switch (matter->kind) {
	case MATTER_UPDATE:
		switch (matter_look(rules, arena, matter, request->now, &proposal)) {
		case MATTER_OK:
			*text = proposal_text(arena, &proposal);
			break;
		case MATTER_NONE:
		case MATTER_OVERTAKEN:
			break;
		case MATTER_ERROR:
			return ANSWER_INTERNAL_SERVER_ERROR;
		}
		return ANSWER_RESULT;
	case MATTER_CARD:
		switch (save_offer_look(rules, arena, matter, &offer)) {
		case MATTER_OK:
			*text = arena_printf(arena,
				"Save the contact details of %s (%s) in your address book?",
				offer.name, matter->target);
			break;
		case MATTER_NONE:
		case MATTER_OVERTAKEN:
			break;
		case MATTER_ERROR:
			return ANSWER_INTERNAL_SERVER_ERROR;
		}
		return ANSWER_RESULT;
	case MATTER_SHARE:
		if (store_account_by_id(rules->store, arena, matter->subject, &sender) != STORE_OK)
			return ANSWER_INTERNAL_SERVER_ERROR;
		*text = arena_printf(arena, "%s asks to send your contact details to %s",
			sender.jid, matter->target);
		return ANSWER_RESULT;
	case MATTER_HOLD:
		*text = arena_printf(
			arena, "Your numbers changed: %s. Take that back?", matter->what);
		return ANSWER_RESULT;
	case MATTER_FIRST:
		return describe_first(request, matter, text);
	case MATTER_MISSING:
		*text = arena_printf(arena, "Your vCard no longer has %s. Given up?", matter->what);
		return ANSWER_RESULT;
	case MATTER_DORMANT:
		return dormant_ask_describe(request, matter, text);
	case MATTER_LINK:
		return linking_describe(request, matter, text);
	}
	return ANSWER_RESULT;
}

static int keep_matter(void *context, const struct store_matter *matter)
{
	struct decide_list *list = context;

	list->matters[list->count++] = *matter;
	return 0;
}

enum answer decide_list(struct request *request, const struct store_account *account,
	const char *token, struct decide_list *list)
{
	struct store *store = request->service->store;
	enum store_result result;
	size_t found;

	list->count = 0;
	if (token) {
		result = store_matter_find(
			store, request->arena, account->id, token, request->now, &list->matters[0]);
		list->count = result == STORE_OK;
	} else {
		result = store_matter_list(store, request->arena, account->id, request->now,
			DECIDE_MAX, keep_matter, list);
	}
	if (result == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	found = list->count;
	list->count = 0;
	for (size_t i = 0; i < found; i++) {
		enum answer answer =
			describe(request, &list->matters[i], &list->texts[list->count]);

		if (answer != ANSWER_RESULT)
			return answer;
		if (list->texts[list->count])
			list->matters[list->count++] = list->matters[i];
	}
	return ANSWER_RESULT;
}

/* ---- Answers ---- */

static void tell_book(struct request *request, const struct store_account *account,
	const struct store_contact *contact)
{
	service_book_changed(request->service, request->arena, account->jid, account->id,
		&(struct store_event){.version = contact->version,
			.at = contact->changed_at,
			.item = contact->item,
			.card = contact->card,
			.card_len = contact->card_len});
}

static enum answer decide_update(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	const struct rules *rules = &request->service->rules;
	struct arena *arena = request->arena;
	struct matter_proposal proposal;
	enum matter_result result;

	if (yes)
		result = matter_accept(rules, arena, matter, request->now, &proposal);
	else
		result = matter_decline(rules, arena, matter, request->now, &proposal);
	switch (result) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
		*note = decide_no_longer;
		return ANSWER_RESULT;
	case MATTER_OVERTAKEN:
		*note = "By now there is a newer change: you will be asked about that.";
		return ANSWER_RESULT;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (!yes) {
		*note = arena_printf(
			arena, "Your card stays as it is (%s).", proposal_text(arena, &proposal));
		return ANSWER_RESULT;
	}
	*note = arena_printf(arena, "Your card is changed. %s.", proposal_text(arena, &proposal));
	tell_book(request, account, &proposal.contact);
	return ANSWER_RESULT;
}

/* A `no` is kept, so that no change of the next weeks leads to the same question. */
static enum answer decide_card(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	const struct rules *rules = &request->service->rules;
	struct arena *arena = request->arena;
	struct save_offer offer;
	const char *why = NULL;
	bool is_new;

	if (!yes) {
		*note = "The card is not saved.";
		return store_matter_decline(rules->store, account->id, matter->id) == STORE_OK
			       ? ANSWER_RESULT
			       : ANSWER_INTERNAL_SERVER_ERROR;
	}
	switch (save_offer_accept(rules, arena, matter, request->now, &offer, &is_new, &why)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
		*note = decide_no_longer;
		return ANSWER_RESULT;
	case BOOK_INVALID:
		*note = arena_printf(arena, "The card can't be saved: %s", why);
		return ANSWER_RESULT;
	case BOOK_FULL:
		*note = "The card can't be saved: your address book is full.";
		return ANSWER_RESULT;
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	*note = arena_printf(arena,
		is_new ? "%s is in your address book now (%s)."
		       : "What your card of %s (%s) hadn't is added to it.",
		offer.name, matter->target);
	tell_book(request, account, &offer.contact);
	return ANSWER_RESULT;
}

/* A `no` is kept, so that nobody is asked the same again; who wanted the card is told nothing. */
static enum answer decide_share(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	struct store *store = request->service->store;
	struct arena *arena = request->arena;
	struct store_account sender, receiver = {.jid = matter->target};
	const char *name;
	enum answer answer;

	if (!yes) {
		*note = arena_printf(arena, "Your card is not sent to %s.", matter->target);
		return store_matter_decline(store, account->id, matter->id) == STORE_OK
			       ? ANSWER_RESULT
			       : ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (store_account_by_id(store, arena, matter->subject, &sender) != STORE_OK ||
		store_matter_remove(store, account->id, matter->id) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!rules_may_know(&request->service->rules, account->jid, matter->target)) {
		*note = decide_no_longer; /* the admin parted them meanwhile */
		return ANSWER_RESULT;
	}
	if (store_account_find(store, arena, matter->target, &receiver) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	answer = share_send(request, account, &receiver, &sender, true, &name);
	if (answer == ANSWER_ITEM_NOT_FOUND) {
		*note = "You have no card that could be sent.";
		return ANSWER_RESULT;
	}
	*note = arena_printf(arena, "Your card went to %s.", matter->target);
	return answer;
}

/* Who answers has used Kith; but for a `no` to that question, after which he is asked again. */
static enum store_result note_use(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes)
{
	if (account->used_at != 0 || (matter->kind == MATTER_FIRST && !yes))
		return STORE_OK;
	return store_account_used(request->service->store, account->id, request->now);
}

enum answer decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	if (note_use(request, account, matter, yes) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (matter->kind) {
	case MATTER_UPDATE:
		return decide_update(request, account, matter, yes, note);
	case MATTER_SHARE:
		return decide_share(request, account, matter, yes, note);
	case MATTER_HOLD:
		return decide_hold(request, account, matter, yes, note);
	case MATTER_FIRST:
		return decide_first(request, account, matter, yes, note);
	case MATTER_MISSING:
		return decide_missing(request, account, matter, yes, note);
	case MATTER_CARD:
		return decide_card(request, account, matter, yes, note);
	case MATTER_DORMANT:
		return dormant_ask_decide(request, account, matter, yes, note);
	case MATTER_LINK:
		return linking_decide(request, account, matter, yes, note);
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}
