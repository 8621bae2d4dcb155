/* A thin typed layer on sqlite3: see db.h. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "component/db_state.h"

enum {
	TURN_BEGIN,
	TURN_LOOK,
	TURN_COMMIT,
	TURN_ROLLBACK,
	PART_BEGIN,
	PART_UNDO,
	PART_END,
	TURN_TEXTS
};

/* A turn takes the write lock at once, also one that will only read. Deferred, its first write
 * would fail with SQLITE_BUSY_SNAPSHOT whenever kithctl has written since its first read; and the
 * lock is two system calls on a file in memory, with nothing synced if nothing was written. */
static const char *const turn_texts[TURN_TEXTS] = {
	[TURN_BEGIN] = "BEGIN IMMEDIATE",
	[TURN_LOOK] = "BEGIN",
	[TURN_COMMIT] = "COMMIT",
	[TURN_ROLLBACK] = "ROLLBACK",
	[PART_BEGIN] = "SAVEPOINT part",
	[PART_UNDO] = "ROLLBACK TO part",
	[PART_END] = "RELEASE part",
};

int db_set_prepare(struct db *db, struct db_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (sqlite3_prepare_v3(db->handle, set->texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &set->statements[i].stmt, NULL) != SQLITE_OK)
			return -1;
	return 0;
}

struct db_statement *db_prepare(struct db *db, const char *const *texts, size_t count)
{
	struct db_set *set = calloc(1, sizeof(*set) + count * sizeof(set->statements[0]));

	if (set == NULL)
		return NULL;
	set->texts = texts;
	set->count = count;
	set->next = db->sets;
	db->sets = set;
	for (size_t i = 0; i < count; i++)
		set->statements[i].db = db;
	return db_set_prepare(db, set) == 0 ? set->statements : NULL;
}

void db_each_text(struct db *db, void (*each)(void *context, const char *sql), void *context)
{
	for (const struct db_set *set = db->sets; set != NULL; set = set->next)
		for (size_t i = 0; i < set->count; i++)
			if (set->statements != db->turn)
				each(context, sqlite3_sql(set->statements[i].stmt));
}

int db_fail(struct db *db, const char *what)
{
	if (!db->failed)
		db_trouble_met(&db->trouble, DB_WELL, what, NULL, monotonic_ms());
	db->failed = true;
	return -1;
}

/* Logs what SQLite says, and which statement met it (its text has no values in it). */
static void fail_statement(struct db_statement *statement)
{
	struct db *db = statement->db;

	/* What is refused because the turn has failed already is no failure of SQLite's. */
	if (!db->failed) {
		(void)db_met(db, sqlite3_sql(statement->stmt), errno);
		db->is_hopeless = true;
	}
	db->failed = true;
}

static int run_turn_text(struct db *db, unsigned index)
{
	struct db_statement *statement = &db->turn[index];
	int code;

	errno = 0;
	code = sqlite3_step(statement->stmt);
	if (code != SQLITE_DONE)
		fail_statement(statement);
	sqlite3_reset(statement->stmt);
	return code == SQLITE_DONE ? 0 : -1;
}

static int commit(struct db *db)
{
	int result;

	db_gather_begin();
	result = run_turn_text(db, TURN_COMMIT);
	db_gather_end();
	return result;
}

/* Behind a turn that failed: what its trouble asks for. */
static void draw_consequences(struct db *db)
{
	if (db->trouble.now == DB_UNTRUSTED) {
		db->is_doubtful = db_log_overwrite(db) != 0;
		if (!db->is_doubtful)
			db_file_shut(db, true);
	} else if (db->trouble.now == DB_DAMAGED && !db->is_read_only) {
		db->is_read_only = db_exec(db, "PRAGMA query_only = ON") == 0;
	}
}

/* Where another was waited for in vain, what only reads need not wait on. */
static int begin(struct db *db, bool writes)
{
	db->has_begun_writing = false;
	if (!writes)
		return run_turn_text(db, TURN_LOOK);
	if (run_turn_text(db, TURN_BEGIN) == 0) {
		db->has_begun_writing = true;
		db_trouble_over(&db->trouble, DB_LOCKED, monotonic_ms());
		return 0;
	}
	if (!db->is_known_locked)
		return -1;
	db->failed = db->is_hopeless = false;
	return run_turn_text(db, TURN_LOOK);
}

int db_begin(struct db *db, bool writes)
{
	assert(!db->in_turn);
	if (db_is_shut(db)) {
		db->trouble.failed++;
		return -1;
	}
	if (!db_is_in_place(db))
		return -1;
	if (db->turn == NULL && (db->turn = db_prepare(db, turn_texts, TURN_TEXTS)) == NULL) {
		(void)db_met(db, "prepare", errno);
		return -1;
	}
	db->failed = db->is_hopeless = db->in_part = db->has_written = false;
	db->is_known_locked = db->trouble.now == DB_LOCKED;
	db->in_turn = begin(db, writes && !db->is_read_only) == 0;
	if (!db->in_turn)
		draw_consequences(db);
	else
		db->changes = sqlite3_total_changes64(db->handle);
	return db->in_turn ? 0 : -1;
}

uint64_t db_version(const struct db *db)
{
	unsigned version = 0;

	if (db->handle == NULL || !db->has_begun_writing ||
		sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_DATA_VERSION, &version) !=
			SQLITE_OK)
		return 0;
	return (uint64_t)db->openings << 32 | version;
}

int db_commit(struct db *db)
{
	assert(db->in_turn);
	if (db->failed || commit(db) != 0) {
		db_rollback(db);
		return -1;
	}
	db->in_turn = false;
	if (db->has_written) {
		db_trouble_over(&db->trouble, DB_FULL, monotonic_ms());
		db_trouble_over(&db->trouble, DB_FAILING, monotonic_ms());
		db_log_checkpoint(db);
	}
	return 0;
}

void db_rollback(struct db *db)
{
	/* SQLite itself rolls back on some errors (disk full, I/O): then there is nothing left to.
	 */
	if (db->in_turn && !sqlite3_get_autocommit(db->handle))
		(void)run_turn_text(db, TURN_ROLLBACK);
	if (db->in_turn && db->failed)
		draw_consequences(db);
	db->in_turn = false;
	db->failed = false;
}

bool db_in_turn(const struct db *db)
{
	return db->in_turn;
}

bool db_has_changes(const struct db *db)
{
	return db->in_turn && sqlite3_total_changes64(db->handle) != db->changes;
}

int db_part_begin(struct db *db)
{
	if (!db->in_turn || db->failed)
		return -1;
	db->in_part = run_turn_text(db, PART_BEGIN) == 0;
	return db->in_part ? 0 : -1;
}

int db_part_end(struct db *db, bool undo)
{
	if (undo && db->in_part && !db->is_hopeless)
		db->failed = false;
	db->in_part = false;
	if (!db->in_turn || db->failed)
		return -1;
	if (undo && run_turn_text(db, PART_UNDO) != 0)
		return -1;
	return run_turn_text(db, PART_END);
}

struct db_statement *db_use(struct db_statement *statements, unsigned index)
{
	struct db *db = statements->db;

	if (!db->in_turn)
		log_error("store: used outside a turn");
	return db->in_turn && !db->failed ? &statements[index] : NULL;
}

static bool can_bind(const struct db_statement *statement)
{
	return statement != NULL && !statement->db->failed;
}

/* A name that the statement doesn't have is 0, which SQLite then refuses as out of range. Names are
 * literals, so that most are known by their address. */
static int parameter(struct db_statement *statement, const char *name)
{
	int place = statement->bound + 1; /* mostly they are bound in their order */

	if (place >= DB_NAMES_MAX || statement->names[place] != name)
		for (place = 1; place < DB_NAMES_MAX && statement->names[place] != name; place++)
			;
	if (place == DB_NAMES_MAX)
		place = sqlite3_bind_parameter_index(statement->stmt, name);
	if (place > 0 && place < DB_NAMES_MAX)
		statement->names[place] = name;
	statement->bound = place;
	return place;
}

static void check_bound(struct db_statement *statement, int code)
{
	if (code != SQLITE_OK)
		fail_statement(statement);
}

void db_bind_int(struct db_statement *statement, const char *name, int64_t value)
{
	if (can_bind(statement))
		check_bound(statement,
			sqlite3_bind_int64(statement->stmt, parameter(statement, name), value));
}

void db_bind_id(struct db_statement *statement, const char *name, int64_t id)
{
	if (id == 0)
		db_bind_text(statement, name, NULL);
	else
		db_bind_int(statement, name, id);
}

void db_bind_text(struct db_statement *statement, const char *name, const char *text)
{
	db_bind_text_len(statement, name, text, text != NULL ? strlen(text) : 0);
}

void db_bind_text_len(
	struct db_statement *statement, const char *name, const char *text, size_t len)
{
	if (can_bind(statement))
		check_bound(
			statement, sqlite3_bind_text64(statement->stmt, parameter(statement, name),
					   text, len, SQLITE_STATIC, SQLITE_UTF8));
}

enum db_step db_step(struct db_statement *statement)
{
	int code;

	if (statement == NULL)
		return DB_ERROR;
	errno = 0;
	code = statement->db->failed ? SQLITE_ABORT : sqlite3_step(statement->stmt);
	if (code == SQLITE_ROW)
		return DB_ROW;
	if (code != SQLITE_DONE)
		fail_statement(statement);
	db_end(statement);
	return code == SQLITE_DONE ? DB_DONE : DB_ERROR;
}

int db_run(struct db_statement *statement, int64_t *changes)
{
	enum db_step step = db_step(statement);

	assert(step != DB_ROW);
	if (step == DB_DONE && changes != NULL)
		*changes = sqlite3_changes64(statement->db->handle);
	return step == DB_DONE ? 0 : -1;
}

void db_end(struct db_statement *statement)
{
	if (statement == NULL)
		return;
	sqlite3_reset(statement->stmt);
	/* What was bound is borrowed only until now. */
	sqlite3_clear_bindings(statement->stmt);
	statement->bound = 0;
}

int64_t db_int(struct db_statement *statement, int column)
{
	return sqlite3_column_int64(statement->stmt, column);
}

const char *db_text(struct db_statement *statement, int column, size_t *len)
{
	const char *text = (const char *)sqlite3_column_text(statement->stmt, column);

	if (len != NULL)
		*len = (size_t)sqlite3_column_bytes(statement->stmt, column);
	return text;
}

const char *db_bytes(struct db_statement *statement, int column, size_t *len)
{
	const char *bytes = sqlite3_column_blob(statement->stmt, column);

	*len = (size_t)sqlite3_column_bytes(statement->stmt, column);
	/* SQLite gives no pointer for an empty text either. */
	if (!bytes && sqlite3_column_type(statement->stmt, column) != SQLITE_NULL)
		bytes = "";
	return bytes;
}
