/* The store on SQLite: matters that wait for a person's answer. */
#include "component/store.h"

#include <stdlib.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

#define MATTER_COLUMNS                                                                             \
	"id, account, kind, token, subject, target, link, version, card_update, what, made_at,"    \
	" expires_at"

#define MATTER_DECLINED 12 /* the column behind them */

enum {
	MATTER_ADD,
	MATTER_FIND,
	MATTER_OF_LINK,
	MATTER_OF_UPDATE,
	MATTER_OF_KIND,
	MATTER_ABOUT,
	MATTER_LIST,
	MATTER_LIST_KIND,
	MATTER_IS_ASKED,
	MATTER_DECLINE,
	MATTER_KEEP,
	MATTER_PRUNE,
	MATTER_REMOVE,
	MATTER_CLEAR,
	MATTER_FORGET,
	MATTER_EXPIRE,
	HELD_EXPIRE,
	MATTER_ALL,
	MATTER_ERASE
};

static const char *const texts[] = {
	[MATTER_ADD] =
		"INSERT INTO matter (" MATTER_COLUMNS ", declined) VALUES (:id, :account, :kind,"
		" :token, :subject, :target, :link, :version, :card_update, :what, :made_at,"
		" :expires_at, 0)",
	[MATTER_FIND] = "SELECT " MATTER_COLUMNS " FROM matter"
			" WHERE account = :account AND token = :token AND expires_at > :now"
			" AND declined = 0",
	[MATTER_OF_LINK] = "SELECT " MATTER_COLUMNS " FROM matter"
			   " WHERE link = :link AND expires_at > :now AND declined = 0",
	[MATTER_OF_UPDATE] = "SELECT " MATTER_COLUMNS " FROM matter"
			     " WHERE card_update = :card_update AND expires_at > :now"
			     " AND declined = 0",
	[MATTER_OF_KIND] = "SELECT " MATTER_COLUMNS " FROM matter"
			   " WHERE account = :account AND kind = :kind AND expires_at > :now"
			   " AND declined = 0 ORDER BY id DESC LIMIT 1",
	[MATTER_ABOUT] = "SELECT " MATTER_COLUMNS " FROM matter"
			 " WHERE account = :account AND kind = :kind AND subject = :subject"
			 " AND expires_at > :now AND declined = 0",
	[MATTER_LIST] = "SELECT " MATTER_COLUMNS " FROM matter"
			" WHERE account = :account AND expires_at > :now AND declined = 0"
			" ORDER BY id DESC LIMIT :max",
	[MATTER_LIST_KIND] = "SELECT " MATTER_COLUMNS " FROM matter"
			     " WHERE account = :account AND kind = :kind AND expires_at > :now"
			     " AND declined = 0 ORDER BY id DESC LIMIT :max",
	[MATTER_IS_ASKED] =
		"SELECT count(*), ifnull(sum(subject = :subject AND target = :target), 0)"
		" FROM matter WHERE account = :account AND kind = :kind"
		" AND expires_at > :now",
	[MATTER_DECLINE] = "UPDATE matter SET declined = 1 WHERE account = :account AND id = :id",
	[MATTER_KEEP] = "UPDATE matter SET declined = 1, expires_at = :until"
			" WHERE account = :account AND id = :id",
	[MATTER_PRUNE] = "DELETE FROM matter WHERE id IN"
			 " (SELECT id FROM matter WHERE account = :account AND kind = :kind"
			 " AND declined = 1 ORDER BY id DESC LIMIT -1 OFFSET :max)",
	[MATTER_REMOVE] = "DELETE FROM matter WHERE account = :account AND id = :id",
	[MATTER_CLEAR] = "DELETE FROM matter WHERE account = :account AND kind = :kind",
	[MATTER_FORGET] = "DELETE FROM matter WHERE link = :link",
	[MATTER_EXPIRE] = "DELETE FROM matter WHERE id IN"
			  " (SELECT id FROM matter WHERE expires_at <= :now LIMIT :max)"
			  " RETURNING account",
	[HELD_EXPIRE] = "DELETE FROM held WHERE account IN"
			" (SELECT account FROM held WHERE ends_at <= :now LIMIT :max)",
	[MATTER_ALL] = "SELECT " MATTER_COLUMNS ", declined FROM matter"
		       " WHERE account = :account AND id > :after ORDER BY id LIMIT :max",
	[MATTER_ERASE] = "DELETE FROM matter WHERE account = :account OR subject = :account"
			 " RETURNING account",
};

const struct store_texts store_matter_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_MATTER, statement);
}

static int matter_read(
	struct db_statement *statement, struct arena *arena, struct store_matter *matter)
{
	bool failed = false;

	matter->id = db_int(statement, 0);
	matter->account = db_int(statement, 1);
	matter->kind = (enum matter_kind)db_int(statement, 2);
	matter->token = store_copy(arena, statement, 3, NULL, &failed);
	matter->subject = db_int(statement, 4);
	matter->target = store_copy(arena, statement, 5, NULL, &failed);
	matter->link = db_int(statement, 6);
	matter->version = db_int(statement, 7);
	matter->update = db_int(statement, 8);
	matter->what = store_copy(arena, statement, 9, NULL, &failed);
	matter->made_at = db_int(statement, 10);
	matter->expires_at = db_int(statement, 11);
	return failed ? -1 : 0;
}

enum store_result store_matter_add(struct store *store, struct store_matter *matter)
{
	struct db_statement *add;

	matter->id = store_next(store, STORE_POSITION);
	add = use(store, MATTER_ADD);
	db_bind_int(add, ":id", matter->id);
	db_bind_int(add, ":account", matter->account);
	db_bind_int(add, ":kind", matter->kind);
	db_bind_text(add, ":token", matter->token);
	db_bind_int(add, ":subject", matter->subject);
	db_bind_text(add, ":target", matter->target);
	db_bind_id(add, ":link", matter->link);
	db_bind_int(add, ":version", matter->version);
	db_bind_id(add, ":card_update", matter->update);
	db_bind_text(add, ":what", matter->what);
	db_bind_int(add, ":made_at", matter->made_at);
	db_bind_int(add, ":expires_at", matter->expires_at);
	return store_result_of(db_run(add, NULL));
}

static enum store_result read_one(struct store *store, struct db_statement *get,
	struct arena *arena, struct store_matter *matter)
{
	int result;
	enum store_result found;

	found = store_step(get);
	if (found != STORE_OK)
		return found;
	result = matter_read(get, arena, matter);
	db_end(get);
	return result == 0 ? STORE_OK : store_no_memory(store);
}

enum store_result store_matter_find(struct store *store, struct arena *arena, int64_t account,
	const char *token, int64_t now, struct store_matter *matter)
{
	struct db_statement *find = use(store, MATTER_FIND);

	db_bind_int(find, ":account", account);
	db_bind_text(find, ":token", token);
	db_bind_int(find, ":now", now);
	return read_one(store, find, arena, matter);
}

enum store_result store_matter_of_link(struct store *store, struct arena *arena, int64_t link,
	int64_t now, struct store_matter *matter)
{
	struct db_statement *get = use(store, MATTER_OF_LINK);

	db_bind_int(get, ":link", link);
	db_bind_int(get, ":now", now);
	return read_one(store, get, arena, matter);
}

enum store_result store_matter_of_update(struct store *store, struct arena *arena, int64_t update,
	int64_t now, struct store_matter *matter)
{
	struct db_statement *get = use(store, MATTER_OF_UPDATE);

	db_bind_int(get, ":card_update", update);
	db_bind_int(get, ":now", now);
	return read_one(store, get, arena, matter);
}

enum store_result store_matter_of_kind(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t now, struct store_matter *matter)
{
	struct db_statement *get = use(store, MATTER_OF_KIND);

	db_bind_int(get, ":account", account);
	db_bind_int(get, ":kind", kind);
	db_bind_int(get, ":now", now);
	return read_one(store, get, arena, matter);
}

enum store_result store_matter_about(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t subject, int64_t now, struct store_matter *matter)
{
	struct db_statement *get = use(store, MATTER_ABOUT);

	db_bind_int(get, ":account", account);
	db_bind_int(get, ":kind", kind);
	db_bind_int(get, ":subject", subject);
	db_bind_int(get, ":now", now);
	return read_one(store, get, arena, matter);
}

static enum store_result list_open(struct store *store, struct db_statement *list,
	struct arena *arena, int64_t account, int64_t now, size_t max, store_matter_row *give,
	void *context)
{
	struct matter_row {
		struct matter_row *next;
		struct store_matter matter;
	} *first = NULL, **last = &first;
	enum db_step step;

	db_bind_int(list, ":account", account);
	db_bind_int(list, ":now", now);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last == NULL || matter_read(list, arena, &(*last)->matter) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct matter_row *row = first; row != NULL; row = row->next)
		if (give(context, &row->matter) != 0)
			break;
	return STORE_OK;
}

enum store_result store_matter_list(struct store *store, struct arena *arena, int64_t account,
	int64_t now, size_t max, store_matter_row *give, void *context)
{
	return list_open(store, use(store, MATTER_LIST), arena, account, now, max, give, context);
}

enum store_result store_matter_list_kind(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t now, size_t max, store_matter_row *give, void *context)
{
	struct db_statement *list = use(store, MATTER_LIST_KIND);

	db_bind_int(list, ":kind", kind);
	return list_open(store, list, arena, account, now, max, give, context);
}

enum store_result store_matter_all(struct store *store, struct arena *arena, int64_t account,
	int64_t after, size_t max,
	int (*give)(void *context, const struct store_matter *matter, bool declined), void *context)
{
	struct matter_row {
		struct matter_row *next;
		struct store_matter matter;
		bool declined;
	} *first = NULL, **last = &first;
	struct db_statement *all = use(store, MATTER_ALL);
	enum db_step step;

	db_bind_int(all, ":account", account);
	db_bind_int(all, ":after", after);
	db_bind_int(all, ":max", (int64_t)max);
	while ((step = db_step(all)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last == NULL || matter_read(all, arena, &(*last)->matter) != 0) {
			db_end(all);
			return store_no_memory(store);
		}
		(*last)->declined = db_int(all, MATTER_DECLINED) != 0;
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct matter_row *row = first; row != NULL; row = row->next)
		if (give(context, &row->matter, row->declined) != 0)
			break;
	return STORE_OK;
}

enum store_result store_matter_count(struct store *store, const struct store_matter *matter,
	int64_t now, int64_t *count, bool *is_there)
{
	struct db_statement *get = use(store, MATTER_IS_ASKED);

	db_bind_int(get, ":account", matter->account);
	db_bind_int(get, ":kind", matter->kind);
	db_bind_int(get, ":subject", matter->subject);
	db_bind_text(get, ":target", matter->target);
	db_bind_int(get, ":now", now);
	if (db_step(get) != DB_ROW)
		return STORE_ERROR;
	*count = db_int(get, 0);
	*is_there = db_int(get, 1) > 0;
	db_end(get);
	return STORE_OK;
}

static enum store_result change_one(
	struct store *store, unsigned statement, int64_t account, int64_t id)
{
	struct db_statement *change = use(store, statement);
	int64_t changes = 0;

	db_bind_int(change, ":account", account);
	db_bind_int(change, ":id", id);
	if (db_run(change, &changes) != 0)
		return STORE_ERROR;
	return changes > 0 ? STORE_OK : STORE_NONE;
}

enum store_result store_matter_decline(struct store *store, int64_t account, int64_t id)
{
	return change_one(store, MATTER_DECLINE, account, id);
}

enum store_result store_matter_decline_long(
	struct store *store, const struct store_matter *matter, int64_t until, size_t max)
{
	struct db_statement *keep = use(store, MATTER_KEEP), *prune;
	int64_t changes = 0;

	db_bind_int(keep, ":account", matter->account);
	db_bind_int(keep, ":id", matter->id);
	db_bind_int(keep, ":until", until);
	if (db_run(keep, &changes) != 0)
		return STORE_ERROR;
	prune = use(store, MATTER_PRUNE);
	db_bind_int(prune, ":account", matter->account);
	db_bind_int(prune, ":kind", matter->kind);
	db_bind_int(prune, ":max", (int64_t)max);
	if (db_run(prune, NULL) != 0)
		return STORE_ERROR;
	return changes > 0 ? STORE_OK : STORE_NONE;
}

enum store_result store_matter_remove(struct store *store, int64_t account, int64_t id)
{
	return change_one(store, MATTER_REMOVE, account, id);
}

enum store_result store_matter_clear(struct store *store, int64_t account, enum matter_kind kind)
{
	struct db_statement *clear = use(store, MATTER_CLEAR);

	db_bind_int(clear, ":account", account);
	db_bind_int(clear, ":kind", kind);
	return store_result_of(db_run(clear, NULL));
}

enum store_result store_matter_forget(struct store *store, int64_t link)
{
	struct db_statement *forget = use(store, MATTER_FORGET);

	db_bind_int(forget, ":link", link);
	return store_result_of(db_run(forget, NULL));
}

/* Runs a statement that deletes matters and gives their accounts, which are released: a card may
 * have been sent to one that never used the service. *count: how many. */
static enum store_result delete_all(struct store *store, struct db_statement *delete, size_t *count)
{
	int64_t *accounts = NULL;
	size_t size = 0;
	enum db_step step;
	enum store_result result = STORE_OK;

	*count = 0;
	while ((step = db_step(delete)) == DB_ROW) {
		if (*count == size) {
			int64_t *more;

			size = size == 0 ? 16 : size * 2;
			more = realloc(accounts, size * sizeof(*accounts));
			if (more == NULL) {
				db_end(delete);
				free(accounts);
				return store_no_memory(store);
			}
			accounts = more;
		}
		accounts[(*count)++] = db_int(delete, 0);
	}
	if (step == DB_ERROR)
		result = STORE_ERROR;
	for (size_t i = 0; i < *count && result == STORE_OK; i++)
		result = store_account_release(store, accounts[i]);
	free(accounts);
	return result;
}

enum store_result store_matter_expire(struct store *store, int64_t now, size_t max, bool *more)
{
	struct db_statement *expire = use(store, HELD_EXPIRE);
	int64_t changes = 0;
	size_t count;

	db_bind_int(expire, ":now", now);
	db_bind_int(expire, ":max", (int64_t)max);
	if (db_run(expire, &changes) != 0)
		return STORE_ERROR;
	expire = use(store, MATTER_EXPIRE);
	db_bind_int(expire, ":now", now);
	db_bind_int(expire, ":max", (int64_t)max);
	if (delete_all(store, expire, &count) != STORE_OK)
		return STORE_ERROR;
	*more = (size_t)changes == max || count == max;
	return STORE_OK;
}

enum store_result store_matter_erase(struct store *store, int64_t account)
{
	struct db_statement *erase = use(store, MATTER_ERASE);
	size_t count;

	db_bind_int(erase, ":account", account);
	return delete_all(store, erase, &count);
}
