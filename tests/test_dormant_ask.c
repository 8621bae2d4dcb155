/* Asking the holders of dormant links whether who has the JID now is the same person (design:
 * section 4, "Accounts end"), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "component/dormant_ask.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/window.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define QUICK "urn:xmpp:tmp:quick-response"
#define BEGIN 1600000000
#define DAY 86400
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"
#define CAROL "carol@example.org"
#define OLD "+447700900123"
#define NEW "+447700900456"
#define QUESTION(quote)                                                                            \
	"carol@example.org has a new account on this service: is it still the same person as in "  \
	"your contact " quote "Caz" quote "?"
#define SAID QUESTION("\"")
#define LABELLED QUESTION("&quot;")

static struct dialogue *dialogue;
static char folder[64], path[96];

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

static void carol_publishes(const char *number)
{
	publish(CAROL, "urn:xmpp:vcard4", "current", "Carol Example", number);
}

static void has_carol(const char *who, const char *number)
{
	publish(who, "urn:xmpp:contacts", CAROL, "Caz", number);
}

static void carol_ends(void)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" CAROL "/r' to='kith.example.org' id='1'>"
			   "<query xmlns='jabber:iq:register'><remove/></query></iq>"),
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

/* alice has carol's card; that account ended. */
static void setup(void)
{
	strcpy(folder, "/tmp/kith-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/kith.db", folder);
	dialogue = dialogue_new_at(path);
	set(SETTING_VISIBLE, CIRCLE_EVERYONE);
	set(SETTING_AUDIENCE, CIRCLE_EVERYONE);
	carol_publishes(OLD);
	has_carol(ALICE, OLD);
	carol_ends();
}

static void teardown(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};

	dialogue_free(dialogue);
	for (size_t i = 0; i < 4; i++) {
		char file[128];

		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}

/* As if kithd had been killed. */
static void start_anew(void)
{
	dialogue_free(dialogue);
	dialogue = dialogue_new_at(path);
	set(SETTING_VISIBLE, CIRCLE_EVERYONE);
	set(SETTING_AUDIENCE, CIRCLE_EVERYONE);
}

static const char *write_to_service(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'><body>%s</body>"
		"</message>",
		who, body);
}

static const char *matters(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='e1'>"
		"<command xmlns='" COMMANDS "' node='matters'/></iq>",
		who);
}

static const char *card_of(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>",
		who);
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

/* ---- When, and what ---- */

START_TEST(holders_are_asked_once_there_is_a_profile_again)
{
	const char *sent = dialogue_run(dialogue);
	char *token, link[128];

	ck_assert_str_eq(sent, ""); /* not of the end */
	dialogue_say(dialogue, "<iq type='get' from='" CAROL "/r' to='kith.example.org' id='1'>"
			       "<query xmlns='jabber:iq:register'/></iq>");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	carol_publishes(OLD);
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "to=\"" ALICE "\"");
	expect_has(sent, "type=\"chat\"");
	expect_has(sent, "<body>" SAID " Answer \"yes\", and your card follows");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"yes/");
	expect_has(sent, "<action xmlns=\"" QUICK "\" id=\"no/");
	expect_has(sent, "<origin-id ");
	expect_has(sent, "<store xmlns=\"urn:xmpp:hints\"/>");
	token = expect_between(sent, "id=\"yes/", "\"");
	snprintf(link, sizeof(link), " xmpp:kith.example.org?command;node=matters%%2F%s</body>",
		token);
	expect_has(sent, link);
	free(token);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	is_sound();
	/* The next change of hers asks nobody again. */
	carol_publishes(NEW);
	ck_assert_str_eq(dialogue_run(dialogue), "");
}
END_TEST

START_TEST(yes_takes_the_link_up_again)
{
	const char *sent;

	carol_publishes(OLD);
	dialogue_run(dialogue);
	sent = write_to_service(ALICE, "yes");
	expect_has(sent, "<body>Your card of carol@example.org follows its changes again.</body>");
	expect_has(sent, "to=\"" ALICE "\" type=\"headline\"");
	expect_has(write_to_service(ALICE, "yes"), "Nothing waits");
	is_sound();
	carol_publishes(NEW);
	expect_has(dialogue_run(dialogue), "tel:" NEW);
	expect_has(card_of(ALICE), "tel:" NEW);
}
END_TEST

START_TEST(no_is_not_asked_again)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	expect_has(write_to_service(ALICE, "no"), "Your card of carol@example.org stays as it is.");
	expect_has(matters(ALICE), "Nothing waits");
	carol_publishes(NEW);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_lacks(card_of(ALICE), NEW);
	start_anew();
	ck_assert_str_eq(dialogue_run(dialogue), "");
	is_sound();
}
END_TEST

START_TEST(another_incarnation_is_asked_about_again)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	write_to_service(ALICE, "no");
	carol_ends();
	ck_assert_str_eq(dialogue_run(dialogue), "");
	carol_publishes(OLD);
	expect_has(dialogue_run(dialogue), SAID);
	is_sound();
}
END_TEST

START_TEST(a_question_ends_with_who_it_is_about)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	carol_ends();
	expect_has(matters(ALICE), "Nothing waits");
	is_sound();
	/* Nor is anybody asked any more where that was still to come. */
	carol_publishes(OLD);
	carol_ends();
	ck_assert_str_eq(dialogue_run(dialogue), "");
	is_sound();
}
END_TEST

static void alice_removes_carol(void)
{
	expect_has(
		dialogue_say(dialogue,
			"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='1'>"
			"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract "
			"node='urn:xmpp:contacts'><item id='" CAROL "'/></retract></pubsub></iq>"),
		"type=\"result\"");
}

START_TEST(a_question_ends_with_the_contact)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	alice_removes_carol();
	expect_has(matters(ALICE), "Nothing waits");
	is_sound();
}
END_TEST

START_TEST(it_is_answered_by_form_too)
{
	char *token, *session;

	carol_publishes(OLD);
	token = expect_between(dialogue_run(dialogue), "id=\"yes/", "\"");
	expect_has(matters(ALICE), LABELLED);
	session = expect_between(matters(ALICE), "sessionid=\"", "\"");
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" ALICE "/r' to='kith.example.org' id='e1'>"
			   "<command xmlns='" COMMANDS "' node='matters' sessionid='%s'>"
			   "<x xmlns='jabber:x:data' type='submit'>" FIELD(
				   "%s", "yes") "</x></command></iq>",
			   session, token),
		"Your card of carol@example.org follows its changes again.");
	free(session);
	free(token);
}
END_TEST

START_TEST(it_is_open_for_30_days)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	dialogue_set_time(dialogue, BEGIN + 30 * DAY);
	expect_has(write_to_service(ALICE, "yes"), "Nothing waits");
}
END_TEST

/* ---- Who ---- */

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

START_TEST(nobody_is_asked_who_could_see_nothing_of_the_new_one)
{
	/* The circle that may read; whether the card's number is the new one's; asked? */
	static const struct {
		int visible;
		const char *number;
		bool is_asked;
	} rows[] = {
		{CIRCLE_NOBODY, OLD, false},
		{CIRCLE_CHOSEN, OLD, false},
		{CIRCLE_MUTUAL, OLD, false},
		{CIRCLE_KNOWN, NEW, false},
		{CIRCLE_KNOWN, OLD, true},
		{CIRCLE_EVERYONE, NEW, true},
	};

	set(SETTING_VISIBLE, rows[_i].visible);
	carol_publishes(rows[_i].number);
	if (rows[_i].is_asked) {
		expect_has(dialogue_run(dialogue), SAID);
	} else {
		ck_assert_str_eq(dialogue_run(dialogue), "");
		expect_has(matters(ALICE), "Nothing waits");
	}
}
END_TEST

/* As for a card that is stored for the first time. */
START_TEST(a_former_number_of_the_new_one_makes_nobody_known)
{
	set(SETTING_VISIBLE, CIRCLE_KNOWN);
	carol_publishes(OLD);
	carol_publishes(NEW);
	ck_assert_str_eq(dialogue_run(dialogue), "");
}
END_TEST

START_TEST(who_is_blocked_is_not_asked)
{
	if (_i == 0)
		list(ALICE, LISTED_BLOCKED, CAROL);
	else
		list(CAROL, LISTED_BLOCKED, ALICE);
	carol_publishes(OLD);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(matters(ALICE), "Nothing waits");
}
END_TEST

START_TEST(who_may_not_know_of_it_any_more_is_not_asked)
{
	struct settings_group groups[2] = {{.name = NULL}, {.name = NULL}};
	static char alice[] = ALICE, carol[] = CAROL;
	struct settings_member members[] = {{alice, 0}, {carol, 1}};

	struct settings before = *settings();

	settings()->groups = groups;
	settings()->group_count = 2;
	settings()->members = members;
	settings()->member_count = 2;
	carol_publishes(OLD);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(matters(ALICE), "Nothing waits");
	*settings() = before;
}
END_TEST

START_TEST(whose_cards_never_follow_is_not_asked)
{
	set(SETTING_UPDATES, UPDATES_NEVER);
	carol_publishes(OLD);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	set(SETTING_UPDATES, UPDATES_ASK);
	expect_has(matters(ALICE), "Nothing waits");
}
END_TEST

START_TEST(what_can_no_longer_be_seen_is_no_question_any_more)
{
	carol_publishes(OLD);
	dialogue_run(dialogue);
	set(SETTING_VISIBLE, CIRCLE_NOBODY);
	expect_has(matters(ALICE), "Nothing waits");
	expect_has(write_to_service(ALICE, "yes"), "Nothing waits");
	set(SETTING_VISIBLE, CIRCLE_EVERYONE);
	expect_has(matters(ALICE), LABELLED);
}
END_TEST

START_TEST(who_wants_no_words_finds_it_waiting)
{
	set(SETTING_PUSHES, PUSHES_OFF);
	carol_publishes(OLD);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(matters(ALICE), LABELLED);
}
END_TEST

START_TEST(too_many_messages_are_not_sent_and_wait)
{
	const char *sent;

	settings()->limits.push_per_holder = 2;
	for (int i = 0; i < 4; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "friend%d@example.org", i);
		publish(jid, "urn:xmpp:vcard4", "current", "F", OLD);
		publish(ALICE, "urn:xmpp:contacts", jid, "F", OLD);
		dialogue_say(dialogue,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			"<query xmlns='jabber:iq:register'><remove/></query></iq>",
			jid);
		publish(jid, "urn:xmpp:vcard4", "current", "F", OLD);
	}
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "has a new account"), 2);
	ck_assert_uint_eq(dialogue_count(matters(ALICE), "has a new account"), 4);
	is_sound();
}
END_TEST

/* ---- How ---- */

/* More than a window holds, and than a turn looks at. */
#define HOLDERS 700

static void many_hold(void)
{
	alice_removes_carol();
	carol_publishes(OLD);
	has_carol(ALICE, OLD);
	for (int i = 0; i < HOLDERS; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "h%03d@example.org", i);
		has_carol(jid, OLD);
	}
	carol_ends();
}

START_TEST(all_holders_are_asked_once)
{
	const char *sent;

	many_hold();
	carol_publishes(OLD);
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(
		dialogue_count(sent, "<body>carol@example.org has a new account"), HOLDERS + 1);
	for (int i = 0; i < HOLDERS; i++) {
		char to[64];

		snprintf(to, sizeof(to), "to=\"h%03d@example.org\"", i);
		ck_assert_uint_eq(dialogue_count(sent, to), 1);
	}
	is_sound();
}
END_TEST

/* What the server didn't say it took comes again, with the same ids; what was answered doesn't, and
 * the rest comes too. */
START_TEST(after_a_kill_it_goes_on)
{
	const char *sent;
	char *id, *copy;
	unsigned before;

	many_hold();
	carol_publishes(OLD);
	/* A turn, of which no ping is answered. */
	sent = dialogue_ask(dialogue);
	before = dialogue_count(sent, "<body>carol@example.org has a new account");
	ck_assert_uint_gt(before, 1);
	ck_assert_uint_lt(before, HOLDERS);
	copy = strdup(sent);
	id = expect_between(strstr(copy, "to=\"h001@example.org\""),
		"<origin-id xmlns=\"urn:xmpp:sid:0\" id=\"", "\"");
	write_to_service(ALICE, "no");
	start_anew();
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(
		dialogue_count(sent, "<body>carol@example.org has a new account"), HOLDERS);
	expect_lacks(sent, "to=\"" ALICE "\"");
	expect_has(sent, id);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	start_anew();
	ck_assert_str_eq(dialogue_run(dialogue), "");
	is_sound();
	free(id);
	free(copy);
}
END_TEST

/* A turn that was not committed left no cursor, and nothing of it went out. */
START_TEST(what_was_not_committed_is_asked_again)
{
	struct store *store = dialogue_store(dialogue);
	struct dormant_ask *ask = dormant_ask_new();
	struct window *window = window_new();
	struct arena *arena = arena_new(0);
	bool more;

	carol_publishes(OLD);
	window_up(window);
	for (size_t turn = 1; turn <= 2; turn++) {
		ck_assert_int_eq(store_turn_begin(store), STORE_OK);
		ck_assert_int_eq(dormant_ask_work(ask, dialogue_service(dialogue), window, arena,
					 BEGIN, &more),
			0);
		ck_assert_uint_eq(window_sent(window), turn);
		ck_assert(more);
		if (turn == 1)
			store_turn_rollback(store);
		else
			ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	}
	expect_has(matters(ALICE), LABELLED);
	arena_free(arena);
	window_free(window);
	dormant_ask_free(ask);
}
END_TEST

/* Nor did it of one whose commit failed, though what it stored turns out to be there. */
START_TEST(what_is_there_but_was_not_sent_is_asked_again)
{
	struct store *store = dialogue_store(dialogue);
	struct dormant_ask *ask = dormant_ask_new();
	struct window *window = window_new();
	struct arena *arena = arena_new(0);
	bool more;

	carol_publishes(OLD);
	window_up(window);
	for (size_t turn = 1; turn <= 3; turn++) {
		ck_assert_int_eq(store_turn_begin(store), STORE_OK);
		ck_assert_int_eq(dormant_ask_work(ask, dialogue_service(dialogue), window, arena,
					 BEGIN, &more),
			0);
		ck_assert_uint_eq(window_sent(window), turn < 2 ? turn : 2);
		ck_assert_int_eq(store_turn_commit(store), STORE_OK);
		if (turn == 1)
			dormant_ask_rolled_back(ask);
		else
			dormant_ask_committed(ask);
	}
	arena_free(arena);
	window_free(window);
	dormant_ask_free(ask);
}
END_TEST

/* What the server took is not said again. */
START_TEST(what_was_taken_stays_so)
{
	struct store *store = dialogue_store(dialogue);
	struct dormant_ask *ask = dormant_ask_new();
	struct arena *arena = arena_new(0);
	struct store_dormant row = {.done = 0};
	bool more;

	many_hold();
	carol_publishes(OLD);
	for (int turn = 0; turn < 2; turn++) {
		struct window *window = window_new();

		window_up(window);
		ck_assert_int_eq(store_turn_begin(store), STORE_OK);
		ck_assert_int_eq(dormant_ask_work(ask, dialogue_service(dialogue), window, arena,
					 BEGIN, &more),
			0);
		ck_assert_int_eq(store_dormant_first(store, &row), STORE_OK);
		ck_assert_int_eq(store_turn_commit(store), STORE_OK);
		ck_assert_uint_eq(window_sent(window), 256);
		ck_assert(turn == 0 ? row.done == 0 : row.done > 0 && row.done < row.made);
		dormant_ask_taken(ask);
		window_free(window);
	}
	arena_free(arena);
	dormant_ask_free(ask);
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

static Suite *ask_suite(void)
{
	Suite *suite = suite_create("asking holders of dormant links");
	TCase *tcase = add_case(suite, "design, 4: accounts end; when and what");

	tcase_add_test(tcase, holders_are_asked_once_there_is_a_profile_again);
	tcase_add_test(tcase, yes_takes_the_link_up_again);
	tcase_add_test(tcase, no_is_not_asked_again);
	tcase_add_test(tcase, another_incarnation_is_asked_about_again);
	tcase_add_test(tcase, a_question_ends_with_who_it_is_about);
	tcase_add_test(tcase, a_question_ends_with_the_contact);
	tcase_add_test(tcase, it_is_answered_by_form_too);
	tcase_add_test(tcase, it_is_open_for_30_days);
	tcase = add_case(suite, "who");
	tcase_add_loop_test(tcase, nobody_is_asked_who_could_see_nothing_of_the_new_one, 0, 6);
	tcase_add_test(tcase, a_former_number_of_the_new_one_makes_nobody_known);
	tcase_add_loop_test(tcase, who_is_blocked_is_not_asked, 0, 2);
	tcase_add_test(tcase, who_may_not_know_of_it_any_more_is_not_asked);
	tcase_add_test(tcase, whose_cards_never_follow_is_not_asked);
	tcase_add_test(tcase, what_can_no_longer_be_seen_is_no_question_any_more);
	tcase_add_test(tcase, who_wants_no_words_finds_it_waiting);
	tcase_add_test(tcase, too_many_messages_are_not_sent_and_wait);
	tcase = add_case(suite, "how");
	tcase_add_test(tcase, all_holders_are_asked_once);
	tcase_add_test(tcase, after_a_kill_it_goes_on);
	tcase_add_test(tcase, what_was_not_committed_is_asked_again);
	tcase_add_test(tcase, what_is_there_but_was_not_sent_is_asked_again);
	tcase_add_test(tcase, what_was_taken_stays_so);
	return suite;
}

int main(void)
{
	return expect_all(ask_suite());
}
