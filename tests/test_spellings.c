/* Another's address in every spelling that there is (RFC 6122, RFC 7622; XEP-0106; RFC 5122), in
 * every place that takes one: it is that account or nobody's, and of one who is closed to the asker
 * it is, letter by letter, what it is of one who isn't there (design, 1: 7). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "tests/expect.h"
#include "tests/matrix_world.h"

/* ---- Spellings ---- */

enum letters { PLAINLY, UPPER, WIDE, BOLD, CIRCLED, PERCENT, ESCAPED, REFERENCE };

struct spelling {
	const char *why;
	enum letters local, domain;
	const char *before, *first; /* of the local part: before it, behind its first letter */
	const char *at, *dot;	    /* NULL: as they are */
	const char *behind;
	size_t padding; /* further letters of the local part */
};

static const struct spelling spellings[] = {
	{.why = "as it is"},
	{.why = "upper case", .local = UPPER},
	{.why = "upper case of the domain", .domain = UPPER},
	{.why = "full width", .local = WIDE},
	{.why = "full width of the domain", .domain = WIDE},
	{.why = "mathematical letters", .local = BOLD},
	{.why = "circled letters", .local = CIRCLED, .domain = CIRCLED},
	{.why = "percent-encoded", .local = PERCENT},
	{.why = "percent-encoded, all of it", .local = PERCENT, .at = "%40", .domain = PERCENT},
	{.why = "escaped as XEP-0106 has it", .local = ESCAPED},
	{.why = "an escaped at sign", .at = "\\40"},
	{.why = "an escaped blank before it", .before = "\\20"},
	{.why = "character references", .local = REFERENCE, .domain = REFERENCE},
	{.why = "a resource", .behind = "/r"},
	{.why = "an empty resource", .behind = "/"},
	{.why = "a resource with an address in it", .behind = "/mallory@example.org"},
	{.why = "a trailing dot", .behind = "."},
	{.why = "two trailing dots", .behind = ".."},
	{.why = "a trailing dot and a resource", .behind = "./r"},
	{.why = "a port", .behind = ":5222"},
	{.why = "a full-width at sign", .at = "\xef\xbc\xa0"},
	{.why = "a small at sign", .at = "\xef\xb9\xab"},
	{.why = "two at signs", .at = "@@"},
	{.why = "somebody before it", .before = "mallory@"},
	{.why = "a domain before it", .before = "example.org/"},
	{.why = "a full-width dot", .dot = "\xef\xbc\x8e"},
	{.why = "an ideographic full stop", .dot = "\xe3\x80\x82"},
	{.why = "a half-width full stop", .dot = "\xef\xbd\xa1"},
	{.why = "two dots", .dot = ".."},
	{.why = "a subdomain", .at = "@kith."},
	{.why = "the domain as an A-label", .at = "@xn--"},
	{.why = "a full-width slash behind it", .behind = "\xef\xbc\x8fr"},
	{.why = "a soft hyphen in it", .first = "\xc2\xad"},
	{.why = "a zero-width blank in it", .first = "\xe2\x80\x8b"},
	{.why = "a joiner in it", .first = "\xe2\x80\x8d"},
	{.why = "a word joiner in it", .first = "\xe2\x81\xa0"},
	{.why = "a byte order mark before it", .before = "\xef\xbb\xbf"},
	{.why = "a variation selector in it", .first = "\xef\xb8\x8f"},
	{.why = "a grapheme joiner in it", .first = "\xcd\x8f"},
	{.why = "right to left", .before = "\xe2\x80\xae"},
	{.why = "an isolate", .before = "\xe2\x81\xa6", .behind = "\xe2\x81\xa9"},
	{.why = "a right-to-left mark behind it", .behind = "\xe2\x80\x8f"},
	{.why = "a letter of no table", .first = "\xf0\x9e\xa4\x80"},
	{.why = "a private letter", .first = "\xee\x80\x80"},
	{.why = "no character", .first = "\xef\xb7\x90"},
	{.why = "a replacement character", .first = "\xef\xbf\xbd"},
	{.why = "a combining mark", .first = "\xcc\x81"},
	{.why = "a blank before it", .before = " "},
	{.why = "a blank behind it", .behind = " "},
	{.why = "a line before it", .before = "\n"},
	{.why = "a tabulator behind it", .behind = "\t"},
	{.why = "a no-break space behind it", .behind = "\xc2\xa0"},
	{.why = "an ideographic space before it", .before = "\xe3\x80\x80"},
	{.why = "a quotation mark", .before = "\""},
	{.why = "in angle brackets", .before = "<", .behind = ">"},
	{.why = "an ampersand", .before = "&"},
	{.why = "an apostrophe, as in SQL", .behind = "' OR '1'='1"},
	{.why = "wildcards of LIKE", .behind = "%"},
	{.why = "a wildcard of GLOB", .first = "*"},
	{.why = "as a URI", .before = "xmpp:"},
	{.why = "as a URI in upper case", .before = "XMPP:", .local = UPPER},
	{.why = "as a URI with an authority", .before = "xmpp://mallory@example.org/"},
	{.why = "as a URI with a query", .before = "xmpp:", .behind = "?message"},
	{.why = "as a URI with a fragment", .before = "xmpp:", .behind = "#r"},
	{.why = "as an encoded URI", .before = "xmpp:", .local = PERCENT},
	{.why = "as an address of e-mail", .before = "mailto:"},
	{.why = "longer than a part can be", .padding = 1100},
	{.why = "longer than an address can be", .padding = 5000},
};
#define SPELLINGS (sizeof(spellings) / sizeof(*spellings))

/* A letter of ASCII, lower case, in that way. */
static void write_letter(struct buffer *out, enum letters letters, char c)
{
	unsigned n = (unsigned)(c - 'a');
	bool is_letter = c >= 'a' && c <= 'z';

	switch (letters) {
	case PLAINLY:
		break;
	case UPPER:
		buffer_putc(out, is_letter ? (char)(c - 'a' + 'A') : c);
		return;
	case WIDE: /* U+FF41 and on */
		if (!is_letter)
			break;
		buffer_printf(out, "\xef\xbd%c", (char)(0x81 + n));
		return;
	case BOLD: /* U+1D41A and on */
		if (!is_letter)
			break;
		buffer_printf(out, "\xf0\x9d\x90%c", (char)(0x9a + n));
		return;
	case CIRCLED: /* U+24D0 and on */
		if (!is_letter)
			break;
		buffer_printf(out, "\xe2\x93%c", (char)(0x90 + n));
		return;
	case PERCENT:
		buffer_printf(out, "%%%02X", (unsigned)c);
		return;
	case ESCAPED:
		buffer_printf(out, "\\%02x", (unsigned)c);
		return;
	case REFERENCE: /* which the writer of XML escapes once more */
		buffer_printf(out, "&#%u;", (unsigned)c);
		return;
	}
	buffer_putc(out, c);
}

static const char *or_else(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* local@example.org, spelled so; to be freed. */
static char *spell(const struct spelling *spelling, const char *local)
{
	struct buffer out;
	char *text;

	buffer_init(&out, 0);
	buffer_puts(&out, or_else(spelling->before, ""));
	for (const char *c = local; *c; c++) {
		write_letter(&out, spelling->local, *c);
		if (c == local)
			buffer_puts(&out, or_else(spelling->first, ""));
	}
	for (size_t i = 0; i < spelling->padding; i++)
		buffer_putc(&out, 'x');
	buffer_puts(&out, or_else(spelling->at, "@"));
	for (const char *c = "example.org"; *c; c++) {
		if (*c == '.' && spelling->dot)
			buffer_puts(&out, spelling->dot);
		else
			write_letter(&out, spelling->domain, *c);
	}
	buffer_puts(&out, or_else(spelling->behind, ""));
	text = strdup(buffer_string(&out));
	ck_assert_ptr_nonnull(text);
	buffer_clear(&out);
	return text;
}

static char *escape(const char *text)
{
	struct buffer out;
	char *escaped;

	buffer_init(&out, 0);
	xml_write_text(&out, text, strlen(text));
	escaped = strdup(buffer_string(&out));
	ck_assert_ptr_nonnull(escaped);
	buffer_clear(&out);
	return escaped;
}

/* ---- Places ---- */

#define CARD(content)                                                                              \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>x</text></fn>" content "</"     \
	"vcard>"
#define ITEMS(node, items)                                                                         \
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='" node "'>" items "</items>"))
#define SEARCH(content) MATRIX_IQ("set", "<query xmlns='jabber:iq:search'>" content "</query>")
#define SEARCH_FORM(fields)                                                                        \
	SEARCH("<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD(                             \
		"FORM_TYPE", "jabber:iq:search") fields "</x>")
#define DELEGATED(type, payload)                                                                   \
	"<iq type='set' from='example.org' to='kith.example.org' id='1'><delegation "              \
	"xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq "                 \
	"xmlns='jabber:client' type='" type "' id='1' from='ASKER/r' to=\"JID\">" payload          \
	"</iq></forwarded></delegation></iq>"

/* Where what is asked for may be carol's. */
static const char *const reading[] = {
	ITEMS("urn:xmpp:vcard4", "<item id=\"JID\"/>"),
	ITEMS("urn:xmpp:vcard4", "<item id='empty@example.org'/><item id=\"JID\"/>"),
	MATRIX_SUBMIT(
		"share", MATRIX_FIELD("subject", "JID") MATRIX_FIELD("to", "dave@example.org")),
	MATRIX_SUBMIT("introduce",
		MATRIX_FIELD("first", "JID") MATRIX_FIELD("second", "dave@example.org")),
	MATRIX_SUBMIT("introduce",
		MATRIX_FIELD("first", "dave@example.org") MATRIX_FIELD("second", "JID")),
	SEARCH("<first>JID</first>"),
	SEARCH("<last>JID</last>"),
	SEARCH("<nick>JID</nick>"),
	SEARCH("<email>JID</email>"),
	SEARCH_FORM(MATRIX_FIELD("x-name", "JID")),
	SEARCH_FORM(MATRIX_FIELD("email", "JID")),
	SEARCH_FORM(MATRIX_FIELD("x-phone", "JID")),
};
#define READING (sizeof(reading) / sizeof(*reading))

/* Where it may be hers without the numbers. */
static const char *const vcards[] = {
	DELEGATED("get", "<vCard xmlns='vcard-temp'/>"),
	DELEGATED("get", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"),
};
#define VCARDS (sizeof(vcards) / sizeof(*vcards))

/* Where it is the asker's own book, or nothing. */
static const char *const writing[] = {
	MATRIX_IQ("set", MATRIX_PUBSUB("<publish node='urn:xmpp:contacts'><item id=\"JID\">" CARD(
				 "") "</item></publish>")),
	ITEMS("urn:xmpp:contacts", "<item id=\"JID\"/>"),
	MATRIX_IQ("set", MATRIX_PUBSUB("<retract node='urn:xmpp:contacts'><item id=\"JID\"/>"
				       "</retract>")),
	MATRIX_IQ("set",
		MATRIX_PUBSUB("<publish node='urn:xmpp:contacts'><item id='urn:uuid:"
			      "0c5e0b8a-0000-4000-8000-000000000001'>" CARD(
				      "<impp><uri>JID</uri></impp><uid><text>JID</text></uid>"
				      "<related><uri>JID</uri></related><source><uri>JID"
				      "</uri></source><key><uri>JID</uri></key>") "</item>"
										  "</publish>")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "save") MATRIX_FIELD("fn", "x")
					  MATRIX_FIELD("name", "x") MATRIX_FIELD("address", "JID")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "remove") MATRIX_FIELD("item", "JID")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "send") MATRIX_FIELD("item", "JID")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "pass") MATRIX_FIELD("item", "JID")
					  MATRIX_FIELD("to", "dave@example.org")),
	MATRIX_SUBMIT("confirm", MATRIX_FIELD("item", "JID") MATRIX_FIELD("same", "yes")),
	MATRIX_SUBMIT(
		"share", MATRIX_FIELD("subject", "dave@example.org") MATRIX_FIELD("to", "JID")),
	DELEGATED("set", "<vCard xmlns='vcard-temp'><FN>Mallory</FN></vCard>"),
};
#define WRITING (sizeof(writing) / sizeof(*writing))

/* ---- Asking ---- */

/* What the local part became of the spelling, escaped; and prepared, "" where it is no address. */
static void find_local(const struct spelling *spelling, const char *local, char **spelled,
	char prepared[JID_PART_MAX + 1])
{
	char *text = spell(spelling, local), *letters;
	struct arena *arena = arena_new(0);
	struct buffer out;
	struct jid jid;

	buffer_init(&out, 0);
	for (const char *c = local; *c; c++) {
		write_letter(&out, spelling->local, *c);
		if (c == local)
			buffer_puts(&out, or_else(spelling->first, ""));
	}
	letters = strdup(buffer_string(&out));
	*spelled = escape(letters);
	prepared[0] = '\0';
	if (jid_parse(&jid, arena, text) == 0 && jid.local)
		snprintf(prepared, JID_PART_MAX + 1, "%s", jid.local);
	buffer_clear(&out);
	free(letters);
	free(text);
	arena_free(arena);
}

static char *replace(char *text, const char *from, const char *to)
{
	char *replaced = *from ? world_with(text, from, to) : strdup(text);

	free(text);
	return replaced;
}

static const char own_profile[] =
	"<iq type='set' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
		"<publish node='urn:xmpp:vcard4'><item id='current'>" CARD(
			"") "</item></publish>") "</iq>";

/* What the asker is told, in which whom it is about is LOCAL, however it is spelled; to be freed.
 */
static char *ask(struct world *world, const char *request, const char *asker,
	const struct spelling *spelling, const char *local)
{
	char *text = spell(spelling, local), *escaped = escape(text), *spelled, *sent, *told;
	char prepared[JID_PART_MAX + 1];

	free(text);
	text = replace(strdup(request), "ASKER", asker);
	text = replace(text, "JID", escaped);
	text = replace(text, "LOCAL", local);
	text = replace(text, "ARCHIVE", "x");
	text = replace(text, "TOKEN", "x");
	text = replace(text, "CODE", "x");
	find_local(spelling, local, &spelled, prepared);
	/* By an id that is no other's address one retracts one's own. */
	if (strstr(request, "<retract node='urn:xmpp:vcard4'>"))
		free(world_say(world, own_profile, asker));
	sent = world_say(world, "%s", text);
	told = world_sent_to(sent, asker, false);
	told = replace(replace(told, "Carol Example", "NAME"), "Nemo Nobody", "NAME");
	told = replace(told, spelled, "LOCAL");
	told = replace(told, prepared, "LOCAL");
	told = world_plain(replace(told, local, "LOCAL"), asker, local);
	free(sent);
	free(spelled);
	free(escaped);
	free(text);
	return told;
}

static bool is_about(const char *request)
{
	return strstr(request, "JID") || strstr(request, "LOCAL");
}

static const char *const askers[] = {"stranger@example.org", "known@example.org",
	"mutual@example.org", "mutual.blocked@example.org", "stranger@other.example"};
#define ASKERS (sizeof(askers) / sizeof(*askers))

static void compare(struct world *world, const char *request, const char *asker,
	const struct spelling *spelling)
{
	/* Who is in books, such as the asker's, and of whom nothing at all is known. */
	const char *absent = strncmp(asker, "stranger", 8) == 0 ? "ghost" : "nobody";
	char *got = ask(world, request, asker, spelling, "carol");
	char *wanted = ask(world, request, asker, spelling, absent);

	cell_alike(got, wanted, "%s: %s, by %s", spelling->why, request, asker);
	free(wanted);
	free(got);
}

static char *all_of(struct world *world, const char *jid)
{
	return world_say(world,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<items node='urn:xmpp:vcard4'/>") "</iq>",
		jid);
}

/* ---- The tests ---- */

/* Loop: the spellings. carol is closed to everybody, and nobody has no account. */
START_TEST(a_closed_account_is_nobodys_in_every_spelling)
{
	const struct spelling *spelling = &spellings[_i];
	struct world_rules rules = world_open_rules;
	struct world world;
	char *before, *after;

	rules.visible = CIRCLE_NOBODY;
	world_init(&world, &rules);
	before = all_of(&world, CAROL);
	for (size_t a = 0; a < ASKERS; a++) {
		for (size_t i = 0; i < READING; i++)
			compare(&world, reading[i], askers[a], spelling);
		for (size_t i = 0; i < MATRIX_ALIKE; i++)
			if (is_about(matrix_alike[i]))
				compare(&world, matrix_alike[i], askers[a], spelling);
		for (size_t i = 0; i < MATRIX_ADMINS; i++)
			compare(&world, matrix_admins[i], askers[a], spelling);
		for (size_t i = 0; i < WRITING; i++)
			compare(&world, writing[i], askers[a], spelling);
	}
	after = all_of(&world, CAROL);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	world_clear(&world);
	cells_end(spelling->why);
}
END_TEST

/* Loop: the spellings. carol is open to whoever may know of her. */
START_TEST(an_open_account_is_itself_or_nobody_in_every_spelling)
{
	const struct spelling *spelling = &spellings[_i];
	struct world world;

	world_init(&world, &world_open_rules);
	for (size_t a = 0; a < ASKERS; a++) {
		for (size_t i = 0; i < READING + VCARDS; i++) {
			const char *request = i < READING ? reading[i] : vcards[i - READING];
			char *got = ask(&world, request, askers[a], spelling, "carol");
			char *hers = ask(&world, request, askers[a], &spellings[0], "carol");
			char *absent = ask(&world, request, askers[a], spelling, "nobody");

			cell(strcmp(got, hers) == 0 || strcmp(got, absent) == 0 ||
					strstr(got, "jid-malformed"),
				"%s: %s, by %s:\n%s", spelling->why, request, askers[a], got);
			free(absent);
			free(hers);
			free(got);
		}
	}
	world_clear(&world);
	cells_end(spelling->why);
}
END_TEST

/* Loop: the spellings. Of whose vCard is delegated the rest may be seen, but not the numbers. */
START_TEST(numbers_are_closed_in_every_spelling)
{
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.visible = CIRCLE_NOBODY;
	world_init(&world, &rules);
	for (size_t a = 0; a < ASKERS; a++) {
		for (size_t i = 0; i < VCARDS; i++) {
			char *got = ask(&world, vcards[i], askers[a], &spellings[_i], "carol");

			cell(!strstr(got, "tel:+") && !strstr(got, "NUMBER"), "%s: %s",
				spellings[_i].why, askers[a]);
			free(got);
		}
	}
	world_clear(&world);
	cells_end(spellings[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spellings");
	TCase *tcase = tcase_create("RFC 6122; design, 1: 7, a refusal looks like absence");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_closed_account_is_nobodys_in_every_spelling, 0, SPELLINGS);
	tcase_add_loop_test(
		tcase, an_open_account_is_itself_or_nobody_in_every_spelling, 0, SPELLINGS);
	tcase_add_loop_test(tcase, numbers_are_closed_in_every_spelling, 0, SPELLINGS);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
