/* Accounts that end, and links to them: design, section 4, "Accounts end". */
#include "config.h"

#include "component/dormant.h"
#include "tests/domain.h"

#define DAY_S 86400

static struct domain domain;

static void setup(void)
{
	domain_open(&domain);
}

static void teardown(void)
{
	domain_close(&domain);
}

static void erase(const char *name)
{
	ck_assert_int_eq(
		store_account_erase(domain.store, domain_account(&domain, name).id, domain.now),
		STORE_OK);
}

static enum book_result confirm(const char *owner, const char *item)
{
	struct store_account account = domain_account(&domain, owner);
	struct store_contact contact;
	return dormant_confirm(&domain.rules, domain.arena, &account, domain_jid(&domain, item),
		domain.now, &contact);
}

/* How many accounts end now. */
static int sweep(void)
{
	int count = 0;
	for (bool ended = true; ended; count += ended)
		ck_assert_int_eq(dormant_sweep(&domain.rules, domain.now, domain.now, &ended), 0);
	return count;
}

static void see(const char *name)
{
	struct store_account account = domain_account(&domain, name);
	ck_assert_int_eq(store_account_seen(domain.store, &account, domain.now), STORE_OK);
}

START_TEST(an_account_without_a_sign_ends)
{
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "dave", "B");
	domain_contact(&domain, "alice", "carol", "A");
	domain.now += 100 * DAY_S;
	see("alice");
	see("dave");
	domain.now += 80 * DAY_S + 1;
	ck_assert_int_eq(sweep(), 0); /* the shipped default: none ends by itself */
	domain.settings->limits.sleep_days = 180;
	domain.now--;
	ck_assert_int_eq(sweep(), 0);
	domain.now++;
	ck_assert_int_eq(sweep(), 1);
	ck_assert_int_eq(domain_account(&domain, "carol").opened_at, 0); /* another one */
	ck_assert_int_ne(domain_account(&domain, "dave").opened_at, 0);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	domain.settings->limits.sleep_days = 30;
	ck_assert_int_eq(sweep(), 2);
}
END_TEST

START_TEST(a_sign_is_stored_once_a_day)
{
	struct store_account account;
	domain_profile(&domain, "carol", "A");
	account = domain_account(&domain, "carol");
	ck_assert_int_eq(account.seen_at, domain.now);
	domain.now += DAY_S - 1;
	see("carol");
	ck_assert_int_eq(domain_account(&domain, "carol").seen_at, account.seen_at);
	domain.now += 1;
	see("carol");
	ck_assert_int_eq(domain_account(&domain, "carol").seen_at, domain.now);
	domain.now -= 100 * DAY_S; /* the clock was wrong */
	see("carol");
	ck_assert_int_eq(domain_account(&domain, "carol").seen_at, domain.now);
}
END_TEST

START_TEST(who_has_the_jid_next_is_followed_only_once_confirmed)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A x");
	domain_contact(&domain, "bob", "carol", "A");
	erase("carol");
	domain_profile(&domain, "carol", "A");
	ck_assert_int_eq(confirm("alice", "carol"), BOOK_OK);
	ck_assert_int_eq(confirm("alice", "carol"), BOOK_NONE);
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B x");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "A");
}
END_TEST

START_TEST(a_card_that_is_written_anew_stays_with_the_one_that_ended)
{
	struct store_contact before, after;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert(domain_find(&domain, "alice", "carol", &before));
	erase("carol");
	domain_profile(&domain, "carol", "B");
	domain_contact(&domain, "alice", "carol", "C");
	ck_assert(domain_find(&domain, "alice", "carol", &after));
	ck_assert_int_eq(after.subject, before.subject);
	ck_assert_int_eq(after.applied, before.applied);
	ck_assert_int_eq(after.written, before.written);
	ck_assert_int_eq(confirm("alice", "carol"), BOOK_OK);
}
END_TEST

START_TEST(only_what_is_dormant_is_confirmed)
{
	struct store_account alice = domain_account(&domain, "alice");
	const char *items[4];
	size_t count;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_contact(&domain, "alice", "dave", "B");
	domain_contact(&domain, "bob", "dave", "B");
	ck_assert_int_eq(confirm("alice", "carol"), BOOK_NONE);
	ck_assert_int_eq(confirm("alice", "zoe"), BOOK_NONE);
	ck_assert_int_eq(confirm("alice", "urn:uuid:1"), BOOK_NONE);
	domain_profile(&domain, "dave", "B");
	erase("dave");
	ck_assert_int_eq(
		store_contact_dormant(domain.store, domain.arena, alice.id, items, 4, &count),
		STORE_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(items[0], "dave@example.org");
	ck_assert_int_eq(confirm("alice", "dave"), BOOK_OK);
	ck_assert_int_eq(
		store_contact_dormant(domain.store, domain.arena, alice.id, items, 4, &count),
		STORE_OK);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(the_next_one_is_not_in_the_circles_of_the_one_before)
{
	struct store_account carol, dave;
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "dave", "B");
	domain_contact(&domain, "carol", "dave", "");
	domain_contact(&domain, "dave", "carol", "A");
	domain_list(&domain, "carol", LISTED_CHOSEN, "dave");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	carol = domain_account(&domain, "carol");
	dave = domain_account(&domain, "dave");
	ck_assert_int_eq(
		rules_visible(&domain.rules, domain.arena, &carol, NULL, &dave), VERDICT_YES);
	erase("dave");
	dave = domain_account(&domain, "dave");
	ck_assert_int_eq(
		rules_visible(&domain.rules, domain.arena, &carol, NULL, &dave), VERDICT_NO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dormant");
	TCase *tcase = tcase_create("design 4, Accounts end");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, an_account_without_a_sign_ends);
	tcase_add_test(tcase, a_sign_is_stored_once_a_day);
	tcase_add_test(tcase, who_has_the_jid_next_is_followed_only_once_confirmed);
	tcase_add_test(tcase, a_card_that_is_written_anew_stays_with_the_one_that_ended);
	tcase_add_test(tcase, only_what_is_dormant_is_confirmed);
	tcase_add_test(tcase, the_next_one_is_not_in_the_circles_of_the_one_before);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
