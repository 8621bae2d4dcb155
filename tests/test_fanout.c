/* Tests of fan-out on one stream and the next: windows, pings, the second cursor, repetitions. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/phone.h"
#include "component/window.h"
#include "tests/fanout_fake.h"

/* ---- To each holder (design 3, "book changed" and "push") ---- */

START_TEST(each_holder_gets_a_headline_and_then_a_push)
{
	struct fake *fake = fake_carol_changes(3);

	fake_finish(fake);
	ck_assert_uint_eq(fake->count, 3 * 2 + 1);
	for (int i = 0; i < 3; i++) {
		const struct sent *headline = &fake->sent[2 * i], *push = headline + 1;

		ck_assert_str_eq(headline->type, "headline");
		ck_assert(headline->has_event);
		ck_assert_str_eq(headline->to, fake_holder(fake, CAROL, i));
		ck_assert(is_push(push));
		ck_assert(!push->has_event);
		ck_assert_str_eq(push->to, fake_holder(fake, CAROL, i));
		ck_assert_int_eq(fake_held(fake, CAROL, i), 2);
	}
	fake_free(fake);
}
END_TEST

START_TEST(a_push_names_the_contact_and_both_numbers)
{
	struct fake *fake = fake_carol_changes(1);
	struct phone before, now;
	char both[2 * PHONE_TEXT_MAX + 16];

	phone_read(&before, "+447400100001", NULL);
	phone_read(&now, "+447400100002", NULL);
	snprintf(both, sizeof(both), "%s is now %s", before.display, now.display);
	fake_finish(fake);
	ck_assert_ptr_nonnull(strstr(fake->sent[1].body, "Carol Example's account says: "));
	ck_assert_ptr_nonnull(strstr(fake->sent[1].body, both));
	fake_free(fake);
}
END_TEST

/* ---- The window and its ping (design 4, "Two cursors"; XEP-0199) ---- */

START_TEST(a_window_goes_out_then_a_ping_then_nothing_until_the_answer)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 10);

	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), WINDOW_FIRST);
	ck_assert_ptr_nonnull(fake_ping(fake));
	ck_assert_str_eq(fake_ping(fake)->to, "example.org");
	ck_assert_str_eq(fake_ping(fake)->type, "get");
	fake->now_ms += 60000;
	fake_turn(fake, 1 << 20);
	ck_assert_uint_eq(count_pushes(fake, 0), WINDOW_FIRST);
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), WINDOW_FIRST + 10);
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(the_run_ends_only_with_the_answer)
{
	struct fake *fake = fake_carol_changes(5);

	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 1);
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(only_the_pinged_domain_and_the_right_id_answer)
{
	struct fake *fake = fake_carol_changes(5);
	struct sent asked;

	fake_turns(fake);
	asked = *fake_ping(fake);
	ck_assert(!fake_answer_as(fake, "result", "mallory@example.org", asked.id));
	ck_assert(!fake_answer_as(fake, "result", "example.org/x", asked.id));
	ck_assert(!fake_answer_as(fake, "result", "example.net", asked.id));
	ck_assert(!fake_answer_as(fake, "result", "example.org", "1"));
	ck_assert(!fake_answer_as(fake, "result", "example.org", ""));
	ck_assert(!fake_answer_as(fake, "get", "example.org", asked.id));
	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 1);
	ck_assert(fake_answer_as(fake, "error", "example.org", asked.id));
	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	ck_assert(!fake_answer_as(fake, "result", "example.org", asked.id));
	fake_free(fake);
}
END_TEST

START_TEST(ids_of_pings_are_not_used_again)
{
	struct fake *fake = fake_carol_changes(1);
	char first[64];

	fake_turns(fake);
	strcpy(first, fake_ping(fake)->id);
	fanout_down(fake->fanout);
	ck_assert(!fake_answer_as(fake, "result", "example.org", first));
	fanout_up(fake->fanout);
	ck_assert(!fake_answer_as(fake, "result", "example.org", first));
	fake_turns(fake);
	ck_assert_str_ne(fake_ping(fake)->id, first);
	ck_assert(!fake_answer_as(fake, "result", "example.org", first));
	fake_free(fake);
}
END_TEST

START_TEST(a_ping_whose_answer_is_lost_is_sent_again)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 10);
	struct sent first;

	fake_turns(fake);
	first = *fake_ping(fake);
	fake->now_ms += WINDOW_AGAIN_MS - 1;
	fake_turn(fake, 1 << 20);
	fake->now_ms += 1;
	fake_turn(fake, 0); /* no room */
	ck_assert_uint_eq(fake->count, 2 * WINDOW_FIRST + 1);
	fake_turn(fake, 1 << 20);
	fake_turn(fake, 1 << 20);
	ck_assert_uint_eq(fake->count, 2 * WINDOW_FIRST + 2);
	ck_assert_str_eq(fake_ping(fake)->id, first.id);
	ck_assert_str_eq(fake_ping(fake)->to, first.to);
	fake->now_ms += WINDOW_AGAIN_MS;
	fake_turn(fake, 1 << 20);
	ck_assert_uint_eq(fake->count, 2 * WINDOW_FIRST + 3);
	ck_assert(fake_answer(fake));
	ck_assert(!fake_answer_as(fake, "result", first.to, first.id)); /* it was late */
	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), WINDOW_FIRST + 10);
	ck_assert_str_ne(fake_ping(fake)->id, first.id);
	ck_assert(fake_answer(fake));
	fake_turns(fake);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(what_is_sent_keeps_to_the_room)
{
	struct fake *fake = fake_carol_changes(20);
	size_t before;

	do {
		before = fake->count;
		fake_turn(fake, 0);
	} while (fanout_has_work(fake->fanout));
	ck_assert_uint_eq(fake->count, before);
	ck_assert_uint_eq(fake->count, 0);
	fake_turn(fake, 1);
	ck_assert_uint_eq(count_pushes(fake, 0), 1);
	ck_assert_ptr_null(fake_ping(fake));
	fake_turn(fake, 6000);
	ck_assert_uint_lt(count_pushes(fake, 0), 6);
	fake_turn(fake, 1 << 20);
	ck_assert_uint_eq(count_pushes(fake, 0), 20);
	ck_assert_ptr_nonnull(fake_ping(fake));
	fake_free(fake);
}
END_TEST

/* Nothing else may come to wake it: the socket took all at once. */
START_TEST(what_the_room_cut_off_goes_on_with_the_next_turn)
{
	struct fake *fake = fake_carol_changes(20);
	int turns = 0;

	do
		fake_turn(fake, 6000);
	while (fanout_has_work(fake->fanout) && ++turns < 100);
	ck_assert_int_gt(turns, 3);
	ck_assert_uint_eq(count_pushes(fake, 0), 20);
	ck_assert_ptr_nonnull(fake_ping(fake));
	fake_free(fake);
}
END_TEST

START_TEST(nothing_goes_out_while_the_stream_is_down)
{
	struct fake *fake = fake_carol_changes(5);

	fanout_down(fake->fanout);
	fake_turns(fake);
	ck_assert_uint_eq(fake->count, 0);
	ck_assert_int_eq(fake_held(fake, CAROL, 4), 2);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 5);
	fake_free(fake);
}
END_TEST

/* ---- Repetition ---- */

/* True if the pushes of b.. are those of a.., id by id. */
static void ck_same_pushes(const struct fake *fake, size_t a, size_t b, size_t count)
{
	for (; count > 0; count--, a++, b++) {
		while (!is_push(&fake->sent[a]))
			a++;
		while (!is_push(&fake->sent[b]))
			b++;
		ck_assert_str_eq(fake->sent[a].id, fake->sent[b].id);
		ck_assert_str_eq(fake->sent[a].to, fake->sent[b].to);
		ck_assert_str_eq(fake->sent[a].body, fake->sent[b].body);
	}
}

START_TEST(an_unanswered_window_comes_again_with_the_same_ids)
{
	struct fake *fake = fake_carol_changes(30);
	size_t again;

	fake_turns(fake);
	again = fake->count;
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	fake_turns(fake);
	ck_assert_uint_eq(count_pushes(fake, again), 30);
	ck_same_pushes(fake, 0, again, 30);
	fake_free(fake);
}
END_TEST

START_TEST(an_answered_window_does_not_come_again)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 30);
	size_t again;

	fake_turns(fake);
	ck_assert(fake_answer(fake));
	again = fake->count;
	fanout_down(fake->fanout);
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, again), 30);
	fake_free(fake);
}
END_TEST

START_TEST(after_a_crash_pushes_go_on_from_the_stored_cursor)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 40);
	size_t again;

	fake_turns(fake);
	ck_assert(fake_answer(fake));
	fake_turns(fake); /* the cursor is stored, the rest is out */
	again = fake->count;
	fake_crash(fake);
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, again), 40);
	ck_assert_uint_eq(count_runs(fake), 0);
	for (int i = 0; i < WINDOW_FIRST + 40; i++)
		ck_assert_int_eq(fake_held(fake, CAROL, i), 2);
	fake_free(fake);
}
END_TEST

START_TEST(a_crash_before_the_cursor_is_stored_repeats_one_window)
{
	struct fake *fake = fake_carol_changes(WINDOW_FIRST + 40);
	size_t again;

	fake_turns(fake);
	ck_assert(fake_answer(fake));
	again = fake->count;
	fake_crash(fake);
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, again), WINDOW_FIRST + 40);
	ck_same_pushes(fake, 0, again, WINDOW_FIRST);
	fake_free(fake);
}
END_TEST

START_TEST(cards_that_are_finished_meanwhile_move_no_cursor)
{
	struct fake *fake = fake_carol_changes(100);
	size_t again;

	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	fake_commit(fake);
	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, 1 << 20), 0);
	ck_assert_ptr_nonnull(fake_ping(fake));
	fake_turns(fake);
	again = fake->count;
	fake_crash(fake);
	fanout_up(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, again), 100);
	fake_free(fake);
}
END_TEST

START_TEST(a_turn_that_is_rolled_back_is_done_again)
{
	struct fake *fake = fake_carol_changes(20);

	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 1000), 0);
	store_turn_rollback(fake->service.store);
	fanout_wake(fake->fanout);
	fake_finish(fake);
	ck_assert_uint_eq(count_pushes(fake, 0), 20);
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

START_TEST(a_cursor_whose_turn_is_rolled_back_repeats_no_more_than_the_window)
{
	struct fake *fake = fake_carol_changes(20);
	size_t again;

	fake_turns(fake);
	ck_assert(fake_answer(fake));
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 1000), 0);
	store_turn_rollback(fake->service.store);
	fanout_wake(fake->fanout);
	again = fake->count;
	fake_finish(fake);
	ck_assert_uint_le(count_pushes(fake, again), 20);
	ck_same_pushes(fake, 0, again, count_pushes(fake, again));
	ck_assert_uint_eq(count_runs(fake), 0);
	fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("fanout");
	TCase *holders = tcase_create("design 3: book changed, push");
	TCase *window = tcase_create("design 4: two cursors, XEP-0199");
	TCase *repeat = tcase_create("design 4: repetition");

	tcase_add_test(holders, each_holder_gets_a_headline_and_then_a_push);
	tcase_add_test(holders, a_push_names_the_contact_and_both_numbers);
	suite_add_tcase(suite, holders);
	tcase_add_test(window, a_window_goes_out_then_a_ping_then_nothing_until_the_answer);
	tcase_add_test(window, the_run_ends_only_with_the_answer);
	tcase_add_test(window, only_the_pinged_domain_and_the_right_id_answer);
	tcase_add_test(window, ids_of_pings_are_not_used_again);
	tcase_add_test(window, a_ping_whose_answer_is_lost_is_sent_again);
	tcase_add_test(window, what_is_sent_keeps_to_the_room);
	tcase_add_test(window, what_the_room_cut_off_goes_on_with_the_next_turn);
	tcase_add_test(window, nothing_goes_out_while_the_stream_is_down);
	suite_add_tcase(suite, window);
	tcase_add_test(repeat, an_unanswered_window_comes_again_with_the_same_ids);
	tcase_add_test(repeat, an_answered_window_does_not_come_again);
	tcase_add_test(repeat, after_a_crash_pushes_go_on_from_the_stored_cursor);
	tcase_add_test(repeat, a_crash_before_the_cursor_is_stored_repeats_one_window);
	tcase_add_test(repeat, cards_that_are_finished_meanwhile_move_no_cursor);
	tcase_add_test(repeat, a_turn_that_is_rolled_back_is_done_again);
	tcase_add_test(repeat, a_cursor_whose_turn_is_rolled_back_repeats_no_more_than_the_window);
	suite_add_tcase(suite, repeat);
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
