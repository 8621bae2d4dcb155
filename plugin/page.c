/* A page of the archive of the service's book. XEP-0313 v1.1, 4.2 and 4.3; XEP-0059 v1.0, 2.2. */
#include "config.h"

#include "plugin/page.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/stanza.h"
#include "plugin/state.h"

struct page_event {
	struct page_event *next;
	const char *item;
	const char *card; /* NULL: retracted */
	int64_t at;	  /* -1: not told */
};

int page_begin(struct page *page, struct state *state, struct arena *arena)
{
	page->arena = arena;
	page->count = 0;
	page->is_over = false;
	page->first_id = page->last_id = NULL;
	page->events = NULL;
	page->end = &page->events;
	return state_get_position(state, arena, &page->position);
}

void page_add(struct page *page, const struct xml *result)
{
	const struct xml *forwarded = xml_child(result, NS_FORWARD, "forwarded");
	const struct xml *inner = xml_child(forwarded, NS_CLIENT, "message");
	struct page_event *event;
	struct stanza_event read;

	page->is_over =
		page->is_over || ++page->count > PAGE_MAX || arena_used(page->arena) > PAGE_BYTES;
	if (page->is_over)
		return;
	page->last_id = arena_strdup(page->arena, xml_get(result, "id"));
	if (!page->first_id)
		page->first_id = page->last_id;
	if (!stanza_event_read(xml_child(inner, NS_PUBSUB_EVENT, "event"), &read) ||
		strcmp(read.node, NODE_CONTACTS) != 0)
		return;
	event = arena_alloc(page->arena, sizeof(*event));
	if (!event)
		return;
	event->item = arena_strdup(page->arena, read.item);
	event->card = read.payload ? xml_to_string(page->arena, read.payload, NULL) : NULL;
	event->at = stanza_stamp(xml_child(forwarded, NS_DELAY, "delay"));
	*page->end = event;
	page->end = &event->next;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_whole(const struct page *page, const struct xml *fin)
{
	const struct xml *set = xml_child(fin, NS_RSM, "set");
	const char *first = xml_child_text(page->arena, set, "first");
	const char *last = xml_child_text(page->arena, set, "last");

	return !arena_failed(page->arena) && is_same(last, page->last_id) &&
	       (!first || is_same(first, page->first_id));
}

const char *page_fault(const struct page *page, const struct xml *fin)
{
	if (page->is_over)
		return "the service sent more than was asked for";
	if (!is_whole(page, fin))
		return "a part of the answer was lost";
	if (page_has_next(page, fin) && is_same(page->last_id, page->position))
		return "the service says that there is more, and gives the same again";
	return NULL;
}

bool page_has_next(const struct page *page, const struct xml *fin)
{
	const char *complete = xml_get(fin, "complete");

	return page->last_id &&
	       !(complete && (strcmp(complete, "true") == 0 || strcmp(complete, "1") == 0));
}

int page_store(const struct page *page, struct state *state, int64_t now)
{
	const char *position;
	int result;

	if (state_begin(state) != 0)
		return -1;
	result = state_get_position(state, page->arena, &position);
	/* Another program of this account may have gone further meanwhile: then its position
	 * counts, and what is behind that is read next. */
	if (result == 0 && is_same(position, page->position)) {
		for (const struct page_event *event = page->events; event && result == 0;
			event = event->next)
			result = state_item_set_card(
				state, event->item, event->card, event->at >= 0 ? event->at : now);
		if (result == 0 && page->last_id)
			result = state_set_position(state, page->last_id);
	}
	if (state_end(state, result == 0) != 0)
		result = -1;
	return result;
}
