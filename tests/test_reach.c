/* A change reaches every holder and nobody else: fan-out stanza by stanza, with anything at random
 * in between.
 *
 * KITH_SEED=N begins with what a failure named; KITH_ROUNDS=N plays so many of them. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/profile.h"
#include "tests/chance.h"
#include "tests/reach_world.h"

#define ROUNDS 120
#define OPERATIONS 120

/* What holders are owed is over where they are out, or want no words. */
static void rules_changed(struct reach *world)
{
	for (int s = 0; s < SUBJECTS; s++)
		for (int h = 0; h < HOLDERS; h++)
			if (!reach_admits(world, s, h) || !world->holders[s][h].pushes ||
				world->holders[s][h].updates != UPDATES_AUTO)
				world->subjects[s].links[h].owed = -1;
}

static void do_publish(struct reach *world, int s)
{
	struct reach_subject *subject = &world->subjects[s];
	int number = subject->highest + 1;

	if (subject->count == sizeof(subject->changes) / sizeof(subject->changes[0]))
		return;
	if (number == NUMBERS || (subject->count > 0 && below(3) == 0)) {
		if (subject->count == 0)
			return;
		number = subject->changes[below((int)subject->count)];
	} else {
		subject->highest = number;
	}
	reach_figures.changes++;
	fake_publish(world->fake, reach_subjects[s], s * 1000 + number);
	subject->hidden = false;
	if (subject->count > 0 && reach_current(subject) == number)
		return;
	subject->changes[subject->count++] = number;
	for (int h = 0; h < HOLDERS; h++)
		subject->links[h].is_behind = false;
}

static void do_hide(struct reach *world, int s)
{
	struct fake *fake = world->fake;
	struct store_account account;

	fake_begin(fake);
	account = fake_account(fake, reach_subjects[s]);
	profile_retract(&fake->service.rules, fake->arena, &account, fake->now);
	fake_commit(fake);
	world->subjects[s].hidden = true;
	rules_changed(world);
}

/* The subject's own rules, in the turn that is open; wider ones begin the run anew. */
static void end_rules(struct reach *world, int s, bool is_wider)
{
	struct fake *fake = world->fake;

	if (is_wider)
		ck_assert_int_ne(profile_rules_changed(&fake->service.rules, fake->arena,
					 world->subjects[s].account, fake->now),
			PROFILE_ERROR);
	fake_commit(fake);
	fanout_wake(fake->fanout);
	for (int h = 0; h < HOLDERS && is_wider; h++)
		world->subjects[s].links[h].is_behind = false;
	rules_changed(world);
}

static void do_audience(struct reach *world, int s)
{
	static const int circles[] = {CIRCLE_NOBODY, CIRCLE_KNOWN, CIRCLE_EVERYONE};
	struct reach_subject *subject = &world->subjects[s];
	int before = subject->audience < 0 ? world->audience : subject->audience;

	subject->audience = circles[below(3)];
	fake_begin(world->fake);
	ck_assert_int_eq(store_setting_put(world->fake->service.store, subject->account,
				 SETTING_AUDIENCE, subject->audience),
		STORE_OK);
	end_rules(world, s, subject->audience > before);
}

static void do_blocks(struct reach *world, int s)
{
	struct reach_subject *subject = &world->subjects[s];
	const char *jids[HOLDERS];
	size_t count = 0;
	bool is_wider = false;

	for (int h = 0; h < HOLDERS; h++) {
		bool was = subject->blocked[h];

		if (below(8) == 0)
			subject->blocked[h] = !was;
		is_wider |= was && !subject->blocked[h];
		if (subject->blocked[h])
			jids[count++] = reach_holder(world, s, h);
	}
	fake_begin(world->fake);
	ck_assert_int_eq(store_listed_put(world->fake->service.store, subject->account,
				 LISTED_BLOCKED, jids, count),
		STORE_OK);
	end_rules(world, s, is_wider);
}

/* The runs under way begin anew with it. */
static void do_conf(struct reach *world)
{
	static const int circles[] = {CIRCLE_NOBODY, CIRCLE_KNOWN, CIRCLE_EVERYONE};
	struct settings *settings = (struct settings *)world->fake->service.settings;
	bool before[SUBJECTS][HOLDERS];

	for (int s = 0; s < SUBJECTS; s++)
		for (int h = 0; h < HOLDERS; h++)
			before[s][h] = reach_admits(world, s, h);
	world->audience = circles[below(3)];
	settings->defaults[SETTING_AUDIENCE] = world->audience;
	for (int s = 0; s < SUBJECTS; s++) {
		struct store_run run;
		bool runs;

		fake_begin(world->fake);
		runs = store_run_get(world->fake->service.store, world->subjects[s].account,
			       &run) == STORE_OK;
		fake_commit(world->fake);
		for (int h = 0; h < HOLDERS && !runs; h++)
			world->subjects[s].links[h].is_behind |=
				!before[s][h] && reach_admits(world, s, h);
	}
	rules_changed(world);
	fanout_begin_anew(world->fake->fanout);
	reach_cards(world, true);
}

/* What he stores is brought along as it is stored. */
static void do_store(struct reach *world, int s, int h, int number)
{
	struct reach_link *link = &world->subjects[s].links[h];
	struct fake *fake = world->fake;

	fake_hold(fake, reach_subjects[s], h, 1, s * 1000 + number);
	fake_begin(fake);
	link->owner = fake_account(fake, reach_holder(world, s, h)).id;
	fake_commit(fake);
	if (!link->exists)
		*link = (struct reach_link){.owner = link->owner, .told_place = link->told_place};
	link->exists = true;
	link->has[number] = true;
	link->held = number;
	link->owed = link->told = link->told_in_window = -1;
	if (link->left_at > 0 && number != reach_current(&world->subjects[s]))
		link->left_at = 0; /* whether it stays is up to what he restored */
	link->is_behind = number != reach_current(&world->subjects[s]) || link->is_behind;
	reach_look_at_cards(world, false);
}

static void do_drop(struct reach *world, int s, int h)
{
	struct fake *fake = world->fake;
	struct store_account owner;
	struct store_event event;

	fake_begin(fake);
	owner = fake_account(fake, reach_holder(world, s, h));
	ck_assert_int_ne(book_retract(&fake->service.rules, fake->arena, &owner, reach_subjects[s],
				 fake->now, &event),
		BOOK_ERROR);
	fake_commit(fake);
	world->subjects[s].links[h].exists = false;
	world->subjects[s].links[h].owner = 0;
}

static void do_undo(struct reach *world, int s, int h)
{
	struct reach_subject *subject = &world->subjects[s];
	struct reach_link *link = &subject->links[h];
	struct fake *fake = world->fake;
	struct store_account owner;
	struct store_contact contact;
	struct store_profile profile;
	enum book_result result;

	fake_begin(fake);
	owner = fake_account(fake, reach_holder(world, s, h));
	result = book_undo(
		&fake->service.rules, fake->arena, &owner, reach_subjects[s], fake->now, &contact);
	ck_assert_int_eq(
		store_profile_get(fake->service.store, fake->arena, subject->account, &profile),
		STORE_OK);
	fake_commit(fake);
	if (result != BOOK_OK)
		return;
	link->owed = -1;
	/* Else a run is still to come to it. */
	link->left_at = contact.applied == profile.version ? subject->count : 0;
	reach_look_at_cards(world, false);
}

static void ignore_event(void *context, const struct store_event *event)
{
	(void)context;
	(void)event;
}

static void do_updates(struct reach *world, int s, int h)
{
	static const int values[] = {UPDATES_AUTO, UPDATES_AUTO, UPDATES_ASK, UPDATES_NEVER};
	struct reach_link *link = &world->subjects[s].links[h];
	struct reach_holder *holder = &world->holders[s][h];
	struct fake *fake = world->fake;
	struct store_account owner;

	holder->updates = values[below(4)];
	fake_begin(fake);
	owner = fake_account(fake, reach_holder(world, s, h));
	ck_assert_int_eq(
		store_setting_put(fake->service.store, owner.id, SETTING_UPDATES, holder->updates),
		STORE_OK);
	if (holder->updates != UPDATES_ASK)
		ck_assert_int_eq(
			store_matter_clear(fake->service.store, owner.id, MATTER_UPDATE), STORE_OK);
	if (holder->updates == UPDATES_AUTO)
		ck_assert_int_eq(
			book_catch_up(&fake->service.rules, &owner, fake->now, ignore_event, NULL),
			BOOK_OK);
	fake_commit(fake);
	link->owed = -1;
	reach_look_at_cards(world, false);
}

static void do_wants_pushes(struct reach *world, int s, int h)
{
	struct reach_holder *holder = &world->holders[s][h];
	struct fake *fake = world->fake;

	holder->pushes = !holder->pushes;
	fake_begin(fake);
	ck_assert_int_eq(store_setting_put(fake->service.store,
				 fake_account(fake, reach_holder(world, s, h)).id, SETTING_PUSHES,
				 holder->pushes ? PUSHES_ON : PUSHES_OFF),
		STORE_OK);
	fake_commit(fake);
	rules_changed(world);
}

static void do_see(struct reach *world, int s, int h)
{
	struct fake *fake = world->fake;
	struct xml *message = xml_new(fake->arena, NS_COMPONENT, "message");

	xml_set(fake->arena, message, "from", reach_holder(world, s, h));
	fanout_seen(fake->fanout, message);
	world->holders[s][h].paused = false;
}

/* The links of an account that ends lead nowhere: all is begun anew. */
static void do_erase(struct reach *world, int s)
{
	struct reach_subject *subject = &world->subjects[s];
	struct fake *fake = world->fake;

	fake_begin(fake);
	ck_assert_int_eq(
		store_account_erase(fake->service.store, subject->account, fake->now), STORE_OK);
	subject->account = fake_account(fake, reach_subjects[s]).id;
	fake_commit(fake);
	fanout_wake(fake->fanout);
	reach_turns(world); /* nothing of it is told */
	*subject = (struct reach_subject){.account = subject->account,
		.audience = -1,
		.highest = subject->highest,
		.hidden = true};
	do_publish(world, s);
	for (int h = 0; h < HOLDERS; h++) {
		do_drop(world, s, h);
		if (subject->count > 0 && below(3) > 0)
			do_store(world, s, h, reach_current(subject));
	}
}

static void do_something(struct reach *world)
{
	int s = below(SUBJECTS), h = below(HOLDERS), kind = below(100);
	struct reach_subject *subject = &world->subjects[s];

	if (kind < 10 || subject->count == 0)
		do_publish(world, s);
	else if (kind < 12)
		do_hide(world, s);
	else if (kind < 15)
		do_audience(world, s);
	else if (kind < 18)
		do_blocks(world, s);
	else if (kind < 20)
		do_conf(world);
	else if (kind < 23)
		do_store(world, s, h, subject->changes[below((int)subject->count)]);
	else if (kind < 24)
		do_drop(world, s, h);
	else if (kind < 30)
		do_undo(world, s, h);
	else if (kind < 34)
		do_updates(world, s, h);
	else if (kind < 36)
		do_wants_pushes(world, s, h);
	else if (kind < 38)
		do_see(world, s, h);
	else if (kind < 43 && world->fake->count > 0)
		reach_bounce(world, (size_t)below((int)world->fake->count), below(5) == 0);
	else if (kind < 48)
		reach_cut(world);
	else if (kind < 51)
		reach_crash(world);
	else if (kind < 58)
		reach_up(world);
	else if (kind < 61)
		reach_cards(world, false);
	else if (kind < 72)
		reach_cards(world, true);
	else if (kind < 84)
		reach_pushes(world, (size_t)below(400000));
	else if (kind < 99)
		reach_answer(world, below(6) == 0);
	else if (below(4) == 0)
		do_erase(world, s);
}
static void play(uint64_t number)
{
	struct reach world = {.number = number, .audience = CIRCLE_KNOWN};
	struct settings *settings;

	seed(number);
	world.fake = fake_new();
	settings = (struct settings *)world.fake->service.settings;
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->limits.push_per_holder = 1000;
	settings->limits.rates[RATE_CHANGE].account = 0;
	for (int s = 0; s < SUBJECTS; s++) {
		struct reach_subject *subject = &world.subjects[s];

		*subject = (struct reach_subject){.audience = -1};
		do_publish(&world, s);
		fake_begin(world.fake);
		subject->account = fake_account(world.fake, reach_subjects[s]).id;
		fake_commit(world.fake);
		for (int h = 0; h < HOLDERS; h++) {
			world.holders[s][h] =
				(struct reach_holder){.updates = UPDATES_AUTO, .pushes = true};
			do_store(&world, s, h, reach_current(subject));
		}
	}
	reach_up(&world);
	for (world.operation = 0; world.operation < OPERATIONS; world.operation++) {
		do_something(&world);
		arena_reset(world.fake->arena);
	}
	reach_end(&world);
	free(world.pushes);
	fake_free(world.fake);
}

static int rounds(void)
{
	const char *text = getenv("KITH_ROUNDS");

	return text ? atoi(text) : ROUNDS;
}

START_TEST(whatever_happens_all_who_may_get_the_newest_and_nobody_else_does)
{
	for (int i = 0; i < rounds(); i++)
		play(first_seed() + (uint64_t)i);
	printf("interleavings: %d, changes: %lu, pushes: %lu, cuts: %lu, crashes: %lu, "
	       "rollbacks: %lu, bounces: %lu, repeats: %lu, lost: 0, forbidden: 0\n",
		rounds(), reach_figures.changes, reach_figures.pushes, reach_figures.cuts,
		reach_figures.crashes, reach_figures.rollbacks, reach_figures.bounces,
		reach_figures.repeats);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tcase = tcase_create("design 4");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 3600);
	tcase_add_test(tcase, whatever_happens_all_who_may_get_the_newest_and_nobody_else_does);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
