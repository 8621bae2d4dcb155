/* What the suites about a person with an ordinary client share: carol, who edits her vCard there,
 * and people on Kith who have her card; stanza text in, stanza text out. */
#ifndef KITH_TESTS_OWNER_TESTS_H
#define KITH_TESTS_OWNER_TESTS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/history.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define DAY 86400
#define BEGIN 1600000000 /* the time at which a dialogue begins */
#define CAROL "carol@example.org"
#define ALICE "alice@example.org"
#define BOB "bob@example.org"
#define CELL "+447700900123"
#define CELL_2 "+447700900456"
#define CELL_3 "+447700900789"
#define HOME "+442079460123"
#define WORK "+442079460999"

static struct dialogue *dialogue;

/* How an ordinary client writes a vCard: XEP-0054, and XEP-0292, 6. */
enum way { WAY_TEMP, WAY_VCARD4, WAYS };

/* carol's client writes a vCard with these numbers (those that are NULL left out). */
static inline const char *edit_by(
	enum way way, const char *cell, const char *home, const char *work)
{
	const char *numbers[] = {cell, home, work};
	static const char *const temp_types[] = {"<CELL/>", "<HOME/>", "<WORK/>"};
	static const char *const types[] = {"cell", "home", "work"};
	char tels[1024] = "";

	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(tels);

		if (!numbers[i])
			continue;
		if (way == WAY_TEMP)
			snprintf(tels + len, sizeof(tels) - len, "<TEL>%s<NUMBER>%s</NUMBER></TEL>",
				temp_types[i], numbers[i]);
		else
			snprintf(tels + len, sizeof(tels) - len,
				"<tel><parameters><type><text>%s</text></type></parameters>"
				"<uri>tel:%s</uri></tel>",
				types[i], numbers[i]);
	}
	return dialogue_say(dialogue,
		way == WAY_TEMP ? "<iq id='o' from='example.org' to='kith.example.org' type='set'>"
				  "<delegation xmlns='urn:xmpp:delegation:2'>"
				  "<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' "
				  "type='set' from='" CAROL
				  "/gajim' id='v'><vCard xmlns='vcard-temp'>"
				  "<FN>Carol</FN>%s</vCard></iq></forwarded></delegation></iq>"
				: "<iq id='o' from='example.org' to='kith.example.org' type='set'>"
				  "<delegation xmlns='urn:xmpp:delegation:2'>"
				  "<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' "
				  "type='set' from='" CAROL "/gajim' id='v'>"
				  "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
				  "<fn><text>Carol</text></fn>%s</vcard></iq></forwarded></"
				  "delegation></iq>",
		tels);
}

static inline const char *edit(const char *cell, const char *home, const char *work)
{
	return edit_by(WAY_TEMP, cell, home, work);
}

static inline const char *publish(
	const char *who, const char *node, const char *id, const char *name, const char *number)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
		"<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
		"<fn><text>%s</text></fn><tel><parameters><type><text>cell</text></type>"
		"</parameters><uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>",
		who, node, id, name, number);

	expect_has(sent, "type=\"result\"");
	return sent;
}

/* who stores a contact about carol. */
static inline void hold_card(const char *who, const char *number)
{
	publish(who, "urn:xmpp:contacts", CAROL, "Caz", number);
}

static inline const char *read_item(const char *who, const char *node)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'>"
		"<item id='" CAROL "'/></items></pubsub></iq>",
		who, node);
}

/* who's card of carol. */
static inline const char *card_of(const char *who)
{
	return read_item(who, "urn:xmpp:contacts");
}

static inline const char *write_to_service(const char *who, const char *body)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'><body>%s</body>"
		"</message>",
		who, body);
}

static inline const char *select_action(const char *who, const char *verb, const char *token)
{
	return dialogue_say(dialogue,
		"<message type='chat' from='%s/r' to='kith.example.org' id='m1'><action-selected "
		"xmlns='urn:xmpp:tmp:quick-response' id='%s/%s'/></message>",
		who, verb, token);
}

static inline const char *execute(
	const char *who, const char *node, const char *attributes, const char *form)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='e1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='%s' %s>%s</command>"
		"</iq>",
		who, node, attributes, form);
}

/* Runs a command to its end: fields of the form as in XEP-0004. */
static inline const char *complete(const char *who, const char *node, const char *fields)
{
	char *session = expect_between(execute(who, node, "", ""), "sessionid=\"", "\"");
	char attributes[256], form[1024];

	snprintf(attributes, sizeof(attributes), "action='complete' sessionid='%s'", session);
	snprintf(form, sizeof(form), "<x xmlns='jabber:x:data' type='submit'>%s</x>", fields);
	free(session);
	return execute(who, node, attributes, form);
}

static inline void set(const char *who, const char *setting, const char *value)
{
	char fields[128];

	snprintf(fields, sizeof(fields), "<field var='%s'><value>%s</value></field>", setting,
		value);
	expect_has(complete(who, "settings", fields), "The settings are stored.");
}

static inline char *token_of(const char *sent)
{
	return expect_between(sent, "id=\"yes/", "\"");
}

/* In which ways carol can answer. */
enum answered { BY_WORD, BY_ACTION, BY_FORM, BY_LINK, ANSWERS };

static inline const char *answer(enum answered how, const char *word, const char *token)
{
	char fields[256], node[64];

	snprintf(fields, sizeof(fields), "<field var='%s'><value>%s</value></field>", token, word);
	snprintf(node, sizeof(node), how == BY_LINK ? "matters/%s" : "matters", token);
	switch (how) {
	case BY_WORD:
		return write_to_service(CAROL, word);
	case BY_ACTION:
		return select_action(CAROL, word, token);
	case BY_FORM:
	case BY_LINK:
	case ANSWERS:
		break;
	}
	return complete(CAROL, node, fields);
}

/* A message that offers something has all ways to answer in it. */
static inline void expect_offer(const char *sent)
{
	char *token = token_of(sent);
	char link[128];

	expect_has(sent, "to=\"" CAROL "\"");
	expect_has(sent, "<action xmlns=\"urn:xmpp:tmp:quick-response\" id=\"no/");
	expect_has(sent, "<store xmlns=\"urn:xmpp:hints\"/>");
	expect_has(sent, "<origin-id ");
	expect_has(sent, "\"yes\"");
	expect_has(sent, "\"no\"");
	snprintf(link, sizeof(link), " xmpp:kith.example.org?command;node=matters%%2F%s</body>",
		token);
	expect_has(sent, link);
	free(token);
}

/* The row of carol, read anew; strings are not to be used. */
static inline struct store_account carol_row(void)
{
	struct arena *arena = arena_new(0);
	struct store_account carol;

	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	ck_assert_int_eq(
		store_account_find(dialogue_store(dialogue), arena, CAROL, &carol), STORE_OK);
	store_turn_rollback(dialogue_store(dialogue));
	arena_free(arena);
	return carol;
}

static inline bool has_run(void)
{
	struct store_account carol = carol_row();
	struct store_run run;
	enum store_result result;

	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	result = store_run_get(dialogue_store(dialogue), carol.id, &run);
	store_turn_rollback(dialogue_store(dialogue));
	return result == STORE_OK;
}

static inline void is_sound(void)
{
	int64_t faults = -1;

	ck_assert_int_eq(store_verify(dialogue_store(dialogue), NULL, NULL, &faults), STORE_OK);
	ck_assert_int_eq(faults, 0);
}

static inline TCase *add_case(
	Suite *suite, const char *name, void (*set_up)(void), void (*tear_down)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	suite_add_tcase(suite, tcase);
	return tcase;
}

#endif
