/* The log beside the store, as kithd finds it: what a power failure leaves of it is taken as it is,
 * and what a disk damaged is refused where something that was acknowledged would be lost. */
#include "config.h"

#include "component/db_state.h"
#include "tests/fault_vfs.h"
#include "tests/store_dump.h"
#include "tests/store_tests.h"

#define HEADER 32
#define FRAME (24 + 4096)
#define OPS_MAX 200

/* A file, in the arena. */
struct content {
	unsigned char *bytes;
	size_t len;
};

static struct content read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	struct content content;

	ck_assert_msg(file != NULL, "%s", name);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	content.len = (size_t)ftell(file);
	content.bytes = arena_alloc(arena, content.len + 1);
	rewind(file);
	ck_assert_uint_eq(fread(content.bytes, 1, content.len, file), content.len);
	(void)fclose(file);
	return content;
}

static void write_file(const char *name, const struct content *content)
{
	FILE *file = fopen(name, "wb");

	ck_assert_msg(file != NULL, "%s", name);
	ck_assert_uint_eq(fwrite(content->bytes, 1, content->len, file), content->len);
	ck_assert_int_eq(fclose(file), 0);
}

static const char *log_name(const char *name)
{
	return arena_printf(arena, "%s-wal", name);
}

/* So many accounts, each of a turn. */
static void add_accounts(const char *prefix, int count)
{
	for (int i = 0; i < count; i++) {
		account(arena_printf(arena, "%s%d@example.org", prefix, i));
		next_turn();
	}
}

static void copy_log_to_database(void)
{
	ok(store_turn_commit(store));
	ck_assert_int_eq(db_exec(store->db, "PRAGMA wal_checkpoint(PASSIVE)"), 0);
	ok(store_turn_begin(store));
}

/* A store elsewhere, as a kill or a power failure left it. */
static const char *found(const struct content *database, const struct content *log)
{
	const char *name = arena_printf(arena, "%s/found.db", folder);
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -f %s*", name);
	ck_assert_int_eq(system(command), 0);
	write_file(name, database);
	write_file(log_name(name), log);
	return name;
}

static void has(const struct content *database, const struct content *log, const char *want)
{
	const char *name = found(database, log);
	struct store *opened = open_at(name, STORE_OPEN_OWNER);
	char *state = store_dump(name);

	ck_assert_msg(strcmp(state, want) == 0, "it has (first, and should have):%s",
		store_dump_differ(state, want));
	free(state);
	store_close(opened);
}

static void is_refused(const struct content *database, const struct content *log, const char *at)
{
	const char *name = found(database, log);
	struct content after;
	char *why = NULL;

	ck_assert_ptr_null(store_open(name, STORE_OPEN_OWNER, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, at) != NULL, "%s", why);
	free(why);
	after = read_file(log_name(name));
	ck_assert_uint_eq(after.len, log->len);
	ck_assert_mem_eq(after.bytes, log->bytes, after.len);
}

#define AT_BEGINNING "-wal: damaged from byte 0 on"

static struct content copy_of(const struct content *content)
{
	struct content copy = {arena_alloc(arena, content->len + 1), content->len};

	memcpy(copy.bytes, content->bytes, content->len);
	return copy;
}

/* The log begins anew, and the power fails while its header is written: at each byte of that. */
START_TEST(a_header_that_was_being_written_is_none)
{
	struct content database, before, after, torn;
	char *state;

	add_accounts("first", 20);
	copy_log_to_database();
	add_accounts("second", 5); /* older frames stay behind these */
	copy_log_to_database();
	state = store_dump(path);
	database = read_file(path);
	before = read_file(log_name(path));
	add_accounts("third", 1);
	after = read_file(log_name(path));
	ck_assert_int_ne(memcmp(before.bytes, after.bytes, HEADER), 0);
	torn = copy_of(&before);
	has(&database, &torn, state);
	for (size_t i = 0; i < HEADER; i++) {
		torn.bytes[i] = after.bytes[i];
		has(&database, &torn, state);
	}
	/* The later bytes before the earlier ones. */
	torn = copy_of(&before);
	for (size_t i = HEADER; i-- > 0;) {
		torn.bytes[i] = after.bytes[i];
		has(&database, &torn, state);
	}
	free(state);
}
END_TEST

START_TEST(a_header_of_a_new_log_that_was_being_written_is_none)
{
	struct content database, log, torn;
	char *state = store_dump(path);

	database = read_file(path);
	add_accounts("first", 1);
	log = read_file(log_name(path));
	for (size_t len = 0; len <= HEADER; len++) {
		torn = (struct content){log.bytes, len};
		has(&database, &torn, state);
		torn = copy_of(&log);
		torn.len = HEADER;
		memset(torn.bytes + len, 0, HEADER - len);
		has(&database, &torn, state);
		/* A file that is longer than what came of it. */
		torn = copy_of(&log);
		memset(torn.bytes, 0, torn.len);
		memcpy(torn.bytes, log.bytes, len < HEADER ? len : 0);
		has(&database, &torn, state);
	}
	free(state);
}
END_TEST

/* What is in the log is nowhere else. */
START_TEST(a_header_that_the_disk_damaged_is_refused)
{
	struct content database, log, damaged;

	add_accounts("first", 20);
	copy_log_to_database();
	add_accounts("second", 5);
	database = read_file(path);
	log = read_file(log_name(path));
	for (size_t i = 0; i < HEADER; i++) {
		damaged = copy_of(&log);
		damaged.bytes[i] ^= 0x10;
		is_refused(&database, &damaged, AT_BEGINNING);
	}
	damaged = copy_of(&log);
	memset(damaged.bytes, 0, HEADER);
	is_refused(&database, &damaged, AT_BEGINNING);
	/* With the first frame. */
	for (int byte = 0; byte <= 0xff; byte += 0x55) {
		damaged = copy_of(&log);
		memset(damaged.bytes, byte, 512);
		is_refused(&database, &damaged, AT_BEGINNING);
	}
	/* And with one behind it. */
	damaged = copy_of(&log);
	damaged.bytes[0] ^= 1;
	damaged.bytes[HEADER + FRAME + 100] ^= 1;
	is_refused(&database, &damaged, AT_BEGINNING);
}
END_TEST

/* One turn is enough to be lost. */
START_TEST(a_header_before_a_single_turn_is_refused)
{
	struct content database = read_file(path), log;

	add_accounts("first", 1);
	log = read_file(log_name(path));
	log.bytes[20] ^= 1;
	is_refused(&database, &log, AT_BEGINNING);
}
END_TEST

/* Each frame of the last turn but one, at several of its bytes: the last turn is behind that. */
START_TEST(a_frame_that_the_disk_damaged_is_refused)
{
	static const size_t at[] = {3, 8, 15, 16, 20, 23, 24, 2000, FRAME - 1};
	struct content database = read_file(path), log, damaged;
	size_t from, to;

	add_accounts("first", 3);
	from = read_file(log_name(path)).len;
	add_accounts("second", 1);
	to = read_file(log_name(path)).len;
	add_accounts("third", 1);
	log = read_file(log_name(path));
	ck_assert_uint_gt(to, from);
	for (size_t frame = from; frame < to; frame += FRAME) {
		for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
			damaged = copy_of(&log);
			damaged.bytes[frame + at[i]] ^= 0x10;
			is_refused(&database, &damaged,
				arena_printf(arena, "-wal: damaged from byte %zu on", frame));
		}
	}
}
END_TEST

static bool has_account(const char *jid)
{
	struct store_account row;
	enum store_result result;

	ok(store_look_begin(store));
	result = store_account_find(store, arena, jid, &row);
	ck_assert_int_ne(result, STORE_ERROR);
	store_turn_rollback(store);
	return result == STORE_OK;
}

/* Also one whose frames came to the disk all the same, and are found when it is opened anew. */
START_TEST(what_a_commit_that_failed_wrote_is_not_there_afterwards)
{
	unsigned failed = 0, shut = 0;
	bool is_over = false;

	ok(store_turn_commit(store));
	for (unsigned long op = 1; !is_over; op++) {
		const char *jid = arena_printf(arena, "number%lu@example.org", op);
		bool is_there;

		ck_assert_uint_lt(op, OPS_MAX);
		ok(store_turn_begin(store));
		account(jid);
		fault_vfs_plan(&(struct fault){FAULT_IO, op, 1}, 1, op);
		is_there = store_turn_commit(store) == STORE_OK;
		is_over = !fault_vfs_struck();
		fault_vfs_plan(NULL, 0, 0);
		failed += !is_there;
		shut += store_is_shut(store);
		ck_assert_int_eq(store_mend(store), STORE_MENDED);
		ck_assert(has_account(jid) == is_there);
	}
	ck_assert_uint_gt(failed, 3);
	ck_assert_uint_gt(shut, 0);
	is_sound();
}
END_TEST

/* A store with a turn that isn't committed yet. */
static void open_at_work(const struct content *database, const struct content *log)
{
	store = open_at(found(database, log), STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	add_accounts("before", 2);
	for (int i = 0; i < 40; i++)
		account(arena_printf(arena, "refused%d@example.org", i));
}

/* The sync fails, and then the power: in the midst of what is done about that. */
START_TEST(what_a_commit_that_failed_wrote_keeps_nobody_from_opening)
{
	struct content database, log;
	unsigned long sync;

	ok(store_turn_commit(store));
	database = read_file(path);
	log = read_file(log_name(path));
	store_close(store);
	open_at_work(&database, &log);
	fault_vfs_plan(NULL, 0, 0);
	ok(store_turn_commit(store));
	sync = fault_vfs_ops();
	store_close(store);
	for (uint64_t n = 0; n < 100; n++) {
		const struct fault faults[] = {
			{FAULT_IO, sync, 1}, {FAULT_POWER, sync + 1 + n % 10, 1}};

		open_at_work(&database, &log);
		fault_vfs_plan(faults, 2, n);
		fails(store_turn_commit(store));
		(void)store_mend(store);
		ck_assert(fault_vfs_is_dead());
		store_close(store);
		fault_vfs_settle();
		store = open_at(arena_printf(arena, "%s/found.db", folder), STORE_OPEN_OWNER);
		ck_assert(has_account("before1@example.org"));
		is_sound();
		store_close(store);
	}
	store = NULL;
}
END_TEST

static void with_faults(void)
{
	fault_vfs_install();
	open_on_disk();
}

static void without_faults(void)
{
	remove_folder();
	fault_vfs_remove();
}

int main(void)
{
	Suite *suite = suite_create("store: its log");
	TCase *tcase = tcase_create("sqlite.org/fileformat2.html, 4: the header");

	tcase_add_checked_fixture(tcase, open_on_disk, remove_folder);
	tcase_add_test(tcase, a_header_that_was_being_written_is_none);
	tcase_add_test(tcase, a_header_of_a_new_log_that_was_being_written_is_none);
	tcase_add_test(tcase, a_header_that_the_disk_damaged_is_refused);
	tcase_add_test(tcase, a_header_before_a_single_turn_is_refused);
	tcase_add_test(tcase, a_frame_that_the_disk_damaged_is_refused);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("a commit that failed");
	tcase_add_checked_fixture(tcase, with_faults, without_faults);
	tcase_add_test(tcase, what_a_commit_that_failed_wrote_is_not_there_afterwards);
	tcase_add_test(tcase, what_a_commit_that_failed_wrote_keeps_nobody_from_opening);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
