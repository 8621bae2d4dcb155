/* The shape of the SQLite file: see migrations.h.
 *
 * Never change a step that was released; add one, and a dump of the version before it to the tests.
 */
#include "component/migrations.h"

#include <inttypes.h>
#include <stdio.h>

#include "component/db.h"

/* The first version. Notes on the whole:
 *  - Ids and positions are drawn from the counters of table store, so that none is ever used again,
 * and rows of one table are in order of time.
 *  - What a fan-out touches for each link is kept to one row of contact, one entry of
 * contact_version and one row appended to card_update (with two index entries that are appended or
 * near each other, since a run walks the links in order). Hence no index on the other columns of
 * contact that it changes, and no references in card_update, which would read a row of each table
 * for each link.
 *  - Columns that are read without the card stand before it: a large card lies in overflow pages.
 */
static const char version_1[] =
	"CREATE TABLE store (\n"
	"	id INTEGER PRIMARY KEY CHECK (id = 1), -- there is one row\n"
	"	position INTEGER NOT NULL, -- drawn last: positions, ids of accounts and changes\n"
	"	link INTEGER NOT NULL, -- drawn last: contact.id\n"
	"	card_update INTEGER NOT NULL, -- drawn last: card_update.id\n"
	"	secret BLOB NOT NULL CHECK (length(secret) = 32) -- key of archive ids\n"
	") STRICT;\n"
	"INSERT INTO store (id, position, link, card_update, secret) VALUES (1, 0, 0, 0, "
	"randomblob(32));\n"

	"CREATE TABLE account (\n"
	"	id INTEGER PRIMARY KEY, -- of this incarnation of the JID\n"
	"	jid TEXT NOT NULL, -- bare, prepared\n"
	"	opened_at INTEGER NOT NULL, -- first use by itself; 0: only others link to it\n"
	"	closed_at INTEGER NOT NULL, -- 0: the incarnation in force\n"
	"	dropped INTEGER NOT NULL -- position up to which its book's retractions were "
	"dropped\n"
	") STRICT;\n"
	"CREATE UNIQUE INDEX account_jid ON account (jid) WHERE closed_at = 0;\n"

	"CREATE TABLE setting (\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose\n"
	"	setting INTEGER NOT NULL, -- enum setting\n"
	"	value INTEGER NOT NULL, -- of the enum that belongs to it\n"
	"	PRIMARY KEY (account, setting)\n"
	") STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE profile (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- whose\n"
	"	version INTEGER NOT NULL, -- raised by each change of the numbers, from 1\n"
	"	changed_at INTEGER NOT NULL, -- of the card\n"
	"	hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)), -- 1: retracted by its owner\n"
	"	card TEXT NOT NULL -- vCard4 XML\n"
	") STRICT;\n"

	"CREATE TABLE number (\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose number it is or was\n"
	"	place INTEGER NOT NULL, -- in order of first appearance, from 0\n"
	"	identity TEXT NOT NULL, -- E.164 and extension, or digits\n"
	"	kind TEXT NOT NULL, -- cell, voice, fax ...\n"
	"	value TEXT NOT NULL, -- as it goes into a card\n"
	"	display TEXT NOT NULL, -- as it is shown\n"
	"	state INTEGER NOT NULL, -- enum number_state\n"
	"	from_version INTEGER NOT NULL, -- of the profile, since which it is (or was) "
	"current\n"
	"	to_version INTEGER NOT NULL, -- at which it ceased to be; 0: it is current\n"
	"	added INTEGER NOT NULL, -- at which it came without replacing another; 0: never\n"
	"	successor TEXT, -- identity of the number that replaced it\n"
	"	PRIMARY KEY (account, place)\n"
	") STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE term (\n"
	"	kind INTEGER NOT NULL, -- 0 word of a name, 1 e-mail, 2 identity of a number\n"
	"	term TEXT NOT NULL, -- folded by case and width\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose profile has it, hidden ones "
	"none\n"
	"	PRIMARY KEY (kind, term, account)\n"
	") STRICT, WITHOUT ROWID;\n"
	"CREATE INDEX term_account ON term (account);\n"

	"CREATE TABLE contact (\n"
	"	id INTEGER PRIMARY KEY, -- of the link: a new one when the subject changes\n"
	"	owner INTEGER NOT NULL REFERENCES account, -- whose book it is in\n"
	"	item TEXT NOT NULL, -- item id: bare JID or UID\n"
	"	version INTEGER NOT NULL, -- position of its last change\n"
	"	changed_at INTEGER NOT NULL, -- when that was\n"
	"	subject INTEGER REFERENCES account, -- whom it is linked to; NULL: nobody\n"
	"	applied INTEGER NOT NULL, -- version of the subject's profile it was brought to\n"
	"	written INTEGER NOT NULL, -- the same when the holder wrote a number of the "
	"subject's\n"
	"	pins TEXT, -- TELs that a take-back pinned; NULL: none\n"
	"	card TEXT NOT NULL -- vCard4 XML\n"
	") STRICT;\n"
	"CREATE UNIQUE INDEX contact_item ON contact (owner, item);\n"
	"CREATE UNIQUE INDEX contact_version ON contact (owner, version);\n"
	"CREATE INDEX contact_held ON contact (owner, subject) WHERE subject IS NOT NULL;\n"
	"CREATE INDEX contact_subject ON contact (subject) WHERE subject IS NOT NULL;\n"

	"CREATE TABLE retraction (\n"
	"	version INTEGER PRIMARY KEY, -- position of it\n"
	"	owner INTEGER NOT NULL REFERENCES account, -- from whose book\n"
	"	item TEXT NOT NULL, -- item id, of which the book has no contact now\n"
	"	at INTEGER NOT NULL -- when\n"
	") STRICT;\n"
	"CREATE UNIQUE INDEX retraction_item ON retraction (owner, item);\n"
	"CREATE INDEX retraction_owner ON retraction (owner);\n"

	"CREATE TABLE run (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- whose numbers changed\n"
	"	version INTEGER NOT NULL, -- of the profile: the target\n"
	"	started_at INTEGER NOT NULL, -- when\n"
	"	cards_done INTEGER NOT NULL, -- first cursor: contact.id up to which cards are "
	"done\n"
	"	cards_last INTEGER NOT NULL, -- contact.id to go to\n"
	"	pushes_done INTEGER NOT NULL -- second cursor: card_update.id that the server "
	"took\n"
	") STRICT;\n"

	"CREATE TABLE card_update (\n"
	"	id INTEGER PRIMARY KEY, -- in order of time\n"
	"	subject INTEGER NOT NULL, -- account whose number changed\n"
	"	change INTEGER NOT NULL, -- version of its profile\n"
	"	link INTEGER NOT NULL, -- contact.id; the row goes with the contact\n"
	"	owner INTEGER NOT NULL, -- account of the holder\n"
	"	item TEXT NOT NULL, -- of the contact\n"
	"	version INTEGER NOT NULL, -- position in the book that this made\n"
	"	at INTEGER NOT NULL, -- when\n"
	"	undone_at INTEGER NOT NULL, -- when it was taken back; 0: in force\n"
	"	push INTEGER NOT NULL CHECK (push IN (0, 1)), -- 1: the holder is to be told\n"
	"	what TEXT NOT NULL -- TELs replaced, added, marked\n"
	") STRICT;\n"
	"CREATE INDEX card_update_subject ON card_update (subject);\n"
	"CREATE INDEX card_update_link ON card_update (link);\n"

	"CREATE TABLE number_change (\n"
	"	id INTEGER PRIMARY KEY, -- in order of time\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose numbers changed\n"
	"	version INTEGER NOT NULL, -- of the profile that the change made\n"
	"	at INTEGER NOT NULL, -- when\n"
	"	what TEXT NOT NULL -- for a person\n"
	") STRICT;\n"
	"CREATE INDEX number_change_account ON number_change (account);\n";

/* Lists of JIDs; pushes counted and gathered; the last sign of an account. A comment stands before
 * the default, since SQLite keeps of an added column what comes before its end. */
static const char version_2[] =
	"CREATE TABLE listed (\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose list\n"
	"	kind INTEGER NOT NULL, -- enum listed\n"
	"	jid TEXT NOT NULL, -- bare, prepared; of an account that is known or not\n"
	"	PRIMARY KEY (account, kind, jid)\n"
	") STRICT, WITHOUT ROWID;\n"
	"CREATE INDEX listed_jid ON listed (jid);\n"

	"ALTER TABLE account ADD COLUMN told_since INTEGER -- since when pushes to it are counted\n"
	"	NOT NULL DEFAULT 0;\n"
	"ALTER TABLE account ADD COLUMN told INTEGER -- how many pushes to it since then\n"
	"	NOT NULL DEFAULT 0;\n"
	"ALTER TABLE account ADD COLUMN summary_at INTEGER -- when it is told of those gathered; "
	"0: none\n"
	"	NOT NULL DEFAULT 0;\n"
	"ALTER TABLE account ADD COLUMN seen_at INTEGER -- last sign of it, to a day\n"
	"	NOT NULL DEFAULT 0;\n"
	"UPDATE account SET seen_at = CAST(strftime('%s', 'now') AS INTEGER) WHERE opened_at > 0;\n"
	"CREATE INDEX account_seen ON account (seen_at) WHERE closed_at = 0 AND opened_at > 0;\n"
	"CREATE INDEX account_summary ON account (summary_at) WHERE summary_at > 0;\n"
	"ALTER TABLE card_update ADD COLUMN gathered INTEGER -- 1: told by a summary yet to come\n"
	"	NOT NULL DEFAULT 0 CHECK (gathered IN (0, 1));\n"
	"CREATE INDEX card_update_gathered ON card_update (owner, item) WHERE gathered = 1;\n";

/* Matters that wait for a person, and what is held. No reference to the link or to the row of
 * card_update: they go with the contact, and by age. */
static const char version_3[] =
	"CREATE TABLE matter (\n"
	"	id INTEGER PRIMARY KEY, -- in order of time\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose decision it is\n"
	"	kind INTEGER NOT NULL, -- enum matter_kind\n"
	"	token TEXT NOT NULL, -- by which an answer names it: 128 bits in hex\n"
	"	subject INTEGER NOT NULL REFERENCES account, -- whose number changed, or who "
	"asked\n"
	"	target TEXT NOT NULL, -- item id of the contact, or JID of who is to get the card\n"
	"	link INTEGER, -- contact.id of the card that is to change; NULL: none\n"
	"	version INTEGER NOT NULL, -- of the subject's profile that is proposed; 0: none\n"
	"	card_update INTEGER, -- the row whose push tells it; NULL: none\n"
	"	what TEXT NOT NULL, -- what is proposed, as in card_update\n"
	"	made_at INTEGER NOT NULL, -- when\n"
	"	expires_at INTEGER NOT NULL, -- when it is too late for an answer\n"
	"	declined INTEGER NOT NULL CHECK (declined IN (0, 1)) -- 1: it is kept only so that "
	"nobody is asked again\n"
	") STRICT;\n"
	"CREATE INDEX matter_account ON matter (account);\n"
	"CREATE UNIQUE INDEX matter_token ON matter (token);\n"
	"CREATE INDEX matter_subject ON matter (subject);\n"
	"CREATE INDEX matter_expires ON matter (expires_at);\n"
	"CREATE INDEX matter_link ON matter (link) WHERE link IS NOT NULL;\n"
	"CREATE INDEX matter_update ON matter (card_update) WHERE card_update IS NOT NULL;\n"

	"CREATE TABLE held (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- whose change is held\n"
	"	ends_at INTEGER NOT NULL, -- when its run begins\n"
	"	version INTEGER NOT NULL, -- of the profile before, as are those that follow\n"
	"	changed_at INTEGER NOT NULL, -- as in profile\n"
	"	hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)), -- as in profile\n"
	"	card TEXT NOT NULL -- as in profile\n"
	") STRICT;\n"
	"CREATE INDEX held_ends ON held (ends_at);\n"

	"CREATE TABLE held_number (\n"
	"	account INTEGER NOT NULL REFERENCES held ON DELETE CASCADE, -- and all as in "
	"number\n"
	"	place INTEGER NOT NULL, -- as in number, as are those that follow\n"
	"	identity TEXT NOT NULL, -- E.164 and extension, or digits\n"
	"	kind TEXT NOT NULL, -- cell, voice, fax ...\n"
	"	value TEXT NOT NULL, -- as it goes into a card\n"
	"	display TEXT NOT NULL, -- as it is shown\n"
	"	state INTEGER NOT NULL, -- enum number_state\n"
	"	from_version INTEGER NOT NULL, -- since which it is or was current\n"
	"	to_version INTEGER NOT NULL, -- at which it ceased to be\n"
	"	added INTEGER NOT NULL, -- at which it came without replacing another\n"
	"	successor TEXT, -- identity of what replaced it\n"
	"	PRIMARY KEY (account, place)\n"
	") STRICT, WITHOUT ROWID;\n"

	"ALTER TABLE run ADD COLUMN starts_at INTEGER -- held until then\n"
	"	NOT NULL DEFAULT 0;\n";

/* Who is subscribed to whom, both ways, as rosters had it when last read; of accounts in use. */
static const char version_4[] =
	"CREATE TABLE roster (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- whose\n"
	"	asked_at INTEGER NOT NULL -- when the server was last asked for it\n"
	") STRICT;\n"
	"CREATE TABLE roster_pair (\n"
	"	account INTEGER NOT NULL REFERENCES account, -- each pair has two rows\n"
	"	other INTEGER NOT NULL REFERENCES account, -- whom it is subscribed to, and who to "
	"it\n"
	"	PRIMARY KEY (account, other)\n"
	") STRICT, WITHOUT ROWID;\n"
	"CREATE INDEX roster_pair_other ON roster_pair (other);\n";

/* Cards that are offered to those who have the changer in their rosters; reports of changes; what
 * is asked of those with an ordinary client. */
static const char version_5[] =
	"ALTER TABLE run ADD COLUMN offers INTEGER -- version of the profile that is offered to "
	"rosters; 0: none\n"
	"	NOT NULL DEFAULT 0;\n"
	"ALTER TABLE run ADD COLUMN offers_done INTEGER -- roster_pair.other up to which it was\n"
	"	NOT NULL DEFAULT 0;\n"
	"CREATE INDEX card_update_offer ON card_update (owner) WHERE link = 0;\n"

	/* What became of the last change of an account's numbers. */
	"CREATE TABLE report (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- whose numbers changed\n"
	"	version INTEGER NOT NULL, -- of the profile that the change made\n"
	"	began_at INTEGER NOT NULL, -- when its run did\n"
	"	ended_at INTEGER NOT NULL, -- when it did; 0: it is under way\n"
	"	told INTEGER NOT NULL CHECK (told IN (0, 1)), -- 1: its owner was told, or is not "
	"to be\n"
	"	reached INTEGER NOT NULL, -- cards brought up to date\n"
	"	asked INTEGER NOT NULL, -- cards whose holder is asked\n"
	"	offered INTEGER NOT NULL, -- cards offered to those in the roster\n"
	"	waiting INTEGER NOT NULL, -- of any: not told, since an offline box is full\n"
	"	bounced INTEGER NOT NULL, -- of any: whose push came back\n"
	"	pushed INTEGER NOT NULL -- of all: whose push is done with\n"
	") STRICT;\n"
	"CREATE INDEX report_due ON report (ended_at, account) WHERE told = 0 AND ended_at > 0;\n"

	/* Who uses Kith itself (at first: who has settings, lists or a book), what waits for its
	 * owner's word, and what ordinary clients lack. */
	"ALTER TABLE account ADD COLUMN used_at INTEGER -- first use by more than an ordinary "
	"client's vCard; 0: none\n"
	"	NOT NULL DEFAULT 0;\n"
	"UPDATE account SET used_at = opened_at WHERE opened_at > 0"
	" AND (EXISTS (SELECT 1 FROM setting WHERE account = account.id)"
	" OR EXISTS (SELECT 1 FROM listed WHERE account = account.id)"
	" OR EXISTS (SELECT 1 FROM contact WHERE owner = account.id));\n"
	"ALTER TABLE run ADD COLUMN asked INTEGER -- 1: its owner was asked whether it may begin; "
	"it ends at starts_at\n"
	"	NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));\n"
	"CREATE INDEX run_asked ON run (asked, starts_at);\n"
	"CREATE INDEX matter_kind ON matter (account, kind);\n"
	"CREATE TABLE missing (\n"
	"	account INTEGER NOT NULL REFERENCES account, -- whose ordinary client's vCard "
	"lacks it\n"
	"	identity TEXT NOT NULL, -- of the number, which is current\n"
	"	state INTEGER NOT NULL, -- enum missing_state\n"
	"	PRIMARY KEY (account, identity)\n"
	") STRICT, WITHOUT ROWID;\n"

	/* Who has the service in the roster, and what was seen of its vCard. */
	"CREATE TABLE follow (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account, -- who\n"
	"	shares INTEGER NOT NULL CHECK (shares IN (0, 1)), -- 1: its presence, too\n"
	"	read_at INTEGER NOT NULL, -- when the server was last asked for its vCard\n"
	"	seen TEXT -- digest of the last vCard seen, in hex; NULL: none was\n"
	") STRICT;\n"

	/* Holders of links to accounts that ended are asked once somebody else has the JID. */
	"CREATE TABLE dormant (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE, -- that ended\n"
	"	next INTEGER NOT NULL REFERENCES account, -- that has its JID now\n"
	"	made INTEGER NOT NULL, -- first cursor: contact.id up to which matters are made\n"
	"	done INTEGER NOT NULL -- second cursor: up to which the server took the messages\n"
	") STRICT;\n"
	"CREATE INDEX dormant_next ON dormant (next);\n"
	"CREATE INDEX account_closed ON account (jid) WHERE closed_at > 0;\n"

	/* Which books are to be looked through for accounts that contacts may be linked to. */
	"CREATE TABLE sweep (\n"
	"	account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE, -- whose book\n"
	"	next_at INTEGER NOT NULL, -- when it is looked at next\n"
	"	again_at INTEGER NOT NULL, -- when that begins from its start\n"
	"	done INTEGER NOT NULL, -- contact.version up to which it was looked at\n"
	"	found_at INTEGER NOT NULL -- since when something is found that is not told; 0: "
	"nothing is\n"
	") STRICT;\n"
	"CREATE INDEX sweep_next ON sweep (next_at);\n"
	"INSERT INTO sweep (account, next_at, again_at, done, found_at)"
	" SELECT DISTINCT owner, 0, 0, 0, 0 FROM contact WHERE subject IS NULL;\n"

	/* By what is told what is old, where the machine's clock may be wrong. */
	"ALTER TABLE store ADD COLUMN old_at INTEGER -- what time it was, as of a while ago; 0: "
	"not "
	"known\n"
	"	NOT NULL DEFAULT 0;\n"
	"UPDATE store SET old_at = max((SELECT coalesce(max(opened_at), 0) FROM account),"
	" (SELECT coalesce(max(changed_at), 0) FROM profile));\n"
	/* What an older version's migration noted by a clock that was wrong. */
	"UPDATE account SET seen_at = (SELECT old_at FROM store)"
	" WHERE opened_at > 0 AND seen_at < opened_at;\n"

	/* In which country an account's numbers without country code are. */
	"ALTER TABLE account ADD COLUMN region TEXT -- two letters; empty: the one of the conf\n"
	"	NOT NULL DEFAULT '';\n"

	/* All that a request has to know of an account is in the index by which it is found. The
	 * table itself is another page, and at a million accounts both are read from the disk's
	 * cache. So it can't be unique: store_account_get() sees to that, and kithctl verify. */
	"DROP INDEX account_jid;\n"
	"CREATE INDEX account_jid ON account (jid, closed_at, opened_at, seen_at, used_at, region)"
	" WHERE closed_at = 0;\n"

	/* Who reads a profile is mostly one who is known, and whether he is was told by his card.
	 */
	"ALTER TABLE contact ADD COLUMN known INTEGER -- 1: the holder is known to the subject by "
	"this card; 0: it is not looked at yet\n"
	"	NOT NULL DEFAULT 0 CHECK (known IN (0, 1));\n"
	"DROP INDEX contact_held;\n"
	"CREATE INDEX contact_held ON contact (owner, subject, known DESC) WHERE subject IS NOT "
	"NULL;\n";

static const char *const migrations[] = {version_1, version_2, version_3, version_4, version_5};

int migrations_count(void)
{
	return (int)(sizeof(migrations) / sizeof(migrations[0]));
}

/* All steps that are missing, or none. */
static int apply_steps(struct db *db, int version)
{
	char pragmas[96];

	(void)snprintf(pragmas, sizeof(pragmas),
		"PRAGMA application_id = %d; PRAGMA user_version = %d;", MIGRATIONS_APPLICATION_ID,
		migrations_count());
	if (db_exec(db, "BEGIN IMMEDIATE") != 0)
		return -1;
	for (; version < migrations_count(); version++)
		if (db_exec(db, migrations[version]) != 0)
			return -1;
	return db_exec(db, pragmas) == 0 && db_exec(db, "COMMIT") == 0 ? 0 : -1;
}

int migrations_check(struct db *db, bool apply, int64_t *found, char **why)
{
	int64_t application = 0, version = 0, tables = 0;
	bool is_new;

	if (db_read_int(db, "PRAGMA application_id", &application) != 0 ||
		db_read_int(db, "PRAGMA user_version", &version) != 0 ||
		db_read_int(db, "SELECT count(*) FROM sqlite_schema", &tables) != 0) {
		db_explain(why, "%s", db_error(db));
		return -1;
	}
	is_new = application == 0 && version == 0 && tables == 0;
	*found = is_new ? 0 : version;
	if (!is_new && application != MIGRATIONS_APPLICATION_ID) {
		db_explain(why, "a database of another program");
		return -1;
	}
	if (version > migrations_count()) {
		db_explain(why,
			"made by a newer version of Kith (its form is %" PRId64
			", this program knows up to %d)",
			version, migrations_count());
		return -1;
	}
	if (version < (is_new ? 0 : 1)) {
		db_explain(why, "damaged: its version is %" PRId64, version);
		return -1;
	}
	if (!apply && is_new) {
		db_explain(why, "empty: kithd makes the store when it is first started");
		return -1;
	}
	if (!apply && version < migrations_count()) {
		db_explain(why,
			"of an older version of Kith (its form is %" PRId64
			", this program needs %d): kithd brings it up to date when it is started",
			version, migrations_count());
		return -1;
	}
	return 0;
}

int migrations_run(struct db *db, char **why)
{
	int64_t version;

	if (migrations_check(db, true, &version, why) != 0)
		return -1;
	/* The page size has to be set before the first page is written. */
	if (version == 0 && db_exec(db, "PRAGMA page_size = 4096") != 0)
		goto failed;
	if (version < migrations_count() && apply_steps(db, (int)version) != 0) {
		db_explain(why, "not brought from form %" PRId64 " to %d, but left as it was: %s",
			version, migrations_count(), db_error(db));
		(void)db_exec(db, "ROLLBACK");
		return -1;
	}
	if (db_exec(db, "PRAGMA journal_mode = WAL") != 0)
		goto failed;
	return 0;
failed:
	db_explain(why, "%s", db_error(db));
	return -1;
}
