/* The write-ahead log of a database: when it is copied to the database, and what is done about it
 * where the disk didn't take it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/monotonic.h"
#include "component/db_checkpoint.h"
#include "component/db_state.h"

#define CHECKPOINT_AGAIN_MS 1000 /* after one that failed */
#define ROUNDS_MAX 3		 /* beside the turns, until the rest is copied behind one */
#define REST_FRAMES 250		 /* that are copied behind a turn: 1 MiB */
#define LOG_PIECE 65536		 /* bytes that are rewritten at once */

static bool has_failed(int code)
{
	return code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY;
}

static void failed(struct db *db, enum db_trouble trouble)
{
	db->checkpoint_ms = monotonic_ms() + CHECKPOINT_AGAIN_MS;
	if (trouble == DB_UNTRUSTED)
		db_file_shut(db, true);
}

/* Behind a turn, and so that nothing is left: only then the log begins anew. */
static void copy_all(struct db *db)
{
	int code =
		sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	db->rounds = 0;
	if (has_failed(code))
		failed(db, db_met(db, "checkpoint", errno));
}

/* False: there is nobody to do it beside the turns. */
static bool begin_aside(struct db *db)
{
	if (!db->has_aside || db->path == NULL)
		return false;
	if (db->aside == NULL && (db->aside = db_checkpoint_new(db->path)) == NULL)
		return false;
	db_checkpoint_begin(db->aside);
	return true;
}

/* What was committed while the most was copied beside the turns is little. Where it is not, that is
 * copied so, too, but not for ever: the log has to end. */
static void go_on(struct db *db, const struct db_checkpoint_result *result)
{
	if (has_failed(result->code))
		failed(db, db_met_aside(db, "checkpoint", result->code, result->error));
	else if (db->log_frames < result->copied)
		db->rounds = 0; /* it began anew already */
	else if (db->log_frames - result->copied <= REST_FRAMES || ++db->rounds == ROUNDS_MAX ||
		 db->log_frames >= DB_LOG_FRAMES_MAX)
		copy_all(db);
	else
		db_checkpoint_begin(db->aside);
}

void db_log_checkpoint(struct db *db)
{
	struct db_checkpoint_result result;

	if (db->aside != NULL && db_checkpoint_is_begun(db->aside)) {
		if (db_checkpoint_take(db->aside, db->log_frames >= DB_LOG_FRAMES_MAX, &result))
			go_on(db, &result);
	} else if (db->log_frames >= db->checkpoint_frames && monotonic_ms() >= db->checkpoint_ms &&
		   !begin_aside(db)) {
		copy_all(db);
	}
}

void db_log_copy_aside(struct db *db)
{
	db->has_aside = true;
}

void db_log_end_aside(struct db *db)
{
	db_checkpoint_free(db->aside);
	db->aside = NULL;
	db->rounds = 0;
}

/* The smallest transaction that there is, which changes nothing, goes to where that of the commit
 * was. */
int db_log_overwrite(struct db *db)
{
	int64_t version = 0;
	char sql[64];

	if (db_read_int(db, "PRAGMA user_version", &version) == 0) {
		(void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", (int)version);
		(void)db_exec(db, sql);
	}
	switch (sqlite3_errcode(db->handle) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return -1;
	default: /* nothing that would be otherwise next time */
		return 0;
	}
}

/* Writes the log over itself, and syncs it. After a sync that failed, pages that never got to the
 * disk may count as written: the next sync would leave them out, and if the power failed while they
 * are copied to the database, neither there nor in the log would there be a whole turn. */
int db_log_rewrite(struct db *db)
{
	sqlite3_file *log = NULL;
	sqlite3_int64 size = 0;
	char *piece = malloc(LOG_PIECE);
	int code = piece == NULL ? SQLITE_NOMEM : SQLITE_OK;

	if (code == SQLITE_OK)
		code = sqlite3_file_control(
			db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
	if (code == SQLITE_OK && log->pMethods != NULL)
		code = log->pMethods->xFileSize(log, &size);
	for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size; at += LOG_PIECE) {
		int len = (int)(size - at < LOG_PIECE ? size - at : LOG_PIECE);

		code = log->pMethods->xRead(log, piece, len, at);
		if (code == SQLITE_OK)
			code = log->pMethods->xWrite(log, piece, len, at);
	}
	if (code == SQLITE_OK && size > 0)
		code = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
	free(piece);
	return code == SQLITE_OK ? 0 : -1;
}
