/* What the files of the store on SQLite (store_*.c) share. Nobody else includes this but the
 * store's own tests. */
#ifndef KITH_STORE_SQLITE_H
#define KITH_STORE_SQLITE_H

#include "component/account_cache.h"
#include "component/book_cache.h"
#include "component/db.h"
#include "component/store.h"

/* Each file has its statements as an enum with a text for each at its top; store_open() prepares
 * them. */
enum store_set {
	STORE_SET_TURN,
	STORE_SET_ACCOUNT,
	STORE_SET_LISTED,
	STORE_SET_PROFILE,
	STORE_SET_SEARCH,
	STORE_SET_CONTACT,
	STORE_SET_BOOK,
	STORE_SET_RUN,
	STORE_SET_REPORT,
	STORE_SET_GATHER,
	STORE_SET_HOLDER,
	STORE_SET_KEEP,
	STORE_SET_ROSTER,
	STORE_SET_MATTER,
	STORE_SET_DORMANT,
	STORE_SET_MISSING,
	STORE_SET_FOLLOW,
	STORE_SET_SWEEP,
	STORE_SET_VERIFY,
	STORE_SETS
};

struct store_texts {
	const char *const *texts;
	size_t count;
};
extern const struct store_texts store_account_texts, store_listed_texts, store_profile_texts,
	store_search_texts, store_contact_texts, store_book_texts, store_run_texts,
	store_dormant_texts, store_follow_texts, store_gather_texts, store_holder_texts,
	store_keep_texts, store_matter_texts, store_missing_texts, store_report_texts,
	store_roster_texts, store_sweep_texts, store_turn_texts, store_verify_texts;

/* What numbers are drawn from, each a column of the one row of table store. */
enum store_counter {
	STORE_POSITION, /* positions in books, and ids of accounts and changes */
	STORE_LINK,	/* contact.id */
	STORE_UPDATE,	/* card_update.id */
	STORE_COUNTERS
};

struct store {
	struct db *db;
	struct account_cache *accounts;
	struct book_cache *books;
	struct db_statement *statements[STORE_SETS];
	int lock;	   /* of the owner; -1 none */
	bool is_shared;	   /* with an owner */
	int64_t rested_ms; /* when it last let the owner in */
	bool has_key;	   /* store_key() was asked for it */
	unsigned char key[32];
	char *not_yet; /* why store_mend() couldn't, as logged; NULL: it wasn't tried */
	/* The numbers drawn last: as of this turn, and as stored. */
	bool has_read_counters; /* in this turn */
	int64_t drawn[STORE_COUNTERS], drawn_stored[STORE_COUNTERS];
};

/* The statement, ready to be bound, or NULL (db.h). */
struct db_statement *store_use(struct store *store, enum store_set set, unsigned statement);

/* The next number, from 1; written with the commit. 0: the turn failed. */
int64_t store_next(struct store *store, enum store_counter counter);
/* The number drawn last, 0 if none was. */
enum store_result store_last(struct store *store, enum store_counter counter, int64_t *number);

/* The arena is full, or there is no memory: fails the turn. */
enum store_result store_no_memory(struct store *store);

/* Copies a column into the arena; *failed is set where there is no memory. NULL stays NULL. */
const char *store_copy(
	struct arena *arena, struct db_statement *statement, int column, size_t *len, bool *failed);

/* Steps to the one row that there can be: OK, and the caller ends the statement, or NONE. */
enum store_result store_step(struct db_statement *statement);

/* Runs a statement with the one parameter :account. */
enum store_result store_run_for(
	struct store *store, enum store_set set, unsigned statement, int64_t account);

/* OK for 0, ERROR else. */
enum store_result store_result_of(int result);

/* A row of ACCOUNT_COLUMNS, the first of which is `from`, into the arena: -1: that is full. The one
 * row that a statement steps to, which it ends; or STORE_NONE. */
#define ACCOUNT_COLUMNS "id, jid, opened_at, closed_at, seen_at, used_at, region"
#define ACCOUNT_COUNT 7 /* of them */
int store_account_read_row(struct db_statement *statement, int from, struct arena *arena,
	struct store_account *account);
enum store_result store_account_read(struct store *store, struct db_statement *statement,
	struct arena *arena, struct store_account *account);

/* The columns of contact in the order of CONTACT_COLUMNS, into the arena. */
#define CONTACT_COLUMNS CONTACT_COLUMNS_BUT_CARD ", card"
#define CONTACT_COLUMNS_BUT_CARD                                                                   \
	"id, owner, item, version, changed_at, subject, applied, written, known, pins"
int store_contact_read(
	struct db_statement *statement, struct arena *arena, struct store_contact *contact);

/* The columns of card_update in the order of UPDATE_COLUMNS, the first of which is `from`, into the
 * arena. table: what each is named with: "" or "card_update." */
#define UPDATE_COLUMNS(table)                                                                      \
	table "id, " table "subject, " table "change, " table "link, " table "owner, " table       \
	      "item, " table "version, " table "at, " table "undone_at, " table "what, " table     \
	      "push, " table "gathered"
int store_update_read(
	struct db_statement *statement, int from, struct arena *arena, struct store_update *update);

/* Removes all that an account has in its book. */
enum store_result store_book_erase(struct store *store, int64_t owner);
/* Deletes the row of an account that nobody needs: not in use, and nobody is linked to it. */
enum store_result store_account_release(struct store *store, int64_t account);
/* Deletes what updates did to a link. */
enum store_result store_update_forget(struct store *store, int64_t link);
/* Deletes the run with its report, updates by changes, and log of changes of an account, and what
 * it was offered. */
enum store_result store_run_erase(struct store *store, int64_t account);

/* Deletes what is known of the service in the account's roster. */
enum store_result store_follow_erase(struct store *store, int64_t account);
/* Deletes what is known of the account's roster. */
enum store_result store_roster_erase(struct store *store, int64_t account);
/* Deletes the lists of an account, and what of others names its JID as chosen: who has the JID next
 * doesn't inherit that. Who is blocked stays so. */
enum store_result store_listed_erase(struct store *store, int64_t account);
/* Deletes the matters that wait for an account, and those that are about it. */
enum store_result store_matter_erase(struct store *store, int64_t account);
/* Deletes what an account's ordinary client lacked. */
enum store_result store_missing_erase(struct store *store, int64_t account);

/* The account's book is looked through no more. */
enum store_result store_sweep_erase(struct store *store, int64_t account);

/* Nobody is asked any more whether the account that ended is `next`. */
enum store_result store_dormant_erase(struct store *store, int64_t next);

/* Deletes profile, history and search terms. */
enum store_result store_profile_erase(struct store *store, int64_t account);
/* Makes the search terms of an account these; all NULL: none. */
enum store_result store_term_put(struct store *store, int64_t account, const char *name,
	const char *const *emails, const char *const *identities);

/* Looks at the log beside the store, before it is opened. -1 with *why: it is damaged so that
 * something that was acknowledged would be lost. *is_empty: there is nothing in it. */
int store_log_check(const char *path, bool *is_empty, char **why);

/* Brings the file and its name onto the disk. 0, or -1 with *why. */
int store_file_sync(const char *path, char **why);

#endif
