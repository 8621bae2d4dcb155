/* The roster-wide push (design: section 3, XEP-0356): who has the changer in the roster but no
 * contact is offered the card. On a real store, with the real router and fan-out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/feature.h"
#include "component/gather.h"
#include "component/roster_push.h"
#include "component/run.h"
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

static void publish(const char *who, const char *node, const char *id, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s@example.org/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s@example.org'><vcard xmlns='" VCARD4 "'>"
			   "<fn><text>%c%s Example</text></fn><tel><uri>tel:%s</uri></tel>"
			   "</vcard></item></publish></pubsub></iq>",
			   who, node, id, *id & ~32, id + 1, number),
		"type=\"result\"");
}

static void is_now(const char *who, const char *number)
{
	publish(who, "urn:xmpp:vcard4", who, number);
}

/* The roster of the account has these, subscribed both ways. */
static void roster(const char *who, const char *others)
{
	char items[8192] = "", *words = strdup(others), *rest = NULL;

	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		snprintf(items + strlen(items), sizeof(items) - strlen(items),
			"<item jid='%s@example.org' subscription='both'/>", word);
	free(words);
	dialogue_say(dialogue,
		"<iq type='result' from='%s@example.org' to='kith.example.org' id='%s'>"
		"<query xmlns='jabber:iq:roster'>%s</query></iq>",
		who, server_stream_id(dialogue_service(dialogue)->server), items);
}

static const char *execute(const char *who, const char *node, const char *fields)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s@example.org/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='%s' "
		"action='complete'><x xmlns='jabber:x:data' type='submit'>%s</x></command></iq>",
		who, node, fields);
}

static void set(const char *who, const char *setting, const char *value)
{
	char field[256];

	snprintf(field, sizeof(field), "<field var='%s'><value>%s</value></field>", setting, value);
	expect_has(execute(who, "settings", field), "completed");
}

/* carol and bob are in each other's rosters; neither has the other in the book. */
static void setup(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_KNOWN;
	dialogue_settings(dialogue)->defaults[SETTING_AUDIENCE] = CIRCLE_KNOWN;
	server_up(dialogue_service(dialogue)->server, 1000);
	dialogue_say(dialogue,
		"<message from='example.org' to='kith.example.org'><privilege "
		"xmlns='urn:xmpp:privilege:2'><perm access='roster' type='get'/></privilege>"
		"</message>");
	is_now("carol", "+447700900123");
	is_now("bob", "+447700900300");
	roster("carol", "bob");
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *say(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s@example.org/r' to='kith.example.org' id='m1'>"
		"<body>%s</body></message>",
		who, body);
}

static const char *book_of(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>",
		who);
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

static struct store_stats stats(void)
{
	struct store *store = dialogue_store(dialogue);
	struct store_stats counted;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_stats(store, &counted), STORE_OK);
	store_turn_rollback(store);
	return counted;
}

static int64_t runs(void)
{
	return stats().runs;
}

START_TEST(who_has_no_contact_is_offered_the_card)
{
	const char *sent;

	is_now("carol", "+447700900456");
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "<message type=\"chat\" from=\"kith.example.org\" "
			 "to=\"bob@example.org\"");
	expect_has(sent, "<body>Carol Example's account says that the numbers changed. ");
	expect_has(sent, "tel:+447700900456");
	expect_lacks(sent, "900123"); /* bob's card had it not */
	expect_has(sent, "<vcard xmlns=\"" VCARD4 "\">");
	expect_has(sent, "<source><uri>xmpp:kith.example.org?");
	expect_has(sent, "Answer \"save\" ");
	expect_has(sent, "label=\"Save\"");
	expect_has(sent, "<store xmlns=\"urn:xmpp:hints\"/>");
	ck_assert_int_eq(runs(), 0);
	is_sound();
	expect_has(say("bob", "save"), "Carol Example is in your address book now");
	expect_has(book_of("bob"), "tel:+447700900456");
	is_sound();
}
END_TEST

START_TEST(who_saved_it_is_updated_by_the_next_change)
{
	const char *sent;

	is_now("carol", "+447700900456");
	dialogue_run(dialogue);
	say("bob", "save");
	is_now("carol", "+447700900789");
	sent = dialogue_run(dialogue);
	expect_has(sent, "900456 is now +44");
	expect_lacks(sent, "label=\"Save\"");
	ck_assert_uint_eq(dialogue_count(sent, "type=\"chat\""), 1);
}
END_TEST

START_TEST(holders_and_those_in_the_roster_are_each_told_their_own)
{
	const char *sent;

	publish("alice", "urn:xmpp:contacts", "carol", "+447700900123");
	roster("carol", "bob alice");
	is_now("carol", "+447700900456");
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "type=\"chat\""), 2);
	ck_assert_uint_eq(dialogue_count(sent, "label=\"Save\""), 1);
	expect_has(sent, "900123 is now +44");
}
END_TEST

START_TEST(a_first_profile_is_no_change)
{
	publish("alice", "urn:xmpp:contacts", "dave", "+447700900302");
	roster("alice", "bob");
	is_now("alice", "+447700900301");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	ck_assert_int_eq(runs(), 0);
}
END_TEST

START_TEST(what_is_no_change_of_numbers_is_not_offered)
{
	roster("carol", "");
	is_now("carol", "+447700900456");
	roster("carol", "bob");
	set("carol", "visible", "mutual");
	set("carol", "visible", "everyone");
	is_now("carol", "+447700900456");
	ck_assert_str_eq(dialogue_run(dialogue), "");
}
END_TEST

/* A contact that is linked by its owner's word, not by its item id. */
static void link_by_word(const char *holder, const char *subject)
{
	static const char card[] = "<vcard xmlns=\"" VCARD4 "\"><fn><text>C</text></fn></vcard>";
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account owner, about;
	struct store_contact contact = {.item = "urn:uuid:1", .card = card};

	contact.card_len = strlen(card);
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, holder, &owner), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, subject, &about), STORE_OK);
	contact.owner = owner.id;
	contact.subject = about.id;
	ck_assert_int_eq(store_contact_put(store, &contact), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	arena_free(arena);
}

START_TEST(who_is_not_admitted_is_not_offered_it)
{
	switch (_i) {
	case 0:
		set("carol", "audience", "chosen");
		break;
	case 1:
		set("carol", "visible", "nobody");
		break;
	case 2:
		set("carol", "blocked", "bob@example.org");
		break;
	case 3:
		set("bob", "updates", "never");
		break;
	case 4:
		set("bob", "pushes", "off");
		break;
	case 5:
		set("bob", "blocked", "carol@example.org");
		break;
	case 6:
		roster("carol", "");
		break;
	case 7: /* a link that is dormant */
		publish("bob", "urn:xmpp:contacts", "carol", "+447700900999");
		dialogue_say(dialogue,
			"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
			"<query xmlns='jabber:iq:register'><remove/></query></iq>");
		is_now("carol", "+447700900123");
		roster("carol", "bob");
		dialogue_run(dialogue); /* bob is asked whether it is still the same person */
		break;
	case 8: /* one that has left */
		dialogue_say(dialogue,
			"<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
			"<query xmlns='jabber:iq:register'><remove/></query></iq>");
		break;
	}
	is_now("carol", "+447700900456");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	ck_assert_int_eq(runs(), 0);
	is_sound();
}
END_TEST

START_TEST(who_linked_another_contact_is_a_holder)
{
	const char *sent;

	link_by_word("bob@example.org", "carol@example.org");
	is_now("carol", "+447700900456");
	sent = dialogue_run(dialogue);
	expect_lacks(sent, "label=\"Save\"");
	expect_has(sent, "type=\"headline\"");
}
END_TEST

START_TEST(who_is_chosen_is_offered_it)
{
	set("carol", "audience", "chosen");
	set("carol", "chosen", "bob@example.org");
	is_now("carol", "+447700900456");
	expect_has(dialogue_run(dialogue), "label=\"Save\"");
}
END_TEST

START_TEST(a_newer_change_takes_the_place_of_the_offer)
{
	char *first, *second;
	const char *sent;

	is_now("carol", "+447700900456");
	first = expect_between(dialogue_run(dialogue), "id=\"yes/", "\"");
	is_now("carol", "+447700900789");
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	second = expect_between(sent, "id=\"yes/", "\"");
	ck_assert_str_eq(first, second);
	sent = say("bob", "save");
	expect_has(sent, "is in your address book now");
	expect_has(sent, "900789");
	expect_has(say("bob", "save"), "Nothing waits ");
	free(first);
	free(second);
}
END_TEST

START_TEST(who_said_no_is_left_alone_for_weeks)
{
	is_now("carol", "+447700900456");
	dialogue_run(dialogue);
	expect_has(say("bob", "no"), "The card is not saved.");
	is_now("carol", "+447700900789");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	dialogue_set_time(dialogue, BEGIN + 31 * DAY);
	is_now("carol", "+447700900456");
	expect_has(dialogue_run(dialogue), "label=\"Save\"");
}
END_TEST

START_TEST(a_change_that_is_held_is_offered_only_then_and_taken_back_never)
{
	set("carol", "hold", "600");
	is_now("carol", "+447700900456");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(say("carol", "take back"), "Taken back");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	ck_assert_int_eq(runs(), 0);
	is_now("carol", "+447700900456");
	dialogue_set_time(dialogue, BEGIN + 601);
	expect_has(dialogue_run(dialogue), "label=\"Save\"");
}
END_TEST

/* ---- Many ---- */

static void many(int count)
{
	char others[8192] = "", name[16];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		is_now(name, "+447700900888");
		snprintf(others + strlen(others), sizeof(others) - strlen(others), " %s", name);
	}
	roster("carol", others);
}

/* The run's row, in a turn of its own. */
static bool run_of_carol(struct store_run *run)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account carol;
	enum store_result result;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	result = store_run_get(store, carol.id, run);
	store_turn_rollback(store);
	arena_free(arena);
	return result == STORE_OK;
}

static struct run_progress step(size_t max, bool commit)
{
	struct store *store = dialogue_store(dialogue);
	const struct rules *rules = &dialogue_service(dialogue)->rules;
	struct arena *arena = arena_new(0);
	struct run_progress progress;
	struct store_account carol;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	ck_assert_int_eq(run_step(rules, arena, carol.id, max, BEGIN, BEGIN, &progress), STORE_OK);
	if (commit)
		ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	else
		store_turn_rollback(store);
	arena_free(arena);
	return progress;
}

START_TEST(offers_are_made_in_batches_that_a_crash_repeats)
{
	struct store_run run;
	struct run_progress progress;
	const char *sent;

	many(10);
	publish("alice", "urn:xmpp:contacts", "carol", "+447700900123");
	is_now("carol", "+447700900456");
	progress = step(4, true); /* the card, and three of the roster */
	ck_assert_uint_eq(progress.updated, 4);
	ck_assert(!progress.cards_finished);
	ck_assert(run_of_carol(&run));
	ck_assert_int_eq(run.offers, 2);
	progress = step(4, false);
	ck_assert_uint_eq(progress.updated, 4);
	ck_assert_int_eq(stats().updates, 4);
	progress = step(4, true);
	ck_assert_uint_eq(progress.updated, 4);
	ck_assert(!progress.cards_finished);
	ck_assert(run_of_carol(&run));
	ck_assert_int_gt(run.offers_done, 0);
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "type=\"chat\""), 11);
	ck_assert_uint_eq(dialogue_count(sent, "to=\"u3@example.org\""), 1);
	ck_assert(!run_of_carol(&run));
	ck_assert_int_eq(stats().updates, 11);
	is_sound();
}
END_TEST

START_TEST(a_newer_change_begins_anew_and_tells_each_once)
{
	const char *sent;

	many(6);
	is_now("carol", "+447700900456");
	step(3, true);
	is_now("carol", "+447700900789");
	sent = dialogue_run(dialogue);
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 6);
	expect_lacks(sent, "900456");
	is_sound();
}
END_TEST

static int collect(void *context, const struct run_push *push)
{
	char *ids = context;
	size_t len = strlen(ids);

	snprintf(ids + len, 256 - len, "%lld%s ", (long long)push->update, push->skip ? "-" : "");
	return 0;
}

static void due(char ids[256])
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account carol;

	ids[0] = '\0';
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	ck_assert_int_eq(run_pushes(&dialogue_service(dialogue)->rules, arena, carol.id, 0, 100,
				 collect, ids),
		STORE_OK);
	store_turn_rollback(store);
	arena_free(arena);
}

START_TEST(a_push_that_is_repeated_has_the_same_id_and_an_answered_one_is_not)
{
	char first[256], second[256];

	many(3);
	is_now("carol", "+447700900456");
	step(10, true);
	due(first);
	due(second);
	ck_assert_str_eq(first, "1 2 3 ");
	ck_assert_str_eq(first, second);
	say("u1", "save");
	say("u2", "no");
	due(second);
	ck_assert_str_eq(second, "1 2- 3- ");
}
END_TEST

START_TEST(what_is_not_pushed_yet_is_overtaken_by_a_newer_change)
{
	char ids[256];

	many(2);
	is_now("carol", "+447700900456");
	step(10, true);
	is_now("carol", "+447700900789");
	due(ids);
	ck_assert_str_eq(ids, "1- 2- ");
}
END_TEST

START_TEST(over_the_limit_of_a_day_offers_are_gathered)
{
	struct service *service = dialogue_service(dialogue);
	struct arena *arena = arena_new(0);
	struct gather_summary summary;
	struct store_account due;
	const char *sent;
	size_t count;

	dialogue_settings(dialogue)->limits.push_per_holder = 1;
	is_now("alice", "+447700900301");
	is_now("dave", "+447700900302");
	publish("bob", "urn:xmpp:contacts", "dave", "+447700900302");
	roster("bob", "carol alice");
	is_now("carol", "+447700900456");
	expect_has(dialogue_run(dialogue), "label=\"Save\"");
	is_now("alice", "+447700900401");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	is_now("alice", "+447700900501");
	is_now("dave", "+447700900402");
	sent = dialogue_run(dialogue);
	expect_lacks(sent, "type=\"chat\"");
	/* it waits all the same */
	expect_has(say("bob", "save"), "Which one?");
	ck_assert_int_eq(store_turn_begin(service->store), STORE_OK);
	ck_assert_int_eq(
		store_summary_list(service->store, arena, BEGIN + DAY, &due, 1, &count), STORE_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(gather_look(&service->rules, &due, &summary), STORE_OK);
	ck_assert_str_eq(summary.holder, "bob@example.org");
	ck_assert_int_eq(summary.what.contacts, 1);
	ck_assert_int_eq(summary.what.offers, 1);
	ck_assert_int_eq(store_turn_commit(service->store), STORE_OK);
	arena_free(arena);
	is_sound();
}
END_TEST

START_TEST(who_leaves_takes_what_was_offered_along)
{
	is_now("carol", "+447700900456");
	dialogue_run(dialogue);
	dialogue_say(dialogue,
		"<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='jabber:iq:register'><remove/></query></iq>");
	is_sound();
	ck_assert_int_eq(stats().updates, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("roster push");
	TCase *tcase = tcase_create("roster push");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, who_has_no_contact_is_offered_the_card);
	tcase_add_test(tcase, who_saved_it_is_updated_by_the_next_change);
	tcase_add_test(tcase, holders_and_those_in_the_roster_are_each_told_their_own);
	tcase_add_test(tcase, a_first_profile_is_no_change);
	tcase_add_test(tcase, what_is_no_change_of_numbers_is_not_offered);
	tcase_add_loop_test(tcase, who_is_not_admitted_is_not_offered_it, 0, 9);
	tcase_add_test(tcase, who_linked_another_contact_is_a_holder);
	tcase_add_test(tcase, who_is_chosen_is_offered_it);
	tcase_add_test(tcase, a_newer_change_takes_the_place_of_the_offer);
	tcase_add_test(tcase, who_said_no_is_left_alone_for_weeks);
	tcase_add_test(tcase, a_change_that_is_held_is_offered_only_then_and_taken_back_never);
	tcase_add_test(tcase, offers_are_made_in_batches_that_a_crash_repeats);
	tcase_add_test(tcase, a_newer_change_begins_anew_and_tells_each_once);
	tcase_add_test(tcase, a_push_that_is_repeated_has_the_same_id_and_an_answered_one_is_not);
	tcase_add_test(tcase, what_is_not_pushed_yet_is_overtaken_by_a_newer_change);
	tcase_add_test(tcase, over_the_limit_of_a_day_offers_are_gathered);
	tcase_add_test(tcase, who_leaves_takes_what_was_offered_along);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
