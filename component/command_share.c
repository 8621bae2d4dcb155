/* The command `share`: the service sends somebody's card, as its owner lets it, to somebody else
 * (design: sections 3, "forms" and "card", and 4, "Rules"). */
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/form.h"
#include "component/profile.h"
#include "component/say.h"
#include "component/share.h"

#define CANDIDATES_MAX 100 /* that a search looks at */
#define HITS_MAX 20	   /* that are offered for choice */

/* Whose card may be meant. */
struct hits {
	struct arena *arena;
	struct store_account accounts[CANDIDATES_MAX];
	bool ask[CANDIDATES_MAX]; /* only if its owner says so */
	size_t count;
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(arena, form, "Send a card",
		"The service sends somebody's contact details to somebody you know.");
	form_require(arena, form_add(arena, form, "subject", "text-single",
				    "Whose card (name, e-mail, number or address)", NULL));
	form_require(arena, form_add(arena, form, "to", "jid-single", "To whom (address)", NULL));
	call->reply = form;
	return ANSWER_RESULT;
}

/* Several come into question: one is to be chosen. */
static enum answer ask_which(struct command_call *call, const struct hits *hits, const char *to)
{
	const struct rules *rules = &call->request->service->rules;
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	struct xml *field;

	form_describe(arena, form, "Send a card", "Several were found.");
	field = form_add(arena, form, "subject", "list-single", "Whose card", NULL);
	form_require(arena, field);
	for (size_t i = 0; i < hits->count && i < HITS_MAX; i++) {
		const struct store_account *subject = &hits->accounts[i];
		struct store_profile profile;
		struct vcard *card;

		if (profile_read(rules, arena, subject, &call->account, &profile) != PROFILE_OK)
			return ANSWER_INTERNAL_SERVER_ERROR;
		card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
		if (!card)
			return ANSWER_INTERNAL_SERVER_ERROR;
		form_add_option(arena, field,
			arena_printf(
				arena, "%s (%s)", say_name(arena, vcard_name(card)), subject->jid),
			subject->jid);
	}
	form_require(arena, form_add(arena, form, "to", "jid-single", "To whom (address)", to));
	call->reply = form;
	return ANSWER_RESULT;
}

static void search_row(void *context, int64_t account, const char *jid)
{
	struct hits *hits = context;

	if (hits->count == CANDIDATES_MAX)
		return;
	hits->accounts[hits->count].id = account;
	hits->accounts[hits->count++].jid = arena_strdup(hits->arena, jid);
}

/* May subject's card go from the sender to the receiver, and, of one that was searched for, may the
 * sender find it? *ask: it may, once the subject was asked. */
static enum verdict is_permitted(struct command_call *call, struct arena *arena,
	const struct store_account *subject, const struct store_account *receiver, bool is_search,
	bool *ask)
{
	const struct rules *rules = &call->request->service->rules;
	enum verdict verdict = VERDICT_YES;

	if (is_search)
		verdict = rules_findable(rules, arena, subject, &call->account);
	*ask = false;
	if (verdict != VERDICT_YES)
		return verdict;
	verdict = rules_share(rules, arena, subject, &call->account, receiver);
	if (verdict != VERDICT_NO)
		return verdict;
	*ask = true;
	return rules_share_asks(rules, arena, subject, &call->account, receiver);
}

/* Keeps those who are permitted. Cards that are looked at for it take none of the request's memory.
 * -1: the store failed. */
static int keep_permitted(struct command_call *call, const struct store_account *receiver,
	bool is_search, struct hits *hits)
{
	struct arena *scratch = arena_new(0);
	enum verdict verdict = scratch ? VERDICT_NO : VERDICT_ERROR;
	size_t kept = 0;

	for (size_t i = 0; i < hits->count && verdict != VERDICT_ERROR; i++) {
		bool ask;

		arena_reset(scratch);
		verdict =
			is_permitted(call, scratch, &hits->accounts[i], receiver, is_search, &ask);
		if (verdict == VERDICT_YES) {
			hits->ask[kept] = ask;
			hits->accounts[kept++] = hits->accounts[i];
		}
	}
	hits->count = kept;
	arena_free(scratch);
	return verdict == VERDICT_ERROR ? -1 : 0;
}

/* The account that text is the address of, if its card may be sent. -1: the store failed. */
static int find_named(struct command_call *call, const char *text,
	const struct store_account *receiver, struct hits *hits)
{
	struct store *store = call->request->service->store;
	const char *bare;

	if (!jid_is_account(hits->arena, text, &bare))
		return 0;
	switch (store_account_find(store, hits->arena, bare, &hits->accounts[0])) {
	case STORE_OK:
		hits->count = 1;
		return keep_permitted(call, receiver, false, hits);
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		break;
	}
	return -1;
}

/* Looks up whom text means: who has that address, else who is found by it as name, e-mail or
 * number. */
static enum answer find(struct command_call *call, const char *text,
	const struct store_account *receiver, struct hits *hits)
{
	struct request *request = call->request;
	enum answer answer;
	struct phone phone;

	hits->arena = request->arena;
	if (find_named(call, text, receiver, hits))
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (hits->count > 0)
		return ANSWER_RESULT;
	answer = request_take(request, RATE_SEARCH, request->from.bare, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	phone_read(&phone, text, request->service->settings->region);
	if (store_profile_search(request->service->store, request->arena, text,
		    *phone.identity ? phone.identity : NULL, CANDIDATES_MAX, search_row,
		    hits) == STORE_ERROR ||
		keep_permitted(call, receiver, true, hits))
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

static enum answer send(struct command_call *call, const struct store_account *subject, bool ask,
	const struct store_account *receiver)
{
	struct request *request = call->request;
	const char *name;
	enum answer answer;

	if (ask)
		answer = share_ask(request, subject, &call->account, receiver->jid, &name);
	else
		answer = share_send(request, subject, receiver->jid, request->from.bare, &name);
	if (answer != ANSWER_RESULT) /* that it is there to be seen was decided in this very turn */
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (ask)
		return command_done(call,
			arena_printf(request->arena, "%s is asked whether the card may go to %s.",
				name, receiver->jid),
			false);
	return command_done(call,
		arena_printf(request->arena, "%s's card went to %s.", name, receiver->jid), false);
}

static enum answer share(struct command_call *call)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	const char *subject = form_value(arena, call->form, "subject");
	const char *to = form_value(arena, call->form, "to");
	const char *receiver_jid;
	struct store_account receiver;
	struct hits hits = {.count = 0};
	enum answer answer;

	if (!call->form)
		return ask(call);
	if (!subject || !*subject || !to || !*to)
		return command_bad_payload(call, "whose card, and to whom?");
	answer = request_take(request, RATE_SHARE, request->from.bare, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	if (!jid_is_account(arena, to, &receiver_jid) ||
		!rules_may_know(&request->service->rules, request->from.bare, receiver_jid))
		return command_done(
			call, arena_printf(arena, "%s is no account of this service.", to), true);
	switch (store_account_find(request->service->store, arena, receiver_jid, &receiver)) {
	case STORE_OK:
		break;
	case STORE_NONE: /* naming somebody makes no account: nobody's id is 0 */
		receiver = (struct store_account){.jid = receiver_jid};
		break;
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	answer = find(call, subject, &receiver, &hits);
	if (answer != ANSWER_RESULT)
		return answer;
	/* Who may not be found, or whose card may not be passed on, looks like nobody. */
	if (hits.count == 0)
		return command_done(
			call, arena_printf(arena, "Nobody was found for \"%s\".", subject), true);
	if (hits.count > 1)
		return ask_which(call, &hits, receiver_jid);
	return send(call, &hits.accounts[0], hits.ask[0], &receiver);
}

const struct command command_share = {"share", "Send somebody's card", false, share};
