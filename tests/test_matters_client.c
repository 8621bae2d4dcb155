/* What waits for an answer: the command words matters, yes and no, and how pushes say what to type
 * (design: sections 3, "save button", and 6). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake_service.h"

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

#define OPTION(value) "<option><value>" value "</value></option>"
#define MATTER(token, text, accept)                                                                \
	"<field var='" token "' type='list-single' label='" text                                   \
	"'><value>open</value>" OPTION("open") OPTION(accept) OPTION("no") "</field>"
#define CAROL "aaaa1111000000000000000000000000"
#define DAVE "bbbb2222000000000000000000000000"
#define HELD "cccc3333000000000000000000000000"
#define NEAR "aaaa1222000000000000000000000000"
/* The newest first, as the service has them. */
#define THREE                                                                                      \
	MATTER(HELD, "Your numbers changed", "back")                                               \
	MATTER(DAVE, "Dave: cell", "yes") MATTER(CAROL, "Carol: cell", "yes")

static bool is_done(const char *outcome)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"event\":\"done\",\"tag\":7,\"outcome\":\"%s\"}", outcome);
	return fake_event(&fake, text) != NULL;
}

START_TEST(matters_are_listed_the_oldest_first)
{
	fake.matters = THREE;
	fake_command(&fake, "matters");
	ck_assert_ptr_nonnull(fake_event(&fake,
		"{\"event\":\"matter\",\"tag\":7,\"n\":\"1\",\"code\":\"aaaa\",\"text\":\"Carol: "
		"cell\"}"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"n\":\"2\",\"code\":\"bbbb\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"n\":\"3\",\"code\":\"cccc\""));
	ck_assert_ptr_nonnull(fake_sent(&fake, "action=\"cancel\""));
	ck_assert_ptr_null(fake.decided);
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(codes_are_as_long_as_they_must_be)
{
	fake.matters = MATTER(NEAR, "A", "yes") MATTER(CAROL, "B", "yes");
	fake_command(&fake, "matters");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"n\":\"1\",\"code\":\"aaaa11\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"n\":\"2\",\"code\":\"aaaa12\""));
	fake_command(&fake, "yes aaaa12");
	ck_assert_str_eq(fake.decided, NEAR " yes");
}
END_TEST

START_TEST(nothing_waits)
{
	fake_command(&fake, "matters");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"note\",\"tag\":7,\"text\":\"Nothing"));
	ck_assert(is_done("ok"));
	fake_forget(&fake);
	fake_command(&fake, "yes");
	ck_assert_ptr_nonnull(
		fake_event(&fake, "\"event\":\"error\",\"tag\":7,\"text\":\"Nothing"));
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(the_one_that_waits_is_answered)
{
	fake.matters = MATTER(CAROL, "Carol: cell", "yes");
	fake_command(&fake, _i == 0 ? "yes" : "no");
	ck_assert_str_eq(fake.decided, _i == 0 ? CAROL " yes" : CAROL " no");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"text\":\"done\""));
	ck_assert(is_done("ok"));
	/* What was said yes to may have changed the book. */
	ck_assert_int_eq(fake_sent(&fake, "urn:xmpp:mam:2") != NULL, _i == 0);
}
END_TEST

START_TEST(of_several_one_is_asked_for)
{
	fake.matters = THREE;
	fake_command(&fake, "yes");
	ck_assert_ptr_null(fake.decided);
	ck_assert_uint_eq(fake.choices, 2); /* not what is held */
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"yes aaaa\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"yes bbbb\""));
	fake_answer(&fake, 2);
	ck_assert_str_eq(fake.decided, DAVE " yes");
	fake_forget(&fake);
	fake_command(&fake, "no");
	ck_assert_uint_eq(fake.choices, 3);
	fake_answer(&fake, 0);
	ck_assert(is_done("cancelled"));
}
END_TEST

START_TEST(one_is_named_by_code_or_number)
{
	static const char *const rows[][2] = {
		{"yes bbbb", DAVE " yes"},
		{"yes BBBB2", DAVE " yes"},
		{"no aaaa", CAROL " no"},
		{"yes 1", CAROL " yes"},
		{"no 3", HELD " no"},
		{"yes cccc", HELD " back"},
		{"yes 3", HELD " back"},
	};

	fake.matters = THREE;
	fake_command(&fake, rows[_i][0]);
	ck_assert_str_eq(fake.decided, rows[_i][1]);
}
END_TEST

START_TEST(what_is_held_is_not_taken_back_by_a_mere_yes)
{
	fake.matters = MATTER(HELD, "Your numbers changed", "back");
	fake_command(&fake, "yes");
	ck_assert_ptr_null(fake.decided);
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(a_number_means_what_was_listed)
{
	fake.matters = THREE;
	fake_command(&fake, "matters");
	/* carol's is answered elsewhere. */
	fake.matters = MATTER(HELD, "Your numbers changed", "back") MATTER(DAVE, "Dave", "yes");
	fake_forget(&fake);
	fake_command(&fake, "yes 1");
	ck_assert_ptr_null(fake.decided);
	ck_assert_ptr_nonnull(fake_event(&fake, "That is not open, or no longer."));
	fake_command(&fake, "yes 2");
	ck_assert_str_eq(fake.decided, DAVE " yes");
}
END_TEST

START_TEST(wrong_words_answer_nothing)
{
	static const char *const lines[] = {"yes zzzz", "yes aaa", "no 4", "yes 0", "yes ffff"};

	fake.matters = THREE;
	fake_command(&fake, lines[_i]);
	ck_assert_ptr_null(fake.decided);
	ck_assert(is_done("failed"));
	fake_forget(&fake);
	fake_command(&fake, "yes aaaa bbbb");
	ck_assert(is_done("usage"));
	fake_forget(&fake);
	fake_command(&fake, "matters all");
	ck_assert(is_done("usage"));
}
END_TEST

#define PUSH(id, actions)                                                                          \
	"<message type='chat' from='" FAKE_JID "' to='" FAKE_ME "' id='" id                        \
	"'><body>Carol: changed?</body>" actions "</message>"
#define ACTION(id, label)                                                                          \
	"<action xmlns='urn:xmpp:tmp:quick-response' id='" id "' label='" label "'/>"

START_TEST(a_push_that_offers_something_says_what_to_type)
{
	fake_feed(&fake,
		PUSH("p1", ACTION("yes/" CAROL, "Change my card") ACTION("no/" CAROL, "Leave it")));
	ck_assert_ptr_nonnull(fake_event(&fake,
		"\"text\":\"Carol: changed?\",\"choices\":[{\"text\":\"Change my card\","
		"\"words\":\"yes aaaa\"},{\"text\":\"Leave it\",\"words\":\"no aaaa\"}]}"));
	fake_feed(&fake, PUSH("p2", ACTION("back/" HELD, "Take it back")));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"yes cccc\""));
	fake_forget(&fake);
	fake_feed(&fake, PUSH("p3", ACTION("merge", "Merge") ACTION("yes/; rm", "x")));
	ck_assert_ptr_null(fake_event(&fake, "choices"));
}
END_TEST

START_TEST(a_matter_is_a_line_for_a_person)
{
	struct kith_field fields[] = {{"n", "1", NULL, NULL}, {"code", "aaaa", NULL, NULL},
		{"text", "Carol:\x1b cell", NULL, NULL}};
	struct kith_event event = {.kind = KITH_EVENT_MATTER, .fields = fields, .field_count = 3};
	char *text = kith_event_text(&event);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(strncmp(text, "1 [aaaa] Carol:", 15), 0);
	ck_assert_ptr_null(strchr(text, 0x1b));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("matters of the client");
	TCase *tcase = tcase_create("matters, yes, no");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, matters_are_listed_the_oldest_first);
	tcase_add_test(tcase, codes_are_as_long_as_they_must_be);
	tcase_add_test(tcase, nothing_waits);
	tcase_add_loop_test(tcase, the_one_that_waits_is_answered, 0, 2);
	tcase_add_test(tcase, of_several_one_is_asked_for);
	tcase_add_loop_test(tcase, one_is_named_by_code_or_number, 0, 7);
	tcase_add_test(tcase, what_is_held_is_not_taken_back_by_a_mere_yes);
	tcase_add_test(tcase, a_number_means_what_was_listed);
	tcase_add_loop_test(tcase, wrong_words_answer_nothing, 0, 5);
	tcase_add_test(tcase, a_push_that_offers_something_says_what_to_type);
	tcase_add_test(tcase, a_matter_is_a_line_for_a_person);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
