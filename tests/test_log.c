/* Tests of log.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct seen {
	unsigned count;
	enum log_level level;
	char text[4096];
};

static void keep(void *context, enum log_level level, const char *text)
{
	struct seen *seen = context;

	seen->count++;
	seen->level = level;
	snprintf(seen->text, sizeof(seen->text), "%s", text);
}

START_TEST(lines_go_to_the_sink_up_to_the_level)
{
	struct seen seen = {0};

	log_set(keep, &seen, LOG_LEVEL_WARN);
	log_info("run: %d", 1);
	log_debug("run: %d", 2);
	ck_assert_uint_eq(seen.count, 0);
	log_warn("link: refused by %s", "here");
	ck_assert_str_eq(seen.text, "link: refused by here");
	ck_assert_int_eq(seen.level, LOG_LEVEL_WARN);
	log_error("x");
	ck_assert_uint_eq(seen.count, 2);
	log_set(NULL, NULL, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(a_line_is_one_line_and_of_bounded_length)
{
	struct seen seen = {0};
	char text[5000];

	log_set(keep, &seen, LOG_LEVEL_DEBUG);
	log_debug("a\nb\r\nc");
	ck_assert_str_eq(seen.text, "a b  c");
	log_debug("pep: e\xe2\x81\xa6@example.org\x1b[2J, h\xc3\xa4");
	ck_assert_str_eq(seen.text, "pep: e\\u{2066}@example.org\\x1b[2J, h\xc3\xa4");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_debug("%s", text);
	ck_assert_uint_lt(strlen(seen.text), sizeof(seen.text) - 1);
	log_set(NULL, NULL, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(what_comes_often_is_logged_rarely_and_counted)
{
	struct seen seen = {0};
	struct log_budget budget = {0}, other = {0};

	log_set(keep, &seen, LOG_LEVEL_WARN);
	for (int i = 0; i < 100000; i++)
		log_rarely(&budget, LOG_LEVEL_WARN, "link: %d", i);
	ck_assert_uint_eq(seen.count, 5);
	ck_assert_str_eq(seen.text, "link: 4");
	log_rarely(&other, LOG_LEVEL_ERROR, "another");
	ck_assert_str_eq(seen.text, "another");
	log_rarely(&other, LOG_LEVEL_INFO, "not shown");
	ck_assert_uint_eq(seen.count, 6);
	budget.until_ms = 0; /* the minute is over */
	log_rarely(&budget, LOG_LEVEL_WARN, "link: %d", 7);
	ck_assert_str_eq(seen.text, "link: 7 (99995 more before)");
	log_rarely(&budget, LOG_LEVEL_WARN, "link: %d", 8);
	ck_assert_str_eq(seen.text, "link: 8");
	log_set(NULL, NULL, LOG_LEVEL_INFO);
}
END_TEST

static const struct {
	size_t size;
	const char *text, *out;
} escapes[] = {
	{64, "", ""},
	{64, "plain text, h\xc3\xa4", "plain text, h\xc3\xa4"},
	{64, "a\nb\x1b[31m\x7f",
		"a\\x0a"
		"b\\x1b[31m\\x7f"},
	{64, "\xc2\x85", "\\u{0085}"},
	{64, "x\xe2\x80\xaey", "x\\u{202e}y"},
	{64, "\xe2\x81\xa6\xe2\x80\xa8", "\\u{2066}\\u{2028}"},
	{64, "\xf3\xa0\x81\x81", "\\u{e0041}"},
	{64, "\xff\xc3", "\\xff\\xc3"},
	{64, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	{9, "12345678", "12345678"},
	{9, "123456789", "12345..."},
	{9, "12345\n6", "12345..."},
	{9,
		"1234\xc3\xa4"
		"789",
		"1234..."},
	{4, "12345", "..."},
	{3, "12345", ".."},
	{2, "12345", "."},
	{1, "12345", ""},
};

START_TEST(foreign_text_is_escaped_and_cut)
{
	char out[64];

	memset(out, 'Z', sizeof(out));
	ck_assert_ptr_eq(log_escape(out, escapes[_i].size, escapes[_i].text), out);
	ck_assert_str_eq(out, escapes[_i].out);
	for (size_t i = escapes[_i].size; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 'Z');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log.h");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, lines_go_to_the_sink_up_to_the_level);
	tcase_add_test(tc, a_line_is_one_line_and_of_bounded_length);
	tcase_add_test(tc, what_comes_often_is_logged_rarely_and_counted);
	tcase_add_loop_test(
		tc, foreign_text_is_escaped_and_cut, 0, (int)(sizeof(escapes) / sizeof(*escapes)));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
