/* A thin typed layer on sqlite3: one connection, statements prepared once and bound by name, turns
 * with parts (transactions with savepoints).
 *
 * A failure inside a turn is logged where it happens, once, and one that lasts not with each turn;
 * from then on every statement of the turn fails silently until db_rollback(). So callers test
 * results and never log. Where the file turns out to be damaged, it is only read from then on. */
#ifndef KITH_DB_H
#define KITH_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/db_trouble.h"

struct db;
struct db_statement;

/* Opens the SQLite file path (":memory:": one of its own); it is made if there is none and create
 * is set. busy_ms: how long to wait for another process that writes. Nothing is written yet. NULL
 * with a reason in *why, as db_explain(); errno is EBUSY or ENOSPC where it may go by itself, else
 * 0. The caller closes it, which also frees all statements. */
struct db *db_open(const char *path, bool create, int busy_ms, char **why);
/* The file is what it will be: from now on, each turn looks whether it is in its place, with the
 * files beside it. */
void db_opened(struct db *db);
/* Checkpoints are made beside the turns from now on, by a thread. */
void db_log_copy_aside(struct db *db);
void db_close(struct db *db);
/* The same, and what is in the log beside the file stays there. */
void db_close_untouched(struct db *db);

/* Sets *why (may be NULL) to a text for a person, NULL on lack of memory; the caller frees it. */
void db_explain(char **why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- Trouble ---- */
/* What the matter is, as the last turns met it. */
enum db_trouble db_trouble_now(const struct db *db);
/* A sync failed: what was written may be in the system's cache and never get onto the disk, while
 * later syncs succeed. Or the files beside it are gone. Then it is shut behind the turn, and all
 * turns fail until db_reopen(). The turn whose commit it was is not there then. */
bool db_is_shut(const struct db *db);
/* False: the file is gone, or what is beside it, which is booked; where nothing can be done with
 * what is open any more, it is shut. */
bool db_is_in_place(struct db *db);
/* Another file is in its place. */
bool db_is_replaced(const struct db *db);
/* Opens it again (also one that is open); the statements stay valid. What is in the log beside the
 * file is first written to it anew, and synced: so what is read from then on is on the disk,
 * whatever became of earlier writes and syncs. -1 with *why; it is shut then, and errno as
 * db_open(). */
int db_reopen(struct db *db, char **why);

#define DB_BUSY_STEP_MS 4 /* between looks of one that waits for another that writes */

/* ---- Outside turns: 0 or -1; nothing is logged, db_error() says what it was ---- */
int db_exec(struct db *db, const char *sql);
int db_read_int(struct db *db, const char *sql, int64_t *value); /* the first column of one row */
/* Calls row with the columns of each row as text, joined by a space. */
int db_each(struct db *db, const char *sql, void (*row)(void *context, const char *text),
	void *context);
/* Writes the whole database, as it is at one moment, into an empty file. */
int db_copy_to(struct db *db, const char *file);
const char *db_error(struct db *db); /* borrowed until the next call */

/* Prepares texts[0] to texts[count - 1], which stay borrowed. An array of count statements, owned
 * by the db; or NULL, with db_error(). */
struct db_statement *db_prepare(struct db *db, const char *const *texts, size_t count);
/* Calls each with the text of every statement that was prepared so. */
void db_each_text(struct db *db, void (*each)(void *context, const char *sql), void *context);

/* ---- Turns. All log what fails. ---- */
/* writes: others can't from now on; else none of its statements may. */
int db_begin(struct db *db, bool writes);
int db_commit(struct db *db); /* -1: it was rolled back */
void db_rollback(struct db *db);
bool db_in_turn(const struct db *db);
/* This turn inserted, changed or deleted rows; what was undone counts, too. */
bool db_has_changes(const struct db *db);
/* In a turn that writes, and right behind its commit: a number that is another one when anything
 * was committed since, here or by another process, or the database was opened again. 0: no other
 * turn tells. */
uint64_t db_version(const struct db *db);
/* The turn is of no use any more, or if a part is open, that; what: why, for the log. Returns -1.
 */
int db_fail(struct db *db, const char *what);
int db_part_begin(struct db *db);
/* undo: also mends what db_fail() said within the part; what SQLite failed at is not mended. */
int db_part_end(struct db *db, bool undo);

/* ---- Statements, in a turn. Use, bind, step, read columns, end. ---- */
/* The statement at index of an array of db_prepare(), made ready; NULL outside a turn and in one
 * that failed. All that follow take NULL and fail. */
struct db_statement *db_use(struct db_statement *statements, unsigned index);
/* name: a literal, which is known again by its address. One that the statement doesn't have is a
 * mistake of ours and fails the turn. Texts are
 * borrowed until db_end(); text NULL is SQL's NULL. */
void db_bind_int(struct db_statement *statement, const char *name, int64_t value);
void db_bind_id(struct db_statement *statement, const char *name, int64_t id); /* 0 is NULL */
void db_bind_text(struct db_statement *statement, const char *name, const char *text);
void db_bind_text_len(
	struct db_statement *statement, const char *name, const char *text, size_t len);

enum db_step {
	DB_ROW,	  /* columns can be read */
	DB_DONE,  /* no more; the statement has ended */
	DB_ERROR, /* the same, and the turn failed */
};
enum db_step db_step(struct db_statement *statement);
/* For one that gives no row: 0 or -1; *changes (may be NULL): how many rows it changed. */
int db_run(struct db_statement *statement, int64_t *changes);
void db_end(struct db_statement *statement);

/* Columns from 0, of the row at hand. NULL reads as 0 and NULL. Text is terminated and borrowed
 * until the next step or end; *len (may be NULL) in bytes. */
int64_t db_int(struct db_statement *statement, int column);
const char *db_text(struct db_statement *statement, int column, size_t *len);
/* The same where it needn't be terminated, which costs a copy. */
const char *db_bytes(struct db_statement *statement, int column, size_t *len);

#endif
