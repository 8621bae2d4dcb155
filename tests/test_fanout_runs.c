/* Tests of fan-out over several runs: turns, a newer change, rules, bounces. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/window.h"
#include "tests/fanout_fake.h"

/* ---- Runs (design 4, "A run") ---- */

START_TEST(a_run_without_holders_ends_by_itself)
{
	struct fake *fake = fake_carol_changes(0);

	fake_turns(fake);
	ck_assert_uint_eq(fake->count, 0);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(runs_of_two_accounts_take_turns)
{
	struct fake *fake = fake_new();
	size_t carols = 0, daves = 0;

	fake_publish(fake, CAROL, 1);
	fake_publish(fake, DAVE, 11);
	fake_hold(fake, CAROL, 0, 100, 1);
	fake_hold(fake, DAVE, 0, 100, 11);
	fanout_up(fake->fanout);
	fake_finish(fake);
	fake_publish(fake, CAROL, 2);
	fake_publish(fake, DAVE, 12);
	fanout_down(fake->fanout);
	fake_turns(fake);
	fanout_up(fake->fanout);
	fake->count = 0;
	fake_turn(fake, 1 << 20);
	for (size_t i = 0; i < fake->count && i < 2 * 64; i++) {
		carols += strstr(fake->sent[i].to, "-car@") != NULL;
		daves += strstr(fake->sent[i].to, "-dav@") != NULL;
	}
	ck_assert_uint_eq(carols, daves);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 200);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(cards_of_two_accounts_take_turns)
{
	struct fake *fake = fake_new();
	int carols = 0, daves = 0;

	fake_publish(fake, CAROL, 1);
	fake_publish(fake, DAVE, 11);
	fake_hold(fake, CAROL, 0, 300, 1);
	fake_hold(fake, DAVE, 0, 300, 11);
	fake_finish(fake);
	fake_publish(fake, CAROL, 2);
	fake_publish(fake, DAVE, 12);
	for (int i = 0; i < 4; i++) {
		fake_begin(fake);
		ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
		fake_commit(fake);
	}
	for (int i = 0; i < 300; i++) {
		carols += fake_held(fake, CAROL, i) == 2;
		daves += fake_held(fake, DAVE, i) == 12;
	}
	ck_assert_int_gt(carols, 0);
	ck_assert_int_eq(carols, daves);
	fake_free(fake);
}
END_TEST

START_TEST(more_runs_than_are_worked_on_at_a_time_all_end)
{
	struct fake *fake = fake_new();
	char jid[32];

	for (int n = 1; n <= 2; n++) {
		for (int i = 0; i < 1100; i++) {
			snprintf(jid, sizeof(jid), "%04d@example.org", i);
			fake_publish(fake, jid, n);
			if (n == 1)
				fake_hold(fake, jid, 0, 1, 1);
			arena_reset(fake->arena);
		}
	}
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 1100);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* ---- Held (design 4, `hold`) ---- */

static void set_default(struct fake *fake, enum setting setting, int value)
{
	((struct settings *)fake->service.settings)->defaults[setting] = value;
}

START_TEST(runs_that_are_held_take_no_place_of_others)
{
	struct fake *fake = fake_new();
	char jid[32];

	fake_hold(fake, CAROL, 0, 1, 1); /* there are links */
	for (int n = 1; n <= 2; n++) {
		set_default(fake, SETTING_HOLD, n == 1 ? 0 : 600);
		for (int i = 0; i < 1100; i++) {
			snprintf(jid, sizeof(jid), "%04d@example.org", i);
			fake_publish(fake, jid, n);
			arena_reset(fake->arena);
		}
	}
	set_default(fake, SETTING_HOLD, 0);
	fanout_up(fake->fanout);
	fake_finish(fake);
	fake_publish(fake, DAVE, 11);
	fake_hold(fake, DAVE, 0, 3, 11);
	fake_publish(fake, DAVE, 12);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 3);
	ck_assert_uint_eq(count_runs(fake), 1100);
	fake->now += 600;
	fanout_wake(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* What the first change did is told all the same. */
START_TEST(a_second_change_that_is_held_holds_no_pushes_of_the_first)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 10);

	fake_turns(fake);
	set_default(fake, SETTING_HOLD, 600);
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), WINDOW_FIRST + 10);
	ck_assert_int_eq(fake_held(fake, CAROL, 0), 2);
	ck_assert_uint_eq(count_runs(fake), 1);
	fake->now += 600;
	fanout_wake(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 2 * (WINDOW_FIRST + 10));
	ck_assert_int_eq(fake_held(fake, CAROL, 0), 3);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(a_run_that_is_held_waits_though_nobody_holds_anything)
{
	struct fake *fake = fake_new();

	set_default(fake, SETTING_HOLD, 600);
	fake_publish(fake, CAROL, 1);
	fanout_up(fake->fanout);
	fake_publish(fake, CAROL, 2);
	fake_finish(fake);
	ck_assert_uint_eq(count_runs(fake), 1);
	fake->now += 600;
	fanout_wake(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* ---- Rules (design 4) ---- */

START_TEST(whom_a_new_conf_admits_the_run_under_way_comes_to)
{
	struct fake *fake = fake_carol_changes(100);

	set_default(fake, SETTING_AUDIENCE, CIRCLE_NOBODY);
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0); /* the first 64 */
	fake_commit(fake);
	set_default(fake, SETTING_AUDIENCE, CIRCLE_KNOWN);
	fanout_begin_anew(fake->fanout);
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	store_turn_rollback(fake->service.store);
	fanout_wake(fake->fanout);
	fake_finish(fake);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(fake_held(fake, CAROL, i), 2);
	ck_assert_uint_eq(count_pushes(fake, 0), 100);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* The n that a push says is the number now, "+44 7400 1n" however it is shown; -1 if the push is
 * for somebody else. */
static int told(const struct sent *sent, const char *to)
{
	const char *now = strstr(sent->body, " is now +");
	long long number = 0;

	if (!is_push(sent) || strcmp(sent->to, to) != 0)
		return -1;
	ck_assert_ptr_nonnull(now);
	for (const char *c = now + strlen(" is now +"); (*c >= '0' && *c <= '9') || *c == ' '; c++)
		if (*c != ' ')
			number = number * 10 + (*c - '0');
	ck_assert_int_eq(number / 1000000, 447400);
	return (int)(number - 447400100000);
}

/* Nobody was told an older number after a newer one, and all were told the last. */
static void ck_told(struct fake *fake, int holders, int last)
{
	for (int i = 0; i < holders; i++) {
		const char *to = fake_holder(fake, CAROL, i);
		int newest = -1;

		ck_assert_int_eq(fake_held(fake, CAROL, i), last);
		for (size_t n = 0; n < fake->count; n++) {
			int number_told = told(&fake->sent[n], to);

			if (number_told < 0)
				continue;
			ck_assert_int_ge(number_told, newest);
			newest = number_told;
		}
		ck_assert_int_eq(newest, last);
	}
}

START_TEST(a_newer_change_overtakes_the_run)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 100);

	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	fake_commit(fake);
	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, 1 << 20), 0);
	ck_assert_uint_gt(count_pushes(fake, 0), 0);
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	ck_told(fake, WINDOW_FIRST + 100, 3);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* What was passed over, since the card had a newer number, is not told once it has the older one
 * again. */
START_TEST(nobody_is_told_what_is_older_than_what_he_was_told)
{
	struct fake *fake = fake_carol_changes(3);
	struct store_account owner;
	struct store_contact contact;

	fanout_down(fake->fanout);
	fake_turns(fake);
	fake_publish(fake, CAROL, 3);
	fake_turns(fake);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 3);
	if (_i > 0) /* another is still to come to his card */
		fake_publish(fake, CAROL, 4);
	if (_i == 2) { /* he writes the old one */
		fake_hold(fake, CAROL, 1, 1, 2);
	} else { /* he takes the newer one back */
		fake_begin(fake);
		owner = fake_account(fake, fake_holder(fake, CAROL, 1));
		ck_assert_int_eq(book_undo(&fake->service.rules, fake->arena, &owner, CAROL,
					 fake->now, &contact),
			BOOK_OK);
		fake_commit(fake);
	}
	ck_assert_int_eq(fake_held(fake, CAROL, 1), 2);
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, 1 << 20), 0);
	ck_assert_uint_eq(count_pushes(fake, 0), 5); /* to the others, again */
	fake_finish(fake);
	ck_assert_int_eq(fake_held(fake, CAROL, 1), _i == 0 ? 2 : 4);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(what_a_newer_change_made_stale_is_not_pushed)
{
	struct fake *fake = fake_carol_changes(50);

	fanout_down(fake->fanout);
	fake_turns(fake);
	fake_publish(fake, CAROL, 3);
	fake_turns(fake);
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 50);
	ck_told(fake, 50, 3);
	fake_free(fake);
}
END_TEST

START_TEST(long_stretches_of_stale_pushes_need_no_answer)
{
	struct fake *fake = fake_carol_changes(600);

	fanout_down(fake->fanout);
	fake_turns(fake);
	fake_begin(fake);
	for (int i = 0; i < 600; i++) {
		struct store_account owner = fake_account(fake, fake_holder(fake, CAROL, i));
		struct store_event event;

		ck_assert_int_eq(book_retract(&fake->service.rules, fake->arena, &owner, CAROL,
					 fake->now, &event),
			BOOK_OK);
	}
	fake_commit(fake);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_uint_eq(fake->count, 0);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(a_run_whose_end_is_rolled_back_ends_all_the_same)
{
	struct fake *fake = fake_carol_changes(3);

	fanout_down(fake->fanout);
	fake_turns(fake);
	fake_begin(fake);
	for (int i = 0; i < 3; i++) {
		struct store_account owner = fake_account(fake, fake_holder(fake, CAROL, i));
		struct store_event event;

		ck_assert_int_eq(book_retract(&fake->service.rules, fake->arena, &owner, CAROL,
					 fake->now, &event),
			BOOK_OK);
	}
	fake_commit(fake);
	fanout_up(fake->fanout);
	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, 1 << 20), 0);
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	store_turn_rollback(fake->service.store);
	ck_assert_uint_eq(count_runs(fake), 1);
	fanout_wake(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

/* ---- Bounces ---- */

static bool bounce(struct fake *fake, const struct sent *push, const char *condition)
{
	struct xml *message = xml_new(fake->arena, NS_COMPONENT, "message"), *error;

	xml_set(fake->arena, message, "type", "error");
	xml_set(fake->arena, message, "from", push->to);
	xml_set(fake->arena, message, "id", push->id);
	error = xml_add(fake->arena, message, NULL, "error");
	xml_set(fake->arena, error, "type", "wait");
	xml_add(fake->arena, error, NS_STANZA_ERROR, condition);
	return fanout_answer(fake->fanout, message, fake->now_ms);
}

static void see(struct fake *fake, const char *type, const char *from)
{
	struct xml *message = xml_new(fake->arena, NS_COMPONENT, "message");

	xml_set(fake->arena, message, "type", type);
	xml_set(fake->arena, message, "from", from);
	fanout_seen(fake->fanout, message);
}

START_TEST(a_full_offline_box_pauses_pushes_until_its_owner_is_seen)
{
	struct fake *fake = fake_carol_changes(2);
	size_t next;

	fake_turns(fake);
	ck_assert(bounce(fake, &fake->sent[1], "resource-constraint"));
	fake_finish(fake);
	next = fake->count;
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 1);
	ck_assert_uint_eq(fake->count - next, 4); /* both headlines, a push, the ping */
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	next = fake->count;
	fake_publish(fake, CAROL, 4);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 1);
	see(fake, "error", fake->sent[1].to);
	see(fake, NULL, "somebody@example.org/x");
	next = fake->count;
	fake_publish(fake, CAROL, 5);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 1);
	see(fake, NULL, arena_printf(fake->arena, "%s/phone", fake->sent[1].to));
	next = fake->count;
	fake_publish(fake, CAROL, 6);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 2);
	fake_free(fake);
}
END_TEST

START_TEST(other_bounces_pause_nothing)
{
	struct fake *fake = fake_carol_changes(2);
	size_t next;

	fake_turns(fake);
	ck_assert(bounce(fake, &fake->sent[1], "service-unavailable"));
	fake_finish(fake);
	next = fake->count;
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 2);
	fake_free(fake);
}
END_TEST

START_TEST(an_error_with_an_id_that_was_never_sent_is_none_of_ours)
{
	struct fake *fake = fake_carol_changes(1);
	struct sent forged;

	fake_turns(fake);
	forged = fake->sent[1];
	forged.id[0] = forged.id[0] == 'f' ? '0' : 'f';
	ck_assert(!bounce(fake, &forged, "resource-constraint"));
	fake_free(fake);
}
END_TEST

/* ---- Not too many ---- */

/* The bodies sent since `from`, but those that name a number. */
static const char *summaries(struct fake *fake, size_t from)
{
	const char *all = "";

	for (size_t i = from; i < fake->count; i++)
		if (strstr(fake->sent[i].body, "address book") != NULL)
			all = arena_printf(fake->arena, "%s%s: %s\n", all, fake->sent[i].to,
				fake->sent[i].body);
	return all;
}

static bool summarize(struct fake *fake)
{
	bool more;

	fake_begin(fake);
	ck_assert_int_eq(fanout_summaries(fake->fanout, fake->now, &more), 0);
	fake_commit(fake);
	fake_finish(fake);
	return more;
}

START_TEST(over_the_limit_holders_are_told_in_one)
{
	struct fake *fake = fake_carol_changes(2);
	size_t next;

	((struct settings *)fake->service.settings)->limits.push_per_holder = 2;
	fake_finish(fake);
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	next = fake->count;
	fake_publish(fake, CAROL, 4);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 0);
	ck_assert_uint_eq(fake->count - next, 3); /* headlines all the same, and a ping */
	fake_crash(fake);
	fanout_up(fake->fanout);
	fake->now += 86399;
	fake_finish(fake); /* what her changes came to is told to carol */
	next = fake->count;
	ck_assert(!summarize(fake));
	ck_assert_uint_eq(fake->count, next);
	fake->now += 1;
	ck_assert(!summarize(fake));
	ck_assert_str_eq(
		summaries(fake, next), arena_printf(fake->arena,
					       "%s: 1 contact in your address book changed.\n"
					       "%s: 1 contact in your address book changed.\n",
					       fake->sent[0].to, fake->sent[2].to));
	next = fake->count;
	summarize(fake);
	ck_assert_uint_eq(fake->count, next);
	fake_publish(fake, CAROL, 5);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 2);
	fake_free(fake);
}
END_TEST

/* Two whose summary is due, of which the server has neither: nobody said that it took them. */
START_TEST(a_summary_that_the_server_didnt_take_comes_again)
{
	struct fake *fake = fake_carol_changes(2);
	size_t next, again;
	const char *first;
	bool more;

	((struct settings *)fake->service.settings)->limits.push_per_holder = 1;
	fake_finish(fake);
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	fake->now += 90000;
	fake_finish(fake);
	next = fake->count;
	fake_begin(fake);
	ck_assert_int_eq(fanout_summaries(fake->fanout, fake->now, &more), 0);
	fake_commit(fake);
	fake_turns(fake);
	ck_assert(fake_ping(fake) != NULL); /* they are a window */
	first = summaries(fake, next);
	fake_publish(fake, CAROL, 4); /* gathered too, since nobody knows whether they were told */
	fake_crash(fake);
	again = fake->count;
	fanout_up(fake->fanout);
	(void)summarize(fake);
	ck_assert_str_eq(summaries(fake, again), first);
	ck_assert_str_eq(fake->sent[again].id, fake->sent[next].id);
	again = fake->count;
	(void)summarize(fake);
	ck_assert_str_eq(summaries(fake, again), "");
	fake->now += 90000;
	(void)summarize(fake);
	fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("fanout_runs");
	TCase *run = tcase_create("design 4: a run");
	TCase *bounces = tcase_create("design 4: bounces");

	tcase_add_test(run, a_run_without_holders_ends_by_itself);
	tcase_add_test(run, runs_of_two_accounts_take_turns);
	tcase_add_test(run, cards_of_two_accounts_take_turns);
	tcase_add_test(run, more_runs_than_are_worked_on_at_a_time_all_end);
	tcase_add_test(run, runs_that_are_held_take_no_place_of_others);
	tcase_add_test(run, a_second_change_that_is_held_holds_no_pushes_of_the_first);
	tcase_add_test(run, a_run_that_is_held_waits_though_nobody_holds_anything);
	tcase_add_test(run, whom_a_new_conf_admits_the_run_under_way_comes_to);
	tcase_add_test(run, a_newer_change_overtakes_the_run);
	tcase_add_loop_test(run, nobody_is_told_what_is_older_than_what_he_was_told, 0, 3);
	tcase_add_test(run, what_a_newer_change_made_stale_is_not_pushed);
	tcase_add_test(run, long_stretches_of_stale_pushes_need_no_answer);
	tcase_add_test(run, a_run_whose_end_is_rolled_back_ends_all_the_same);
	suite_add_tcase(suite, run);
	tcase_add_test(bounces, a_full_offline_box_pauses_pushes_until_its_owner_is_seen);
	tcase_add_test(bounces, other_bounces_pause_nothing);
	tcase_add_test(bounces, an_error_with_an_id_that_was_never_sent_is_none_of_ours);
	tcase_add_test(bounces, over_the_limit_holders_are_told_in_one);
	tcase_add_test(bounces, a_summary_that_the_server_didnt_take_comes_again);
	suite_add_tcase(suite, bounces);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
