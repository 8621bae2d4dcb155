/* What libkith keeps between runs. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/arena.h"
#include "plugin/state.h"

#define ME "bob@example.org"

static char dir[64];
static struct arena *arena;
static struct state *state;

static void reopen(void)
{
	char *why = NULL;

	state_close(state);
	state = state_open(arena_printf(arena, "%s/state", dir), ME, &why);
	ck_assert_msg(state != NULL, "%s", why ? why : "");
}

static void setup(void)
{
	strcpy(dir, "/tmp/kith-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	arena = arena_new(0);
	state = NULL;
	reopen();
}

static void teardown(void)
{
	char command[128];

	state_close(state);
	state = NULL;
	arena_free(arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *file_path(void)
{
	return arena_printf(arena, "%s/state/bob@example.org.db", dir);
}

static int count_row(void *context, const struct state_item *item)
{
	(void)item;
	++*(int *)context;
	return 0;
}

static int count_items(void)
{
	int count = 0;

	ck_assert_int_eq(state_item_list(state, arena, count_row, &count), 0);
	return count;
}

START_TEST(the_file_is_for_its_owner)
{
	struct stat st;

	ck_assert_int_eq(stat(file_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(arena_printf(arena, "%s/state", dir), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(an_account_can_name_no_other_file)
{
	char *why = NULL;
	struct state *other = state_open(arena_printf(arena, "%s/state", dir), "../x@..", &why);
	struct stat st;

	ck_assert_ptr_nonnull(other);
	state_close(other);
	ck_assert_int_eq(stat(arena_printf(arena, "%s/state/%%2E.%%2Fx@...db", dir), &st), 0);
}
END_TEST

/* A file that a newer version made, with what it had not brought there from its log yet. */
static void make_newer(const char *journal, bool is_killed)
{
	const char *made = arena_printf(arena, "%s/made.db", dir), *log;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(made, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db,
				 arena_printf(arena,
					 "PRAGMA journal_mode = %s; PRAGMA user_version = 99;"
					 "CREATE TABLE news (x); INSERT INTO news VALUES (1)",
					 journal),
				 NULL, NULL, NULL),
		SQLITE_OK);
	log = is_killed ? arena_printf(arena, "cp '%s-wal' '%s-wal' &&", made, file_path()) : "";
	if (!is_killed)
		sqlite3_close(db);
	ck_assert_int_eq(system(arena_printf(arena, "%s cp '%s' '%s'", log, made, file_path())), 0);
	if (is_killed)
		sqlite3_close(db);
}

static char *content(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = arena_alloc(arena, 100000);

	ck_assert_msg(file && text, "%s", path);
	*len = fread(text, 1, 100000, file);
	fclose(file);
	return text;
}

static const struct {
	const char *journal;
	bool is_killed;
} newer[] = {{"DELETE", false}, {"WAL", false}, {"WAL", true}};

START_TEST(a_newer_file_is_refused_and_stays_as_it_is)
{
	const char *files[] = {file_path(), arena_printf(arena, "%s-wal", file_path())};
	char *why = NULL, *before[2] = {NULL};
	size_t len[2] = {0}, now;

	state_close(state);
	state = NULL;
	make_newer(newer[_i].journal, newer[_i].is_killed);
	for (int i = 0; i < 1 + newer[_i].is_killed; i++)
		before[i] = content(files[i], &len[i]);
	for (int times = 0; times < 2; times++) {
		ck_assert_ptr_null(state_open(arena_printf(arena, "%s/state", dir), ME, &why));
		ck_assert_ptr_nonnull(strstr(why, "newer version"));
		free(why);
	}
	for (int i = 0; i < 1 + newer[_i].is_killed; i++)
		ck_assert_mem_eq(content(files[i], &now), before[i], len[i]);
	ck_assert_uint_eq(now, len[newer[_i].is_killed]);
}
END_TEST

START_TEST(what_is_no_state_file_is_refused_and_stays_as_it_is)
{
	static const char text[] = "Dear diary, this is no database of any kind. ";
	FILE *file;
	char *why = NULL, *now;
	size_t len;

	state_close(state);
	state = NULL;
	file = fopen(file_path(), "w");
	for (int i = 0; i < 100; i++)
		fputs(text, file);
	fclose(file);
	ck_assert_ptr_null(state_open(arena_printf(arena, "%s/state", dir), ME, &why));
	ck_assert_ptr_nonnull(strstr(why, "not a database"));
	free(why);
	now = content(file_path(), &len);
	ck_assert_uint_eq(len, 100 * strlen(text));
	ck_assert_mem_eq(now, text, strlen(text));
}
END_TEST

START_TEST(items_and_position_outlive_the_program)
{
	struct state_item item = {.item = "a@b",
		.card = "<c/>",
		.card_at = 5,
		.file = "a.vcf",
		.file_text = "text",
		.file_revision = "r1"};
	struct state_item found;
	const char *position;

	ck_assert_int_eq(state_set_service(state, "kith.example.org"), 0);
	ck_assert_int_eq(state_item_set_card(state, "a@b", "<old/>", 4), 0);
	ck_assert_int_eq(state_item_get(state, arena, "a@b", &found), 1);
	ck_assert_ptr_null(found.base);
	ck_assert_int_eq(state_item_agree(state, &item), 0);
	ck_assert_int_eq(state_set_position(state, "p1"), 0);
	reopen();
	ck_assert_int_eq(state_item_get(state, arena, "a@b", &found), 1);
	ck_assert_str_eq(found.card, "<c/>");
	ck_assert_str_eq(found.base, "<c/>");
	ck_assert_str_eq(found.file_revision, "r1");
	ck_assert_int_eq(state_get_position(state, arena, &position), 0);
	ck_assert_str_eq(position, "p1");
	/* What the service says touches the base no more. */
	ck_assert_int_eq(state_item_set_card(state, "a@b", NULL, 6), 0);
	ck_assert_int_eq(state_item_get(state, arena, "a@b", &found), 1);
	ck_assert_ptr_null(found.card);
	ck_assert_str_eq(found.base, "<c/>");
	ck_assert_int_eq(state_item_get(state, arena, "x@y", &found), 0);
}
END_TEST

START_TEST(another_service_begins_with_an_empty_mirror)
{
	const char *position;

	state_set_service(state, "kith.example.org");
	state_item_set_card(state, "a@b", "<c/>", 1);
	state_set_position(state, "p1");
	ck_assert_int_eq(state_set_service(state, "kith.example.org"), 0);
	ck_assert_int_eq(count_items(), 1);
	ck_assert_int_eq(state_set_service(state, "kith.other.org"), 0);
	ck_assert_int_eq(count_items(), 0);
	ck_assert_int_eq(state_get_position(state, arena, &position), 0);
	ck_assert_ptr_null(position);
}
END_TEST

START_TEST(what_a_query_anew_does_not_name_is_gone)
{
	struct state_item found;

	state_item_set_card(state, "a@b", "<c/>", 1);
	state_item_set_card(state, "c@d", "<c/>", 1);
	ck_assert_int_eq(state_sweep_begin(state), 0);
	state_item_set_card(state, "c@d", "<c/>", 1);
	reopen(); /* the program was ended in between */
	ck_assert_int_eq(state_sweep_end(state, 9), 0);
	ck_assert_int_eq(state_item_get(state, arena, "a@b", &found), 1);
	ck_assert_ptr_null(found.card);
	ck_assert_int_eq(state_item_get(state, arena, "c@d", &found), 1);
	ck_assert_ptr_nonnull(found.card);
}
END_TEST

START_TEST(what_was_rolled_back_never_was)
{
	ck_assert_int_eq(state_begin(state), 0);
	state_item_set_card(state, "a@b", "<c/>", 1);
	ck_assert_int_eq(state_end(state, false), 0);
	ck_assert_int_eq(count_items(), 0);
}
END_TEST

START_TEST(cards_have_numbers_that_are_never_used_again)
{
	char sender[32];
	struct state_card card = {.from = sender, .card = "<c/>", .at = 1}, found;

	for (int i = 1; i <= STATE_CARDS_MAX + 10; i++) {
		snprintf(sender, sizeof(sender), "%d@b", i);
		ck_assert_int_eq(state_card_add(state, &card), 0);
		ck_assert_int_eq(card.n, i);
	}
	ck_assert_int_eq(state_card_get(state, arena, 1, &found), 0);
	ck_assert_int_eq(state_card_get(state, arena, 11, &found), 1);
	ck_assert_int_eq(state_card_get(state, arena, 0, &found), 1);
	ck_assert_int_eq(found.n, STATE_CARDS_MAX + 10);
	ck_assert_ptr_null(found.about);
}
END_TEST

static int count_entry(void *context, const struct state_journal *entry)
{
	(void)entry;
	++*(int *)context;
	return 0;
}

START_TEST(cards_of_one_sender_do_not_drive_out_those_of_others)
{
	struct state_card friend = {.from = "friend@b", .card = "<c/>", .at = 1}, found;
	struct state_card flood = {.from = "flood@b", .card = "<c/>", .at = 1};

	ck_assert_int_eq(state_card_add(state, &friend), 0);
	state_begin(state);
	for (int i = 0; i < 3 * STATE_CARDS_MAX; i++)
		ck_assert_int_eq(state_card_add(state, &flood), 0);
	state_end(state, true);
	ck_assert_int_eq(state_card_get(state, arena, friend.n, &found), 1);
	ck_assert_int_eq(
		state_card_get(state, arena, flood.n - STATE_CARDS_OF_ONE_MAX + 1, &found), 1);
	ck_assert_int_eq(state_card_get(state, arena, flood.n - STATE_CARDS_OF_ONE_MAX, &found), 0);
}
END_TEST

START_TEST(what_is_remembered_is_bounded)
{
	struct state_journal entry = {
		.item = "a@b", .name = "A", .lost = "<one/>", .whole = true, .at = 1};
	char id[32];
	bool fresh;
	int count = 0;

	state_begin(state);
	for (int i = 0; i < STATE_SEEN_MAX + 100; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ck_assert_int_eq(state_seen(state, "a@b", id, 100, &fresh), 0);
	}
	ck_assert(!state_has_seen(state, "a@b", "99"));
	ck_assert(state_has_seen(state, "a@b", "100"));
	for (int i = 0; i < STATE_JOURNAL_MAX + 100; i++)
		ck_assert_int_eq(state_journal_add(state, &entry), 0);
	state_journal_removed(state, arena, count_entry, &count);
	ck_assert_int_eq(count, STATE_JOURNAL_MAX);
	state_end(state, true);
}
END_TEST

START_TEST(an_id_is_new_once_a_sender)
{
	bool fresh;

	ck_assert_int_eq(state_seen(state, "a@b", "1", 100, &fresh), 0);
	ck_assert(fresh);
	state_seen(state, "a@b", "1", 101, &fresh);
	ck_assert(!fresh);
	state_seen(state, "c@d", "1", 101, &fresh);
	ck_assert(fresh);
	state_seen(state, "a@b", "1", 101 + STATE_SEEN_S, &fresh);
	ck_assert(fresh);
}
END_TEST

START_TEST(the_journal_gives_the_last_edit_that_lost)
{
	struct state_journal entry = {.item = "a@b", .name = "A", .lost = "<one/>", .at = 1}, found;

	ck_assert_int_eq(state_journal_last(state, arena, "a@b", &found), 0);
	state_journal_add(state, &entry);
	entry.lost = "<two/>";
	state_journal_add(state, &entry);
	entry.whole = true;
	state_journal_add(state, &entry);
	ck_assert_int_eq(state_journal_last(state, arena, "a@b", &found), 1);
	ck_assert_str_eq(found.lost, "<two/>");
	ck_assert_int_eq(state_journal_done(state, found.id), 0);
	ck_assert_int_eq(state_journal_last(state, arena, "a@b", &found), 1);
	ck_assert_str_eq(found.lost, "<one/>");
	ck_assert_int_eq(state_journal_pass(state, "a@b"), 0);
	ck_assert_int_eq(state_journal_last(state, arena, "a@b", &found), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state");
	TCase *tcase = tcase_create("file");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_file_is_for_its_owner);
	tcase_add_test(tcase, an_account_can_name_no_other_file);
	tcase_add_loop_test(tcase, a_newer_file_is_refused_and_stays_as_it_is, 0,
		sizeof(newer) / sizeof(*newer));
	tcase_add_test(tcase, what_is_no_state_file_is_refused_and_stays_as_it_is);
	tcase_add_test(tcase, items_and_position_outlive_the_program);
	tcase_add_test(tcase, another_service_begins_with_an_empty_mirror);
	tcase_add_test(tcase, what_a_query_anew_does_not_name_is_gone);
	tcase_add_test(tcase, what_was_rolled_back_never_was);
	tcase_add_test(tcase, cards_have_numbers_that_are_never_used_again);
	tcase_add_test(tcase, cards_of_one_sender_do_not_drive_out_those_of_others);
	tcase_add_test(tcase, what_is_remembered_is_bounded);
	tcase_add_test(tcase, an_id_is_new_once_a_sender);
	tcase_add_test(tcase, the_journal_gives_the_last_edit_that_lost);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
