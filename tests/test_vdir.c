/* The local book as a directory of .vcf files: written whole or not at all, hostile names, others'
 * files. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "plugin/book.h"

static char dir[64];
static struct arena *arena;
static struct book *book;
static const char *reads;

static void setup(void)
{
	char *why = NULL;
	char path[128];

	strcpy(dir, "/tmp/kith-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/book", dir);
	arena = arena_new(0);
	book = book_open(path, &why);
	ck_assert_ptr_nonnull(book);
}

static void teardown(void)
{
	char command[128];

	book_close(book);
	arena_free(arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
	return arena_printf(arena, "%s/book/%s", dir, name);
}

static void put_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

struct names {
	char text[1000];
	size_t count;
};

static void add_name(void *context, const struct book_entry *entry)
{
	struct names *names = context;

	names->count++;
	strcat(strcat(names->text, entry->name), " ");
}

static size_t count_all(void)
{
	DIR *opened = opendir(path_of(""));
	size_t count = 0;

	while (readdir(opened))
		count++;
	closedir(opened);
	return count - 2;
}

static enum book_done write_new(const char *uid, const char *text, struct book_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	return book->backend->write(book, arena, entry, uid, text, strlen(text), &reads);
}

static const struct {
	const char *uid, *name;
} names[] = {
	{"abc-1", "abc-1.vcf"},
	{"urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
		"4fbe8971-0bc3-424c-9c26-36c3e1eff6b1.vcf"},
	{"carol@example.org", "carol@example.org.vcf"},
	{"../../etc/passwd", "_._.._etc_passwd.vcf"},
	{"/etc/passwd", "_etc_passwd.vcf"},
	{".hidden", "_hidden.vcf"},
	{"a\nb\x1b[31m", "a_b__31m.vcf"},
	{"a b;c|d", "a_b_c_d.vcf"},
	{"", "card.vcf"},
	{"\xc3\xa4", "__.vcf"},
};

START_TEST(a_uid_names_a_file_of_this_directory_alone)
{
	struct book_entry entry;

	ck_assert_int_eq(write_new(names[_i].uid, "x", &entry), BOOK_DONE);
	ck_assert_str_eq(entry.name, names[_i].name);
	ck_assert_int_eq(access(path_of(names[_i].name), F_OK), 0);
}
END_TEST

START_TEST(a_name_that_is_taken_is_not_overwritten)
{
	struct book_entry first, second;
	size_t len;
	const char *why;

	write_new("a", "first", &first);
	ck_assert_int_eq(write_new("a", "second", &second), BOOK_DONE);
	ck_assert_str_eq(second.name, "a-2.vcf");
	ck_assert_str_eq(book->backend->read(book, arena, "a.vcf", &len, &why), "first");
}
END_TEST

START_TEST(nothing_but_the_entry_is_left_behind)
{
	struct book_entry entry;

	write_new("a", "text", &entry);
	ck_assert_uint_eq(count_all(), 1);
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "a", "more", 4, &reads), BOOK_DONE);
	ck_assert_uint_eq(count_all(), 1);
	put_file("a.vcf", "another program's");
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "a", "mine", 4, &reads), BOOK_CHANGED);
	ck_assert_uint_eq(count_all(), 1);
}
END_TEST

START_TEST(an_entry_that_changed_is_not_touched)
{
	struct book_entry entry;
	size_t len;
	const char *why;

	write_new("a", "text", &entry);
	put_file("a.vcf", "another program's");
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "a", "mine", 4, &reads), BOOK_CHANGED);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_CHANGED);
	ck_assert_str_eq(
		book->backend->read(book, arena, "a.vcf", &len, &why), "another program's");
}
END_TEST

START_TEST(a_reader_keeps_the_old_card_while_the_new_one_is_written)
{
	struct book_entry entry;
	char text[16] = "";
	FILE *reader;

	write_new("a", "old", &entry);
	reader = fopen(path_of("a.vcf"), "r");
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "a", "new!", 4, &reads), BOOK_DONE);
	ck_assert_uint_eq(fread(text, 1, sizeof(text), reader), 3);
	ck_assert_str_eq(text, "old");
	fclose(reader);
}
END_TEST

START_TEST(a_new_file_is_for_its_owner_and_a_mode_is_kept)
{
	struct book_entry entry;
	struct stat st;

	write_new("a", "text", &entry);
	ck_assert_int_eq(stat(path_of("a.vcf"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(chmod(path_of("a.vcf"), 0640), 0);
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "a", "more", 4, &reads), BOOK_DONE);
	ck_assert_int_eq(stat(path_of("a.vcf"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(only_cards_are_entries)
{
	struct names found = {.count = 0};

	put_file("a.vcf", "x");
	put_file("README", "x");
	put_file(".kith-1-1", "x");
	put_file(".b.vcf", "x");
	put_file("c.vcf.tmp", "x");
	ck_assert_int_eq(mkdir(path_of("d.vcf"), 0700), 0);
	ck_assert_int_eq(symlink("/etc/passwd", path_of("e.vcf")), 0);
	ck_assert_int_eq(mkfifo(path_of("f.vcf"), 0600), 0);
	ck_assert_int_eq(book->backend->list(book, arena, add_name, &found), 0);
	ck_assert_str_eq(found.text, "a.vcf ");
}
END_TEST

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG_NAME HUNDRED HUNDRED HUNDRED ".vcf"

START_TEST(what_is_no_entry_is_not_read)
{
	static const struct {
		const char *name, *why;
	} bad[] = {{"../x.vcf", "it is gone"}, {"/etc/passwd", "it is gone"},
		{"e.vcf", "Too many levels of symbolic links"}, {"none.vcf", "it is gone"},
		{"f.vcf", "it is no file any more"}, {"big.vcf", "it is too large"},
		{LONG_NAME, "File name too long"}};
	const char *why;
	size_t len;

	put_file("../x.vcf", "x");
	ck_assert_int_eq(symlink("/etc/passwd", path_of("e.vcf")), 0);
	ck_assert_int_eq(mkfifo(path_of("f.vcf"), 0600), 0);
	put_file("big.vcf", "");
	ck_assert_int_eq(truncate(path_of("big.vcf"), BOOK_ENTRY_MAX + 1), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_ptr_null(book->backend->read(book, arena, bad[i].name, &len, &why));
		ck_assert_str_eq(why, bad[i].why);
	}
}
END_TEST

START_TEST(a_revision_is_stable)
{
	struct book_entry entry;
	struct names found = {.count = 0};

	write_new("a", "text", &entry);
	ck_assert_int_eq(book->backend->list(book, arena, add_name, &found), 0);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_DONE);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_DONE);
	ck_assert_uint_eq(count_all(), 0);
}
END_TEST

START_TEST(what_an_ended_program_left_is_removed)
{
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char *why = NULL;

	put_file(".kith-1-1", "x");
	put_file(".kith-1-2", "x");
	put_file(".other", "x");
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(".kith-1-1"), old, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(".other"), old, 0), 0);
	book_close(book);
	book = book_open(path_of(""), &why);
	ck_assert_ptr_nonnull(book);
	ck_assert_int_ne(access(path_of(".kith-1-1"), F_OK), 0);
	ck_assert_int_eq(access(path_of(".kith-1-2"), F_OK), 0);
	ck_assert_int_eq(access(path_of(".other"), F_OK), 0);
}
END_TEST

START_TEST(a_place_that_is_no_directory_is_told)
{
	char *why = NULL;

	put_file("file", "");
	ck_assert_ptr_null(book_open(path_of("file"), &why));
	ck_assert_ptr_nonnull(strstr(why, "Not a directory"));
	free(why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vdir");
	TCase *tcase = tcase_create("entries");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_uid_names_a_file_of_this_directory_alone, 0,
		(int)(sizeof(names) / sizeof(*names)));
	tcase_add_test(tcase, a_name_that_is_taken_is_not_overwritten);
	tcase_add_test(tcase, nothing_but_the_entry_is_left_behind);
	tcase_add_test(tcase, an_entry_that_changed_is_not_touched);
	tcase_add_test(tcase, a_reader_keeps_the_old_card_while_the_new_one_is_written);
	tcase_add_test(tcase, a_new_file_is_for_its_owner_and_a_mode_is_kept);
	tcase_add_test(tcase, only_cards_are_entries);
	tcase_add_test(tcase, what_is_no_entry_is_not_read);
	tcase_add_test(tcase, a_revision_is_stable);
	tcase_add_test(tcase, what_an_ended_program_left_is_removed);
	tcase_add_test(tcase, a_place_that_is_no_directory_is_told);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
