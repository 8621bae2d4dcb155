/* What time it is, though the machine's clock is wrong for a while. */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "component/clock.h"

#define BEGIN 1800000000 /* 2027 */
#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define YEAR (365LL * DAY)

static struct clock clock_;
static int64_t wall, boot; /* seconds */
static unsigned events[4];

static void tick(void)
{
	events[clock_tick(&clock_, wall, boot * 1000)]++;
}

/* So much time passes, with a tick each minute. */
static void pass(int64_t seconds)
{
	for (int64_t at = 0; at < seconds; at += MINUTE) {
		wall += MINUTE;
		boot += MINUTE;
		tick();
	}
}

static void begin(int64_t old, int64_t at)
{
	wall = at;
	boot = 5;
	clock_begin(&clock_, old, wall, boot * 1000);
	for (size_t i = 0; i < 4; i++)
		events[i] = 0;
	tick();
}

static void is_near(int64_t found, int64_t wanted, int64_t by)
{
	ck_assert_msg(
		llabs(found - wanted) <= by, "%lld, not %lld", (long long)found, (long long)wanted);
}

START_TEST(it_goes_as_the_machines_does)
{
	begin(0, BEGIN);
	pass(DAY);
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_int_eq(clock_old(&clock_), wall);
	wall += 30; /* a correction, */
	tick();
	ck_assert_int_eq(clock_now(&clock_), wall);
	wall -= 50;
	tick();
	ck_assert_int_eq(clock_now(&clock_), wall);
	boot += 8 * HOUR; /* and a night in which the machine slept */
	wall += 8 * HOUR;
	tick();
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_uint_eq(events[CLOCK_JUMPED], 0);
}
END_TEST

static const int64_t jumps[] = {
	2 * MINUTE, -2 * MINUTE, HOUR, -HOUR, DAY, -DAY, YEAR, -YEAR, 50 * YEAR, -57 * YEAR};

START_TEST(a_jump_that_is_undone_within_an_hour_has_no_effect)
{
	int64_t real;

	begin(0, BEGIN);
	pass(HOUR);
	real = wall;
	wall += jumps[_i];
	tick();
	ck_assert_uint_eq(events[CLOCK_JUMPED], 1);
	pass(59 * MINUTE);
	real += 59 * MINUTE;
	is_near(clock_now(&clock_), real, 1);
	is_near(clock_old(&clock_), real, 1);
	ck_assert_uint_eq(events[CLOCK_JUMPED], 1);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 0);
	wall = real;
	pass(DAY);
	ck_assert_uint_eq(events[CLOCK_BACK], 1);
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_int_eq(clock_old(&clock_), wall);
}
END_TEST

START_TEST(one_that_goes_on_is_taken_over)
{
	begin(0, BEGIN);
	pass(HOUR);
	wall += DAY;
	pass(61 * MINUTE);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 1);
	ck_assert_int_eq(clock_now(&clock_), wall);
	wall -= 20 * DAY;
	pass(61 * MINUTE);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 2);
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_int_le(clock_old(&clock_), wall);
}
END_TEST

START_TEST(one_far_behind_what_is_known_is_taken_over_late_and_one_of_1970_never)
{
	begin(0, BEGIN);
	pass(HOUR);
	wall -= YEAR;
	pass(2 * DAY);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 0);
	is_near(clock_now(&clock_), BEGIN + 2 * DAY + HOUR, MINUTE);
	pass(DAY + HOUR);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 1);
	ck_assert_int_eq(clock_now(&clock_), wall);
	begin(0, BEGIN);
	pass(HOUR);
	wall = 0;
	pass(30 * DAY);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 0);
	is_near(clock_now(&clock_), BEGIN + 30 * DAY + HOUR, MINUTE);
}
END_TEST

START_TEST(a_new_jump_is_doubted_anew)
{
	begin(0, BEGIN);
	pass(HOUR);
	for (int i = 0; i < 10; i++) {
		wall += DAY;
		pass(30 * MINUTE);
	}
	ck_assert_uint_eq(events[CLOCK_JUMPED], 10);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 0);
	is_near(clock_now(&clock_), BEGIN + 6 * HOUR, MINUTE);
}
END_TEST

START_TEST(a_start_with_a_clock_that_is_behind_goes_on_from_what_is_known)
{
	begin(BEGIN, BEGIN - 2 * DAY);
	is_near(clock_now(&clock_), BEGIN, 1);
	ck_assert_uint_eq(events[CLOCK_JUMPED], 1);
	wall += 2 * DAY + HOUR; /* the network has told the time: an hour went by */
	boot += MINUTE;
	tick();
	pass(61 * MINUTE);
	ck_assert_int_eq(clock_now(&clock_), wall);
	begin(BEGIN, 0);
	is_near(clock_now(&clock_), BEGIN, 1);
	begin(0, 0);
	ck_assert_int_gt(clock_now(&clock_), 50 * YEAR);
}
END_TEST

START_TEST(a_clock_that_is_ahead_makes_nothing_much_older)
{
	static const struct {
		int64_t by, wrong, older; /* for so long, by so much at most */
	} rows[] = {{DAY, HOUR, HOUR}, {YEAR, HOUR, HOUR}, {YEAR, 3 * DAY, 3 * DAY},
		{73 * YEAR, 5 * DAY, 5 * DAY}, {30 * DAY, 30 * DAY, 30 * DAY}};

	begin(BEGIN, BEGIN + rows[_i].by); /* from the start */
	pass(rows[_i].wrong);
	if (rows[_i].wrong > HOUR)
		is_near(clock_now(&clock_), wall, 1);
	ck_assert_int_le(clock_old(&clock_) - BEGIN, rows[_i].wrong + rows[_i].older);
	wall -= rows[_i].by;
	pass(DAY);
	is_near(clock_now(&clock_), wall, 1);
	ck_assert_int_le(clock_old(&clock_), wall);
}
END_TEST

START_TEST(after_a_time_in_which_nobody_was_there_what_is_old_is_late_for_a_while)
{
	begin(BEGIN, BEGIN + 10 * DAY);
	ck_assert_int_eq(clock_now(&clock_), wall);
	is_near(clock_old(&clock_), BEGIN, 1);
	pass(5 * DAY);
	is_near(clock_old(&clock_), BEGIN + 10 * DAY, HOUR);
	pass(6 * DAY);
	ck_assert_int_eq(clock_old(&clock_), wall);
}
END_TEST

START_TEST(a_start_more_than_a_year_later_is_believed_after_an_hour)
{
	begin(BEGIN, BEGIN + 2 * YEAR);
	ck_assert_uint_eq(events[CLOCK_JUMPED], 1);
	pass(59 * MINUTE);
	is_near(clock_now(&clock_), BEGIN + 59 * MINUTE, 1);
	pass(2 * MINUTE);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 1);
	ck_assert_int_eq(clock_now(&clock_), wall);
	pass(DAY);
	is_near(clock_old(&clock_), BEGIN + 2 * DAY, 3 * HOUR);
}
END_TEST

/* A store that is new, or of a version that didn't note it. */
START_TEST(where_nothing_is_known_what_is_old_begins_with_the_first_clock_that_is_followed)
{
	begin(0, 0);
	pass(DAY);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 0);
	wall = BEGIN;
	pass(61 * MINUTE);
	ck_assert_uint_eq(events[CLOCK_TAKEN], 1);
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_int_eq(clock_old(&clock_), wall);
}
END_TEST

START_TEST(no_time_that_a_right_clock_stored_is_too_far_by_one_that_is_behind)
{
	begin(BEGIN, BEGIN);
	ck_assert_int_eq(clock_far(&clock_), BEGIN + 30 * DAY);
	pass(HOUR);
	wall -= YEAR;
	pass(4 * DAY);
	ck_assert_int_eq(clock_now(&clock_), wall);
	ck_assert_int_ge(clock_far(&clock_), BEGIN + 30 * DAY);
	begin(BEGIN, BEGIN);
	pass(HOUR);
	wall += YEAR;
	pass(2 * HOUR);
	ck_assert_int_eq(clock_far(&clock_), wall + 30 * DAY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, it_goes_as_the_machines_does);
	tcase_add_loop_test(tcase, a_jump_that_is_undone_within_an_hour_has_no_effect, 0,
		sizeof(jumps) / sizeof(*jumps));
	tcase_add_test(tcase, one_that_goes_on_is_taken_over);
	tcase_add_test(
		tcase, one_far_behind_what_is_known_is_taken_over_late_and_one_of_1970_never);
	tcase_add_test(tcase, a_new_jump_is_doubted_anew);
	tcase_add_test(tcase, a_start_with_a_clock_that_is_behind_goes_on_from_what_is_known);
	tcase_add_loop_test(tcase, a_clock_that_is_ahead_makes_nothing_much_older, 0, 5);
	tcase_add_test(
		tcase, after_a_time_in_which_nobody_was_there_what_is_old_is_late_for_a_while);
	tcase_add_test(tcase, a_start_more_than_a_year_later_is_believed_after_an_hour);
	tcase_add_test(tcase,
		where_nothing_is_known_what_is_old_begins_with_the_first_clock_that_is_followed);
	tcase_add_test(tcase, no_time_that_a_right_clock_stored_is_too_far_by_one_that_is_behind);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
