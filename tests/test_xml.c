/* Tests of xml.h: the tree, the writer, whole documents. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

static struct xml *parse(const char *text)
{
	const char *why = NULL;
	struct xml *element =
		xml_parse(arena, text, strlen(text), "jabber:client", &xml_limits_stanza, &why);

	ck_assert_msg(element, "%s: %s", text, why ? why : "no reason");
	ck_assert_ptr_null(why);
	return element;
}

START_TEST(a_tree_is_built_and_written)
{
	struct xml *iq = xml_new(arena, NS_CLIENT, "iq");
	struct xml *query, *item;

	xml_set(arena, iq, "type", "get");
	xml_set(arena, iq, "id", "1");
	xml_set(arena, iq, "type", "result");
	xml_set(arena, iq, "to", NULL);
	query = xml_add(arena, iq, NS_DISCO_INFO, "query");
	item = xml_add(arena, query, NULL, "feature");
	xml_set(arena, item, "var", "a<b>&\"'\n\t\r");
	xml_add_text_element(arena, query, NULL, "x", "1 < 2\r\n\"");
	ck_assert_ptr_null(xml_add_text_element(arena, query, NULL, "y", NULL));
	ck_assert_str_eq(xml_to_string(arena, iq, NS_CLIENT),
		"<iq type=\"result\" id=\"1\"><query xmlns=\"" NS_DISCO_INFO "\">"
		"<feature var=\"a&lt;b&gt;&amp;&quot;&apos;&#10;&#9;&#13;\"/>"
		"<x>1 &lt; 2&#13;\n\"</x></query></iq>");
	xml_set(arena, iq, "type", NULL);
	xml_remove(query);
	ck_assert_str_eq(xml_to_string(arena, iq, NULL), "<iq xmlns=\"jabber:client\" id=\"1\"/>");
}
END_TEST

START_TEST(builders_pass_the_lack_of_memory_through)
{
	struct arena *small = arena_new(200);
	struct xml *top = xml_new(small, "", "a"), *child = top;

	for (int i = 0; i < 10; i++) {
		child = xml_add(small, child, "urn:x", "b");
		xml_set(small, child, "n", "v");
		xml_add_text(small, child, "text");
		xml_add_text_element(small, child, NULL, "c", "text");
	}
	ck_assert_ptr_null(child);
	ck_assert(arena_failed(small));
	ck_assert_ptr_null(xml_to_string(small, top, NULL));
	ck_assert_ptr_null(xml_copy(small, top));
	arena_free(small);
}
END_TEST

START_TEST(children_are_appended_moved_and_removed)
{
	struct xml *a = parse("<a><b/><c/><d/></a>");
	struct xml *e = parse("<e/>");
	struct xml *b = xml_child(a, NULL, "b"), *d = xml_child(a, NULL, "d");

	xml_append(e, b);
	xml_append(e, d);
	xml_append(e, b);
	ck_assert_str_eq(xml_to_string(arena, a, NS_CLIENT), "<a><c/></a>");
	ck_assert_str_eq(xml_to_string(arena, e, NS_CLIENT), "<e><d/><b/></e>");
	xml_remove(b);
	xml_remove(b);
	xml_append(e, xml_child(a, NULL, "c"));
	ck_assert_str_eq(xml_to_string(arena, e, NS_CLIENT), "<e><d/><c/></e>");
	ck_assert_str_eq(xml_to_string(arena, a, NS_CLIENT), "<a/>");
}
END_TEST

START_TEST(looking_tolerates_null)
{
	ck_assert(!xml_is(NULL, "", "a"));
	ck_assert_ptr_null(xml_child(NULL, NULL, "a"));
	ck_assert_ptr_null(xml_next(NULL, NULL, "a"));
	ck_assert_ptr_null(xml_get(NULL, "a"));
	ck_assert_ptr_null(xml_text(arena, NULL));
	ck_assert_ptr_null(xml_child_text(arena, NULL, "a"));
	ck_assert_ptr_null(xml_copy(arena, NULL));
}
END_TEST

START_TEST(elements_are_found_by_namespace_and_name)
{
	struct xml *a = parse("<a>text<b xmlns='urn:x'/><b>one<i/> two</b><b xml:lang='en'/>"
			      "<c xmlns='urn:x' p='1'/><e></e></a>");
	struct xml *b = xml_child(a, NULL, "b");

	ck_assert_str_eq(xml_text(arena, b), "one two");
	ck_assert_str_eq(xml_text(arena, a), "text");
	ck_assert_str_eq(xml_child_text(arena, a, "e"), "");
	ck_assert_ptr_null(xml_child_text(arena, a, "c"));
	ck_assert_str_eq(xml_child(a, "urn:x", NULL)->name, "b");
	ck_assert_str_eq(xml_child(a, NULL, NULL)->ns, NS_CLIENT);
	ck_assert_str_eq(xml_get(xml_child(a, "urn:x", "c"), "p"), "1");
	b = xml_next(b, NULL, "b");
	ck_assert_ptr_null(xml_get(b, "lang"));
	ck_assert_str_eq(b->attributes->ns, NS_XML);
	ck_assert_ptr_null(xml_next(b, NS_CLIENT, "c"));
	ck_assert_str_eq(xml_next(b, NULL, NULL)->name, "c");
	ck_assert(xml_is(a, NS_CLIENT, "a"));
	ck_assert(!xml_is(a->first, NS_CLIENT, "a"));
}
END_TEST

/* What is read, written within jabber:client. */
static const struct {
	const char *in, *out; /* NULL: the same */
} round_trips[] = {
	{"<a/>", NULL},
	{"<a xml:lang=\"en\">x</a>", NULL},
	{"<a xmlns=\"\"><b/></a>", NULL},
	{"<a><b xmlns=\"\"><c/><d xmlns=\"jabber:client\"/></b><e/></a>", NULL},
	{"<a xmlns='jabber:client'/>", "<a/>"},
	{"<p:a xmlns:p='urn:x'><p:b/><c/></p:a>",
		"<a xmlns=\"urn:x\"><b/><c xmlns=\"jabber:client\"/></a>"},
	{"<a xmlns:p='urn:x' p:b='1' c='2' p:d='3'/>",
		"<a xmlns:ns0=\"urn:x\" ns0:b=\"1\" c=\"2\" xmlns:ns1=\"urn:x\" ns1:d=\"3\"/>"},
	{"<a>x<!-- comment -->y<![CDATA[<&>]]></a>", "<a>xy&lt;&amp;&gt;</a>"},
	{"<?xml version='1.0'?>\n<a>\xc3\xa4\xf0\x9f\x98\x80&#233;\x7f</a>\n",
		"<a>\xc3\xa4\xf0\x9f\x98\x80\xc3\xa9\x7f</a>"},
	{"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", "<a>\xc3\xa4</a>"},
	{"<a b='x&#10;y&#9;z&#13;' c='&lt;&quot;'>1\r\n2&#13;</a>",
		"<a b=\"x&#10;y&#9;z&#13;\" c=\"&lt;&quot;\">1\n2&#13;</a>"},
	{"<xml:a><b/></xml:a>", NULL},
};

START_TEST(what_is_read_is_written_again)
{
	const char *in = round_trips[_i].in;
	struct xml *element = parse(in);
	const char *out = xml_to_string(arena, element, NS_CLIENT);

	ck_assert_str_eq(out, round_trips[_i].out ? round_trips[_i].out : in);
	ck_assert_str_eq(xml_to_string(arena, parse(out), NS_CLIENT), out);
	ck_assert_str_eq(xml_to_string(arena, xml_copy(arena, element), NS_CLIENT), out);
}
END_TEST

START_TEST(adjacent_text_is_one_piece_and_large_text_is_quick)
{
	static const struct {
		const char *piece;
		size_t count, len;
	} texts[] = {
		{"\n", 250000, 250000}, {"&lt;", 62500, 62500}, {"<![CDATA[x]]>", 20000, 20000}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct buffer in;
		struct xml *a;

		buffer_init(&in, 0);
		buffer_puts(&in, "<a>");
		for (size_t j = 0; j < texts[i].count; j++)
			buffer_puts(&in, texts[i].piece);
		buffer_puts(&in, "</a>");
		a = parse(buffer_string(&in));
		ck_assert_ptr_eq(a->first, a->last);
		ck_assert_uint_eq(a->first->text_len, texts[i].len);
		buffer_clear(&in);
	}
}
END_TEST

/* Documents that are refused, with a word of the reason. */
static const struct {
	const char *text, *why;
} refused[] = {
	{"", "no element"},
	{"<a>", "no element"},
	{"<a></b>", "mismatched"},
	{"<a/><b/>", "junk"},
	{"<a>\x01</a>", "invalid token"},
	{"<a>\xff</a>", "invalid token"},
	{"<a b='1' b='2'/>", "duplicate"},
	{"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type"},
	{"<!DOCTYPE a><a/>", "document type"},
	{"<a>&x;</a>", "undefined entity"},
	{"<?x y?><a/>", "processing instruction"},
	{"<a><?x y?></a>", "processing instruction"},
	{"<p:a/>", "unbound prefix"},
	{"<a b='1' c='2' d='3' e='4'/>", "attributes"},
	{"<a><b b='1' c='2' d='3' e='4'/></a>", "attributes"},
	{"<a><b><c><d/></c></b></a>", "deep"},
	{"<a><b/><b/><b/><b/><b/></a>", "elements"},
	{"<a>...............................................................................</a>",
		"too long"},
};

START_TEST(what_is_malformed_restricted_or_over_a_cap_is_refused)
{
	static const struct xml_limits limits = {
		.bytes = 80, .depth = 2, .elements = 5, .attributes = 3};
	const char *why = NULL;

	ck_assert_ptr_null(
		xml_parse(arena, refused[_i].text, strlen(refused[_i].text), NULL, &limits, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, refused[_i].why), "%s", why);
	ck_assert_ptr_null(
		xml_parse(arena, refused[_i].text, strlen(refused[_i].text), NULL, &limits, NULL));
}
END_TEST

START_TEST(what_is_just_within_the_caps_is_read)
{
	static const struct xml_limits limits = {
		.bytes = 80, .depth = 2, .elements = 5, .attributes = 3};
	static const char text[] = "<a b='1' c='2' d='3'><b><c/></b><b/><b/></a>";

	ck_assert_ptr_nonnull(xml_parse(arena, text, strlen(text), NULL, &limits, NULL));
}
END_TEST

START_TEST(reading_without_memory_fails)
{
	static const char text[] = "<a b='1' c='2' d='3'>text<b><c/></b><b/>text<b/></a>";

	for (size_t cap = 1; cap < 2000; cap += 7) {
		struct arena *small = arena_new(cap);
		const char *why = NULL;
		struct xml *a =
			xml_parse(small, text, strlen(text), "urn:x", &xml_limits_stanza, &why);

		ck_assert(!a == arena_failed(small));
		ck_assert(!a == !!why);
		arena_free(small);
	}
}
END_TEST

static const struct {
	const char *in;
	size_t len;
	const char *out;
} cleaned[] = {
	{"a\0b", 3,
		"a\xef\xbf\xbd"
		"b"},
	{"\x01\x08\x0b\x1f\t\n", 6, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\t\n"},
	{"\xc0\x80", 2, "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"x\xe2\x82", 3, "x\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", 9, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xf4\x90\x80\x80", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"<a b='\"'>&", 10, "&lt;a b=&apos;&quot;&apos;&gt;&amp;"},
	{"", 0, ""},
};

START_TEST(what_xml_forbids_never_gets_out)
{
	struct buffer out;

	buffer_init(&out, 0);
	xml_write_text(&out, cleaned[_i].in, cleaned[_i].len);
	ck_assert_str_eq(buffer_string(&out), cleaned[_i].out);
	buffer_clear(&out);
}
END_TEST

START_TEST(any_bytes_written_can_be_read)
{
	unsigned seed = 1;

	for (int i = 0; i < 3000; i++) {
		char bytes[24];
		struct xml *a = xml_new(arena, "urn:x", "a");
		const char *text, *why;

		for (size_t j = 0; j < sizeof(bytes); j++) {
			seed = seed * 1103515245u + 12345u;
			bytes[j] = (char)(seed >> 16);
		}
		bytes[sizeof(bytes) - 1] = '\0';
		xml_set(arena, a, "b", bytes);
		xml_add_text(arena, a, bytes);
		text = xml_to_string(arena, a, NULL);
		a = xml_parse(arena, text, strlen(text), NULL, &xml_limits_stanza, &why);
		ck_assert_msg(a, "%s: %s", text, why);
		ck_assert_str_eq(xml_to_string(arena, a, NULL), text);
		arena_reset(arena);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("xml");
	TCase *tc = tcase_create("tree");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_tree_is_built_and_written);
	tcase_add_test(tc, builders_pass_the_lack_of_memory_through);
	tcase_add_test(tc, children_are_appended_moved_and_removed);
	tcase_add_test(tc, looking_tolerates_null);
	tcase_add_test(tc, elements_are_found_by_namespace_and_name);
	suite_add_tcase(suite, tc);
	tc = tcase_create("reading and writing");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_read_is_written_again, 0, COUNT(round_trips));
	tcase_add_test(tc, adjacent_text_is_one_piece_and_large_text_is_quick);
	tcase_add_loop_test(
		tc, what_is_malformed_restricted_or_over_a_cap_is_refused, 0, COUNT(refused));
	tcase_add_test(tc, what_is_just_within_the_caps_is_read);
	tcase_add_test(tc, reading_without_memory_fails);
	tcase_add_loop_test(tc, what_xml_forbids_never_gets_out, 0, COUNT(cleaned));
	tcase_add_test(tc, any_bytes_written_can_be_read);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
