/* Tests of account_cache.h: by itself, and that the store never tells by it what is not so. */
#include "tests/expect.h"
#include "tests/store_tests.h"

#define CAROL "carol@example.org"
#define BOB "bob@example.org"

static struct account_cache *cache;

static struct store_account row(int64_t id, const char *jid)
{
	return (struct store_account){.id = id,
		.jid = jid,
		.opened_at = 100,
		.seen_at = 200,
		.used_at = 300,
		.region = "GB"};
}

static void setup_alone(void)
{
	cache = account_cache_new();
	ck_assert_ptr_nonnull(cache);
	account_cache_begin(cache, 1);
}

static void teardown_alone(void)
{
	account_cache_free(cache);
	account_cache_free(NULL);
}

static enum account_cached look(const char *jid)
{
	struct store_account found;

	return account_cache_find(cache, jid, &found);
}

static void add(int64_t id, const char *jid)
{
	struct store_account account = row(id, jid);

	account_cache_add(cache, &account);
}

START_TEST(what_was_added_is_found)
{
	struct store_account found;

	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	add(7, CAROL);
	ck_assert_int_eq(account_cache_find(cache, CAROL, &found), ACCOUNT_CACHED);
	ck_assert_int_eq(found.id, 7);
	ck_assert_str_eq(found.jid, CAROL);
	ck_assert_int_eq(found.opened_at, 100);
	ck_assert_int_eq(found.closed_at, 0);
	ck_assert_int_eq(found.seen_at, 200);
	ck_assert_int_eq(found.used_at, 300);
	ck_assert_str_eq(found.region, "GB");
}
END_TEST

START_TEST(what_a_turn_changes_is_not_taken_in_before_it_is_over)
{
	add(7, CAROL);
	account_cache_forget(cache, 7);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	add(7, CAROL);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	account_cache_committed(cache, 2);
	account_cache_begin(cache, 2);
	add(7, CAROL);
	ck_assert_int_eq(look(CAROL), ACCOUNT_CACHED);
}
END_TEST

/* What it removed may come back, where it is undone. */
START_TEST(none_is_absent_for_a_turn_that_removes)
{
	account_cache_forget_removed(cache, 7);
	account_cache_add_absent(cache, CAROL);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	account_cache_begin(cache, 1);
	account_cache_add_absent(cache, CAROL);
	ck_assert_int_eq(look(CAROL), ACCOUNT_ABSENT);
}
END_TEST

START_TEST(a_turn_that_changes_many_takes_in_none)
{
	for (int64_t id = 1; id <= 1000; id++)
		account_cache_forget(cache, id);
	add(1001, CAROL);
	add(999, BOB);
	account_cache_add_absent(cache, "dave@example.org");
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look(BOB), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look("dave@example.org"), ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST(that_there_is_none_is_remembered_until_there_is)
{
	account_cache_add_absent(cache, CAROL);
	ck_assert_int_eq(look(CAROL), ACCOUNT_ABSENT);
	account_cache_forget_absent(cache, CAROL, 7);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST(another_version_makes_it_forget_all)
{
	add(7, CAROL);
	account_cache_add_absent(cache, BOB);
	account_cache_begin(cache, 1);
	ck_assert_int_eq(look(CAROL), ACCOUNT_CACHED);
	account_cache_begin(cache, 2);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look(BOB), ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST(it_rests_where_no_version_can_be_told)
{
	add(7, CAROL);
	account_cache_begin(cache, 0);
	ck_assert_int_eq(look(CAROL), ACCOUNT_UNKNOWN);
	add(8, BOB);
	account_cache_add_absent(cache, "dave@example.org");
	account_cache_begin(cache, 1);
	ck_assert_int_eq(look(CAROL), ACCOUNT_CACHED);
	ck_assert_int_eq(look(BOB), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look("dave@example.org"), ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST(what_does_not_fit_is_not_there)
{
	const char *long_jid = "somebody.with.a.very.long.lastname@example.org";
	struct store_account closed = row(9, BOB), late = row(10, BOB);

	closed.closed_at = 1;
	account_cache_add(cache, &closed);
	add(INT64_C(1) << 48, BOB);
	late.seen_at = INT64_C(1) << 32;
	account_cache_add(cache, &late);
	late.seen_at = -1;
	account_cache_add(cache, &late);
	add(7, long_jid);
	account_cache_add_absent(cache, long_jid);
	ck_assert_int_eq(look(BOB), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look(long_jid), ACCOUNT_UNKNOWN);
	ck_assert_int_eq(look("somebody.with.a.very.long.lastname@example.or"), ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST(of_many_the_lately_read_are_there_and_right)
{
	enum { MANY = 400000 };
	char jid[32];
	int lately = 0, later = 0;

	for (int64_t id = 1; id <= MANY; id++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		add(id, jid);
	}
	for (int64_t id = 1; id <= MANY; id++) {
		struct store_account found;
		bool is_there;

		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		is_there = account_cache_find(cache, jid, &found) == ACCOUNT_CACHED;
		ck_assert(!is_there || (found.id == id && strcmp(found.jid, jid) == 0));
		lately += is_there && id > MANY - 1000;
		later += is_there && id <= MANY - 200000;
	}
	ck_assert_int_gt(lately, 950);
	ck_assert_int_lt(later, 100000);
}
END_TEST

/* Also where the ids of two have the same low bits. */
START_TEST(of_many_each_is_forgotten_by_its_id)
{
	enum { MANY = 300000 };
	struct store_account found;
	char jid[32];

	for (int64_t id = 1; id <= MANY; id++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		add(id << 16, jid);
	}
	for (int64_t id = 1; id <= MANY; id++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		if (account_cache_find(cache, jid, &found) != ACCOUNT_CACHED)
			continue;
		ck_assert_int_eq(found.id, id << 16);
		account_cache_forget(cache, found.id);
		ck_assert_int_eq(look(jid), ACCOUNT_UNKNOWN);
	}
	for (int64_t id = 1; id <= MANY; id++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		ck_assert_int_eq(look(jid), ACCOUNT_UNKNOWN);
	}
	/* Nor is anything of it in what takes its slot. */
	account_cache_begin(cache, 1);
	for (int64_t id = 1; id <= MANY; id++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
		account_cache_add_absent(cache, jid);
		ck_assert_int_eq(look(jid), ACCOUNT_ABSENT);
	}
}
END_TEST

START_TEST(nobody_gives_way_while_there_is_room)
{
	enum { SOME = 60000 };
	char jid[32];
	int there = 0;

	for (int round = 0; round < 2; round++) {
		for (int64_t id = 1; id <= SOME; id++) {
			(void)snprintf(jid, sizeof(jid), "u%d@example.org", (int)id);
			if (round == 0)
				add(id, jid);
			else
				there += look(jid) == ACCOUNT_CACHED;
		}
	}
	ck_assert_int_gt(there, SOME - SOME / 20);
}
END_TEST

/* ---- In the store ---- */

static int64_t used_at(const char *jid)
{
	struct store_account found;

	ok(store_account_find(store, arena, jid, &found));
	return found.used_at;
}

START_TEST(what_is_changed_is_read_as_it_is)
{
	int64_t carol = account(CAROL);
	struct store_account found;

	next_turn();
	ck_assert_int_eq(used_at(CAROL), 0);
	ok(store_account_used(store, carol, 7));
	ck_assert_int_eq(used_at(CAROL), 7);
	next_turn();
	ck_assert_int_eq(used_at(CAROL), 7);
	ck_assert_int_eq(used_at(CAROL), 7);
	ok(store_account_region(store, carol, "FR"));
	next_turn();
	ok(store_account_by_id(store, arena, carol, &found));
	ck_assert_str_eq(found.region, "FR");
	ok(store_account_erase(store, carol, 9));
	none(store_account_find(store, arena, CAROL, &found));
	next_turn();
	none(store_account_find(store, arena, CAROL, &found));
}
END_TEST

START_TEST(what_is_redated_is_read_as_it_is)
{
	int64_t carol = account(CAROL);
	struct store_account found;

	ok(store_account_find(store, arena, CAROL, &found));
	found.seen_at = 0;
	ok(store_account_seen(store, &found, 10000000000));
	next_turn();
	ok(store_account_find(store, arena, CAROL, &found));
	ck_assert_int_eq(found.seen_at, 10000000000);
	ok(store_redate(store, 1000000000, 2000000000));
	for (int i = 0; i < 2; i++) {
		ok(store_account_find(store, arena, CAROL, &found));
		ck_assert_int_eq(found.id, carol);
		ck_assert_int_eq(found.seen_at, 1000000000);
		next_turn();
	}
}
END_TEST

START_TEST(what_is_undone_never_was)
{
	int64_t carol = account(CAROL);
	struct store_account found;

	next_turn();
	ck_assert_int_eq(used_at(CAROL), 0);
	ok(store_part_begin(store));
	ok(store_account_used(store, carol, 7));
	ck_assert_int_eq(used_at(CAROL), 7);
	ok(store_account_get(store, arena, BOB, &found));
	ok(store_account_find(store, arena, BOB, &found));
	ok(store_part_end(store, true));
	ck_assert_int_eq(used_at(CAROL), 0);
	none(store_account_find(store, arena, BOB, &found));
	next_turn();
	ck_assert_int_eq(used_at(CAROL), 0);
	none(store_account_find(store, arena, BOB, &found));
	none(store_account_find(store, arena, BOB, &found));
	ok(store_account_used(store, carol, 8));
	ok(store_account_get(store, arena, BOB, &found));
	store_turn_rollback(store);
	ok(store_turn_begin(store));
	ck_assert_int_eq(used_at(CAROL), 0);
	none(store_account_find(store, arena, BOB, &found));
	ok(store_part_begin(store));
	ok(store_account_erase(store, carol, 9));
	none(store_account_find(store, arena, CAROL, &found));
	ok(store_part_end(store, true));
	ck_assert_int_eq(used_at(CAROL), 0);
}
END_TEST

START_TEST(what_another_process_changes_is_seen)
{
	struct store_account found;
	int64_t carol = account(CAROL);
	struct store *other, *own = store;

	next_turn();
	ck_assert_int_eq(used_at(CAROL), 0);
	none(store_account_find(store, arena, BOB, &found));
	ok(store_turn_commit(store));
	other = open_at(path, STORE_OPEN_SHARED);
	ok(store_turn_begin(other));
	ok(store_account_used(other, carol, 7));
	ok(store_account_get(other, arena, BOB, &found));
	ok(store_turn_commit(other));
	ok(store_turn_begin(own));
	ck_assert_int_eq(used_at(CAROL), 7);
	ok(store_account_find(own, arena, BOB, &found));
	ok(store_account_region(own, carol, "FR"));
	ok(store_turn_commit(own));
	ok(store_turn_begin(own));
	ck_assert_int_eq(used_at(CAROL), 7);
	ok(store_turn_commit(own));
	ok(store_turn_begin(other));
	ok(store_account_used(other, carol, 8));
	ok(store_turn_commit(other));
	ok(store_turn_begin(own));
	ck_assert_int_eq(used_at(CAROL), 8);
	ok(store_turn_commit(own));
	store_close(other);
	ok(store_turn_begin(own));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("accounts that were read lately");
	TCase *alone = tcase_create("alone"), *in_store = tcase_create("in the store");

	tcase_add_checked_fixture(alone, setup_alone, teardown_alone);
	tcase_add_test(alone, what_was_added_is_found);
	tcase_add_test(alone, what_a_turn_changes_is_not_taken_in_before_it_is_over);
	tcase_add_test(alone, none_is_absent_for_a_turn_that_removes);
	tcase_add_test(alone, a_turn_that_changes_many_takes_in_none);
	tcase_add_test(alone, that_there_is_none_is_remembered_until_there_is);
	tcase_add_test(alone, another_version_makes_it_forget_all);
	tcase_add_test(alone, it_rests_where_no_version_can_be_told);
	tcase_add_test(alone, what_does_not_fit_is_not_there);
	tcase_add_test(alone, of_many_the_lately_read_are_there_and_right);
	tcase_add_test(alone, of_many_each_is_forgotten_by_its_id);
	tcase_add_test(alone, nobody_gives_way_while_there_is_room);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(in_store, open_on_disk, remove_folder);
	tcase_add_test(in_store, what_is_changed_is_read_as_it_is);
	tcase_add_test(in_store, what_is_redated_is_read_as_it_is);
	tcase_add_test(in_store, what_is_undone_never_was);
	tcase_add_test(in_store, what_another_process_changes_is_seen);
	suite_add_tcase(suite, in_store);
	return expect_all(suite);
}
