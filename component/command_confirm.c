/* The command `confirm`: whether a contact whose account ended is still the same person (design:
 * section 4, "Accounts end"). */
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/dormant.h"
#include "component/form.h"

#define DORMANT_SHOWN 50

static const struct field_option yes_no[] = {{"yes", "yes"}, {"no", "no"}, {NULL, NULL}};
static const struct field fields[] = {
	{"item", "list-single", "Contact", FIELD_CHOICE, .is_required = true},
	{"same", "list-single", "The same person", FIELD_CHOICE, .is_required = true,
		.options = yes_no},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	struct xml *form = form_new(arena, "form", NULL), *item;
	const char *items[DORMANT_SHOWN];
	size_t count;

	if (store_contact_dormant(request->service->store, arena, call->account.id, items,
		    DORMANT_SHOWN, &count) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (count == 0)
		return command_done(call, "There is no contact whose account ended.", false);
	form_describe(arena, form, "Still the same person?",
		"The account of a contact ended; somebody else may have its address now. Only if "
		"you say that it is the same person does your card follow its changes again.");
	item = field_add(arena, form, &fields[0], items[0]);
	for (size_t i = 0; i < count; i++)
		form_add_option(arena, item, items[i], items[i]);
	field_add(arena, form, &fields[1], "no");
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer confirm(struct command_call *call)
{
	struct request *request = call->request;
	struct service *service = request->service;
	const char *item = form_value(request->arena, call->form, "item");
	const char *same = form_value(request->arena, call->form, "same"), *fault;
	struct store_contact contact;

	if (!call->form)
		return ask(call);
	fault = field_fault(request->arena, call->form, fields, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	if (strcmp(same, "no") == 0)
		return command_done(call, "The contact stays as it is.", false);
	switch (dormant_confirm(
		&service->rules, request->arena, &call->account, item, request->now, &contact)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID:
	case BOOK_FULL:
		return command_done(call,
			arena_printf(request->arena, "%s is no contact whose account ended.", item),
			true);
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	command_book_changed(call, &contact);
	return command_done(call,
		arena_printf(
			request->arena, "Your card of %s follows its changes again.", contact.item),
		false);
}

const struct command command_confirm = {"confirm", "Still the same person?", false, confirm};
