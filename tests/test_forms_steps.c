/* Forms of several steps, and the types of their fields (XEP-0050, 2.4 and 4.4; XEP-0004;
 * XEP-0122), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/sessions.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define VALIDATE "http://jabber.org/protocol/xdata-validate"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"

static struct dialogue *dialogue;
static char *session; /* that was begun last */

static char admin[] = "admin@example.org";
static char *admins[] = {admin, NULL};
static char **nobody;

static void setup(void)
{
	dialogue = dialogue_new();
	nobody = dialogue_settings(dialogue)->admins;
	dialogue_settings(dialogue)->admins = admins;
	session = NULL;
}

static void teardown(void)
{
	dialogue_settings(dialogue)->admins = nobody;
	dialogue_free(dialogue);
	free(session);
}

static const char *execute(
	const char *who, const char *node, const char *attributes, const char *fields)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='c'>"
		"<command xmlns='" COMMANDS "' node='%s' %s>%s%s%s</command></iq>",
		who, node, attributes, fields ? "<x xmlns='jabber:x:data' type='submit'>" : "",
		fields ? fields : "", fields ? "</x>" : "");
}

static const char *begin_as(const char *who, const char *node)
{
	const char *sent = execute(who, node, "", NULL);

	free(session);
	session = expect_between(sent, "sessionid=\"", "\"");
	return sent;
}

static const char *begin(const char *node)
{
	return begin_as(ALICE, node);
}

/* In the session that was begun; fields NULL: no form is sent. */
static const char *act_as(const char *who, const char *node, const char *action, const char *fields)
{
	char attributes[256];

	snprintf(attributes, sizeof(attributes), "action='%s' sessionid='%s'", action, session);
	return execute(who, node, attributes, fields);
}

static const char *act(const char *node, const char *action, const char *fields)
{
	return act_as(ALICE, node, action, fields);
}

static void publish(
	const char *who, const char *node, const char *id, const char *name, const char *properties)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn>%s</vcard></item></publish></pubsub></iq>",
			   who, node, id, name, properties),
		"type=\"result\"");
}

#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"

static void publish_contact(const char *item, const char *name, const char *properties)
{
	publish(ALICE, "urn:xmpp:contacts", item, name, properties);
}

/* ---- XEP-0050, 2.4.2: the way back ---- */

static const unsigned char key[16] = "of the hashes";

START_TEST(a_step_back_shows_the_step_before)
{
	const char *sent;

	publish_contact("bob@example.org", "Bob", TEL("+447700900456"));
	publish_contact("carol@example.org", "Carol", "");
	expect_lacks(begin("contacts"), "<prev/>");
	sent = act("contacts", "next", FIELD("do", "find") FIELD("search", "bob"));
	expect_has(sent, "<actions execute=\"next\"><prev/><next/></actions>");
	sent = act("contacts", "next", FIELD("do", "edit") FIELD("item", "bob@example.org"));
	expect_has(sent, "<actions execute=\"complete\"><prev/><complete/></actions>");
	expect_has(sent, "<title>Edit a contact</title>");
	sent = act("contacts", "prev", NULL);
	expect_has(sent, "<actions execute=\"next\"><prev/><next/></actions>");
	expect_has(sent, "<option label=\"Bob (bob@example.org)\">");
	expect_lacks(sent, "Carol");
	/* And on from there, with a form that a client sends along when it goes back. */
	sent = act("contacts", "next", FIELD("do", "edit") FIELD("item", "bob@example.org"));
	expect_has(sent, "<title>Edit a contact</title>");
	act("contacts", "prev", FIELD("name", "half filled in"));
	sent = act("contacts", "prev", NULL);
	expect_has(sent, "<actions execute=\"next\"><next/></actions>");
	expect_has(sent, "<field var=\"search\" type=\"text-single\"");
	expect_has(act("contacts", "prev", NULL), "<bad-action xmlns=\"" COMMANDS "\"/>");
}
END_TEST

START_TEST(what_was_refused_is_no_step)
{
	publish_contact("bob@example.org", "Bob", "");
	begin("contacts");
	act("contacts", "next", FIELD("do", "find"));
	expect_has(act("contacts", "next", FIELD("do", "dance")), "<bad-payload ");
	expect_has(act("contacts", "prev", NULL), "<field var=\"search\" type=\"text-single\"");
}
END_TEST

START_TEST(the_way_back_is_of_who_went_it)
{
	begin("contacts");
	act("contacts", "next", FIELD("do", "add"));
	expect_has(act_as("bob@example.org", "contacts", "prev", NULL), "<bad-sessionid ");
	expect_has(act_as(ALICE, "share", "prev", NULL), "<bad-sessionid ");
	expect_has(act("contacts", "prev", NULL), "<title>Contacts</title>");
}
END_TEST

START_TEST(what_was_done_is_not_gone_back_behind)
{
	struct store *store = dialogue_store(dialogue);
	const char *sent;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	for (int i = 0; i < 2100; i++) {
		struct store_account account;
		char jid[64];

		snprintf(jid, sizeof(jid), "b%04d@example.org", i);
		ck_assert_int_eq(store_account_get(store, dialogue_arena(dialogue), jid, &account),
			STORE_OK);
		ck_assert_int_eq(store_account_open(store, account.id, 1), STORE_OK);
	}
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	begin_as(admin, "http://jabber.org/protocol/admin#announce");
	sent = act_as(admin, "http://jabber.org/protocol/admin#announce", "complete",
		FIELD("announcement", "Hello"));
	expect_has(sent, "status=\"executing\"");
	expect_lacks(sent, "<prev/>");
	expect_has(act_as(admin, "http://jabber.org/protocol/admin#announce", "prev", NULL),
		"<bad-action ");
}
END_TEST

START_TEST(a_session_that_is_over_is_expired)
{
	begin("share");
	expect_has(act("share", "cancel", NULL), "status=\"canceled\"/>");
	expect_has(act("share", "complete", FIELD("subject", "x") FIELD("to", "bob@example.org")),
		"<error type=\"cancel\"><not-allowed "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>"
		"<session-expired xmlns=\"" COMMANDS "\"/>");
	begin("contacts");
	act("contacts", "next", FIELD("do", "add"));
	expect_has(act("contacts", "complete", FIELD("do", "save") FIELD("name", "Bob")),
		"Bob is stored.");
	expect_has(act("contacts", "complete", FIELD("do", "save") FIELD("name", "Bob")),
		"<session-expired ");
	expect_has(act("contacts", "prev", NULL), "<session-expired ");
}
END_TEST

START_TEST(a_step_needs_its_form)
{
	begin("contacts");
	expect_has(act("contacts", "next", NULL), "<bad-payload ");
	expect_has(act("contacts", "execute", NULL), "<bad-payload ");
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='" ALICE "/r' to='kith.example.org' id='c'>"
			   "<command xmlns='" COMMANDS "' node='contacts' sessionid='%s'>"
			   "<x xmlns='jabber:x:data' type='result'/></command></iq>",
			   session),
		"<bad-payload ");
}
END_TEST

/* ---- What is remembered ---- */

START_TEST(of_one_owner_the_oldest_are_forgotten)
{
	struct sessions *sessions = sessions_new(key);
	struct arena *arena = arena_new(0);
	const char *form, *filled;
	char id[16];

	sessions_advance(sessions, "bob", "bob@example.org", 1, NULL);
	sessions_advance(sessions, "bob", "bob@example.org", 1, "<x/>");
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "alice%d", i);
		sessions_advance(sessions, id, ALICE, 2 + i, NULL);
		sessions_advance(sessions, id, ALICE, 2 + i, "<x/>");
	}
	ck_assert(sessions_has_way_back(sessions, "bob"));
	ck_assert(sessions_has_way_back(sessions, "alice299"));
	ck_assert(sessions_has_way_back(sessions, "alice292"));
	ck_assert(!sessions_has_way_back(sessions, "alice291"));
	ck_assert(sessions_back(sessions, arena, "bob", &form, &filled));
	ck_assert_ptr_null(form);
	ck_assert_str_eq(filled, "<x/>");
	ck_assert(!sessions_back(sessions, arena, "bob", &form, &filled));
	arena_free(arena);
	sessions_free(sessions);
}
END_TEST

START_TEST(in_all_those_that_rested_longest_are_forgotten)
{
	struct sessions *sessions = sessions_new(key);
	char id[16], owner[32];

	for (int i = 0; i < 257; i++) {
		snprintf(id, sizeof(id), "s%d", i);
		snprintf(owner, sizeof(owner), "u%d@example.org", i);
		sessions_advance(sessions, id, owner, i, NULL);
		sessions_advance(sessions, id, owner, i, "<x/>");
	}
	ck_assert(!sessions_has_way_back(sessions, "s0"));
	ck_assert(sessions_has_way_back(sessions, "s1"));
	ck_assert(sessions_has_way_back(sessions, "s256"));
	sessions_free(sessions);
}
END_TEST

START_TEST(a_long_way_back_is_cut)
{
	struct sessions *sessions = sessions_new(key);
	struct arena *arena = arena_new(0);
	char large[9000];
	const char *form, *filled;
	int steps = 0;

	for (int i = 0; i < 20; i++)
		sessions_advance(sessions, "s", ALICE, i, i ? "<x/>" : NULL);
	while (sessions_back(sessions, arena, "s", &form, &filled))
		steps++;
	ck_assert_int_gt(steps, 0);
	ck_assert_int_lt(steps, 8);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	sessions_advance(sessions, "s", ALICE, 30, large);
	sessions_advance(sessions, "s", ALICE, 31, "<x/>");
	ck_assert(!sessions_has_way_back(sessions, "s"));
	arena_free(arena);
	sessions_free(sessions);
}
END_TEST

START_TEST(what_was_not_committed_is_not_remembered)
{
	struct sessions *sessions = sessions_new(key);

	sessions_advance(sessions, "s", ALICE, 1, NULL);
	sessions_advance(sessions, "s", ALICE, 1, "<x/>");
	sessions_settle(sessions, true);
	sessions_end(sessions, "before");
	sessions_settle(sessions, true);
	sessions_advance(sessions, "t", ALICE, 1, NULL);
	sessions_advance(sessions, "t", ALICE, 1, "<x/>");
	sessions_end(sessions, "now");
	ck_assert(sessions_is_over(sessions, "now"));
	sessions_settle(sessions, false);
	ck_assert(sessions_has_way_back(sessions, "s"));
	ck_assert(!sessions_has_way_back(sessions, "t"));
	ck_assert(!sessions_is_over(sessions, "now"));
	ck_assert(sessions_is_over(sessions, "before"));
	sessions_free(sessions);
}
END_TEST

/* ---- XEP-0004 and XEP-0122 ---- */

static const char *const all_nodes[] = {"account", "accounts",
	"http://jabber.org/protocol/admin#announce", "contacts", "erase", "erase-account", "export",
	"preview", "profile", "settings", "share", "undo"};
#define ALL_NODES (sizeof(all_nodes) / sizeof(*all_nodes))

static bool has_option(struct arena *arena, const struct xml *field, const char *value)
{
	for (const struct xml *o = xml_child(field, NULL, "option"); o;
		o = xml_next(o, NS_DATA, "option")) {
		ck_assert_ptr_nonnull(xml_get(o, "label"));
		if (strcmp(xml_child_text(arena, o, "value"), value) == 0)
			return true;
	}
	return false;
}

/* What an ordinary client needs to show it. */
static void check_field(struct arena *arena, const struct xml *field)
{
	const char *type = xml_get(field, "type"), *var = xml_get(field, "var");
	const char *value = xml_child_text(arena, field, "value");

	ck_assert_ptr_nonnull(type);
	ck_assert_ptr_nonnull(var);
	if (strcmp(type, "hidden") == 0) {
		ck_assert_ptr_null(xml_child(field, VALIDATE, "validate"));
		return;
	}
	ck_assert_msg(strcmp(type, "fixed") == 0 || xml_get(field, "label"), "%s", var);
	if (strcmp(type, "list-single") == 0 && value)
		ck_assert_msg(has_option(arena, field, value), "%s: %s", var, value);
	if (strcmp(type, "list-single") == 0)
		ck_assert_ptr_nonnull(xml_child(field, NULL, "option"));
}

START_TEST(any_client_can_show_each_form)
{
	struct arena *arena = arena_new(0);
	const char *sent = begin_as(admin, all_nodes[_i]);
	const struct xml *iq =
		xml_parse(arena, sent, strlen(sent), NS_COMPONENT, &xml_limits_stanza, NULL);
	const struct xml *command = xml_child(iq, COMMANDS, "command");
	const struct xml *form = xml_child(command, NS_DATA, "x");
	unsigned shown = 0;

	ck_assert_ptr_nonnull(form);
	ck_assert_str_eq(xml_get(form, "type"), "form");
	ck_assert_ptr_nonnull(xml_child(form, NULL, "title"));
	expect_has(sent, " xml:lang=\"en\"");
	for (const struct xml *field = xml_child(form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		check_field(arena, field);
		shown += strcmp(xml_get(field, "type"), "hidden") != 0;
	}
	ck_assert_uint_gt(shown, 0);
	arena_free(arena);
}
END_TEST

#define TYPE(datatype, inner) "<validate xmlns=\"" VALIDATE "\" datatype=\"" datatype "\">" inner

START_TEST(fields_say_their_types)
{
	const char *sent = begin("profile");

	expect_has(strstr(sent, "var=\"name\""), TYPE("xs:string", "<regex>.*[^ ].*</regex>"));
	expect_has(strstr(sent, "var=\"cell\""), TYPE("xs:string", "<open/>"));
	expect_has(strstr(sent, "var=\"email\""), TYPE("xs:string", "<open/>"));
	sent = begin_as(admin, "accounts");
	expect_has(strstr(sent, "var=\"max\""),
		TYPE("xs:integer", "<range min=\"1\" max=\"200\"/></validate>"));
	sent = dialogue_say(dialogue, "<iq type='get' from='" ALICE "/r' to='kith.example.org' "
				      "id='1'><query xmlns='jabber:iq:register'/></iq>");
	expect_has(strstr(sent, "var=\"phone\""), TYPE("xs:string", "<regex>.*[0-9"));
	expect_has(strstr(sent, "var=\"email\""),
		TYPE("xs:string", "<regex>[^@ ]+@[^@ ]+</regex></validate>"));
	sent = dialogue_say(dialogue, "<iq type='get' from='" ALICE "/r' to='kith.example.org' "
				      "id='1'><query xmlns='jabber:iq:search'/></iq>");
	expect_has(strstr(sent, "var=\"x-phone\""), TYPE("xs:string", "<regex>.*[0-9"));
	execute(admin, "stats", "", NULL);
	expect_has(execute(admin, "stats", "", NULL), TYPE("xs:integer", "<range "));
}
END_TEST

START_TEST(types_are_announced)
{
	static const char *const nodes[] = {"", " node='contacts'"};

	for (size_t i = 0; i < 2; i++)
		expect_has(dialogue_say(dialogue,
				   "<iq type='get' from='" ALICE "/r' to='kith.example.org' id='1'>"
				   "<query xmlns='http://jabber.org/protocol/disco#info'%s/></iq>",
				   nodes[i]),
			"<feature var=\"" VALIDATE "\"/>");
}
END_TEST

START_TEST(what_comes_back_is_checked_by_the_same_table)
{
	static const struct {
		const char *who, *node, *fields, *why;
	} rows[] = {
		{admin, "accounts", FIELD("do", "list") FIELD("max", "201"),
			"max: 201 is no number in its range"},
		{admin, "accounts", FIELD("do", "list") FIELD("max", "0"), "max: 0 is no number"},
		{admin, "accounts", FIELD("do", "list") FIELD("max", "2x"), "max: 2x is no number"},
		{admin, "accounts", FIELD("do", "dance"), "do: dance is none of the choices"},
		{admin, "account", "", "accountjid is missing"},
		{admin, "account", FIELD("accountjid", "example.org"),
			"accountjid: example.org is no address of an account"},
		{ALICE, "share", FIELD("to", "bob@example.org"), "subject is missing"},
		{ALICE, "share", FIELD("subject", "bob") FIELD("to", "bob"),
			"to: bob is no address of an account"},
		{ALICE, "undo", FIELD("item", " "), "item is missing"},
		{ALICE, "erase", FIELD("sure", "maybe"), "sure: maybe is neither 0 nor 1"},
		{ALICE, "contacts",
			FIELD("do", "save") FIELD("name", "Bob") FIELD("address", "example.org"),
			"address: example.org is no address of an account"},
	};
	const char *sent;

	ck_assert_uint_eq(sizeof(rows) / sizeof(*rows), 11);
	begin_as(rows[_i].who, rows[_i].node);
	sent = act_as(rows[_i].who, rows[_i].node, "complete", rows[_i].fields);
	expect_has(sent, "<bad-payload xmlns=\"" COMMANDS "\"/>");
	expect_has(sent, rows[_i].why);
}
END_TEST

/* ---- contacts: send, take back ---- */

/* alice has the cards of bob, who has a profile here, and of a plumber, who has no account. */
static void meet(void)
{
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	publish("bob@example.org", "urn:xmpp:vcard4", "current", "Robert", TEL("+447700900456"));
	publish_contact(
		"bob@example.org", "Bob", TEL("+447700900456") "<note><text>owes me</text></note>");
	publish_contact(
		"urn:uuid:1", "Plumber", TEL("+447700900457") "<note><text>owes me</text></note>");
}

/* The steps of sending item to `to`, up to the last answer. */
static const char *send(const char *item, const char *to)
{
	char fields[256];
	const char *sent;

	begin("contacts");
	act("contacts", "next", FIELD("do", "find"));
	snprintf(fields, sizeof(fields), FIELD("do", "send") FIELD("item", "%s"), item);
	sent = act("contacts", "next", fields);
	expect_has(sent, "<actions execute=\"complete\"><prev/><complete/></actions>");
	expect_has(sent, "<field var=\"to\" type=\"jid-single\"");
	snprintf(fields, sizeof(fields), FIELD("do", "pass") FIELD("item", "%s") FIELD("to", "%s"),
		item, to);
	return act("contacts", "complete", fields);
}

START_TEST(a_contact_of_the_service_is_sent_as_its_owner_lets_it)
{
	const char *sent;

	meet();
	dialogue_settings(dialogue)->defaults[SETTING_SHARE] = SHARE_YES;
	sent = send("bob@example.org", "carol@example.org");
	expect_has(sent, "Robert's card went to carol@example.org, unless ");
	expect_has(sent, "<fn><text>Robert</text></fn>");
	expect_lacks(sent, "owes me");
	dialogue_settings(dialogue)->defaults[SETTING_SHARE] = SHARE_NO;
	sent = send("bob@example.org", "carol@example.org");
	expect_has(sent, "<note type=\"error\">Nobody was found for \"bob@example.org\".</note>");
	expect_lacks(sent, "<message");
}
END_TEST

START_TEST(a_contact_without_an_account_is_sent_from_the_book)
{
	const char *sent;

	meet();
	sent = send("urn:uuid:1", "carol@example.org");
	expect_has(sent, "<note type=\"info\">Plumber's card went to carol@example.org, unless ");
	expect_has(sent, "<body>Plumber's contact details, from alice@example.org:");
	expect_has(sent, "tel:+447700900457");
	expect_has(sent, "<source><uri>xmpp:alice@example.org</uri></source>");
	expect_lacks(sent, "owes me");
	expect_has(send("urn:uuid:1", "eve@example.com"),
		"eve@example.com is no account of this service.");
	begin("contacts");
	expect_has(act("contacts", "next", FIELD("do", "send") FIELD("item", "urn:uuid:2")),
		"There is no such contact.");
}
END_TEST

START_TEST(who_blocks_the_sender_is_sent_nothing_and_that_is_not_told)
{
	const char *jids[] = {ALICE};
	struct store *store = dialogue_store(dialogue);
	struct store_account carol;
	const char *sent;

	meet();
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_get(store, dialogue_arena(dialogue), "carol@example.org", &carol),
		STORE_OK);
	ck_assert_int_eq(store_listed_put(store, carol.id, LISTED_BLOCKED, jids, 1), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	sent = send("urn:uuid:1", "carol@example.org");
	expect_has(sent, "Plumber's card went to carol@example.org, unless ");
	expect_lacks(sent, "<message");
}
END_TEST

START_TEST(an_update_is_taken_back_from_the_list)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_AUDIENCE] = CIRCLE_EVERYONE;
	meet();
	publish("bob@example.org", "urn:xmpp:vcard4", "current", "Robert", TEL("+447700900458"));
	expect_has(dialogue_run(dialogue), "tel:+447700900458");
	begin("contacts");
	expect_has(act("contacts", "next", FIELD("do", "find")),
		"<option label=\"Take its last update back\"><value>undo</value></option>");
	sent = act("contacts", "next", FIELD("do", "undo") FIELD("item", "bob@example.org"));
	expect_has(sent, "The update of bob@example.org is taken back.");
	expect_has(sent, "tel:+447700900456");
	begin("contacts");
	expect_has(act("contacts", "next", FIELD("do", "undo") FIELD("item", "bob@example.org")),
		"<note type=\"error\">There is no update of bob@example.org to take back.</note>");
}
END_TEST

/* ---- For admins ---- */

START_TEST(accounts_are_listed_in_pages_and_looked_at)
{
	const char *sent;

	expect_has(execute(ALICE, "accounts", "", NULL), "<forbidden ");
	for (int i = 0; i < 5; i++) {
		char jid[64];

		snprintf(jid, sizeof(jid), "b%d@example.org", i);
		publish(jid, "urn:xmpp:vcard4", "current", "B", "");
	}
	begin_as(admin, "accounts");
	sent = act_as(admin, "accounts", "next",
		FIELD("do", "list") FIELD("max", "3") FIELD("after", "admin@example.org"));
	ck_assert_uint_eq(dialogue_count(sent, "<option label=\"b"), 3);
	expect_has(sent, "<field var=\"after\" type=\"hidden\"><value>b2@example.org</value>");
	expect_has(sent, "<option label=\"List those behind\">");
	sent = act_as(admin, "accounts", "next",
		FIELD("do", "list") FIELD("max", "3") FIELD("after", "b2@example.org"));
	ck_assert_uint_eq(dialogue_count(sent, "<option label=\"b"), 2);
	expect_lacks(sent, "List those behind");
	sent = act_as(admin, "accounts", "prev", NULL);
	expect_has(sent, "<option label=\"b0@example.org\">");
	sent = act_as(admin, "accounts", "next",
		FIELD("do", "look") FIELD("accountjid", "b1@example.org"));
	expect_has(sent, "status=\"completed\"");
	expect_has(sent, "<title>b1@example.org</title>");
	begin_as(admin, "accounts");
	expect_has(act_as(admin, "accounts", "next", FIELD("after", "zz")), "There is none.");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *steps_suite(void)
{
	Suite *suite = suite_create("forms of several steps");
	TCase *tcase = add_case(suite, "XEP-0050, 2.4.2 and 2.4.3: back and cancel; 4.4: errors");

	tcase_add_test(tcase, a_step_back_shows_the_step_before);
	tcase_add_test(tcase, what_was_refused_is_no_step);
	tcase_add_test(tcase, the_way_back_is_of_who_went_it);
	tcase_add_test(tcase, what_was_done_is_not_gone_back_behind);
	tcase_add_test(tcase, a_session_that_is_over_is_expired);
	tcase_add_test(tcase, a_step_needs_its_form);
	tcase = add_case(suite, "sessions");
	tcase_add_test(tcase, of_one_owner_the_oldest_are_forgotten);
	tcase_add_test(tcase, in_all_those_that_rested_longest_are_forgotten);
	tcase_add_test(tcase, a_long_way_back_is_cut);
	tcase_add_test(tcase, what_was_not_committed_is_not_remembered);
	tcase = add_case(suite, "XEP-0004, XEP-0122: fields");
	tcase_add_loop_test(tcase, any_client_can_show_each_form, 0, (int)ALL_NODES);
	tcase_add_test(tcase, fields_say_their_types);
	tcase_add_test(tcase, types_are_announced);
	tcase_add_loop_test(tcase, what_comes_back_is_checked_by_the_same_table, 0, 11);
	tcase = add_case(suite, "design, 3: my contacts");
	tcase_add_test(tcase, a_contact_of_the_service_is_sent_as_its_owner_lets_it);
	tcase_add_test(tcase, a_contact_without_an_account_is_sent_from_the_book);
	tcase_add_test(tcase, who_blocks_the_sender_is_sent_nothing_and_that_is_not_told);
	tcase_add_test(tcase, an_update_is_taken_back_from_the_list);
	tcase = add_case(suite, "design, 3: for admins");
	tcase_add_test(tcase, accounts_are_listed_in_pages_and_looked_at);
	return suite;
}

int main(void)
{
	return expect_all(steps_suite());
}
