/* The file of a database: opening and closing it, and what becomes of it when the disk or somebody
 * else gets at it: see db.h. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "component/db_state.h"

#define BUSY_LOCKED_MS 100	/* how long one waits, once it was in vain, */
#define BUSY_LOCKED_REST_MS 500 /* and not again before */

/* Settings of a connection; what is kept in the file itself is set when it is made.
 *  - secure_delete: what a person erased must not stay readable in free pages. It costs writes only
 *    where whole pages are freed, so for large cards; a page that is written anyway costs nothing.
 *  - cache_size: 24 MiB, the larger part of what kithd may take; mmap would count as well, and turn
 * an I/O error into a signal.
 *  - journal_size_limit: a long reader (kithctl verify) lets the log grow; what is over the limit
 * is given back at the next checkpoint that finds no reader. */
static const char connection_sql[] = "PRAGMA foreign_keys = ON;"
				     "PRAGMA synchronous = FULL;"
				     "PRAGMA secure_delete = ON;"
				     "PRAGMA temp_store = MEMORY;"
				     "PRAGMA cache_size = -24576;"
				     "PRAGMA mmap_size = 0;"
				     "PRAGMA journal_size_limit = 67108864;"
				     "PRAGMA trusted_schema = OFF;";

/* ---- What went wrong ---- */

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

/* True where an error of the system may be behind it. */
static bool is_of_system(int code)
{
	return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
}

/* Of a file that couldn't be made SQLite tells what came of opening it for reading. */
static int cause_of(const struct db *db, int error)
{
	struct statvfs disk;

	if (error != ENOENT || db->path == NULL || statvfs(db->path, &disk) != 0)
		return error;
	return disk.f_bavail == 0 || (disk.f_files != 0 && disk.f_favail == 0) ? ENOSPC : error;
}

static const char *explain(struct db *db, int error)
{
	error = cause_of(db, error);
	if (error != 0 && is_of_system(sqlite3_errcode(db->handle)))
		(void)snprintf(db->error, sizeof(db->error), "%s (%s)", sqlite3_errmsg(db->handle),
			strerror(error));
	else
		(void)snprintf(db->error, sizeof(db->error), "%s", sqlite3_errmsg(db->handle));
	return db->error;
}

const char *db_error(struct db *db)
{
	if (db->handle == NULL)
		return db->error[0] != '\0' ? db->error : "out of memory";
	return explain(db, sqlite3_system_errno(db->handle));
}

enum db_trouble db_met(struct db *db, const char *at, int error)
{
	int code = sqlite3_extended_errcode(db->handle);
	enum db_trouble trouble = db_trouble_of(code, is_of_system(code) ? cause_of(db, error) : 0);

	if (db->is_read_only && (code & 0xff) == SQLITE_READONLY)
		trouble = DB_DAMAGED;
	db_trouble_met(&db->trouble, trouble, explain(db, error), at, monotonic_ms());
	return trouble;
}

enum db_trouble db_met_aside(struct db *db, const char *at, int code, int error)
{
	enum db_trouble trouble;
	char what[128];

	error = is_of_system(code) ? cause_of(db, error) : 0;
	trouble = db_trouble_of(code, error);
	(void)snprintf(what, sizeof(what), "%s%s%s%s", sqlite3_errstr(code), error ? " (" : "",
		error ? strerror(error) : "", error ? ")" : "");
	db_trouble_met(&db->trouble, trouble, what, at, monotonic_ms());
	return trouble;
}

enum db_trouble db_trouble_now(const struct db *db)
{
	return db->trouble.now;
}

/* ---- Opening and closing ---- */

/* Another writes: waits for it in short steps, so that it can't take the lock again and again just
 * between two looks. One who was waited for in vain is waited for again now and then only, and not
 * as long: requests come, and each is to have its answer soon. */
static int on_busy(void *context, int count)
{
	const struct timespec step = {.tv_nsec = DB_BUSY_STEP_MS * 1000000};
	struct db *db = context;
	int64_t now_ms = monotonic_ms();
	int limit_ms = db->busy_ms;

	if (db->is_known_locked && limit_ms > BUSY_LOCKED_MS)
		limit_ms = BUSY_LOCKED_MS;
	if (count == 0)
		db->busy_since_ms = now_ms;
	if (now_ms - db->busy_since_ms >= limit_ms ||
		(db->is_known_locked && count == 0 &&
			now_ms - db->busy_until_ms < BUSY_LOCKED_REST_MS)) {
		if (count > 0)
			db->busy_until_ms = now_ms;
		return 0;
	}
	(void)nanosleep(&step, NULL);
	return 1;
}

static int on_log(void *context, sqlite3 *handle, const char *name, int frames)
{
	struct db *db = context;

	(void)handle;
	(void)name;
	db->log_frames = frames;
	db->has_written = true;
	return SQLITE_OK;
}

/* Each connection is used by one thread: no mutexes of its own, and no statistics, which would take
 * one with each allocation. Without effect once SQLite is in use. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* first: SQL to begin with. */
static int open_handle(struct db *db, const char *path, bool create, const char *first)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE;
	const char *vfs;

	if (create)
		flags |= SQLITE_OPEN_CREATE;
	configure();
	db->openings++;
	vfs = db_gather_vfs();
	if (vfs == NULL || sqlite3_open_v2(path, &db->handle, flags, vfs) != SQLITE_OK ||
		sqlite3_busy_handler(db->handle, on_busy, db) != SQLITE_OK ||
		db_exec(db, first) != 0 || db_exec(db, connection_sql) != 0)
		return -1;
	/* Where it can't be written, SQLite opens it for reading. */
	if (sqlite3_db_readonly(db->handle, "main") == 1) {
		(void)snprintf(db->error, sizeof(db->error), "it can't be written: %s",
			access(path, W_OK) == 0 ? "read-only" : strerror(errno));
		(void)sqlite3_close(db->handle);
		db->handle = NULL;
		return -1;
	}
	sqlite3_wal_hook(db->handle, on_log, db);
	return 0;
}

/* As errno: what kept the handle from being opened, where that may go by itself. */
static int may_go(const struct db *db)
{
	if (db->handle == NULL)
		return 0;
	int code = sqlite3_extended_errcode(db->handle);

	switch (db_trouble_of(
		code, is_of_system(code) ? cause_of(db, sqlite3_system_errno(db->handle)) : 0)) {
	case DB_LOCKED:
		return EBUSY;
	case DB_FULL:
		return ENOSPC;
	case DB_WELL:
	case DB_FAILING:
	case DB_UNTRUSTED:
	case DB_MOVED:
	case DB_DAMAGED:
	case DB_TROUBLES:
		break;
	}
	return 0;
}

struct db *db_open(const char *path, bool create, int busy_ms, char **why)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL) {
		db_explain(why, "out of memory");
		return NULL;
	}
	db->busy_ms = busy_ms;
	db->checkpoint_frames = DB_CHECKPOINT_FRAMES;
	if (strcmp(path, ":memory:") != 0 && (db->path = strdup(path)) == NULL) {
		db_explain(why, "out of memory");
		db_close(db);
		return NULL;
	}
	if (open_handle(db, path, create, "") != 0) {
		int error = may_go(db);

		db_explain(why, "%s", db_error(db));
		db_close_untouched(db);
		errno = error;
		return NULL;
	}
	return db;
}

void db_opened(struct db *db)
{
	db_note_files(db);
	db->is_watched = true;
}

static void close_handle(struct db *db, bool keeps_log)
{
	db_log_end_aside(db);
	if (db->handle == NULL)
		return;
	for (const struct db_set *set = db->sets; set != NULL; set = set->next) {
		for (size_t i = 0; i < set->count; i++) {
			struct db_statement *statement = (struct db_statement *)&set->statements[i];

			sqlite3_finalize(statement->stmt);
			statement->stmt = NULL;
		}
	}
	(void)sqlite3_db_config(
		db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps_log ? 1 : 0, NULL);
	if (sqlite3_close(db->handle) != SQLITE_OK)
		log_error("store: not closed: %s", db_error(db));
	db->handle = NULL;
}

void db_file_shut(struct db *db, bool keeps_log)
{
	(void)db_error(db); /* kept, to be read */
	close_handle(db, keeps_log);
	db->in_turn = db->in_part = db->failed = db->is_doubtful = false;
	db->log_frames = 0;
}

bool db_is_shut(const struct db *db)
{
	return db->handle == NULL || db->is_doubtful;
}

static void free_db(struct db *db)
{
	while (db->sets != NULL) {
		struct db_set *set = db->sets;

		db->sets = set->next;
		free(set);
	}
	free(db->path);
	free(db);
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	/* What can't be trusted stays as it is. */
	close_handle(db, db->trouble.now >= DB_UNTRUSTED);
	free_db(db);
}

void db_close_untouched(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	close_handle(db, true);
	free_db(db);
}

/* Brings all that is in the log to the database, and empties the log. */
static int settle(struct db *db, char **why)
{
	int error = 0, busy_ms = db->busy_ms;
	bool is_read, is_rewritten, is_done;

	db->busy_ms = BUSY_LOCKED_MS; /* it is tried again */
	/* Set before anything is read, the index of the log is this connection's own, made from the
	 * log, and knows of no page as copied. */
	is_read = open_handle(db, db->path, false, "PRAGMA locking_mode = EXCLUSIVE") == 0 &&
		  db_exec(db, "PRAGMA schema_version") == 0;
	is_rewritten = is_read && db_log_rewrite(db) == 0;
	is_done = is_rewritten && sqlite3_wal_checkpoint_v2(db->handle, NULL,
					  SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK;
	if (!is_done) {
		error = may_go(db);
		db_explain(why, "%s",
			is_read && !is_rewritten ? "its log can't be written" : db_error(db));
	}
	close_handle(db, !is_done);
	db->busy_ms = busy_ms;
	errno = error;
	return is_done ? 0 : -1;
}

int db_reopen(struct db *db, char **why)
{
	int error;

	if (db->is_doubtful && db_log_overwrite(db) != 0) {
		error = may_go(db);
		db_explain(why, "%s", db_error(db));
		errno = error;
		return -1;
	}
	db->is_doubtful = false;
	close_handle(db, true);
	if (settle(db, why) != 0)
		return -1;
	if (open_handle(db, db->path, false, "") != 0)
		goto failed;
	for (struct db_set *set = db->sets; set != NULL; set = set->next)
		if (db_set_prepare(db, set) != 0)
			goto failed;
	db_note_files(db);
	db->is_read_only = false;
	db_trouble_over(&db->trouble, db->trouble.now, monotonic_ms());
	return 0;
failed:
	error = may_go(db);
	db_explain(why, "%s", db_error(db));
	close_handle(db, true);
	errno = error;
	return -1;
}

/* ---- Outside turns ---- */

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
