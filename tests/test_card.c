/* Tests of card.h: a card in a message. XEP-0292, 0428, 0359, 0334, 0184. */
#include "tests/vcard_tests.h"

#include "common/card.h"
#include "common/phone.h"

#define CAROL                                                                                      \
	"<fn><text>Carol</text></fn><tel><parameters><type><text>cell</text></type></parameters>"  \
	"<text>1234</text></tel>"

static const char *message(
	const char *card, const char *intro, const char *about, const char *source)
{
	return xml_to_string(arena,
		card_message(arena, NS_CLIENT, NULL, "bob@example.org", "id1", intro, card_of(card),
			about, source),
		NULL);
}

START_TEST(a_message_has_body_card_fallback_id_and_hints)
{
	ck_assert_str_eq(message(CAROL, "Carol's contact details, from alice@example.org:",
				 "carol@example.org", "xmpp:kith.example.org"),
		"<message xmlns=\"jabber:client\" type=\"chat\" to=\"bob@example.org\" id=\"id1\">"
		"<body>Carol's contact details, from alice@example.org:\nCarol\n"
		"mobile 1234\nchat carol@example.org</body>"
		"<vcard xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\">" CAROL
		"<impp><uri>xmpp:carol@example.org</uri></impp><source><uri>xmpp:kith.example.org</"
		"uri>"
		"</source></vcard><fallback xmlns=\"urn:xmpp:fallback:0\" "
		"for=\"urn:ietf:params:xml:ns:vcard-4.0\"><body/></fallback>"
		"<origin-id xmlns=\"urn:xmpp:sid:0\" id=\"id1\"/><store xmlns=\"urn:xmpp:hints\"/>"
		"<request xmlns=\"urn:xmpp:receipts\"/></message>");
}
END_TEST

/* What a card's IMPP and SOURCE are in a message. */
static const struct {
	const char *in, *about, *source, *out;
} provenances[] = {
	{"<impp><uri>xmpp:a@b</uri></impp>", "a@b", NULL, "<impp><uri>xmpp:a@b</uri></impp>"},
	{"<impp><uri>xmpp:x@y</uri></impp><impp><uri>xmpp:a@b</uri></impp>", "a@b", NULL,
		"<impp><uri>xmpp:a@b</uri></impp><impp><uri>xmpp:x@y</uri></impp>"},
	{"<impp><uri>sip:x@y</uri></impp>", "a@b", NULL,
		"<impp><uri>xmpp:a@b</uri></impp><impp><uri>sip:x@y</uri></impp>"},
	{"<impp><uri>xmpp:x@y</uri></impp>", NULL, NULL, "<impp><uri>xmpp:x@y</uri></impp>"},
	{"<source><uri>old:1</uri></source>", NULL, NULL, ""},
	{"<source><uri>old:1</uri></source>", NULL, "new:1", "<source><uri>new:1</uri></source>"},
	{"", "a\\20b@c", NULL, "<impp><uri>xmpp:a%5C20b@c</uri></impp>"},
	{"<rev><timestamp>1</timestamp></rev>", NULL, NULL, "<rev><timestamp>1</timestamp></rev>"},
};

START_TEST(the_provenance_is_whom_it_is_about_and_where_from)
{
	struct vcard *card = card_of(provenances[_i].in);
	const struct xml *sent = card_message(arena, NS_COMPONENT, "a@b", "c@d", "1", NULL, card,
		provenances[_i].about, provenances[_i].source);

	ck_assert_str_eq(xml_of(card_of_message(arena, sent)), provenances[_i].out);
	ck_assert_str_eq(xml_get(sent, "from"), "a@b");
	if (provenances[_i].about)
		ck_assert_str_eq(vcard_jid(card_of_message(arena, sent)), provenances[_i].about);
	ck_assert_str_eq(xml_of(card), provenances[_i].in);
}
END_TEST

static const struct {
	const char *children;
	bool good;
} messages[] = {
	{V4 "<fn><text>a</text></fn></vcard>", true},
	{"<body>x</body>" V4 "</vcard>", true},
	{V4 "</vcard>" V4 "</vcard>", false},
	{"<body>x</body>", false},
	{"<vCard xmlns='vcard-temp'/>", false},
	{"<wrap xmlns='urn:e'>" V4 "</vcard></wrap>", false},
};

START_TEST(a_message_with_one_card_has_one)
{
	const char *text = arena_printf(arena, "<message>%s</message>", messages[_i].children);
	const struct xml *stanza =
		xml_parse(arena, text, strlen(text), NS_CLIENT, &xml_limits_stanza, NULL);

	ck_assert_int_eq(card_of_message(arena, stanza) != NULL, messages[_i].good);
	ck_assert_ptr_null(card_of_message(arena, NULL));
}
END_TEST

static const struct {
	const char *xml, *text;
} texts[] = {
	{"", ""},
	{"<fn><text>C</text></fn><email><text>a@b</text></email><org><text>O</text><text>U</text></"
	 "org>",
		"C\ne-mail a@b\norganization O, U"},
	{"<fn><text>C</text></fn><tel><parameters><type><text>work</text></type></"
	 "parameters><text>1234"
	 "</text></tel><tel/>",
		"C\nwork 1234"},
	{"<fn><text>C</text></fn><adr><pobox/><ext/><street>S</street><locality>L</locality></adr>",
		"C\naddress S, L"},
	{"<fn><text>C</text></fn><tel><parameters><x-retired><text>1</text></x-retired></"
	 "parameters>"
	 "<text>1234</text></tel>",
		"C\nvoice 1234 (no longer in use)"},
	/* no line that isn't the card's, no letter that isn't seen */
	{"<fn><text>C\nmobile 666</text></fn><note><text>a\xe2\x80\xae"
	 "b\xe2\x81\xa6"
	 "c\xc2\x85"
	 "d\tf\xe2\x80\xa8g</text></note>",
		"C mobile 666\nnote abcd fg"},
};

START_TEST(a_card_is_lines_for_a_reader)
{
	ck_assert_str_eq(card_text(arena, card_of(texts[_i].xml)), texts[_i].text);
}
END_TEST

START_TEST(a_number_at_another_price_says_so)
{
	if (!phone_has_library())
		return;
	ck_assert_str_eq(
		card_text(arena, card_of("<fn><text>C</text></fn><tel><uri>tel:+449098790000"
					 "</uri></tel><tel><uri>tel:+448001234567</uri>"
					 "</tel>")),
		"C\nvoice +44 909 879 0000 (premium-rate number)\n"
		"voice +44 800 123 4567 (toll-free number)");
}
END_TEST

START_TEST(a_long_card_stays_readable)
{
	struct vcard *card = vcard_new(arena);
	char note[5001];

	memset(note, 'a', sizeof note - 1);
	note[sizeof note - 1] = '\0';
	vcard_add(card, NULL, "FN", "text", note);
	for (int i = 0; i < 500; i++)
		vcard_add(card, NULL, "NOTE", "text", note);
	ck_assert_uint_le(strlen(card_text(arena, card)), 9 * 1024);
	ck_assert_ptr_nonnull(strstr(card_text(arena, card), "aaa...\nnote aaa"));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
	Suite *suite = suite_create("card");
	TCase *tcase = tcase_create("design, section 3");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_message_has_body_card_fallback_id_and_hints);
	tcase_add_loop_test(
		tcase, the_provenance_is_whom_it_is_about_and_where_from, 0, COUNT(provenances));
	tcase_add_loop_test(tcase, a_message_with_one_card_has_one, 0, COUNT(messages));
	tcase_add_loop_test(tcase, a_card_is_lines_for_a_reader, 0, COUNT(texts));
	tcase_add_test(tcase, a_number_at_another_price_says_so);
	tcase_add_test(tcase, a_long_card_stays_readable);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
