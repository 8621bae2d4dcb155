/* The node urn:xmpp:vcard4 (XEP-0060, XEP-0292), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>

#include "component/settings.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define CARD(name, number)                                                                         \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>" name "</text></fn>"           \
	"<tel><uri>tel:" number "</uri></tel></vcard>"
#define CAROL CARD("Carol Example", "+447700900123")
#define ALICE_JID "alice@example.org"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *ask(const char *from, const char *type, const char *pubsub)
{
	return dialogue_say(dialogue,
		"<iq type='%s' from='%s/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>%s</pubsub></iq>",
		type, from, pubsub);
}

static const char *publish(const char *from, const char *item)
{
	char text[2048];

	snprintf(text, sizeof(text), "<publish node='urn:xmpp:vcard4'>%s</publish>", item);
	return ask(from, "set", text);
}

static const char *read_item(const char *from, const char *id)
{
	char text[512];

	snprintf(text, sizeof(text), "<items node='urn:xmpp:vcard4'><item id='%s'/></items>", id);
	return ask(from, "get", text);
}

START_TEST(profile_is_stored_under_the_own_jid_whatever_the_id)
{
	static const char *const ids[] = {"", " id='current'", " id='carol@example.org'",
		" id='Carol@EXAMPLE.org'", " id='carol@example.org/phone'",
		" id='6f3b2d3e-9c0f-4d5e-8a53-0f1c1b0e2d11'", " id='example.net'"};
	char item[1024];
	const char *sent;

	snprintf(item, sizeof(item), "<item%s>" CAROL "</item>", ids[_i]);
	sent = publish("carol@example.org", item);
	expect_has(sent, "type=\"result\"");
	expect_has(sent,
		"<publish node=\"urn:xmpp:vcard4\"><item id=\"carol@example.org\"/></publish>");
	expect_has(read_item(ALICE_JID, "carol@example.org"), "Carol Example");
}
END_TEST

START_TEST(owner_is_told_by_a_headline_to_the_bare_jid)
{
	const char *sent = publish("carol@example.org", "<item>" CAROL "</item>");

	expect_has(sent, "to=\"carol@example.org\" type=\"headline\"");
	expect_has(sent, "<event xmlns=\"http://jabber.org/protocol/pubsub#event\">"
			 "<items node=\"urn:xmpp:vcard4\"><item id=\"carol@example.org\"><vcard ");
	ck_assert_uint_eq(dialogue_count(sent, "<message"), 1);
}
END_TEST

START_TEST(publishing_as_somebody_else_is_forbidden)
{
	const char *sent =
		publish("mallory@example.org", "<item id='carol@example.org'>" CAROL "</item>");

	expect_has(sent, "<forbidden ");
	expect_has(sent, "type=\"auth\"");
	expect_lacks(sent, "<message");
	expect_has(publish("mallory@example.org", "<item id='nobody@example.net'>" CAROL "</item>"),
		"<forbidden ");
}
END_TEST

START_TEST(account_that_is_not_served_has_no_profile)
{
	expect_has(publish("mallory@example.com", "<item>" CAROL "</item>"), "<forbidden ");
}
END_TEST

START_TEST(own_profile_is_read_without_an_id)
{
	const char *sent = ask("carol@example.org", "get", "<items node='urn:xmpp:vcard4'/>");

	expect_has(sent, "<items node=\"urn:xmpp:vcard4\"/>");
	publish("carol@example.org", "<item>" CAROL "</item>");
	sent = ask("carol@example.org", "get", "<items node='urn:xmpp:vcard4'/>");
	ck_assert_uint_eq(dialogue_count(sent, "<item id=\"carol@example.org\">"), 1);
	sent = ask(ALICE_JID, "get", "<items node='urn:xmpp:vcard4'/>");
	expect_has(sent, "<items node=\"urn:xmpp:vcard4\"/>");
}
END_TEST

START_TEST(another_profile_is_read_by_any_spelling_of_its_jid)
{
	publish("carol@example.org", "<item>" CAROL "</item>");
	expect_has(read_item(ALICE_JID, "CAROL@example.ORG"),
		"<item id=\"carol@example.org\"><vcard ");
}
END_TEST

START_TEST(several_profiles_are_read_at_once)
{
	const char *sent;

	publish("carol@example.org", "<item>" CAROL "</item>");
	publish("dave@example.org", "<item>" CARD("Dave", "+447700900200") "</item>");
	sent = ask(ALICE_JID, "get",
		"<items node='urn:xmpp:vcard4'><item id='dave@example.org'/>"
		"<item id='nobody@example.org'/><item id='carol@example.org'/></items>");
	ck_assert_uint_eq(dialogue_count(sent, "<item id="), 2);
}
END_TEST

START_TEST(refusal_is_to_the_letter_what_absence_is)
{
	char refused[1024];

	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_NOBODY;
	publish("carol@example.org", "<item>" CAROL "</item>");
	snprintf(refused, sizeof(refused), "%s", read_item(ALICE_JID, "carol@example.org"));
	expect_has(refused, "<item-not-found ");
	ck_assert_str_eq(refused, read_item(ALICE_JID, "nobody@example.org"));
	ck_assert_str_eq(refused, read_item(ALICE_JID, "nobody@example.net"));
	ck_assert_str_eq(refused, read_item(ALICE_JID, "no JID at all"));
}
END_TEST

START_TEST(who_is_not_served_sees_nobody)
{
	publish("carol@example.org", "<item>" CAROL "</item>");
	expect_has(read_item("mallory@example.com", "carol@example.org"), "<item-not-found ");
	expect_has(ask("mallory@example.com", "get", "<items node='urn:xmpp:vcard4'/>"),
		"<forbidden ");
}
END_TEST

START_TEST(retracting_hides_and_publishing_shows_again)
{
	const char *retract = "<retract node='urn:xmpp:vcard4' notify='true'>"
			      "<item id='Carol@example.org'/></retract>";
	const char *sent;

	publish("carol@example.org", "<item>" CAROL "</item>");
	sent = ask("carol@example.org", "set", retract);
	expect_has(sent, "type=\"result\"");
	expect_has(sent, "<retract id=\"carol@example.org\"/>");
	expect_has(read_item(ALICE_JID, "carol@example.org"), "<item-not-found ");
	expect_has(read_item("carol@example.org", "carol@example.org"), "<item-not-found ");
	expect_has(ask("carol@example.org", "set", retract), "<item-not-found ");
	publish("carol@example.org", "<item>" CAROL "</item>");
	expect_has(read_item(ALICE_JID, "carol@example.org"), "Carol Example");
}
END_TEST

START_TEST(retracting_another_profile_is_forbidden)
{
	publish("carol@example.org", "<item>" CAROL "</item>");
	expect_has(
		ask("mallory@example.org", "set",
			"<retract node='urn:xmpp:vcard4'><item id='carol@example.org'/></retract>"),
		"<forbidden ");
}
END_TEST

START_TEST(bad_publications_are_refused_as_the_xep_says)
{
	static const struct {
		const char *item, *error, *condition;
	} rows[] = {
		{"", "<bad-request ", "<item-required "},
		{"<item/>", "<bad-request ", "<payload-required "},
		{"<item>" CAROL CAROL "</item>", "<bad-request ", "<invalid-payload "},
		{"<item><x xmlns='jabber:x:data'/></item>", "<not-acceptable ",
			"<invalid-payload "},
		{"<item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/></item>",
			"<not-acceptable ", "<invalid-payload "},
	};
	const char *sent = publish("carol@example.org", rows[_i].item);

	expect_has(sent, rows[_i].error);
	expect_has(sent, rows[_i].condition);
	expect_has(sent, "xmlns=\"http://jabber.org/protocol/pubsub#errors\"");
	expect_lacks(sent, "<message");
}
END_TEST

START_TEST(payload_that_is_too_big_is_refused)
{
	const char *sent;

	dialogue_settings(dialogue)->limits.card_bytes = 100;
	sent = publish("carol@example.org", "<item>" CAROL "</item>");
	expect_has(sent, "<not-acceptable ");
	expect_has(sent, "<payload-too-big ");
}
END_TEST

/* Both at once: what comes of one request is there for the next of the same turn. */
START_TEST(read_in_the_same_turn_sees_what_was_published)
{
	const char *sent = dialogue_say_all(dialogue,
		"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:vcard4'>"
		"<item>" CAROL "</item></publish></pubsub></iq>"
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='2'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'>"
		"<item id='carol@example.org'/></items></pubsub></iq>");

	ck_assert_uint_eq(dialogue_count(sent, "type=\"result\""), 2);
	ck_assert_uint_eq(dialogue_count(sent, "Carol Example"), 2);
}
END_TEST

static Suite *profile_suite(void)
{
	Suite *suite = suite_create("pubsub_profile");
	TCase *publishing = tcase_create("XEP-0060, 7.1: publish");
	TCase *reading = tcase_create("XEP-0060, 6.5: retrieve items");
	TCase *deleting = tcase_create("XEP-0060, 7.2: delete an item");

	tcase_add_checked_fixture(publishing, setup, teardown);
	tcase_add_loop_test(publishing, profile_is_stored_under_the_own_jid_whatever_the_id, 0, 7);
	tcase_add_test(publishing, owner_is_told_by_a_headline_to_the_bare_jid);
	tcase_add_test(publishing, publishing_as_somebody_else_is_forbidden);
	tcase_add_test(publishing, account_that_is_not_served_has_no_profile);
	tcase_add_loop_test(publishing, bad_publications_are_refused_as_the_xep_says, 0, 5);
	tcase_add_test(publishing, payload_that_is_too_big_is_refused);
	suite_add_tcase(suite, publishing);
	tcase_add_checked_fixture(reading, setup, teardown);
	tcase_add_test(reading, own_profile_is_read_without_an_id);
	tcase_add_test(reading, another_profile_is_read_by_any_spelling_of_its_jid);
	tcase_add_test(reading, several_profiles_are_read_at_once);
	tcase_add_test(reading, refusal_is_to_the_letter_what_absence_is);
	tcase_add_test(reading, who_is_not_served_sees_nobody);
	tcase_add_test(reading, read_in_the_same_turn_sees_what_was_published);
	suite_add_tcase(suite, reading);
	tcase_add_checked_fixture(deleting, setup, teardown);
	tcase_add_test(deleting, retracting_hides_and_publishing_shows_again);
	tcase_add_test(deleting, retracting_another_profile_is_forbidden);
	suite_add_tcase(suite, deleting);
	return suite;
}

int main(void)
{
	return expect_all(profile_suite());
}
