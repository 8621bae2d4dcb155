/* Message Archive Management of the address book: sync (XEP-0313, version 1.1.0, with XEP-0442;
 * design: section 3, "sync").
 *
 * The archive of a book is what happened in it, in order of position, each item once: as it stands
 * now, or that it was retracted. A version that was superseded is left out, but its id stays good
 * as a position. */
#include "component/mam.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/event.h"

/* Events in order; one more than a page may have, to see whether it is all. */
struct found {
	struct store_event events[MAM_PAGE_MAX + 1];
	size_t count;
};

static int found_row(void *context, const struct store_event *event)
{
	struct found *chunk = context;

	chunk->events[chunk->count++] = *event;
	return chunk->count == sizeof(chunk->events) / sizeof(chunk->events[0]);
}

/* Those of query->ids that are still there. */
static int find_ids(struct request *request, const struct mam_query *query, struct found *found)
{
	bool from_end = rsm_is_backwards(&query->rsm);

	for (size_t n = 0; n < query->id_count && found->count <= query->rsm.max; n++) {
		size_t i = from_end ? query->id_count - 1 - n : n;
		struct store_span one = query->span;
		struct found chunk = {.count = 0};

		if ((n > 0 && query->ids[i] == query->ids[from_end ? i + 1 : i - 1]) ||
			query->ids[i] <= one.after || query->ids[i] >= one.before)
			continue;
		one.after = query->ids[i] - 1;
		one.before = query->ids[i] + 1;
		if (store_event_list(request->service->store, request->arena, query->owner, &one, 1,
			    found_row, &chunk) == STORE_ERROR)
			return -1;
		if (chunk.count == 0)
			continue;
		if (from_end)
			memmove(&found->events[1], &found->events[0],
				found->count * sizeof(found->events[0]));
		found->events[from_end ? 0 : found->count] = chunk.events[0];
		found->count++;
	}
	return 0;
}

static int find(struct request *request, const struct mam_query *query, struct found *found)
{
	struct store *store = request->service->store;
	size_t wanted = query->rsm.max + 1;
	enum store_result result = STORE_OK;

	if (query->has_ids)
		return find_ids(request, query, found);
	if (!query->nothing && rsm_is_backwards(&query->rsm))
		result = store_event_list_back(store, request->arena, query->owner, &query->span,
			wanted, found_row, found);
	else if (!query->nothing)
		result = store_event_list(store, request->arena, query->owner, &query->span, wanted,
			found_row, found);
	return result == STORE_ERROR ? -1 : 0;
}

/* Cuts what was found to the page; true if that was all. */
static bool cut(struct found *found, const struct mam_query *query)
{
	bool from_end = rsm_is_backwards(&query->rsm);
	size_t count = found->count < query->rsm.max ? found->count : query->rsm.max;
	size_t bytes = 0, fit = 0;
	bool is_all;

	for (; fit < count; fit++) {
		size_t i = from_end ? found->count - 1 - fit : fit;

		bytes += found->events[i].card_len;
		if (fit > 0 && bytes > MAM_PAGE_BYTES)
			break;
	}
	is_all = fit == found->count;
	if (from_end)
		memmove(&found->events[0], &found->events[found->count - fit],
			fit * sizeof(found->events[0]));
	found->count = fit;
	return is_all;
}

/* 4.2. As headline: what can't be delivered now must not be stored. The event is as in the headline
 * that told of it (XEP-0442, 3). */
static void send_result(struct request *request, const char *id, const struct store_event *event)
{
	struct arena *arena = request->arena;
	struct service *service = request->service;
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");
	struct xml *result, *forwarded, *delay, *original;

	xml_set(arena, message, "from", service->settings->jid);
	xml_set(arena, message, "to", request->from.full);
	xml_set(arena, message, "type", "headline");
	result = xml_add(arena, message, NS_MAM, "result");
	xml_set(arena, result, "queryid", xml_get(request->payload, "queryid"));
	xml_set(arena, result, "id", id);
	forwarded = xml_add(arena, result, NS_FORWARD, "forwarded");
	delay = xml_add(arena, forwarded, NS_DELAY, "delay");
	xml_set(arena, delay, "stamp", datetime_format(arena, event->at));
	original = xml_add(arena, forwarded, NS_CLIENT, "message");
	xml_set(arena, original, "from", service->settings->jid);
	xml_set(arena, original, "to", request->from.bare);
	xml_set(arena, original, "type", "headline");
	event_add(arena, original, NODE_CONTACTS, event);
	if (!arena_failed(arena))
		service->send(service, message);
}

/* The <fin/> with the page that it ends (4.3). */
static enum answer finish(struct request *request, const struct mam_query *query,
	const struct found *found, const char *const *ids, bool is_complete)
{
	const struct store_span *span = &query->span;
	bool is_whole = span->start == INT64_MIN && span->end == INT64_MAX && !query->nothing &&
			!query->has_ids && span->before == INT64_MAX;
	int64_t count = -1;

	/* The count of what matches, where it is had without looking at each. */
	if (is_whole && query->rsm.place != RSM_AFTER &&
		store_event_count(request->service->store, query->owner, span->after, &count) !=
			STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	request->result = xml_new(request->arena, NS_MAM, "fin");
	if (is_complete)
		xml_set(request->arena, request->result, "complete", "true");
	rsm_write(request->arena, request->result, found->count ? ids[0] : NULL,
		found->count ? ids[found->count - 1] : NULL, -1, count);
	return ANSWER_RESULT;
}

/* XEP-0442, 2. The service has one archive: it is meant also where no node is named, as section 5
 * of XEP-0313 does, and as libraries do that know XEP-0313 only. */
static bool is_our_node(const struct request *request)
{
	const char *node = xml_get(request->payload, "node");

	return !node || strcmp(node, NODE_CONTACTS) == 0;
}

static enum answer query(struct request *request)
{
	struct store_account owner;
	struct mam_query query;
	struct found found = {.count = 0};
	const char *ids[MAM_PAGE_MAX];
	bool is_complete;
	enum answer answer;

	if (!is_our_node(request))
		return ANSWER_ITEM_NOT_FOUND;
	answer = request_account(request, &owner);
	if (answer == ANSWER_RESULT)
		answer = mam_query_read(&query, request, owner.id);
	if (answer != ANSWER_RESULT)
		return answer;
	if (find(request, &query, &found))
		return ANSWER_INTERNAL_SERVER_ERROR;
	is_complete = cut(&found, &query);
	for (size_t i = 0; i < found.count; i++)
		ids[i] = archive_id(request->arena, request->service->key, owner.id,
			found.events[i].version, query.dropped);
	for (size_t n = 0; n < found.count; n++) {
		size_t i = query.is_flipped ? found.count - 1 - n : n;

		send_result(request, ids[i], &found.events[i]);
	}
	return finish(request, &query, &found, ids, is_complete);
}

/* 4.1.5 */
static enum answer get_form(struct request *request)
{
	if (!is_our_node(request))
		return ANSWER_ITEM_NOT_FOUND;
	request->result = xml_new(request->arena, NS_MAM, "query");
	xml_set(request->arena, request->result, "node", xml_get(request->payload, "node"));
	xml_append(request->result, mam_form(request->arena));
	return ANSWER_RESULT;
}

static void add_end(struct request *request, int64_t owner, int64_t dropped, const char *name,
	const struct store_event *event)
{
	struct xml *end = xml_add(request->arena, request->result, NULL, name);

	xml_set(request->arena, end, "id",
		archive_id(request->arena, request->service->key, owner, event->version, dropped));
	xml_set(request->arena, end, "timestamp", datetime_format(request->arena, event->at));
}

/* 5 */
static enum answer get_metadata(struct request *request)
{
	struct store *store = request->service->store;
	struct store_account owner;
	struct found first = {.count = 0}, last = {.count = 0};
	int64_t newest, dropped;
	enum answer answer;

	if (!is_our_node(request))
		return ANSWER_ITEM_NOT_FOUND;
	answer = request_account(request, &owner);
	if (answer != ANSWER_RESULT)
		return answer;
	if (store_event_range(store, owner.id, &newest, &dropped) == STORE_ERROR ||
		store_event_list(store, request->arena, owner.id, &store_span_all, 1, found_row,
			&first) == STORE_ERROR ||
		store_event_list_back(store, request->arena, owner.id, &store_span_all, 1,
			found_row, &last) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	request->result = xml_new(request->arena, NS_MAM, "metadata");
	if (first.count == 0 || last.count == 0)
		return ANSWER_RESULT;
	add_end(request, owner.id, dropped, "start", &first.events[0]);
	add_end(request, owner.id, dropped, "end", &last.events[0]);
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_MAM, "query", get_form, query},
	{NS_MAM, "metadata", get_metadata, NULL},
	{NULL, NULL, NULL, NULL},
};

static const char *const features[] = {NS_MAM_EXTENDED, NULL};

const struct feature feature_mam = {
	.name = "XEP-0313",
	.rows = rows,
	.features = features,
};
