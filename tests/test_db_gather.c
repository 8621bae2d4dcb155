/* Tests of db_gather.c: what comes to the log's file, and when. The VFS beneath notes it: it is on
 * the system's own, on real files. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "component/db_state.h"
#include "tests/expect.h"

#define HEAD 24
#define PAGE 4096
#define FRAME (HEAD + PAGE)
#define HEADER 32 /* of a log */

/* ---- The VFS beneath ---- */

struct noted_file {
	sqlite3_file base;
	sqlite3_file real; /* last: what the system's VFS has is behind it */
};

static sqlite3_vfs noting_vfs, *real_vfs;
static char noted[4096]; /* "write AT+LEN", "sync", "truncate LEN", ... of logs */
static int fails_at;	 /* a write of a log, from 1; 0: none */
static int fails_with;

static void note(const char *what, long long at, int len)
{
	size_t used = strlen(noted);

	(void)snprintf(noted + used, sizeof(noted) - used, "%s%s", used > 0 ? ", " : "", what);
	used = strlen(noted);
	if (len > 0)
		(void)snprintf(noted + used, sizeof(noted) - used, " %lld+%d", at, len);
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return &((struct noted_file *)file)->real;
}

static int note_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	note("write", at, len);
	if (fails_at > 0 && --fails_at == 0) {
		errno = fails_with == SQLITE_FULL ? ENOSPC : EIO;
		return fails_with;
	}
	return real_of(file)->pMethods->xWrite(real_of(file), data, len, at);
}

static int note_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	note("read", at, len);
	return real_of(file)->pMethods->xRead(real_of(file), data, len, at);
}

static int note_truncate(sqlite3_file *file, sqlite3_int64 len)
{
	note("truncate", 0, 0);
	return real_of(file)->pMethods->xTruncate(real_of(file), len);
}

static int note_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	(void)file;
	note("sync", 0, 0);
	return SQLITE_OK;
}

static int note_size(sqlite3_file *file, sqlite3_int64 *size)
{
	note("size", 0, 0);
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int note_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int note_control(sqlite3_file *file, int what, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int note_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int note_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods noting = {
	.iVersion = 1,
	.xClose = note_close,
	.xRead = note_read,
	.xWrite = note_write,
	.xTruncate = note_truncate,
	.xSync = note_sync,
	.xFileSize = note_size,
	.xFileControl = note_control,
	.xSectorSize = note_sector_size,
	.xDeviceCharacteristics = note_characteristics,
};

static int note_open(
	sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *out_flags)
{
	int code;

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) == 0)
		return real_vfs->xOpen(real_vfs, path, file, flags, out_flags);
	code = real_vfs->xOpen(real_vfs, path, real_of(file), flags, out_flags);
	file->pMethods = real_of(file)->pMethods != NULL ? &noting : NULL;
	return code;
}

/* ---- A log by itself ---- */

static char folder[32], path[48], log_path[64];
static sqlite3_file *file; /* the log */
static unsigned char frames[40 * FRAME];

static void no_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/kith-gather-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/kith.db", folder);
	(void)snprintf(log_path, sizeof(log_path), "%s-wal", path);
	log_set(no_log, NULL, LOG_LEVEL_DEBUG);
	real_vfs = sqlite3_vfs_find(NULL);
	noting_vfs = *real_vfs;
	noting_vfs.zName = "noting";
	noting_vfs.pNext = NULL;
	noting_vfs.szOsFile = (int)sizeof(struct noted_file) + real_vfs->szOsFile;
	noting_vfs.xOpen = note_open;
	ck_assert_int_eq(sqlite3_vfs_register(&noting_vfs, 1), SQLITE_OK);
	noted[0] = '\0';
	fails_at = 0;
}

static void teardown(void)
{
	char command[64];

	log_set(NULL, NULL, LOG_LEVEL_INFO);
	ck_assert_int_eq(sqlite3_vfs_unregister(&noting_vfs), SQLITE_OK);
	ck_assert_int_eq(sqlite3_vfs_register(real_vfs, 1), SQLITE_OK);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void open_log(void)
{
	const char *name;
	FILE *database;

	setup();
	/* It is made with the rights of the database. */
	database = fopen(path, "w");
	ck_assert_ptr_nonnull(database);
	ck_assert_int_eq(fclose(database), 0);
	name = db_gather_vfs();
	ck_assert_ptr_nonnull(name);
	ck_assert_str_eq(db_gather_vfs(), name);
	file = calloc(1, (size_t)sqlite3_vfs_find(name)->szOsFile);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(
		sqlite3_vfs_find(name)->xOpen(sqlite3_vfs_find(name), log_path, file,
			SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
		SQLITE_OK);
	for (size_t i = 0; i < sizeof(frames); i++)
		frames[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(frames); i += FRAME)
		memset(frames + i, 0, HEAD);
}

static void close_log(void)
{
	db_gather_end();
	ck_assert_int_eq(file->pMethods->xClose(file), SQLITE_OK);
	free(file);
	teardown();
}

/* One of frames[], as SQLite writes it; ends: a transaction. */
static int write_frame(int number, bool ends)
{
	unsigned char *frame = frames + (size_t)number * FRAME;
	sqlite3_int64 at = HEADER + number * FRAME;
	int code;

	frame[7] = ends;
	code = file->pMethods->xWrite(file, frame, HEAD, at);
	return code != SQLITE_OK ? code
				 : file->pMethods->xWrite(file, frame + HEAD, PAGE, at + HEAD);
}

static void write_frames(int from, int count, bool ends)
{
	for (int i = from; i < from + count; i++)
		ck_assert_int_eq(write_frame(i, ends && i == from + count - 1), SQLITE_OK);
}

static int sync_log(void)
{
	return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

static void is_noted(const char *want)
{
	ck_assert_str_eq(noted, want);
	noted[0] = '\0';
}

/* These are in the file. */
static void has_frames(int from, int count)
{
	static unsigned char found[sizeof(frames)];
	FILE *stream = fopen(log_path, "rb");

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, HEADER + from * FRAME, SEEK_SET), 0);
	ck_assert_uint_eq(fread(found, FRAME, (size_t)count, stream), (size_t)count);
	ck_assert_int_eq(memcmp(found, frames + (size_t)from * FRAME, (size_t)count * FRAME), 0);
	(void)fclose(stream);
}

static long size_of_file(void)
{
	FILE *stream = fopen(log_path, "rb");
	long size;

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, 0, SEEK_END), 0);
	size = ftell(stream);
	(void)fclose(stream);
	return size;
}

START_TEST(the_frames_of_a_commit_go_at_once_before_its_sync)
{
	db_gather_begin();
	write_frames(0, 3, false);
	is_noted("");
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	is_noted("write 32+12360, sync");
	has_frames(0, 3);
}
END_TEST

START_TEST(outside_a_commit_each_write_goes_by_itself)
{
	write_frames(0, 1, false);
	is_noted("write 32+24, write 56+4096");
	db_gather_begin();
	db_gather_end();
	write_frames(1, 1, false);
	is_noted("write 4152+24, write 4176+4096");
	has_frames(0, 2);
}
END_TEST

/* Where the connection doesn't sync. */
START_TEST(a_frame_that_ends_a_transaction_waits_for_no_sync)
{
	db_gather_begin();
	write_frames(0, 2, true);
	is_noted("write 32+8240");
	db_gather_end();
	has_frames(0, 2);
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	is_noted("sync");
}
END_TEST

START_TEST(what_is_elsewhere_does_not_wait_with_it)
{
	db_gather_begin();
	write_frames(5, 2, false);
	write_frames(3, 1, false);
	is_noted("write 20632+8240");
	write_frames(8, 1, false);
	is_noted("write 12392+4120");
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	is_noted("write 32992+4120, sync");
	has_frames(5, 2);
	has_frames(3, 1);
	has_frames(8, 1);
}
END_TEST

/* unix takes less than 128 KiB at once, and drops the rest. */
START_TEST(of_many_frames_none_is_lost)
{
	int at, len = 0;

	db_gather_begin();
	write_frames(0, 40, true);
	has_frames(0, 40);
	for (const char *write = noted; (write = strstr(write, "write ")) != NULL; write++) {
		ck_assert_int_eq(sscanf(write, "write %d+%d", &at, &len), 2);
		ck_assert_int_le(len, 65536);
	}
	ck_assert_int_eq(at + len, HEADER + 40 * FRAME);
	noted[0] = '\0';
	/* Also in one write that is too much to wait. */
	ck_assert_int_eq(file->pMethods->xWrite(file, frames, 20 * FRAME, HEADER), SQLITE_OK);
	has_frames(0, 20);
	is_noted("write 32+82400");
}
END_TEST

START_TEST(what_waits_is_read_and_counted)
{
	unsigned char head[HEAD];
	sqlite3_int64 size = 0;

	db_gather_begin();
	write_frames(0, 2, false);
	ck_assert_int_eq(file->pMethods->xFileSize(file, &size), SQLITE_OK);
	ck_assert_int_eq(size, HEADER + 2 * FRAME);
	is_noted("write 32+8240, size");
	write_frames(2, 1, false);
	ck_assert_int_eq(file->pMethods->xTruncate(file, HEADER + FRAME), SQLITE_OK);
	is_noted("write 8272+4120, truncate");
	ck_assert_int_eq(size_of_file(), HEADER + FRAME);
	write_frames(1, 1, false);
	ck_assert_int_eq(file->pMethods->xRead(file, head, HEAD, HEADER + FRAME), SQLITE_OK);
	is_noted("write 4152+4120, read 4152+24");
	ck_assert_mem_eq(head, frames + FRAME, HEAD);
}
END_TEST

/* SQLite reads where it has to write the heads of frames anew, the last of which says that it ends
 * a transaction, and is followed by no page. */
START_TEST(nothing_waits_once_it_reads)
{
	unsigned char head[HEAD];

	db_gather_begin();
	write_frames(0, 2, true);
	ck_assert_int_eq(file->pMethods->xRead(file, head, HEAD, HEADER + FRAME), SQLITE_OK);
	noted[0] = '\0';
	ck_assert_int_eq(file->pMethods->xWrite(file, head, HEAD, HEADER + FRAME), SQLITE_OK);
	is_noted("write 4152+24");
}
END_TEST

/* A frame that can't be written is told of in that commit, and isn't written behind its back. */
static void fails(int code)
{
	fails_at = 1;
	fails_with = code;
	db_gather_begin();
	write_frames(0, 2, false);
	errno = 0;
	ck_assert_int_eq(sync_log(), code);
	ck_assert_int_eq(errno, code == SQLITE_FULL ? ENOSPC : EIO);
	is_noted("write 32+8240");
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	db_gather_end();
	write_frames(4, 1, false);
	is_noted("sync, write 16512+24, write 16536+4096");
}

START_TEST(a_failure_is_told_by_the_sync)
{
	fails(SQLITE_FULL);
	fails(SQLITE_IOERR_WRITE);
}
END_TEST

START_TEST(a_failure_is_told_by_the_write_that_ends_it_or_is_too_much)
{
	int code = SQLITE_OK, number;

	fails_at = 1;
	fails_with = SQLITE_IOERR_WRITE;
	db_gather_begin();
	ck_assert_int_eq(write_frame(0, true), SQLITE_IOERR_WRITE);
	is_noted("write 32+4120");
	db_gather_end();
	fails_at = 1;
	db_gather_begin();
	for (number = 0; code == SQLITE_OK; number++)
		code = write_frame(number, false);
	ck_assert_int_eq(code, SQLITE_IOERR_WRITE);
	ck_assert_int_lt(number, 20);
	noted[0] = '\0';
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	is_noted("sync");
}
END_TEST

START_TEST(what_waits_at_the_end_of_a_commit_is_dropped)
{
	db_gather_begin();
	write_frames(0, 2, false);
	db_gather_end();
	db_gather_begin();
	ck_assert_int_eq(sync_log(), SQLITE_OK);
	is_noted("sync");
}
END_TEST

START_TEST(other_files_are_the_wrapped_ones_own)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(db_gather_vfs());
	sqlite3_file *one = calloc(1, (size_t)vfs->szOsFile);
	sqlite3_file *other = calloc(1, (size_t)real_vfs->szOsFile);
	const int flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE;

	ck_assert(one != NULL && other != NULL);
	ck_assert_int_eq(vfs->xOpen(vfs, path, one, flags, NULL), SQLITE_OK);
	ck_assert_int_eq(real_vfs->xOpen(real_vfs, path, other, flags, NULL), SQLITE_OK);
	ck_assert_ptr_eq(one->pMethods, other->pMethods);
	(void)one->pMethods->xClose(one);
	(void)other->pMethods->xClose(other);
	free(one);
	free(other);
}
END_TEST

/* ---- Of a database ---- */

static struct db *db;

static void sql(struct db *of, const char *text)
{
	ck_assert_msg(db_exec(of, text) == 0, "%s: %s", text, db_error(of));
}

static int64_t value(struct db *of, const char *text)
{
	int64_t number = -1;

	ck_assert_msg(db_read_int(of, text, &number) == 0, "%s: %s", text, db_error(of));
	return number;
}

static struct db *open_it(void)
{
	struct db *opened = db_open(path, true, 1000, NULL);

	ck_assert_ptr_nonnull(opened);
	return opened;
}

static void open_database(void)
{
	setup();
	db = open_it();
	sql(db, "PRAGMA journal_mode = WAL");
	sql(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
	noted[0] = '\0';
}

static void close_database(void)
{
	db_close(db);
	teardown();
}

static void begin(void)
{
	ck_assert_int_eq(db_begin(db, true), 0);
}

/* So many rows of about a page each. */
static void fill(int from, int count)
{
	char text[160];

	(void)snprintf(text, sizeof(text),
		"WITH n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO t SELECT i, hex(zeroblob(1900)) FROM n",
		from, from + count - 1);
	sql(db, text);
}

START_TEST(a_commit_is_one_write_and_one_sync)
{
	begin();
	fill(1, 3);
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_msg(strncmp(noted, "write ", 6) == 0 && strstr(noted + 6, "write") == NULL, "%s",
		noted);
	ck_assert_str_eq(strchr(noted, ','), ", sync");
}
END_TEST

START_TEST(a_commit_that_cannot_write_fails_and_says_why)
{
	begin();
	fill(1, 3);
	fails_at = 1;
	fails_with = SQLITE_FULL;
	ck_assert_int_eq(db_commit(db), -1);
	ck_assert_int_eq(db_trouble_now(db), DB_FULL);
	begin();
	fill(4, 2);
	fails_at = 1;
	fails_with = SQLITE_IOERR_WRITE;
	ck_assert_int_eq(db_commit(db), -1);
	ck_assert_int_eq(db_trouble_now(db), DB_FAILING);
	ck_assert_int_eq(value(db, "SELECT count(*) FROM t"), 0);
	begin();
	fill(1, 1);
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_int_eq(value(db, "SELECT count(*) FROM t"), 1);
}
END_TEST

/* What was in the log before the rollback, since the cache was full, may be in the place of
 * another's frames. */
START_TEST(what_was_rolled_back_comes_over_no_frames_of_another)
{
	sqlite3 *other = NULL;

	/* Another process doesn't have this one's memory. */
	ck_assert_int_eq(
		sqlite3_open_v2(path, &other, SQLITE_OPEN_READWRITE, real_vfs->zName), SQLITE_OK);
	sql(db, "PRAGMA cache_size = 5");
	fill(5000, 1); /* another's come behind it */
	for (int i = 0; i < 40; i++) {
		begin();
		fill(1000, 7 + i);
		db_rollback(db);
		ck_assert_int_eq(sqlite3_exec(other, "INSERT INTO t (b) VALUES ('another')", NULL,
					 NULL, NULL),
			SQLITE_OK);
		begin();
		fill(1 + i, 1);
		ck_assert_int_eq(db_commit(db), 0);
	}
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	ck_assert_int_eq(value(db, "SELECT count(*) FROM t WHERE b = 'another'"), 40);
	ck_assert_int_eq(value(db, "SELECT count(*) FROM t WHERE a <= 40"), 40);
	ck_assert_int_eq(value(db, "SELECT count(*) FROM pragma_integrity_check"
				   " WHERE integrity_check = 'ok'"),
		1);
}
END_TEST

/* The log as the power failing would leave it, behind a commit that doesn't sync, by which frames
 * were written twice. */
START_TEST(without_syncs_all_is_in_the_log_behind_the_commit)
{
	char command[256];
	struct db *copy;

	sql(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = 5");
	begin();
	fill(1, 30);
	sql(db, "UPDATE t SET b = hex(zeroblob(1901))");
	sql(db, "UPDATE t SET b = hex(zeroblob(1902))");
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_msg(strstr(noted, "read") != NULL, "%s", noted);
	(void)snprintf(command, sizeof(command), "cp %s %s.copy && cp %s-wal %s.copy-wal", path,
		path, path, path);
	ck_assert_int_eq(system(command), 0);
	(void)snprintf(command, sizeof(command), "%s.copy", path);
	copy = db_open(command, false, 0, NULL);
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(value(copy, "SELECT count(*) FROM t WHERE length(b) = 3804"), 30);
	db_close(copy);
}
END_TEST

static Suite *gather_suite(void)
{
	Suite *suite = suite_create("the log's writes, gathered");
	TCase *alone = tcase_create("a log"), *of_database = tcase_create("of a database");

	tcase_add_checked_fixture(alone, open_log, close_log);
	tcase_add_test(alone, the_frames_of_a_commit_go_at_once_before_its_sync);
	tcase_add_test(alone, outside_a_commit_each_write_goes_by_itself);
	tcase_add_test(alone, a_frame_that_ends_a_transaction_waits_for_no_sync);
	tcase_add_test(alone, what_is_elsewhere_does_not_wait_with_it);
	tcase_add_test(alone, of_many_frames_none_is_lost);
	tcase_add_test(alone, what_waits_is_read_and_counted);
	tcase_add_test(alone, nothing_waits_once_it_reads);
	tcase_add_test(alone, a_failure_is_told_by_the_sync);
	tcase_add_test(alone, a_failure_is_told_by_the_write_that_ends_it_or_is_too_much);
	tcase_add_test(alone, what_waits_at_the_end_of_a_commit_is_dropped);
	tcase_add_test(alone, other_files_are_the_wrapped_ones_own);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(of_database, open_database, close_database);
	tcase_add_test(of_database, a_commit_is_one_write_and_one_sync);
	tcase_add_test(of_database, a_commit_that_cannot_write_fails_and_says_why);
	tcase_add_test(of_database, what_was_rolled_back_comes_over_no_frames_of_another);
	tcase_add_test(of_database, without_syncs_all_is_in_the_log_behind_the_commit);
	suite_add_tcase(suite, of_database);
	return suite;
}

int main(void)
{
	return expect_all(gather_suite());
}
