/* Delegated vCards, XEP-0355, 4.3 and 7.2, of XEP-0054 and XEP-0292, 6: what people's ordinary
 * clients show and change. Stanza text in, stanza text out. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "component/settings.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

static struct dialogue *dialogue;

static void set_up(void)
{
	dialogue = dialogue_new();
	dialogue_settings(dialogue)->defaults[SETTING_AUDIENCE] = CIRCLE_EVERYONE;
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

#define VERSION_1 "urn:xmpp:delegation:1"
#define VERSION_2 "urn:xmpp:delegation:2"

/* What `from` wrote to `to` ("" for what Prosody leaves out) in an iq, as the server hands it over.
 */
static const char *hand_over(const char *ns, const char *outer_from, const char *type,
	const char *from, const char *to, const char *payload)
{
	return dialogue_say(dialogue,
		"<iq id='outer' from='%s' to='kith.example.org' type='set'><delegation xmlns='%s'>"
		"<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='%s' "
		"from='%s' %s%s%s id='v1' xml:lang='en'>%s</iq></forwarded></delegation></iq>",
		outer_from, ns, type, from, *to ? "to='" : "", to, *to ? "'" : "", payload);
}

/* The same in the usual case. */
static const char *ask(const char *type, const char *from, const char *to, const char *payload)
{
	return hand_over(VERSION_2, "example.org", type, from, to, payload);
}

#define TEMP(content) "<vCard xmlns='vcard-temp'>" content "</vCard>"
#define TEMP_TEL(types, number) "<TEL>" types "<NUMBER>" number "</NUMBER></TEL>"
#define CARD(content) "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" content "</vcard>"
#define FN(name) "<fn><text>" name "</text></fn>"
#define TEL(types, number)                                                                         \
	"<tel><parameters><type>" types "</type></parameters><uri>tel:" number "</uri></tel>"
#define CELL "<text>cell</text>"
#define HOME "<text>home</text>"

static const char *publish(const char *user, const char *card)
{
	return dialogue_say(dialogue,
		"<iq type='set' id='p' from='%s@example.org/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:vcard4'><item>"
		"%s</item></publish></pubsub></iq>",
		user, card);
}

static const char *own_profile(const char *user)
{
	return dialogue_say(dialogue,
		"<iq type='get' id='g' from='%s@example.org/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'/>"
		"</pubsub></iq>",
		user);
}

static void publish_carol(void)
{
	expect_has(publish("carol", CARD(FN("Carol Example") TEL(CELL, "+447700900123") TEL(HOME,
					    "+442079460123") "<gender><sex>F</sex></gender>"
							     "<note><text>hello</text></note>")),
		"type=\"result\"");
}

#define WRAPPED(ns, type, from, to)                                                                \
	"<iq type=\"result\" from=\"kith.example.org\" to=\"example.org\" id=\"outer\">"           \
	"<delegation xmlns=\"" ns "\"><forwarded xmlns=\"urn:xmpp:forward:0\">"                    \
	"<iq xmlns=\"jabber:client\" type=\"" type "\" from=\"" from "\" to=\"" to "\" id=\"v1\""
#define WRAPPED_END "</iq></forwarded></delegation></iq>"
#define ERROR(type, condition)                                                                     \
	"<error type=\"" type "\"><" condition                                                     \
	" xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></error>"

/* ---- 4.3: the wrapper ---- */

START_TEST(an_answer_is_in_the_servers_wrapper_to_the_letter)
{
	static const char *const versions[] = {VERSION_1, VERSION_2};

	for (size_t i = 0; i < 2; i++) {
		const char *sent = hand_over(versions[i], "example.org", "get",
			"carol@example.org/r1", "example.org", TEMP(""));

		expect_has(
			sent, i ? WRAPPED(VERSION_2, "result", "example.org",
					  "carol@example.org/r1") "><vCard xmlns=\"vcard-temp\">"
				: WRAPPED(VERSION_1, "result", "example.org",
					  "carol@example.org/r1") "><vCard xmlns=\"vcard-temp\">");
		expect_has(sent, "<FN>Kith</FN>");
		expect_has(sent, "</vCard>" WRAPPED_END);
	}
}
END_TEST

START_TEST(who_writes_to_nobody_means_his_own_account)
{
	expect_has(ask("set", "carol@example.org/r1", "", TEMP("<FN>Carol</FN>")),
		WRAPPED(VERSION_2, "result", "carol@example.org",
			"carol@example.org/r1") "/></forwarded></delegation></iq>");
	expect_has(ask("get", "carol@example.org/r1", "carol@example.org", TEMP("")),
		WRAPPED(VERSION_2, "result", "carol@example.org",
			"carol@example.org/r1") "><vCard "
						"xmlns=\"vcard-temp\"><FN>Carol</FN></"
						"vCard>" WRAPPED_END);
}
END_TEST

/* Every one of them must be answered: a client of Prosody's waits for ever otherwise. */
static const struct {
	const char *type, *from, *to, *payload, *error;
} refused[] = {
	{"set", "alice@example.org/r", "carol@example.org", TEMP("<FN>x</FN>"),
		ERROR("auth", "forbidden")},
	{"set", "alice@example.org/r", "example.org", TEMP("<FN>x</FN>"),
		ERROR("auth", "forbidden")},
	/* of another server's account, which this one has no say in */
	{"set", "alice@example.net/r", "alice@example.net", TEMP("<FN>x</FN>"),
		ERROR("auth", "forbidden")},
	{"set", "alice@example.net/r", "", TEMP("<FN>x</FN>"), ERROR("auth", "forbidden")},
	{"get", "alice@example.org/r", "nosuch@example.org", TEMP(""),
		ERROR("cancel", "item-not-found")},
	{"get", "carol@example.org/r", "", TEMP(""), ERROR("cancel", "item-not-found")},
	{"get", "alice@example.org/r", "", "<query xmlns='jabber:iq:private'/>",
		ERROR("cancel", "service-unavailable")},
	{"get", "alice@example.org/r", "", "<card xmlns='vcard-temp'/>",
		ERROR("cancel", "feature-not-implemented")},
	{"get", "alice@example.org/r", "", TEMP("") TEMP(""), ERROR("modify", "bad-request")},
	{"get", "alice@example.org/r", "", "", ERROR("modify", "bad-request")},
	{"fetch", "alice@example.org/r", "", TEMP(""), ERROR("modify", "bad-request")},
	{"get", "alice@example.org/r", "@", TEMP(""), ERROR("modify", "jid-malformed")},
};

START_TEST(a_refusal_is_in_the_wrapper_too)
{
	const char *sent =
		ask(refused[_i].type, refused[_i].from, refused[_i].to, refused[_i].payload);

	expect_has(sent,
		"<iq type=\"result\" from=\"kith.example.org\" to=\"example.org\" id=\"outer\">"
		"<delegation xmlns=\"urn:xmpp:delegation:2\"><forwarded "
		"xmlns=\"urn:xmpp:forward:0\"><iq xmlns=\"jabber:client\" type=\"error\" from=\"");
	expect_has(sent, refused[_i].error);
	expect_lacks(own_profile("carol"), "<item ");
}
END_TEST

START_TEST(only_a_server_of_ours_can_hand_over)
{
	static const char *const others[] = {"carol@example.org", "mallory@example.org/r",
		"example.org/r", "example.net", "sub.example.org", "kith.example.org"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		expect_has(hand_over(VERSION_2, others[i], "set", "carol@example.org/r", "",
				   TEMP("<FN>Mallory</FN>")),
			ERROR("auth", "forbidden"));
	expect_lacks(own_profile("carol"), "Mallory");
}
END_TEST

/* To the server these are accounts of their own (jid.h). */
START_TEST(who_is_spelled_otherwise_is_nobody_here)
{
	static const char *const spellings[] = {
		"Carol@example.org", "carol@example.org.", "c\xc2\xad\x61rol@example.org"};
	char from[64];

	publish_carol();
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		snprintf(from, sizeof(from), "%s/r", spellings[i]);
		expect_has(ask("set", from, "", TEMP("<FN>Mallory</FN>")),
			ERROR("modify", "jid-malformed"));
		expect_has(ask("get", from, "carol@example.org", TEMP("")),
			ERROR("modify", "jid-malformed"));
		expect_has(ask("get", "bob@example.org/r", spellings[i], TEMP("")),
			ERROR("modify", "jid-malformed"));
	}
	expect_lacks(own_profile("carol"), "Mallory");
}
END_TEST

START_TEST(what_a_person_sends_in_that_form_is_refused_outside_of_it)
{
	expect_lacks(hand_over(VERSION_2, "mallory@example.org/r", "set", "carol@example.org/r", "",
			     TEMP("<FN>Mallory</FN>")),
		"forwarded");
}
END_TEST

/* Of one that was over a cap the first child's start tag is left. */
START_TEST(what_cannot_be_answered_in_the_wrapper_ends_the_clients_wait)
{
	static const char request[] =
		"<iq id='o' from='example.org' to='kith.example.org' "
		"type='set'><delegation xmlns='urn:xmpp:delegation:%d'/></iq>";

	ck_assert_str_eq(dialogue_say(dialogue, request, 1),
		"<iq type=\"result\" from=\"kith.example.org\" to=\"example.org\" id=\"o\"/>");
	expect_has(dialogue_say(dialogue, request, 2), "<iq type=\"error\"");
}
END_TEST

START_TEST(a_delegation_with_nothing_in_it_is_a_bad_request)
{
	expect_has(dialogue_say(dialogue,
			   "<iq id='o' from='example.org' to='kith.example.org' type='set'>"
			   "<delegation xmlns='urn:xmpp:delegation:2'><forwarded "
			   "xmlns='urn:xmpp:forward:0'/></delegation></iq>"),
		ERROR("modify", "bad-request"));
}
END_TEST

/* Files can't grow any more: the disk is full. */
static void set_disk_full(bool is_full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = is_full ? 0 : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(where_the_store_fails_the_wrapper_says_so)
{
	char directory[] = "/tmp/kith-delegation-XXXXXX";
	char path[64], command[128];
	const char *sent;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/kith.db", directory);
	dialogue_free(dialogue);
	dialogue = dialogue_new_at(path);
	set_disk_full(true);
	sent = ask("set", "carol@example.org/r", "carol@example.org", TEMP("<FN>x</FN>"));
	set_disk_full(false);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
	expect_has(sent,
		WRAPPED(VERSION_2, "error", "carol@example.org",
			"carol@example.org/r") ">"
					       "<error type=\"wait\"><internal-server-error"
					       " xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/"
					       "><text");
}
END_TEST

/* ---- 7.2 ---- */

static const char *nesting(const char *from, const char *node)
{
	return dialogue_say(dialogue,
		"<iq id='c-SB+/=' from='%s' to='kith.example.org' type='get'><query node='%s' "
		"xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		from, node);
}

START_TEST(the_server_is_told_what_to_announce)
{
	static const char *const nodes[] = {VERSION_1 "::vcard-temp", VERSION_1 ":bare:vcard-temp",
		VERSION_2 "::vcard-temp", VERSION_2 ":bare:vcard-temp"};

	for (size_t i = 0; i < 4; i++) {
		const char *sent = nesting("example.org", nodes[i]);

		expect_has(sent, "<iq type=\"result\" ");
		expect_has(sent, nodes[i]);
		expect_has(sent, "\"><feature var=\"vcard-temp\"/></query></iq>");
	}
	expect_has(nesting("example.org", VERSION_2 "::urn:ietf:params:xml:ns:vcard-4.0"),
		"<feature var=\"urn:ietf:params:xml:ns:vcard-4.0\"/></query>");
	expect_has(nesting("example.org", VERSION_2 "::urn:example:other"),
		ERROR("cancel", "item-not-found"));
	expect_has(nesting("bob@example.org/r", VERSION_2 "::vcard-temp"),
		ERROR("cancel", "item-not-found"));
}
END_TEST

/* ---- Getting ---- */

START_TEST(numbers_go_by_the_rules_and_the_rest_as_a_server_gives_it)
{
	const char *sent;

	publish_carol();
	sent = ask("get", "carol@example.org/r", "", TEMP(""));
	expect_has(sent, "+447700900123");
	sent = ask("get", "alice@example.org/r", "carol@example.org", TEMP(""));
	expect_has(sent, "<FN>Carol Example</FN>");
	expect_has(sent, "<DESC>hello</DESC>");
	expect_lacks(sent, "TEL");
	dialogue_settings(dialogue)->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
	sent = ask("get", "alice@example.org/r", "carol@example.org", TEMP(""));
	expect_has(sent, "+447700900123");
	sent = ask("get", "alice@example.net/r", "carol@example.org", TEMP(""));
	expect_has(sent, "<FN>Carol Example</FN>");
	expect_lacks(sent, "TEL");
	sent = ask("get", "alice@example.org/r", "carol@example.org", CARD(""));
	expect_has(sent, "<uri>tel:+447700900123</uri>");
}
END_TEST

/* Where a number was nothing is left: no label of its, and no element that the model can't read. */
START_TEST(numbers_that_go_leave_no_trace)
{
	static const char *const plain =
		CARD(FN("Carol Example") "<group name='item2'><email><text>c@example.net</text>"
					 "</email><x-ablabel><text>old</text></x-ablabel></group>");
	static const char *const numbered = CARD(FN("Carol Example") "<group name='item1'>" TEL(
		CELL,
		"+447700900123") "<x-ablabel>"
				 "<text>boat</text></x-ablabel></group>"
				 "<tel><uri>tel:+447700900124</uri><text>124</text></tel>"
				 "<tel xml:lang='en'><uri>tel:+447700900125</uri></tel>"
				 "<group name='item2'><email><text>c@example.net</text></email>"
				 "<x-ablabel><text>old</text></x-ablabel>" TEL(
					 HOME, "+442079460123") "</group>"
								"<group><tel><uri>tel:+"
								"447700900126</uri></tel></group>"
								"<TEL "
								"xmlns='vcard-temp'><NUMBER>127</"
								"NUMBER></TEL>"
								"<agent "
								"xmlns='vcard-temp'><vCard><TEL><"
								"NUMBER>128</NUMBER>"
								"</TEL></vCard></agent>");
	const char *payload = _i ? CARD("") : TEMP("");
	char *without;

	expect_has(publish("carol", plain), "type=\"result\"");
	without = strdup(ask("get", "alice@example.org/r", "carol@example.org", payload));
	expect_has(publish("carol", numbered), "type=\"result\"");
	ck_assert_str_eq(ask("get", "alice@example.org/r", "carol@example.org", payload), without);
	expect_has(ask("get", "carol@example.org/r", "carol@example.org", payload), "boat");
	free(without);
}
END_TEST

START_TEST(a_hidden_profile_looks_like_none)
{
	char *none, *hidden;

	none = strdup(ask("get", "alice@example.org/r", "carol@example.org", TEMP("")));
	publish_carol();
	dialogue_say(dialogue,
		"<iq type='set' id='p' from='carol@example.org/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:vcard4'>"
		"<item id='carol@example.org'/></retract></pubsub></iq>");
	hidden = strdup(ask("get", "alice@example.org/r", "carol@example.org", TEMP("")));
	ck_assert_str_eq(none, hidden);
	free(none);
	free(hidden);
}
END_TEST

/* ---- Setting ---- */

START_TEST(editing_the_vcard_is_the_number_change)
{
	const char *sent;

	publish_carol();
	dialogue_say(dialogue,
		"<iq type='set' id='p' from='alice@example.org/x' to='kith.example.org'><pubsub "
		"xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:contacts'>"
		"<item id='carol@example.org'>" CARD(
			FN("Carol") TEL(CELL, "+447700900123")) "</item></publish></pubsub></iq>");
	sent = ask("set", "carol@example.org/r", "",
		TEMP("<FN>Carol Example</FN>" TEMP_TEL("<CELL/>", "+44 7700 900456")
				TEMP_TEL("<HOME/>", "020 7946 0123")));
	/* her other devices are told of the profile as it is now */
	expect_has(sent, "to=\"carol@example.org\" type=\"headline\"");
	expect_has(sent, "<sex>F</sex>");
	expect_lacks(sent, "900123");
	sent = dialogue_run(dialogue);
	expect_has(sent, "to=\"alice@example.org\"");
	expect_has(sent, "900123 is now +44");
}
END_TEST

START_TEST(a_number_that_is_missing_stays)
{
	const char *profile;

	publish_carol();
	ask("set", "carol@example.org/r", "", TEMP("<FN>Carol</FN>"));
	profile = own_profile("carol");
	expect_has(profile, "<fn><text>Carol</text></fn>");
	expect_has(profile, "tel:+447700900123");
	expect_has(profile, "tel:+442079460123");
	expect_lacks(profile, "hello");	     /* vcard-temp has DESC: the note was taken out */
	expect_has(profile, "<sex>F</sex>"); /* it has nothing for this */
	ask("set", "carol@example.org/r", "", CARD(FN("Carol") TEL(HOME, "+442079460124")));
	profile = own_profile("carol");
	expect_has(profile, "tel:+447700900123");
	expect_lacks(profile, "tel:+442079460123");
	expect_has(profile, "tel:+442079460124");
	expect_lacks(profile, "<sex>"); /* vCard4 has */
}
END_TEST

START_TEST(what_is_shown_and_sent_back_changes_nothing)
{
	static const char shown[] = "<vCard xmlns=\"vcard-temp\">";
	char *before, *card, *content;

	expect_has(
		publish("carol",
			CARD(FN("Carol Example") "<n><surname>Example</surname><given>Carol"
						 "</given><additional/><prefix/><suffix/></n>" TEL(
							 CELL,
							 "+447700900123") "<tel><parameters><pref><"
									  "integer>7</integer></"
									  "pref><type>" HOME "</"
									  "type><x-note><text>bell<"
									  "/text></x-note></"
									  "parameters>"
									  "<uri>tel:+442079460123</"
									  "uri></tel>"
									  "<email><parameters><"
									  "language><language-tag>"
									  "en</language-tag>"
									  "</language></"
									  "parameters><text>c@"
									  "example.org</text></"
									  "email>"
									  "<impp><uri>xmpp:carol@"
									  "example.org</uri></impp>"
									  "<lang><language-tag>en</"
									  "language-tag></lang>"
									  "<x-other><unknown>x</"
									  "unknown></x-other>")),
		"type=\"result\"");
	before = strdup(own_profile("carol"));
	content =
		expect_between(ask("get", "carol@example.org/r", "", TEMP("")), shown, "</vCard>");
	ck_assert_int_gt(asprintf(&card, "%s%s</vCard>", shown, content), 0);
	ask("set", "carol@example.org/r", "", card);
	ck_assert_str_eq(own_profile("carol"), before);
	free(before);
	free(card);
	free(content);
}
END_TEST

START_TEST(a_vcard_of_a_photo_alone_gets_a_name)
{
	const char *profile;

	ask("set", "carol@example.org/r", "",
		TEMP("<PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO>" TEMP_TEL(
			"<CELL/>", "+44 7700 900123")));
	profile = own_profile("carol");
	expect_has(profile, "<fn><text>carol</text></fn>");
	expect_has(profile, "data:image/png;base64,iVBORw0KGgo=");
}
END_TEST

START_TEST(a_photo_over_the_limit_is_refused)
{
	const char *sent;

#define BYTES "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAC"
#define MORE_BYTES BYTES BYTES BYTES BYTES BYTES BYTES BYTES BYTES
	dialogue_settings(dialogue)->limits.card_bytes = 1024;
	publish_carol();
	sent = ask("set", "carol@example.org/r", "",
		TEMP("<FN>Carol</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>" MORE_BYTES MORE_BYTES
		     "</BINVAL></PHOTO>"));
	expect_has(sent, "type=\"error\" from=\"carol@example.org\"");
	expect_has(sent, "a vCard may have at most 1024 bytes");
	expect_lacks(own_profile("carol"), "photo");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("delegation");
	TCase *wrapper = tcase_create("XEP-0355, 4.3");
	TCase *disco = tcase_create("XEP-0355, 7.2");
	TCase *getting = tcase_create("XEP-0054, 3.1 and 3.3");
	TCase *setting = tcase_create("XEP-0054, 3.2");

	tcase_add_checked_fixture(wrapper, set_up, tear_down);
	tcase_add_test(wrapper, an_answer_is_in_the_servers_wrapper_to_the_letter);
	tcase_add_test(wrapper, who_writes_to_nobody_means_his_own_account);
	tcase_add_loop_test(
		wrapper, a_refusal_is_in_the_wrapper_too, 0, sizeof(refused) / sizeof(*refused));
	tcase_add_test(wrapper, only_a_server_of_ours_can_hand_over);
	tcase_add_test(wrapper, who_is_spelled_otherwise_is_nobody_here);
	tcase_add_test(wrapper, what_a_person_sends_in_that_form_is_refused_outside_of_it);
	tcase_add_test(wrapper, what_cannot_be_answered_in_the_wrapper_ends_the_clients_wait);
	tcase_add_test(wrapper, a_delegation_with_nothing_in_it_is_a_bad_request);
	tcase_add_test(wrapper, where_the_store_fails_the_wrapper_says_so);
	suite_add_tcase(suite, wrapper);
	tcase_add_checked_fixture(disco, set_up, tear_down);
	tcase_add_test(disco, the_server_is_told_what_to_announce);
	suite_add_tcase(suite, disco);
	tcase_add_checked_fixture(getting, set_up, tear_down);
	tcase_add_test(getting, numbers_go_by_the_rules_and_the_rest_as_a_server_gives_it);
	tcase_add_loop_test(getting, numbers_that_go_leave_no_trace, 0, 2);
	tcase_add_test(getting, a_hidden_profile_looks_like_none);
	suite_add_tcase(suite, getting);
	tcase_add_checked_fixture(setting, set_up, tear_down);
	tcase_add_test(setting, editing_the_vcard_is_the_number_change);
	tcase_add_test(setting, a_number_that_is_missing_stays);
	tcase_add_test(setting, what_is_shown_and_sent_back_changes_nothing);
	tcase_add_test(setting, a_vcard_of_a_photo_alone_gets_a_name);
	tcase_add_test(setting, a_photo_over_the_limit_is_refused);
	suite_add_tcase(suite, setting);
	return expect_all(suite);
}
