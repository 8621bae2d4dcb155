/* A thin typed layer on sqlite3: see db.h. */
#include "config.h"

#include "component/db.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "common/log.h"

#define NAMES_MAX 16 /* parameters of a statement whose place is remembered */

struct db_statement {
	struct db *db;
	sqlite3_stmt *stmt;
	const char *names[NAMES_MAX]; /* by place, as they were bound: the callers' literals */
};

/* What one db_prepare() made. */
struct db_set {
	struct db_set *next;
	size_t count;
	struct db_statement statements[];
};

enum { TURN_BEGIN, TURN_COMMIT, TURN_ROLLBACK, PART_BEGIN, PART_UNDO, PART_END, TURN_TEXTS };

/* A turn takes the write lock at once, also one that will only read. Deferred, its first write
 * would fail with SQLITE_BUSY_SNAPSHOT whenever kithctl has written since its first read; and the
 * lock is two system calls on a file in memory, with nothing synced if nothing was written. */
static const char *const turn_texts[TURN_TEXTS] = {
	[TURN_BEGIN] = "BEGIN IMMEDIATE",
	[TURN_COMMIT] = "COMMIT",
	[TURN_ROLLBACK] = "ROLLBACK",
	[PART_BEGIN] = "SAVEPOINT part",
	[PART_UNDO] = "ROLLBACK TO part",
	[PART_END] = "RELEASE part",
};

struct db {
	sqlite3 *handle;
	struct db_set *sets;
	struct db_statement *turn; /* turn_texts */
	bool in_turn, in_part;
	bool failed;	 /* no statement runs until the turn is rolled back, or the part undone */
	bool is_damaged; /* it was SQLite that failed: nothing but the rollback is left */
	struct log_budget failures; /* a full disk fails each turn, and the log may lie on it */
};

/* Settings of a connection; what is kept in the file itself is set when it is made.
 *  - secure_delete: what a person erased must not stay readable in free pages. It costs writes only
 *    where whole pages are freed, so for large cards; a page that is written anyway costs nothing.
 *  - cache_size: 16 MiB, the larger part of what kithd may take; mmap would count as well, and turn
 * an I/O error into a signal.
 *  - wal_autocheckpoint: 4 MiB at 4 KiB a page. The checkpoint runs inside a commit, so it is kept
 *    short. A long reader (kithctl verify) lets the log grow; what is over the limit is given back
 * at the next checkpoint that finds no reader. */
static const char connection_sql[] = "PRAGMA foreign_keys = ON;"
				     "PRAGMA synchronous = FULL;"
				     "PRAGMA secure_delete = ON;"
				     "PRAGMA temp_store = MEMORY;"
				     "PRAGMA cache_size = -16384;"
				     "PRAGMA mmap_size = 0;"
				     "PRAGMA wal_autocheckpoint = 1000;"
				     "PRAGMA journal_size_limit = 67108864;"
				     "PRAGMA trusted_schema = OFF;";

void db_explain(char **why, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return;
	va_start(args, format);
	if (vasprintf(why, format, args) < 0)
		*why = NULL;
	va_end(args);
}

/* All that this program does with SQLite is done by one thread: no mutexes, and no statistics,
 * which would take one with each allocation. Without effect once SQLite is in use. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct db *db_open(const char *path, bool create, int busy_ms, char **why)
{
	struct db *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE;

	if (db == NULL) {
		db_explain(why, "out of memory");
		return NULL;
	}
	if (create)
		flags |= SQLITE_OPEN_CREATE;
	configure();
	if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK ||
		sqlite3_busy_timeout(db->handle, busy_ms) != SQLITE_OK ||
		db_exec(db, connection_sql) != 0) {
		db_explain(why, "%s", db_error(db));
		db_close(db);
		return NULL;
	}
	return db;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	while (db->sets != NULL) {
		struct db_set *set = db->sets;

		db->sets = set->next;
		for (size_t i = 0; i < set->count; i++)
			sqlite3_finalize(set->statements[i].stmt);
		free(set);
	}
	if (sqlite3_close(db->handle) != SQLITE_OK)
		log_error("store: not closed: %s", db_error(db));
	free(db);
}

const char *db_error(const struct db *db)
{
	return db->handle == NULL ? "out of memory" : sqlite3_errmsg(db->handle);
}

int db_exec(struct db *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

int db_read_int(struct db *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *stmt = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW) {
		*value = sqlite3_column_int64(stmt, 0);
		result = 0;
	}
	return sqlite3_finalize(stmt) == SQLITE_OK ? result : -1;
}

/* What sqlite3_exec() calls for each row of db_each(). */
struct each {
	void (*row)(void *context, const char *text);
	void *context;
};

static int each_row(void *context, int count, char **columns, char **names)
{
	const struct each *each = context;
	char text[1024];
	size_t len = 0;

	(void)names;
	text[0] = '\0';
	for (int i = 0; i < count && len < sizeof(text) - 1; i++) {
		int n = snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "",
			columns[i] != NULL ? columns[i] : "-");

		len += n > 0 ? (size_t)n : 0;
	}
	each->row(each->context, text);
	return 0;
}

int db_each(
	struct db *db, const char *sql, void (*row)(void *context, const char *text), void *context)
{
	struct each each = {row, context};

	return sqlite3_exec(db->handle, sql, each_row, &each, NULL) == SQLITE_OK ? 0 : -1;
}

int db_copy_to(struct db *db, const char *file)
{
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", file);
	int result = sql == NULL ? -1 : db_exec(db, sql);

	sqlite3_free(sql);
	return result;
}

struct db_statement *db_prepare(struct db *db, const char *const *texts, size_t count)
{
	struct db_set *set = calloc(1, sizeof(*set) + count * sizeof(set->statements[0]));

	if (set == NULL)
		return NULL;
	set->count = count;
	set->next = db->sets;
	db->sets = set;
	for (size_t i = 0; i < count; i++) {
		set->statements[i].db = db;
		if (sqlite3_prepare_v3(db->handle, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &set->statements[i].stmt, NULL) != SQLITE_OK)
			return NULL;
	}
	return set->statements;
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
		log_rarely(&db->failures, LOG_LEVEL_ERROR, "store: %s", what);
	db->failed = true;
	return -1;
}

/* Logs what SQLite says, and which statement met it (its text has no values in it). */
static void fail_statement(struct db_statement *statement)
{
	struct db *db = statement->db;

	if (!db->failed)
		log_rarely(&db->failures, LOG_LEVEL_ERROR, "store: %s (%d), at: %.60s",
			sqlite3_errmsg(db->handle), sqlite3_extended_errcode(db->handle),
			sqlite3_sql(statement->stmt));
	/* What is refused because the turn has failed already is no failure of SQLite's. */
	if (!db->failed)
		db->is_damaged = true;
	db->failed = true;
}

static int run_turn_text(struct db *db, unsigned index)
{
	struct db_statement *statement = &db->turn[index];
	int code = sqlite3_step(statement->stmt);

	if (code != SQLITE_DONE)
		fail_statement(statement);
	sqlite3_reset(statement->stmt);
	return code == SQLITE_DONE ? 0 : -1;
}

int db_begin(struct db *db)
{
	assert(!db->in_turn);
	if (db->turn == NULL && (db->turn = db_prepare(db, turn_texts, TURN_TEXTS)) == NULL)
		return db_fail(db, db_error(db));
	db->failed = db->is_damaged = db->in_part = false;
	db->in_turn = run_turn_text(db, TURN_BEGIN) == 0;
	return db->in_turn ? 0 : -1;
}

int db_commit(struct db *db)
{
	assert(db->in_turn);
	if (db->failed || run_turn_text(db, TURN_COMMIT) != 0) {
		db_rollback(db);
		return -1;
	}
	db->in_turn = false;
	return 0;
}

void db_rollback(struct db *db)
{
	/* SQLite itself rolls back on some errors (disk full, I/O): then there is nothing left to.
	 */
	if (db->in_turn && !sqlite3_get_autocommit(db->handle))
		(void)run_turn_text(db, TURN_ROLLBACK);
	db->in_turn = false;
	db->failed = false;
}

bool db_in_turn(const struct db *db)
{
	return db->in_turn;
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
	if (undo && db->in_part && !db->is_damaged)
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
	int place;

	for (place = 1; place < NAMES_MAX; place++)
		if (statement->names[place] == name)
			return place;
	place = sqlite3_bind_parameter_index(statement->stmt, name);
	if (place > 0 && place < NAMES_MAX)
		statement->names[place] = name;
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
