/* Rosters and messages of the server's accounts, XEP-0356, 4.3 and 5.3. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/feature.h"
#include "component/server.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define CARD                                                                                       \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol Example</text></fn><tel>" \
	"<uri>tel:+447700900123</uri></tel></vcard>"
#define PUBSUB(content) "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" content "</pubsub>"

static struct dialogue *dialogue;

static void set_up(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_MUTUAL;
	dialogue_settings(dialogue)->defaults[SETTING_SHARE] = SHARE_YES;
	server_up(dialogue_service(dialogue)->server, 1000);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

static void grant(const char *version, const char *perms)
{
	ck_assert_str_eq(dialogue_say(dialogue,
				 "<message from='example.org' to='kith.example.org'><privilege "
				 "xmlns='urn:xmpp:privilege:%s'>%s</privilege></message>",
				 version, perms),
		"");
}

#define ROSTER "<perm access='roster' type='get'/>"
#define MESSAGES "<perm access='message' type='outgoing'/>"

/* Uses the service for the first time. */
static const char *publish(const char *user)
{
	return dialogue_say(dialogue,
		"<iq type='set' id='p' from='%s@example.org/x' to='kith.example.org'>" PUBSUB(
			"<publish node='urn:xmpp:vcard4'><item>" CARD "</item></publish>") "</iq>",
		user);
}

static const char *presence(const char *from, const char *type)
{
	return dialogue_say(dialogue, "<presence from='%s' to='kith.example.org' %s/>", from, type);
}

static const char *say_roster(const char *from, const char *items)
{
	return dialogue_say(dialogue,
		"<iq type='result' from='%s' to='kith.example.org' id='%s'>"
		"<query xmlns='jabber:iq:roster'>%s</query></iq>",
		from, server_stream_id(dialogue_service(dialogue)->server), items);
}

#define ITEM(user, subscription)                                                                   \
	"<item jid='" user "@example.org' name='x' subscription='" subscription "'/>"

static bool bob_sees_carol(void)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='get' id='g' from='bob@example.org/x' to='kith.example.org'>" PUBSUB(
			"<items node='urn:xmpp:vcard4'><item id='carol@example.org'/>"
			"</items>") "</iq>");

	return strstr(sent, "Carol Example") != NULL;
}

/* ---- 4.3 ---- */

START_TEST(a_roster_is_read_at_first_use_and_at_logins)
{
	const char *sent;

	grant("2", ROSTER);
	sent = publish("carol");
	expect_has(
		sent, "<iq type=\"get\" from=\"kith.example.org\" to=\"carol@example.org\" id=\"");
	expect_has(sent, "\"><query xmlns=\"jabber:iq:roster\"/></iq>");
	expect_lacks(publish("carol"), "jabber:iq:roster");
	ck_assert_str_eq(presence("carol@example.org/x", ""), "");
	dialogue_set_time(dialogue, 1600000000 + 601);
	ck_assert_str_eq(presence("carol@example.org/x", "type='unavailable'"), "");
	/* who doesn't use the service is left alone */
	ck_assert_str_eq(presence("dave@example.org/x", ""), "");
	ck_assert_str_eq(presence("dave@example.net/x", ""), "");
	expect_has(presence("carol@example.org/x", ""), "jabber:iq:roster");
	ck_assert_str_eq(presence("carol@example.org/x", ""), "");
	/* the clock was wrong */
	dialogue_set_time(dialogue, 1500000000);
	ck_assert_str_eq(presence("carol@example.org/x", "type='unavailable'"), "");
	expect_has(presence("carol@example.org/x", ""), "jabber:iq:roster");
}
END_TEST

START_TEST(a_roster_is_read_at_sign_up_and_at_the_first_command)
{
	grant("2", ROSTER);
	expect_has(
		dialogue_say(dialogue,
			"<iq type='set' id='s' from='carol@example.org/x' to='kith.example.org'>"
			"<query xmlns='jabber:iq:register'><name>Carol</name><phone>+447700900123"
			"</phone><email>c@example.org</email></query></iq>"),
		"jabber:iq:roster");
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' id='s' from='bob@example.org/x' to='kith.example.org'>"
			   "<command xmlns='http://jabber.org/protocol/commands' node='look'/>"
			   "</iq>"),
		"jabber:iq:roster");
}
END_TEST

START_TEST(without_the_grant_nothing_is_asked)
{
	expect_lacks(publish("carol"), "jabber:iq:roster");
	ck_assert_str_eq(presence("carol@example.org/x", ""), "");
}
END_TEST

START_TEST(who_is_subscribed_both_ways_is_mutual)
{
	grant("1", ROSTER);
	publish("carol");
	publish("bob");
	ck_assert(!bob_sees_carol());
	ck_assert_str_eq(say_roster("carol@example.org",
				 ITEM("bob", "to") ITEM("alice", "both") ITEM("carol", "both")),
		"");
	ck_assert(!bob_sees_carol());
	say_roster("carol@example.org", ITEM("bob", "both") ITEM("bob", "both") "<item/>");
	ck_assert(bob_sees_carol());
	say_roster("bob@example.org", ITEM("carol", "both"));
	ck_assert(bob_sees_carol());
	say_roster("bob@example.org", ITEM("carol", "from"));
	ck_assert(!bob_sees_carol());
}
END_TEST

START_TEST(a_roster_that_the_server_did_not_send_counts_for_nothing)
{
	grant("2", ROSTER);
	publish("carol");
	publish("bob");
	say_roster("carol@example.org/x", ITEM("bob", "both"));
	say_roster("example.org", ITEM("bob", "both"));
	say_roster("carol@example.net", ITEM("bob", "both"));
	dialogue_say(dialogue,
		"<iq type='result' from='carol@example.org' to='kith.example.org' id='r1'>"
		"<query xmlns='jabber:iq:roster'>" ITEM("bob", "both") "</query></iq>");
	ck_assert(!bob_sees_carol());
}
END_TEST

static void count_fault(void *context, const char *text)
{
	(void)context;
	ck_abort_msg("%s", text);
}

START_TEST(an_account_that_is_erased_leaves_no_pair)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account carol;
	struct store_account bob;
	int64_t faults = -1;
	bool yes;

	grant("2", ROSTER);
	publish("carol");
	publish("bob");
	say_roster("carol@example.org", ITEM("bob", "both"));
	ck_assert_int_eq(store_verify(store, count_fault, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	carol.id = bob.id = 0;
	struct arena *arena = arena_new(0);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "bob@example.org", &bob), STORE_OK);
	ck_assert_int_eq(store_roster_has(store, bob.id, carol.id, &yes), STORE_OK);
	ck_assert(yes);
	ck_assert_int_eq(store_account_erase(store, carol.id, 1600000000), STORE_OK);
	ck_assert_int_eq(store_roster_has(store, bob.id, carol.id, &yes), STORE_OK);
	ck_assert(!yes);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	ck_assert_int_eq(store_verify(store, count_fault, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
	arena_free(arena);
}
END_TEST

START_TEST(a_grant_taken_back_without_a_word_lets_the_link_begin_anew)
{
	struct service *service = dialogue_service(dialogue);

	grant("1", ROSTER);
	publish("carol");
	ck_assert(!server_tick(service->server, service, 5000));
	dialogue_say(dialogue,
		"<iq type='error' from='carol@example.org' to='kith.example.org' id='%s'>"
		"<error type='auth'><forbidden "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
		"</iq>",
		server_stream_id(service->server));
	ck_assert(server_tick(service->server, service, 5000));
}
END_TEST

/* ---- 5.3 ---- */

static const char *share(void)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='share' "
		"action='complete'><x xmlns='jabber:x:data' type='submit'><field var='subject'>"
		"<value>carol@example.org</value></field><field var='to'>"
		"<value>bob@example.org</value></field></x></command></iq>");
}

START_TEST(a_card_comes_from_whom_it_is_from)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	publish("carol");
	sent = share();
	expect_has(sent, "from=\"kith.example.org\" to=\"bob@example.org\"");
	expect_has(sent, "contact details, from alice@example.org:");
	grant("1", MESSAGES);
	sent = share();
	expect_has(sent, "<message from=\"kith.example.org\" to=\"example.org\" id=\"");
	expect_has(sent, "<privilege xmlns=\"urn:xmpp:privilege:1\"><forwarded "
			 "xmlns=\"urn:xmpp:forward:0\"><message xmlns=\"jabber:client\"");
	expect_has(sent, "from=\"alice@example.org\"");
	expect_has(sent, "to=\"bob@example.org\"");
	expect_has(sent, "<body>Carol Example's contact details:");
	expect_has(sent, "<vcard xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\">");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("privilege");
	TCase *rosters = tcase_create("XEP-0356, 4.3");
	TCase *messages = tcase_create("XEP-0356, 5.3");

	tcase_add_checked_fixture(rosters, set_up, tear_down);
	tcase_add_test(rosters, a_roster_is_read_at_first_use_and_at_logins);
	tcase_add_test(rosters, a_roster_is_read_at_sign_up_and_at_the_first_command);
	tcase_add_test(rosters, without_the_grant_nothing_is_asked);
	tcase_add_test(rosters, who_is_subscribed_both_ways_is_mutual);
	tcase_add_test(rosters, a_roster_that_the_server_did_not_send_counts_for_nothing);
	tcase_add_test(rosters, an_account_that_is_erased_leaves_no_pair);
	tcase_add_test(rosters, a_grant_taken_back_without_a_word_lets_the_link_begin_anew);
	suite_add_tcase(suite, rosters);
	tcase_add_checked_fixture(messages, set_up, tear_down);
	tcase_add_test(messages, a_card_comes_from_whom_it_is_from);
	suite_add_tcase(suite, messages);
	return expect_all(suite);
}
