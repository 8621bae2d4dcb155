/* The ad-hoc commands (XEP-0050, XEP-0004), stanza text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"

static struct dialogue *dialogue;

static void publish(const char *who, const char *node, const char *id, const char *name,
	const char *email, const char *number)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>%s</text></fn><email><text>%s</text></email>"
			   "<tel><uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>",
			   who, node, id, name, email, number),
		"type=\"result\"");
}

static void publish_profile(const char *jid, const char *name, const char *number)
{
	publish(jid, "urn:xmpp:vcard4", jid, name, jid, number);
}

/* As in a company: all may find all and pass their cards on. */
static void setup(void)
{
	struct settings *settings;

	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_YES;
	publish_profile("carol@example.org", "Carol Example", "+447700900123");
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

/* attributes: of the command but its node; fields: of the submitted form, NULL: no form. */
static const char *execute(
	const char *who, const char *node, const char *attributes, const char *fields)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='exec1'>"
		"<command xmlns='" COMMANDS "' node='%s' %s>%s%s%s</command></iq>",
		who, node, attributes, fields ? "<x xmlns='jabber:x:data' type='submit'>" : "",
		fields ? fields : "", fields ? "</x>" : "");
}

static const char *begin(const char *node)
{
	return execute("alice@example.org", node, "action='execute'", NULL);
}

/* Goes on with the command that was begun: it is completed with these fields. */
static const char *complete(const char *node, const char *fields)
{
	char *session = expect_between(begin(node), "sessionid=\"", "\"");
	char attributes[256];
	const char *sent;

	snprintf(attributes, sizeof(attributes), "action='complete' sessionid='%s'", session);
	sent = execute("alice@example.org", node, attributes, fields);
	free(session);
	return sent;
}

static const char *disco(const char *who, const char *what, const char *node)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#%s' node='%s'/></iq>",
		who, what, node);
}

/* ---- XEP-0050, 2.2 ---- */

START_TEST(commands_are_listed)
{
	const char *sent = disco("alice@example.org", "items", COMMANDS);

	expect_has(sent, "<item jid=\"kith.example.org\" node=\"settings\" name=\"");
	expect_has(sent, "<item jid=\"kith.example.org\" node=\"share\" name=\"");
	expect_has(sent, "<item jid=\"kith.example.org\" node=\"undo\" name=\"");
	expect_lacks(disco("mallory@example.com", "items", COMMANDS), "<item ");
	sent = disco("alice@example.org", "info", COMMANDS);
	expect_has(sent, "<identity category=\"automation\" type=\"command-list\"");
}
END_TEST

START_TEST(command_is_described)
{
	const char *sent = disco("alice@example.org", "info", "share");

	expect_has(sent, "<identity category=\"automation\" type=\"command-node\" name=\"");
	expect_has(sent, "<feature var=\"" COMMANDS "\"/><feature var=\"jabber:x:data\"/>");
	expect_has(disco("mallory@example.com", "info", "share"), "<forbidden ");
	expect_has(disco("alice@example.org", "info", "shave"), "<item-not-found ");
}
END_TEST

/* ---- XEP-0050, 2.4 and 4.4 ---- */

START_TEST(first_answer_is_a_form_to_complete)
{
	const char *sent = begin("share");

	expect_has(sent, "<command xmlns=\"" COMMANDS "\" node=\"share\" sessionid=\"");
	expect_has(sent, "status=\"executing\"><actions execute=\"complete\"><complete/></actions>"
			 "<x xmlns=\"jabber:x:data\" type=\"form\"><title>");
	expect_has(sent, "<field var=\"subject\" type=\"text-single\"");
	expect_has(sent, "<required/></field>");
}
END_TEST

START_TEST(command_is_canceled)
{
	char *session = expect_between(begin("share"), "sessionid=\"", "\"");
	char attributes[256];
	const char *sent;

	snprintf(attributes, sizeof(attributes), "action='cancel' sessionid='%s'", session);
	sent = execute("alice@example.org", "share", attributes, NULL);
	expect_has(sent, "status=\"canceled\"/>");
	free(session);
}
END_TEST

START_TEST(session_is_of_one_device_and_one_command)
{
	char *session = expect_between(begin("undo"), "sessionid=\"", "\"");
	char attributes[256];

	snprintf(attributes, sizeof(attributes), "sessionid='%s'", session);
	expect_has(execute("bob@example.org", "undo", attributes, FIELD("item", "x")),
		"<bad-sessionid xmlns=\"" COMMANDS "\"/>");
	expect_has(execute("alice@example.org", "settings", attributes, NULL), "<bad-sessionid ");
	dialogue_set_time(dialogue, 1600000000 + 601);
	expect_has(execute("alice@example.org", "undo", attributes, FIELD("item", "x")),
		"<session-expired xmlns=\"" COMMANDS "\"/>");
	expect_has(execute("alice@example.org", "undo", attributes, FIELD("item", "x")),
		"type=\"cancel\"><not-allowed ");
	free(session);
}
END_TEST

START_TEST(bad_executions_are_refused_as_the_xep_says)
{
	static const struct {
		const char *who, *node, *attributes, *fields, *error, *condition;
	} rows[] = {
		{"alice@example.org", "share", "action='dance'", NULL, "<bad-request ",
			"<malformed-action xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "share", "action='prev'", NULL, "<bad-request ",
			"<bad-sessionid xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "share", "action='cancel'", NULL, "<bad-request ",
			"<bad-sessionid xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "share", "sessionid='made-up'", NULL, "<bad-request ",
			"<bad-sessionid xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "share", "", "", "<bad-request ",
			"<bad-payload xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "undo", "", FIELD("item", " "), "<bad-request ",
			"<bad-payload xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "settings", "", FIELD("visible", "all"), "<bad-request ",
			"<bad-payload xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "settings", "", FIELD("blocked", "bob"), "<bad-request ",
			"<bad-payload xmlns=\"" COMMANDS "\"/>"},
		{"alice@example.org", "shave", "", NULL, "<item-not-found ", ""},
		{"mallory@example.com", "share", "", NULL, "<forbidden ", ""},
	};
	const char *sent =
		execute(rows[_i].who, rows[_i].node, rows[_i].attributes, rows[_i].fields);

	expect_has(sent, rows[_i].error);
	expect_has(sent, rows[_i].condition);
}
END_TEST

/* ---- share ---- */

START_TEST(card_goes_to_whom_it_is_sent)
{
	const char *sent =
		complete("share", FIELD("subject", "exam car") FIELD("to", "Bob@example.org"));

	expect_has(sent, "status=\"completed\"");
	expect_has(sent, "<note type=\"info\">Carol Example's card went to bob@example.org, unless "
			 "settings of theirs are against it.</note>");
	ck_assert_uint_eq(dialogue_count(sent, "<message "), 1);
	expect_has(sent, "to=\"bob@example.org\"");
	expect_has(sent, "<body>Carol Example's contact details, from alice@example.org:");
	expect_has(sent, "<vcard xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\">");
	expect_has(sent, "<uri>xmpp:carol@example.org</uri>");
	expect_has(sent, "<source><uri>xmpp:kith.example.org?pubsub;action=retrieve;"
			 "node=urn:xmpp:vcard4;item=carol@example.org</uri></source>");
	expect_has(sent, "</message><iq ");
}
END_TEST

START_TEST(subject_is_found_by_what_is_known_of_it)
{
	static const char *const fields[] = {
		FIELD("subject", "carol@example.org"),
		FIELD("subject", "Carol@EXAMPLE.org"),
		FIELD("subject", "car"),
		FIELD("subject", "  CAROL EXAMPLE "),
		FIELD("subject", "+44 7700 900123"),
		FIELD("subject", "carol@work.example"),
	};
	char text[512];

	publish("carol@example.org", "urn:xmpp:vcard4", "", "Carol Example", "carol@work.example",
		"+447700900123");
	publish_profile("dave@example.org", "Dave", "+447700900200");
	/* An address that is known, and no account of ours. */
	publish("dave@example.org", "urn:xmpp:contacts", "carol@work.example", "Carol", "", "");
	snprintf(text, sizeof(text), "%s" FIELD("to", "bob@example.org"), fields[_i]);
	expect_has(complete("share", text), "Carol Example's card went to bob@example.org,");
}
END_TEST

/* Without the library a number has to be written with its country code. */
START_TEST(subject_is_found_by_a_number_of_the_region)
{
	if (!phone_has_library())
		return;
	publish_profile("carol@example.org", "Carol Example", "+447700900123");
	expect_has(
		complete("share", FIELD("subject", "07700 900123") FIELD("to", "bob@example.org")),
		"Carol Example's card went to bob@example.org,");
}
END_TEST

START_TEST(one_of_several_is_chosen)
{
	const char *sent;

	publish_profile("caroline@example.org", "Caroline", "+447700900201");
	sent = complete("share", FIELD("subject", "carol") FIELD("to", "bob@example.org"));
	expect_has(sent, "status=\"executing\"");
	expect_has(sent, "<field var=\"subject\" type=\"list-single\"");
	expect_has(sent, "<option label=\"Carol Example (carol@example.org)\">"
			 "<value>carol@example.org</value></option>");
	expect_has(sent, "<value>caroline@example.org</value></option>");
	expect_has(sent, "<field var=\"to\" type=\"jid-single\"");
	expect_has(sent, "<value>bob@example.org</value>");
	expect_lacks(sent, "<message");
	expect_has(complete("share",
			   FIELD("subject", "caroline@example.org") FIELD("to", "bob@example.org")),
		"Caroline's card went");
}
END_TEST

/* They are come to in the order of their names and ages. */
START_TEST(those_to_choose_from_are_in_order_of_jid)
{
	static const char *const in_order[] = {"amy", "bea", "carol", "zoe"};
	const char *at;

	publish_profile("zoe@example.org", "Carol", "+447700900201");
	publish_profile("bea@example.org", "Caroline", "+447700900202");
	publish_profile("amy@example.org", "Carolus", "+447700900203");
	at = complete("share", FIELD("subject", "carol") FIELD("to", "bob@example.org"));
	for (int i = 0; i < 4; i++) {
		char jid[64];

		at = strstr(at, "<option ");
		ck_assert_ptr_nonnull(at);
		ck_assert_int_eq(sscanf(at, "<option label=\"%*[^\"]\"><value>%63[^@]", jid), 1);
		ck_assert_str_eq(jid, in_order[i]);
		at++;
	}
}
END_TEST

static void set(enum setting setting, int value)
{
	dialogue_settings(dialogue)->defaults[setting] = value;
}

START_TEST(who_may_not_be_found_or_passed_on_looks_like_nobody)
{
	static const struct {
		enum setting setting;
		int value;
		const char *subject;
	} rows[] = {
		{SETTING_FINDABLE, CIRCLE_NOBODY, "Carol"},
		{SETTING_FINDABLE, CIRCLE_NOBODY, "+447700900123"},
		{SETTING_SHARE, SHARE_NO, "Carol"},
		{SETTING_SHARE, SHARE_NO, "carol@example.org"},
		{SETTING_VISIBLE, CIRCLE_NOBODY, "carol@example.org"},
	};
	char fields[512], expected[512];
	const char *sent;

	set(rows[_i].setting, rows[_i].value);
	snprintf(fields, sizeof(fields), FIELD("subject", "%s") FIELD("to", "bob@example.org"),
		rows[_i].subject);
	snprintf(expected, sizeof(expected),
		"<note type=\"error\">Nobody was found for \"%s\".</note>", rows[_i].subject);
	sent = complete("share", fields);
	expect_has(sent, expected);
	expect_lacks(sent, "<message");
}
END_TEST

START_TEST(nobody_is_found_where_there_is_nobody)
{
	expect_has(complete("share", FIELD("subject", "zoe") FIELD("to", "bob@example.org")),
		"<note type=\"error\">Nobody was found for ");
	expect_has(complete("share",
			   FIELD("subject", "zoe@example.org") FIELD("to", "bob@example.org")),
		"<note type=\"error\">Nobody was found for ");
}
END_TEST

/* 150 who may not be found come before one who may. */
START_TEST(refused_do_not_stand_before_whom_may_be_found)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;
	char jid[64];

	set(SETTING_FINDABLE, CIRCLE_NOBODY);
	for (int i = 0; i < 150; i++) {
		snprintf(jid, sizeof(jid), "a%03d@example.org", i);
		publish_profile(jid, "Zoe Example", "+447700900125");
	}
	publish_profile("zoe@example.org", "Zoe Example", "+447700900126");
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_get(store, dialogue_arena(dialogue), "zoe@example.org", &account),
		STORE_OK);
	ck_assert_int_eq(
		store_setting_put(store, account.id, SETTING_FINDABLE, CIRCLE_EVERYONE), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	expect_has(complete("share", FIELD("subject", "zoe") FIELD("to", "bob@example.org")),
		"<uri>xmpp:zoe@example.org</uri>");
}
END_TEST

START_TEST(who_has_no_card_passes_none_on)
{
	static const char fields[] = FIELD("subject", "alice@example.org") FIELD("to", "%s");
	static const char *const to[] = {"bob@example.org", "alice@example.org"};
	char text[256];

	for (size_t hidden = 0; hidden < 2; hidden++) {
		for (size_t i = 0; i < 2; i++) {
			snprintf(text, sizeof(text), fields, to[i]);
			expect_has(
				complete("share", text), "<note type=\"error\">Nobody was found ");
		}
		publish_profile("alice@example.org", "Alice", "+447700900127");
		dialogue_say(dialogue,
			"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
			"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract "
			"node='urn:xmpp:vcard4'><item id='alice@example.org'/></retract></pubsub>"
			"</iq>");
	}
}
END_TEST

START_TEST(receiver_must_be_served)
{
	const char *sent =
		complete("share", FIELD("subject", "Carol") FIELD("to", "eve@example.com"));

	expect_has(sent, "<note type=\"error\">eve@example.com is no account of this service.");
	expect_lacks(sent, "<message");
}
END_TEST

/* ---- settings ---- */

START_TEST(settings_are_shown_with_their_defaults)
{
	const char *sent = begin("settings");

	expect_has(sent, "<field var=\"visible\" type=\"list-single\" label=\"");
	expect_has(sent, "<value>default</value><option label=\"default (everyone)\">"
			 "<value>default</value></option>");
	expect_has(sent, "<option label=\"mutual\"><value>mutual</value></option>");
	expect_has(sent, "<field var=\"chosen\" type=\"jid-multi\" label=\"");
	expect_has(sent, "<option label=\"default (ask)\"><value>default</value></option>"
			 "<option label=\"go\"><value>go</value></option>");
	ck_assert_uint_eq(dialogue_count(sent, "<field "), 11);
}
END_TEST

START_TEST(settings_are_stored_and_cleared)
{
	const char *sent;

	expect_has(complete("settings", FIELD("findable", "nobody") FIELD("updates", "never")),
		"<note type=\"info\">The settings are stored.</note>");
	sent = begin("settings");
	expect_has(strstr(sent, "var=\"findable\""), "<value>nobody</value><option ");
	expect_has(strstr(sent, "var=\"updates\""), "<value>never</value><option ");
	expect_has(strstr(sent, "var=\"visible\""), "<value>default</value><option ");
	complete("settings", FIELD("findable", "default"));
	sent = begin("settings");
	expect_lacks(sent, "<value>nobody</value><option ");
	expect_has(sent, "<value>never</value><option ");
}
END_TEST

START_TEST(wider_rule_brings_those_up_to_date_who_were_refused)
{
	publish("bob@example.org", "urn:xmpp:contacts", "alice@example.org", "Alice", "",
		"+447700900300");
	publish_profile("alice@example.org", "Alice", "+447700900300");
	complete("settings", FIELD("audience", "nobody"));
	publish_profile("alice@example.org", "Alice", "+447700900301");
	expect_lacks(dialogue_run(dialogue), "900301");
	complete("settings", FIELD("audience", "everyone"));
	expect_has(dialogue_run(dialogue), "tel:+447700900301");
}
END_TEST

START_TEST(updates_turned_on_bring_the_book_up_to_date)
{
	const char *sent;

	complete("settings", FIELD("updates", "never"));
	publish("alice@example.org", "urn:xmpp:contacts", "carol@example.org", "Carol", "",
		"+447700900123");
	publish_profile("carol@example.org", "Carol Example", "+447700900456");
	expect_lacks(dialogue_run(dialogue), "900456");
	sent = complete("settings", FIELD("updates", "auto"));
	expect_has(sent, "type=\"headline\"");
	expect_has(sent, "tel:+447700900456");
}
END_TEST

#define LIST(var, values) "<field var='" var "' type='jid-multi'>" values "</field>"
#define JID(name) "<value>" name "</value>"

START_TEST(lists_are_stored_and_emptied)
{
	const char *sent;

	complete("settings", LIST("chosen", JID("Bob@Example.org") JID("zoe@example.org"))
				     LIST("blocked", JID("mallory@example.org")));
	sent = begin("settings");
	expect_has(strstr(sent, "var=\"chosen\""),
		"\"><value>bob@example.org</value><value>zoe@example.org</value></field>");
	expect_has(strstr(sent, "var=\"blocked\""), "<value>mallory@example.org</value></field>");
	complete("settings", FIELD("visible", "chosen"));
	expect_has(begin("settings"), "<value>zoe@example.org</value></field>");
	complete("settings", LIST("chosen", ""));
	sent = begin("settings");
	expect_lacks(sent, "zoe@example.org");
	expect_has(sent, "mallory@example.org");
}
END_TEST

/* bob has alice with her number. */
static void meet_bob(void)
{
	publish("bob@example.org", "urn:xmpp:contacts", "alice@example.org", "Alice", "",
		"+447700900300");
	publish_profile("alice@example.org", "Alice", "+447700900300");
}

START_TEST(who_is_chosen_is_brought_up_to_date)
{
	meet_bob();
	complete("settings", FIELD("audience", "chosen"));
	publish_profile("alice@example.org", "Alice", "+447700900301");
	expect_lacks(dialogue_run(dialogue), "900301");
	complete("settings", LIST("chosen", JID("bob@example.org")));
	expect_has(dialogue_run(dialogue), "tel:+447700900301");
}
END_TEST

START_TEST(who_is_blocked_gets_nothing_until_it_is_blocked_no_more)
{
	meet_bob();
	complete("settings", LIST("blocked", JID("bob@example.org")));
	publish_profile("alice@example.org", "Alice", "+447700900301");
	expect_lacks(dialogue_run(dialogue), "900301");
	complete("settings", LIST("blocked", ""));
	expect_has(dialogue_run(dialogue), "tel:+447700900301");
}
END_TEST

START_TEST(change_by_who_is_blocked_does_nothing_until_it_is_blocked_no_more)
{
	publish("alice@example.org", "urn:xmpp:contacts", "carol@example.org", "Carol", "",
		"+447700900123");
	complete("settings", LIST("blocked", JID("carol@example.org")));
	publish_profile("carol@example.org", "Carol Example", "+447700900456");
	expect_lacks(dialogue_run(dialogue), "900456");
	expect_has(complete("settings", LIST("blocked", "")), "tel:+447700900456");
}
END_TEST

/* ---- undo ---- */

START_TEST(update_is_taken_back)
{
	const char *sent;

	publish("alice@example.org", "urn:xmpp:contacts", "carol@example.org", "Carol", "",
		"+447700900123");
	publish_profile("carol@example.org", "Carol Example", "+447700900456");
	expect_has(dialogue_run(dialogue), "tel:+447700900456");
	sent = complete("undo", FIELD("item", "Carol@example.org"));
	expect_has(
		sent, "<note type=\"info\">The update of carol@example.org is taken back.</note>");
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	expect_has(sent, "tel:+447700900123");
	expect_has(complete("undo", FIELD("item", "carol@example.org")),
		"<note type=\"error\">There is no update of carol@example.org to take "
		"back.</note>");
}
END_TEST

/* ---- confirm ---- */

START_TEST(contact_whose_account_ended_is_confirmed)
{
	struct store *store = dialogue_store(dialogue);
	struct arena *arena = arena_new(0);
	struct store_account carol;
	const char *sent;

	expect_has(begin("confirm"), "There is no contact whose account ended.");
	publish("alice@example.org", "urn:xmpp:contacts", "carol@example.org", "Carol", "",
		"+447700900123");
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_find(store, arena, "carol@example.org", &carol), STORE_OK);
	ck_assert_int_eq(store_account_erase(store, carol.id, 1600000000), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	arena_free(arena);
	expect_has(begin("confirm"), "<option label=\"carol@example.org\">");
	publish_profile("carol@example.org", "Carol Example", "+447700900123");
	expect_has(complete("confirm", FIELD("item", "zoe@example.org") FIELD("same", "yes")),
		"zoe@example.org is no contact whose account ended.");
	expect_has(complete("confirm", FIELD("item", "carol@example.org") FIELD("same", "")),
		"<bad-payload ");
	sent = complete("confirm", FIELD("item", "carol@example.org") FIELD("same", "no"));
	expect_has(sent, "The contact stays as it is.");
	publish_profile("carol@example.org", "Carol Example", "+447700900456");
	expect_lacks(dialogue_run(dialogue), "900456");
	sent = complete("confirm", FIELD("item", "carol@example.org") FIELD("same", "yes"));
	expect_has(sent, "Your card of carol@example.org follows its changes again.");
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	expect_has(begin("confirm"), "There is no contact whose account ended.");
}
END_TEST

/* ---- For admins ---- */

START_TEST(changes_are_for_admins_only)
{
	static char admin[] = "alice@example.org";
	static char *admins[] = {admin, NULL};
	struct settings *settings = dialogue_settings(dialogue);
	char **nobody = settings->admins;
	const char *sent;

	publish_profile("carol@example.org", "Carol Example", "+447700900123");
	publish_profile("carol@example.org", "Carol Example", "+447700900456");
	expect_has(begin("changes"), "<forbidden ");
	expect_lacks(disco("alice@example.org", "items", COMMANDS), "node=\"changes\"");
	settings->admins = admins;
	expect_has(disco("alice@example.org", "items", COMMANDS), "node=\"changes\"");
	sent = begin("changes");
	expect_has(sent, "status=\"completed\"");
	expect_has(sent, "carol@example.org: ");
	expect_has(sent, "900123 -&gt; +44");
	settings->admins = nobody;
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *commands_suite(void)
{
	Suite *suite = suite_create("commands");
	TCase *tcase = add_case(suite, "XEP-0050, 2.2: the command list");

	tcase_add_test(tcase, commands_are_listed);
	tcase_add_test(tcase, command_is_described);
	tcase = add_case(suite, "XEP-0050, 2.4: executing; 4.4: errors");
	tcase_add_test(tcase, first_answer_is_a_form_to_complete);
	tcase_add_test(tcase, command_is_canceled);
	tcase_add_test(tcase, session_is_of_one_device_and_one_command);
	tcase_add_loop_test(tcase, bad_executions_are_refused_as_the_xep_says, 0, 10);
	tcase = add_case(suite, "design, 3: share");
	tcase_add_test(tcase, card_goes_to_whom_it_is_sent);
	tcase_add_loop_test(tcase, subject_is_found_by_what_is_known_of_it, 0, 6);
	tcase_add_test(tcase, subject_is_found_by_a_number_of_the_region);
	tcase_add_test(tcase, one_of_several_is_chosen);
	tcase_add_test(tcase, those_to_choose_from_are_in_order_of_jid);
	tcase_add_loop_test(tcase, who_may_not_be_found_or_passed_on_looks_like_nobody, 0, 5);
	tcase_add_test(tcase, nobody_is_found_where_there_is_nobody);
	tcase_add_test(tcase, refused_do_not_stand_before_whom_may_be_found);
	tcase_add_test(tcase, who_has_no_card_passes_none_on);
	tcase_add_test(tcase, receiver_must_be_served);
	tcase = add_case(suite, "design, 4: settings");
	tcase_add_test(tcase, settings_are_shown_with_their_defaults);
	tcase_add_test(tcase, settings_are_stored_and_cleared);
	tcase_add_test(tcase, wider_rule_brings_those_up_to_date_who_were_refused);
	tcase_add_test(tcase, updates_turned_on_bring_the_book_up_to_date);
	tcase_add_test(tcase, lists_are_stored_and_emptied);
	tcase_add_test(tcase, who_is_chosen_is_brought_up_to_date);
	tcase_add_test(tcase, who_is_blocked_gets_nothing_until_it_is_blocked_no_more);
	tcase_add_test(tcase, change_by_who_is_blocked_does_nothing_until_it_is_blocked_no_more);
	tcase = add_case(suite, "design, 4: taking back");
	tcase_add_test(tcase, update_is_taken_back);
	tcase = add_case(suite, "design, 4: accounts end");
	tcase_add_test(tcase, contact_whose_account_ended_is_confirmed);
	tcase = add_case(suite, "design, 3: commands for admins");
	tcase_add_test(tcase, changes_are_for_admins_only);
	return suite;
}

int main(void)
{
	return expect_all(commands_suite());
}
