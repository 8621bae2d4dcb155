/* Rosters and messages of the server's accounts: XEP-0356, version 0.4.1, 4.3 and 5.3. */
#include "component/privilege.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"
#include "component/server.h"

#define ROSTER_AGAIN_S 600 /* no login leads to a reading so soon after another */

int privilege_ask_roster(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now)
{
	struct jid jid;
	struct xml *iq;
	bool is_due;

	if (jid_parse(&jid, arena, account->jid) ||
		!server_grants(service->server, jid.domain, SERVER_ROSTER))
		return 0;
	if (store_roster_asked(service->store, account->id, now, now - ROSTER_AGAIN_S, &is_due) !=
		STORE_OK)
		return -1;
	if (!is_due)
		return 0;
	iq = xml_new(arena, NS_COMPONENT, "iq");
	xml_set(arena, iq, "type", "get");
	xml_set(arena, iq, "from", service->settings->jid);
	xml_set(arena, iq, "to", account->jid);
	xml_set(arena, iq, "id", server_stream_id(service->server));
	xml_add(arena, iq, NS_ROSTER, "query");
	service->send(service, iq);
	return 0;
}

/* The account that an item of a roster is about, if it is one in use whose server lets us read
 * rosters too: another could claim what it likes. */
static enum store_result find_item(struct service *service, struct arena *arena,
	const struct xml *item, struct store_account *account)
{
	const char *subscription = xml_get(item, "subscription");
	const char *text = xml_get(item, "jid");
	enum store_result result;
	struct jid jid;

	if (!subscription || strcmp(subscription, "both") != 0 || !text ||
		jid_parse(&jid, arena, text) || !jid.local ||
		!server_grants(service->server, jid.domain, SERVER_ROSTER))
		return STORE_NONE;
	result = store_account_find(service->store, arena, jid.bare, account);
	return result == STORE_OK && account->opened_at == 0 ? STORE_NONE : result;
}

static void store_roster(struct service *service, struct arena *arena,
	const struct store_account *account, const struct xml *query)
{
	size_t most = 0, count = 0;
	int64_t *others;

	for (const struct xml *item = xml_child(query, NULL, "item"); item;
		item = xml_next(item, NS_ROSTER, "item"))
		most++;
	others = arena_alloc(arena, (most + 1) * sizeof(*others));
	for (const struct xml *item = xml_child(query, NULL, "item"); item && others;
		item = xml_next(item, NS_ROSTER, "item")) {
		struct store_account other;

		if (find_item(service, arena, item, &other) == STORE_OK)
			others[count++] = other.id;
	}
	if (others)
		store_roster_put(service->store, arena, account->id, others, count);
}

/* Only the server can answer for an account's bare JID; a client of it has a full one. */
bool privilege_answer(
	struct service *service, struct arena *arena, const struct jid *from, const struct xml *iq)
{
	const char *id = xml_get(iq, "id"), *type = xml_get(iq, "type");
	const char *ours = server_stream_id(service->server);
	const struct xml *query = xml_child(iq, NS_ROSTER, "query");
	struct store_account account;

	if (!id || !*ours || strcmp(id, ours) != 0 || !from->local || from->resource)
		return false;
	if (type && strcmp(type, "error") == 0) {
		if (xml_child(xml_child(iq, NULL, "error"), NS_STANZA_ERROR, "forbidden"))
			server_revoked(service->server, from->domain);
		return true;
	}
	if (query && server_grants(service->server, from->domain, SERVER_ROSTER) &&
		store_account_find(service->store, arena, from->bare, &account) == STORE_OK &&
		account.opened_at != 0)
		store_roster(service, arena, &account, query);
	return true;
}

/* ---- Messages ---- */

const char *privilege_messages(const struct service *service, struct arena *arena, const char *from)
{
	struct jid jid;

	if (jid_parse(&jid, arena, from) || !jid.local || jid.resource)
		return NULL;
	return server_grants(service->server, jid.domain, SERVER_MESSAGES);
}

struct xml *privilege_message(
	const struct service *service, struct arena *arena, struct xml *message)
{
	const char *from = xml_get(message, "from");
	const char *ns = from ? privilege_messages(service, arena, from) : NULL;
	struct xml *outer = xml_new(arena, NS_COMPONENT, "message");
	struct xml *privilege = ns ? xml_add(arena, outer, ns, "privilege") : NULL;
	struct jid jid;

	if (!privilege || jid_parse(&jid, arena, from))
		return NULL;
	xml_set(arena, outer, "from", service->settings->jid);
	xml_set(arena, outer, "to", jid.domain);
	xml_set(arena, outer, "id", service_random_id(arena));
	xml_append(xml_add(arena, privilege, NS_FORWARD, "forwarded"), message);
	return outer;
}
