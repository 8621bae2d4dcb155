/* What the server grants, and whether it still does: XEP-0355, 4.2; XEP-0356, 4.2 and 5.2. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/ns.h"
#include "component/feature.h"
#include "component/server.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

static struct dialogue *dialogue;
static struct server *server;
static int64_t now_ms;

static void set_up(void)
{
	dialogue = dialogue_new();
	server = dialogue_service(dialogue)->server;
	now_ms = 1000;
	server_up(server, now_ms);
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

static const char *advertise(const char *from, const char *element)
{
	return dialogue_say(
		dialogue, "<message from='%s' to='kith.example.org'>%s</message>", from, element);
}

#define DELEGATED(version)                                                                         \
	"<delegation xmlns='urn:xmpp:delegation:" version "'><delegated namespace='vcard-temp'/>"  \
	"</delegation>"

/* As Prosody 0.12 and ejabberd 23.01 send it. */
static const struct {
	const char *element;
	const char *granted[SERVER_GRANTS];
} adverts[] = {
	{"<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/>"
	 "<perm access='message' type='outgoing'/><perm access='presence' type='managed_entity'/>"
	 "<perm access='iq'><namespace type='both' ns='http://jabber.org/protocol/pubsub'/></perm>"
	 "</privilege>",
		{NS_PRIVILEGE_2, NS_PRIVILEGE_2, NULL, NULL}},
	{"<privilege xmlns='urn:xmpp:privilege:1'><perm type='outgoing' access='message'/>"
	 "<perm type='get' access='roster'/></privilege>",
		{NS_PRIVILEGE_1, NS_PRIVILEGE_1, NULL, NULL}},
	{"<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='set'/>"
	 "<perm access='message' type='none'/><perm/></privilege>",
		{NULL, NULL, NULL, NULL}},
	{DELEGATED("1"), {NULL, NULL, NS_DELEGATION_1, NULL}},
	{"<delegation xmlns='urn:xmpp:delegation:2'>"
	 "<delegated namespace='urn:ietf:params:xml:ns:vcard-4.0'/>"
	 "<delegated namespace='urn:example:other'/><delegated/></delegation>",
		{NULL, NULL, NULL, NS_DELEGATION_2}},
};

START_TEST(what_is_granted_is_read_in_both_versions)
{
	ck_assert_str_eq(advertise("example.org", adverts[_i].element), "");
	for (int grant = 0; grant < SERVER_GRANTS; grant++)
		ck_assert_pstr_eq(server_grants(server, "example.org", (enum server_grant)grant),
			adverts[_i].granted[grant]);
	ck_assert_ptr_null(server_grants(server, "example.net", SERVER_ROSTER));
	server_down(server);
	server_up(server, now_ms);
	for (int grant = 0; grant < SERVER_GRANTS; grant++)
		ck_assert_ptr_null(server_grants(server, "example.org", (enum server_grant)grant));
}
END_TEST

START_TEST(only_a_domain_of_the_conf_can_grant)
{
	static const char *const others[] = {"example.net", "bob@example.org", "example.org/x",
		"bob@example.org/x", "kith.example.org"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		advertise(others[i], DELEGATED("2"));
		ck_assert_ptr_null(server_grants(server, others[i], SERVER_TEMP));
	}
	ck_assert_ptr_null(server_grants(server, "example.org", SERVER_TEMP));
}
END_TEST

/* ---- The test that it holds ---- */

/* Goes on to when something is due, and does it. True: the link is to begin anew. *sent: to be
 * freed. */
static bool tick(char **sent)
{
	bool anew;

	ck_assert_int_ge(server_wait_ms(server, now_ms), 0);
	now_ms += server_wait_ms(server, now_ms);
	anew = server_tick(server, dialogue_service(dialogue), now_ms);
	*sent = strdup(dialogue_say_all(dialogue, ""));
	return anew;
}

static void answer(const char *sent, const char *type)
{
	char *id = expect_between(sent, " id=\"", "\"");

	ck_assert_str_eq(dialogue_say(dialogue,
				 "<iq type='%s' from='example.org' id='%s' "
				 "to='kith.example.org'/>",
				 type, id),
		"");
	free(id);
}

static void begin(void)
{
	char *sent;

	server_up(server, now_ms);
	advertise("example.org", DELEGATED("1"));
	ck_assert(!tick(&sent));
	expect_has(sent, "<iq type=\"get\" from=\"kith.example.org\" to=\"example.org\" id=\"");
	expect_has(sent, "\"><vCard xmlns=\"vcard-temp\"/></iq>");
	answer(sent, "result");
	free(sent);
}

START_TEST(a_delegation_that_was_taken_back_is_found_out)
{
	char *sent;

	begin();
	ck_assert(!tick(&sent));
	answer(sent, "error");
	free(sent);
	ck_assert(tick(&sent));
	free(sent);
}
END_TEST

START_TEST(no_answer_is_one_too)
{
	char *sent;

	begin();
	ck_assert(!tick(&sent));
	expect_has(sent, "<iq ");
	free(sent);
	ck_assert(tick(&sent));
	ck_assert_str_eq(sent, "");
	free(sent);
}
END_TEST

START_TEST(where_no_test_ever_came_through_nothing_follows_from_it)
{
	char *sent;

	advertise("example.org", DELEGATED("2"));
	ck_assert(!tick(&sent));
	answer(sent, "error");
	free(sent);
	ck_assert_int_eq(server_wait_ms(server, now_ms), -1);
	ck_assert(!server_tick(server, dialogue_service(dialogue), now_ms + 1000000));
}
END_TEST

START_TEST(a_first_test_that_is_lost_says_enough)
{
	char *sent;

	advertise("example.org", DELEGATED("1"));
	ck_assert(!tick(&sent));
	free(sent);
	ck_assert(tick(&sent));
	free(sent);
}
END_TEST

START_TEST(reconnects_that_do_not_help_become_rare)
{
	int64_t began_ms = now_ms;
	unsigned count = 0;

	begin();
	while (now_ms < began_ms + 3600 * 1000) {
		char *sent;
		bool anew = tick(&sent);

		if (strstr(sent, "<iq "))
			answer(sent, "error");
		free(sent);
		if (!anew)
			continue;
		count++;
		server_down(server);
		server_up(server, now_ms);
		advertise("example.org", DELEGATED("1"));
	}
	ck_assert_uint_ge(count, 5);
	ck_assert_uint_le(count, 15);
}
END_TEST

START_TEST(an_answer_that_somebody_else_made_up_counts_for_nothing)
{
	char *sent, *id;

	begin();
	ck_assert(!tick(&sent));
	id = expect_between(sent, " id=\"", "\"");
	dialogue_say(dialogue,
		"<iq type='error' from='bob@example.org' to='kith.example.org' "
		"id='%s'/><iq type='error' from='example.org' "
		"to='kith.example.org' id='x'/>",
		id);
	free(id);
	ck_assert(!server_tick(server, dialogue_service(dialogue), now_ms));
	answer(sent, "result");
	free(sent);
	ck_assert(!tick(&sent));
	expect_has(sent, "<iq ");
	free(sent);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server");
	TCase *granted = tcase_create("XEP-0355, 4.2; XEP-0356, 4.2 and 5.2");
	TCase *tested = tcase_create("the test that it holds");

	tcase_add_checked_fixture(granted, set_up, tear_down);
	tcase_add_loop_test(granted, what_is_granted_is_read_in_both_versions, 0,
		sizeof(adverts) / sizeof(*adverts));
	tcase_add_test(granted, only_a_domain_of_the_conf_can_grant);
	suite_add_tcase(suite, granted);
	tcase_add_checked_fixture(tested, set_up, tear_down);
	tcase_add_test(tested, a_delegation_that_was_taken_back_is_found_out);
	tcase_add_test(tested, no_answer_is_one_too);
	tcase_add_test(tested, where_no_test_ever_came_through_nothing_follows_from_it);
	tcase_add_test(tested, a_first_test_that_is_lost_says_enough);
	tcase_add_test(tested, reconnects_that_do_not_help_become_rare);
	tcase_add_test(tested, an_answer_that_somebody_else_made_up_counts_for_nothing);
	suite_add_tcase(suite, tested);
	return expect_all(suite);
}
