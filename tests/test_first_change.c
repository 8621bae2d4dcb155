/* `first_change` (design: section 4): a change made in an ordinary client by somebody who never
 * used Kith goes to others when its owner says so. */
#include "common/vcard.h"
#include "component/feature.h"
#include "component/profile.h"
#include "component/server.h"
#include "tests/owner_tests.h"

/* carol's profile came by her ordinary client; alice has her number. */
static void set_up(void)
{
	dialogue = dialogue_new();
	edit(CELL, NULL, NULL);
	hold_card(ALICE, CELL);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

/* carol's client changes her number; the token of the question. */
static char *change(const char *number)
{
	const char *sent = edit(number, NULL, NULL);

	expect_has(sent, "<body>Your numbers changed: ");
	expect_offer(sent);
	ck_assert_uint_eq(dialogue_count(sent, "<body>"), 1);
	return token_of(sent);
}

static void expect_goes(const char *number)
{
	expect_lacks(edit(number, NULL, NULL), "<body>");
	expect_has(dialogue_run(dialogue), "<body>Caz's account says: ");
	expect_has(card_of(ALICE), number);
}

static void expect_stays(const char *number)
{
	ck_assert_str_eq(dialogue_run(dialogue), "");
	expect_has(card_of(ALICE), number);
}

/* ---- The question ---- */

START_TEST(the_owner_is_asked_and_no_card_follows_before)
{
	const char *sent = edit_by((enum way)_i, CELL_2, NULL, NULL);

	expect_has(sent, "type=\"headline\"");
	expect_has(sent,
		"<body>Your numbers changed: cell +44 7700 900123 -&gt; +44 7700 900456. Your "
		"card is in a few address books at most here: are those to follow? Answer \"yes\" "
		"or "
		"\"no\"; without an answer all stays as it "
		"is. ");
	expect_offer(sent);
	expect_stays(CELL);
	expect_has(execute(CAROL, "profile", "", ""),
		"Your change (cell +44 7700 900123 -&gt; +44 7700 900456) waits for your answer.");
	is_sound();
	/* A holder's client writes the card anew: that is no way around. */
	hold_card(ALICE, CELL);
	expect_has(card_of(ALICE), CELL);
	set(ALICE, "updates", "never");
	set(ALICE, "updates", "auto");
	expect_stays(CELL);
	dialogue_set_time(dialogue, BEGIN + 29 * DAY);
	expect_stays(CELL);
}
END_TEST

START_TEST(of_five_and_more_it_is_said_how_many)
{
	char who[32];

	for (int i = 0; i < 4; i++) {
		snprintf(who, sizeof(who), "holder%d@example.org", i);
		hold_card(who, CELL);
	}
	expect_has(edit(CELL_2, NULL, NULL), " Your card is in 5 address books here: ");
}
END_TEST

START_TEST(the_question_does_not_tell_whether_anybody_has_the_card)
{
	dialogue_free(dialogue);
	dialogue = dialogue_new();
	expect_lacks(edit(CELL, NULL, NULL), "<body>"); /* no change yet */
	expect_has(edit(CELL_2, NULL, NULL),
		"Your card is in a few address books at most here: are those to follow? Answer ");
	expect_has(execute(CAROL, "profile", "", ""), ") waits for your answer.");
	write_to_service(CAROL, "yes");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	ck_assert(!has_run());
}
END_TEST

START_TEST(a_vcard_with_the_same_numbers_asks_nothing)
{
	free(change(CELL_2));
	expect_lacks(edit("+44 7700 900456", NULL, NULL), "<body>");
	expect_has(write_to_service(CAROL, "yes"), "follow (");
}
END_TEST

/* Others have a number of hers before she ever published one. */
START_TEST(the_first_profile_of_all_is_asked_about_too)
{
	dialogue_free(dialogue);
	dialogue = dialogue_new();
	hold_card(ALICE, CELL);
	expect_has(edit(CELL_2, NULL, NULL), "<body>Your numbers changed: added cell ");
	expect_stays(CELL);
}
END_TEST

START_TEST(an_edit_by_an_ordinary_client_is_a_sign_of_life)
{
	dialogue_set_time(dialogue, BEGIN + 100 * DAY);
	edit_by((enum way)_i, CELL, NULL, NULL);
	ck_assert_int_eq(carol_row().seen_at, BEGIN + 100 * DAY);
}
END_TEST

/* ---- The answer ---- */

START_TEST(yes_lets_the_address_books_follow_now_and_from_then_on)
{
	char *token = change(CELL_2);
	const char *sent = answer((enum answered)_i, "yes", token);

	expect_has(sent, "The address books of others follow (cell +44 7700 900123 -&gt; ");
	expect_has(dialogue_run(dialogue), "<body>Caz's account says: ");
	expect_has(card_of(ALICE), CELL_2);
	ck_assert_int_ne(carol_row().used_at, 0);
	ck_assert(!has_run());
	expect_has(select_action(CAROL, "yes", token), "That is no longer open.");
	expect_goes(CELL_3);
	is_sound();
	free(token);
}
END_TEST

START_TEST(no_leaves_the_cards_and_the_next_change_is_asked_about)
{
	char *token = change(CELL_2);
	const char *sent = answer((enum answered)_i, "no", token);

	expect_has(sent, "The address books of others stay as they are (");
	expect_stays(CELL);
	ck_assert(!has_run());
	is_sound();
	free(token);
	/* As on the first day; and a yes brings the newest state. */
	token = change(CELL_3);
	expect_stays(CELL);
	answer((enum answered)_i, "yes", token);
	expect_has(dialogue_run(dialogue), "900123 is now +44 7700 900789");
	expect_has(card_of(ALICE), CELL_3);
	free(token);
}
END_TEST

START_TEST(after_a_no_a_card_that_is_written_anew_is_of_the_present)
{
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	free(change(CELL_2));
	write_to_service(CAROL, "no");
	expect_stays(CELL);
	hold_card(ALICE, CELL);
	expect_has(card_of(ALICE), CELL_2);
}
END_TEST

START_TEST(silence_for_thirty_days_is_a_no)
{
	bool more;

	free(change(CELL_2));
	/* That her client writes the same again doesn't make it longer. */
	dialogue_set_time(dialogue, BEGIN + 20 * DAY);
	expect_lacks(edit(CELL_2, NULL, NULL), "<body>");
	dialogue_set_time(dialogue, BEGIN + 30 * DAY);
	expect_stays(CELL);
	ck_assert(!has_run());
	expect_has(write_to_service(CAROL, "yes"), "Nothing waits ");
	expect_stays(CELL);
	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	ck_assert_int_eq(store_matter_expire(dialogue_store(dialogue), BEGIN + 30 * DAY, 10, &more),
		STORE_OK);
	ck_assert_int_eq(store_turn_commit(dialogue_store(dialogue)), STORE_OK);
	is_sound();
	free(change(CELL_3));
}
END_TEST

START_TEST(a_newer_change_replaces_the_question)
{
	char *old = change(CELL_2), *new;

	dialogue_set_time(dialogue, BEGIN + 20 * DAY);
	new = change(CELL_3);
	expect_has(select_action(CAROL, "yes", old), "That is no longer open.");
	expect_stays(CELL);
	dialogue_set_time(dialogue, BEGIN + 31 * DAY); /* of the newer one */
	expect_has(select_action(CAROL, "yes", new), "follow (");
	dialogue_run(dialogue);
	expect_has(card_of(ALICE), CELL_3);
	free(old);
	free(new);
}
END_TEST

START_TEST(looking_at_the_question_is_no_answer_to_it)
{
	free(change(CELL_2));
	expect_has(execute(CAROL, "matters", "", ""),
		"label=\"Your numbers changed: cell +44 7700 900123 -&gt; ");
	free(change(CELL_3));
	expect_stays(CELL);
}
END_TEST

START_TEST(a_change_by_her_own_hand_overtakes_the_question_and_goes)
{
	char *token = change(CELL_2);

	publish(CAROL, "urn:xmpp:vcard4", CAROL, "Carol", CELL_3);
	expect_has(dialogue_run(dialogue), "<body>Caz's account says: ");
	expect_has(card_of(ALICE), CELL_3);
	expect_has(select_action(CAROL, "no", token), "That is no longer open.");
	free(token);
}
END_TEST

/* ---- Whom it is for ---- */

static void publish_own(void)
{
	publish(CAROL, "urn:xmpp:vcard4", CAROL, "Carol", CELL);
}

static void keep_a_book(void)
{
	publish(CAROL, "urn:xmpp:contacts", ALICE, "Alice", CELL_3);
}

static void open_a_form(void)
{
	execute(CAROL, "settings", "", "");
}

static void answer_another_question(void)
{
	set(BOB, "visible", "everyone");
	publish(BOB, "urn:xmpp:vcard4", BOB, "Bob", "+447700900200");
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	expect_has(complete(ALICE, "share",
			   "<field var='subject'><value>" CAROL "</value></field>"
			   "<field var='to'><value>" BOB "</value></field>"),
		"to=\"" CAROL "\"");
	expect_has(write_to_service(CAROL, "no"), "not sent");
}

static void (*const uses[])(void) = {
	publish_own, keep_a_book, open_a_form, answer_another_question};

START_TEST(who_has_used_kith_is_not_asked)
{
	ck_assert_int_eq(carol_row().used_at, 0);
	uses[_i]();
	ck_assert_int_eq(carol_row().used_at, BEGIN);
	expect_goes(CELL_2);
}
END_TEST

START_TEST(what_an_admin_brought_in_is_no_use_of_hers)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	static const char text[] =
		"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>C</text></fn></vcard>";
	struct vcard *card;
	struct store_account dave;
	const char *why;

	card = vcard_from_xml_text(arena, text, strlen(text), &why);
	ck_assert_msg(card != NULL, "%s", why);
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_get(store, arena, "dave@example.org", &dave), STORE_OK);
	ck_assert_int_eq(profile_publish(&dialogue_service(dialogue)->rules, arena, &dave, card,
				 PROFILE_FROM_KITH, BEGIN, &why),
		PROFILE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "dave@example.org", &dave), STORE_OK);
	ck_assert_int_eq(dave.opened_at, BEGIN);
	ck_assert_int_eq(dave.used_at, 0);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	arena_free(arena);
}
END_TEST

START_TEST(where_the_conf_says_go_nobody_is_asked)
{
	dialogue_settings(dialogue)->defaults[SETTING_FIRST_CHANGE] = FIRST_CHANGE_GO;
	expect_goes(CELL_2);
}
END_TEST

START_TEST(an_own_setting_says_it_for_each_change)
{
	set(CAROL, "first_change", "ask");
	free(change(CELL_2));
	write_to_service(CAROL, "yes");
	dialogue_run(dialogue);
	expect_has(card_of(ALICE), CELL_2);
	free(change(CELL_3));
	set(CAROL, "first_change", "go");
	/* What is newer says it for both. */
	expect_goes(CELL);
}
END_TEST

/* ---- With other rules ---- */

START_TEST(who_may_read_the_profile_sees_the_change_meanwhile)
{
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	free(change(CELL_2));
	expect_has(read_item(ALICE, "urn:xmpp:vcard4"), CELL_2);
	/* A card that is linked now is of the present, too, and stays so. */
	for (int i = 0; i < 2; i++) {
		hold_card(BOB, CELL);
		expect_has(card_of(BOB), CELL_2);
	}
	expect_stays(CELL);
}
END_TEST

START_TEST(what_was_asked_about_is_not_held_as_well)
{
	dialogue_settings(dialogue)->defaults[SETTING_HOLD] = 600;
	free(change(CELL_2));
	expect_has(write_to_service(CAROL, "take back"), "Nothing waits ");
	write_to_service(CAROL, "yes");
	expect_has(dialogue_run(dialogue), "<body>Caz's account says: ");
	/* From now on that is the way. */
	expect_has(edit(CELL_3, NULL, NULL), "take back");
	expect_stays(CELL_2);
}
END_TEST

/* carol and bob are subscribed to each other; bob has no card of hers. */
static void begin_roster(void)
{
	struct server *server = dialogue_service(dialogue)->server;

	publish(BOB, "urn:xmpp:vcard4", BOB, "Bob", "+447700900200");
	server_up(server, 1000);
	dialogue_say(dialogue,
		"<message from='example.org' to='kith.example.org'><privilege "
		"xmlns='urn:xmpp:privilege:2'><perm access='roster' type='get'/></privilege>"
		"</message>");
	dialogue_say(dialogue,
		"<iq type='result' from='" CAROL "' to='kith.example.org' id='%s'>"
		"<query xmlns='jabber:iq:roster'><item jid='" BOB "' subscription='both'/></query>"
		"</iq>",
		server_stream_id(server));
}

START_TEST(what_would_be_offered_to_rosters_waits_too)
{
	const char *sent;

	begin_roster();
	sent = edit(CELL_2, NULL, NULL);
	expect_has(sent, "are those to follow? The others in your contact list are offered it "
			 "then. Answer ");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	write_to_service(CAROL, "no");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	ck_assert(!has_run());
	edit(CELL_3, NULL, NULL);
	write_to_service(CAROL, "yes");
	sent = dialogue_run(dialogue);
	expect_has(sent, "to=\"" ALICE "\"");
	expect_has(sent, "to=\"" BOB "\"");
}
END_TEST

START_TEST(where_rosters_alone_would_be_told_the_question_is_no_other)
{
	begin_roster();
	dialogue_say(dialogue,
		"<iq type='set' id='p' from='" ALICE "/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:contacts'>"
		"<item id='" CAROL "'/></retract></pubsub></iq>");
	expect_has(edit(CELL_2, NULL, NULL),
		"Your card is in a few address books at most here: are those to follow? The others "
		"in your contact list are offered it then. Answer ");
	ck_assert_str_eq(dialogue_run(dialogue), "");
	write_to_service(CAROL, "yes");
	expect_has(dialogue_run(dialogue), "to=\"" BOB "\"");
}
END_TEST

START_TEST(an_own_setting_that_the_conf_takes_out_is_none)
{
	struct settings *settings = dialogue_settings(dialogue);

	set(CAROL, "first_change", "ask");
	settings->defaults[SETTING_FIRST_CHANGE] = FIRST_CHANGE_GO;
	settings->choices[SETTING_FIRST_CHANGE] = 1u << FIRST_CHANGE_GO;
	expect_goes(CELL_2);
}
END_TEST

START_TEST(an_account_ends_with_its_question)
{
	free(change(CELL_2));
	dialogue_say(dialogue, "<iq type='set' id='r' from='" CAROL "/r' to='kith.example.org'>"
			       "<query xmlns='jabber:iq:register'><remove/></query></iq>");
	is_sound();
	expect_has(write_to_service(CAROL, "yes"), "Nothing waits ");
	ck_assert_str_eq(dialogue_run(dialogue), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("first change");
	TCase *tcase = add_case(suite, "the question", set_up, tear_down);

	tcase_add_loop_test(tcase, the_owner_is_asked_and_no_card_follows_before, 0, WAYS);
	tcase_add_test(tcase, of_five_and_more_it_is_said_how_many);
	tcase_add_test(tcase, the_question_does_not_tell_whether_anybody_has_the_card);
	tcase_add_test(tcase, a_vcard_with_the_same_numbers_asks_nothing);
	tcase_add_test(tcase, the_first_profile_of_all_is_asked_about_too);
	tcase_add_loop_test(tcase, an_edit_by_an_ordinary_client_is_a_sign_of_life, 0, WAYS);
	tcase = add_case(suite, "the answer", set_up, tear_down);
	tcase_add_loop_test(
		tcase, yes_lets_the_address_books_follow_now_and_from_then_on, 0, ANSWERS);
	tcase_add_loop_test(
		tcase, no_leaves_the_cards_and_the_next_change_is_asked_about, 0, ANSWERS);
	tcase_add_test(tcase, after_a_no_a_card_that_is_written_anew_is_of_the_present);
	tcase_add_test(tcase, silence_for_thirty_days_is_a_no);
	tcase_add_test(tcase, a_newer_change_replaces_the_question);
	tcase_add_test(tcase, looking_at_the_question_is_no_answer_to_it);
	tcase_add_test(tcase, a_change_by_her_own_hand_overtakes_the_question_and_goes);
	tcase = add_case(suite, "whom it is for", set_up, tear_down);
	tcase_add_loop_test(tcase, who_has_used_kith_is_not_asked, 0, sizeof(uses) / sizeof(*uses));
	tcase_add_test(tcase, what_an_admin_brought_in_is_no_use_of_hers);
	tcase_add_test(tcase, where_the_conf_says_go_nobody_is_asked);
	tcase_add_test(tcase, an_own_setting_says_it_for_each_change);
	tcase = add_case(suite, "with other rules", set_up, tear_down);
	tcase_add_test(tcase, who_may_read_the_profile_sees_the_change_meanwhile);
	tcase_add_test(tcase, what_was_asked_about_is_not_held_as_well);
	tcase_add_test(tcase, what_would_be_offered_to_rosters_waits_too);
	tcase_add_test(tcase, where_rosters_alone_would_be_told_the_question_is_no_other);
	tcase_add_test(tcase, an_own_setting_that_the_conf_takes_out_is_none);
	tcase_add_test(tcase, an_account_ends_with_its_question);
	return expect_all(suite);
}
