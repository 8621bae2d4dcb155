/* The commands `erase`, for oneself, and `erase-account`, for admins: all that is stored of an
 * account goes (design: section 4, "Accounts end"). Each asks twice. */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/xml.h"
#include "component/account.h"
#include "component/commands.h"
#include "component/form.h"

static const struct field sure[] = {
	{"sure", "boolean", "Erase everything", FIELD_YES_NO, .is_required = false},
	{.var = NULL},
};
static const struct field own_address = {
	"address", "jid-single", "Your address", FIELD_ACCOUNT, .is_required = true};

/* 1: yes; 0: no; -1: it is neither, and that is the answer. */
static int is_sure(struct command_call *call, enum answer *answer)
{
	struct request *request = call->request;
	const char *fault = field_fault(request->arena, call->form, sure, command_region(call));

	if (!fault)
		return field_is_true(form_value(request->arena, call->form, "sure"));
	*answer = command_bad_payload(call, fault);
	return -1;
}

static enum answer run(struct command_call *call, const struct store_account *account)
{
	struct request *request = call->request;

	if (account_erase(request->service, request->arena, account, request->now) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return command_done(call,
		arena_printf(request->arena, "All that was stored of %s is erased.", account->jid),
		false);
}

/* ---- Oneself ---- */

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	int64_t contacts;

	if (store_contact_count(call->request->service->store, call->account.id, &contacts) !=
		STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	call->reply = form_new(arena, "form", NULL);
	call->has_next = true;
	form_describe(arena, call->reply, "Erase everything",
		arena_printf(arena,
			"Your profile with the history of its numbers, your address book of "
			"%" PRId64 " contact%s and your settings are deleted for good. The command "
			"export gives you a copy first. Your address at the server stays.",
			contacts, contacts == 1 ? "" : "s"));
	field_add(arena, call->reply, sure, "false");
	return ANSWER_RESULT;
}

static enum answer ask_again(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Erase everything",
		arena_printf(arena, "To go on, type your address: %s", call->account.jid));
	field_add(arena, call->reply, &own_address, NULL);
	return ANSWER_RESULT;
}

static enum answer erase(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	const char *address = form_value(arena, call->form, "address");
	enum answer answer = ANSWER_RESULT;
	const char *bare;

	if (!call->form)
		return ask(call);
	if (!form_field(call->form, "address")) {
		switch (is_sure(call, &answer)) {
		case 0:
			return command_done(call, "Nothing was erased.", false);
		case 1:
			return ask_again(call);
		default:
			return answer;
		}
	}
	if (!address || !jid_is_account(arena, address, &bare) ||
		strcmp(bare, call->account.jid) != 0)
		return command_done(call, "That is not your address: nothing was erased.", true);
	return run(call, &call->account);
}

const struct command command_erase = {"erase", "Erase everything", false, erase};

/* ---- Another, for admins ---- */

static enum answer ask_whom(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	call->has_next = true;
	form_describe(arena, call->reply, "Erase an account",
		"All that is stored of it is deleted for good.");
	field_add(arena, call->reply, command_account_fields, NULL);
	return ANSWER_RESULT;
}

static enum answer ask_whether(struct command_call *call, const struct store_account *account)
{
	struct request *request = call->request;
	struct xml *field;

	call->reply = form_new(request->arena, "form", NULL);
	form_describe(request->arena, call->reply, "Erase an account", NULL);
	form_add(request->arena, call->reply, "accountjid", "hidden", NULL, account->jid);
	field = form_add(request->arena, call->reply, "about", "fixed", NULL, NULL);
	if (account_describe(&request->service->rules, request->arena, account, field) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	field_add(request->arena, call->reply, sure, "false");
	return ANSWER_RESULT;
}

static enum answer erase_account(struct command_call *call)
{
	struct store_account account;
	enum answer answer;

	if (!call->form)
		return ask_whom(call);
	answer = command_account_named(call, &account);
	if (answer != ANSWER_RESULT || account.id == 0)
		return answer;
	if (!form_field(call->form, "sure"))
		return ask_whether(call, &account);
	switch (is_sure(call, &answer)) {
	case 0:
		return command_done(call, "Nothing was erased.", false);
	case 1:
		return run(call, &account);
	default:
		return answer;
	}
}

const struct command command_erase_account = {
	"erase-account", "Erase an account", true, erase_account};
