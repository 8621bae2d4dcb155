/* Sync of the address book (XEP-0313 with XEP-0442), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define NOW 1600000000
#define DAY 86400
#define FORM(fields)                                                                               \
	"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"             \
	"<value>urn:xmpp:mam:2</value></field>" fields "</x>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define SET(content) "<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

/* Publishes or retracts the contact `number`; the archive id that the headline told, to be freed.
 */
static char *change(int number, const char *name)
{
	const char *sent = dialogue_say(dialogue,
		name ? "<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
		       "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		       "<publish node='urn:xmpp:contacts'><item id='friend%02d@example.net'>"
		       "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>%s</text></fn>"
		       "</vcard></item></publish></pubsub></iq>"
		     : "<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
		       "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		       "<retract node='urn:xmpp:contacts'><item id='friend%02d@example.net'/>"
		       "</retract></pubsub></iq>",
		number, name);

	return expect_between(sent, "<stanza-id xmlns=\"urn:xmpp:sid:0\" id=\"", "\"");
}

static void add_friends(int count)
{
	for (int i = 0; i < count; i++)
		free(change(i, "Friend"));
}

static const char *query_from(const char *from, const char *content)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s' to='kith.example.org' id='juliet1'>"
		"<query xmlns='urn:xmpp:mam:2' queryid='f28' node='urn:xmpp:contacts'>%s</query>"
		"</iq>",
		from, content);
}

static const char *query(const char *content)
{
	return query_from("alice@example.org/r", content);
}

/* A query whose content has one %s, for an id. */
static const char *query_id(const char *content, const char *id)
{
	char text[2048], *at = strstr(content, "%s");

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - content), content, id, at + 2);
	return query(text);
}

/* The changes of an answer: "00 -01 02", with - for a retraction. */
static const char *changes(const char *answer)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	while ((answer = strstr(answer, " id=\"friend")) != NULL) {
		const char *minus = strncmp(answer - 7, "retract", 7) == 0 ? "-" : "";

		answer += strlen(" id=\"friend");
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%s%.2s", len ? " " : "", minus, answer);
	}
	return text;
}

static char *last_of(const char *answer)
{
	return expect_between(answer, "<last>", "</last>");
}

/* ---- 4.2 ---- */

START_TEST(results_are_headlines_to_the_device_that_asked)
{
	char *id = change(0, "Friend");
	char expected[512];
	const char *sent;

	sent = query("");
	snprintf(expected, sizeof(expected),
		"<message from=\"kith.example.org\" to=\"alice@example.org/r\" type=\"headline\">"
		"<result xmlns=\"urn:xmpp:mam:2\" queryid=\"f28\" id=\"%s\">"
		"<forwarded xmlns=\"urn:xmpp:forward:0\">"
		"<delay xmlns=\"urn:xmpp:delay\" stamp=\"2020-09-13T12:26:40Z\"/>"
		"<message xmlns=\"jabber:client\" ",
		id);
	expect_has(sent, expected);
	expect_has(sent,
		"<event xmlns=\"http://jabber.org/protocol/pubsub#event\">"
		"<items node=\"urn:xmpp:contacts\"><item id=\"friend00@example.net\"><vcard ");
	free(id);
}
END_TEST

START_TEST(end_is_told_behind_the_results)
{
	const char *sent;

	add_friends(2);
	sent = query("");
	expect_has(sent, "</message><iq ");
	expect_has(sent, "<fin xmlns=\"urn:xmpp:mam:2\" complete=\"true\">"
			 "<set xmlns=\"http://jabber.org/protocol/rsm\"><first>");
	expect_lacks(strstr(sent, "<fin"), "<message");
	expect_has(sent, "<count>2</count>");
}
END_TEST

START_TEST(empty_book_is_complete)
{
	const char *sent = query("");

	expect_has(sent, "complete=\"true\"");
	expect_lacks(sent, "<message");
	expect_lacks(sent, "<first");
}
END_TEST

START_TEST(superseded_version_is_left_out_and_its_id_stays_good)
{
	char *old = change(0, "Friend"), *between = change(1, "Friend");

	free(change(0, "Friend again"));
	ck_assert_str_eq(changes(query("")), "01 00");
	ck_assert_str_eq(changes(query_id(SET("<after>%s</after>"), old)), "01 00");
	ck_assert_str_eq(changes(query_id(SET("<after>%s</after>"), between)), "00");
	ck_assert_str_eq(changes(query_id(FORM(FIELD("ids", "%s")), old)), "");
	free(old);
	free(between);
}
END_TEST

START_TEST(retraction_comes_in_its_place)
{
	add_friends(3);
	free(change(1, NULL));
	free(change(3, "Friend"));
	ck_assert_str_eq(changes(query("")), "00 02 -01 03");
}
END_TEST

/* ---- 4.3 ---- */

START_TEST(pages_follow_each_other_forwards)
{
	const char *sent;
	char *last;

	add_friends(5);
	sent = query(SET("<max>2</max>"));
	ck_assert_str_eq(changes(sent), "00 01");
	expect_lacks(sent, "complete=\"true\"");
	last = last_of(sent);
	sent = query_id(SET("<max>2</max><after>%s</after>"), last);
	ck_assert_str_eq(changes(sent), "02 03");
	expect_lacks(sent, "complete=\"true\"");
	free(last);
	last = last_of(sent);
	sent = query_id(SET("<max>2</max><after>%s</after>"), last);
	ck_assert_str_eq(changes(sent), "04");
	expect_has(sent, "complete=\"true\"");
	free(last);
}
END_TEST

START_TEST(pages_follow_each_other_backwards)
{
	const char *sent;
	char *first;

	add_friends(5);
	sent = query(SET("<max>2</max><before/>"));
	ck_assert_str_eq(changes(sent), "03 04");
	expect_lacks(sent, "complete=\"true\"");
	first = expect_between(sent, "<first>", "</first>");
	sent = query_id(SET("<max>3</max><before>%s</before>"), first);
	ck_assert_str_eq(changes(sent), "00 01 02");
	expect_has(sent, "complete=\"true\"");
	free(first);
}
END_TEST

START_TEST(flipped_page_has_the_same_results_from_the_end)
{
	const char *sent;
	char *first, *first_flipped;

	add_friends(5);
	first = expect_between(query(SET("<max>2</max>")), "<first>", "</first>");
	sent = query(SET("<max>2</max>") "<flip-page/>");
	ck_assert_str_eq(changes(sent), "01 00");
	first_flipped = expect_between(sent, "<first>", "</first>");
	ck_assert_str_eq(first, first_flipped);
	free(first);
	free(first_flipped);
}
END_TEST

START_TEST(page_has_at_most_50)
{
	const char *sent;

	add_friends(52);
	sent = query(SET("<max>100</max>"));
	ck_assert_uint_eq(dialogue_count(sent, "<result "), 50);
	expect_lacks(sent, "complete=\"true\"");
	expect_has(sent, "<count>52</count>");
	ck_assert_uint_eq(dialogue_count(query(""), "<result "), 50);
}
END_TEST

START_TEST(count_is_had_without_results)
{
	const char *sent;

	add_friends(3);
	sent = query(SET("<max>0</max>"));
	expect_lacks(sent, "<message");
	expect_has(sent, "<count>3</count>");
	expect_lacks(sent, "complete=\"true\"");
}
END_TEST

/* ---- 4.1 ---- */

START_TEST(results_are_limited_by_ids)
{
	char *ids[4];

	for (int i = 0; i < 4; i++)
		ids[i] = change(i, "Friend");
	ck_assert_str_eq(changes(query_id(FORM(FIELD("after-id", "%s")), ids[1])), "02 03");
	ck_assert_str_eq(changes(query_id(FORM(FIELD("before-id", "%s")), ids[1])), "00");
	ck_assert_str_eq(changes(query_id(FORM(FIELD("ids", "%s")), ids[2])), "02");
	ck_assert_str_eq(
		changes(query_id(
			FORM(FIELD("before-id", "%s")) SET("<max>2</max><before/>"), ids[3])),
		"01 02");
	for (int i = 0; i < 4; i++)
		free(ids[i]);
}
END_TEST

START_TEST(several_ids_come_in_order_and_once)
{
	char *a = change(0, "Friend"), *b = change(1, "Friend"), *c = change(2, "Friend");
	char text[1024];

	snprintf(text, sizeof(text),
		FORM("<field "
		     "var='ids'><value>%s</value><value>%s</value><value>%s</value></field>"),
		c, a, c);
	ck_assert_str_eq(changes(query(text)), "00 02");
	snprintf(text, sizeof(text),
		FORM("<field var='ids'><value>%s</value><value>%s</value><value>%s</value></field>")
			SET("<max>2</max><before/>"),
		c, a, b);
	ck_assert_str_eq(changes(query(text)), "01 02");
	snprintf(text, sizeof(text),
		FORM("<field var='ids'><value>%s</value><value>%s</value><value>%s</value></field>")
			SET("<before>%s</before>"),
		c, a, b, c);
	ck_assert_str_eq(changes(query(text)), "00 01");
	free(a);
	free(b);
	free(c);
}
END_TEST

START_TEST(results_are_limited_by_time)
{
	static const struct {
		const char *form, *expected;
	} rows[] = {
		{FORM(FIELD("start", "2020-09-14T12:26:40Z")), "01 02"},
		{FORM(FIELD("start", "2020-09-14T12:26:40.5Z")), "02"},
		{FORM(FIELD("end", "2020-09-14T12:26:40Z")), "00 01"},
		{FORM(FIELD("start", "2020-09-14T14:26:40+02:00")
				 FIELD("end", "2020-09-14T12:26:40.9Z")),
			"01"},
		{FORM(FIELD("start", "2021-01-01T00:00:00Z")), ""},
		{FORM(FIELD("start", "2020-09-13T00:00:00Z")) SET("<max>1</max><before/>"), "02"},
		{FORM(FIELD("with", "kith.example.org")), "00 01 02"},
		{FORM(FIELD("with", "bob@example.org")), ""},
		{FORM(""), "00 01 02"},
		{FORM("<field var='start'/>"), "00 01 02"},
	};

	for (int i = 0; i < 3; i++) {
		dialogue_set_time(dialogue, NOW + i * DAY);
		free(change(i, "Friend"));
	}
	ck_assert_str_eq(changes(query(rows[_i].form)), rows[_i].expected);
}
END_TEST

START_TEST(bad_queries_are_refused_as_the_xep_says)
{
	static const struct {
		const char *content, *error;
	} rows[] = {
		{FORM(FIELD("include-groupchat", "true")), "<feature-not-implemented "},
		{FORM(FIELD("{http://example.com/}free-text-search", "x")),
			"<feature-not-implemented "},
		{FORM(FIELD("start", "yesterday")), "<bad-request "},
		{FORM(FIELD("with", "a@b@c")), "<bad-request "},
		{"<x xmlns='jabber:x:data' type='submit'/>", "<bad-request "},
		{FORM(FIELD("after-id", "09af3-cc343-b409f")), "<item-not-found "},
		{FORM(FIELD("ids", "09af3-cc343-b409f")), "<item-not-found "},
		{SET("<after>09af3-cc343-b409f</after>"), "<item-not-found "},
		{SET("<before>09af3-cc343-b409f</before>"), "<item-not-found "},
		{SET("<index>1</index>"), "<feature-not-implemented "},
		{SET("<max>x</max>"), "<bad-request "},
	};

	add_friends(1);
	expect_has(query(rows[_i].content), rows[_i].error);
	expect_lacks(query(rows[_i].content), "<message");
}
END_TEST

START_TEST(id_is_of_one_book_and_not_to_be_guessed)
{
	char *id = change(0, "Friend");
	char text[512];

	snprintf(text, sizeof(text), SET("<after>%s</after>"), id);
	expect_has(query_from("bob@example.org/r", text), "<item-not-found ");
	id[15] = id[15] == '1' ? '2' : '1';
	expect_has(query_id(SET("<after>%s</after>"), id), "<item-not-found ");
	free(id);
}
END_TEST

START_TEST(other_archives_are_not_there)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
			   "<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:vcard4'/></iq>"),
		"<item-not-found ");
	expect_has(query_from("mallory@example.com/r", ""), "<forbidden ");
}
END_TEST

/* Libraries that know XEP-0313 only name no node; there is one archive. */
START_TEST(archive_is_meant_where_no_node_is_named)
{
	add_friends(2);
	ck_assert_str_eq(changes(dialogue_say(dialogue,
				 "<iq type='set' from='alice@example.org/r' to='kith.example.org'"
				 " id='1'><query xmlns='urn:xmpp:mam:2'/></iq>")),
		"00 01");
}
END_TEST

START_TEST(fields_are_told)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='form1'>"
		"<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/></iq>");

	expect_has(sent, "<x xmlns=\"jabber:x:data\" type=\"form\"><field var=\"FORM_TYPE\" "
			 "type=\"hidden\"><value>urn:xmpp:mam:2</value></field>"
			 "<field var=\"with\" type=\"jid-single\"/>");
	expect_has(sent, "<field var=\"ids\" type=\"list-multi\">"
			 "<validate xmlns=\"http://jabber.org/protocol/xdata-validate\" "
			 "datatype=\"xs:string\"><open/></validate></field>");
	expect_lacks(sent, "<required");
}
END_TEST

/* ---- 5 ---- */

START_TEST(metadata_has_both_ends)
{
	static const char get[] = "<iq type='get' from='alice@example.org/r' to='kith.example.org'"
				  " id='jui8921rr9'><metadata xmlns='urn:xmpp:mam:2'/></iq>";
	char *first, *last, expected[512];
	const char *sent = dialogue_say(dialogue, "%s", get);

	expect_has(sent, "<metadata xmlns=\"urn:xmpp:mam:2\"/>");
	first = change(0, "Friend");
	free(change(1, "Friend"));
	dialogue_set_time(dialogue, NOW + DAY);
	last = change(1, NULL);
	snprintf(expected, sizeof(expected),
		"<metadata xmlns=\"urn:xmpp:mam:2\"><start id=\"%s\" timestamp="
		"\"2020-09-13T12:26:40Z\"/><end id=\"%s\" timestamp=\"2020-09-14T12:26:40Z\"/>",
		first, last);
	expect_has(dialogue_say(dialogue, "%s", get), expected);
	free(first);
	free(last);
}
END_TEST

/* ---- The design's own: what is older than the kept retractions ---- */

static void expire(int64_t before)
{
	struct store *store = dialogue_store(dialogue);
	bool more = true;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	while (more)
		ck_assert_int_eq(store_expire(store, before, 100, &more), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

START_TEST(who_missed_a_dropped_retraction_begins_anew)
{
	char *before, *after;
	const char *sent;

	before = change(0, "Friend");
	free(change(1, "Friend"));
	after = change(1, NULL);
	expect_has(query_id(SET("<after>%s</after>"), before), "complete=\"true\"");
	expire(NOW + 1);
	expect_has(query_id(SET("<after>%s</after>"), before), "<item-not-found ");
	expect_has(query_id(FORM(FIELD("after-id", "%s")), before), "<item-not-found ");
	expect_has(query_id(SET("<after>%s</after>"), after), "complete=\"true\"");
	sent = query("");
	ck_assert_str_eq(changes(sent), "00");
	free(before);
	free(after);
}
END_TEST

START_TEST(old_book_is_paged_from_its_start_and_then_followed)
{
	const char *sent;
	char *last;

	add_friends(4);
	free(change(4, "Friend"));
	free(change(4, NULL));
	expire(NOW + 1);
	sent = query(SET("<max>2</max>"));
	ck_assert_str_eq(changes(sent), "00 01");
	last = last_of(sent);
	sent = query_id(SET("<max>2</max><after>%s</after>"), last);
	ck_assert_str_eq(changes(sent), "02 03");
	expect_has(sent, "complete=\"true\"");
	free(last);
	/* What it ends with is good from then on, until the next retraction is dropped unseen. */
	last = last_of(sent);
	expect_has(query_id(SET("<after>%s</after>"), last), "complete=\"true\"");
	free(change(0, NULL));
	ck_assert_str_eq(changes(query_id(SET("<after>%s</after>"), last)), "-00");
	expire(NOW + 1);
	expect_has(query_id(SET("<after>%s</after>"), last), "<item-not-found ");
	free(last);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *mam_suite(void)
{
	Suite *suite = suite_create("mam");
	TCase *tcase = add_case(suite, "XEP-0313, 4.2: query results; XEP-0442");

	tcase_add_test(tcase, results_are_headlines_to_the_device_that_asked);
	tcase_add_test(tcase, end_is_told_behind_the_results);
	tcase_add_test(tcase, empty_book_is_complete);
	tcase_add_test(tcase, superseded_version_is_left_out_and_its_id_stays_good);
	tcase_add_test(tcase, retraction_comes_in_its_place);
	tcase = add_case(suite, "XEP-0313, 4.3: paging");
	tcase_add_test(tcase, pages_follow_each_other_forwards);
	tcase_add_test(tcase, pages_follow_each_other_backwards);
	tcase_add_test(tcase, flipped_page_has_the_same_results_from_the_end);
	tcase_add_test(tcase, page_has_at_most_50);
	tcase_add_test(tcase, count_is_had_without_results);
	tcase = add_case(suite, "XEP-0313, 4.1: filtering");
	tcase_add_test(tcase, results_are_limited_by_ids);
	tcase_add_test(tcase, several_ids_come_in_order_and_once);
	tcase_add_loop_test(tcase, results_are_limited_by_time, 0, 10);
	tcase_add_loop_test(tcase, bad_queries_are_refused_as_the_xep_says, 0, 11);
	tcase_add_test(tcase, id_is_of_one_book_and_not_to_be_guessed);
	tcase_add_test(tcase, other_archives_are_not_there);
	tcase_add_test(tcase, archive_is_meant_where_no_node_is_named);
	tcase_add_test(tcase, fields_are_told);
	tcase = add_case(suite, "XEP-0313, 5: metadata");
	tcase_add_test(tcase, metadata_has_both_ends);
	tcase = add_case(suite, "design, 3: positions older than the kept retractions");
	tcase_add_test(tcase, who_missed_a_dropped_retraction_begins_anew);
	tcase_add_test(tcase, old_book_is_paged_from_its_start_and_then_followed);
	return suite;
}

int main(void)
{
	return expect_all(mam_suite());
}
