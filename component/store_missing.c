/* The store on SQLite: current numbers that the vCard of an account's ordinary client lacks. */
#include "component/store.h"

#include "component/store_sqlite.h"

enum { MISSING_LIST, MISSING_ADD, MISSING_ERASE };

static const char *const texts[] = {
	[MISSING_LIST] = "SELECT identity, state FROM missing WHERE account = :account"
			 " ORDER BY identity",
	[MISSING_ADD] = "INSERT INTO missing (account, identity, state)"
			" VALUES (:account, :identity, :state)",
	[MISSING_ERASE] = "DELETE FROM missing WHERE account = :account",
};

const struct store_texts store_missing_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement, int64_t account)
{
	struct db_statement *used = store_use(store, STORE_SET_MISSING, statement);

	db_bind_int(used, ":account", account);
	return used;
}

enum store_result store_missing_get(struct store *store, struct arena *arena, int64_t account,
	struct store_missing *list, size_t max, size_t *count)
{
	struct db_statement *all = use(store, MISSING_LIST, account);
	bool failed = false;
	enum db_step step = DB_DONE;

	*count = 0;
	while (*count < max && (step = db_step(all)) == DB_ROW) {
		list[*count].identity = store_copy(arena, all, 0, NULL, &failed);
		list[(*count)++].state = (enum missing_state)db_int(all, 1);
	}
	if (step == DB_ROW)
		db_end(all);
	if (failed)
		return store_no_memory(store);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_missing_put(
	struct store *store, int64_t account, const struct store_missing *list, size_t count)
{
	if (store_missing_erase(store, account) != STORE_OK)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++) {
		struct db_statement *add = use(store, MISSING_ADD, account);

		db_bind_text(add, ":identity", list[i].identity);
		db_bind_int(add, ":state", list[i].state);
		if (db_run(add, NULL) != 0)
			return STORE_ERROR;
	}
	return STORE_OK;
}

enum store_result store_missing_erase(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_MISSING, MISSING_ERASE, account);
}
