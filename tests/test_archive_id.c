/* Archive ids: XEP-0313, 5.2; design, section 3, "sync". */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/feature.h"

static const unsigned char key[32] = "0123456789abcdef0123456789abcde";
static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static const int64_t versions[] = {0, 1, 2, 255, 256, 4294967296, INT64_MAX};

START_TEST(an_id_gives_its_position_back)
{
	int64_t version = versions[_i];
	const char *id = archive_id(arena, key, 7, version, 0);
	int64_t read = -1;

	ck_assert(archive_id_read(key, 7, id, 0, &read));
	ck_assert_int_eq(read, version);
	/* The same matter has the same id: a client compares them. */
	ck_assert_str_eq(archive_id(arena, key, 7, version, 0), id);
}
END_TEST

START_TEST(an_id_is_of_one_book_and_one_store)
{
	const char *id = archive_id(arena, key, 7, 5, 0);
	unsigned char other[32];
	int64_t read;

	memcpy(other, key, sizeof(other));
	other[31] ^= 1;
	ck_assert(!archive_id_read(key, 8, id, 0, &read));
	ck_assert(!archive_id_read(other, 7, id, 0, &read));
}
END_TEST

START_TEST(an_id_with_any_digit_changed_is_none)
{
	char *id = arena_strdup(arena, archive_id(arena, key, 7, 5, 0));
	int64_t read;

	for (size_t i = 0; i < strlen(id); i++) {
		static const char digits[] = "0123456789abcdefABCDEFx ";
		char right = id[i];

		for (size_t d = 0; digits[d]; d++) {
			id[i] = digits[d];
			ck_assert(archive_id_read(key, 7, id, 0, &read) == (digits[d] == right));
		}
		id[i] = right;
	}
	ck_assert(!archive_id_read(key, 7, "", 0, &read));
	ck_assert(!archive_id_read(key, 7, arena_printf(arena, "%s0", id), 0, &read));
	id[strlen(id) - 1] = '\0';
	ck_assert(!archive_id_read(key, 7, id, 0, &read));
}
END_TEST

/* A neighbour's id shows neither the position nor how far away it is. */
START_TEST(an_id_doesnt_show_its_position)
{
	const char *first = archive_id(arena, key, 7, 1000, 0);
	const char *second = archive_id(arena, key, 7, 1001, 0);
	unsigned same = 0;

	ck_assert_ptr_null(strstr(first, "3e8"));
	for (size_t i = 0; first[i]; i++)
		same += first[i] == second[i];
	ck_assert_uint_lt(same, 10); /* of 40; 2.5 are to be expected */
}
END_TEST

START_TEST(an_id_from_before_a_dropped_retraction_ends_with_the_next_drop)
{
	const char *id = archive_id(arena, key, 7, 50, 100);
	const char *later = archive_id(arena, key, 7, 100, 100);
	int64_t read;

	ck_assert(archive_id_read(key, 7, id, 100, &read));
	ck_assert(!archive_id_read(key, 7, id, 101, &read));
	ck_assert(!archive_id_read(key, 7, archive_id(arena, key, 7, 50, 0), 100, &read));
	ck_assert(archive_id_read(key, 7, later, 100, &read));
	ck_assert(archive_id_read(key, 7, later, 0, &read));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("archive_id");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("XEP-0313, 5.2");
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(
		tcase, an_id_gives_its_position_back, 0, sizeof(versions) / sizeof(*versions));
	tcase_add_test(tcase, an_id_is_of_one_book_and_one_store);
	tcase_add_test(tcase, an_id_with_any_digit_changed_is_none);
	tcase_add_test(tcase, an_id_doesnt_show_its_position);
	tcase_add_test(tcase, an_id_from_before_a_dropped_retraction_ends_with_the_next_drop);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
