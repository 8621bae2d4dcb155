/* Ad-hoc commands (XEP-0050, version 1.3.0).
 *
 * What a command needs is in the form that comes back. Its session's id says who began what and
 * when, with a keyed check, so that nobody goes on with a command that is not his, or too late; the
 * way back, and which sessions are over, is remembered (sessions.h).
 *
 * All is said in English, and replies say so. Who asks for another language gets that rather than
 * <bad-locale/>, which would keep him out. */
#include "component/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/keyed.h"
#include "component/sessions.h"

#define SESSION_S 600	  /* how long a form may lie open */
#define SESSION_DIGITS 16 /* of the time in hex */

static const struct command *const commands[] = {&command_account, &command_accounts,
	&command_announce, &command_changes, &command_confirm, &command_contacts, &command_erase,
	&command_erase_account, &command_export, &command_introduce, &command_look,
	&command_matters, &command_preview, &command_profile, &command_settings, &command_share,
	&command_stats, &command_undo, NULL};

/* 4.4 */
static enum answer refuse(struct request *request, enum answer answer, const char *condition)
{
	request->error_condition = condition;
	request->error_ns = NS_COMMANDS;
	return answer;
}

const char *command_region(const struct command_call *call)
{
	return rules_region(&call->request->service->rules, &call->account);
}

enum answer command_bad_payload(struct command_call *call, const char *why)
{
	call->request->error_text = why;
	return refuse(call->request, ANSWER_BAD_REQUEST, "bad-payload");
}

enum answer command_done(struct command_call *call, const char *note, bool is_error)
{
	call->note = note;
	call->note_type = is_error ? "error" : "info";
	call->completed = true;
	return ANSWER_RESULT;
}

void command_book_changed(struct command_call *call, const struct store_contact *contact)
{
	const struct store_event event = {
		.version = contact->version,
		.at = contact->changed_at,
		.item = contact->item,
		.card = contact->card,
		.card_len = contact->card_len,
	};

	service_book_changed(call->request->service, call->request->arena, call->account.jid,
		call->account.id, &event);
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

	if (len < SESSION_DIGITS + KEYED_SIZE - 1 || len >= SESSION_ID_SIZE)
		return refuse(request, ANSWER_BAD_REQUEST, "bad-sessionid");
	start = arena_strndup(request->arena, session, len - (KEYED_SIZE - 1));
	text = session_text(request, command, start);
	if (!text)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!keyed_is(session + len - (KEYED_SIZE - 1), request->service->key, text))
		return refuse(request, ANSWER_BAD_REQUEST, "bad-sessionid");
	memcpy(digits, session, SESSION_DIGITS);
	digits[SESSION_DIGITS] = '\0';
	began = (int64_t)strtoull(digits, NULL, 16);
	if (request->now - began > SESSION_S || began - request->now > SESSION_S ||
		sessions_is_over(request->service->sessions, session))
		return refuse(request, ANSWER_NOT_ALLOWED, "session-expired");
	return ANSWER_RESULT;
}

/* ---- Execution ---- */

enum action { ACTION_GO_ON, ACTION_PREV, ACTION_CANCEL };

/* 3.4, 4.4: what is no action is malformed. `execute`, `next` and `complete` are one: what comes of
 * a stage is in its form; who knows that form may begin with it. Without a session there is nothing
 * to go back to, or to cancel. */
static enum answer read_action(struct request *request, enum action *action)
{
	static const struct {
		const char *name;
		enum action action;
	} known[] = {
		{"execute", ACTION_GO_ON},
		{"complete", ACTION_GO_ON},
		{"next", ACTION_GO_ON},
		{"prev", ACTION_PREV},
		{"cancel", ACTION_CANCEL},
	};
	const char *name = xml_get(request->payload, "action");

	*action = ACTION_GO_ON;
	for (size_t i = 0; name && i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].name, name) == 0) {
			*action = known[i].action;
			return *action == ACTION_GO_ON || xml_get(request->payload, "sessionid")
				       ? ANSWER_RESULT
				       : refuse(request, ANSWER_BAD_REQUEST, "bad-sessionid");
		}
	return name ? refuse(request, ANSWER_BAD_REQUEST, "malformed-action") : ANSWER_RESULT;
}

/* 3.5.1: a form of type cancel counts as submitted. Who goes on submits one. */
static enum answer read_form(struct command_call *call, bool is_begun)
{
	const char *type;

	call->form = xml_child(call->request->payload, NS_DATA, "x");
	type = xml_get(call->form, "type");
	if (type && strcmp(type, "submit") != 0 && strcmp(type, "cancel") != 0)
		return command_bad_payload(call, "the form is not a submitted one");
	if (is_begun && !call->form)
		return command_bad_payload(call, "the form is missing");
	return ANSWER_RESULT;
}

static const struct xml *parse_form(struct request *request, const char *form)
{
	return form ? xml_parse(request->arena, form, strlen(form), NULL, &xml_limits_stanza, NULL)
		    : NULL;
}

/* To the form by which the stage before was come to. */
static enum answer go_back(struct command_call *call)
{
	struct request *request = call->request;
	const char *form = NULL, *filled = NULL;

	if (!sessions_back(
		    request->service->sessions, request->arena, call->session, &form, &filled))
		return refuse(request, ANSWER_BAD_REQUEST, "bad-action");
	call->form = parse_form(request, form);
	call->filled = parse_form(request, filled);
	return (form && !call->form) || !call->filled ? ANSWER_INTERNAL_SERVER_ERROR
						      : ANSWER_RESULT;
}

static struct xml *reply_new(struct request *request, const char *session)
{
	struct xml *reply = xml_new(request->arena, NS_COMMANDS, "command");

	xml_set(request->arena, reply, "node", xml_get(request->payload, "node"));
	xml_set(request->arena, reply, "sessionid", session);
	xml_set(request->arena, reply, "xml:lang", "en"); /* 3.7: as it is written */
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
		if (sessions_has_way_back(call->request->service->sessions, call->session))
			xml_add(arena, element, NULL, "prev");
		xml_add(arena, element, NULL, call->has_next ? "next" : "complete");
	}
	xml_append(reply, call->reply);
	element = xml_add_text_element(arena, reply, NULL, "note", call->note);
	xml_set(arena, element, "type", call->note_type ? call->note_type : "info");
}

/* What is remembered of the session, now that its stage is done. */
static void keep_session(struct command_call *call, enum action action)
{
	struct request *request = call->request;
	struct sessions *sessions = request->service->sessions;

	if (call->completed)
		sessions_end(sessions, call->session);
	else if (action != ACTION_PREV)
		sessions_advance(sessions, call->session, request->from.bare, request->now,
			call->form ? xml_to_string(request->arena, call->form, NULL) : NULL);
	if (call->is_cut)
		sessions_cut(sessions, call->session);
}

static enum answer run_stage(
	struct command_call *call, const struct command *command, enum action action, bool is_begun)
{
	enum answer answer = action == ACTION_PREV ? go_back(call) : read_form(call, is_begun);

	if (answer == ANSWER_RESULT)
		answer = request_account(call->request, &call->account);
	if (answer == ANSWER_RESULT)
		answer = command->run(call);
	if (answer != ANSWER_RESULT)
		return answer;
	keep_session(call, action);
	write_reply(call);
	return ANSWER_RESULT;
}

static enum answer execute(struct request *request)
{
	const char *node = xml_get(request->payload, "node");
	const struct command *command = node ? command_find(node) : NULL;
	struct command_call call = {
		.request = request, .session = xml_get(request->payload, "sessionid")};
	bool is_begun = call.session != NULL;
	enum action action;
	enum answer answer;

	if (!node)
		return ANSWER_BAD_REQUEST;
	if (!command)
		return ANSWER_ITEM_NOT_FOUND;
	if (!is_allowed(request, command))
		return ANSWER_FORBIDDEN;
	answer = read_action(request, &action);
	if (answer == ANSWER_RESULT && is_begun)
		answer = session_check(request, command, call.session);
	else if (answer == ANSWER_RESULT)
		call.session = session_new(request, command);
	if (answer != ANSWER_RESULT)
		return answer;
	if (!call.session)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (action != ACTION_CANCEL)
		return run_stage(&call, command, action, is_begun);
	sessions_end(request->service->sessions, call.session);
	xml_set(request->arena, reply_new(request, call.session), "status", "canceled");
	return ANSWER_RESULT;
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
	add_feature(request, query, NS_DATA_VALIDATE);
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

static const char *const features[] = {NS_DATA, NS_DATA_VALIDATE, NULL};

const struct feature feature_commands = {
	.name = "XEP-0050",
	.rows = rows,
	.features = features,
	.info = info,
	.items = items,
};
