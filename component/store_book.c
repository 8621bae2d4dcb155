/* The store on SQLite: contacts in rows: pages of a book, what happened in it, links to an account.
 */
#include "component/store.h"

#include <string.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

/* A list of cards ends once they come to more than that, and is asked on for. */
#define LIST_BYTES (1u << 20)

/* The present state of each item of a book, by version: of contacts and of retractions in one. What
 * the times leave out is passed over here, where no card is read for it. */
#define EVENTS(order)                                                                              \
	"SELECT version, changed_at, item, card FROM contact"                                      \
	" WHERE owner = :owner AND version > :after AND version < :before"                         \
	" AND changed_at >= :start AND changed_at <= :end"                                         \
	" UNION ALL SELECT version, at, item, NULL FROM retraction"                                \
	" WHERE owner = :owner AND version > :after AND version < :before"                         \
	" AND at >= :start AND at <= :end"                                                         \
	" ORDER BY version " order " LIMIT :max"

enum {
	BOOK_LIST,
	BOOK_LIST_BACK,
	BOOK_RECENT,
	BOOK_BETWEEN,
	BOOK_AT,
	EVENT_LIST,
	EVENT_LIST_BACK,
	EVENT_COUNT,
	EVENT_NEWEST,
	EVENT_DROPPED,
	LINK_LIST,
	LINK_COUNT,
	LINK_REACHED
};

static const char *const texts[] = {
	[BOOK_LIST] = "SELECT " CONTACT_COLUMNS " FROM contact"
		      " WHERE owner = :owner AND item > :item ORDER BY item LIMIT :max",
	[BOOK_LIST_BACK] = "SELECT " CONTACT_COLUMNS " FROM contact"
			   " WHERE owner = :owner AND item < :item ORDER BY item DESC LIMIT :max",
	[BOOK_RECENT] = "SELECT " CONTACT_COLUMNS " FROM contact"
			" WHERE owner = :owner ORDER BY version DESC LIMIT :max",
	[BOOK_AT] = "SELECT item FROM contact WHERE owner = :owner ORDER BY item LIMIT 1"
		    " OFFSET :index",
	[BOOK_BETWEEN] = "SELECT count(*) FROM contact"
			 " WHERE owner = :owner AND item >= :from AND item < :to",
	[EVENT_LIST] = EVENTS("ASC"),
	[EVENT_LIST_BACK] = EVENTS("DESC"),
	[EVENT_COUNT] = "SELECT (SELECT count(*) FROM contact"
			" WHERE owner = :owner AND version > :version) +"
			" (SELECT count(*) FROM retraction"
			" WHERE owner = :owner AND version > :version)",
	[EVENT_NEWEST] = "SELECT max("
			 " ifnull((SELECT max(version) FROM contact WHERE owner = :owner), 0),"
			 " ifnull((SELECT max(version) FROM retraction WHERE owner = :owner), 0))",
	[EVENT_DROPPED] = "SELECT dropped FROM account WHERE id = :owner",
	[LINK_LIST] = "SELECT " CONTACT_COLUMNS " FROM contact WHERE subject = :subject"
		      " AND id > :after AND id <= :last ORDER BY id LIMIT :max",
	[LINK_COUNT] = "SELECT count(*) FROM contact WHERE subject = :subject",
	[LINK_REACHED] = "SELECT EXISTS (SELECT 1 FROM contact"
			 " WHERE subject = :subject"
			 " AND (applied >= :version OR written >= :version))",
};

const struct store_texts store_book_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_BOOK, statement);
}

/* Reads one number. */
static enum store_result read_int(struct db_statement *statement, int64_t *value)
{
	enum store_result found;

	found = store_step(statement);
	if (found == STORE_OK) {
		*value = db_int(statement, 0);
		db_end(statement);
	}
	return found;
}

/* ---- Contacts. All rows are read before the first is given out, so that what is called with them
 * may use the store as it likes, this statement included. ---- */

struct contact_row {
	struct contact_row *next;
	struct store_contact contact;
};

/* Reads all rows, in their order or the other way round, while the cards before come to no more
 * than max_bytes. */
static enum store_result read_contacts(struct store *store, struct db_statement *statement,
	struct arena *arena, bool backwards, size_t max_bytes, struct contact_row **first)
{
	struct contact_row **last = first;
	enum db_step step = DB_DONE;
	size_t bytes = 0;

	*first = NULL;
	while (bytes <= max_bytes && (step = db_step(statement)) == DB_ROW) {
		struct contact_row *row = arena_alloc(arena, sizeof(*row));

		if (row == NULL || store_contact_read(statement, arena, &row->contact) != 0) {
			db_end(statement);
			return store_no_memory(store);
		}
		bytes += row->contact.card_len;
		if (backwards) {
			row->next = *first;
			*first = row;
		} else {
			*last = row;
			last = &row->next;
		}
	}
	if (step == DB_ROW)
		db_end(statement);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

static enum store_result give_contacts(struct store *store, struct db_statement *statement,
	struct arena *arena, bool backwards, size_t max_bytes, store_contact_row *give,
	void *context)
{
	struct contact_row *first;

	if (read_contacts(store, statement, arena, backwards, max_bytes, &first) != STORE_OK)
		return STORE_ERROR;
	for (const struct contact_row *row = first; row != NULL; row = row->next)
		if (give(context, &row->contact) != 0)
			break;
	return STORE_OK;
}

enum store_result store_contact_list(struct store *store, struct arena *arena, int64_t owner,
	const char *after, size_t max, store_contact_row *row, void *context)
{
	struct db_statement *list = use(store, BOOK_LIST);

	db_bind_int(list, ":owner", owner);
	db_bind_text(list, ":item", after != NULL ? after : "");
	db_bind_int(list, ":max", (int64_t)max);
	return give_contacts(store, list, arena, false, LIST_BYTES, row, context);
}

enum store_result store_contact_list_back(struct store *store, struct arena *arena, int64_t owner,
	const char *before, size_t max, store_contact_row *row, void *context)
{
	struct db_statement *list = use(store, BOOK_LIST_BACK);

	db_bind_int(list, ":owner", owner);
	/* The last character there is, so above every item id. */
	db_bind_text(
		list, ":item", before != NULL && before[0] != '\0' ? before : "\xF4\x8F\xBF\xBF");
	db_bind_int(list, ":max", (int64_t)max);
	return give_contacts(store, list, arena, true, LIST_BYTES, row, context);
}

enum store_result store_contact_recent(struct store *store, struct arena *arena, int64_t owner,
	size_t max, store_contact_row *row, void *context)
{
	struct db_statement *list = use(store, BOOK_RECENT);

	db_bind_int(list, ":owner", owner);
	db_bind_int(list, ":max", (int64_t)max);
	return give_contacts(store, list, arena, true, LIST_BYTES, row, context);
}

enum store_result store_contact_at(
	struct store *store, struct arena *arena, int64_t owner, int64_t index, const char **item)
{
	struct db_statement *get = use(store, BOOK_AT);
	enum store_result found;
	bool failed = false;

	db_bind_int(get, ":owner", owner);
	db_bind_int(get, ":index", index);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	*item = store_copy(arena, get, 0, NULL, &failed);
	db_end(get);
	return failed ? store_no_memory(store) : STORE_OK;
}

enum store_result store_contact_index(
	struct store *store, int64_t owner, const char *item, int64_t *index)
{
	struct db_statement *count = use(store, BOOK_BETWEEN);
	int64_t before, between;
	const char *place = book_cache_find_place(store->books, owner, item, &before);
	enum store_result result;

	db_bind_int(count, ":owner", owner);
	db_bind_text(count, ":from", place);
	db_bind_text(count, ":to", item);
	result = read_int(count, &between);
	if (result != STORE_OK)
		return result;
	*index = before + between;
	book_cache_keep_place(store->books, owner, item, *index);
	return STORE_OK;
}

/* ---- Events ---- */

struct event_row {
	struct event_row *next;
	struct store_event event;
};

static int event_read(
	struct db_statement *statement, struct arena *arena, struct store_event *event)
{
	bool failed = false;

	event->version = db_int(statement, 0);
	event->at = db_int(statement, 1);
	event->item = store_copy(arena, statement, 2, NULL, &failed);
	event->card = store_copy(arena, statement, 3, &event->card_len, &failed);
	event->retracted = event->card == NULL;
	return failed ? -1 : 0;
}

static enum store_result give_events(struct store *store, struct db_statement *statement,
	struct arena *arena, bool backwards, store_event_row *give, void *context)
{
	struct event_row *first = NULL, **last = &first;
	enum db_step step = DB_DONE;
	size_t bytes = 0;

	while (bytes <= LIST_BYTES && (step = db_step(statement)) == DB_ROW) {
		struct event_row *row = arena_alloc(arena, sizeof(*row));

		if (row == NULL || event_read(statement, arena, &row->event) != 0) {
			db_end(statement);
			return store_no_memory(store);
		}
		bytes += row->event.card_len;
		if (backwards) {
			row->next = first;
			first = row;
		} else {
			*last = row;
			last = &row->next;
		}
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	if (step == DB_ROW)
		db_end(statement);
	for (const struct event_row *row = first; row != NULL; row = row->next)
		if (give(context, &row->event) != 0)
			break;
	return STORE_OK;
}

const struct store_span store_span_all = {0, INT64_MAX, INT64_MIN, INT64_MAX};

static struct db_statement *use_events(struct store *store, unsigned statement, int64_t owner,
	const struct store_span *span, size_t max)
{
	struct db_statement *list = use(store, statement);

	db_bind_int(list, ":owner", owner);
	db_bind_int(list, ":after", span->after);
	db_bind_int(list, ":before", span->before);
	db_bind_int(list, ":start", span->start);
	db_bind_int(list, ":end", span->end);
	db_bind_int(list, ":max", (int64_t)max);
	return list;
}

enum store_result store_event_list(struct store *store, struct arena *arena, int64_t owner,
	const struct store_span *span, size_t max, store_event_row *row, void *context)
{
	return give_events(
		store, use_events(store, EVENT_LIST, owner, span, max), arena, false, row, context);
}

enum store_result store_event_list_back(struct store *store, struct arena *arena, int64_t owner,
	const struct store_span *span, size_t max, store_event_row *row, void *context)
{
	return give_events(store, use_events(store, EVENT_LIST_BACK, owner, span, max), arena, true,
		row, context);
}

enum store_result store_event_count(
	struct store *store, int64_t owner, int64_t after, int64_t *count)
{
	struct db_statement *get = use(store, EVENT_COUNT);

	db_bind_int(get, ":owner", owner);
	db_bind_int(get, ":version", after);
	return read_int(get, count);
}

enum store_result store_event_range(
	struct store *store, int64_t owner, int64_t *newest, int64_t *dropped)
{
	struct db_statement *get = use(store, EVENT_NEWEST);
	enum store_result result;

	db_bind_int(get, ":owner", owner);
	result = read_int(get, newest);
	if (result != STORE_OK)
		return result;
	get = use(store, EVENT_DROPPED);
	db_bind_int(get, ":owner", owner);
	return read_int(get, dropped);
}

/* ---- Links ---- */

enum store_result store_link_list(struct store *store, struct arena *arena, int64_t subject,
	int64_t after, int64_t last, size_t max, store_contact_row *row, void *context)
{
	struct db_statement *list = use(store, LINK_LIST);

	db_bind_int(list, ":subject", subject);
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":last", last);
	db_bind_int(list, ":max", (int64_t)max);
	return give_contacts(store, list, arena, false, SIZE_MAX, row, context);
}

enum store_result store_link_count(struct store *store, int64_t subject, int64_t *count)
{
	struct db_statement *get = use(store, LINK_COUNT);

	db_bind_int(get, ":subject", subject);
	return read_int(get, count);
}

enum store_result store_link_reached(
	struct store *store, int64_t subject, int64_t version, bool *yes)
{
	struct db_statement *get = use(store, LINK_REACHED);
	int64_t value = 0;
	enum store_result result;

	db_bind_int(get, ":subject", subject);
	db_bind_int(get, ":version", version);
	result = read_int(get, &value);
	*yes = value != 0;
	return result;
}

enum store_result store_link_highest(struct store *store, int64_t *id)
{
	return store_last(store, STORE_LINK, id);
}
