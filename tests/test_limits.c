/* What an account may do so often, and what it may choose (design: section 4): each way in, stanza
 * text in, stanza text out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define ALICE "alice@example.org"
#define CAROL "carol@example.org"
#define NOBODY "nosuch@example.org"
#define CARD(number)                                                                               \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Some One</text></fn>"           \
	"<tel><uri>tel:" number "</uri></tel></vcard>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"

static struct dialogue *dialogue;
static struct settings *settings;

/* What alice's client asks of the service. */
static const char *ask(const char *type, const char *payload)
{
	return dialogue_say(dialogue,
		"<iq type='%s' from='" ALICE "/r' to='kith.example.org' id='i'>%s</iq>", type,
		payload);
}

/* What alice's client asks of the server, which hands it over. */
static const char *delegate(const char *type, const char *from, const char *to, const char *payload)
{
	return dialogue_say(dialogue,
		"<iq id='d' from='example.org' to='kith.example.org' type='set'><delegation "
		"xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		"<iq xmlns='jabber:client' type='%s' from='%s' to='%s' id='v'>%s</iq>"
		"</forwarded></delegation></iq>",
		type, from, to, payload);
}

static const char *publish(const char *node, const char *item, const char *card)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
		"<item id='%s'>%s</item></publish></pubsub>",
		node, item, card);
	return ask("set", text);
}

static const char *retract(const char *node, const char *item)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='%s'>"
		"<item id='%s'/></retract></pubsub>",
		node, item);
	return ask("set", text);
}

static const char *items(const char *ids)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
		"node='urn:xmpp:vcard4'>%s</items></pubsub>",
		ids);
	return ask("get", text);
}

static const char *item(const char *jid)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "<item id='%s'/>", jid);
	return items(text);
}

/* A form of a command that is submitted at once. */
static const char *execute(const char *node, const char *fields)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		"<command xmlns='http://jabber.org/protocol/commands' node='%s' "
		"action='complete'><x xmlns='jabber:x:data' type='submit'>%s</x></command>",
		node, fields);
	return ask("set", text);
}

static void publish_by(const char *jid, const char *node, const char *id, const char *card)
{
	expect_has(dialogue_say(dialogue,
			   "<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			   "<item id='%s'>%s</item></publish></pubsub></iq>",
			   jid, node, id, card),
		"type=\"result\"");
}

static void publish_of(const char *jid)
{
	publish_by(jid, "urn:xmpp:vcard4", "current", CARD("+447700900123"));
}

/* As in a company, and alice is an admin: admins are not exempt. */
static void set_up(void)
{
	dialogue = dialogue_new();
	settings = dialogue_settings(dialogue);
	settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	settings->defaults[SETTING_SHARE] = SHARE_YES;
	settings->admins[0] = strdup(ALICE);
	settings->admins = realloc(settings->admins, 2 * sizeof(*settings->admins));
	settings->admins[1] = NULL;
	publish_of(CAROL);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

/* ---- The ways in. jid: whom it is about. ---- */

static const char *by_item(const char *jid)
{
	return item(jid);
}

static const char *by_vcard_temp(const char *jid)
{
	return delegate("get", ALICE "/r", jid, "<vCard xmlns='vcard-temp'/>");
}

static const char *by_vcard4(const char *jid)
{
	return delegate(
		"get", ALICE "/r", jid, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>");
}

static const char *by_admin_command(const char *jid)
{
	char fields[256];

	(void)snprintf(fields, sizeof(fields), FIELD("accountjid", "%s"), jid);
	return execute("account", fields);
}

static const char *by_search(const char *jid)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"<query xmlns='jabber:iq:search'><email>%s</email></query>", jid);
	return ask("set", text);
}

static const char *by_share_of_a_name(const char *jid)
{
	char fields[256];

	(void)snprintf(fields, sizeof(fields),
		FIELD("subject", "%.3s") FIELD("to", "bob@example.org"), jid);
	return execute("share", fields);
}

static const char *by_share(const char *jid)
{
	char fields[256];

	(void)snprintf(
		fields, sizeof(fields), FIELD("subject", "%s") FIELD("to", "bob@example.org"), jid);
	return execute("share", fields);
}

static const char *by_contact(const char *jid)
{
	return publish("urn:xmpp:contacts", jid, CARD("+447700900123"));
}

static const char *by_retraction(const char *jid)
{
	return retract("urn:xmpp:contacts", jid);
}

static const char *by_contact_form(const char *jid)
{
	char fields[256];

	(void)snprintf(fields, sizeof(fields),
		FIELD("do", "save") FIELD("address", "%s") FIELD("name", "X"), jid);
	return execute("contacts", fields);
}

static const char *by_removal_form(const char *jid)
{
	char fields[256];

	(void)snprintf(fields, sizeof(fields), FIELD("do", "remove") FIELD("item", "%s"), jid);
	return execute("contacts", fields);
}

#define LOOKUPS "Too many look-ups: try again in 1 hour."
#define SEARCHES "Too many searches: try again in 1 hour."
#define CARDS "Too many cards sent: try again in 1 hour."
#define WRITES "Too many changes of address books: try again in 1 hour."

static const struct {
	enum rate rate;
	const char *(*ask)(const char *jid);
	const char *text;
} ways[] = {
	{RATE_LOOKUP, by_item, LOOKUPS},
	{RATE_LOOKUP, by_vcard_temp, LOOKUPS},
	{RATE_LOOKUP, by_vcard4, LOOKUPS},
	{RATE_LOOKUP, by_admin_command, LOOKUPS},
	{RATE_SEARCH, by_search, SEARCHES},
	{RATE_SEARCH, by_share_of_a_name, SEARCHES},
	{RATE_SHARE, by_share, CARDS},
	{RATE_WRITE, by_contact, WRITES},
	{RATE_WRITE, by_retraction, WRITES},
	{RATE_WRITE, by_contact_form, WRITES},
	{RATE_WRITE, by_removal_form, WRITES},
};

static void limit(enum rate rate, unsigned count)
{
	settings->limits.rates[rate].account = count;
	if (rate == RATE_WRITE)
		settings->limits.contacts_per_book = 0; /* no more at once */
}

static void check_refused(const char *sent, const char *text)
{
	expect_has(sent, "<error type=\"wait\"><resource-constraint "
			 "xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/><text "
			 "xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\">");
	expect_has(sent, text);
	ck_assert_uint_eq(dialogue_count(sent, "<message"), 0);
}

/* What is there and what isn't takes the same, and is refused the same. */
START_TEST(every_way_in_is_limited_for_what_is_there_and_what_isnt)
{
	static const char *const about[] = {CAROL, NOBODY};

	limit(ways[_i].rate, 1);
	for (size_t first = 0; first < 2; first++) {
		char *answers[2];

		expect_lacks(ways[_i].ask(about[first]), "resource-constraint");
		for (size_t i = 0; i < 2; i++) {
			const char *sent = ways[_i].ask(about[i]);

			check_refused(sent, ways[_i].text);
			/* The wrapper of a delegated answer says whose it is. */
			if (strstr(sent, "from=\"nosuch@"))
				expect_has(sent, "<iq xmlns=\"jabber:client\" type=\"error\"");
			else
				expect_lacks(sent, NOBODY);
			answers[i] = expect_between(sent, "<error", "</error>");
		}
		ck_assert_str_eq(answers[0], answers[1]);
		free(answers[0]);
		free(answers[1]);
		dialogue_set_time(dialogue, 1600000000 + 3600 * (int64_t)(first + 1));
	}
}
END_TEST

START_TEST(an_error_of_a_rate_is_the_whole_answer)
{
	limit(RATE_LOOKUP, 1);
	item(CAROL);
	ck_assert_str_eq(item(CAROL),
		"<iq type=\"error\" from=\"kith.example.org\" to=\"" ALICE "/r\" id=\"i\">"
		"<error type=\"wait\"><resource-constraint "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/><text "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\">" LOOKUPS "</text></error></iq>");
	ck_assert_str_eq(by_vcard_temp(CAROL),
		"<iq type=\"result\" from=\"kith.example.org\" to=\"example.org\" id=\"d\">"
		"<delegation xmlns=\"urn:xmpp:delegation:2\"><forwarded "
		"xmlns=\"urn:xmpp:forward:0\"><iq xmlns=\"jabber:client\" type=\"error\" "
		"from=\"" CAROL "\" to=\"" ALICE "/r\" id=\"v\">"
		"<error type=\"wait\"><resource-constraint "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/><text "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\">" LOOKUPS
		"</text></error></iq></forwarded></delegation></iq>");
}
END_TEST

START_TEST(each_of_a_list_is_a_look_up_and_oneself_is_none)
{
	limit(RATE_LOOKUP, 3);
	publish_of(ALICE);
	for (int i = 0; i < 5; i++) {
		expect_has(item(ALICE), "type=\"result\"");
		expect_has(item("Alice@EXAMPLE.org"), "type=\"result\"");
		expect_has(items(""), "type=\"result\"");
		expect_has(by_vcard_temp(ALICE), "<FN>");
	}
	expect_has(items("<item id='" CAROL "'/><item id='" ALICE "'/><item id='" NOBODY "'/>"),
		"type=\"result\"");
	/* All of it or nothing: what is refused has taken nothing. */
	check_refused(items("<item id='" CAROL "'/><item id='not a jid'/>"), "20 minutes");
	expect_has(item(CAROL), "type=\"result\"");
	check_refused(item(CAROL), "20 minutes");
}
END_TEST

/* A room of a chat asks for everybody in it, and gets no number. */
START_TEST(who_isnt_served_gets_no_number_and_isnt_limited)
{
	limit(RATE_LOOKUP, 1);
	settings->limits.rates[RATE_LOOKUP].all = 1;
	for (int i = 0; i < 3; i++)
		expect_has(delegate("get", "room@muc.example.org/x", CAROL,
				   "<vCard xmlns='vcard-temp'/>"),
			"<FN>Some One</FN>");
}
END_TEST

/* ---- Changes of numbers ---- */

#define CHANGES "Too many changes of numbers: try again at 2020-09-14T12:26:40Z."

static const char *number(unsigned n)
{
	static char text[16];

	(void)snprintf(text, sizeof(text), "+4477009001%02u", n);
	return text;
}

static const char *change_by_item(unsigned n)
{
	char card[256];

	(void)snprintf(card, sizeof(card), CARD("%s"), number(n));
	return publish("urn:xmpp:vcard4", "current", card);
}

static const char *change_by_vcard_temp(unsigned n)
{
	char card[256];

	(void)snprintf(card, sizeof(card),
		"<vCard xmlns='vcard-temp'><FN>Some One</FN><TEL><CELL/><NUMBER>%s</NUMBER></TEL>"
		"</vCard>",
		number(n));
	return delegate("set", ALICE "/r", ALICE, card);
}

static const char *change_by_registration(unsigned n)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		"<query xmlns='jabber:iq:register'><name>Some One</name><phone>%s</phone>"
		"<email>a@example.org</email></query>",
		number(n));
	return ask("set", text);
}

static const char *change_by_form(unsigned n)
{
	char fields[256];

	(void)snprintf(fields, sizeof(fields),
		FIELD("confirms", "1") FIELD("name", "Some One") FIELD("cell", "%s"), number(n));
	return execute("profile", fields);
}

static const char *(*const changes[])(unsigned n) = {
	change_by_item, change_by_vcard_temp, change_by_registration, change_by_form};

START_TEST(numbers_change_so_often_a_day_by_whatever_way)
{
	limit(RATE_CHANGE, 4);
	for (unsigned i = 0; i < 4; i++) {
		const char *sent = changes[(_i + (int)i) % 4](10 + i);

		expect_lacks(sent, "error");
		expect_lacks(sent, "resource-constraint");
	}
	check_refused(changes[_i](20), CHANGES);
	/* What isn't a change of the numbers goes on. */
	expect_has(publish("urn:xmpp:vcard4", "current",
			   "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Another"
			   "</text></fn></vcard>"),
		"resource-constraint");
	expect_has(delegate("set", ALICE "/r", ALICE,
			   "<vCard xmlns='vcard-temp'><FN>Another</FN></vCard>"),
		"type=\"result\"");
	expect_has(items(""), "Another");
	expect_lacks(items(""), number(20));
	dialogue_set_time(dialogue, 1600000000 + 86400);
	expect_has(changes[_i](21), "result");
	expect_has(items(""), number(21));
}
END_TEST

START_TEST(taking_back_is_never_limited)
{
	change_by_item(1);
	by_contact(CAROL);
	publish_by(CAROL, "urn:xmpp:contacts", ALICE, CARD("+447700900101"));
	publish_by(CAROL, "urn:xmpp:vcard4", "current", CARD("+447700900124"));
	dialogue_run(dialogue);
	settings->defaults[SETTING_HOLD] = 600;
	for (int rate = 0; rate < RATE_COUNT; rate++)
		settings->limits.rates[rate] = (struct settings_rate){2, 0};
	expect_has(change_by_item(2), "take back");
	check_refused(change_by_item(3), CHANGES);
	/* Whose card has the new number already makes it a further change. */
	publish_by("dave@example.org", "urn:xmpp:contacts", ALICE, CARD("+447700900102"));
	expect_has(dialogue_say(dialogue,
			   "<message type='chat' from='" ALICE "/r' to='kith.example.org'>"
			   "<body>take back</body></message>"),
		"Taken back");
	expect_has(items(""), number(1));
	/* An update of a card, while the book has no room for changes of one's own. */
	limit(RATE_WRITE, 1);
	by_contact(NOBODY);
	check_refused(by_contact(CAROL), "Too many changes of address books");
	expect_has(execute("undo", FIELD("item", CAROL)), "is taken back");
}
END_TEST

/* ---- Choices ---- */

static void set(enum setting setting, int value)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_get(store, dialogue_arena(dialogue), ALICE, &account), STORE_OK);
	ck_assert_int_eq(store_setting_put(store, account.id, setting, value), STORE_OK);
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

/* The field of a setting in the form. */
static char *field(const char *name)
{
	char begin[64];
	const char *form = ask(
		"set", "<command xmlns='http://jabber.org/protocol/commands' node='settings'/>");

	(void)snprintf(begin, sizeof(begin), "<field var=\"%s\"", name);
	return expect_between(form, begin, "</field>");
}

static void check_field(const char *name, const char *expected)
{
	char *found = field(name);

	ck_assert_str_eq(found, expected);
	free(found);
}

#define VISIBLE " label=\"Who may read my numbers\">"
#define OPTION(label, value) "<option label=\"" label "\"><value>" value "</value></option>"

START_TEST(the_form_offers_what_the_admin_lets_choose)
{
	settings->choices[SETTING_VISIBLE] = 1 << 2 | 1 << 4; /* mutual, everyone */
	check_field("visible", " type=\"list-single\"" VISIBLE
			       "<value>default</value>" OPTION("default (everyone)", "default")
				       OPTION("mutual", "mutual") OPTION("everyone", "everyone"));
	expect_has(execute("settings", FIELD("visible", "mutual")), "completed");
	check_field("visible", " type=\"list-single\"" VISIBLE
			       "<value>mutual</value>" OPTION("default (everyone)", "default")
				       OPTION("mutual", "mutual") OPTION("everyone", "everyone"));
}
END_TEST

START_TEST(one_choice_is_none_and_only_shown)
{
	settings->choices[SETTING_VISIBLE] = 1 << 4;
	check_field("visible", " type=\"fixed\"" VISIBLE "<value>everyone</value>");
	/* A client may send it back as it came. */
	expect_has(execute("settings", FIELD("visible", "everyone")), "completed");
	expect_has(execute("settings", FIELD("visible", "default")), "completed");
}
END_TEST

START_TEST(another_value_is_refused_and_nothing_is_stored)
{
	const char *sent;
	char *share;

	settings->choices[SETTING_VISIBLE] = 1 << 2 | 1 << 4;
	sent = execute("settings", FIELD("share", "no") FIELD("visible", "known"));
	expect_has(sent, "<bad-request");
	expect_has(sent, "<bad-payload xmlns=\"http://jabber.org/protocol/commands\"/>");
	expect_has(sent, ">visible can only be: mutual, everyone</text>");
	check_field("visible", " type=\"list-single\"" VISIBLE
			       "<value>default</value>" OPTION("default (everyone)", "default")
				       OPTION("mutual", "mutual") OPTION("everyone", "everyone"));
	share = field("share");
	expect_has(share, ">default</value><option");
	free(share);
}
END_TEST

/* Decided in rules.c, so everywhere at once. */
START_TEST(what_may_not_be_chosen_any_more_is_not_in_force)
{
	publish_of(ALICE);
	set(SETTING_VISIBLE, CIRCLE_NOBODY);
	expect_has(dialogue_say(dialogue,
			   "<iq type='get' from='" CAROL "/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
			   "node='urn:xmpp:vcard4'><item id='" ALICE "'/></items></pubsub></iq>"),
		"item-not-found");
	settings->choices[SETTING_VISIBLE] = 1 << 2 | 1 << 4;
	expect_has(dialogue_say(dialogue,
			   "<iq type='get' from='" CAROL "/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
			   "node='urn:xmpp:vcard4'><item id='" ALICE "'/></items></pubsub></iq>"),
		"Some One");
	check_field("visible", " type=\"list-single\"" VISIBLE
			       "<value>default</value>" OPTION("default (everyone)", "default")
				       OPTION("mutual", "mutual") OPTION("everyone", "everyone"));
	expect_has(by_admin_command(ALICE),
		"visible = everyone (default; its own, nobody, is not among the choices)");
	settings->choices[SETTING_VISIBLE] = 1 << 0 | 1 << 4;
	expect_has(by_admin_command(ALICE), "visible = nobody<");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *rates = tcase_create("rates");
	TCase *choices = tcase_create("choices");

	tcase_add_checked_fixture(rates, set_up, tear_down);
	tcase_add_loop_test(rates, every_way_in_is_limited_for_what_is_there_and_what_isnt, 0,
		sizeof(ways) / sizeof(*ways));
	tcase_add_test(rates, an_error_of_a_rate_is_the_whole_answer);
	tcase_add_test(rates, each_of_a_list_is_a_look_up_and_oneself_is_none);
	tcase_add_test(rates, who_isnt_served_gets_no_number_and_isnt_limited);
	tcase_add_loop_test(rates, numbers_change_so_often_a_day_by_whatever_way, 0,
		sizeof(changes) / sizeof(*changes));
	tcase_add_test(rates, taking_back_is_never_limited);
	suite_add_tcase(suite, rates);
	tcase_add_checked_fixture(choices, set_up, tear_down);
	tcase_add_test(choices, the_form_offers_what_the_admin_lets_choose);
	tcase_add_test(choices, one_choice_is_none_and_only_shown);
	tcase_add_test(choices, another_value_is_refused_and_nothing_is_stored);
	tcase_add_test(choices, what_may_not_be_chosen_any_more_is_not_in_force);
	suite_add_tcase(suite, choices);
	return expect_all(suite);
}
