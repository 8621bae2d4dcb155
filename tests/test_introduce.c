/* The command `introduce` (design: sections 3, "forms", and 4, "Rules"): what two shares do, and
 * tell. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"
#define BOB "bob@example.org"
#define CAROL "carol@example.org"
#define BOBS "+447700900200"
#define CAROLS "+447700900300"
#define WENT "'s card went to "
#define UNLESS ", unless settings of theirs are against it."

static struct dialogue *dialogue;

static void has_profile(const char *who, const char *name, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			   "<publish node='urn:xmpp:vcard4'><item id='current'>"
			   "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn><tel><uri>tel:%s</uri></tel></vcard></item>"
			   "</publish></pubsub></iq>",
			   who, name, number),
		"type=\"result\"");
}

static void setup(void)
{
	struct settings *settings;

	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_YES;
	has_profile(BOB, "Bob Builder", BOBS);
	has_profile(CAROL, "Carol Example", CAROLS);
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *introduce(const char *first, const char *second)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='introduce'>"
		"<x xmlns='jabber:x:data' type='submit'>" FIELD("first", "%s")
			FIELD("second", "%s") "</x></command></iq>",
		first, second);
}

static const char *set(const char *who, const char *fields)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='settings'>"
		"<x xmlns='jabber:x:data' type='submit'>%s</x></command></iq>",
		who, fields);

	expect_has(sent, "stored");
	return sent;
}

/* The one message to somebody among what was sent, to be freed; the test fails where there are
 * several. NULL: none. */
static char *message_to(const char *sent, const char *who)
{
	char begin[96];

	snprintf(begin, sizeof(begin), "from=\"kith.example.org\" to=\"%s\"", who);
	ck_assert_uint_le(dialogue_count(sent, begin), 1);
	return strstr(sent, begin) ? expect_between(sent, begin, "</message>") : NULL;
}

static void came(const char *sent, const char *who, const char *name, const char *number)
{
	char *message = message_to(sent, who);

	ck_assert_msg(message != NULL, "nothing for %s in %s", who, sent);
	expect_has(message, "contact details, from " ALICE);
	expect_has(message, name);
	expect_has(message, number);
	free(message);
}

START_TEST(each_gets_the_card_of_the_other)
{
	const char *sent = introduce(BOB, CAROL);

	came(sent, CAROL, "Bob Builder", BOBS);
	came(sent, BOB, "Carol Example", CAROLS);
	expect_has(sent, "<note type=\"info\">Bob Builder" WENT CAROL UNLESS
			 "\nCarol Example" WENT BOB UNLESS "</note>");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 2);
}
END_TEST

START_TEST(they_are_found_by_what_one_knows_of_them)
{
	static const char *const words[][2] = {
		{"bob", "carol"}, {"+44 7700 900200", "Carol Example"}, {"BOB@example.org", "carol"}};
	const char *sent = introduce(words[_i][0], words[_i][1]);

	came(sent, CAROL, "Bob Builder", BOBS);
	came(sent, BOB, "Carol Example", CAROLS);
}
END_TEST

START_TEST(of_several_one_is_chosen)
{
	const char *sent;
	char *session;

	has_profile("caro2@example.org", "Carol Other", "+447700900301");
	sent = introduce("bob", "carol");
	expect_has(sent, "status=\"executing\"");
	expect_has(sent, "<field var=\"first\" type=\"text-single\" label=\"Whom (name, e-mail, "
			 "number or address)\"><value>" BOB "</value>");
	expect_has(sent, "<field var=\"second\" type=\"list-single\"");
	expect_has(sent, "<option label=\"Carol Example (carol@example.org)\"><value>" CAROL);
	expect_has(sent, "<option label=\"Carol Other (caro2@example.org)\">");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 0);
	session = expect_between(sent, "sessionid=\"", "\"");
	sent = dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='introduce' sessionid='%s'>"
		"<x xmlns='jabber:x:data' type='submit'>" FIELD("first", BOB)
			FIELD("second", CAROL) "</x></command></iq>",
		session);
	came(sent, CAROL, "Bob Builder", BOBS);
	came(sent, BOB, "Carol Example", CAROLS);
	free(session);
}
END_TEST

START_TEST(who_is_to_be_asked_is_asked_and_the_other_card_goes)
{
	const char *sent;
	char *question;

	set(CAROL, FIELD("share", "ask"));
	sent = introduce(BOB, CAROL);
	expect_has(sent, "Bob Builder" WENT CAROL UNLESS
			 "\nCarol Example is asked whether the card may go to " BOB ".</note>");
	question = expect_between(sent,
		"<body>alice@example.org asks me to send your contact "
		"details to ",
		".");
	ck_assert_str_eq(question, "bob@example");
	free(question);
	expect_lacks(sent, CAROLS);
	expect_has(sent, BOBS);
	sent = dialogue_say(dialogue, "<message type='chat' from='" CAROL
				      "/r' to='kith.example.org' id='m1'><body>yes</body>"
				      "</message>");
	/* Bob's card waits to be saved by her, too. */
	expect_has(sent, "Which one?");
}
END_TEST

/* Whose card isn't passed on is as if nobody were there; and the other card goes to the address. */
START_TEST(a_card_that_may_not_be_sent_keeps_not_the_other)
{
	const char *sent;

	set(CAROL, FIELD("share", "no"));
	sent = introduce(BOB, CAROL);
	expect_has(sent, "<note type=\"info\">Bob Builder" WENT CAROL UNLESS
			 "\nNobody was found for \"" CAROL "\".</note>");
	came(sent, CAROL, "Bob Builder", BOBS);
	expect_lacks(sent, CAROLS);
	sent = introduce(CAROL, BOB);
	expect_has(sent, "<note type=\"info\">Nobody was found for \"" CAROL "\".\n"
			 "Bob Builder" WENT CAROL UNLESS "</note>");
	set(BOB, FIELD("share", "no"));
	sent = introduce(CAROL, BOB);
	expect_has(sent, "<note type=\"error\">Nobody was found for \"" CAROL "\".\n"
			 "Nobody was found for \"" BOB "\".</note>");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 0);
}
END_TEST

/* Neither the books nor the blocks of those who are introduced show. */
START_TEST(what_keeps_a_card_from_arriving_is_not_told)
{
	char *before = expect_between(introduce(BOB, CAROL), "<note", "</note>"), *after;
	const char *sent;

	set(CAROL, FIELD("blocked", BOB));
	set(BOB, FIELD("visible", "chosen") FIELD("chosen", ALICE));
	sent = introduce(BOB, CAROL);
	after = expect_between(sent, "<note", "</note>");
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 0);
	free(before);
	free(after);
}
END_TEST

START_TEST(one_person_is_not_two)
{
	expect_has(introduce("bob", BOB), "<note type=\"error\">These are not two people.</note>");
}
END_TEST

START_TEST(nobody_is_said_as_by_share)
{
	expect_has(introduce("zed", CAROL),
		"<note type=\"error\">Nobody was found for \"zed\".</note>");
	expect_has(introduce(CAROL, "zed@elsewhere.example"),
		"<note type=\"error\">Nobody was found for \"zed@elsewhere.example\".</note>");
	expect_has(introduce(CAROL, ""), "bad-payload");
}
END_TEST

START_TEST(it_counts_as_two_cards)
{
	dialogue_settings(dialogue)->limits.rates[RATE_SHARE].account = 3;
	expect_has(introduce(BOB, CAROL), "info");
	expect_has(introduce(BOB, CAROL), "Too many cards sent");
}
END_TEST

/* One of the two may be oneself. */
START_TEST(one_introduces_oneself)
{
	const char *sent;

	has_profile(ALICE, "Alice Example", "+447700900100");
	sent = introduce(ALICE, BOB);
	came(sent, BOB, "Alice Example", "+447700900100");
	came(sent, ALICE, "Bob Builder", BOBS);
}
END_TEST

static Suite *introduce_suite(void)
{
	Suite *suite = suite_create("introductions");
	TCase *tcase = tcase_create("design, 3: forms, card; 4: Rules, share");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_gets_the_card_of_the_other);
	tcase_add_loop_test(tcase, they_are_found_by_what_one_knows_of_them, 0, 3);
	tcase_add_test(tcase, of_several_one_is_chosen);
	tcase_add_test(tcase, who_is_to_be_asked_is_asked_and_the_other_card_goes);
	tcase_add_test(tcase, a_card_that_may_not_be_sent_keeps_not_the_other);
	tcase_add_test(tcase, what_keeps_a_card_from_arriving_is_not_told);
	tcase_add_test(tcase, one_person_is_not_two);
	tcase_add_test(tcase, nobody_is_said_as_by_share);
	tcase_add_test(tcase, it_counts_as_two_cards);
	tcase_add_test(tcase, one_introduces_oneself);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(introduce_suite());
}
