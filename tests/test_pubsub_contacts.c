/* The node urn:xmpp:contacts, what both nodes have in common, and result sets (XEP-0060, XEP-0292,
 * XEP-0059), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/settings.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define ERRORS "xmlns=\"http://jabber.org/protocol/pubsub#errors\""
#define RSM "xmlns='http://jabber.org/protocol/rsm'"

/* XEP-0292, 5.2, "Storing a Contact vCard". */
#define SAMANTHA                                                                                   \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Samantha Mizzi</text></fn>"     \
	"<n><surname>Mizzi</surname><given>Samantha</given><additional></additional></n>"          \
	"<nickname><text>Sam</text></nickname><nickname><text>samizzi</text></nickname>"           \
	"<geo><uri>geo:39.59,-105.01</uri></geo>"                                                  \
	"<org><parameters><type><text>work</text></type></parameters><text>Cisco</text></org>"     \
	"<note><text>My co-author on XEP-0292. She's cool!</text></note>"                          \
	"<impp><parameters><type><text>work</text></type></parameters>"                            \
	"<uri>xmpp:samizzi@cisco.com</uri></impp></vcard>"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *ask_in(const char *ns, const char *from, const char *type, const char *pubsub)
{
	return dialogue_say(dialogue,
		"<iq type='%s' from='%s' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/%s'>%s</pubsub></iq>",
		type, from, ns, pubsub);
}

static const char *ask(const char *type, const char *pubsub)
{
	return ask_in("pubsub", "alice@example.org/r", type, pubsub);
}

static const char *publish(const char *item)
{
	char text[4096];

	snprintf(text, sizeof(text), "<publish node='urn:xmpp:contacts'>%s</publish>", item);
	return ask("set", text);
}

static const char *publish_name(const char *id, const char *name)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>%s</text>"
		"</fn></vcard></item>",
		id, name);
	return publish(text);
}

/* A book of friend00 to friendNN, published in the other order. */
static void publish_friends(int count)
{
	while (count-- > 0) {
		char id[64];

		snprintf(id, sizeof(id), "friend%02d@example.net", count);
		expect_has(publish_name(id, id), "type=\"result\"");
	}
}

static const char *get_items(const char *attributes, const char *children, const char *set)
{
	char text[2048];

	snprintf(text, sizeof(text), "<items node='urn:xmpp:contacts'%s>%s</items>%s", attributes,
		children, set);
	return ask("get", text);
}

/* The items of an answer as "00 01 ...": their numbers. */
static const char *numbers(const char *answer)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	while ((answer = strstr(answer, "<item id=\"friend")) != NULL) {
		answer += strlen("<item id=\"friend");
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%.2s", len ? " " : "", answer);
	}
	return text;
}

/* ---- 7.1 ---- */

START_TEST(contact_is_stored_as_it_came)
{
	const char *sent = publish("<item id='samizzi@cisco.com'>" SAMANTHA "</item>");
	char *card;

	expect_has(sent, "<publish node=\"urn:xmpp:contacts\"><item id=\"samizzi@cisco.com\"/>");
	sent = get_items("", "<item id='samizzi@cisco.com'/>", "");
	card = expect_between(sent, "<item id=\"samizzi@cisco.com\">", "</item>");
	expect_has(card, "<fn><text>Samantha Mizzi</text></fn>");
	expect_has(card, "<org><parameters><type><text>work</text></type></parameters>"
			 "<text>Cisco</text></org>");
	expect_has(card, "<uri>geo:39.59,-105.01</uri>");
	free(card);
}
END_TEST

START_TEST(owner_is_told_of_each_change)
{
	const char *sent = publish("<item id='samizzi@cisco.com'>" SAMANTHA "</item>");

	ck_assert_uint_eq(dialogue_count(sent, "<message"), 1);
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	expect_has(sent,
		"<event xmlns=\"http://jabber.org/protocol/pubsub#event\">"
		"<items node=\"urn:xmpp:contacts\"><item id=\"samizzi@cisco.com\"><vcard ");
	expect_has(sent, "<stanza-id xmlns=\"urn:xmpp:sid:0\" id=\"");
	expect_has(sent, "by=\"kith.example.org\"/>");
	sent = ask("set",
		"<retract node='urn:xmpp:contacts'><item id='samizzi@cisco.com'/></retract>");
	expect_has(sent, "<retract id=\"samizzi@cisco.com\"/>");
	expect_has(sent, "<stanza-id ");
}
END_TEST

START_TEST(item_id_is_a_prepared_jid_or_a_uid)
{
	char *id;

	expect_has(publish_name("SaMizzi@CISCO.com", "Sam"), "<item id=\"samizzi@cisco.com\"/>");
	expect_has(publish_name("urn:uuid:1234", "Sam"), "<item id=\"urn:uuid:1234\"/>");
	id = expect_between(publish("<item>" SAMANTHA "</item>"),
		"<publish node=\"urn:xmpp:contacts\"><item id=\"", "\"");
	ck_assert_int_eq(strncmp(id, "urn:uuid:", 9), 0);
	free(id);
	expect_has(publish_name("samizzi@cisco.com/desk", "Sam"), "type=\"error\"");
	expect_has(get_items("", "<item id='SAMIZZI@cisco.com'/>", ""),
		"<item id=\"samizzi@cisco.com\">");
}
END_TEST

START_TEST(item_is_overwritten_by_the_next_of_its_id)
{
	const char *sent;

	publish_name("sam@example.net", "Sam");
	publish_name("sam@example.net", "Samantha");
	sent = get_items("", "", "");
	ck_assert_uint_eq(dialogue_count(sent, "<item "), 1);
	expect_has(sent, "Samantha");
}
END_TEST

START_TEST(bad_publications_are_refused_as_the_xep_says)
{
	static const struct {
		const char *item, *error, *condition;
	} rows[] = {
		{"", "type=\"modify\"><bad-request ", "<item-required " ERRORS},
		{"<item/>", "type=\"modify\"><bad-request ", "<payload-required " ERRORS},
		{"<item>" SAMANTHA SAMANTHA "</item>", "type=\"modify\"><bad-request ",
			"<invalid-payload " ERRORS},
		/* XEP-0510 has a node of this name, too. */
		{"<item><contact xmlns='urn:xmpp:contacts'/></item>",
			"type=\"modify\"><not-acceptable ", "<invalid-payload " ERRORS},
		{"<item><vCard xmlns='vcard-temp'><FN>Sam</FN></vCard></item>",
			"type=\"modify\"><not-acceptable ", "<invalid-payload " ERRORS},
		{"<item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><note><text>x</text></note>"
		 "</vcard></item>",
			"type=\"modify\"><not-acceptable ", "<invalid-payload " ERRORS},
		{"<item id='a@b.c'>" SAMANTHA "</item><item id='d@e.f'>" SAMANTHA "</item>",
			"type=\"modify\"><bad-request ", ""},
	};
	const char *sent = publish(rows[_i].item);

	expect_has(sent, rows[_i].error);
	expect_has(sent, rows[_i].condition);
	expect_lacks(sent, "<message");
	expect_has(get_items("", "", ""), "<items node=\"urn:xmpp:contacts\"/>");
}
END_TEST

START_TEST(book_that_is_full_takes_no_new_contact)
{
	const char *sent;

	dialogue_settings(dialogue)->limits.contacts_per_book = 1;
	publish_name("sam@example.net", "Sam");
	sent = publish_name("bob@example.net", "Bob");
	expect_has(sent, "type=\"cancel\"><conflict ");
	expect_has(sent, "<node-full " ERRORS);
	expect_has(sent, "it has room for ");
	expect_has(publish_name("sam@example.net", "Samantha"), "type=\"result\"");
}
END_TEST

START_TEST(payload_that_is_too_big_is_refused)
{
	const char *sent;

	dialogue_settings(dialogue)->limits.card_bytes = 200;
	sent = publish("<item>" SAMANTHA "</item>");
	expect_has(sent, "type=\"modify\"><not-acceptable ");
	expect_has(sent, "<payload-too-big " ERRORS);
}
END_TEST

START_TEST(who_is_not_served_has_no_book)
{
	expect_has(ask_in("pubsub", "mallory@example.com/r", "get",
			   "<items node='urn:xmpp:contacts'/>"),
		"<forbidden ");
	expect_has(ask_in("pubsub", "mallory@example.com/r", "set",
			   "<publish node='urn:xmpp:contacts'><item>" SAMANTHA "</item></publish>"),
		"<forbidden ");
}
END_TEST

START_TEST(books_are_apart)
{
	publish_name("sam@example.net", "Sam");
	expect_has(ask_in("pubsub", "bob@example.org/r", "get",
			   "<items node='urn:xmpp:contacts'><item id='sam@example.net'/></items>"),
		"<items node=\"urn:xmpp:contacts\"/>");
}
END_TEST

/* ---- 7.1.5 ---- */

START_TEST(publish_options_are_preconditions)
{
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define TYPE FIELD("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options")
	static const struct {
		const char *fields, *expected;
	} rows[] = {
		/* XEP-0292, 5.2 */
		{TYPE FIELD("pubsub#persist_items", "true")
				FIELD("pubsub#access_model", "whitelist"),
			"type=\"result\""},
		{TYPE FIELD("pubsub#persist_items", "1"), "type=\"result\""},
		{TYPE FIELD("pubsub#max_items", "max"), "type=\"result\""},
		{TYPE, "type=\"result\""},
		{TYPE FIELD("pubsub#access_model", "open"), "<precondition-not-met "},
		{TYPE FIELD("pubsub#persist_items", "false"), "<precondition-not-met "},
		{TYPE FIELD("pubsub#what_is_this", "1"), "<precondition-not-met "},
		{FIELD("pubsub#persist_items", "true"), "<bad-request "},
		{"", "<bad-request "},
	};
	char text[4096];
	const char *sent;

	snprintf(text, sizeof(text),
		"<publish node='urn:xmpp:contacts'><item id='a@b.c'>" SAMANTHA "</item></publish>"
		"<publish-options><x xmlns='jabber:x:data' type='submit'>%s</x></publish-options>",
		rows[_i].fields);
	sent = ask("set", text);
	expect_has(sent, rows[_i].expected);
	if (strstr(sent, "<precondition-not-met "))
		expect_has(sent, "type=\"cancel\"><conflict ");
	ck_assert_uint_eq(dialogue_count(get_items("", "", ""), "<item "),
		strstr(rows[_i].expected, "result") != NULL);
}
END_TEST

/* ---- 7.2 ---- */

START_TEST(retracted_item_is_gone)
{
	publish_name("sam@example.net", "Sam");
	expect_has(ask("set", "<retract node='urn:xmpp:contacts' notify='1'>"
			      "<item id='SAM@example.net'/></retract>"),
		"type=\"result\"");
	expect_has(get_items("", "", ""), "<items node=\"urn:xmpp:contacts\"/>");
	expect_has(ask("set", "<retract node='urn:xmpp:contacts'><item id='sam@example.net'/>"
			      "</retract>"),
		"type=\"cancel\"><item-not-found ");
}
END_TEST

START_TEST(bad_retractions_are_refused_as_the_xep_says)
{
	static const struct {
		const char *retract, *error, *condition;
	} rows[] = {
		{"<retract><item id='a@b.c'/></retract>", "<bad-request ",
			"<nodeid-required " ERRORS},
		{"<retract node='urn:xmpp:contacts'/>", "<bad-request ", "<item-required " ERRORS},
		{"<retract node='urn:xmpp:contacts'><item/></retract>", "<bad-request ",
			"<item-required " ERRORS},
		{"<retract node='nowhere'><item id='a@b.c'/></retract>", "<item-not-found ", ""},
		{"<retract node='urn:xmpp:contacts'><item id='a@b.c/d'/></retract>",
			"<item-not-found ", ""},
	};
	const char *sent = ask("set", rows[_i].retract);

	expect_has(sent, rows[_i].error);
	expect_has(sent, rows[_i].condition);
}
END_TEST

/* ---- 6.5 and XEP-0059 ---- */

START_TEST(all_items_come_in_order_of_their_ids)
{
	const char *sent;

	publish_friends(5);
	sent = get_items("", "", "");
	ck_assert_str_eq(numbers(sent), "00 01 02 03 04");
	expect_lacks(sent, "<set ");
}
END_TEST

START_TEST(items_by_id_are_those_that_there_are)
{
	const char *sent;

	publish_friends(3);
	sent = get_items("",
		"<item id='friend02@example.net'/><item id='nobody@example.net'/>"
		"<item id='friend00@example.net'/>",
		"");
	ck_assert_str_eq(numbers(sent), "02 00");
	expect_lacks(sent, "<set ");
	expect_has(get_items("", "<item id='nobody@example.net'/>", ""),
		"<items node=\"urn:xmpp:contacts\"/>"); /* 6.5.9.12 */
}
END_TEST

START_TEST(most_recent_items_come_oldest_first)
{
	publish_friends(5); /* 04 first, 00 last */
	ck_assert_str_eq(numbers(get_items(" max_items='2'", "", "")), "01 00");
	ask("set", "<retract node='urn:xmpp:contacts'><item id='friend00@example.net'/></retract>");
	ck_assert_str_eq(numbers(get_items(" max_items='2'", "", "")), "02 01");
	ck_assert_str_eq(numbers(get_items(" max_items='9'", "", "")), "04 03 02 01");
	expect_has(get_items(" max_items='none'", "", ""), "<bad-request ");
}
END_TEST

START_TEST(pages_are_as_xep_0059_has_them)
{
#define SET(content) "<set " RSM ">" content "</set>"
	static const struct {
		const char *set, *items, *first, *count;
	} rows[] = {
		{SET("<max>3</max>"), "00 01 02", "<first index=\"0\">friend00@", "<count>8<"},
		{SET("<max>3</max><after>friend02@example.net</after>"), "03 04 05",
			"<first index=\"3\">friend03@", "<count>8<"},
		{SET("<max>3</max><after>friend05@example.net</after>"), "06 07",
			"<first index=\"6\">friend06@", "<last>friend07@"},
		{SET("<max>3</max><after>friend07@example.net</after>"), "", "", "<count>8<"},
		{SET("<max>3</max><after/>"), "00 01 02", "<first index=\"0\">", "<count>8<"},
		{SET("<max>2</max><before>friend05@example.net</before>"), "03 04",
			"<first index=\"3\">", "<last>friend04@"},
		{SET("<max>3</max><before/>"), "05 06 07", "<first index=\"5\">",
			"<last>friend07@"},
		{SET("<max>2</max><index>3</index>"), "03 04", "<first index=\"3\">", "<count>8<"},
		{SET("<max>2</max><index>8</index>"), "", "", "<count>8<"},
		{SET("<max>0</max>"), "", "", "<count>8<"},
		/* A position that is no item: there always is a next one. */
		{SET("<max>2</max><after>friend03@example.netz</after>"), "04 05", "", ""},
		{SET(""), "00 01 02 03 04 05 06 07", "<first index=\"0\">", "<count>8<"},
	};
	const char *sent;

	publish_friends(8);
	sent = get_items("", "", rows[_i].set);
	ck_assert_str_eq(numbers(sent), rows[_i].items);
	expect_has(sent, rows[_i].first);
	expect_has(sent, rows[_i].count);
	expect_has(sent, "<set xmlns=\"http://jabber.org/protocol/rsm\">");
	if (!*rows[_i].items)
		expect_lacks(sent, "<first");
}
END_TEST

START_TEST(bad_pages_are_refused)
{
	static const char *const sets[] = {SET("<max>-1</max>"), SET("<max>many</max>"),
		SET("<index>x</index>"), SET("<after>a</after><before>b</before>"),
		SET("<max>99999999999999999999</max>")};

	expect_has(get_items("", "", sets[_i]), "<bad-request ");
}
END_TEST

START_TEST(large_book_is_cut_and_says_so)
{
	const char *sent;

	publish_friends(60);
	sent = get_items("", "", "");
	ck_assert_uint_eq(dialogue_count(sent, "<item "), 50);
	expect_has(sent, "<last>friend49@example.net</last><count>60</count>");
}
END_TEST

/* An answer must fit into a stanza, however large the cards are. */
START_TEST(page_of_large_cards_is_cut_on_the_far_side)
{
	size_t len = 100000;
	char *note = malloc(len + 1);
	const char *sent;

	memset(note, 'x', len);
	note[len] = '\0';
	for (int i = 0; i < 6; i++) {
		dialogue_say(dialogue,
			"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
			"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			"<publish node='urn:xmpp:contacts'><item id='friend0%d@example.net'>"
			"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>x</text></fn>"
			"<note><text>%s</text></note></vcard></item></publish></pubsub></iq>",
			i, note);
		note[60000] = '\0'; /* the first is the largest */
	}
	sent = get_items("", "", SET("<max>6</max>"));
	ck_assert_str_eq(numbers(sent), "00 01");
	ck_assert_str_eq(numbers(get_items("", "", SET("<max>6</max><before/>"))), "03 04 05");
	sent = get_items(" max_items='6'", "", "");
	ck_assert_str_eq(numbers(sent), "03 04 05");
	expect_has(sent, "<count>6</count>");
	free(note);
}
END_TEST

/* ---- 5 and 6: what both nodes have in common ---- */

START_TEST(common_requests_are_answered_as_the_xep_says)
{
#define UNSUPPORTED(feature)                                                                       \
	"type=\"cancel\"><feature-not-implemented xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>" \
	"<unsupported " ERRORS " feature=\"" feature "\"/>"
	static const struct {
		const char *ns, *type, *request, *expected;
	} rows[] = {
		{"pubsub", "set", "<subscribe node='urn:xmpp:contacts' jid='alice@example.org'/>",
			"<subscription node=\"urn:xmpp:contacts\" jid=\"alice@example.org\" "
			"subscription=\"subscribed\"/>"},
		{"pubsub", "set", "<subscribe node='urn:xmpp:vcard4' jid='ALICE@example.org/r'/>",
			"subscription=\"subscribed\""},
		{"pubsub", "set", "<subscribe node='urn:xmpp:contacts' jid='bob@example.org'/>",
			"<invalid-jid " ERRORS},
		{"pubsub", "set", "<subscribe node='nowhere' jid='alice@example.org'/>",
			"type=\"cancel\"><item-not-found "},
		{"pubsub", "set", "<subscribe jid='alice@example.org'/>",
			"<nodeid-required " ERRORS},
		{"pubsub", "set", "<unsubscribe node='urn:xmpp:contacts' jid='alice@example.org'/>",
			"type=\"cancel\"><not-allowed "},
		{"pubsub", "set", "<unsubscribe node='urn:xmpp:contacts' jid='bob@example.org'/>",
			"type=\"auth\"><forbidden "},
		{"pubsub", "get", "<subscriptions/>",
			"<subscriptions><subscription node=\"urn:xmpp:vcard4\" "
			"jid=\"alice@example.org\" subscription=\"subscribed\"/>"
			"<subscription node=\"urn:xmpp:contacts\" "},
		{"pubsub", "get", "<subscriptions node='urn:xmpp:contacts'/>",
			"<subscriptions node=\"urn:xmpp:contacts\"><subscription "
			"node=\"urn:xmpp:contacts\" jid=\"alice@example.org\" "
			"subscription=\"subscribed\"/></subscriptions>"},
		{"pubsub", "get", "<affiliations/>",
			"<affiliations><affiliation node=\"urn:xmpp:vcard4\" "
			"affiliation=\"owner\"/>"
			"<affiliation node=\"urn:xmpp:contacts\" affiliation=\"owner\"/>"},
		{"pubsub", "get", "<affiliations node='nowhere'/>", "<item-not-found "},
		{"pubsub", "get", "<items node='nowhere'/>", "<item-not-found "},
		{"pubsub", "get", "<items/>", "<nodeid-required " ERRORS},
		{"pubsub", "get", "<default/>", UNSUPPORTED("retrieve-default-sub")},
		{"pubsub", "get", "<options node='urn:xmpp:contacts' jid='alice@example.org'/>",
			UNSUPPORTED("subscription-options")},
		{"pubsub", "set", "<create node='mine'/>", UNSUPPORTED("create-nodes")},
		{"pubsub", "set", "<create/><configure/>", UNSUPPORTED("create-nodes")},
		{"pubsub#owner", "get", "<configure node='urn:xmpp:contacts'/>",
			"type=\"cancel\"><not-allowed "},
		{"pubsub#owner", "get", "<configure/>", "<nodeid-required " ERRORS},
		{"pubsub#owner", "get", "<configure node='nowhere'/>", "<item-not-found "},
		{"pubsub#owner", "get", "<default/>", UNSUPPORTED("retrieve-default")},
		{"pubsub#owner", "set", "<delete node='urn:xmpp:contacts'/>", "<not-allowed "},
		{"pubsub#owner", "set", "<purge node='urn:xmpp:contacts'/>",
			UNSUPPORTED("purge-nodes")},
		{"pubsub#owner", "get", "<subscriptions node='urn:xmpp:contacts'/>",
			UNSUPPORTED("manage-subscriptions")},
		{"pubsub#owner", "set", "<affiliations node='urn:xmpp:contacts'/>",
			UNSUPPORTED("modify-affiliations")},
		{"pubsub", "get", "<what-is-this/>", "<bad-request "},
		{"pubsub", "get", "", "<bad-request "},
		{"pubsub", "get", "<publish node='urn:xmpp:contacts'/>", "<bad-request "},
	};

	ck_assert_int_eq(sizeof(rows) / sizeof(rows[0]), 28);
	expect_has(ask_in(rows[_i].ns, "alice@example.org/r", rows[_i].type, rows[_i].request),
		rows[_i].expected);
}
END_TEST

START_TEST(who_is_not_served_is_subscribed_to_nothing)
{
	expect_has(ask_in("pubsub", "mallory@example.com/r", "get", "<subscriptions/>"),
		"<subscriptions/>");
	expect_has(ask_in("pubsub", "mallory@example.com/r", "get", "<affiliations/>"),
		"<affiliations/>");
	expect_has(ask_in("pubsub", "mallory@example.com/r", "set",
			   "<subscribe node='urn:xmpp:contacts' jid='mallory@example.com'/>"),
		"<forbidden ");
}
END_TEST

static const char *disco(const char *what, const char *node)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#%s'%s/></iq>",
		what, node);
}

START_TEST(nodes_are_discovered_with_their_metadata)
{
	const char *sent = disco("items", "");

	expect_has(sent, "<item jid=\"kith.example.org\" node=\"urn:xmpp:vcard4\"");
	expect_has(sent, "<item jid=\"kith.example.org\" node=\"urn:xmpp:contacts\"");
	sent = disco("info", " node='urn:xmpp:contacts'");
	expect_has(sent, "<identity category=\"pubsub\" type=\"leaf\"");
	expect_has(sent, "<value>http://jabber.org/protocol/pubsub#meta-data</value>");
	expect_has(sent, "var=\"pubsub#access_model\"><value>whitelist</value>");
	publish_name("sam@example.net", "Sam");
	sent = disco("items", " node='urn:xmpp:contacts'");
	expect_has(sent, "node=\"urn:xmpp:contacts\"/>");
	expect_has(disco("info", " node='nowhere'"), "<item-not-found ");
	expect_has(disco("items", " node='nowhere'"), "<item-not-found ");
	sent = disco("info", "");
	expect_has(sent, "<identity category=\"pubsub\" type=\"service\"");
	expect_has(sent, "<feature var=\"http://jabber.org/protocol/pubsub#publish-options\"/>");
	expect_has(sent, "<feature var=\"http://jabber.org/protocol/rsm\"/>");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *contacts_suite(void)
{
	Suite *suite = suite_create("pubsub_contacts");
	TCase *tcase = add_case(suite, "XEP-0060, 7.1: publish");

	tcase_add_test(tcase, contact_is_stored_as_it_came);
	tcase_add_test(tcase, owner_is_told_of_each_change);
	tcase_add_test(tcase, item_id_is_a_prepared_jid_or_a_uid);
	tcase_add_test(tcase, item_is_overwritten_by_the_next_of_its_id);
	tcase_add_loop_test(tcase, bad_publications_are_refused_as_the_xep_says, 0, 7);
	tcase_add_test(tcase, book_that_is_full_takes_no_new_contact);
	tcase_add_test(tcase, payload_that_is_too_big_is_refused);
	tcase_add_test(tcase, who_is_not_served_has_no_book);
	tcase_add_test(tcase, books_are_apart);
	tcase = add_case(suite, "XEP-0060, 7.1.5: publishing options");
	tcase_add_loop_test(tcase, publish_options_are_preconditions, 0, 9);
	tcase = add_case(suite, "XEP-0060, 7.2: delete an item");
	tcase_add_test(tcase, retracted_item_is_gone);
	tcase_add_loop_test(tcase, bad_retractions_are_refused_as_the_xep_says, 0, 5);
	tcase = add_case(suite, "XEP-0060, 6.5: retrieve items; XEP-0059, 2");
	tcase_add_test(tcase, all_items_come_in_order_of_their_ids);
	tcase_add_test(tcase, items_by_id_are_those_that_there_are);
	tcase_add_test(tcase, most_recent_items_come_oldest_first);
	tcase_add_loop_test(tcase, pages_are_as_xep_0059_has_them, 0, 12);
	tcase_add_loop_test(tcase, bad_pages_are_refused, 0, 5);
	tcase_add_test(tcase, large_book_is_cut_and_says_so);
	tcase_add_test(tcase, page_of_large_cards_is_cut_on_the_far_side);
	tcase = add_case(suite, "XEP-0060, 5, 6, 8: requests common to all nodes");
	tcase_add_loop_test(tcase, common_requests_are_answered_as_the_xep_says, 0, 28);
	tcase_add_test(tcase, who_is_not_served_is_subscribed_to_nothing);
	tcase_add_test(tcase, nodes_are_discovered_with_their_metadata);
	return suite;
}

int main(void)
{
	return expect_all(contacts_suite());
}
