/* The commands that are forms of several steps (XEP-0050, XEP-0004), stanza text in, stanza text
 * out.
 */
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
#define ANNOUNCE "http://jabber.org/protocol/admin#announce"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define EMPTY(var) "<field var='" var "'/>"

static struct dialogue *dialogue;
static char *session; /* of the command that is under way; NULL: none */
static bool is_over;  /* that is completed */

static char admin[] = "admin@example.org";
static char *admins[] = {admin, NULL};
static char **nobody;

static void setup(void)
{
	dialogue = dialogue_new();
	nobody = dialogue_settings(dialogue)->admins;
	dialogue_settings(dialogue)->admins = admins;
	session = NULL;
	is_over = false;
}

static void teardown(void)
{
	dialogue_settings(dialogue)->admins = nobody;
	dialogue_free(dialogue);
	free(session);
}

/* One step of a command; fields NULL: the first one. A step behind the last one begins anew. */
static const char *step_as(const char *who, const char *node, const char *fields)
{
	const char *sent;

	if (fields && is_over)
		step_as(who, node, NULL);
	sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='c'>"
		"<command xmlns='" COMMANDS "' node='%s' %s%s%s>%s%s%s</command></iq>",
		who, node, session && fields ? "sessionid='" : "", session && fields ? session : "",
		session && fields ? "'" : "",
		fields ? "<x xmlns='jabber:x:data' type='submit'>" : "", fields ? fields : "",
		fields ? "</x>" : "");
	if (!fields && strstr(sent, "sessionid")) {
		free(session);
		session = expect_between(sent, "sessionid=\"", "\"");
	}
	is_over = strstr(sent, "status=\"completed\"") != NULL;
	return sent;
}

static const char *step(const char *node, const char *fields)
{
	return step_as("alice@example.org", node, fields);
}

static const char *items(const char *who, const char *node)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
		"node='%s'/></pubsub></iq>",
		who, node);
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

/* text as it is where nothing puts spaces into numbers. */
static const char *shown(const char *text)
{
	char *copy = arena_strdup(dialogue_arena(dialogue), text);
	char *to = copy ? strchr(copy, '+') : NULL;

	ck_assert_ptr_nonnull(to);
	if (phone_has_library())
		return text;
	for (const char *from = to; *from; from++)
		if (*from != ' ' || from[1] < '0' || from[1] > '9')
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* The profile as filled in, through both stages where there are two. */
static const char *step_profile(const char *fields)
{
	const char *sent;
	char *hidden;

	step("profile", NULL);
	sent = step("profile", fields);
	if (!strstr(sent, "status=\"executing\""))
		return sent;
	hidden = expect_hidden(sent, false);
	sent = step("profile", hidden);
	free(hidden);
	return sent;
}

#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"
#define WORK(number)                                                                               \
	"<tel><parameters><type><text>work</text></type><pref><integer>1</integer></pref>"         \
	"</parameters><uri>tel:" number "</uri></tel>"

static void publish_profile(const char *properties)
{
	publish("alice@example.org", "urn:xmpp:vcard4", "current", "Alice", properties);
}

static void publish_contact(const char *item, const char *name, const char *properties)
{
	publish("alice@example.org", "urn:xmpp:contacts", item, name, properties);
}

static bool has_account(const char *jid)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;
	enum store_result result;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	result = store_account_find(store, dialogue_arena(dialogue), jid, &account);
	store_turn_rollback(store);
	ck_assert_int_ne(result, STORE_ERROR);
	return result == STORE_OK;
}

/* ---- profile ---- */

START_TEST(profile_begins_empty_and_is_stored)
{
	const char *sent = step("profile", NULL);

	expect_has(sent, "status=\"executing\"><actions execute=\"next\"><next/></actions>");
	expect_has(sent, "<field var=\"name\" type=\"text-single\" label=\"Name\"><value/>"
			 "<required/><validate ");
	expect_has(sent, "<field var=\"cell\" type=\"text-multi\"");
	sent = step_profile(FIELD("name", "Alice") FIELD("cell", "+44 7700 900123")
			FIELD("home", "+44 20 7946 0000") FIELD("email", "alice@example.org"));
	expect_has(sent, "<note type=\"info\">Your profile is stored.</note>");
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	sent = items("alice@example.org", "urn:xmpp:vcard4");
	expect_has(sent, "<fn><text>Alice</text></fn>");
	expect_has(sent, "<tel><parameters><type><text>cell</text></type></parameters>"
			 "<uri>tel:+447700900123</uri></tel>");
	expect_has(sent, "<tel><parameters><type><text>home</text></type></parameters>"
			 "<uri>tel:+442079460000</uri></tel>");
	expect_has(sent, "<email><text>alice@example.org</text></email>");
}
END_TEST

START_TEST(numbers_are_shown_by_kind)
{
	const char *sent;

	publish_profile(WORK("+442079460000") "<tel><parameters><type><text>home</text></type>"
					      "</parameters><uri>tel:+442079460001</uri></tel>");
	sent = step("profile", NULL);
	expect_has(sent, shown("label=\"Work\"><value>+44 20 7946 0000</value><validate "));
	expect_has(sent, shown("label=\"Home\"><value>+44 20 7946 0001</value><validate "));
}
END_TEST

START_TEST(what_the_form_does_not_show_stays)
{
	const char *sent;

	publish_profile(WORK("+442079460000") "<note><text>Nothing</text></note>"
					      "<tel><parameters><type><text>pager</text></type>"
					      "</parameters><uri>tel:+442079460009</uri></tel>");
	step_profile(FIELD("name", "Alice") FIELD("work", "+44 20 7946 0002"));
	sent = items("alice@example.org", "urn:xmpp:vcard4");
	/* In its place, with its parameters. */
	expect_has(sent, "<pref><integer>1</integer></pref></parameters>"
			 "<uri>tel:+442079460002</uri>");
	expect_has(sent, "<note><text>Nothing</text></note>");
	expect_has(sent, "tel:+442079460009");
	expect_lacks(sent, "tel:+442079460000");
}
END_TEST

START_TEST(new_number_takes_the_place_of_the_one_left_out)
{
	const char *sent;

	publish_profile(WORK("+442079460000") WORK("+442079460001"));
	step_profile(FIELD("name", "Alice") "<field var='work'><value>+44 20 7946 0001</value>"
					    "<value>+44 20 7946 0002</value>"
					    "<value>+442079460002</value></field>");
	sent = items("alice@example.org", "urn:xmpp:vcard4");
	ck_assert_uint_eq(dialogue_count(sent, "<tel>"), 2);
	ck_assert(strstr(sent, "tel:+442079460002") < strstr(sent, "tel:+442079460001"));
	expect_lacks(sent, "tel:+442079460000");
}
END_TEST

START_TEST(cleared_number_is_retired)
{
	const char *sent;

	publish_profile(WORK("+442079460000"));
	publish("bob@example.org", "urn:xmpp:contacts", "alice@example.org", "Alice",
		WORK("+442079460000"));
	step_profile(FIELD("name", "Alice") EMPTY("work"));
	expect_lacks(items("alice@example.org", "urn:xmpp:vcard4"), "<tel>");
	sent = dialogue_run(dialogue);
	expect_has(sent, "<x-retired>");
	expect_has(items("bob@example.org", "urn:xmpp:contacts"), "tel:+442079460000");
}
END_TEST

START_TEST(moved_number_changes_its_kind_only)
{
	const char *sent;

	publish_profile("<tel><parameters><type><text>work</text></type></parameters>"
			"<uri>tel:+442079460000</uri></tel>");
	step_profile(FIELD("name", "Alice") EMPTY("work") FIELD("home", "+44 20 7946 0000"));
	sent = items("alice@example.org", "urn:xmpp:vcard4");
	expect_has(sent, "<type><text>home</text></type></parameters><uri>tel:+442079460000</uri>");
	ck_assert_uint_eq(dialogue_count(sent, "<tel>"), 1);
}
END_TEST

START_TEST(changed_name_takes_the_former_n_along)
{
	publish_profile("<n><surname>Old</surname><given>Alice</given><additional/><prefix/>"
			"<suffix/></n>");
	step_profile(FIELD("name", "Alice New"));
	expect_lacks(items("alice@example.org", "urn:xmpp:vcard4"), "Old");
}
END_TEST

START_TEST(wrong_profiles_are_refused)
{
	static const char *const fields[] = {
		FIELD("name", ""),
		FIELD("cell", "+447700900123"),
		FIELD("name", "Alice") FIELD("cell", "call me"),
		FIELD("name", "Alice") FIELD("email", "nowhere"),
	};

	step("profile", NULL);
	expect_has(step("profile", fields[_i]), "<bad-payload xmlns=\"" COMMANDS "\"/>");
	expect_lacks(items("alice@example.org", "urn:xmpp:vcard4"), "<item ");
}
END_TEST

START_TEST(form_does_not_take_back_what_changed_meanwhile)
{
	char *state, fields[256];

	publish_profile(TEL("+442079460000"));
	state = expect_between(step("profile", NULL), "var=\"state\" type=\"hidden\"><value>", "<");
	publish_profile(TEL("+442079460001"));
	snprintf(fields, sizeof(fields), FIELD("name", "Alice") FIELD("state", "%s"), state);
	expect_has(step("profile", fields), "<note type=\"error\">Your profile was changed");
	free(state);
}
END_TEST

/* ---- export ---- */

START_TEST(export_as_vcards_begins_with_the_profile)
{
	const char *sent;

	publish_profile(TEL("+447700900123"));
	publish_contact("bob@example.org", "Bob", TEL("+447700900456"));
	expect_has(step("export", NULL), "<option label=\"JSON (everything)\">");
	sent = step("export", FIELD("format", "vcard"));
	expect_has(sent, "status=\"completed\"");
	expect_has(sent, "<value>account: alice@example.org</value>");
	expect_has(sent, "<value>contacts: 1</value>");
	expect_has(sent, "<value>BEGIN:VCARD</value><value>VERSION:4.0</value><value>FN:Alice<");
	expect_has(sent, "<value>FN:Bob</value>");
	expect_lacks(sent, "var=\"after\"");
}
END_TEST

START_TEST(export_as_json_has_everything)
{
	const char *sent;

	publish_profile(TEL("+447700900123"));
	publish_profile(TEL("+447700900124"));
	publish_contact("bob@example.org", "Bob \"B\"", TEL("+447700900456"));
	publish_contact("carol@example.org", "Carol", "");
	dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract "
		"node='urn:xmpp:contacts'>"
		"<item id='carol@example.org'/></retract></pubsub></iq>");
	step("settings", NULL);
	step("settings", FIELD("findable", "mutual") FIELD("blocked", "bob@example.org"));
	step("export", NULL);
	sent = step("export", FIELD("format", "json"));
	expect_has(sent, "{\"account\": \"alice@example.org\",");
	expect_has(sent, "\"settings\": {\"findable\": \"mutual\"},");
	expect_has(sent, "\"blocked\": [\"bob@example.org\"],");
	expect_has(sent, "\"state\": \"replaced\", \"successor\": "
			 "\"+447700900124\"}");
	expect_has(sent, "\"profile\": {\"changed\": \"2020-09-13T12:26:40Z\",");
	expect_has(sent, "\"item\": \"bob@example.org\"");
	expect_has(sent, "FN:Bob \\\"B\\\"\\r\\nTEL");
	expect_has(sent, "{\"item\": \"carol@example.org\", \"removed\":");
}
END_TEST

START_TEST(large_export_comes_in_parts)
{
	char note[20001], properties[20100], fields[256];
	unsigned contacts = 0, parts = 0;
	char *after = NULL;

	memset(note, 'x', sizeof(note) - 1);
	note[sizeof(note) - 1] = '\0';
	snprintf(properties, sizeof(properties), "<note><text>%s</text></note>", note);
	for (int i = 0; i < 12; i++) {
		char item[32];

		snprintf(item, sizeof(item), "friend%d@example.net", i);
		publish_contact(item, "Friend", properties);
	}
	do {
		const char *sent;

		step("export", NULL);
		snprintf(fields, sizeof(fields), FIELD("format", "vcard") FIELD("after", "%s"),
			after ? after : "");
		free(after);
		after = NULL;
		sent = step("export", fields);
		ck_assert_uint_lt(strlen(sent), 512 * 1024);
		contacts += dialogue_count(sent, "<value>FN:Friend</value>");
		if (strstr(sent, "var=\"after\""))
			after = expect_between(
				sent, "label=\"There is more, behind\"><value>", "<");
		parts++;
	} while (after);
	ck_assert_uint_eq(contacts, 12);
	ck_assert_uint_eq(parts, 3);
}
END_TEST

START_TEST(export_is_asked_for_rightly)
{
	static const char *const fields[] = {
		FIELD("format", "doc"),
		FIELD("format", "json") FIELD("after", "made-up"),
		"",
	};

	step("export", NULL);
	expect_has(step("export", fields[_i]), "<bad-payload ");
}
END_TEST

/* ---- erase ---- */

START_TEST(erasing_asks_twice)
{
	const char *sent;

	publish_profile(TEL("+447700900123"));
	publish_contact("bob@example.org", "Bob", "");
	sent = step("erase", NULL);
	expect_has(sent, "<actions execute=\"next\"><next/></actions>");
	expect_has(sent, "your address book of 1 contact and");
	expect_has(step("erase", FIELD("sure", "0")), "Nothing was erased.");
	step("erase", NULL);
	sent = step("erase", FIELD("sure", "1"));
	expect_has(sent, "<actions execute=\"complete\">");
	expect_has(sent, "<field var=\"address\"");
	expect_has(step("erase", FIELD("address", "bob@example.org")), "nothing was erased.");
	ck_assert(has_account("alice@example.org"));
	step("erase", NULL);
	sent = step("erase", FIELD("address", "Alice@example.org"));
	expect_has(sent, "All that was stored of alice@example.org is erased.");
	expect_has(sent, "<purge node=\"urn:xmpp:contacts\"/>");
	ck_assert(!has_account("alice@example.org"));
}
END_TEST

/* ---- contacts ---- */

START_TEST(contact_is_added)
{
	const char *sent = step("contacts", NULL);

	expect_has(sent, "<actions execute=\"next\"><next/></actions>");
	sent = step("contacts", FIELD("do", "add"));
	expect_has(sent, "<field var=\"do\" type=\"hidden\"><value>save</value></field>");
	expect_has(sent, "<field var=\"address\" type=\"jid-single\"");
	sent = step("contacts", FIELD("do", "save") FIELD("address", "Bob@example.org")
					FIELD("name", "Bob") FIELD("cell", "+44 7700 900456"));
	expect_has(sent, "<note type=\"info\">Bob is stored.</note>");
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	sent = items("alice@example.org", "urn:xmpp:contacts");
	expect_has(sent, "<item id=\"bob@example.org\">");
	expect_has(sent, "tel:+447700900456");
	expect_has(step("contacts", FIELD("do", "save") FIELD("address", "bob@example.org")
					    FIELD("name", "Another")),
		"<note type=\"error\">bob@example.org is in the address book already.</note>");
	step("contacts", FIELD("do", "save") FIELD("address", "") FIELD("name", "Plumber"));
	expect_has(items("alice@example.org", "urn:xmpp:contacts"), "<item id=\"urn:uuid:");
}
END_TEST

START_TEST(contact_is_found_by_what_it_has)
{
	static const struct {
		const char *search;
		unsigned hits;
	} rows[] = {
		{FIELD("search", ""), 3},
		{FIELD("search", "bob"), 1},
		{FIELD("search", "EXAMPLE.ORG"), 1},
		{FIELD("search", "plumb"), 1},
		{FIELD("search", "carol@mail"), 1},
		{FIELD("search", "+44 7700 900456"), 1},
		{FIELD("search", "+44 7700 900457"), 1},
		{FIELD("search", "Smith &amp; Co"), 1},
		{FIELD("search", "vcard"), 0},
		{FIELD("search", "zoe"), 0},
	};
	const char *sent;

	ck_assert_uint_eq(sizeof(rows) / sizeof(*rows), 10);
	publish_contact("bob@example.org", "Bob", TEL("+447700900456"));
	publish_contact("urn:uuid:1", "Plumber, Smith &amp; Co",
		"<tel><text>+44 7700 900 457</text></tel>");
	publish_contact("urn:uuid:2", "Carol", "<email><text>carol@mail.example</text></email>");
	step("contacts", NULL);
	sent = step("contacts", rows[_i].search);
	expect_has(sent, "<bad-payload ");
	sent = dialogue_say(dialogue,
		"<iq type='set' from='alice@example.org/r' to='kith.example.org' id='c'>"
		"<command xmlns='" COMMANDS "' node='contacts' sessionid='%s'>"
		"<x xmlns='jabber:x:data' type='submit'>" FIELD(
			"do", "find") "%s</x></command></iq>",
		session, rows[_i].search);
	ck_assert_uint_eq(
		dialogue_count(sent, "<option ") - (rows[_i].hits ? 4 : 0), rows[_i].hits);
	if (rows[_i].hits == 0)
		expect_has(sent, "<note type=\"error\">No contact was found.</note>");
}
END_TEST

START_TEST(further_contacts_are_looked_for)
{
	char *after, fields[256];
	const char *sent;

	for (int i = 0; i < 30; i++) {
		char item[32];

		snprintf(item, sizeof(item), "friend%02d@example.net", i);
		publish_contact(item, "Friend", "");
	}
	step("contacts", NULL);
	sent = step("contacts", FIELD("do", "find") FIELD("search", "friend"));
	ck_assert_uint_eq(dialogue_count(sent, "<option label=\"Friend ("), 25);
	expect_has(sent, "<option label=\"Look further\"><value>find</value></option>");
	after = expect_between(sent, "var=\"after\" type=\"hidden\"><value>", "<");
	snprintf(fields, sizeof(fields),
		FIELD("do", "find") FIELD("search", "friend") FIELD("after", "%s"), after);
	sent = step("contacts", fields);
	ck_assert_uint_eq(dialogue_count(sent, "<option label=\"Friend ("), 5);
	expect_lacks(sent, "Look further");
	free(after);
}
END_TEST

START_TEST(contact_is_edited)
{
	char *state, fields[512];
	const char *sent;

	publish_contact(
		"bob@example.org", "Bob", TEL("+447700900456") "<note><text>N</text></note>");
	step("contacts", NULL);
	sent = step("contacts", FIELD("do", "edit") FIELD("item", "bob@example.org"));
	expect_has(sent, shown("label=\"Other numbers\"><value>+44 7700 900456</value><validate "));
	state = expect_between(sent, "var=\"state\" type=\"hidden\"><value>", "<");
	snprintf(fields, sizeof(fields),
		FIELD("do", "save") FIELD("item", "bob@example.org") FIELD("state", "%s")
			FIELD("name", "Robert") FIELD("voice", "+44 7700 900457"),
		state);
	expect_has(step("contacts", fields), "Robert is stored.");
	sent = items("alice@example.org", "urn:xmpp:contacts");
	expect_has(sent, "<fn><text>Robert</text></fn>");
	expect_has(sent, "tel:+447700900457");
	expect_has(sent, "<note><text>N</text></note>");
	/* A second time it is a form for what isn't there any more. */
	expect_has(step("contacts", fields), "<note type=\"error\">The contact was changed");
	expect_has(step("contacts", FIELD("do", "edit") FIELD("item", "carol@example.org")),
		"There is no such contact.");
	free(state);
}
END_TEST

START_TEST(contact_is_removed)
{
	const char *sent;

	publish_contact("bob@example.org", "Bob", "");
	step("contacts", NULL);
	sent = step("contacts", FIELD("do", "remove") FIELD("item", "bob@example.org"));
	expect_has(sent, "<note type=\"info\">bob@example.org is removed.</note>");
	expect_has(sent, "<retract id=\"bob@example.org\"/>");
	expect_lacks(items("alice@example.org", "urn:xmpp:contacts"), "<item ");
	expect_has(step("contacts", FIELD("do", "remove") FIELD("item", "bob@example.org")),
		"There is no such contact.");
}
END_TEST

/* ---- For admins ---- */

START_TEST(commands_for_admins_are_for_admins)
{
	static const char *const nodes[] = {"account", "erase-account", "stats", ANNOUNCE};

	expect_has(step(nodes[_i], NULL), "<forbidden ");
	expect_has(step_as(admin, nodes[_i], NULL), "type=\"result\"");
}
END_TEST

START_TEST(figures_are_shown)
{
	publish_profile(TEL("+447700900123"));
	publish_contact("bob@example.org", "Bob", "");
	expect_has(step_as(admin, "stats", NULL),
		"<field var=\"profiles\" type=\"text-single\" label=\"Profiles\"><value>1</value>");
}
END_TEST

START_TEST(account_is_looked_at)
{
	const char *sent;

	publish_profile(TEL("+447700900123"));
	publish_profile(TEL("+447700900124"));
	step_as(admin, "account", NULL);
	sent = step_as(admin, "account", FIELD("accountjid", "Alice@example.org"));
	expect_has(sent, shown("<value>number: voice +44 7700 900123, now +447700900124</value>"));
	expect_has(sent, "<value>held by: a few at most</value>");
	expect_has(sent, "<value>setting: visible = known (default)</value>");
	expect_has(sent, shown("<value>voice +44 7700 900124</value>"));
	expect_has(step_as(admin, "account", FIELD("accountjid", "zoe@example.org")),
		"<note type=\"error\">There is no account zoe@example.org.</note>");
	expect_has(step_as(admin, "account", FIELD("accountjid", "example.org")), "<bad-payload ");
}
END_TEST

START_TEST(account_is_erased_after_a_look)
{
	const char *sent;

	publish_profile(TEL("+447700900123"));
	sent = step_as(admin, "erase-account", NULL);
	expect_has(sent, "<actions execute=\"next\">");
	sent = step_as(admin, "erase-account", FIELD("accountjid", "alice@example.org"));
	expect_has(sent, "<value>account: alice@example.org</value>");
	expect_has(sent, "<field var=\"accountjid\" type=\"hidden\">");
	step_as(admin, "erase-account",
		FIELD("accountjid", "alice@example.org") FIELD("sure", "false"));
	ck_assert(has_account("alice@example.org"));
	sent = step_as(admin, "erase-account",
		FIELD("accountjid", "alice@example.org") FIELD("sure", "true"));
	expect_has(sent, "All that was stored of alice@example.org is erased.");
	ck_assert(!has_account("alice@example.org"));
}
END_TEST

START_TEST(announcement_goes_to_all_accounts)
{
	const char *sent;

	publish_profile("");
	publish("bob@example.org", "urn:xmpp:vcard4", "current", "Bob", "");
	expect_has(
		step_as(admin, ANNOUNCE, NULL), "<value>http://jabber.org/protocol/admin</value>");
	sent = step_as(admin, ANNOUNCE,
		"<field var='announcement'><value>Down at 5.</value><value>Back at "
		"6.</value></field>");
	expect_has(sent, "<note type=\"info\">It went to 3 accounts.</note>");
	expect_has(sent, "to=\"bob@example.org\" type=\"headline\"");
	ck_assert_uint_eq(dialogue_count(sent, "<body>Down at 5.\nBack at 6.</body>"), 3);
	expect_has(step_as(admin, ANNOUNCE, FIELD("announcement", "")), "<bad-payload ");
}
END_TEST

START_TEST(long_announcement_goes_on_step_by_step)
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
	step_as(admin, ANNOUNCE, NULL);
	sent = step_as(admin, ANNOUNCE, FIELD("announcement", "Hello"));
	ck_assert_uint_eq(dialogue_count(sent, "<body>Hello</body>"), 2000);
	expect_has(sent, "<field var=\"after\" type=\"hidden\"><value>b1998@example.org</value>");
	sent = step_as(admin, ANNOUNCE,
		FIELD("announcement", "Hello") FIELD("after", "b1998@example.org"));
	ck_assert_uint_eq(dialogue_count(sent, "<body>Hello</body>"), 101);
	expect_has(sent, "It went to 101 accounts.");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *forms_suite(void)
{
	Suite *suite = suite_create("forms");
	TCase *tcase = add_case(suite, "design, 3: my profile");

	tcase_add_test(tcase, profile_begins_empty_and_is_stored);
	tcase_add_test(tcase, numbers_are_shown_by_kind);
	tcase_add_test(tcase, what_the_form_does_not_show_stays);
	tcase_add_test(tcase, new_number_takes_the_place_of_the_one_left_out);
	tcase_add_test(tcase, cleared_number_is_retired);
	tcase_add_test(tcase, moved_number_changes_its_kind_only);
	tcase_add_test(tcase, changed_name_takes_the_former_n_along);
	tcase_add_loop_test(tcase, wrong_profiles_are_refused, 0, 4);
	tcase_add_test(tcase, form_does_not_take_back_what_changed_meanwhile);
	tcase = add_case(suite, "design, 3: export");
	tcase_add_test(tcase, export_as_vcards_begins_with_the_profile);
	tcase_add_test(tcase, export_as_json_has_everything);
	tcase_add_test(tcase, large_export_comes_in_parts);
	tcase_add_loop_test(tcase, export_is_asked_for_rightly, 0, 3);
	tcase = add_case(suite, "design, 4: accounts end");
	tcase_add_test(tcase, erasing_asks_twice);
	tcase = add_case(suite, "design, 3: my contacts");
	tcase_add_test(tcase, contact_is_added);
	tcase_add_loop_test(tcase, contact_is_found_by_what_it_has, 0, 10);
	tcase_add_test(tcase, further_contacts_are_looked_for);
	tcase_add_test(tcase, contact_is_edited);
	tcase_add_test(tcase, contact_is_removed);
	tcase = add_case(suite, "design, 3: for admins; XEP-0133");
	tcase_add_loop_test(tcase, commands_for_admins_are_for_admins, 0, 4);
	tcase_add_test(tcase, figures_are_shown);
	tcase_add_test(tcase, account_is_looked_at);
	tcase_add_test(tcase, account_is_erased_after_a_look);
	tcase_add_test(tcase, announcement_goes_to_all_accounts);
	tcase_add_test(tcase, long_announcement_goes_on_step_by_step);
	return suite;
}

int main(void)
{
	return expect_all(forms_suite());
}
