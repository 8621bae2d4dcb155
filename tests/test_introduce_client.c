/* The word `introduce` of the client (design: section 6). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake_service.h"

#define FN(name) "<fn><text>" name "</text></fn>"
#define ALICE "alice@example.org"
#define DAVE "dave@example.org"
#define CAROL "carol@example.org"

static struct fake fake;

static void setup(void)
{
	fake_init(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_forget(&fake);
}

static void teardown(void)
{
	fake_clear(&fake);
}

static void put(const char *item, const char *properties)
{
	fake_put(&fake, item, properties);
	fake_headline(&fake, item);
	fake_run(&fake);
	fake_forget(&fake);
}

static bool is_done(const char *outcome)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"event\":\"done\",\"tag\":7,\"outcome\":\"%s\"}", outcome);
	return fake_event(&fake, text) != NULL;
}

/* By the own book, and by the service's; all that is said is what the service says. */
START_TEST(the_service_sends_both_cards)
{
	static const struct {
		const char *line, *introduced;
	} rows[] = {
		{"introduce dave alice", DAVE "|" ALICE},
		{"introduce DAVE@example.org Alice Example", DAVE "|" ALICE},
		{"introduce dave carol", DAVE "|carol"},
		{"introduce " CAROL " dave", CAROL "|" DAVE},
	};

	put(DAVE, FN("Dave Example"));
	put(ALICE, FN("Alice Example"));
	fake_command(&fake, rows[_i].line);
	ck_assert_str_eq(fake.introduced, rows[_i].introduced);
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"event\":\"note\",\"tag\":7,\"text\":\"one went\\nthe other went\""));
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(of_several_in_the_book_one_is_chosen)
{
	put(DAVE, FN("Dave Example"));
	put("dan@example.org", FN("Dave Other"));
	put(ALICE, FN("Alice Example"));
	fake_command(&fake, _i == 0 ? "introduce dave Alice Example" : "introduce alice dave");
	ck_assert_uint_eq(fake.choices, 2);
	ck_assert_ptr_nonnull(fake_event(&fake, "Dave Other, dan@example.org"));
	ck_assert_ptr_nonnull(
		fake_event(&fake, _i == 0 ? "\"words\":\"introduce dan@example.org Alice Example\""
					  : "\"words\":\"introduce " ALICE " dan@example.org\""));
	ck_assert_ptr_null(fake.introduced);
	fake_answer(&fake, 2);
	ck_assert_str_eq(
		fake.introduced, _i == 0 ? "dan@example.org|" ALICE : ALICE "|dan@example.org");
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(of_several_in_the_directory_one_is_chosen)
{
	fake_command(&fake, _i == 0 ? "introduce car " DAVE : "introduce " DAVE " car");
	ck_assert_uint_eq(fake.choices, 2);
	ck_assert_ptr_nonnull(fake_event(&fake, "Carl (carl@example.org)"));
	ck_assert_ptr_nonnull(
		fake_event(&fake, _i == 0 ? "\"words\":\"introduce carl@example.org " DAVE "\""
					  : "\"words\":\"introduce " DAVE " carl@example.org\""));
	fake_answer(&fake, 2);
	ck_assert_str_eq(
		fake.introduced, _i == 0 ? "carl@example.org|" DAVE : DAVE "|carl@example.org");
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(both_may_be_several)
{
	fake_command(&fake, "introduce car car");
	fake_answer(&fake, 1);
	ck_assert_ptr_null(fake.introduced);
	fake_answer(&fake, 2);
	ck_assert_str_eq(fake.introduced, CAROL "|carl@example.org");
}
END_TEST

START_TEST(no_choice_is_the_end)
{
	fake_command(&fake, "introduce car " DAVE);
	fake_answer(&fake, 0);
	ck_assert_ptr_null(fake.introduced);
	ck_assert(is_done("cancelled"));
}
END_TEST

START_TEST(nobody_is_told_as_the_service_says_it)
{
	fake_command(&fake, "introduce zed " DAVE);
	ck_assert_ptr_nonnull(fake_event(&fake, "Nobody was found"));
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(nothing_goes_into_an_encrypted_chat)
{
	kith_set_encrypted(fake.kith, _i == 0 ? DAVE : ALICE, true);
	fake_command(&fake, "introduce " DAVE " " ALICE);
	ck_assert_ptr_null(fake_sent(&fake, "introduce"));
	ck_assert_ptr_nonnull(fake_event(&fake, "is encrypted"));
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(it_takes_two)
{
	fake_command(&fake, "introduce dave");
	ck_assert_ptr_nonnull(fake_event(&fake, "usage: introduce A B"));
	ck_assert(is_done("usage"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("introductions, by the client");
	TCase *tcase = tcase_create("design, 6");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, the_service_sends_both_cards, 0, 4);
	tcase_add_loop_test(tcase, of_several_in_the_book_one_is_chosen, 0, 2);
	tcase_add_loop_test(tcase, of_several_in_the_directory_one_is_chosen, 0, 2);
	tcase_add_test(tcase, both_may_be_several);
	tcase_add_test(tcase, no_choice_is_the_end);
	tcase_add_test(tcase, nobody_is_told_as_the_service_says_it);
	tcase_add_loop_test(tcase, nothing_goes_into_an_encrypted_chat, 0, 2);
	tcase_add_test(tcase, it_takes_two);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
