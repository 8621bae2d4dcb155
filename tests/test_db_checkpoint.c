/* Checkpoints beside the turns: the log stays short, and what the disk refuses there is met as it
 * is in a turn. */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "component/db_checkpoint.h"
#include "component/db_state.h"
#include "tests/fault_vfs.h"
#include "tests/store_dump.h"
#include "tests/store_tests.h"

#define FRAME (24 + 4096)

static int64_t added;

/* So many accounts, each of a turn; none is open. */
static void add_accounts(int count)
{
	for (int i = 0; i < count; i++) {
		arena_reset(arena);
		ok(store_turn_begin(store));
		account(arena_printf(arena, "n%lld@example.org", (long long)++added));
		ok(store_turn_commit(store));
	}
}

static off_t log_bytes(void)
{
	struct stat file;

	ck_assert_int_eq(stat(arena_printf(arena, "%s-wal", path), &file), 0);
	return file.st_size;
}

static void are_all_there(void)
{
	struct store_account row;

	for (int64_t n = 1; n <= added; n++) {
		arena_reset(arena);
		ok(store_look_begin(store));
		ok(store_account_find(store, arena,
			arena_printf(arena, "n%lld@example.org", (long long)n), &row));
		store_turn_rollback(store);
	}
	is_sound();
}

static void open_aside(void)
{
	make_folder();
	added = 0;
	store = open_at(path, STORE_OPEN_OWNER);
	store_checkpoint_aside(store);
}

/* As if the log were so long that the turn has to wait for the checkpoint. */
static void wait_for_it(void)
{
	store->db->log_frames = DB_LOG_FRAMES_MAX;
	db_log_checkpoint(store->db);
}

/* ---- The log ---- */

START_TEST(the_log_begins_anew_again_and_again)
{
	off_t most = 0;

	ck_assert_int_eq(db_exec(store->db, "PRAGMA synchronous = OFF"), 0);
	for (int i = 0; i < 100; i++) {
		add_accounts(100);
		if (log_bytes() > most)
			most = log_bytes();
	}
	/* 10,000 turns of at least two pages each would be five times that. */
	ck_assert_int_gt(most, (off_t)DB_CHECKPOINT_FRAMES * FRAME);
	ck_assert_int_le(most, (off_t)(DB_LOG_FRAMES_MAX + 100) * FRAME);
	ck_assert_ptr_nonnull(store->db->aside);
	are_all_there();
}
END_TEST

START_TEST(the_log_begins_anew_behind_one_with_little_left)
{
	add_accounts(100);
	store->db->checkpoint_frames = 1;
	add_accounts(1);
	ck_assert(db_checkpoint_is_begun(store->db->aside));
	store->db->checkpoint_frames = DB_CHECKPOINT_FRAMES;
	while (db_checkpoint_is_begun(store->db->aside))
		add_accounts(1);
	add_accounts(1);
	ck_assert_int_lt(store->db->log_frames, 20);
	are_all_there();
}
END_TEST

START_TEST(all_that_was_committed_is_copied)
{
	struct db_checkpoint *checkpoint = db_checkpoint_new(path);
	struct db_checkpoint_result result;
	struct store *copy;
	char command[256];

	ck_assert_ptr_nonnull(checkpoint);
	add_accounts(100);
	ck_assert(!db_checkpoint_is_begun(checkpoint));
	ck_assert(!db_checkpoint_take(checkpoint, true, &result));
	db_checkpoint_begin(checkpoint);
	ck_assert(db_checkpoint_is_begun(checkpoint));
	ck_assert(db_checkpoint_take(checkpoint, true, &result));
	ck_assert(!db_checkpoint_is_begun(checkpoint));
	ck_assert_int_eq(result.code, 0);
	ck_assert_int_eq(result.copied, store->db->log_frames);
	ck_assert_int_gt(result.copied, 100);
	/* The database alone, without its log. */
	(void)snprintf(command, sizeof(command), "cp %s %s/copy.db", path, folder);
	ck_assert_int_eq(system(command), 0);
	copy = store;
	store = open_at(arena_printf(arena, "%s/copy.db", folder), STORE_OPEN_OWNER);
	are_all_there();
	store_close(store);
	store = copy;
	db_checkpoint_free(checkpoint);
}
END_TEST

START_TEST(one_that_is_under_way_is_waited_for_at_the_end)
{
	for (int i = 0; i < 20; i++) {
		store->db->checkpoint_frames = 1;
		add_accounts(1 + i % 3);
		store_close(store);
		/* Who is the last to close it removes it. */
		ck_assert_int_ne(access(arena_printf(arena, "%s-wal", path), F_OK), 0);
		store = open_at(path, STORE_OPEN_OWNER);
		store_checkpoint_aside(store);
	}
	are_all_there();
}
END_TEST

START_TEST(where_there_is_no_database_it_says_so)
{
	struct db_checkpoint *checkpoint =
		db_checkpoint_new(arena_printf(arena, "%s/none/kith.db", folder));
	struct db_checkpoint_result result;

	ck_assert_ptr_nonnull(checkpoint);
	for (int i = 0; i < 2; i++) {
		db_checkpoint_begin(checkpoint);
		ck_assert(db_checkpoint_take(checkpoint, true, &result));
		ck_assert_int_eq(db_trouble_of(result.code, result.error), DB_FAILING);
		ck_assert_int_eq(result.error, ENOENT);
	}
	db_checkpoint_free(checkpoint);
}
END_TEST

/* ---- What the disk refuses ---- */

static void open_with_faults(void)
{
	fault_vfs_install();
	open_aside();
	store->db->checkpoint_frames = 1;
}

static void remove_with_faults(void)
{
	remove_folder();
	fault_vfs_remove();
}

/* Of what so many turns left in the log. */
static void make_one(int turns, const struct fault *fault)
{
	fault_vfs_plan(NULL, 0, 0);
	store->db->checkpoint_frames = DB_CHECKPOINT_FRAMES;
	add_accounts(turns);
	store->db->checkpoint_frames = 1;
	store->db->checkpoint_ms = 0;
	fault_vfs_plan(fault, fault ? 1 : 0, 1);
	db_log_checkpoint(store->db);
	ck_assert_ptr_nonnull(store->db->aside);
	wait_for_it();
}

START_TEST(a_sync_that_failed_shuts_the_store_until_it_is_mended)
{
	unsigned long ops, shut = 0, failing = 0;

	make_one(20, NULL);
	ops = fault_vfs_ops();
	ck_assert_uint_gt(ops, 3);
	for (unsigned long op = 1; op <= ops + 2; op++) {
		make_one(20, &(struct fault){FAULT_IO, op, 1});
		if (fault_vfs_struck()) {
			ck_assert_ptr_nonnull(store_trouble(store));
			shut += store_is_shut(store);
			failing += !store_is_shut(store);
		}
		fault_vfs_plan(NULL, 0, 0);
		if (store_trouble(store) != NULL)
			ck_assert_int_eq(store_mend(store), STORE_MENDED);
		ck_assert(!store_is_shut(store));
		are_all_there();
	}
	ck_assert_uint_gt(shut, 0);
	ck_assert_uint_gt(failing, 0);
}
END_TEST

START_TEST(no_room_is_told_and_passes)
{
	make_one(200, &(struct fault){FAULT_FULL, 1, 100});
	ck_assert(fault_vfs_struck());
	ck_assert_str_eq(store_trouble(store), "the disk is full");
	ck_assert(!store_is_shut(store));
	make_one(1, NULL);
	ck_assert_ptr_null(store_trouble(store));
	are_all_there();
}
END_TEST

START_TEST(what_the_system_said_tells_what_it_is)
{
	ck_assert_int_eq(
		db_met_aside(store->db, "checkpoint", SQLITE_IOERR_WRITE, ENOSPC), DB_FULL);
	ck_assert_ptr_nonnull(strstr(logged_last, strerror(ENOSPC)));
	ck_assert_int_eq(
		db_met_aside(store->db, "checkpoint", SQLITE_IOERR_WRITE, EIO), DB_FAILING);
	ck_assert_int_eq(
		db_met_aside(store->db, "checkpoint", SQLITE_IOERR_FSYNC, ENOSPC), DB_UNTRUSTED);
}
END_TEST

/* In the midst of it, at each of its ops. */
START_TEST(when_the_power_fails_nothing_is_lost)
{
	unsigned long struck = 0;

	for (unsigned long op = 1; op < 30; op++) {
		make_one(10, &(struct fault){FAULT_POWER, op, 1});
		struck += fault_vfs_is_dead();
		store_close(store);
		fault_vfs_settle();
		fault_vfs_plan(NULL, 0, 0);
		store = open_at(path, STORE_OPEN_OWNER);
		store_checkpoint_aside(store);
		are_all_there();
	}
	ck_assert_uint_gt(struck, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("checkpoints beside the turns");
	TCase *tcase = tcase_create("sqlite.org/wal.html, Checkpointing");

	tcase_add_checked_fixture(tcase, open_aside, remove_folder);
	tcase_add_test(tcase, the_log_begins_anew_again_and_again);
	tcase_add_test(tcase, the_log_begins_anew_behind_one_with_little_left);
	tcase_add_test(tcase, all_that_was_committed_is_copied);
	tcase_add_test(tcase, one_that_is_under_way_is_waited_for_at_the_end);
	tcase_add_test(tcase, where_there_is_no_database_it_says_so);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("what the disk refuses");
	tcase_add_checked_fixture(tcase, open_with_faults, remove_with_faults);
	tcase_add_test(tcase, a_sync_that_failed_shuts_the_store_until_it_is_mended);
	tcase_add_test(tcase, no_room_is_told_and_passes);
	tcase_add_test(tcase, what_the_system_said_tells_what_it_is);
	tcase_add_test(tcase, when_the_power_fails_nothing_is_lost);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
