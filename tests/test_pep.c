/* vCards that people publish by PEP, followed: XEP-0163, XEP-0292, 3; XEP-0060, 6.5 and 7.1.2. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/feature.h"
#include "component/server.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define NOW 1600000000
#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"
#define VCARD(tels)                                                                                \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol</text></fn>" tels         \
	"</vcard>"
#define OLD "+447700900123"
#define NEW "+447700900456"
#define LAND "+442079460123"
#define CAROL "carol@example.org"
#define HEADLINE "<items node=\"urn:xmpp:vcard4\"><item id=\"carol@example.org\"><vcard "
#define READ "<items node=\"urn:xmpp:vcard4\" max_items=\"1\"/>"

static struct dialogue *dialogue;

static const char *presence(const char *from, const char *type)
{
	return dialogue_say(
		dialogue, "<presence type='%s' from='%s' to='kith.example.org'/>", type, from);
}

static void befriend(const char *who)
{
	presence(who, "subscribe");
	presence(who, "subscribed");
}

static void set_up(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	server_up(dialogue_service(dialogue)->server, 1000);
	befriend(CAROL);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

static const char *notify(const char *from, const char *content)
{
	return dialogue_say(dialogue,
		"<message type='headline' from='%s' to='kith.example.org'><event "
		"xmlns='http://jabber.org/protocol/pubsub#event'>%s</event></message>",
		from, content);
}

#define IN_NODE(content) "<items node='urn:xmpp:vcard4'>" content "</items>"
#define ITEM(card) IN_NODE("<item id='current'>" card "</item>")

/* As Prosody does it, when carol publishes. */
static const char *publish(const char *card)
{
	char content[2048];

	snprintf(content, sizeof(content),
		IN_NODE("<item publisher='carol@example.org/x' id='current'>%s</item>"), card);
	return notify(CAROL, content);
}

static const char *answer_as(const char *from, const char *id, const char *card)
{
	return dialogue_say(dialogue,
		"<iq type='result' from='%s' to='kith.example.org' id='%s'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'>" ITEM("%s") "</pubsub></iq>",
		from, id, card);
}

static char *reading_id(void)
{
	char *id;

	ck_assert_int_ge(
		asprintf(&id, "pep-%s", server_stream_id(dialogue_service(dialogue)->server)), 0);
	return id;
}

/* As ejabberd does it, when it is asked. */
static const char *answer(const char *card)
{
	char *id = reading_id();
	const char *sent = answer_as(CAROL, id, card);

	free(id);
	return sent;
}

/* What alice reads of carol. */
static const char *profile(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' id='g' from='alice@example.org/x' to='kith.example.org'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
		"node='urn:xmpp:vcard4'><item id='carol@example.org'/></items></pubsub></iq>");
}

static void has_number(const char *number)
{
	expect_has(profile(), number);
}

static void has_none(void)
{
	expect_has(profile(), "<item-not-found ");
}

/* Carol does something in Kith itself. */
static const char *in_kith(const char *content)
{
	return dialogue_say(dialogue,
		"<iq type='set' id='k' from='carol@example.org/x' to='kith.example.org'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>%s</pubsub></iq>",
		content);
}

#define PUBLISH(card) "<publish node='urn:xmpp:vcard4'><item>" card "</item></publish>"

/* ---- Taking over ---- */

START_TEST(what_is_published_is_the_profile)
{
	expect_has(publish(VCARD(TEL(OLD))), HEADLINE);
	has_number(OLD);
	expect_has(publish(VCARD(TEL(NEW))), HEADLINE);
	has_number(NEW);
	expect_lacks(profile(), OLD);
}
END_TEST

START_TEST(what_is_read_is_the_profile)
{
	expect_has(answer(VCARD(TEL(OLD))), HEADLINE);
	has_number(OLD);
}
END_TEST

/* Alice has her as a contact. */
static void is_held(void)
{
	publish(VCARD(TEL(OLD)));
	dialogue_say(dialogue,
		"<iq type='set' id='c' from='alice@example.org/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:contacts'><item "
		"id='carol@example.org'>" VCARD(TEL(OLD)) "</item></publish></pubsub></iq>");
	dialogue_run(dialogue);
}

/* Who has the service in the roster uses it: `first_change` asks nothing. */
START_TEST(a_change_comes_to_holders)
{
	is_held();
	expect_lacks(publish(VCARD(TEL(NEW))), "<body>");
	expect_has(dialogue_run(dialogue), "7700 900456");
}
END_TEST

START_TEST(the_last_one_seen_is_passed_over)
{
	publish(VCARD(TEL(OLD)));
	in_kith(PUBLISH(VCARD(TEL(NEW))));
	ck_assert_str_eq(publish(VCARD(TEL(OLD))), "");
	ck_assert_str_eq(answer(VCARD(TEL(OLD))), "");
	/* the same in other words */
	ck_assert_str_eq(answer("<v:vcard xmlns:v='urn:ietf:params:xml:ns:vcard-4.0'>"
				"<v:fn><v:text>Carol</v:text></v:fn> <v:tel><v:uri>tel:" OLD
				"</v:uri></v:tel></v:vcard>"),
		"");
	has_number(NEW);
	/* but not one that was seen before the last */
	publish(VCARD(TEL(LAND)));
	expect_has(publish(VCARD(TEL(OLD))), HEADLINE);
}
END_TEST

START_TEST(no_number_is_retired_by_its_absence)
{
	in_kith(PUBLISH(VCARD(TEL(OLD) TEL(LAND))));
	expect_has(publish(VCARD(TEL(OLD))), "Is that number given up?");
	has_number(OLD);
	has_number(LAND);
}
END_TEST

START_TEST(what_is_taken_off_the_node_says_nothing)
{
	static const char *const contents[] = {
		"<items node='urn:xmpp:vcard4'><retract id='current'/></items>",
		"<purge node='urn:xmpp:vcard4'/>", "<delete node='urn:xmpp:vcard4'/>"};

	publish(VCARD(TEL(OLD)));
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++)
		ck_assert_str_eq(notify(CAROL, contents[i]), "");
	has_number(OLD);
}
END_TEST

START_TEST(a_notification_without_payload_leads_to_reading)
{
	static const char bare[] = IN_NODE("<item id='current'/>");

	ck_assert_str_eq(notify(CAROL, bare), ""); /* it was read just now */
	dialogue_set_time(dialogue, NOW + 5);
	expect_has(notify(CAROL, bare), READ);
	ck_assert_str_eq(notify(CAROL, bare), "");
	dialogue_set_time(dialogue, NOW - 100); /* the clock was wrong */
	expect_has(notify(CAROL, bare), READ);
}
END_TEST

START_TEST(of_several_items_the_last_counts)
{
	notify(CAROL, IN_NODE("<item id='a'>" VCARD(TEL(OLD)) "</item><item id='b'>" VCARD(
			      TEL(NEW)) "</item>"));
	has_number(NEW);
}
END_TEST

START_TEST(what_can_not_be_a_profile_is_told_once)
{
	static const char card[] = VCARD("<note><text>much</text></note>");
	const char *sent;

	dialogue_settings(dialogue)->limits.card_bytes = 100;
	sent = answer(card);
	expect_has(sent, "to=\"carol@example.org\"");
	expect_has(sent, "is not taken over: a vCard may have at most 100 bytes. Your");
	ck_assert_str_eq(answer(card), "");
	has_none();
	dialogue_settings(dialogue)->limits.card_bytes = 65536;
	answer(VCARD(TEL(OLD)));
	has_number(OLD);
}
END_TEST

START_TEST(what_comes_too_often_is_taken_later)
{
	dialogue_settings(dialogue)->limits.rates[RATE_CHANGE] = (struct settings_rate){1, 0};
	publish(VCARD(TEL(OLD)));
	ck_assert_str_eq(publish(VCARD(TEL(NEW))), "");
	has_number(OLD);
	dialogue_set_time(dialogue, NOW + 86400);
	answer(VCARD(TEL(NEW)));
	has_number(NEW);
}
END_TEST

/* ---- By whom ---- */

START_TEST(another_speaks_for_nobody)
{
	static const char *const froms[] = {
		"carol@example.org/x", "example.org", "carol@example.com", "mallory@example.org"};
	char *id = reading_id();

	for (size_t i = 0; i < sizeof(froms) / sizeof(*froms); i++) {
		ck_assert_str_eq(notify(froms[i], ITEM(VCARD(TEL(OLD)))), "");
		ck_assert_str_eq(answer_as(froms[i], id, VCARD(TEL(OLD))), "");
	}
	ck_assert_str_eq(answer_as(CAROL, "pep-", VCARD(TEL(OLD))), "");
	ck_assert_str_eq(answer_as(CAROL, "1", VCARD(TEL(OLD))), "");
	ck_assert_str_eq(notify(CAROL, IN_NODE("<item publisher='mallory@example.org'>" VCARD(
					       TEL(OLD)) "</item>")),
		"");
	has_none();
	free(id);
}
END_TEST

START_TEST(who_does_not_share_presence_is_not_followed)
{
	presence(CAROL, "unsubscribed");
	ck_assert_str_eq(publish(VCARD(TEL(OLD))), "");
	ck_assert_str_eq(answer(VCARD(TEL(OLD))), "");
	presence(CAROL, "unsubscribe");
	ck_assert_str_eq(publish(VCARD(TEL(OLD))), "");
	has_none();
	presence(CAROL, "subscribe");
	ck_assert_str_eq(publish(VCARD(TEL(OLD))), "");
	presence(CAROL, "subscribed");
	publish(VCARD(TEL(OLD)));
	has_number(OLD);
}
END_TEST

START_TEST(who_is_not_served_any_more_is_not_followed)
{
	char **served = dialogue_settings(dialogue)->domains, *none[] = {NULL};

	dialogue_settings(dialogue)->domains = none;
	ck_assert_str_eq(publish(VCARD(TEL(OLD))), "");
	ck_assert_str_eq(answer(VCARD(TEL(OLD))), "");
	dialogue_settings(dialogue)->domains = served;
	has_none();
}
END_TEST

START_TEST(other_nodes_and_errors_are_nothing)
{
	char *id = reading_id();

	ck_assert_str_eq(notify(CAROL, "<items node='urn:xmpp:contacts'><item id='current'>" VCARD(
					       TEL(OLD)) "</item></items>"),
		"");
	ck_assert_str_eq(notify(CAROL, ITEM("<x xmlns='urn:x'/>")), "");
	ck_assert_str_eq(dialogue_say(dialogue,
				 "<iq type='error' from='carol@example.org' to='kith.example.org' "
				 "id='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'>" ITEM(
					 VCARD(TEL(OLD))) "</pubsub></iq>",
				 id),
		"");
	has_none();
	free(id);
}
END_TEST

/* ---- The command ---- */

static const char *look(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='set' id='l' from='%s/x' to='kith.example.org'><command "
		"xmlns='http://jabber.org/protocol/commands' node='look'/></iq>",
		who);
}

START_TEST(the_owner_has_it_read_again)
{
	const char *sent;

	sent = look(CAROL);
	expect_has(sent, READ);
	expect_has(sent, "status=\"completed\"");
	sent = look("alice@example.org");
	expect_lacks(sent, READ);
	expect_has(sent, "<note type=\"error\">The vCard that you publish on your server is "
			 "followed once kith.example.org is in your contact list");
}
END_TEST

START_TEST(a_publication_is_a_sign_of_life)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account carol;

	publish(VCARD(TEL(OLD)));
	dialogue_set_time(dialogue, NOW + 100 * 86400);
	publish(VCARD(TEL(NEW)));
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, CAROL, &carol), STORE_OK);
	store_turn_rollback(store);
	ck_assert_int_eq(carol.seen_at, NOW + 100 * 86400);
	arena_free(arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pep");
	TCase *taking = tcase_create("XEP-0292, 3");
	TCase *whose = tcase_create("XEP-0163, 4.3");
	TCase *command = tcase_create("XEP-0050");

	tcase_add_checked_fixture(taking, set_up, tear_down);
	tcase_add_test(taking, what_is_published_is_the_profile);
	tcase_add_test(taking, what_is_read_is_the_profile);
	tcase_add_test(taking, a_change_comes_to_holders);
	tcase_add_test(taking, the_last_one_seen_is_passed_over);
	tcase_add_test(taking, no_number_is_retired_by_its_absence);
	tcase_add_test(taking, what_is_taken_off_the_node_says_nothing);
	tcase_add_test(taking, a_notification_without_payload_leads_to_reading);
	tcase_add_test(taking, of_several_items_the_last_counts);
	tcase_add_test(taking, what_can_not_be_a_profile_is_told_once);
	tcase_add_test(taking, what_comes_too_often_is_taken_later);
	tcase_add_test(taking, a_publication_is_a_sign_of_life);
	suite_add_tcase(suite, taking);
	tcase_add_checked_fixture(whose, set_up, tear_down);
	tcase_add_test(whose, another_speaks_for_nobody);
	tcase_add_test(whose, who_does_not_share_presence_is_not_followed);
	tcase_add_test(whose, who_is_not_served_any_more_is_not_followed);
	tcase_add_test(whose, other_nodes_and_errors_are_nothing);
	suite_add_tcase(suite, whose);
	tcase_add_checked_fixture(command, set_up, tear_down);
	tcase_add_test(command, the_owner_has_it_read_again);
	suite_add_tcase(suite, command);
	return expect_all(suite);
}
