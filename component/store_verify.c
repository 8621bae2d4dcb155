/* The store on SQLite: is it sound? What SQLite can say, and what the rows say of each other; what
 * is in them is looked at in verify.c. */
#include "component/store.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "component/store_sqlite.h"

/* ---- The file, by SQLite ---- */

#define INTEGRITY "PRAGMA integrity_check"

/* ---- The rows, by each other ---- */

/* Each gives a row for each fault. They read whole tables, and are only prepared when asked for. */
static const struct check {
	const char *name, *sql;
} checks[] = {
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
	{"two accounts in force with one JID, account",
		"SELECT max(id) FROM account WHERE closed_at = 0 GROUP BY jid HAVING count(*) > 1"},
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
	{"a number of what is held, whose state and successor don't fit, account and place",
		"SELECT account, place FROM held_number WHERE state NOT IN (0, 1, 2)"
		" OR (state = 0) <> (to_version = 0) OR (state = 1) <> (successor IS NOT NULL)"},
	{"a successor of what is held isn't in the history, account and place",
		"SELECT account, place FROM held_number AS n WHERE successor IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM held_number AS s"
		" WHERE s.account = n.account AND s.identity = n.successor)"},
	{"a number of a version that is yet to come, account and place",
		"SELECT n.account, place FROM number AS n JOIN profile AS p ON p.account = "
		"n.account"
		" WHERE max(from_version, to_version, added) > p.version OR from_version < 1"
		" OR to_version < 0 OR added < 0 OR (to_version > 0 AND to_version < "
		"from_version)"},
	{"successors go round in a circle, account and place",
		"SELECT n.account, n.place FROM number AS n JOIN number AS s"
		" ON s.account = n.account AND s.identity = n.successor"
		" WHERE s.place = n.place OR (s.to_version > 0 AND s.to_version < n.to_version)"},
	{"an update is of a position, or a contact was changed at one, that was never drawn, "
	 "update",
		"SELECT u.id FROM card_update AS u, store WHERE u.version > position"
		" OR u.link > store.link"},
	{"a book forgot more than there was, account",
		"SELECT account.id FROM account, store WHERE dropped > position OR dropped < 0"},
	{"a run is further than there is to go, account",
		"SELECT account FROM run, store WHERE cards_last > store.link"
		" OR pushes_done > store.card_update OR version < 1 OR cards_done < 0"},
	{"a setting that there isn't, account and setting",
		"SELECT account, setting FROM setting WHERE setting NOT BETWEEN 0 AND 7 OR value < "
		"0"},
	{"a list that there isn't, account", "SELECT account FROM listed WHERE kind NOT IN (0, 1)"},
	{"a matter that can't be, matter",
		"SELECT id FROM matter WHERE kind NOT BETWEEN 1 AND 8 OR length(token) <> 32"
		" OR token GLOB '*[^0-9a-f]*' OR expires_at < made_at OR version < 0"},
	{"a word to search by of a kind that there isn't, account",
		"SELECT account FROM term WHERE kind NOT IN (0, 1, 2) OR term = ''"},
	{"a count of less than nothing, account",
		"SELECT account FROM report WHERE min(began_at, ended_at, waiting, bounced) < 0"
		" UNION SELECT id FROM account WHERE min(opened_at, closed_at, told, seen_at, "
		"used_at)"
		" < 0"},
	{"what is missing is in no state that there is, account",
		"SELECT account FROM missing WHERE state NOT IN (0, 1, 2) OR NOT EXISTS (SELECT 1"
		" FROM number AS n WHERE n.account = missing.account AND n.identity = "
		"missing.identity"
		" AND n.state = 0)"},
	{"an account in no region, account",
		"SELECT id FROM account WHERE region <> '' AND region NOT GLOB '[A-Z][A-Z]'"},
	{"a digest that is none, account",
		"SELECT account FROM follow WHERE seen GLOB '*[^0-9a-f]*' OR seen = ''"},
};

struct verify {
	struct store *store;
	const char *name; /* of the check under way */
	void (*fault)(void *context, const char *text);
	void *context;
	int64_t faults, unread;
};

static void verify_fault(struct verify *verify, const char *what)
{
	char text[1200];

	(void)snprintf(text, sizeof(text), "%s: %s", verify->name, what);
	verify->fault(verify->context, text);
	verify->faults++;
}

static void verify_row(void *context, const char *text)
{
	verify_fault(context, text);
}

/* What a check of integrity says where all is well. */
static void integrity_row(void *context, const char *text)
{
	if (strcmp(text, "ok") != 0)
		verify_fault(context, text);
}

struct names {
	size_t count;
	char names[64][64]; /* of all tables */
};

static void name_row(void *context, const char *text)
{
	struct names *names = context;

	if (names->count < sizeof(names->names) / sizeof(names->names[0]))
		(void)snprintf(names->names[names->count++], sizeof(names->names[0]), "%s", text);
}

/* SQLite tells of pages: here of the table that they are of, with its indexes. */
static void name_damage(struct verify *verify)
{
	struct names names = {.count = 1, .names = {"sqlite_schema"}};
	char sql[128], name[96];

	(void)db_each(verify->store->db,
		"SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", name_row,
		&names);
	verify->name = name;
	for (size_t i = 0; i < names.count; i++) {
		(void)snprintf(name, sizeof(name), "damaged, table %s", names.names[i]);
		(void)snprintf(sql, sizeof(sql), INTEGRITY "('%s')", names.names[i]);
		if (db_each(verify->store->db, sql, integrity_row, verify) != 0)
			verify_fault(verify, db_error(verify->store->db));
	}
	verify->name = "";
}

enum store_result store_verify(struct store *store, void (*fault)(void *context, const char *text),
	void *context, int64_t *faults)
{
	struct verify verify = {
		.store = store, .name = "integrity", .fault = fault, .context = context};

	/* The counters are only written by the commit. */
	if (store_in_turn(store)) {
		(void)db_fail(store->db, "verify inside a turn");
		return STORE_ERROR;
	}
	if (db_each(store->db, INTEGRITY, integrity_row, &verify) != 0)
		verify_fault(&verify, db_error(store->db));
	if (verify.faults > 0)
		name_damage(&verify);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		verify.name = checks[i].name;
		/* Where the file itself is damaged, that has been said. */
		if (db_each(store->db, checks[i].sql, verify_row, &verify) != 0)
			verify.unread++;
	}
	verify.name = "checks of rows that can't be made, since these can't be read";
	if (verify.unread > 0) {
		char count[32];

		(void)snprintf(count, sizeof(count), "%d", (int)verify.unread);
		verify_fault(&verify, count);
	}
	*faults = verify.faults;
	return STORE_OK;
}

/* ---- Going through it ---- */

enum { EACH_PROFILE, EACH_HELD, EACH_CONTACT, EACH_UPDATE, EACH_MATTER };

static const char *const texts[] = {
	[EACH_PROFILE] = "SELECT account, account, NULL, card, NULL FROM profile"
			 " WHERE account > :after ORDER BY account LIMIT :max",
	[EACH_HELD] = "SELECT account, account, NULL, card, NULL FROM held"
		      " WHERE account > :after ORDER BY account LIMIT :max",
	[EACH_CONTACT] = "SELECT id, owner, item, card, pins FROM contact WHERE id > :after"
			 " ORDER BY id LIMIT :max",
	[EACH_UPDATE] = "SELECT id, owner, item, what, NULL FROM card_update WHERE id > :after"
			" AND link <> 0 ORDER BY id LIMIT :max",
	[EACH_MATTER] = "SELECT id, account, target, what, NULL FROM matter WHERE id > :after"
			" AND kind = 1 ORDER BY id LIMIT :max",
};

const struct store_texts store_verify_texts = {texts, sizeof(texts) / sizeof(texts[0])};

enum store_result store_each(struct store *store, struct arena *arena, enum store_kind kind,
	int64_t *after, size_t max, void (*row)(void *context, const struct store_piece *piece),
	void *context)
{
	struct db_statement *each = store_use(store, STORE_SET_VERIFY, (unsigned)kind);
	struct store_piece *pieces = arena_alloc(arena, max * sizeof(*pieces));
	bool failed = pieces == NULL;
	enum db_step step = DB_DONE;
	size_t count = 0;

	db_bind_int(each, ":after", *after);
	db_bind_int(each, ":max", (int64_t)max);
	while (!failed && (step = db_step(each)) == DB_ROW) {
		struct store_piece *piece = &pieces[count++];

		*after = db_int(each, 0);
		piece->account = db_int(each, 1);
		piece->item = store_copy(arena, each, 2, NULL, &failed);
		piece->text = store_copy(arena, each, 3, &piece->len, &failed);
		piece->pins = store_copy(arena, each, 4, NULL, &failed);
	}
	if (failed) {
		db_end(each);
		return store_no_memory(store);
	}
	if (step == DB_ERROR)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++)
		row(context, &pieces[i]);
	return count < max ? STORE_NONE : STORE_OK;
}
