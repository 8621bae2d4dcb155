/* Pubsub events and the headlines that bring them (XEP-0060, 7.1.2.1 and 7.2.2.1; design: section
 * 3, "book changed"): to the owner's bare JID, so that each device that is online gets one and
 * nothing is stored for those that are not. */
#include "component/event.h"

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"

void event_add(
	struct arena *arena, struct xml *message, const char *node, const struct store_event *event)
{
	struct xml *items, *item;

	items = xml_add(arena, message, NS_PUBSUB_EVENT, "event");
	items = xml_add(arena, items, NULL, "items");
	xml_set(arena, items, "node", node);
	item = xml_add(arena, items, NULL, event->retracted ? "retract" : "item");
	xml_set(arena, item, "id", event->item);
	if (!event->retracted)
		xml_add_markup(arena, item, event->card, event->card_len);
}

static struct xml *headline_new(
	struct service *service, struct arena *arena, const char *to, const char *id)
{
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");

	xml_set(arena, message, "from", service->settings->jid);
	xml_set(arena, message, "to", to);
	xml_set(arena, message, "type", "headline");
	xml_set(arena, message, "id", id);
	return message;
}

/* A headline that can't be made is not sent: it is a hint, sync brings the same. */
void service_book_changed(struct service *service, struct arena *arena, const char *owner_jid,
	int64_t owner, const struct store_event *event)
{
	struct xml *message, *stanza_id;
	/* Nothing that is younger than this change can have been dropped: 0. */
	const char *id = archive_id(arena, service->key, owner, event->version, 0);

	message = headline_new(service, arena, owner_jid, id);
	event_add(arena, message, NODE_CONTACTS, event);
	stanza_id = xml_add(arena, message, NS_SID, "stanza-id");
	xml_set(arena, stanza_id, "id", id);
	xml_set(arena, stanza_id, "by", service->settings->jid);
	if (!arena_failed(arena))
		service->send(service, message);
}

void service_profile_changed(struct service *service, struct arena *arena, const char *owner_jid,
	const char *card, size_t card_len)
{
	struct xml *message = headline_new(service, arena, owner_jid, service_random_id(arena));
	struct store_event event = {
		.item = owner_jid,
		.retracted = !card,
		.card = card,
		.card_len = card_len,
	};

	event_add(arena, message, NODE_PROFILE, &event);
	if (!arena_failed(arena))
		service->send(service, message);
}
