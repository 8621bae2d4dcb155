/* Rates: how much may be done in a time (design: section 4). The time is given, nobody sleeps. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/rates.h"
#include "common/siphash.h"
#include "tests/domain.h"
#include "tests/expect.h"

#define ALICE "alice@example.org"
#define BOB "bob@example.org"

static struct domain domain;
static struct settings_rate *limits;

static void set_up(void)
{
	domain_open(&domain);
	domain.rules.rates = rates_new();
	ck_assert_ptr_nonnull(domain.rules.rates);
	limits = domain.settings->limits.rates;
}

static void tear_down(void)
{
	rates_free(domain.rules.rates);
	domain_close(&domain);
}

static const char *take(enum rate rate, const char *jid, unsigned count)
{
	return rates_take(&domain.rules, domain.arena, rate, jid, count, domain.now);
}

static void check_taken(enum rate rate, const char *jid, unsigned count)
{
	const char *why = take(rate, jid, count);

	ck_assert_msg(why == NULL, "%s: %s", jid, why);
}

static void check_refused(enum rate rate, const char *jid, unsigned count, const char *text)
{
	const char *why = take(rate, jid, count);

	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, text);
}

/* Appendix A of the paper. */
START_TEST(siphash_has_the_value_of_its_paper)
{
	unsigned char bytes[16];

	for (unsigned char i = 0; i < 16; i++)
		bytes[i] = i;
	ck_assert_uint_eq(siphash(bytes, bytes, 15), 0xa129ca6149be45e5);
}
END_TEST

/* A bucket of 60 an hour: one a minute flows in. */
static const struct {
	int64_t later_s;
	unsigned count;
	const char *refused;
} steps[] = {
	{0, 50, NULL},
	{0, 10, NULL},
	{0, 1, "Too many look-ups: try again in 1 minute."},
	{59, 1, "Too many look-ups: try again in 1 second."},
	{1, 1, NULL},
	{0, 1, "Too many look-ups: try again in 1 minute."},
	{600, 10, NULL},
	{0, 1, "Too many look-ups: try again in 1 minute."},
	{0, 30, "Too many look-ups: try again in 30 minutes."},
	{1799, 30, "Too many look-ups: try again in 1 second."},
	{1, 30, NULL},
	/* More than it holds goes when it is full. */
	{3599, 1000, "Too many look-ups: try again in 1 second."},
	{1, 1000, NULL},
	{0, 1, "Too many look-ups: try again in 1 minute."},
	/* It doesn't get fuller than full. */
	{1000000, 60, NULL},
	{0, 1, "Too many look-ups: try again in 1 minute."},
	/* Nothing asked, nothing taken. */
	{0, 0, NULL},
};

START_TEST(a_bucket_holds_its_rate_and_fills_evenly)
{
	limits[RATE_LOOKUP] = (struct settings_rate){60, 0};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const char *why;

		domain.now += steps[i].later_s;
		why = take(RATE_LOOKUP, ALICE, steps[i].count);
		ck_assert_msg((why == NULL) == (steps[i].refused == NULL), "%zu: %s", i, why);
		if (why)
			ck_assert_str_eq(why, steps[i].refused);
	}
}
END_TEST

static const struct {
	enum rate rate;
	struct settings_rate limit;
	unsigned count;
	const char *text;
} texts[] = {
	{RATE_SEARCH, {120, 0}, 1, "Too many searches: try again in 30 seconds."},
	{RATE_SEARCH, {50, 0}, 1, "Too many searches: try again in 2 minutes."},
	{RATE_SEARCH, {3600, 0}, 1, "Too many searches: try again in 1 second."},
	{RATE_SEARCH, {5, 0}, 1, "Too many searches: try again in 12 minutes."},
	{RATE_SEARCH, {0, 5}, 1, "Too many searches at this service: try again in 12 minutes."},
	{RATE_SHARE, {1, 0}, 1, "Too many cards sent: try again in 1 hour."},
	{RATE_LOOKUP, {10, 0}, 3, "Too many look-ups: try again in 18 minutes."},
	{RATE_CHANGE, {2, 0}, 1, "Too many changes of numbers: try again at 2023-11-15T10:13:20Z."},
	{RATE_CHANGE, {0, 2}, 1,
		"Too many changes of numbers at this service: try again at 2023-11-15T10:13:20Z."},
};

START_TEST(a_refusal_says_when_to_try_again)
{
	limits[texts[_i].rate] = texts[_i].limit;
	check_taken(texts[_i].rate, ALICE, texts[_i].limit.account + texts[_i].limit.all);
	check_refused(texts[_i].rate, ALICE, texts[_i].count, texts[_i].text);
}
END_TEST

START_TEST(each_account_has_its_own_and_all_together_one)
{
	limits[RATE_SHARE] = (struct settings_rate){2, 4};
	for (int i = 0; i < 2; i++) {
		check_taken(RATE_SHARE, ALICE, 1);
		check_taken(RATE_SHARE, BOB, 1);
	}
	check_refused(RATE_SHARE, ALICE, 1, "Too many cards sent: try again in 30 minutes.");
	check_refused(RATE_SHARE, "carol@example.org", 1,
		"Too many cards sent at this service: try again in 15 minutes.");
	/* What was refused is not missing, neither to herself nor to others. */
	domain.now += 900;
	check_taken(RATE_SHARE, "carol@example.org", 1);
	check_refused(RATE_SHARE, ALICE, 1, "Too many cards sent: try again in 15 minutes.");
	domain.now += 900;
	check_taken(RATE_SHARE, "carol@example.org", 1);
	/* One rate isn't another. */
	check_taken(RATE_SEARCH, ALICE, 1);
}
END_TEST

START_TEST(zero_is_no_limit)
{
	for (int rate = 0; rate < RATE_COUNT; rate++) {
		limits[rate] = (struct settings_rate){0, 0};
		for (int i = 0; i < 1000; i++)
			check_taken((enum rate)rate, ALICE, 1000000);
	}
}
END_TEST

START_TEST(a_book_can_be_emptied_and_filled_at_once)
{
	domain.settings->limits.contacts_per_book = 1000;
	limits[RATE_WRITE] = (struct settings_rate){60, 0};
	for (int i = 0; i < 2000; i++)
		check_taken(RATE_WRITE, ALICE, 1);
	check_refused(
		RATE_WRITE, ALICE, 1, "Too many changes of address books: try again in 1 minute.");
	domain.now += 60;
	check_taken(RATE_WRITE, ALICE, 1);
	check_refused(
		RATE_WRITE, ALICE, 1, "Too many changes of address books: try again in 1 minute.");
}
END_TEST

START_TEST(a_clock_that_is_set_neither_gives_nor_takes)
{
	limits[RATE_LOOKUP] = (struct settings_rate){60, 0};
	check_taken(RATE_LOOKUP, ALICE, 60);
	domain.now -= 100000000;
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 1 minute.");
	check_taken(RATE_LOOKUP, BOB, 60);
	domain.now += 60;
	check_taken(RATE_LOOKUP, ALICE, 1);
}
END_TEST

START_TEST(another_limit_is_in_force_at_once)
{
	limits[RATE_LOOKUP] = (struct settings_rate){1, 0};
	check_taken(RATE_LOOKUP, ALICE, 1);
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 1 hour.");
	limits[RATE_LOOKUP].account = 3600;
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 1 second.");
	/* More than a bucket holds isn't missing in it. */
	domain.settings->limits.contacts_per_book = 10000;
	limits[RATE_WRITE] = (struct settings_rate){1, 0};
	check_taken(RATE_WRITE, ALICE, 20000);
	domain.settings->limits.contacts_per_book = 1;
	check_refused(
		RATE_WRITE, ALICE, 1, "Too many changes of address books: try again in 1 hour.");
}
END_TEST

/* The table is of fixed size: who has used much is remembered, whoever else comes. */
START_TEST(a_crowd_doesnt_fill_an_empty_bucket)
{
	limits[RATE_LOOKUP] = (struct settings_rate){100, 0};
	check_taken(RATE_LOOKUP, ALICE, 100);
	for (int i = 0; i < 1000000; i++) {
		char jid[64];

		(void)snprintf(jid, sizeof(jid), "user%d@example.org", i);
		check_taken(RATE_LOOKUP, jid, 1);
	}
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 36 seconds.");
}
END_TEST

/* The same, where everybody of the crowd has used half of a bucket that takes long to fill. */
START_TEST(rates_are_weighed_by_how_empty_they_are)
{
	limits[RATE_LOOKUP] = (struct settings_rate){100000, 0};
	limits[RATE_WRITE] = (struct settings_rate){1, 0};
	domain.settings->limits.contacts_per_book = 1000;
	check_taken(RATE_LOOKUP, ALICE, 100000);
	for (int i = 0; i < 200000; i++) {
		char jid[64];

		(void)snprintf(jid, sizeof(jid), "user%d@example.org", i);
		check_taken(RATE_WRITE, jid, 1000);
	}
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 1 second.");
}
END_TEST

/* ---- Changes of numbers ---- */

/* What a change comes to; the number is another each time. */
static enum profile_result change(const char **why)
{
	static unsigned number;
	struct store_account carol = domain_account(&domain, "carol");
	char text[32];

	(void)snprintf(text, sizeof(text), "A%u", number++);
	return profile_publish(&domain.rules, domain.arena, &carol,
		numbers_card(domain.arena, text), PROFILE_FROM_KITH, domain.now, why);
}

START_TEST(numbers_change_so_often_in_any_24_hours)
{
	const char *why;

	limits[RATE_CHANGE] = (struct settings_rate){3, 0};
	for (int i = 0; i < 3; i++, domain.now += 3600)
		ck_assert_int_eq(change(&why), PROFILE_OK);
	ck_assert_int_eq(change(&why), PROFILE_LIMITED);
	ck_assert_str_eq(why, "Too many changes of numbers: try again at 2023-11-15T22:13:20Z.");
	/* Also for who starts anew: it is in the store. */
	rates_free(domain.rules.rates);
	domain.rules.rates = rates_new();
	domain.now = 1700000000 + 86399;
	ck_assert_int_eq(change(&why), PROFILE_LIMITED);
	domain.now++;
	ck_assert_int_eq(change(&why), PROFILE_OK);
	ck_assert_int_eq(change(&why), PROFILE_LIMITED);
	/* What was logged by a clock that went wrong holds nobody up. */
	domain.now = 1600000000;
	rates_free(domain.rules.rates);
	domain.rules.rates = rates_new();
	ck_assert_int_eq(change(&why), PROFILE_OK);
}
END_TEST

START_TEST(to_end_an_account_and_begin_anew_gives_no_further_changes)
{
	struct store_account carol = domain_account(&domain, "carol");
	const char *why;

	limits[RATE_CHANGE] = (struct settings_rate){2, 0};
	ck_assert_int_eq(change(&why), PROFILE_OK);
	ck_assert_int_eq(change(&why), PROFILE_OK);
	ck_assert_int_eq(store_account_erase(domain.store, carol.id, domain.now), STORE_OK);
	ck_assert_int_eq(change(&why), PROFILE_LIMITED);
}
END_TEST

START_TEST(without_a_count_nothing_is_limited)
{
	const char *why;

	rates_free(domain.rules.rates);
	domain.rules.rates = NULL;
	limits[RATE_CHANGE] = limits[RATE_LOOKUP] = (struct settings_rate){1, 1};
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(change(&why), PROFILE_OK);
		check_taken(RATE_LOOKUP, ALICE, 1);
	}
}
END_TEST

START_TEST(a_turn_that_is_rolled_back_has_taken_nothing)
{
	limits[RATE_LOOKUP] = (struct settings_rate){3, 4};
	check_taken(RATE_LOOKUP, ALICE, 1);
	rates_settle(domain.rules.rates, true);
	for (int i = 0; i < 5; i++) {
		check_taken(RATE_LOOKUP, ALICE, 1);
		check_taken(RATE_LOOKUP, ALICE, 1);
		check_taken(RATE_LOOKUP, BOB, 1);
		rates_settle(domain.rules.rates, false);
	}
	check_taken(RATE_LOOKUP, ALICE, 2);
	rates_settle(domain.rules.rates, true);
	rates_settle(domain.rules.rates, false);
	check_refused(RATE_LOOKUP, ALICE, 1, "Too many look-ups: try again in 20 minutes.");
	check_taken(RATE_LOOKUP, BOB, 1);
}
END_TEST

/* However much was taken, what is put back is the last. */
START_TEST(a_turn_of_many_is_put_back_as_far_as_is_remembered)
{
	limits[RATE_LOOKUP] = (struct settings_rate){0, 2 * RATES_TURN};
	for (int i = 0; i < RATES_TURN + 10; i++)
		check_taken(RATE_LOOKUP, ALICE, 1);
	rates_settle(domain.rules.rates, false);
	check_taken(RATE_LOOKUP, ALICE, 2 * RATES_TURN - 10);
	ck_assert_ptr_nonnull(take(RATE_LOOKUP, ALICE, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rates");
	TCase *buckets = tcase_create("buckets");
	TCase *changes = tcase_create("changes of numbers");

	tcase_add_checked_fixture(buckets, set_up, tear_down);
	tcase_set_timeout(buckets, 60);
	tcase_add_test(buckets, siphash_has_the_value_of_its_paper);
	tcase_add_test(buckets, a_bucket_holds_its_rate_and_fills_evenly);
	tcase_add_loop_test(
		buckets, a_refusal_says_when_to_try_again, 0, sizeof(texts) / sizeof(*texts));
	tcase_add_test(buckets, each_account_has_its_own_and_all_together_one);
	tcase_add_test(buckets, zero_is_no_limit);
	tcase_add_test(buckets, a_book_can_be_emptied_and_filled_at_once);
	tcase_add_test(buckets, a_clock_that_is_set_neither_gives_nor_takes);
	tcase_add_test(buckets, another_limit_is_in_force_at_once);
	tcase_add_test(buckets, a_crowd_doesnt_fill_an_empty_bucket);
	tcase_add_test(buckets, rates_are_weighed_by_how_empty_they_are);
	tcase_add_test(buckets, a_turn_that_is_rolled_back_has_taken_nothing);
	tcase_add_test(buckets, a_turn_of_many_is_put_back_as_far_as_is_remembered);
	suite_add_tcase(suite, buckets);
	tcase_add_checked_fixture(changes, set_up, tear_down);
	tcase_add_test(changes, numbers_change_so_often_in_any_24_hours);
	tcase_add_test(changes, to_end_an_account_and_begin_anew_gives_no_further_changes);
	tcase_add_test(changes, without_a_count_nothing_is_limited);
	suite_add_tcase(suite, changes);
	return expect_all(suite);
}
