/* The commands for admins that only look: `account`, at one, and `stats`, at all. */
#include <inttypes.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/jid.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/account.h"
#include "component/commands.h"
#include "component/form.h"

#define COUNT_MAX 100000 /* others wait while it is counted: kithctl(8) counts all */

/* ---- account ---- */

const struct field command_account_fields[] = {
	{"accountjid", "jid-single", "Whose", FIELD_ACCOUNT, .is_required = true},
	{.var = NULL},
};

enum answer command_account_named(struct command_call *call, struct store_account *account)
{
	struct arena *arena = call->request->arena;
	const char *jid = form_value(arena, call->form, "accountjid");
	const char *fault = field_fault(
			   arena, call->form, command_account_fields, command_region(call)),
		   *bare;

	*account = (struct store_account){0};
	if (fault)
		return command_bad_payload(call, fault);
	if (!jid_is_account(arena, jid, &bare))
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (store_account_find(call->request->service->store, arena, bare, account)) {
	case STORE_OK:
		return ANSWER_RESULT;
	case STORE_NONE:
		return command_done(
			call, arena_printf(arena, "There is no account %s.", bare), true);
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Look at an account", NULL);
	field_add(arena, call->reply, command_account_fields, NULL);
	return ANSWER_RESULT;
}

enum answer command_account_show(struct command_call *call, const struct store_account *account)
{
	struct service *service = call->request->service;
	struct arena *arena = call->request->arena;
	struct store_profile profile;
	struct xml *field;

	call->reply = form_new(arena, "result", NULL);
	call->completed = true;
	form_describe(arena, call->reply, account->jid, NULL);
	field = form_add(arena, call->reply, "about", "text-multi", "Stored", NULL);
	if (account_describe(&service->rules, arena, account, field) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (store_profile_get(service->store, arena, account->id, &profile)) {
	case STORE_OK:
		field = form_add(arena, call->reply, "profile", "text-multi",
			profile.hidden ? "Profile (hidden)" : "Profile", NULL);
		form_add_lines(arena, field,
			card_text(arena,
				vcard_from_xml_text(arena, profile.card, profile.card_len, NULL)));
		return ANSWER_RESULT;
	case STORE_NONE:
		return ANSWER_RESULT;
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer account(struct command_call *call)
{
	struct store_account found;
	enum answer answer;

	if (!call->form)
		return ask(call);
	answer = request_take(call->request, RATE_LOOKUP, call->account.jid, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	answer = command_account_named(call, &found);
	if (answer != ANSWER_RESULT || found.id == 0)
		return answer;
	return command_account_show(call, &found);
}

const struct command command_account = {"account", "Look at an account", true, account};

/* ---- stats ---- */

static enum answer stats(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct store_stats found;

	if (store_stats_upto(call->request->service->store, COUNT_MAX, &found) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	const struct {
		const char *var, *label;
		int64_t count;
		bool is_whole;
	} rows[] = {
		{"accounts", "Accounts", found.accounts, false},
		{"profiles", "Profiles", found.profiles, false},
		{"contacts", "Contacts", found.contacts, false},
		{"links", "Contacts that are linked to an account", found.links, false},
		{"runs", "Changes being brought to all", found.runs, false},
		{"updates", "Updates of cards that can be taken back", found.updates, false},
		{"bytes", "Bytes of the store", found.bytes, true},
	};

	call->reply = form_new(arena, "result", NULL);
	call->completed = true;
	form_describe(arena, call->reply, "Figures", NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool is_cut = !rows[i].is_whole && rows[i].count == COUNT_MAX;

		const struct field field = {rows[i].var, "text-single", rows[i].label,
			is_cut ? FIELD_TEXT : FIELD_INTEGER, .max = INT64_MAX};

		field_add(arena, call->reply, &field,
			arena_printf(
				arena, "%" PRId64 "%s", rows[i].count, is_cut ? " or more" : ""));
	}
	return ANSWER_RESULT;
}

const struct command command_stats = {"stats", "Figures", true, stats};
