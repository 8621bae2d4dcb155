/* Inside the state: its statements, for state.c and the state_*.c files beside it. */
#ifndef KITH_STATE_DB_H
#define KITH_STATE_DB_H

#include <sqlite3.h>

#include "plugin/state.h"

#define STATE_SQL(X)                                                                               \
	X(STATE_BEGIN, "BEGIN IMMEDIATE")                                                          \
	X(STATE_COMMIT, "COMMIT")                                                                  \
	X(STATE_ROLLBACK, "ROLLBACK")                                                              \
	X(STATE_META_GET, "SELECT value FROM meta WHERE key = :key")                               \
	X(STATE_META_PUT, "INSERT INTO meta VALUES (:key, :value)"                                 \
			  " ON CONFLICT (key) DO UPDATE SET value = excluded.value")               \
	X(STATE_ITEM_CLEAR, "DELETE FROM item")                                                    \
	X(STATE_ITEM_UNFILE,                                                                       \
		"UPDATE item SET file = NULL, file_text = NULL, file_revision = NULL")             \
	X(STATE_ITEM_LIST, "SELECT item, card, card_at, base, file, file_text, file_revision"      \
			   " FROM item ORDER BY item")                                             \
	X(STATE_HEAD_LIST, "SELECT item, file, file_revision, card IS NOT NULL,"                   \
			   " base IS NULL OR card IS NOT base, file_text IS NOT NULL"              \
			   " FROM item ORDER BY item")                                             \
	X(STATE_ITEM_GET, "SELECT item, card, card_at, base, file, file_text, file_revision"       \
			  " FROM item WHERE item = :item")                                         \
	X(STATE_ITEM_CARD, "INSERT INTO item (item, card, card_at, named)"                         \
			   " VALUES (:item, :card, :card_at, 1)"                                   \
			   " ON CONFLICT (item) DO UPDATE SET card = excluded.card,"               \
			   " card_at = excluded.card_at, named = 1")                               \
	X(STATE_ITEM_AGREE, "INSERT INTO item (item, card, card_at, base, file, file_text,"        \
			    " file_revision, named) VALUES (:item, :card, :card_at, :card, :file," \
			    " :file_text, :file_revision, 1) ON CONFLICT (item) DO UPDATE SET"     \
			    " card = excluded.card, card_at = excluded.card_at,"                   \
			    " base = excluded.base, file = excluded.file,"                         \
			    " file_text = excluded.file_text,"                                     \
			    " file_revision = excluded.file_revision")                             \
	X(STATE_ITEM_REMOVE, "DELETE FROM item WHERE item = :item")                                \
	X(STATE_SWEEP_BEGIN, "UPDATE item SET named = 0")                                          \
	X(STATE_SWEEP_END, "UPDATE item SET card = NULL, card_at = :now, named = 1"                \
			   " WHERE named = 0 AND card IS NOT NULL")                                \
	X(STATE_CARD_ADD, "INSERT INTO inbox (sender, about, card, at, saved)"                     \
			  " VALUES (:sender, :about, :card, :at, 0)")                              \
	X(STATE_CARD_TRIM_SENDER, "DELETE FROM inbox WHERE sender = :sender AND n <= (SELECT n"    \
				  " FROM inbox WHERE sender = :sender ORDER BY n DESC LIMIT 1"     \
				  " OFFSET :max)")                                                 \
	X(STATE_CARD_TRIM, "DELETE FROM inbox WHERE n <= (SELECT n FROM inbox ORDER BY n DESC"     \
			   " LIMIT 1 OFFSET :max)")                                                \
	X(STATE_CARD_GET, "SELECT n, sender, about, card, at, saved FROM inbox WHERE n = :n")      \
	X(STATE_CARD_LAST, "SELECT n, sender, about, card, at, saved FROM inbox"                   \
			   " ORDER BY n DESC LIMIT 1")                                             \
	X(STATE_CARD_LIST, "SELECT n, sender, about, card, at, saved FROM inbox WHERE saved = 0"   \
			   " ORDER BY n")                                                          \
	X(STATE_CARD_SAVED, "UPDATE inbox SET saved = 1 WHERE n = :n")                             \
	X(STATE_SEEN_HAS, "SELECT 1 FROM seen WHERE sender = :sender AND id = :id")                \
	X(STATE_SEEN_ADD, "INSERT INTO seen VALUES (:sender, :id, :at) ON CONFLICT DO NOTHING")    \
	X(STATE_SEEN_EXPIRE, "DELETE FROM seen WHERE at < :at")                                    \
	X(STATE_SEEN_TRIM, "DELETE FROM seen WHERE rowid <= (SELECT max(rowid) FROM seen) - :max") \
	X(STATE_JOURNAL_ADD, "INSERT INTO journal (item, name, kept, lost, whole, at, undone)"     \
			     " VALUES (:item, :name, :kept, :lost, :whole, :at, 0)")               \
	X(STATE_JOURNAL_TRIM, "DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) -"    \
			      " :max")                                                             \
	X(STATE_JOURNAL_LAST,                                                                      \
		"SELECT id, item, name, kept, lost, whole, at FROM journal"                        \
		" WHERE item = :item AND whole = 0 AND undone = 0 ORDER BY id DESC LIMIT 1")       \
	X(STATE_JOURNAL_REMOVED, "SELECT id, item, name, kept, lost, whole, at FROM journal"       \
				 " WHERE whole = 1 AND undone = 0 ORDER BY id DESC")               \
	X(STATE_JOURNAL_PASS, "UPDATE journal SET undone = 1 WHERE item = :item AND whole = 0")    \
	X(STATE_JOURNAL_DONE, "UPDATE journal SET undone = 1 WHERE id = :id")

enum state_sql {
#define X(name, sql) name,
	STATE_SQL(X)
#undef X
		STATE_SQL_COUNT
};

struct state {
	sqlite3 *db;
	sqlite3_stmt *stmts[STATE_SQL_COUNT];
};

/* The statement, reset and without values. */
sqlite3_stmt *state_stmt(struct state *state, enum state_sql sql);
/* Values by name (":item"); text is borrowed until the statement is reset. */
void state_bind_text(sqlite3_stmt *stmt, const char *name, const char *text);
void state_bind_int(sqlite3_stmt *stmt, const char *name, int64_t value);
/* 1: a row, 0: done (reset), -1: failed (logged, reset). */
int state_step(struct state *state, sqlite3_stmt *stmt);
/* For a statement without rows: 0, or -1. */
int state_run(struct state *state, sqlite3_stmt *stmt);
/* A column as a copy in the arena; NULL for NULL. */
const char *state_text(struct arena *arena, sqlite3_stmt *stmt, int column);

#endif
