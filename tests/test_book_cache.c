/* Tests of book_cache.h: by itself, and that the store never tells by it what is not so. */
#include "component/book_cache.h"
#include "tests/expect.h"
#include "tests/store_tests.h"

static struct book_cache *cache;

static void setup_alone(void)
{
	cache = book_cache_new();
	ck_assert_ptr_nonnull(cache);
	book_cache_begin(cache, 1);
}

static void teardown_alone(void)
{
	book_cache_free(cache);
	book_cache_free(NULL);
}

#define UNKNOWN (-1)

static int64_t counted(int64_t owner)
{
	int64_t count;

	return book_cache_count(cache, owner, &count) ? count : UNKNOWN;
}

static void expect_place(const char *item, const char *place, int64_t index)
{
	int64_t found = UNKNOWN;

	ck_assert_str_eq(book_cache_find_place(cache, 7, item, &found), place);
	ck_assert_int_eq(found, index);
}

START_TEST(what_was_counted_is_told_and_counted_along)
{
	ck_assert_int_eq(counted(7), UNKNOWN);
	book_cache_change(cache, 7, 1);
	ck_assert_int_eq(counted(7), UNKNOWN);
	book_cache_add(cache, 7, 5);
	ck_assert_int_eq(counted(7), 5);
	book_cache_change(cache, 7, 1);
	book_cache_change(cache, 7, 1);
	book_cache_change(cache, 7, -1);
	ck_assert_int_eq(counted(7), 6);
	book_cache_committed(cache, 2);
	book_cache_begin(cache, 2);
	ck_assert_int_eq(counted(7), 6);
}
END_TEST

START_TEST(what_is_undone_is_forgotten)
{
	book_cache_add(cache, 7, 5);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), 5);
	book_cache_change(cache, 7, 1);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), UNKNOWN);
	/* Of the same turn: what else it changed may yet be undone. */
	book_cache_add(cache, 7, 5);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), UNKNOWN);
	book_cache_add(cache, 7, 5);
	book_cache_committed(cache, 2);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), 5);
	book_cache_begin(cache, 2);
	book_cache_change(cache, 7, 1);
	book_cache_begin(cache, 2);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), 6);
}
END_TEST

START_TEST(a_part_that_changes_nothing_takes_nothing_with_it)
{
	book_cache_add(cache, 7, 5);
	book_cache_part_begin(cache);
	book_cache_change(cache, 7, 1);
	book_cache_part_begin(cache);
	book_cache_part_undone(cache);
	ck_assert_int_eq(counted(7), 6);
	book_cache_change(cache, 8, 1);
	book_cache_part_undone(cache);
	ck_assert_int_eq(counted(7), UNKNOWN);
	book_cache_add(cache, 7, 6);
	book_cache_part_begin(cache);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), UNKNOWN);
}
END_TEST

/* What wasn't in the table when it was changed may have been counted since. */
START_TEST(what_was_counted_after_a_change_is_undone_with_it)
{
	book_cache_change(cache, 7, 1);
	book_cache_add(cache, 7, 1);
	book_cache_undone(cache);
	ck_assert_int_eq(counted(7), UNKNOWN);
}
END_TEST

START_TEST(another_version_makes_it_forget_all)
{
	book_cache_add(cache, 7, 5);
	book_cache_begin(cache, 1);
	ck_assert_int_eq(counted(7), 5);
	book_cache_begin(cache, 2);
	ck_assert_int_eq(counted(7), UNKNOWN);
}
END_TEST

START_TEST(it_rests_where_no_version_can_be_told)
{
	int64_t index;

	book_cache_add(cache, 7, 5);
	book_cache_keep_place(cache, 7, "b", 1);
	book_cache_begin(cache, 0);
	ck_assert_int_eq(counted(7), UNKNOWN);
	ck_assert_str_eq(book_cache_find_place(cache, 7, "b", &index), "");
	book_cache_add(cache, 8, 5);
	book_cache_keep_place(cache, 7, "c", 2);
	/* Nor is it mended by what it doesn't see the end of. */
	book_cache_committed(cache, 0);
	book_cache_begin(cache, 1);
	ck_assert_int_eq(counted(7), 5);
	ck_assert_int_eq(counted(8), UNKNOWN);
	expect_place("c", "b", 1);
}
END_TEST

START_TEST(a_walk_goes_on_from_where_it_was)
{
	char text[49];

	expect_place("b", "", 0);
	book_cache_keep_place(cache, 7, "b", 1);
	expect_place("b", "", 0);
	book_cache_add(cache, 7, 100);
	expect_place("b", "", 0);
	book_cache_keep_place(cache, 7, "b", 1);
	expect_place("b", "b", 1);
	expect_place("\xC3\xA9", "b", 1);
	expect_place("a", "", 0);
	book_cache_keep_place(cache, 7, "c", 2);
	expect_place("d", "c", 2);
	expect_place("b", "", 0);
	/* One that is too long is passed over. */
	memset(text, 'd', sizeof(text) - 1);
	text[48] = '\0';
	book_cache_keep_place(cache, 7, text, 3);
	expect_place("e", "c", 2);
	text[47] = '\0';
	book_cache_keep_place(cache, 7, text, 3);
	expect_place("e", text, 3);
	book_cache_change(cache, 7, -1);
	expect_place("e", "", 0);
	ck_assert_int_eq(counted(7), 99);
}
END_TEST

START_TEST(of_many_the_last_is_there_and_all_are_right)
{
	enum { MANY = 5000 };
	int known = 0;

	for (int64_t owner = 1; owner <= MANY; owner++) {
		book_cache_add(cache, owner, owner * 3);
		ck_assert_int_eq(counted(owner), owner * 3);
	}
	for (int64_t owner = 1; owner <= MANY; owner++) {
		ck_assert(counted(owner) == UNKNOWN || counted(owner) == owner * 3);
		known += counted(owner) != UNKNOWN;
	}
	ck_assert_int_gt(known, 900);
	ck_assert_int_le(known, 1024);
}
END_TEST

/* ---- In the store ---- */

enum { COUNT_TRUTH, INDEX_TRUTH };

static const char *const truths[] = {
	[COUNT_TRUTH] = "SELECT count(*) FROM contact WHERE owner = :owner",
	[INDEX_TRUTH] = "SELECT count(*) FROM contact WHERE owner = :owner AND item < :item",
};

static struct db_statement *truth;

static void open_with_truth(void)
{
	open_on_disk();
	truth = db_prepare(store->db, truths, 2);
	ck_assert_ptr_nonnull(truth);
}

static int64_t read_truth(struct db_statement *statement)
{
	int64_t value;

	ck_assert_int_eq(db_step(statement), DB_ROW);
	value = db_int(statement, 0);
	db_end(statement);
	return value;
}

static int64_t count_of(int64_t owner)
{
	int64_t count;

	ok(store_contact_count(store, owner, &count));
	return count;
}

static int64_t index_of(int64_t owner, const char *item)
{
	int64_t index;

	ok(store_contact_index(store, owner, item, &index));
	return index;
}

static void expect_count(int64_t owner)
{
	struct db_statement *get = db_use(truth, COUNT_TRUTH);

	db_bind_int(get, ":owner", owner);
	ck_assert_int_eq(count_of(owner), read_truth(get));
}

static void expect_index(int64_t owner, const char *item)
{
	struct db_statement *get = db_use(truth, INDEX_TRUTH);

	db_bind_int(get, ":owner", owner);
	db_bind_text(get, ":item", item);
	ck_assert_int_eq(index_of(owner, item), read_truth(get));
}

/* Seen by counts that aren't so. */
START_TEST(a_book_is_counted_once)
{
	int64_t alice = account("alice@example.org"), bob = account("bob@example.org");
	int64_t version, index;
	struct store_contact contact;

	put(alice, "a", 0);
	put(bob, "a", 0);
	next_turn();
	ck_assert_int_eq(count_of(alice), 1);
	book_cache_add(store->books, alice, 1000);
	ck_assert_int_eq(count_of(alice), 1000);
	ok(store_part_begin(store));
	contact = put(alice, "b", 0);
	ok(store_part_end(store, false));
	ok(store_part_begin(store)); /* of what is refused */
	ok(store_part_end(store, true));
	ck_assert_int_eq(count_of(alice), 1001);
	put(alice, "b", 0);
	ck_assert_int_eq(count_of(alice), 1001);
	contact.subject = bob; /* another link: it is deleted and added */
	ok(store_contact_put(store, &contact));
	ck_assert_int_eq(count_of(alice), 1001);
	ok(store_contact_remove(store, alice, "b", 5, &version));
	none(store_contact_remove(store, alice, "b", 5, &version));
	ck_assert_int_eq(count_of(alice), 1000);
	next_turn();
	ck_assert_int_eq(count_of(alice), 1000);
	ok(store_contact_remove(store, alice, "a", 5, &version));
	/* Where he has her place, hers is counted anew from here on. */
	ck_assert_int_eq(count_of(bob), 1);
	store_turn_rollback(store);
	ok(store_turn_begin(store));
	ck_assert_int_eq(count_of(alice), 1);
	ck_assert_int_eq(index_of(alice, "a"), 0);
	ck_assert_str_eq(book_cache_find_place(store->books, alice, "b", &index), "a");
	book_cache_keep_place(store->books, alice, "a", 500);
	ck_assert_int_eq(index_of(alice, "b"), 501);
	book_cache_keep_place(store->books, alice, "a", 0);
	ck_assert_int_eq(index_of(alice, "b"), 1);
	ck_assert_int_eq(index_of(alice, "c"), 1);
	book_cache_keep_place(store->books, alice, "c", 500);
	ck_assert_int_eq(index_of(alice, "c"), 500);
	put(alice, "b", 0);
	ck_assert_int_eq(index_of(alice, "c"), 2);
}
END_TEST

/* ---- Whatever happens ---- */

#define OWNERS 4
#define ITEMS 24

static uint32_t state; /* of what comes next by chance */
static int64_t owners[OWNERS];
static bool is_in_part;

static unsigned chance(unsigned below)
{
	state = state * 1664525 + 1013904223; /* Numerical Recipes, 7.1 */
	return (state >> 16) % below;
}

static const char *an_item(void)
{
	static char item[64];

	/* Some are too long for a place in the table. */
	(void)snprintf(item, sizeof(item), "%0*u", chance(8) > 0 ? 4 : 50, chance(ITEMS));
	return item;
}

static void change_some(struct store *where)
{
	struct store_contact contact = {.owner = owners[chance(OWNERS)],
		.item = an_item(),
		.subject = chance(3) > 0 ? 0 : owners[chance(OWNERS)],
		.card = "<vcard/>",
		.card_len = 8};
	int64_t version;

	if (chance(40) == 0)
		ok(store_book_erase(where, contact.owner));
	else if (chance(3) == 0)
		ck_assert_int_ne(
			store_contact_remove(where, contact.owner, contact.item, 5, &version),
			STORE_ERROR);
	else
		ok(store_contact_put(where, &contact));
}

static void end_part(void)
{
	bool undo = chance(2) == 0;

	if (is_in_part && undo && chance(4) == 0)
		(void)db_fail(store->db, "a test");
	if (is_in_part)
		ok(store_part_end(store, undo));
	is_in_part = false;
}

static void end_turn(void)
{
	end_part();
	switch (chance(4)) {
	case 0:
		store_turn_rollback(store);
		break;
	case 1:
		(void)db_fail(store->db, "a test");
		fails(store_turn_commit(store));
		break;
	default:
		ok(store_turn_commit(store));
		break;
	}
}

static void change_elsewhere(struct store *other)
{
	ok(store_turn_begin(other));
	change_some(other);
	if (chance(3) == 0)
		store_turn_rollback(other);
	else
		ok(store_turn_commit(other));
}

static void look_some(void)
{
	if (chance(2) == 0)
		expect_count(owners[chance(OWNERS)]);
	if (chance(2) == 0)
		expect_index(owners[chance(OWNERS)], an_item());
}

/* A turn that only reads, during which the other may change what it doesn't see. */
static void look_only(struct store *other)
{
	ok(store_look_begin(store));
	for (int i = 0; i < OWNERS; i++)
		look_some();
	if (chance(2) == 0)
		change_elsewhere(other);
	look_some();
	store_turn_rollback(store);
}

START_TEST(what_is_told_is_what_is_stored)
{
	struct store *other = open_at(path, STORE_OPEN_SHARED);

	state = (uint32_t)_i;
	is_in_part = false;
	for (int i = 0; i < OWNERS; i++) {
		char jid[32];

		(void)snprintf(jid, sizeof(jid), "owner%d@example.org", i);
		owners[i] = account(jid);
	}
	next_turn();
	for (int step = 0; step < 1500; step++) {
		unsigned what = chance(16);

		if (what == 0) {
			end_turn();
			if (chance(2) == 0)
				change_elsewhere(other);
			if (chance(2) == 0)
				look_only(other);
			ok(store_turn_begin(store));
		} else if (what < 4 && is_in_part) {
			end_part();
		} else if (what < 4) {
			ok(store_part_begin(store));
			is_in_part = true;
		} else {
			change_some(store);
		}
		look_some();
	}
	end_part();
	store_close(other);
	is_sound();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("books that were asked for lately");
	TCase *alone = tcase_create("alone"), *in_store = tcase_create("in the store");

	tcase_add_checked_fixture(alone, setup_alone, teardown_alone);
	tcase_add_test(alone, what_was_counted_is_told_and_counted_along);
	tcase_add_test(alone, what_is_undone_is_forgotten);
	tcase_add_test(alone, a_part_that_changes_nothing_takes_nothing_with_it);
	tcase_add_test(alone, what_was_counted_after_a_change_is_undone_with_it);
	tcase_add_test(alone, another_version_makes_it_forget_all);
	tcase_add_test(alone, it_rests_where_no_version_can_be_told);
	tcase_add_test(alone, a_walk_goes_on_from_where_it_was);
	tcase_add_test(alone, of_many_the_last_is_there_and_all_are_right);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(in_store, open_with_truth, remove_folder);
	tcase_add_test(in_store, a_book_is_counted_once);
	tcase_add_loop_test(in_store, what_is_told_is_what_is_stored, 0, 8);
	suite_add_tcase(suite, in_store);
	return expect_all(suite);
}
