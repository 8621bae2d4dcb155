/* The local book as a directory of .vcf files, when the program is killed, the power fails, or the
 * disk does, at each call in turn: no card that was written is lost, none is there in part, and
 * what is left behind goes. Each try is a process of its own. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/log.h"
#include "plugin/book.h"
#include "plugin/folder.h"
#include "tests/fault_calls.h"

#define NOT_STRUCK 10 /* how a try ends for which there were not so many calls */
#define CARDS 8
#define DRAWS 4 /* of what a power failure leaves */
#define TMP ".kith-"

/* A card of the book: which of its texts it may have. */
struct card {
	const char *before, *after; /* NULL: it isn't there */
	bool must_settle;	    /* the second, once the book does */
};

/* Of the process that tries: what is certain, and what was under way when it ended. */
static struct told {
	struct card cards[CARDS];
	bool is_open; /* the book was */
} * told;

static char folder[64], under[80], aside[80], place[100];
static struct arena *arena;
static struct book *book;

static void no_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void setup(void)
{
	strcpy(folder, "/tmp/kith-vdir-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(under, sizeof(under), "%s/under", folder);
	(void)snprintf(aside, sizeof(aside), "%s/aside", folder);
	(void)snprintf(place, sizeof(place), "%s/book", under);
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(told != MAP_FAILED);
	arena = arena_new(0);
	log_set(no_log, NULL, LOG_LEVEL_DEBUG);
}

static void teardown(void)
{
	char command[100];

	arena_free(arena);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
	munmap(told, sizeof(*told));
}

/* ---- The process that tries ---- */

static const char *uid_of(int i)
{
	return arena_printf(arena, "card%d", i);
}

static const char *name_of(int i)
{
	return arena_printf(arena, "card%d.vcf", i);
}

/* The texts are told apart by their length as well. */
static const char *const texts[] = {"BEGIN:VCARD first END:VCARD",
	"BEGIN:VCARD second, which is longer END:VCARD", "BEGIN:VCARD third END:VCARD, and on"};

/* What this ended as is certain now, if it was done. */
static void certain(int i, enum book_done done)
{
	if (done == BOOK_DONE)
		told->cards[i].before = told->cards[i].after;
}

static void find_entry(void *context, const struct book_entry *entry)
{
	struct book_entry *wanted = context;

	if (strcmp(entry->name, wanted->name) == 0)
		*wanted = *entry;
}

/* As it is listed; revision NULL: it isn't there. */
static struct book_entry look_up(int i)
{
	struct book_entry entry = {.name = name_of(i)};

	(void)book->backend->list(book, arena, find_entry, &entry);
	return entry;
}

static void write_card(int i, const char *text)
{
	struct book_entry entry = look_up(i);
	const char *reads;

	if (!entry.revision)
		entry.name = NULL;
	told->cards[i].after = text;
	certain(i,
		book->backend->write(book, arena, &entry, uid_of(i), text, strlen(text), &reads));
}

static void settle(void)
{
	bool is_settled = book_settle(book) == 0;

	for (int i = 0; i < CARDS; i++) {
		if (is_settled && told->cards[i].must_settle)
			told->cards[i].before = told->cards[i].after;
		told->cards[i].must_settle = false;
	}
}

/* It is to be seen all the same, and can be written anew. */
static void add_lazily(int i, const char *text, const char *then)
{
	struct book_entry entry = {0};
	const char *reads, *why;
	size_t len;

	told->cards[i].after = text;
	if (book_add(book, arena, &entry, uid_of(i), text, strlen(text), &reads) != BOOK_DONE)
		return;
	told->cards[i].must_settle = true;
	ck_assert_str_eq(book->backend->read(book, arena, entry.name, &len, &why), text);
	if (then && book->backend->write(book, arena, &entry, uid_of(i), then, strlen(then),
			    &reads) == BOOK_DONE)
		told->cards[i].after = then;
}

static void remove_card(int i)
{
	struct book_entry entry = look_up(i);

	told->cards[i].after = NULL;
	told->cards[i].must_settle =
		!entry.revision || book->backend->remove(book, arena, &entry) == BOOK_DONE;
}

static void use_book(void)
{
	char *why = NULL;

	book = book_open(place, &why);
	free(why);
	if (!book)
		return;
	told->is_open = true;
	write_card(0, texts[0]);
	write_card(1, texts[0]);
	write_card(0, texts[1]);
	add_lazily(2, texts[0], NULL);
	add_lazily(3, texts[1], texts[2]);
	add_lazily(4, texts[1], NULL);
	settle();
	write_card(2, texts[2]);
	remove_card(1);
	remove_card(4);
	add_lazily(5, texts[1], NULL);
	settle();
	write_card(6, texts[2]);
	remove_card(0);
	settle();
	write_card(7, texts[0]);
	book_close(book);
}

/* False: there were not so many calls. */
static bool is_tried(enum calls_fault fault, unsigned long at, uint64_t seed)
{
	int status;
	pid_t child;

	memset(told, 0, sizeof(*told));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		fault_calls_plan(under, aside, fault, at, seed);
		use_book();
		_exit(fault_calls_struck() ? 0 : NOT_STRUCK);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status) == CALLS_ENDED,
		fault != CALLS_FAIL && WEXITSTATUS(status) != NOT_STRUCK);
	return WEXITSTATUS(status) != NOT_STRUCK;
}

/* ---- What is there afterwards ---- */

static bool is_text(const char *text, const char *wanted)
{
	return text == wanted || (text && wanted && strcmp(text, wanted) == 0);
}

static void check_cards(unsigned long at)
{
	for (int i = 0; i < CARDS; i++) {
		const struct card *card = &told->cards[i];
		const char *why = "", *text;
		size_t len;

		text = book->backend->read(book, arena, name_of(i), &len, &why);
		ck_assert_msg(is_text(text, card->before) || is_text(text, card->after),
			"call %lu: card %d is %s (%s), not %s, or %s", at, i,
			text ? text : "not there", text ? "read" : why,
			card->before ? card->before : "not there",
			card->after ? card->after : "not there");
	}
}

static void count_entry(void *context, const struct book_entry *entry)
{
	(void)entry;
	++*(int *)context;
}

/* Files of the directory that aren't entries; made so old that nobody is writing them. */
static int count_leftovers(void)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	DIR *dir = opendir(place);
	const struct dirent *found;
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((found = readdir(dir)) != NULL) {
		if (strncmp(found->d_name, TMP, strlen(TMP)) != 0)
			continue;
		count++;
		ck_assert_int_eq(utimensat(dirfd(dir), found->d_name, old, 0), 0);
	}
	closedir(dir);
	return count;
}

static void open_again(void)
{
	char *why = NULL;

	book = book_open(place, &why);
	ck_assert_msg(book != NULL, "%s", why);
}

static void check(enum calls_fault fault, unsigned long at)
{
	int entries = 0, there = 0;

	open_again();
	check_cards(at);
	/* And there are no cards but those. */
	for (int i = 0; i < CARDS; i++)
		there += access(arena_printf(arena, "%s/%s", place, name_of(i)), F_OK) == 0;
	ck_assert_int_eq(book->backend->list(book, arena, count_entry, &entries), 0);
	ck_assert_int_eq(entries, there);
	/* What fails may be the removal itself. */
	ck_assert_int_le(count_leftovers(), fault == CALLS_FAIL ? 1 : CARDS);
	book_close(book);
	open_again();
	ck_assert_int_eq(count_leftovers(), 0);
	check_cards(at);
	book_close(book);
}

static void try_all(enum calls_fault fault)
{
	unsigned long at = 1, count = 0;
	unsigned draws = fault == CALLS_POWER ? DRAWS : 1;

	for (bool is_met = true; is_met; at++) {
		for (unsigned n = 0; n < draws && is_met; n++, count++) {
			char command[400];

			(void)snprintf(command, sizeof(command),
				"rm -rf '%s' '%s'; mkdir '%s' '%s'", under, aside, under, aside);
			ck_assert_int_eq(system(command), 0);
			is_met = is_tried(fault, at, at * DRAWS + n);
			check(fault, at);
			arena_reset(arena);
		}
	}
	ck_assert_uint_gt(at, 20);
	printf("faults of address books: %lu\n", count);
}

START_TEST(of_a_program_that_is_killed)
{
	try_all(CALLS_KILL);
}
END_TEST

START_TEST(when_the_power_fails)
{
	try_all(CALLS_POWER);
}
END_TEST

START_TEST(on_a_disk_that_fails)
{
	try_all(CALLS_FAIL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vdir: crash");
	TCase *tcase = tcase_create("cards are there, and whole");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, of_a_program_that_is_killed);
	tcase_add_test(tcase, when_the_power_fails);
	tcase_add_test(tcase, on_a_disk_that_fails);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
