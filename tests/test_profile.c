/* An account's own profile: design, sections 3 and 4; XEP-0292. */
#include "config.h"

#include "tests/domain.h"

static struct domain domain;

static void setup(void)
{
	domain_open(&domain);
}

static void teardown(void)
{
	domain_close(&domain);
}

static struct store_profile stored(const char *name)
{
	struct store_profile profile;
	ck_assert_int_eq(store_profile_get(domain.store, domain.arena,
				 domain_account(&domain, name).id, &profile),
		STORE_OK);
	return profile;
}

static enum profile_result read_as(const char *reader, struct store_profile *profile)
{
	struct store_account carol = domain_account(&domain, "carol"),
			     other = domain_account(&domain, reader);
	return profile_read(&domain.rules, domain.arena, &carol, &other, profile);
}

static bool has_run(const char *name)
{
	struct store_run run;
	return store_run_get(domain.store, domain_account(&domain, name).id, &run) == STORE_OK;
}

START_TEST(the_version_counts_changes_of_numbers)
{
	domain_profile(&domain, "carol", "");
	ck_assert_int_eq(stored("carol").version, 1);
	domain_profile(&domain, "carol", "");
	ck_assert_int_eq(stored("carol").version, 1);
	domain_profile(&domain, "carol", "A");
	ck_assert_int_eq(stored("carol").version, 2);
	domain_profile(&domain, "carol", "A'");
	ck_assert_int_eq(stored("carol").version, 2);
	domain_profile(&domain, "carol", "B");
	ck_assert_int_eq(stored("carol").version, 3);
}
END_TEST

START_TEST(publishing_opens_the_account)
{
	domain_profile(&domain, "carol", "A");
	ck_assert_int_eq(domain_account(&domain, "carol").opened_at, domain.now);
}
END_TEST

START_TEST(the_card_is_kept_as_it_came)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct vcard *card = numbers_card(domain.arena, "A' b");
	struct store_profile profile;
	const char *why = NULL;
	vcard_add(card, NULL, "PHOTO", "uri", "data:image/png;base64,AAAA");
	vcard_add(card, NULL, "X-ODD", "unknown", "1;2,3");
	ck_assert_int_eq(profile_publish(&domain.rules, domain.arena, &carol, card,
				 PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_OK);
	ck_assert_int_eq(read_as("carol", &profile), PROFILE_OK);
	ck_assert(vcard_equal(
		card, vcard_from_xml_text(domain.arena, profile.card, profile.card_len, NULL)));
}
END_TEST

START_TEST(what_is_no_profile_is_refused)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct vcard *card = vcard_new(domain.arena);
	const char *why = NULL;
	ck_assert_int_eq(profile_publish(&domain.rules, domain.arena, &carol, card,
				 PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_INVALID);
	ck_assert_str_eq(why, "a vCard needs FN");
	card = numbers_card(domain.arena, "");
	for (int i = 0; i <= HISTORY_CURRENT_MAX; i++)
		vcard_add(card, NULL, "TEL", "uri",
			number_uri(domain.arena, arena_printf(domain.arena, "A%d", i)));
	ck_assert_int_eq(profile_publish(&domain.rules, domain.arena, &carol, card,
				 PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_INVALID);
	vcard_remove(card, card->last);
	ck_assert_int_eq(profile_publish(&domain.rules, domain.arena, &carol, card,
				 PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_OK);
	domain.settings->limits.card_bytes = 100;
	ck_assert_int_eq(
		profile_publish(&domain.rules, domain.arena, &carol,
			numbers_card(domain.arena, "B"), PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_INVALID);
	ck_assert_int_eq(stored("carol").version, 1);
}
END_TEST

static void note_change(void *context, const struct store_change *change)
{
	const char **what = context;
	if (!*what)
		*what = change->what;
}

START_TEST(a_change_is_logged)
{
	const char *what = NULL;
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert_int_eq(
		store_change_list(domain.store, domain.arena, 0, 10, note_change, &what), STORE_OK);
	ck_assert_ptr_nonnull(what);
	ck_assert_ptr_nonnull(strstr(what, " -> "));
}
END_TEST

static size_t hits(const char *name, const char *email, const char *identity)
{
	int64_t accounts[10];
	size_t count;

	ck_assert_int_eq(
		store_profile_search(domain.store, &(struct store_terms){name, email, identity},
			accounts, 10, &count),
		STORE_OK);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(accounts[i], domain_account(&domain, "carol").id);
	return count;
}

START_TEST(it_is_found_by_what_it_says_and_current_numbers)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct vcard *card = numbers_card(domain.arena, "B");
	const char *why;
	domain_profile(&domain, "carol", "A");
	vcard_add(card, NULL, "EMAIL", "text", "carol@mail.example");
	vcard_add(card, NULL, "NICKNAME", "text", "Caz");
	ck_assert_int_eq(profile_publish(&domain.rules, domain.arena, &carol, card,
				 PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_OK);
	ck_assert_uint_eq(hits("exam", NULL, NULL), 1);
	ck_assert_uint_eq(hits("caz", NULL, NULL), 1);
	ck_assert_uint_eq(hits(NULL, "carol@mail.example", NULL), 1);
	ck_assert_uint_eq(hits("x", NULL, number_identity(domain.arena, "B")), 1);
	ck_assert_uint_eq(hits("x", NULL, number_identity(domain.arena, "A")), 0);
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_OK);
	ck_assert_uint_eq(hits("caz", NULL, NULL), 0);
}
END_TEST

START_TEST(a_reader_sees_all_of_it_or_nothing)
{
	struct store_profile profile;
	ck_assert_int_eq(read_as("carol", &profile), PROFILE_NONE);
	domain_profile(&domain, "carol", "A b");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	ck_assert_int_eq(read_as("carol", &profile), PROFILE_OK);
	ck_assert_int_eq(read_as("alice", &profile), PROFILE_NONE);
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_int_eq(read_as("alice", &profile), PROFILE_OK);
	ck_assert_int_eq(read_as("grace@elsewhere.example", &profile), PROFILE_NONE);
}
END_TEST

START_TEST(what_is_retracted_is_hidden_and_retires_nothing)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct store_profile profile;
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_NONE);
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_OK);
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_NONE);
	ck_assert_int_eq(read_as("alice", &profile), PROFILE_NONE);
	ck_assert_int_eq(read_as("carol", &profile), PROFILE_NONE);
	ck_assert(!has_run("carol"));
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	domain_profile(&domain, "carol", "A");
	ck_assert_int_eq(read_as("alice", &profile), PROFILE_OK);
	ck_assert_int_eq(profile.version, 1);
}
END_TEST

START_TEST(what_changed_before_hiding_is_brought_on_after_it)
{
	struct store_account carol = domain_account(&domain, "carol");
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_OK);
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
	ck_assert(!has_run("carol"));
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B");
}
END_TEST

START_TEST(a_rule_that_widens_brings_the_refused_along)
{
	struct store_account carol = domain_account(&domain, "carol");
	ck_assert_int_eq(profile_rules_changed(&domain.rules, domain.arena, carol.id, domain.now),
		PROFILE_NONE);
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_set(&domain, "carol", SETTING_AUDIENCE, CIRCLE_NOBODY);
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
	domain_set(&domain, "carol", SETTING_AUDIENCE, CIRCLE_KNOWN);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			profile_rules_changed(&domain.rules, domain.arena, carol.id, domain.now),
			PROFILE_OK);
		ck_assert_uint_eq(domain_run(&domain, "carol", 8), i == 0 ? 1 : 0);
	}
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B");
	ck_assert_ptr_nonnull(strstr(domain_push(&domain, "carol"), "alice: "));
	ck_assert(!has_run("carol"));
}
END_TEST

START_TEST(a_store_that_fails_is_told)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct store_profile profile;
	const char *why;
	store_turn_rollback(domain.store);
	ck_assert_int_eq(
		profile_publish(&domain.rules, domain.arena, &carol,
			numbers_card(domain.arena, "A"), PROFILE_FROM_KITH, domain.now, &why),
		PROFILE_ERROR);
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_ERROR);
	ck_assert_int_eq(
		profile_read(&domain.rules, domain.arena, &carol, &carol, &profile), PROFILE_ERROR);
	ck_assert_int_eq(profile_rules_changed(&domain.rules, domain.arena, carol.id, domain.now),
		PROFILE_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tcase = tcase_create("XEP-0292; design 3 and 4");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_version_counts_changes_of_numbers);
	tcase_add_test(tcase, publishing_opens_the_account);
	tcase_add_test(tcase, the_card_is_kept_as_it_came);
	tcase_add_test(tcase, what_is_no_profile_is_refused);
	tcase_add_test(tcase, a_change_is_logged);
	tcase_add_test(tcase, it_is_found_by_what_it_says_and_current_numbers);
	tcase_add_test(tcase, a_reader_sees_all_of_it_or_nothing);
	tcase_add_test(tcase, what_is_retracted_is_hidden_and_retires_nothing);
	tcase_add_test(tcase, what_changed_before_hiding_is_brought_on_after_it);
	tcase_add_test(tcase, a_rule_that_widens_brings_the_refused_along);
	tcase_add_test(tcase, a_store_that_fails_is_told);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
