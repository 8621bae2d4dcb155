/* What the vCard of an ordinary client has no more is not given up by that: its owner is asked
 * (design: section 4, "History"). */
#include "tests/owner_tests.h"

/* carol has used Kith, so that her changes go; alice has all of her numbers. */
static void set_up(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_FIRST_CHANGE] = FIRST_CHANGE_GO;
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	edit(CELL, HOME, WORK);
	hold_card(ALICE, HOME);
	dialogue_run(dialogue);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

/* carol's client writes that, and she is asked: the token. */
static char *asked(const char *cell, const char *home, const char *work, const char *words)
{
	const char *sent = edit(cell, home, work);

	expect_has(sent, "<body>Your vCard no longer has ");
	expect_has(sent, words);
	expect_offer(sent);
	ck_assert_uint_eq(dialogue_count(sent, "<body>"), 1);
	return token_of(sent);
}

static void not_asked(const char *cell, const char *home, const char *work)
{
	expect_lacks(edit(cell, home, work), "<body>");
}

#define HOME_WORDS "home +44 20 7946 0123"
#define WORK_WORDS "work +44 20 7946 0999"

static const char *profile(void)
{
	return read_item(CAROL, "urn:xmpp:vcard4");
}

static enum number_state state_of(const char *identity)
{
	struct store_account carol = carol_row();
	struct arena *arena = arena_new(0);
	struct history history;
	enum number_state state;

	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	ck_assert_int_eq(
		store_history_get(dialogue_store(dialogue), arena, carol.id, &history), STORE_OK);
	ck_assert_ptr_nonnull(history_find(&history, identity));
	state = history_find(&history, identity)->state;
	store_turn_rollback(dialogue_store(dialogue));
	arena_free(arena);
	return state;
}

/* ---- The question ---- */

START_TEST(what_a_client_leaves_out_is_asked_about_and_stays)
{
	const char *sent = edit_by((enum way)_i, CELL, NULL, WORK);

	expect_has(sent,
		"<body>Your vCard no longer has " HOME_WORDS ". Is that number given up? Answer "
		"\"yes\", and the address books of others mark it as no longer in use, or "
		"\"no\", and it stays in your profile. ");
	expect_offer(sent);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(profile(), HOME);
	expect_lacks(card_of(ALICE), "x-retired");
	ck_assert_int_eq(state_of(HOME), NUMBER_CURRENT);
	is_sound();
}
END_TEST

START_TEST(several_numbers_are_one_question)
{
	char *token = asked(CELL, NULL, NULL, HOME_WORDS ", " WORK_WORDS ". Are these numbers");

	expect_has(select_action(CAROL, "yes", token),
		"<body>Given up: " HOME_WORDS ", " WORK_WORDS ".");
	ck_assert_int_eq(state_of(HOME), NUMBER_RETIRED);
	ck_assert_int_eq(state_of(WORK), NUMBER_RETIRED);
	free(token);
}
END_TEST

START_TEST(the_same_vcard_again_is_no_new_question)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	for (int i = 0; i < 3; i++)
		not_asked(CELL, NULL, WORK);
	expect_has(select_action(CAROL, "yes", token), "<body>Given up: ");
	free(token);
}
END_TEST

START_TEST(a_number_that_another_takes_the_place_of_is_not_missing)
{
	not_asked(CELL, "+442079460124", WORK);
	ck_assert_int_eq(state_of(HOME), NUMBER_REPLACED);
}
END_TEST

START_TEST(when_more_is_missing_one_question_is_about_all)
{
	char *old = asked(CELL, NULL, WORK, HOME_WORDS ". Is that"), *new;

	new = asked(CELL, NULL, NULL, HOME_WORDS ", " WORK_WORDS ". Are these");
	expect_has(select_action(CAROL, "yes", old), "That is no longer open.");
	expect_has(write_to_service(CAROL, "no"), "<body>Your profile still has ");
	expect_has(select_action(CAROL, "yes", new), "That is no longer open.");
	free(old);
	free(new);
}
END_TEST

START_TEST(when_less_is_missing_the_question_is_about_the_rest)
{
	char *old = asked(CELL, NULL, NULL, HOME_WORDS ", " WORK_WORDS), *new;

	new = asked(CELL, NULL, WORK, HOME_WORDS ". Is that");
	expect_has(select_action(CAROL, "yes", old), "That is no longer open.");
	expect_has(select_action(CAROL, "yes", new), "<body>Given up: " HOME_WORDS ".");
	ck_assert_int_eq(state_of(WORK), NUMBER_CURRENT);
	free(old);
	free(new);
}
END_TEST

START_TEST(what_is_there_again_is_not_asked_about_any_more)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	not_asked(CELL, HOME, WORK);
	expect_has(select_action(CAROL, "yes", token), "That is no longer open.");
	expect_has(write_to_service(CAROL, "yes"), "Nothing waits ");
	ck_assert_int_eq(state_of(HOME), NUMBER_CURRENT);
	free(token);
	free(asked(CELL, NULL, WORK, HOME_WORDS));
}
END_TEST

START_TEST(a_question_without_an_answer_is_not_asked_again)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	dialogue_set_time(dialogue, BEGIN + 30 * DAY);
	expect_has(write_to_service(CAROL, "yes"), "Nothing waits ");
	not_asked(CELL, NULL, WORK);
	expect_has(profile(), HOME);
	free(token);
	/* With a further one there is something to ask. */
	free(asked(CELL, NULL, NULL, HOME_WORDS ", " WORK_WORDS));
}
END_TEST

/* ---- The answer ---- */

START_TEST(yes_gives_the_number_up)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);
	const char *sent = answer((enum answered)_i, "yes", token);

	expect_has(sent, "Given up: " HOME_WORDS ".");
	expect_has(sent, "type=\"headline\"");
	expect_has(dialogue_run(dialogue), "is no longer in use.");
	expect_has(card_of(ALICE), "x-retired");
	expect_lacks(profile(), HOME);
	expect_has(profile(), WORK);
	ck_assert_int_eq(state_of(HOME), NUMBER_RETIRED);
	is_sound();
	expect_has(select_action(CAROL, "yes", token), "That is no longer open.");
	not_asked(CELL, NULL, WORK);
	free(token);
}
END_TEST

START_TEST(no_keeps_it_and_it_is_not_asked_again)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	expect_has(answer((enum answered)_i, "no", token), "Your profile still has " HOME_WORDS);
	ck_assert_str_eq(dialogue_run(dialogue), "");
	not_asked(CELL, NULL, WORK);
	not_asked(CELL_2, NULL, WORK);
	expect_has(profile(), HOME);
	expect_has(execute(CAROL, "matters", "", ""), "Nothing waits ");
	is_sound();
	free(token);
	/* Another one is another matter; and this one again, once it was back. */
	token = asked(CELL_2, NULL, NULL, "no longer has " WORK_WORDS ". Is that");
	select_action(CAROL, "no", token);
	free(token);
	not_asked(CELL_2, HOME, NULL);
	free(asked(CELL_2, NULL, NULL, "no longer has " HOME_WORDS ". Is that"));
}
END_TEST

START_TEST(giving_up_can_be_taken_back_where_changes_are_held)
{
	dialogue_settings(dialogue)->defaults[SETTING_HOLD] = 600;
	free(asked(CELL, NULL, WORK, HOME_WORDS));
	expect_has(write_to_service(CAROL, "yes"), "answer \"take back\" before.");
	expect_has(write_to_service(CAROL, "take back"), "Taken back: ");
	ck_assert_int_eq(state_of(HOME), NUMBER_CURRENT);
	expect_has(profile(), HOME);
	is_sound();
}
END_TEST

START_TEST(a_change_too_much_for_today_can_be_answered_tomorrow)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	dialogue_settings(dialogue)->limits.rates[RATE_CHANGE] = (struct settings_rate){1, 0};
	expect_has(select_action(CAROL, "yes", token), "<body>Too many changes of numbers: ");
	ck_assert_int_eq(state_of(HOME), NUMBER_CURRENT);
	dialogue_set_time(dialogue, BEGIN + 2 * DAY);
	expect_has(select_action(CAROL, "yes", token), "<body>Given up: ");
	free(token);
}
END_TEST

START_TEST(what_is_hidden_stays_hidden)
{
	char *token = asked(CELL, NULL, WORK, HOME_WORDS);

	dialogue_say(dialogue,
		"<iq type='set' id='p' from='" CAROL "/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:vcard4'>"
		"<item id='" CAROL "'/></retract></pubsub></iq>");
	expect_has(select_action(CAROL, "yes", token), "<retract ");
	expect_has(read_item(ALICE, "urn:xmpp:vcard4"), "item-not-found");
	ck_assert_int_eq(state_of(HOME), NUMBER_RETIRED);
	free(token);
}
END_TEST

/* ---- Her own word ---- */

START_TEST(a_profile_by_her_own_hand_answers_the_question)
{
	char *token = asked(NULL, HOME, WORK, "mobile +44 7700 900123");

	/* It has the number that was asked about, and no other. */
	publish(CAROL, "urn:xmpp:vcard4", CAROL, "Carol", CELL);
	expect_has(select_action(CAROL, "yes", token), "That is no longer open.");
	ck_assert_int_eq(state_of(CELL), NUMBER_CURRENT);
	ck_assert_int_eq(state_of(HOME), NUMBER_RETIRED);
	not_asked(NULL, NULL, NULL);
	is_sound();
	free(token);
}
END_TEST

START_TEST(a_change_is_asked_about_before_what_is_missing)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_FIRST_CHANGE] = FIRST_CHANGE_ASK;
	free(asked(CELL, HOME, NULL, WORK_WORDS));
	sent = edit(CELL_2, NULL, NULL);
	ck_assert_uint_eq(dialogue_count(sent, "<body>"), 1);
	expect_has(sent, "<body>Your numbers changed: ");
	sent = write_to_service(CAROL, _i ? "yes" : "no");
	ck_assert_uint_eq(dialogue_count(sent, "<body>"), 2);
	expect_has(sent, "<body>Your vCard no longer has " HOME_WORDS ", " WORK_WORDS ". Are");
	expect_has(write_to_service(CAROL, "yes"), "<body>Given up: ");
	is_sound();
}
END_TEST

START_TEST(an_account_ends_with_what_it_lacked)
{
	free(asked(CELL, NULL, WORK, HOME_WORDS));
	dialogue_say(dialogue, "<iq type='set' id='r' from='" CAROL "/r' to='kith.example.org'>"
			       "<query xmlns='jabber:iq:register'><remove/></query></iq>");
	is_sound();
	expect_has(write_to_service(CAROL, "yes"), "Nothing waits ");
}
END_TEST

START_TEST(an_export_has_what_was_missing)
{
	free(asked(CELL, NULL, WORK, HOME_WORDS));
	expect_has(complete(CAROL, "export", "<field var='format'><value>json</value></field>"),
		"{\"number\": \"" HOME "\", \"state\": ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("missing numbers");
	TCase *tcase = add_case(suite, "the question", set_up, tear_down);

	tcase_add_loop_test(tcase, what_a_client_leaves_out_is_asked_about_and_stays, 0, WAYS);
	tcase_add_test(tcase, several_numbers_are_one_question);
	tcase_add_test(tcase, the_same_vcard_again_is_no_new_question);
	tcase_add_test(tcase, a_number_that_another_takes_the_place_of_is_not_missing);
	tcase_add_test(tcase, when_more_is_missing_one_question_is_about_all);
	tcase_add_test(tcase, when_less_is_missing_the_question_is_about_the_rest);
	tcase_add_test(tcase, what_is_there_again_is_not_asked_about_any_more);
	tcase_add_test(tcase, a_question_without_an_answer_is_not_asked_again);
	tcase = add_case(suite, "the answer", set_up, tear_down);
	tcase_add_loop_test(tcase, yes_gives_the_number_up, 0, ANSWERS);
	tcase_add_loop_test(tcase, no_keeps_it_and_it_is_not_asked_again, 0, ANSWERS);
	tcase_add_test(tcase, giving_up_can_be_taken_back_where_changes_are_held);
	tcase_add_test(tcase, a_change_too_much_for_today_can_be_answered_tomorrow);
	tcase_add_test(tcase, what_is_hidden_stays_hidden);
	tcase = add_case(suite, "her own word", set_up, tear_down);
	tcase_add_test(tcase, a_profile_by_her_own_hand_answers_the_question);
	tcase_add_loop_test(tcase, a_change_is_asked_about_before_what_is_missing, 0, 2);
	tcase_add_test(tcase, an_account_ends_with_what_it_lacked);
	tcase_add_test(tcase, an_export_has_what_was_missing);
	return expect_all(suite);
}
