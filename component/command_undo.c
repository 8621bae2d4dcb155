/* The command `undo`: takes back the last update of a contact (design: section 4). */
#include "common/arena.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/commands.h"
#include "component/form.h"

static const struct field fields[] = {
	{"item", "text-single", "Contact (address or item id)", FIELD_NAME, .is_required = true},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Take an update back",
		"The telephone numbers that the last update of the contact changed become what "
		"they were.");
	field_add(arena, call->reply, fields, NULL);
	return ANSWER_RESULT;
}

enum answer command_undo_item(struct command_call *call, const char *item)
{
	struct request *request = call->request;
	struct store_contact contact;

	if (!item || !*item)
		return command_bad_payload(call, "item is missing");
	switch (book_undo(&request->service->rules, request->arena, &call->account, item,
		request->now, &contact)) {
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
	command_book_changed(call, &contact);
	return command_done(call,
		arena_printf(request->arena, "The update of %s is taken back.", contact.item),
		false);
}

static enum answer undo(struct command_call *call)
{
	struct request *request = call->request;
	const char *fault;

	if (!call->form)
		return ask(call);
	fault = field_fault(request->arena, call->form, fields, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	return command_undo_item(call, form_value(request->arena, call->form, "item"));
}

const struct command command_undo = {"undo", "Take an update back", false, undo};
