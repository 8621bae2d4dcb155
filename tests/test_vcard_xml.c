/* Tests of the codec of vCard4 XML: RFC 6351, XEP-0292. */
#include "tests/vcard_tests.h"

#define FOREIGN "<x xmlns=\"urn:example\" a=\"1\"><y>z</y></x>"

/* Cards that come out as they went in. */
static const char *const fixpoints[] = {
	"<fn><text>Carol</text></fn>",
	"<fn><text>A &amp; B &lt;\"&gt;</text></fn>",
	"<note><text>  white\n\tspace  </text></note>",
	"<note><text/></note>",
	/* RFC 6351, 3.3: several values, and structured ones */
	"<nickname><text>C</text><text>Caz</text></nickname>",
	"<n><surname>Perreault</surname><given>Simon</given><additional/><prefix/>"
	"<suffix>ing. jr</suffix><suffix>M.Sc.</suffix></n>",
	"<n><surname>Short</surname></n>",
	"<adr><pobox/><ext/><street>1 Main</street></adr>",
	"<org><text>Firm</text><text>Unit</text></org>",
	"<gender><sex>F</sex><identity>rocket</identity></gender>",
	"<clientpidmap><sourceid>1</sourceid><uri>urn:uuid:1</uri></clientpidmap>",
	/* RFC 6351, 5: types of values */
	"<bday><date>19660806</date></bday>",
	"<bday><date-time>19531015T231000Z</date-time></bday>",
	"<bday><text>circa 1800</text></bday>",
	"<rev><timestamp>20080424T195243Z</timestamp></rev>",
	"<lang><language-tag>fr</language-tag></lang>",
	"<tz><utc-offset>-0500</utc-offset></tz>",
	"<x-a><boolean>true</boolean></x-a><x-b><float>1.5</float></x-b>",
	"<x-foo><unknown>a,b\\,c</unknown></x-foo>",
	/* parameters, known and not */
	"<tel><parameters><pref><integer>1</integer></pref><type><text>home</text>"
	"<text>cell</text></type></parameters><uri>tel:+447700900123</uri></tel>",
	"<tel><parameters><x-retired><date>20240101</date></x-retired><x-odd/></parameters>"
	"<text>1</text></tel>",
	"<note><parameters><language><language-tag>de</language-tag></language></parameters>"
	"<text>x</text></note>",
	/* groups, and the order of all */
	"<group name=\"item1\"><tel><text>1</text></tel><x-ablabel><text>Boat</text></x-ablabel>"
	"</group><fn><text>C</text></fn><group name=\"item1\"><note><text>n</text></note></group>",
	/* what the model can't express */
	FOREIGN,
	"<fn><text>C</text></fn>" FOREIGN "<tel><text>1</text></tel>",
	"<group name=\"g\">" FOREIGN "</group>",
	"<tel kind=\"x\"><text>1</text></tel>",
	"<x-deep><x-part><text>1</text></x-part></x-deep>",
	"<x-mixed><text>1</text>tail</x-mixed>",
	"<x-two><text>1</text><uri>2</uri></x-two>",
	"<Tel><text>1</text></Tel>",
	"<group><group name=\"a\"><fn><text>x</text></fn></group></group>",
	"<tel/>",
	"<group name=\"a&#10;b\"><fn><text>x</text></fn></group>",
	"<n><surname>A</surname><middle>B</middle></n>",
	"<note><parameters><a><text>1</text><integer>2</integer></a></parameters><text>x</text>"
	"</note>",
};

START_TEST(a_card_comes_out_as_it_went_in)
{
	ck_assert_str_eq(xml_of(card_of(fixpoints[_i])), fixpoints[_i]);
}
END_TEST

START_TEST(a_tree_of_another_arena_gives_the_same)
{
	struct arena *other = arena_new(0);
	const char *text = arena_printf(arena, V4 "%s</vcard>", fixpoints[_i]);
	struct xml *tree = xml_parse(other, text, strlen(text), NULL, &xml_limits_stanza, NULL);
	struct vcard *card = vcard_from_xml(arena, tree, NULL);

	arena_free(other);
	ck_assert_str_eq(xml_of(card), fixpoints[_i]);
}
END_TEST

START_TEST(a_change_of_one_tel_leaves_all_else)
{
	const char *const before =
		"<fn><text>Mum</text></fn><note><text> my\nnote</text></note>"
		"<group "
		"name=\"a\"><tel><parameters><x-odd><integer>3</integer></x-odd></parameters>"
		"<text>0</text></tel><x-ablabel><text>Boat</text></x-ablabel></group>" FOREIGN
		"<tel><parameters><type><text>cell</text></type></parameters><uri>tel:+1</uri></"
		"tel>"
		"<photo><uri>data:image/png;base64,iVBOR</uri></photo>";
	struct vcard *card = card_of(before);
	const char *changed;
	char *expected = arena_strdup(arena, before);

	vcard_set_text(card, vcard_next(vcard_first(card, "TEL"), "TEL"), "uri", "tel:+2");
	*(strstr(expected, "tel:+1") + 5) = '2';
	changed = xml_of(card);
	ck_assert_str_eq(changed, expected);
}
END_TEST

/* What is written otherwise than it came, in a form that then stays. */
static const struct {
	const char *in, *out;
} normal[] = {
	{"<fn>Carol</fn>", "<fn><text>Carol</text></fn>"},
	{"\n <fn>\n  <text>C</text>\n </fn>\n", "<fn><text>C</text></fn>"},
	{"<n><given>G</given><surname>S</surname></n>",
		"<n><surname>S</surname><given>G</given></n>"},
	{"<tel><parameters><pref>1</pref></parameters><text>1</text></tel>",
		"<tel><parameters><pref><integer>1</integer></pref></parameters><text>1</text></"
		"tel>"},
	{"<bday><date-and-or-time>--0102</date-and-or-time></bday>",
		"<bday><date>--0102</date></bday>"},
	{"<note><text>a<!-- c -->b</text></note>", "<note><text>ab</text></note>"},
	{"<group name='a'><fn><text>x</text></fn></group><group "
	 "name='a'><note><text>y</text></note>"
	 "</group>",
		"<group name=\"a\"><fn><text>x</text></fn><note><text>y</text></note></group>"},
};

START_TEST(other_ways_of_writing_become_the_usual_one)
{
	const char *out = xml_of(card_of(normal[_i].in));

	ck_assert_str_eq(out, normal[_i].out);
	ck_assert_str_eq(xml_of(card_of(out)), out);
}
END_TEST

START_TEST(the_model_has_what_the_xml_says)
{
	const struct vcard *card = card_of(
		"<n><surname>S</surname><given>G</given><given>H</given></n><group name='g'><tel>"
		"<parameters><type><text>Cell</text></type></parameters><uri>tel:+1</uri></tel></"
		"group>");
	const struct vcard_property *n = vcard_first(card, "N"), *tel = vcard_first(card, "TEL");

	ck_assert_str_eq(vcard_component_text(n, 0), "S");
	ck_assert_str_eq(n->components->next->values->next->text, "H");
	ck_assert_str_eq(vcard_component_text(n, 4), "");
	ck_assert_str_eq(tel->group, "g");
	ck_assert_str_eq(tel->value_type, "uri");
	ck_assert(vcard_has_type(tel, "cell"));
	ck_assert_str_eq(vcard_get_param(tel, "type"), "Cell");
	ck_assert_ptr_eq(card->last, tel);
	ck_assert_ptr_eq(tel->prev, n);
}
END_TEST

START_TEST(of_several_cards_the_first_is_taken)
{
	static const char text[] = "<vcards xmlns='" NS_VCARD4 "'><vcard><fn><text>A</text></fn>"
				   "</vcard><vcard><fn><text>B</text></fn></vcard></vcards>";

	ck_assert_str_eq(vcard_name(vcard_from_xml_text(arena, text, strlen(text), NULL)), "A");
}
END_TEST

static const struct {
	const char *text, *why;
} refused[] = {
	{"<vcard xmlns='urn:other'/>", "not a <vcard/>"},
	{"<vcards xmlns='" NS_VCARD4 "'/>", "no vCard in"},
	{"<vCard xmlns='vcard-temp'/>", "not a <vcard/>"},
	{"<vcard", ""},
};

START_TEST(a_refusal_says_why)
{
	const char *why = NULL;

	ck_assert_ptr_null(
		vcard_from_xml_text(arena, refused[_i].text, strlen(refused[_i].text), &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, refused[_i].why));
}
END_TEST

START_TEST(more_than_the_most_properties_are_refused)
{
	struct buffer buf;
	const char *why = NULL;

	buffer_init(&buf, 0);
	buffer_puts(&buf, V4);
	for (int i = 0; i <= VCARD_PROPERTIES_MAX; i++)
		buffer_puts(&buf, "<tel><text>1</text></tel>");
	buffer_puts(&buf, "</vcard>");
	ck_assert_ptr_null(vcard_from_xml_text(arena, buf.data, buf.len, &why));
	ck_assert_str_eq(why, "a vCard of more than 1000 properties");
	buffer_clear(&buf);
}
END_TEST

START_TEST(names_that_are_none_are_not_written)
{
	struct vcard *card = vcard_new(arena);
	struct vcard_property *tel = vcard_add(card, NULL, "TEL", "text", "1");

	vcard_add(card, NULL, "X><Y", "text", "1");
	vcard_set_param(card, tel, "A/><B", "1");
	ck_assert_str_eq(xml_of(card), "<tel><text>1</text></tel>");
}
END_TEST

START_TEST(an_empty_card_is_written_and_read)
{
	struct buffer buf;

	buffer_init(&buf, 0);
	ck_assert_int_eq(vcard_to_xml_text(&buf, vcard_new(arena)), 0);
	ck_assert_ptr_null(vcard_from_xml_text(arena, buf.data, buf.len, NULL)->first);
	buffer_clear(&buf);
}
END_TEST

START_TEST(lack_of_memory_is_told_at_every_place)
{
	const char *text = arena_printf(
		arena, V4 "%s%s%s</vcard>", fixpoints[6], fixpoints[20], fixpoints[23]);
	bool good = false;

	for (size_t cap = 64; !good; cap += 64) {
		struct arena *small = arena_new(cap);
		const char *why = NULL;
		struct vcard *card = vcard_from_xml_text(small, text, strlen(text), &why);

		good = card != NULL;
		ck_assert(good || why);
		ck_assert(!good || !arena_failed(small));
		arena_free(small);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vcard_xml");
	TCase *tcase = tcase_create("RFC 6351");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, a_card_comes_out_as_it_went_in, 0,
		(int)(sizeof fixpoints / sizeof fixpoints[0]));
	tcase_add_loop_test(tcase, a_tree_of_another_arena_gives_the_same, 0,
		(int)(sizeof fixpoints / sizeof fixpoints[0]));
	tcase_add_test(tcase, a_change_of_one_tel_leaves_all_else);
	tcase_add_loop_test(tcase, other_ways_of_writing_become_the_usual_one, 0,
		(int)(sizeof normal / sizeof normal[0]));
	tcase_add_test(tcase, the_model_has_what_the_xml_says);
	tcase_add_test(tcase, of_several_cards_the_first_is_taken);
	tcase_add_loop_test(
		tcase, a_refusal_says_why, 0, (int)(sizeof refused / sizeof refused[0]));
	tcase_add_test(tcase, more_than_the_most_properties_are_refused);
	tcase_add_test(tcase, names_that_are_none_are_not_written);
	tcase_add_test(tcase, an_empty_card_is_written_and_read);
	tcase_add_test(tcase, lack_of_memory_is_told_at_every_place);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
