/* Names among other words: name.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"

static const struct {
	const char *name, *shown;
} names[] = {
	{"Carol Example", "Carol Example"},
	{"", ""},
	{"Dr. J. Example", "Dr. J. Example"},
	{"Prof. Example jr.", "Prof. Example jr."},
	{"Example, Carol (work)", "Example, Carol (work)"},
	{"Example Ltd.", "Example Ltd."},
	{"Seán O'Brien", "Seán O'Brien"},
	{"carol@example.org", "carol@example.org"},
	/* What reads like words of another. */
	{"Bob's account says: mobile +44 7700 900000 is now", "\"Bob's account says: mobile +44 "
							      "7700 900000 is now\""},
	{"Bob\" is as before. \"Carol", "\"Bob' is as before. 'Carol\""},
	{"Carol is as before. Bob", "\"Carol is as before. Bob\""},
	{"Bob, carol@example.org", "\"Bob, carol@example.org\""},
	{"Bob (carol@example.org)", "\"Bob (carol@example.org)\""},
	{"Bob; passed on", "\"Bob; passed on\""},
	{"Save it? [y/N] y", "\"Save it? [y/N] y\""},
	{"visible = everyone", "\"visible = everyone\""},
	{"Bob\nSaved Carol", "\"Bob\\x0aSaved Carol\""},
	{"Bob\xe2\x80\xae", "\"Bob\\u{202e}\""},
};

START_TEST(a_name_passes_for_nothing_else)
{
	char out[NAME_SHOWN_SIZE];

	ck_assert_ptr_eq(name_shown(out, names[_i].name), out);
	ck_assert_str_eq(out, names[_i].shown);
}
END_TEST

START_TEST(a_name_is_cut)
{
	char name[100001], out[NAME_SHOWN_SIZE];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_uint_eq(strlen(name_shown(out, name)), 128);
	ck_assert_str_eq(out + 125, "...");
	name[0] = ':';
	ck_assert_uint_eq(strlen(name_shown(out, name)), 130);
	ck_assert_str_eq(out + 126, "...\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("name");
	TCase *tcase = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		tcase, a_name_passes_for_nothing_else, 0, sizeof(names) / sizeof(*names));
	tcase_add_test(tcase, a_name_is_cut);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
