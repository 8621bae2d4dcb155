/* How SQLite goes about every statement of the store: by an index, whatever there is in the store,
 * and without sorting. Plans don't depend on what is stored, since no statistics are kept. */
#include "config.h"

#include "tests/store_tests.h"

/* What may read a whole table: for the admin only, or as far as it is told. The columns that make
 * one are named, so that nothing else hides behind it. */
static struct {
	const char *statement, *step;
	int met;
} allowed[] = {
	/* store_stats(), and as far as it is told store_stats_upto() */
	{"SELECT (SELECT count(*) FROM (SELECT opened_at FROM account", "SCAN", 0},
	/* store_redate(), once, after a clock was wrong */
	{"UPDATE retraction SET at", "SCAN retraction", 0},
	{"UPDATE card_update SET at", "SCAN card_update", 0},
	{"UPDATE number_change SET at", "SCAN number_change", 0},
};

/* What is on the way of each request, each card of a fan-out, each push: the statement, up to where
 * it is told from others, and all that narrows it down. Another index, or fewer terms of one, and
 * it looks at more rows than it gives. */
static struct {
	const char *statement, *step;
	int met;
} hot[] = {
	/* who asks, and of whom */
	{"closed_at, seen_at, used_at, region FROM account WHERE jid = :jid",
		"SEARCH account USING COVERING INDEX account_jid (jid=? AND closed_at=?)", 0},
	{"closed_at, seen_at, used_at, region FROM account WHERE id = :account",
		"SEARCH account USING INTEGER PRIMARY KEY (rowid=?)", 0},
	/* rules */
	{"SELECT value FROM setting WHERE",
		"SEARCH setting USING PRIMARY KEY (account=? AND setting=?)", 0},
	{"SELECT 1 FROM listed", "SEARCH listed USING PRIMARY KEY (account=? AND kind=? AND jid=?)",
		0},
	{"SELECT 1 FROM roster_pair",
		"SEARCH roster_pair USING PRIMARY KEY (account=? AND other=?)", 0},
	{"SELECT 1 FROM contact WHERE owner = :owner AND subject = :subject LIMIT",
		"SEARCH contact USING COVERING INDEX contact_held (owner=? AND subject=?)", 0},
	{"SELECT 1 FROM contact WHERE owner = :owner AND subject = :subject AND known",
		"SEARCH contact USING COVERING INDEX contact_held (owner=? AND subject=? AND "
		"known=?)",
		0},
	{"card FROM contact WHERE owner = :owner AND subject",
		"SEARCH contact USING INDEX contact_held (owner=? AND subject=?)", 0},
	/* profiles */
	{"SELECT account, version, changed_at, hidden, card FROM profile",
		"SEARCH profile USING INTEGER PRIMARY KEY (rowid=?)", 0},
	{"SELECT account, version, changed_at, hidden FROM profile",
		"SEARCH profile USING INTEGER PRIMARY KEY (rowid=?)", 0},
	{"FROM number WHERE account = :account ORDER BY place",
		"SEARCH number USING PRIMARY KEY (account=?)", 0},
	/* books, and sync */
	{"card FROM contact WHERE owner = :owner AND item = :item",
		"SEARCH contact USING INDEX contact_item (owner=? AND item=?)", 0},
	{"known, pins FROM contact WHERE owner = :owner AND item = :item",
		"SEARCH contact USING INDEX contact_item (owner=? AND item=?)", 0},
	{"card FROM contact WHERE owner = :owner AND item > :item",
		"SEARCH contact USING INDEX contact_item (owner=? AND item>?)", 0},
	{"card FROM contact WHERE owner = :owner AND item < :item",
		"SEARCH contact USING INDEX contact_item (owner=? AND item<?)", 0},
	{"SELECT item FROM contact WHERE owner",
		"SEARCH contact USING COVERING INDEX contact_item (owner=?)", 0},
	{"FROM contact WHERE owner = :owner ORDER BY version",
		"SEARCH contact USING INDEX contact_version (owner=?)", 0},
	{"UPDATE contact SET applied = :applied, written = :written, pins = :pins, version",
		"SEARCH contact USING INTEGER PRIMARY KEY (rowid=?)", 0},
	{"DELETE FROM retraction WHERE owner = :owner AND item",
		"SEARCH retraction USING INDEX retraction_item (owner=? AND item=?)", 0},
	{"SELECT version, changed_at, item, card FROM contact WHERE owner = :owner AND version >",
		"SEARCH contact USING INDEX contact_version (owner=? AND version>? AND version<?)",
		0},
	{"SELECT version, changed_at, item, card FROM contact WHERE owner = :owner AND version >",
		"SEARCH retraction USING INDEX retraction_owner (owner=? AND rowid>? AND rowid<?)",
		0},
	/* fan-out */
	{"card FROM contact WHERE subject = :subject AND id >",
		"SEARCH contact USING INDEX contact_subject (subject=? AND rowid>? AND rowid<?)",
		0},
	{"FROM card_update WHERE subject = :subject AND id > :after",
		"SEARCH card_update USING INDEX card_update_subject (subject=? AND rowid>?)", 0},
	{"FROM contact CROSS JOIN account",
		"SEARCH contact USING INDEX contact_subject (subject=? AND rowid>? AND rowid<?)",
		0},
	{"FROM contact CROSS JOIN account", "SEARCH account USING INTEGER PRIMARY KEY (rowid=?)",
		0},
	{"FROM contact CROSS JOIN account",
		"SEARCH u USING PRIMARY KEY (account=? AND setting=?) LEFT-JOIN", 0},
	{"FROM contact CROSS JOIN account",
		"SEARCH p USING PRIMARY KEY (account=? AND setting=?) LEFT-JOIN", 0},
	{"FROM contact CROSS JOIN account",
		"SEARCH l USING COVERING INDEX listed_jid (jid=? AND account=? AND kind=?) "
		"LEFT-JOIN",
		0},
	{"FROM contact CROSS JOIN account",
		"SEARCH b USING COVERING INDEX listed_jid (jid=? AND account=? AND kind=?) "
		"LEFT-JOIN",
		0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH card_update USING INDEX card_update_subject (subject=? AND rowid>?)", 0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH contact USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN", 0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH account USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN", 0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH u USING PRIMARY KEY (account=? AND setting=?) LEFT-JOIN", 0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH p USING PRIMARY KEY (account=? AND setting=?) LEFT-JOIN", 0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH l USING COVERING INDEX listed_jid (jid=? AND account=? AND kind=?) "
		"LEFT-JOIN",
		0},
	{"FROM card_update LEFT JOIN contact",
		"SEARCH b USING COVERING INDEX listed_jid (jid=? AND account=? AND kind=?) "
		"LEFT-JOIN",
		0},
	{"FROM run WHERE (asked = 1 AND",
		"SEARCH run USING INDEX run_asked (asked=? AND starts_at<?)", 0},
	{"FROM run WHERE (asked = 1 AND",
		"SEARCH card_update USING INDEX card_update_subject (subject=? AND rowid>?)", 0},
	{"FROM run WHERE account", "SEARCH run USING INTEGER PRIMARY KEY (rowid=?)", 0},
	{"SELECT told_since, told, summary_at FROM account",
		"SEARCH account USING INTEGER PRIMARY KEY (rowid=?)", 0},
	{"UPDATE account SET told_since = :since, told = :told WHERE",
		"SEARCH account USING INTEGER PRIMARY KEY (rowid=?)", 0},
	/* search */
	{"SELECT account FROM term", "SEARCH term USING PRIMARY KEY (kind=? AND term>? AND term<?)",
		0},
	{"SELECT 1 FROM term WHERE account",
		"SEARCH term USING COVERING INDEX term_account"
		" (account=? AND kind=? AND term>? AND term<?)",
		0},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *planned; /* the statement at hand */
static int planned_count;

static bool is_allowed(const char *scan)
{
	if (strncmp(scan, "SCAN CONSTANT ROW", 17) == 0)
		return true;
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (strstr(planned, allowed[i].statement) != NULL &&
			strncmp(scan, allowed[i].step, strlen(allowed[i].step)) == 0) {
			allowed[i].met++;
			return true;
		}
	return false;
}

static void check_step(void *context, const char *text)
{
	const char *scan = strstr(text, "SCAN");

	(void)context;
	ck_assert_msg(scan == NULL || is_allowed(scan), "%s: %s", planned, text);
	/* of a sort, or of an index that is made for this one time */
	ck_assert_msg(strstr(text, "TEMP B-TREE") == NULL && strstr(text, "AUTOMATIC") == NULL,
		"%s: %s", planned, text);
	for (size_t i = 0; i < COUNT(hot); i++)
		if (strstr(planned, hot[i].statement) != NULL && strstr(text, hot[i].step) != NULL)
			hot[i].met++;
}

static void check_plan(void *context, const char *sql)
{
	char *explain = NULL;

	(void)context;
	db_explain(&explain, "EXPLAIN QUERY PLAN %s", sql);
	planned = sql;
	planned_count++;
	ck_assert_msg(db_each(store->db, explain, check_step, NULL) == 0, "%s: %s", sql,
		db_error(store->db));
	free(explain);
}

static void open_outside_turns(void)
{
	open_in_memory();
	ok(store_turn_commit(store));
}

START_TEST(every_statement_goes_by_an_index_and_sorts_nothing)
{
	db_each_text(store->db, check_plan, NULL);
	ck_assert_int_gt(planned_count, 100);
	for (size_t i = 0; i < COUNT(allowed); i++)
		ck_assert_msg(
			allowed[i].met > 0, "no statement needs it: %s", allowed[i].statement);
}
END_TEST

START_TEST(what_is_on_the_way_of_each_request_is_narrowed_down_by_all_that_it_names)
{
	db_each_text(store->db, check_plan, NULL);
	for (size_t i = 0; i < COUNT(hot); i++)
		ck_assert_msg(hot[i].met > 0, "%s: not by %s", hot[i].statement, hot[i].step);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store: plans");
	TCase *plans = tcase_create("plans");

	tcase_add_checked_fixture(plans, open_outside_turns, remove_folder);
	tcase_add_test(plans, every_statement_goes_by_an_index_and_sorts_nothing);
	tcase_add_test(
		plans, what_is_on_the_way_of_each_request_is_narrowed_down_by_all_that_it_names);
	suite_add_tcase(suite, plans);
	return run_suite(suite);
}
