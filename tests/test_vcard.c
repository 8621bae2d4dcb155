/* Tests of the vCard model: RFC 6350. */
#include "tests/vcard_tests.h"

#include "common/phone.h"

START_TEST(properties_are_added_found_and_removed_in_order)
{
	struct vcard *card = vcard_new(arena);
	struct vcard_property *a = vcard_add(card, NULL, "tel", "text", "1");
	struct vcard_property *c = vcard_add(card, NULL, "TEL", "text", "3");
	struct vcard_property *b = vcard_add(card, a, "X-Foo", "unknown", "2");

	ck_assert_ptr_eq(vcard_first(card, "TEL"), a);
	ck_assert_ptr_eq(vcard_next(a, "TEL"), c);
	ck_assert_ptr_null(vcard_next(c, "TEL"));
	ck_assert_ptr_eq(vcard_first(card, "X-FOO"), b);
	ck_assert(a->next == b && b->next == c && c->prev == b && b->prev == a);
	vcard_remove(card, c);
	ck_assert_ptr_eq(card->last, b);
	vcard_remove(card, a);
	ck_assert(card->first == b && card->last == b && !b->prev && !b->next);
	vcard_remove(card, b);
	ck_assert(!card->first && !card->last);
}
END_TEST

START_TEST(nothing_is_harmless)
{
	ck_assert_ptr_null(vcard_add(NULL, NULL, "TEL", "text", "1"));
	ck_assert_ptr_null(vcard_add_structured(NULL, "N", 0, NULL));
	ck_assert_ptr_null(vcard_add_copy(NULL, NULL));
	ck_assert_ptr_null(vcard_copy(arena, NULL));
	ck_assert_ptr_null(vcard_first(NULL, "TEL"));
	ck_assert_ptr_null(vcard_next(NULL, "TEL"));
	ck_assert_ptr_null(vcard_get_param(NULL, "TYPE"));
	ck_assert(!vcard_has_type(NULL, "cell"));
	ck_assert_str_eq(vcard_text(NULL), "");
	ck_assert_str_eq(vcard_component_text(NULL, 3), "");
	vcard_set_text(NULL, NULL, "text", "");
	vcard_remove(NULL, NULL);
	vcard_set_param(NULL, NULL, "PREF", "1");
	vcard_add_type(NULL, NULL, "cell");
}
END_TEST

START_TEST(parameters_are_set_replaced_and_removed_in_any_case)
{
	struct vcard *card = vcard_new(arena);
	struct vcard_property *tel = vcard_add(card, NULL, "TEL", "text", "1");

	vcard_set_param(card, tel, "pref", "1");
	vcard_set_param(card, tel, "Pref", "2");
	vcard_add_type(card, tel, "cell");
	vcard_add_type(card, tel, "home");
	vcard_add_type(card, tel, "CELL");
	ck_assert_str_eq(xml_of(card),
		"<tel><parameters><pref><integer>2</integer></pref><type><text>cell</text>"
		"<text>home</text></type></parameters><text>1</text></tel>");
	vcard_set_param(card, tel, "TYPE", NULL);
	vcard_set_param(card, tel, "PREF", NULL);
	ck_assert_str_eq(xml_of(card), "<tel><text>1</text></tel>");
}
END_TEST

#define FULL                                                                                       \
	"<fn><text>a</text></fn><group name=\"g\"><tel><parameters><type><text>cell</text></type>" \
	"<x-a><date>1</date></x-a></parameters><uri>tel:+1</uri></tel></group><n><surname>s</"     \
	"surname>"                                                                                 \
	"<given>g</given><given>h</given></n><x xmlns=\"urn:e\" b=\"c\">d</x>"

START_TEST(a_copy_is_equal_and_outlives_the_original)
{
	struct arena *other = arena_new(0), *mine = arena;
	struct vcard *card, *copy;

	arena = other;
	card = card_of(FULL);
	arena = mine;
	copy = vcard_copy(arena, card);
	ck_assert(vcard_equal(card, copy));
	arena_free(other);
	ck_assert_str_eq(xml_of(copy), FULL);
}
END_TEST

static const struct {
	const char *a, *b;
	bool equal;
} pairs[] = {
	{FULL, FULL, true},
	{"<fn><text>a</text></fn>", "<fn><text>b</text></fn>", false},
	{"<fn><text>a</text></fn>", "", false},
	{"<fn><text>a</text></fn>", "<fn><text>a</text><text>b</text></fn>", false},
	{"<group name='a'><fn><text>a</text></fn></group>", "<fn><text>a</text></fn>", false},
	{"<fn><parameters><x-a><text>1</text></x-a><x-b><text>2</text></x-b></parameters><text>a</"
	 "text>"
	 "</fn>",
		"<fn><parameters><x-b><text>2</text></x-b><x-a><text>1</text></x-a></"
		"parameters><text>a"
		"</text></fn>",
		true},
	{"<fn><parameters><x-a><text>1</text></x-a></parameters><text>a</text></fn>",
		"<fn><text>a</text></fn>", false},
	{"<x xmlns='urn:e' b='c'>d</x>", "<x xmlns='urn:e' b='d'>d</x>", false},
	{"<x xmlns='urn:e'>d</x>", "<x xmlns='urn:e'>e</x>", false},
	{"<x xmlns='urn:e'><y/></x>", "<x xmlns='urn:e'><y/><y/></x>", false},
};

START_TEST(equality_is_of_name_group_parameters_and_values)
{
	const struct vcard *a = card_of(pairs[_i].a), *b = card_of(pairs[_i].b);

	ck_assert_int_eq(vcard_equal(a, b), pairs[_i].equal);
	ck_assert_int_eq(vcard_equal(b, a), pairs[_i].equal);
}
END_TEST

static const struct {
	const char *xml, *name;
} names[] = {
	{"", ""},
	{"<fn><text> </text></fn><fn><text>A</text></fn>", "A"},
	{"<n><surname>Example</surname><given>Carol</given><additional>A.</additional><prefix>Dr.</"
	 "prefix>"
	 "</n>",
		"Dr. Carol A. Example"},
	{"<tel><uri>tel:+1;ext=2</uri></tel>", "+1 ext. 2"},
	{"<tel><text>1</text></tel><email><text>a@b</text></email>", "a@b"},
	{"<email><text>a@b</text></email><nickname><text>C</text></nickname>", "C"},
	{"<nickname><text>C</text></nickname><org><text>O</text></org>", "O"},
};

START_TEST(a_card_has_the_best_name_there_is)
{
	ck_assert_str_eq(vcard_name(card_of(names[_i].xml)), names[_i].name);
}
END_TEST

#define PREF(n) "<parameters><pref><integer>" n "</integer></pref></parameters>"

START_TEST(the_lowest_pref_is_preferred)
{
	ck_assert_str_eq(
		vcard_text(vcard_preferred(
			card_of("<tel><text>1</text></tel><tel>" PREF(
				"9") "<text>2</text></tel><tel>" PREF("8") "<text>3</text></tel>"),
			"TEL")),
		"3");
	ck_assert_str_eq(
		vcard_text(vcard_preferred(
			card_of("<tel><text>1</text></tel><tel><text>2</text></tel>"), "TEL")),
		"1");
	ck_assert_str_eq(
		vcard_text(vcard_preferred(
			card_of("<tel>" PREF("x") "<text>1</text></tel><tel>"
						  "<parameters><type><text>PREF</text></type>"
						  "</parameters><text>2</text></tel>"),
			"TEL")),
		"2");
	ck_assert_ptr_null(vcard_preferred(card_of(""), "TEL"));
}
END_TEST

START_TEST(the_jid_is_that_of_the_first_xmpp_uri)
{
	ck_assert_str_eq(vcard_jid(card_of("<impp><uri>sip:x@y</uri></impp><impp><uri> XMPP:Carol@"
					   "Example.org/r?message</uri></impp>")),
		"carol@example.org");
	ck_assert_ptr_null(vcard_jid(card_of("<impp><uri>carol@example.org</uri></impp>")));
}
END_TEST

static const struct {
	enum phone_kind kind;
	const char *types[3], *word;
} kinds[] = {
	{PHONE_MOBILE, {NULL}, "cell"},
	{PHONE_MOBILE, {"home", "voice"}, "cell"},
	{PHONE_MOBILE, {"FAX"}, "fax"},
	{PHONE_FIXED, {"work", "pager"}, "pager"},
	{PHONE_FIXED, {"home", "voice"}, "home"},
	{PHONE_FIXED, {"cell"}, "voice"},
	{PHONE_UNKNOWN, {"home", "cell"}, "cell"},
	{PHONE_UNKNOWN, {"work"}, "work"},
	{PHONE_UNKNOWN, {"x-odd"}, "voice"},
	{PHONE_OTHER, {NULL}, "voice"},
};

START_TEST(the_kind_is_by_the_number_then_by_type)
{
	struct vcard *card = vcard_new(arena);
	struct vcard_property *tel = vcard_add(card, NULL, "TEL", "text", "1");
	struct phone phone = {.kind = kinds[_i].kind};

	for (size_t i = 0; i < 3 && kinds[_i].types[i]; i++)
		vcard_add_type(card, tel, kinds[_i].types[i]);
	ck_assert_str_eq(vcard_tel_kind(tel, &phone), kinds[_i].word);
}
END_TEST

START_TEST(a_tel_is_read_as_number)
{
	struct phone a, b;

	vcard_tel(vcard_first(card_of("<tel><uri>tel:+447400123456</uri></tel>"), "TEL"), NULL, &a);
	vcard_tel(vcard_first(card_of("<tel><text>+44 7400 123456</text></tel>"), "TEL"), NULL, &b);
	ck_assert_str_eq(a.identity, b.identity);
	vcard_tel(NULL, NULL, &a);
	ck_assert_str_eq(a.identity, "");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
	Suite *suite = suite_create("vcard");
	TCase *tcase = tcase_create("RFC 6350");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, properties_are_added_found_and_removed_in_order);
	tcase_add_test(tcase, nothing_is_harmless);
	tcase_add_test(tcase, parameters_are_set_replaced_and_removed_in_any_case);
	tcase_add_test(tcase, a_copy_is_equal_and_outlives_the_original);
	tcase_add_loop_test(
		tcase, equality_is_of_name_group_parameters_and_values, 0, COUNT(pairs));
	tcase_add_loop_test(tcase, a_card_has_the_best_name_there_is, 0, COUNT(names));
	tcase_add_test(tcase, the_lowest_pref_is_preferred);
	tcase_add_test(tcase, the_jid_is_that_of_the_first_xmpp_uri);
	tcase_add_loop_test(tcase, the_kind_is_by_the_number_then_by_type, 0, COUNT(kinds));
	tcase_add_test(tcase, a_tel_is_read_as_number);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
