/* The router, turns, and the features that have no store: RFC 6120, 8 and 10; XEP-0030, 0054, 0092,
 * 0199, 0202. Stanza text in, stanza text out. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"
#include "component/outbox.h"
#include "tests/dialogue.h"

#define FROM_BOB "from='bob@example.org/phone' to='kith.example.org'"
#define TO_BOB "from=\"kith.example.org\" to=\"bob@example.org/phone\""
#define ERROR(type, condition)                                                                     \
	"<error type=\"" type "\"><" condition " xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>"  \
	"</error>"
#define TROUBLE                                                                                    \
	"<error type=\"wait\"><internal-server-error"                                              \
	" xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>"                                         \
	"<text xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\">The service can't get at what it"     \
	" stores just now: please try again later.</text></error>"
#define IQ_TROUBLE(id) "<iq type=\"error\" " TO_BOB " id=\"" id "\">" TROUBLE "</iq>"
#define IQ_ERROR(id, type, condition)                                                              \
	"<iq type=\"error\" " TO_BOB " id=\"" id "\">" ERROR(type, condition) "</iq>"

static struct dialogue *dialogue;

static void set_up(void)
{
	dialogue = dialogue_new();
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

static const struct {
	const char *said, *answer;
} exchanges[] = {
	/* XEP-0199, 4 */
	{"<iq type='get' " FROM_BOB " id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"result\" " TO_BOB " id=\"1\"/>"},
	/* in any spelling of the service's JID: that comes back as it came */
	{"<iq type='get' from='bob@example.org/x' to='KITH.example.org' id='1'>"
	 "<ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"result\" from=\"KITH.example.org\" to=\"bob@example.org/x\" "
		"id=\"1\"/>"},
	/* but of the asker's only as we would spell it: else two accounts could be one to us */
	{"<iq type='get' from='Bob@example.org/x' to='kith.example.org' id='1'>"
	 "<ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"error\" from=\"kith.example.org\" to=\"Bob@example.org/x\" "
		"id=\"1\">" ERROR("modify", "jid-malformed") "</iq>"},
	{"<message from='Bob@example.org' to='kith.example.org' id='1'><body>yes</body></message>",
		""},
	{"<presence type='subscribe' from='bob@example.org.' to='kith.example.org'/>", ""},
	{"<iq type='result' from='Bob@example.org' to='kith.example.org' id='1'/>", ""},
	{"<iq type='get' from='example.net' to='kith.example.org' id='&lt;&quot;'>"
	 "<ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"result\" from=\"kith.example.org\" to=\"example.net\" "
		"id=\"&lt;&quot;\"/>"},
	/* RFC 6120, 8.3.3.3: known namespace, but not that */
	{"<iq type='set' " FROM_BOB " id='2'><ping xmlns='urn:xmpp:ping'/></iq>",
		IQ_ERROR("2", "cancel", "feature-not-implemented")},
	{"<iq type='get' " FROM_BOB " id='2'><pong xmlns='urn:xmpp:ping'/></iq>",
		IQ_ERROR("2", "cancel", "feature-not-implemented")},
	/* RFC 6120, 8.4 */
	{"<iq type='get' " FROM_BOB " id='3'><query xmlns='urn:example:unknown'/></iq>",
		IQ_ERROR("3", "cancel", "service-unavailable")},
	{"<iq type='get' " FROM_BOB " id='3'><ping/></iq>",
		IQ_ERROR("3", "cancel", "service-unavailable")},
	/* RFC 6120, 8.2.3 */
	{"<iq type='get' " FROM_BOB " id='4'/>", IQ_ERROR("4", "modify", "bad-request")},
	{"<iq type='get' " FROM_BOB " id='4'>ping</iq>", IQ_ERROR("4", "modify", "bad-request")},
	{"<iq type='get' " FROM_BOB " id='4'><ping xmlns='urn:xmpp:ping'/><x/></iq>",
		IQ_ERROR("4", "modify", "bad-request")},
	{"<iq type='fetch' " FROM_BOB " id='4'><ping xmlns='urn:xmpp:ping'/></iq>",
		IQ_ERROR("4", "modify", "bad-request")},
	{"<iq " FROM_BOB " id='4'><ping xmlns='urn:xmpp:ping'/></iq>",
		IQ_ERROR("4", "modify", "bad-request")},
	{"<iq type='get' " FROM_BOB "><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"error\" " TO_BOB ">" ERROR("modify", "bad-request") "</iq>"},
	/* an answer is never answered */
	{"<iq type='result' " FROM_BOB " id='5'/>", ""},
	{"<iq type='error' " FROM_BOB " id='5'><x/></iq>", ""},
	/* design, 3: stanzas for other JIDs of the domain */
	{"<iq type='get' from='bob@example.org' to='x@kith.example.org' id='6'>"
	 "<ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"error\" from=\"x@kith.example.org\" to=\"bob@example.org\" "
		"id=\"6\">" ERROR("cancel", "item-not-found") "</iq>"},
	{"<iq type='get' from='bob@example.org' to='kith.example.org/x' id='6'>"
	 "<ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type=\"error\" from=\"kith.example.org/x\" to=\"bob@example.org\" "
		"id=\"6\">" ERROR("cancel", "item-not-found") "</iq>"},
	{"<message from='bob@example.org' to='x@kith.example.org'><body>hi</body></message>",
		"<message type=\"error\" from=\"x@kith.example.org\" to=\"bob@example.org\">" ERROR(
			"cancel", "item-not-found") "</message>"},
	{"<presence type='subscribe' from='bob@example.org' to='x@kith.example.org'/>", ""},
	/* RFC 6120, 8.1: nobody to answer */
	{"<iq type='get' to='kith.example.org' id='7'><ping xmlns='urn:xmpp:ping'/></iq>", ""},
	{"<iq type='get' from='bob@example.org' id='7'><ping xmlns='urn:xmpp:ping'/></iq>", ""},
	{"<iq type='get' from='@' to='kith.example.org' id='7'/>", ""},
	{"<other " FROM_BOB "/>", ""},
	{"<iq xmlns='jabber:client' type='get' " FROM_BOB " id='7'/>", ""},
	/* RFC 6121, 8.5 */
	{"<message type='chat' from='eve@example.com' to='kith.example.org' id='8'>"
	 "<body>hi</body></message>",
		"<message type=\"error\" from=\"kith.example.org\" to=\"eve@example.com\" "
		"id=\"8\">" ERROR("cancel", "service-unavailable") "</message>"},
	{"<message " FROM_BOB
	 "><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
		""},
	{"<message type='headline' " FROM_BOB "><body>hi</body></message>", ""},
	{"<message type='groupchat' " FROM_BOB "><body>hi</body></message>", ""},
	{"<message type='error' " FROM_BOB "><body>hi</body></message>", ""},
	/* RFC 6121, 3.1.3 */
	{"<presence type='subscribe' from='eve@example.com/x' to='kith.example.org' id='9'/>",
		"<presence type=\"unsubscribed\" from=\"kith.example.org\" "
		"to=\"eve@example.com\"/>"},
	{"<presence " FROM_BOB "/>", ""},
	{"<presence type='unavailable' " FROM_BOB "/>", ""},
	{"<presence type='error' " FROM_BOB "/>", ""},
	/* XEP-0092, XEP-0202 */
	{"<iq type='get' " FROM_BOB " id='v'><query xmlns='jabber:iq:version'/></iq>",
		"<iq type=\"result\" " TO_BOB " id=\"v\"><query xmlns=\"jabber:iq:version\">"
		"<name>Kith</name><version>0.1.0</version></query></iq>"},
	{"<iq type='get' " FROM_BOB " id='t'><time xmlns='urn:xmpp:time'/></iq>",
		"<iq type=\"result\" " TO_BOB " id=\"t\"><time xmlns=\"urn:xmpp:time\">"
		"<tzo>+00:00</tzo><utc>2020-09-13T12:26:40Z</utc></time></iq>"},
	/* XEP-0054, 3.3 */
	{"<iq type='set' " FROM_BOB " id='c'><vCard xmlns='vcard-temp'/></iq>",
		IQ_ERROR("c", "auth", "forbidden")},
	/* XEP-0030: nodes that aren't there */
	{"<iq type='get' " FROM_BOB " id='n'><query node='x' "
	 "xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		IQ_ERROR("n", "cancel", "item-not-found")},
	{"<iq type='get' " FROM_BOB " id='n'><query node='x' "
	 "xmlns='http://jabber.org/protocol/disco#items'/></iq>",
		IQ_ERROR("n", "cancel", "item-not-found")},
};

START_TEST(each_stanza_gets_the_answer_that_it_has_to)
{
	ck_assert_str_eq(dialogue_say(dialogue, "%s", exchanges[_i].said), exchanges[_i].answer);
}
END_TEST

START_TEST(the_answers_of_a_turn_come_in_order)
{
	const char *answer = dialogue_say_all(dialogue,
		"<iq type='get' " FROM_BOB " id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
		"<iq type='get' " FROM_BOB " id='2'><x xmlns='y'/></iq>"
		"<iq type='get' " FROM_BOB " id='3'><ping xmlns='urn:xmpp:ping'/></iq>");

	ck_assert_str_eq(
		answer, "<iq type=\"result\" " TO_BOB " id=\"1\"/>" IQ_ERROR("2", "cancel",
				"service-unavailable") "<iq type=\"result\" " TO_BOB " id=\"3\"/>");
}
END_TEST

/* ---- XEP-0030 ---- */

START_TEST(all_that_is_served_is_advertised_and_once)
{
	const char *answer = dialogue_say(dialogue,
		"<iq type='get' " FROM_BOB " id='d'>"
		"<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");

	ck_assert_ptr_nonnull(
		strstr(answer, "<identity category=\"directory\" type=\"user\" name=\"Kith\"/>"));
	ck_assert_ptr_nonnull(
		strstr(answer, "<identity category=\"pubsub\" type=\"service\" name=\"Kith\"/>"));
	for (const struct feature *const *feature = features_all; *feature; feature++) {
		for (const struct feature_row *row = (*feature)->rows; row && row->ns; row++) {
			char text[256];

			snprintf(text, sizeof(text), "<feature var=\"%s\"/>", row->ns);
			ck_assert_msg(dialogue_count(answer, text) == 1, "%s", text);
		}
		for (const char *const *var = (*feature)->features; var && *var; var++) {
			char text[256];

			snprintf(text, sizeof(text), "<feature var=\"%s\"/>", *var);
			ck_assert_msg(dialogue_count(answer, text) == 1, "%s", text);
		}
	}
}
END_TEST

/* ---- XEP-0054, XEP-0292, 6 ---- */

START_TEST(the_service_has_a_card_of_its_own)
{
	struct settings *settings = dialogue_settings(dialogue);
	const char *answer;

	settings->description = strdup("Numbers & names");
	settings->url = strdup("https://example.org/kith");
	answer = dialogue_say(
		dialogue, "<iq type='get' " FROM_BOB " id='c'><vCard xmlns='vcard-temp'/></iq>");
	ck_assert_ptr_nonnull(strstr(answer, "<FN>Kith</FN>"));
	ck_assert_ptr_nonnull(strstr(answer, "<URL>https://example.org/kith</URL>"));
	answer = dialogue_say(dialogue, "<iq type='get' " FROM_BOB " id='c'>"
					"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/></iq>");
	ck_assert_ptr_nonnull(strstr(answer, "<fn><text>Kith</text></fn>"));
	ck_assert_ptr_nonnull(strstr(answer, "<kind><text>application</text></kind>"));
	ck_assert_ptr_nonnull(strstr(answer, "<note><text>Numbers &amp; names</text></note>"));
}
END_TEST

/* ---- The turn ---- */

START_TEST(when_the_turn_is_lost_each_request_learns_it_and_nothing_else_leaves)
{
	struct arena *arena = arena_new(0);
	struct xml *answer = xml_new(arena, NS_COMPONENT, "iq");
	struct xml *other = xml_new(arena, NS_COMPONENT, "message");
	struct outbox outbox;

	outbox_init(&outbox);
	xml_set(arena, answer, "type", "result");
	xml_set(arena, answer, "to", "bob@example.org/a\"b");
	xml_set(arena, answer, "id", "1");
	xml_add_text_element(arena, answer, "urn:x", "x", "stored");
	outbox_add(&outbox, other);
	outbox_add_answer(&outbox, answer);
	outbox_add(&outbox, other);
	outbox_add_answer(&outbox, answer);
	outbox_fail(&outbox, arena, NULL);
#define LOST                                                                                       \
	"<iq type=\"error\" to=\"bob@example.org/a&quot;b\" id=\"1\">" ERROR(                      \
		"wait", "internal-server-error") "</iq>"
	ck_assert_str_eq(buffer_string(&outbox.text), LOST LOST);
	outbox_clear(&outbox);
	arena_free(arena);
}
END_TEST

#define PUBLISH(id, item)                                                                          \
	"<iq type='set' " FROM_BOB " id='" id "'>"                                                 \
	"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:contacts'>"     \
	"<item id='" item "'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"                     \
	"<fn><text>X</text></fn></vcard></item></publish></pubsub></iq>"
#define GET(id, item)                                                                              \
	"<iq type='get' " FROM_BOB " id='" id "'>"                                                 \
	"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:contacts'>"       \
	"<item id='" item "'/></items></pubsub></iq>"

#define PING(id) "<iq type='get' " FROM_BOB " id='" id "'><ping xmlns='urn:xmpp:ping'/></iq>"

/* Files can't grow any more: the disk is full. */
static void set_disk_full(bool is_full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = is_full ? 0 : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static char directory[64];

static struct dialogue *dialogue_on_disk(void)
{
	char path[96];

	snprintf(directory, sizeof(directory), "/tmp/kith-router-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/kith.db", directory);
	return dialogue_new_at(path);
}

static void remove_from_disk(struct dialogue *on_disk)
{
	char command[96];

	dialogue_free(on_disk);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(on_a_full_disk_nothing_is_said_to_be_stored)
{
	struct dialogue *on_disk = dialogue_on_disk();
	const char *said;

	said = dialogue_say(on_disk, PUBLISH("1", "first"));
	ck_assert_uint_eq(dialogue_count(said, "<iq type=\"result\""), 1);
	ck_assert_uint_eq(dialogue_count(said, "<message"), 1); /* the headline */
	set_disk_full(true);
	said = dialogue_say_all(on_disk, PUBLISH("2", "second") PING("3"));
	set_disk_full(false);
	ck_assert_str_eq(said, IQ_TROUBLE("2") IQ_TROUBLE("3"));
	said = dialogue_say(on_disk, GET("4", "second"));
	ck_assert_uint_eq(dialogue_count(said, "<item id=\"second\""), 0);
	said = dialogue_say(on_disk, PUBLISH("5", "third"));
	ck_assert_uint_eq(dialogue_count(said, "<iq type=\"result\""), 1);
	remove_from_disk(on_disk);
}
END_TEST

START_TEST(on_a_full_disk_reading_goes_on_beside_what_fails)
{
	struct dialogue *on_disk = dialogue_on_disk();
	const char *said;

	dialogue_say(on_disk, PUBLISH("1", "first"));
	set_disk_full(true);
	dialogue_say(on_disk, PUBLISH("2", "second"));
	said = dialogue_say_all(
		on_disk, PUBLISH("3", "third") GET("4", "first") PUBLISH("5", "fifth") PING("6"));
	set_disk_full(false);
	ck_assert_ptr_nonnull(strstr(said, IQ_TROUBLE("3")));
	ck_assert_ptr_nonnull(strstr(said, IQ_TROUBLE("5")));
	ck_assert_uint_eq(dialogue_count(said, "<iq type=\"result\""), 2);
	ck_assert_uint_eq(dialogue_count(said, "<item id=\"first\""), 1);
	ck_assert_uint_eq(dialogue_count(said, "<message"), 0);
	said = dialogue_say_all(on_disk, PUBLISH("7", "seventh") GET("8", "seventh"));
	ck_assert_uint_eq(dialogue_count(said, "<iq type=\"result\""), 2);
	remove_from_disk(on_disk);
}
END_TEST

START_TEST(on_a_full_disk_who_writes_in_words_learns_that_nothing_came_of_it)
{
	static const char words[] =
		"<message type='chat' " FROM_BOB " id='2'><body>yes</body></message>";
	static const char told[] =
		"<message type=\"error\" " TO_BOB " id=\"2\">" TROUBLE "</message>";
	struct dialogue *on_disk = dialogue_on_disk();
	char both[1024];
	const char *said;

	dialogue_say(on_disk, PUBLISH("1", "first"));
	said = dialogue_say(on_disk, words);
	ck_assert_uint_eq(dialogue_count(said, "type=\"error\""), 0);
	set_disk_full(true);
	snprintf(both, sizeof(both), "%s%s", words, PUBLISH("3", "third"));
	said = dialogue_say_all(on_disk, both);
	set_disk_full(false);
	ck_assert_ptr_nonnull(strstr(said, told));
	ck_assert_uint_eq(dialogue_count(said, "<message"), 1);
	remove_from_disk(on_disk);
}
END_TEST

START_TEST(what_a_refused_request_stored_and_sent_is_undone)
{
	/* The second is refused after its account was made: the first one's headline stays alone.
	 */
	const char *said = dialogue_say_all(dialogue,
		PUBLISH("1", "first") "<iq type='set' " FROM_BOB " id='2'>"
				      "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
				      "<publish node='urn:xmpp:contacts'><item id='second'>"
				      "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"
				      "</item></publish></pubsub></iq>");

	ck_assert_uint_eq(dialogue_count(said, "<message"), 1);
	ck_assert_uint_eq(dialogue_count(said, "<iq type=\"error\""), 1);
	said = dialogue_say(dialogue, GET("3", "first"));
	ck_assert_uint_eq(dialogue_count(said, "<item id=\"first\""), 1);
}
END_TEST

/* A server ends the stream at a larger one: for everybody. */
START_TEST(no_stanza_is_larger_than_a_server_takes)
{
	struct settings *settings = dialogue_settings(dialogue);
	char *name = calloc(1, 300001); /* it is in disco#info twice */

	memset(name, 'x', 300000);
	free(settings->name);
	settings->name = name;
	ck_assert_str_eq(dialogue_say(dialogue, "<iq type='get' " FROM_BOB " id='1'>"
						"<query xmlns='http://jabber.org/protocol/"
						"disco#info'/></iq><iq type='get' " FROM_BOB
						" id='2'><ping xmlns='urn:xmpp:ping'/></iq>"),
		"<iq type=\"error\" " TO_BOB " id=\"1\"><error type=\"wait\"><resource-constraint "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/><text "
		"xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\">The answer is too large: ask for it "
		"in pages.</text></error></iq><iq type=\"result\" " TO_BOB " id=\"2\"/>");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("router");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("RFC 6120, 8");
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, each_stanza_gets_the_answer_that_it_has_to, 0,
		sizeof(exchanges) / sizeof(*exchanges));
	tcase_add_test(tcase, the_answers_of_a_turn_come_in_order);
	tcase_add_test(tcase, all_that_is_served_is_advertised_and_once);
	tcase_add_test(tcase, the_service_has_a_card_of_its_own);
	tcase_add_test(tcase, when_the_turn_is_lost_each_request_learns_it_and_nothing_else_leaves);
	tcase_add_test(tcase, on_a_full_disk_nothing_is_said_to_be_stored);
	tcase_add_test(tcase, on_a_full_disk_reading_goes_on_beside_what_fails);
	tcase_add_test(tcase, on_a_full_disk_who_writes_in_words_learns_that_nothing_came_of_it);
	tcase_add_test(tcase, no_stanza_is_larger_than_a_server_takes);
	tcase_add_test(tcase, what_a_refused_request_stored_and_sent_is_undone);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
