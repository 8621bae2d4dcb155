/* The store as a file: turns, locks, modes, what goes wrong, backup. */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/store_tests.h"

/* ---- Turns ---- */

START_TEST(what_is_committed_is_there_after_opening_again)
{
	int64_t alice = account("alice@example.org"), first = put(alice, "a", 0).id, version;
	struct store_contact row;
	unsigned char key[32], again[32];

	ok(store_key(store, key));
	ok(store_contact_remove(store, alice, "a", 5, &version));
	ok(store_turn_commit(store));
	ck_assert(!store_in_turn(store));
	store_close(store);
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	/* Neither the position nor the id of the one that is gone comes again. */
	row = put(alice, "a", 0);
	ck_assert_int_gt(row.version, version);
	ck_assert_int_gt(row.id, first);
	ok(store_key(store, again));
	ck_assert_mem_eq(key, again, 32);
}
END_TEST

START_TEST(what_is_rolled_back_never_was)
{
	struct store_account row;

	account("alice@example.org");
	store_turn_rollback(store);
	ck_assert(!store_in_turn(store));
	ok(store_turn_begin(store));
	none(store_account_find(store, arena, "alice@example.org", &row));
}
END_TEST

START_TEST(a_part_is_undone_alone)
{
	int64_t alice, bob;
	struct store_account row;

	ok(store_part_begin(store));
	alice = account("alice@example.org");
	ok(store_part_end(store, false));
	ok(store_part_begin(store));
	account("bob@example.org");
	ok(store_part_end(store, true));
	none(store_account_find(store, arena, "bob@example.org", &row));
	ok(store_part_begin(store));
	bob = account("bob@example.org");
	ok(store_part_end(store, false));
	ck_assert_int_gt(bob, alice);
	next_turn();
	ck_assert_int_eq(account("alice@example.org"), alice);
	ck_assert_int_eq(account("bob@example.org"), bob);
}
END_TEST

START_TEST(a_full_arena_fails_its_part_alone)
{
	struct arena *small = arena_new(64);
	struct store_account row;
	bool any = false;

	ok(store_part_begin(store));
	account("alice@example.org");
	ok(store_part_end(store, false));
	ok(store_part_begin(store));
	account("bob@example.org");
	while (!arena_failed(small))
		any = store_account_find(store, small, "alice@example.org", &row) == STORE_ERROR;
	ck_assert(any);
	fails(store_account_find(store, arena, "alice@example.org", &row));
	ok(store_part_end(store, true));
	ok(store_account_find(store, arena, "alice@example.org", &row));
	none(store_account_find(store, arena, "bob@example.org", &row));
	ok(store_turn_commit(store));
	ok(store_turn_begin(store));
	ok(store_account_find(store, arena, "alice@example.org", &row));
	arena_free(small);
}
END_TEST

START_TEST(a_call_outside_a_turn_fails)
{
	struct store_account row;

	ok(store_turn_commit(store));
	fails(store_account_find(store, arena, "alice@example.org", &row));
	fails(store_part_begin(store));
	ok(store_turn_begin(store));
	none(store_account_find(store, arena, "alice@example.org", &row));
}
END_TEST

START_TEST(a_turn_that_failed_says_so_once_and_the_next_one_works)
{
	int64_t alice = account("alice@example.org");
	struct store_contact contact = {
		.owner = alice, .item = "a", .subject = 4711, .card = "<vcard/>", .card_len = 8};
	struct store_account row;

	next_turn();
	account("bob@example.org");
	logged = 0;
	/* A link to nobody is refused by the reference. */
	fails(store_contact_put(store, &contact));
	fails(store_account_find(store, arena, "alice@example.org", &row));
	fails(store_part_begin(store));
	ck_assert_int_eq(logged, 1);
	fails(store_turn_commit(store));
	ck_assert_int_eq(logged, 1);
	ck_assert(!store_in_turn(store));
	ok(store_turn_begin(store));
	ok(store_account_find(store, arena, "alice@example.org", &row));
	none(store_account_find(store, arena, "bob@example.org", &row));
	is_sound();
}
END_TEST

START_TEST(no_memory_in_the_arena_fails_the_turn)
{
	struct arena *small = arena_new(64);
	struct store_contact row;
	int64_t alice = account("alice@example.org");

	put(alice, "a-long-item-that-does-not-fit-into-the-arena-of-sixty-four-bytes", 0);
	logged = 0;
	fails(store_contact_get(store, small, alice,
		"a-long-item-that-does-not-fit-into-the-arena-of-sixty-four-bytes", &row));
	ck_assert_int_eq(logged, 1);
	arena_free(small);
}
END_TEST

/* Fills the store until it refuses. */
static void fill(void)
{
	static char card[20000];
	struct store_contact contact = {
		.owner = account("full@example.org"), .card = card, .card_len = sizeof(card) - 1};
	enum store_result result = STORE_OK;

	memset(card, 'x', sizeof(card) - 1);
	for (int i = 0; i < 500 && result == STORE_OK; i++) {
		contact.id = 0;
		contact.item = arena_printf(arena, "urn:uuid:%d", i);
		result = store_contact_put(store, &contact);
	}
	if (result == STORE_OK)
		result = store_turn_commit(store);
	ck_assert_int_eq(result, STORE_ERROR);
}

static void works_again(void)
{
	struct store_account row;

	store_turn_rollback(store);
	ok(store_turn_begin(store));
	none(store_account_find(store, arena, "full@example.org", &row));
	account("alice@example.org");
	next_turn();
	ok(store_account_find(store, arena, "alice@example.org", &row));
	is_sound();
}

START_TEST(a_full_disk_fails_the_turn_and_harms_nothing)
{
	next_turn();
	ck_assert_int_eq(db_exec(store->db, "PRAGMA max_page_count = 100"), 0);
	logged = 0;
	fill();
	ck_assert_int_eq(logged, 1);
	ck_assert_ptr_nonnull(strstr(logged_last, "full"));
	ck_assert_int_eq(db_exec(store->db, "PRAGMA max_page_count = 1000000"), 0);
	works_again();
}
END_TEST

START_TEST(a_write_that_the_system_refuses_fails_the_turn_and_harms_nothing)
{
	struct rlimit limit, before;

	next_turn();
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 300000;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	logged = 0;
	fill();
	ck_assert_int_eq(logged, 1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	works_again();
}
END_TEST

START_TEST(who_finds_it_locked_for_too_long_fails_and_can_try_again)
{
	struct store *other = open_at(path, STORE_OPEN_SHARED);

	ck_assert_int_eq(db_exec(other->db, "PRAGMA busy_timeout = 10"), 0);
	logged = 0;
	fails(store_turn_begin(other));
	ck_assert_int_eq(logged, 1);
	ck_assert(!store_in_turn(other));
	ok(store_turn_commit(store));
	ok(store_turn_begin(other));
	ok(store_turn_commit(other));
	ok(store_turn_begin(store));
	store_close(other);
}
END_TEST

START_TEST(two_that_write_in_turns_draw_no_number_twice)
{
	struct store *owner = store, *other = open_at(path, STORE_OPEN_SHARED);
	int64_t last = put(account("alice@example.org"), "a", 0).version;

	for (int i = 0; i < 4; i++) {
		struct store_contact row;

		ok(store_turn_commit(store));
		store = i % 2 == 0 ? other : owner;
		ok(store_turn_begin(store));
		row = put(account("alice@example.org"), "a", 0);
		ck_assert_int_gt(row.version, last);
		last = row.version;
	}
	ck_assert_ptr_eq(store, owner);
	is_sound();
	store_close(other);
}
END_TEST

/* ---- Files ---- */

static void is_private(const char *suffix)
{
	char name[128];
	struct stat stat_of;

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	ck_assert_msg(stat(name, &stat_of) == 0, "%s", name);
	ck_assert_msg((stat_of.st_mode & 07777) == 0600, "%s: %o", name, stat_of.st_mode);
}

START_TEST(its_files_are_readable_by_their_owner_only)
{
	mode_t before;

	ok(store_turn_commit(store));
	store_close(store);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(unlink(arena_printf(arena, "%s.lock", path)), 0);
	before = umask(0);
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	account("alice@example.org");
	next_turn();
	(void)umask(before);
	is_private("");
	is_private("-wal");
	is_private("-shm");
	is_private(".lock");
}
END_TEST

/* Opening fails with that in its reason, and the file stays as it is. */
static void is_refused(const char *name, enum store_open how, const char *reason)
{
	static char before[200000], after[200000];
	size_t len = 0, len_after = 0;
	char *why = NULL;
	FILE *file = fopen(name, "rb");

	if (file != NULL) {
		len = fread(before, 1, sizeof(before), file);
		(void)fclose(file);
	}
	ck_assert_ptr_null(store_open(name, how, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, reason) != NULL && strstr(why, name) != NULL, "%s", why);
	free(why);
	ck_assert_ptr_null(store_open(name, how, NULL));
	file = fopen(name, "rb");
	if (file != NULL) {
		len_after = fread(after, 1, sizeof(after), file);
		(void)fclose(file);
	}
	ck_assert_uint_eq(len, len_after);
	ck_assert_mem_eq(before, after, len);
}

START_TEST(only_one_owner_at_a_time)
{
	is_refused(path, STORE_OPEN_OWNER, "in use by another kithd, process ");
	ok(store_turn_commit(store));
	store_close(store);
	store = open_at(path, STORE_OPEN_OWNER);
}
END_TEST

static const char *other_file(const char *content, size_t len)
{
	const char *name = arena_printf(arena, "%s/other", folder);
	FILE *file = fopen(name, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(content, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	return name;
}

/* A database made by sql. */
static const char *other_database(const char *sql)
{
	const char *name = other_file("", 0);
	struct db *db = db_open(name, false, 0, NULL);

	ck_assert_ptr_nonnull(db);
	ck_assert_int_eq(db_exec(db, sql), 0);
	db_close(db);
	return name;
}

START_TEST(what_is_no_store_is_refused_and_not_touched)
{
	char text[5000];
	const char *name;

	memset(text, 'x', sizeof(text));
	name = other_file(text, sizeof(text));
	is_refused(name, STORE_OPEN_OWNER, "file is not a database");
	is_refused(name, STORE_OPEN_SHARED, "file is not a database");
	name = other_database("CREATE TABLE t (a)");
	is_refused(name, STORE_OPEN_OWNER, "another program");
	name = other_database("PRAGMA application_id = 7; PRAGMA user_version = 1");
	is_refused(name, STORE_OPEN_SHARED, "another program");
	name = arena_printf(arena, "%s/none", folder);
	is_refused(name, STORE_OPEN_SHARED, "no store yet");
	name = arena_printf(arena, "%s/none/none", folder);
	is_refused(name, STORE_OPEN_OWNER, "No such file");
}
END_TEST

START_TEST(a_damaged_file_is_refused_or_found_out)
{
	const char *name;
	char page[4096];
	int64_t faults = 0;
	FILE *file;

	for (int i = 0; i < 200; i++)
		put(account("alice@example.org"), arena_printf(arena, "urn:uuid:%d", i), 0);
	ok(store_turn_commit(store));
	store_close(store);
	store = NULL;
	file = fopen(path, "r+b");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(page, 1, sizeof(page), file), sizeof(page));
	memset(page + 100, 'x', sizeof(page) - 100);
	name = other_file(page, sizeof(page));
	is_refused(name, STORE_OPEN_OWNER, "malformed");
	/* A page in the middle: seen by verify. */
	ck_assert_int_eq(fseek(file, -3 * 4096, SEEK_END), 0);
	ck_assert_uint_eq(fwrite(page + 100, 1, 3000, file), 3000);
	ck_assert_int_eq(fclose(file), 0);
	store = open_at(path, STORE_OPEN_OWNER);
	rows[0] = '\0';
	ok(store_verify(store, no_fault, NULL, &faults));
	ck_assert_int_gt(faults, 0);
}
END_TEST

START_TEST(verify_tells_what_the_rules_of_the_domain_forbid)
{
	int64_t alice = account("alice@example.org"), faults = 0;

	put(alice, "a", alice);
	ok(store_turn_commit(store));
	is_sound();
	ck_assert_int_eq(
		db_exec(store->db, "PRAGMA foreign_keys = OFF; UPDATE contact SET subject = 99;"
				   "UPDATE store SET link = 0;"
				   "INSERT INTO retraction VALUES (1, 1, 'a', 5);"
				   "UPDATE account SET closed_at = 5"),
		0);
	rows[0] = '\0';
	ok(store_verify(store, no_fault, NULL, &faults));
	ck_assert_ptr_nonnull(strstr(rows, "refers to one that isn't there"));
	ck_assert_ptr_nonnull(strstr(rows, "counter is behind"));
	ck_assert_ptr_nonnull(strstr(rows, "there and retracted"));
	ck_assert_ptr_nonnull(strstr(rows, "a closed account has a book"));
	ck_assert_int_eq(faults, 5);
	ok(store_turn_begin(store));
}
END_TEST

START_TEST(a_backup_is_a_store_of_its_own)
{
	char name[128], *why = NULL;
	struct store_account row;
	struct store *copy;
	struct stat stat_of;

	account("alice@example.org");
	(void)snprintf(name, sizeof(name), "%s/it's a backup", folder);
	fails(store_backup(store, name, &why));
	ck_assert_ptr_nonnull(strstr(why, "transaction"));
	free(why);
	ck_assert_int_ne(access(name, F_OK), 0);
	ok(store_turn_commit(store));
	ok(store_backup(store, name, &why));
	ck_assert_int_eq(stat(name, &stat_of), 0);
	ck_assert_int_eq(stat_of.st_mode & 07777, 0600);
	copy = open_at(name, STORE_OPEN_OWNER);
	ok(store_turn_begin(copy));
	ok(store_account_find(copy, arena, "alice@example.org", &row));
	store_close(copy);
	fails(store_backup(store, name, &why));
	ck_assert_ptr_nonnull(strstr(why, "exists"));
	free(why);
}
END_TEST

START_TEST(what_was_erased_is_nowhere_in_the_file)
{
	char grep[160];
	struct store_contact contact = put(account("alice@example.org"), "urn:uuid:secret-item", 0);

	contact.card = "<vcard>secret-card</vcard>";
	contact.card_len = strlen(contact.card);
	ok(store_contact_put(store, &contact));
	next_turn();
	ok(store_account_erase(store, contact.owner, 5));
	ok(store_turn_commit(store));
	store_close(store);
	store = NULL;
	(void)snprintf(grep, sizeof(grep),
		"! grep -q -e secret-item -e secret-card -e alice@example.org %s*", path);
	ck_assert_int_eq(system(grep), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store: files");
	TCase *turns = tcase_create("turns"), *files = tcase_create("files");

	tcase_add_checked_fixture(turns, open_on_disk, remove_folder);
	tcase_add_test(turns, what_is_committed_is_there_after_opening_again);
	tcase_add_test(turns, what_is_rolled_back_never_was);
	tcase_add_test(turns, a_part_is_undone_alone);
	tcase_add_test(turns, a_full_arena_fails_its_part_alone);
	tcase_add_test(turns, a_call_outside_a_turn_fails);
	tcase_add_test(turns, a_turn_that_failed_says_so_once_and_the_next_one_works);
	tcase_add_test(turns, no_memory_in_the_arena_fails_the_turn);
	tcase_add_test(turns, a_full_disk_fails_the_turn_and_harms_nothing);
	tcase_add_test(turns, a_write_that_the_system_refuses_fails_the_turn_and_harms_nothing);
	tcase_add_test(turns, who_finds_it_locked_for_too_long_fails_and_can_try_again);
	tcase_add_test(turns, two_that_write_in_turns_draw_no_number_twice);
	suite_add_tcase(suite, turns);
	tcase_add_checked_fixture(files, open_on_disk, remove_folder);
	tcase_add_test(files, its_files_are_readable_by_their_owner_only);
	tcase_add_test(files, only_one_owner_at_a_time);
	tcase_add_test(files, what_is_no_store_is_refused_and_not_touched);
	tcase_add_test(files, a_damaged_file_is_refused_or_found_out);
	tcase_add_test(files, verify_tells_what_the_rules_of_the_domain_forbid);
	tcase_add_test(files, a_backup_is_a_store_of_its_own);
	tcase_add_test(files, what_was_erased_is_nowhere_in_the_file);
	suite_add_tcase(suite, files);
	return run_suite(suite);
}
