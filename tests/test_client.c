/* What comes in: cards, pushes, headlines; and what is forged, repeated, in a group chat,
 * encrypted. XEP-0060, 0280, 0313, 0359, 0380; design: section 3. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/phone.h"
#include "tests/fake_service.h"

static struct fake fake;
static char logged[4096];
static unsigned log_count;

static void log_line(void *context, enum kith_log_level level, const char *text)
{
	(void)context;
	(void)level;
	log_count++;
	strncat(logged, text, sizeof(logged) - strlen(logged) - 1);
}

static void setup(void)
{
	logged[0] = '\0';
	log_count = 0;
	kith_set_log(log_line, NULL, KITH_LOG_INFO);
	fake_init(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_forget(&fake);
}

static void teardown(void)
{
	fake_clear(&fake);
	kith_set_log(NULL, NULL, KITH_LOG_INFO);
}

#define VCARD(about)                                                                               \
	"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Dave</text></fn>"               \
	"<tel><uri>tel:+447400123456</uri></tel><impp><uri>xmpp:" about "</uri></impp></vcard>"
#define MESSAGE(from, type, id, inner)                                                             \
	"<message xmlns='jabber:client' from='" from "' to='" FAKE_FULL "' type='" type            \
	"' id='" id "'>" inner "</message>"
#define FORWARDED(inner) "<forwarded xmlns='urn:xmpp:forward:0'>" inner "</forwarded>"
#define ALICE "alice@example.org"
#define CARD_FROM_ALICE                                                                            \
	MESSAGE(ALICE "/a", "chat", "m1", "<body>Dave</body>" VCARD("dave@example.org"))
#define HEADLINE(from)                                                                             \
	MESSAGE(from, "headline", "h1",                                                            \
		"<event xmlns='http://jabber.org/protocol/pubsub#event'><items "                   \
		"node='urn:xmpp:contacts'><item id='x@example.org'/></items></event>")

START_TEST(the_service_is_found_among_the_servers_items)
{
	fake_stop(&fake);
	fake_start(&fake, false);
	fake_online(&fake);
	ck_assert_ptr_nonnull(
		fake_event(&fake, "\"event\":\"ready\",\"service\":\"" FAKE_JID "\""));
	ck_assert_ptr_nonnull(fake_sent(&fake, "to=\"example.org\""));
}
END_TEST

/* A server that starts again lets people in before the service is back. */
START_TEST(a_service_that_was_there_is_looked_for_again)
{
	kith_offline(fake.kith);
	fake.gone = true;
	fake_online(&fake);
	ck_assert_ptr_nonnull(fake_event(&fake, "no address book service"));
	fake_forget(&fake);
	fake.now += 4;
	fake_run(&fake);
	ck_assert_uint_eq(fake_sent_count(&fake, "disco#items"), 0);
	fake.now += 1;
	fake_run(&fake);
	ck_assert_uint_eq(fake_sent_count(&fake, "disco#items"), 1);
	ck_assert_ptr_null(fake_event(&fake, "no address book service")); /* once is enough */
	fake.gone = false;
	fake.now += 5;
	fake_run(&fake);
	ck_assert_ptr_null(fake_event(&fake, "\"event\":\"ready\""));
	fake.now += 5;
	fake_run(&fake);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"ready\""));
}
END_TEST

START_TEST(a_service_that_never_was_is_not_looked_for_again)
{
	fake_clear(&fake);
	fake_init(&fake);
	fake_start(&fake, false);
	fake.gone = true;
	fake_online(&fake);
	fake_forget(&fake);
	fake.now += 100000;
	fake_run(&fake);
	ck_assert_uint_eq(fake_sent_count(&fake, "disco#items"), 0);
}
END_TEST

START_TEST(a_card_is_told_with_its_number_and_who_passed_it_on)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	ck_assert_int_eq(fake_feed(&fake, CARD_FROM_ALICE), KITH_FED_TOLD);
	ck_assert_ptr_nonnull(fake_event(&fake,
		"{\"event\":\"card\",\"n\":\"1\",\"from\":\"alice@example.org\",\"about\":\"dave@"
		"example.org\",\"passed_on\":\"true\",\"name\":\"Dave\",\"tel\":[{\"kind\":"
		"\"cell\",\"value\":\"+44 7400 123456\"}],\"question\":"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"save 1\""));
	/* Nothing is written without the person's word. */
	ck_assert_uint_eq(fake.sent_count, 0);
	ck_assert_uint_eq(fake_file_count(&fake), 0);
}
END_TEST

/* Before it is saved, a person sees what a call would cost. */
START_TEST(a_number_at_another_price_is_told_as_one)
{
	struct kith_field tel = {"tel", "+44 909 879 0000", "voice", "premium-rate"};
	struct kith_event event = {.kind = KITH_EVENT_CONTACT, .fields = &tel, .field_count = 1};
	char *text = kith_event_text(&event);

	ck_assert_str_eq(text, ": voice +44 909 879 0000 (premium-rate number)");
	free(text);
	if (!phone_has_library())
		return;
	fake_feed(&fake,
		MESSAGE("alice@example.org/a", "chat", "m9",
			"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Dave</text></fn>"
			"<tel><uri>tel:+449098790000</uri></tel><tel><uri>tel:+448001234567</uri>"
			"</tel><tel><uri>tel:+447400123456</uri></tel></vcard>"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"tel\":[{\"kind\":\"voice\",\"value\":\"+44 909 "
						"879 0000\",\"charge\":\"premium-rate\"}"
						",{\"kind\":\"voice\",\"value\":\"+44 800 123 "
						"4567\",\"charge\":\"toll-free\"},{\"kind\":"
						"\"cell\",\"value\":\"+44 7400 123456\"}]"));
}
END_TEST

START_TEST(a_card_by_its_subject_is_not_passed_on)
{
	fake_feed(&fake, MESSAGE("dave@example.org/d", "chat", "m1", VCARD("dave@example.org")));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"card\""));
	ck_assert_ptr_null(fake_event(&fake, "passed_on"));
}
END_TEST

START_TEST(the_question_of_a_card_saves_it)
{
	fake_feed(&fake, CARD_FROM_ALICE);
	fake_answer(&fake, 1);
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_nonnull(fake_event(&fake, "{\"event\":\"saved\",\"item\""));
}
END_TEST

START_TEST(a_card_twice_is_told_once)
{
	fake_feed(&fake, CARD_FROM_ALICE);
	fake_forget(&fake);
	ck_assert_int_eq(fake_feed(&fake, CARD_FROM_ALICE), KITH_FED_TOLD);
	ck_assert_uint_eq(fake.event_count, 0);
	/* Also after a restart. */
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_feed(&fake, CARD_FROM_ALICE);
	ck_assert_ptr_null(fake_event(&fake, "\"event\":\"card\""));
}
END_TEST

START_TEST(a_card_in_a_group_chat_is_only_shown)
{
	fake_feed(&fake,
		MESSAGE("room@muc.example.org/al", "groupchat", "m1", VCARD("dave@example.org")));
	ck_assert_ptr_nonnull(
		fake_event(&fake, "\"from\":\"al\",\"room\":\"room@muc.example.org\""));
	ck_assert_ptr_null(fake_event(&fake, "\"question\""));
	fake_command(&fake, "save");
	ck_assert_ptr_nonnull(fake_event(&fake, "there is no such card"));
}
END_TEST

START_TEST(the_history_of_a_group_chat_is_no_news)
{
	ck_assert_int_eq(
		fake_feed(
			&fake, MESSAGE("room@muc.example.org/al", "groupchat", "m1",
				       VCARD("dave@example.org") "<delay xmlns='urn:xmpp:delay' "
								 "stamp='2026-01-01T00:00:00Z'/>")),
		KITH_FED_OTHER);
	ck_assert_uint_eq(fake.event_count, 0);
}
END_TEST

START_TEST(a_private_message_in_a_room_is_only_shown)
{
	fake_feed(&fake, MESSAGE("room@muc.example.org/al", "chat", "m1",
				 VCARD("dave@example.org") "<x xmlns='http://jabber.org/protocol/"
							   "muc#user'/>"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"room\":\"room@muc.example.org\""));
	ck_assert_ptr_null(fake_event(&fake, "\"question\""));
}
END_TEST

START_TEST(a_carbon_of_ones_own_server_is_as_the_message)
{
	ck_assert_int_eq(fake_feed(&fake, MESSAGE(FAKE_ME, "chat", "c1",
						  "<received xmlns='urn:xmpp:carbons:2'>" FORWARDED(
							  CARD_FROM_ALICE) "</received>")),
		KITH_FED_TOLD);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"card\""));
}
END_TEST

START_TEST(a_carbon_of_someone_else_is_ignored_and_logged)
{
	ck_assert_int_eq(fake_feed(&fake, MESSAGE("mallory@example.org", "chat", "c1",
						  "<received xmlns='urn:xmpp:carbons:2'>" FORWARDED(
							  CARD_FROM_ALICE) "</received>")),
		KITH_FED_OTHER);
	ck_assert_uint_eq(fake.event_count, 0);
	ck_assert_ptr_nonnull(strstr(logged, "a carbon from mallory@example.org is ignored"));
}
END_TEST

/* To the server these are other accounts (jid.h). */
START_TEST(a_card_of_whom_alice_is_spelled_by_otherwise_is_not_hers)
{
	static const char *const spellings[] = {"Alice@example.org", "alice@example.org./x",
		"\xef\xbd\x81lice@example.org", "al\xc2\xadice@example.org/x"};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		char *text;

		ck_assert_int_ge(
			asprintf(&text,
				"<message from='%s' to='" FAKE_ME
				"' type='chat' id='s%zu'>" VCARD("alice@example.org") "</message>",
				spellings[i], i),
			0);
		ck_assert_int_eq(fake_feed(&fake, text), KITH_FED_OTHER);
		free(text);
	}
	ck_assert_uint_eq(fake.event_count, 0);
}
END_TEST

START_TEST(a_carbon_of_ones_own_card_is_ignored)
{
	fake_feed(&fake,
		MESSAGE(FAKE_ME, "chat", "c1",
			"<sent xmlns='urn:xmpp:carbons:2'>" FORWARDED(MESSAGE(FAKE_ME "/other",
				"chat", "m2", VCARD("dave@example.org"))) "</sent>"));
	ck_assert_uint_eq(fake.event_count, 0);
}
END_TEST

START_TEST(an_archived_card_counts_from_ones_own_archive_alone)
{
	fake_feed(&fake, MESSAGE("mallory@example.org", "normal", "a1",
				 "<result xmlns='urn:xmpp:mam:2' id='1'>" FORWARDED(
					 CARD_FROM_ALICE) "</result>"));
	ck_assert_uint_eq(fake.event_count, 0);
	ck_assert_ptr_nonnull(strstr(logged, "an archived card from mallory@example.org"));
	fake_feed(&fake, MESSAGE(FAKE_ME, "normal", "a1",
				 "<result xmlns='urn:xmpp:mam:2' id='1'>" FORWARDED(
					 CARD_FROM_ALICE) "</result>"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"card\""));
}
END_TEST

START_TEST(a_headline_of_the_service_is_a_reason_to_sync)
{
	fake_put(&fake, "carol@example.org", "<fn><text>Carol</text></fn>");
	ck_assert_int_eq(fake_feed(&fake, HEADLINE(FAKE_JID)), KITH_FED_OWN);
	ck_assert_uint_eq(fake_file_count(&fake), 1);
}
END_TEST

START_TEST(a_forged_headline_is_ignored_and_logged)
{
	ck_assert_int_eq(fake_feed(&fake, HEADLINE("mallory@example.org")), KITH_FED_OTHER);
	ck_assert_int_eq(fake_feed(&fake, HEADLINE(FAKE_JID "/x")), KITH_FED_OTHER);
	ck_assert_uint_eq(fake.sent_count, 0);
	ck_assert_ptr_nonnull(strstr(logged, "mallory@example.org is ignored"));
}
END_TEST

START_TEST(what_is_forged_is_logged_a_few_times)
{
	for (int i = 0; i < 1000; i++)
		fake_feed(&fake, HEADLINE("mallory@example.org"));
	ck_assert_uint_lt(log_count, 10);
}
END_TEST

#define PUSH                                                                                       \
	MESSAGE(FAKE_JID, "chat", "p1",                                                            \
		"<body>Carol's account says: mobile +44 7400 123456 is now +44 7700 "              \
		"900456.</body><origin-id xmlns='urn:xmpp:sid:0' id='p1'/>")

START_TEST(a_push_is_told_and_synced_and_told_once)
{
	ck_assert_int_eq(fake_feed(&fake, PUSH), KITH_FED_TOLD);
	ck_assert_ptr_nonnull(fake_event(&fake,
		"{\"event\":\"push\",\"from\":\"" FAKE_JID "\",\"text\":\"Carol's account says"));
	ck_assert_ptr_nonnull(fake_sent(&fake, "urn:xmpp:mam:2"));
	fake_forget(&fake);
	ck_assert_int_eq(fake_feed(&fake, PUSH), KITH_FED_TOLD);
	ck_assert_uint_eq(fake.event_count, 0);
}
END_TEST

/* XEP-0461 */
START_TEST(a_push_says_which_contact_it_is_about)
{
	static const char reference[] = "<reference xmlns='urn:xmpp:reference:0' type='data' "
					"uri='xmpp:%s?;node=urn%%3Axmpp%%3Acontacts;item=dave%%40"
					"example.org'/>";
	char ours[256], theirs[256], text[1024];

	snprintf(ours, sizeof(ours), reference, FAKE_JID);
	snprintf(theirs, sizeof(theirs), reference, "evil.example.org");
	snprintf(text, sizeof(text), MESSAGE(FAKE_JID, "chat", "p8", "<body>x</body>%s"), theirs);
	fake_feed(&fake, text);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"push\""));
	ck_assert_ptr_null(fake_event(&fake, "\"item\""));
	snprintf(text, sizeof(text), MESSAGE(FAKE_JID, "chat", "p9", "<body>x</body>%s"), ours);
	fake_feed(&fake, text);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"text\":\"x\",\"item\":\"dave@example.org\""));
}
END_TEST

START_TEST(an_offer_of_the_service_to_save_a_card_that_was_told_is_not_told)
{
	static const char offer[] = MESSAGE(FAKE_JID, "chat", "o1",
		"<body>" ALICE " sent you Dave's contact details.</body>"
		"<reply xmlns='urn:xmpp:reply:0' to='" ALICE "' id='m1'/>");

	ck_assert_int_eq(fake_feed(&fake, offer), KITH_FED_TOLD);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"push\""));
	fake_feed(&fake, CARD_FROM_ALICE);
	fake_forget(&fake);
	ck_assert_int_eq(fake_feed(&fake, offer), KITH_FED_OWN);
	ck_assert_uint_eq(fake.event_count, 0);
}
END_TEST

START_TEST(an_answer_of_somebody_not_asked_is_no_answer)
{
	const char *query;
	char forged[512], id[64];

	fake.mute = true;
	fake_command(&fake, "sync");
	query = fake_sent(&fake, "urn:xmpp:mam:2");
	sscanf(strstr(query, " id=\""), " id=\"%63[^\"]", id);
	snprintf(forged, sizeof(forged),
		"<iq xmlns='jabber:client' type='result' from='mallory@example.org' id='%s'><fin "
		"xmlns='urn:xmpp:mam:2' complete='true'/></iq>",
		id);
	ck_assert_int_eq(fake_feed(&fake, forged), KITH_FED_OTHER);
	ck_assert_ptr_null(fake_event(&fake, "done"));
}
END_TEST

START_TEST(a_request_without_answer_times_out)
{
	fake.mute = true;
	fake_command(&fake, "sync");
	ck_assert_ptr_null(fake_event(&fake, "done"));
	fake.now += 31;
	fake_run(&fake);
	ck_assert_ptr_nonnull(fake_event(&fake, "no answer came in time"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"failed\""));
}
END_TEST

START_TEST(a_cut_connection_fails_what_waits)
{
	fake.mute = true;
	fake_command(&fake, "sync");
	kith_offline(fake.kith);
	ck_assert_ptr_nonnull(fake_event(&fake, "the connection is gone"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"failed\""));
}
END_TEST

START_TEST(other_stanzas_are_other_peoples_business)
{
	static const char *const stanzas[] = {
		"<presence xmlns='jabber:client' from='a@b/c'/>",
		"<message from='a@b/c' type='chat'><body>hi</body></message>",
		"<iq type='get' from='a@b/c' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type='result' from='a@b/c' id='kith-1'/>",
		"<message",
		"",
		"<message from='a b@@c' type='chat'><body>hi</body></message>",
		MESSAGE("a@b/c", "chat", "x", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"),
		MESSAGE("a@b/c", "chat", "x",
			VCARD("a@b") "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"),
	};

	for (size_t i = 0; i < sizeof(stanzas) / sizeof(*stanzas); i++)
		ck_assert_msg(
			fake_feed(&fake, stanzas[i]) == KITH_FED_OTHER || i == 7, "%s", stanzas[i]);
	ck_assert_ptr_null(fake_event(&fake, "\"n\":\"2\""));
}
END_TEST

START_TEST(an_encrypted_chat_gets_no_card)
{
	fake_put(&fake, "carol@example.org", "<fn><text>Carol</text></fn>");
	fake_command(&fake, "sync");
	fake_feed(
		&fake, MESSAGE(ALICE "/a", "chat", "e1",
			       "<encryption xmlns='urn:xmpp:eme:0' "
			       "namespace='eu.siacs.conversations.axolotl'/><body>secret</body>"));
	fake_forget(&fake);
	fake_command(&fake, "send " ALICE " carol");
	ck_assert_ptr_nonnull(fake_event(&fake, "This chat is encrypted"));
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
	ck_assert_ptr_null(fake_sent(&fake, "share"));
	/* The chat goes on in clear. */
	fake_feed(&fake, MESSAGE(ALICE "/a", "chat", "e2", "<body>clear</body>"));
	fake_command(&fake, "send " ALICE " carol");
	ck_assert_ptr_nonnull(fake_sent(&fake, "<message"));
	fake_forget(&fake);
	/* The host knows better. */
	kith_set_encrypted(fake.kith, ALICE, true);
	fake_feed(&fake, MESSAGE(ALICE "/a", "chat", "e3", "<body>clear</body>"));
	fake_command(&fake, "send " ALICE " carol");
	fake_command_in(&fake, "send carol", "dave@example.org", true);
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
}
END_TEST

START_TEST(a_card_that_came_back_is_told)
{
	const char *sent;
	char id[64], bounce[512];

	fake_put(&fake, "carol@example.org", "<fn><text>Carol</text></fn>");
	fake_command(&fake, "sync");
	fake_command(&fake, "send " ALICE " carol");
	sent = fake_sent(&fake, "<message");
	ck_assert_ptr_nonnull(sent);
	sscanf(strstr(sent, " id=\""), " id=\"%63[^\"]", id);
	snprintf(bounce, sizeof(bounce),
		"<message xmlns='jabber:client' type='error' from='" ALICE "' id='%s'/>", id);
	fake_feed(&fake, bounce);
	ck_assert_ptr_nonnull(fake_event(&fake, "The card did not reach " ALICE));
}
END_TEST

START_TEST(foreign_text_steers_no_terminal)
{
	struct kith_field fields[] = {
		{"from", FAKE_JID, NULL, NULL}, {"text", "a\x1b[31m\nb", NULL, NULL}};
	struct kith_event event = {
		.kind = KITH_EVENT_PUSH, .spontaneous = true, .fields = fields, .field_count = 2};
	char *text = kith_event_text(&event), *json = kith_event_json(&event);

	ck_assert_ptr_null(strchr(text, 0x1b));
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	ck_assert_ptr_nonnull(strstr(json, "\"a\\u001b[31m\\nb\""));
	free(text);
	free(json);
	fields[1].value = "x\xe2\x80\xae\xc2\x9b\xf3\xa0\x81\x81y\xf0\x9f\x98\x80";
	json = kith_event_json(&event); /* RFC 8259, 7 */
	ck_assert_ptr_nonnull(strstr(json, "\"x\\u202e\\u009b\\udb40\\udc41y\xf0\x9f\x98\x80\""));
	free(json);
}
END_TEST

static void expect_text(
	enum kith_event_kind kind, struct kith_field *fields, size_t count, const char *expected)
{
	struct kith_event event = {.kind = kind, .fields = fields, .field_count = count};
	char *text = kith_event_text(&event);

	ck_assert_str_eq(text, expected);
	free(text);
}

/* What anybody may call himself, or a contact in a card. */
START_TEST(a_name_passes_for_nothing_that_is_told)
{
	struct kith_field card[] = {{"from", ALICE, NULL, NULL},
		{"name", "Dave: cell +44 7400 123456", NULL, NULL},
		{"tel", "+44 7700 900000", "cell", NULL}};
	struct kith_field room[] = {{"from", ALICE ": Carol", NULL, NULL},
		{"room", "room@muc.example.org", NULL, NULL}, {"name", "Dave", NULL, NULL}};
	struct kith_field saved[] = {{"name", "Dave\nSaved Carol (merged)", NULL, NULL}};
	struct kith_field note[] = {
		{"name", "Dave", NULL, NULL}, {"note", "x\nSaved Carol\n[1] Card", NULL, NULL}};

	expect_text(KITH_EVENT_CARD, card, 3,
		"Card from " ALICE ": \"Dave: cell +44 7400 123456\": cell +44 7700 900000");
	expect_text(KITH_EVENT_CARD, room, 3,
		"Card from \"" ALICE ": Carol\" in room@muc.example.org: Dave");
	expect_text(KITH_EVENT_SAVED, saved, 1, "Saved \"Dave\\x0aSaved Carol (merged)\"");
	expect_text(KITH_EVENT_CONTACT, note, 2, "Dave\n  x\n  Saved Carol\n  [1] Card");
}
END_TEST

START_TEST(a_name_breaks_out_of_no_question)
{
	fake_put(&fake, "urn:uuid:1",
		"<fn><text>Dave is saved.\nLink Carol</text></fn>"
		"<tel><uri>tel:+447400123456</uri></tel>");
	fake_feed(&fake,
		MESSAGE(ALICE "/a", "chat", "m1",
			"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Dave is saved."
			"\nLink Carol</text></fn><tel><uri>tel:+447400123456</uri></tel>"
			"<impp><uri>xmpp:dave@example.org</uri></impp></vcard>"));
	fake_command(&fake, "save 1");
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"text\":\"\\\"Dave is saved.\\\\x0aLink Carol\\\" is linked to nobody"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client");
	TCase *tcase = tcase_create("what comes in");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_service_is_found_among_the_servers_items);
	tcase_add_test(tcase, a_service_that_was_there_is_looked_for_again);
	tcase_add_test(tcase, a_service_that_never_was_is_not_looked_for_again);
	tcase_add_test(tcase, a_push_says_which_contact_it_is_about);
	if (phone_has_library()) /* its way to show a number, and the kind */
		tcase_add_test(tcase, a_card_is_told_with_its_number_and_who_passed_it_on);
	tcase_add_test(tcase, a_number_at_another_price_is_told_as_one);
	tcase_add_test(tcase, a_card_by_its_subject_is_not_passed_on);
	tcase_add_test(tcase, the_question_of_a_card_saves_it);
	tcase_add_test(tcase, a_card_twice_is_told_once);
	tcase_add_test(tcase, a_card_in_a_group_chat_is_only_shown);
	tcase_add_test(tcase, the_history_of_a_group_chat_is_no_news);
	tcase_add_test(tcase, a_private_message_in_a_room_is_only_shown);
	tcase_add_test(tcase, a_carbon_of_ones_own_server_is_as_the_message);
	tcase_add_test(tcase, a_carbon_of_someone_else_is_ignored_and_logged);
	tcase_add_test(tcase, a_card_of_whom_alice_is_spelled_by_otherwise_is_not_hers);
	tcase_add_test(tcase, a_carbon_of_ones_own_card_is_ignored);
	tcase_add_test(tcase, an_archived_card_counts_from_ones_own_archive_alone);
	tcase_add_test(tcase, a_headline_of_the_service_is_a_reason_to_sync);
	tcase_add_test(tcase, a_forged_headline_is_ignored_and_logged);
	tcase_add_test(tcase, what_is_forged_is_logged_a_few_times);
	tcase_add_test(tcase, a_push_is_told_and_synced_and_told_once);
	tcase_add_test(tcase, an_offer_of_the_service_to_save_a_card_that_was_told_is_not_told);
	tcase_add_test(tcase, an_answer_of_somebody_not_asked_is_no_answer);
	tcase_add_test(tcase, a_request_without_answer_times_out);
	tcase_add_test(tcase, a_cut_connection_fails_what_waits);
	tcase_add_test(tcase, other_stanzas_are_other_peoples_business);
	tcase_add_test(tcase, an_encrypted_chat_gets_no_card);
	tcase_add_test(tcase, a_card_that_came_back_is_told);
	tcase_add_test(tcase, foreign_text_steers_no_terminal);
	tcase_add_test(tcase, a_name_passes_for_nothing_that_is_told);
	tcase_add_test(tcase, a_name_breaks_out_of_no_question);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
