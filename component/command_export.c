/* The command `export`: all that is stored of oneself, as vCards or as JSON, a part at a time where
 * it is much (design: section 3, "forms"). */
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"
#include "component/account.h"
#include "component/commands.h"
#include "component/export.h"
#include "component/form.h"

static const struct field_option formats[] = {
	{"vcard", "vCards (profile, then address book)"},
	{"json", "JSON (everything)"},
	{NULL, NULL},
};
static const struct field fields[] = {
	{"format", "list-single", "Format", FIELD_CHOICE, .is_required = true, .options = formats},
	{"after", "text-single", "Continue behind (empty: begin)", FIELD_TEXT,
		.is_required = false},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Export",
		"All that is stored of you. Where it is much, a part at a time: each says what to "
		"fill in to get the next.");
	field_add(arena, call->reply, &fields[0], "vcard");
	field_add(arena, call->reply, &fields[1], NULL);
	return ANSWER_RESULT;
}

static enum answer write_part(
	struct command_call *call, struct export_part *part, bool is_first, bool is_json)
{
	struct service *service = call->request->service;
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "result", NULL);
	const char *text = buffer_string(&part->out);

	call->reply = form;
	call->completed = true;
	form_describe(arena, form, "Export", NULL);
	if (is_first && !is_json &&
		account_describe(&service->rules, arena, &call->account,
			form_add(arena, form, "about", "text-multi", "Account", NULL)) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	form_add_lines(arena,
		form_add(arena, form, "content", "text-multi", is_json ? "JSON" : "vCards", NULL),
		text);
	if (part->has_more) {
		form_add(arena, form, "after", "text-single", "There is more, behind",
			archive_id(arena, service->key, call->account.id, part->next, 0));
		call->note = "There is more: run this again, and fill in what is said here.";
	}
	return text ? ANSWER_RESULT : ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer export_run(struct command_call *call)
{
	struct service *service = call->request->service;
	struct arena *arena = call->request->arena;
	const char *format = form_value(arena, call->form, "format");
	const char *after = form_value(arena, call->form, "after"), *fault;
	bool is_first = !after || !*after, is_json;
	enum answer answer = ANSWER_INTERNAL_SERVER_ERROR;
	struct export_part part;
	int64_t from = 0;

	if (!call->form)
		return ask(call);
	fault = field_fault(arena, call->form, fields, command_region(call));
	if (!fault && !is_first &&
		!archive_id_read(service->key, call->account.id, after, 0, &from))
		fault = "after is not what a part said";
	if (fault)
		return command_bad_payload(call, fault);
	is_json = strcmp(format, "json") == 0;
	if (export_part(call->request, &call->account, is_json, from, &part) == STORE_OK)
		answer = write_part(call, &part, is_first, is_json);
	buffer_clear(&part.out);
	return answer;
}

const struct command command_export = {"export", "Export", false, export_run};
