/* The command `matters`: what waits for an answer, with a choice for each (design: section 3,
 * "forms"). As `matters/TOKEN` it is about one, for links. */
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/decide.h"
#include "component/form.h"

static enum answer ask(struct command_call *call, const char *token)
{
	struct arena *arena = call->request->arena;
	struct decide_list *list = arena_alloc(arena, sizeof(*list));
	struct xml *form = form_new(arena, "form", NULL);
	enum answer answer;

	if (!list)
		return ANSWER_INTERNAL_SERVER_ERROR;
	answer = decide_list(call->request, &call->account, token, list);
	if (answer != ANSWER_RESULT)
		return answer;
	if (list->count == 0)
		return command_done(call,
			token ? "That is no longer open." : "Nothing waits for an answer of yours.",
			false);
	form_describe(
		arena, form, "What waits for you", "What you leave open waits on, for some days.");
	for (size_t i = 0; i < list->count; i++) {
		struct xml *field = form_add(
			arena, form, list->matters[i].token, "list-single", list->texts[i], "open");
		bool is_held = list->matters[i].kind == MATTER_HOLD;

		/* A word of its own, so that no "yes" that is meant for another takes it back. */
		form_add_option(arena, field, "leave it open", "open");
		form_add_option(
			arena, field, is_held ? "take it back" : "yes", is_held ? "back" : "yes");
		form_add_option(arena, field, is_held ? "it stays" : "no", "no");
	}
	call->reply = form;
	return ANSWER_RESULT;
}

/* One field of what was submitted: 1: it is an answer; 0: none; -1: the store failed. */
static int answer_field(struct command_call *call, const char *token, struct buffer *notes)
{
	struct request *request = call->request;
	const char *word = form_value(request->arena, call->form, token);
	struct store_matter matter;
	const char *note = "That is no longer open.";

	if (!word ||
		(strcmp(word, "yes") != 0 && strcmp(word, "back") != 0 && strcmp(word, "no") != 0))
		return 0;
	switch (store_matter_find(request->service->store, request->arena, call->account.id, token,
		request->now, &matter)) {
	case STORE_OK:
		if (decide(request, &call->account, &matter, strcmp(word, "no") != 0, &note) !=
			ANSWER_RESULT)
			return -1;
		break;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return -1;
	}
	if (notes->len > 0)
		buffer_putc(notes, '\n');
	buffer_puts(notes, note);
	return 1;
}

static enum answer matters(struct command_call *call)
{
	const char *node = xml_get(call->request->payload, "node");
	const char *slash = strchr(node, '/');
	struct buffer notes;
	size_t count = 0;
	int result = 0;

	if (!call->form)
		return ask(call, slash ? slash + 1 : NULL);
	buffer_init(&notes, 0);
	for (const struct xml *field = xml_child(call->form, NULL, "field");
		field && count < DECIDE_MAX && result >= 0;
		field = xml_next(field, NULL, "field")) {
		const char *token = xml_get(field, "var");

		result = token ? answer_field(call, token, &notes) : 0;
		count += result > 0;
	}
	call->note = notes.len > 0 ? arena_strdup(call->request->arena, buffer_string(&notes))
				   : "All stays open.";
	buffer_clear(&notes);
	if (result < 0 || !call->note)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return command_done(call, call->note, false);
}

const struct command command_matters = {"matters", "What waits for me", false, matters};
