/* The store on SQLite: accounts and their settings. */
#include "component/store.h"

#include <string.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

#define DAY_S 86400

enum {
	ACCOUNT_FIND,
	ACCOUNT_ADD,
	ACCOUNT_BY_ID,
	ACCOUNT_OPEN,
	ACCOUNT_SEEN,
	ACCOUNT_USED,
	ACCOUNT_REGION,
	ACCOUNT_ASLEEP,
	ACCOUNT_LIST,
	ACCOUNT_CLOSE,
	ACCOUNT_RELEASE,
	SETTING_GET,
	SETTING_PUT,
	SETTING_CLEAR,
	SETTING_ERASE
};

static const char *const texts[] = {
	[ACCOUNT_FIND] = "SELECT " ACCOUNT_COLUMNS " FROM account"
			 " WHERE jid = :jid AND closed_at = 0",
	[ACCOUNT_ADD] = "INSERT INTO account (id, jid, opened_at, closed_at, dropped)"
			" VALUES (:account, :jid, 0, 0, 0)",
	[ACCOUNT_BY_ID] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = :account",
	[ACCOUNT_OPEN] = "UPDATE account SET opened_at = :now, seen_at = :now"
			 " WHERE id = :account AND opened_at = 0 AND closed_at = 0",
	[ACCOUNT_SEEN] = "UPDATE account SET seen_at = :now WHERE id = :account",
	[ACCOUNT_USED] = "UPDATE account SET used_at = :at WHERE id = :account",
	[ACCOUNT_REGION] = "UPDATE account SET region = :region WHERE id = :account",
	[ACCOUNT_ASLEEP] = "SELECT " ACCOUNT_COLUMNS " FROM account"
			   " WHERE closed_at = 0 AND opened_at > 0 AND seen_at < :before"
			   " ORDER BY seen_at LIMIT 1",
	[ACCOUNT_LIST] = "SELECT " ACCOUNT_COLUMNS " FROM account"
			 " WHERE closed_at = 0 AND jid > :after AND opened_at > 0"
			 " ORDER BY jid LIMIT :max",
	[ACCOUNT_CLOSE] = "UPDATE account SET closed_at = :now, opened_at = 0, dropped = 0,"
			  " told_since = 0, told = 0, summary_at = 0, seen_at = 0, used_at = 0,"
			  " region = '' WHERE id = :account",
	/* One that was opened and is in force stays, though it has nothing yet. */
	[ACCOUNT_RELEASE] = "DELETE FROM account WHERE id = :account"
			    " AND (opened_at = 0 OR closed_at > 0)"
			    " AND NOT EXISTS (SELECT 1 FROM contact WHERE subject = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM contact WHERE owner = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM retraction WHERE owner = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM profile WHERE account = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM matter WHERE account = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM setting WHERE account = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM listed WHERE account = :account)"
			    " AND NOT EXISTS (SELECT 1 FROM follow WHERE account = :account)",
	[SETTING_GET] = "SELECT value FROM setting WHERE account = :account AND setting = :setting",
	[SETTING_PUT] = "INSERT INTO setting (account, setting, value)"
			" VALUES (:account, :setting, :value)"
			" ON CONFLICT (account, setting) DO UPDATE SET value = excluded.value",
	[SETTING_CLEAR] = "DELETE FROM setting WHERE account = :account AND setting = :setting",
	[SETTING_ERASE] = "DELETE FROM setting WHERE account = :account",
};

const struct store_texts store_account_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_ACCOUNT, statement);
}

/* Of one that the turn changes. */
static struct db_statement *use_to_change(struct store *store, unsigned statement, int64_t account)
{
	struct db_statement *used = use(store, statement);

	account_cache_forget(store->accounts, account);
	db_bind_int(used, ":account", account);
	return used;
}

int store_account_read_row(struct db_statement *statement, int from, struct arena *arena,
	struct store_account *account)
{
	const char *region;
	bool failed = false;
	size_t len;

	account->id = db_int(statement, from);
	account->jid = store_copy(arena, statement, from + 1, NULL, &failed);
	account->opened_at = db_int(statement, from + 2);
	account->closed_at = db_int(statement, from + 3);
	account->seen_at = db_int(statement, from + 4);
	account->used_at = db_int(statement, from + 5);
	region = db_text(statement, from + 6, &len);
	account->region[0] = '\0';
	if (region && len == 2)
		memcpy(account->region, region, len + 1);
	return failed ? -1 : 0;
}

enum store_result store_account_read(struct store *store, struct db_statement *statement,
	struct arena *arena, struct store_account *account)
{
	int result;
	enum store_result found;

	found = store_step(statement);
	if (found != STORE_OK)
		return found;
	result = store_account_read_row(statement, 0, arena, account);
	db_end(statement);
	return result == 0 ? STORE_OK : store_no_memory(store);
}

enum store_result store_account_find(
	struct store *store, struct arena *arena, const char *jid, struct store_account *account)
{
	struct db_statement *find;
	enum store_result found;

	switch (account_cache_find(store->accounts, jid, account)) {
	case ACCOUNT_CACHED:
		account->jid = arena_strdup(arena, account->jid);
		return account->jid != NULL ? STORE_OK : store_no_memory(store);
	case ACCOUNT_ABSENT:
		return STORE_NONE;
	case ACCOUNT_UNKNOWN:
		break;
	}
	find = use(store, ACCOUNT_FIND);
	db_bind_text(find, ":jid", jid);
	found = store_account_read(store, find, arena, account);
	if (found == STORE_OK)
		account_cache_add(store->accounts, account);
	else if (found == STORE_NONE)
		account_cache_add_absent(store->accounts, jid);
	return found;
}

enum store_result store_account_get(
	struct store *store, struct arena *arena, const char *jid, struct store_account *account)
{
	enum store_result result = store_account_find(store, arena, jid, account);
	struct db_statement *add;

	if (result != STORE_NONE)
		return result;
	*account = (struct store_account){
		.id = store_next(store, STORE_POSITION), .jid = arena_strdup(arena, jid)};
	if (account->jid == NULL)
		return store_no_memory(store);
	account_cache_forget_absent(store->accounts, jid, account->id);
	add = use(store, ACCOUNT_ADD);
	db_bind_int(add, ":account", account->id);
	db_bind_text(add, ":jid", jid);
	return store_result_of(db_run(add, NULL));
}

enum store_result store_account_by_id(
	struct store *store, struct arena *arena, int64_t id, struct store_account *account)
{
	struct db_statement *get = use(store, ACCOUNT_BY_ID);

	db_bind_int(get, ":account", id);
	return store_account_read(store, get, arena, account);
}

enum store_result store_account_open(struct store *store, int64_t id, int64_t now)
{
	struct db_statement *open = use_to_change(store, ACCOUNT_OPEN, id);

	db_bind_int(open, ":now", now);
	return store_result_of(db_run(open, NULL));
}

enum store_result store_account_region(struct store *store, int64_t id, const char *region)
{
	struct db_statement *put = use_to_change(store, ACCOUNT_REGION, id);

	db_bind_text(put, ":region", region);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_account_used(struct store *store, int64_t id, int64_t at)
{
	struct db_statement *used = use_to_change(store, ACCOUNT_USED, id);

	db_bind_int(used, ":at", at);
	return store_result_of(db_run(used, NULL));
}

enum store_result store_account_seen(
	struct store *store, struct store_account *account, int64_t now)
{
	struct db_statement *seen;

	/* Who only reads is not to fail for it. */
	if ((now - account->seen_at < DAY_S && account->seen_at - now < DAY_S) ||
		store_trouble(store))
		return STORE_OK;
	account->seen_at = now;
	seen = use_to_change(store, ACCOUNT_SEEN, account->id);
	db_bind_int(seen, ":now", now);
	return store_result_of(db_run(seen, NULL));
}

enum store_result store_account_asleep(
	struct store *store, struct arena *arena, int64_t before, struct store_account *account)
{
	struct db_statement *asleep = use(store, ACCOUNT_ASLEEP);

	db_bind_int(asleep, ":before", before);
	return store_account_read(store, asleep, arena, account);
}

enum store_result store_account_release(struct store *store, int64_t account)
{
	account_cache_forget_removed(store->accounts, account);
	return store_run_for(store, STORE_SET_ACCOUNT, ACCOUNT_RELEASE, account);
}

enum store_result store_account_erase(struct store *store, int64_t id, int64_t now)
{
	struct db_statement *close;

	if (store_book_erase(store, id) != STORE_OK || store_run_erase(store, id) != STORE_OK ||
		store_matter_erase(store, id) != STORE_OK ||
		store_dormant_erase(store, id) != STORE_OK ||
		store_missing_erase(store, id) != STORE_OK ||
		store_sweep_erase(store, id) != STORE_OK ||
		store_profile_erase(store, id) != STORE_OK ||
		store_roster_erase(store, id) != STORE_OK ||
		store_follow_erase(store, id) != STORE_OK ||
		store_listed_erase(store, id) != STORE_OK ||
		store_run_for(store, STORE_SET_ACCOUNT, SETTING_ERASE, id) != STORE_OK)
		return STORE_ERROR;
	account_cache_forget_removed(store->accounts, id);
	close = use(store, ACCOUNT_CLOSE);
	db_bind_int(close, ":account", id);
	db_bind_int(close, ":now", now);
	if (db_run(close, NULL) != 0)
		return STORE_ERROR;
	return store_account_release(store, id);
}

enum store_result store_account_list(struct store *store, struct arena *arena, const char *after,
	size_t max, void (*row)(void *context, const struct store_account *account), void *context)
{
	struct account_row {
		struct account_row *next;
		struct store_account account;
	} *first = NULL, **last = &first;
	struct db_statement *list = use(store, ACCOUNT_LIST);
	enum db_step step;

	db_bind_text(list, ":after", after != NULL ? after : "");
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last == NULL ||
			store_account_read_row(list, 0, arena, &(*last)->account) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct account_row *each = first; each != NULL; each = each->next)
		row(context, &each->account);
	return STORE_OK;
}

/* ---- Settings ---- */

static struct db_statement *use_setting(
	struct store *store, unsigned statement, int64_t account, enum setting setting)
{
	struct db_statement *used = use(store, statement);

	db_bind_int(used, ":account", account);
	db_bind_int(used, ":setting", setting);
	return used;
}

enum store_result store_setting_get(
	struct store *store, int64_t account, enum setting setting, int *value)
{
	struct db_statement *get = use_setting(store, SETTING_GET, account, setting);
	enum store_result found;

	found = store_step(get);
	if (found == STORE_OK) {
		*value = (int)db_int(get, 0);
		db_end(get);
	}
	return found;
}

enum store_result store_setting_put(
	struct store *store, int64_t account, enum setting setting, int value)
{
	struct db_statement *put = use_setting(store, SETTING_PUT, account, setting);

	db_bind_int(put, ":value", value);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_setting_clear(struct store *store, int64_t account, enum setting setting)
{
	return store_result_of(db_run(use_setting(store, SETTING_CLEAR, account, setting), NULL));
}
