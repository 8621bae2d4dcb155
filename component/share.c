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
#include "component/save_offer.h"
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
	struct vcard **card, const char **name, int64_t *version)
{
	struct arena *arena = request->arena;
	struct store_profile profile;

	*version = 0;
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
	*version = profile.version;
	*card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	*name = *card ? say_name(arena, vcard_name(*card)) : NULL;
	return *name ? ANSWER_RESULT : ANSWER_INTERNAL_SERVER_ERROR;
}

struct xml *share_message(struct arena *arena, const char *service, const char *to, const char *id,
	const char *intro, const struct vcard *card, const char *about)
{
	return card_message(arena, NS_COMPONENT, service, to, id, intro, card, about,
		source_uri(arena, service, about));
}

/* Offers the receiver to save the card; matter->token NULL: there is nothing to be offered. */
static enum answer offer(struct request *request, const struct store_account *subject,
	const char *receiver, int64_t version, struct store_matter *matter)
{
	struct service *service = request->service;
	struct store_account holder;

	matter->token = NULL;
	if (strcmp(receiver, subject->jid) == 0)
		return ANSWER_RESULT;
	if (store_account_get(service->store, request->arena, receiver, &holder) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (save_offer_make(&service->rules, request->arena, &holder, subject, version, 0,
		request->now, matter)) {
	case MATTER_OK:
		return ANSWER_RESULT;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		matter->token = NULL;
		return ANSWER_RESULT;
	case MATTER_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

/* From the sender itself, where the server lets us (XEP-0356); then an offer (token; NULL: there is
 * none) is ours, since an answer to the card would go to the sender. */
static enum answer send_as(struct request *request, const char *from, const char *receiver,
	const struct vcard *card, const char *about, const char *source, const char *name,
	const char *token)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const char *jid = service->settings->jid, *id = service_random_id(arena);
	struct xml *message = card_message(arena, NS_CLIENT, from, receiver, id,
		arena_printf(arena, "%s's contact details:", name), card, about, source);

	if (message)
		message = privilege_message(service, arena, message);
	if (!message || arena_failed(arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	service->send(service, message);
	if (!token)
		return ANSWER_RESULT;
	message = save_offer_message(arena, jid, receiver, from, id, name, token);
	if (arena_failed(arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	service->send(service, message);
	return ANSWER_RESULT;
}

/* Whether there is anything to be stored is others' books and blocks: something is. */
enum answer share_send(struct request *request, const struct store_account *subject,
	const struct store_account *receiver, const struct store_account *sender, bool is_agreed,
	const char **name)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const char *to = receiver->jid, *from = sender->jid;
	struct store_matter matter;
	struct vcard *card;
	struct xml *message;
	int64_t version;
	enum answer answer = read_card(request, subject, &card, name, &version);

	if (answer != ANSWER_RESULT)
		return answer;
	if (store_touch(service->store) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	switch (rules_share_arrives(&service->rules, arena, subject, sender, receiver, is_agreed)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		return ANSWER_RESULT;
	case VERDICT_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	answer = offer(request, subject, to, version, &matter);
	if (answer != ANSWER_RESULT)
		return answer;
	if (privilege_messages(service, arena, from))
		return send_as(request, from, to, card, subject->jid,
			source_uri(arena, service->settings->jid, subject->jid), *name,
			matter.token);
	message = share_message(arena, service->settings->jid, to, service_random_id(arena),
		arena_printf(arena, "%s's contact details, from %s:", *name, from), card,
		subject->jid);
	if (message && matter.token)
		save_offer_add(arena, message, service->settings->jid, matter.token);
	if (!message || arena_failed(arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	service->send(service, message);
	return ANSWER_RESULT;
}

enum answer share_send_own(
	struct request *request, const struct vcard *card, const char *about, const char *receiver)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const char *from = request->from.bare, *name = say_name(arena, vcard_name(card));
	const char *source = arena_printf(arena, "xmpp:%s", from);
	struct xml *message;

	if (privilege_messages(service, arena, from))
		return send_as(request, from, receiver, card, about, source, name, NULL);
	message = card_message(arena, NS_COMPONENT, service->settings->jid, receiver,
		service_random_id(arena),
		arena_printf(arena, "%s's contact details, from %s:", name, from), card, about,
		source);
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
	struct store_matter matter;
	struct vcard *card;
	int64_t version;
	enum answer answer = read_card(request, subject, &card, name, &version);

	if (answer != ANSWER_RESULT)
		return answer;
	if (store_touch(service->store) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
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
	service->send(service,
		say_question(arena, service->settings->jid, subject->jid, service_random_id(arena),
			arena_printf(arena,
				"%s asks me to send your contact details to %s. Answer \"yes\" if "
				"I "
				"may, or \"no\".",
				sender->jid, receiver),
			matter.token, "Send my card", "Don't send it"));
	return ANSWER_RESULT;
}
