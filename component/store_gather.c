/* The store on SQLite: how many pushes a holder had, and the updates that are gathered for it. */
#include "component/store.h"

#include <stdio.h>
#include <string.h>

#include "component/store_sqlite.h"

enum { TOLD_GET, TOLD_PUT, TOLD_COUNT, SUMMARY_LIST, GATHERED_LIST, GATHERED_CLEAR, GATHERED_MORE };

static const char *const texts[] = {
	[TOLD_GET] = "SELECT told_since, told, summary_at FROM account WHERE id = :account",
	[TOLD_PUT] =
		"UPDATE account SET told_since = :since, told = :told, summary_at = :summary_at"
		" WHERE id = :account",
	/* Without summary_at, so that no index is looked at. */
	[TOLD_COUNT] = "UPDATE account SET told_since = :since, told = :told WHERE id = :account",
	[SUMMARY_LIST] =
		"SELECT " ACCOUNT_COLUMNS " FROM account"
		" WHERE summary_at > 0 AND summary_at <= :now ORDER BY summary_at LIMIT :max",
	/* What was only proposed is undone from the beginning. */
	[GATHERED_LIST] = "SELECT item, id, link = 0, undone_at > 0 FROM card_update AS u"
			  " WHERE owner = :account AND gathered = 1 AND (undone_at = 0 OR EXISTS"
			  " (SELECT 1 FROM matter WHERE card_update = u.id AND declined = 0))"
			  " ORDER BY item",
	[GATHERED_CLEAR] = "UPDATE card_update SET gathered = 0"
			   " WHERE owner = :account AND gathered = 1 AND id <= :newest",
	[GATHERED_MORE] = "SELECT EXISTS (SELECT 1 FROM card_update"
			  " WHERE owner = :account AND gathered = 1)",
};

const struct store_texts store_gather_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_GATHER, statement);
}

enum store_result store_told_get(struct store *store, int64_t holder, struct store_told *told)
{
	struct db_statement *get = use(store, TOLD_GET);
	enum store_result result;

	db_bind_int(get, ":account", holder);
	result = store_step(get);
	if (result != STORE_OK)
		return result;
	*told = (struct store_told){db_int(get, 0), db_int(get, 1), db_int(get, 2)};
	db_end(get);
	return STORE_OK;
}

enum store_result store_told_put(struct store *store, int64_t holder, const struct store_told *told)
{
	struct db_statement *put = use(store, TOLD_PUT);

	db_bind_int(put, ":since", told->since);
	db_bind_int(put, ":told", told->count);
	db_bind_int(put, ":summary_at", told->summary_at);
	db_bind_int(put, ":account", holder);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_told_count(
	struct store *store, int64_t holder, const struct store_told *told)
{
	struct db_statement *count = use(store, TOLD_COUNT);

	db_bind_int(count, ":since", told->since);
	db_bind_int(count, ":told", told->count);
	db_bind_int(count, ":account", holder);
	return store_result_of(db_run(count, NULL));
}

enum store_result store_summary_list(struct store *store, struct arena *arena, int64_t now,
	struct store_account *accounts, size_t max, size_t *count)
{
	struct db_statement *list = use(store, SUMMARY_LIST);
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":now", now);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		if (store_account_read_row(list, 0, arena, &accounts[(*count)++]) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
	}
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}

enum store_result store_gathered_get(
	struct store *store, int64_t owner, struct store_gathered *gathered)
{
	struct db_statement *list = use(store, GATHERED_LIST);
	char before[JID_MAX + 1] = ""; /* no item id is longer, or empty */
	enum db_step step;

	*gathered = (struct store_gathered){0};
	db_bind_int(list, ":account", owner);
	while ((step = db_step(list)) == DB_ROW) {
		const char *item = db_text(list, 0, NULL);

		/* One proposal is open for a contact at a time, and one offer for a subject. */
		if (db_int(list, 2) != 0) {
			gathered->offers++;
		} else if (db_int(list, 3) != 0) {
			gathered->proposals++;
		} else if (item != NULL && strcmp(item, before) != 0) {
			gathered->contacts++;
			(void)snprintf(before, sizeof(before), "%s", item);
		}
		if (db_int(list, 1) > gathered->newest)
			gathered->newest = db_int(list, 1);
	}
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}

enum store_result store_gathered_clear(
	struct store *store, int64_t owner, int64_t newest, bool *more)
{
	struct db_statement *statement = use(store, GATHERED_CLEAR);

	db_bind_int(statement, ":account", owner);
	db_bind_int(statement, ":newest", newest);
	if (db_run(statement, NULL) != 0)
		return STORE_ERROR;
	statement = use(store, GATHERED_MORE);
	db_bind_int(statement, ":account", owner);
	if (db_step(statement) != DB_ROW)
		return STORE_ERROR;
	*more = db_int(statement, 0) != 0;
	db_end(statement);
	return STORE_OK;
}
