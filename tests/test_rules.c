/* Who may what: design, section 4, "Rules". */
#include "config.h"

#include "component/settings_read.h"
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

/* alice and bob hold carol with a number of hers, dave with none; carol has bob in her book, and
 * grace, who isn't served, though grace has a number of hers. frank has nothing of hers; erin has
 * nothing either, but is on her list. ivan has a number of hers and is in her book and on her list,
 * and blocked. */
static void meet(void)
{
	domain_profile(&domain, "carol", "A b");
	domain_contact(&domain, "alice", "carol", "A");
	domain_contact(&domain, "bob", "carol", "X");
	domain_contact(&domain, "dave", "carol", "");
	domain_contact(&domain, "carol", "bob", "");
	domain_contact(&domain, "grace@elsewhere.example", "carol", "A");
	domain_contact(&domain, "carol", "grace@elsewhere.example", "");
	domain_contact(&domain, "ivan", "carol", "A");
	domain_contact(&domain, "carol", "ivan", "");
	domain_list(&domain, "carol", LISTED_CHOSEN, "erin ivan grace@elsewhere.example");
	domain_list(&domain, "carol", LISTED_BLOCKED, "ivan judy");
}

static const struct {
	const char *who;
	int from; /* enum circle: the narrowest that he is within; everyone + 1: none */
} people[] = {
	{"carol", CIRCLE_NOBODY},
	{"erin", CIRCLE_CHOSEN},
	{"bob", CIRCLE_MUTUAL},
	{"alice", CIRCLE_KNOWN},
	{"dave", CIRCLE_EVERYONE},
	{"frank", CIRCLE_EVERYONE},
	{"grace@elsewhere.example", CIRCLE_EVERYONE + 1},
	{"ivan", CIRCLE_EVERYONE + 1},
	{"judy", CIRCLE_EVERYONE + 1},
};

static const int circles[] = {
	CIRCLE_NOBODY, CIRCLE_CHOSEN, CIRCLE_MUTUAL, CIRCLE_KNOWN, CIRCLE_EVERYONE};

#define EACH_CASE(person, circle)                                                                  \
	for (size_t person = 0; person < sizeof people / sizeof *people; person++)                 \
		for (size_t circle = 0; circle < sizeof circles / sizeof *circles; circle++)

static enum verdict sees(const char *who)
{
	struct store_account carol = domain_account(&domain, "carol"),
			     reader = domain_account(&domain, who);
	return rules_visible(&domain.rules, domain.arena, &carol, NULL, &reader);
}

START_TEST(circles_are_each_within_the_next)
{
	meet();
	EACH_CASE(p, c)
	{
		domain_set(&domain, "carol", SETTING_VISIBLE, circles[c]);
		ck_assert_msg(sees(people[p].who) ==
				      (circles[c] >= people[p].from ? VERDICT_YES : VERDICT_NO),
			"%s within %d", people[p].who, circles[c]);
	}
}
END_TEST

/* By what is kept with the contact, too, as it changes. */
START_TEST(who_is_known_is_so_by_the_card_as_it_is)
{
	meet();
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	ck_assert_int_eq(sees("alice"), VERDICT_YES);
	domain_contact(&domain, "alice", "carol", "");
	ck_assert_int_eq(sees("alice"), VERDICT_NO);
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_int_eq(sees("alice"), VERDICT_YES);
	/* A run comes to cards that have nothing of hers. */
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	domain_set(&domain, "carol", SETTING_AUDIENCE, CIRCLE_EVERYONE);
	domain_profile(&domain, "carol", "C b");
	domain_run(&domain, "carol", 10);
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	ck_assert_int_eq(sees("alice"), VERDICT_YES);
	ck_assert_int_eq(sees("dave"), VERDICT_NO);
}
END_TEST

START_TEST(findable_and_audience_are_within_visible)
{
	struct store_account carol;
	struct history history;
	meet();
	carol = domain_account(&domain, "carol");
	ck_assert_int_eq(
		store_history_get(domain.store, domain.arena, carol.id, &history), STORE_OK);
	EACH_CASE(p, c)
	{
		struct store_account who = domain_account(&domain, people[p].who);
		for (size_t v = 0; v < sizeof circles / sizeof *circles; v++) {
			int least = circles[v] < circles[c] ? circles[v] : circles[c];
			enum verdict want = least >= people[p].from ? VERDICT_YES : VERDICT_NO;
			struct store_contact contact;
			struct store_holder holder;
			domain_set(&domain, "carol", SETTING_VISIBLE, circles[v]);
			domain_set(&domain, "carol", SETTING_FINDABLE, circles[c]);
			domain_set(&domain, "carol", SETTING_AUDIENCE, circles[c]);
			ck_assert_int_eq(
				rules_findable(&domain.rules, domain.arena, &carol, &who), want);
			if (!domain_find(&domain, people[p].who, "carol", &contact))
				continue;
			ck_assert_int_eq(store_holder_get(domain.store, domain.arena, who.id,
						 &carol, &holder),
				STORE_OK);
			ck_assert_int_eq(rules_audience(&domain.rules, &carol,
						 rules_audience_circle(&domain.rules, carol.id),
						 &history, 1, &holder, &contact,
						 vcard_from_xml_text(domain.arena, contact.card,
							 contact.card_len, NULL)),
				want);
		}
	}
}
END_TEST

START_TEST(the_shipped_rules_are_in_force_where_nothing_is_set)
{
	struct store_account carol = domain_account(&domain, "carol");
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_int_eq(rules_setting(&domain.rules, carol.id, (enum setting)s),
			domain.settings->defaults[s]);
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_NOBODY);
	ck_assert_int_eq(rules_setting(&domain.rules, carol.id, SETTING_VISIBLE), CIRCLE_NOBODY);
}
END_TEST

START_TEST(what_is_hidden_or_not_there_is_seen_by_nobody_else)
{
	struct store_account carol = domain_account(&domain, "carol");
	ck_assert_int_eq(sees("alice"), VERDICT_NO);
	meet();
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	ck_assert_int_eq(sees("alice"), VERDICT_YES);
	ck_assert_int_eq(
		profile_retract(&domain.rules, domain.arena, &carol, domain.now), PROFILE_OK);
	ck_assert_int_eq(sees("alice"), VERDICT_NO);
	ck_assert_int_eq(sees("carol"), VERDICT_YES);
}
END_TEST

static enum verdict shared(const char *sender, const char *receiver)
{
	struct store_account carol = domain_account(&domain, "carol"),
			     from = domain_account(&domain, sender),
			     to = domain_account(&domain, receiver);
	return rules_share(&domain.rules, domain.arena, &carol, &from, &to);
}

static enum verdict arrives(const char *sender, const char *receiver, bool is_agreed)
{
	struct store_account carol = domain_account(&domain, "carol"),
			     from = domain_account(&domain, sender),
			     to = domain_account(&domain, receiver);
	return rules_share_arrives(&domain.rules, domain.arena, &carol, &from, &to, is_agreed);
}

START_TEST(a_card_is_passed_on_where_its_subject_says_so_and_the_sender_may_see_it)
{
	meet();
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	domain_set(&domain, "carol", SETTING_SHARE, SHARE_NO);
	ck_assert_int_eq(shared("alice", "dave"), VERDICT_NO);
	domain_set(&domain, "carol", SETTING_SHARE, SHARE_YES);
	ck_assert_int_eq(shared("alice", "dave"), VERDICT_YES);
	ck_assert_int_eq(shared("alice", "grace@elsewhere.example"), VERDICT_NO);
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	ck_assert_int_eq(shared("alice", "bob"), VERDICT_YES);
	ck_assert_int_eq(shared("dave", "alice"), VERDICT_NO);
	ck_assert_int_eq(shared("carol", "alice"), VERDICT_YES);
}
END_TEST

START_TEST(a_card_arrives_where_the_receiver_may_see_it_and_blocks_no_sender)
{
	meet();
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_KNOWN);
	domain_set(&domain, "carol", SETTING_SHARE, SHARE_YES);
	ck_assert_int_eq(arrives("alice", "bob", false), VERDICT_YES);
	ck_assert_int_eq(arrives("carol", "alice", false), VERDICT_YES);
	/* Whom carol doesn't admit, she can agree to. What is told doesn't depend on him. */
	ck_assert_int_eq(arrives("alice", "dave", false), VERDICT_NO);
	ck_assert_int_eq(shared("alice", "dave"), VERDICT_YES);
	ck_assert_int_eq(arrives("alice", "dave", true), VERDICT_YES);
	ck_assert_int_eq(arrives("alice", "ivan", false), VERDICT_NO);
	ck_assert_int_eq(arrives("alice", "grace@elsewhere.example", true), VERDICT_NO);
	domain_list(&domain, "bob", LISTED_BLOCKED, "alice");
	ck_assert_int_eq(arrives("alice", "bob", false), VERDICT_NO);
	ck_assert_int_eq(arrives("alice", "bob", true), VERDICT_NO);
	ck_assert_int_eq(shared("alice", "bob"), VERDICT_YES);
	ck_assert_int_eq(arrives("bob", "alice", false), VERDICT_YES);
}
END_TEST

/* alice is of carol's group, dave is of another, erin of both. */
static void make_groups(void)
{
	static const char *const members[] = {
		"carol@example.org", "alice@example.org", "erin@example.org", "dave@example.org"};
	struct settings_group *group = settings_group_add(domain.settings, "one");
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(settings_list_add(&group->members, members[i]), 0);
	group = settings_group_add(domain.settings, "other");
	for (size_t i = 2; i < 4; i++)
		ck_assert_int_eq(settings_list_add(&group->members, members[i]), 0);
	ck_assert_int_eq(settings_groups_finish(domain.settings), 0);
}

START_TEST(nobody_sees_across_groups)
{
	make_groups();
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "dave", "carol", "A");
	domain_contact(&domain, "carol", "dave", "");
	domain_list(&domain, "carol", LISTED_CHOSEN, "dave");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	ck_assert_int_eq(sees("alice"), VERDICT_YES);
	ck_assert_int_eq(sees("erin"), VERDICT_YES);
	ck_assert_int_eq(sees("frank"), VERDICT_NO); /* of the domain, and of no group */
	ck_assert_int_eq(sees("carol"), VERDICT_YES);
	for (size_t c = 0; c < sizeof circles / sizeof *circles; c++) {
		domain_set(&domain, "carol", SETTING_VISIBLE, circles[c]);
		ck_assert_int_eq(sees("dave"), VERDICT_NO);
	}
}
END_TEST

START_TEST(a_card_is_not_passed_on_between_groups)
{
	struct store_account erin, alice, dave;
	make_groups();
	domain_profile(&domain, "erin", "B");
	domain_set(&domain, "erin", SETTING_VISIBLE, CIRCLE_EVERYONE);
	domain_set(&domain, "erin", SETTING_SHARE, SHARE_YES);
	erin = domain_account(&domain, "erin");
	alice = domain_account(&domain, "alice");
	dave = domain_account(&domain, "dave");
	ck_assert_int_eq(
		rules_visible(&domain.rules, domain.arena, &erin, NULL, &alice), VERDICT_YES);
	ck_assert_int_eq(
		rules_visible(&domain.rules, domain.arena, &erin, NULL, &dave), VERDICT_YES);
	ck_assert_int_eq(
		rules_share(&domain.rules, domain.arena, &erin, &alice, &dave), VERDICT_NO);
	ck_assert_int_eq(
		rules_share(&domain.rules, domain.arena, &erin, &erin, &dave), VERDICT_YES);
}
END_TEST

/* A contact written at a version with those numbers; is it known at another? carol had A, then B,
 * then C. */
static const struct {
	const char *numbers;
	int written, version;
	bool known;
	const char *why;
} known[] = {
	{"A", 1, 2, true, "it had her number before the change"},
	{"C", 0, 1, true, "even before she published it"},
	{"X", 1, 2, false, "another's number is none"},
	{"", 1, 2, false, "nor is none at all"},
	{"B", 2, 2, true, "written now, with a number that is current now"},
	{"A", 2, 2, false, "written now, with one that was former already"},
	{"A", 2, 3, true, "but at the next change that was before"},
	{"X A", 1, 3, true, "one of several is enough"},
};

START_TEST(known_is_who_had_a_number_before_the_change)
{
	struct history history;
	struct store_account carol = domain_account(&domain, "carol");
	struct store_contact contact = {.written = known[_i].written};
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_profile(&domain, "carol", "C");
	ck_assert_int_eq(
		store_history_get(domain.store, domain.arena, carol.id, &history), STORE_OK);
	ck_assert_msg(rules_is_known(&contact, numbers_card(domain.arena, known[_i].numbers),
			      &history, "GB", known[_i].version) == known[_i].known,
		"%s", known[_i].why);
}
END_TEST

START_TEST(a_card_with_a_block_of_guessed_numbers_is_no_known_one)
{
	struct history history;
	struct store_account carol = domain_account(&domain, "carol");
	struct store_contact contact = {.written = 0};
	struct vcard *card = numbers_card(domain.arena, "A");

	domain_profile(&domain, "carol", "A");
	ck_assert_int_eq(
		store_history_get(domain.store, domain.arena, carol.id, &history), STORE_OK);
	for (int i = 1; i < 20; i++)
		vcard_add(card, NULL, "TEL", "uri",
			arena_printf(domain.arena, "tel:+4420794600%02d", i));
	ck_assert(rules_is_known(&contact, card, &history, "GB", 1));
	vcard_add(card, NULL, "TEL", "uri", "tel:+442079460099");
	ck_assert(!rules_is_known(&contact, card, &history, "GB", 1));
}
END_TEST

START_TEST(what_was_added_is_for_mutual_holders)
{
	struct history history;
	struct store_account carol, bob, alice, erin;
	meet();
	carol = domain_account(&domain, "carol");
	bob = domain_account(&domain, "bob");
	alice = domain_account(&domain, "alice");
	erin = domain_account(&domain, "erin");
	ck_assert_int_eq(
		store_history_get(domain.store, domain.arena, carol.id, &history), STORE_OK);
	ck_assert_int_eq(rules_adds(&domain.rules, carol.id, &bob, &history, 0), VERDICT_YES);
	ck_assert_int_eq(rules_adds(&domain.rules, carol.id, &bob, &history, 1), VERDICT_NO);
	ck_assert_int_eq(rules_adds(&domain.rules, carol.id, &alice, &history, 0), VERDICT_NO);
	ck_assert_int_eq(rules_adds(&domain.rules, carol.id, &erin, &history, 0), VERDICT_YES);
}
END_TEST

START_TEST(a_holder_decides_on_updates)
{
	struct store_account alice = domain_account(&domain, "alice");
	const char *bob = "bob@example.org", *carol = "carol@example.org";
	ck_assert_int_eq(rules_updates(&domain.rules, alice.id, carol), VERDICT_YES);
	domain_list(&domain, "alice", LISTED_BLOCKED, "carol");
	ck_assert_int_eq(rules_updates(&domain.rules, alice.id, carol), VERDICT_NO);
	ck_assert_int_eq(rules_updates(&domain.rules, alice.id, bob), VERDICT_YES);
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_NEVER);
	ck_assert_int_eq(rules_updates(&domain.rules, alice.id, bob), VERDICT_NO);
}
END_TEST

START_TEST(a_store_that_fails_is_no_permission)
{
	struct store_account carol, alice;
	meet();
	carol = domain_account(&domain, "carol");
	alice = domain_account(&domain, "alice");
	store_turn_rollback(domain.store); /* outside a turn nothing works */
	ck_assert_int_eq(
		rules_visible(&domain.rules, domain.arena, &carol, NULL, &alice), VERDICT_ERROR);
	ck_assert_int_eq(
		rules_findable(&domain.rules, domain.arena, &carol, &alice), VERDICT_ERROR);
	ck_assert_int_eq(
		rules_share(&domain.rules, domain.arena, &carol, &alice, &alice), VERDICT_ERROR);
	ck_assert_int_eq(rules_updates(&domain.rules, alice.id, carol.jid), VERDICT_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tcase = tcase_create("design 4, Rules");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, circles_are_each_within_the_next);
	tcase_add_test(tcase, who_is_known_is_so_by_the_card_as_it_is);
	tcase_add_test(tcase, findable_and_audience_are_within_visible);
	tcase_add_test(tcase, the_shipped_rules_are_in_force_where_nothing_is_set);
	tcase_add_test(tcase, what_is_hidden_or_not_there_is_seen_by_nobody_else);
	tcase_add_test(
		tcase, a_card_is_passed_on_where_its_subject_says_so_and_the_sender_may_see_it);
	tcase_add_test(tcase, a_card_arrives_where_the_receiver_may_see_it_and_blocks_no_sender);
	tcase_add_test(tcase, nobody_sees_across_groups);
	tcase_add_test(tcase, a_card_is_not_passed_on_between_groups);
	tcase_add_loop_test(tcase, known_is_who_had_a_number_before_the_change, 0,
		(int)(sizeof known / sizeof *known));
	tcase_add_test(tcase, a_card_with_a_block_of_guessed_numbers_is_no_known_one);
	tcase_add_test(tcase, what_was_added_is_for_mutual_holders);
	tcase_add_test(tcase, a_holder_decides_on_updates);
	tcase_add_test(tcase, a_store_that_fails_is_no_permission);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
