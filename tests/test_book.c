/* An account's address book: design, sections 3 and 4; XEP-0292, Contacts. */
#include "config.h"

#include "tests/domain.h"

static struct domain domain;

static void setup(void)
{
	domain_open(&domain);
}

static void teardown(void)
{
	domain_close(&domain);
}

static enum book_result publish(
	const char *item, struct vcard *card, struct store_contact *contact, const char **why)
{
	struct store_account alice = domain_account(&domain, "alice");
	return book_publish(
		&domain.rules, domain.arena, &alice, item, card, domain.now, contact, why);
}

static enum book_result undo(const char *owner, const char *about)
{
	struct store_account account = domain_account(&domain, owner);
	struct store_contact contact;
	return book_undo(&domain.rules, domain.arena, &account, domain_jid(&domain, about),
		domain.now, &contact);
}

/* ---- Items ---- */

static const struct {
	const char *item, *stored; /* NULL: refused */
	bool is_linked;
} items[] = {
	{"carol@example.org", "carol@example.org", true},
	{"Carol@EXAMPLE.org", "carol@example.org", true},
	{"zo\xc3\xab@elsewhere.example", "zo\xc3\xab@elsewhere.example", true},
	{"urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
		"urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", false},
	{"some-uid", "some-uid", false},
	{"example.org", "example.org", false},
	{"https://example.org/carol@home", "https://example.org/carol@home", false},
	{"carol@example.org/phone", NULL, false},
	{"", NULL, false},
};

START_TEST(an_item_id_is_a_jid_or_a_uid)
{
	struct store_contact contact;
	const char *why = NULL;
	enum book_result result =
		publish(items[_i].item, numbers_card(domain.arena, "A"), &contact, &why);
	if (!items[_i].stored) {
		ck_assert_int_eq(result, BOOK_INVALID);
		ck_assert_ptr_nonnull(why);
		return;
	}
	ck_assert_int_eq(result, BOOK_OK);
	ck_assert_str_eq(contact.item, items[_i].stored);
	ck_assert_int_eq(contact.subject != 0, items[_i].is_linked);
}
END_TEST

START_TEST(without_an_item_id_one_is_made)
{
	struct store_contact one, other;
	const char *why;
	ck_assert_int_eq(publish(NULL, numbers_card(domain.arena, "A"), &one, &why), BOOK_OK);
	ck_assert_int_eq(publish(NULL, numbers_card(domain.arena, "A"), &other, &why), BOOK_OK);
	ck_assert_uint_eq(strlen(one.item), strlen("urn:uuid:") + 36);
	ck_assert_int_eq(strncmp(one.item, "urn:uuid:", 9), 0);
	ck_assert_str_ne(one.item, other.item);
}
END_TEST

START_TEST(a_card_needs_fn_and_has_its_limits)
{
	struct store_contact contact;
	const char *why = NULL;
	struct vcard *card = vcard_new(domain.arena);
	ck_assert_int_eq(publish("u", card, &contact, &why), BOOK_INVALID);
	ck_assert_str_eq(why, "a vCard needs FN");
	vcard_add(card, NULL, "FN", "text", "");
	ck_assert_int_eq(publish("u", card, &contact, &why), BOOK_INVALID);
	domain.settings->limits.card_bytes = 1000;
	char *note = arena_alloc(domain.arena, 1001);
	memset(note, 'x', 1000);
	card = numbers_card(domain.arena, "");
	vcard_add(card, NULL, "NOTE", "text", note);
	ck_assert_int_eq(publish("u", card, &contact, &why), BOOK_INVALID);
	domain.settings->limits.contacts_per_book = 1;
	ck_assert_int_eq(publish("u", numbers_card(domain.arena, ""), &contact, &why), BOOK_OK);
	ck_assert_int_eq(publish("v", numbers_card(domain.arena, ""), &contact, &why), BOOK_FULL);
	ck_assert_int_eq(publish("u", numbers_card(domain.arena, "A"), &contact, &why), BOOK_OK);
}
END_TEST

START_TEST(publishing_opens_the_account)
{
	domain_contact(&domain, "alice", "carol", "");
	ck_assert_int_eq(domain_account(&domain, "alice").opened_at, domain.now);
	ck_assert_int_eq(domain_account(&domain, "carol").opened_at, 0);
}
END_TEST

START_TEST(each_change_takes_the_next_version)
{
	struct store_account alice = domain_account(&domain, "alice");
	struct store_contact one = domain_contact(&domain, "alice", "carol", "A");
	struct store_contact two = domain_contact(&domain, "alice", "carol", "A");
	struct store_event event;
	ck_assert_int_gt(two.version, one.version);
	ck_assert_int_eq(two.id, one.id);
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &alice, "CAROL@example.org",
				 domain.now, &event),
		BOOK_OK);
	ck_assert_int_gt(event.version, two.version);
	ck_assert(event.retracted);
	ck_assert_str_eq(event.item, "carol@example.org");
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &alice, "carol@example.org",
				 domain.now, &event),
		BOOK_NONE);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "none");
}
END_TEST

/* ---- Linking: the story's last step, and who gets what ---- */

static const struct {
	int visible; /* enum circle */
	const char *card, *stored, *why;
} links[] = {
	{CIRCLE_EVERYONE, "A", "C", "a former number comes up to date as it is stored"},
	{CIRCLE_EVERYONE, "A' x", "C' x", "and nothing else"},
	{CIRCLE_EVERYONE, "A d", "C d*", "a retired one is marked"},
	{CIRCLE_EVERYONE, "", "", "who has none gets none"},
	{CIRCLE_KNOWN, "A", "A", "who brings a former number alone isn't known by it"},
	{CIRCLE_KNOWN, "A e", "C e", "with one that is current he is"},
	{CIRCLE_MUTUAL, "A e", "A e", "but not mutual"},
	{CIRCLE_NOBODY, "A", "A", "nobody"},
};

START_TEST(a_card_comes_up_to_date_as_it_is_linked)
{
	struct store_contact contact;
	domain_profile(&domain, "carol", "A d");
	domain_profile(&domain, "carol", "B d e");
	domain_profile(&domain, "carol", "C e");
	domain_set(&domain, "carol", SETTING_VISIBLE, links[_i].visible);
	contact = domain_contact(&domain, "alice", "carol", links[_i].card);
	ck_assert_msg(strcmp(domain_card(&domain, "alice", "carol"), links[_i].stored) == 0,
		"%s: %s", links[_i].why, domain_card(&domain, "alice", "carol"));
	ck_assert_int_eq(contact.applied, 3);
	ck_assert_int_eq(contact.written, 3);
	/* What was done can be taken back, and stays so when the card is stored again. */
	if (strcmp(links[_i].card, links[_i].stored) == 0) {
		ck_assert_int_eq(undo("alice", "carol"), BOOK_NONE);
		return;
	}
	ck_assert_int_eq(undo("alice", "carol"), BOOK_OK);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), links[_i].card);
	domain_contact(&domain, "alice", "carol", links[_i].card);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), links[_i].card);
	ck_assert_int_eq(undo("alice", "carol"), BOOK_NONE);
}
END_TEST

START_TEST(a_stale_client_doesnt_bring_an_old_number_back)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B");
	/* The push of the run is told all the same, and once. */
	const char *pushes = domain_push(&domain, "carol");
	ck_assert_ptr_nonnull(strstr(pushes, "alice: mobile"));
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
}
END_TEST

START_TEST(a_link_that_a_run_has_still_to_come_to_is_left_to_it)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_contact(&domain, "alice", "carol", "A x");
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A x");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B x");
	ck_assert_ptr_nonnull(strstr(domain_push(&domain, "carol"), "alice: mobile"));
}
END_TEST

START_TEST(who_was_known_stays_so_while_he_keeps_a_number)
{
	domain_profile(&domain, "carol", "A b");
	ck_assert_int_eq(domain_contact(&domain, "alice", "carol", "A").written, 1);
	domain_profile(&domain, "carol", "C b");
	domain_run(&domain, "carol", 8);
	ck_assert_int_eq(domain_contact(&domain, "alice", "carol", "C x").written, 1);
	ck_assert_int_eq(domain_contact(&domain, "alice", "carol", "x").written, 2);
	ck_assert_int_eq(domain_contact(&domain, "alice", "carol", "b").written, 2);
	/* Also if what he wrote became one of hers behind him. */
	ck_assert_int_eq(domain_contact(&domain, "bob", "carol", "D").written, 2);
	domain_profile(&domain, "carol", "D b");
	domain_run(&domain, "carol", 8);
	ck_assert_int_eq(domain_contact(&domain, "bob", "carol", "D' x").written, 2);
	ck_assert_int_eq(domain_contact(&domain, "dave", "carol", "y").written, 3);
	domain_profile(&domain, "carol", "E b");
	domain_run(&domain, "carol", 8);
	ck_assert_int_eq(domain_contact(&domain, "bob", "carol", "b").written, 2);
	/* Who wasn't known begins anew. */
	ck_assert_int_eq(domain_contact(&domain, "dave", "carol", "b").written, 4);
}
END_TEST

START_TEST(oneself_can_be_in_ones_book)
{
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_NOBODY);
	domain_contact(&domain, "carol", "carol", "A");
	ck_assert_str_eq(domain_card(&domain, "carol", "carol"), "B");
}
END_TEST

START_TEST(a_dormant_link_leads_nowhere)
{
	struct store_account old;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "alice", "carol", "A");
	old = domain_account(&domain, "carol");
	ck_assert_int_eq(store_account_erase(domain.store, old.id, domain.now), STORE_OK);
	/* Who has the JID next inherits no holder. */
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "carol", "B");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
}
END_TEST

/* ---- Taking back ---- */

START_TEST(what_was_taken_back_stays_until_the_next_change)
{
	struct store_contact contact;
	domain_profile(&domain, "carol", "A b");
	domain_contact(&domain, "bob", "carol", "A' x");
	domain_profile(&domain, "carol", "C b");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "C' x");
	ck_assert_int_eq(undo("bob", "carol"), BOOK_OK);
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "A' x");
	ck_assert_int_eq(undo("bob", "carol"), BOOK_NONE);
	/* Not by a change to another number, not by the holder's own edits. */
	domain_profile(&domain, "carol", "C e");
	domain_run(&domain, "carol", 8);
	domain_contact(&domain, "bob", "carol", "A' x y");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "A' x y");
	domain_profile(&domain, "carol", "D e");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "D' x y");
	ck_assert(domain_find(&domain, "bob", "carol", &contact));
	ck_assert_ptr_null(contact.pins);
}
END_TEST

START_TEST(a_pin_goes_when_its_number_is_taken_out)
{
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "bob", "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	ck_assert_int_eq(undo("bob", "carol"), BOOK_OK);
	domain_contact(&domain, "bob", "carol", "x");
	domain_contact(&domain, "bob", "carol", "A");
	domain_set(&domain, "carol", SETTING_VISIBLE, CIRCLE_EVERYONE);
	domain_contact(&domain, "bob", "carol", "A x");
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "B x");
}
END_TEST

START_TEST(there_is_nothing_to_take_back)
{
	ck_assert_int_eq(undo("bob", "carol"), BOOK_NONE);
	domain_contact(&domain, "bob", "carol", "A");
	ck_assert_int_eq(undo("bob", "carol"), BOOK_NONE);
	domain_profile(&domain, "carol", "A");
	domain_profile(&domain, "carol", "B");
	domain_run(&domain, "carol", 8);
	ck_assert_str_eq(domain_card(&domain, "bob", "carol"), "B");
	domain_contact(&domain, "bob", "carol", "x"); /* nothing of it is left */
	ck_assert_int_eq(undo("bob", "carol"), BOOK_NONE);
}
END_TEST

/* ---- A holder who lets updates in again ---- */

static void count_event(void *context, const struct store_event *event)
{
	size_t *count = context;
	ck_assert_str_eq(event->item, "carol@example.org");
	++*count;
}

START_TEST(who_lets_updates_in_again_catches_up)
{
	struct store_account alice = domain_account(&domain, "alice");
	size_t count = 0;
	domain_profile(&domain, "carol", "A");
	domain_contact(&domain, "carol", "alice", "");
	domain_contact(&domain, "alice", "carol", "A");
	for (int i = 0; i < 200; i++) /* more than a batch */
		domain_contact(&domain, "alice", arena_printf(domain.arena, "x%d", i), "A");
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_NEVER);
	domain_profile(&domain, "carol", "B g");
	ck_assert_uint_eq(domain_run(&domain, "carol", 8), 0);
	ck_assert_str_eq(domain_push(&domain, "carol"), "");
	domain_contact(&domain, "alice", "carol", "A");
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
	domain_set(&domain, "alice", SETTING_UPDATES, UPDATES_AUTO);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			book_catch_up(&domain.rules, &alice, domain.now, count_event, &count),
			BOOK_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "B g");
	ck_assert_int_eq(undo("alice", "carol"), BOOK_OK);
	ck_assert_str_eq(domain_card(&domain, "alice", "carol"), "A");
}
END_TEST

START_TEST(a_store_that_fails_is_told)
{
	struct store_account alice = domain_account(&domain, "alice");
	struct store_contact contact;
	struct store_event event;
	const char *why;
	size_t count = 0;
	domain_contact(&domain, "alice", "carol", "A");
	store_turn_rollback(domain.store);
	ck_assert_int_eq(book_publish(&domain.rules, domain.arena, &alice, "carol@example.org",
				 numbers_card(domain.arena, "A"), domain.now, &contact, &why),
		BOOK_ERROR);
	ck_assert_int_eq(book_retract(&domain.rules, domain.arena, &alice, "carol@example.org",
				 domain.now, &event),
		BOOK_ERROR);
	ck_assert_int_eq(book_undo(&domain.rules, domain.arena, &alice, "carol@example.org",
				 domain.now, &contact),
		BOOK_ERROR);
	ck_assert_int_eq(
		book_catch_up(&domain.rules, &alice, domain.now, count_event, &count), BOOK_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("book");
	TCase *tcase = tcase_create("XEP-0292, Contacts");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
		tcase, an_item_id_is_a_jid_or_a_uid, 0, (int)(sizeof items / sizeof *items));
	tcase_add_test(tcase, without_an_item_id_one_is_made);
	tcase_add_test(tcase, a_card_needs_fn_and_has_its_limits);
	tcase_add_test(tcase, publishing_opens_the_account);
	tcase_add_test(tcase, each_change_takes_the_next_version);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("design 4, Link");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_card_comes_up_to_date_as_it_is_linked, 0,
		(int)(sizeof links / sizeof *links));
	tcase_add_test(tcase, a_stale_client_doesnt_bring_an_old_number_back);
	tcase_add_test(tcase, a_link_that_a_run_has_still_to_come_to_is_left_to_it);
	tcase_add_test(tcase, who_was_known_stays_so_while_he_keeps_a_number);
	tcase_add_test(tcase, oneself_can_be_in_ones_book);
	tcase_add_test(tcase, a_dormant_link_leads_nowhere);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("design 4, Taking back");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_taken_back_stays_until_the_next_change);
	tcase_add_test(tcase, a_pin_goes_when_its_number_is_taken_out);
	tcase_add_test(tcase, there_is_nothing_to_take_back);
	tcase_add_test(tcase, who_lets_updates_in_again_catches_up);
	tcase_add_test(tcase, a_store_that_fails_is_told);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
