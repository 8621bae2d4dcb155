/* The command `share`: the service sends somebody's card, as its owner lets it, to somebody else
 * (design: sections 3, "forms" and "card", and 4, "Rules"). */
#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/jid.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/directory.h"
#include "component/form.h"
#include "component/profile.h"
#include "component/say.h"
#include "component/share.h"

/* A look for somebody. */
struct finder {
	struct command_call *call;
	const struct store_account *receiver;
	struct command_hits *hits;
};

static const struct field fields[] = {
	{"subject", "text-single", "Whose card (name, e-mail, number or address)", FIELD_NAME,
		.is_required = true},
	{"to", "jid-single", "To whom (address)", FIELD_ACCOUNT, .is_required = true},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Send a card",
		"The service sends somebody's contact details to somebody you know.");
	for (const struct field *field = fields; field->var; field++)
		field_add(arena, call->reply, field, NULL);
	return ANSWER_RESULT;
}

enum answer command_share_offer(
	struct command_call *call, const struct command_hits *hits, struct xml *field)
{
	const struct rules *rules = &call->request->service->rules;
	struct arena *arena = call->request->arena;

	for (size_t i = 0; i < hits->count; i++) {
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
	return ANSWER_RESULT;
}

/* Several come into question: one is to be chosen. */
static enum answer ask_which(
	struct command_call *call, const struct command_hits *hits, const char *to)
{
	struct arena *arena = call->request->arena;
	static const struct field which = {
		"subject", "list-single", "Whose card", FIELD_CHOICE, .is_required = true};
	struct xml *form = form_new(arena, "form", NULL);
	enum answer answer;

	form_describe(arena, form, "Send a card",
		hits->count == COMMAND_HITS_MAX
			? "Many were found, these are some of them: say more of the name where the "
			  "one you mean is missing."
			: "Several were found.");
	answer = command_share_offer(call, hits, field_add(arena, form, &which, NULL));
	field_add(arena, form, &fields[1], to);
	call->reply = form;
	return answer;
}

/* In its place in the order of JID. 1: there are as many as can be; -1: no memory. */
static int add_hit(struct command_hits *hits, struct arena *arena,
	const struct store_account *subject, bool asks)
{
	size_t at = hits->count++;

	for (; at > 0 && strcmp(hits->accounts[at - 1].jid, subject->jid) > 0; at--) {
		hits->accounts[at] = hits->accounts[at - 1];
		hits->ask[at] = hits->ask[at - 1];
	}
	hits->accounts[at] = *subject;
	hits->accounts[at].jid = arena_strdup(arena, subject->jid);
	hits->ask[at] = asks;
	if (!hits->accounts[at].jid)
		return -1;
	return hits->count == COMMAND_HITS_MAX;
}

/* Keeps subject if its card may go from the sender to the receiver, or if it may be asked whether.
 * As directory_row. */
static int keep(void *context, struct arena *scratch, const struct store_account *subject)
{
	struct finder *finder = context;
	struct command_hits *hits = finder->hits;
	const struct store_account *sender = &finder->call->account;
	const struct rules *rules = &finder->call->request->service->rules;
	enum verdict verdict = rules_share(rules, scratch, subject, sender, finder->receiver);
	bool asks;

	asks = verdict == VERDICT_NO;
	if (asks)
		verdict = rules_share_asks(rules, scratch, subject, sender, finder->receiver);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_ERROR ? -1 : 0;
	return add_hit(hits, finder->call->request->arena, subject, asks);
}

/* The account that text is the address of, if its card may be sent. -1: the store failed. */
static int find_named(struct finder *finder, const char *text)
{
	struct request *request = finder->call->request;
	struct store_account subject;
	struct arena *scratch;
	const char *bare;
	int result;

	if (!jid_is_account(request->arena, text, &bare))
		return 0;
	switch (store_account_find(request->service->store, request->arena, bare, &subject)) {
	case STORE_OK:
		break;
	case STORE_NONE: /* nobody's id is 0 */
		subject = (struct store_account){.jid = bare};
		break;
	case STORE_ERROR:
		return -1;
	}
	/* A card that is looked at for the rules takes none of the request's memory. */
	scratch = arena_new(0);
	result = scratch ? keep(finder, scratch, &subject) : -1;
	arena_free(scratch);
	return result < 0 ? -1 : 0;
}

enum answer command_share_find(struct command_call *call, const char *text,
	const struct store_account *receiver, struct command_hits *hits)
{
	struct finder finder = {call, receiver, hits};
	struct request *request = call->request;
	struct store_terms terms = {.email = text};
	enum answer answer;
	struct phone phone;

	hits->count = 0;
	if (find_named(&finder, text))
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (hits->count > 0)
		return ANSWER_RESULT;
	answer = request_take(request, RATE_SEARCH, request->from.bare, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	phone_read(&phone, text, command_region(call));
	if (!jid_is_account(request->arena, text, NULL)) { /* else it is no name, and no number */
		terms.name = text;
		terms.identity = *phone.identity ? phone.identity : NULL;
	}
	if (directory_search(&request->service->rules, &call->account, &terms, keep, &finder))
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

/* Who may not be found, or whose card may not be passed on, looks like nobody. */
const char *command_share_nobody(struct command_call *call, const char *text)
{
	return arena_printf(call->request->arena, "Nobody was found for \"%s\".", text);
}

/* Whether it arrives, a sender isn't told: that would be the others' books and blocks. */
static const char *sent_note(
	struct command_call *call, const char *name, const struct store_account *receiver)
{
	return arena_printf(call->request->arena,
		"%s's card went to %s, unless settings of theirs are against it.", name,
		receiver->jid);
}

static enum answer send(struct command_call *call, const struct store_account *subject, bool ask,
	const struct store_account *receiver, const char **note)
{
	struct request *request = call->request;
	const char *name;
	enum answer answer;

	if (ask)
		answer = share_ask(request, subject, &call->account, receiver->jid, &name);
	else
		answer = share_send(request, subject, receiver, &call->account, false, &name);
	if (answer != ANSWER_RESULT) /* that it is there to be seen was decided in this very turn */
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (ask)
		*note = arena_printf(request->arena, "%s is asked whether the card may go to %s.",
			name, receiver->jid);
	else
		*note = sent_note(call, name, receiver);
	return ANSWER_RESULT;
}

/* The account that `to` is the address of, used or not. ANSWER_RESULT with jid NULL: there can't be
 * one for the sender, *note says so. */
static enum answer find_receiver(struct command_call *call, const char *to,
	struct store_account *receiver, const char **note)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	const char *jid;

	*receiver = (struct store_account){.jid = NULL};
	if (!jid_is_account(arena, to, &jid) ||
		!rules_may_know(&request->service->rules, request->from.bare, jid)) {
		*note = arena_printf(arena, "%s is no account of this service.", to);
		return ANSWER_RESULT;
	}
	switch (store_account_find(request->service->store, arena, jid, receiver)) {
	case STORE_OK:
		return ANSWER_RESULT;
	case STORE_NONE: /* naming somebody makes no account: nobody's id is 0 */
		*receiver = (struct store_account){.jid = jid};
		return ANSWER_RESULT;
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

enum answer command_share_with(struct command_call *call, const char *subject, const char *to)
{
	struct request *request = call->request;
	struct store_account receiver = {.jid = NULL};
	struct command_hits hits = {.count = 0};
	const char *note = NULL;
	enum answer answer = request_take(request, RATE_SHARE, request->from.bare, 1);

	if (answer == ANSWER_RESULT)
		answer = find_receiver(call, to, &receiver, &note);
	if (answer == ANSWER_RESULT && !receiver.jid)
		return command_done(call, note, true);
	if (answer == ANSWER_RESULT)
		answer = command_share_find(call, subject, &receiver, &hits);
	if (answer != ANSWER_RESULT)
		return answer;
	if (hits.count == 0)
		return command_done(call, command_share_nobody(call, subject), true);
	if (hits.count > 1)
		return ask_which(call, &hits, receiver.jid);
	answer = send(call, &hits.accounts[0], hits.ask[0], &receiver, &note);
	return answer == ANSWER_RESULT ? command_done(call, note, false) : answer;
}

enum answer command_share_named(struct command_call *call, const char *subject, const char *to,
	const char **note, bool *is_done)
{
	struct store_account receiver = {.jid = NULL};
	struct command_hits hits = {.count = 0};
	struct finder finder = {call, &receiver, &hits};
	enum answer answer = find_receiver(call, to, &receiver, note);

	*is_done = false;
	if (answer != ANSWER_RESULT || !receiver.jid)
		return answer;
	if (find_named(&finder, subject))
		return ANSWER_INTERNAL_SERVER_ERROR;
	*is_done = hits.count > 0;
	if (*is_done)
		return send(call, &hits.accounts[0], hits.ask[0], &receiver, note);
	*note = command_share_nobody(call, subject);
	return ANSWER_RESULT;
}

enum answer command_share_own(struct command_call *call, const struct store_contact *contact,
	const struct vcard *card, const char *to)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	struct store_account receiver = {.jid = NULL};
	const char *about = vcard_jid(card);
	const char *note = NULL;
	enum answer answer = request_take(request, RATE_SHARE, request->from.bare, 1);

	if (answer == ANSWER_RESULT)
		answer = find_receiver(call, to, &receiver, &note);
	if (answer == ANSWER_RESULT && !receiver.jid)
		return command_done(call, note, true);
	if (answer != ANSWER_RESULT)
		return answer;
	(void)jid_is_account(arena, contact->item, &about); /* else what the card says */
	card = card_to_pass_on(arena, card);
	if (!card)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (rules_takes(&request->service->rules, receiver.id, request->from.bare)) {
	case VERDICT_YES:
		answer = share_send_own(request, card, about, receiver.jid);
		break;
	case VERDICT_NO:
		break;
	case VERDICT_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (answer != ANSWER_RESULT)
		return answer;
	return command_done(
		call, sent_note(call, say_name(arena, vcard_name(card)), &receiver), false);
}

static enum answer share(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	const char *fault;

	if (!call->form)
		return ask(call);
	fault = field_fault(arena, call->form, fields, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	return command_share_with(call, form_value(arena, call->form, "subject"),
		form_value(arena, call->form, "to"));
}

const struct command command_share = {"share", "Send somebody's card", false, share};
