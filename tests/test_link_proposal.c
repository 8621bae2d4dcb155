/* Proposals that a contact be linked to an account (design: 1, "Linked by JID, never by number"),
 * stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "component/linking.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define QUICK "urn:xmpp:tmp:quick-response"
#define BEGIN 1600000000
#define DAY 86400
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"
#define CAROL "carol@example.org"
#define DAVE "dave@example.org"
#define ONE "+447700900123"
#define TWO "+447700900456"
#define SHARED "+441212345678"
#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"
#define EMAIL(address) "<email><text>" address "</text></email>"
#define PROPOSAL                                                                                   \
	"Your contact \"Caz\" seems to be carol@example.org (Carol Example) on this service, by "
#define LABELLED                                                                                   \
	"Your contact &quot;Caz&quot; seems to be carol@example.org (Carol Example) on this "      \
	"service, by "

static struct dialogue *dialogue;
static int64_t now;

static void publish(
	const char *who, const char *node, const char *id, const char *name, const char *properties)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn>%s</vcard></item>"
			   "</publish></pubsub></iq>",
			   who, node, id, name, properties),
		"type=\"result\"");
}

static void has_profile(const char *who, const char *name, const char *properties)
{
	publish(who, "urn:xmpp:vcard4", "current", name, properties);
}

static void has_contact(const char *item, const char *name, const char *properties)
{
	publish(ALICE, "urn:xmpp:contacts", item, name, properties);
}

static void retract(const char *item)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" ALICE "/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract "
			   "node='urn:xmpp:contacts'><item id='%s'/></retract></pubsub></iq>",
			   item),
		"type=\"result\"");
}

static struct settings *settings(void)
{
	return dialogue_settings(dialogue);
}

static void set(enum setting setting, int value)
{
	settings()->defaults[setting] = value;
}

static void pass(int64_t seconds)
{
	now += seconds;
	dialogue_set_time(dialogue, now);
}

/* carol can be found; alice's book is empty. */
static void setup(void)
{
	dialogue = dialogue_new();
	now = BEGIN;
	set(SETTING_VISIBLE, CIRCLE_EVERYONE);
	set(SETTING_FINDABLE, CIRCLE_EVERYONE);
	has_profile(CAROL, "Carol Example", TEL(ONE) TEL(TWO) EMAIL("Carol@Mail.Example"));
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

/* What is told once a minute went by. */
static const char *sweep(void)
{
	pass(60);
	return dialogue_sweep(dialogue);
}

static const char *write_to_service(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'><body>%s</body>"
		"</message>",
		who, body);
}

static const char *matters(void)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='matters'/></iq>");
}

static const char *book(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='" ALICE "/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>");
}

static const char *submit(const char *node, const char *fields)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='%s'>"
		"<x xmlns='jabber:x:data' type='submit'>%s</x></command></iq>",
		node, fields);
}

static void print_fault(void *context, const char *text)
{
	(void)context;
	ck_abort_msg("%s", text);
}

static void is_sound(void)
{
	int64_t faults;

	ck_assert_int_eq(
		store_verify(dialogue_store(dialogue), print_fault, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
}

static void proposes_nothing(void)
{
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), "Nothing waits");
	is_sound();
}

static const char *search_carol(void)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='1'>"
		"<query xmlns='jabber:iq:search'><nick>Carol</nick></query></iq>");
}

/* ---- What is proposed ---- */

START_TEST(a_contact_with_a_number_of_one_account_is_proposed)
{
	const char *sent;
	char *token, link[128];

	has_contact("uid-1", "Caz", TEL("+44 7700 900 123"));
	ck_assert_str_eq(dialogue_sweep(dialogue), ""); /* more may come */
	sent = sweep();
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "to=\"" ALICE "\"");
	expect_has(sent, "type=\"chat\"");
	expect_has(sent, "<body>" PROPOSAL "+44 7700 900123: link? Answer \"yes\", and your card");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"yes/");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"no/");
	expect_has(sent, "<store xmlns=\"urn:xmpp:hints\"/>");
	expect_lacks(sent, "pubsub#event");
	token = expect_between(sent, "id=\"yes/", "\"");
	snprintf(link, sizeof(link), " xmpp:kith.example.org?command;node=matters%%2F%s</body>",
		token);
	expect_has(sent, link);
	free(token);
	/* A proposal, and no more than that. */
	expect_has(book(), "+44 7700 900 123");
	expect_lacks(book(), TWO);
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), LABELLED "+44 7700 900123: link?");
	is_sound();
}
END_TEST

START_TEST(so_is_one_with_an_address_of_its)
{
	has_contact("uid-1", "Caz", EMAIL("carol@MAIL.example"));
	expect_has(sweep(), PROPOSAL "carol@MAIL.example: link?");
}
END_TEST

START_TEST(numbers_are_of_the_country_of_whose_book_it_is)
{
	if (!phone_has_library()) /* which knows of countries */
		return;
	has_profile(CAROL, "Carol Example", TEL("+4915123456789"));
	has_contact("uid-1", "Caz", "<tel><text>0151 23456789</text></tel>");
	proposes_nothing();
	expect_has(submit("settings", FIELD("region", "DE")), "stored");
	has_contact("uid-1", "Caz", "<tel><text>0151 23456789</text></tel>");
	expect_has(sweep(), PROPOSAL "+49 1512 3456789: link?");
}
END_TEST

START_TEST(yes_links_it_and_brings_it_up_to_date)
{
	const char *sent;

	has_contact("uid-1", "Caz", TEL(ONE) "<note><text>mine</text></note>");
	sweep();
	sent = write_to_service(ALICE, "yes");
	expect_has(sent, "<body>Your contact \"Caz\" is linked to carol@example.org: your card "
			 "follows its changes.</body>");
	expect_has(sent, "to=\"" ALICE "\" type=\"headline\"");
	expect_has(sent, "id=\"uid-1\"");
	expect_has(write_to_service(ALICE, "yes"), "Nothing waits");
	is_sound();
	set(SETTING_AUDIENCE, CIRCLE_EVERYONE);
	has_profile(CAROL, "Carol Example", TEL("+447700900999") TEL(TWO));
	sent = dialogue_run(dialogue);
	expect_has(sent, "phone +44 7700 900123 is now +44 7700 900999");
	sent = book();
	expect_has(sent, "<item id=\"uid-1\">");
	expect_has(sent, "+447700900999");
	expect_has(sent, "mine");
	expect_lacks(sent, ONE);
	ck_assert_str_eq(sweep(), "");
	is_sound();
}
END_TEST

/* Changed between the proposal and the answer: by the one routine. */
START_TEST(what_changed_meanwhile_comes_with_the_link)
{
	has_contact("uid-1", "Caz", TEL(ONE) EMAIL("carol@mail.example"));
	sweep();
	has_profile(CAROL, "Carol Example", TEL("+447700900999") EMAIL("carol@mail.example"));
	dialogue_run(dialogue);
	expect_has(matters(), LABELLED "carol@mail.example: link?");
	expect_has(write_to_service(ALICE, "yes"), "is linked to");
	expect_has(book(), "+447700900999");
	expect_lacks(book(), ONE);
}
END_TEST

START_TEST(it_is_answered_by_form_and_by_action_too)
{
	char *token, fields[128];

	has_contact("uid-1", "Caz", TEL(ONE));
	token = expect_between(sweep(), "id=\"yes/", "\"");
	if (_i == 0) {
		snprintf(fields, sizeof(fields), FIELD("%s", "yes"), token);
		expect_has(submit("matters", fields), "is linked to carol@example.org");
	} else {
		expect_has(dialogue_say(dialogue,
				   "<message type='chat' from='" ALICE
				   "/r' to='kith.example.org' id='m1'>"
				   "<action-selected xmlns='" QUICK "' id='yes/%s'/></message>",
				   token),
			"is linked to carol@example.org");
	}
	free(token);
}
END_TEST

START_TEST(what_was_declined_is_not_proposed_again)
{
	has_contact("uid-1", "Caz", TEL(ONE));
	sweep();
	expect_has(write_to_service(ALICE, "no"), "Your contact \"Caz\" stays as it is.");
	proposes_nothing();
	/* Not with a change of the card, nor by looking anew, nor in the next months. */
	has_contact("uid-1", "Caz Example", TEL(ONE));
	proposes_nothing();
	submit("contacts", FIELD("do", "look"));
	proposes_nothing();
	pass(31 * DAY);
	proposes_nothing();
	/* To be somebody else is another matter. */
	has_profile(DAVE, "Dave Example", TEL("+447700900777"));
	has_contact("uid-1", "Caz Example", TEL("+447700900777"));
	expect_has(sweep(), "seems to be dave@example.org");
}
END_TEST

START_TEST(those_that_were_declined_are_remembered_to_a_limit)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account alice, carol;
	struct store_matter matter;
	int64_t count;
	bool is_there;

	has_contact("uid-0", "A", TEL("+447700900777"));
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, ALICE, &alice), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, CAROL, &carol), STORE_OK);
	for (int i = 0; i <= LINKING_DECLINED_MAX; i++) {
		char token[33], item[16];

		snprintf(token, sizeof(token), "%032d", i);
		snprintf(item, sizeof(item), "item-%d", i);
		matter = (struct store_matter){.account = alice.id,
			.kind = MATTER_LINK,
			.token = token,
			.subject = carol.id,
			.target = item,
			.what = "",
			.made_at = now,
			.expires_at = now + DAY};
		ck_assert_int_eq(store_matter_add(store, &matter), STORE_OK);
		ck_assert_int_eq(store_matter_decline_long(
					 store, &matter, now + 100 * DAY, LINKING_DECLINED_MAX),
			STORE_OK);
	}
	matter.target = "item-0";
	ck_assert_int_eq(
		store_matter_count(store, &matter, now + 50 * DAY, &count, &is_there), STORE_OK);
	ck_assert_int_eq(count, LINKING_DECLINED_MAX);
	ck_assert(!is_there);
	matter.target = "item-1";
	ck_assert_int_eq(
		store_matter_count(store, &matter, now + 50 * DAY, &count, &is_there), STORE_OK);
	ck_assert(is_there);
	store_turn_rollback(store);
	arena_free(arena);
}
END_TEST

/* ---- What is not ---- */

START_TEST(a_number_of_two_accounts_is_nobodys)
{
	has_profile(DAVE, "Dave Example", TEL(SHARED));
	has_profile("erin@example.org", "Erin Example", TEL(SHARED));
	has_contact("uid-1", "Caz", TEL(SHARED));
	has_contact("uid-2", "Caz", TEL(ONE) TEL(SHARED));
	proposes_nothing();
}
END_TEST

/* Who can't be found by it is no second one, or it would show that he is there. */
START_TEST(who_is_not_findable_does_not_count)
{
	set(SETTING_FINDABLE, CIRCLE_NOBODY);
	has_contact("uid-1", "Caz", TEL(ONE));
	proposes_nothing();
	expect_has(submit("settings", FIELD("findable", "everyone")), "stored");
	has_profile(ALICE, "Alice Example", TEL("+447700900777"));
	has_contact("uid-1", "Caz", TEL(ONE) TEL("+447700900777"));
	proposes_nothing(); /* it is herself, as far as she can see */
}
END_TEST

/* He may be read by who knows his address; that he has the number nobody learns who searches. */
START_TEST(of_two_who_have_a_number_the_findable_one_is_proposed)
{
	has_profile(DAVE, "Dave Example", TEL(ONE));
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" DAVE "/r' to='kith.example.org' id='e1'>"
			   "<command xmlns='" COMMANDS "' node='settings'>"
			   "<x xmlns='jabber:x:data' type='submit'>" FIELD(
				   "findable", "nobody") "</x></command></iq>"),
		"stored");
	has_contact("uid-1", "Caz", TEL(ONE));
	expect_has(sweep(), PROPOSAL);
}
END_TEST

static void list(const char *who, enum listed kind, const char *jid)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_get(store, dialogue_arena(dialogue), who, &account), STORE_OK);
	ck_assert_int_eq(store_listed_put(store, account.id, kind, &jid, 1), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static void hide(void)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" CAROL "/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			   "<retract node='urn:xmpp:vcard4'><item id='current'/>"
			   "</retract></pubsub></iq>"),
		"type=\"result\"");
}

static void end(void)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" CAROL "/r' to='kith.example.org' id='1'>"
			   "<query xmlns='jabber:iq:register'><remove/></query></iq>"),
		"type=\"result\"");
}

/* What may keep the two apart. */
static void part(int how)
{
	switch (how) {
	case 0:
		set(SETTING_FINDABLE, CIRCLE_NOBODY);
		break;
	case 1:
		set(SETTING_VISIBLE, CIRCLE_NOBODY);
		break;
	case 2:
		list(CAROL, LISTED_BLOCKED, ALICE);
		break;
	case 3:
		list(ALICE, LISTED_BLOCKED, CAROL);
		break;
	case 4:
		hide();
		break;
	case 5:
		end();
		break;
	case 6:
		set(SETTING_UPDATES, UPDATES_NEVER);
		break;
	case 7:
		has_contact(CAROL, "Carol", "");
		break;
	default:
		has_profile(CAROL, "Carol Example", TEL(TWO));
		dialogue_run(dialogue);
		break;
	}
}
#define WAYS_TO_PART 9

START_TEST(who_may_not_be_found_is_not_proposed)
{
	part(_i);
	has_contact("uid-1", "Caz", TEL(ONE));
	proposes_nothing();
}
END_TEST

START_TEST(what_can_no_longer_be_is_open_no_more)
{
	char *token, fields[128];

	has_contact("uid-1", "Caz", TEL(ONE));
	token = expect_between(sweep(), "id=\"yes/", "\"");
	snprintf(fields, sizeof(fields), FIELD("%s", "yes"), token);
	part(_i);
	expect_has(matters(), "Nothing waits");
	expect_has(submit("matters", fields), "That is no longer open.");
	expect_lacks(book(), TWO);
	free(token);
	is_sound();
}
END_TEST

START_TEST(a_proposal_ends_with_the_contact)
{
	has_contact("uid-1", "Caz", TEL(ONE));
	sweep();
	retract("uid-1");
	expect_has(matters(), "Nothing waits");
	is_sound();
}
END_TEST

START_TEST(who_may_not_know_of_it_is_not_proposed_anybody)
{
	struct settings_group groups[2] = {{.name = NULL}, {.name = NULL}};
	static char alice[] = ALICE, carol[] = CAROL;
	struct settings_member members[] = {{alice, 0}, {carol, 1}};
	struct settings before = *settings();

	has_contact("uid-1", "Caz", TEL(ONE));
	settings()->groups = groups;
	settings()->group_count = 2;
	settings()->members = members;
	settings()->member_count = 2;
	proposes_nothing();
	*settings() = before;
}
END_TEST

START_TEST(linked_contacts_and_short_numbers_are_not_looked_at)
{
	has_profile(DAVE, "Dave Example", "<tel><text>54321</text></tel>");
	has_contact("uid-1", "Dave", "<tel><text>54321</text></tel>");
	has_contact("erin@example.org", "Erin", TEL(ONE));
	proposes_nothing();
}
END_TEST

START_TEST(of_two_contacts_that_seem_to_be_one_account_one_is_proposed)
{
	has_contact("uid-1", "Caz", TEL(ONE));
	has_contact("uid-2", "Carol", TEL(TWO));
	ck_assert_uint_eq(dialogue_count(sweep(), PROPOSAL), 1);
	expect_lacks(matters(), "&quot;Carol&quot;");
}
END_TEST

/* Else another number would be a search: what becomes of the proposal would tell of it. */
START_TEST(a_card_that_is_changed_is_no_search_for_free)
{
	has_profile(DAVE, "Dave Example", TEL(SHARED));
	has_contact("uid-1", "Caz", TEL(ONE));
	sweep();
	has_contact("uid-1", "Caz", TEL(ONE) TEL(SHARED));
	expect_has(matters(), LABELLED);
	settings()->limits.rates[RATE_SEARCH].account = 4;
	search_carol();
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), LABELLED);
	/* Once it is looked up, and counted, it belongs to two. */
	pass(7200);
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), "Nothing waits");
	is_sound();
}
END_TEST

/* ---- How much ---- */

/* So many people, and a contact for each, with their number and other properties. */
static void fill(int count, const char *properties)
{
	for (int i = 0; i < count; i++) {
		char jid[64], item[64], tel[128];

		snprintf(jid, sizeof(jid), "p%03d@example.org", i);
		snprintf(item, sizeof(item), "uid-p%03d", i);
		snprintf(tel, sizeof(tel), "<tel><uri>tel:+4477009020%02d</uri></tel>", i);
		has_profile(jid, jid, tel);
		strcat(tel, properties);
		has_contact(item, "Somebody", tel);
	}
}

START_TEST(an_import_leads_to_one_message)
{
	const char *sent;

	for (int i = 0; i < 3; i++) {
		pass(20);
		has_contact("uid-1", "Caz", TEL(ONE));
		ck_assert_str_eq(dialogue_sweep(dialogue), "");
	}
	fill(11, "");
	sent = sweep();
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "<body>12 of your contacts seem to have accounts on this service. Which, "
			 "and whether they are to be linked: "
			 "xmpp:kith.example.org?command;node=matters</body>");
	expect_lacks(sent, "<action ");
	ck_assert_uint_eq(dialogue_count(matters(), ": link?\""), 12);
	ck_assert_str_eq(sweep(), "");
}
END_TEST

START_TEST(each_number_and_address_counts_as_a_search)
{
	settings()->limits.rates[RATE_SEARCH].account = 8;
	fill(6, EMAIL("nobody@example.net"));
	/* Two each, and half of them are left. */
	ck_assert_str_eq(sweep(), "");
	ck_assert_uint_eq(dialogue_count(matters(), ": link?\""), 2);
	for (int i = 0; i < 5; i++) {
		const char *sent = search_carol();

		if (i < 4)
			expect_has(sent, CAROL);
		else
			expect_has(sent, "Too many searches");
	}
	/* The rest comes as searches flow in again. */
	for (int i = 0; i < 20 && dialogue_count(matters(), ": link?\"") < 6; i++) {
		pass(900);
		if (dialogue_count(matters(), ": link?\"") < 6)
			dialogue_sweep(dialogue);
	}
	ck_assert_uint_eq(dialogue_count(matters(), ": link?\""), 6);
	ck_assert_int_ge(now - BEGIN, 3600 * 8 / 8);
}
END_TEST

START_TEST(what_takes_long_is_told_after_a_day)
{
	unsigned told = 0;

	settings()->limits.rates[RATE_SEARCH].account = 2;
	fill(60, EMAIL("nobody@example.net"));
	for (int hours = 0; hours < 30; hours++) {
		const char *sent;

		pass(3600);
		sent = dialogue_sweep(dialogue);
		told += dialogue_count(sent, "<message ");
		ck_assert(told == 0 || hours >= 24);
	}
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(where_all_searches_are_used_up_books_wait)
{
	settings()->limits.rates[RATE_SEARCH].all = 2;
	fill(4, "");
	ck_assert_str_eq(sweep(), "");
	ck_assert_uint_eq(dialogue_count(matters(), ": link?\""), 1);
	for (int i = 0; i < 4; i++) {
		pass(3600);
		dialogue_sweep(dialogue);
	}
	ck_assert_uint_eq(dialogue_count(matters(), ": link?\""), 4);
}
END_TEST

/* Neither is looked at, nor does it cost. */
START_TEST(a_card_with_a_book_of_numbers_is_passed_over)
{
	char properties[4096] = TEL(ONE);

	for (int i = 0; i < LINKING_TERMS_MAX; i++)
		snprintf(properties + strlen(properties), 64,
			"<tel><uri>tel:+4477009020%02d</uri></tel>", i);
	has_contact("uid-1", "Caz", properties);
	proposes_nothing();
}
END_TEST

START_TEST(no_more_wait_than_the_limit_and_the_rest_comes_later)
{
	settings()->limits.rates[RATE_SEARCH].account = 0;
	fill(LINKING_OPEN_MAX + 3, "");
	expect_has(sweep(), "<body>50 of your contacts seem to have accounts");
	ck_assert_str_eq(sweep(), "");
	for (int i = 0; i < 5; i++) {
		char *token = expect_between(matters(), "var=\"", "\"");
		char fields[128];

		snprintf(fields, sizeof(fields), FIELD("%s", "no"), token);
		expect_has(submit("matters", fields), "stays as it is");
		free(token);
	}
	expect_has(sweep(), "<body>48 of your contacts seem to have accounts");
	is_sound();
}
END_TEST

START_TEST(it_counts_as_a_push)
{
	settings()->limits.push_per_holder = 1;
	has_contact("uid-1", "Caz", TEL(ONE));
	expect_has(sweep(), PROPOSAL);
	has_profile(DAVE, "Dave Example", TEL("+447700900777"));
	has_contact("uid-2", "Dave", TEL("+447700900777"));
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), "seems to be dave@example.org");
	pass(DAY - 120);
	ck_assert_str_eq(sweep(), "");
	expect_has(sweep(), "<body>2 of your contacts seem to have accounts");
}
END_TEST

START_TEST(who_wants_no_words_finds_it_waiting)
{
	set(SETTING_PUSHES, PUSHES_OFF);
	has_contact("uid-1", "Caz", TEL(ONE));
	ck_assert_str_eq(sweep(), "");
	expect_has(matters(), LABELLED);
}
END_TEST

/* ---- When ---- */

START_TEST(who_comes_later_is_found_when_the_book_is_looked_through_again)
{
	has_contact("uid-1", "Dave", TEL("+447700900777"));
	proposes_nothing();
	has_profile(DAVE, "Dave Example", TEL("+447700900777"));
	proposes_nothing();
	if (_i == 0) {
		expect_has(submit("contacts", FIELD("do", "look")), "are looked through");
	} else {
		pass(30 * DAY - 600);
		matters(); /* he is seen */
		ck_assert_str_eq(dialogue_sweep(dialogue), "");
		pass(600);
	}
	expect_has(dialogue_sweep(dialogue), "seems to be dave@example.org");
}
END_TEST

START_TEST(books_of_those_who_were_not_seen_are_left)
{
	has_contact("uid-1", "Dave", TEL("+447700900777"));
	proposes_nothing();
	has_profile(DAVE, "Dave Example", TEL("+447700900777"));
	pass(40 * DAY);
	ck_assert_str_eq(dialogue_sweep(dialogue), "");
	expect_has(matters(), "Nothing waits");
}
END_TEST

/* The machine's clock is set right, that was so much ahead; kithd looks what that has put off. */
static void set_back(int64_t seconds)
{
	struct store *store = dialogue_store(dialogue);

	pass(-seconds);
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_redate(store, now, now + 30 * DAY), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

START_TEST(a_book_that_was_stored_by_a_clock_that_was_wrong_is_looked_through)
{
	has_contact("uid-1", "Caz", TEL(ONE));
	set_back(100 * DAY);
	expect_has(dialogue_sweep(dialogue), PROPOSAL);
	is_sound();
}
END_TEST

START_TEST(a_book_that_was_looked_through_by_one_is_so_again)
{
	has_contact("uid-1", "Dave", TEL("+447700900777"));
	proposes_nothing();
	has_profile(DAVE, "Dave Example", TEL("+447700900777"));
	set_back(100 * DAY);
	matters(); /* he is seen */
	expect_has(dialogue_sweep(dialogue), "seems to be dave@example.org");
}
END_TEST

START_TEST(what_was_found_by_one_is_told)
{
	settings()->limits.rates[RATE_SEARCH].account = 2;
	fill(60, EMAIL("nobody@example.net"));
	for (int i = 0; i < 3; i++) {
		pass(3600);
		ck_assert_str_eq(dialogue_sweep(dialogue), "");
	}
	set_back(100 * DAY);
	expect_has(dialogue_sweep(dialogue), "seem to have accounts");
}
END_TEST

START_TEST(nothing_is_left_of_a_book_that_ended)
{
	has_contact("uid-1", "Caz", TEL(ONE));
	/* Somebody is linked to her, so that her row stays. */
	publish(CAROL, "urn:xmpp:contacts", ALICE, "Alice", TEL("+447700900777"));
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" ALICE "/r' to='kith.example.org' id='1'>"
			   "<query xmlns='jabber:iq:register'><remove/></query></iq>"),
		"type=\"result\"");
	ck_assert_str_eq(sweep(), "");
	is_sound();
}
END_TEST

/* The owner's rule says what is sent of one who is linked by the owner's word, too. */
START_TEST(the_card_of_who_was_linked_so_is_sent_by_the_service)
{
	has_contact("uid-1", "Caz", TEL(ONE) "<note><text>mine</text></note>");
	sweep();
	write_to_service(ALICE, "yes");
	set(SETTING_SHARE, SHARE_NO);
	expect_has(submit("contacts", FIELD("do", "pass") FIELD("item", "uid-1") FIELD("to", DAVE)),
		"Nobody was found for");
	set(SETTING_SHARE, SHARE_YES);
	expect_has(submit("contacts", FIELD("do", "pass") FIELD("item", "uid-1") FIELD("to", DAVE)),
		"Carol Example's card went to dave@example.org");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *proposal_suite(void)
{
	Suite *suite = suite_create("proposals of links");
	TCase *tcase = add_case(suite, "design, 1: linked by JID; what is proposed");

	tcase_add_test(tcase, a_contact_with_a_number_of_one_account_is_proposed);
	tcase_add_test(tcase, so_is_one_with_an_address_of_its);
	tcase_add_test(tcase, numbers_are_of_the_country_of_whose_book_it_is);
	tcase_add_test(tcase, yes_links_it_and_brings_it_up_to_date);
	tcase_add_test(tcase, what_changed_meanwhile_comes_with_the_link);
	tcase_add_loop_test(tcase, it_is_answered_by_form_and_by_action_too, 0, 2);
	tcase_add_test(tcase, what_was_declined_is_not_proposed_again);
	tcase_add_test(tcase, those_that_were_declined_are_remembered_to_a_limit);
	tcase = add_case(suite, "what is not");
	tcase_add_test(tcase, a_number_of_two_accounts_is_nobodys);
	tcase_add_test(tcase, who_is_not_findable_does_not_count);
	tcase_add_test(tcase, of_two_who_have_a_number_the_findable_one_is_proposed);
	tcase_add_loop_test(tcase, who_may_not_be_found_is_not_proposed, 0, WAYS_TO_PART);
	tcase_add_loop_test(tcase, what_can_no_longer_be_is_open_no_more, 0, WAYS_TO_PART);
	tcase_add_test(tcase, a_proposal_ends_with_the_contact);
	tcase_add_test(tcase, who_may_not_know_of_it_is_not_proposed_anybody);
	tcase_add_test(tcase, linked_contacts_and_short_numbers_are_not_looked_at);
	tcase_add_test(tcase, of_two_contacts_that_seem_to_be_one_account_one_is_proposed);
	tcase_add_test(tcase, a_card_that_is_changed_is_no_search_for_free);
	tcase = add_case(suite, "how much");
	tcase_add_test(tcase, an_import_leads_to_one_message);
	tcase_add_test(tcase, each_number_and_address_counts_as_a_search);
	tcase_add_test(tcase, what_takes_long_is_told_after_a_day);
	tcase_add_test(tcase, where_all_searches_are_used_up_books_wait);
	tcase_add_test(tcase, a_card_with_a_book_of_numbers_is_passed_over);
	tcase_add_test(tcase, no_more_wait_than_the_limit_and_the_rest_comes_later);
	tcase_add_test(tcase, it_counts_as_a_push);
	tcase_add_test(tcase, who_wants_no_words_finds_it_waiting);
	tcase = add_case(suite, "when");
	tcase_add_loop_test(
		tcase, who_comes_later_is_found_when_the_book_is_looked_through_again, 0, 2);
	tcase_add_test(tcase, books_of_those_who_were_not_seen_are_left);
	tcase_add_test(tcase, a_book_that_was_stored_by_a_clock_that_was_wrong_is_looked_through);
	tcase_add_test(tcase, a_book_that_was_looked_through_by_one_is_so_again);
	tcase_add_test(tcase, what_was_found_by_one_is_told);
	tcase_add_test(tcase, nothing_is_left_of_a_book_that_ended);
	tcase_add_test(tcase, the_card_of_who_was_linked_so_is_sent_by_the_service);
	return suite;
}

int main(void)
{
	return expect_all(proposal_suite());
}
