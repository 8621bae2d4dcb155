/* Cards that the service sends: see share.h; RFC 6350, 6.7.3 (SOURCE). */
#include "component/share.h"

#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/matter.h"
#include "component/privilege.h"
#include "component/say.h"

/* Where the card is to be had, as an address of XEP-0060, 12.22. */
static const char *source_uri(struct arena *arena, const char *service, const char *jid)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~@";
	char *item = arena_alloc(arena, 3 * strlen(jid) + 1);
	char *to = item;

	if (!item)
		return NULL;
	for (; *jid; jid++) {
		unsigned char c = (unsigned char)*jid;

		if (strchr(plain, c)) {
			*to++ = *jid;
		} else {
			*to++ = '%';
			*to++ = "0123456789ABCDEF"[c >> 4];
			*to++ = "0123456789ABCDEF"[c & 15];
		}
	}
	return arena_printf(arena, "xmpp:%s?pubsub;action=retrieve;node=" NODE_PROFILE ";item=%s",
		service, item);
}

static enum answer read_card(struct request *request, const struct store_account *subject,
	struct vcard **card, const char **name)
{
	struct arena *arena = request->arena;
	struct store_profile profile;

	switch (store_profile_get(request->service->store, arena, subject->id, &profile)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return ANSWER_ITEM_NOT_FOUND;
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (profile.hidden)
		return ANSWER_ITEM_NOT_FOUND;
	*card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	*name = *card ? say_name(arena, vcard_name(*card)) : NULL;
	return *name ? ANSWER_RESULT : ANSWER_INTERNAL_SERVER_ERROR;
}

enum answer share_send(struct request *request, const struct store_account *subject,
	const char *receiver, const char *from, const char **name)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	struct vcard *card;
	struct xml *message;
	bool is_senders;
	enum answer answer = read_card(request, subject, &card, name);

	if (answer != ANSWER_RESULT)
		return answer;
	/* From the sender itself, where the server lets us (XEP-0356). */
	is_senders = privilege_messages(service, arena, from) != NULL;
	message = card_message(arena, is_senders ? NS_CLIENT : NS_COMPONENT,
		is_senders ? from : service->settings->jid, receiver, service_random_id(arena),
		is_senders ? arena_printf(arena, "%s's contact details:", *name)
			   : arena_printf(arena, "%s's contact details, from %s:", *name, from),
		card, subject->jid, source_uri(arena, service->settings->jid, subject->jid));
	if (message && is_senders)
		message = privilege_message(service, arena, message);
	if (!message || arena_failed(arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	service->send(service, message);
	return ANSWER_RESULT;
}

enum answer share_ask(struct request *request, const struct store_account *subject,
	const struct store_account *sender, const char *receiver, const char **name)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const char *jid = service->settings->jid;
	struct store_matter matter;
	struct vcard *card;
	struct xml *message;
	enum answer answer = read_card(request, subject, &card, name);

	if (answer != ANSWER_RESULT)
		return answer;
	switch (matter_ask_share(
		&service->rules, arena, subject, sender, receiver, request->now, &matter)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		return ANSWER_RESULT;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	message = say_new(arena, jid, subject->jid, service_random_id(arena),
		arena_printf(arena,
			"%s asks me to send your contact details to %s. Answer \"yes\" if I may, "
			"or \"no\". %s",
			sender->jid, receiver, say_link(arena, jid, matter.token)));
	say_offer(arena, message, matter.token, "Send my card", "Don't send it");
	service->send(service, message);
	return ANSWER_RESULT;
}
