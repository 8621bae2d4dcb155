/* The store on SQLite: dropping what is old, figures. */
#include "component/store.h"

#include "component/store_sqlite.h"

#define DAY_S 86400

enum {
	RETRACTION_OLDEST,
	RETRACTION_NOTE,
	RETRACTION_DROP,
	UPDATE_DROP,
	CHANGE_DROP,
	OLD_GET,
	OLD_PUT,
	UPDATE_OLDEST,
	CHANGE_OLDEST,
	REDATE_RETRACTIONS,
	REDATE_UPDATES,
	REDATE_CHANGES,
	REDATE_SEEN,
	REDATE_SUMMARIES,
	REDATE_SWEEPS,
	REDATE_MATTERS,
	REDATE_HELD,
	REDATE_ASKED,
	STATS
};

static const char *const texts[] = {
	[RETRACTION_OLDEST] = "SELECT version, owner, at FROM retraction WHERE version > 0"
			      " ORDER BY version LIMIT 1",
	[RETRACTION_NOTE] = "UPDATE account SET dropped = max(dropped, :version) WHERE id = :owner",
	[RETRACTION_DROP] = "DELETE FROM retraction WHERE owner = :owner AND version = :version",
	/* The oldest are looked at, whether they can go or not: a run that doesn't come to its end
	 * holds up the younger ones, but no call gets long. */
	[UPDATE_DROP] = "DELETE FROM card_update WHERE id IN"
			" (SELECT id FROM card_update WHERE id > 0 ORDER BY id LIMIT :max)"
			" AND at < :before AND NOT (push = 1 AND EXISTS (SELECT 1 FROM run"
			" WHERE account = card_update.subject AND pushes_done < card_update.id))",
	[CHANGE_DROP] = "DELETE FROM number_change WHERE id IN"
			" (SELECT id FROM number_change WHERE id > 0 ORDER BY id LIMIT :max)"
			" AND at < :before",
	[OLD_GET] = "SELECT old_at FROM store WHERE id = 1",
	[OLD_PUT] = "UPDATE store SET old_at = :old_at WHERE id = 1",
	[UPDATE_OLDEST] = "SELECT at FROM card_update WHERE id > 0 ORDER BY id LIMIT 1",
	[CHANGE_OLDEST] = "SELECT at FROM number_change WHERE id > 0 ORDER BY id LIMIT 1",
	/* These three read a whole table, when the oldest in it is of a clock that was wrong. */
	[REDATE_RETRACTIONS] = "UPDATE retraction SET at = :to WHERE at > :far",
	[REDATE_UPDATES] = "UPDATE card_update SET at = :to WHERE at > :far",
	[REDATE_CHANGES] = "UPDATE number_change SET at = :to WHERE at > :far",
	[REDATE_SEEN] = "UPDATE account SET seen_at = :to WHERE closed_at = 0 AND opened_at > 0"
			" AND seen_at > :far",
	[REDATE_SUMMARIES] = "UPDATE account SET summary_at = :to"
			     " WHERE summary_at > 0 AND summary_at > :far",
	[REDATE_SWEEPS] = "UPDATE sweep SET next_at = :to WHERE next_at > :far",
	[REDATE_MATTERS] = "UPDATE matter SET expires_at = :to WHERE expires_at > :far",
	[REDATE_HELD] = "UPDATE run SET starts_at = :to WHERE asked = 0 AND starts_at > :far",
	[REDATE_ASKED] = "UPDATE run SET starts_at = :to WHERE asked = 1 AND starts_at > :far",
	/* What ends a count is the rows looked at, not those that count: an account is opened or
	 * not, a contact linked or not. */
	[STATS] = "SELECT (SELECT count(*) FROM (SELECT opened_at FROM account"
		  " WHERE closed_at = 0 LIMIT :most) WHERE opened_at > 0),"
		  " (SELECT count(*) FROM (SELECT 1 FROM profile LIMIT :most)),"
		  " (SELECT count(*) FROM (SELECT 1 FROM contact LIMIT :most)),"
		  " (SELECT count(*) FROM (SELECT 1 FROM contact WHERE subject IS NOT NULL"
		  " LIMIT :most)),"
		  " (SELECT count(*) FROM (SELECT 1 FROM run WHERE asked = 0 LIMIT :most)),"
		  " (SELECT count(*) FROM (SELECT 1 FROM card_update LIMIT :most)),"
		  " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)",
};

const struct store_texts store_keep_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_KEEP, statement);
}

/* ---- Dropping ---- */

/* Drops the oldest retraction if it is from before `before`: OK, or NONE. The book notes it. */
static enum store_result drop_retraction(struct store *store, int64_t before)
{
	struct db_statement *statement = use(store, RETRACTION_OLDEST);
	int64_t version, owner, at;
	enum store_result found;

	found = store_step(statement);
	if (found != STORE_OK)
		return found;
	version = db_int(statement, 0);
	owner = db_int(statement, 1);
	at = db_int(statement, 2);
	db_end(statement);
	if (at >= before)
		return STORE_NONE;
	statement = use(store, RETRACTION_NOTE);
	db_bind_int(statement, ":version", version);
	db_bind_int(statement, ":owner", owner);
	if (db_run(statement, NULL) != 0)
		return STORE_ERROR;
	statement = use(store, RETRACTION_DROP);
	db_bind_int(statement, ":version", version);
	db_bind_int(statement, ":owner", owner);
	return store_result_of(db_run(statement, NULL));
}

/* Takes what it drops off *left. */
static enum store_result drop_rows(
	struct store *store, unsigned statement, int64_t before, size_t *left)
{
	struct db_statement *drop = use(store, statement);
	int64_t changes = 0;

	db_bind_int(drop, ":before", before);
	db_bind_int(drop, ":max", (int64_t)*left);
	if (db_run(drop, &changes) != 0)
		return STORE_ERROR;
	*left -= (size_t)changes;
	return STORE_OK;
}

enum store_result store_expire(struct store *store, int64_t before, size_t max, bool *more)
{
	enum store_result result = STORE_OK;
	size_t left = max;

	while (left > 0 && (result = drop_retraction(store, before)) == STORE_OK)
		left--;
	if (result == STORE_ERROR || drop_rows(store, UPDATE_DROP, before, &left) != STORE_OK ||
		drop_rows(store, CHANGE_DROP, before, &left) != STORE_OK)
		return STORE_ERROR;
	*more = left == 0;
	return STORE_OK;
}

/* ---- The time ---- */

enum store_result store_old_get(struct store *store, int64_t *old_s)
{
	struct db_statement *get = use(store, OLD_GET);
	enum store_result found = store_step(get);

	if (found != STORE_OK)
		return STORE_ERROR;
	*old_s = db_int(get, 0);
	db_end(get);
	return STORE_OK;
}

enum store_result store_old_put(struct store *store, int64_t old_s)
{
	struct db_statement *put = use(store, OLD_PUT);

	db_bind_int(put, ":old_at", old_s);
	return store_result_of(db_run(put, NULL));
}

static enum store_result redate(struct store *store, unsigned statement, int64_t far, int64_t to)
{
	struct db_statement *update = use(store, statement);
	int64_t changes = 0;

	db_bind_int(update, ":far", far);
	db_bind_int(update, ":to", to);
	if (db_run(update, &changes) != 0)
		return STORE_ERROR;
	if (changes > 0) /* it may be accounts */
		account_cache_forget_all(store->accounts);
	return STORE_OK;
}

/* A table in order of time. column: of `at` in the statement that reads the oldest. */
static enum store_result redate_old(struct store *store, unsigned oldest, int column,
	unsigned statement, int64_t far, int64_t to)
{
	struct db_statement *first = use(store, oldest);
	enum store_result found = store_step(first);
	int64_t at;

	if (found != STORE_OK)
		return found == STORE_NONE ? STORE_OK : found;
	at = db_int(first, column);
	db_end(first);
	return at > far ? redate(store, statement, far, to) : STORE_OK;
}

enum store_result store_redate(struct store *store, int64_t now, int64_t far)
{
	const struct {
		unsigned statement;
		int64_t far, to;
	} rows[] = {
		{REDATE_SEEN, far, now},
		{REDATE_SUMMARIES, now + DAY_S, now + DAY_S},
		{REDATE_SWEEPS, far, now},
		{REDATE_MATTERS, far, far},
		{REDATE_HELD, now + DAY_S, now + DAY_S},
		{REDATE_ASKED, far, far},
	};
	enum store_result result = STORE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && result == STORE_OK; i++)
		result = redate(store, rows[i].statement, rows[i].far, rows[i].to);
	if (result == STORE_OK)
		result = redate_old(store, RETRACTION_OLDEST, 2, REDATE_RETRACTIONS, far, now);
	if (result == STORE_OK)
		result = redate_old(store, UPDATE_OLDEST, 0, REDATE_UPDATES, far, now);
	if (result == STORE_OK)
		result = redate_old(store, CHANGE_OLDEST, 0, REDATE_CHANGES, far, now - DAY_S);
	return result;
}

/* ---- Figures ---- */

enum store_result store_stats(struct store *store, struct store_stats *stats)
{
	return store_stats_upto(store, -1, stats); /* LIMIT -1 is none */
}

enum store_result store_stats_upto(struct store *store, int64_t most, struct store_stats *stats)
{
	struct db_statement *get = use(store, STATS);

	db_bind_int(get, ":most", most);
	if (db_step(get) != DB_ROW)
		return STORE_ERROR;
	stats->accounts = db_int(get, 0);
	stats->profiles = db_int(get, 1);
	stats->contacts = db_int(get, 2);
	stats->links = db_int(get, 3);
	stats->runs = db_int(get, 4);
	stats->updates = db_int(get, 5);
	stats->bytes = db_int(get, 6);
	db_end(get);
	return STORE_OK;
}
