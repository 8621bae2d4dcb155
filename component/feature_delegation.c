/* What the server delegates, so that the vCard dialogs of ordinary clients show and change the
 * profile: XEP-0355, version 0.5, sections 4.3 and 7.2, of XEP-0054 and of XEP-0292, section 6.
 *
 * The server forwards without asking itself who may what: also who wants to set another's, and for
 * accounts that there are not. */
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/delegation.h"
#include "component/features.h"
#include "component/privilege.h"
#include "component/profile.h"
#include "component/published.h"

/* What may be delegated. */
struct delegated {
	const char *ns, *name;
	enum profile_source source;
	struct vcard *(*read)(struct arena *arena, const struct xml *element, const char **why);
	struct xml *(*write)(struct arena *arena, const struct vcard *card);
};

static const struct delegated delegated_all[] = {
	{NS_VCARD_TEMP, "vCard", PROFILE_FROM_TEMP, vcard_from_temp, vcard_to_temp},
	{NS_VCARD4, "vcard", PROFILE_FROM_VCARD4, vcard_from_xml, vcard_to_xml},
	{NULL, NULL, PROFILE_FROM_KITH, NULL, NULL},
};

static const struct delegated *find_delegated(const char *ns)
{
	for (const struct delegated *delegated = delegated_all; delegated->ns; delegated++)
		if (strcmp(delegated->ns, ns) == 0)
			return delegated;
	return NULL;
}

/* One forwarded stanza. */
struct forwarded {
	struct request *request; /* the server's, in which it came */
	const struct delegated *delegated;
	const struct xml *payload;
	struct jid asker, target; /* target: an account, or the domain */
};

/* A server of ours speaks for its own domain. */
static bool is_server(const struct settings *settings, const struct jid *from)
{
	if (from->local || from->resource)
		return false;
	for (char *const *domain = settings->domains; *domain; domain++)
		if (strcmp(*domain, from->domain) == 0)
			return true;
	return false;
}

/* ---- Getting ---- */

/* May the asker see the numbers? */
static enum verdict sees_numbers(const struct forwarded *forwarded,
	const struct store_account *owner, const struct store_profile *profile)
{
	struct service *service = forwarded->request->service;
	struct arena *arena = forwarded->request->arena;
	struct store_account reader;

	if (strcmp(forwarded->asker.bare, owner->jid) == 0)
		return VERDICT_YES;
	if (!settings_serves(service->settings, forwarded->asker.bare) || !forwarded->asker.local)
		return VERDICT_NO;
	switch (store_account_find(service->store, arena, forwarded->asker.bare, &reader)) {
	case STORE_OK:
		break;
	case STORE_NONE: /* asking makes no account: nobody's id is 0 */
		reader = (struct store_account){.jid = forwarded->asker.bare};
		break;
	case STORE_ERROR:
		return VERDICT_ERROR;
	}
	return rules_visible(&service->rules, arena, owner, profile, &reader);
}

/* XEP-0054, 3.3: who has no vCard, and who doesn't exist, look alike. */
static enum answer get_card(const struct forwarded *forwarded, struct vcard **card)
{
	struct store *store = forwarded->request->service->store;
	struct arena *arena = forwarded->request->arena;
	struct store_account owner;
	struct store_profile profile = {0};
	enum store_result result = store_account_find(store, arena, forwarded->target.bare, &owner);

	if (result == STORE_OK)
		result = store_profile_get(store, arena, owner.id, &profile);
	if (result == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (result == STORE_NONE || profile.hidden)
		return ANSWER_ITEM_NOT_FOUND;
	*card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!*card)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (sees_numbers(forwarded, &owner, &profile)) {
	case VERDICT_YES:
		return ANSWER_RESULT;
	case VERDICT_NO:
		break;
	case VERDICT_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	vcard_remove_tels(*card);
	return ANSWER_RESULT;
}

/* Who isn't served sees no number, and so takes nothing that would have to be rationed. (A room of
 * a chat asks for all who are in it.) */
static enum answer take_lookup(const struct forwarded *forwarded)
{
	const struct jid *asker = &forwarded->asker, *target = &forwarded->target;

	if (strcmp(asker->bare, target->bare) == 0 ||
		!settings_serves(forwarded->request->service->settings, asker->bare))
		return ANSWER_RESULT;
	return request_take(forwarded->request, RATE_LOOKUP, asker->bare, 1);
}

static enum answer get(const struct forwarded *forwarded)
{
	struct request *request = forwarded->request;
	struct vcard *card = NULL;
	enum answer answer = ANSWER_RESULT;

	if (forwarded->target.local)
		answer = take_lookup(forwarded);
	if (answer == ANSWER_RESULT && forwarded->target.local)
		answer = get_card(forwarded, &card);
	else if (answer == ANSWER_RESULT)
		card = service_card(request);
	if (answer == ANSWER_RESULT)
		request->result = forwarded->delegated->write(request->arena, card);
	return answer;
}

/* ---- Setting ---- */

static enum answer set(const struct forwarded *forwarded)
{
	struct request *request = forwarded->request;
	struct service *service = request->service;
	struct store_account account;
	struct vcard *card;

	/* XEP-0054, 3.2 */
	if (!forwarded->target.local || strcmp(forwarded->asker.bare, forwarded->target.bare) != 0)
		return ANSWER_FORBIDDEN;
	card = forwarded->delegated->read(request->arena, forwarded->payload, &request->error_text);
	if (!card)
		return ANSWER_NOT_ACCEPTABLE;
	if (store_account_get(service->store, request->arena, forwarded->target.bare, &account) !=
			STORE_OK ||
		(account.opened_at != 0 &&
			store_account_seen(service->store, &account, request->now) != STORE_OK))
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (profile_publish(&service->rules, request->arena, &account, card,
		forwarded->delegated->source, request->now, &request->error_text)) {
	case PROFILE_OK:
		break;
	case PROFILE_INVALID:
		return ANSWER_NOT_ACCEPTABLE;
	case PROFILE_LIMITED:
		return ANSWER_RESOURCE_CONSTRAINT;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (published_tell(service, request->arena, &account, request->now) != 0 ||
		privilege_ask_roster(service, request->arena, &account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

/* ---- The wrapper ---- */

/* What was sent to the server, as RFC 6120, 8.2.3 has it. */
static enum answer read_forwarded(struct forwarded *forwarded, const struct xml *iq, bool *is_set)
{
	struct arena *arena = forwarded->request->arena;
	const char *type = xml_get(iq, "type");
	const char *from = xml_get(iq, "from"), *to = xml_get(iq, "to");
	const struct xml *payload;

	for (payload = iq->first; payload && !payload->name; payload = payload->next)
		;
	if (!type || !from || !xml_get(iq, "id") || !payload || xml_next(payload, NULL, NULL) ||
		(strcmp(type, "get") != 0 && strcmp(type, "set") != 0))
		return ANSWER_BAD_REQUEST;
	*is_set = strcmp(type, "set") == 0;
	if (jid_parse(&forwarded->asker, arena, from) ||
		jid_parse(&forwarded->target, arena, to ? to : forwarded->asker.bare) ||
		!jid_is_prepared(&forwarded->asker, from) ||
		(to && !jid_is_prepared(&forwarded->target, to)))
		return ANSWER_JID_MALFORMED;
	forwarded->payload = payload;
	forwarded->delegated = find_delegated(payload->ns);
	if (!forwarded->delegated || forwarded->target.resource)
		return ANSWER_SERVICE_UNAVAILABLE;
	if (strcmp(payload->name, forwarded->delegated->name) != 0)
		return ANSWER_FEATURE_NOT_IMPLEMENTED;
	return ANSWER_RESULT;
}

/* 4.3. The router puts what is returned here, also an error, into the wrapper (answer.h). */
static enum answer handle(struct request *request)
{
	const struct xml *iq = delegation_inner(request->iq);
	struct forwarded forwarded = {.request = request};
	enum answer answer;
	bool is_set;

	if (!is_server(request->service->settings, &request->from))
		return ANSWER_FORBIDDEN;
	if (!iq)
		return ANSWER_BAD_REQUEST;
	answer = read_forwarded(&forwarded, iq, &is_set);
	if (answer != ANSWER_RESULT)
		return answer;
	if (strcmp(forwarded.target.domain, request->from.domain) != 0)
		return ANSWER_FORBIDDEN;
	return is_set ? set(&forwarded) : get(&forwarded);
}

/* 7.2: what the server is to announce. COMPAT ejabberd 23.01 delegates nothing before it has got
 * these answers. */
static enum answer info(struct request *request, const char *node, struct xml *query)
{
	const char *ns = delegation_node(node);

	if (!ns || !find_delegated(ns) || !is_server(request->service->settings, &request->from))
		return ANSWER_ITEM_NOT_FOUND;
	xml_set(request->arena, xml_add(request->arena, query, NULL, "feature"), "var", ns);
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_DELEGATION_1, "delegation", NULL, handle},
	{NS_DELEGATION_2, "delegation", NULL, handle},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_delegation = {.name = "XEP-0355", .rows = rows, .info = info};
