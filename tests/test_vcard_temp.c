/* Tests of the codec of vcard-temp: XEP-0054 by the mapping of XEP-0292, section 9. */
#include "tests/vcard_tests.h"

static struct vcard *temp_of(const char *elements)
{
	const char *text = arena_printf(arena, "<vCard xmlns='vcard-temp'>%s</vCard>", elements);
	const char *why = NULL;
	struct vcard *card = vcard_from_temp(
		arena, xml_parse(arena, text, strlen(text), NULL, &xml_limits_stanza, &why), &why);

	ck_assert_msg(card != NULL, "%s", why ? why : "?");
	return card;
}

static const char *temp_xml(const struct vcard *card)
{
	return xml_to_string(arena, vcard_to_temp(arena, card), NULL);
}

/* vcard-temp, the vCard4 it becomes, and the vcard-temp of that (NULL: the same as before). */
static const struct {
	const char *temp, *v4, *back;
} mappings[] = {
	{"<FN>Peter Saint-Andre</FN>", "<fn><text>Peter Saint-Andre</text></fn>", NULL},
	{"<N><FAMILY>S</FAMILY><GIVEN>P</GIVEN><MIDDLE/></N>",
		"<n><surname>S</surname><given>P</given><additional/><prefix/><suffix/></n>",
		"<N><FAMILY>S</FAMILY><GIVEN>P</GIVEN><MIDDLE/><PREFIX/><SUFFIX/></N>"},
	{"<N><FAMILY/></N><NICKNAME/><ADR><HOME/></ADR><EMAIL><USERID/></EMAIL>", "", ""},
	{"<NICKNAME>a</NICKNAME><NICKNAME>b</NICKNAME>",
		"<nickname><text>a</text></nickname><nickname><text>b</text></nickname>", NULL},
	{"<PHOTO><EXTVAL>http://a/</EXTVAL></PHOTO>", "<photo><uri>http://a/</uri></photo>", NULL},
	{"<PHOTO><TYPE>image/jpeg</TYPE><BINVAL>\n/9j/\nAAAA\n</BINVAL></PHOTO>",
		"<photo><uri>data:image/jpeg;base64,/9j/AAAA</uri></photo>",
		"<PHOTO><TYPE>image/jpeg</TYPE><BINVAL>/9j/AAAA</BINVAL></PHOTO>"},
	{"<LOGO><BINVAL>iVBORw</BINVAL></LOGO>",
		"<logo><uri>data:image/png;base64,iVBORw</uri></logo>",
		"<LOGO><TYPE>image/png</TYPE><BINVAL>iVBORw</BINVAL></LOGO>"},
	{"<SOUND><BINVAL>AAAA</BINVAL></SOUND>",
		"<sound><uri>data:audio/basic;base64,AAAA</uri></sound>", NULL},
	{"<BDAY>1966-08-06</BDAY>", "<bday><date>19660806</date></bday>", NULL},
	{"<ADR><WORK/><PREF/><EXTADD>Suite 600</EXTADD><CTRY>USA</CTRY></ADR>",
		"<adr><parameters><type><text>work</text></type><pref><integer>1</integer></pref>"
		"</parameters><pobox/><ext>Suite 600</ext><street/><locality/><region/><code/>"
		"<country>USA</country></adr>",
		"<ADR><WORK/><PREF/><POBOX/><EXTADD>Suite 600</EXTADD><STREET/><LOCALITY/><REGION/>"
		"<PCODE/><CTRY>USA</CTRY></ADR>"},
	{"<TEL><PREF/><WORK/><VOICE/><NUMBER>+1-303-308-3282</NUMBER></TEL>",
		"<tel><parameters><pref><integer>1</integer></pref><type><text>work</"
		"text><text>voice"
		"</text></type></parameters><uri>tel:+1-303-308-3282</uri></tel>",
		"<TEL><WORK/><VOICE/><PREF/><NUMBER>+1-303-308-3282</NUMBER></TEL>"},
	{"<TEL><HOME/><MSG/><NUMBER>303 308</NUMBER></TEL>",
		"<tel><parameters><type><text>home</text><text>msg</text></type></parameters>"
		"<text>303 308</text></tel>",
		NULL},
	{"<EMAIL><INTERNET/><HOME/><USERID>a@b</USERID></EMAIL>",
		"<email><parameters><type><text>home</text></type></parameters><text>a@b</text></"
		"email>",
		NULL},
	{"<JABBERID>stpeter@jabber.org</JABBERID>",
		"<impp><uri>xmpp:stpeter@jabber.org</uri></impp>", NULL},
	{"<TZ>America/Denver</TZ><TITLE>T</TITLE><ROLE>R</ROLE><MAILER>M</MAILER>",
		"<tz><text>America/Denver</text></tz><title><text>T</text></title><role><text>R</"
		"text>"
		"</role><mailer><text>M</text></mailer>",
		NULL},
	{"<GEO><LAT>39.59</LAT><LON>-105.01</LON></GEO>", "<geo><uri>geo:39.59,-105.01</uri></geo>",
		NULL},
	{"<ORG><ORGNAME>O</ORGNAME><ORGUNIT>U</ORGUNIT><ORGUNIT>V</ORGUNIT></ORG>",
		"<org><text>O</text><text>U</text><text>V</text></org>", NULL},
	{"<CATEGORIES><KEYWORD>a</KEYWORD><KEYWORD>b</KEYWORD></CATEGORIES>",
		"<categories><text>a</text><text>b</text></categories>", NULL},
	{"<UID>42</UID><URL>https://a/</URL>",
		"<uid><text>42</text></uid><url><uri>https://a/</uri></url>", NULL},
	{"<TZ>-05:00</TZ>", "<tz><utc-offset>-0500</utc-offset></tz>", NULL},
	{"<DESC>d</DESC>", "<note><text>d</text></note>", NULL},
	{"<NOTE>n</NOTE>", "<note><text>n</text></note>", "<DESC>n</DESC>"},
	{"<KEY><CRED>k</CRED></KEY>", "<key><text>k</text></key>", NULL},
	{"<CLASS><PUBLIC/></CLASS>", "<class><text>PUBLIC</text></class>", NULL},
	/* what has no mapping */
	{"<X-FOO>a</X-FOO>", "<x-foo><text>a</text></x-foo>", NULL},
	{"<FOO>a</FOO>", "<x-foo><text>a</text></x-foo>", "<X-FOO>a</X-FOO>"},
	{"<LABEL><HOME/><LINE>a</LINE></LABEL>",
		"<LABEL xmlns=\"vcard-temp\"><HOME/><LINE>a</LINE></LABEL>", NULL},
	{"<x xmlns=\"urn:e\"/>", "<x xmlns=\"urn:e\"/>", ""},
	{"<VERSION>3.0</VERSION>", "", ""},
};

START_TEST(vcard_temp_becomes_vcard4_and_back)
{
	const char *back = mappings[_i].back ? mappings[_i].back : mappings[_i].temp;
	const struct vcard *card = temp_of(mappings[_i].temp);

	ck_assert_str_eq(xml_of(card), mappings[_i].v4);
	ck_assert_str_eq(temp_xml(card),
		*back ? arena_printf(arena, "<vCard xmlns=\"vcard-temp\">%s</vCard>", back)
		      : "<vCard xmlns=\"vcard-temp\"/>");
}
END_TEST

START_TEST(what_vcard_temp_can_not_say_is_left_out)
{
	const struct vcard *card =
		card_of("<gender><sex>F</sex></gender><impp><uri>sip:a@b</uri></"
			"impp><tel><parameters><type><text>"
			"x y</text></type></parameters><uri>tel:+1;ext=2</uri></tel>");

	ck_assert_str_eq(temp_xml(card),
		"<vCard xmlns=\"vcard-temp\"><TEL><NUMBER>+1 ext. 2</NUMBER>"
		"</TEL></vCard>");
}
END_TEST

START_TEST(a_blank_behind_the_scheme_is_no_part_of_a_number)
{
	ck_assert_str_eq(temp_xml(card_of("<tel><text>tel: +1 2</text></tel>")),
		"<vCard xmlns=\"vcard-temp\"><TEL><NUMBER>+1 2</NUMBER></TEL></vCard>");
}
END_TEST

START_TEST(another_element_is_refused)
{
	const char *why = NULL;

	ck_assert_ptr_null(vcard_from_temp(arena, xml_new(arena, NS_VCARD4, "vcard"), &why));
	ck_assert_str_eq(why, "not a <vCard/> of vcard-temp");
	ck_assert_ptr_null(vcard_from_temp(arena, NULL, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vcard_temp");
	TCase *tcase = tcase_create("XEP-0292, 9");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, vcard_temp_becomes_vcard4_and_back, 0,
		(int)(sizeof mappings / sizeof mappings[0]));
	tcase_add_test(tcase, what_vcard_temp_can_not_say_is_left_out);
	tcase_add_test(tcase, a_blank_behind_the_scheme_is_no_part_of_a_number);
	tcase_add_test(tcase, another_element_is_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
