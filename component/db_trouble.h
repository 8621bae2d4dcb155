/* What keeps a database from working: told from the codes of SQLite, and logged without flooding
 * the log, however often it is met. */
#ifndef KITH_DB_TROUBLE_H
#define KITH_DB_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

enum db_trouble {
	DB_WELL,
	DB_LOCKED,    /* another program has it */
	DB_FULL,      /* no room on the disk */
	DB_FAILING,   /* the system refuses to read or write, for whatever reason else */
	DB_UNTRUSTED, /* a sync failed: what is in the system's cache may never get onto the disk */
	DB_MOVED,     /* its files are not where they were */
	DB_DAMAGED,   /* what is in it is wrong */
	DB_TROUBLES
};

/* In place; all zero to begin with. */
struct db_trouble_log {
	enum db_trouble now;
	int64_t began_ms; /* when that was first met */
	int64_t failed;	  /* turns, since then */
	bool is_told;	  /* that it began */
	int64_t told_ms[DB_TROUBLES];
	struct log_budget others; /* of what is no trouble of these */
};

/* The trouble that a result code of SQLite (extended) means, with the error of the system behind
 * it, 0 none; DB_WELL: it is none that lasts. */
enum db_trouble db_trouble_of(int code, int system_error);

/* For the admin: "the disk is full"; static. */
const char *db_trouble_text(enum db_trouble trouble);

/* Something failed in a turn. trouble DB_WELL: one of its own, and what was the matter before still
 * is; so it is after a lesser trouble, in the order above. what: SQLite's words, at: where (NULL:
 * nowhere, of DB_WELL). One that goes on is told once an hour, one that comes and goes once a
 * minute. */
void db_trouble_met(struct db_trouble_log *log, enum db_trouble trouble, const char *what,
	const char *at, int64_t now_ms);
/* If that is what was the matter, it is over. */
void db_trouble_over(struct db_trouble_log *log, enum db_trouble trouble, int64_t now_ms);

#endif
