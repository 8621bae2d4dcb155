/* The command `confirm`: whether a contact whose account ended is still the same person (design:
 * section 4, "Accounts end"). */
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/dormant.h"
#include "component/form.h"

#define DORMANT_SHOWN 50

static enum answer ask(struct command_call *call)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	struct xml *form = form_new(arena, "form", NULL), *item, *same;
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
	item = form_add(arena, form, "item", "list-single", "Contact", items[0]);
	for (size_t i = 0; i < count; i++)
		form_add_option(arena, item, items[i], items[i]);
	form_require(arena, item);
	same = form_add(arena, form, "same", "list-single", "The same person", "no");
	form_add_option(arena, same, "yes", "yes");
	form_add_option(arena, same, "no", "no");
	form_require(arena, same);
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer confirm(struct command_call *call)
{
	struct request *request = call->request;
	struct service *service = request->service;
	const char *item = form_value(request->arena, call->form, "item");
	const char *same = form_value(request->arena, call->form, "same");
	struct store_contact contact;
	struct store_event event;

	if (!call->form)
		return ask(call);
	if (!item || !*item)
		return command_bad_payload(call, "which contact?");
	if (!same || (strcmp(same, "yes") != 0 && strcmp(same, "no") != 0))
		return command_bad_payload(call, "yes or no?");
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
	event = (struct store_event){
		.version = contact.version,
		.at = contact.changed_at,
		.item = contact.item,
		.card = contact.card,
		.card_len = contact.card_len,
	};
	service_book_changed(service, request->arena, call->account.jid, call->account.id, &event);
	return command_done(call,
		arena_printf(
			request->arena, "Your card of %s follows its changes again.", contact.item),
		false);
}

const struct command command_confirm = {"confirm", "Still the same person?", false, confirm};
