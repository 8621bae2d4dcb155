/* The command `accounts`, for admins: all accounts, a page at a time, to look at one. */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/form.h"

#define PAGE_MAX 200 /* accounts of one form */
#define PAGE 50	     /* where nothing else is said */

/* The form that is being filled. */
struct listing {
	struct arena *arena;
	struct xml *field;
	const char *last;
	int64_t count, max;
};

static const struct field first[] = {
	{"after", "text-single", "Begin behind this address (empty: at the first)", FIELD_TEXT,
		.is_required = false},
	{"max", "text-single", "How many at a time", FIELD_INTEGER, .min = 1, .max = PAGE_MAX},
	{.var = NULL},
};
static const struct field_option steps[] = {
	{"look", "Look at it"},
	{"list", "List those behind"},
	{NULL, NULL},
};
static const struct field step[] = {
	{"do", "list-single", "What to do", FIELD_CHOICE, .options = steps},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	call->has_next = true;
	form_describe(arena, call->reply, "Accounts", "In order of their addresses.");
	form_add(arena, call->reply, "do", "hidden", NULL, "list");
	field_add(arena, call->reply, &first[0], NULL);
	field_add(arena, call->reply, &first[1], arena_printf(arena, "%d", PAGE));
	return ANSWER_RESULT;
}

static void add_account(void *context, const struct store_account *account)
{
	struct listing *listing = context;

	if (listing->count++ == listing->max) /* which only says that there is one */
		return;
	form_add_option(listing->arena, listing->field, account->jid, account->jid);
	listing->last = account->jid;
}

static enum answer list(struct command_call *call)
{
	static const struct field whose = {
		"accountjid", "list-single", "Account", FIELD_CHOICE, .is_required = false};
	struct request *request = call->request;
	struct arena *arena = request->arena;
	const char *fault = field_fault(arena, call->form, first, command_region(call));
	const char *after = form_value(arena, call->form, "after");
	const char *max = form_value(arena, call->form, "max");
	struct listing listing = {
		.arena = arena, .max = max && *max ? strtol(max, NULL, 10) : PAGE};
	struct xml *field;
	bool has_more;

	if (fault)
		return command_bad_payload(call, fault);
	call->reply = form_new(arena, "form", NULL);
	call->has_next = true;
	form_describe(arena, call->reply, "Accounts", NULL);
	listing.field = field_add(arena, call->reply, &whose, NULL);
	if (store_account_list(request->service->store, arena, after, (size_t)listing.max + 1,
		    add_account, &listing) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (listing.count == 0) {
		call->reply = NULL;
		return command_done(call, "There is none.", true);
	}
	has_more = listing.count > listing.max;
	form_add(arena, call->reply, "after", "hidden", NULL, has_more ? listing.last : NULL);
	form_add(arena, call->reply, "max", "hidden", NULL, max);
	field = form_add(arena, call->reply, step->var, step->type, step->label, "look");
	for (const struct field_option *o = steps; o->value; o++)
		if (has_more || strcmp(o->value, "list") != 0)
			form_add_option(arena, field, o->label, o->value);
	return ANSWER_RESULT;
}

static enum answer accounts(struct command_call *call)
{
	struct request *request = call->request;
	const char *what = form_value(request->arena, call->form, "do"), *fault;
	struct store_account account;
	enum answer answer;

	if (!call->form)
		return ask(call);
	fault = field_fault(request->arena, call->form, step, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	answer = request_take(request, RATE_LOOKUP, call->account.jid, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	if (!what || strcmp(what, "list") == 0)
		return list(call);
	answer = command_account_named(call, &account);
	if (answer != ANSWER_RESULT || account.id == 0)
		return answer;
	return command_account_show(call, &account);
}

const struct command command_accounts = {"accounts", "Accounts", true, accounts};
