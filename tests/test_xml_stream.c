/* Tests of xml.h: the stream. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "     \
	"xmlns='jabber:component:accept' id='3BF96D32' from='kith.example.org'>"

static struct arena *arena;
static struct xml_stream *stream;
static struct buffer told; /* a line an event */

static void on_opened(void *context, const struct xml *root)
{
	(void)context;
	ck_assert(xml_is(root, NS_STREAM, "stream"));
	buffer_printf(&told, "opened %s\n", xml_get(root, "id"));
}

static void on_stanza(void *context, struct xml *stanza)
{
	(void)context;
	buffer_puts(&told, "stanza ");
	xml_write(&told, stanza, NS_COMPONENT);
	buffer_putc(&told, '\n');
	if (xml_get(stanza, "reset"))
		xml_stream_reset(stream);
}

static void on_oversized(void *context, struct xml *stanza, const char *reason)
{
	(void)context;
	buffer_printf(&told, "oversized (%s) ", reason);
	xml_write(&told, stanza, NS_COMPONENT);
	buffer_putc(&told, '\n');
}

static void on_closed(void *context)
{
	(void)context;
	buffer_puts(&told, "closed\n");
}

static void on_failed(void *context, enum xml_stream_error error, const char *reason)
{
	static const char *const names[] = {
		[XML_STREAM_NOT_WELL_FORMED] = "not-well-formed",
		[XML_STREAM_RESTRICTED_XML] = "restricted-xml",
		[XML_STREAM_NO_MEMORY] = "no-memory",
	};

	(void)context;
	ck_assert_ptr_nonnull(reason);
	buffer_printf(&told, "failed %s\n", names[error]);
}

static const struct xml_stream_events events = {.opened = on_opened,
	.stanza = on_stanza,
	.oversized = on_oversized,
	.closed = on_closed,
	.failed = on_failed};

static const struct xml_limits limits = {.bytes = 200, .depth = 3, .elements = 6, .attributes = 5};

static void quiet(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void setup(void)
{
	log_set(quiet, NULL, LOG_LEVEL_INFO);
	buffer_init(&told, 0);
	arena = arena_new(64 * 1024);
	stream = xml_stream_new(arena, &limits, &events, NULL);
}

static void teardown(void)
{
	xml_stream_free(stream);
	xml_stream_free(NULL);
	arena_free(arena);
	buffer_clear(&told);
}

/* Feeds text in pieces of that size, resetting the arena wherever it may be. */
static int feed_text(const char *text, size_t len, size_t piece)
{
	int result = 0;

	while (len > 0 && result == 0) {
		size_t n = len < piece ? len : piece;
		/* A copy of exact size, so that reading beyond it is noticed. */
		char *copy = malloc(n);

		memcpy(copy, text, n);
		result = xml_stream_feed(stream, copy, n);
		free(copy);
		if (xml_stream_is_between(stream))
			arena_reset(arena);
		text += n;
		len -= n;
	}
	return result;
}

static int feed(const char *text)
{
	return feed_text(text, strlen(text), (size_t)-1);
}

static void feed_repeated(const char *text, size_t count)
{
	struct buffer many;

	buffer_init(&many, 0);
	for (size_t i = 0; i < count; i++)
		buffer_puts(&many, text);
	ck_assert_int_eq(feed_text(many.data, many.len, 5000), 0);
	buffer_clear(&many);
}

static const char *take(void)
{
	static char text[4096];

	ck_assert_uint_lt(told.len, sizeof(text));
	strcpy(text, buffer_string(&told));
	buffer_reset(&told);
	return text;
}

static const char seventy[] =
	"1234567890123456789012345678901234567890123456789012345678901234567890";

#define SEVENTY "1234567890123456789012345678901234567890123456789012345678901234567890"

/* What comes behind the header, and what is told of it. */
static const struct {
	const char *text, *told;
} dialogues[] = {
	{"<a/> <b x='1'>t<c/></b>\n<handshake/>",
		"stanza <a/>\nstanza <b x=\"1\">t<c/></b>\nstanza <handshake/>\n"},
	{"<a xmlns='urn:x'/>", "stanza <a xmlns=\"urn:x\"/>\n"},
	{"<stream:error><x xmlns='urn:x'/></stream:error></stream:stream>",
		"stanza <error xmlns=\"" NS_STREAM "\"><x xmlns=\"urn:x\"/></error>\nclosed\n"},
	{"</stream:stream>", "closed\n"},
	{"stray text<!-- > <x> --><a>1<!-- </a> -->2<![CDATA[</a>]]]]></a><!----><b/>",
		"stanza <a>12&lt;/a&gt;]]</a>\nstanza <b/>\n"},
	{"<a x='/>' y=\"'>\" /><b ><c\n/></b\t>", "stanza <a x=\"/&gt;\" y=\"&apos;&gt;\"/>\n"
						  "stanza <b><c/></b>\n"},
	/* caps */
	{"<a id='1'><b/><c>" SEVENTY SEVENTY SEVENTY "<!-- <a> --><d/></c></a><z/>",
		"oversized (too long) <a id=\"1\"><b/></a>\nstanza <z/>\n"},
	{"<a id='1'>" SEVENTY SEVENTY SEVENTY "<![CDATA[</a>]]><d x='</a>'/></a><z/>",
		"oversized (too long) <a id=\"1\"/>\nstanza <z/>\n"},
	{"<a><b><c><d/></c></b></a><z/>",
		"oversized (nested too deeply) <a><b/></a>\nstanza <z/>\n"},
	{"<a> <b/><b/><b/><b/><b/><b/></a><z/>",
		"oversized (too many elements) <a><b/></a>\nstanza <z/>\n"},
	{"<a><b a='' b='' c='' d='' e='' f=''/></a><z/>",
		"oversized (too many attributes) <a/>\nstanza <z/>\n"},
	{"<a a='' b='' c='' d='' e='' f='' id='1' to='x'/><z/>",
		"oversized (too many attributes) <a id=\"1\" to=\"x\"/>\nstanza <z/>\n"},
	{"<a id='1'><b a='' b='' c='' d='' e='' f='' g='' h='' i='' j=''/></a><z/>",
		"oversized (too many attributes) <a id=\"1\"/>\nstanza <z/>\n"},
	{"<a id='1'><b a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='>'/></a><z/>",
		"oversized (too many attributes) <a id=\"1\"/>\nstanza <z/>\n"},
	{"<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' id='1'/><z/>", "stanza <z/>\n"},
	{"<a><b x='" SEVENTY SEVENTY SEVENTY "'/></a><z/>",
		"oversized (too long) <a/>\nstanza <z/>\n"},
	{"<a x='" SEVENTY SEVENTY SEVENTY "'><b/></a><z/>", "stanza <z/>\n"},
	{"<!-- " SEVENTY SEVENTY SEVENTY " --><z/>", "stanza <z/>\n"},
	{"</stream:stream                                                                         "
	 "                                                                                        "
	 "                                        >",
		"closed\n"},
	/* RFC 6120, 11.1 and 11.3 */
	{"<a>&foo;</a>", "failed restricted-xml\n"},
	{"<a/><?x y?>", "stanza <a/>\nfailed restricted-xml\n"},
	{"<a></b>", "failed not-well-formed\n"},
	{"<a><!DOCTYPE x></a>", "failed not-well-formed\n"},
	{"<a b=1/>", "failed not-well-formed\n"},
	{"<x:a/>", "failed not-well-formed\n"},
	{"<a>\xc0\x80</a>", "failed not-well-formed\n"},
	{"<a>&#0;</a>", "failed not-well-formed\n"},
	{"<a></\xf1><b/>", "failed not-well-formed\n"},
	{"</a>", "failed not-well-formed\n"},
};

START_TEST(a_stream_is_told_the_same_however_it_is_torn)
{
	static const size_t pieces[] = {1, 2, 3, 5, 7, 11, 64, (size_t)-1};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		bool ends = strstr(dialogues[_i].told, "failed") ||
			    strstr(dialogues[_i].told, "closed");
		const char *text = dialogues[_i].text;

		ck_assert_int_eq(feed_text(HEADER, strlen(HEADER), pieces[i]), 0);
		ck_assert_str_eq(take(), "opened 3BF96D32\n");
		ck_assert_int_eq(feed_text(text, strlen(text), pieces[i]), ends ? -1 : 0);
		ck_assert_str_eq(take(), dialogues[_i].told);
		ck_assert(xml_stream_is_between(stream));
		if (ends)
			ck_assert_int_eq(feed("<a/>"), -1);
		ck_assert_uint_eq(told.len, 0);
		xml_stream_reset(stream);
	}
}
END_TEST

static const struct {
	const char *text, *told;
} headers[] = {
	{"<a/>", "opened\nclosed\n"},
	{"<!-- c --><a/>", "opened\nclosed\n"},
	{"<a>", "opened\n"},
	{"<!DOCTYPE a><a>", "failed restricted-xml\n"},
	{"<!DOCTYPE a [ <!ENTITY x 'y'> ]><a>", "failed restricted-xml\n"},
	{"<?x y?><a>", "failed restricted-xml\n"},
	{"x<a>", "failed not-well-formed\n"},
	{"<a a='' b='' c='' d='' e='' f=''>", "failed restricted-xml\n"},
};

static void on_any_opened(void *context, const struct xml *root)
{
	(void)context;
	(void)root;
	buffer_puts(&told, "opened\n");
}

START_TEST(a_header_is_read_or_refused)
{
	struct xml_stream_events any = events;

	any.opened = on_any_opened;
	xml_stream_free(stream);
	for (size_t piece = 1; piece < 40; piece++) {
		stream = xml_stream_new(arena, &limits, &any, NULL);
		feed_text(headers[_i].text, strlen(headers[_i].text), piece);
		ck_assert_str_eq(take(), headers[_i].told);
		xml_stream_free(stream);
	}
	stream = NULL;
}
END_TEST

START_TEST(an_endless_header_is_refused)
{
	int result = 0;

	ck_assert_int_eq(feed("<stream:stream x='"), 0);
	for (int i = 0; i < 1000 && result == 0; i++)
		result = feed(seventy);
	ck_assert_str_eq(take(), "failed restricted-xml\n");
}
END_TEST

START_TEST(a_stanza_is_told_with_its_last_byte)
{
	feed(HEADER "<a><b/></a");
	take();
	ck_assert(!xml_stream_is_between(stream));
	feed(">");
	ck_assert_str_eq(take(), "stanza <a><b/></a>\n");
	ck_assert(xml_stream_is_between(stream));
}
END_TEST

START_TEST(a_stanza_of_just_the_cap_is_read)
{
	char text[201];

	memset(text, 'x', 200);
	memcpy(text, "<a>", 3);
	strcpy(text + 196, "</a>");
	feed(HEADER);
	take();
	for (size_t piece = 1; piece < 201; piece += 50) {
		ck_assert_int_eq(feed_text(text, 200, piece), 0);
		ck_assert_msg(strncmp(take(), "stanza <a>xxx", 13) == 0, "%zu", piece);
	}
	feed("<a>");
	ck_assert_int_eq(feed_text(text + 2, 198, 9), 0);
	ck_assert_str_eq(take(), "oversized (too long) <a/>\n");
}
END_TEST

START_TEST(a_huge_and_deep_stanza_is_passed_over_without_memory)
{
	feed(HEADER "<a id='1'>");
	feed_repeated("<b x='1'>", 500000);
	ck_assert_str_eq(take(),
		"opened 3BF96D32\noversized (nested too deeply) <a id=\"1\"><b x=\"1\"/></a>\n");
	ck_assert_uint_lt(arena_used(arena), 4096);
	feed_repeated("</b>", 500000);
	ck_assert_int_eq(feed("</a><z/>"), 0);
	ck_assert_str_eq(take(), "stanza <z/>\n");
}
END_TEST

START_TEST(a_huge_tag_is_passed_over)
{
	feed(HEADER "<a id='1'><b x='");
	feed_repeated(seventy, 100000);
	ck_assert_int_eq(feed("'/></a><z/></stream:stream>"), -1);
	ck_assert_str_eq(take(), "opened 3BF96D32\noversized (too long) <a id=\"1\"/>\n"
				 "stanza <z/>\nclosed\n");
}
END_TEST

/* Opens the stream anew with the caps of a real one. */
static void use_real_limits(void)
{
	xml_stream_free(stream);
	stream = xml_stream_new(arena, &xml_limits_stanza, &events, NULL);
	feed(HEADER);
	take();
}

/* Appends open, `len` bytes of a namespace, and close. */
static void put_namespace(struct buffer *text, const char *open, size_t len, const char *close)
{
	buffer_puts(text, open);
	for (size_t i = 0; i < len; i++)
		buffer_putc(text, 'n');
	buffer_puts(text, close);
}

START_TEST(a_namespace_is_not_spelled_out_for_each_of_many)
{
	static const struct {
		const char *open, *close, *told;
	} cases[] = {
		{"<a id='1'><b xmlns:n='", "'>",
			"oversized (a namespace is too long) <a id=\"1\"/>\n"},
		{"<a id='1' x='y' xmlns:n='", "'>",
			"oversized (a namespace is too long) <a id=\"1\"/>\n"},
		{"<a id='1'><b xmlns='", "'>",
			"oversized (a namespace is too long) <a id=\"1\"/>\n"},
	};
	struct buffer text;

	use_real_limits();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buffer_init(&text, 0);
		put_namespace(&text, cases[i].open, 100000, cases[i].close);
		for (int e = 0; e < 1900; e++)
			buffer_puts(&text, "<n:c n:d='' n:e='' n:f='' n:g='' n:h='' n:i=''/>");
		buffer_puts(&text, i == 1 ? "</a>" : "</b></a>");
		ck_assert_int_eq(feed_text(text.data, text.len, 16384), 0);
		ck_assert_str_eq(take(), cases[i].told);
		buffer_clear(&text);
	}
	ck_assert_int_eq(feed("<z/>"), 0);
	ck_assert_str_eq(take(), "stanza <z/>\n");
}
END_TEST

START_TEST(as_many_long_namespaces_as_fit_in_a_stanza_leave_room)
{
	struct buffer text;
	size_t most;

	arena_free(arena);
	arena = arena_new(32u << 20);
	use_real_limits();
	buffer_init(&text, 0);
	put_namespace(&text, "<a id='1' xmlns:n='", 256, "' xmlns:m='m");
	put_namespace(&text, "", 255, "'>");
	while (text.len < 500000) {
		buffer_puts(&text, "<b");
		for (char c = 'A'; c < 'Z'; c++)
			buffer_printf(&text, " n:%c='' m:%c=''", c, c);
		buffer_puts(&text, "/>");
	}
	ck_assert_int_eq(feed_text(text.data, text.len, 16384), 0);
	most = arena_used(arena);
	ck_assert_msg(most < 24u << 20, "%zu bytes", most);
	ck_assert_int_eq(feed("</a>"), 0);
	ck_assert_uint_gt(told.len, 0);
	buffer_clear(&text);
}
END_TEST

START_TEST(a_long_stream_goes_on_with_its_namespaces)
{
	feed(HEADER);
	take();
	for (int i = 0; i < 60000; i++) {
		struct buffer text;

		buffer_init(&text, 0);
		buffer_printf(&text, "<stream:a%d b%d='%s' c='%s'/>", i, i, seventy, "");
		ck_assert_int_eq(feed(buffer_string(&text)), 0);
		buffer_clear(&text);
		ck_assert_ptr_nonnull(strstr(buffer_string(&told), "xmlns=\"" NS_STREAM "\""));
		buffer_reset(&told);
	}
}
END_TEST

START_TEST(it_is_reset_for_a_new_connection_also_in_the_middle_or_within_an_event)
{
	feed(HEADER "<a><b>text");
	take();
	xml_stream_reset(stream);
	ck_assert(xml_stream_is_between(stream));
	arena_reset(arena);
	feed(HEADER "<c/>");
	ck_assert_str_eq(take(), "opened 3BF96D32\nstanza <c/>\n");
	ck_assert_int_eq(feed("<a reset='1'/><b/>"), -1);
	ck_assert_str_eq(take(), "stanza <a reset=\"1\"/>\n");
	ck_assert_int_eq(feed(HEADER "<d/>"), 0);
	ck_assert_str_eq(take(), "opened 3BF96D32\nstanza <d/>\n");
}
END_TEST

START_TEST(lack_of_memory_ends_the_stream)
{
	feed(HEADER "<a>");
	take();
	arena_alloc(arena, (size_t)-1);
	ck_assert_int_eq(feed("text</a>"), -1);
	ck_assert_str_eq(take(), "failed no-memory\n");
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
	static const char alphabet[] = "<><>//ab='\"!-[]?& \n;x:\xc3\xa4]";
	unsigned seed = 7;

	for (int i = 0; i < 4000; i++) {
		char text[60];

		for (size_t j = 0; j < sizeof(text); j++) {
			seed = seed * 1103515245u + 12345u;
			text[j] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		feed(HEADER "<a><b>");
		/* Half of them after a cap was passed. */
		if (i % 2)
			feed("<b><b><b>");
		feed_text(text, sizeof(text), 1 + (size_t)i % 7);
		xml_stream_reset(stream);
		arena_reset(arena);
		buffer_reset(&told);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("xml stream");
	TCase *tc = tcase_create("RFC 6120, 4 and 11");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_stream_is_told_the_same_however_it_is_torn, 0, COUNT(dialogues));
	tcase_add_loop_test(tc, a_header_is_read_or_refused, 0, COUNT(headers));
	tcase_add_test(tc, an_endless_header_is_refused);
	tcase_add_test(tc, a_stanza_is_told_with_its_last_byte);
	tcase_add_test(tc, a_stanza_of_just_the_cap_is_read);
	tcase_add_test(tc, a_huge_and_deep_stanza_is_passed_over_without_memory);
	tcase_add_test(tc, a_huge_tag_is_passed_over);
	tcase_add_test(tc, a_namespace_is_not_spelled_out_for_each_of_many);
	tcase_add_test(tc, as_many_long_namespaces_as_fit_in_a_stanza_leave_room);
	tcase_add_test(tc, a_long_stream_goes_on_with_its_namespaces);
	tcase_add_test(tc, it_is_reset_for_a_new_connection_also_in_the_middle_or_within_an_event);
	tcase_add_test(tc, lack_of_memory_ends_the_stream);
	tcase_add_test(tc, random_bytes_do_no_harm);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
