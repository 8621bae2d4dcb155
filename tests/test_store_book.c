/* The store: contacts, what happened in a book, links, runs, what updates did, keeping. */
#include "config.h"

#include "tests/store_tests.h"

static int64_t alice, bob, carol;

static void make_accounts(void)
{
	open_in_memory();
	alice = account("alice@example.org");
	bob = account("bob@example.org");
	carol = account("carol@example.org");
}

/* ---- Contacts ---- */

START_TEST(a_contact_comes_back_as_it_went_in)
{
	struct store_contact row, contact = {.owner = alice,
					  .item = "carol@example.org",
					  .changed_at = 11,
					  .subject = carol,
					  .applied = 2,
					  .written = 1,
					  .pins = "+1 2",
					  .card = "<vcard>\xC3\xA9</vcard>",
					  .card_len = 17};

	none(store_contact_get(store, arena, alice, "carol@example.org", &row));
	ok(store_contact_put(store, &contact));
	ok(store_contact_get(store, arena, alice, "carol@example.org", &row));
	ck_assert_int_eq(row.id, contact.id);
	ck_assert_int_eq(row.owner, alice);
	ck_assert_str_eq(row.item, "carol@example.org");
	ck_assert_int_eq(row.version, contact.version);
	ck_assert_int_eq(row.changed_at, 11);
	ck_assert_int_eq(row.subject, carol);
	ck_assert_int_eq(row.applied, 2);
	ck_assert_int_eq(row.written, 1);
	ck_assert_str_eq(row.pins, "+1 2");
	ck_assert_str_eq(row.card, contact.card);
	ck_assert_uint_eq(row.card_len, 17);
	none(store_contact_get(store, arena, bob, "carol@example.org", &row));
}
END_TEST

START_TEST(each_put_takes_the_next_position_and_keeps_the_link)
{
	struct store_contact first = put(alice, "carol@example.org", carol), again = first, other;

	ok(store_contact_put(store, &again));
	ck_assert_int_eq(again.id, first.id);
	ck_assert_int_gt(again.version, first.version);
	/* Also for one that doesn't say which row it means. */
	other = put(alice, "carol@example.org", carol);
	ck_assert_int_eq(other.id, first.id);
	ck_assert_int_gt(other.version, again.version);
	next_turn();
	ck_assert_int_gt(put(alice, "urn:uuid:1", 0).version, other.version);
}
END_TEST

START_TEST(a_contact_whose_subject_changes_gets_a_new_link)
{
	struct store_contact contact = put(alice, "urn:uuid:1", 0), row;
	int64_t first = contact.id, second, count;

	contact.subject = carol;
	ok(store_contact_put(store, &contact));
	second = contact.id;
	ck_assert_int_gt(second, first);
	contact.subject = 0;
	ok(store_contact_put(store, &contact));
	ck_assert_int_gt(contact.id, second);
	ok(store_contact_get(store, arena, alice, "urn:uuid:1", &row));
	ck_assert_int_eq(row.subject, 0);
	ok(store_contact_count(store, alice, &count));
	ck_assert_int_eq(count, 1);
	ok(store_link_highest(store, &count));
	ck_assert_int_eq(count, contact.id);
}
END_TEST

START_TEST(of_several_contacts_of_one_subject_the_oldest_link_is_given)
{
	struct store_contact first = put(alice, "z", carol), row;
	bool yes;

	put(alice, "a", carol);
	put(bob, "b", carol);
	ok(store_contact_of(store, arena, alice, carol, &row));
	ck_assert_int_eq(row.id, first.id);
	ok(store_contact_has(store, bob, carol, &yes));
	ck_assert(yes);
	ok(store_contact_has(store, carol, bob, &yes));
	ck_assert(!yes);
	none(store_contact_of(store, arena, carol, bob, &row));
}
END_TEST

START_TEST(a_mark_changes_neither_card_nor_position)
{
	struct store_contact contact = put(alice, "carol@example.org", carol), row;

	contact.applied = 5;
	contact.written = 4;
	contact.pins = "+1 5";
	contact.card = "no";
	ok(store_contact_mark(store, &contact));
	ok(store_contact_get(store, arena, alice, "carol@example.org", &row));
	ck_assert_int_eq(row.applied, 5);
	ck_assert_int_eq(row.written, 4);
	ck_assert_str_eq(row.pins, "+1 5");
	ck_assert_str_eq(row.card, "<vcard/>");
	ck_assert_int_eq(row.version, contact.version);
	contact.id += 1;
	none(store_contact_mark(store, &contact));
}
END_TEST

static int add_item(void *context, const struct store_contact *contact)
{
	const int *most = context;

	rows_add(contact->item);
	return most != NULL && strlen(rows) / 2 + 1 >= (size_t)*most;
}

START_TEST(a_book_is_paged_in_both_directions_in_order_of_item)
{
	static const char *const items[] = {"d", "b", "e", "a", "c"};
	int most = 2;
	int64_t index;

	for (size_t i = 0; i < 5; i++)
		put(alice, items[i], 0);
	put(bob, "bb", 0);
	rows[0] = '\0';
	ok(store_contact_list(store, arena, alice, NULL, 2, add_item, NULL));
	ck_assert_str_eq(rows, "a b");
	rows[0] = '\0';
	ok(store_contact_list(store, arena, alice, "b", 9, add_item, NULL));
	ck_assert_str_eq(rows, "c d e");
	rows[0] = '\0';
	ok(store_contact_list_back(store, arena, alice, NULL, 2, add_item, NULL));
	ck_assert_str_eq(rows, "d e");
	rows[0] = '\0';
	ok(store_contact_list_back(store, arena, alice, "d", 2, add_item, NULL));
	ck_assert_str_eq(rows, "b c");
	rows[0] = '\0';
	ok(store_contact_list(store, arena, alice, "", 9, add_item, &most));
	ck_assert_str_eq(rows, "a b");
	rows[0] = '\0';
	ok(store_contact_list(store, arena, alice, NULL, 0, add_item, NULL));
	ck_assert_str_eq(rows, "");
	ok(store_contact_index(store, alice, "d", &index));
	ck_assert_int_eq(index, 3);
	ok(store_contact_index(store, alice, "zz", &index));
	ck_assert_int_eq(index, 5);
}
END_TEST

START_TEST(an_item_is_found_by_how_many_are_before_it)
{
	static const char *const items[] = {"d", "b", "e", "a", "c"};
	const char *item = NULL;

	for (size_t i = 0; i < 5; i++)
		put(alice, items[i], 0);
	put(bob, "bb", 0);
	ok(store_contact_at(store, arena, alice, 0, &item));
	ck_assert_str_eq(item, "a");
	ok(store_contact_at(store, arena, alice, 4, &item));
	ck_assert_str_eq(item, "e");
	none(store_contact_at(store, arena, alice, 5, &item));
	none(store_contact_at(store, arena, alice, INT64_MAX, &item));
}
END_TEST

START_TEST(the_contacts_changed_last_are_given_as_they_changed)
{
	static const char *const items[] = {"d", "b", "e", "a", "c"};
	int64_t version;

	for (size_t i = 0; i < 5; i++)
		put(alice, items[i], 0);
	put(bob, "bb", 0);
	ok(store_contact_remove(store, alice, "c", 50, &version));
	rows[0] = '\0';
	ok(store_contact_recent(store, arena, alice, 3, add_item, NULL));
	ck_assert_str_eq(rows, "b e a");
}
END_TEST

static int add_event(void *context, const struct store_event *event)
{
	char text[64];

	(void)context;
	ck_assert((event->card == NULL) == event->retracted);
	(void)snprintf(text, sizeof(text), "%s%s", event->retracted ? "-" : "+", event->item);
	rows_add(text);
	return 0;
}

static void put_large(int64_t owner, const char *item, size_t len)
{
	struct store_contact contact = {
		.owner = owner, .item = item, .card = malloc(len), .card_len = len};

	memset((char *)(uintptr_t)contact.card, 'x', len);
	ok(store_contact_put(store, &contact));
	free((char *)(uintptr_t)contact.card);
}

START_TEST(a_list_ends_behind_a_mebibyte_of_cards_and_is_asked_on_for)
{
	static const char *const items[] = {"a", "b", "c", "d"};
	struct store_span span = store_span_all;

	for (size_t i = 0; i < 4; i++)
		put_large(alice, items[i], 500000);
	rows[0] = '\0';
	ok(store_contact_list(store, arena, alice, NULL, 9, add_item, NULL));
	ck_assert_str_eq(rows, "a b c");
	rows[0] = '\0';
	ok(store_contact_list_back(store, arena, alice, NULL, 9, add_item, NULL));
	ck_assert_str_eq(rows, "b c d");
	rows[0] = '\0';
	ok(store_contact_recent(store, arena, alice, 9, add_item, NULL));
	ck_assert_str_eq(rows, "b c d");
	rows[0] = '\0';
	ok(store_event_list(store, arena, alice, &span, 9, add_event, NULL));
	ck_assert_str_eq(rows, "+a +b +c");
	rows[0] = '\0';
	ok(store_event_list_back(store, arena, alice, &span, 9, add_event, NULL));
	ck_assert_str_eq(rows, "+b +c +d");
}
END_TEST

/* Uses the statement that is giving the rows, and writes to them. */
static int put_again(void *context, const struct store_contact *contact)
{
	struct store_contact copy = *contact;

	(void)context;
	ok(store_link_list(store, arena, carol, 0, 99, 9, add_item, NULL));
	ok(store_contact_put(store, &copy));
	return 0;
}

START_TEST(who_is_given_rows_may_use_the_store)
{
	put(alice, "x", carol);
	put(bob, "y", carol);
	rows[0] = '\0';
	ok(store_link_list(store, arena, carol, 0, 99, 9, put_again, NULL));
	ck_assert_str_eq(rows, "x y x y");
}
END_TEST

/* ---- Events ---- */

START_TEST(events_are_the_present_state_of_each_item_once_in_order)
{
	struct store_contact a = put(alice, "a", 0), b = put(alice, "b", 0);
	struct store_span ahead = store_span_all, behind = store_span_all;
	int64_t version, count, newest, dropped;

	put(alice, "c", 0);
	put(bob, "z", 0);
	ok(store_contact_remove(store, alice, "b", 50, &version));
	ok(store_contact_put(store, &a));
	none(store_contact_remove(store, alice, "b", 50, &version));
	behind.after = version;
	ahead.before = a.version;
	rows[0] = '\0';
	ok(store_event_list(store, arena, alice, &store_span_all, 9, add_event, NULL));
	ck_assert_str_eq(rows, "+c -b +a");
	rows[0] = '\0';
	ok(store_event_list(store, arena, alice, &behind, 9, add_event, NULL));
	ck_assert_str_eq(rows, "+a");
	rows[0] = '\0';
	ok(store_event_list_back(store, arena, alice, &ahead, 1, add_event, NULL));
	ck_assert_str_eq(rows, "-b");
	rows[0] = '\0';
	ok(store_event_list_back(store, arena, alice, &ahead, 5, add_event, NULL));
	ck_assert_str_eq(rows, "+c -b");
	behind = store_span_all;
	behind.end = 50;
	rows[0] = '\0';
	ok(store_event_list(store, arena, alice, &behind, 9, add_event, NULL));
	ck_assert_str_eq(rows, "-b");
	behind.start = 51;
	behind.end = INT64_MAX;
	rows[0] = '\0';
	ok(store_event_list_back(store, arena, alice, &behind, 1, add_event, NULL));
	ck_assert_str_eq(rows, "+a");
	ok(store_event_count(store, alice, b.version, &count));
	ck_assert_int_eq(count, 3);
	ok(store_event_range(store, alice, &newest, &dropped));
	ck_assert_int_eq(newest, a.version);
	ck_assert_int_eq(dropped, 0);
	/* Published again: no retraction any more. */
	put(alice, "b", 0);
	rows[0] = '\0';
	ok(store_event_list(store, arena, alice, &store_span_all, 9, add_event, NULL));
	ck_assert_str_eq(rows, "+c +a +b");
	is_sound();
}
END_TEST

START_TEST(an_empty_book_has_no_events)
{
	int64_t newest = 9, dropped = 9;

	ok(store_event_range(store, alice, &newest, &dropped));
	ck_assert_int_eq(newest, 0);
	ck_assert_int_eq(dropped, 0);
	none(store_event_range(store, 999, &newest, &dropped));
}
END_TEST

START_TEST(old_retractions_are_dropped_bit_by_bit_and_the_book_notes_it)
{
	int64_t at, versions[5], newest, dropped;
	char item[2] = "a";
	bool more = false;

	for (int i = 0; i < 5; i++, item[0]++) {
		put(alice, item, 0);
		ok(store_contact_remove(store, alice, item, 100 + i, &versions[i]));
	}
	ok(store_expire(store, 104, 3, &more));
	ck_assert(more);
	ok(store_event_range(store, alice, &newest, &dropped));
	ck_assert_int_eq(dropped, versions[2]);
	ok(store_expire(store, 104, 3, &more));
	ck_assert(!more);
	ok(store_event_range(store, alice, &newest, &dropped));
	ck_assert_int_eq(dropped, versions[3]);
	ck_assert_int_eq(newest, versions[4]);
	ok(store_event_count(store, alice, 0, &at));
	ck_assert_int_eq(at, 1);
}
END_TEST

/* ---- Links, runs, updates ---- */

START_TEST(links_are_walked_in_order_between_two_ids)
{
	struct store_contact first = put(alice, "a", carol), second = put(bob, "b", carol);
	int64_t count, highest;

	put(alice, "x", bob);
	ok(store_link_highest(store, &highest));
	put(carol, "c", carol);
	ok(store_link_count(store, carol, &count));
	ck_assert_int_eq(count, 3);
	rows[0] = '\0';
	ok(store_link_list(store, arena, carol, 0, highest, 9, add_item, NULL));
	ck_assert_str_eq(rows, "a b");
	rows[0] = '\0';
	ok(store_link_list(store, arena, carol, first.id, second.id, 1, add_item, NULL));
	ck_assert_str_eq(rows, "b");
	rows[0] = '\0';
	ok(store_link_list(store, arena, carol, second.id, highest, 9, add_item, NULL));
	ck_assert_str_eq(rows, "");
}
END_TEST

static void add_run(void *context, const struct store_run *run)
{
	char text[64];

	(void)context;
	(void)snprintf(text, sizeof(text), "%d:%d:%d:%d:%d", (int)run->version,
		(int)run->started_at, (int)run->cards_done, (int)run->cards_last,
		(int)run->pushes_done);
	rows_add(text);
	ok(store_run_remove(store, run->account));
}

START_TEST(an_account_has_one_run)
{
	struct store_run run, row;

	memset(&run, 0, sizeof(run)); /* also what is between the members */
	memset(&row, 0, sizeof(row));
	run.account = alice;
	run.version = 1;
	run.started_at = 2;
	run.cards_done = 3;
	run.cards_last = 4;
	run.pushes_done = 5;
	run.starts_at = 6;
	run.offers = 7;
	run.offers_done = 8;
	none(store_run_get(store, alice, &row));
	ok(store_run_put(store, &run));
	run.cards_done = 4;
	ok(store_run_put(store, &run));
	ok(store_run_put(store, &(struct store_run){bob, 6, 7, 8, 9, 10, 0, false, 0, 0}));
	ok(store_run_get(store, alice, &row));
	ck_assert_mem_eq(&row, &run, sizeof(run));
	rows[0] = '\0';
	ok(store_run_list(store, 6, 6, add_run, NULL));
	ck_assert_str_eq(rows, "6:7:8:9:10 1:2:4:4:5");
	none(store_run_get(store, alice, &row));
}
END_TEST

/* People who never answer must not be in the way of those who change something. */
START_TEST(a_run_that_waits_for_an_answer_is_listed_when_its_time_is_over)
{
	ok(store_run_put(store, &(struct store_run){alice, 1, 2, 3, 4, 5, 1000, true, 0, 0}));
	ok(store_run_put(store, &(struct store_run){bob, 6, 7, 8, 9, 10, 0, false, 0, 0}));
	rows[0] = '\0';
	ok(store_run_list(store, 999, 999, add_run, NULL));
	ck_assert_str_eq(rows, "6:7:8:9:10");
	rows[0] = '\0';
	rows[0] = '\0';
	ok(store_run_list(store, 9000, 999, add_run, NULL)); /* by a clock that is ahead */
	ck_assert_str_eq(rows, "");
	rows[0] = '\0';
	ok(store_run_list(store, 1000, 1000, add_run, NULL));
	ck_assert_str_eq(rows, "1:2:3:4:5");
}
END_TEST

#define FAR 3000000

static int64_t starts_at(int64_t account)
{
	struct store_run run;

	ok(store_run_get(store, account, &run));
	return run.starts_at;
}

START_TEST(what_a_clock_that_was_wrong_put_off_for_years_comes_in_time)
{
	static const int64_t day = 86400, years = 300000000;
	struct store_account account;
	struct store_matter matter = {.account = alice,
		.kind = MATTER_SHARE,
		.token = "t",
		.subject = bob,
		.target = "",
		.what = "",
		.made_at = years,
		.expires_at = years};
	struct store_told told;
	int64_t at;
	bool more;

	ok(store_run_put(store, &(struct store_run){alice, 1, 2, 3, 4, 5, years, true, 0, 0}));
	ok(store_run_put(store, &(struct store_run){bob, 6, 7, 8, 9, 10, years, false, 0, 0}));
	ok(store_run_put(store, &(struct store_run){carol, 6, 7, 8, 9, 10, 1500, false, 0, 0}));
	ok(store_account_by_id(store, arena, alice, &account));
	ok(store_account_seen(store, &account, years));
	ok(store_told_put(store, alice, &(struct store_told){5, 2, years}));
	ok(store_sweep_due(store, alice, years));
	ok(store_matter_add(store, &matter));
	ok(store_change_add(store, alice, 1, years, "x"));
	put(alice, "a", 0);
	ok(store_contact_remove(store, alice, "a", years, &at));
	ok(store_redate(store, 1000, FAR));
	ck_assert_int_eq(starts_at(alice), FAR);
	ck_assert_int_eq(starts_at(bob), 1000 + day);
	ck_assert_int_eq(starts_at(carol), 1500);
	ok(store_account_by_id(store, arena, alice, &account));
	ck_assert_int_eq(account.seen_at, 1000);
	ok(store_told_get(store, alice, &told));
	ck_assert_int_eq(told.since, 5);
	ck_assert_int_eq(told.count, 2);
	ck_assert_int_eq(told.summary_at, 1000 + day);
	ok(store_sweep_first(store, 1000, &(struct store_sweep){0}));
	ok(store_change_nth(store, alice, 1, &at));
	ck_assert_int_eq(at, 1000 - day);
	ok(store_matter_expire(store, FAR - 1, 9, &more));
	ok(store_matter_of_kind(store, arena, alice, MATTER_SHARE, 0, &matter));
	ck_assert_int_eq(matter.expires_at, FAR);
	ok(store_expire(store, 1001, 1, &more));
	ck_assert(more); /* the retraction */
	ok(store_event_range(store, alice, &at, &account.seen_at));
	ck_assert_int_gt(account.seen_at, 0);
}
END_TEST

START_TEST(what_is_old_is_noted)
{
	int64_t old;

	ok(store_old_get(store, &old));
	ck_assert_int_eq(old, 0);
	ok(store_old_put(store, 77));
	ok(store_old_get(store, &old));
	ck_assert_int_eq(old, 77);
}
END_TEST

START_TEST(what_a_client_lacks_is_kept_by_account)
{
	static const struct store_missing lacks[] = {
		{"+447700900123", MISSING_STAYS}, {"+447700900456", MISSING_NEW}};
	struct store_missing list[4];
	size_t count;

	ok(store_missing_put(store, alice, lacks, 2));
	ok(store_missing_put(store, bob, lacks, 1));
	ok(store_missing_get(store, arena, alice, list, 4, &count));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(list[1].identity, "+447700900456");
	ck_assert_int_eq(list[0].state, MISSING_STAYS);
	ck_assert_int_eq(list[1].state, MISSING_NEW);
	ok(store_missing_get(store, arena, alice, list, 1, &count));
	ck_assert_uint_eq(count, 1);
	ok(store_missing_put(store, alice, NULL, 0));
	ok(store_missing_get(store, arena, alice, list, 4, &count));
	ck_assert_uint_eq(count, 0);
	ok(store_missing_get(store, arena, bob, list, 4, &count));
	ck_assert_uint_eq(count, 1);
}
END_TEST

static int add_token(void *context, const struct store_matter *matter)
{
	(void)context;
	rows_add(matter->token);
	return 0;
}

START_TEST(matters_wait_until_they_are_answered_or_expire)
{
	struct store_contact contact = put(alice, "carol@example.org", carol);
	struct store_matter row, update = {.account = alice,
					 .kind = MATTER_UPDATE,
					 .token = "a",
					 .subject = carol,
					 .target = "carol@example.org",
					 .link = contact.id,
					 .version = 2,
					 .update = 7,
					 .what = "what",
					 .made_at = 10,
					 .expires_at = 20};
	struct store_matter share = {.account = alice,
		.kind = MATTER_SHARE,
		.token = "b",
		.subject = bob,
		.target = "dave@example.org",
		.what = "",
		.made_at = 10,
		.expires_at = 30};
	int64_t count;
	bool is_there, more;

	ok(store_matter_add(store, &update));
	ok(store_matter_add(store, &share));
	ok(store_matter_find(store, arena, alice, "a", 19, &row));
	ck_assert_int_eq(row.id, update.id);
	ck_assert_int_eq(row.link, contact.id);
	ck_assert_str_eq(row.what, "what");
	ck_assert_int_eq(row.version, 2);
	none(store_matter_find(store, arena, alice, "a", 20, &row));
	none(store_matter_find(store, arena, bob, "a", 19, &row));
	ok(store_matter_of_link(store, arena, contact.id, 19, &row));
	ok(store_matter_of_update(store, arena, 7, 19, &row));
	none(store_matter_of_update(store, arena, 8, 19, &row));
	rows[0] = '\0';
	ok(store_matter_list(store, arena, alice, 19, 9, add_token, NULL));
	ck_assert_str_eq(rows, "b a");
	ok(store_matter_decline(store, alice, share.id));
	none(store_matter_find(store, arena, alice, "b", 19, &row));
	ok(store_matter_count(store, &share, 29, &count, &is_there));
	ck_assert_int_eq(count, 1);
	ck_assert(is_there);
	ok(store_matter_expire(store, 30, 1, &more));
	ck_assert(more);
	ok(store_matter_expire(store, 30, 9, &more));
	ck_assert(!more);
	ok(store_matter_count(store, &share, 19, &count, &is_there));
	ck_assert_int_eq(count, 0);
	ck_assert(!is_there);
	is_sound();
}
END_TEST

START_TEST(a_matter_goes_with_its_contact)
{
	struct store_contact contact = put(alice, "carol@example.org", carol);
	struct store_matter row, update = {.account = alice,
					 .kind = MATTER_UPDATE,
					 .token = "a",
					 .subject = carol,
					 .target = "carol@example.org",
					 .link = contact.id,
					 .what = "",
					 .expires_at = 20};
	int64_t version;

	ok(store_matter_add(store, &update));
	ok(store_contact_remove(store, alice, "carol@example.org", 1, &version));
	none(store_matter_find(store, arena, alice, "a", 1, &row));
	is_sound();
}
END_TEST

static int64_t add_update(const struct store_contact *contact, const char *what, bool push)
{
	struct store_update update = {.subject = contact->subject,
		.change = 3,
		.link = contact->id,
		.owner = contact->owner,
		.item = contact->item,
		.version = contact->version,
		.at = 100,
		.what = what,
		.push = push};

	ok(store_update_add(store, &update));
	return update.id;
}

static int add_what(void *context, const struct store_update *update)
{
	(void)context;
	rows_add(update->what);
	return 0;
}

START_TEST(updates_are_listed_for_pushing_and_the_last_in_force_is_found)
{
	struct store_contact a = put(alice, "a", carol), b = put(bob, "b", carol);
	int64_t first = add_update(&a, "1", true), second = add_update(&b, "2", true), third,
		highest;
	struct store_update row;

	add_update(&a, "quiet", false);
	third = add_update(&a, "3", true);
	ok(store_update_highest(store, &highest));
	ck_assert_int_eq(highest, third);
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, first, 9, add_what, NULL));
	ck_assert_str_eq(rows, "2 3");
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, 0, 1, add_what, NULL));
	ck_assert_str_eq(rows, "1");
	ok(store_update_last(store, arena, alice, "a", &row));
	ck_assert_str_eq(row.what, "3");
	ck_assert_int_eq(row.link, a.id);
	ck_assert_int_eq(row.change, 3);
	ck_assert_int_eq(row.at, 100);
	ck_assert(row.push);
	ok(store_update_undone(store, third, 200));
	ok(store_update_last(store, arena, alice, "a", &row));
	ck_assert_str_eq(row.what, "quiet");
	ck_assert(!row.push);
	none(store_update_last(store, arena, alice, "b", &row));
	ok(store_update_undone(store, second, 200));
	none(store_update_last(store, arena, bob, "b", &row));
	none(store_update_undone(store, 999, 200));
}
END_TEST

START_TEST(what_updates_did_goes_with_the_contact_and_with_its_link)
{
	struct store_contact a = put(alice, "a", carol), b = put(bob, "b", carol);
	struct store_update row;
	int64_t version;

	add_update(&a, "1", true);
	add_update(&b, "2", true);
	ok(store_contact_remove(store, alice, "a", 5, &version));
	put(alice, "a", carol);
	none(store_update_last(store, arena, alice, "a", &row));
	put(bob, "b", alice);
	none(store_update_last(store, arena, bob, "b", &row));
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, 0, 9, add_what, NULL));
	ck_assert_str_eq(rows, "");
	is_sound();
}
END_TEST

START_TEST(old_updates_are_dropped_but_those_that_a_run_has_to_push)
{
	struct store_contact a = put(alice, "a", carol);
	struct store_run run = {.account = carol, .version = 1};
	bool more = true;

	put_profile(carol, "Carol", NULL, NULL);
	run.pushes_done = add_update(&a, "1", true);
	add_update(&a, "quiet", false);
	add_update(&a, "2", true);
	ok(store_run_put(store, &run));
	ok(store_change_add(store, carol, 1, 100, "old"));
	ok(store_expire(store, 100, 9, &more));
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, 0, 9, add_what, NULL));
	ck_assert_str_eq(rows, "1 2");
	ok(store_expire(store, 101, 9, &more));
	ck_assert(!more);
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, 0, 9, add_what, NULL));
	ck_assert_str_eq(rows, "2");
	ok(store_run_remove(store, carol));
	ok(store_expire(store, 101, 1, &more));
	ck_assert(more);
	rows[0] = '\0';
	ok(store_update_list(store, arena, carol, 0, 9, add_what, NULL));
	ck_assert_str_eq(rows, "");
}
END_TEST

static void add_change(void *context, const struct store_change *change)
{
	(void)context;
	rows_add(change->jid);
	rows_add(change->what);
}

START_TEST(changes_are_listed_newest_first_of_one_or_of_all)
{
	ok(store_change_add(store, alice, 1, 5, "one"));
	ok(store_change_add(store, bob, 1, 6, "two"));
	ok(store_change_add(store, alice, 2, 7, "three"));
	rows[0] = '\0';
	ok(store_change_list(store, arena, 0, 2, add_change, NULL));
	ck_assert_str_eq(rows, "alice@example.org three bob@example.org two");
	rows[0] = '\0';
	ok(store_change_list(store, arena, alice, 9, add_change, NULL));
	ck_assert_str_eq(rows, "alice@example.org three alice@example.org one");
}
END_TEST

START_TEST(the_figures_count_what_is_there)
{
	struct store_stats stats;

	put(alice, "a", carol);
	put(alice, "b", 0);
	put_profile(carol, "Carol", NULL, NULL);
	ok(store_stats(store, &stats));
	ck_assert_int_eq(stats.accounts, 3);
	ck_assert_int_eq(stats.profiles, 1);
	ck_assert_int_eq(stats.contacts, 2);
	ck_assert_int_eq(stats.links, 1);
	ck_assert_int_eq(stats.runs, 0);
	ck_assert_int_eq(stats.updates, 0);
	ck_assert_int_gt(stats.bytes, 4096);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store: books");
	TCase *contacts = tcase_create("contacts"), *events = tcase_create("events"),
	      *runs = tcase_create("runs");

	tcase_add_checked_fixture(contacts, make_accounts, remove_folder);
	tcase_add_test(contacts, a_contact_comes_back_as_it_went_in);
	tcase_add_test(contacts, each_put_takes_the_next_position_and_keeps_the_link);
	tcase_add_test(contacts, a_contact_whose_subject_changes_gets_a_new_link);
	tcase_add_test(contacts, of_several_contacts_of_one_subject_the_oldest_link_is_given);
	tcase_add_test(contacts, a_mark_changes_neither_card_nor_position);
	tcase_add_test(contacts, a_book_is_paged_in_both_directions_in_order_of_item);
	tcase_add_test(contacts, an_item_is_found_by_how_many_are_before_it);
	tcase_add_test(contacts, the_contacts_changed_last_are_given_as_they_changed);
	tcase_add_test(contacts, a_list_ends_behind_a_mebibyte_of_cards_and_is_asked_on_for);
	tcase_add_test(contacts, who_is_given_rows_may_use_the_store);
	suite_add_tcase(suite, contacts);
	tcase_add_checked_fixture(events, make_accounts, remove_folder);
	tcase_add_test(events, events_are_the_present_state_of_each_item_once_in_order);
	tcase_add_test(events, an_empty_book_has_no_events);
	tcase_add_test(events, old_retractions_are_dropped_bit_by_bit_and_the_book_notes_it);
	suite_add_tcase(suite, events);
	tcase_add_checked_fixture(runs, make_accounts, remove_folder);
	tcase_add_test(runs, links_are_walked_in_order_between_two_ids);
	tcase_add_test(runs, an_account_has_one_run);
	tcase_add_test(runs, a_run_that_waits_for_an_answer_is_listed_when_its_time_is_over);
	tcase_add_test(runs, what_a_clock_that_was_wrong_put_off_for_years_comes_in_time);
	tcase_add_test(runs, what_is_old_is_noted);
	tcase_add_test(runs, what_a_client_lacks_is_kept_by_account);
	tcase_add_test(runs, matters_wait_until_they_are_answered_or_expire);
	tcase_add_test(runs, a_matter_goes_with_its_contact);
	tcase_add_test(runs, updates_are_listed_for_pushing_and_the_last_in_force_is_found);
	tcase_add_test(runs, what_updates_did_goes_with_the_contact_and_with_its_link);
	tcase_add_test(runs, old_updates_are_dropped_but_those_that_a_run_has_to_push);
	tcase_add_test(runs, changes_are_listed_newest_first_of_one_or_of_all);
	tcase_add_test(runs, the_figures_count_what_is_there);
	suite_add_tcase(suite, runs);
	return run_suite(suite);
}
