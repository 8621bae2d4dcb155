/* The store on SQLite: the lists of JIDs that an account keeps. */
#include "component/store.h"

#include "common/arena.h"
#include "component/store_sqlite.h"

enum { LISTED_HAS, LISTED_ALL, LISTED_ADD, LISTED_CLEAR, LISTED_ERASE, LISTED_LEAVE };

static const char *const texts[] = {
	[LISTED_HAS] = "SELECT 1 FROM listed"
		       " WHERE account = :account AND kind = :kind AND jid = :jid",
	[LISTED_ALL] = "SELECT jid FROM listed WHERE account = :account AND kind = :kind"
		       " ORDER BY jid",
	[LISTED_ADD] = "INSERT OR IGNORE INTO listed (account, kind, jid)"
		       " VALUES (:account, :kind, :jid)",
	[LISTED_CLEAR] = "DELETE FROM listed WHERE account = :account AND kind = :kind",
	[LISTED_ERASE] = "DELETE FROM listed WHERE account = :account",
	[LISTED_LEAVE] = "DELETE FROM listed WHERE kind = :kind"
			 " AND jid = (SELECT jid FROM account WHERE id = :account)",
};

const struct store_texts store_listed_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(
	struct store *store, unsigned statement, int64_t account, enum listed kind)
{
	struct db_statement *used = store_use(store, STORE_SET_LISTED, statement);

	db_bind_int(used, ":account", account);
	db_bind_int(used, ":kind", kind);
	return used;
}

enum store_result store_listed_has(
	struct store *store, int64_t account, enum listed kind, const char *jid, bool *yes)
{
	struct db_statement *has = use(store, LISTED_HAS, account, kind);

	db_bind_text(has, ":jid", jid);
	switch (db_step(has)) {
	case DB_ROW:
		*yes = true;
		db_end(has);
		return STORE_OK;
	case DB_DONE:
		*yes = false;
		return STORE_OK;
	case DB_ERROR:
		break;
	}
	return STORE_ERROR;
}

enum store_result store_listed_get(struct store *store, struct arena *arena, int64_t account,
	enum listed kind, const char **jids, size_t max, size_t *count)
{
	struct db_statement *all = use(store, LISTED_ALL, account, kind);
	bool failed = false;
	enum db_step step = DB_DONE;

	*count = 0;
	while (*count < max && (step = db_step(all)) == DB_ROW)
		jids[(*count)++] = store_copy(arena, all, 0, NULL, &failed);
	if (step == DB_ROW)
		db_end(all);
	if (failed)
		return store_no_memory(store);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_listed_put(struct store *store, int64_t account, enum listed kind,
	const char *const *jids, size_t count)
{
	if (db_run(use(store, LISTED_CLEAR, account, kind), NULL) != 0)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++) {
		struct db_statement *add = use(store, LISTED_ADD, account, kind);

		db_bind_text(add, ":jid", jids[i]);
		if (db_run(add, NULL) != 0)
			return STORE_ERROR;
	}
	return STORE_OK;
}

enum store_result store_listed_erase(struct store *store, int64_t account)
{
	if (store_run_for(store, STORE_SET_LISTED, LISTED_ERASE, account) != STORE_OK)
		return STORE_ERROR;
	return store_result_of(db_run(use(store, LISTED_LEAVE, account, LISTED_CHOSEN), NULL));
}
