/* Tests of phone.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/phone.h"

struct vector {
	const char *text, *region;
	bool valid;
	enum phone_kind kind;
	const char *identity, *display;
};

/* What holds with and without libphonenumber. */
static const struct vector any_engine[] = {
	{"+8613800138000", "", true, PHONE_MOBILE, "+8613800138000", NULL},
	{"tel:+8613800138000", "GB", true, PHONE_MOBILE, "+8613800138000", NULL},
	{"TEL:+86-138-0013-8000", NULL, true, PHONE_MOBILE, "+8613800138000", NULL},
	{"tel:+8613800138000;ext=12", NULL, true, PHONE_MOBILE, "+8613800138000;ext=12", NULL},
	{"13800138000", "CN", true, PHONE_MOBILE, "+8613800138000", NULL},
	{"13800138000", "cn", true, PHONE_MOBILE, "+8613800138000", NULL},
	{"\xef\xbc\x91\xef\xbc\x93\xef\xbc\x98 0013 8000", "CN", true, PHONE_MOBILE,
		"+8613800138000", NULL},
	{"008613800138000", "CN", true, PHONE_MOBILE, "+8613800138000", NULL},
	{"010 6552 9988", "CN", true, PHONE_FIXED, "+861065529988", NULL},
	{"\xe2\x80\xaa+86\xc2\xa0"
	 "138\xc2\xa0"
	 "0013\xe2\x80\x8b"
	 "8000\xe2\x80\xac",
		"", true, PHONE_MOBILE, "+8613800138000", NULL},
	/* not valid: digits */
	{"020 7946 0000", "", false, PHONE_UNKNOWN, "02079460000", "020 7946 0000"},
	{" (020)\xc2\xa0"
	 "7946/0000\t",
		"", false, PHONE_UNKNOWN, "02079460000", "(020) 7946/0000"},
	{"tel:02079460000", "", false, PHONE_UNKNOWN, "02079460000", "02079460000"},
	{"\xd9\xa0\xd9\xa2\xd9\xa0 7946 0000", "", false, PHONE_UNKNOWN, "02079460000",
		"\xd9\xa0\xd9\xa2\xd9\xa0 7946 0000"},
	{"+999 1234567890123", "", false, PHONE_UNKNOWN, "+9991234567890123", NULL},
	/* text, never matched */
	{"", "GB", false, PHONE_UNKNOWN, "", ""},
	{"   ", "GB", false, PHONE_UNKNOWN, "", ""},
	{"call me", "GB", false, PHONE_UNKNOWN, "", "call me"},
	{"1234", "CN", false, PHONE_UNKNOWN, "", "1234"},
	{"112", "CN", false, PHONE_UNKNOWN, "", "112"},
	{"*#06#", "GB", false, PHONE_UNKNOWN, "", "*#06#"},
	{"6502530000@example.com", "US", false, PHONE_UNKNOWN, "", "6502530000@example.com"},
	{"+8613800138000\xff", "CN", false, PHONE_UNKNOWN, "", "+8613800138000"},
	{"a\x1b[31mb\x7f\xe2\x80\xae", "", false, PHONE_UNKNOWN, "", "a[31mb"},
	{"+", "GB", false, PHONE_UNKNOWN, "", "+"},
	{"tel:", "GB", false, PHONE_UNKNOWN, "", ""},
	{"tel:;ext=1", "US", false, PHONE_UNKNOWN, "", ";ext=1"},
};

/* What needs libphonenumber. */
static const struct vector library[] = {
	{"07400 123456", "GB", true, PHONE_MOBILE, "+447400123456", "+44 7400 123456"},
	{"+447700900123", "", false, PHONE_UNKNOWN, "+447700900123", "+44 7700 900123"},
	{"07700 900123", "GB", false, PHONE_UNKNOWN, "+447700900123", "+44 7700 900123"},
	{"+44(0)7700 900123", "", false, PHONE_UNKNOWN, "+447700900123", "+44 7700 900123"},
	{"00 44 7700 900123", "DE", false, PHONE_UNKNOWN, "+447700900123", "+44 7700 900123"},
	{"020 7031 3000 ext 4567", "GB", true, PHONE_FIXED, "+442070313000;ext=4567",
		"+44 20 7031 3000 ext. 4567"},
	{"tel:+44-20-7031-3000;ext=4567", "", true, PHONE_FIXED, "+442070313000;ext=4567",
		"+44 20 7031 3000 ext. 4567"},
	{"tel:2070313000;phone-context=+44", "", true, PHONE_FIXED, "+442070313000",
		"+44 20 7031 3000"},
	{"+1 650 253 0000", "", true, PHONE_UNKNOWN, "+16502530000", "+1 650-253-0000"},
	{"650-253-0000 #123", "US", true, PHONE_UNKNOWN, "+16502530000;ext=123",
		"+1 650-253-0000 ext. 123"},
	{"0800 123 4567", "GB", true, PHONE_OTHER, "+448001234567", NULL},
	{"+1 800 234 5678", "", true, PHONE_OTHER, "+18002345678", "+1 800-234-5678"},
	{"\xe0\xa5\xaf\xe0\xa5\xae\xe0\xa5\xad\xe0\xa5\xac\xe0\xa5\xab\xe0\xa5\xaa\xe0\xa5\xa9\xe0"
	 "\xa5\xa8\xe0\xa5\xa7\xe0\xa5\xa6",
		"IN", true, PHONE_MOBILE, "+919876543210", "+91 98765 43210"},
	{"+39 06 6982", "", true, PHONE_FIXED, "+39066982", NULL},
	/* digits of others: Persian, full-width with its +, mixed */
	{"\u06f0\u06f7\u06f4\u06f0\u06f0 \u06f1\u06f2\u06f3\u06f4\u06f5\u06f6", "GB", true,
		PHONE_MOBILE, "+447400123456", "+44 7400 123456"},
	{"\uff0b\uff14\uff14 7400 123456", "", true, PHONE_MOBILE, "+447400123456", NULL},
	{"\u0660\u0667400 123456", "GB", true, PHONE_MOBILE, "+447400123456", NULL},
	/* as pasted: embeddings, isolates, no-break and thin blanks, soft hyphens, other dashes */
	{"\u202a+44\u00a07400\u202f123\u2009456\u202c", "", true, PHONE_MOBILE, "+447400123456",
		NULL},
	{"\u2066+44\u2011"
	 "7400\u2013123\u00ad456\u2069\u200f",
		"", true, PHONE_MOBILE, "+447400123456", NULL},
	{"\ufeff07400\u3000123456\r\n", "GB", true, PHONE_MOBILE, "+447400123456", NULL},
	/* the prefix with which one dials abroad is that of the region */
	{"011 44 7400 123456", "US", true, PHONE_MOBILE, "+447400123456", NULL},
	{"0011 44 7400 123456", "AU", true, PHONE_MOBILE, "+447400123456", NULL},
	{"8~10 44 7400 123456", "RU", true, PHONE_MOBILE, "+447400123456", NULL},
	{"0044 (0)7400 123456", "FR", true, PHONE_MOBILE, "+447400123456", NULL},
	{"011 44 7400 123456", "GB", false, PHONE_UNKNOWN, "011447400123456", NULL},
	/* letters */
	{"1-800-FLOWERS", "US", true, PHONE_OTHER, "+18003569377", NULL},
	{"+1 800 six-flag", "", true, PHONE_OTHER, "+18007493524", NULL},
	/* extensions */
	{"020 7031 3000 x12", "GB", true, PHONE_FIXED, "+442070313000;ext=12", NULL},
	{"020 7031 3000 extension 12", "GB", true, PHONE_FIXED, "+442070313000;ext=12", NULL},
	{"+7 495 123-45-67 \u0434\u043e\u0431. 12", "", true, PHONE_FIXED, "+74951234567;ext=12",
		NULL},
	{"tel: +44 20 7031 3000;ext=12", "", true, PHONE_FIXED, "+442070313000;ext=12", NULL},
	{"tel:+44(0)20-7031-3000", "", true, PHONE_FIXED, "+442070313000", NULL},
	{"999", "GB", false, PHONE_UNKNOWN, "", "999"},
	{"911", "US", false, PHONE_UNKNOWN, "", "911"},
	{"\u0661\u0661\u0662", "EG", false, PHONE_UNKNOWN, "", NULL},
	{"tel:112", "DE", false, PHONE_UNKNOWN, "", "112"},
	{"118118", "GB", false, PHONE_UNKNOWN, "", "118118"},
	{"12345", "US", false, PHONE_UNKNOWN, "", "12345"},
	{"116000", "DE", false, PHONE_UNKNOWN, "", "116000"},
	{"+86 120", "CN", false, PHONE_UNKNOWN, "", "+86 120"},
};

static void check_vector(const struct vector *vector)
{
	/* The second time it comes from the cache. */
	for (int i = 0; i < 2; i++) {
		struct phone phone, again;

		memset(&phone, 0xff, sizeof(phone));
		phone_read(&phone, vector->text, vector->region);
		ck_assert_msg(phone.valid == vector->valid, "%s", vector->text);
		ck_assert_str_eq(phone.identity, vector->identity);
		ck_assert_str_eq(phone_kind_name(phone.kind), phone_kind_name(vector->kind));
		if (vector->display)
			ck_assert_str_eq(phone.display, vector->display);
		ck_assert_int_eq(*phone.e164 != '\0', phone.valid);
		ck_assert_int_eq(*phone.uri != '\0', phone.valid);
		if (!phone.valid)
			continue;
		phone_read(&again, phone.uri, NULL);
		ck_assert_str_eq(again.identity, phone.identity);
		ck_assert_str_eq(again.uri, phone.uri);
		ck_assert_int_eq(again.kind, phone.kind);
		phone_read(&again, phone.display, NULL);
		if (phone_has_library())
			ck_assert_str_eq(again.identity, phone.identity);
	}
}

START_TEST(a_number_is_read)
{
	check_vector(&any_engine[_i]);
}
END_TEST

START_TEST(a_number_is_read_by_libphonenumber)
{
	if (phone_has_library())
		check_vector(&library[_i]);
}
END_TEST

START_TEST(what_a_call_costs_is_told_where_it_is_uncommon)
{
	static const struct {
		const char *text;
		enum phone_charge charge;
		const char *name, *note;
	} charges[] = {{"07400 123456", PHONE_CHARGE_USUAL, NULL, ""},
		{"0800 123 4567", PHONE_TOLL_FREE, "toll-free", " (toll-free number)"},
		{"+49 1801 234567", PHONE_SHARED_COST, "shared-cost", " (shared-cost number)"},
		{"0909 879 0000", PHONE_PREMIUM, "premium-rate", " (premium-rate number)"},
		{"+44 909 879 0000 ext. 1", PHONE_PREMIUM, "premium-rate",
			" (premium-rate number)"},
		{"+1 900 234 5678", PHONE_PREMIUM, "premium-rate", " (premium-rate number)"},
		{"not a number", PHONE_CHARGE_USUAL, NULL, ""}};

	for (size_t i = 0; phone_has_library() && i < sizeof charges / sizeof *charges; i++) {
		struct phone phone;
		const char *name;

		memset(&phone, 0xff, sizeof phone);
		phone_read(&phone, charges[i].text, "GB");
		name = phone_charge_name(phone.charge);
		ck_assert_int_eq(phone.charge, charges[i].charge);
		ck_assert_pstr_eq(name, charges[i].name);
		ck_assert_str_eq(phone_charge_note(phone.charge), charges[i].note);
	}
}
END_TEST

START_TEST(without_the_library_other_numbers_need_a_plus)
{
	struct phone phone;

	if (phone_has_library())
		return;
	phone_read(&phone, "+44 7700 900123", NULL);
	ck_assert(phone.valid);
	ck_assert_int_eq(phone.kind, PHONE_UNKNOWN);
	ck_assert_str_eq(phone.uri, "tel:+447700900123");
	phone_read(&phone, "07700 900123", "GB");
	ck_assert(!phone.valid);
	ck_assert_str_eq(phone.identity, "07700900123");
	phone_read(&phone, "+123456", NULL);
	ck_assert(!phone.valid);
	phone_read(&phone, "+1234567890123456", NULL);
	ck_assert(!phone.valid);
}
END_TEST

START_TEST(a_long_text_is_no_number)
{
	char text[100000];
	struct phone phone;

	memset(text, '1', sizeof(text) - 1);
	text[0] = '+';
	text[sizeof(text) - 1] = '\0';
	phone_read(&phone, text, "GB");
	ck_assert(!phone.valid);
	ck_assert_str_eq(phone.identity, "");
	ck_assert_uint_eq(strlen(phone.display), PHONE_TEXT_MAX - 1);
	text[PHONE_INPUT_MAX] = '\0';
	phone_read(&phone, text, "GB");
	ck_assert(!phone.valid);
	ck_assert_uint_eq(strlen(phone.identity), PHONE_INPUT_MAX);
	/* cut between characters */
	for (size_t i = 0; i < 300; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 4);
	phone_read(&phone, text, "GB");
	ck_assert_uint_eq(strlen(phone.display), PHONE_TEXT_MAX - 1);
	ck_assert_str_eq(phone.display + PHONE_TEXT_MAX - 4, "\xe2\x82\xac");
}
END_TEST

START_TEST(regions_are_known)
{
	ck_assert(phone_is_region("GB"));
	ck_assert(phone_is_region("gb"));
	ck_assert(!phone_is_region("G"));
	ck_assert(!phone_is_region("GBR"));
	ck_assert(!phone_is_region(""));
	ck_assert(!phone_is_region(NULL));
	ck_assert(!phone_is_region("4\xc3"));
	if (phone_has_library())
		ck_assert(!phone_is_region("ZZ"));
}
END_TEST

START_TEST(any_bytes_do_no_harm)
{
	static const char *const pieces[] = {"+", "1", "44", "0", ";ext=", "x", " ", "tel:", "(",
		";phone-context=", "\xef\xbc\x91", "\xd9\xa1", "\xff", "/", ".", "ext", "-", "#",
		"77009", "\xe2\x80\xae"};
	unsigned seed = 3;

	for (int i = 0; i < 3000; i++) {
		char text[200] = "";
		struct phone phone;

		for (int j = 0; j < 16; j++) {
			seed = seed * 1103515245u + 12345u;
			strcat(text, pieces[(seed >> 16) % (sizeof(pieces) / sizeof(*pieces))]);
		}
		phone_read(&phone, text, i % 2 ? "GB" : "");
		ck_assert_ptr_nonnull(memchr(phone.identity, '\0', sizeof(phone.identity)));
		ck_assert_ptr_nonnull(memchr(phone.display, '\0', sizeof(phone.display)));
		ck_assert_int_eq(*phone.e164 != '\0', phone.valid);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("phone");
	TCase *tc = tcase_create("phone.h");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, a_number_is_read, 0, COUNT(any_engine));
	tcase_add_loop_test(tc, a_number_is_read_by_libphonenumber, 0, COUNT(library));
	tcase_add_test(tc, what_a_call_costs_is_told_where_it_is_uncommon);
	tcase_add_test(tc, without_the_library_other_numbers_need_a_plus);
	tcase_add_test(tc, a_long_text_is_no_number);
	tcase_add_test(tc, regions_are_known);
	tcase_add_test(tc, any_bytes_do_no_harm);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
