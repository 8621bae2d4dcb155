/* The store on SQLite: who is subscribed to whom, both ways, as rosters had it when last read. */
#include "component/store.h"

#include <stdlib.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

enum {
	ROSTER_ASKED,
	ROSTER_FORGET,
	PAIR_LIST,
	PAIR_AFTER,
	PAIR_ADD,
	PAIR_REMOVE,
	PAIR_HAS,
	PAIR_ERASE,
	ROSTER_WHEN
};

static const char *const texts[] = {
	[ROSTER_ASKED] = ("INSERT INTO roster (account, asked_at) VALUES (:account, :now)"
			  " ON CONFLICT (account) DO UPDATE SET asked_at = excluded.asked_at"
			  " WHERE asked_at < :before OR asked_at > :now"),
	[ROSTER_FORGET] = "DELETE FROM roster WHERE account = :account",
	[PAIR_LIST] = "SELECT other FROM roster_pair WHERE account = :account ORDER BY other",
	[PAIR_AFTER] = ("SELECT other FROM roster_pair WHERE account = :account AND other > :after"
			" ORDER BY other LIMIT :max"),
	[PAIR_ADD] = "INSERT OR IGNORE INTO roster_pair (account, other) VALUES (:account, :other)",
	[PAIR_REMOVE] = "DELETE FROM roster_pair WHERE account = :account AND other = :other",
	[PAIR_HAS] = "SELECT 1 FROM roster_pair WHERE account = :account AND other = :other",
	[ROSTER_WHEN] = "SELECT asked_at FROM roster WHERE account = :account",
	[PAIR_ERASE] = "DELETE FROM roster_pair WHERE account = :account OR other = :account",
};

const struct store_texts store_roster_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement, int64_t account)
{
	struct db_statement *used = store_use(store, STORE_SET_ROSTER, statement);

	db_bind_int(used, ":account", account);
	return used;
}

enum store_result store_roster_asked(
	struct store *store, int64_t account, int64_t now, int64_t before, bool *is_due)
{
	struct db_statement *asked = use(store, ROSTER_ASKED, account);
	int64_t changes = 0;
	int result;

	db_bind_int(asked, ":now", now);
	db_bind_int(asked, ":before", before);
	result = db_run(asked, &changes);
	*is_due = changes > 0;
	return store_result_of(result);
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static int run_row(struct store *store, unsigned statement, int64_t account, int64_t other)
{
	struct db_statement *row = use(store, statement, account);

	db_bind_int(row, ":other", other);
	return db_run(row, NULL);
}

/* Both rows of a pair. */
static enum store_result run_pair(
	struct store *store, unsigned statement, int64_t account, int64_t other)
{
	int result = run_row(store, statement, account, other);

	return store_result_of(result ? result : run_row(store, statement, other, account));
}

/* Most rosters are as they were, and nothing is written then. */
enum store_result store_roster_put(
	struct store *store, struct arena *arena, int64_t account, int64_t *others, size_t count)
{
	struct db_statement *list = use(store, PAIR_LIST, account);
	enum db_step step;
	int64_t *gone = NULL;
	size_t gone_count = 0, gone_size = 0;

	if (count > 0)
		qsort(others, count, sizeof(*others), compare);
	while ((step = db_step(list)) == DB_ROW) {
		int64_t other = db_int(list, 0);

		if (count > 0 && bsearch(&other, others, count, sizeof(*others), compare))
			continue;
		if (gone_count == gone_size) {
			size_t size = gone_size ? 2 * gone_size : 16;
			int64_t *larger = arena_alloc(arena, size * sizeof(*larger));

			if (!larger) {
				db_end(list);
				return store_no_memory(store);
			}
			for (size_t i = 0; i < gone_count; i++)
				larger[i] = gone[i];
			gone = larger;
			gone_size = size;
		}
		gone[gone_count++] = other;
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (size_t i = 0; i < gone_count; i++)
		if (run_pair(store, PAIR_REMOVE, account, gone[i]) != STORE_OK)
			return STORE_ERROR;
	for (size_t i = 0; i < count; i++)
		if (others[i] != account && (i == 0 || others[i] != others[i - 1]) &&
			run_pair(store, PAIR_ADD, account, others[i]) != STORE_OK)
			return STORE_ERROR;
	return STORE_OK;
}

enum store_result store_roster_has(struct store *store, int64_t account, int64_t other, bool *yes)
{
	struct db_statement *has = use(store, PAIR_HAS, account);
	enum db_step step;

	db_bind_int(has, ":other", other);
	step = db_step(has);
	*yes = step == DB_ROW;
	if (step == DB_ROW)
		db_end(has);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_roster_list(struct store *store, int64_t account, int64_t after,
	int64_t *others, size_t max, size_t *count)
{
	struct db_statement *list = use(store, PAIR_AFTER, account);
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW)
		others[(*count)++] = db_int(list, 0);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_roster_erase(struct store *store, int64_t account)
{
	enum store_result result = store_run_for(store, STORE_SET_ROSTER, PAIR_ERASE, account);

	if (result != STORE_OK)
		return result;
	return store_run_for(store, STORE_SET_ROSTER, ROSTER_FORGET, account);
}

enum store_result store_roster_when(struct store *store, int64_t account, int64_t *asked_at)
{
	struct db_statement *when = use(store, ROSTER_WHEN, account);
	enum store_result found;

	found = store_step(when);
	if (found != STORE_OK)
		return found;
	*asked_at = db_int(when, 0);
	db_end(when);
	return STORE_OK;
}
