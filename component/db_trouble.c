/* Troubles of a database: see db_trouble.h. */
#include "component/db_trouble.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <sqlite3.h>

#define AGAIN_MS 3600000 /* until a trouble that goes on is told again */
#define MINUTE_MS 60000

static const struct {
	const char *text, *comes; /* of it */
} troubles[DB_TROUBLES] = {
	[DB_WELL] = {"works", ""},
	[DB_LOCKED] = {"locked by another program", "nothing can be done until that lets go"},
	[DB_FULL] = {"the disk is full", "nothing can be stored until there is room"},
	[DB_FAILING] = {"the disk fails", "what it refuses can't be done"},
	[DB_UNTRUSTED] = {"the disk didn't take what was written",
		"nothing is done until it is opened anew"},
	[DB_MOVED] = {"its files are not in their place", "nothing can be done until they are"},
	[DB_DAMAGED] = {"damaged", "it is only read from now on; see kithctl verify"},
};

/* What the system says when there is no room, whichever call of SQLite met it. */
static bool is_no_room(int system_error)
{
	return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

enum db_trouble db_trouble_of(int code, int system_error)
{
	switch (code) {
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_DIR_FSYNC:
		return DB_UNTRUSTED;
	case SQLITE_IOERR_DATA:
	case SQLITE_IOERR_CORRUPTFS:
		return DB_DAMAGED;
	case SQLITE_IOERR_NOMEM:
		return DB_WELL;
	default:
		break;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return DB_LOCKED;
	case SQLITE_FULL:
		return DB_FULL;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return is_no_room(system_error) ? DB_FULL : DB_FAILING;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_DAMAGED;
	default:
		return DB_WELL;
	}
}

const char *db_trouble_text(enum db_trouble trouble)
{
	return troubles[trouble].text;
}

static bool is_due(int64_t *told_ms, int64_t now_ms, int64_t after_ms)
{
	if (*told_ms != 0 && now_ms - *told_ms < after_ms)
		return false;
	*told_ms = now_ms != 0 ? now_ms : 1;
	return true;
}

void db_trouble_met(struct db_trouble_log *log, enum db_trouble trouble, const char *what,
	const char *at, int64_t now_ms)
{
	if (trouble == DB_WELL) {
		log_rarely(&log->others, LOG_LEVEL_ERROR, "store: %s%s%.60s", what,
			at ? ", at: " : "", at ? at : "");
		return;
	}
	if (trouble > log->now) {
		log->now = trouble;
		log->failed = 0;
		log->began_ms = now_ms;
		log->is_told = false;
	}
	log->failed++;
	if (!is_due(&log->told_ms[trouble], now_ms,
		    log->is_told && trouble == log->now ? AGAIN_MS : MINUTE_MS))
		return;
	log->is_told |= trouble == log->now;
	log_error("store: %s: %s (%s, at: %.60s)", troubles[trouble].text, troubles[trouble].comes,
		what, at);
}

void db_trouble_over(struct db_trouble_log *log, enum db_trouble trouble, int64_t now_ms)
{
	if (trouble != log->now)
		return;
	if (log->is_told)
		log_info("store: works again after %" PRId64 " s and %" PRId64 " failed turns (%s)",
			(now_ms - log->began_ms) / 1000, log->failed, troubles[trouble].text);
	log->now = DB_WELL;
}
