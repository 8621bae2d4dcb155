/* Turns of the store on SQLite, the counters that numbers are drawn from, and what all files of the
 * store use. */
#include "component/store.h"

#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/monotonic.h"
#include "component/store_sqlite.h"

#define WORK_MS 20 /* of one who shares the store, before he rests */

enum { COUNTERS_GET, COUNTERS_PUT, SECRET_GET };

static const char *const texts[] = {
	[COUNTERS_GET] = "SELECT position, link, card_update FROM store WHERE id = 1",
	[COUNTERS_PUT] = "UPDATE store"
			 " SET position = :position, link = :link, card_update = :card_update"
			 " WHERE id = 1",
	[SECRET_GET] = "SELECT hex(secret) FROM store WHERE id = 1",
};

const struct store_texts store_turn_texts = {texts, sizeof(texts) / sizeof(texts[0])};

/* ---- Turns ---- */

static enum store_result begin(struct store *store, bool writes)
{
	uint64_t version;

	/* What kithctl drew since the last turn counts too: read it again. */
	store->has_read_counters = false;
	if (db_begin(store->db, writes) != 0)
		return STORE_ERROR;
	version = db_version(store->db);
	account_cache_begin(store->accounts, version);
	book_cache_begin(store->books, version);
	return STORE_OK;
}

enum store_result store_turn_begin(struct store *store)
{
	return begin(store, true);
}

enum store_result store_look_begin(struct store *store)
{
	return begin(store, false);
}

/* kithctl has turns one after the other; kithd gets in between. */
static void rest(struct store *store)
{
	static const struct timespec pause = {.tv_nsec = 2 * DB_BUSY_STEP_MS * 1000000};

	if (monotonic_ms() - store->rested_ms < WORK_MS)
		return;
	(void)nanosleep(&pause, NULL);
	store->rested_ms = monotonic_ms();
}

static bool has_drawn(const struct store *store)
{
	return store->has_read_counters &&
	       memcmp(store->drawn, store->drawn_stored, sizeof(store->drawn)) != 0;
}

bool store_has_changes(const struct store *store)
{
	return db_has_changes(store->db) || (db_in_turn(store->db) && has_drawn(store));
}

enum store_result store_turn_commit(struct store *store)
{
	uint64_t version;

	if (has_drawn(store)) {
		struct db_statement *put = store_use(store, STORE_SET_TURN, COUNTERS_PUT);

		db_bind_int(put, ":position", store->drawn[STORE_POSITION]);
		db_bind_int(put, ":link", store->drawn[STORE_LINK]);
		db_bind_int(put, ":card_update", store->drawn[STORE_UPDATE]);
		(void)db_run(put, NULL); /* if it fails, so does the commit */
	}
	if (db_commit(store->db) != 0) {
		book_cache_undone(store->books);
		return STORE_ERROR;
	}
	version = db_version(store->db);
	account_cache_committed(store->accounts, version);
	book_cache_committed(store->books, version);
	if (store->is_shared)
		rest(store);
	return STORE_OK;
}

void store_turn_rollback(struct store *store)
{
	db_rollback(store->db);
	book_cache_undone(store->books);
}

bool store_in_turn(const struct store *store)
{
	return db_in_turn(store->db);
}

enum store_result store_part_begin(struct store *store)
{
	book_cache_part_begin(store->books);
	return store_result_of(db_part_begin(store->db));
}

enum store_result store_part_end(struct store *store, bool undo)
{
	if (undo)
		book_cache_part_undone(store->books);
	/* The counters go on also over what is undone: that leaves a gap and no more. */
	return store_result_of(db_part_end(store->db, undo));
}

/* ---- For all files of the store ---- */

struct db_statement *store_use(struct store *store, enum store_set set, unsigned statement)
{
	return db_use(store->statements[set], statement);
}

enum store_result store_step(struct db_statement *statement)
{
	switch (db_step(statement)) {
	case DB_ROW:
		return STORE_OK;
	case DB_DONE:
		return STORE_NONE;
	case DB_ERROR:
		break;
	}
	return STORE_ERROR;
}

enum store_result store_result_of(int result)
{
	return result == 0 ? STORE_OK : STORE_ERROR;
}

enum store_result store_last(struct store *store, enum store_counter counter, int64_t *number)
{
	if (!store->has_read_counters) {
		struct db_statement *get = store_use(store, STORE_SET_TURN, COUNTERS_GET);

		if (db_step(get) != DB_ROW)
			return STORE_ERROR;
		for (int i = 0; i < STORE_COUNTERS; i++)
			store->drawn[i] = store->drawn_stored[i] = db_int(get, i);
		db_end(get);
		store->has_read_counters = true;
	}
	*number = store->drawn[counter];
	return STORE_OK;
}

int64_t store_next(struct store *store, enum store_counter counter)
{
	int64_t last;

	return store_last(store, counter, &last) == STORE_OK ? ++store->drawn[counter] : 0;
}

enum store_result store_touch(struct store *store)
{
	return store_next(store, STORE_POSITION) != 0 ? STORE_OK : STORE_ERROR;
}

enum store_result store_no_memory(struct store *store)
{
	(void)db_fail(store->db, "out of memory");
	return STORE_ERROR;
}

const char *store_copy(
	struct arena *arena, struct db_statement *statement, int column, size_t *len, bool *failed)
{
	size_t bytes = 0;
	const char *text = db_bytes(statement, column, &bytes), *copy = NULL;

	if (len != NULL)
		*len = bytes;
	if (text != NULL && (copy = arena_strndup(arena, text, bytes)) == NULL)
		*failed = true;
	return copy;
}

enum store_result store_run_for(
	struct store *store, enum store_set set, unsigned statement, int64_t account)
{
	struct db_statement *run = store_use(store, set, statement);

	db_bind_int(run, ":account", account);
	return store_result_of(db_run(run, NULL));
}

enum store_result store_key(struct store *store, unsigned char key[32])
{
	static const char digits[] = "0123456789ABCDEF";
	struct db_statement *get = store_use(store, STORE_SET_TURN, SECRET_GET);
	const char *hex;

	if (db_step(get) != DB_ROW)
		return STORE_ERROR;
	hex = db_text(get, 0, NULL);
	for (int i = 0; i < 32 && hex != NULL; i++)
		key[i] = (unsigned char)((strchr(digits, hex[2 * i]) - digits) << 4 |
					 (strchr(digits, hex[2 * i + 1]) - digits));
	db_end(get);
	if (hex == NULL)
		return store_no_memory(store);
	memcpy(store->key, key, sizeof(store->key));
	store->has_key = true;
	return STORE_OK;
}
