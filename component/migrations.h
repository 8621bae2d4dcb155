/* The shape of the SQLite file, as a list of steps that only grows; PRAGMA user_version is how many
 * of them the file has taken. */
#ifndef KITH_MIGRATIONS_H
#define KITH_MIGRATIONS_H

#include <stdbool.h>

struct db;

/* "Kith", big-endian, in the file's header: file(1) shows it, and other programs' files are told.
 */
#define MIGRATIONS_APPLICATION_ID 0x4b697468

/* How many steps there are. */
int migrations_count(void);

/* Looks whether the file is a store that this program can use, and if `apply`, makes it one (a new
 * file) or brings it up to date, a transaction for each step. A file that is refused is not written
 * to: one of another program, of a newer version, or (without apply) empty or of an older version.
 * 0, or -1 with the reason in *why as db_explain(). */
int migrations_run(struct db *db, bool apply, char **why);

#endif
