/* Migrations: every form that the store ever had comes up to date, and one of the future is
 * refused. store_N.sql is a dump of a store of version N with rows of each table in it. */
#include "config.h"

#include <unistd.h>

#include "component/history.h"
#include "component/migrations.h"
#include "tests/store_tests.h"

/* The file path made from the dump of a version. */
static void load(int version)
{
	char name[512];
	static char sql[65536];
	size_t len;
	FILE *file;
	struct db *db;

	(void)snprintf(name, sizeof(name), "%s/store_%d.sql", KITH_TESTS, version);
	file = fopen(name, "r");
	ck_assert_msg(file != NULL, "%s", name);
	len = fread(sql, 1, sizeof(sql) - 1, file);
	(void)fclose(file);
	ck_assert_uint_gt(len, 0);
	sql[len] = '\0';
	db = db_open(path, true, 0, NULL);
	ck_assert_ptr_nonnull(db);
	ck_assert_msg(db_exec(db, sql) == 0, "%s", db_error(db));
	db_close(db);
}

static void open_as(int version, const char *more)
{
	struct db *db;

	load(version);
	db = db_open(path, false, 0, NULL);
	ck_assert_ptr_nonnull(db);
	ck_assert_int_eq(db_exec(db, more), 0);
	db_close(db);
}

static void is_refused(enum store_open how, const char *reason)
{
	char *why = NULL;

	ck_assert_ptr_null(store_open(path, how, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, reason) != NULL, "%s", why);
	free(why);
}

static void add_schema(void *context, const char *text)
{
	strcat(context, text);
	strcat(context, "\n");
}

static const char schema_sql[] = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
				 " ORDER BY name";

START_TEST(each_version_comes_up_to_date_with_its_rows)
{
	static char migrated[65536], fresh[65536];
	struct store_account alice, bob;
	struct store_contact contact;
	struct store_profile profile;
	struct history history;
	struct store_update update;
	struct store_stats stats;
	int64_t highest;
	struct store *other;
	int value;

	load(_i);
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	ok(store_account_find(store, arena, "alice@example.org", &alice));
	ok(store_account_find(store, arena, "bob@example.org", &bob));
	ok(store_setting_get(store, alice.id, SETTING_VISIBLE, &value));
	ck_assert_int_eq(value, CIRCLE_KNOWN);
	ok(store_profile_get(store, arena, bob.id, &profile));
	ck_assert_int_eq(profile.version, 2);
	ok(store_history_get(store, arena, bob.id, &history));
	ck_assert_uint_eq(history.count, 2);
	ck_assert_str_eq(history.numbers[0].successor, "+447700900456");
	ok(store_contact_get(store, arena, alice.id, "bob@example.org", &contact));
	ck_assert_int_eq(contact.subject, bob.id);
	ok(store_update_last(store, arena, alice.id, "bob@example.org", &update));
	ok(store_stats(store, &stats));
	ck_assert_int_eq(stats.runs, 1);
	ok(store_link_highest(store, &highest));
	ck_assert_int_eq(highest, 2);
	ok(store_old_get(store, &highest));
	ck_assert_int_eq(highest, _i < migrations_count() ? 300 : 0);
	is_sound();
	ok(store_turn_commit(store));
	/* What came up to date has the shape of what is new. */
	other = open_at(":memory:", STORE_OPEN_OWNER);
	ck_assert_int_eq(db_each(store->db, schema_sql, add_schema, migrated), 0);
	ck_assert_int_eq(db_each(other->db, schema_sql, add_schema, fresh), 0);
	ck_assert_str_eq(migrated, fresh);
	store_close(other);
}
END_TEST

/* A migration to version 2 on a machine whose clock was in 1970 has nobody unseen since. */
START_TEST(nobody_is_unseen_since_before_the_account_was_opened)
{
	struct store_account alice;

	open_as(4, "UPDATE account SET seen_at = 7 WHERE id = 1");
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	ok(store_account_find(store, arena, "alice@example.org", &alice));
	ck_assert_int_eq(alice.seen_at, 300);
	ok(store_turn_commit(store));
}
END_TEST

START_TEST(there_is_a_dump_of_each_version)
{
	char name[512];

	(void)snprintf(name, sizeof(name), "%s/store_%d.sql", KITH_TESTS, migrations_count());
	ck_assert_int_eq(access(name, R_OK), 0);
}
END_TEST

START_TEST(a_newer_version_is_refused)
{
	open_as(1, "PRAGMA user_version = 999");
	is_refused(
		STORE_OPEN_OWNER, "newer version of Kith (its form is 999, this program knows up");
	is_refused(STORE_OPEN_SHARED, "newer version of Kith");
}
END_TEST

START_TEST(a_version_that_never_was_is_refused)
{
	open_as(1, "PRAGMA user_version = -1");
	is_refused(STORE_OPEN_OWNER, "damaged");
	ck_assert_int_eq(unlink(path), 0);
	open_as(1, "PRAGMA user_version = 0");
	is_refused(STORE_OPEN_OWNER, "damaged");
}
END_TEST

START_TEST(who_shares_the_store_does_not_make_it)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	is_refused(STORE_OPEN_SHARED, "kithd makes the store");
	store = open_at(path, STORE_OPEN_OWNER);
}
END_TEST

START_TEST(each_column_says_what_it_is)
{
	struct db *db = db_open(":memory:", true, 0, NULL);
	int64_t columns = 0, comments = 0;

	ck_assert_int_eq(migrations_run(db, NULL), 0);
	ck_assert_int_eq(db_read_int(db,
				 "SELECT count(*) FROM sqlite_schema AS s,"
				 " pragma_table_info(s.name) WHERE s.type = 'table'",
				 &columns),
		0);
	ck_assert_int_eq(db_read_int(db,
				 "SELECT sum((length(sql) - length(replace(sql, ' -- ', ''))) / 4)"
				 " FROM sqlite_schema WHERE type = 'table'",
				 &comments),
		0);
	ck_assert_int_gt(columns, 50);
	ck_assert_int_eq(columns, comments);
	db_close(db);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("migrations");
	TCase *tcase = tcase_create("migrations");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_loop_test(
		tcase, each_version_comes_up_to_date_with_its_rows, 1, migrations_count() + 1);
	tcase_add_test(tcase, nobody_is_unseen_since_before_the_account_was_opened);
	tcase_add_test(tcase, there_is_a_dump_of_each_version);
	tcase_add_test(tcase, a_newer_version_is_refused);
	tcase_add_test(tcase, a_version_that_never_was_is_refused);
	tcase_add_test(tcase, who_shares_the_store_does_not_make_it);
	tcase_add_test(tcase, each_column_says_what_it_is);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
