/* Numbers as people write and paste them, the whole way: what is in a profile, and what in a
 * holder's card, is one number or it isn't (design: section 5), also by the region that an account
 * has set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "component/account.h"
#include "component/store.h"
#include "tests/dialogue.h"
#include "tests/expect.h"

#define ALICE "alice@example.org" /* who has the card */
#define CAROL "carol@example.org" /* whose number changes */
#define NEW "+447400123999"

static struct dialogue *dialogue;

static void set_up(void)
{
	dialogue = dialogue_new();
}

static void tear_down(void)
{
	dialogue_free(dialogue);
}

/* tel: "tel:..." or as text. */
static void publish(const char *who, const char *node, const char *tel)
{
	const char *type = strncmp(tel, "tel:", 4) == 0 ? "uri" : "text";

	expect_has(
		dialogue_say(dialogue,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
			"<item id='" CAROL
			"'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol</text>"
			"</fn><tel><%s>%s</%s></tel></vcard></item></publish></pubsub></iq>",
			who, node, type, tel, type),
		"type=\"result\"");
}

static const char *card_of_alice(void)
{
	return dialogue_say(dialogue,
		"<iq type='get' from='" ALICE "/r' to='kith.example.org' id='1'>"
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:contacts'><item id='" CAROL "'/></items></pubsub></iq>");
}

/* The command `settings`, submitted with one field. */
static const char *set(const char *who, const char *name, const char *value)
{
	static const char form[] =
		"<x xmlns='jabber:x:data' type='submit'><field var='%s'><value>%s"
		"</value></field></x>";
	char fields[256], *session;
	const char *sent;

	sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'><command "
		"xmlns='http://jabber.org/protocol/commands' node='settings'/></iq>",
		who);
	session = expect_between(sent, "sessionid=\"", "\"");
	snprintf(fields, sizeof fields, form, name, value);
	sent = dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'><command "
		"xmlns='http://jabber.org/protocol/commands' node='settings' action='complete' "
		"sessionid='%s'>%s</command></iq>",
		who, session, fields);
	free(session);
	return sent;
}

static const char *settings_of(const char *who)
{
	return dialogue_say(dialogue,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'><command "
		"xmlns='http://jabber.org/protocol/commands' node='settings'/></iq>",
		who);
}

/* ---- Writings of one number; the conf's region is GB ---- */
static const struct {
	const char *profile, *card, *region; /* alice's own; NULL: none */
	bool is_one;
} writings[] = {
	{"07400 123456", "tel:+447400123456", NULL, true},
	{"tel:+44-7400-123456", "07400/123 456", NULL, true},
	{"tel:+447400123456", "tel: +44 7400 123456", NULL, true},
	/* full-width, Arabic-Indic, Persian and Devanagari digits */
	{"\uff10\uff17\uff14\uff10\uff10 \uff11\uff12\uff13\uff14\uff15\uff16", "+44 7400 123456",
		NULL, true},
	{"tel:+447400123456", "\u0660\u0667\u0664\u0660\u0660\u0661\u0662\u0663\u0664\u0665\u0666",
		NULL, true},
	{"tel:+447400123456", "\u06f0\u06f7\u06f4\u06f0\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6",
		NULL, true},
	{"\u0966\u096d\u096a\u0966\u0966\u0967\u0968\u0969\u096a\u096b\u096c", "07400123456", NULL,
		true},
	/* as pasted: direction marks, isolates, no-break blanks, a soft hyphen, dashes */
	{"tel:+447400123456", "\u202a+44\u00a07400\u202f123456\u202c", NULL, true},
	{"tel:+447400123456", "\u2066+44 7400\u2011123\u2013456\u2069", NULL, true},
	{"\u200e07400\u00ad123456\u200f", "+44 (0)7400 123456", NULL, true},
	/* the prefixes with which one dials abroad */
	{"0044 7400 123456", "tel:+447400123456", NULL, true},
	{"tel:+447400123456", "011 44 7400 123456", "US", true},
	{"tel:+447400123456", "011 44 7400 123456", NULL, false},
	{"tel:+447400123456", "00 44 7400 123456", "US", false},
	/* letters */
	{"tel:+18003569377", "1-800-FLOWERS", "US", true},
	{"tel:+18003569377", "1-800-FLOWERS", NULL, false},
	/* extensions */
	{"020 7031 3000 ext. 12", "tel:+442070313000;ext=12", NULL, true},
	{"020 7031 3000 x12", "+44 20 7031 3000 #12", NULL, true},
	{"020 7031 3000 ext. 12", "tel:+442070313000", NULL, false},
	/* emergency and short numbers are text, the same for all and nobody's */
	{"112", "112", NULL, false},
	{"999", "999", NULL, false},
	{"1234", "1234", NULL, false},
	/* the region of who wrote it counts */
	{"tel:+4915123456789", "01512 3456789", "DE", true},
	{"tel:+4915123456789", "01512 3456789", NULL, false},
	{"tel:+447400123456", "07400 123456", "DE", false},
};

START_TEST(a_number_is_known_in_all_its_writings)
{
	const char *card;
	bool has_followed;

	if (!phone_has_library())
		return;
	if (writings[_i].region)
		expect_has(set(ALICE, "region", writings[_i].region), "are stored");
	publish(CAROL, "urn:xmpp:vcard4", writings[_i].profile);
	publish(ALICE, "urn:xmpp:contacts", writings[_i].card);
	publish(CAROL, "urn:xmpp:vcard4", "tel:" NEW);
	dialogue_run(dialogue);
	card = card_of_alice();
	/* A number of another kind isn't followed by a mobile one: it is marked as given up. */
	has_followed =
		strstr(card, NEW) || strstr(card, "+44 7400 123999") || strstr(card, "<x-retired>");
	ck_assert_msg(has_followed == writings[_i].is_one, "%s", card);
	if (!has_followed)
		expect_has(card, writings[_i].card);
}
END_TEST

static void is_told_as_premium(void *context, const struct store_change *change)
{
	(void)context;
	expect_has(change->what, "+44 909 879 0000 (premium-rate number)");
}

/* A change to a number that costs whoever calls it is told as one, to its owner too. */
START_TEST(a_premium_rate_number_is_told_as_one)
{
	if (!phone_has_library())
		return;
	publish(CAROL, "urn:xmpp:vcard4", "tel:+442079460018");
	publish(ALICE, "urn:xmpp:contacts", "tel:+442079460018");
	publish(CAROL, "urn:xmpp:vcard4", "tel:+449098790000");
	expect_has(dialogue_run(dialogue), "+44 909 879 0000 (premium-rate number)");
	ck_assert_int_eq(store_turn_begin(dialogue_store(dialogue)), STORE_OK);
	ck_assert_int_eq(store_change_list(dialogue_store(dialogue), dialogue_arena(dialogue), 0, 1,
				 is_told_as_premium, NULL),
		STORE_OK);
	ck_assert_int_eq(store_turn_commit(dialogue_store(dialogue)), STORE_OK);
}
END_TEST

/* ---- An account's own region ---- */

START_TEST(the_region_is_set_shown_and_cleared)
{
	expect_has(strstr(settings_of(ALICE), "var=\"region\""), "default (GB)\"><value>default<");
	expect_has(set(ALICE, "region", "de"), "are stored");
	expect_has(strstr(settings_of(ALICE), "var=\"region\""), "<value>DE</value>");
	/* other settings leave it */
	expect_has(set(ALICE, "pushes", "off"), "are stored");
	expect_has(strstr(settings_of(ALICE), "var=\"region\""), "<value>DE</value>");
	expect_has(set(ALICE, "region", "default"), "are stored");
	expect_has(strstr(settings_of(ALICE), "var=\"region\""), "<value>default</value>");
}
END_TEST

START_TEST(what_is_no_region_is_refused)
{
	static const char *const no[] = {"Germany", "D", "49", "D1", "\u00dc"};

	set(ALICE, "region", "DE");
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		const char *sent = set(ALICE, "region", no[i]);

		expect_has(sent, "<bad-payload ");
		expect_has(sent, "region can only be two letters of a country, or default");
	}
	expect_has(strstr(settings_of(ALICE), "var=\"region\""), "<value>DE</value>");
}
END_TEST

START_TEST(a_profile_is_read_in_the_owners_region)
{
	if (!phone_has_library())
		return;
	set(CAROL, "region", "DE");
	publish(CAROL, "urn:xmpp:vcard4", "01512 3456789");
	publish(ALICE, "urn:xmpp:contacts", "tel:+4915123456789");
	publish(CAROL, "urn:xmpp:vcard4", "01512 3456000");
	dialogue_run(dialogue);
	expect_has(card_of_alice(), "tel:+4915123456000");
}
END_TEST

START_TEST(who_has_the_jid_next_does_not_inherit_the_region)
{
	struct store *store = dialogue_store(dialogue);
	struct store_account account;

	set(CAROL, "region", "DE");
	publish(ALICE, "urn:xmpp:contacts", "tel:+4915123456789");
	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	ck_assert_int_eq(
		store_account_find(store, dialogue_arena(dialogue), CAROL, &account), STORE_OK);
	ck_assert_str_eq(account.region, "DE");
	ck_assert_int_eq(store_account_erase(store, account.id, 1600000000), STORE_OK);
	ck_assert_int_eq(store_account_by_id(store, dialogue_arena(dialogue), account.id, &account),
		STORE_OK);
	ck_assert_str_eq(account.region, "");
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
	expect_has(strstr(settings_of(CAROL), "var=\"region\""), "<value>default</value>");
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("numbers");
	TCase *tcase = tcase_create("writings"), *region = tcase_create("region");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, a_number_is_known_in_all_its_writings, 0, COUNT(writings));
	tcase_add_test(tcase, a_premium_rate_number_is_told_as_one);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(region, set_up, tear_down);
	tcase_add_test(region, the_region_is_set_shown_and_cleared);
	tcase_add_test(region, what_is_no_region_is_refused);
	tcase_add_test(region, a_profile_is_read_in_the_owners_region);
	tcase_add_test(region, who_has_the_jid_next_does_not_inherit_the_region);
	suite_add_tcase(suite, region);
	return expect_all(suite);
}
