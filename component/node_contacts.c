/* The node urn:xmpp:contacts: the sender's own address book (XEP-0292, 5; XEP-0060, 6.5 and 7;
 * design: section 3, "address book"). */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/pubsub.h"
#include "component/rsm.h"

/* Items of one answer, in order. */
struct page {
	struct store_contact contacts[PUBSUB_PAGE_MAX];
	size_t count, bytes;
};

static enum answer publish(struct request *request, const char *id, const struct xml *payload)
{
	struct service *service = request->service;
	struct store_account owner;
	struct store_contact contact;
	struct store_event event;
	struct vcard *card;
	const char *why = NULL;
	struct xml *item;
	enum answer answer = request_account(request, &owner);

	if (answer == ANSWER_RESULT)
		answer = request_take(request, RATE_WRITE, owner.jid, 1);
	if (answer == ANSWER_RESULT)
		answer = pubsub_read_card(request, payload, &card);
	if (answer != ANSWER_RESULT)
		return answer;
	switch (book_publish(
		&service->rules, request->arena, &owner, id, card, request->now, &contact, &why)) {
	case BOOK_OK:
		break;
	case BOOK_INVALID:
		return pubsub_refuse_card(request, card, why);
	case BOOK_FULL: /* 7.1.3.4 */
		request->error_text = arena_printf(request->arena, "it has room for %u contacts",
			service->settings->limits.contacts_per_book);
		return request_pubsub_error(request, ANSWER_CONFLICT, "node-full", NULL);
	case BOOK_NONE:
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	event = (struct store_event){
		.version = contact.version,
		.at = contact.changed_at,
		.item = contact.item,
		.card = contact.card,
		.card_len = contact.card_len,
	};
	service_book_changed(service, request->arena, owner.jid, owner.id, &event);
	item = pubsub_result(request, "publish", NODE_CONTACTS);
	item = xml_add(request->arena, item, NULL, "item");
	xml_set(request->arena, item, "id", contact.item);
	return ANSWER_RESULT;
}

static enum answer retract(struct request *request, const char *id)
{
	struct service *service = request->service;
	struct store_account owner;
	struct store_event event;
	enum answer answer = request_account(request, &owner);

	if (answer == ANSWER_RESULT)
		answer = request_take(request, RATE_WRITE, owner.jid, 1);
	if (answer != ANSWER_RESULT)
		return answer;
	switch (book_retract(&service->rules, request->arena, &owner, id, request->now, &event)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID: /* an id that no item can have */
		return ANSWER_ITEM_NOT_FOUND;
	case BOOK_FULL:
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	service_book_changed(service, request->arena, owner.jid, owner.id, &event);
	return ANSWER_RESULT;
}

static int page_row(void *context, const struct store_contact *contact)
{
	struct page *page = context;

	if (page->count == PUBSUB_PAGE_MAX)
		return 1;
	page->contacts[page->count++] = *contact;
	page->bytes += contact->card_len;
	return 0;
}

/* Keeps the page within PUBSUB_PAGE_BYTES, from the side where it was asked to begin. */
static void page_cut(struct page *page, bool from_end)
{
	while (page->count > 1 && page->bytes > PUBSUB_PAGE_BYTES) {
		page->count--;
		page->bytes -= page->contacts[from_end ? 0 : page->count].card_len;
		if (from_end)
			memmove(&page->contacts[0], &page->contacts[1],
				page->count * sizeof(page->contacts[0]));
	}
}

static void page_write(struct request *request, const struct page *page)
{
	struct xml *items = pubsub_result(request, "items", NODE_CONTACTS);

	for (size_t i = 0; i < page->count; i++)
		pubsub_add_item(request->arena, items, page->contacts[i].item,
			page->contacts[i].card, page->contacts[i].card_len);
}

/* Notes which part of `count` items the page is; index -1: not told. */
static void page_write_set(
	struct request *request, const struct page *page, int64_t index, int64_t count)
{
	const char *first = page->count ? page->contacts[0].item : NULL;
	const char *last = page->count ? page->contacts[page->count - 1].item : NULL;

	rsm_write(request->arena, request->result, first, last, index, count);
}

static const char *item_id(struct request *request, const char *id)
{
	const char *bare;

	return jid_is_account(request->arena, id, &bare) ? bare : id;
}

/* 6.5.8: those that there are; an item that isn't there is left out (6.5.9.12). */
static enum answer get_by_id(struct request *request, const struct store_account *owner,
	const struct xml *item, struct page *page)
{
	int64_t asked = 0;

	for (; item; item = xml_next(item, NS_PUBSUB, "item")) {
		const char *id = xml_get(item, "id");
		struct store_contact contact;

		if (!id || !*id)
			return request_pubsub_error(
				request, ANSWER_BAD_REQUEST, "item-required", NULL);
		asked++;
		if (page->count == PUBSUB_PAGE_MAX || page->bytes > PUBSUB_PAGE_BYTES)
			continue;
		switch (store_contact_get(request->service->store, request->arena, owner->id,
			item_id(request, id), &contact)) {
		case STORE_OK:
			page_row(page, &contact);
			break;
		case STORE_NONE:
			asked--;
			break;
		case STORE_ERROR:
			return ANSWER_INTERNAL_SERVER_ERROR;
		}
	}
	page_cut(page, false);
	page_write(request, page);
	if ((int64_t)page->count < asked) /* 6.5.4 */
		page_write_set(request, page, -1, asked);
	return ANSWER_RESULT;
}

/* 6.5.7: the `asked` most recent ones, the oldest of them first. */
static enum answer get_recent(struct request *request, const struct store_account *owner,
	unsigned long asked, struct page *page)
{
	struct store *store = request->service->store;
	size_t max = asked < PUBSUB_PAGE_MAX ? (size_t)asked : PUBSUB_PAGE_MAX;
	int64_t count;

	if (store_contact_recent(store, request->arena, owner->id, max, page_row, page) !=
			STORE_OK ||
		store_contact_count(store, owner->id, &count) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	page_cut(page, true);
	page_write(request, page);
	if ((int64_t)page->count < count && page->count < asked) /* 6.5.4 */
		page_write_set(request, page, -1, count);
	return ANSWER_RESULT;
}

static enum store_result read_page(struct request *request, const struct store_account *owner,
	const struct rsm *rsm, struct page *page)
{
	struct store *store = request->service->store;
	const char *after = rsm->place == RSM_AFTER ? rsm->uid : NULL;

	if (rsm->max == 0)
		return STORE_OK;
	if (rsm_is_backwards(rsm))
		return store_contact_list_back(
			store, request->arena, owner->id, rsm->uid, rsm->max, page_row, page);
	if (rsm->place == RSM_INDEX && rsm->index > 0) {
		enum store_result result =
			store_contact_at(store, request->arena, owner->id, rsm->index - 1, &after);

		if (result != STORE_OK)
			return result;
	}
	return store_contact_list(
		store, request->arena, owner->id, after, rsm->max, page_row, page);
}

/* All, or the page that is asked for; the UIDs of XEP-0059 are the item ids, and the order is
 * theirs, so that there always is a next one, also behind an item that was retracted since. */
static enum answer get_page(struct request *request, const struct store_account *owner,
	const struct rsm *rsm, struct page *page)
{
	struct store *store = request->service->store;
	int64_t index = -1, count;

	if (read_page(request, owner, rsm, page) == STORE_ERROR ||
		store_contact_count(store, owner->id, &count) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	page_cut(page, rsm_is_backwards(rsm));
	if (page->count > 0 &&
		store_contact_index(store, owner->id, page->contacts[0].item, &index) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	page_write(request, page);
	if (rsm->is_asked || (int64_t)page->count < count) /* 6.5.4 */
		page_write_set(request, page, index, count);
	return ANSWER_RESULT;
}

static enum answer items(struct request *request, const struct xml *element)
{
	const struct xml *item = xml_child(element, NULL, "item");
	const char *max_items = xml_get(element, "max_items");
	struct store_account owner;
	struct page page = {.count = 0};
	struct rsm rsm;
	enum answer answer = request_account(request, &owner);

	if (answer != ANSWER_RESULT)
		return answer;
	if (rsm_read(&rsm, request->arena, request->payload, PUBSUB_PAGE_MAX))
		return ANSWER_BAD_REQUEST;
	if (item)
		return get_by_id(request, &owner, item, &page);
	if (max_items && !rsm.is_asked) {
		char *end;
		unsigned long max = strtoul(max_items, &end, 10);

		if (*max_items < '1' || *max_items > '9' || *end)
			return ANSWER_BAD_REQUEST;
		return get_recent(request, &owner, max, &page);
	}
	return get_page(request, &owner, &rsm, &page);
}

static const struct pubsub_option options[] = {
	{"pubsub#access_model", "whitelist", NULL},
	{"pubsub#deliver_payloads", "true", "1"},
	{"pubsub#max_items", "max", NULL},
	{"pubsub#notify_retract", "true", "1"},
	{"pubsub#persist_items", "true", "1"},
	{"pubsub#publish_model", "publishers", NULL},
	{"pubsub#send_last_published_item", "never", NULL},
	{NULL, NULL, NULL},
};

const struct pubsub_node pubsub_contacts = {
	.node = NODE_CONTACTS,
	.title = "Address book",
	.options = options,
	.publish = publish,
	.retract = retract,
	.items = items,
};
