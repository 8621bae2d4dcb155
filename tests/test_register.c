/* Signing up and off (XEP-0077), stanza text in, stanza text out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/phone.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define REGISTER "jabber:iq:register"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define FORM(fields)                                                                               \
	"<x xmlns='jabber:x:data' type='submit'>" FIELD("FORM_TYPE", REGISTER) fields "</x>"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *ask_as(const char *who, const char *type, const char *content)
{
	return dialogue_say(dialogue,
		"<iq type='%s' from='%s/r' to='kith.example.org' id='1'>"
		"<query xmlns='" REGISTER "'>%s</query></iq>",
		type, who, content);
}

static const char *get(void)
{
	return ask_as("alice@example.org", "get", "");
}

static const char *set(const char *content)
{
	return ask_as("alice@example.org", "set", content);
}

static const char *profile(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:vcard4'/></pubsub></iq>");
}

#define DONE "<iq type=\"result\" from=\"kith.example.org\" to=\"alice@example.org/r\" id=\"1\"/>"

static void sign_up(void)
{
	expect_has(set(FORM(FIELD("name", "Alice") FIELD("phone", "+44 7700 900123")
				   FIELD("email", "alice@example.com"))),
		DONE);
}

/* ---- 3.1 ---- */

START_TEST(fields_are_told_who_is_not_registered)
{
	const char *sent = get();

	expect_has(sent, "<query xmlns=\"" REGISTER "\"><instructions>");
	expect_has(sent, "<name/><phone/><email/><x xmlns=\"jabber:x:data\" type=\"form\">");
	expect_has(sent, "<field var=\"name\" type=\"text-single\" label=\"Name\">");
	expect_lacks(sent, "<registered/>");
	expect_has(ask_as("mallory@example.com", "get", ""), "<forbidden ");
}
END_TEST

START_TEST(form_makes_a_profile)
{
	const char *sent = set(FORM(FIELD("name", "Alice") FIELD("phone", "+44 7700 900123")
			FIELD("email", "alice@example.com")));

	expect_has(sent, DONE);
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	sent = profile();
	expect_has(sent, "<fn><text>Alice</text></fn>");
	expect_has(sent, "<uri>tel:+447700900123</uri>");
	expect_has(sent, "<email><text>alice@example.com</text></email>");
	sent = get();
	expect_has(sent, "<query xmlns=\"" REGISTER "\"><registered/><instructions>");
	expect_has(sent, phone_has_library() ? "<phone>+44 7700 900123</phone>" : "<phone>+44");
	expect_has(sent, "<name>Alice</name><phone>");
	expect_has(sent, "</phone><email>alice@example.com</email>");
}
END_TEST

START_TEST(elements_make_a_profile)
{
	expect_has(
		set("<name>Alice</name><phone>+447700900123</phone><email>a@example.com</email>"),
		DONE);
	expect_has(profile(), "<uri>tel:+447700900123</uri>");
}
END_TEST

START_TEST(changed_number_replaces_the_former)
{
	sign_up();
	dialogue_say(dialogue,
		"<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
		"node='urn:xmpp:contacts'>"
		"<item id='alice@example.org'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
		"<fn><text>Alice</text></fn><tel><uri>tel:+447700900123</uri></tel>"
		"</vcard></item></publish></pubsub></iq>");
	expect_has(set(FORM(FIELD("name", "Alice") FIELD("phone", "+44 7700 900456"))), DONE);
	expect_has(profile(), "<uri>tel:+447700900456</uri>");
	expect_has(profile(), "alice@example.com");
	expect_has(dialogue_run(dialogue), "tel:+447700900456");
}
END_TEST

START_TEST(what_is_not_filled_in_stays)
{
	sign_up();
	expect_has(set(FORM(FIELD("name", "Alice Example") FIELD("phone", "") FIELD("email", ""))),
		DONE);
	expect_has(profile(), "<fn><text>Alice Example</text></fn>");
	expect_has(profile(), "<uri>tel:+447700900123</uri>");
	expect_has(profile(), "alice@example.com");
}
END_TEST

START_TEST(what_can_not_be_registered_is_refused)
{
	static const struct {
		const char *who, *content, *error;
	} rows[] = {
		{"alice@example.org", "", "<not-acceptable "},
		{"alice@example.org", "<name>Alice</name>", "<not-acceptable "},
		{"alice@example.org", "<name>A</name><phone/><email>a@b</email>",
			"<not-acceptable "},
		{"alice@example.org", FORM(FIELD("name", "")), "<not-acceptable "},
		{"alice@example.org", FORM(FIELD("name", "A") FIELD("phone", "none")),
			"<not-acceptable "},
		{"alice@example.org", FORM(FIELD("name", "A") FIELD("email", "none")),
			"<not-acceptable "},
		{"alice@example.org", "<x xmlns='jabber:x:data' type='cancel'/>", "<bad-request "},
		{"mallory@example.com", FORM(FIELD("name", "A")), "<forbidden "},
		{"alice@example.org", "<remove/>", "<registration-required "},
		{"alice@example.org", "<remove/><name>A</name>", "<bad-request "},
		{"alice@example.org", "<x xmlns='jabber:x:data'/><remove/>", "<bad-request "},
		{"mallory@example.com", "<remove/>", "<forbidden "},
	};

	ck_assert_uint_eq(sizeof(rows) / sizeof(*rows), 12);
	expect_has(ask_as(rows[_i].who, "set", rows[_i].content), rows[_i].error);
	expect_lacks(get(), "<registered/>");
}
END_TEST

/* ---- 3.2 ---- */

START_TEST(remove_erases_all)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;
	const char *sent;

	sign_up();
	sent = set("<remove/>");
	expect_has(sent, DONE);
	expect_has(sent, "to=\"alice@example.org\" type=\"headline\"");
	expect_has(sent, "<purge node=\"urn:xmpp:vcard4\"/>");
	expect_has(sent, "<purge node=\"urn:xmpp:contacts\"/>");
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), "alice@example.org", &account),
		STORE_NONE);
	store_turn_rollback(store);
	expect_lacks(get(), "<registered/>");
	expect_has(set("<remove/>"), "<registration-required ");
}
END_TEST

START_TEST(remove_ends_a_run_that_is_under_way)
{
	sign_up();
	dialogue_say(dialogue,
		"<iq type='set' from='bob@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
		"node='urn:xmpp:contacts'>"
		"<item id='alice@example.org'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
		"<fn><text>Alice</text></fn><tel><uri>tel:+447700900123</uri></tel>"
		"</vcard></item></publish></pubsub></iq>");
	set(FORM(FIELD("name", "Alice") FIELD("phone", "+44 7700 900456")));
	expect_has(set("<remove/>"), DONE);
	expect_lacks(dialogue_run(dialogue), "900456");
	expect_has(dialogue_say(dialogue,
			   "<iq type='get' from='bob@example.org/r' to='kith.example.org' id='1'>"
			   "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
			   "<items node='urn:xmpp:contacts'/></pubsub></iq>"),
		"tel:+447700900123");
}
END_TEST

static Suite *register_suite(void)
{
	Suite *suite = suite_create("register");
	TCase *tcase = tcase_create("XEP-0077, 3.1: registering");

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, fields_are_told_who_is_not_registered);
	tcase_add_test(tcase, form_makes_a_profile);
	tcase_add_test(tcase, elements_make_a_profile);
	tcase_add_test(tcase, changed_number_replaces_the_former);
	tcase_add_test(tcase, what_is_not_filled_in_stays);
	tcase_add_loop_test(tcase, what_can_not_be_registered_is_refused, 0, 12);
	tcase = tcase_create("XEP-0077, 3.2: cancelling");
	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, remove_erases_all);
	tcase_add_test(tcase, remove_ends_a_run_that_is_under_way);
	return suite;
}

int main(void)
{
	return expect_all(register_suite());
}
