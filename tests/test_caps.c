/* Entity capabilities, XEP-0115, 5.1 and 6.2. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/caps.h"
#include "component/features.h"
#include "component/settings_read.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define QUERY(content) "<query xmlns='http://jabber.org/protocol/disco#info'>" content "</query>"
#define MUC                                                                                        \
	"<feature var='http://jabber.org/protocol/muc'/>"                                          \
	"<feature var='http://jabber.org/protocol/disco#items'/>"                                  \
	"<feature var='http://jabber.org/protocol/disco#info'/>"                                   \
	"<feature var='http://jabber.org/protocol/caps'/>"
#define FIELD(var, values) "<field var='" var "'>" values "</field>"
#define VALUE(value) "<value>" value "</value>"
#define PSI                                                                                        \
	FIELD("os", VALUE("Mac"))                                                                  \
	FIELD("ip_version", VALUE("ipv6") VALUE("ipv4"))                                           \
	"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value>"      \
	"</field>" FIELD("software_version", VALUE("0.11")) FIELD("software", VALUE("Psi"))        \
		FIELD("os_version", VALUE("10.5.1"))
#define IDENTITIES                                                                                 \
	"<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"                    \
	"<identity xml:lang='el' category='client' name='\xCE\xA8 0.11' type='pc'/>"
#define OPEN "<field var='FORM_TYPE'><value>x</value></field>"

/* The examples of 5.2 and 5.3, in another order than they are hashed in. */
static const struct {
	const char *query, *ver;
} vectors[] = {
	{QUERY("<identity category='client' type='pc' name='Exodus 0.9.1'/>" MUC),
		"QgayPKawpkPSDYmwT/WM94uAlu0="},
	{QUERY(IDENTITIES MUC "<x xmlns='jabber:x:data' type='result'>" PSI "</x>"),
		"q07IKJEyjvHSyhy//CH0CxmKi8w="},
	/* 5.4: a form without a hidden FORM_TYPE isn't looked at */
	{QUERY(IDENTITIES MUC "<x xmlns='jabber:x:data'>" OPEN "</x>"
			      "<x xmlns='jabber:x:data' type='result'>" PSI "</x>"),
		"q07IKJEyjvHSyhy//CH0CxmKi8w="},
};

START_TEST(the_verification_string_is_that_of_the_examples)
{
	struct arena *arena = arena_new(0);
	struct xml *query = xml_parse(arena, vectors[_i].query, strlen(vectors[_i].query), NULL,
		&xml_limits_stanza, NULL);

	ck_assert_ptr_nonnull(query);
	ck_assert_str_eq(caps_ver(arena, query), vectors[_i].ver);
	arena_free(arena);
}
END_TEST

/* ---- 6.2 ---- */

static struct dialogue *dialogue;

static void set_up(void)
{
	dialogue = dialogue_new();
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

static const char *ask(const char *who, const char *node)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='%s' to='kith.example.org' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#info'%s/></iq>",
		who, node);
}

/* " node='URI#VER'", as the service has it in its presence now. To be freed. */
static char *node_now(void)
{
	const char *presence = dialogue_say(dialogue,
		"<presence type='subscribe' from='bob@example.org' to='kith.example.org'/>");
	char *node = expect_between(presence, " node=\"", "\""), *text;
	char *ver = expect_between(presence, " ver=\"", "\"");

	expect_has(presence, "<c xmlns=\"http://jabber.org/protocol/caps\" hash=\"sha-1\"");
	ck_assert_int_ge(asprintf(&text, " node='%s#%s'", node, ver), 0);
	free(node);
	free(ver);
	return text;
}

/* The string over what is answered is the one asked for. */
static void is_verified(const char *who, const char *node)
{
	struct arena *arena = arena_new(0);
	const char *answer = ask(who, node);
	struct xml *iq =
		xml_parse(arena, answer, strlen(answer), NS_COMPONENT, &xml_limits_stanza, NULL);
	struct xml *query = xml_child(iq, NS_DISCO_INFO, "query");

	ck_assert_msg(query != NULL, "%s", answer);
	expect_has(answer, "<feature var=\"urn:xmpp:vcard4+notify\"/>");
	expect_has(answer, "<feature var=\"http://jabber.org/protocol/caps\"/>");
	expect_has(strchr(node, '#'), caps_ver(arena, query));
	arena_free(arena);
}

START_TEST(what_is_answered_for_the_node_is_what_was_hashed)
{
	static char admin[] = "admin@example.org";
	static char *admins[] = {admin, NULL};
	char **nobody = dialogue_settings(dialogue)->admins;
	char *node = node_now();

	is_verified("bob@example.org", node);
	is_verified("mallory@example.com/x", node);
	dialogue_settings(dialogue)->admins = admins; /* who is shown more without a node */
	is_verified("admin@example.org/x", node);
	dialogue_settings(dialogue)->admins = nobody;
	free(node);
}
END_TEST

START_TEST(another_conf_is_another_node)
{
	struct settings *settings = dialogue_settings(dialogue);
	char *before = node_now(), *after;

	ck_assert_int_eq(settings_list_add(
				 &settings->addresses[ADDRESSES_ABUSE], "mailto:abuse@example.org"),
		0);
	after = node_now();
	ck_assert_str_ne(before, after);
	expect_has(ask("bob@example.org", before), "<item-not-found ");
	is_verified("bob@example.org", after);
	free(before);
	free(after);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caps");
	TCase *strings = tcase_create("XEP-0115, 5.1");
	TCase *nodes = tcase_create("XEP-0115, 6.2");

	tcase_add_loop_test(strings, the_verification_string_is_that_of_the_examples, 0,
		sizeof(vectors) / sizeof(*vectors));
	suite_add_tcase(suite, strings);
	tcase_add_checked_fixture(nodes, set_up, tear_down);
	tcase_add_test(nodes, what_is_answered_for_the_node_is_what_was_hashed);
	tcase_add_test(nodes, another_conf_is_another_node);
	suite_add_tcase(suite, nodes);
	return expect_all(suite);
}
