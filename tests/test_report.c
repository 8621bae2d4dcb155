/* Reports: what a change came to, counted over cuts, crashes and rollbacks, and told its owner once
 * (design 4, "Two cursors", "Counts shown to an owner"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/matter.h"
#include "component/report.h"
#include "component/run.h"
#include "component/window.h"
#include "tests/expect.h"
#include "tests/fanout_fake.h"

static struct store_report report_of(struct fake *fake, const char *jid)
{
	struct store_report report;

	fake_begin(fake);
	ck_assert_int_eq(store_report_get(fake->service.store, fake_account(fake, jid).id, &report),
		STORE_OK);
	fake_commit(fake);
	return report;
}

/* reached, asked, waiting, bounced, pushed */
static void ck_counts(
	struct fake *fake, int reached, int asked, int waiting, int bounced, int pushed)
{
	struct store_report report = report_of(fake, CAROL);

	ck_assert_int_eq(report.counts.reached, reached);
	ck_assert_int_eq(report.counts.asked, asked);
	ck_assert_int_eq(report.counts.waiting, waiting);
	ck_assert_int_eq(report.counts.bounced, bounced);
	ck_assert_int_eq(report.counts.pushed, pushed);
}

/* The n-th message to carol from `from` on, or NULL. */
static const struct sent *told(const struct fake *fake, size_t from, int n)
{
	for (size_t i = from; i < fake->count; i++)
		if (is_push(&fake->sent[i]) && strcmp(fake->sent[i].to, CAROL) == 0 && n-- == 0)
			return &fake->sent[i];
	return NULL;
}

/* Time passes, and what is due then goes out; without an answer to the last ping. */
static void pass(struct fake *fake, int64_t seconds)
{
	fake->now += seconds;
	fanout_wake(fake->fanout);
	fake_turns(fake);
}

static void ck_told(const struct fake *fake, size_t from, const char *end)
{
	const struct sent *sent = told(fake, from, 0);

	ck_assert_ptr_nonnull(sent);
	ck_assert_msg(strncmp(sent->body, "Your change (cell +44", 21) == 0, "%s", sent->body);
	ck_assert_msg(
		strstr(sent->body, end) != NULL && strlen(strstr(sent->body, end)) == strlen(end),
		"%s", sent->body);
	ck_assert_ptr_null(told(fake, from, 1));
}

static bool bounce(struct fake *fake, const struct sent *push, const char *condition)
{
	struct xml *message = xml_new(fake->arena, NS_COMPONENT, "message"), *error;

	xml_set(fake->arena, message, "type", "error");
	xml_set(fake->arena, message, "from", push->to);
	xml_set(fake->arena, message, "id", push->id);
	error = xml_add(fake->arena, message, NULL, "error");
	xml_add(fake->arena, error, NS_STANZA_ERROR, condition);
	return fanout_answer(fake->fanout, message, fake->now_ms);
}

/* The n-th push from `from` on. */
static const struct sent *push_at(const struct fake *fake, size_t from, int n)
{
	for (size_t i = from; i < fake->count; i++)
		if (is_push(&fake->sent[i]) && n-- == 0)
			return &fake->sent[i];
	ck_abort_msg("no such push");
}

static void set(struct fake *fake, const char *jid, enum setting setting, int value)
{
	fake_begin(fake);
	ck_assert_int_eq(
		store_setting_put(fake->service.store, fake_account(fake, jid).id, setting, value),
		STORE_OK);
	fake_commit(fake);
}

static const char *state(struct fake *fake)
{
	const char *text;

	fake_begin(fake);
	ck_assert_int_ne(report_state(fake->service.store, fake->arena,
				 fake_account(fake, CAROL).id, fake->now, &text),
		STORE_ERROR);
	fake_commit(fake);
	return text ? text : "";
}

/* ---- Telling ---- */

START_TEST(the_owner_is_told_once_what_a_change_came_to)
{
	struct fake *fake = fake_carol_changes(34);
	size_t next;

	fake_finish(fake);
	ck_assert_ptr_null(told(fake, 0, 0)); /* what bounces may come yet */
	pass(fake, REPORT_AFTER_S);
	ck_told(fake, 0, ") went to 34 address books.");
	ck_assert_ptr_nonnull(fake_ping(fake));
	ck_assert(fake_answer(fake));
	next = fake->count;
	pass(fake, 3600);
	fake_crash(fake);
	fanout_up(fake->fanout);
	pass(fake, 3600);
	ck_assert_uint_eq(fake->count, next);
	ck_assert(report_of(fake, CAROL).told);
	fake_free(fake);
}
END_TEST

static const struct {
	int holders, reached, asked, waiting, bounced;
	bool is_for_nobody; /* `audience` */
} fews[] = {
	{0, 0, 0, 0, 0, false},
	{1, 1, 0, 0, 0, false},
	{3, 0, 0, 0, 0, true},
	{4, 2, 2, 0, 0, false},
	{3, 1, 0, 1, 1, false},
	{1, 0, 0, 0, 1, false},
	{1, 0, 0, 1, 0, false},
};

START_TEST(a_clock_that_was_wrong_keeps_nobody_waiting_for_it)
{
	struct fake *fake = fake_carol_changes(34);

	fake_finish(fake);
	ck_assert_ptr_null(told(fake, 0, 0));
	pass(fake, -100000);
	ck_told(fake, 0, ") went to 34 address books.");
	fake_free(fake);
}
END_TEST

START_TEST(whether_one_of_a_few_has_the_card_is_not_to_be_told_by_what_comes)
{
	struct fake *fake = fake_new();
	int pushed = 0;

	fake_publish(fake, CAROL, 1);
	fake_hold(fake, CAROL, 0, fews[_i].holders, 1);
	for (int i = 0; i < fews[_i].asked; i++)
		set(fake, fake_holder(fake, CAROL, i), SETTING_UPDATES, UPDATES_ASK);
	if (fews[_i].is_for_nobody)
		set(fake, CAROL, SETTING_AUDIENCE, CIRCLE_NOBODY);
	fanout_up(fake->fanout);
	fake_publish(fake, CAROL, 2);
	expect_has(state(fake), "100002) is under way.");
	fake_turns(fake);
	expect_has(state(fake), "100002) is under way.");
	for (int i = 0; i < fews[_i].waiting; i++)
		ck_assert(bounce(fake, push_at(fake, 0, pushed++), "resource-constraint"));
	for (int i = 0; i < fews[_i].bounced; i++)
		ck_assert(bounce(fake, push_at(fake, 0, pushed++), "item-not-found"));
	fake_finish(fake);
	ck_counts(fake, fews[_i].reached, fews[_i].asked, fews[_i].waiting, fews[_i].bounced,
		fews[_i].is_for_nobody ? 0 : fews[_i].holders);
	pass(fake, REPORT_AFTER_S - 1);
	expect_has(state(fake), "100002) is under way.");
	ck_assert_ptr_null(told(fake, 0, 0));
	pass(fake, 1);
	ck_told(fake, 0, ") went to a few address books at most.");
	expect_has(state(fake), "100002) went to a few address books at most.");
	expect_has(state(fake), "Your change of 2027-01-15T08:00:00Z (cell ");
	fake_free(fake);
}
END_TEST

START_TEST(a_first_profile_is_no_change)
{
	struct fake *fake = fake_new();

	fake_begin(fake);
	fake_account(fake, CAROL);
	fake_commit(fake);
	for (int i = 0; i < 6; i++)
		fake_hold(fake, CAROL, i, 1, 1);
	fanout_up(fake->fanout);
	fake_publish(fake, CAROL, 1);
	fake_finish(fake);
	pass(fake, 3600);
	ck_assert_ptr_null(told(fake, 0, 0));
	ck_assert_str_eq(state(fake), "");
	fake_free(fake);
}
END_TEST

START_TEST(who_wants_no_pushes_gets_no_report)
{
	struct fake *fake = fake_carol_changes(5);

	set(fake, CAROL, SETTING_PUSHES, PUSHES_OFF);
	fake_finish(fake);
	pass(fake, 3600);
	ck_assert_ptr_null(told(fake, 0, 0));
	ck_assert(report_of(fake, CAROL).told);
	ck_counts(fake, 5, 0, 0, 0, 5);
	fake_free(fake);
}
END_TEST

START_TEST(an_admins_change_is_not_told)
{
	struct fake *fake = fake_carol_changes(5);

	fake_begin(fake);
	ck_assert_int_eq(report_hush(fake->service.store, fake_account(fake, CAROL).id), STORE_OK);
	fake_commit(fake);
	fake_finish(fake);
	pass(fake, 3600);
	ck_assert_ptr_null(told(fake, 0, 0));
	ck_counts(fake, 5, 0, 0, 0, 5);
	fake_free(fake);
}
END_TEST

START_TEST(a_report_that_may_be_lost_comes_again_with_the_same_id)
{
	struct fake *fake = fake_carol_changes(5);
	size_t next;
	char id[64];

	fake_finish(fake);
	pass(fake, REPORT_AFTER_S);
	strcpy(id, told(fake, 0, 0)->id);
	next = fake->count;
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_str_eq(told(fake, next, 0)->id, id);
	next = fake->count;
	fake_crash(fake);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_str_eq(told(fake, next, 0)->id, id);
	/* Answered, and that it was is lost. */
	ck_assert(fake_answer(fake));
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	store_turn_rollback(fake->service.store);
	fanout_wake(fake->fanout);
	next = fake->count;
	fake_turns(fake);
	ck_assert_uint_eq(fake->count, next); /* it is stored now */
	ck_assert(report_of(fake, CAROL).told);
	fake_free(fake);
}
END_TEST

START_TEST(many_reports_go_in_several_windows)
{
	struct fake *fake = fake_new();
	char jid[32];

	for (int n = 1; n <= 2; n++)
		for (int i = 0; i < 150; i++) {
			snprintf(jid, sizeof(jid), "%04d@example.org", i);
			fake_publish(fake, jid, n);
			if (n == 1)
				fake_hold(fake, jid, 0, 1, 1);
		}
	fanout_up(fake->fanout);
	fake_finish(fake);
	fake->count = 0;
	pass(fake, REPORT_AFTER_S);
	ck_assert_uint_eq(count_pushes(fake, 0), 64);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 150);
	fake_free(fake);
}
END_TEST

START_TEST(of_two_changes_close_together_the_last_is_told)
{
	struct fake *fake = fake_carol_changes(6);

	fake_finish(fake);
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	pass(fake, REPORT_AFTER_S);
	ck_told(fake, 0, ") went to 6 address books.");
	ck_assert_int_eq(report_of(fake, CAROL).version, 3);
	fake_free(fake);
}
END_TEST

START_TEST(a_wider_rule_adds_to_the_counts_and_is_not_told)
{
	struct fake *fake = fake_carol_changes(5);
	struct store_account carol;
	size_t next;

	fake_finish(fake);
	pass(fake, REPORT_AFTER_S);
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	next = fake->count;
	fake_begin(fake);
	carol = fake_account(fake, CAROL);
	ck_assert_int_eq(
		run_start(&fake->service.rules, fake->arena, carol.id, 2, fake->now), STORE_OK);
	fake_commit(fake);
	fanout_wake(fake->fanout);
	fake_finish(fake);
	pass(fake, 3600);
	ck_assert_ptr_null(told(fake, next, 0));
	ck_counts(fake, 5, 0, 0, 0, 5);
	fake_free(fake);
}
END_TEST

/* ---- What bounces and waits ---- */

START_TEST(what_comes_back_is_not_reached)
{
	struct fake *fake = fake_carol_changes(12);

	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 3), "service-unavailable"));
	ck_assert(!bounce(fake, push_at(fake, 0, 3), "service-unavailable")); /* once */
	ck_assert(bounce(fake, push_at(fake, 0, 4), "resource-constraint"));
	ck_counts(fake, 12, 0, 0, 0, 0); /* till the window is taken */
	fake_finish(fake);
	ck_counts(fake, 10, 0, 1, 1, 12);
	/* And one that comes late. */
	ck_assert(bounce(fake, push_at(fake, 0, 5), "item-not-found"));
	fake_finish(fake);
	ck_counts(fake, 9, 0, 1, 2, 12);
	pass(fake, REPORT_AFTER_S);
	ck_told(fake, 0, ") went to 9 address books; a few wait, a few bounced.");
	fake_free(fake);
}
END_TEST

START_TEST(a_holder_whose_offline_box_is_full_waits)
{
	struct fake *fake = fake_carol_changes(6);
	size_t next;

	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 0), "resource-constraint"));
	fake_finish(fake);
	next = fake->count;
	fake_publish(fake, CAROL, 3);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, next), 5);
	ck_counts(fake, 5, 0, 1, 0, 6);
	fake_free(fake);
}
END_TEST

START_TEST(a_window_that_is_repeated_counts_once)
{
	struct fake *fake = fake_carol_changes(12);
	const struct sent *push;
	size_t next;

	fake_turns(fake);
	push = push_at(fake, 0, 3);
	ck_assert(bounce(fake, push, "service-unavailable"));
	next = fake->count;
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	ck_assert(!bounce(fake, push_at(fake, 0, 4), "service-unavailable"));
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, next, 3), "service-unavailable"));
	fake_finish(fake);
	ck_counts(fake, 11, 0, 0, 1, 12);
	fake_free(fake);
}
END_TEST

START_TEST(a_crash_loses_and_doubles_nothing)
{
	struct fake *fake = fake_carol_changes(12);
	size_t next;

	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 3), "service-unavailable"));
	ck_assert(fake_answer(fake));
	next = fake->count;
	fake_crash(fake); /* before the cursor is stored */
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, next, 3), "service-unavailable"));
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	fake_crash(fake); /* after */
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_counts(fake, 11, 0, 0, 1, 12);
	fake_free(fake);
}
END_TEST

START_TEST(a_turn_that_is_rolled_back_is_counted_with_the_next)
{
	struct fake *fake = fake_carol_changes(12);

	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 1000000), 0);
	store_turn_rollback(fake->service.store);
	fanout_wake(fake->fanout);
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 3), "service-unavailable"));
	ck_assert(fake_answer(fake));
	for (int i = 0; i < 2; i++) {
		fake_begin(fake);
		ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
		store_turn_rollback(fake->service.store);
		fanout_wake(fake->fanout);
	}
	ck_counts(fake, 12, 0, 0, 0, 0);
	fake_finish(fake);
	ck_counts(fake, 11, 0, 0, 1, 12);
	fake_free(fake);
}
END_TEST

START_TEST(turns_without_work_of_their_own_count_nothing_twice)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 10);

	fake_turns(fake);
	ck_assert(fake_answer(fake));
	fake_turns(fake); /* the rest is out, the first window stored */
	ck_assert(bounce(fake, push_at(fake, 0, 7), "service-unavailable"));
	fake_turns(fake);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, 1 << 20), 0);
	fake_finish(fake);
	ck_counts(fake, WINDOW_FIRST + 9, 0, 0, 1, WINDOW_FIRST + 10);
	fake_free(fake);
}
END_TEST

START_TEST(a_bounce_of_an_earlier_change_is_not_the_next_ones)
{
	struct fake *fake = fake_carol_changes(6);

	fake_finish(fake);
	fake_publish(fake, CAROL, 3);
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 1), "service-unavailable"));
	fake_finish(fake);
	ck_counts(fake, 6, 0, 0, 0, 6);
	fake_free(fake);
}
END_TEST

START_TEST(who_is_asked_first_counts_apart)
{
	struct fake *fake = fake_new();

	fake_publish(fake, CAROL, 1);
	fake_hold(fake, CAROL, 0, 9, 1);
	for (int i = 0; i < 6; i++)
		set(fake, fake_holder(fake, CAROL, i), SETTING_UPDATES, UPDATES_ASK);
	fanout_up(fake->fanout);
	fake_publish(fake, CAROL, 2);
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 0), "service-unavailable"));
	fake_finish(fake);
	ck_counts(fake, 3, 5, 0, 1, 9);
	pass(fake, REPORT_AFTER_S);
	ck_told(fake, 0, ") went to a few address books; 5 are asked first, a few bounced.");
	fake_free(fake);
}
END_TEST

START_TEST(who_is_offered_the_card_counts_apart)
{
	struct fake *fake = fake_new();
	int64_t others[6];

	fake_publish(fake, CAROL, 1);
	fake_begin(fake);
	for (int i = 0; i < 6; i++) {
		others[i] = fake_account(fake, fake_holder(fake, CAROL, i)).id;
		store_account_open(fake->service.store, others[i], fake->now);
	}
	ck_assert_int_eq(store_roster_put(fake->service.store, fake->arena,
				 fake_account(fake, CAROL).id, others, 6),
		STORE_OK);
	fake_commit(fake);
	fanout_up(fake->fanout);
	fake_publish(fake, CAROL, 2);
	fake_turns(fake);
	ck_assert(bounce(fake, push_at(fake, 0, 0), "service-unavailable"));
	fake_finish(fake);
	ck_counts(fake, 0, 0, 0, 1, 6);
	ck_assert_int_eq(report_of(fake, CAROL).counts.offered, 5);
	pass(fake, REPORT_AFTER_S);
	ck_told(fake, 6, "): 5 are offered your card, a few bounced.");
	fake_free(fake);
}
END_TEST

/* ---- How far it is ---- */

START_TEST(the_state_says_how_far_it_is)
{
	struct fake *fake = fake_new();

	fake_publish(fake, CAROL, 1);
	ck_assert_str_eq(state(fake), "");
	fake_hold(fake, CAROL, 0, 20, 1);
	fake_publish(fake, CAROL, 2);
	expect_has(state(fake), ") is under way.");
	fake_turns(fake);
	expect_has(state(fake), ") is under way: went to 20 address books; 20 are not told yet.");
	fanout_up(fake->fanout);
	fake_finish(fake);
	expect_has(state(fake), ") is under way: went to 20 address books.");
	pass(fake, REPORT_AFTER_S);
	expect_has(state(fake), "Your change of 2027-01-15T08:00:00Z (cell ");
	expect_has(state(fake), ") went to 20 address books.");
	set(fake, CAROL, SETTING_HOLD, 600);
	fake_publish(fake, CAROL, 3);
	expect_has(state(fake), ") is held until 2027-01-15T08:10:05Z.");
	fake_free(fake);
}
END_TEST

/* ---- At random: as many as there are, whatever happens ---- */

START_TEST(whatever_happens_each_card_is_counted_once)
{
	struct fake *fake = fake_carol_changes(150);
	unsigned seed = (unsigned)_i * 2654435761u + 1;
	struct store_counts counts;
	size_t told_ids = 0;

	for (int i = 0; i < 60; i++) {
		switch (rand_r(&seed) % 8) {
		case 0:
			fanout_down(fake->fanout);
			fanout_up(fake->fanout);
			break;
		case 1:
			fake_crash(fake);
			fanout_up(fake->fanout);
			break;
		case 2:
			if (fake->count > 0)
				bounce(fake, &fake->sent[(size_t)rand_r(&seed) % fake->count],
					rand_r(&seed) % 2 ? "resource-constraint" : "forbidden");
			break;
		case 3:
			fake_begin(fake);
			ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
			store_turn_rollback(fake->service.store);
			fanout_wake(fake->fanout);
			break;
		case 4:
			fake_answer(fake);
			break;
		default:
			fake_begin(fake);
			ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
			fake_commit(fake);
			ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms,
						 (size_t)rand_r(&seed) % 100000),
				0);
		}
	}
	fake_finish(fake);
	counts = report_of(fake, CAROL).counts;
	ck_assert_int_eq(counts.reached + counts.asked + counts.waiting + counts.bounced, 150);
	ck_assert_int_eq(counts.pushed, 150);
	pass(fake, REPORT_AFTER_S);
	for (size_t i = 0; i < fake->count; i++)
		told_ids += strstr(fake->sent[i].body, "Your change") != NULL;
	ck_assert_uint_eq(told_ids, 1);
	fake_free(fake);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("design 4: a report, once");

	tcase_add_test(tcase, the_owner_is_told_once_what_a_change_came_to);
	tcase_add_test(tcase, a_clock_that_was_wrong_keeps_nobody_waiting_for_it);
	tcase_add_loop_test(tcase,
		whether_one_of_a_few_has_the_card_is_not_to_be_told_by_what_comes, 0,
		sizeof(fews) / sizeof(*fews));
	tcase_add_test(tcase, a_first_profile_is_no_change);
	tcase_add_test(tcase, who_wants_no_pushes_gets_no_report);
	tcase_add_test(tcase, an_admins_change_is_not_told);
	tcase_add_test(tcase, a_report_that_may_be_lost_comes_again_with_the_same_id);
	tcase_add_test(tcase, many_reports_go_in_several_windows);
	tcase_add_test(tcase, of_two_changes_close_together_the_last_is_told);
	tcase_add_test(tcase, a_wider_rule_adds_to_the_counts_and_is_not_told);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("design 4: bounces");
	tcase_add_test(tcase, what_comes_back_is_not_reached);
	tcase_add_test(tcase, a_holder_whose_offline_box_is_full_waits);
	tcase_add_test(tcase, a_window_that_is_repeated_counts_once);
	tcase_add_test(tcase, a_crash_loses_and_doubles_nothing);
	tcase_add_test(tcase, a_turn_that_is_rolled_back_is_counted_with_the_next);
	tcase_add_test(tcase, turns_without_work_of_their_own_count_nothing_twice);
	tcase_add_test(tcase, a_bounce_of_an_earlier_change_is_not_the_next_ones);
	tcase_add_test(tcase, who_is_asked_first_counts_apart);
	tcase_add_test(tcase, who_is_offered_the_card_counts_apart);
	tcase_add_test(tcase, the_state_says_how_far_it_is);
	tcase_add_loop_test(tcase, whatever_happens_each_card_is_counted_once, 0, 30);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
