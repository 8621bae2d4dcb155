/* Inside the layer on sqlite3: what db.c (statements, turns), db_file.c (the file), db_log.c and
 * db_gather.c (the log beside it) and db_place.c (where they are) share. */
#ifndef KITH_DB_STATE_H
#define KITH_DB_STATE_H

#include <sys/types.h>

#include <sqlite3.h>

#include "component/db.h"

#define DB_NAMES_MAX 16 /* parameters of a statement whose place is remembered */

struct db_statement {
	struct db *db;
	sqlite3_stmt *stmt;		 /* NULL while the database is shut */
	const char *names[DB_NAMES_MAX]; /* by place, as they were bound: the callers' literals */
	int bound;			 /* the place of the one bound last; 0: none was */
};

/* What one db_prepare() made. */
struct db_set {
	struct db_set *next;
	const char *const *texts;
	size_t count;
	struct db_statement statements[];
};

/* The database, its log, and the memory that its users share: SQLite keeps them while any is open.
 */
enum { DB_FILE, DB_FILE_LOG, DB_FILE_SHARED, DB_FILES };
struct db_file_id {
	dev_t device;
	ino_t inode;
};

struct db {
	sqlite3 *handle; /* NULL: shut */
	char *path;	 /* NULL: in memory */
	int busy_ms;
	int64_t busy_since_ms; /* when the wait for another that writes began, */
	int64_t busy_until_ms; /* and the last one ended */
	bool is_known_locked;  /* it was in vain, before this turn */
	struct db_set *sets;
	struct db_statement *turn;	 /* of db.c */
	bool is_watched;		 /* whether the files stay in their place: */
	struct db_file_id ids[DB_FILES]; /* 0: not there yet */
	bool in_turn, in_part;
	bool has_begun_writing; /* the last turn did: nobody else could */
	int64_t changes;	/* of rows by this connection, when the turn began */
	uint32_t openings;	/* of the file */
	bool failed;	   /* no statement runs until the turn is rolled back, or the part undone */
	bool is_hopeless;  /* it was SQLite that failed: nothing but the rollback is left */
	bool is_read_only; /* since it is damaged */
	bool is_doubtful;  /* what a commit wrote that failed is still in the log */
	bool has_written;  /* the turn that was committed last wrote something */
	int log_frames;	   /* in the write-ahead log, not all copied to the database */
	int checkpoint_frames; /* from that many on, they are */
	int64_t checkpoint_ms; /* no checkpoint before that */
	bool has_aside;	       /* most of it is done beside the turns, by this: */
	struct db_checkpoint *aside;
	int rounds; /* that it made since all was copied */
	struct db_trouble_log trouble;
	char error[256]; /* db_error() */
};

/* Books the failure that the handle has just met; at: where; error: the system's, if it may have
 * been behind that (SQLite doesn't keep that of a commit). Returns the trouble. */
enum db_trouble db_met(struct db *db, const char *at, int error);

/* The same of another connection, which met that code. */
enum db_trouble db_met_aside(struct db *db, const char *at, int code, int error);

/* Notes which files they are; one that isn't there yet is looked for again. */
void db_note_files(struct db *db);

/* Prepares the statements of a set. 0 or -1. */
int db_set_prepare(struct db *db, struct db_set *set);

/* Frames of 4 KiB in the log: from then on it is copied, which is short enough also where a turn
 * has to wait for it; and from then on turns wait, where the disk is slow. */
#define DB_CHECKPOINT_FRAMES 1000
#define DB_LOG_FRAMES_MAX 4000

/* What was committed to the log goes to the database, where that is due. */
void db_log_checkpoint(struct db *db);
/* Waits for the checkpoint that is under way beside the turns. */
void db_log_end_aside(struct db *db);

/* A sync of the log failed, maybe that of a commit, which then is none: to who reads the log anew
 * it would look like one, and be there though it was refused. Writes over it. -1: the disk refuses
 * that, too; to be tried again. */
int db_log_overwrite(struct db *db);

/* Writes the log over itself, and syncs it. 0 or -1. */
int db_log_rewrite(struct db *db);

/* The name of a VFS for sqlite3_open_v2(): what is SQLite's default now, but that what is written
 * to a log between begin and end, around a commit, goes to the file in few pieces, before the
 * commit returns. NULL: out of memory. */
const char *db_gather_vfs(void);
void db_gather_begin(void);
void db_gather_end(void);

/* Closes it, until db_reopen(). keeps_log: what is in the log isn't brought to the database. */
void db_file_shut(struct db *db, bool keeps_log);

#endif
