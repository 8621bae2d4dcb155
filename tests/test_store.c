/* The store: accounts, profiles, histories, search, books. */
#include "config.h"

#include "component/history.h"
#include "tests/store_tests.h"

/* ---- Accounts ---- */

START_TEST(an_account_is_made_once_and_found_by_jid_and_id)
{
	struct store_account row, again;

	none(store_account_find(store, arena, "alice@example.org", &row));
	ok(store_account_get(store, arena, "alice@example.org", &row));
	ck_assert_int_eq(row.opened_at, 0);
	ok(store_account_get(store, arena, "alice@example.org", &again));
	ck_assert_int_eq(row.id, again.id);
	ok(store_account_open(store, row.id, 100));
	ok(store_account_open(store, row.id, 200));
	ok(store_account_by_id(store, arena, row.id, &again));
	ck_assert_str_eq(again.jid, "alice@example.org");
	ck_assert_int_eq(again.opened_at, 100);
	ck_assert_int_eq(again.closed_at, 0);
	none(store_account_by_id(store, arena, 99, &again));
}
END_TEST

static void add_jid(void *context, const struct store_account *row)
{
	(void)context;
	rows_add(row->jid);
}

START_TEST(only_opened_accounts_are_listed_in_order_of_jid)
{
	struct store_account row;

	account("carol@example.org");
	account("alice@example.org");
	ok(store_account_get(store, arena, "bob@example.org", &row));
	account("dave@example.org");
	rows[0] = '\0';
	ok(store_account_list(store, arena, NULL, 2, add_jid, NULL));
	ck_assert_str_eq(rows, "alice@example.org carol@example.org");
	rows[0] = '\0';
	ok(store_account_list(store, arena, "carol@example.org", 2, add_jid, NULL));
	ck_assert_str_eq(rows, "dave@example.org");
}
END_TEST

/* By that kithd knows whose answers have to wait for the disk. */
START_TEST(a_turn_that_only_looks_has_nothing_to_commit)
{
	struct store_account row;

	account("alice@example.org");
	ck_assert(store_has_changes(store));
	ok(store_turn_commit(store));
	ck_assert(!store_has_changes(store));
	ok(store_turn_begin(store));
	ok(store_account_find(store, arena, "alice@example.org", &row));
	none(store_account_find(store, arena, "bob@example.org", &row));
	ck_assert(!store_has_changes(store));
	ok(store_part_begin(store));
	ok(store_touch(store));
	ck_assert(store_has_changes(store));
	ok(store_part_end(store, true));
	ck_assert(store_has_changes(store));
	store_turn_rollback(store);
	ok(store_turn_begin(store));
	ck_assert(!store_has_changes(store));
}
END_TEST

START_TEST(a_setting_is_there_only_once_set_and_can_be_cleared)
{
	int64_t alice = account("alice@example.org");
	int value = -1;

	none(store_setting_get(store, alice, SETTING_AUDIENCE, &value));
	ok(store_setting_put(store, alice, SETTING_AUDIENCE, CIRCLE_MUTUAL));
	ok(store_setting_put(store, alice, SETTING_AUDIENCE, CIRCLE_KNOWN));
	ok(store_setting_get(store, alice, SETTING_AUDIENCE, &value));
	ck_assert_int_eq(value, CIRCLE_KNOWN);
	none(store_setting_get(store, alice, SETTING_VISIBLE, &value));
	ok(store_setting_clear(store, alice, SETTING_AUDIENCE));
	none(store_setting_get(store, alice, SETTING_AUDIENCE, &value));
}
END_TEST

START_TEST(a_list_is_what_was_put_last)
{
	static const char *const first[] = {"b@example.org", "a@example.org", "b@example.org"};
	static const char *const second[] = {"c@example.org"};
	int64_t alice = account("alice@example.org"), bob = account("bob@example.org");
	const char *found[4];
	size_t count;
	bool yes = true;

	ok(store_listed_put(store, alice, LISTED_CHOSEN, first, 3));
	ok(store_listed_put(store, alice, LISTED_BLOCKED, second, 1));
	ok(store_listed_get(store, arena, alice, LISTED_CHOSEN, found, 4, &count));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(found[0], "a@example.org");
	ck_assert_str_eq(found[1], "b@example.org");
	ok(store_listed_get(store, arena, alice, LISTED_CHOSEN, found, 1, &count));
	ck_assert_uint_eq(count, 1);
	ok(store_listed_has(store, alice, LISTED_BLOCKED, "a@example.org", &yes));
	ck_assert(!yes);
	ok(store_listed_has(store, alice, LISTED_CHOSEN, "a@example.org", &yes));
	ck_assert(yes);
	ok(store_listed_put(store, alice, LISTED_CHOSEN, second, 1));
	ok(store_listed_has(store, alice, LISTED_CHOSEN, "a@example.org", &yes));
	ck_assert(!yes);
	ok(store_listed_has(store, bob, LISTED_CHOSEN, "c@example.org", &yes));
	ck_assert(!yes);
}
END_TEST

START_TEST(who_has_the_jid_next_is_not_chosen_but_still_blocked)
{
	static const char *const bobs[] = {"bob@example.org"};
	int64_t alice = account("alice@example.org"), bob = account("bob@example.org");
	size_t count;
	bool yes;
	const char *found[4];

	ok(store_account_open(store, alice, 1));
	ok(store_account_open(store, bob, 1));
	ok(store_listed_put(store, alice, LISTED_CHOSEN, bobs, 1));
	ok(store_listed_put(store, alice, LISTED_BLOCKED, bobs, 1));
	ok(store_listed_put(store, bob, LISTED_BLOCKED, bobs, 1));
	ok(store_account_erase(store, bob, 5));
	ok(store_listed_has(store, alice, LISTED_CHOSEN, "bob@example.org", &yes));
	ck_assert(!yes);
	ok(store_listed_has(store, alice, LISTED_BLOCKED, "bob@example.org", &yes));
	ck_assert(yes);
	ok(store_listed_get(store, arena, bob, LISTED_BLOCKED, found, 4, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* alice has bob, bob has alice, both have profiles, and updates were done to both ways. */
static void make_pair(int64_t *alice, int64_t *bob)
{
	struct store_contact a, b;
	struct number number = {.identity = "+1",
		.kind = "cell",
		.value = "tel:+1",
		.display = "+1",
		.from = 1,
		.added = 1};
	struct history history = {&number, 1};
	struct store_update update;

	*alice = account("alice@example.org");
	*bob = account("bob@example.org");
	a = put(*alice, "bob@example.org", *bob);
	b = put(*bob, "alice@example.org", *alice);
	put_profile(*alice, "Alice", NULL, NULL);
	put_profile(*bob, "Bob", NULL, NULL);
	ok(store_history_put(store, *alice, &history));
	ok(store_setting_put(store, *alice, SETTING_VISIBLE, 0));
	update = (struct store_update){.subject = *bob,
		.change = 1,
		.link = a.id,
		.owner = *alice,
		.item = a.item,
		.version = a.version,
		.what = "x",
		.push = true};
	ok(store_update_add(store, &update));
	update.subject = *alice;
	update.link = b.id;
	update.owner = *bob;
	update.item = b.item;
	ok(store_update_add(store, &update));
	ok(store_run_put(store, &(struct store_run){.account = *alice, .version = 1}));
	ok(store_change_add(store, *alice, 1, 5, "cell +1"));
}

START_TEST(an_erased_account_leaves_a_closed_row_while_others_are_linked_to_it)
{
	struct store_account row;
	struct store_profile profile;
	struct store_contact contact;
	struct store_update update;
	struct store_stats stats;
	struct history history;
	int64_t alice, bob, count, version;
	int value;
	bool has;

	make_pair(&alice, &bob);
	put(alice, "urn:uuid:1", 0);
	ok(store_contact_remove(store, alice, "urn:uuid:1", 5, &version));
	ok(store_account_erase(store, alice, 300));
	ok(store_account_by_id(store, arena, alice, &row));
	ck_assert_int_eq(row.closed_at, 300);
	none(store_account_find(store, arena, "alice@example.org", &row));
	none(store_profile_get(store, arena, alice, &profile));
	ok(store_history_get(store, arena, alice, &history));
	ck_assert_uint_eq(history.count, 0);
	none(store_setting_get(store, alice, SETTING_VISIBLE, &value));
	ok(store_contact_count(store, alice, &count));
	ck_assert_int_eq(count, 0);
	none(store_update_last(store, arena, bob, "alice@example.org", &update));
	ok(store_stats(store, &stats));
	ck_assert_int_eq(stats.updates, 0);
	ck_assert_int_eq(stats.runs, 0);
	/* bob keeps his contact; who gets the JID next inherits nothing. */
	ok(store_contact_get(store, arena, bob, "alice@example.org", &contact));
	ck_assert_int_eq(contact.subject, alice);
	ck_assert_int_ne(account("alice@example.org"), alice);
	ok(store_contact_has(store, bob, alice, &has));
	ck_assert(has);
	is_sound();
}
END_TEST

START_TEST(an_account_that_nobody_is_linked_to_leaves_nothing)
{
	struct store_account row;
	int64_t alice, bob, version;

	make_pair(&alice, &bob);
	ok(store_account_erase(store, alice, 300));
	ok(store_contact_remove(store, bob, "alice@example.org", 301, &version));
	none(store_account_by_id(store, arena, alice, &row));
	ok(store_account_erase(store, bob, 302));
	none(store_account_by_id(store, arena, bob, &row));
	is_sound();
}
END_TEST

START_TEST(a_jid_that_only_was_in_a_book_goes_with_the_contact)
{
	struct store_account row;
	int64_t alice = account("alice@example.org"), version;

	ok(store_account_get(store, arena, "zoe@example.net", &row));
	put(alice, "zoe@example.net", row.id);
	ok(store_contact_remove(store, alice, "zoe@example.net", 5, &version));
	none(store_account_find(store, arena, "zoe@example.net", &row));
	ok(store_account_find(store, arena, "alice@example.org", &row));
}
END_TEST

START_TEST(ids_are_never_used_again)
{
	struct store_account row;
	int64_t alice = account("alice@example.org"), bob;

	ok(store_account_erase(store, alice, 5));
	next_turn();
	bob = account("bob@example.org");
	ck_assert_int_gt(bob, alice);
	none(store_account_by_id(store, arena, alice, &row));
}
END_TEST

/* ---- Profiles and histories ---- */

START_TEST(a_profile_is_stored_replaced_and_hidden)
{
	int64_t alice = account("alice@example.org");
	struct store_profile row, profile = {.account = alice,
					  .version = 1,
					  .changed_at = 7,
					  .card = "<vcard>\xC3\xA9</vcard>",
					  .card_len = 17};

	none(store_profile_get(store, arena, alice, &row));
	ok(store_profile_put(store, &profile, "Alice", NULL, NULL));
	ok(store_profile_get(store, arena, alice, &row));
	ck_assert_str_eq(row.card, profile.card);
	ck_assert_uint_eq(row.card_len, 17);
	ck_assert(!row.hidden);
	profile.version = 2;
	profile.hidden = true;
	ok(store_profile_put(store, &profile, "Alice", NULL, NULL));
	ok(store_profile_get(store, arena, alice, &row));
	ck_assert_int_eq(row.version, 2);
	ck_assert_int_eq(row.changed_at, 7);
	ck_assert(row.hidden);
}
END_TEST

START_TEST(a_history_comes_back_as_it_went_in)
{
	int64_t alice = account("alice@example.org");
	struct number numbers[12], *second = &numbers[1];
	struct history history = {numbers, 12}, row;

	for (size_t i = 0; i < 12; i++)
		numbers[i] = (struct number){.identity = arena_printf(arena, "+%zu", 12 - i),
			.kind = "cell",
			.value = "tel:",
			.display = "+",
			.state = NUMBER_CURRENT,
			.from = 3,
			.added = 3};
	*second = (struct number){.identity = "+99",
		.kind = "fax",
		.value = "v",
		.display = "d",
		.state = NUMBER_REPLACED,
		.from = 1,
		.to = 3,
		.added = 1,
		.successor = "+12"};
	ok(store_history_put(store, alice, &history));
	ok(store_history_put(store, alice, &history));
	ok(store_history_get(store, arena, alice, &row));
	ck_assert_uint_eq(row.count, 12);
	ck_assert_str_eq(row.numbers[0].identity, "+12");
	ck_assert_ptr_null(row.numbers[0].successor);
	ck_assert_str_eq(row.numbers[1].identity, "+99");
	ck_assert_str_eq(row.numbers[1].kind, "fax");
	ck_assert_str_eq(row.numbers[1].value, "v");
	ck_assert_str_eq(row.numbers[1].display, "d");
	ck_assert_int_eq(row.numbers[1].state, NUMBER_REPLACED);
	ck_assert_int_eq(row.numbers[1].from, 1);
	ck_assert_int_eq(row.numbers[1].to, 3);
	ck_assert_int_eq(row.numbers[1].added, 1);
	ck_assert_str_eq(row.numbers[1].successor, "+12");
	ck_assert_str_eq(row.numbers[11].identity, "+1");
}
END_TEST

/* ---- Search ---- */

/* Finds at most max, as "alice bob" in the order of the search. */
static const char *found_by(const struct store_terms *terms, size_t max)
{
	int64_t accounts[10];
	size_t count;

	ck_assert_uint_le(max, 10);
	ok(store_profile_search(store, terms, accounts, max, &count));
	rows[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct store_account found;
		char local[32];

		ok(store_account_by_id(store, arena, accounts[i], &found));
		(void)snprintf(
			local, sizeof(local), "%.*s", (int)strcspn(found.jid, "@"), found.jid);
		rows_add(local);
	}
	return rows;
}

static const struct {
	const char *name, *email, *identity, *found;
} searches[] = {
	{"carol", NULL, NULL, "carol karola"},
	{"CAROL", NULL, NULL, "carol karola"},
	{"example car", NULL, NULL, "carol"},
	{"exa", NULL, NULL, "carol alice"},
	{"example", NULL, "+447700900123", "bob carol alice"},
	{NULL, NULL, "+447700900123", "bob"},
	{NULL, NULL, "+4477009001", ""},
	{"xample", NULL, NULL, ""},
	{"", NULL, NULL, ""},
	{" .,;", NULL, NULL, ""},
	/* Case folding of RFC 3454, B.2; full width by NFKC. */
	{"\xEF\xBC\xA3\xEF\xBD\x81rol", NULL, NULL, "carol karola"},
	{"STRASSE", NULL, NULL, "karola"},
	{"stra\xC3\x9F", NULL, NULL, "karola"},
	/* A family name with the given name right behind it. */
	{"\xE7\x8E\x8B", NULL, NULL, "wang"},
	{"\xE5\xB0\x8F\xE6\x98\x8E", NULL, NULL, "wang"},
	{"\xE6\x98\x8E\xE7\x8E\x8B", NULL, NULL, ""},
	/* E-mails whole, and folded. */
	{NULL, "Bob.B@Example.NET", NULL, "bob"},
	{NULL, "bob.b@example.ne", NULL, ""},
	{"bob.b@example.net", NULL, NULL, ""},
	{"exa", "bob.b@example.net", NULL, "bob carol alice"},
	{"bob", "bob.b@example.net", "+447700900123", "bob"},
	/* What looks like a pattern is none. */
	{"car%", NULL, NULL, "carol karola"},
	{"\xFF\xFE", NULL, NULL, ""},
};

static void make_findable(void)
{
	static const char *const emails[] = {"bob.b@EXAMPLE.net", NULL};
	static const char *const identities[] = {"+447700900123", NULL};
	struct store_profile hidden = {
		.version = 1, .hidden = true, .card = "<vcard/>", .card_len = 8};

	put_profile(account("karola@example.org"),
		"Stra\xC3\x9F"
		"e-Caroline",
		NULL, NULL);
	put_profile(account("carol@example.org"), "Carol Example Carolus", NULL, NULL);
	put_profile(account("alice@example.org"), "Alice Example", NULL, NULL);
	put_profile(account("bob@example.org"), "Bob", emails, identities);
	put_profile(
		account("wang@example.org"), "\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E", NULL, NULL);
	hidden.account = account("hidden@example.org");
	ok(store_profile_put(store, &hidden, "Carol Example", emails, identities));
}

START_TEST(a_search_finds_words_by_their_begin_and_the_rest_whole)
{
	const struct store_terms terms = {
		searches[_i].name, searches[_i].email, searches[_i].identity};

	make_findable();
	ck_assert_str_eq(found_by(&terms, 10), searches[_i].found);
}
END_TEST

START_TEST(who_has_the_word_itself_is_found_before_who_has_a_longer_one)
{
	put_profile(account("zoe@example.org"), "Carola Carola Caroline", NULL, NULL);
	put_profile(account("yan@example.org"), "Carol", NULL, NULL);
	put_profile(account("bob@example.org"), "Carolus Carol", NULL, NULL);
	put_profile(account("ann@example.org"), "Carola", NULL, NULL);
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "carol"}, 10), "yan bob zoe ann");
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "carol"}, 3), "yan bob zoe");
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "carol"}, 0), "");
}
END_TEST

/* 5,000: one at each who has the longest word, one at whether he has the other. */
START_TEST(a_search_ends_with_as_many_looks_as_it_has)
{
	char jid[32];

	for (int i = 0; i < 2501; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.org", i);
		put_profile(account(jid), i < 2499 ? "Bea" : "Bea Zoe", NULL, NULL);
		arena_reset(arena);
	}
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "bea zo"}, 10), "u2499");
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "be zoe"}, 10), "u2499 u2500");
}
END_TEST

START_TEST(a_profile_is_found_by_its_last_name_only)
{
	int64_t carol;

	make_findable();
	carol = account("carol@example.org");
	put_profile(carol, "Caroline Muster", NULL, NULL);
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "example"}, 9), "alice");
	ok(store_account_erase(store, carol, 9));
	ck_assert_str_eq(found_by(&(struct store_terms){.name = "muster"}, 9), "");
}
END_TEST

START_TEST(the_longest_names_are_cut_and_harm_nothing)
{
	char name[9000];

	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xE7\x8E\x8B", 3);
	name[8997] = '\0';
	put_profile(account("long@example.org"), name, NULL, NULL);
	ck_assert_str_eq(
		found_by(&(struct store_terms){.name = name, .email = name, .identity = name}, 9),
		"long");
	is_sound();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *accounts = tcase_create("accounts"), *profiles = tcase_create("profiles"),
	      *search = tcase_create("search");

	tcase_add_checked_fixture(accounts, open_in_memory, remove_folder);
	tcase_add_test(accounts, an_account_is_made_once_and_found_by_jid_and_id);
	tcase_add_test(accounts, only_opened_accounts_are_listed_in_order_of_jid);
	tcase_add_test(accounts, a_turn_that_only_looks_has_nothing_to_commit);
	tcase_add_test(accounts, a_setting_is_there_only_once_set_and_can_be_cleared);
	tcase_add_test(accounts, a_list_is_what_was_put_last);
	tcase_add_test(accounts, who_has_the_jid_next_is_not_chosen_but_still_blocked);
	tcase_add_test(
		accounts, an_erased_account_leaves_a_closed_row_while_others_are_linked_to_it);
	tcase_add_test(accounts, an_account_that_nobody_is_linked_to_leaves_nothing);
	tcase_add_test(accounts, a_jid_that_only_was_in_a_book_goes_with_the_contact);
	tcase_add_test(accounts, ids_are_never_used_again);
	suite_add_tcase(suite, accounts);
	tcase_add_checked_fixture(profiles, open_in_memory, remove_folder);
	tcase_add_test(profiles, a_profile_is_stored_replaced_and_hidden);
	tcase_add_test(profiles, a_history_comes_back_as_it_went_in);
	suite_add_tcase(suite, profiles);
	tcase_add_checked_fixture(search, open_in_memory, remove_folder);
	tcase_add_loop_test(search, a_search_finds_words_by_their_begin_and_the_rest_whole, 0,
		sizeof(searches) / sizeof(searches[0]));
	tcase_add_test(search, who_has_the_word_itself_is_found_before_who_has_a_longer_one);
	tcase_add_test(search, a_search_ends_with_as_many_looks_as_it_has);
	tcase_add_test(search, a_profile_is_found_by_its_last_name_only);
	tcase_add_test(search, the_longest_names_are_cut_and_harm_nothing);
	suite_add_tcase(suite, search);
	return run_suite(suite);
}
