/* The router: RFC 6120, 8 (stanzas), 10 (rules for processing them). */
#include "component/router.h"

#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/answer.h"
#include "component/chat.h"
#include "component/delegation.h"
#include "component/pep.h"
#include "component/presence.h"
#include "component/privilege.h"
#include "component/server.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* A line a stanza. */
static void log_answer(const struct xml *stanza, const struct xml *payload, const char *answer)
{
	char from[128], id[64];
	const char *name = payload ? payload->name : "-";
	char escaped[64];

	if (!log_shows(LOG_LEVEL_DEBUG))
		return;
	log_debug("router: %s %s from %s id %s: %s", stanza->name,
		log_escape(escaped, sizeof(escaped), name),
		log_escape(from, sizeof(from), or_empty(xml_get(stanza, "from"))),
		log_escape(id, sizeof(id), or_empty(xml_get(stanza, "id"))), answer);
}

static struct routed fail(struct arena *arena, const struct xml *stanza, enum answer answer,
	const struct request *request)
{
	struct routed routed = {.reply = answer_new(arena, stanza, "error"), .is_failed = true};

	if (delegation_wants_no_error(stanza))
		xml_set(arena, routed.reply, "type", "result");
	else
		answer_set_error(arena, routed.reply, answer, request);
	return routed;
}

/* The handler of a payload; ANSWER_RESULT, or why there is none (RFC 6120, 8.4; 8.3.3.3). */
static enum answer find_handler(const struct xml *payload, bool is_set, feature_handler **handler)
{
	enum answer answer = ANSWER_SERVICE_UNAVAILABLE;

	for (const struct feature *const *feature = features_all; *feature; feature++) {
		for (const struct feature_row *row = (*feature)->rows; row && row->ns; row++) {
			if (strcmp(row->ns, payload->ns) != 0)
				continue;
			answer = ANSWER_FEATURE_NOT_IMPLEMENTED;
			if (strcmp(row->name, payload->name) != 0)
				continue;
			*handler = is_set ? row->set : row->get;
			if (*handler)
				return ANSWER_RESULT;
		}
	}
	return answer;
}

/* RFC 6120, 8.2.3: type, id, and exactly one child for get and set. */
static enum answer check_iq(const struct xml *iq, const char *type, const struct xml **payload)
{
	const struct xml *child;

	for (child = iq->first; child && !child->name; child = child->next)
		;
	*payload = child;
	if (!xml_get(iq, "id") || !type || (strcmp(type, "get") != 0 && strcmp(type, "set") != 0))
		return ANSWER_BAD_REQUEST;
	if (!child || xml_next(child, NULL, NULL))
		return ANSWER_BAD_REQUEST;
	return ANSWER_RESULT;
}

static struct routed route_iq(const struct router *router, struct request *request, bool is_ours)
{
	const char *type = or_empty(xml_get(request->iq, "type"));
	struct arena *arena = request->arena;
	feature_handler *handler = NULL;
	struct routed routed = {0};
	enum answer answer;

	if (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) {
		if (!server_answer(router->service->server, request->iq) &&
			!privilege_answer(router->service, arena, &request->from, request->iq) &&
			!pep_answer(request) && !router->answered(router->context, request->iq))
			log_answer(request->iq, NULL, "an answer to nothing");
		return routed;
	}
	answer = check_iq(request->iq, type, &request->payload);
	if (answer == ANSWER_RESULT && !is_ours)
		answer = ANSWER_ITEM_NOT_FOUND;
	if (answer == ANSWER_RESULT) {
		request->is_set = strcmp(type, "set") == 0;
		answer = find_handler(request->payload, request->is_set, &handler);
	}
	if (answer == ANSWER_RESULT)
		answer = handler(request);
	log_answer(request->iq, request->payload, answer_name(answer));
	if (arena_failed(arena)) {
		static struct log_budget budget;

		log_rarely(&budget, LOG_LEVEL_WARN,
			"router: an answer takes more memory than a request may");
		arena_reset(arena);
		return fail(arena, request->iq, ANSWER_RESOURCE_CONSTRAINT, NULL);
	}
	if (answer != ANSWER_RESULT)
		return fail(arena, request->iq, answer, request);
	routed.reply = answer_new(arena, request->iq, "result");
	if (request->result)
		xml_append(answer_body(routed.reply), request->result);
	return routed;
}

/* What no person wrote (chat states, receipts, a server's notices) isn't answered. */
static bool is_from_person(const struct xml *message)
{
	static const char *const unanswered[] = {"error", "headline", "groupchat"};
	const char *type = or_empty(xml_get(message, "type"));

	for (size_t i = 0; i < sizeof(unanswered) / sizeof(*unanswered); i++)
		if (strcmp(type, unanswered[i]) == 0)
			return false;
	return chat_is_said(message);
}

/* What people write to the service is answered in words (chat.h). Who isn't served learns that
 * nobody reads it (RFC 6121, 8.5). */
static struct routed route_message(
	const struct router *router, struct request *request, bool is_ours)
{
	const struct xml *message = request->iq;
	const char *type = or_empty(xml_get(message, "type"));
	enum answer answer = is_ours ? ANSWER_SERVICE_UNAVAILABLE : ANSWER_ITEM_NOT_FOUND;
	struct routed nothing = {0};

	if (strcmp(type, "error") == 0) {
		router->answered(router->context, message);
		return nothing;
	}
	if (is_ours && server_advert(router->service->server, router->service->settings,
			       &request->from, message))
		return nothing;
	if (is_ours && pep_event(request))
		return nothing;
	if (!is_from_person(message))
		return nothing;
	if (is_ours && request->is_served)
		answer = chat_answer(request);
	log_answer(message, NULL, answer_name(answer));
	if (answer == ANSWER_RESULT && !arena_failed(request->arena))
		return nothing;
	if (arena_failed(request->arena))
		arena_reset(request->arena);
	return fail(request->arena, message,
		answer == ANSWER_RESULT ? ANSWER_RESOURCE_CONSTRAINT : answer, NULL);
}

/* Of one whose address is spelled as none of our accounts can be (jid.h). Only a request has to be
 * answered. */
static struct routed refuse_spelling(struct arena *arena, const struct xml *stanza)
{
	const char *type = or_empty(xml_get(stanza, "type"));
	struct routed nothing = {0};

	log_answer(stanza, NULL, "the sender's address isn't prepared");
	if (!xml_is(stanza, NS_COMPONENT, "iq") || strcmp(type, "result") == 0 ||
		strcmp(type, "error") == 0)
		return nothing;
	return fail(arena, stanza, ANSWER_JID_MALFORMED, NULL);
}

struct routed router_stanza(
	const struct router *router, struct arena *arena, const struct xml *stanza, int64_t now)
{
	const struct settings *settings = router->service->settings;
	struct request request = {
		.service = router->service, .arena = arena, .iq = stanza, .now = now};
	const char *to = xml_get(stanza, "to");
	struct routed nothing = {0};
	struct jid jid;
	bool is_ours;

	/* RFC 6120, 8.1.1 and 8.1.2: a server always sets both; without, there is nobody to answer.
	 */
	if (!to || !xml_get(stanza, "from") ||
		jid_parse(&request.from, arena, xml_get(stanza, "from"))) {
		log_answer(stanza, NULL, "dropped: not addressed");
		return nothing;
	}
	/* Who needs preparation isn't who he would be then. */
	if (!jid_is_prepared(&request.from, xml_get(stanza, "from")))
		return refuse_spelling(arena, stanza);
	is_ours = strcmp(to, settings->jid) == 0 ||
		  (jid_parse(&jid, arena, to) == 0 && strcmp(jid.full, settings->jid) == 0);
	request.is_served = settings_serves(settings, request.from.bare);
	if (xml_is(stanza, NS_COMPONENT, "iq"))
		return route_iq(router, &request, is_ours);
	if (xml_is(stanza, NS_COMPONENT, "message"))
		return route_message(router, &request, is_ours);
	if (xml_is(stanza, NS_COMPONENT, "presence")) {
		if (is_ours)
			presence_received(&request);
		return nothing;
	}
	log_answer(stanza, NULL, "dropped: not a stanza");
	return nothing;
}

static bool is_request(const struct xml *iq)
{
	const char *type = or_empty(xml_get(iq, "type"));

	return xml_is(iq, NS_COMPONENT, "iq") &&
	       (strcmp(type, "get") == 0 || strcmp(type, "set") == 0);
}

struct xml *router_refusal(
	struct arena *arena, const struct xml *stanza, enum answer answer, const char *reason)
{
	struct request request = {.error_text = reason};

	if (!xml_get(stanza, "from") ||
		(!is_request(stanza) &&
			!(xml_is(stanza, NS_COMPONENT, "message") && is_from_person(stanza))))
		return NULL;
	return fail(arena, stanza, answer, &request).reply;
}
