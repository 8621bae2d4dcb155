/* An account's end (design: section 4; the headlines: XEP-0060, 8.5.1.2). */
#include "component/account.h"

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"

static void tell_purged(
	struct service *service, struct arena *arena, const char *jid, const char *node)
{
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");
	struct xml *event;

	xml_set(arena, message, "from", service->settings->jid);
	xml_set(arena, message, "to", jid);
	xml_set(arena, message, "type", "headline");
	xml_set(arena, message, "id", service_random_id(arena));
	event = xml_add(arena, message, NS_PUBSUB_EVENT, "event");
	xml_set(arena, xml_add(arena, event, NULL, "purge"), "node", node);
	if (!arena_failed(arena))
		service->send(service, message);
}

enum store_result account_erase(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now)
{
	enum store_result result = store_account_erase(service->store, account->id, now);

	if (result != STORE_OK)
		return result;
	tell_purged(service, arena, account->jid, NODE_PROFILE);
	tell_purged(service, arena, account->jid, NODE_CONTACTS);
	return STORE_OK;
}
