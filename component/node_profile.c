/* The node urn:xmpp:vcard4: what one publishes about oneself, and what others let one see of theirs
 * (XEP-0292, 3; XEP-0060, 6.5 and 7; design: section 3, "profile"). */
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/profile.h"
#include "component/published.h"
#include "component/pubsub.h"

/* One's own profile goes by any id ("current", a UUID, the own JID in any spelling) that isn't the
 * JID of somebody else. */
static bool is_anothers(struct request *request, const char *id)
{
	const char *bare;

	return id && jid_is_account(request->arena, id, &bare) &&
	       strcmp(bare, request->from.bare) != 0;
}

static enum answer publish(struct request *request, const char *id, const struct xml *payload)
{
	struct service *service = request->service;
	struct store_account account;
	struct vcard *card;
	const char *why = NULL;
	struct xml *item;
	enum answer answer;

	if (is_anothers(request, id))
		return ANSWER_FORBIDDEN;
	answer = request_account(request, &account);
	if (answer == ANSWER_RESULT)
		answer = pubsub_read_card(request, payload, &card);
	if (answer != ANSWER_RESULT)
		return answer;
	switch (profile_publish(&service->rules, request->arena, &account, card, PROFILE_FROM_KITH,
		request->now, &why)) {
	case PROFILE_OK:
		break;
	case PROFILE_INVALID:
		return pubsub_refuse_card(request, card, why);
	case PROFILE_LIMITED:
		request->error_text = why;
		return ANSWER_RESOURCE_CONSTRAINT;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (published_tell(service, request->arena, &account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	item = pubsub_result(request, "publish", NODE_PROFILE);
	item = xml_add(request->arena, item, NULL, "item");
	xml_set(request->arena, item, "id", account.jid);
	return ANSWER_RESULT;
}

static enum answer retract(struct request *request, const char *id)
{
	struct service *service = request->service;
	struct store_account account;
	enum answer answer;

	if (is_anothers(request, id))
		return ANSWER_FORBIDDEN;
	answer = request_account(request, &account);
	if (answer != ANSWER_RESULT)
		return answer;
	switch (profile_retract(&service->rules, request->arena, &account, request->now)) {
	case PROFILE_OK:
		service_profile_changed(service, request->arena, account.jid, NULL, 0);
		return ANSWER_RESULT;
	case PROFILE_NONE:
	case PROFILE_INVALID:
	case PROFILE_LIMITED:
		return ANSWER_ITEM_NOT_FOUND;
	case PROFILE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

/* The items of an answer. */
struct list {
	struct xml *items;
	struct arena *scratch; /* of what is looked at for one of them */
	size_t count, bytes;
};

/* Adds what reader may see of owner's. A retracted profile is gone, for the owner as well. Only
 * what is shown takes of the request's memory: what is refused must not be felt there. */
static enum profile_result add_profile(struct request *request, const struct store_account *owner,
	const struct store_account *reader, struct list *list)
{
	struct store_profile profile;
	enum profile_result result =
		profile_read(&request->service->rules, list->scratch, owner, reader, &profile);

	if (result != PROFILE_OK)
		return result;
	pubsub_add_item(request->arena, list->items, owner->jid,
		arena_strndup(request->arena, profile.card, profile.card_len), profile.card_len);
	list->count++;
	list->bytes += profile.card_len;
	return PROFILE_OK;
}

/* bare: the JID; NULL: what is asked for is none. */
static enum profile_result add_by_jid(struct request *request, const char *bare,
	const struct store_account *reader, struct list *list)
{
	struct store_account owner;

	arena_reset(list->scratch);
	if (!bare)
		return PROFILE_NONE;
	switch (store_account_find(request->service->store, list->scratch, bare, &owner)) {
	case STORE_NONE: /* nobody's id is 0 */
		owner = (struct store_account){.jid = bare};
		return add_profile(request, &owner, reader, list);
	case STORE_OK:
		return add_profile(request, &owner, reader, list);
	case STORE_ERROR:
		break;
	}
	return PROFILE_ERROR;
}

/* The JIDs that are asked for, and how many look-ups of others they are. */
struct asked {
	const char *jids[PUBSUB_PAGE_MAX]; /* NULL: the id is none of an account */
	size_t count;
	unsigned others;
};

static enum answer read_ids(
	struct request *request, const struct xml *item, const char *own, struct asked *asked)
{
	for (; item; item = xml_next(item, NS_PUBSUB, "item")) {
		const char *id = xml_get(item, "id");
		const char *bare = NULL;

		if (!id || !*id)
			return request_pubsub_error(
				request, ANSWER_BAD_REQUEST, "item-required", NULL);
		if (asked->count == PUBSUB_PAGE_MAX) {
			request->error_text = "too many items are asked for at once";
			return ANSWER_POLICY_VIOLATION;
		}
		jid_is_account(request->arena, id, &bare);
		asked->jids[asked->count++] = bare;
		asked->others += !bare || strcmp(bare, own) != 0;
	}
	return ANSWER_RESULT;
}

/* By id: of these accounts, those that the reader may see. Where it may see none of them the answer
 * is the same as where there are none: to the letter, so that it tells nothing. */
static enum answer get_by_id(struct request *request, const struct xml *item,
	const struct store_account *reader, struct list *list)
{
	struct asked asked = {.count = 0};
	enum answer answer = read_ids(request, item, reader->jid, &asked);

	if (answer == ANSWER_RESULT)
		answer = request_take(request, RATE_LOOKUP, reader->jid, asked.others);
	if (answer != ANSWER_RESULT)
		return answer;
	/* 6.5.4: the service may return some of them. */
	for (size_t i = 0; i < asked.count && list->bytes <= PUBSUB_PAGE_BYTES; i++)
		if (add_by_jid(request, asked.jids[i], reader, list) == PROFILE_ERROR)
			return ANSWER_INTERNAL_SERVER_ERROR;
	return list->count ? ANSWER_RESULT : ANSWER_ITEM_NOT_FOUND;
}

/* Who isn't served sees nobody. Without id: one's own, if there is one (6.5.9.12). */
static enum answer items(struct request *request, const struct xml *element)
{
	const struct xml *item = xml_child(element, NULL, "item");
	struct store_account reader;
	struct list list = {NULL, NULL, 0, 0};
	enum answer answer = request_account(request, &reader);

	if (answer != ANSWER_RESULT)
		return item && answer == ANSWER_FORBIDDEN ? ANSWER_ITEM_NOT_FOUND : answer;
	list.scratch = arena_new(0);
	if (!list.scratch)
		return ANSWER_INTERNAL_SERVER_ERROR;
	list.items = pubsub_result(request, "items", NODE_PROFILE);
	if (item)
		answer = get_by_id(request, item, &reader, &list);
	else if (add_profile(request, &reader, &reader, &list) == PROFILE_ERROR)
		answer = ANSWER_INTERNAL_SERVER_ERROR;
	arena_free(list.scratch);
	return answer;
}

static const struct pubsub_option options[] = {
	{"pubsub#access_model", "whitelist", NULL},
	{"pubsub#deliver_payloads", "true", "1"},
	{"pubsub#max_items", "1", "max"},
	{"pubsub#notify_retract", "true", "1"},
	{"pubsub#persist_items", "true", "1"},
	{"pubsub#publish_model", "publishers", NULL},
	{"pubsub#send_last_published_item", "never", NULL},
	{NULL, NULL, NULL},
};

const struct pubsub_node pubsub_profile = {
	.node = NODE_PROFILE,
	.title = "Profile",
	.options = options,
	.publish = publish,
	.retract = retract,
	.items = items,
};
