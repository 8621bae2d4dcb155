/* The store on SQLite: dropping what is old, figures. */
#include "component/store.h"

#include "component/store_sqlite.h"

enum { RETRACTION_OLDEST, RETRACTION_NOTE, RETRACTION_DROP, UPDATE_DROP, CHANGE_DROP, STATS };

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
