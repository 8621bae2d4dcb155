/* Tests of merge.h: saving a card as the phone book does. */
#include "tests/vcard_tests.h"

#include "common/merge.h"
#include "common/phone.h"

#define FN(name) "<fn><text>" name "</text></fn>"
#define N(given, surname) "<n><surname>" surname "</surname><given>" given "</given></n>"
#define TYPE(type) "<parameters><type><text>" type "</text></type></parameters>"
#define TEL(type, uri) "<tel>" TYPE(type) "<uri>" uri "</uri></tel>"
#define BARE(uri) "<tel><uri>" uri "</uri></tel>"
#define MOBILE "tel:+447400123456"
#define FIXED "tel:+442079460018"
#define EITHER "tel:+12015550123"
#define LABELLED                                                                                   \
	"<group "                                                                                  \
	"name=\"item1\"><tel><text>1</text></tel><x-ablabel><text>Boat</text></x-ablabel></group>"

static const struct {
	const char *contact, *incoming, *merged;
} cases[] = {
	/* a new contact */
	{"", FN("Carol") BARE(MOBILE), FN("Carol") TEL("cell", MOBILE)},
	{"", FN("Carol") "<uid><uri>urn:uuid:1</uri></uid><rev><timestamp>2</timestamp></rev>",
		FN("Carol") "<uid><uri>urn:uuid:1</uri></uid>"},
	{"", "<email><text>c@example.org</text></email>",
		FN("c@example.org") "<email><text>c@example.org</text></email>"},
	/* name to name */
	{FN("Mum"), FN("Carol Example") N("Carol", "Example"), FN("Mum")},
	{FN("+44 7400 123456"), FN("Carol") N("Carol", "Day"), FN("Carol") N("Carol", "Day")},
	{FN("c@example.org"), FN("Carol"), FN("Carol")},
	{FN("carol  example"), FN("Carol Example") N("Carol", "Example"),
		FN("carol  example") N("Carol", "Example")},
	{FN("Carol") N("Caro", "Line"), FN("Carol") N("Carol", "Example"),
		FN("Carol") N("Caro", "Line")},
	{N("Caro", "Line"), FN("Carol") N("Carol", "Example"), N("Caro", "Line") FN("Caro Line")},
	{"<email><text>c@example.org</text></email>", FN("Carol"),
		"<email><text>c@example.org</text></email>" FN("Carol")},
	{FN("Carol"), FN("07400 123456"), FN("Carol")},
	/* a number to its entry, by what it is */
	{FN("C"), TEL("home", MOBILE),
		FN("C") "<tel><parameters><type><text>home</text><text>cell"
			"</text></type></parameters><uri>" MOBILE "</uri></tel>"},
	{FN("C"), BARE(FIXED), FN("C") TEL("voice", FIXED)},
	{FN("C"), TEL("work", FIXED), FN("C") TEL("work", FIXED)},
	{FN("C"), TEL("cell", FIXED), FN("C") TEL("voice", FIXED)},
	{FN("C"), TEL("fax", FIXED), FN("C") TEL("fax", FIXED)},
	{FN("C"), BARE(EITHER), FN("C") TEL("voice", EITHER)},
	{FN("C"), TEL("cell", EITHER), FN("C") TEL("cell", EITHER)},
	/* nothing is doubled, and what the user wrote stays */
	{FN("C") "<tel><text>07400 123456</text></tel>", TEL("cell", MOBILE),
		FN("C") "<tel><text>07400 123456</text></tel>"},
	{FN("C"), BARE(MOBILE) "<tel><text>07400 123 456</text></tel>",
		FN("C") TEL("cell", MOBILE)},
	{FN("C"), "<tel><text>ask</text></tel><tel><text>ask</text></tel>",
		FN("C") "<tel>" TYPE("voice") "<text>ask</text></tel>"},
	{FN("C") "<email><text>C@example.org</text></email>",
		"<email><text>c@example.org</text></email><email><text>d@example.org</text></"
		"email>",
		FN("C") "<email><text>C@example.org</text></email><email><text>d@example.org</"
			"text></email>"},
	{FN("C") "<org><text>A</text></org>",
		"<org><text>B</text></org><bday><date>19800101</date></bday>",
		FN("C") "<org><text>A</text></org><bday><date>19800101</date></bday>"},
	{FN("C") "<photo><uri>data:,a</uri></photo>", "<photo><uri>data:,b</uri></photo>",
		FN("C") "<photo><uri>data:,a</uri></photo>"},
	/* never */
	{FN("C") "<uid><uri>urn:uuid:1</uri></uid>",
		"<uid><uri>urn:uuid:2</uri></uid><source><uri>x:y</uri></source><prodid><text>p</"
		"text>"
		"</prodid>",
		FN("C") "<uid><uri>urn:uuid:1</uri></uid>"},
	{FN("C"),
		"<tel><parameters><x-retired><text>20240101</text></x-retired></"
		"parameters><uri>" MOBILE "</uri></tel>",
		FN("C")},
	/* data */
	{FN("C"), "<impp><uri>xmpp:c@example.org</uri></impp>",
		FN("C") "<impp><uri>xmpp:c@example.org</uri></impp>"},
	{FN("C") BARE(FIXED),
		"<tel><parameters><pref><integer>1</integer></pref></parameters><uri>" MOBILE
		"</uri></tel>",
		FN("C") BARE(FIXED) TEL("cell", MOBILE)},
	/* groups with their labels, under a name that is free */
	{FN("C") "<group name=\"item1\"><url><uri>x:y</uri></url></group>", LABELLED,
		FN("C") "<group name=\"item1\"><url><uri>x:y</uri></url></group>"
			"<group name=\"item2\"><tel>" TYPE(
				"voice") "<text>1</text></tel>"
					 "<x-ablabel><text>Boat</text></x-ablabel></group>"},
};

START_TEST(saving_brings_in_what_is_missing_and_twice_changes_nothing)
{
	struct vcard *contact = card_of(cases[_i].contact);
	const struct vcard *incoming = card_of(cases[_i].incoming);
	bool same = strcmp(cases[_i].contact, cases[_i].merged) == 0;

	/* Without the library +44 is of an unknown kind. */
	if (!phone_has_library())
		return;
	ck_assert_int_eq(
		merge_card(contact, incoming, "GB"), same ? MERGE_UNCHANGED : MERGE_CHANGED);
	ck_assert_str_eq(xml_of(contact), cases[_i].merged);
	ck_assert_int_eq(merge_card(contact, incoming, "GB"), MERGE_UNCHANGED);
	ck_assert_str_eq(xml_of(contact), cases[_i].merged);
}
END_TEST

START_TEST(too_many_properties_are_told)
{
	struct vcard *contact = vcard_new(arena), *incoming = vcard_new(arena);

	for (int i = 0; i < 600; i++) {
		vcard_add(contact, NULL, "URL", "uri", arena_printf(arena, "a:%d", i));
		vcard_add(incoming, NULL, "URL", "uri", arena_printf(arena, "b:%d", i));
	}
	ck_assert_int_eq(merge_card(contact, incoming, NULL), MERGE_FULL);
}
END_TEST

static const struct {
	const char *contact, *link, *incoming, *account;
	bool same;
} persons[] = {
	{FN("Mum"), "carol@example.org", FN("Carol"), "carol@example.org", true},
	{FN("Carol"), "carol@example.org", FN("Carol"), "eve@example.org", false},
	{FN("Carol"), NULL, FN("Carol"), "carol@example.org", false},
	{FN("A") "<uid><uri>u:1</uri></uid>", NULL, FN("B") "<uid><uri>u:1</uri></uid>", NULL,
		true},
	{FN("A") "<uid><uri>u:1</uri></uid>", NULL, FN("A") "<uid><uri>u:2</uri></uid>", NULL,
		false},
	{FN("Carol Example") BARE(MOBILE), NULL, FN(" carol  EXAMPLE") BARE(MOBILE), NULL, true},
	{FN("\xc3\x89ric") BARE(MOBILE), NULL, FN("\xc3\xa9RIC") BARE(MOBILE), NULL, true},
	{FN("Carol") BARE(MOBILE), NULL, FN("Dave") BARE(MOBILE), NULL, false},
	{FN("Carol") BARE(MOBILE), NULL, FN("Carol") BARE(FIXED), NULL, false},
	{FN("Carol") "<tel><text>ask</text></tel>", NULL, FN("Carol") "<tel><text>ask</text></tel>",
		NULL, false},
	{FN("Carol") "<impp><uri>xmpp:eve@example.org</uri></impp>", NULL, FN("Eve"),
		"eve@example.org", false},
	{FN("Carol Example") BARE(MOBILE), NULL,
		FN("Carol\xc2\xa0\xe3\x80\x80"
		   "Example") BARE(MOBILE),
		NULL, true},
	{FN("Stra\xc3\x9f"
	    "e") BARE(MOBILE),
		NULL, FN("STRASSE") BARE(FIXED) BARE(MOBILE), NULL, true},
	{"", NULL, "", NULL, false},
};

START_TEST(the_same_person_is_told_by_account_uid_or_number_with_name)
{
	ck_assert_int_eq(merge_is_same(card_of(persons[_i].contact), persons[_i].link,
				 card_of(persons[_i].incoming), persons[_i].account, "GB"),
		persons[_i].same);
}
END_TEST

#define KEYS_MAX 8
struct keys {
	const char *list[KEYS_MAX];
	size_t count;
};

static void add_key(void *context, const char *key)
{
	struct keys *keys = context;

	ck_assert_uint_lt(keys->count, KEYS_MAX);
	keys->list[keys->count++] = arena_strdup(arena, key);
}

START_TEST(the_same_person_has_a_key_in_common_and_others_have_none)
{
	struct keys ours = {.count = 0}, theirs = {.count = 0};
	bool common = false;

	ck_assert_int_eq(merge_keys(arena, card_of(persons[_i].contact), persons[_i].link, "GB",
				 add_key, &ours),
		0);
	ck_assert_int_eq(merge_keys(arena, card_of(persons[_i].incoming), persons[_i].account, "GB",
				 add_key, &theirs),
		0);
	for (size_t i = 0; i < ours.count; i++)
		for (size_t j = 0; j < theirs.count; j++)
			common = common || strcmp(ours.list[i], theirs.list[j]) == 0;
	ck_assert_int_eq(common, persons[_i].same);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merge");
	TCase *tcase = tcase_create("save");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, saving_brings_in_what_is_missing_and_twice_changes_nothing, 0,
		(int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tcase, too_many_properties_are_told);
	tcase_add_loop_test(tcase, the_same_person_is_told_by_account_uid_or_number_with_name, 0,
		(int)(sizeof persons / sizeof persons[0]));
	tcase_add_loop_test(tcase, the_same_person_has_a_key_in_common_and_others_have_none, 0,
		(int)(sizeof persons / sizeof persons[0]));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
