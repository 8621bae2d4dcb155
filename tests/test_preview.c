/* Previews: how many a change would reach (design 4, "Rules"), by what a run does; and the forms
 * that show it (XEP-0050, 3.4). */
#include <stdlib.h>

#include "component/preview.h"
#include "component/rates.h"
#include "tests/dialogue.h"
#include "tests/domain.h"
#include "tests/expect.h"

static struct domain domain;

static void setup(void)
{
	domain_open(&domain);
}

static void teardown(void)
{
	domain_close(&domain);
}

static struct preview look(const char *name, const char *numbers)
{
	struct store_account account = domain_account(&domain, name);
	struct preview preview;
	const char *why = NULL;

	ck_assert_int_eq(preview_change(&domain.rules, domain.arena, &account,
				 numbers_card(domain.arena, numbers), domain.now, &preview, &why),
		PROFILE_OK);
	return preview;
}

static void hold(int first, int count, const char *numbers)
{
	for (int i = first; i < first + count; i++)
		domain_contact(&domain, arena_printf(domain.arena, "h%03d", i), "carol", numbers);
}

START_TEST(a_preview_counts_whom_a_run_reaches)
{
	struct preview preview;
	struct store_report report;

	domain_profile(&domain, "carol", "A");
	hold(0, 12, "A");
	hold(12, 3, "C"); /* who never had her number */
	domain_list(&domain, "carol", LISTED_BLOCKED, "h000 h001");
	domain_set(&domain, "h002", SETTING_UPDATES, UPDATES_NEVER);
	for (int i = 3; i < 6; i++)
		domain_set(&domain, arena_printf(domain.arena, "h%03d", i), SETTING_UPDATES,
			UPDATES_ASK);
	domain_list(&domain, "h006", LISTED_BLOCKED, "carol");
	domain_contact(&domain, "eve@example.net", "carol", "A"); /* of no group of hers */
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, 5);
	ck_assert_uint_eq(preview.asked, 3);
	ck_assert(!preview.is_more);

	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 4);
	ck_assert_int_eq(
		store_report_get(domain.store, domain_account(&domain, "carol").id, &report),
		STORE_OK);
	ck_assert_int_eq(report.counts.reached, 5);
	ck_assert_int_eq(report.counts.asked, 3);
}
END_TEST

START_TEST(who_would_only_get_a_new_number_counts_by_the_rules_too)
{
	domain_profile(&domain, "carol", "A");
	hold(0, 6, "A");
	ck_assert_uint_eq(look("carol", "A b").reached, 0);
	domain_contact(&domain, "carol", "h000", "");
	ck_assert_uint_eq(look("carol", "A b").reached, 1);
	domain_set(&domain, "carol", SETTING_AUDIENCE, CIRCLE_NOBODY);
	ck_assert_uint_eq(look("carol", "B").reached, 0);
}
END_TEST

/* Those in the account's roster, both ways. */
static void roster(const char *name, int first, int count)
{
	int64_t others[16];

	store_account_open(domain.store, domain_account(&domain, name).id, domain.now);
	for (int i = 0; i < count; i++) {
		others[i] =
			domain_account(&domain, arena_printf(domain.arena, "h%03d", first + i)).id;
		store_account_open(domain.store, others[i], domain.now);
	}
	ck_assert_int_eq(store_roster_put(domain.store, domain.arena,
				 domain_account(&domain, name).id, others, (size_t)count),
		STORE_OK);
}

START_TEST(a_preview_counts_those_in_the_roster_who_are_offered_the_card)
{
	struct preview preview;
	struct store_report report;

	domain_profile(&domain, "carol", "A");
	hold(0, 6, "A");
	roster("carol", 4, 10); /* two of them have her card */
	domain_list(&domain, "carol", LISTED_BLOCKED, "h010");
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, 6);
	ck_assert_uint_eq(preview.offered, 7);
	ck_assert(!preview.is_more_offered);
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 4);
	ck_assert_int_eq(
		store_report_get(domain.store, domain_account(&domain, "carol").id, &report),
		STORE_OK);
	ck_assert_int_eq(report.counts.reached, 6);
	ck_assert_int_eq(report.counts.offered, 7);
	/* A first profile is offered to nobody. */
	roster("dave", 0, 3);
	ck_assert_uint_eq(look("dave", "D").offered, 0);
}
END_TEST

START_TEST(a_preview_counts_as_a_search)
{
	struct preview preview;

	domain.rules.rates = rates_new();
	domain.settings->limits.rates[RATE_SEARCH].account = 2;
	domain_profile(&domain, "carol", "A");
	hold(0, 6, "A");
	ck_assert_uint_eq(look("carol", "B").reached, 6);
	ck_assert_uint_eq(look("carol", "B").reached, 6);
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, 0);
	ck_assert_ptr_nonnull(strstr(preview_text(domain.arena, &preview),
		": whom that reaches was not looked at. Too many searches: try again in "));
	ck_assert_ptr_null(look("carol", "A").what); /* that costs nothing */
	rates_free(domain.rules.rates);
}
END_TEST

START_TEST(a_preview_stores_nothing)
{
	struct store_account carol;
	struct store_report report;
	struct store_run run;
	struct store_profile profile;
	int64_t highest, after;

	domain_profile(&domain, "carol", "A");
	hold(0, 6, "A");
	domain_set(&domain, "h000", SETTING_UPDATES, UPDATES_ASK);
	carol = domain_account(&domain, "carol");
	store_update_highest(domain.store, &highest);
	look("carol", "B");
	store_update_highest(domain.store, &after);
	ck_assert_int_eq(after, highest);
	ck_assert_int_eq(store_run_get(domain.store, carol.id, &run), STORE_NONE);
	ck_assert_int_eq(store_report_get(domain.store, carol.id, &report), STORE_NONE);
	ck_assert_int_eq(
		store_profile_get(domain.store, domain.arena, carol.id, &profile), STORE_OK);
	ck_assert_int_eq(profile.version, 1);
	ck_assert_str_eq(domain_card(&domain, "h001", "carol"), "A");
}
END_TEST

START_TEST(where_no_number_changes_nobody_is_looked_at)
{
	struct preview preview;

	domain_profile(&domain, "carol", "A b");
	hold(0, 1, "A");
	preview = look("carol", "b A");
	ck_assert_ptr_null(preview.what);
	ck_assert_str_eq(preview_text(domain.arena, &preview), "No number changes.");
}
END_TEST

START_TEST(no_more_links_are_looked_at_than_a_turn_has_time_for)
{
	struct preview preview;

	domain_profile(&domain, "carol", "A");
	hold(0, PREVIEW_LINKS_MAX, "A");
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, PREVIEW_LINKS_MAX);
	ck_assert(!preview.is_more);
	hold(PREVIEW_LINKS_MAX, 1, "A");
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, PREVIEW_LINKS_MAX);
	ck_assert(preview.is_more);
	ck_assert_ptr_nonnull(strstr(
		preview_text(domain.arena, &preview), "goes to more than 250 address books."));
}
END_TEST

START_TEST(large_cards_end_the_look_sooner)
{
	struct preview preview;
	struct store_account holder;
	struct store_contact contact;
	struct vcard *card = numbers_card(domain.arena, "A");
	char *note = arena_alloc(domain.arena, 100001);
	const char *why = NULL;

	memset(note, 'x', 100000);
	vcard_add(card, NULL, "NOTE", "text", note);
	domain_profile(&domain, "carol", "A");
	for (int i = 0; i < 15; i++) {
		holder = domain_account(&domain, arena_printf(domain.arena, "h%03d", i));
		ck_assert_int_eq(book_publish(&domain.rules, domain.arena, &holder,
					 "carol@example.org", card, domain.now, &contact, &why),
			BOOK_OK);
	}
	preview = look("carol", "B");
	ck_assert_uint_eq(preview.reached, 11);
	ck_assert(preview.is_more);
}
END_TEST

/* ---- In words (design 4, "Counts shown to an owner below 5") ---- */

static const struct {
	struct preview preview;
	const char *text;
} words[] = {
	{{.what = "cell 1 -> 2"}, "cell 1 -> 2: goes to a few address books at most."},
	{{.what = "cell 1 -> 2", .reached = 1},
		"cell 1 -> 2: goes to a few address books at most."},
	{{.what = "cell 1 -> 2", .reached = 1, .asked = 2, .offered = 1},
		"cell 1 -> 2: goes to a few address books at most."},
	{{.what = "cell 1 -> 2", .reached = 4, .asked = 4, .offered = 1},
		"cell 1 -> 2: goes to a few address books; a few are asked first, a few are "
		"offered your card."},
	{{.what = "cell 1 -> 2", .reached = 5}, "cell 1 -> 2: goes to about 5 address books."},
	{{.what = "cell 1 -> 2", .reached = 34, .asked = 7},
		"cell 1 -> 2: goes to about 34 address books; 7 are asked first."},
	{{.what = "cell 1 -> 2", .asked = 9, .offered = 5},
		"cell 1 -> 2: 9 are asked first, 5 are offered your card."},
	{{.what = "cell 1 -> 2", .reached = 240, .asked = 6, .is_more = true},
		"cell 1 -> 2: goes to more than 240 address books; more than 6 are asked first."},
	{{.what = "cell 1 -> 2", .reached = 2, .is_more = true},
		"cell 1 -> 2: goes to a few address books at most of those who were looked at; "
		"there are others."},
	{{.what = "cell 1 -> 2", .offered = 8, .is_more_offered = true},
		"cell 1 -> 2: more than 8 are offered your card."},
	{{.what = "cell 1 -> 2", .is_more = true},
		"cell 1 -> 2: goes to a few address books at most of those who were looked at; "
		"there are others."},
	{{.what = NULL}, "No number changes."},
};

START_TEST(small_counts_are_a_few)
{
	ck_assert_str_eq(preview_text(domain.arena, &words[_i].preview), words[_i].text);
}
END_TEST

/* ---- The forms ---- */

#define COMMANDS "http://jabber.org/protocol/commands"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"

static struct dialogue *dialogue;
static char *session;

static void setup_dialogue(void)
{
	dialogue = dialogue_new();
	session = NULL;
}

static void teardown_dialogue(void)
{
	dialogue_free(dialogue);
	free(session);
}

/* One stage; fields NULL: no form comes with it. */
static const char *step(const char *node, const char *action, const char *fields)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='c'>"
		"<command xmlns='" COMMANDS "' node='%s'%s%s%s%s%s%s>%s%s%s</command></iq>",
		node, action ? " action='" : "", action ? action : "", action ? "'" : "",
		session ? " sessionid='" : "", session ? session : "", session ? "'" : "",
		fields ? "<x xmlns='jabber:x:data' type='submit'>" : "", fields ? fields : "",
		fields ? "</x>" : "");

	if (!session && strstr(sent, "sessionid"))
		session = expect_between(sent, "sessionid=\"", "\"");
	return sent;
}

static const char *begin(const char *node)
{
	free(session);
	session = NULL;
	return step(node, NULL, NULL);
}

static void publish(const char *who, const char *node, const char *id, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>Alice</text></fn><tel><parameters><type><text>cell</text>"
			   "</type></parameters><uri>tel:%s</uri></tel></vcard></item></publish>"
			   "</pubsub></iq>",
			   who, node, id, number),
		"type=\"result\"");
}

static void has_number(const char *number)
{
	char tel[64];

	snprintf(tel, sizeof(tel), "<uri>tel:%s</uri>", number);
	expect_has(dialogue_say(dialogue,
			   "<iq type='get' from='" ALICE "/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
			   "node='urn:xmpp:vcard4'/></pubsub></iq>"),
		tel);
}

#define OLD "+447700900123"
#define NEW "+447700900456"

static void publish_all(int holders)
{
	publish(ALICE, "urn:xmpp:vcard4", "current", OLD);
	for (int i = 0; i < holders; i++) {
		char jid[32];

		snprintf(jid, sizeof(jid), "h%02d@example.org", i);
		publish(jid, "urn:xmpp:contacts", ALICE, OLD);
	}
}

START_TEST(a_changed_number_is_stored_only_after_the_second_stage)
{
	const char *sent;
	char *hidden;

	publish_all(7);
	sent = begin("profile");
	expect_has(sent, "<actions execute=\"next\"><next/></actions>");
	sent = step("profile", "next", FIELD("name", "Alice") FIELD("cell", NEW));
	expect_has(sent, "status=\"executing\"><actions execute=\"complete\"><prev/><complete/>"
			 "</actions>");
	expect_has(sent, ": goes to about 7 address books.</value>");
	expect_has(sent, "type=\"fixed\"><value>cell ");
	expect_lacks(sent, "type=\"headline\"");
	hidden = expect_hidden(sent, false);
	has_number(OLD);
	sent = step("profile", "complete", hidden);
	expect_has(sent, "status=\"completed\"");
	expect_has(sent, "Your profile is stored.");
	has_number(NEW);
	free(hidden);
}
END_TEST

START_TEST(what_touches_no_number_is_stored_at_once)
{
	publish_all(1);
	begin("profile");
	expect_has(step("profile", "next", FIELD("name", "Alice B") FIELD("cell", OLD)),
		"Your profile is stored.");
}
END_TEST

START_TEST(a_cleared_number_stays_cleared_where_a_client_leaves_out_what_is_empty)
{
	const char *sent;
	char *hidden;

	publish_all(1);
	begin("profile");
	sent = step("profile", "next", FIELD("name", "Alice") "<field var='cell'/>");
	expect_has(sent, "retired cell");
	hidden = expect_hidden(sent, true);
	ck_assert_ptr_null(strstr(hidden, "\"cell\""));
	step("profile", "complete", hidden);
	expect_lacks(dialogue_say(dialogue,
			     "<iq type='get' from='" ALICE "/r' to='kith.example.org' id='1'>"
			     "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
			     "node='urn:xmpp:vcard4'/></pubsub></iq>"),
		"<tel>");
	free(hidden);
}
END_TEST

START_TEST(the_first_stage_comes_again_as_it_was_filled_in)
{
	const char *sent;
	char *hidden;

	publish_all(1);
	begin("profile");
	sent = step("profile", "next", FIELD("name", "Alice C") FIELD("cell", NEW));
	hidden = expect_hidden(sent, false);
	sent = step("profile", "prev", hidden);
	expect_has(sent, "<actions execute=\"next\"><next/></actions>");
	expect_has(sent, "label=\"Name\"><value>Alice C</value>");
	expect_lacks(sent, "123</value></field><field var=\"work\"");
	/* Also where a client sends no form with it. */
	step("profile", "next", FIELD("name", "Alice D") FIELD("cell", NEW));
	expect_has(step("profile", "prev", NULL), "label=\"Name\"><value>Alice D</value>");
	free(hidden);
	has_number(OLD);
}
END_TEST

START_TEST(no_stage_is_before_the_first)
{
	publish_all(1);
	begin("profile");
	expect_has(step("profile", "prev", FIELD("name", "Alice")), "<bad-action xmlns=");
}
END_TEST

START_TEST(a_profile_that_changed_meanwhile_is_not_overwritten)
{
	const char *sent;
	char *hidden;

	publish_all(1);
	begin("profile");
	hidden = expect_hidden(
		step("profile", "next", FIELD("name", "Alice") FIELD("cell", NEW)), false);
	publish(ALICE, "urn:xmpp:vcard4", "current", "+447700900789");
	sent = step("profile", "complete", hidden);
	expect_has(sent, "<note type=\"error\">Your profile was changed meanwhile");
	has_number("+447700900789");
	free(hidden);
}
END_TEST

START_TEST(an_invalid_profile_is_refused_at_the_first_stage)
{
	char fields[8192] = FIELD("name", "Alice") "<field var='voice'>";

	publish_all(1);
	begin("profile");
	for (int i = 0; i < HISTORY_CURRENT_MAX + 1; i++)
		snprintf(fields + strlen(fields), sizeof(fields) - strlen(fields),
			"<value>+4420794%05d</value>", i);
	strcat(fields, "</field>");
	expect_has(step("profile", "next", fields), "<bad-payload ");
}
END_TEST

/* ---- The command preview ---- */

static const struct {
	const char *fields, *said;
} asked[] = {
	{FIELD("number", NEW) FIELD("replaces", "tel:" OLD), "goes to about 6 address books."},
	{FIELD("number", "tel:" NEW) FIELD("replaces", OLD), "goes to about 6 address books."},
	{FIELD("replaces", OLD), "retired cell "},
	{FIELD("number", NEW) FIELD("kind", "work"), "added work "},
	{FIELD("number", NEW) FIELD("kind", "work"), ": goes to a few address books at most."},
	{FIELD("number", OLD), "No number changes."},
	{FIELD("number", NEW) FIELD("replaces", NEW), "<bad-payload "},
	{FIELD("number", "call me"), "<bad-payload "},
	{"", "<bad-payload "},
};

START_TEST(any_client_can_ask_for_a_preview)
{
	publish_all(6);
	expect_has(begin("preview"), "<actions execute=\"complete\"><complete/></actions>");
	expect_has(step("preview", "complete", asked[_i].fields), asked[_i].said);
	has_number(OLD);
}
END_TEST

START_TEST(who_has_no_profile_yet_has_a_preview_too)
{
	begin("preview");
	expect_has(step("preview", "complete", FIELD("number", NEW)),
		": goes to a few address books at most.");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preview");
	TCase *tcase = tcase_create("design 4: a preview");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_preview_counts_whom_a_run_reaches);
	tcase_add_test(tcase, who_would_only_get_a_new_number_counts_by_the_rules_too);
	tcase_add_test(tcase, a_preview_counts_those_in_the_roster_who_are_offered_the_card);
	tcase_add_test(tcase, a_preview_counts_as_a_search);
	tcase_add_test(tcase, a_preview_stores_nothing);
	tcase_add_test(tcase, where_no_number_changes_nobody_is_looked_at);
	tcase_add_test(tcase, no_more_links_are_looked_at_than_a_turn_has_time_for);
	tcase_add_test(tcase, large_cards_end_the_look_sooner);
	tcase_add_loop_test(tcase, small_counts_are_a_few, 0, sizeof(words) / sizeof(*words));
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("XEP-0050, 3.4: stages");
	tcase_add_checked_fixture(tcase, setup_dialogue, teardown_dialogue);
	tcase_add_test(tcase, a_changed_number_is_stored_only_after_the_second_stage);
	tcase_add_test(tcase, what_touches_no_number_is_stored_at_once);
	tcase_add_test(
		tcase, a_cleared_number_stays_cleared_where_a_client_leaves_out_what_is_empty);
	tcase_add_test(tcase, the_first_stage_comes_again_as_it_was_filled_in);
	tcase_add_test(tcase, no_stage_is_before_the_first);
	tcase_add_test(tcase, a_profile_that_changed_meanwhile_is_not_overwritten);
	tcase_add_test(tcase, an_invalid_profile_is_refused_at_the_first_stage);
	tcase_add_loop_test(
		tcase, any_client_can_ask_for_a_preview, 0, sizeof(asked) / sizeof(*asked));
	tcase_add_test(tcase, who_has_no_profile_yet_has_a_preview_too);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
