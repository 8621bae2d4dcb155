/* What the service says of itself (XEP-0128, 0157, 0504, 0012), stanza text in, stanza text out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "component/feature.h"
#include "component/settings.h"
#include "component/settings_read.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

static struct dialogue *dialogue;

static void setup(void)
{
	dialogue = dialogue_new();
}

static void teardown(void)
{
	dialogue_free(dialogue);
}

static const char *info(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		who);
}

START_TEST(new_features_are_advertised)
{
	const char *sent = info("mallory@example.com");

	expect_has(sent, "<feature var=\"jabber:iq:last\"/>");
	expect_has(sent, "<feature var=\"jabber:iq:register\"/>");
	expect_has(sent, "<feature var=\"jabber:iq:search\"/>");
}
END_TEST

START_TEST(data_policy_is_told_to_everybody)
{
	const char *sent = info("mallory@example.com");

	expect_has(sent, "<x xmlns=\"jabber:x:data\" type=\"result\"><field var=\"FORM_TYPE\" "
			 "type=\"hidden\"><value>urn:xmpp:data-policy:0</value></field>");
	expect_has(
		sent, "<field var=\"data_retention\" type=\"text-single\"><value>infinite</value>");
	expect_has(sent, "<field var=\"full_erasure\" type=\"boolean\"><value>true</value>");
	expect_has(sent, "<field var=\"data_export\" type=\"boolean\"><value>true</value>");
	expect_has(sent, "are kept for 90 days; questions to you for up to 30.");
}
END_TEST

START_TEST(contact_addresses_are_those_of_the_conf)
{
	struct settings *settings = dialogue_settings(dialogue);
	const char *sent = info("mallory@example.com");

	expect_lacks(sent, "serverinfo");
	ck_assert_int_eq(settings_list_add(
				 &settings->addresses[ADDRESSES_ABUSE], "mailto:abuse@example.org"),
		0);
	ck_assert_int_eq(
		settings_list_add(&settings->addresses[ADDRESSES_ABUSE], "xmpp:abuse@example.org"),
		0);
	sent = info("mallory@example.com");
	expect_has(sent, "<value>http://jabber.org/network/serverinfo</value></field>"
			 "<field var=\"abuse-addresses\" type=\"list-multi\">"
			 "<value>mailto:abuse@example.org</value>"
			 "<value>xmpp:abuse@example.org</value></field></x>");
}
END_TEST

START_TEST(counts_are_for_admins_only)
{
	static char admin[] = "admin@example.org";
	static char *admins[] = {admin, NULL};
	struct settings *settings = dialogue_settings(dialogue);
	char **nobody = settings->admins;

	settings->admins = admins;
	expect_lacks(info("alice@example.org"), "x-accounts");
	dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'/></pubsub></iq>");
	expect_has(info("admin@example.org"), "<field var=\"x-accounts\"><value>1</value></field>"
					      "<field var=\"x-profiles\"><value>0</value></field>");
	settings->admins = nobody;
}
END_TEST

START_TEST(nodes_say_nothing_of_it)
{
	const char *sent = dialogue_say(dialogue,
		"<iq type='get' from='alice@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#info' "
		"node='urn:xmpp:contacts'/></iq>");

	expect_lacks(sent, "data-policy");
}
END_TEST

START_TEST(uptime_is_told)
{
	static const char query[] =
		"<iq type='get' from='mallory@example.com/r' to='kith.example.org' id='1'>"
		"<query xmlns='jabber:iq:last'/></iq>";

	dialogue_service(dialogue)->started_ms -= 5000;
	expect_has(
		dialogue_say(dialogue, "%s", query), "<query xmlns=\"jabber:iq:last\" seconds=\"5");
}
END_TEST

static Suite *disco_suite(void)
{
	Suite *suite = suite_create("disco");
	TCase *tcase = tcase_create("XEP-0128, XEP-0157, XEP-0504: forms; XEP-0012: uptime");

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, new_features_are_advertised);
	tcase_add_test(tcase, data_policy_is_told_to_everybody);
	tcase_add_test(tcase, contact_addresses_are_those_of_the_conf);
	tcase_add_test(tcase, counts_are_for_admins_only);
	tcase_add_test(tcase, nodes_say_nothing_of_it);
	tcase_add_test(tcase, uptime_is_told);
	return suite;
}

int main(void)
{
	return expect_all(disco_suite());
}
