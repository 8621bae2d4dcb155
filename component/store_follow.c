/* The store on SQLite: who has the service in the roster, and what was seen of its vCard. */
#include "component/store.h"

#include "common/arena.h"
#include "component/store_sqlite.h"

enum { FOLLOW_GET, FOLLOW_PUT, FOLLOW_REMOVE, FOLLOW_LIST };

static const char *const texts[] = {
	[FOLLOW_GET] = "SELECT shares, read_at, seen FROM follow WHERE account = :account",
	[FOLLOW_PUT] = "INSERT INTO follow (account, shares, read_at, seen)"
		       " VALUES (:account, :shares, :read_at, :seen)"
		       " ON CONFLICT (account) DO UPDATE SET shares = excluded.shares,"
		       " read_at = excluded.read_at, seen = excluded.seen",
	[FOLLOW_REMOVE] = "DELETE FROM follow WHERE account = :account",
	[FOLLOW_LIST] = ("SELECT account, jid FROM follow JOIN account ON id = account"
			 " WHERE account > :after AND shares = 1 ORDER BY account LIMIT :max"),
};

const struct store_texts store_follow_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_FOLLOW, statement);
}

enum store_result store_follow_get(
	struct store *store, struct arena *arena, int64_t account, struct store_follow *follow)
{
	struct db_statement *get = use(store, FOLLOW_GET);
	bool failed = false;
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	follow->account = account;
	follow->shares = db_int(get, 0) != 0;
	follow->read_at = db_int(get, 1);
	follow->seen = store_copy(arena, get, 2, NULL, &failed);
	db_end(get);
	return failed ? store_no_memory(store) : STORE_OK;
}

enum store_result store_follow_put(struct store *store, const struct store_follow *follow)
{
	struct db_statement *put = use(store, FOLLOW_PUT);

	db_bind_int(put, ":account", follow->account);
	db_bind_int(put, ":shares", follow->shares);
	db_bind_int(put, ":read_at", follow->read_at);
	db_bind_text(put, ":seen", follow->seen);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_follow_erase(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_FOLLOW, FOLLOW_REMOVE, account);
}

enum store_result store_follow_remove(struct store *store, int64_t account)
{
	enum store_result result = store_follow_erase(store, account);

	return result == STORE_OK ? store_account_release(store, account) : result;
}

enum store_result store_follow_list(struct store *store, struct arena *arena, int64_t after,
	size_t max, void (*row)(void *context, int64_t account, const char *jid), void *context)
{
	struct follow_row {
		struct follow_row *next;
		int64_t account;
		const char *jid;
	} *first = NULL, **last = &first;
	struct db_statement *list = use(store, FOLLOW_LIST);
	enum db_step step;
	bool failed = false;

	db_bind_int(list, ":after", after);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		*last = arena_alloc(arena, sizeof(**last));
		if (*last != NULL) {
			(*last)->account = db_int(list, 0);
			(*last)->jid = store_copy(arena, list, 1, NULL, &failed);
		}
		if (*last == NULL || failed) {
			db_end(list);
			return store_no_memory(store);
		}
		last = &(*last)->next;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (const struct follow_row *each = first; each != NULL; each = each->next)
		row(context, each->account, each->jid);
	return STORE_OK;
}
