/* The store on SQLite: dropping what is old, figures, checks. */
#include "component/store.h"

#include <stdio.h>
#include <string.h>

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

/* ---- Checks ---- */

/* Each gives a row for each fault. They read whole tables, and are only prepared when asked for. */
static const struct check {
	const char *name, *sql;
} checks[] = {
	{"integrity", "PRAGMA integrity_check"},
	{"a row refers to one that isn't there (table, row, table)", "PRAGMA foreign_key_check"},
	{"a counter is behind (position, link, update)",
		"SELECT position, link, card_update FROM store"
		" WHERE link < (SELECT ifnull(max(id), 0) FROM contact)"
		" OR card_update < (SELECT ifnull(max(id), 0) FROM card_update)"
		" OR position < max((SELECT ifnull(max(id), 0) FROM account),"
		" (SELECT ifnull(max(version), 0) FROM contact),"
		" (SELECT ifnull(max(version), 0) FROM retraction),"
		" (SELECT ifnull(max(id), 0) FROM number_change),"
		" (SELECT ifnull(max(id), 0) FROM matter))"},
	{"a closed account has a profile, account",
		"SELECT account FROM profile JOIN account ON id = account WHERE closed_at > 0"},
	{"a closed account has a book, account",
		"SELECT DISTINCT owner FROM contact JOIN account AS a ON a.id = owner"
		" WHERE closed_at > 0"},
	{"a closed account that nobody is linked to, account",
		"SELECT id FROM account AS a WHERE closed_at > 0"
		" AND NOT EXISTS (SELECT 1 FROM contact WHERE subject = a.id)"},
	{"a closed account has a list, account",
		"SELECT DISTINCT account FROM listed JOIN account ON id = account"
		" WHERE closed_at > 0"},
	{"a contact was brought to a version that is yet to come, contact",
		"SELECT contact.id FROM contact JOIN profile AS p ON p.account = subject"
		" WHERE applied > p.version OR written > p.version"},
	{"an item is both there and retracted, owner and contact",
		"SELECT r.owner, c.id FROM retraction AS r"
		" JOIN contact AS c ON c.owner = r.owner AND c.item = r.item"},
	{"a number's state and successor don't fit, account and place",
		"SELECT account, place FROM number WHERE state NOT IN (0, 1, 2)"
		" OR (state = 0) <> (to_version = 0) OR (state = 1) <> (successor IS NOT NULL)"},
	{"a number's successor isn't in the history, account and place",
		"SELECT account, place FROM number AS n WHERE successor IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM number AS s"
		" WHERE s.account = n.account AND s.identity = n.successor)"},
	{"a number is twice in a history, account", "SELECT DISTINCT account FROM number GROUP BY "
						    "account, identity HAVING count(*) > 1"},
	{"numbers without a profile, account",
		"SELECT DISTINCT account FROM number AS n"
		" WHERE NOT EXISTS (SELECT 1 FROM profile AS p WHERE p.account = n.account)"},
	{"a search finds who has no profile, account",
		"SELECT DISTINCT account FROM term AS t WHERE NOT EXISTS"
		" (SELECT 1 FROM profile AS p WHERE p.account = t.account AND hidden = 0)"},
	{"a run without a profile or beyond its end, account",
		"SELECT r.account FROM run AS r LEFT JOIN profile AS p ON p.account = r.account"
		" WHERE p.account IS NULL OR r.version > p.version OR cards_done > cards_last"},
	{"a report of a change that is yet to come, or of what was closed, account",
		"SELECT r.account FROM report AS r LEFT JOIN profile AS p ON p.account = r.account"
		" WHERE p.account IS NULL OR r.version > p.version"},
	{"a roster of an account that is not in use, account",
		"SELECT account FROM roster JOIN account ON id = account"
		" WHERE closed_at > 0 OR opened_at = 0"},
	{"a subscription that is not both ways, or of an account that is not in use, accounts",
		"SELECT p.account, p.other FROM roster_pair AS p JOIN account AS a ON a.id = "
		"p.account"
		" WHERE a.closed_at > 0 OR a.opened_at = 0 OR p.account = p.other OR NOT EXISTS"
		" (SELECT 1 FROM roster_pair AS q WHERE q.account = p.other AND q.other = "
		"p.account)"},
	{"a closed account has the service in its roster, account",
		"SELECT account FROM follow JOIN account ON id = account WHERE closed_at > 0"},
	{"a summary that is due of nothing in use, or gathered updates without, account",
		"SELECT id FROM account WHERE summary_at > 0 AND closed_at > 0"
		" UNION SELECT owner FROM card_update JOIN account AS a ON a.id = owner"
		" WHERE gathered = 1 AND summary_at = 0"},
	{"an update of a contact that isn't there, update",
		"SELECT u.id FROM card_update AS u LEFT JOIN contact AS c ON c.id = link"
		" WHERE link <> 0 AND (c.id IS NULL OR c.owner <> u.owner OR c.item <> u.item"
		" OR c.subject IS NOT u.subject)"},
	{"a card is offered to a closed account, update",
		"SELECT u.id FROM card_update AS u LEFT JOIN account AS a ON a.id = u.owner"
		" WHERE link = 0 AND (a.id IS NULL OR a.closed_at > 0)"},
	{"a matter waits for or is about a closed account, matter",
		"SELECT m.id FROM matter AS m JOIN account AS a ON a.id IN (m.account, m.subject)"
		" WHERE a.closed_at > 0"},
	{"something is held for an account without a profile, or is newer than that, account",
		"SELECT h.account FROM held AS h LEFT JOIN profile AS p ON p.account = h.account"
		" WHERE p.account IS NULL OR h.version > p.version"},
	{"a run that waits for an answer for ever, account",
		"SELECT account FROM run WHERE asked = 1 AND starts_at = 0"},
	{"a number is missing in the vCard of nobody's profile, account",
		"SELECT DISTINCT m.account FROM missing AS m"
		" WHERE NOT EXISTS (SELECT 1 FROM profile AS p WHERE p.account = m.account)"},
	{"a matter about a contact that isn't there, matter",
		"SELECT m.id FROM matter AS m LEFT JOIN contact AS c ON c.id = link"
		" WHERE link IS NOT NULL AND (c.id IS NULL OR c.owner <> m.account"
		" OR c.item <> m.target OR (m.kind = 8 AND c.subject IS NOT NULL)"
		" OR (m.kind NOT IN (7, 8) AND c.subject IS NOT m.subject))"},
	{"a closed account's book is looked through, account",
		"SELECT account FROM sweep JOIN account ON id = account WHERE closed_at > 0"},
	{"holders are asked of an account in force, or of one with another JID, account",
		"SELECT d.account FROM dormant AS d JOIN account AS old ON old.id = d.account"
		" JOIN account AS new ON new.id = d.next WHERE old.closed_at = 0"
		" OR new.closed_at > 0 OR old.jid <> new.jid OR done > made"},
};

struct verify {
	const struct check *check;
	void (*fault)(void *context, const char *text);
	void *context;
	int64_t faults;
};

static void verify_fault(struct verify *verify, const char *what)
{
	char text[1200];

	(void)snprintf(text, sizeof(text), "%s: %s", verify->check->name, what);
	verify->fault(verify->context, text);
	verify->faults++;
}

static void verify_row(void *context, const char *text)
{
	struct verify *verify = context;

	/* What PRAGMA integrity_check says of a whole file. */
	if (verify->check == &checks[0] && strcmp(text, "ok") == 0)
		return;
	verify_fault(verify, text);
}

enum store_result store_verify(struct store *store, void (*fault)(void *context, const char *text),
	void *context, int64_t *faults)
{
	struct verify verify = {.fault = fault, .context = context};

	/* The counters are only written by the commit. */
	if (store_in_turn(store)) {
		(void)db_fail(store->db, "verify inside a turn");
		return STORE_ERROR;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		verify.check = &checks[i];
		/* What can't even be read is a fault like others. */
		if (db_each(store->db, checks[i].sql, verify_row, &verify) != 0)
			verify_fault(&verify, db_error(store->db));
	}
	*faults = verify.faults;
	return STORE_OK;
}
