/* Tests of the codec of vCard text: RFC 6350, RFC 2426, vCard 2.1, RFC 6868. */
#include "tests/vcard_tests.h"

#define V2(lines) "BEGIN:VCARD\r\nVERSION:2.1\r\n" lines "END:VCARD\r\n"
#define V3(lines) "BEGIN:VCARD\r\nVERSION:3.0\r\n" lines "END:VCARD\r\n"
#define V4_0(lines) "BEGIN:VCARD\r\nVERSION:4.0\r\n" lines "END:VCARD\r\n"
#define TYPES(a) "<type><text>" a "</text></type>"

static struct vcard *read_bytes(const char *text, size_t len)
{
	struct vcard_reader reader;
	const char *why = NULL;
	struct vcard *card;

	vcard_reader_init(&reader, text, len);
	card = vcard_read(&reader, arena, &why);
	ck_assert_msg(card != NULL, "%s", why ? why : "none");
	return card;
}

static const char *written(const struct vcard *card, enum vcard_version version)
{
	struct buffer buf;
	const char *text;

	buffer_init(&buf, 0);
	ck_assert_int_eq(vcard_write(&buf, card, version), 0);
	text = arena_strdup(arena, buffer_string(&buf));
	buffer_clear(&buf);
	return text;
}

/* What is read, as the vCard4 XML of the model. */
static const struct {
	const char *text, *xml;
} readings[] = {
	/* vCard 2.1: bare types, encodings, soft breaks, charsets */
	{V2("TEL;CELL;PREF:1\r\n"),
		"<tel><parameters>" TYPES("cell") "<pref><integer>1</integer></pref></"
						  "parameters><text>1</text></tel>"},
	{V2("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:a=C3=\r\n=A4b=0D=0Ac\r\n"),
		"<note><text>a\xc3\xa4"
		"b\nc</text></note>"},
	{V2("FN;CHARSET=ISO-8859-1:\xe4\r\n"), "<fn><text>\xc3\xa4</text></fn>"},
	{V2("FN:\x80\xe4\r\n"), "<fn><text>\xe2\x82\xac\xc3\xa4</text></fn>"},
	{V2("FN;CHARSET=SHIFT_JIS:\x88\xc0\r\n"), "<fn><text>\xe5\xae\x89</text></fn>"},
	{V2("FN;CHARSET=no-such:a\r\n"), "<fn><text>a</text></fn>"},
	{V2("N:Doe, Inc;John\r\n"), "<n><surname>Doe, Inc</surname><given>John</given></n>"},
	{V2("NOTE:C:\\new\r\n"), "<note><text>C:\\new</text></note>"},
	{V2("PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/\r\n 4AAQ\r\n\r\nFN:a\r\n"),
		"<photo><uri>data:image/jpeg;base64,/9j/4AAQ</uri></photo><fn><text>a</text></fn>"},
	{V2("PHOTO;BASE64:iVBORw0K\r\nGgoAAA==\r\nFN:a\r\n"),
		"<photo><uri>data:image/png;base64,iVBORw0KGgoAAA==</uri></photo><fn><text>a</"
		"text></fn>"},
	{V2("AGENT:\r\nBEGIN:VCARD\r\nFN:b\r\nEND:VCARD\r\nFN:a\r\n"),
		"<agent><text>BEGIN:VCARD\nFN:b\nEND:VCARD\n</text></agent><fn><text>a</text></"
		"fn>"},
	{V2("AGENT:\r\nBEGIN:VCARD\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:c\r\nEND:VCARD\r\nEND:VCARD\r\n"
	    "FN:a\r\n"),
		"<agent><text>BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nFN:c\nEND:VCARD\nEND:VCARD\n</text>"
		"</agent><fn><text>a</text></fn>"},
	{V2("GEO:1.5;2.5\r\nGEO:1.5,2.5\r\n"),
		"<geo><uri>geo:1.5,2.5</uri></geo><geo><uri>geo:1.5,2.5</uri></geo>"},
	{V2("TEL;WORK;FAX;X-Car phone:1\r\nTEL;TYPE=HOME;TYPE=VOICE:2\r\n"),
		"<tel><parameters><type><text>work</text><text>fax</text><text>X-Car phone</text>"
		"</type></parameters><text>1</text></tel><tel><parameters><type><text>home</text>"
		"<text>voice</text></type></parameters><text>2</text></tel>"},
	/* a soft break inside of a character, and in front of what looks like a line */
	{V2("N;QUOTED-PRINTABLE;CHARSET=utf-8:=E5=\r\n=AE=89;=\r\nb;c\r\n"),
		"<n><surname>\xe5\xae\x89</surname><given>b</given><additional>c</additional></n>"},
	{V2("FN;QUOTED-PRINTABLE:a=\r\nTEL:1\r\n"), "<fn><text>aTEL:1</text></fn>"},
	{V2("FN;QUOTED-PRINTABLE:a=\r\n"), "<fn><text>a=</text></fn>"},
	/* a card has one charset, mostly: that of another line, where a line has none */
	{V2("FN:\xc1\r\nNOTE;CHARSET=Windows-1253:\xe1\r\nX-A;CHARSET=UTF-8:\xc3\xa4\r\n"),
		"<fn><text>\xce\x91</text></fn><note><text>\xce\xb1</text></note><x-a><unknown>"
		"\xc3\xa4</unknown></x-a>"},
	{V2("FN:\xc1\r\nEND:VCARD\r\nBEGIN:VCARD\r\nNOTE;CHARSET=Windows-1253:\xe1\r\n"),
		"<fn><text>\xc3\x81</text></fn>"},
	/* a line break written as a backslash before one */
	{V2("ADR:;;a\\\r\nb\\\r\nc;d\r\nNOTE:e\\\\\r\nf\r\nNOTE:g\\\r\nFN:h\r\n"),
		"<adr><pobox/><ext/><street>a\nb\nc</street><locality>d</locality></"
		"adr><note><text>"
		"e\\</text></note><note><text>g\\</text></note><fn><text>h</text></fn>"},
	{V2("NOTE:g\\\r\nX-A;X-B=\r\n c:h\r\n"),
		"<note><text>g\\</text></note><x-a><parameters><x-b><text> "
		"c</text></x-b></parameters>"
		"<unknown>h</unknown></x-a>"},
	/* vCard 3.0 */
	{V3("X-A:g\\\r\nrest\r\nFN:a\r\n"),
		"<x-a><unknown>g\\</unknown></x-a><fn><text>a</text></fn>"},
	{V3("TEL;TYPE=\"voice,home\",pref:1\r\n"),
		"<tel><parameters><type><text>voice</text>"
		"<text>home</text></type><pref><integer>1</integer></pref></parameters><text>1</"
		"text></tel>"},
	{V3("TEL;type=CELL;type=VOICE:1\r\n"), "<tel><parameters><type><text>cell</text><text>voice"
					       "</text></type></parameters><text>1</text></tel>"},
	/* the three forms of PREF */
	{V3("TEL;PREF:1\r\nTEL;TYPE=PREF:2\r\nTEL;PREF=1:3\r\nTEL;PREF;TYPE=pref;PREF=7:4\r\n"),
		"<tel><parameters><pref><integer>1</integer></pref></parameters><text>1</text></"
		"tel>"
		"<tel><parameters><pref><integer>1</integer></pref></parameters><text>2</text></"
		"tel>"
		"<tel><parameters><pref><integer>1</integer></pref></parameters><text>3</text></"
		"tel>"
		"<tel><parameters><pref><integer>1</integer></pref></parameters><text>4</text></"
		"tel>"},
	/* TYPE is the same in any case; a person's label isn't */
	{V3("TEL;TYPE=Home,IPHONE,Gartenlaube:1\r\n"),
		"<tel><parameters><type><text>home</text><text>iphone</text><text>Gartenlaube</"
		"text>"
		"</type></parameters><text>1</text></tel>"},
	{V3("item1.TEL:1\r\nitem1.X-ABLabel:_$!<Other>!$_\r\n"),
		"<group "
		"name=\"item1\"><tel><text>1</text></tel><x-ablabel><unknown>_$!&lt;Other&gt;!$_"
		"</unknown></x-ablabel></group>"},
	{V3("NOTE:a\\nb\\Nc\\,d\\;e\\\\f\\x\r\n"), "<note><text>a\nb\nc,d;e\\f\\x</text></note>"},
	{V3("BDAY:1996-04-15\r\nREV:1995-10-31T22:27:10Z\r\n"),
		"<bday><date>19960415</date></bday><rev><timestamp>19951031T222710Z</timestamp></"
		"rev>"},
	{V3("TZ:-05:00\r\n"), "<tz><utc-offset>-0500</utc-offset></tz>"},
	{V3("TZ;VALUE=utc-offset:-05:00\r\n"), "<tz><utc-offset>-0500</utc-offset></tz>"},
	{V3("UID:42\r\nURL:http\\://a.b/\r\n"),
		"<uid><text>42</text></uid><url><uri>http://a.b/</uri></url>"},
	{V3("PHOTO;VALUE=uri:http://a.b/c\r\n"), "<photo><uri>http://a.b/c</uri></photo>"},
	{V3("FN:\r\nN:;;;;\r\nNICKNAME:a,b\r\n"),
		"<nickname><text>a</text><text>b</text></nickname>"},
	{V3("AGENT:BEGIN:VCARD\\nFN:b\\, c\\nEND:VCARD\r\nFN:a\r\n"),
		"<agent><text>BEGIN:VCARD\nFN:b, "
		"c\nEND:VCARD</text></agent><fn><text>a</text></fn>"},
	{V3("PHOTO;TYPE=WORK,JPEG;ENCODING=B:/9j/\r\nKEY;ENCODING=b;TYPE=X509:AA==\r\n"),
		"<photo><parameters>" TYPES("work") "</parameters><uri>data:image/jpeg;base64,/9j/"
						    "</uri></photo><key><uri>data:application/"
						    "pkix-cert;base64,AA==</uri></key>"},
	{V3("X-PIC;ENCODING=b:AA AAA\r\nX-PIC;ENCODING=b:AAA\r\nX-PIC;ENCODING=b:AA==\r\n"),
		"<x-pic><parameters><encoding><text>b</text></encoding></parameters><unknown>AAAA"
		"</unknown></x-pic><x-pic><parameters><encoding><text>b</text></encoding></"
		"parameters>"
		"<unknown>AAA=</unknown></x-pic><x-pic><parameters><encoding><text>b</text></"
		"encoding>"
		"</parameters><unknown>AA==</unknown></x-pic>"},
	{V3("NOTE:\\\"a\\\"\r\n"), "<note><text>\"a\"</text></note>"},
	{V3("TEL;VALUE=uri:tel: +44 7700 900123;ext=12\r\n"),
		"<tel><uri>tel: +44 7700 900123;ext=12</uri></tel>"},
	{V3("X-PIC;ENCODING=b:AAAA\r\n"), "<x-pic><parameters><encoding><text>b</text></encoding>"
					  "</parameters><unknown>AAAA</unknown></x-pic>"},
	/* vCard 4.0 and RFC 6868 */
	{V4_0("N:A,B;C;;;\r\n"), "<n><surname>A</surname><surname>B</surname><given>C</given>"
				 "<additional/><prefix/><suffix/></n>"},
	{V4_0("ORG:A\\;B;C,D\r\n"), "<org><text>A;B</text><text>C,D</text></org>"},
	{V4_0("TEL;VALUE=uri;PREF=1;TYPE=\"voice,home\":tel:+1-555;ext=5\r\n"),
		"<tel><parameters><pref><integer>1</integer></pref><type><text>voice</"
		"text><text>home"
		"</text></type></parameters><uri>tel:+1-555;ext=5</uri></tel>"},
	{V4_0("NOTE;X-A=\"a:b;c,d\",e;X-B=^n^^^'^x:v\r\n"),
		"<note><parameters><x-a><text>a:b;c,d</text><text>e</text></"
		"x-a><x-b><text>\n^\"^x</text>"
		"</x-b></parameters><text>v</text></note>"},
	{V4_0("PHOTO:data:image/png;base64,iVBO\r\nPHOTO;VALUE=uri:http://a.b/c\r\n"),
		"<photo><uri>data:image/png;base64,iVBO</uri></photo><photo><uri>http://a.b/c</uri>"
		"</photo>"},
	{V4_0("X-FOO:a\\,b\r\nX-BAR;VALUE=text:a\\,b\r\n"),
		"<x-foo><unknown>a\\,b</unknown></x-foo><x-bar><text>a,b</text></x-bar>"},
	{V4_0("XML:<x xmlns=\"urn:e\">a\\,b</x>\r\nXML:broken<\r\n"),
		"<x xmlns=\"urn:e\">a,b</x><xml><text>broken&lt;</text></xml>"},
	{V4_0("ADR;LABEL=\"a\\nb\":;;S;L\r\n"),
		"<adr><parameters><label><text>a\nb</text></label>"
		"</parameters><pobox/><ext/><street>S</street><locality>L</locality></adr>"},
	/* folding, also inside of a character; RFC 6350, 3.2 */
	{V4_0("NO\r\n TE:a\xc3\r\n \xa4\r\n\t b\r\n"), "<note><text>a\xc3\xa4 b</text></note>"},
	{"BEGIN:VCARD\nVERSION:3.0\nFN:a\nNOTE:b\n c\nEND:VCARD",
		"<fn><text>a</text></fn><note><text>bc"
		"</text></note>"},
	/* escapes where there are none: a URI; RFC 6350, 3.4 */
	{V4_0("URL:http://a.example/b\\,c\\\\\\\\d\\ne\r\n"),
		"<url><uri>http://a.example/b,c\\\\\\\\d\\ne</uri></url>"},
	/* what is broken */
	{"BEGIN:VCARD\r\nVERSION: 4.0\r\nNOTE;X=^n:a\\nb\r\nEND:VCARD\r\n",
		"<note><parameters><x><text>\n</text></x></parameters><text>a\nb</text></note>"},
	{"\xef\xbb\xbf"
	 "begin:vcard \r\nversion:4.0\r\nfn:a\r\n",
		"<fn><text>a</text></fn>"},
	{"junk\r\nBEGIN:VCARD\r\nno colon\r\nFN:a\r\nBEGIN:VCARD\r\nFN:b\r\n",
		"<fn><text>a</text></fn>"},
	{V3("2ND:a\r\nX-a/b:c\r\n:d\r\n///:e\r\n"),
		"<x-2nd><unknown>a</unknown></x-2nd><x-a-b><unknown>c"
		"</unknown></x-a-b>"},
	{V3("NOTE:a\x01"
	    "b\x7f\r\n"),
		"<note><text>ab\x7f</text></note>"},
	{V3("TEL;TYPE:1\r\nTEL;;=x;TYPE=:2\r\n"),
		"<tel><parameters>" TYPES("type") "</parameters><text>1"
						  "</text></tel><tel><text>2</text></tel>"},
};

START_TEST(text_is_read_as_meant)
{
	const char *text = readings[_i].text;

	ck_assert_str_eq(xml_of(read_bytes(text, strlen(text))), readings[_i].xml);
}
END_TEST

START_TEST(what_was_read_is_written_and_read_the_same)
{
	const char *text = readings[_i].text;
	const struct vcard *card = read_bytes(text, strlen(text)), *again;

	text = written(card, VCARD_4_0);
	again = read_bytes(text, strlen(text));
	ck_assert_str_eq(written(again, VCARD_4_0), text);
}
END_TEST

START_TEST(utf16_is_read_with_and_without_bom)
{
	static const char text[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\n b\r\nEND:VCARD\r\n";
	char wide[2 * sizeof text + 2];

	for (int big = 0; big < 2; big++) {
		size_t len = 2;

		wide[0] = big ? '\xfe' : '\xff';
		wide[1] = big ? '\xff' : '\xfe';
		for (size_t i = 0; i + 1 < sizeof text; i++) {
			wide[len + (size_t)big] = text[i];
			wide[len + (size_t)!big] = '\0';
			len += 2;
		}
		ck_assert_str_eq(vcard_name(read_bytes(wide, len)), "ab");
		ck_assert_str_eq(vcard_name(read_bytes(wide + 2, len - 2)), "ab");
	}
}
END_TEST

START_TEST(a_nul_is_left_out)
{
	static const char text[] =
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\0b\r\n c\0d\r\nN\0:x\r\nTEL;A\0B="
		"\0:\0001\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=00b\r\nEND:VCARD\r\n";
	const struct vcard *card = read_bytes(text, sizeof text - 1);

	ck_assert_str_eq(vcard_name(card), "abcd");
	ck_assert_str_eq(vcard_text(vcard_first(card, "N")), "x");
	ck_assert_str_eq(vcard_text(vcard_first(card, "TEL")), "1");
	ck_assert_str_eq(vcard_text(vcard_first(card, "NOTE")), "ab");
}
END_TEST

START_TEST(cards_come_one_after_the_other_and_broken_ones_are_passed_over)
{
	struct vcard_reader reader;
	struct buffer buf;
	const char *why = "x";

	buffer_init(&buf, 0);
	buffer_puts(&buf, V3("FN:a\r\n") "\r\nBEGIN:VCARD\r\nVERSION:3.0\r\n");
	for (int i = 0; i <= VCARD_PROPERTIES_MAX; i++)
		buffer_puts(&buf, "TEL:1\r\n");
	buffer_puts(&buf, "END:VCARD\r\n" V4_0("FN:c\r\n"));
	vcard_reader_init(&reader, buf.data, buf.len);
	ck_assert_str_eq(vcard_name(vcard_read(&reader, arena, &why)), "a");
	ck_assert_ptr_null(why);
	ck_assert_ptr_null(vcard_read(&reader, arena, &why));
	ck_assert_str_eq(why, "line 6: a vCard of more than 1000 properties");
	ck_assert_str_eq(vcard_name(vcard_read(&reader, arena, &why)), "c");
	ck_assert_ptr_null(vcard_read(&reader, arena, &why));
	ck_assert_ptr_null(why);
	buffer_clear(&buf);
}
END_TEST

START_TEST(too_many_values_are_refused)
{
	struct vcard_reader reader;
	struct buffer buf;
	const char *why = NULL;

	buffer_init(&buf, 0);
	buffer_puts(&buf, "BEGIN:VCARD\r\nCATEGORIES:");
	for (int i = 0; i < 10000; i++)
		buffer_puts(&buf, "a,");
	buffer_puts(&buf, "\r\nEND:VCARD\r\n");
	vcard_reader_init(&reader, buf.data, buf.len);
	ck_assert_ptr_null(vcard_read(&reader, arena, &why));
	ck_assert_str_eq(why, "line 1: a vCard with too many values");
	buffer_clear(&buf);
}
END_TEST

/* The model, by its XML, and its lines in 3.0 and 4.0. */
static const struct {
	const char *xml, *v3, *v4;
} writings[] = {
	{"", V3("N:;;;;\r\nFN:\r\n"), V4_0("FN:\r\n")},
	{"<fn><text>a,b;c\nd\\</text></fn>", V3("N:;;;;\r\nFN:a\\,b\\;c\\nd\\\\\r\n"),
		V4_0("FN:a\\,b\\;c\\nd\\\\\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><tel><parameters><type><text>home</"
	 "text>"
	 "</type><pref><integer>1</integer></pref></parameters><uri>tel:+1-2;ext=3</uri></tel>",
		V3("FN:a\r\nN:b\r\nTEL;TYPE=home,pref:+1-2 ext. 3\r\n"),
		V4_0("FN:a\r\nN:b\r\nTEL;TYPE=home;PREF=1;VALUE=uri:tel:+1-2;ext=3\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><tel><parameters><pref><integer>100"
	 "</integer></pref><x-retired><text>20240101</text></x-retired></parameters><text>1</"
	 "text></tel>",
		V3("FN:a\r\nN:b\r\nTEL;PREF=100;X-RETIRED=20240101:1\r\n"),
		V4_0("FN:a\r\nN:b\r\nTEL;PREF=100;X-RETIRED=20240101:1\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><photo><uri>data:image/"
	 "jpeg;base64,AAAA</uri>"
	 "</photo><bday><date>19960415</date></bday><geo><uri>geo:1,2</uri></geo>",
		V3("FN:a\r\nN:b\r\nPHOTO;ENCODING=b;TYPE=jpeg:AAAA\r\nBDAY:1996-04-15\r\nGEO:1;"
		   "2\r\n"),
		V4_0("FN:a\r\nN:b\r\nPHOTO:data:image/"
		     "jpeg;base64,AAAA\r\nBDAY:19960415\r\nGEO:geo:1,2\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><photo><uri>http://a/</uri></photo>"
	 "<bday><text>circa</text></bday>",
		V3("FN:a\r\nN:b\r\nPHOTO;VALUE=uri:http://a/\r\nBDAY;VALUE=text:circa\r\n"),
		V4_0("FN:a\r\nN:b\r\nPHOTO:http://a/\r\nBDAY;VALUE=text:circa\r\n")},
	{"<fn><text>\x7f\xe2\x80\xa8 </text></fn><n><surname>b</surname></n>",
		V3("FN:b\r\nN:b\r\n"), V4_0("FN:b\r\nN:b\r\n")},
	/* data that were cut off; 3.0 says that they can be decoded */
	{"<fn><text>a</text></fn><n><surname>b</surname></n><photo><uri>data:image/png;base64,AA</"
	 "uri></photo>",
		V3("FN:a\r\nN:b\r\nPHOTO;ENCODING=b;TYPE=png:AA==\r\n"),
		V4_0("FN:a\r\nN:b\r\nPHOTO:data:image/png;base64,AA\r\n")},
	/* no empty name, and no empty TYPE */
	{"<fn><text> "
	 "</text></fn><n><surname>b</surname><given>a</given></n><tel><parameters><type><text/>"
	 "</type></parameters><text>1</text></tel><tel><parameters><type><text/><text>home</text></"
	 "type>"
	 "</parameters><text>2</text></tel>",
		V3("FN:a b\r\nN:b;a\r\nTEL:1\r\nTEL;TYPE=home:2\r\n"),
		V4_0("FN:a b\r\nN:b;a\r\nTEL:1\r\nTEL;TYPE=home:2\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><tel><uri>tel: +44 7700 "
	 "900123;ext=12</uri></tel>"
	 "<tel><uri>tel:+447700900123</uri></tel><tel><uri>sip:a@b.example</uri></tel>"
	 "<key><uri>data:application/pgp-keys;base64,AAAA</uri></key>"
	 "<anniversary><date-time>20090808T1430-0500</date-time></anniversary>"
	 "<rev><timestamp>20090808T143000Z</timestamp></rev>",
		V3("FN:a\r\nN:b\r\nTEL:+44 7700 900123 ext. 12\r\nTEL:+447700900123\r\n"
		   "TEL:sip:a@b.example\r\nKEY;ENCODING=b;TYPE=pgp:AAAA\r\n"
		   "ANNIVERSARY:2009-08-08T14:30-05:00\r\nREV:2009-08-08T14:30:00Z\r\n"),
		V4_0("FN:a\r\nN:b\r\nTEL;VALUE=uri:tel: +44 7700 900123;ext=12\r\n"
		     "TEL;VALUE=uri:tel:+447700900123\r\nTEL;VALUE=uri:sip:a@b.example\r\n"
		     "KEY:data:application/pgp-keys;base64,AAAA\r\n"
		     "ANNIVERSARY:20090808T1430-0500\r\nREV:20090808T143000Z\r\n")},
	/* nothing breaks out of its line, nor of what other readers take for one */
	{"<fn><text>a\xe2\x80\xa8UID:1\xe2\x80\xa9\xc2\x85"
	 "b</text></fn><n><surname>b</surname></n><url><uri>x:\xc2\x85TEL:1</uri></url>",
		V3("FN:a\\nUID:1\\n\\nb\r\nN:b\r\nURL:x:\\nTEL:1\r\n"),
		V4_0("FN:a\\nUID:1\\n\\nb\r\nN:b\r\nURL:x:\\nTEL:1\r\n")},
	{"<fn><text>a&#13;&#10;TEL:1</text></fn><n><surname>b</surname></n>"
	 "<group name=\"g.TEL:1\"><note><parameters><x-a><text>&quot;:&#10;TEL:1^</text></x-a>"
	 "</parameters><text>c</text></note></group><url><uri>x:&#10;TEL:1</uri></url>",
		V3("FN:a\\nTEL:1\r\nN:b\r\ngTEL1.NOTE;X-A=\"': TEL:1^\":c\r\nURL:x:\\nTEL:1\r\n"),
		V4_0("FN:a\\nTEL:1\r\nN:b\r\ngTEL1.NOTE;X-A=\"^':^nTEL:1^^\":c\r\nURL:x:\\nTEL:"
		     "1\r\n")},
	{"<fn><text>a</text></fn><n><surname>b</surname></n><end><text>VCARD</text></"
	 "end><version><text>2.1"
	 "</text></version>",
		V3("FN:a\r\nN:b\r\n"), V4_0("FN:a\r\nN:b\r\n")},
};

START_TEST(cards_are_written_in_both_versions)
{
	const struct vcard *card = card_of(writings[_i].xml);

	ck_assert_str_eq(written(card, VCARD_3_0), writings[_i].v3);
	ck_assert_str_eq(written(card, VCARD_4_0), writings[_i].v4);
}
END_TEST

/* ---- In and out again ---- */
#define NAMED(lines) "FN:a\r\nN:b;c;;;\r\n" lines

static const char *const same_in_3[] = {
	V3(NAMED(
		"TEL;TYPE=home,voice:+44 7700 900123\r\nitem1.TEL:1\r\nitem1.X-ABLabel:Laube\r\n")),
	V3(NAMED("TEL;X-A=1;TYPE=Laube;X-B=\"c;d\",e:1\r\nX-FOO;X-A=b:a\\,b;c\r\nX-FOO:d\r\n")),
	V3(NAMED("BDAY;VALUE=date:1996-04-15\r\nREV;VALUE=date:1996-04-15\r\nREV:1995-10-31T22:27:"
		 "10Z\r\n")),
	V3(NAMED("TEL;VALUE=phone-number;TYPE=cell:1\r\nRELATED;VALUE=text;TYPE=child:a\r\n")),
	V3(NAMED("PHOTO;VALUE=uri;TYPE=jpeg:http://a/"
		 "\r\nPHOTO;VALUE=binary;ENCODING=b;TYPE=png:AAAA\r\n")),
	V3(NAMED("PHOTO;VALUE=content-id:cid:a@b\r\nKEY;ENCODING=b;TYPE=x509:AA==\r\n")),
	V3(NAMED("GEO:37.386013;-122.082932\r\nTZ;VALUE=utc-offset:-05:00\r\nTZ;VALUE=text:-05:"
		 "00\\; EST\r\n")),
	V3(NAMED("ADR;LABEL=a\\nb:;;S\\, T;L;;;\r\nLABEL;TYPE=work:a\\nb\\, c\r\n")),
	V3(NAMED("AGENT:BEGIN:VCARD\\nFN:b\\nEND:VCARD\r\nCATEGORIES:a,b\\,c\r\nSOUND;ENCODING=b:"
		 "AAAA\r\n")),
};
static const char *const same_in_4[] = {
	V4_0(NAMED("TEL;VALUE=uri;PREF=1;TYPE=home,voice:tel:+44-7700-900123;ext=5\r\n")),
	V4_0(NAMED("TEL;PREF=3;VALUE=text;TYPE=\"a:b\":1\r\nitem1.TEL:1\r\nitem1.X-ABLabel:L\r\n")),
	V4_0(NAMED("BDAY;VALUE=text:circa 1800\r\nBDAY;VALUE=date:--0415\r\nBDAY:19960415\r\n")),
	V4_0(NAMED("REV;VALUE=timestamp:20161119T174422Z\r\nREV;VALUE=date-and-or-time:2016\r\n")),
	V4_0(NAMED("NOTE;ALTID=1;LANGUAGE=de;X-A=^n^^^':a\\nb\r\nNOTE;ALTID=1;LANGUAGE=en:c\r\n")),
	V4_0(NAMED(
		"PHOTO:data:image/png;base64,iVBO\r\nPHOTO;VALUE=uri;MEDIATYPE=a/b:http://a/\r\n")),
	V4_0(NAMED(
		"ADR;LABEL=a^nb:;;S\\;T,U;L;;;\r\nGEO:geo:1,2\r\nTZ;VALUE=utc-offset:-0500\r\n")),
	V4_0(NAMED("X-FOO;VALUE=uri:a:b\r\nX-FOO:a\\,b\r\nRELATED;VALUE=text:a\r\nUID:urn:uuid:"
		   "1\r\n")),
};

START_TEST(a_card_of_3_comes_out_as_it_was)
{
	const char *text = same_in_3[_i];

	ck_assert_str_eq(written(read_bytes(text, strlen(text)), VCARD_3_0), text);
}
END_TEST

START_TEST(a_card_of_4_comes_out_as_it_was)
{
	const char *text = same_in_4[_i];

	ck_assert_str_eq(written(read_bytes(text, strlen(text)), VCARD_4_0), text);
}
END_TEST

/* What VALUE says depends on the version. */
START_TEST(a_card_of_3_comes_back_from_4)
{
	const char *text = written(read_bytes(same_in_3[_i], strlen(same_in_3[_i])), VCARD_4_0);
	const struct vcard *back = read_bytes(text, strlen(text));
	const char *once = same_in_3[_i];

	for (size_t i = 0; i < 2; i++) {
		static const char *const words[] = {"VALUE=binary;", "VALUE=phone-number;"};
		const char *at = strstr(once, words[i]);

		if (at)
			once = arena_printf(
				arena, "%.*s%s", (int)(at - once), once, at + strlen(words[i]));
	}
	ck_assert_str_eq(written(back, VCARD_3_0), once);
}
END_TEST

START_TEST(lines_are_folded_at_75_octets_between_characters)
{
	struct vcard *card = vcard_new(arena);
	char note[1001];
	const char *text, *line;

	for (size_t i = 0; i < 1000; i += 2)
		memcpy(note + i, "\xc3\xa4", 2);
	note[1000] = '\0';
	vcard_add(card, NULL, "FN", "text", "a");
	vcard_add(card, NULL, "NOTE", "text", note);
	text = written(card, VCARD_4_0);
	for (line = text; *line; line = strstr(line, "\r\n") + 2) {
		size_t len = strcspn(line, "\r");

		ck_assert_uint_le(len, 75);
		ck_assert_int_ne(line[0] & 0xc0, 0x80);
		ck_assert(line[0] != ' ' || ((unsigned char)line[1] & 0xc0) != 0x80);
	}
	ck_assert_str_eq(vcard_text(vcard_first(read_bytes(text, strlen(text)), "NOTE")), note);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
	Suite *suite = suite_create("vcard_text");
	TCase *tcase = tcase_create("reading"), *out = tcase_create("writing");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, text_is_read_as_meant, 0, COUNT(readings));
	tcase_add_loop_test(tcase, what_was_read_is_written_and_read_the_same, 0, COUNT(readings));
	tcase_add_test(tcase, utf16_is_read_with_and_without_bom);
	tcase_add_test(tcase, a_nul_is_left_out);
	tcase_add_test(tcase, cards_come_one_after_the_other_and_broken_ones_are_passed_over);
	tcase_add_test(tcase, too_many_values_are_refused);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(out, set_up, tear_down);
	tcase_add_loop_test(out, cards_are_written_in_both_versions, 0, COUNT(writings));
	tcase_add_loop_test(out, a_card_of_3_comes_out_as_it_was, 0, COUNT(same_in_3));
	tcase_add_loop_test(out, a_card_of_4_comes_out_as_it_was, 0, COUNT(same_in_4));
	tcase_add_loop_test(out, a_card_of_3_comes_back_from_4, 0, COUNT(same_in_3));
	tcase_add_test(out, lines_are_folded_at_75_octets_between_characters);
	suite_add_tcase(suite, out);
	return run_suite(suite);
}
