/* Tests of jid.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

static const struct {
	const char *text, *local, *domain, *resource, *bare;
} valid[] = {
	/* RFC 7622, 3.5, table 1 */
	{"juliet@example.com", "juliet", "example.com", NULL, "juliet@example.com"},
	{"juliet@example.com/foo", "juliet", "example.com", "foo", "juliet@example.com"},
	{"juliet@example.com/foo bar", "juliet", "example.com", "foo bar", "juliet@example.com"},
	{"juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar", "juliet@example.com"},
	{"foo\\20bar@example.com", "foo\\20bar", "example.com", NULL, "foo\\20bar@example.com"},
	{"fussball@example.com", "fussball", "example.com", NULL, "fussball@example.com"},
	{"\xcf\x80@example.com", "\xcf\x80", "example.com", NULL, "\xcf\x80@example.com"},
	{"\xce\xa3@example.com/foo", "\xcf\x83", "example.com", "foo", "\xcf\x83@example.com"},
	{"king@example.com/\xe2\x99\x9a", "king", "example.com", "\xe2\x99\x9a",
		"king@example.com"},
	{"example.com", NULL, "example.com", NULL, "example.com"},
	{"example.com/foobar", NULL, "example.com", "foobar", "example.com"},
	{"a.example.com/b@example.net", NULL, "a.example.com", "b@example.net", "a.example.com"},
	/* RFC 6122: case folding and NFKC, with Unicode 3.2 */
	{"Juliet@EXAMPLE.com/Foo", "juliet", "example.com", "Foo", "juliet@example.com"},
	{"fu\xc3\x9f"
	 "ball@example.com",
		"fussball", "example.com", NULL, "fussball@example.com"},
	{"\xef\xbd\x8au@example.com", "ju", "example.com", NULL, "ju@example.com"},
	{"a@B\xc3\x9c"
	 "CHER.example",
		"a",
		"b\xc3\xbc"
		"cher.example",
		NULL,
		"a@b\xc3\xbc"
		"cher.example"},
	{"a@xn--bcher-kva.example", "a", "xn--bcher-kva.example", NULL, "a@xn--bcher-kva.example"},
	{"a\xf0\x9f\x98\x80@example.com", "a\xf0\x9f\x98\x80", "example.com", NULL,
		"a\xf0\x9f\x98\x80@example.com"},
	/* RFC 7622, 3.2 */
	{"a@example.com.", "a", "example.com", NULL, "a@example.com"},
	{"a@example.com./b", "a", "example.com", "b", "a@example.com"},
	{"a@[::1]/x", "a", "[::1]", "x", "a@[::1]"},
	{"a@127.0.0.1", "a", "127.0.0.1", NULL, "a@127.0.0.1"},
	{"a@my_host", "a", "my_host", NULL, "a@my_host"},
	{"a@b/c/d@e", "a", "b", "c/d@e", "a@b"},
};

START_TEST(a_jid_is_split_and_prepared)
{
	struct jid jid, again;

	ck_assert_int_eq(jid_parse(&jid, arena, valid[_i].text), 0);
	ck_assert_pstr_eq(jid.local, valid[_i].local);
	ck_assert_str_eq(jid.domain, valid[_i].domain);
	ck_assert_pstr_eq(jid.resource, valid[_i].resource);
	ck_assert_str_eq(jid.bare, valid[_i].bare);
	ck_assert_int_eq(jid_parse(&again, arena, jid.full), 0);
	ck_assert_str_eq(again.full, jid.full);
}
END_TEST

static const char *const invalid[] = {
	/* RFC 7622, 3.5, table 2 */
	"\"juliet\"@example.com",
	"foo bar@example.com",
	"@example.com",
	"user@example.com/",
	"\xe2\x99\xa5 @example.com",
	"juliet@",
	"/foobar",
	/* RFC 6122, A.5 and 2.2 */
	"",
	"@",
	"/",
	"a@/b",
	"a@.",
	".",
	"a@b..c",
	"a@.b",
	"a@b..",
	"a@b@c",
	"a&b@c",
	"a:b@c",
	"a<b@c",
	"a>b@c",
	"a'b@c",
	"a\x01@c",
	"a\x7f@c",
	"a@b c",
	"a@b:c",
	"a@b\xef\xbc\x8f"
	"c", /* full-width solidus */
	"a\xef\xbc\xa0"
	"b@c",		   /* full-width commercial at */
	"a\xe2\x80\xae@c", /* right-to-left override */
	"\xc2\xad@c",	   /* soft hyphen: nothing is left */
	"a\xff@c",
	"a@\xc0\x80",
	"a@b/\xed\xa0\x80",
	"a@b/\x07",
	"a@[::1",
	"a@[]",
	"a@[x]",
	"a@1234567890123456789012345678901234567890123456789012345678901234",
};

START_TEST(what_is_no_jid_is_refused)
{
	struct jid jid;

	ck_assert_int_eq(jid_parse(&jid, arena, invalid[_i]), -1);
	ck_assert(!arena_failed(arena));
	ck_assert(!jid_is_account(arena, invalid[_i], NULL));
	ck_assert_ptr_null(jid_from_uri(arena, invalid[_i]));
}
END_TEST

static const struct {
	size_t local, resource;
	const char *character;
	int result;
} lengths[] = {
	{1023, 1023, "x", 0},
	{1024, 1, "x", -1},
	{1, 1024, "x", -1},
	{341, 341, "\xe4\xb8\x80", 0},
	{342, 1, "\xe4\xb8\x80", -1},
	/* U+FDFA becomes 33 bytes by NFKC, with blanks: of a resource only */
	{0, 31, "\xef\xb7\xba", 0},
	{0, 32, "\xef\xb7\xba", -1},
	{0, 300, "\xef\xb7\xba", -1},
	{100000, 1, "x", -1},
};

START_TEST(a_part_has_at_most_1023_bytes)
{
	size_t bytes = strlen(lengths[_i].character);
	char *text = malloc(bytes * (lengths[_i].local + lengths[_i].resource) + 4), *to = text;
	struct jid jid;

	for (size_t i = 0; i < lengths[_i].local; i++, to += bytes)
		memcpy(to, lengths[_i].character, bytes);
	to += sprintf(to, "%s", lengths[_i].local ? "@d/" : "d/");
	for (size_t i = 0; i < lengths[_i].resource; i++, to += bytes)
		memcpy(to, lengths[_i].character, bytes);
	*to = '\0';
	ck_assert_int_eq(jid_parse(&jid, arena, text), lengths[_i].result);
	free(text);
}
END_TEST

START_TEST(an_account_has_a_local_part_and_no_resource)
{
	const char *bare = NULL;

	ck_assert(jid_is_account(arena, "Carol@Example.org", &bare));
	ck_assert_str_eq(bare, "carol@example.org");
	ck_assert(!jid_is_account(arena, "example.org", &bare));
	ck_assert(!jid_is_account(arena, "carol@example.org/x", &bare));
}
END_TEST

/* What Prosody (by ICU) and ejabberd (by its own tables) leave as it is, and libidn doesn't, is
 * another account of theirs. */
static const struct {
	const char *text;
	bool is_prepared;
} spellings[] = {
	{"carol@example.org", true},
	{"carol@example.org/Phone", true},
	{"carol@example.org/", false}, /* no JID at all */
	{"example.org", true},
	{"\xc3\xa9@b\xc3\xbc"
	 "cher.example/\xef\xbd\xa1",
		true},
	{"Carol@example.org", false},
	{"carol@Example.org", false},
	{"carol@example.org.", false},
	{"carol@example.org./Phone", false},
	{"\xef\xbd\x83"
	 "arol@example.org",
		false},
	{"car\xc2\xadol@example.org", false},
	{"\xea\xb0\x80\xcc\xb1@example.org", true},
	{"\xe1\x84\x80\xcc\xb1\xe1\x85\xa1@example.org", false},
	{"ac\xe2\x88\x95kg@example.org", true},
	{"aC\xe2\x88\x95kg@example.org", false},
};

START_TEST(who_needs_no_preparation_is_told)
{
	struct jid jid;

	ck_assert(jid_parse(&jid, arena, spellings[_i].text) != 0 ||
		  jid_is_prepared(&jid, spellings[_i].text) == spellings[_i].is_prepared);
	if (jid_parse(&jid, arena, spellings[_i].text) != 0)
		ck_assert(!spellings[_i].is_prepared);
}
END_TEST

static const struct {
	const char *uri, *bare;
} uris[] = {
	/* RFC 5122, 2.3, 2.4 and 2.7; XEP-0147 */
	{"xmpp:node@example.com", "node@example.com"},
	{"xmpp://guest@example.com", NULL},
	{"xmpp:example.com", "example.com"},
	{"xmpp:example-node@example.com/some-resource", "example-node@example.com"},
	{"xmpp:example-node@example.com?message", "example-node@example.com"},
	{"xmpp:example-node@example.com?message;subject=Hello%20World", "example-node@example.com"},
	{"xmpp:nasty!%23$%25()*+,-.;=%3F%5B%5C%5D%5E_%60%7B%7C%7D~node@example.com",
		"nasty!#$%()*+,-.;=?[\\]^_`{|}~node@example.com"},
	{"xmpp:node@example.com/repulsive%20!%23%22$%25&'()*+,-.%2F:;%3C=%3E%3F%40%5B%5C%5D%5E_"
	 "%60%7B%7C%7D~resource",
		"node@example.com"},
	{"xmpp://guest@example.com/support@example.com?message", "support@example.com"},
	{"xmpp:ji%C5%99i@%C4%8Dechy.example/v%20Praze", "ji\xc5\x99i@\xc4\x8d"
							"echy.example"},
	{"XMPP:Carol@Example.org#x", "carol@example.org"},
	{"Carol@Example.org/phone", "carol@example.org"},
	{"xmpp:", NULL},
	{"xmpp:?message", NULL},
	{"xmpp:a%00@b", NULL},
	{"xmpp:a%4@b", NULL},
	{"xmpp:a@b%4", NULL},
	{"xmpp:a@b%", NULL},
	{"xmpp:a%ff@b", NULL},
	{"sip:carol@example.org", NULL},
	{"mailto:carol@example.org", NULL},
	{"aim:carol", NULL},
	{"a%40b@c", "a%40b@c"},
};

START_TEST(the_jid_of_a_uri_is_found)
{
	ck_assert_pstr_eq(jid_from_uri(arena, uris[_i].uri), uris[_i].bare);
}
END_TEST

START_TEST(lack_of_memory_is_told_from_no_jid)
{
	for (size_t cap = 1; cap < 60; cap++) {
		struct arena *small = arena_new(cap);
		struct jid jid;

		if (jid_parse(&jid, small, "Carol@example.org/phone") != 0)
			ck_assert(arena_failed(small));
		else
			ck_assert_str_eq(jid.full, "carol@example.org/phone");
		arena_free(small);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("jid");
	TCase *tc = tcase_create("RFC 6122 and 7622");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_jid_is_split_and_prepared, 0, COUNT(valid));
	tcase_add_loop_test(tc, what_is_no_jid_is_refused, 0, COUNT(invalid));
	tcase_add_loop_test(tc, a_part_has_at_most_1023_bytes, 0, COUNT(lengths));
	tcase_add_test(tc, an_account_has_a_local_part_and_no_resource);
	tcase_add_loop_test(tc, who_needs_no_preparation_is_told, 0, COUNT(spellings));
	tcase_add_test(tc, lack_of_memory_is_told_from_no_jid);
	suite_add_tcase(suite, tc);
	tc = tcase_create("RFC 5122");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_jid_of_a_uri_is_found, 0, COUNT(uris));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
