/* Matters that wait for a person's answer (design: section 3, "save button", and section 4,
 * `updates` and `share`; XEP-0439, XEP-0050), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/history.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define QUICK "urn:xmpp:tmp:quick-response"
#define DAY 86400
#define BEGIN 1600000000 /* the time at which a dialogue begins */

static struct dialogue *dialogue;

static void publish(
	const char *who, const char *node, const char *id, const char *name, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn><tel><uri>tel:%s</uri></tel></vcard></item>"
			   "</publish></pubsub></iq>",
			   who, node, id, name, number),
		"type=\"result\"");
}

static void publish_profile(const char *jid, const char *name, const char *number)
{
	publish(jid, "urn:xmpp:vcard4", jid, name, number);
}

static void publish_contact(
	const char *jid, const char *about, const char *name, const char *number)
{
	publish(jid, "urn:xmpp:contacts", about, name, number);
}

/* alice and bob have carol's number; changes are proposed to them. */
static void setup(void)
{
	struct settings *settings;

	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_AUDIENCE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_ASK;
	settings->defaults[SETTING_UPDATES] = UPDATES_ASK;
	publish_profile("carol@example.org", "Carol Example", "+447700900123");
	publish_contact("alice@example.org", "carol@example.org", "Caz", "+447700900123");
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *carol_changes(const char *number)
{
	publish_profile("carol@example.org", "Carol Example", number);
	return dialogue_run(dialogue);
}

static const char *write_to_service(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'><body>%s</body>"
		"</message>",
		who, body);
}

static const char *select_action(const char *who, const char *verb, const char *token)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'>"
		"<action-selected xmlns='" QUICK "' id='%s/%s'/></message>",
		who, verb, token);
}

static char *token_of(const char *sent)
{
	return expect_between(sent, "id=\"yes/", "\"");
}

static const char *card_of_alice(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>");
}

static const char *execute(
	const char *who, const char *node, const char *attributes, const char *form)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='%s' %s>%s</command></iq>",
		who, node, attributes, form);
}

/* Runs a command to its end: fields of the form as in XEP-0004. */
static const char *complete(const char *who, const char *node, const char *fields)
{
	char *session = expect_between(execute(who, node, "", ""), "sessionid=\"", "\"");
	char attributes[256], form[1024];
	const char *sent;

	snprintf(attributes, sizeof(attributes), "action='complete' sessionid='%s'", session);
	snprintf(form, sizeof(form), "<x xmlns='jabber:x:data' type='submit'>%s</x>", fields);
	sent = execute(who, node, attributes, form);
	free(session);
	return sent;
}

/* ---- updates = ask: the proposal ---- */

START_TEST(a_change_is_proposed_and_the_card_stays)
{
	const char *sent = carol_changes("+447700900456");
	char *token = token_of(sent);
	char link[128];

	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "to=\"alice@example.org\"");
	expect_has(sent, "<body>Caz's account says: ");
	expect_has(sent, "900123 is now +44");
	expect_has(sent, " Your card is unchanged: answer \"yes\" to change it, or \"no\". ");
	expect_has(sent, "<store xmlns=\"urn:xmpp:hints\"/>");
	expect_has(sent, "<origin-id ");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"yes/");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"no/");
	snprintf(link, sizeof(link), " xmpp:kith.example.org?command;node=matters%%2F%s</body>",
		token);
	expect_has(sent, link);
	ck_assert_uint_eq(strlen(token), 32);
	expect_lacks(sent, "headline");
	expect_has(card_of_alice(), "tel:+447700900123");
	free(token);
}
END_TEST

START_TEST(who_wants_no_messages_finds_it_waiting)
{
	dialogue_settings(dialogue)->defaults[SETTING_PUSHES] = PUSHES_OFF;
	ck_assert_str_eq(carol_changes("+447700900456"), "");
	expect_has(execute("alice@example.org", "matters", "", ""), "label=\"Caz: ");
}
END_TEST

START_TEST(a_change_is_accepted_in_words)
{
	static const char *const words[] = {"yes", " Yes! ", "save", "OK", "\"yes\".", "y"};
	const char *sent;

	carol_changes("+447700900456");
	sent = write_to_service("alice@example.org", words[_i]);
	expect_has(sent, "type=\"headline\"");
	expect_has(sent, "tel:+447700900456");
	expect_has(sent, "<body>Your card is changed. Caz: ");
	expect_has(sent, "to=\"alice@example.org/r\"");
	expect_has(card_of_alice(), "tel:+447700900456");
	expect_has(write_to_service("alice@example.org", "yes"), "<body>Nothing waits ");
}
END_TEST

START_TEST(what_was_accepted_can_be_taken_back)
{
	carol_changes("+447700900456");
	write_to_service("alice@example.org", "yes");
	expect_has(complete("alice@example.org", "undo",
			   "<field var='item'><value>carol@example.org</value></field>"),
		"is taken back");
	expect_has(card_of_alice(), "tel:+447700900123");
}
END_TEST

START_TEST(what_is_declined_comes_again_only_with_a_newer_change)
{
	const char *sent;

	carol_changes("+447700900456");
	sent = write_to_service("alice@example.org", "no");
	expect_has(sent, "<body>Your card stays as it is (Caz: ");
	expect_lacks(sent, "headline");
	expect_has(card_of_alice(), "tel:+447700900123");
	/* A wider rule starts a run to the same version. */
	complete("carol@example.org", "settings",
		"<field var='audience'><value>mutual</value></field>");
	complete("carol@example.org", "settings",
		"<field var='audience'><value>everyone</value></field>");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(carol_changes("+447700900789"), "900123 is now +44");
	expect_has(write_to_service("alice@example.org", "yes"), "tel:+447700900789");
}
END_TEST

START_TEST(a_newer_change_overtakes_the_proposal)
{
	char *old = token_of(carol_changes("+447700900456"));
	const char *sent;

	/* Before its run: what is shown would not be what is done. */
	publish_profile("carol@example.org", "Carol Example", "+447700900789");
	expect_has(
		select_action("alice@example.org", "yes", old), "By now there is a newer change");
	expect_has(card_of_alice(), "tel:+447700900123");
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_lacks(sent, old);
	expect_has(select_action("alice@example.org", "yes", old), "That is no longer open.");
	expect_has(write_to_service("alice@example.org", "yes"), "tel:+447700900789");
	free(old);
}
END_TEST

START_TEST(what_was_proposed_and_changed_back_waits_no_more)
{
	char *old = token_of(carol_changes("+447700900456"));

	ck_assert_str_eq(carol_changes("+447700900123"), "");
	expect_has(execute("alice@example.org", "matters", "", ""), "Nothing waits ");
	expect_has(select_action("alice@example.org", "yes", old), "That is no longer open.");
	expect_has(card_of_alice(), "tel:+447700900123");
	free(old);
}
END_TEST

START_TEST(a_proposal_is_made_once)
{
	carol_changes("+447700900456");
	complete("carol@example.org", "settings",
		"<field var='audience'><value>mutual</value></field>");
	complete("carol@example.org", "settings",
		"<field var='audience'><value>everyone</value></field>");
	ck_assert_str_eq(dialogue_run(dialogue), "");
}
END_TEST

START_TEST(a_proposal_is_gone_with_what_it_is_about)
{
	const char *sent;

	carol_changes("+447700900456");
	switch (_i) {
	case 0: /* the holder wrote the new number himself */
		publish_contact("alice@example.org", "carol@example.org", "Caz", "+447700900456");
		break;
	case 1: /* the subject doesn't want this one to know any more */
		complete("carol@example.org", "settings",
			"<field var='visible'><value>nobody</value></field>");
		break;
	case 2: /* the holder wants none */
		complete("alice@example.org", "settings",
			"<field var='updates'><value>never</value></field>");
		break;
	case 3: /* it is too late */
		dialogue_set_time(dialogue, BEGIN + 30 * DAY);
		break;
	}
	sent = write_to_service("alice@example.org", "yes");
	expect_has(sent, "<body>Nothing waits ");
	expect_lacks(sent, "900456");
	expect_has(execute("alice@example.org", "matters", "", ""), "Nothing waits ");
}
END_TEST

START_TEST(who_wants_all_changes_gets_those_that_were_proposed)
{
	carol_changes("+447700900456");
	expect_has(complete("alice@example.org", "settings",
			   "<field var='updates'><value>auto</value></field>"),
		"tel:+447700900456");
	expect_has(write_to_service("alice@example.org", "yes"), "<body>Nothing waits ");
}
END_TEST

/* ---- Actions and tokens ---- */

START_TEST(an_action_is_good_once_and_harmless_when_repeated)
{
	char *token = token_of(carol_changes("+447700900456"));

	expect_has(select_action("alice@example.org", "yes", token), "tel:+447700900456");
	expect_has(select_action("alice@example.org", "yes", token), "That is no longer open.");
	expect_has(select_action("alice@example.org", "no", token), "That is no longer open.");
	expect_has(card_of_alice(), "tel:+447700900456");
	free(token);
}
END_TEST

START_TEST(an_action_is_its_recipients)
{
	char *token = token_of(carol_changes("+447700900456"));

	publish_contact("bob@example.org", "alice@example.org", "Alice", "+447700900300");
	expect_has(select_action("bob@example.org", "yes", token), "That is no longer open.");
	expect_has(select_action("dave@example.org", "yes", token), "That is no longer open.");
	expect_has(select_action("mallory@example.com", "yes", token), "<service-unavailable ");
	expect_has(card_of_alice(), "tel:+447700900123");
	free(token);
}
END_TEST

START_TEST(an_action_that_never_was_is_answered)
{
	expect_has(select_action("alice@example.org", "eat", "1"), "That is no longer open.");
	expect_has(select_action("alice@example.org", "yes", ""), "That is no longer open.");
}
END_TEST

/* ---- Words ---- */

START_TEST(of_several_the_one_meant_is_asked_for)
{
	const char *sent;
	char *code;
	char words[64];

	publish_profile("dave@example.org", "Dave", "+447700900200");
	publish_contact("alice@example.org", "dave@example.org", "Dave", "+447700900200");
	publish_profile("dave@example.org", "Dave", "+447700900201");
	carol_changes("+447700900456");
	dialogue_run(dialogue);
	sent = write_to_service("alice@example.org", "yes");
	expect_has(sent, "<body>Which one?\n");
	expect_has(sent, ": Caz: ");
	expect_lacks(sent, "headline");
	code = expect_between(strstr(sent, ": Dave: ") - 5, "\n", ":");
	ck_assert_uint_eq(strlen(code), 4);
	snprintf(words, sizeof(words), "no %s", code);
	expect_has(write_to_service("alice@example.org", words), "stays as it is (Dave: ");
	expect_has(write_to_service("alice@example.org", "yes"), "Your card is changed. Caz: ");
	free(code);
}
END_TEST

START_TEST(a_code_that_nothing_has_is_asked_back)
{
	carol_changes("+447700900456");
	expect_has(write_to_service("alice@example.org", "yes zzzz"), "<body>Which one?\n");
	expect_has(write_to_service("alice@example.org", "yes a"), "<body>Which one?\n");
	expect_has(card_of_alice(), "tel:+447700900123");
}
END_TEST

START_TEST(what_is_not_understood_gets_one_line_of_help)
{
	static const char *const words[] = {
		"hello", "yes please do", "yesterday", "no no no no", "", "ok ok ok"};
	const char *sent;

	carol_changes("+447700900456");
	sent = write_to_service("alice@example.org", words[_i]);
	expect_has(sent, "<body>I understand \"yes\" and \"no\"");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(card_of_alice(), "tel:+447700900123");
}
END_TEST

START_TEST(an_echo_is_not_answered)
{
	char *help =
		expect_between(write_to_service("alice@example.org", "hello"), "<body>", "</body>");

	ck_assert_str_eq(write_to_service("alice@example.org", help), "");
	free(help);
}
END_TEST

/* ---- The command ---- */

START_TEST(what_waits_is_listed_with_a_choice_for_each)
{
	char *token = token_of(carol_changes("+447700900456"));
	const char *sent = execute("alice@example.org", "matters", "", "");
	char fields[256];

	expect_has(sent, "status=\"executing\"");
	expect_has(sent, token);
	expect_has(sent, "type=\"list-single\" label=\"Caz: ");
	expect_has(sent, "<option label=\"yes\"><value>yes</value></option>");
	snprintf(fields, sizeof(fields), "<field var='%s'><value>open</value></field>", token);
	expect_has(complete("alice@example.org", "matters", fields), "All stays open.");
	snprintf(fields, sizeof(fields), "<field var='%s'><value>yes</value></field>", token);
	sent = complete("alice@example.org", "matters", fields);
	expect_has(sent, "tel:+447700900456");
	expect_has(sent, "<note type=\"info\">Your card is changed. Caz: ");
	free(token);
}
END_TEST

START_TEST(the_link_leads_to_one_matter)
{
	char *token = token_of(carol_changes("+447700900456"));
	char node[64], fields[256];
	const char *sent;

	snprintf(node, sizeof(node), "matters/%s", token);
	sent = execute("alice@example.org", node, "", "");
	expect_has(sent, node);
	expect_has(sent, "label=\"Caz: ");
	snprintf(fields, sizeof(fields), "<field var='%s'><value>no</value></field>", token);
	expect_has(complete("alice@example.org", node, fields), "Your card stays as it is");
	expect_has(execute("alice@example.org", node, "", ""), "That is no longer open.");
	expect_has(execute("bob@example.org", node, "", ""), "That is no longer open.");
	expect_has(execute("alice@example.org", "share/1", "", ""), "<item-not-found ");
	free(token);
}
END_TEST

/* ---- share = ask ---- */

static const char *share_with(const char *to)
{
	char fields[256];

	snprintf(fields, sizeof(fields),
		"<field var='subject'><value>carol@example.org</value></field>"
		"<field var='to'><value>%s</value></field>",
		to);
	return complete("alice@example.org", "share", fields);
}

START_TEST(the_owner_is_asked_and_yes_sends_the_card)
{
	const char *sent = share_with("bob@example.org");

	expect_has(sent, "<note type=\"info\">Carol Example is asked whether the card may go to "
			 "bob@example.org.</note>");
	expect_has(sent, "to=\"carol@example.org\"");
	expect_has(sent, "<body>alice@example.org asks me to send your contact details to "
			 "bob@example.org. Answer \"yes\" if I may, or \"no\". xmpp:");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"yes/");
	expect_lacks(sent, "<vcard");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	sent = write_to_service("carol@example.org", "yes");
	expect_has(sent, "to=\"bob@example.org\"");
	expect_has(sent, "<vcard xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\">");
	expect_has(sent, "<body>Carol Example's contact details, from alice@example.org:");
	expect_has(sent, "<body>Your card went to bob@example.org.</body>");
	expect_lacks(sent, "to=\"alice@example.org");
	expect_has(write_to_service("carol@example.org", "yes"), "<body>Nothing waits ");
}
END_TEST

START_TEST(no_and_silence_look_the_same_to_who_asked)
{
	const char *first = share_with("bob@example.org");
	char *note = expect_between(first, "<note ", "</note>"), *again;
	const char *sent;

	if (_i == 1) {
		sent = write_to_service("carol@example.org", "no");
		expect_has(sent, "<body>Your card is not sent to bob@example.org.</body>");
		ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
		expect_lacks(sent, "to=\"alice@example.org");
	}
	/* Within these days nobody is asked the same twice. */
	dialogue_set_time(dialogue, BEGIN + 7 * DAY - 1);
	sent = share_with("bob@example.org");
	expect_lacks(sent, "<message ");
	again = expect_between(sent, "<note ", "</note>");
	ck_assert_str_eq(note, again);
	free(again);
	dialogue_set_time(dialogue, BEGIN + 7 * DAY);
	expect_has(write_to_service("carol@example.org", "yes"), "<body>Nothing waits ");
	sent = share_with("bob@example.org");
	expect_has(sent, "to=\"carol@example.org\"");
	again = expect_between(sent, "<note ", "</note>");
	ck_assert_str_eq(note, again);
	free(again);
	free(note);
}
END_TEST

START_TEST(who_may_not_be_seen_is_not_asked)
{
	const char *sent;

	complete("carol@example.org", "settings",
		"<field var='visible'><value>nobody</value></field>");
	sent = share_with("bob@example.org");
	expect_has(sent, "<note type=\"error\">Nobody was found for \"carol@example.org\".</note>");
	expect_lacks(sent, "<message ");
}
END_TEST

START_TEST(a_receiver_outside_all_circles_is_for_the_owner_to_say)
{
	complete("carol@example.org", "settings",
		"<field var='visible'><value>known</value></field>");
	expect_has(share_with("bob@example.org"), "to=\"carol@example.org\"");
	expect_has(write_to_service("carol@example.org", "yes"), "to=\"bob@example.org\"");
}
END_TEST

START_TEST(nobody_is_asked_too_much)
{
	char to[64];

	for (int i = 0; i < 50; i++) {
		snprintf(to, sizeof(to), "u%d@example.org", i);
		expect_has(share_with(to), "to=\"carol@example.org\"");
	}
	expect_lacks(share_with("u50@example.org"), "<message ");
	expect_has(share_with("u50@example.org"), "is asked whether");
}
END_TEST

START_TEST(a_hidden_card_does_not_go)
{
	const char *sent;

	share_with("bob@example.org");
	dialogue_say(dialogue,
		"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:vcard4'>"
		"<item id='carol@example.org'/></retract></pubsub></iq>");
	sent = write_to_service("carol@example.org", "yes");
	expect_has(sent, "<body>You have no card that could be sent.</body>");
	expect_lacks(sent, "to=\"bob@example.org");
}
END_TEST

START_TEST(an_account_ends_with_what_it_asked)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account alice;
	struct arena *arena = arena_new(0);
	int64_t faults = -1;

	carol_changes("+447700900456");
	share_with("bob@example.org");
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "alice@example.org", &alice), STORE_OK);
	ck_assert_int_eq(store_account_erase(store, alice.id, BEGIN), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	ck_assert_int_eq(store_verify(store, NULL, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
	expect_has(write_to_service("carol@example.org", "yes"), "<body>Nothing waits ");
	arena_free(arena);
}
END_TEST

/* ---- hold ---- */

/* alice's card follows on its own, an hour after the change. */
static char *hold(const char *number)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_UPDATES] = UPDATES_AUTO;
	dialogue_settings(dialogue)->defaults[SETTING_HOLD] = 3600;
	sent = dialogue_say(dialogue,
		"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<publish node='urn:xmpp:vcard4'><item><vcard "
		"xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol Example</text></fn>"
		"<tel><uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>",
		number);
	expect_has(sent, "to=\"carol@example.org\"");
	expect_has(sent, "<body>Your numbers changed: ");
	expect_has(sent, "follow at 2020-09-13T");
	expect_has(sent, "answer \"take back\" before. xmpp:");
	return expect_between(sent, "id=\"back/", "\"");
}

static const char *profile_of_carol(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'>"
		"<item id='carol@example.org'/></items></pubsub></iq>");
}

START_TEST(what_is_held_is_told_once_though_the_profile_is_published_again_at_once)
{
	free(hold("+447700900456"));
	expect_lacks(
		dialogue_say(dialogue,
			"<iq type='set' from='carol@example.org/r' to='kith.example.org' "
			"id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			"<publish node='urn:xmpp:vcard4'><item><vcard "
			"xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol E</text></fn>"
			"<tel><uri>tel:+447700900456</uri></tel></vcard></item></publish>"
			"</pubsub></iq>"),
		"<body>");
	expect_has(write_to_service("carol@example.org", "take back"), "Taken back: ");
}
END_TEST

START_TEST(a_change_is_held_and_then_runs)
{
	free(hold("+447700900456"));
	ck_assert_str_eq(dialogue_run(dialogue), "");
	dialogue_set_time(dialogue, BEGIN + 3599);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(card_of_alice(), "tel:+447700900123");
	dialogue_set_time(dialogue, BEGIN + 3600);
	expect_has(dialogue_run(dialogue), "tel:+447700900456");
	expect_has(write_to_service("carol@example.org", "take back"), "<body>Nothing waits ");
}
END_TEST

static size_t count_history(void)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account carol;
	struct history history;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	ck_assert_int_eq(store_history_get(store, arena, carol.id, &history), STORE_OK);
	store_turn_rollback(store);
	arena_free(arena);
	return history.count;
}

static void is_sound(void)
{
	int64_t faults = -1;

	ck_assert_int_eq(store_verify(dialogue_store(dialogue), NULL, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
}

START_TEST(what_is_held_is_taken_back_as_if_it_never_was)
{
	static const char *const words[] = {"take back", "Back!", "undo", NULL, "matters"};
	char *token = hold("+447700900456");
	char fields[256];
	const char *sent;

	ck_assert_uint_eq(count_history(), 2);
	if (!words[_i]) {
		sent = select_action("carol@example.org", "back", token);
	} else if (strcmp(words[_i], "matters") == 0) {
		snprintf(fields, sizeof(fields), "<field var='%s'><value>yes</value></field>",
			token);
		sent = complete("carol@example.org", "matters", fields);
	} else {
		sent = write_to_service("carol@example.org", words[_i]);
	}
	expect_has(sent, "type=\"headline\"");
	expect_has(sent, "tel:+447700900123");
	expect_has(sent, "Taken back: your numbers are as before (");
	expect_has(profile_of_carol(), "tel:+447700900123");
	ck_assert_uint_eq(count_history(), 1);
	is_sound();
	dialogue_set_time(dialogue, BEGIN + 3600);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(card_of_alice(), "tel:+447700900123");
	expect_has(select_action("carol@example.org", "back", token), "That is no longer open.");
	free(token);
}
END_TEST

START_TEST(who_got_the_number_meanwhile_gets_the_old_one_back)
{
	free(hold("+447700900456"));
	publish_contact("bob@example.org", "carol@example.org", "C", "+447700900456");
	write_to_service("carol@example.org", "take back");
	expect_has(dialogue_run(dialogue), "tel:+447700900123");
	expect_has(profile_of_carol(), "tel:+447700900123");
	ck_assert_uint_eq(count_history(), 2);
	is_sound();
}
END_TEST

START_TEST(a_newer_change_replaces_what_is_held)
{
	char *first = hold("+447700900456"), *second;

	dialogue_set_time(dialogue, BEGIN + 3000);
	second = hold("+447700900789");
	expect_has(select_action("carol@example.org", "back", first), "That is no longer open.");
	dialogue_set_time(dialogue, BEGIN + 3600);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	/* What was before both. */
	expect_has(select_action("carol@example.org", "back", second), "tel:+447700900123");
	ck_assert_uint_eq(count_history(), 1);
	is_sound();
	free(first);
	free(second);
}
END_TEST

START_TEST(a_run_under_way_goes_on_after_taking_back)
{
	char *token;

	dialogue_settings(dialogue)->defaults[SETTING_UPDATES] = UPDATES_AUTO;
	publish_profile("carol@example.org", "Carol Example", "+447700900200");
	token = hold("+447700900456");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	select_action("carol@example.org", "back", token);
	expect_has(dialogue_run(dialogue), "tel:+447700900200");
	is_sound();
	free(token);
}
END_TEST

START_TEST(yes_and_no_to_something_else_take_nothing_back)
{
	char *token = hold("+447700900456");

	expect_has(write_to_service("carol@example.org", "yes"), "<body>Nothing waits ");
	expect_has(write_to_service("carol@example.org", "no"), "<body>Nothing waits ");
	expect_has(write_to_service("carol@example.org", "take yes"), "<body>I understand ");
	expect_has(select_action("carol@example.org", "yes", token), "That is no longer open.");
	expect_has(profile_of_carol(), "tel:+447700900456");
	free(token);
}
END_TEST

START_TEST(a_change_is_held_whether_or_not_anybody_would_follow)
{
	dialogue_settings(dialogue)->defaults[SETTING_HOLD] = 3600;
	publish_profile("dave@example.org", "Dave", "+447700900200");
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='dave@example.org/r' to='kith.example.org' "
			   "id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			   "<publish node='urn:xmpp:vcard4'><item><vcard "
			   "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>D</text></fn>"
			   "<tel><uri>tel:+447700900201</uri></tel></vcard></item></publish>"
			   "</pubsub></iq>"),
		"The address books of others follow at ");
	expect_has(write_to_service("dave@example.org", "take back"),
		"Taken back: your numbers are as before (");
	expect_lacks(execute("dave@example.org", "profile", "", ""), "Your change ");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *matter_suite(void)
{
	Suite *suite = suite_create("matters");
	TCase *tcase = add_case(suite, "design, 4: updates = ask");

	tcase_add_test(tcase, a_change_is_proposed_and_the_card_stays);
	tcase_add_test(tcase, who_wants_no_messages_finds_it_waiting);
	tcase_add_loop_test(tcase, a_change_is_accepted_in_words, 0, 6);
	tcase_add_test(tcase, what_was_accepted_can_be_taken_back);
	tcase_add_test(tcase, what_is_declined_comes_again_only_with_a_newer_change);
	tcase_add_test(tcase, a_newer_change_overtakes_the_proposal);
	tcase_add_test(tcase, a_proposal_is_made_once);
	tcase_add_test(tcase, what_was_proposed_and_changed_back_waits_no_more);
	tcase_add_loop_test(tcase, a_proposal_is_gone_with_what_it_is_about, 0, 4);
	tcase_add_test(tcase, who_wants_all_changes_gets_those_that_were_proposed);
	tcase = add_case(suite, "XEP-0439, 4.4: selecting an action");
	tcase_add_test(tcase, an_action_is_good_once_and_harmless_when_repeated);
	tcase_add_test(tcase, an_action_is_its_recipients);
	tcase_add_test(tcase, an_action_that_never_was_is_answered);
	tcase = add_case(suite, "design, 3: words in the chat");
	tcase_add_test(tcase, of_several_the_one_meant_is_asked_for);
	tcase_add_test(tcase, a_code_that_nothing_has_is_asked_back);
	tcase_add_loop_test(tcase, what_is_not_understood_gets_one_line_of_help, 0, 6);
	tcase_add_test(tcase, an_echo_is_not_answered);
	tcase = add_case(suite, "XEP-0050: the command");
	tcase_add_test(tcase, what_waits_is_listed_with_a_choice_for_each);
	tcase_add_test(tcase, the_link_leads_to_one_matter);
	tcase = add_case(suite, "design, 4: share = ask");
	tcase_add_test(tcase, the_owner_is_asked_and_yes_sends_the_card);
	tcase_add_loop_test(tcase, no_and_silence_look_the_same_to_who_asked, 0, 2);
	tcase_add_test(tcase, who_may_not_be_seen_is_not_asked);
	tcase_add_test(tcase, a_receiver_outside_all_circles_is_for_the_owner_to_say);
	tcase_add_test(tcase, nobody_is_asked_too_much);
	tcase_add_test(tcase, a_hidden_card_does_not_go);
	tcase_add_test(tcase, an_account_ends_with_what_it_asked);
	tcase = add_case(suite, "design, 4: hold");
	tcase_add_test(
		tcase, what_is_held_is_told_once_though_the_profile_is_published_again_at_once);
	tcase_add_test(tcase, a_change_is_held_and_then_runs);
	tcase_add_loop_test(tcase, what_is_held_is_taken_back_as_if_it_never_was, 0, 5);
	tcase_add_test(tcase, who_got_the_number_meanwhile_gets_the_old_one_back);
	tcase_add_test(tcase, a_newer_change_replaces_what_is_held);
	tcase_add_test(tcase, a_run_under_way_goes_on_after_taking_back);
	tcase_add_test(tcase, yes_and_no_to_something_else_take_nothing_back);
	tcase_add_test(tcase, a_change_is_held_whether_or_not_anybody_would_follow);
	return suite;
}

int main(void)
{
	return expect_all(matter_suite());
}
