/* The command words: send, save, add, number, find, show, settings, undo (design: section 6). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/phone.h"
#include "tests/fake_service.h"

static struct fake fake;

static void setup(void)
{
	fake_init(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_forget(&fake);
}

static void teardown(void)
{
	fake_clear(&fake);
}

#define FN(name) "<fn><text>" name "</text></fn>"
#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"
#define MOBILE "+447400123456"
#define MOBILE2 "+447400123457"
#define LANDLINE "+441212345678"
#define ALICE "alice@example.org"
#define DAVE "dave@example.org"

static void card_from(const char *from, const char *id, const char *properties)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"<message from='%s/x' to='" FAKE_FULL "' type='chat' id='%s'><body>card</body>"
		"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>%s</vcard></message>",
		from, id, properties);
	fake_feed(&fake, text);
	fake_forget(&fake);
}

#define DAVES_CARD FN("Dave") TEL(MOBILE) TEL(LANDLINE) "<impp><uri>xmpp:" DAVE "</uri></impp>"

static void put(const char *item, const char *properties)
{
	fake_put(&fake, item, properties);
	fake_headline(&fake, item);
	fake_run(&fake);
	fake_forget(&fake);
}

static bool is_done(const char *outcome)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"event\":\"done\",\"tag\":7,\"outcome\":\"%s\"}", outcome);
	return fake_event(&fake, text) != NULL;
}

/* ---- send ---- */
START_TEST(a_card_of_the_own_book_is_sent_by_the_client)
{
	const char *sent;

	put(DAVE, FN("Dave Example") TEL(MOBILE) "<note><text>owes me</text></note>");
	fake_command(&fake, "send " ALICE " dave");
	sent = fake_sent(&fake, "<message");
	ck_assert_ptr_nonnull(sent);
	ck_assert_ptr_nonnull(strstr(sent, "to=\"" ALICE "\""));
	ck_assert_ptr_nonnull(strstr(sent, "urn:ietf:params:xml:ns:vcard-4.0"));
	ck_assert_ptr_nonnull(strstr(sent, "xmpp:" DAVE));
	ck_assert_ptr_nonnull(strstr(sent, MOBILE));
	ck_assert_ptr_null(strstr(sent, "owes me"));
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"to\":\"" ALICE "\",\"name\":\"Dave Example\",\"by\":\"client\""));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(to_and_who_may_be_names_mails_numbers)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	static const char *const words[] = {"send alice dave", "send al Dave Example",
		"send alice 07400 123456", "send alice dave@mail.example",
		"send alice dave@example.org", "send alice exam"};

	put(ALICE, FN("Alice"));
	put(DAVE, FN("Dave Example") TEL(MOBILE) "<email><text>dave@mail.example</text></email>");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		fake_forget(&fake);
		fake_command(&fake, words[i]);
		ck_assert_msg(fake_sent(&fake, "to=\"" ALICE "\"") != NULL, "%s", words[i]);
		ck_assert_msg(is_done("ok"), "%s", words[i]);
	}
}
END_TEST

START_TEST(of_several_hits_one_is_chosen_by_answer)
{
	put(DAVE, FN("Dave Example"));
	put("dan@example.org", FN("Dave Other"));
	fake_command(&fake, "send " ALICE " dave");
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
	ck_assert_uint_eq(fake.choices, 2);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"send " ALICE " dave 2\""));
	ck_assert_int_eq(kith_answer(fake.kith, fake.question, 3), -1);
	fake_answer(&fake, 2);
	ck_assert_ptr_nonnull(strstr(fake_sent(&fake, "<message"), "dan@example.org"));
	ck_assert_int_eq(kith_answer(fake.kith, fake.question, 1), -1);
}
END_TEST

START_TEST(of_several_hits_one_is_chosen_by_a_further_word)
{
	put(DAVE, FN("Dave Example"));
	put("dan@example.org", FN("Dave Other"));
	fake_command_in(&fake, "send dave", ALICE, false);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"send dave 2\""));
	fake_answer(&fake, 0);
	ck_assert(is_done("cancelled"));
	/* The number means what was shown, whatever came since. */
	put("aaa@example.org", FN("Dave Aaa"));
	fake_command(&fake, "sync");
	fake_command_in(&fake, "send dave 2", ALICE, false);
	ck_assert_ptr_nonnull(strstr(fake_sent(&fake, "<message"), "dan@example.org"));
}
END_TEST

START_TEST(somebody_of_the_directory_is_sent_by_the_service)
{
	fake_command(&fake, "send " DAVE " carol");
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
	ck_assert_ptr_nonnull(fake_sent(&fake, "node=\"share\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"by\":\"service\""));
	ck_assert(is_done("ok"));
}
END_TEST

/* What the book calls somebody counts: a part of the JID is no part of the name. */
START_TEST(a_contact_of_another_name_leaves_it_to_the_directory)
{
	put("carol@example.org", FN("Caz from Lisbon"));
	fake_command(&fake, "send " DAVE " carol");
	ck_assert_ptr_null(fake_sent(&fake, "<message"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"by\":\"service\""));
	fake_forget(&fake);
	fake_command(&fake, "send " DAVE " carol@example.org");
	ck_assert_ptr_nonnull(fake_sent(&fake, "<message"));
}
END_TEST

START_TEST(several_of_the_directory_are_offered)
{
	fake_command(&fake, "send " DAVE " car");
	ck_assert_uint_eq(fake.choices, 2);
	ck_assert_ptr_nonnull(fake_event(&fake, "Carl (carl@example.org)"));
	fake_answer(&fake, 1);
	ck_assert_ptr_nonnull(fake_sent(&fake, "carol@example.org"));
	ck_assert(is_done("ok"));
	fake_forget(&fake);
	fake_command(&fake, "send " DAVE " car 2");
	ck_assert_ptr_nonnull(fake_sent(&fake, "carl@example.org"));
	ck_assert(is_done("ok"));
}
END_TEST

/* What the service offered is gone from memory then. */
START_TEST(a_choice_holds_whatever_comes_meanwhile)
{
	fake_command(&fake, "send " DAVE " car");
	fake_put(&fake, ALICE, FN("Alice Example") TEL(MOBILE));
	fake_headline(&fake, ALICE);
	fake_run(&fake);
	fake_answer(&fake, 1);
	ck_assert_ptr_nonnull(fake_sent(&fake, "carol@example.org"));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(nobody_is_told_as_the_service_says_it)
{
	fake_command(&fake, "send " DAVE " zed");
	ck_assert_ptr_nonnull(fake_event(&fake, "Nobody was found"));
	ck_assert(is_done("failed"));
}
END_TEST

/* ---- save ---- */
START_TEST(a_passed_on_card_is_saved_unlinked_and_the_link_is_asked_for)
{
	char *file;

	card_from(ALICE, "m1", DAVES_CARD);
	fake_command(&fake, "save");
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_null(fake_get(&fake, DAVE));
	ck_assert_ptr_nonnull(fake_event(&fake, "Dave is linked to nobody; the card says it is "
						"about " DAVE));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"save 1 link\""));
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	fake_answer(&fake, 0);
	ck_assert(is_done("ok") || is_done("cancelled"));
	fake_forget(&fake);
	/* Again: still one. */
	fake_command(&fake, "save 1 apart");
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"how\":\"same\""));
	ck_assert_ptr_null(fake_event(&fake, "question"));
	/* And now the link. */
	fake_command(&fake, "save 1 link");
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_nonnull(fake_get(&fake, DAVE));
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	fake_command(&fake, "list");
	file = strstr(fake_event(&fake, "\"event\":\"contact\""), "\"file\":\"");
	ck_assert_ptr_nonnull(file);
}
END_TEST

START_TEST(numbers_go_to_the_entry_of_their_kind)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	card_from(ALICE, "m1", DAVES_CARD);
	fake_command(&fake, "save 1 link");
	ck_assert_ptr_nonnull(fake_event(&fake,
		"{\"kind\":\"cell\",\"value\":\"+44 7400 123456\"},{\"kind\":\"voice\",\"value\":"
		"\"+44 121 234 5678\"}"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, DAVE), "<text>cell</text>"));
}
END_TEST

START_TEST(a_card_by_its_subject_is_linked)
{
	card_from(DAVE, "m1", DAVES_CARD);
	fake_command(&fake, "save");
	ck_assert_ptr_nonnull(fake_get(&fake, DAVE));
	ck_assert_ptr_null(fake_event(&fake, "question"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"how\":\"new\",\"jid\":\"" DAVE "\""));
}
END_TEST

START_TEST(a_contact_that_is_there_is_merged_and_kept)
{
	put(DAVE, FN("My Dave") TEL(MOBILE2) "<note><text>mine</text></note>");
	card_from(ALICE, "m1", DAVES_CARD);
	fake_command(&fake, "save");
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, DAVE), "My Dave"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, DAVE), "mine"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, DAVE), MOBILE2));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, DAVE), MOBILE));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"how\":\"merged\""));
	ck_assert_ptr_null(fake_event(&fake, "question"));
}
END_TEST

START_TEST(a_link_is_changed_only_after_both_jids_were_shown)
{
	put("dave@old.example.org", FN("Dave") TEL(MOBILE));
	card_from(ALICE, "m1", DAVES_CARD);
	fake_command(&fake, "save");
	ck_assert_ptr_null(fake_get(&fake, DAVE));
	ck_assert_ptr_nonnull(
		fake_event(&fake, "is linked to dave@old.example.org; the card says it "
				  "is about " DAVE));
	fake_answer(&fake, 1);
	ck_assert_ptr_nonnull(fake_get(&fake, DAVE));
	ck_assert_ptr_null(fake_get(&fake, "dave@old.example.org"));
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(a_uid_that_is_a_jid_links_nothing)
{
	card_from(ALICE, "m1", FN("Dave") "<uid><text>carol@example.org</text></uid>");
	fake_command(&fake, "save");
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_null(fake_get(&fake, "carol@example.org"));
}
END_TEST

START_TEST(cards_that_came_are_listed)
{
	card_from(ALICE, "m1", DAVES_CARD);
	card_from(ALICE, "m2", FN("Erin"));
	fake_command(&fake, "save 2");
	fake_forget(&fake);
	fake_command(&fake, "save list");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"name\":\"Dave\""));
	ck_assert_ptr_null(fake_event(&fake, "\"name\":\"Erin\""));
}
END_TEST

START_TEST(a_file_of_cards_is_added)
{
	char line[200], path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/in.vcf", fake.dir);
	file = fopen(path, "w");
	fputs("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carol\r\nN:;Carol;;;\r\nIMPP:xmpp:carol@example."
	      "org\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:Erin\r\nEND:VCARD\r\n",
		file);
	fclose(file);
	snprintf(line, sizeof(line), "add %s link", path);
	fake_command(&fake, line);
	ck_assert(is_done("ok"));
	ck_assert_ptr_nonnull(fake_get(&fake, "carol@example.org"));
	ck_assert_uint_eq(fake_count(&fake), 2);
	ck_assert_uint_eq(fake_file_count(&fake), 2);
	fake_command(&fake, "add /nowhere.vcf");
	ck_assert_ptr_nonnull(fake_event(&fake, "No such file"));
}
END_TEST

/* ---- number ---- */
/* A pipe that nobody writes to would hold up the host, and a device has no end. */
START_TEST(what_is_no_file_is_not_added)
{
	char line[200], path[128];

	snprintf(path, sizeof(path), "%s/in.vcf", fake.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(line, sizeof(line), "add %s", path);
	fake_command(&fake, line);
	ck_assert_ptr_nonnull(fake_event(&fake, "in.vcf: Invalid argument"));
	fake_command(&fake, "add /dev/zero");
	ck_assert_ptr_nonnull(fake_event(&fake, "/dev/zero: Invalid argument"));
	snprintf(line, sizeof(line), "add %s", fake.dir);
	fake_command(&fake, line);
	ck_assert_ptr_nonnull(fake_event(&fake, "Is a directory"));
	unlink(path);
}
END_TEST

START_TEST(a_first_number_makes_a_profile)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	fake_command(&fake, "number 07400 123456 yes");
	ck_assert(is_done("ok"));
	ck_assert_ptr_nonnull(strstr(fake.profile, "<text>bob</text>"));
	ck_assert_ptr_nonnull(strstr(fake.profile, "tel:" MOBILE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "<text>cell</text>"));
}
END_TEST

START_TEST(a_number_replaces_the_one_of_its_kind)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	fake.profile = strdup("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" FN("Bob")
			TEL(MOBILE) TEL(LANDLINE) "<note><text>keep</text></note></vcard>");
	fake_command(&fake, "number " MOBILE2 " yes");
	ck_assert_ptr_null(strstr(fake.profile, MOBILE));
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
	ck_assert_ptr_nonnull(strstr(fake.profile, LANDLINE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "keep"));
	fake_command(&fake, "number work +441212345679 yes");
	ck_assert_ptr_nonnull(strstr(fake.profile, LANDLINE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "<text>work</text>"));
	fake_forget(&fake);
	fake_command(&fake, "number +44 121 234 5679");
	ck_assert_ptr_nonnull(fake_event(&fake, "in your profile already"));
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
}
END_TEST

START_TEST(a_number_is_given_up_by_kind_or_number)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	fake.profile = strdup("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" FN("Bob")
			TEL(MOBILE) TEL(LANDLINE) "</vcard>");
	fake_command(&fake, "number remove landline yes");
	ck_assert(is_done("ok"));
	ck_assert_ptr_null(strstr(fake.profile, LANDLINE));
	fake_command(&fake, "number remove 07400 123456 yes");
	ck_assert_ptr_null(strstr(fake.profile, MOBILE));
	fake_forget(&fake);
	fake_command(&fake, "number remove cell");
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(of_two_numbers_of_a_kind_one_is_asked_for)
{
	if (!phone_has_library()) /* which tells the kind */
		return;
	fake.profile = strdup("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" FN("Bob")
			TEL(MOBILE) TEL(MOBILE2) "</vcard>");
	fake_command(&fake, "number 07400 123458 yes");
	ck_assert_uint_eq(fake.choices, 3);
	fake_answer(&fake, 2);
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE));
	ck_assert_ptr_null(strstr(fake.profile, MOBILE2));
	ck_assert_ptr_nonnull(strstr(fake.profile, "+447400123458"));
	fake_forget(&fake);
	fake_command(&fake, "number 07400 12 34 59");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"words\":\"number 07400 12 34 59 more\""));
	fake_answer(&fake, 0);
	fake_command(&fake, "number 07400 12 34 59 more yes");
	ck_assert(is_done("ok"));
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "+447400123459"));
	fake_command(&fake, "number 07400 123450 for " MOBILE " yes");
	ck_assert_ptr_null(strstr(fake.profile, MOBILE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "+447400123450"));
	ck_assert_ptr_nonnull(strstr(fake.profile, "+447400123458"));
	fake_forget(&fake);
	fake_command(&fake, "number 07400 123451 for " MOBILE);
	ck_assert(is_done("failed"));
}
END_TEST

/* In +1 a number says nothing of its kind. */
START_TEST(a_number_of_unknown_kind_is_never_taken_for_a_landline)
{
	fake.profile = strdup("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" FN("Bob")
			TEL(MOBILE) TEL(LANDLINE) "</vcard>");
	fake_command(&fake, "number +12015550123 yes");
	ck_assert_uint_eq(fake.choices, 3);
	fake_answer(&fake, 1);
	ck_assert_ptr_null(strstr(fake.profile, MOBILE));
	ck_assert_ptr_nonnull(strstr(fake.profile, LANDLINE));
	ck_assert_ptr_nonnull(strstr(fake.profile, "+12015550123"));
}
END_TEST

/* ---- The preview of a change ---- */
#define BOB "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>" FN("Bob") TEL(MOBILE) "</vcard>"
#define CHANGE "number +447400123457 for " MOBILE

START_TEST(nothing_changes_before_the_preview_is_said_yes_to)
{
	fake.profile = strdup(BOB);
	fake_command(&fake, CHANGE);
	ck_assert_ptr_nonnull(strstr(fake.previewed, "tel:" MOBILE2 "|tel:" MOBILE "|"));
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"text\":\"cell A -> B: goes to about 34 address books. Change it?\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "{\"text\":\"yes\",\"words\":\"number yes\"}"));
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
	ck_assert(!is_done("ok"));
	fake_answer(&fake, 1);
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(who_doesnt_say_yes_keeps_the_number)
{
	fake.profile = strdup(BOB);
	fake_command(&fake, CHANGE);
	fake_answer(&fake, 0);
	ck_assert(is_done("cancelled"));
	fake_forget(&fake);
	fake_command(&fake, CHANGE);
	fake.now += 601;
	fake_run(&fake);
	ck_assert(is_done("cancelled"));
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
	fake_forget(&fake);
	fake_command(&fake, "number yes");
	ck_assert_ptr_nonnull(fake_event(&fake, "no change waits for a yes"));
	ck_assert(is_done("failed"));
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE));
}
END_TEST

START_TEST(the_words_say_yes_to_what_was_asked_last)
{
	fake.profile = strdup(BOB);
	fake_command(&fake, "number +447400123458 for " MOBILE);
	fake_command(&fake, CHANGE);
	fake_command(&fake, "number yes");
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
	/* The other was about what is no more. */
	fake_forget(&fake);
	fake_command(&fake, "number yes");
	ck_assert_ptr_nonnull(fake_event(&fake, "your profile was changed meanwhile"));
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
}
END_TEST

START_TEST(with_a_yes_the_preview_is_only_shown)
{
	fake.profile = strdup(BOB);
	fake_command(&fake, CHANGE " yes");
	ck_assert_ptr_nonnull(fake_event(&fake,
		"\"event\":\"note\",\"tag\":7,\"text\":\"cell A -> B: goes to about 34 address "
		"books.\""));
	ck_assert_uint_eq(fake.question, 0);
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(a_number_that_is_given_up_or_one_more_has_a_preview_too)
{
	fake.profile = strdup(BOB);
	fake_command(&fake, "number work +441212345679 yes");
	ck_assert_str_eq(fake.previewed, "tel:+441212345679||work");
	fake_command(&fake, "number remove " MOBILE " yes");
	ck_assert_str_eq(fake.previewed, "|tel:" MOBILE "|voice");
}
END_TEST

static const char *const no_previews[] = {"item-not-found", "forbidden", "internal-server-error"};

START_TEST(without_a_preview_the_change_can_be_made_all_the_same)
{
	fake.profile = strdup(BOB);
	fake.no_preview = no_previews[_i];
	fake_command(&fake, CHANGE);
	ck_assert_ptr_nonnull(fake_event(&fake, "How many that reaches the service doesn't say"));
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE));
	fake_command(&fake, "number yes");
	ck_assert_ptr_nonnull(strstr(fake.profile, MOBILE2));
}
END_TEST

/* ---- The others ---- */
START_TEST(contacts_are_found_and_shown)
{
	put(DAVE, FN("Dave \xc3\x84rmel") TEL(MOBILE) "<note><text>hi</text></note>");
	fake_command(&fake, "find \xc3\xa4rm");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"jid\":\"" DAVE "\",\"where\":\"both\""));
	fake_forget(&fake);
	fake_command(&fake, "show dave");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"note\":\"hi\""));
	fake_forget(&fake);
	fake_command(&fake, "find nobody");
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(settings_are_shown_and_changed)
{
	fake_command(&fake, "settings");
	ck_assert_ptr_nonnull(fake_event(&fake,
		"\"key\":\"share\",\"value\":\"yes\",\"label\":\"May your card be passed "
		"on?\",\"values\":\"yes no\""));
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"key\":\"chosen\",\"value\":\"bob@example.org dave@example.org\""));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"key\":\"blocked\",\"value\":\"\""));
	ck_assert_ptr_nonnull(fake_event(&fake,
		"\"key\":\"visible\",\"value\":\"known\",\"label\":\"Who may read my "
		"numbers\",\"values\":\"known\""));
	ck_assert(is_done("ok"));
	fake_forget(&fake);
	fake_command(&fake, "settings share no");
	ck_assert_str_eq(fake.settings, "no");
	ck_assert(is_done("ok"));
	fake_forget(&fake);
	fake_command(&fake, "settings chosen carol@example.org,erin@example.org");
	ck_assert_str_eq(fake.settings, "carol@example.org erin@example.org");
	fake_command(&fake, "settings chosen ,");
	ck_assert_str_eq(fake.settings, "");
	fake_forget(&fake);
	fake_command(&fake, "settings colour red");
	ck_assert_ptr_nonnull(fake_event(&fake, "there is no setting colour"));
}
END_TEST

START_TEST(undo_is_asked_of_the_service)
{
	put(DAVE, FN("Dave"));
	fake_command(&fake, "undo dave");
	ck_assert_str_eq(fake.undone, DAVE);
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(wrong_words_are_told_with_the_usage)
{
	static const char *const lines[] = {"nonsense", "send", "send x", "show", "find", "undo",
		"save x", "save 1 2", "list all", "sync now", "settings x", "number abc",
		"number remove", "number remove cell 123", "add"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		fake_forget(&fake);
		fake_command(&fake, lines[i]);
		ck_assert_msg(is_done("usage"), "%s", lines[i]);
		ck_assert_msg(fake_event(&fake, "\"event\":\"error\"") != NULL, "%s", lines[i]);
	}
}
END_TEST

START_TEST(offline_the_book_can_be_read)
{
	put(DAVE, FN("Dave"));
	fake_command(&fake, "sync");
	kith_offline(fake.kith);
	fake_forget(&fake);
	fake_command(&fake, "list");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"name\":\"Dave\""));
	ck_assert(is_done("ok"));
}
END_TEST

START_TEST(a_command_waits_for_the_connection)
{
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake.event_count, 0);
	fake_online(&fake);
	ck_assert(is_done("ok"));
	kith_offline(fake.kith);
	fake_forget(&fake);
	fake_command(&fake, "sync");
	fake.now += 31;
	fake_run(&fake);
	ck_assert_ptr_nonnull(fake_event(&fake, "not connected"));
	ck_assert(is_done("failed"));
}
END_TEST

START_TEST(a_question_lapses)
{
	put(DAVE, FN("Dave Example"));
	put("dan@example.org", FN("Dave Other"));
	fake_command(&fake, "show dave");
	ck_assert_uint_ne(fake.question, 0);
	fake.now += 601;
	fake_run(&fake);
	ck_assert(is_done("cancelled"));
	ck_assert_int_eq(kith_answer(fake.kith, fake.question, 1), -1);
}
END_TEST

START_TEST(all_words_have_usage_and_help)
{
	const struct kith_word *word = kith_words();
	size_t count = 0;

	for (; word->name; word++, count++) {
		ck_assert_ptr_eq(strstr(word->usage, word->name), word->usage);
		ck_assert_ptr_nonnull(word->help);
		if (count > 0)
			ck_assert_int_lt(strcmp(word[-1].name, word->name), 0);
	}
	ck_assert_uint_eq(count, 16);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("commands of the client");
	TCase *tcase = tcase_create("words");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_card_of_the_own_book_is_sent_by_the_client);
	tcase_add_test(tcase, of_several_hits_one_is_chosen_by_answer);
	tcase_add_test(tcase, of_several_hits_one_is_chosen_by_a_further_word);
	tcase_add_test(tcase, somebody_of_the_directory_is_sent_by_the_service);
	tcase_add_test(tcase, a_contact_of_another_name_leaves_it_to_the_directory);
	tcase_add_test(tcase, several_of_the_directory_are_offered);
	tcase_add_test(tcase, a_choice_holds_whatever_comes_meanwhile);
	tcase_add_test(tcase, nobody_is_told_as_the_service_says_it);
	tcase_add_test(tcase, a_passed_on_card_is_saved_unlinked_and_the_link_is_asked_for);
	tcase_add_test(tcase, a_card_by_its_subject_is_linked);
	tcase_add_test(tcase, a_contact_that_is_there_is_merged_and_kept);
	tcase_add_test(tcase, a_link_is_changed_only_after_both_jids_were_shown);
	tcase_add_test(tcase, a_uid_that_is_a_jid_links_nothing);
	tcase_add_test(tcase, cards_that_came_are_listed);
	tcase_add_test(tcase, a_file_of_cards_is_added);
	tcase_add_test(tcase, what_is_no_file_is_not_added);
	tcase_add_test(tcase, nothing_changes_before_the_preview_is_said_yes_to);
	tcase_add_test(tcase, who_doesnt_say_yes_keeps_the_number);
	tcase_add_test(tcase, the_words_say_yes_to_what_was_asked_last);
	tcase_add_test(tcase, with_a_yes_the_preview_is_only_shown);
	tcase_add_test(tcase, a_number_that_is_given_up_or_one_more_has_a_preview_too);
	tcase_add_loop_test(tcase, without_a_preview_the_change_can_be_made_all_the_same, 0,
		sizeof(no_previews) / sizeof(*no_previews));
	tcase_add_test(tcase, contacts_are_found_and_shown);
	tcase_add_test(tcase, settings_are_shown_and_changed);
	tcase_add_test(tcase, undo_is_asked_of_the_service);
	tcase_add_test(tcase, wrong_words_are_told_with_the_usage);
	tcase_add_test(tcase, offline_the_book_can_be_read);
	tcase_add_test(tcase, a_command_waits_for_the_connection);
	tcase_add_test(tcase, a_question_lapses);
	tcase_add_test(tcase, all_words_have_usage_and_help);
	/* The plain rule knows no kinds, and no number of a region but those of CN. */
	if (phone_has_library()) {
		tcase_add_test(tcase, to_and_who_may_be_names_mails_numbers);
		tcase_add_test(tcase, numbers_go_to_the_entry_of_their_kind);
		tcase_add_test(tcase, a_first_number_makes_a_profile);
		tcase_add_test(tcase, a_number_replaces_the_one_of_its_kind);
		tcase_add_test(tcase, a_number_is_given_up_by_kind_or_number);
		tcase_add_test(tcase, of_two_numbers_of_a_kind_one_is_asked_for);
		tcase_add_test(tcase, a_number_of_unknown_kind_is_never_taken_for_a_landline);
	}
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
