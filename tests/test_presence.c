/* Presence: who has the service in the roster, and logins; RFC 6121, 3 and 4. */
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
#define TYPE(type) "<presence type=\"" type "\" from=\"kith.example.org\" to=\"bob@example.org\"/>"
#define AVAILABLE "<presence from=\"kith.example.org\" to=\"bob@example.org\"><c xmlns="
#define READ "<iq type=\"get\" from=\"kith.example.org\" to=\"bob@example.org\" id=\"pep-"
#define ITEMS                                                                                      \
	"\"><pubsub xmlns=\"http://jabber.org/protocol/pubsub\"><items node=\"urn:xmpp:vcard4\" "  \
	"max_items=\"1\"/></pubsub></iq>"
#define ROSTER "<query xmlns=\"jabber:iq:roster\"/>"

static struct dialogue *dialogue;
static struct service *service;
static struct store *store;

static void set_up(void)
{
	dialogue = dialogue_new();
	service = dialogue_service(dialogue);
	store = dialogue_store(dialogue);
	server_up(service->server, 1000);
	presence_up(service, NOW - 1);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

/* type NULL: available. */
static const char *presence(const char *from, const char *type)
{
	if (!type)
		return dialogue_say(dialogue, "<presence from='%s' to='kith.example.org'/>", from);
	return dialogue_say(
		dialogue, "<presence type='%s' from='%s' to='kith.example.org'/>", type, from);
}

/* Bob has the service in his roster and shares his presence. */
static void befriend(void)
{
	presence("bob@example.org", "subscribe");
	presence("bob@example.org", "subscribed");
}

static const char *use_the_service(void)
{
	return dialogue_say(dialogue,
		"<iq type='set' id='p' from='bob@example.org/x' to='kith.example.org'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
		"node='urn:xmpp:vcard4'><item><vcard "
		"xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Bob</text></fn></vcard>"
		"</item></publish></pubsub></iq>");
}

static void is_nothing(const char *sent)
{
	ck_assert_str_eq(sent, "");
}

/* ---- 3: subscriptions ---- */

START_TEST(who_subscribes_is_let_in_and_asked_for_the_same)
{
	const char *sent = presence("bob@example.org/x", "subscribe");
	size_t len = strlen(TYPE("subscribed") TYPE("subscribe") AVAILABLE);

	ck_assert_msg(strncmp(sent, TYPE("subscribed") TYPE("subscribe") AVAILABLE, len) == 0, "%s",
		sent);
	ck_assert_uint_eq(dialogue_count(sent, "<presence"), 3);
}
END_TEST

START_TEST(who_is_not_served_is_not_let_in)
{
	static const char unsubscribed[] =
		"<presence type=\"unsubscribed\" from=\"kith.example.org\" "
		"to=\"eve@example.com\"/>";

	ck_assert_str_eq(presence("eve@example.com", "subscribe"), unsubscribed);
	ck_assert_str_eq(presence("eve@example.com/x", "probe"), unsubscribed);
	is_nothing(presence("eve@example.com/x", NULL));
	is_nothing(presence("eve@example.com", "subscribed"));
	expect_has(presence("example.org", "subscribe"), "type=\"unsubscribed\"");
}
END_TEST

START_TEST(who_lets_itself_be_seen_is_followed)
{
	const char *sent;

	presence("bob@example.org", "subscribe");
	sent = presence("bob@example.org", "subscribed");
	expect_has(sent, AVAILABLE);
	expect_has(sent, READ);
	expect_has(sent, ITEMS);
	is_nothing(presence("bob@example.org", "subscribed"));
	expect_lacks(presence("bob@example.org", "subscribe"), TYPE("subscribe"));
}
END_TEST

START_TEST(what_was_not_asked_for_is_not_taken)
{
	is_nothing(presence("bob@example.org", "subscribed"));
	use_the_service();
	is_nothing(presence("bob@example.org", "subscribed"));
	ck_assert_str_eq(presence("bob@example.org/x", "probe"), TYPE("unsubscribed"));
}
END_TEST

START_TEST(who_is_not_seen_any_more_is_not_followed)
{
	befriend();
	is_nothing(presence("bob@example.org", "unsubscribed"));
	dialogue_set_time(dialogue, NOW + 3600);
	presence_up(service, NOW + 3600);
	is_nothing(presence("bob@example.org/x", NULL));
	expect_lacks(presence("bob@example.org/x", "probe"), "<iq");
	expect_has(presence("bob@example.org", "subscribe"), TYPE("subscribe"));
}
END_TEST

static bool is_known(void)
{
	struct store_account account;
	enum store_result result;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	result = store_account_find(store, dialogue_arena(dialogue), "bob@example.org", &account);
	ck_assert_int_ne(result, STORE_ERROR);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	return result == STORE_OK;
}

START_TEST(of_who_leaves_nothing_is_kept)
{
	befriend();
	ck_assert(is_known());
	ck_assert_str_eq(presence("bob@example.org", "unsubscribe"),
		TYPE("unavailable") TYPE("unsubscribe"));
	is_nothing(presence("bob@example.org", "unsubscribed"));
	is_nothing(presence("bob@example.org", "unsubscribe"));
	ck_assert(!is_known());
	ck_assert_str_eq(presence("bob@example.org/x", "probe"), TYPE("unsubscribed"));
}
END_TEST

static void count_fault(void *context, const char *text)
{
	(void)context;
	ck_abort_msg("%s", text);
}

START_TEST(who_is_erased_is_out_of_both_rosters)
{
	int64_t faults = -1;

	befriend();
	use_the_service();
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' id='r' from='bob@example.org/x' to='kith.example.org'>"
			   "<query xmlns='jabber:iq:register'><remove/></query></iq>"),
		TYPE("unsubscribed") TYPE("unsubscribe"));
	ck_assert_str_eq(presence("bob@example.org/x", "probe"), TYPE("unsubscribed"));
	is_nothing(presence("bob@example.org/x", NULL));
	ck_assert_int_eq(store_verify(store, count_fault, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
}
END_TEST

/* A row of someone who is known for nothing else is no row that goes with the last link. */
START_TEST(who_is_followed_stays_so_when_no_contact_is_linked)
{
	befriend();
	for (int i = 0; i < 2; i++)
		expect_has(
			dialogue_say(dialogue,
				"<iq type='set' id='p' from='alice@example.org/x' "
				"to='kith.example.org'><pubsub "
				"xmlns='http://jabber.org/protocol/pubsub'>%s</pubsub></iq>",
				i ? "<retract node='urn:xmpp:contacts'><item id='bob@example.org'/>"
				    "</retract>"
				  : "<publish node='urn:xmpp:contacts'><item id='bob@example.org'>"
				    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Bob"
				    "</text></fn></vcard></item></publish>"),
			"<iq type=\"result\"");
	expect_has(presence("bob@example.org/x", "probe"), AVAILABLE);
}
END_TEST

/* ---- 4: logins ---- */

START_TEST(a_probe_is_a_login)
{
	const char *sent;

	befriend();
	sent = presence("bob@example.org/x", "probe");
	expect_has(sent, AVAILABLE);
	expect_lacks(sent, "<iq"); /* it was read just now */
	dialogue_set_time(dialogue, NOW + 5);
	sent = presence("bob@example.org/x", "probe");
	expect_has(sent, AVAILABLE);
	expect_has(sent, READ);
}
END_TEST

START_TEST(a_change_of_presence_is_none)
{
	befriend();
	dialogue_set_time(dialogue, NOW + 3600);
	is_nothing(presence("bob@example.org/x", NULL));
	is_nothing(presence("bob@example.org/x", "unavailable"));
	is_nothing(presence("bob@example.org/x", "error"));
}
END_TEST

START_TEST(the_first_presence_on_a_stream_is_one)
{
	const char *sent;

	befriend();
	dialogue_set_time(dialogue, NOW + 2);
	presence_up(service, NOW); /* the second in which it was read last */
	sent = presence("bob@example.org/x", NULL);
	expect_has(sent, AVAILABLE);
	expect_has(sent, READ);
	is_nothing(presence("bob@example.org/y", NULL));
}
END_TEST

static int64_t seen_at(void)
{
	struct store_account account = {.seen_at = 0};

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), "bob@example.org", &account),
		STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	return account.seen_at;
}

START_TEST(presence_is_a_sign_of_life)
{
	befriend();
	use_the_service();
	ck_assert_int_eq(seen_at(), NOW);
	dialogue_set_time(dialogue, NOW + 100000);
	presence("bob@example.org/x", NULL);
	ck_assert_int_eq(seen_at(), NOW + 100000);
	dialogue_set_time(dialogue, NOW + 200000);
	presence("bob@example.org/x", "probe");
	ck_assert_int_eq(seen_at(), NOW + 200000);
}
END_TEST

START_TEST(rosters_are_read_at_logins_seen_by_a_plain_subscription)
{
	dialogue_say(dialogue,
		"<message from='example.org' to='kith.example.org'><privilege "
		"xmlns='urn:xmpp:privilege:2'><perm access='roster' type='get'/></privilege>"
		"</message>");
	expect_has(use_the_service(), ROSTER);
	befriend();
	expect_lacks(presence("bob@example.org/x", "probe"), ROSTER);
	dialogue_set_time(dialogue, NOW + 601);
	expect_has(presence("bob@example.org/x", "probe"), ROSTER);
}
END_TEST

/* ---- The walk ---- */

/* To be freed. */
static char *step(int64_t now_ms)
{
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(presence_walk_step(service, now_ms), 0);
	return strdup(dialogue_say_all(dialogue, ""));
}

START_TEST(who_may_be_online_is_asked_for_some_at_a_time)
{
	static const unsigned counts[] = {50, 50, 19};
	char *sent[3];

	for (int i = 0; i < 120; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "u%03d@example.org", i);
		presence(jid, "subscribe");
		if (i != 60)
			presence(jid, "subscribed");
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(presence_walk_wait_ms(service, 5000 + 100 * i), 0);
		sent[i] = step(5000 + 100 * i);
		ck_assert_uint_eq(dialogue_count(sent[i], "<presence type=\"probe\" "), counts[i]);
		ck_assert_int_eq(presence_walk_wait_ms(service, 5000 + 100 * i), i == 2 ? -1 : 100);
	}
	expect_has(sent[0], "to=\"u000@example.org\"");
	expect_has(sent[1], "to=\"u050@example.org\"");
	expect_lacks(sent[1], "to=\"u060@example.org\"");
	expect_has(sent[2], "to=\"u119@example.org\"");
	for (int i = 0; i < 3; i++)
		free(sent[i]);
}
END_TEST

START_TEST(the_walk_is_made_on_each_stream)
{
	char *sent;

	befriend();
	free(step(5000));
	ck_assert_int_eq(presence_walk_wait_ms(service, 6000), -1);
	presence_up(service, NOW + 3600);
	sent = step(9000);
	ck_assert_str_eq(sent, TYPE("probe"));
	free(sent);
	presence_up(service, NOW + 7200);
	presence_down(service);
	ck_assert_int_eq(presence_walk_wait_ms(service, 9000), -1);
}
END_TEST

START_TEST(who_is_not_served_any_more_is_not_asked_for)
{
	char **served = dialogue_settings(dialogue)->domains, *none[] = {NULL}, *sent;

	befriend();
	dialogue_settings(dialogue)->domains = none;
	sent = step(5000);
	is_nothing(sent);
	free(sent);
	ck_assert_str_eq(presence("bob@example.org/x", "probe"), TYPE("unsubscribed"));
	dialogue_settings(dialogue)->domains = served;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("presence");
	TCase *subscriptions = tcase_create("RFC 6121, 3");
	TCase *logins = tcase_create("RFC 6121, 4");
	TCase *walk = tcase_create("after a reconnect");

	tcase_add_checked_fixture(subscriptions, set_up, tear_down);
	tcase_add_test(subscriptions, who_subscribes_is_let_in_and_asked_for_the_same);
	tcase_add_test(subscriptions, who_is_not_served_is_not_let_in);
	tcase_add_test(subscriptions, who_lets_itself_be_seen_is_followed);
	tcase_add_test(subscriptions, what_was_not_asked_for_is_not_taken);
	tcase_add_test(subscriptions, who_is_not_seen_any_more_is_not_followed);
	tcase_add_test(subscriptions, of_who_leaves_nothing_is_kept);
	tcase_add_test(subscriptions, who_is_erased_is_out_of_both_rosters);
	tcase_add_test(subscriptions, who_is_followed_stays_so_when_no_contact_is_linked);
	suite_add_tcase(suite, subscriptions);
	tcase_add_checked_fixture(logins, set_up, tear_down);
	tcase_add_test(logins, a_probe_is_a_login);
	tcase_add_test(logins, a_change_of_presence_is_none);
	tcase_add_test(logins, the_first_presence_on_a_stream_is_one);
	tcase_add_test(logins, presence_is_a_sign_of_life);
	tcase_add_test(logins, rosters_are_read_at_logins_seen_by_a_plain_subscription);
	suite_add_tcase(suite, logins);
	tcase_add_checked_fixture(walk, set_up, tear_down);
	tcase_add_test(walk, who_may_be_online_is_asked_for_some_at_a_time);
	tcase_add_test(walk, the_walk_is_made_on_each_stream);
	tcase_add_test(walk, who_is_not_served_any_more_is_not_asked_for);
	suite_add_tcase(suite, walk);
	return expect_all(suite);
}
