/* Stanzas that no good client sends: good ones, mutated by chance (KITH_SEED=N begins with another
 * number). Whatever comes, each request gets one answer, nothing goes to others than the sender may
 * write to, and the store stays whole. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/say.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/turn.h"
#include "tests/chance.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define SEEDS 8
#define STANZAS 400 /* of a seed */
#define NODES_MAX 256

#define IQ(type, content)                                                                          \
	"<iq type='" type "' from='alice@example.org/r' to='kith.example.org' id='1'>" content     \
	"</iq>"
#define PUBSUB(content) "<pubsub xmlns='" NS_PUBSUB "'>" content "</pubsub>"
#define VCARD(name, number)                                                                        \
	"<vcard xmlns='" NS_VCARD4 "'><fn><text>" name "</text></fn><email><text>" name            \
	"@example.org</text></email><tel><parameters><type><text>cell</text></type></parameters>"  \
	"<uri>tel:" number "</uri></tel><tel><parameters><pref><integer>1</integer></pref>"        \
	"</parameters><text>020 7946 0018</text></tel></vcard>"
#define SET(content) "<set xmlns='" NS_RSM "'>" content "</set>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define FORM(content) "<x xmlns='" NS_DATA "' type='submit'>" content "</x>"
#define COMMAND(node, content)                                                                     \
	IQ("set", "<command xmlns='" NS_COMMANDS "' node='" node "'>" content "</command>")
#define QUERY(content)                                                                             \
	IQ("set", "<query xmlns='" NS_MAM "' node='" NODE_CONTACTS "' queryid='q'>" content        \
		  "</query>")

static const char *const good[] = {
	IQ("set", PUBSUB("<publish node='" NODE_PROFILE "'><item id='current'>" VCARD(
			  "Alice", "+447700900001") "</item></publish>")),
	IQ("set", PUBSUB("<publish node='" NODE_PROFILE
			 "'><item>" VCARD("Alice", "+447700900002") "</item></publish>")),
	IQ("set",
		PUBSUB("<publish node='" NODE_CONTACTS "'><item id='bob@example.org'>" VCARD("Bob",
			"+447700900003") "</item>"
					 "</publish><publish-options>" FORM(FIELD("FORM_TYPE",
						 NS_PUBLISH_OPTIONS) FIELD("pubsub#persist_items",
						 "true")) "</publish-"
							  "options>")),
	IQ("set", PUBSUB("<publish node='" NODE_CONTACTS "'><item id='alice@example.org'>" VCARD(
			  "Myself", "+447700900001") "</item></publish>")),
	IQ("set", PUBSUB("<publish node='" NODE_CONTACTS
			 "'><item>" VCARD("Unlinked", "+447700900009") "</item></publish>")),
	IQ("set", PUBSUB("<retract node='" NODE_CONTACTS "' notify='true'><item "
			 "id='bob@example.org'/></retract>")),
	IQ("set", PUBSUB("<retract node='" NODE_PROFILE "'><item id='current'/></retract>")),
	IQ("get", PUBSUB("<items node='" NODE_PROFILE "'><item id='bob@example.org'/></items>")),
	IQ("get", PUBSUB("<items node='" NODE_CONTACTS "'/>" SET("<max>2</max><after>a</after>"))),
	IQ("get", PUBSUB("<items node='" NODE_CONTACTS "' max_items='2'/>")),
	IQ("get", PUBSUB("<items node='" NODE_CONTACTS "'/>" SET("<max>1</max><index>1</index>"))),
	IQ("set", PUBSUB("<subscribe node='" NODE_CONTACTS "' jid='alice@example.org'/>")),
	IQ("get", PUBSUB("<subscriptions/>")),
	IQ("get", "<pubsub xmlns='" NS_PUBSUB_OWNER "'><configure node='" NODE_PROFILE
		  "'/></pubsub>"),
	QUERY(FORM(FIELD("FORM_TYPE", NS_MAM) FIELD("start", "2010-06-07T00:00:00Z")
			FIELD("with", "kith.example.org")) SET("<max>10</max>")),
	QUERY(SET("<max>1</max><before/>") "<flip-page/>"),
	IQ("get", "<metadata xmlns='" NS_MAM "'/>"),
	IQ("get", "<query xmlns='" NS_DISCO_INFO "'/>"),
	IQ("get", "<query xmlns='" NS_DISCO_INFO "' node='" NODE_CONTACTS "'/>"),
	IQ("get", "<query xmlns='" NS_DISCO_ITEMS "' node='" NS_COMMANDS "'/>"),
	COMMAND("share", ""),
	COMMAND("share", FORM(FIELD("subject", "Bob") FIELD("to", "carol@example.org"))),
	COMMAND("settings", FORM(FIELD("visible", "everyone") FIELD("updates", "never")
					    FIELD("audience", "mutual"))),
	COMMAND("settings", FORM(FIELD("updates", "auto") FIELD("visible", "default"))),
	COMMAND("undo", FORM(FIELD("item", "bob@example.org"))),
	COMMAND("changes", ""),
	IQ("get", "<ping xmlns='" NS_PING "'/>"),
	IQ("get", "<vCard xmlns='" NS_VCARD_TEMP "'/>"),
	IQ("result", ""),
	IQ("error", "<error type='cancel'><gone xmlns='" NS_STANZA_ERROR "'/></error>"),
	"<message type='chat' from='alice@example.org/r' to='kith.example.org' id='1'>"
	"<body>Hello</body></message>",
	"<message type='error' from='alice@example.org' to='kith.example.org' id='1'><body>x</body>"
	"<error type='wait'><resource-constraint xmlns='" NS_STANZA_ERROR "'/></error></message>",
	"<presence type='subscribe' from='alice@example.org' to='kith.example.org'/>",
};
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* The first few as senders, too. */
static const char *const values[] = {"alice@example.org/r", "bob@example.org", "carol@example.org",
	"BOB@Example.ORG./x", "mallory@example.com/r",
	"bob\xef\xbc\xa0"
	"example.org",
	"xmpp:bob@example.org?message", "example.org", "kith.example.org", "KITH.example.org.",
	"alice@example.org/\xf0\x9f\x93\xb1", "@", "a@b@c", "", " ", "0", "1", "-1",
	"99999999999999999999", "true", "get", "set", "result", "error", "headline", "submit",
	"cancel", "current", "nobody", "everyone", "auto", NODE_CONTACTS, NODE_PROFILE, NS_MAM,
	NS_COMMANDS, "a", "\xf4\x8f\xbf\xbf", "\xe2\x80\xae\n\t", "'\"<&>]]>", "%s%n",
	"+447700900002", "020 7946 0018", "2010-06-07T00:00:00.5+01:00",
	"urn:uuid:00000000-0000-4000-8000-000000000000", NULL /* a long one */};
static const char *const namespaces[] = {NS_COMPONENT, NS_CLIENT, NS_PUBSUB, NS_PUBSUB_OWNER,
	NS_VCARD4, NS_VCARD_TEMP, NS_MAM, NS_RSM, NS_DATA, NS_COMMANDS, NS_DISCO_INFO, ""};
static const char *const names[] = {"item", "items", "publish", "retract", "set", "max", "before",
	"after", "index", "field", "value", "x", "vcard", "fn", "tel", "uri", "text", "parameters",
	"command", "query", "ping", "body", "error", "iq", "message"};
static const char *const attributes[] = {
	"id", "type", "node", "var", "jid", "max_items", "action", "sessionid", "queryid", "to"};

static char *long_value; /* what fits in a stanza with others of its kind */
static struct dialogue *dialogue;
static struct arena *arena;

static void setup(void)
{
	struct settings *settings;

	arena = arena_new(0);
	long_value = malloc(70001);
	ck_assert_ptr_nonnull(long_value);
	memset(long_value, 'x', 70000);
	long_value[70000] = '\0';
	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_YES;
}

static void teardown(void)
{
	dialogue_free(dialogue);
	free(long_value);
	arena_free(arena);
}

/* ---- Mutations ---- */

static const char *any_value(void)
{
	const char *value = values[below(COUNT(values))];

	return value ? value : long_value;
}

static size_t list_nodes(struct xml *element, struct xml **list, size_t count)
{
	if (count < NODES_MAX)
		list[count++] = element;
	for (struct xml *child = element->first; child; child = child->next)
		if (child->name)
			count = list_nodes(child, list, count);
	return count;
}

static struct xml *any_node(struct xml *stanza)
{
	struct xml *list[NODES_MAX];

	return list[below((int)list_nodes(stanza, list, 0))];
}

static struct xml *any_stanza(void)
{
	const char *text = good[below(COUNT(good))];

	return xml_parse(arena, text, strlen(text), NS_COMPONENT, &xml_limits_stanza, NULL);
}

static void set_text(struct xml *element, const char *text)
{
	while (element->first)
		xml_remove(element->first);
	xml_add_text(arena, element, text);
}

static void mutate(struct xml *stanza)
{
	struct xml *node = any_node(stanza), *parent = node->parent;

	switch (below(10)) {
	case 0:
		if (node->attributes)
			xml_set(arena, node, node->attributes->name, NULL);
		return;
	case 1:
		xml_set(arena, node, attributes[below(COUNT(attributes))], any_value());
		return;
	case 2:
		for (int i = below(30); parent && i >= 0; i--)
			xml_append(parent, xml_copy(arena, node));
		return;
	case 3:
		if (parent)
			xml_remove(node);
		return;
	case 4:
		node->ns = namespaces[below(COUNT(namespaces))];
		return;
	case 5:
		node->name = names[below(COUNT(names))];
		return;
	case 6:
		set_text(node, any_value());
		return;
	case 7:
		xml_append(node, any_node(any_stanza()));
		return;
	case 8:
		xml_set(arena, stanza, "from", values[below(5)]);
		return;
	case 9:
		for (struct xml_attribute *a = node->attributes; a; a = a->next)
			a->value = any_value();
		return;
	}
}

/* ---- What must hold ---- */

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static bool is_one_of(const char *text, const char *one, const char *other)
{
	return strcmp(or_empty(text), one) == 0 || strcmp(or_empty(text), other) == 0;
}

static struct xml *parse_all(const char *sent)
{
	const char *text = arena_printf(arena, "<all>%s</all>", sent);

	return xml_parse(arena, text, strlen(text), NS_COMPONENT,
		&(struct xml_limits){64u << 20, 64, 1u << 20, 64}, NULL);
}

/* Everything goes to the sender, but a card that was to be sent, or the question whether it may, to
 * an account of the service. */
static void check_addressee(
	const struct xml *stanza, const struct xml *sent, const struct jid *from)
{
	const char *to = or_empty(xml_get(sent, "to"));
	bool is_chat = strcmp(or_empty(xml_get(sent, "type")), "chat") == 0;

	if (is_chat && strcmp(to, from->full) != 0) {
		const struct xml *command = xml_child(stanza, NS_COMMANDS, "command");

		ck_assert_str_eq(or_empty(xml_get(command, "node")), "share");
		ck_assert(settings_serves(dialogue_settings(dialogue), to));
		return;
	}
	ck_assert_msg(strcmp(to, or_empty(xml_get(stanza, "from"))) == 0 ||
			      strcmp(to, from->full) == 0 || strcmp(to, from->bare) == 0,
		"%s is told what %s sent", to, from->full);
}

static void check_answers(const struct xml *stanza, const char *sent)
{
	const struct xml *all = parse_all(sent);
	const char *type = xml_get(stanza, "type");
	unsigned answers = 0, wanted = 0;
	struct jid from = {0};
	bool is_iq = xml_is(stanza, NS_COMPONENT, "iq");
	bool is_addressed = xml_get(stanza, "to") && xml_get(stanza, "from") &&
			    jid_parse(&from, arena, xml_get(stanza, "from")) == 0;

	ck_assert_ptr_nonnull(all);
	if (is_iq && is_addressed && !is_one_of(type, "result", "error"))
		wanted = 1;
	for (const struct xml *each = all->first; each; each = each->next) {
		ck_assert(is_addressed);
		check_addressee(stanza, each, &from);
		if (strcmp(each->name, "iq") != 0)
			continue;
		answers++;
		ck_assert(is_one_of(xml_get(each, "type"), "result", "error"));
		ck_assert_str_eq(or_empty(xml_get(each, "id")), or_empty(xml_get(stanza, "id")));
		ck_assert_str_eq(xml_get(each, "to"), xml_get(stanza, "from"));
		ck_assert_str_eq(xml_get(each, "from"), xml_get(stanza, "to"));
	}
	ck_assert_uint_eq(answers, wanted);
	if (!is_iq && is_one_of(type, "error", "headline"))
		ck_assert_str_eq(sent, "");
}

/* Pushes and headlines go to accounts of the service, without a resource. */
static void check_run(void)
{
	const struct xml *all = parse_all(dialogue_run(dialogue));

	ck_assert_ptr_nonnull(all);
	for (const struct xml *each = all->first; each; each = each->next) {
		const char *to = or_empty(xml_get(each, "to"));

		ck_assert_str_eq(each->name, "message");
		ck_assert(jid_is_account(arena, to, NULL));
		ck_assert(settings_serves(dialogue_settings(dialogue), to));
	}
}

static void on_fault(void *context, const char *text)
{
	(void)context;
	ck_abort_msg("the store: %s", text);
}

START_TEST(whatever_comes_gets_its_answer_and_harms_nothing)
{
	uint64_t number = first_seed() + (uint64_t)_i;
	int64_t faults;

	seed(number);
	for (int i = 0; i < STANZAS; i++) {
		struct xml *stanza = any_stanza();
		const char *text;

		ck_assert_ptr_nonnull(stanza);
		xml_set(arena, stanza, "from", values[below(3)]);
		for (int n = below(4); n > 0; n--)
			mutate(stanza);
		text = xml_to_string(arena, stanza, NS_COMPONENT);
		ck_assert(!arena_failed(arena));
		check_answers(stanza, dialogue_say(dialogue, "%s", text));
		if (i % 16 == 0) {
			dialogue_set_time(dialogue, 1600000000 + below(1000000));
			check_run();
		}
		arena_reset(arena);
	}
	ck_assert_int_eq(store_verify(dialogue_store(dialogue), on_fault, NULL, &faults), STORE_OK);
}
END_TEST

/* ---- Limits, and what a refusal must not tell ---- */

static void put_profile(const char *jid, const char *name)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>" PUBSUB(
				   "<publish node='" NODE_PROFILE "'><item><vcard "
				   "xmlns='" NS_VCARD4 "'><fn><text>%s</text></fn></vcard></item>"
				   "</publish>") "</iq>",
			   jid, name),
		"type=\"result\"");
}

/* What comes of reading an account's profile by `count` times its JID at once. */
static char *read_often(const char *jid, int count)
{
	const char *items = "";

	for (int i = 0; i < count; i++)
		items = arena_printf(arena, "%s<item id='%s'/>", items, jid);
	return arena_strdup(arena,
		dialogue_say(dialogue,
			IQ("get", PUBSUB("<items node='" NODE_PROFILE "'>%s</items>")), items));
}

/* Bytes of somebody else's card must not show in how an answer fails. */
START_TEST(refusal_of_a_large_profile_is_what_absence_is)
{
	static const int counts[] = {1, 50, 51, 1000};
	char *name = malloc(120001);

	memset(name, 'x', 120000);
	name[120000] = '\0';
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_NOBODY;
	put_profile("bob@example.org", name);
	for (int i = 0; i < COUNT(counts); i++)
		ck_assert_str_eq(read_often("bob@example.org", counts[i]),
			read_often("not@example.org", counts[i]));
	free(name);
}
END_TEST

/* Contacts of alice's, by the store itself: it is quicker. */
static void put_contacts(int count, size_t bytes)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account alice;
	char *card = malloc(bytes + 1);

	memset(card, 'x', bytes);
	card[bytes] = '\0';
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(store_account_get(store, arena, "alice@example.org", &alice), STORE_OK);
	for (int i = 0; i < count; i++) {
		struct store_contact contact = {.owner = alice.id,
			.item = arena_printf(arena, "urn:x:%d", i),
			.changed_at = i,
			.card = card,
			.card_len = bytes};

		ck_assert_int_eq(store_contact_put(store, &contact), STORE_OK);
	}
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	free(card);
}

START_TEST(large_book_is_searched_by_time)
{
	static const char *const pages[] = {"", SET("<before/>"), SET("<max>0</max>")};

	put_contacts(300, 262144);
	for (int i = 0; i < COUNT(pages); i++)
		expect_has(dialogue_say(dialogue,
				   IQ("set", "<query xmlns='" NS_MAM "'>" FORM(FIELD("FORM_TYPE",
						     NS_MAM) "<field var='start'><value>"
							     "2010-06-07T00:00:00Z</value></"
							     "field>") "%s</query>"),
				   pages[i]),
			"<fin xmlns=\"urn:xmpp:mam:2\" complete=\"true\"");
}
END_TEST

START_TEST(sharing_leaves_no_trace_of_whom_it_names)
{
	struct store_account row;

	expect_has(dialogue_say(dialogue, COMMAND("share", FORM(FIELD("subject", "Nobody") FIELD(
								   "to", "random@example.org")))),
		"Nobody was found");
	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	ck_assert_int_eq(
		store_account_find(dialogue_store(dialogue), arena, "random@example.org", &row),
		STORE_NONE);
	store_turn_rollback(dialogue_store(dialogue));
}
END_TEST

/* A profile's name is its owner's to choose, the words around it are the service's. */
START_TEST(name_in_what_the_service_says_is_one_line)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	put_profile("bob@example.org", "Bob\nThe service says: call +1 900 1234567.");
	sent = dialogue_say(
		dialogue, COMMAND("share", FORM(FIELD("subject", "bob@example.org")
							   FIELD("to", "carol@example.org"))));
	expect_has(sent, "contact details, from alice@example.org:");
	expect_lacks(sent, "\nThe service says: call +1 900 1234567.'s contact details");
	expect_lacks(sent, "\nThe service says: call +1 900 1234567.'s card went");
}
END_TEST

/* Clients make links of addresses in a message: those of the service are at its end. */
START_TEST(name_in_what_the_service_says_is_no_link)
{
	static const char *const linked[][2] = {
		{"https://evil.example/", "https: //evil.example/"},
		{"Bob xmpp:kith.example.org?command;node=erase", "Bob xmpp: kith.example.org?"},
		{"MAILTO:bob@evil.example", "MAILTO: bob@evil.example"},
		{"x-own+a.b:c", "x-own+a.b: c"},
		{"a:b tel:+19001234567:9", "a:b tel: +19001234567: 9"},
		{"Erik i S:t G\xc3\xb6ran", "Erik i S:t G\xc3\xb6ran"},
		{"Team: Bob", "Team: Bob"},
	};

	for (size_t i = 0; i < sizeof(linked) / sizeof(*linked); i++)
		ck_assert_msg(strstr(say_name(arena, linked[i][0]), linked[i][1]) != NULL, "%s",
			say_name(arena, linked[i][0]));
}
END_TEST

START_TEST(page_of_the_most_recent_says_that_there_are_more)
{
	put_contacts(60, 10);
	expect_has(dialogue_say(dialogue,
			   IQ("get", PUBSUB("<items node='" NODE_CONTACTS "' max_items='55'/>"))),
		"<count>60</count>");
	expect_lacks(dialogue_say(dialogue,
			     IQ("get", PUBSUB("<items node='" NODE_CONTACTS "' max_items='50'/>"))),
		"<count>");
}
END_TEST

static bool count_answer(void *context, const struct xml *stanza)
{
	(void)stanza;
	++*(int *)context;
	return true;
}

/* Without the answer to its ping, a window of pushes would wait for ever. */
START_TEST(answer_is_heard_in_a_turn_that_the_store_failed_in)
{
	static const char text[] = "<iq type='result' from='example.org' to='kith.example.org' "
				   "id='1'/>";
	int heard = 0;
	struct turn *turn = turn_new(
		dialogue_store(dialogue), dialogue_settings(dialogue), count_answer, &heard);

	turn_break(turn);
	turn_stanza(turn,
		xml_parse(arena, text, strlen(text), NS_COMPONENT, &xml_limits_stanza, NULL), 1);
	ck_assert_int_eq(turn_end(turn), -1);
	ck_assert_uint_eq(turn_output(turn)->len, 0);
	ck_assert_int_eq(heard, 1);
	turn_free(turn);
}
END_TEST

#define FRIENDS 40

static void put_card(const char *jid, const char *node, const char *item, int number)
{
	expect_has(
		dialogue_say(dialogue,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>" PUBSUB(
				"<publish node='%s'><item id='%s'><vcard xmlns='" NS_VCARD4
				"'><fn><text>X</text></fn><tel><uri>tel:+447700900%03d</uri>"
				"</tel><note><text>%s</text></note></vcard></item></publish>") "</"
											       "iq"
											       ">",
			jid, node, item, number,
			strcmp(node, NODE_CONTACTS) == 0 ? long_value : ""),
		"type=\"result\"");
}

/* What is told of a whole book at once is a reason to sync, not the book. */
START_TEST(headlines_of_a_book_that_catches_up_are_bounded)
{
	const char *sent;

	dialogue_settings(dialogue)->defaults[SETTING_UPDATES] = UPDATES_NEVER;
	for (int i = 0; i < FRIENDS; i++) {
		const char *jid = arena_printf(arena, "friend%02d@example.org", i);

		put_card(jid, NODE_PROFILE, jid, i);
		put_card("alice@example.org", NODE_CONTACTS, jid, i);
		put_card(jid, NODE_PROFILE, jid, 100 + i);
	}
	dialogue_run(dialogue);
	sent = dialogue_say(dialogue, COMMAND("settings", FORM(FIELD("updates", "auto"))));
	expect_has(sent, "stored");
	expect_has(sent, "tel:+447700900100");
	ck_assert_uint_lt(strlen(sent), 512 * 1024);
	expect_has(dialogue_say(dialogue, IQ("get", PUBSUB("<items node='" NODE_CONTACTS
							   "'><item id='friend39@example.org'/>"
							   "</items>"))),
		"tel:+447700900139");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("RFC 6120, 8, by chance");
	TCase *limits = tcase_create("design 1.7 and 1.8");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(tcase, whatever_comes_gets_its_answer_and_harms_nothing, 0, SEEDS);
	tcase_add_test(limits, refusal_of_a_large_profile_is_what_absence_is);
	tcase_add_test(limits, large_book_is_searched_by_time);
	tcase_add_test(limits, sharing_leaves_no_trace_of_whom_it_names);
	tcase_add_test(limits, name_in_what_the_service_says_is_one_line);
	tcase_add_test(limits, name_in_what_the_service_says_is_no_link);
	tcase_add_test(limits, page_of_the_most_recent_says_that_there_are_more);
	tcase_add_test(limits, answer_is_heard_in_a_turn_that_the_store_failed_in);
	tcase_add_test(limits, headlines_of_a_book_that_catches_up_are_bounded);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, limits);
	return expect_all(suite);
}
