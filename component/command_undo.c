/* The command `undo`: takes back the last update of a contact (design: section 4). */
#include "common/arena.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/commands.h"
#include "component/form.h"

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(arena, form, "Take an update back",
		"The telephone numbers that the last update of the contact changed become what "
		"they were.");
	form_require(arena,
		form_add(arena, form, "item", "text-single", "Contact (address or item id)", NULL));
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer undo(struct command_call *call)
{
	struct request *request = call->request;
	struct service *service = request->service;
	const char *item = form_value(request->arena, call->form, "item");
	struct store_contact contact;
	struct store_event event;

	if (!call->form)
		return ask(call);
	if (!item || !*item)
		return command_bad_payload(call, "which contact?");
	switch (book_undo(
		&service->rules, request->arena, &call->account, item, request->now, &contact)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID:
		return command_done(call,
			arena_printf(
				request->arena, "There is no update of %s to take back.", item),
			true);
	case BOOK_FULL:
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
		arena_printf(request->arena, "The update of %s is taken back.", contact.item),
		false);
}

const struct command command_undo = {"undo", "Take an update back", false, undo};
