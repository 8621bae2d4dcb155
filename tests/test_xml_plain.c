/* Tests of xml_plain.h: what is read without expat is what expat reads, and what isn't plain is
 * left to it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml_parse.h"
#include "common/xml_plain.h"
#include "tests/xml_same.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

static const struct xml_limits limits = {200, 2, 6, 3};

static const char *const plain[] = {
	"<a/>",
	"<a></a>",
	"<a b='1'/>",
	"<a b='1' />",
	"<a b=\"it's\" c='\"'/>",
	"<a\nb='1'/>",
	"<a xmlns='urn:x'><b/><c xmlns=''><d/></c></a>",
	"<a xmlns=''><b/></a>",
	"<a xmlns='urn:x'><b xmlns='urn:x'/><c xmlns='urn:y'/></a>",
	"<iq xml:lang='en' to='a@b/c' id=\"1\"><ping xmlns='urn:xmpp:ping'/></iq>",
	"<a lang='x' xml:lang='en'/>",
	"<a>text</a>",
	"<a> <b/>\n\t<b/> </a>",
	"<a>1 &lt; 2 &amp;&gt;&quot;&apos;&#9;&#10;&#13;</a>",
	"<a b='&lt;&amp;&gt;&quot;&apos;&#9;&#10;&#13;'/>",
	"<a b='&#10;'>&amp;</a>",
	"<a>&amp;<b/>&amp;</a>",
	"<a>a > b '\"</a>",
	"<a b=']]>'/>",
	"<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</a>",
	"<a b='\xc3\xa4'/>",
	"<a>\x7f\xc2\x85</a>",
	"<_a-b.c1 d_e='1'/>",
	"<a b='' c=''/>",
	"<a><b><c/></b></a>",
	"<a><b/><b/><b/><b/><b/></a>",
	"<a b='1' c='2' d='3' xmlns='urn:x'/>",
};

START_TEST(what_is_plain_is_read_as_expat_reads_it)
{
	static const char *const contexts[] = {NULL, "", NS_CLIENT};
	const char *text = plain[_i];

	for (size_t i = 0; i < sizeof(contexts) / sizeof(*contexts); i++) {
		struct xml *read =
			xml_plain_read(arena, text, strlen(text), 0, contexts[i], &limits);

		ck_assert_msg(read, "%s", text);
		ck_assert_msg(xml_same(read, xml_parse_any(arena, text, strlen(text), contexts[i],
						     &limits, NULL)),
			"%s", text);
	}
}
END_TEST

static const char *const others[] = {
	"",
	" <a/>",
	"<a/> ",
	"<a/><b/>",
	"a",
	"<",
	"<a",
	"<a>",
	"<a/",
	"</a>",
	"<a></b>",
	"<a></a >",
	"<a><b></a></b>",
	"<?xml version='1.0'?><a/>",
	"<!DOCTYPE a><a/>",
	"<!-- a --><a/>",
	"<a><!-- a --></a>",
	"<a><![CDATA[a]]></a>",
	"<a><?b?></a>",
	"<p:a xmlns:p='urn:x'/>",
	"<a xmlns:p='urn:x'/>",
	"<a p:b='1'/>",
	"<xml:a/>",
	"<a xmlns='urn:x' xmlns='urn:y'/>",
	"<a xmlns='" NS_XML "'/>",
	"<a xmlns='http://www.w3.org/2000/xmlns/'/>",
	"<a b='1' b='2'/>",
	"<a xml:b='1' xml:b='2'/>",
	"<a b=1/>",
	"<a b/>",
	"<a b='1'c='2'/>",
	"<a b = '1'/>",
	"<a b='1'/ >",
	"<a b='<'/>",
	"<a b='\t'/>",
	"<a b='\n'/>",
	"<a b='&b;'/>",
	"<a b='&#65;'/>",
	"<a>]]></a>",
	"<a>\r</a>",
	"<a>\x01</a>",
	"<a>&</a>",
	"<a>&b;</a>",
	"<a>&#x41;</a>",
	"<a>&#0;</a>",
	"<a>\xff</a>",
	"<a>\xc0\x80</a>",
	"<a>\xed\xa0\x80</a>",
	"<a>\xef\xbf\xbe</a>",
	"<a>\xf4\x90\x80\x80</a>",
	"<a>\xc3</a>",
	"<1/>",
	"<-a/>",
	"<\xc3\xa4/>",
	"<a><b><c><d/></c></b></a>",
	"<a><b/><b/><b/><b/><b/><b/></a>",
	"<a b='1' c='2' d='3' e='4'/>",
};

START_TEST(what_is_not_plain_is_left_to_expat)
{
	const char *text = others[_i];

	ck_assert_msg(!xml_plain_read(arena, text, strlen(text), 0, NULL, &limits), "%s", text);
}
END_TEST

START_TEST(what_is_too_long_or_has_a_nul_is_not_plain)
{
	char text[300];

	memset(text, 'x', sizeof(text));
	memcpy(text, "<a>", 3);
	memcpy(text + limits.bytes - 4, "</a>", 4);
	ck_assert_ptr_nonnull(xml_plain_read(arena, text, limits.bytes, 0, NULL, &limits));
	memcpy(text + limits.bytes - 4, "x</a>", 5);
	ck_assert_ptr_null(xml_plain_read(arena, text, limits.bytes + 1, 0, NULL, &limits));
	for (int len = XML_NAMESPACE_MAX; len <= XML_NAMESPACE_MAX + 1; len++) {
		char *declared = arena_printf(arena, "<a xmlns='%0*d'/>", len, 0);
		bool is_plain = xml_plain_read(
			arena, declared, strlen(declared), 0, NULL, &xml_limits_stanza);

		ck_assert_int_eq(is_plain, len == XML_NAMESPACE_MAX);
	}
	ck_assert_ptr_null(xml_plain_read(arena, "<a>\0</a>", 8, 0, NULL, &limits));
	ck_assert_ptr_null(xml_plain_read(arena, "<a\0/>", 5, 0, NULL, &limits));
}
END_TEST

START_TEST(a_stanza_is_a_level_below_the_root)
{
	static const char text[] = "<a><b><c/></b></a>";

	ck_assert_ptr_nonnull(xml_plain_read(arena, text, strlen(text), 0, NULL, &limits));
	ck_assert_ptr_null(xml_plain_read(arena, text, strlen(text), 1, NULL, &limits));
}
END_TEST

START_TEST(what_is_torn_anywhere_is_not_plain)
{
	const char *text = plain[_i];

	for (size_t len = 0; len < strlen(text); len++)
		ck_assert_msg(!xml_plain_read(arena, text, len, 0, NULL, &limits), "%.*s", (int)len,
			text);
}
END_TEST

START_TEST(without_memory_it_is_not_plain)
{
	static const char text[] = "<a b='1'>text<c/></a>";
	bool was_read = false;

	for (size_t cap = 1; cap < 1000 && !was_read; cap++) {
		struct arena *small = arena_new(cap);

		was_read = xml_plain_read(small, text, strlen(text), 0, NS_CLIENT, &limits);
		ck_assert_int_eq(was_read, !arena_failed(small));
		arena_free(small);
	}
	ck_assert(was_read);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("plain XML");
	TCase *tc = tcase_create("plain");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_plain_is_read_as_expat_reads_it, 0, COUNT(plain));
	tcase_add_loop_test(tc, what_is_not_plain_is_left_to_expat, 0, COUNT(others));
	tcase_add_test(tc, what_is_too_long_or_has_a_nul_is_not_plain);
	tcase_add_test(tc, a_stanza_is_a_level_below_the_root);
	tcase_add_loop_test(tc, what_is_torn_anywhere_is_not_plain, 0, COUNT(plain));
	tcase_add_test(tc, without_memory_it_is_not_plain);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
