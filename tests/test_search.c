/* Searching the directory (XEP-0055), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/phone.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define SEARCH "jabber:iq:search"
#define RSM "http://jabber.org/protocol/rsm"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"

static struct dialogue *dialogue;

static void publish(const char *jid, const char *name, const char *more, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			   "<publish node='urn:xmpp:vcard4'><item id='current'>"
			   "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn>%s<email><text>%s</text></email>"
			   "<tel><uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>",
			   jid, name, more, jid, number),
		"type=\"result\"");
}

static void set(const char *jid, enum setting setting, int value)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = dialogue_arena(dialogue);
	struct store_account account;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_get(store, arena, jid, &account), STORE_OK);
	ck_assert_int_eq(store_setting_put(store, account.id, setting, value), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static void setup(void)
{
	struct settings *settings;

	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	publish("carol@example.org", "Carol Example",
		"<n><surname>Example</surname><given>Carol</given><additional/><prefix/><suffix/></"
		"n>",
		"+447700900123");
	publish("dave@example.org", "Dave Example", "", "+447700900124");
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *submit(const char *who, const char *fields, const char *set_of_page)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='s'>"
		"<query xmlns='" SEARCH "'><x xmlns='jabber:x:data' type='submit'>" FIELD(
			"FORM_TYPE", SEARCH) "%s</x>%s</query></iq>",
		who, fields, set_of_page);
}

static const char *search(const char *fields)
{
	return submit("alice@example.org", fields, "");
}

#define NOTHING                                                                                    \
	"<iq type=\"result\" from=\"kith.example.org\" to=\"alice@example.org/r\" id=\"s\">"       \
	"<query xmlns=\"" SEARCH "\"/></iq>"

/* ---- 2.1 and 3 ---- */

START_TEST(fields_are_told_in_both_forms)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='s'>"
		"<query xmlns='" SEARCH "'/></iq>");

	expect_has(sent, "<query xmlns=\"" SEARCH "\"><instructions>");
	expect_has(sent, "<first/><last/><nick/><email/><x xmlns=\"jabber:x:data\" type=\"form\">");
	expect_has(sent, "<field var=\"FORM_TYPE\" type=\"hidden\"><value>" SEARCH "</value>");
	expect_has(sent, "<field var=\"x-name\" type=\"text-single\" label=\"Name\"/>");
	expect_has(sent, "<field var=\"email\" ");
	expect_has(sent, "<field var=\"x-phone\" ");
}
END_TEST

START_TEST(hits_are_a_table)
{
	const char *sent = search(FIELD("x-name", "car"));

	expect_has(sent, "<x xmlns=\"jabber:x:data\" type=\"result\"><field var=\"FORM_TYPE\"");
	expect_has(sent, "<reported><field var=\"jid\" type=\"jid-single\" label=\"Address\"/>");
	expect_has(sent, "<item><field var=\"jid\"><value>carol@example.org</value></field>"
			 "<field var=\"x-name\"><value>Carol Example</value></field>"
			 "<field var=\"email\"><value>carol@example.org</value></field></item>");
	ck_assert_uint_eq(dialogue_count(sent, "<item>"), 1);
	expect_lacks(sent, "900123");
}
END_TEST

START_TEST(hits_are_items_for_clients_without_forms)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='s'>"
		"<query xmlns='" SEARCH "'><last>example</last></query></iq>");

	expect_has(sent, "<item jid=\"carol@example.org\"><first>Carol</first><last>Example</last>"
			 "<nick>Carol Example</nick><email>carol@example.org</email></item>");
	expect_has(sent, "<item jid=\"dave@example.org\"><first/>");
	expect_lacks(sent, "jabber:x:data");
}
END_TEST

#define FILLED_IN 19
START_TEST(all_that_is_filled_in_must_be_true)
{
	static const struct {
		const char *fields;
		unsigned hits;
	} rows[] = {
		{FIELD("x-name", "exam"), 2},
		{FIELD("x-name", "exam dav"), 1},
		{FIELD("first", "dave") FIELD("last", "example"), 1},
		{FIELD("x-name", "xam"), 0},
		{FIELD("email", "Carol@Example.org"), 1},
		{FIELD("email", "carol@example"), 0},
		{FIELD("x-phone", "+44 7700 900124"), 1},
		{FIELD("x-phone", "+44 7700 90012"), 0},
		{FIELD("x-phone", "none"), 0},
		{FIELD("x-name", "carol") FIELD("x-phone", "+447700900123"), 1},
		{FIELD("email", "CAROL@example.org") FIELD("x-phone", "+447700900123"), 1},
		{FIELD("x-name", "exam carol") FIELD("email", "carol@example.org")
				FIELD("x-phone", "+447700900123"),
			1},
		{FIELD("x-name", "dave") FIELD("email", "carol@example.org")
				FIELD("x-phone", "+447700900123"),
			0},
		{FIELD("x-name", "dave") FIELD("x-phone", "+447700900123"), 0},
		{FIELD("x-name", "exam") FIELD("email", "dave@example.org"), 1},
		{FIELD("x-name", "carol") FIELD("email", "dave@example.org"), 0},
		{FIELD("email", "dave@example.org") FIELD("x-phone", "+447700900123"), 0},
		{FIELD("x-name", ""), 0},
		{"", 0},
	};
	const char *sent;

	ck_assert_uint_eq(sizeof(rows) / sizeof(*rows), FILLED_IN);
	sent = search(rows[_i].fields);
	ck_assert_uint_eq(dialogue_count(sent, "<item>"), rows[_i].hits);
	if (rows[_i].hits == 0)
		ck_assert_str_eq(sent, NOTHING);
}
END_TEST

/* Who has the longer word has the shorter as well: it costs nothing, and changes nothing. */
START_TEST(words_that_another_begins_with_are_implied)
{
	expect_has(
		search(FIELD("x-name", "ex exam example ex car carol car")), "carol@example.org");
	ck_assert_str_eq(search(FIELD("x-name", "ex exam examples example")), NOTHING);
	expect_has(search(FIELD("x-name", "Example EXAMPLE")), "dave@example.org");
}
END_TEST

START_TEST(number_may_be_of_the_region)
{
	if (!phone_has_library())
		return;
	expect_has(search(FIELD("x-phone", "07700 900124")), "<value>dave@example.org</value>");
}
END_TEST

START_TEST(another_form_is_no_search)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='s'>"
		"<query xmlns='" SEARCH "'><x xmlns='jabber:x:data' type='submit'>" FIELD(
			"FORM_TYPE", "other") "</x></query></iq>");

	expect_has(sent, "<bad-request ");
}
END_TEST

/* ---- design, 4: findable ---- */

START_TEST(who_may_not_be_found_looks_like_nobody)
{
	static const struct {
		enum setting setting;
		int value;
	} rows[] = {
		{SETTING_FINDABLE, CIRCLE_NOBODY},
		{SETTING_FINDABLE, CIRCLE_MUTUAL},
		{SETTING_FINDABLE, CIRCLE_KNOWN},
		{SETTING_VISIBLE, CIRCLE_NOBODY},
	};

	set("carol@example.org", rows[_i].setting, rows[_i].value);
	ck_assert_str_eq(search(FIELD("x-name", "carol")), NOTHING);
	ck_assert_str_eq(search(FIELD("email", "carol@example.org")), NOTHING);
	ck_assert_str_eq(search(FIELD("x-phone", "+447700900123")), NOTHING);
	expect_has(submit("carol@example.org", FIELD("x-name", "carol"), ""), "<item>");
}
END_TEST

START_TEST(hidden_profile_is_not_found)
{
	dialogue_say(dialogue,
		"<iq type='set' from='carol@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<retract node='urn:xmpp:vcard4'><item id='current'/></retract></pubsub></iq>");
	ck_assert_str_eq(search(FIELD("x-name", "carol")), NOTHING);
}
END_TEST

START_TEST(who_is_not_served_finds_nobody)
{
	const char *sent = submit("mallory@example.com", FIELD("x-name", "exam"), "");

	expect_has(sent, "type=\"result\"");
	expect_has(sent, "<query xmlns=\"" SEARCH "\"/>");
}
END_TEST

START_TEST(searching_makes_no_account)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;

	search(FIELD("x-name", "carol"));
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), "alice@example.org", &account),
		STORE_NONE);
	store_turn_rollback(store);
}
END_TEST

/* 499 who may not be found come before one who may; of him behind 500 nothing is found. */
START_TEST(refused_do_not_stand_before_the_findable)
{
	dialogue_settings(dialogue)->defaults[SETTING_FINDABLE] = CIRCLE_NOBODY;
	for (int i = 0; i < 499; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "a%03d@example.org", i);
		publish(jid, "Zoe Example", "", "+447700900125");
	}
	publish("zoe@example.org", "Zoe Example", "", "+447700900126");
	publish("late@example.org", "Zoe Example", "", "+447700900127");
	set("zoe@example.org", SETTING_FINDABLE, CIRCLE_EVERYONE);
	set("late@example.org", SETTING_FINDABLE, CIRCLE_EVERYONE);
	expect_has(search(FIELD("x-name", "zoe")), "<value>zoe@example.org</value>");
	expect_lacks(search(FIELD("x-name", "zoe")), "late@");
}
END_TEST

/* ---- XEP-0059 ---- */

START_TEST(hits_are_paged)
{
	static const char first[] = "<set xmlns='" RSM "'><max>3</max></set>";
	static const char next[] =
		"<set xmlns='" RSM "'><max>3</max><after>b1@example.org</after></set>";
	static const char last[] = "<set xmlns='" RSM "'><max>2</max><before/></set>";
	static const char count[] = "<set xmlns='" RSM "'><max>0</max></set>";
	const char *sent;

	for (int i = 0; i < 4; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "b%d@example.org", i);
		publish(jid, "Bea Example", "", "+447700900125");
	}
	sent = submit("alice@example.org", FIELD("x-name", "example"), first);
	ck_assert_uint_eq(dialogue_count(sent, "<item>"), 3);
	expect_has(sent, "<first index=\"0\">b0@example.org</first><last>b2@example.org</last>"
			 "<count>6</count></set>");
	sent = submit("alice@example.org", FIELD("x-name", "example"), next);
	expect_has(sent, "<first index=\"2\">b2@example.org</first><last>carol@example.org</last>");
	sent = submit("alice@example.org", FIELD("x-name", "example"), last);
	expect_has(
		sent, "<first index=\"4\">carol@example.org</first><last>dave@example.org</last>");
	sent = submit("alice@example.org", FIELD("x-name", "example"), count);
	expect_lacks(sent, "<item>");
	expect_has(sent, "<set xmlns=\"" RSM "\"><count>6</count></set>");
	/* Nothing of the refused shows, in the count either. */
	set("b0@example.org", SETTING_FINDABLE, CIRCLE_NOBODY);
	sent = submit("alice@example.org", FIELD("x-name", "example"), first);
	expect_has(sent, "<first index=\"0\">b1@example.org</first><last>b3@example.org</last>"
			 "<count>5</count></set>");
	expect_has(submit("alice@example.org", FIELD("x-name", "example"),
			   "<set xmlns='" RSM "'><max>x</max></set>"),
		"<bad-request ");
}
END_TEST

/* They are come to in the order of their names and ages. Of 210, 200 are shown. */
START_TEST(pages_are_in_order_of_jid_and_give_each_hit_once)
{
	char jid[64], page[160] = "", after[64] = "";
	unsigned given = 0;

	for (int i = 0; i < 210; i++) {
		snprintf(jid, sizeof(jid), "b%03d@example.org", i * 37 % 210);
		publish(jid, i % 2 ? "Bea Example" : "Beatrix Example", "", "+447700900125");
	}
	for (int i = 0; i < 5; i++) {
		const char *sent = submit("alice@example.org", FIELD("x-name", "bea"), page), *at;

		for (at = sent; (at = strstr(at, "<item>")) != NULL; at++, given++) {
			ck_assert_int_eq(
				sscanf(at, "<item><field var=\"jid\"><value>%63[^<]", jid), 1);
			ck_assert_str_gt(jid, after);
			strcpy(after, jid);
		}
		expect_has(sent, "<count>200</count>");
		ck_assert_uint_eq(given, i < 4 ? 50 * (unsigned)(i + 1) : 200);
		snprintf(page, sizeof(page), "<set xmlns='" RSM "'><after>%s</after></set>", after);
	}
}
END_TEST

START_TEST(page_is_at_most_fifty)
{
	const char *sent;

	for (int i = 0; i < 60; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "b%02d@example.org", i);
		publish(jid, "Bea Example", "", "+447700900125");
	}
	sent = search(FIELD("x-name", "bea"));
	ck_assert_uint_eq(dialogue_count(sent, "<item>"), 50);
	expect_has(sent, "<last>b49@example.org</last><count>60</count></set>");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *search_suite(void)
{
	Suite *suite = suite_create("search");
	TCase *tcase = add_case(suite, "XEP-0055, 2.1: searching; 3: extensibility");

	tcase_add_test(tcase, fields_are_told_in_both_forms);
	tcase_add_test(tcase, hits_are_a_table);
	tcase_add_test(tcase, hits_are_items_for_clients_without_forms);
	tcase_add_loop_test(tcase, all_that_is_filled_in_must_be_true, 0, FILLED_IN);
	tcase_add_test(tcase, words_that_another_begins_with_are_implied);
	tcase_add_test(tcase, number_may_be_of_the_region);
	tcase_add_test(tcase, another_form_is_no_search);
	tcase = add_case(suite, "design, 4: findable");
	tcase_add_loop_test(tcase, who_may_not_be_found_looks_like_nobody, 0, 4);
	tcase_add_test(tcase, hidden_profile_is_not_found);
	tcase_add_test(tcase, who_is_not_served_finds_nobody);
	tcase_add_test(tcase, searching_makes_no_account);
	tcase_add_test(tcase, refused_do_not_stand_before_the_findable);
	tcase = add_case(suite, "XEP-0059: pages");
	tcase_add_test(tcase, hits_are_paged);
	tcase_add_test(tcase, pages_are_in_order_of_jid_and_give_each_hit_once);
	tcase_add_test(tcase, page_is_at_most_fifty);
	return suite;
}

int main(void)
{
	return expect_all(search_suite());
}
