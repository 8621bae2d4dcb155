/* The write-ahead log of a database: when it is copied to the database, and what is done about it
 * where the disk didn't take it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/monotonic.h"
#include "component/db_state.h"

#define CHECKPOINT_AGAIN_MS 1000 /* after one that failed */
#define LOG_PIECE 65536		 /* bytes that are rewritten at once */

void db_log_checkpoint(struct db *db)
{
	int code;

	if (db->log_frames < db->checkpoint_frames || monotonic_ms() < db->checkpoint_ms)
		return;
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY)
		return;
	db->checkpoint_ms = monotonic_ms() + CHECKPOINT_AGAIN_MS;
	if (db_met(db, "checkpoint", errno) == DB_UNTRUSTED)
		db_file_shut(db, true);
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
