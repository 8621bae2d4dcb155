/* The command `export`: all that is stored of an account (design: section 3, "forms"), against the
 * tables that there are. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/settings.h"
#include "component/store_sqlite.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define ALICE "alice@example.org"
#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

/* ---- The tables ---- */

/* Of each table: how many rows are alice's (%d: her account), and what of one must be in the
 * export; or why none is. Who adds a table adds a row here. */
static const struct {
	const char *table, *own, *exported;
	const char *reason;
} tables[] = {
	{"store", NULL, NULL, "nobody's: counters and the key"},
	{"account", "id = %d",
		"\"pushes_counted\": {\"since\": \"2020-09-13T12:26:40Z\", \"count\": 1", NULL},
	{"setting", "account = %d", "\"settings\": {\"visible\": \"everyone\", ", NULL},
	{"listed", "account = %d", "\"blocked\": [\"mallory@example.org\"]", NULL},
	{"profile", "account = %d", "TEL;VALUE=uri:tel:+447700900102", NULL},
	{"number", "account = %d", "\"value\": \"tel:+447700900100\"", NULL},
	{"term", NULL, NULL, "words of the profile, once more"},
	{"contact", "owner = %d",
		"\"item\": \"bob@example.org\", \"changed\": \"2020-09-13T12:26:40Z\"", NULL},
	{"retraction", "owner = %d", "\"item\": \"carol@example.org\", \"removed\": ", NULL},
	{"card_update", "owner = %d", "900200 is now +44", NULL},
	{"number_change", "account = %d", "\"changes\": [\n{\"at\": ", NULL},
	{"run", "account = %d", "\"run\": {\"version\": 3, ", NULL},
	{"missing", "account = %d",
		"\"missing\": [\n{\"number\": \"+447700900102\", \"state\": \"new\"}]", NULL},
	{"report", "account = %d", "\"report\": {\"version\": 3, ", NULL},
	{"held", "account = %d", "\"before\": {\"changed\": ", NULL},
	{"held_number", "account = %d", "TEL;VALUE=uri:tel:+447700900101", NULL},
	{"matter", "account = %d",
		"\"kind\": \"share\", \"of\": \"bob@example.org\", "
		"\"target\": \"dave@example.org\"",
		NULL},
	{"roster", "account = %d", "\"roster\": {\"read\": \"2020-09-13T12:26:40Z\", ", NULL},
	{"roster_pair", "account = %d", "\"mutual\": [\"bob@example.org\"]", NULL},
	{"follow", "account = %d", "\"follow\": {\"shares_presence\": true, ", NULL},
	{"sweep", NULL, NULL, "work under way: how far the book was looked through"},
	{"dormant", NULL, NULL, "work under way: the link that it is about says that it ended"},
};
#define TABLES (sizeof(tables) / sizeof(*tables))

static void look_up(void *context, const char *name)
{
	(void)context;
	for (size_t i = 0; i < TABLES; i++)
		if (strcmp(tables[i].table, name) == 0)
			return;
	ck_abort_msg("table %s is neither exported nor is there a reason why not", name);
}

START_TEST(each_table_is_exported_or_has_a_reason)
{
	struct store *store = dialogue_store(dialogue);
	int64_t count = 0;

	ck_assert_int_eq(db_each(store->db,
				 "SELECT name FROM sqlite_schema WHERE type = 'table'"
				 " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
				 look_up, NULL),
		0);
	ck_assert_int_eq(db_read_int(store->db,
				 "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
				 " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
				 &count),
		0);
	ck_assert_int_eq(count, TABLES);
	for (size_t i = 0; i < TABLES; i++)
		ck_assert((tables[i].exported != NULL) != (tables[i].reason != NULL));
}
END_TEST

/* ---- The export ---- */

static void publish(const char *who, const char *node, const char *id, const char *properties)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			   "<fn><text>F</text></fn>%s</vcard></item></publish></pubsub></iq>",
			   who, node, id, properties),
		"type=\"result\"");
}

static const char *complete(const char *who, const char *node, const char *fields)
{
	char *session =
		expect_between(dialogue_say(dialogue,
				       "<iq type='set' from='%s/r' to='kith.example.org' id='e'>"
				       "<command xmlns='" COMMANDS "' node='%s'/></iq>",
				       who, node),
			"sessionid=\"", "\"");
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='e'>"
		"<command xmlns='" COMMANDS "' node='%s' sessionid='%s'>"
		"<x xmlns='jabber:x:data' type='submit'>%s</x></command></iq>",
		who, node, session, fields);

	free(session);
	return sent;
}

static const struct xml *field_of(const struct xml *form, const char *var)
{
	for (const struct xml *f = xml_child(form, NULL, "field"); f;
		f = xml_next(f, NS_DATA, "field"))
		if (xml_get(f, "var") && strcmp(xml_get(f, "var"), var) == 0)
			return f;
	return NULL;
}

/* A part of the export as JSON, to be freed; *after: where the next begins, "" for none. */
static char *export_json(char after[64])
{
	struct arena *arena = arena_new(0);
	const struct xml *answer, *form;
	struct buffer lines;
	char fields[256], *copy;
	const char *sent;

	snprintf(fields, sizeof(fields), FIELD("format", "json") FIELD("after", "%s"), after);
	sent = complete(ALICE, "export", fields);
	ck_assert_uint_lt(strlen(sent), 512 * 1024);
	answer = xml_parse(arena, sent, strlen(sent), NS_COMPONENT,
		&(struct xml_limits){1u << 20, 32, 100000, 64}, NULL);
	form = xml_child(xml_child(answer, COMMANDS, "command"), NS_DATA, "x");
	buffer_init(&lines, 0);
	for (const struct xml *v = xml_child(field_of(form, "content"), NULL, "value"); v;
		v = xml_next(v, NS_DATA, "value"))
		buffer_printf(&lines, "%s%s", lines.len ? "\n" : "", xml_text(arena, v));
	copy = strdup(buffer_string(&lines));
	buffer_clear(&lines);
	snprintf(after, 64, "%s",
		field_of(form, "after") ? xml_child_text(arena, field_of(form, "after"), "value")
					: "");
	arena_free(arena);
	return copy;
}

/* ---- RFC 8259: what stands behind a value that begins at text; NULL: none begins there ---- */

static const char *skip_blank(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

static const char *skip_value(const char *text);

static const char *skip_string(const char *text)
{
	if (*text++ != '"')
		return NULL;
	for (; *text != '"'; text++) {
		if ((unsigned char)*text < 0x20)
			return NULL;
		if (*text == '\\' && !strchr("\"\\/bfnrtu", *++text))
			return NULL;
	}
	return text + 1;
}

/* The inner of an object or an array, up to behind its end. */
static const char *skip_inner(const char *text, bool is_object)
{
	char end = is_object ? '}' : ']';

	text = skip_blank(text);
	if (*text == end)
		return text + 1;
	for (;;) {
		if (is_object) {
			text = skip_string(skip_blank(text));
			text = text ? skip_blank(text) : NULL;
			if (!text || *text++ != ':')
				return NULL;
		}
		text = skip_value(text);
		if (!text)
			return NULL;
		text = skip_blank(text);
		if (*text == end)
			return text + 1;
		if (*text++ != ',')
			return NULL;
	}
}

static const char *skip_value(const char *text)
{
	static const char *const words[] = {"true", "false", "null"};

	text = skip_blank(text);
	if (*text == '"')
		return skip_string(text);
	if (*text == '{' || *text == '[')
		return skip_inner(text + 1, *text == '{');
	for (size_t i = 0; i < 3; i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return text + strlen(words[i]);
	return strspn(text, "-0123456789") ? text + strspn(text, "-0123456789") : NULL;
}

static void is_json(const char *text)
{
	const char *end = skip_value(text);

	ck_assert_msg(end != NULL && !*skip_blank(end), "not JSON: %s", text);
}

/* ---- alice has something in each table ---- */

static void subscribe_both_ways(int64_t account, const char *jid)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account other;
	bool is_due;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), jid, &other), STORE_OK);
	ck_assert_int_eq(store_roster_asked(store, account, 1600000000, 1, &is_due), STORE_OK);
	ck_assert_int_eq(
		store_roster_put(store, dialogue_arena(dialogue), account, &other.id, 1), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static void lack(int64_t account, const char *identity)
{
	struct store *store = dialogue_store(dialogue);
	const struct store_missing missing = {identity, MISSING_NEW};

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_missing_put(store, account, &missing, 1), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static void follow(int64_t account)
{
	struct store *store = dialogue_store(dialogue);
	const struct store_follow follow = {account, true, 1600000000, "abcdef"};

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_follow_put(store, &follow), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static int64_t account_of(const char *jid)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), jid, &account), STORE_OK);
	store_turn_rollback(store);
	return account.id;
}

static void fill(void)
{
	struct settings *settings = dialogue_settings(dialogue);

	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_AUDIENCE] = CIRCLE_EVERYONE;
	publish("bob@example.org", "urn:xmpp:vcard4", "current", TEL("+447700900200"));
	publish("carol@example.org", "urn:xmpp:vcard4", "current", TEL("+447700900300"));
	publish(ALICE, "urn:xmpp:vcard4", "current", TEL("+447700900100"));
	publish(ALICE, "urn:xmpp:contacts", "bob@example.org", TEL("+447700900200"));
	publish(ALICE, "urn:xmpp:contacts", "carol@example.org", TEL("+447700900300"));
	publish("bob@example.org", "urn:xmpp:contacts", ALICE, TEL("+447700900100"));
	dialogue_say(dialogue,
		"<iq type='set' from='" ALICE "/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract "
		"node='urn:xmpp:contacts'><item id='carol@example.org'/></retract></pubsub></iq>");
	publish("bob@example.org", "urn:xmpp:vcard4", "current", TEL("+447700900201"));
	dialogue_run(dialogue);
	publish(ALICE, "urn:xmpp:vcard4", "current", TEL("+447700900101"));
	dialogue_run(dialogue);
	complete(ALICE, "settings",
		FIELD("visible", "everyone") FIELD("share", "ask") FIELD("hold", "600")
			FIELD("blocked", "mallory@example.org"));
	publish(ALICE, "urn:xmpp:vcard4", "current", TEL("+447700900102"));
	complete("bob@example.org", "share",
		FIELD("subject", ALICE) FIELD("to", "dave@example.org"));
	subscribe_both_ways(account_of(ALICE), "bob@example.org");
	lack(account_of(ALICE), "+447700900102");
	follow(account_of(ALICE));
}

START_TEST(what_each_table_has_is_in_it)
{
	struct store *store = dialogue_store(dialogue);
	char after[64] = "", *json;
	int64_t alice;

	fill();
	alice = account_of(ALICE);
	json = export_json(after);
	ck_assert_str_eq(after, "");
	is_json(json);
	for (size_t i = 0; i < TABLES; i++) {
		char where[64], sql[160];
		int64_t count = 0;

		if (!tables[i].exported)
			continue;
		snprintf(where, sizeof(where), "%s", tables[i].own);
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE %.*s%" PRId64,
			tables[i].table, (int)strcspn(where, "%"), where, alice);
		ck_assert_int_eq(db_read_int(store->db, sql, &count), 0);
		ck_assert_msg(count > 0, "%s has nothing of alice's", tables[i].table);
		ck_assert_msg(strstr(json, tables[i].exported) != NULL, "%s: no %s in %s",
			tables[i].table, tables[i].exported, json);
	}
	free(json);
}
END_TEST

START_TEST(what_was_declined_is_still_there)
{
	char after[64] = "", *json;

	fill();
	dialogue_say(dialogue, "<message type='chat' from='" ALICE "/r' to='kith.example.org' "
			       "id='m'><body>no</body></message>");
	json = export_json(after);
	is_json(json);
	expect_has(strstr(json, "\"kind\": \"share\""), "\"declined\": true");
	expect_has(strstr(json, "\"kind\": \"hold\""), "\"declined\": false");
	free(json);
}
END_TEST

START_TEST(a_link_says_that_it_ended)
{
	char after[64] = "", *json;

	fill();
	dialogue_say(dialogue,
		"<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='jabber:iq:register'><remove/></query></iq>");
	json = export_json(after);
	is_json(json);
	expect_has(json, "\"linked\": {\"to\": \"bob@example.org\", \"ended\": true, ");
	free(json);
}
END_TEST

/* What others asked, or were asked about alice, is theirs. */
START_TEST(what_is_of_others_is_not_in_it)
{
	char after[64] = "", *json;

	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	publish("carol@example.org", "urn:xmpp:vcard4", "current", TEL("+447700900300"));
	complete(ALICE, "share",
		FIELD("subject", "carol@example.org") FIELD("to", "bob@example.org"));
	publish("dave@example.org", "urn:xmpp:contacts", ALICE, TEL("+447700900999"));
	json = export_json(after);
	expect_has(json, "\"matters\": []");
	expect_lacks(json, "900999");
	expect_lacks(json, "dave");
	free(json);
}
END_TEST

START_TEST(each_part_is_json_and_all_are_all)
{
	char note[3001], properties[3100], after[64] = "";
	unsigned contacts = 0, matters = 0, profiles = 0, parts = 0;
	struct store *store = dialogue_store(dialogue);
	int64_t alice;

	fill();
	alice = account_of(ALICE);
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	for (int i = 0; i < 600; i++) {
		char token[40];
		struct store_matter matter = {.account = alice,
			.kind = MATTER_SHARE,
			.token = token,
			.subject = alice,
			.target = "a-name-that-takes-some-room-in-what-is-exported@example.org",
			.what = "",
			.made_at = 1600000000,
			.expires_at = 1600000001 + i};

		snprintf(token, sizeof(token), "%032d", i);
		ck_assert_int_eq(store_matter_add(store, &matter), STORE_OK);
	}
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	memset(note, 'x', sizeof(note) - 1);
	note[sizeof(note) - 1] = '\0';
	snprintf(properties, sizeof(properties), "<note><text>%s</text></note>", note);
	for (int i = 0; i < 60; i++) {
		char item[32];

		snprintf(item, sizeof(item), "friend%d@example.net", i);
		publish(ALICE, "urn:xmpp:contacts", item, properties);
	}
	do {
		char *json = export_json(after);

		is_json(json);
		contacts += dialogue_count(json, "{\"item\": \"friend");
		matters += dialogue_count(json, "a-name-that-takes-some-room");
		profiles += dialogue_count(json, "\"profile\": ");
		parts++;
		free(json);
	} while (*after);
	ck_assert_uint_eq(contacts, 60);
	ck_assert_uint_eq(matters, 600);
	ck_assert_uint_eq(profiles, 1);
	ck_assert_uint_ge(parts, 3);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *export_suite(void)
{
	Suite *suite = suite_create("export");
	TCase *tcase = add_case(suite, "design, 3: all that is stored about me");

	tcase_add_test(tcase, each_table_is_exported_or_has_a_reason);
	tcase_add_test(tcase, what_each_table_has_is_in_it);
	tcase_add_test(tcase, what_was_declined_is_still_there);
	tcase_add_test(tcase, a_link_says_that_it_ended);
	tcase_add_test(tcase, what_is_of_others_is_not_in_it);
	tcase_add_test(tcase, each_part_is_json_and_all_are_all);
	return suite;
}

int main(void)
{
	return expect_all(export_suite());
}
