/* The store on SQLite: runs, what updates did, and the log of number changes. */
#include "component/store.h"

#include <stdlib.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

#define RUN_COLUMNS                                                                                \
	"account, version, started_at, cards_done, cards_last, pushes_done, starts_at, asked,"     \
	" offers, offers_done"
#define CHANGE_COLUMNS "c.account, a.jid, c.version, c.at, c.what"

enum {
	RUN_GET,
	RUN_PUT,
	RUN_REMOVE,
	RUN_LIST,
	UPDATE_ADD,
	UPDATE_LIST,
	UPDATE_OF,
	UPDATE_OFFERS,
	UPDATE_LAST,
	UPDATE_UNDONE,
	UPDATE_FORGET,
	UPDATE_ERASE,
	OFFERS_ERASE,
	CHANGE_ADD,
	CHANGE_NTH,
	CHANGE_LIST,
	CHANGE_LIST_OF,
	CHANGE_ERASE
};

static const char *const texts[] = {
	[RUN_GET] = "SELECT " RUN_COLUMNS " FROM run WHERE account = :account",
	[RUN_PUT] = "INSERT INTO run (" RUN_COLUMNS ") VALUES (:account, :version, :started_at,"
		    " :cards_done, :cards_last, :pushes_done, :starts_at, :asked, :offers,"
		    " :offers_done)"
		    " ON CONFLICT (account) DO UPDATE SET version = excluded.version,"
		    " started_at = excluded.started_at, cards_done = excluded.cards_done,"
		    " cards_last = excluded.cards_last, pushes_done = excluded.pushes_done,"
		    " starts_at = excluded.starts_at, asked = excluded.asked,"
		    " offers = excluded.offers, offers_done = excluded.offers_done",
	[RUN_REMOVE] = "DELETE FROM run WHERE account = :account",
	[RUN_LIST] = "SELECT " RUN_COLUMNS " FROM run"
		     " WHERE (asked = 1 AND starts_at <= :old) OR (asked = 0 AND (starts_at <= :now"
		     " OR EXISTS (SELECT 1 FROM card_update"
		     " WHERE subject = run.account AND id > pushes_done AND push = 1)))",
	[UPDATE_ADD] = "INSERT INTO card_update (" UPDATE_COLUMNS(
		"") ") VALUES (:id, :subject, :change,"
		    " :link, :owner, :item, :version, :at, :undone_at, :what, :push, :gathered)",
	[UPDATE_LIST] = "SELECT " UPDATE_COLUMNS(
		"") " FROM card_update"
		    " WHERE subject = :subject AND id > :after AND push = 1"
		    " ORDER BY id LIMIT :max",
	[UPDATE_OF] = "SELECT " UPDATE_COLUMNS("") " FROM card_update WHERE link = :link"
						   " ORDER BY id DESC LIMIT :max",
	[UPDATE_OFFERS] = "SELECT " UPDATE_COLUMNS("") " FROM card_update WHERE owner = :owner"
						       " AND link = 0 ORDER BY id DESC LIMIT :max",
	/* By the link: what was done to an item before it was linked anew is not this contact's. */
	[UPDATE_LAST] = "SELECT " UPDATE_COLUMNS(
		"") " FROM card_update WHERE link ="
		    " (SELECT id FROM contact WHERE owner = :owner AND item = :item)"
		    " AND owner = :owner AND undone_at = 0 ORDER BY id DESC LIMIT 1",
	[UPDATE_UNDONE] = "UPDATE card_update SET undone_at = :now, gathered = 0"
			  " WHERE id = :id",
	[UPDATE_FORGET] = "DELETE FROM card_update WHERE link = :link",
	[UPDATE_ERASE] = "DELETE FROM card_update WHERE subject = :account",
	[OFFERS_ERASE] = "DELETE FROM card_update WHERE owner = :account AND link = 0",
	[CHANGE_ADD] = "INSERT INTO number_change (id, account, version, at, what)"
		       " VALUES (:id, :account, :version, :at, :what)",
	[CHANGE_NTH] = "SELECT at FROM number_change WHERE account = :account"
		       " ORDER BY id DESC LIMIT 1 OFFSET :skip",
	[CHANGE_LIST] = "SELECT " CHANGE_COLUMNS " FROM number_change AS c"
			" JOIN account AS a ON a.id = c.account"
			" WHERE c.id > 0 ORDER BY c.id DESC LIMIT :max",
	[CHANGE_LIST_OF] = "SELECT " CHANGE_COLUMNS " FROM number_change AS c"
			   " JOIN account AS a ON a.id = c.account"
			   " WHERE c.account = :account ORDER BY c.id DESC LIMIT :max",
	[CHANGE_ERASE] = "DELETE FROM number_change WHERE account = :account",
};

const struct store_texts store_run_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_RUN, statement);
}

/* ---- Runs ---- */

static void run_read(struct db_statement *statement, struct store_run *run)
{
	run->account = db_int(statement, 0);
	run->version = db_int(statement, 1);
	run->started_at = db_int(statement, 2);
	run->cards_done = db_int(statement, 3);
	run->cards_last = db_int(statement, 4);
	run->pushes_done = db_int(statement, 5);
	run->starts_at = db_int(statement, 6);
	run->asked = db_int(statement, 7) != 0;
	run->offers = db_int(statement, 8);
	run->offers_done = db_int(statement, 9);
}

enum store_result store_run_get(struct store *store, int64_t account, struct store_run *run)
{
	struct db_statement *get = use(store, RUN_GET);
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found == STORE_OK) {
		run_read(get, run);
		db_end(get);
	}
	return found;
}

enum store_result store_run_put(struct store *store, const struct store_run *run)
{
	struct db_statement *put = use(store, RUN_PUT);

	db_bind_int(put, ":account", run->account);
	db_bind_int(put, ":version", run->version);
	db_bind_int(put, ":started_at", run->started_at);
	db_bind_int(put, ":cards_done", run->cards_done);
	db_bind_int(put, ":cards_last", run->cards_last);
	db_bind_int(put, ":pushes_done", run->pushes_done);
	db_bind_int(put, ":starts_at", run->starts_at);
	db_bind_int(put, ":asked", run->asked);
	db_bind_int(put, ":offers", run->offers);
	db_bind_int(put, ":offers_done", run->offers_done);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_run_remove(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_RUN, RUN_REMOVE, account);
}

enum store_result store_run_list(struct store *store, int64_t now, int64_t old,
	void (*row)(void *context, const struct store_run *run), void *context)
{
	struct db_statement *list = use(store, RUN_LIST);
	struct store_run *runs = NULL;
	size_t count = 0, size = 0;
	enum db_step step;

	/* All are read first: row may use the store. */
	db_bind_int(list, ":now", now);
	db_bind_int(list, ":old", old);
	while ((step = db_step(list)) == DB_ROW) {
		if (count == size) {
			struct store_run *more;

			size = size == 0 ? 16 : size * 2;
			more = realloc(runs, size * sizeof(*runs));
			if (more == NULL) {
				db_end(list);
				free(runs);
				return store_no_memory(store);
			}
			runs = more;
		}
		run_read(list, &runs[count++]);
	}
	for (size_t i = 0; i < count && step == DB_DONE; i++)
		row(context, &runs[i]);
	free(runs);
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}

/* ---- What updates did ---- */

int store_update_read(
	struct db_statement *statement, int from, struct arena *arena, struct store_update *update)
{
	bool failed = false;

	update->id = db_int(statement, from);
	update->subject = db_int(statement, from + 1);
	update->change = db_int(statement, from + 2);
	update->link = db_int(statement, from + 3);
	update->owner = db_int(statement, from + 4);
	update->item = store_copy(arena, statement, from + 5, NULL, &failed);
	update->version = db_int(statement, from + 6);
	update->at = db_int(statement, from + 7);
	update->undone_at = db_int(statement, from + 8);
	update->what = store_copy(arena, statement, from + 9, NULL, &failed);
	update->push = db_int(statement, from + 10) != 0;
	update->gathered = db_int(statement, from + 11) != 0;
	return failed ? -1 : 0;
}

enum store_result store_update_add(struct store *store, struct store_update *update)
{
	struct db_statement *add;

	update->id = store_next(store, STORE_UPDATE);
	add = use(store, UPDATE_ADD);
	db_bind_int(add, ":id", update->id);
	db_bind_int(add, ":subject", update->subject);
	db_bind_int(add, ":change", update->change);
	db_bind_int(add, ":link", update->link);
	db_bind_int(add, ":owner", update->owner);
	db_bind_text(add, ":item", update->item);
	db_bind_int(add, ":version", update->version);
	db_bind_int(add, ":at", update->at);
	db_bind_int(add, ":undone_at", update->undone_at);
	db_bind_text(add, ":what", update->what);
	db_bind_int(add, ":push", update->push);
	db_bind_int(add, ":gathered", update->gathered);
	return store_result_of(db_run(add, NULL));
}

static enum store_result give_updates(struct store *store, struct arena *arena,
	struct db_statement *list, store_update_row *give, void *context)
{
	struct update_row {
		struct update_row *next;
		struct store_update update;
	} *first = NULL, **last = &first;
	enum db_step step;

	while ((step = db_step(list)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last == NULL || store_update_read(list, 0, arena, &(*last)->update) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct update_row *row = first; row != NULL; row = row->next)
		if (give(context, &row->update) != 0)
			break;
	return STORE_OK;
}

enum store_result store_update_list(struct store *store, struct arena *arena, int64_t subject,
	int64_t after, size_t max, store_update_row *give, void *context)
{
	struct db_statement *list = use(store, UPDATE_LIST);

	db_bind_int(list, ":subject", subject);
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":max", (int64_t)max);
	return give_updates(store, arena, list, give, context);
}

enum store_result store_update_of(struct store *store, struct arena *arena, int64_t link,
	size_t max, store_update_row *give, void *context)
{
	struct db_statement *list = use(store, UPDATE_OF);

	db_bind_int(list, ":link", link);
	db_bind_int(list, ":max", (int64_t)max);
	return give_updates(store, arena, list, give, context);
}

enum store_result store_update_offers(struct store *store, struct arena *arena, int64_t owner,
	size_t max, store_update_row *give, void *context)
{
	struct db_statement *list = use(store, UPDATE_OFFERS);

	db_bind_int(list, ":owner", owner);
	db_bind_int(list, ":max", (int64_t)max);
	return give_updates(store, arena, list, give, context);
}

enum store_result store_update_highest(struct store *store, int64_t *id)
{
	return store_last(store, STORE_UPDATE, id);
}

enum store_result store_update_last(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_update *update)
{
	struct db_statement *get = use(store, UPDATE_LAST);
	int result;
	enum store_result found;

	db_bind_int(get, ":owner", owner);
	db_bind_text(get, ":item", item);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	result = store_update_read(get, 0, arena, update);
	db_end(get);
	return result == 0 ? STORE_OK : store_no_memory(store);
}

enum store_result store_update_undone(struct store *store, int64_t id, int64_t now)
{
	struct db_statement *undone = use(store, UPDATE_UNDONE);
	int64_t changes = 0;

	db_bind_int(undone, ":id", id);
	db_bind_int(undone, ":now", now);
	if (db_run(undone, &changes) != 0)
		return STORE_ERROR;
	return changes > 0 ? STORE_OK : STORE_NONE;
}

enum store_result store_update_forget(struct store *store, int64_t link)
{
	struct db_statement *forget = use(store, UPDATE_FORGET);

	db_bind_int(forget, ":link", link);
	return store_result_of(db_run(forget, NULL));
}

/* ---- The log of number changes ---- */

enum store_result store_change_add(
	struct store *store, int64_t account, int64_t version, int64_t at, const char *what)
{
	int64_t id = store_next(store, STORE_POSITION);
	struct db_statement *add = use(store, CHANGE_ADD);

	db_bind_int(add, ":id", id);
	db_bind_int(add, ":account", account);
	db_bind_int(add, ":version", version);
	db_bind_int(add, ":at", at);
	db_bind_text(add, ":what", what);
	return store_result_of(db_run(add, NULL));
}

enum store_result store_change_nth(struct store *store, int64_t account, unsigned nth, int64_t *at)
{
	struct db_statement *get = use(store, CHANGE_NTH);
	enum store_result found;

	db_bind_int(get, ":account", account);
	db_bind_int(get, ":skip", (int64_t)nth - 1);
	found = store_step(get);
	if (found == STORE_OK) {
		*at = db_int(get, 0);
		db_end(get);
	}
	return found;
}

static int change_read(
	struct db_statement *statement, struct arena *arena, struct store_change *change)
{
	bool failed = false;

	change->account = db_int(statement, 0);
	change->jid = store_copy(arena, statement, 1, NULL, &failed);
	change->version = db_int(statement, 2);
	change->at = db_int(statement, 3);
	change->what = store_copy(arena, statement, 4, NULL, &failed);
	return failed ? -1 : 0;
}

enum store_result store_change_list(struct store *store, struct arena *arena, int64_t account,
	size_t max, void (*give)(void *context, const struct store_change *change), void *context)
{
	struct change_row {
		struct change_row *next;
		struct store_change change;
	} *first = NULL, **last = &first;
	struct db_statement *list = use(store, account != 0 ? CHANGE_LIST_OF : CHANGE_LIST);
	enum db_step step;

	if (account != 0)
		db_bind_int(list, ":account", account);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last == NULL || change_read(list, arena, &(*last)->change) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct change_row *row = first; row != NULL; row = row->next)
		give(context, &row->change);
	return STORE_OK;
}

enum store_result store_run_erase(struct store *store, int64_t account)
{
	if (store_run_for(store, STORE_SET_RUN, UPDATE_ERASE, account) != STORE_OK ||
		store_run_for(store, STORE_SET_RUN, OFFERS_ERASE, account) != STORE_OK ||
		store_run_for(store, STORE_SET_RUN, CHANGE_ERASE, account) != STORE_OK ||
		store_report_erase(store, account) != STORE_OK)
		return STORE_ERROR;
	return store_run_remove(store, account);
}
