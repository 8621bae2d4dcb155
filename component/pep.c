/* vCards followed: see pep.h. XEP-0060, version 1.26, 6.5 and 7.1.2. */
#include "component/pep.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/feature.h"
#include "component/privilege.h"
#include "component/profile.h"
#include "component/published.h"
#include "component/say.h"
#include "component/server.h"

#define AGAIN_S 5	/* no login leads to a reading so soon after another */
#define DIGEST_BYTES 16 /* of SHA-256; nobody gains by two vCards of the same */

/* ---- Reading ---- */

/* Another than that of rosters, which come from the same address. */
static const char *answer_id(struct request *request)
{
	const char *stream = server_stream_id(request->service->server);

	return *stream ? arena_printf(request->arena, "pep-%s", stream) : NULL;
}

void pep_read(
	struct request *request, const struct store_account *account, struct store_follow *follow)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const char *id = answer_id(request);
	struct xml *iq, *items;

	if (!id || (follow->read_at <= request->now && request->now - follow->read_at < AGAIN_S))
		return;
	follow->read_at = request->now;
	if (store_follow_put(service->store, follow) != STORE_OK)
		return;
	iq = xml_new(arena, NS_COMPONENT, "iq");
	xml_set(arena, iq, "type", "get");
	xml_set(arena, iq, "from", service->settings->jid);
	xml_set(arena, iq, "to", account->jid);
	xml_set(arena, iq, "id", id);
	items = xml_add(arena, xml_add(arena, iq, NS_PUBSUB, "pubsub"), NULL, "items");
	xml_set(arena, items, "node", NODE_PROFILE);
	xml_set(arena, items, "max_items", "1");
	if (!arena_failed(arena))
		service->send(service, iq);
}

/* ---- Taking over ---- */

/* Of the vCard as it is understood, whatever way it was written. */
static const char *digest_of(struct arena *arena, const struct vcard *card)
{
	uint8_t digest[DIGEST_BYTES];
	char *hex = arena_alloc(arena, 2 * sizeof(digest) + 1);
	struct sha256_ctx sha;
	struct buffer text;
	bool is_written;

	buffer_init(&text, 0);
	is_written = hex && vcard_to_xml_text(&text, card) == 0;
	if (is_written) {
		sha256_init(&sha);
		sha256_update(&sha, text.len, (const uint8_t *)text.data);
		sha256_digest(&sha, sizeof(digest), digest);
		base16_encode_update(hex, sizeof(digest), digest);
	}
	buffer_clear(&text);
	return is_written ? hex : NULL;
}

/* Once for each vCard, since it counts as seen. */
static void tell_refused(
	struct request *request, const struct store_account *account, const char *why)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	struct xml *message = say_new(arena, service->settings->jid, account->jid,
		service_random_id(arena),
		arena_printf(arena,
			"The vCard that you published on your server is not taken over: %s. Your "
			"profile here stays as it is.",
			why));

	if (!arena_failed(arena))
		service->send(service, message);
}

static void take_card(struct request *request, struct store_account *account,
	struct store_follow *follow, const struct vcard *card)
{
	struct service *service = request->service;
	const char *seen = digest_of(request->arena, card), *why = NULL;
	bool is_refused = false;

	if (!seen || (follow->seen && strcmp(follow->seen, seen) == 0))
		return;
	if (account->opened_at != 0 &&
		store_account_seen(service->store, account, request->now) != STORE_OK)
		return;
	switch (profile_publish(&service->rules, request->arena, account, card, PROFILE_FROM_VCARD4,
		request->now, &why)) {
	case PROFILE_OK:
		break;
	case PROFILE_INVALID:
		is_refused = true;
		break;
	case PROFILE_LIMITED: /* it isn't seen yet, and is taken at a later login */
		log_debug("pep: %s: %s", account->jid, why);
		return;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		return;
	}
	follow->seen = seen;
	if (store_follow_put(service->store, follow) != STORE_OK)
		return;
	if (is_refused)
		tell_refused(request, account, why);
	else if (published_tell(service, request->arena, account, request->now) == 0)
		privilege_ask_roster(service, request->arena, account, request->now);
}

/* XEP-0060, 7.1.2.3: where a node has publishers, another's item is not the account's word. */
static bool is_by(struct request *request, const struct xml *item)
{
	const char *publisher = xml_get(item, "publisher");
	struct jid jid;

	return !publisher || (jid_parse(&jid, request->arena, publisher) == 0 &&
				     strcmp(jid.bare, request->from.bare) == 0);
}

/* The newest item, of an answer or a notification of the sender's. */
static void take_items(struct request *request, const struct xml *items)
{
	struct store *store = request->service->store;
	struct arena *arena = request->arena;
	const struct xml *item = NULL, *payload;
	struct store_account account;
	struct store_follow follow;
	struct vcard *card;
	const char *why = NULL;

	for (const struct xml *next = xml_child(items, NULL, "item"); next;
		next = xml_next(next, items->ns, "item"))
		item = next;
	if (!item || !is_by(request, item) ||
		store_account_find(store, arena, request->from.bare, &account) != STORE_OK ||
		store_follow_get(store, arena, account.id, &follow) != STORE_OK || !follow.shares)
		return;
	payload = xml_child(item, NS_VCARD4, "vcard");
	if (!payload && xml_is(item, NS_PUBSUB_EVENT, "item"))
		pep_read(request, &account, &follow); /* the node is set to send none */
	if (!payload)
		return;
	card = vcard_from_xml(arena, payload, &why);
	if (card)
		take_card(request, &account, &follow, card);
	else if (!arena_failed(arena))
		log_debug("pep: %s: %s", account.jid, why ? why : "no vCard");
}

/* ---- What comes ---- */

/* The server speaks for an account by its bare JID; a client of it has a full one. */
static bool is_of_account(const struct request *request)
{
	return request->is_served && !request->from.resource;
}

static bool is_ours(const struct xml *items)
{
	const char *node = xml_get(items, "node");

	return node && strcmp(node, NODE_PROFILE) == 0;
}

bool pep_answer(struct request *request)
{
	const char *id = xml_get(request->iq, "id"), *type = xml_get(request->iq, "type");
	const char *ours = answer_id(request);
	const struct xml *items =
		xml_child(xml_child(request->iq, NS_PUBSUB, "pubsub"), NULL, "items");

	if (!id || !ours || strcmp(id, ours) != 0 || !is_of_account(request))
		return false;
	if (type && strcmp(type, "result") == 0 && is_ours(items))
		take_items(request, items);
	return true;
}

bool pep_event(struct request *request)
{
	const struct xml *items =
		xml_child(xml_child(request->iq, NS_PUBSUB_EVENT, "event"), NULL, "items");

	if (!is_ours(items) || !is_of_account(request))
		return false;
	take_items(request, items);
	return true;
}
