/* Runs: design, section 4, "A run" and "Two cursors", and the story of a number that changes. */
#include "config.h"

#include "common/xml.h"
#include "component/gather.h"
#include "component/push.h"
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

static bool find_run(const char *name, struct store_run *run)
{
	return store_run_get(domain.store, domain_account(&domain, name).id, run) == STORE_OK;
}

static struct run_progress step(const char *name, size_t max)
{
	struct run_progress progress;
	ck_assert_int_eq(run_step(&domain.rules, domain.arena, domain_account(&domain, name).id,
				 max, domain.now, domain.now, &progress),
		STORE_OK);
	return progress;
}

static const char *holder(int i)
{
	return arena_printf(domain.arena, "h%02d", i);
}

/* The text of a push that replaces one mobile by another. */
static const char *text(const char *who, const char *from, const char *to)
{
	struct phone a, b;
	phone_read(&a, number_uri(domain.arena, from), "GB");
	phone_read(&b, number_uri(domain.arena, to), "GB");
	return arena_printf(domain.arena, "%s: mobile %s is now %s\n", who, a.display, b.display);
}

START_TEST(the_story_of_a_number_that_changes)
{
	struct store_contact before, after;
	domain_profile(&domain, "carol", "A b");
	domain_contact(&domain, "alice", "carol", "A b x");
	domain_contact(&domain, "bob", "carol", "A'");
	domain_contact(&domain, "dave", "carol", "");
	ck_assert(domain_find(&domain, "alice", "carol", &before));
	domain_profile(&domain, "carol", "C b");
	ck_assert_uint_eq(domain_run(&domain, "carol", 1), 2);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "C b x");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "C'");
	ck_assert_str_eq(domain_card(&domain, "dave", "carol"), "");
	ck_assert(domain_find(&domain, "alice", "carol", &after));
	ck_assert_int_gt(after.version, before.version);
	ck_assert_int_eq(after.id, before.id);
	ck_assert_str_eq(domain_push(&domain, "carol"),
		arena_printf(domain.arena, "%s%s", text("alice", "A", "C"), text("bob", "A", "C")));
	struct store_run run;
	ck_assert(!find_run("carol", &run));

	domain_profile(&domain, "carol", "C");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "C b* x");
	ck_assert_ptr_nonnull(strstr(domain_push(&domain, "carol"), "is no longer in use"));
}
END_TEST

START_TEST(without_links_a_first_profile_starts_no_run_and_a_change_one_of_nothing)
{
	struct store_run run;
	struct run_progress progress;
	domain_profile(&domain, "carol", "A");
	ck_assert(!find_run("carol", &run));
	domain_profile(&domain, "carol", "B");
	ck_assert(find_run("carol", &run));
	ck_assert_int_eq(run_step(&domain.rules, domain.arena, domain_account(&domain, "carol").id,
				 8, domain.now, domain.now, &progress),
		STORE_OK);
	ck_assert(progress.cards_finished);
	ck_assert_uint_eq(progress.updated, 0);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
	ck_assert(!find_run("carol", &run));
	ck_assert_int_eq(run_step(&domain.rules, domain.arena, domain_account(&domain, "carol").id,
				 8, domain.now, domain.now, &(struct run_progress){0}),
		STORE_NONE);
	ck_assert_int_eq(run_pushed(&domain.rules, domain.arena,
				 domain_account(&domain, "carol").id, 8, domain.now),
		STORE_NONE);
}
END_TEST

START_TEST(a_first_publication_reaches_mutual_holders)
{
	domain_contact(&domain, "alice", "carol", "");
	domain_contact(&domain, "bob", "carol", "");
	domain_contact(&domain, "carol", "alice", "");
	domain_profile(&domain, "carol", "A");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "");
	ck_assert_ptr_nonnull(strstr(domain_push(&domain, "carol"), "alice: new: mobile"));
}
END_TEST

START_TEST(batches_go_on_where_the_last_one_ended)
{
	struct store_run run;
	domain_profile(&domain, "carol", "A");
	for (int i = 0; i < 10; i++)
		domain_contact(&domain, holder(i), "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert(find_run("carol", &run));
	ck_assert_int_eq(run.cards_done, 0);
	for (int i = 0; i < 3; i++) {
		struct run_progress progress = step("carol", 3);
		ck_assert_uint_eq(progress.looked_at, 3);
		ck_assert_uint_eq(progress.updated, 3);
		ck_assert(!progress.cards_finished);
	}
	/* A younger link is none of the run's: it came up to date when it was made. */
	domain_contact(&domain, "young", "carol", "A B");
	ck_assert_str_eq(domain_card(&domain, "young", "carol"), "B");
	ck_assert_str_eq(domain_card(&domain, holder(9), "carol"), "A");
	struct run_progress progress = step("carol", 3);
	ck_assert_uint_eq(progress.looked_at, 1);
	ck_assert(progress.cards_finished);
	ck_assert_str_eq(domain_card(&domain, holder(9), "carol"), "B");
}
END_TEST

START_TEST(a_newer_change_overtakes_and_nobody_is_told_an_older_number)
{
	struct store_run run;
	const char *pushes;
	domain_profile(&domain, "carol", "A");
	for (int i = 0; i < 4; i++)
		domain_contact(&domain, holder(i), "carol", "A");
	domain_profile(&domain, "carol", "B");
	step("carol", 2);
	domain_profile(&domain, "carol", "C");
	ck_assert(find_run("carol", &run));
	ck_assert_int_eq(run.version, 3);
	ck_assert_int_eq(run.cards_done, 0);
	ck_assert_uint_eq(domain_run(&domain, "carol", 3), 4);
	pushes = domain_push(&domain, "carol");
	for (int i = 0; i < 4; i++) {
		ck_assert_str_eq(domain_card(&domain, holder(i), "carol"), "C");
		ck_assert_ptr_nonnull(strstr(pushes, text(holder(i), i < 2 ? "B" : "A", "C")));
	}
	ck_assert_ptr_null(strstr(pushes, text(holder(0), "A", "B")));
}
END_TEST

START_TEST(what_another_run_pushed_isnt_pushed_again)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	ck_assert_str_ne(domain_push(&domain, "carol"), "");
	domain_profile(&domain, "carol", "B x");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
}
END_TEST

START_TEST(pushes_repeat_from_the_second_cursor)
{
	struct store_account carol = domain_account(&domain, "carol");
	struct domain_pushes first = {&domain, "", 0}, again = {&domain, "", 0};
	struct store_run run;
	domain_profile(&domain, "carol", "A");
	for (int i = 0; i < 5; i++)
		domain_contact(&domain, holder(i), "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	ck_assert(find_run("carol", &run));
	ck_assert_int_eq(run_pushes(&domain.rules, domain.arena, carol.id, run.pushes_done, 3,
				 domain_push_row, &first),
		STORE_OK);
	ck_assert_int_eq(run_pushes(&domain.rules, domain.arena, carol.id, run.pushes_done, 3,
				 domain_push_row, &again),
		STORE_OK);
	ck_assert_str_eq(first.words, again.words);
	ck_assert_int_eq(run_pushed(&domain.rules, domain.arena, carol.id, first.last, domain.now),
		STORE_OK);
	ck_assert_int_eq(
		run_pushed(&domain.rules, domain.arena, carol.id, 0, domain.now), STORE_OK);
	ck_assert(find_run("carol", &run));
	ck_assert_int_eq(run.pushes_done, first.last); /* it never goes back */
	ck_assert_str_eq(domain_push(&domain, "carol"),
		arena_printf(domain.arena, "%s%s", text(holder(3), "A", "B"),
			text(holder(4), "A", "B")));
	ck_assert(!find_run("carol", &run));
}
END_TEST

START_TEST(a_push_is_skipped_where_it_is_no_longer_so)
{
	struct store_event event;
	struct store_contact contact;
	domain_profile(&domain, "carol", "A");
	for (int i = 0; i < 7; i++)
		domain_contact(&domain, holder(i), "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	struct store_account h0 = domain_account(&domain, holder(0));
	struct store_account h1 = domain_account(&domain, holder(1));
	struct store_account h5 = domain_account(&domain, holder(5));
	/* 0 takes it back, and writes the new number himself; 1 has removed the contact; 2 wants no
	 * updates; 3 has taken the number out; 4 has edited the note; 5 has removed the contact and
	 * made it anew. */
	ck_assert_int_eq(book_undo(&domain.rules, domain.arena, &h0, "carol@example.org",
				 domain.now, &contact),
		BOOK_OK);
	domain_contact(&domain, holder(0), "carol", "B");
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &h1, "carol@example.org",
				 domain.now, &event),
		BOOK_OK);
	domain_set(&domain, holder(2), SETTING_UPDATES, UPDATES_NEVER);
	domain_contact(&domain, holder(3), "carol", "x");
	domain_contact(&domain, holder(4), "carol", "B x");
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &h5, "carol@example.org",
				 domain.now, &event),
		BOOK_OK);
	domain_contact(&domain, holder(5), "carol", "B");
	ck_assert_str_eq(domain_push(&domain, "carol"),
		arena_printf(domain.arena, "%s%s", text(holder(4), "A", "B"),
			text(holder(6), "A", "B")));
}
END_TEST

START_TEST(a_narrower_rule_holds_at_once)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_contact(&domain, "bob", "carol", "A");
	domain_profile(&domain, "carol", "B");
	step("carol", 1);
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_NOBODY);
	domain_run(&domain, "carol", 1);
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "A");
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
}
END_TEST

START_TEST(taking_back_before_the_next_change_came_leaves_that_to_come)
{
	struct store_account alice = domain_account(&domain, "alice");
	struct store_contact contact;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	domain_profile(&domain, "carol", "C");
	ck_assert_int_eq(book_undo(&domain.rules, domain.arena, &alice, "carol@example.org",
				 domain.now, &contact),
		BOOK_OK);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "C");
}
END_TEST

START_TEST(who_is_asked_keeps_the_card_and_is_told_what_would_change)
{
	struct store_contact before, after;
	domain_profile(&domain, "carol", "A");
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_ASK);
	domain_contact(&domain, "alice", "carol", "A");
	domain_contact(&domain, "bob", "carol", "A");
	ck_assert(domain_find(&domain, "alice", "carol", &before));
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 1), 2);
	ck_assert(domain_find(&domain, "alice", "carol", &after));
	ck_assert_int_eq(after.version, before.version);
	ck_assert_int_eq(after.applied, before.applied);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "B");
	ck_assert_str_eq(domain_push(&domain, "carol"),
		arena_printf(domain.arena, "%s%s", text("alice", "A", "B"), text("bob", "A", "B")));
}
END_TEST

START_TEST(only_the_newest_proposal_is_pushed)
{
	domain_profile(&domain, "carol", "A");
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_ASK);
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	domain_profile(&domain, "carol", "C");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_push(&domain, "carol"), text("alice", "A", "C"));
}
END_TEST

START_TEST(who_blocks_the_subject_is_proposed_nothing)
{
	const char *blocked[] = {"carol@example.org"};
	domain_profile(&domain, "carol", "A");
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_ASK);
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_int_eq(store_listed_put(domain.store, domain_account(&domain, "alice").id,
				 LISTED_BLOCKED, blocked, 1),
		STORE_OK);
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
}
END_TEST

START_TEST(a_run_that_is_held_does_no_card_before_its_time)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_set(&domain, "carol", SETTING_HOLD, 60);
	domain_profile(&domain, "carol", "B");
	domain.now += 59;
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	/* The client of a holder writes the card anew: that is no way around. */
	domain_contact(&domain, "alice", "carol", "A x");
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A x");
	domain.now++;
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B x");
}
END_TEST

START_TEST(a_look_costs_no_write)
{
	struct store_contact before, after;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	ck_assert(domain_find(&domain, "alice", "carol", &before));
	ck_assert_int_eq(profile_rules_changed(&domain.rules, domain.arena,
				 domain_account(&domain, "carol").id, domain.now),
		PROFILE_OK);
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	ck_assert(domain_find(&domain, "alice", "carol", &after));
	ck_assert_int_eq(after.version, before.version);
}
END_TEST

START_TEST(a_store_that_fails_is_told)
{
	int64_t carol = domain_account(&domain, "carol").id;
	struct run_progress progress;
	struct domain_pushes pushes = {&domain, "", 0};
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	store_turn_rollback(domain.store);
	ck_assert_int_eq(run_start(&domain.rules, domain.arena, carol, 2, domain.now), STORE_ERROR);
	ck_assert_int_eq(
		run_step(&domain.rules, domain.arena, carol, 8, domain.now, domain.now, &progress),
		STORE_ERROR);
	ck_assert_int_eq(
		run_pushes(&domain.rules, domain.arena, carol, 0, 8, domain_push_row, &pushes),
		STORE_ERROR);
	ck_assert_int_eq(
		run_pushed(&domain.rules, domain.arena, carol, 1, domain.now), STORE_ERROR);
}
END_TEST

/* ---- "Not too many" ---- */

/* Each of carol, dave, erin has a profile, and alice holds them all; all change. */
static void all_change(int n)
{
	static const char *const names[] = {"carol", "dave", "erin"};
	static const char *const numbers[][3] = {
		{"A", "B", "C"}, {"D", "E", "F"}, {"G", "H", "I"}, {"J", "K", "L"}};
	for (int i = 0; i < 3; i++) {
		domain_profile(&domain, names[i], numbers[n][i]);
		if (n == 0)
			domain_contact(&domain, "alice", names[i], numbers[n][i]);
		domain_run(&domain, names[i], 8);
	}
}

static size_t words(void)
{
	size_t count = 0;
	static const char *const names[] = {"carol", "dave", "erin"};
	for (int i = 0; i < 3; i++)
		count += strncmp(domain_push(&domain, names[i]), "alice: ", 7) == 0;
	return count;
}

/* Alice is told the summary that is due; false: none is. */
static bool tell(struct gather_summary *summary)
{
	struct store_account due[2];
	size_t count;
	ck_assert_int_eq(store_summary_list(domain.store, domain.arena, domain.now, due, 2, &count),
		STORE_OK);
	if (count == 0)
		return false;
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(due[0].jid, "alice@example.org");
	ck_assert_int_eq(gather_look(&domain.rules, &due[0], summary), STORE_OK);
	ck_assert_int_eq(
		gather_told(&domain.rules, due[0].id, summary->what.newest, true, domain.now),
		STORE_OK);
	return true;
}

/* The contacts that the summary due says; -1: none is. */
static int64_t summary(void)
{
	struct gather_summary told;
	return tell(&told) ? told.what.contacts : -1;
}

START_TEST(pushes_over_the_limit_of_a_day_are_gathered)
{
	struct store_contact contact;
	struct store_account alice = domain_account(&domain, "alice");
	domain.settings->limits.push_per_holder = 4;
	all_change(0);
	all_change(1);
	ck_assert_uint_eq(words(), 3);
	domain.now += 80000;
	all_change(2);
	ck_assert_uint_eq(words(), 1);
	all_change(3);
	ck_assert_uint_eq(words(), 0);
	ck_assert_int_eq(summary(), -1);
	domain.now += 6399;
	ck_assert_int_eq(summary(), -1);
	domain.now += 1;
	all_change(1); /* a day is over, but those that wait come first */
	ck_assert_uint_eq(words(), 0);
	ck_assert_int_eq(book_undo(&domain.rules, domain.arena, &alice, "dave@example.org",
				 domain.now, &contact),
		BOOK_OK);
	ck_assert_int_eq(summary(), 3);
	ck_assert_int_eq(summary(), -1);
	all_change(2);
	ck_assert_uint_eq(words(), 3); /* with the summary four */
	all_change(3);
	domain.now += 86400;
	ck_assert_int_eq(summary(), 3);
}
END_TEST

/* Also where they are read, and worked on, in one step. */
START_TEST(each_link_of_a_holder_counts)
{
	struct store_account alice = domain_account(&domain, "alice");
	struct store_contact contact;
	struct store_told told;
	domain.settings->limits.push_per_holder = 2;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert(domain_find(&domain, "alice", "carol", &contact));
	for (int i = 0; i < 3; i++) {
		contact.id = 0;
		contact.item = arena_printf(domain.arena, "urn:uuid:%d", i);
		ck_assert_int_eq(store_contact_put(domain.store, &contact), STORE_OK);
	}
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 4);
	ck_assert_int_eq(store_told_get(domain.store, alice.id, &told), STORE_OK);
	ck_assert_int_eq(told.count, 2);
	ck_assert_int_eq(told.summary_at, domain.now + 86400);
	domain.now += 86400;
	ck_assert_int_eq(summary(), 2);
}
END_TEST

/* As after an upgrade: the card is as it was left, and it isn't noted that its holder is known. */
START_TEST(who_is_not_noted_as_known_is_asked_for_by_his_card)
{
	struct store_contact contact;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert(domain_find(&domain, "alice", "carol", &contact));
	ck_assert(contact.known);
	contact.known = false;
	ck_assert_int_eq(store_contact_mark(domain.store, &contact), STORE_OK);
	ck_assert_ptr_nonnull(strstr(domain_push(&domain, "carol"), "alice: mobile"));
}
END_TEST

START_TEST(what_is_gathered_and_taken_back_or_removed_is_not_told)
{
	struct store_contact contact;
	struct store_event event;
	struct store_account alice = domain_account(&domain, "alice");
	domain.settings->limits.push_per_holder = 1;
	all_change(0);
	all_change(1);
	ck_assert_int_eq(book_undo(&domain.rules, domain.arena, &alice, "dave@example.org",
				 domain.now, &contact),
		BOOK_OK);
	domain.now += 86400;
	ck_assert_int_eq(summary(), 1);
	all_change(2);
	all_change(3);
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &alice, "erin@example.org",
				 domain.now, &event),
		BOOK_OK);
	domain.now += 86400;
	ck_assert_int_eq(summary(), 2);
}
END_TEST

START_TEST(proposals_over_the_limit_are_gathered_too)
{
	struct gather_summary taken;
	char id[PUSH_ID_SIZE] = "x";

	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_ASK);
	domain.settings->limits.push_per_holder = 2;
	all_change(0);
	all_change(1);
	ck_assert_uint_eq(words(), 2);
	all_change(2);
	ck_assert_uint_eq(words(), 0);
	domain.now += 86400;
	ck_assert(tell(&taken));
	ck_assert_int_eq(taken.what.contacts, 0);
	ck_assert_int_eq(taken.what.proposals, 3);
	ck_assert_ptr_nonnull(
		strstr(xml_to_string(domain.arena,
			       push_summary(domain.arena, "kith.example.org", id, &taken), NULL),
			"<body>Changes of your contacts that wait for your answer: 3. "
			"xmpp:kith.example.org?command;node=matters</body>"));
}
END_TEST

START_TEST(who_wants_no_pushes_gets_the_headline_alone)
{
	all_change(0);
	domain_set(&domain, "alice", SETTING_PUSHES, PUSHES_OFF);
	all_change(1);
	ck_assert_int_eq(strncmp(domain_push(&domain, "carol"), "(alice: ", 8), 0);
	domain.settings->limits.push_per_holder = 1;
	domain_set(&domain, "alice", SETTING_PUSHES, PUSHES_ON);
	all_change(2); /* what was not told doesn't count */
	ck_assert_uint_eq(words(), 1);
	domain_set(&domain, "alice", SETTING_PUSHES, PUSHES_OFF);
	domain.now += 86400;
	ck_assert_int_eq(summary(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run");
	TCase *tcase = tcase_create("design 4, A run");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_story_of_a_number_that_changes);
	tcase_add_test(
		tcase, without_links_a_first_profile_starts_no_run_and_a_change_one_of_nothing);
	tcase_add_test(tcase, a_first_publication_reaches_mutual_holders);
	tcase_add_test(tcase, batches_go_on_where_the_last_one_ended);
	tcase_add_test(tcase, a_newer_change_overtakes_and_nobody_is_told_an_older_number);
	tcase_add_test(tcase, a_narrower_rule_holds_at_once);
	tcase_add_test(tcase, taking_back_before_the_next_change_came_leaves_that_to_come);
	tcase_add_test(tcase, who_is_asked_keeps_the_card_and_is_told_what_would_change);
	tcase_add_test(tcase, only_the_newest_proposal_is_pushed);
	tcase_add_test(tcase, who_blocks_the_subject_is_proposed_nothing);
	tcase_add_test(tcase, a_run_that_is_held_does_no_card_before_its_time);
	tcase_add_test(tcase, a_look_costs_no_write);
	tcase_add_test(tcase, a_store_that_fails_is_told);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("design 4, Two cursors");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_another_run_pushed_isnt_pushed_again);
	tcase_add_test(tcase, pushes_repeat_from_the_second_cursor);
	tcase_add_test(tcase, a_push_is_skipped_where_it_is_no_longer_so);
	tcase_add_test(tcase, pushes_over_the_limit_of_a_day_are_gathered);
	tcase_add_test(tcase, each_link_of_a_holder_counts);
	tcase_add_test(tcase, who_is_not_noted_as_known_is_asked_for_by_his_card);
	tcase_add_test(tcase, what_is_gathered_and_taken_back_or_removed_is_not_told);
	tcase_add_test(tcase, proposals_over_the_limit_are_gathered_too);
	tcase_add_test(tcase, who_wants_no_pushes_gets_the_headline_alone);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
