/* Brings what is in the log of a database to the database itself, beside the turns: in a thread of
 * its own, with a connection of its own. What that takes is mostly waiting for the disk, for as
 * long as some hundred requests need. (https://sqlite.org/wal.html, "Checkpointing") */
#ifndef KITH_DB_CHECKPOINT_H
#define KITH_DB_CHECKPOINT_H

#include <stdbool.h>

struct db_checkpoint;

struct db_checkpoint_result {
	int code;   /* of SQLite, extended */
	int error;  /* errno behind it; 0: none */
	int copied; /* frames of the log that are in the database, where code is SQLITE_OK */
};

/* path: of a database in WAL mode, which this thread's owner has open for as long; it is copied.
 * NULL: no memory, or no thread. The caller frees with db_checkpoint_free(), and before it closes
 * the database. */
struct db_checkpoint *db_checkpoint_new(const char *path);
/* Waits for one that is under way. */
void db_checkpoint_free(struct db_checkpoint *checkpoint);

/* Begins one, of all that is committed now and that nobody else still reads from the log. There
 * must be none whose result wasn't taken. */
void db_checkpoint_begin(struct db_checkpoint *checkpoint);
/* One was begun whose result wasn't taken. */
bool db_checkpoint_is_begun(const struct db_checkpoint *checkpoint);
/* Takes the result of the one that was begun. waits: until it has ended; else false: it hasn't. */
bool db_checkpoint_take(
	struct db_checkpoint *checkpoint, bool waits, struct db_checkpoint_result *result);

#endif
