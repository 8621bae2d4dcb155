/* A card that the service passed on is saved by one word (design: section 3, "card" and "save
 * button"; XEP-0428, XEP-0439, XEP-0461), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/utf8.h"
#include "component/feature.h"
#include "component/save_offer.h"
#include "component/server.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define QUICK "urn:xmpp:tmp:quick-response"
#define VCARD4 "urn:ietf:params:xml:ns:vcard-4.0"
#define DAY 86400
#define BEGIN 1600000000 /* the time at which a dialogue begins */

static struct dialogue *dialogue;

static void publish(const char *who, const char *node, const char *id, const char *name,
	const char *number, const char *more)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s@example.org/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s@example.org'><vcard xmlns='" VCARD4 "'>"
			   "<fn><text>%s</text></fn><tel><uri>tel:%s</uri></tel>%s</vcard></item>"
			   "</publish></pubsub></iq>",
			   who, node, id, name, number, more),
		"type=\"result\"");
}

static void carol_is(const char *number)
{
	publish("carol", "urn:xmpp:vcard4", "carol", "Carol Example", number,
		"<email><text>carol@example.com</text></email>");
}

/* alice may have carol's card passed on; bob never used the service. */
static void setup(void)
{
	struct settings *settings;

	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_YES;
	carol_is("+447700900123");
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *execute(const char *who, const char *node, const char *fields)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s@example.org/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='%s' "
		"action='complete'><x xmlns='jabber:x:data' type='submit'>%s</x></command></iq>",
		who, node, fields);
}

static const char *alice_shares(const char *to)
{
	char fields[256];

	snprintf(fields, sizeof(fields),
		"<field var='subject'><value>carol@example.org</value></field>"
		"<field var='to'><value>%s@example.org</value></field>",
		to);
	return execute("alice", "share", fields);
}

static const char *say(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s@example.org/r' to='kith.example.org' id='m1'>"
		"<body>%s</body></message>",
		who, body);
}

static const char *select_action(const char *who, const char *verb, const char *token)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s@example.org/r' to='kith.example.org' id='m1'>"
		"<action-selected xmlns='" QUICK "' id='%s/%s'/></message>",
		who, verb, token);
}

static char *token_of(const char *sent)
{
	return expect_between(sent, "id=\"yes/", "\"");
}

static const char *book_of(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>",
		who);
}

static bool has_account(const char *jid)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account account;
	enum store_result result;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	result = store_account_find(store, arena, jid, &account);
	store_turn_rollback(store);
	arena_free(arena);
	return result == STORE_OK;
}

static void no_fault(void *context, const char *text)
{
	(void)context;
	ck_abort_msg("%s", text);
}

static void is_sound(void)
{
	int64_t faults = -1;

	ck_assert_int_eq(store_verify(dialogue_store(dialogue), no_fault, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
}

static void grant(const char *perm)
{
	server_up(dialogue_service(dialogue)->server, 1000);
	dialogue_say(dialogue,
		"<message from='example.org' to='kith.example.org'><privilege "
		"xmlns='urn:xmpp:privilege:2'>%s</privilege></message>",
		perm);
}

/* ---- The message ---- */

static size_t characters(const char *text)
{
	size_t len = strlen(text), count = 0;
	uint32_t c;

	for (size_t at = 0; at < len; count++)
		at += utf8_decode(text + at, len - at, &c);
	return count;
}

START_TEST(a_card_comes_with_words_actions_and_a_link)
{
	const char *sent = alice_shares("bob");
	char *token = token_of(sent), *body = expect_between(sent, "<body>", "</body>"), part[128];
	const char *second = strstr(body, "\n\nAnswer \"save\" ");

	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "<message type=\"chat\" from=\"kith.example.org\" "
			 "to=\"bob@example.org\"");
	expect_has(sent, "id=\"no/");
	expect_has(sent, "label=\"Save\"");
	expect_has(sent, "label=\"Not now\"");
	expect_has(sent, "<vcard xmlns=\"" VCARD4 "\">");
	snprintf(part, sizeof(part), " xmpp:kith.example.org?command;node=matters%%2F%s", token);
	ck_assert_ptr_nonnull(second);
	expect_has(second, part);
	free(body);
	free(token);
}
END_TEST

/* XEP-0428, 2.2, XEP-0426, 2 */
START_TEST(only_the_card_is_said_to_have_a_stand_in)
{
	const char *sent, *end;
	char *body, part[128];

	publish("carol", "urn:xmpp:vcard4", "carol", "Z\xc3\xb6\xc3\xab \xf0\x9f\x98\x80",
		"+447700900123", "");
	sent = alice_shares("bob");
	body = expect_between(sent, "<body>", "</body>");
	end = strstr(body, "\n\n");
	ck_assert_ptr_nonnull(end);
	body[end - body] = '\0';
	snprintf(part, sizeof(part),
		"<fallback xmlns=\"urn:xmpp:fallback:0\" for=\"" VCARD4
		"\"><body start=\"0\" end=\"%zu\"/></fallback>",
		characters(body));
	free(body);
	expect_has(sent, "Z\xc3\xb6\xc3\xab");
	expect_has(sent, part);
}
END_TEST

START_TEST(in_the_senders_name_the_offer_is_the_services)
{
	const char *sent;
	char *card, *forwarded, reply[256];

	grant("<perm access='message' type='outgoing'/>");
	sent = alice_shares("bob");
	ck_assert_uint_eq(dialogue_count(sent, "<body>"), 2);
	card = expect_between(sent, "to=\"bob@example.org\" id=\"", "\"");
	snprintf(reply, sizeof(reply),
		"<reply xmlns=\"urn:xmpp:reply:0\" to=\"alice@example.org\" id=\"%s\"/>", card);
	expect_has(sent, reply);
	expect_has(sent, "<body>alice@example.org sent you Carol Example's contact details. "
			 "Answer ");
	/* An answer to the card would be alice's. */
	forwarded = expect_between(sent, "<forwarded ", "</forwarded>");
	expect_lacks(forwarded, QUICK);
	expect_lacks(forwarded, "Answer ");
	expect_has(say("bob", "save"), "Carol Example is in your address book now");
	free(forwarded);
	free(card);
}
END_TEST

/* ---- Saving ---- */

START_TEST(one_word_saves_it)
{
	const char *sent;

	alice_shares("bob");
	sent = say("bob", "save");
	expect_has(sent, "type=\"headline\"");
	expect_has(sent, "<body>Carol Example is in your address book now (carol@example.org).");
	sent = book_of("bob");
	expect_has(sent, "<item id=\"carol@example.org\">");
	expect_has(sent, "Carol Example");
	expect_has(sent, "tel:+447700900123");
	expect_has(sent, "carol@example.com");
	expect_has(sent, "xmpp:carol@example.org");
	expect_lacks(sent, "<source>");
	expect_has(say("bob", "save"), "Nothing waits ");
	is_sound();
}
END_TEST

START_TEST(an_action_saves_it_and_is_harmless_when_repeated)
{
	char *token = token_of(alice_shares("bob"));
	const char *sent;

	expect_has(select_action("dave", "yes", token), "no longer open");
	expect_has(select_action("bob", "yes", token), "is in your address book now");
	expect_has(select_action("bob", "yes", token), "no longer open");
	sent = book_of("bob");
	ck_assert_uint_eq(dialogue_count(sent, "<item "), 1);
	ck_assert_uint_eq(dialogue_count(sent, "tel:+447700900123"), 1);
	free(token);
}
END_TEST

START_TEST(the_link_leads_to_a_form_that_saves_it)
{
	char *token = token_of(alice_shares("bob")), node[64], field[128];

	snprintf(node, sizeof(node), "matters/%s", token);
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
			   "<command xmlns='http://jabber.org/protocol/commands' node='%s'/></iq>",
			   node),
		"Save the contact details of Carol Example (carol@example.org)");
	snprintf(field, sizeof(field), "<field var='%s'><value>yes</value></field>", token);
	expect_has(execute("bob", node, field), "is in your address book now");
	expect_has(book_of("bob"), "tel:+447700900123");
	free(token);
}
END_TEST

START_TEST(what_is_saved_follows_from_then_on)
{
	dialogue_settings(dialogue)->defaults[SETTING_AUDIENCE] = CIRCLE_KNOWN;
	alice_shares("bob");
	say("bob", "save");
	carol_is("+447700900456");
	expect_has(dialogue_run(dialogue), "900123 is now +44");
	expect_has(book_of("bob"), "tel:+447700900456");
}
END_TEST

START_TEST(no_saves_nothing_and_the_next_card_asks_again)
{
	alice_shares("bob");
	expect_has(say("bob", "no"), "The card is not saved.");
	expect_lacks(book_of("bob"), "<item ");
	expect_has(say("bob", "save"), "Nothing waits ");
	expect_has(alice_shares("bob"), "label=\"Save\"");
	expect_has(say("bob", "yes"), "is in your address book now");
}
END_TEST

START_TEST(a_card_that_comes_twice_is_one_offer)
{
	char *first = token_of(alice_shares("bob")), *second = token_of(alice_shares("bob"));

	ck_assert_str_eq(first, second);
	expect_has(say("bob", "save"), "is in your address book now");
	free(first);
	free(second);
}
END_TEST

START_TEST(several_that_are_open_are_asked_back)
{
	const char *sent;

	publish("dave", "urn:xmpp:vcard4", "dave", "Dave Sample", "+447700900777", "");
	alice_shares("bob");
	execute("alice", "share",
		"<field var='subject'><value>dave@example.org</value></field>"
		"<field var='to'><value>bob@example.org</value></field>");
	sent = say("bob", "save");
	expect_has(sent, "Which one?");
	expect_has(sent, "Carol Example");
	expect_has(sent, "Dave Sample");
	expect_lacks(book_of("bob"), "<item ");
}
END_TEST

/* ---- Into what is there ---- */

START_TEST(a_contact_that_is_there_is_merged_and_nothing_is_doubled)
{
	const char *sent;

	publish("bob", "urn:xmpp:contacts", "carol", "Caz", "+447700900123",
		"<note><text>likes figs</text></note>");
	alice_shares("bob");
	expect_has(say("bob", "save"), "is added to it");
	sent = book_of("bob");
	ck_assert_uint_eq(dialogue_count(sent, "<item "), 1);
	ck_assert_uint_eq(dialogue_count(sent, "tel:+447700900123"), 1);
	expect_has(sent, "<text>Caz</text>");
	expect_has(sent, "likes figs");
	expect_has(sent, "carol@example.com");
	is_sound();
}
END_TEST

START_TEST(what_is_all_there_is_not_offered)
{
	const char *sent;

	alice_shares("bob");
	say("bob", "save");
	sent = alice_shares("bob");
	expect_has(sent, "<vcard xmlns=\"" VCARD4 "\">");
	expect_lacks(sent, QUICK);
	expect_lacks(sent, "Answer ");
	expect_has(sent, "<body/></fallback>");
}
END_TEST

START_TEST(who_saved_it_by_the_client_is_not_asked_any_more)
{
	alice_shares("bob");
	publish("bob", "urn:xmpp:contacts", "carol", "Carol Example", "+447700900123",
		"<impp><uri>xmpp:carol@example.org</uri></impp>"
		"<email><text>carol@example.com</text></email>");
	expect_has(say("bob", "save"), "Nothing waits ");
}
END_TEST

START_TEST(a_contact_whose_account_ended_is_not_linked_anew)
{
	const char *sent;

	publish("bob", "urn:xmpp:contacts", "carol", "Caz", "+447700900999", "");
	dialogue_say(dialogue,
		"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='jabber:iq:register'><remove/></query></iq>");
	carol_is("+447700900123");
	alice_shares("bob");
	sent = say("bob", "save");
	expect_has(sent, "The card can't be saved: the account of your contact "
			 "carol@example.org ended");
	expect_has(sent, "xmpp:kith.example.org?command;node=confirm");
	expect_lacks(book_of("bob"), "tel:+447700900123");
	execute("bob", "confirm",
		"<field var='item'><value>carol@example.org</value></field>"
		"<field var='same'><value>yes</value></field>");
	expect_has(say("bob", "save"), "is added to it");
	expect_has(book_of("bob"), "tel:+447700900123");
	is_sound();
}
END_TEST

START_TEST(a_full_book_takes_no_more_and_the_offer_stays)
{
	dialogue_settings(dialogue)->limits.contacts_per_book = 1;
	publish("bob", "urn:xmpp:contacts", "alice", "Alice", "+447700900300", "");
	alice_shares("bob");
	expect_has(say("bob", "save"), "your address book is full");
	dialogue_settings(dialogue)->limits.contacts_per_book = 2;
	expect_has(say("bob", "save"), "is in your address book now");
}
END_TEST

/* ---- What happened meanwhile ---- */

START_TEST(who_may_not_see_newer_numbers_saves_those_that_were_sent)
{
	const char *sent;

	alice_shares("bob");
	execute("carol", "settings", "<field var='visible'><value>nobody</value></field>");
	carol_is("+447700900456");
	expect_has(say("bob", "save"), "is in your address book now");
	sent = book_of("bob");
	expect_has(sent, "tel:+447700900123");
	expect_lacks(sent, "900456");
}
END_TEST

START_TEST(who_may_not_see_what_is_new_gets_nothing_of_it)
{
	const char *sent;

	alice_shares("bob");
	dialogue_set_time(dialogue, BEGIN + 60);
	execute("carol", "settings", "<field var='visible'><value>nobody</value></field>");
	publish("carol", "urn:xmpp:vcard4", "carol", "Carol Example", "+447700900123",
		"<tel><text>ask Dave</text></tel><email><text>new@example.com</text></email>");
	expect_has(say("bob", "save"), "is in your address book now");
	sent = book_of("bob");
	expect_has(sent, "<text>Carol Example</text>");
	expect_has(sent, "tel:+447700900123");
	expect_lacks(sent, "ask Dave");
	expect_lacks(sent, "@example.com");
}
END_TEST

START_TEST(what_is_still_as_it_was_sent_is_saved_as_it_is)
{
	dialogue_set_time(dialogue, BEGIN + 60);
	alice_shares("bob");
	execute("carol", "settings", "<field var='visible'><value>nobody</value></field>");
	expect_has(say("bob", "save"), "is in your address book now");
	expect_has(book_of("bob"), "carol@example.com");
}
END_TEST

START_TEST(who_may_see_newer_numbers_saves_these)
{
	const char *sent;

	alice_shares("bob");
	carol_is("+447700900456");
	expect_has(say("bob", "save"), "is in your address book now");
	sent = book_of("bob");
	expect_has(sent, "tel:+447700900456");
	expect_lacks(sent, "900123");
}
END_TEST

START_TEST(an_offer_is_gone_with_what_it_is_about)
{
	char *token = token_of(alice_shares("bob"));
	const char *sent;

	switch (_i) {
	case 0: /* blocked */
		execute("carol", "settings",
			"<field var='blocked'><value>bob@example.org</value></field>");
		break;
	case 1: /* hid */
		dialogue_say(dialogue,
			"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
			"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			"<retract node='urn:xmpp:vcard4'><item id='carol@example.org'/></retract>"
			"</pubsub></iq>");
		break;
	case 2: /* ended, and somebody has the JID anew */
		dialogue_say(dialogue,
			"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
			"<query xmlns='jabber:iq:register'><remove/></query></iq>");
		carol_is("+447700900999");
		break;
	case 3: /* too late */
		dialogue_set_time(dialogue, BEGIN + 30 * DAY);
		break;
	}
	sent = select_action("bob", "yes", token);
	expect_has(sent, "no longer open");
	expect_lacks(sent, "tel:");
	expect_lacks(book_of("bob"), "<item ");
	is_sound();
	free(token);
}
END_TEST

/* ---- Bounds ---- */

START_TEST(an_account_that_never_used_the_service_leaves_nothing)
{
	struct store *store = dialogue_store(dialogue);
	bool more = true;

	ck_assert(!has_account("bob@example.org"));
	alice_shares("bob");
	ck_assert(has_account("bob@example.org"));
	/* with the contact that somebody had of it, as long as something waits for it */
	publish("alice", "urn:xmpp:contacts", "bob", "Bob", "+447700900301", "");
	dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<retract node='urn:xmpp:contacts'><item id='bob@example.org'/></retract>"
		"</pubsub></iq>");
	ck_assert(has_account("bob@example.org"));
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_matter_expire(store, BEGIN + 31 * DAY, 500, &more), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	ck_assert(!more);
	ck_assert(!has_account("bob@example.org"));
	is_sound();
}
END_TEST

START_TEST(too_many_are_not_offered)
{
	const char *sent = "";

	for (int i = 0; i <= SAVE_OFFERS_MAX; i++) {
		char name[16], fields[256];

		snprintf(name, sizeof(name), "u%d", i);
		publish(name, "urn:xmpp:vcard4", name, "Some Body", "+447700900888", "");
		snprintf(fields, sizeof(fields),
			"<field var='subject'><value>%s@example.org</value></field>"
			"<field var='to'><value>bob@example.org</value></field>",
			name);
		sent = execute("alice", "share", fields);
		expect_has(sent, "<vcard ");
		if (i < SAVE_OFFERS_MAX)
			expect_has(sent, "label=\"Save\"");
	}
	expect_lacks(sent, "label=\"Save\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("save offer");
	TCase *tcase = tcase_create("save offer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_card_comes_with_words_actions_and_a_link);
	tcase_add_test(tcase, only_the_card_is_said_to_have_a_stand_in);
	tcase_add_test(tcase, in_the_senders_name_the_offer_is_the_services);
	tcase_add_test(tcase, one_word_saves_it);
	tcase_add_test(tcase, an_action_saves_it_and_is_harmless_when_repeated);
	tcase_add_test(tcase, the_link_leads_to_a_form_that_saves_it);
	tcase_add_test(tcase, what_is_saved_follows_from_then_on);
	tcase_add_test(tcase, no_saves_nothing_and_the_next_card_asks_again);
	tcase_add_test(tcase, a_card_that_comes_twice_is_one_offer);
	tcase_add_test(tcase, several_that_are_open_are_asked_back);
	tcase_add_test(tcase, a_contact_that_is_there_is_merged_and_nothing_is_doubled);
	tcase_add_test(tcase, what_is_all_there_is_not_offered);
	tcase_add_test(tcase, who_saved_it_by_the_client_is_not_asked_any_more);
	tcase_add_test(tcase, a_contact_whose_account_ended_is_not_linked_anew);
	tcase_add_test(tcase, a_full_book_takes_no_more_and_the_offer_stays);
	tcase_add_test(tcase, who_may_not_see_newer_numbers_saves_those_that_were_sent);
	tcase_add_test(tcase, who_may_not_see_what_is_new_gets_nothing_of_it);
	tcase_add_test(tcase, what_is_still_as_it_was_sent_is_saved_as_it_is);
	tcase_add_test(tcase, who_may_see_newer_numbers_saves_these);
	tcase_add_loop_test(tcase, an_offer_is_gone_with_what_it_is_about, 0, 4);
	tcase_add_test(tcase, an_account_that_never_used_the_service_leaves_nothing);
	tcase_add_test(tcase, too_many_are_not_offered);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
