/* The shape of the SQLite file, as a list of steps that only grows; PRAGMA user_version is how many
 * of them the file has taken. */
#ifndef KITH_MIGRATIONS_H
#define KITH_MIGRATIONS_H

#include <stdbool.h>
#include <stdint.h>

struct db;

/* "Kith", big-endian, in the file's header: file(1) shows it, and other programs' files are told.
 */
#define MIGRATIONS_APPLICATION_ID 0x4b697468

/* How many steps there are. */
int migrations_count(void);

/* Looks whether the file is a store that this program can use: nothing is written. apply: so is one
 * that migrations_run() is to make (a new file) or to bring up to date. *found: its version, 0: it
 * is new. 0, or -1 with the reason in *why as db_explain(): it is of another program, of a newer
 * version, or (without apply) empty or of an older version. */
int migrations_check(struct db *db, bool apply, int64_t *found, char **why);

/* The same with apply, and then makes it one, or brings it up to date: in one transaction, so that
 * it is of the new version or as it was. */
int migrations_run(struct db *db, char **why);

#endif
