/* Ad-hoc commands (XEP-0050, version 1.3.0).
 *
 * No session is kept: what a command needs is in the form that comes back. Its id says who began
 * what and when, with a keyed check, so that nobody goes on with a command that is not his, or too
 * late. */
#include "component/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/keyed.h"

#define SESSION_S 600	  /* how long a form may lie open */
#define SESSION_DIGITS 16 /* of the time in hex */

static const struct command *const commands[] = {&command_account, &command_announce,
	&command_changes, &command_confirm, &command_contacts, &command_erase,
	&command_erase_account, &command_export, &command_look, &command_matters, &command_preview,
	&command_profile, &command_settings, &command_share, &command_stats, &command_undo, NULL};

const char *command_region(const struct command_call *call)
{
	return rules_region(&call->request->service->rules, &call->account);
}

enum answer command_bad_payload(struct command_call *call, const char *why)
{
	call->request->error_text = why;
	call->request->error_condition = "bad-payload";
	call->request->error_ns = NS_COMMANDS;
	return ANSWER_BAD_REQUEST;
}

enum answer command_bad_action(struct request *request)
{
	request->error_ns = NS_COMMANDS;
	request->error_condition = "bad-action";
	return ANSWER_BAD_REQUEST;
}

enum answer command_done(struct command_call *call, const char *note, bool is_error)
{
	call->note = note;
	call->note_type = is_error ? "error" : "info";
	call->completed = true;
	return ANSWER_RESULT;
}

/* A link to one matter is a node of its own: matters/TOKEN. */
static const struct command *command_find(const char *node)
{
	size_t len = strlen(command_matters.node);

	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->node, node) == 0)
			return *c;
	if (strncmp(node, command_matters.node, len) == 0 && node[len] == '/')
		return &command_matters;
	return NULL;
}

static bool is_allowed(const struct request *request, const struct command *command)
{
	if (!request->is_served)
		return false;
	return !command->admin_only ||
	       settings_is_admin(request->service->settings, request->from.bare);
}

/* ---- Session ids: 16 hex digits of the time, a random part, and the check ---- */

static const char *session_text(
	struct request *request, const struct command *command, const char *time_and_random)
{
	return arena_printf(request->arena, "session %s %s %s", command->node, time_and_random,
		request->from.full);
}

static const char *session_new(struct request *request, const struct command *command)
{
	char check[KEYED_SIZE];
	const char *start = arena_printf(request->arena, "%016" PRIx64 "%s", (uint64_t)request->now,
		service_random_id(request->arena));
	const char *text = session_text(request, command, start);

	if (!text)
		return NULL;
	keyed_check(check, request->service->key, text);
	return arena_printf(request->arena, "%s%s", start, check);
}

/* 4.4: bad-sessionid, or session-expired. */
static enum answer session_check(
	struct request *request, const struct command *command, const char *session)
{
	size_t len = strlen(session);
	const char *start, *text;
	char digits[SESSION_DIGITS + 1];
	int64_t began;

	request->error_ns = NS_COMMANDS;
	request->error_condition = "bad-sessionid";
	if (len < SESSION_DIGITS + KEYED_SIZE - 1)
		return ANSWER_BAD_REQUEST;
	start = arena_strndup(request->arena, session, len - (KEYED_SIZE - 1));
	text = session_text(request, command, start);
	if (!text)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!keyed_is(session + len - (KEYED_SIZE - 1), request->service->key, text))
		return ANSWER_BAD_REQUEST;
	memcpy(digits, session, SESSION_DIGITS);
	digits[SESSION_DIGITS] = '\0';
	began = (int64_t)strtoull(digits, NULL, 16);
	request->error_condition = "session-expired";
	if (request->now - began > SESSION_S || began - request->now > SESSION_S)
		return ANSWER_NOT_ALLOWED;
	request->error_ns = request->error_condition = NULL;
	return ANSWER_RESULT;
}

/* ---- Execution ---- */

/* 4.4: what is no action is malformed; of most commands no stage has a previous one. */
static enum answer check_action(
	struct request *request, const struct command *command, const char *action)
{
	static const char *const known[] = {"execute", "complete", "next", "cancel", NULL};

	for (size_t i = 0; known[i]; i++)
		if (strcmp(known[i], action) == 0)
			return ANSWER_RESULT;
	if (strcmp(action, "prev") != 0) {
		request->error_ns = NS_COMMANDS;
		request->error_condition = "malformed-action";
		return ANSWER_BAD_REQUEST;
	}
	return command == &command_profile ? ANSWER_RESULT : command_bad_action(request);
}

static struct xml *reply_new(struct request *request, const char *session)
{
	struct xml *reply = xml_new(request->arena, NS_COMMANDS, "command");

	xml_set(request->arena, reply, "node", xml_get(request->payload, "node"));
	xml_set(request->arena, reply, "sessionid", session);
	request->result = reply;
	return reply;
}

/* 2.4 and 3.3 to 3.4 */
static void write_reply(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct xml *reply = reply_new(call->request, call->session);
	struct xml *element;

	xml_set(arena, reply, "status", call->completed ? "completed" : "executing");
	if (!call->completed) {
		element = xml_add(arena, reply, NULL, "actions");
		xml_set(arena, element, "execute", call->has_next ? "next" : "complete");
		if (call->has_prev)
			xml_add(arena, element, NULL, "prev");
		xml_add(arena, element, NULL, call->has_next ? "next" : "complete");
	}
	xml_append(reply, call->reply);
	element = xml_add_text_element(arena, reply, NULL, "note", call->note);
	xml_set(arena, element, "type", call->note_type ? call->note_type : "info");
}

static enum answer execute(struct request *request)
{
	const char *node = xml_get(request->payload, "node");
	const char *action = xml_get(request->payload, "action");
	const struct command *command = node ? command_find(node) : NULL;
	struct command_call call = {
		.request = request,
		.session = xml_get(request->payload, "sessionid"),
		.action = action ? action : "execute",
		.form = xml_child(request->payload, NS_DATA, "x"),
	};
	enum answer answer;

	if (!node)
		return ANSWER_BAD_REQUEST;
	if (!command)
		return ANSWER_ITEM_NOT_FOUND;
	if (!is_allowed(request, command))
		return ANSWER_FORBIDDEN;
	answer = check_action(request, command, call.action);
	if (answer == ANSWER_RESULT && call.session)
		answer = session_check(request, command, call.session);
	else if (answer == ANSWER_RESULT)
		call.session = session_new(request, command);
	if (answer != ANSWER_RESULT)
		return answer;
	if (strcmp(call.action, "cancel") == 0) {
		xml_set(request->arena, reply_new(request, call.session), "status", "canceled");
		return ANSWER_RESULT;
	}
	answer = request_account(request, &call.account);
	if (answer == ANSWER_RESULT)
		answer = command->run(&call);
	if (answer == ANSWER_RESULT)
		write_reply(&call);
	return answer;
}

/* ---- Discovery ---- */

static void add_identity(
	struct request *request, struct xml *query, const char *type, const char *name)
{
	struct xml *identity = xml_add(request->arena, query, NULL, "identity");

	xml_set(request->arena, identity, "category", "automation");
	xml_set(request->arena, identity, "type", type);
	xml_set(request->arena, identity, "name", name);
}

static void add_feature(struct request *request, struct xml *query, const char *var)
{
	xml_set(request->arena, xml_add(request->arena, query, NULL, "feature"), "var", var);
}

/* 2.2 */
static enum answer info(struct request *request, const char *node, struct xml *query)
{
	const struct command *command;

	if (!node)
		return ANSWER_RESULT;
	if (strcmp(node, NS_COMMANDS) == 0) {
		add_identity(request, query, "command-list", "Commands");
		add_feature(request, query, NS_COMMANDS);
		return ANSWER_RESULT;
	}
	command = command_find(node);
	if (!command)
		return ANSWER_ITEM_NOT_FOUND;
	if (!is_allowed(request, command))
		return ANSWER_FORBIDDEN;
	add_identity(request, query, "command-node", command->label);
	add_feature(request, query, NS_COMMANDS);
	add_feature(request, query, NS_DATA);
	return ANSWER_RESULT;
}

static enum answer items(struct request *request, const char *node, struct xml *query)
{
	if (!node)
		return ANSWER_RESULT;
	if (strcmp(node, NS_COMMANDS) != 0) /* a command has none */
		return command_find(node) ? ANSWER_RESULT : ANSWER_ITEM_NOT_FOUND;
	for (const struct command *const *c = commands; *c; c++) {
		struct xml *item;

		if (!is_allowed(request, *c))
			continue;
		item = xml_add(request->arena, query, NULL, "item");
		xml_set(request->arena, item, "jid", request->service->settings->jid);
		xml_set(request->arena, item, "node", (*c)->node);
		xml_set(request->arena, item, "name", (*c)->label);
	}
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_COMMANDS, "command", NULL, execute},
	{NULL, NULL, NULL, NULL},
};

static const char *const features[] = {NS_DATA, NULL};

const struct feature feature_commands = {
	.name = "XEP-0050",
	.rows = rows,
	.features = features,
	.info = info,
	.items = items,
};
