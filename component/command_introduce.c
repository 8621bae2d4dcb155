/* The command `introduce`: two people get each other's card, each as its owner lets it (design:
 * sections 3, "forms" and "card", and 4, "Rules").
 *
 * It is what `share` does, once each way, and tells what two of these would tell, no more. Where
 * one card may not be sent, the other is all the same. */
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/form.h"

static const struct field fields[] = {
	{"first", "text-single", "Whom (name, e-mail, number or address)", FIELD_NAME,
		.is_required = true},
	{"second", "text-single", "To whom (the same)", FIELD_NAME, .is_required = true},
	{.var = NULL},
};

/* One of the two, as far as it is known who is meant. */
struct side {
	const char *text;
	const char *jid; /* NULL: nobody, or several */
	struct command_hits hits;
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Introduce two people",
		"The service sends each of them the contact details of the other.");
	for (const struct field *field = fields; field->var; field++)
		field_add(arena, call->reply, field, NULL);
	return ANSWER_RESULT;
}

/* Several come into question, on one side or both: there one is to be chosen. */
static enum answer ask_which(struct command_call *call, const struct side sides[2])
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	enum answer answer = ANSWER_RESULT;

	form_describe(arena, form, "Introduce two people",
		"Several were found. Say more of the name where the one you mean is missing.");
	for (size_t i = 0; i < 2 && answer == ANSWER_RESULT; i++) {
		struct field field = fields[i];

		if (sides[i].jid) {
			field_add(arena, form, &field, sides[i].jid);
			continue;
		}
		field.type = "list-single";
		field.kind = FIELD_CHOICE;
		answer = command_share_offer(
			call, &sides[i].hits, field_add(arena, form, &field, NULL));
	}
	call->reply = form;
	return answer;
}

/* An address that may be somebody's here is that; else whoever is found whose card could go to the
 * sender. */
static enum answer find(struct command_call *call, struct side *side)
{
	struct request *request = call->request;
	enum answer answer;

	side->hits.count = 0;
	if (jid_is_account(request->arena, side->text, &side->jid) &&
		rules_may_know(&request->service->rules, call->account.jid, side->jid))
		return ANSWER_RESULT;
	side->jid = NULL;
	answer = command_share_find(call, side->text, &call->account, &side->hits);
	if (answer == ANSWER_RESULT && side->hits.count == 1)
		side->jid = side->hits.accounts[0].jid;
	return answer;
}

static enum answer exchange(struct command_call *call, const char *first, const char *second)
{
	const char *one = NULL, *other = NULL;
	bool is_one_done = false, is_other_done = false;
	enum answer answer = request_take(call->request, RATE_SHARE, call->account.jid, 2);

	if (answer == ANSWER_RESULT)
		answer = command_share_named(call, first, second, &one, &is_one_done);
	if (answer == ANSWER_RESULT)
		answer = command_share_named(call, second, first, &other, &is_other_done);
	if (answer != ANSWER_RESULT)
		return answer;
	return command_done(call, arena_printf(call->request->arena, "%s\n%s", one, other),
		!is_one_done && !is_other_done);
}

static enum answer introduce(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct side *sides;
	const char *fault;
	enum answer answer;

	if (!call->form)
		return ask(call);
	fault = field_fault(arena, call->form, fields, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	sides = arena_alloc(arena, 2 * sizeof(*sides));
	if (!sides)
		return ANSWER_INTERNAL_SERVER_ERROR;
	for (size_t i = 0; i < 2; i++) {
		sides[i].text = form_value(arena, call->form, fields[i].var);
		answer = find(call, &sides[i]);
		if (answer != ANSWER_RESULT)
			return answer;
		if (!sides[i].jid && sides[i].hits.count == 0)
			return command_done(call, command_share_nobody(call, sides[i].text), true);
	}
	if (!sides[0].jid || !sides[1].jid)
		return ask_which(call, sides);
	if (strcmp(sides[0].jid, sides[1].jid) == 0)
		return command_done(call, "These are not two people.", true);
	return exchange(call, sides[0].jid, sides[1].jid);
}

const struct command command_introduce = {"introduce", "Introduce two people", false, introduce};
