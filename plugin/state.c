/* What the client keeps between runs, in SQLite: opening, migrating, and the mirror of the book. */
#include "config.h"

#include "plugin/state.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "plugin/folder.h"
#include "plugin/state_db.h"

#define BUSY_MS 5000 /* another program of the same account is at it */

/* Append only: a file that was made by an older version is brought on from where it stands. */
static const char *const migrations[] = {
	/* 1 */
	"CREATE TABLE meta ("
	" key TEXT PRIMARY KEY," /* service: JID; position: archive id (XEP-0313); book: where */
	" value TEXT) STRICT;"
	"CREATE TABLE item ("
	" item TEXT PRIMARY KEY,"
	" card TEXT,"			   /* vCard4 XML on the service; NULL: retracted */
	" card_at INTEGER NOT NULL,"	   /* when it changed there, seconds UTC */
	" base TEXT,"			   /* card at the last agreement */
	" file TEXT,"			   /* entry of the local book */
	" file_text TEXT,"		   /* its text at the last agreement */
	" file_revision TEXT,"		   /* and its revision */
	" named INTEGER NOT NULL) STRICT;" /* 0: not named yet by the query anew under way */
	"CREATE TABLE inbox ("
	" n INTEGER PRIMARY KEY AUTOINCREMENT," /* number to save it by */
	" sender TEXT NOT NULL,"		/* bare JID */
	" about TEXT,"				/* bare JID that it claims */
	" card TEXT NOT NULL,"			/* vCard4 XML */
	" at INTEGER NOT NULL,"
	" saved INTEGER NOT NULL) STRICT;"
	"CREATE TABLE seen ("
	" sender TEXT NOT NULL,"
	" id TEXT NOT NULL," /* of a message, as its sender named it (XEP-0359) */
	" at INTEGER NOT NULL,"
	" PRIMARY KEY (sender, id)) STRICT;"
	"CREATE INDEX seen_at ON seen (at);"
	"CREATE TABLE journal ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" item TEXT NOT NULL,"
	" name TEXT NOT NULL,"	   /* of the contact */
	" kept TEXT,"		   /* vCard4 XML with the property that was kept */
	" lost TEXT,"		   /* with the one that lost, or the contact that was removed */
	" whole INTEGER NOT NULL," /* lost is a contact */
	" at INTEGER NOT NULL,"
	" undone INTEGER NOT NULL) STRICT;"
	"CREATE INDEX journal_item ON journal (item);",
};
#define STATE_VERSION ((int)(sizeof(migrations) / sizeof(*migrations)))

/* ---- Opening ---- */
static char *reason(const char *what, const char *path, const char *why)
{
	char *text = NULL;

	if (asprintf(&text, "%s %s: %s", what, path, why) < 0)
		return NULL;
	return text;
}

/* "DIR/alice@example.org.db": what isn't plain in the JID is percent-encoded. */
static char *file_path(const char *dir, const char *account)
{
	struct buffer out;
	const char *text;
	char *path = NULL;

	buffer_init(&out, 0);
	buffer_printf(&out, "%s/", dir);
	for (const unsigned char *c = (const unsigned char *)account; *c; c++) {
		if (isalnum(*c) || (*c != '\0' && strchr("@-_", *c)) ||
			(*c == '.' && c != (const unsigned char *)account))
			buffer_putc(&out, (char)*c);
		else
			buffer_printf(&out, "%%%02X", *c);
	}
	buffer_puts(&out, ".db");
	text = buffer_string(&out);
	if (text)
		path = strdup(text);
	buffer_clear(&out);
	return path;
}

/* -1: it can't be read. */
static int read_version(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return version;
}

/* Before anything is written to it: one that a newer version made stays as it is. */
static int check_version(sqlite3 *db, int *version, char **why, const char *path)
{
	*version = read_version(db);
	if (*version >= 0 && *version <= STATE_VERSION)
		return 0;
	*why = reason("state file", path,
		*version < 0 ? sqlite3_errmsg(db) : "it is of a newer version of kith");
	/* Nor is it brought up to date from its log when it is closed. */
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return -1;
}

static int migrate(sqlite3 *db, char **why, const char *path)
{
	int version;

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		goto out;
	/* Looked at anew: another program may have brought it on meanwhile. */
	if (check_version(db, &version, why, path) != 0)
		return -1;
	for (; version < STATE_VERSION; version++) {
		char pragma[40];

		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
		if (sqlite3_exec(db, migrations[version], NULL, NULL, NULL) != SQLITE_OK ||
			sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK)
			goto out;
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
out:
	*why = reason("state file", path, sqlite3_errmsg(db));
	return -1;
}

static int make_directory(const char *dir, char **why)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0 && folder_sync_of(dir) == 0)
		return 0;
	if (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	*why = reason("directory", dir, strerror(errno));
	return -1;
}

static const char *const statements[STATE_SQL_COUNT] = {
#define X(name, sql) [name] = (sql),
	STATE_SQL(X)
#undef X
};

/* 0, or -1 with *why. */
static int open_file(struct state *state, const char *path, char **why)
{
	int version;

	if (sqlite3_open(path, &state->db) != SQLITE_OK ||
		sqlite3_busy_timeout(state->db, BUSY_MS) != SQLITE_OK)
		goto fail;
	if (check_version(state->db, &version, why, path) != 0)
		return -1;
	if (sqlite3_exec(state->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL,
		    NULL, NULL) != SQLITE_OK)
		goto fail;
	return migrate(state->db, why, path);
fail:
	*why = reason("state file", path, sqlite3_errmsg(state->db));
	return -1;
}

struct state *state_open(const char *dir, const char *account, char **why)
{
	struct state *state = calloc(1, sizeof(*state));
	char *path = NULL;
	mode_t mask;
	int opened;

	*why = NULL;
	if (!state)
		return NULL;
	if (dir && make_directory(dir, why) != 0)
		goto fail;
	path = dir ? file_path(dir, account) : strdup(":memory:");
	if (!path)
		goto fail;
	mask = umask(077); /* also for the files that SQLite puts beside it */
	opened = open_file(state, path, why);
	umask(mask);
	if (opened != 0)
		goto fail;
	for (int i = 0; i < STATE_SQL_COUNT; i++) {
		if (sqlite3_prepare_v3(state->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &state->stmts[i], NULL) != SQLITE_OK) {
			*why = reason("state file", path, sqlite3_errmsg(state->db));
			goto fail;
		}
	}
	free(path);
	return state;
fail:
	free(path);
	state_close(state);
	return NULL;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	for (int i = 0; i < STATE_SQL_COUNT; i++)
		sqlite3_finalize(state->stmts[i]);
	sqlite3_close(state->db);
	free(state);
}

/* ---- Steps ---- */
sqlite3_stmt *state_stmt(struct state *state, enum state_sql sql)
{
	sqlite3_reset(state->stmts[sql]);
	sqlite3_clear_bindings(state->stmts[sql]);
	return state->stmts[sql];
}

void state_bind_text(sqlite3_stmt *stmt, const char *name, const char *text)
{
	sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, name), text, -1, SQLITE_STATIC);
}

void state_bind_int(sqlite3_stmt *stmt, const char *name, int64_t value)
{
	sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, name), value);
}

int state_step(struct state *state, sqlite3_stmt *stmt)
{
	int result = sqlite3_step(stmt);

	if (result == SQLITE_ROW)
		return 1;
	if (result != SQLITE_DONE)
		log_error("state: %s", sqlite3_errmsg(state->db));
	sqlite3_reset(stmt);
	return result == SQLITE_DONE ? 0 : -1;
}

const char *state_text(struct arena *arena, sqlite3_stmt *stmt, int column)
{
	return arena_strdup(arena, (const char *)sqlite3_column_text(stmt, column));
}

int state_run(struct state *state, sqlite3_stmt *stmt)
{
	return state_step(state, stmt) == 0 ? 0 : -1;
}

int state_begin(struct state *state)
{
	return state_run(state, state_stmt(state, STATE_BEGIN));
}

int state_end(struct state *state, bool commit)
{
	int result;

	if (!commit)
		return state_run(state, state_stmt(state, STATE_ROLLBACK));
	result = state_run(state, state_stmt(state, STATE_COMMIT));
	if (result != 0)
		state_run(state, state_stmt(state, STATE_ROLLBACK));
	return result;
}
