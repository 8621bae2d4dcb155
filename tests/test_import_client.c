/* The commands `import` and `export`: a phone's export into the book and onto the service, and the
 * book into one file. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "plugin/card_file.h"
#include "plugin/client.h"
#include "tests/fake_service.h"

#define MANY 2000

static struct fake fake;
static char file_name[128], out_name[128];

static void setup(void)
{
	fake_init(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_forget(&fake);
	snprintf(file_name, sizeof(file_name), "%s/phone.vcf", fake.dir);
	snprintf(out_name, sizeof(out_name), "%s/out.vcf", fake.dir);
}

static void teardown(void)
{
	fake_clear(&fake);
}

static void write_file(const char *text)
{
	FILE *file = fopen(file_name, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void command(const char *word, const char *name)
{
	char line[1024];

	fake_forget(&fake);
	snprintf(line, sizeof(line), "%s %s", word, name);
	fake_command(&fake, line);
}

static void import(void)
{
	command("import", file_name);
}

static bool is_done(const char *outcome)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"event\":\"done\",\"tag\":7,\"outcome\":\"%s\"}", outcome);
	return fake_event(&fake, text) != NULL;
}

/* What an import came to. */
static void assert_counts(
	unsigned cards, unsigned created, unsigned merged, unsigned same, unsigned skipped)
{
	const char *event = fake_event(&fake, "{\"event\":\"imported\"");
	char text[128];

	ck_assert_ptr_nonnull(event);
	snprintf(text, sizeof(text),
		"\"cards\":\"%u\",\"new\":\"%u\",\"merged\":\"%u\",\"same\":\"%u\","
		"\"skipped\":\"%u\"",
		cards, created, merged, same, skipped);
	ck_assert_msg(strstr(event, text) != NULL, "%s, not %s", event, text);
}

#define CARD(lines) "BEGIN:VCARD\r\nVERSION:3.0\r\n" lines "END:VCARD\r\n"
#define MOBILE "+44 7400 123456"
#define LANDLINE "+44 121 234 5678"

/* ---- What becomes of the cards ---- */
START_TEST(cards_become_contacts_of_book_and_service_and_a_second_time_nothing)
{
	write_file(CARD("FN:Ann\r\nUID:1\r\nTEL:" MOBILE "\r\n")
			CARD("FN:Ben\r\nEMAIL:ben@example.com\r\n") CARD("ORG:Figs Ltd\r\n"));
	import();
	assert_counts(3, 3, 0, 0, 0);
	ck_assert(is_done("ok"));
	ck_assert_uint_eq(fake_file_count(&fake), 3);
	ck_assert_uint_eq(fake_count(&fake), 3);
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "1"), "Ann"));
	import();
	assert_counts(3, 0, 0, 3, 0);
	ck_assert_uint_eq(fake_file_count(&fake), 3);
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
}
END_TEST

START_TEST(what_is_in_the_file_twice_becomes_one)
{
	write_file(CARD("FN:Ann\r\nUID:1\r\nTEL:" MOBILE "\r\n")
			CARD("FN:Ann\r\nUID:1\r\nTEL:" LANDLINE "\r\n")
				CARD("FN: ann \r\nTEL:+44 7400-123456\r\nNOTE:figs\r\n")
					CARD("FN:Ann\r\nUID:1\r\nTEL:" MOBILE "\r\n")
						CARD("FN:Ann\r\nEMAIL:a@example.com\r\n")
							CARD("FN:Ann\r\nEMAIL:a@example.com\r\n"));
	import();
	assert_counts(6, 2, 2, 2, 0);
	ck_assert_uint_eq(fake_count(&fake), 2);
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "1"), "figs"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "1"), "234"));
	import();
	assert_counts(6, 0, 0, 6, 0);
}
END_TEST

START_TEST(who_is_there_is_completed_and_what_is_there_stays)
{
	fake_put(&fake, "u1",
		"<fn><text>Ann</text></fn><tel><uri>tel:+447400123456</uri></tel>"
		"<note><text>mine</text></note>");
	fake_headline(&fake, "u1");
	fake_run(&fake);
	write_file(CARD("FN:Ann\r\nUID:other\r\nTEL:" MOBILE "\r\nTEL:" LANDLINE "\r\n"
			"NOTE:theirs\r\nURL:http://a.example\r\n"));
	import();
	assert_counts(1, 0, 1, 0, 0);
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "u1"), "mine"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "u1"), "http://a.example"));
	import();
	assert_counts(1, 0, 0, 1, 0);
}
END_TEST

START_TEST(a_card_that_names_a_jid_links_nothing_and_finds_who_is_linked_to_it)
{
	fake_put(&fake, "dave@example.org", "<fn><text>Dave</text></fn>");
	fake_headline(&fake, "dave@example.org");
	fake_run(&fake);
	write_file(CARD("FN:David\r\nUID:d\r\nIMPP:xmpp:dave@example.org\r\nTEL:" MOBILE "\r\n")
			CARD("FN:Erin\r\nUID:erin@example.org\r\nIMPP:xmpp:erin@example.org\r\n"));
	import();
	assert_counts(2, 1, 1, 0, 0);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"jids\":\"2\""));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, "dave@example.org"), "7400"));
	ck_assert_ptr_null(fake_get(&fake, "erin@example.org"));
	ck_assert_uint_eq(fake_count(&fake), 2);
	import();
	assert_counts(2, 0, 0, 2, 0);
	ck_assert_uint_eq(fake_count(&fake), 2);
}
END_TEST

START_TEST(a_broken_card_is_told_with_its_line_and_passed_over)
{
	FILE *file = fopen(file_name, "w");

	fputs(CARD("FN:Ann\r\nUID:1\r\n") "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Big\r\n", file);
	for (int i = 0; i <= VCARD_PROPERTIES_MAX; i++)
		fprintf(file, "NOTE:%d\r\n", i);
	fputs("END:VCARD\r\n" CARD("FN:Ben\r\nUID:2\r\n"), file);
	fclose(file);
	import();
	assert_counts(3, 2, 0, 0, 1);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"text\":\"line 6: "));
	ck_assert(is_done("ok"));
	ck_assert_uint_eq(fake_count(&fake), 2);
}
END_TEST

START_TEST(what_is_no_file_of_cards_is_told)
{
	write_file("nothing\r\n");
	import();
	ck_assert_ptr_nonnull(fake_event(&fake, "there is no card in it"));
	ck_assert(is_done("failed"));
	command("import", "/nonexistent");
	ck_assert_ptr_nonnull(fake_event(&fake, "No such file"));
	command("import", "/dev/zero");
	ck_assert(is_done("failed"));
	command("import", fake.dir);
	ck_assert(is_done("failed"));
	command("import", "");
	ck_assert(is_done("usage"));
	fake_stop(&fake);
	fake_start(&fake, false);
	fake_online(&fake);
	import();
	ck_assert_ptr_nonnull(fake_event(&fake, "there is no local book"));
}
END_TEST

/* Each file of the corpus; told: what its event is to say, NULL: anything. */
static void import_corpus(const char *corpus, const char *told)
{
	char list[256], line[1024], name[768];
	FILE *file;

	snprintf(list, sizeof(list), "%s/vcf.tsv", corpus);
	file = fopen(list, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\t")] = '\0';
		snprintf(name, sizeof(name), "%.200s/vcf/%.500s", corpus, line);
		command("import", name);
		if (!told || !fake_event(&fake, "{\"event\":\"imported\""))
			continue;
		ck_assert_msg(fake_event(&fake, told) != NULL, "%s: %s", line,
			fake_event(&fake, "{\"event\":\"imported\""));
		ck_assert_msg(fake_sent(&fake, "<publish") == NULL, "%s is published", line);
	}
	fclose(file);
}

/* KITH_CORPUS names it; without it there is nothing to test. */
START_TEST(what_real_programs_wrote_is_taken_once)
{
	const char *corpus = getenv("KITH_CORPUS");
	size_t count;

	if (!corpus)
		return;
	import_corpus(corpus, NULL);
	count = fake_file_count(&fake);
	ck_assert_uint_gt(count, 50);
	ck_assert_uint_eq(fake_count(&fake), count);
	import_corpus(corpus, "\"new\":\"0\",\"merged\":\"0\"");
	ck_assert_uint_eq(fake_file_count(&fake), count);
}
END_TEST

/* ---- Many ---- */
static size_t reads, lists, writes;

static const char *count_read(
	struct book *book, struct arena *arena, const char *name, size_t *len, const char **why)
{
	reads++;
	return book_vdir.read(book, arena, name, len, why);
}

static int count_list(struct book *book, struct arena *arena,
	void (*row)(void *context, const struct book_entry *entry), void *context)
{
	lists++;
	return book_vdir.list(book, arena, row, context);
}

static enum book_done count_write(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **as_read)
{
	writes++;
	return book_vdir.write(book, arena, entry, uid, text, len, as_read);
}

static void count_calls(void)
{
	static struct book_backend counting;

	counting = book_vdir;
	counting.read = count_read;
	counting.list = count_list;
	counting.write = count_write;
	fake.kith->book->backend = &counting;
	reads = lists = writes = 0;
}

/* n people, every tenth of whom is there twice, with a number that all have in common. */
static void write_many(unsigned n)
{
	FILE *file = fopen(file_name, "w");

	for (unsigned i = 0; i < n; i++)
		fprintf(file, CARD("FN:Person %u\r\n%s%u\r\nTEL:+44 121 234 5678\r\n"),
			i / 10 * 10 + i % 9, i % 2 ? "UID:" : "NOTE:", i / 10 * 10 + i % 9);
	fclose(file);
}

START_TEST(a_large_file_takes_a_time_in_proportion_to_it)
{
	size_t people = MANY / 10 * 9;

	count_calls();
	write_many(MANY);
	import();
	ck_assert(is_done("ok"));
	ck_assert_uint_eq(fake_file_count(&fake), people);
	ck_assert_uint_eq(fake_count(&fake), people);
	/* Each entry is read when a card meets it, and when it goes to the service. */
	ck_assert_uint_le(reads, 2 * MANY);
	ck_assert_uint_le(writes, MANY);
	ck_assert_uint_le(lists, 10);
	count_calls();
	import();
	ck_assert_ptr_nonnull(fake_event(&fake, "\"new\":\"0\",\"merged\":\"0\""));
	ck_assert_uint_le(reads, 2 * MANY);
	ck_assert_uint_eq(writes, 0);
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
}
END_TEST

/* The contacts of another program's directory are those of the service. */
START_TEST(book_and_service_are_paired_in_a_time_in_proportion_to_them)
{
	fake_stop(&fake);
	for (unsigned i = 0; i < MANY; i++) {
		char id[32], text[256];

		snprintf(id, sizeof(id), "u%u", i);
		snprintf(text, sizeof(text), "<fn><text>Person %u</text></fn>", i);
		fake_put(&fake, id, text);
		snprintf(id, sizeof(id), "%u.vcf", i);
		snprintf(text, sizeof(text), CARD("FN:Person %u\r\nUID:u%u\r\n"), i, i);
		fake_write_file(&fake, id, text);
	}
	fake_start(&fake, true);
	count_calls();
	fake_online(&fake);
	ck_assert_uint_eq(fake_file_count(&fake), MANY);
	ck_assert_uint_eq(fake_count(&fake), MANY);
	ck_assert_uint_le(reads, 4 * MANY);
}
END_TEST

START_TEST(two_entries_of_one_uid_are_one_contact_and_the_other_is_told)
{
	fake_write_file(&fake, "a.vcf", CARD("FN:Ann\r\nUID:1\r\nNOTE:a\r\n"));
	fake_write_file(&fake, "b.vcf", CARD("FN:Ann\r\nUID:1\r\nNOTE:b\r\n"));
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_uint_eq(fake_sent_count(&fake, "<publish"), 1);
	ck_assert_ptr_nonnull(fake_event(&fake, "another entry has the same UID"));
	fake_forget(&fake);
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_sent_count(&fake, "<publish"), 0);
}
END_TEST

/* ---- Cut off ---- */
static void start_again(void)
{
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
}

START_TEST(an_import_that_was_cut_off_goes_on_and_doubles_nothing)
{
	const char *const argv[] = {"import", file_name};
	size_t people = MANY / 10 * 9, cut;

	write_many(MANY);
	kith_command(fake.kith, 7, argv, 2, NULL);
	kith_tick(fake.kith);
	kith_tick(fake.kith);
	cut = fake_file_count(&fake);
	ck_assert_uint_gt(cut, 0);
	ck_assert_uint_lt(cut, people);
	start_again();
	ck_assert_uint_eq(fake_count(&fake), fake_file_count(&fake));
	import();
	ck_assert(is_done("ok"));
	ck_assert_uint_eq(fake_file_count(&fake), people);
	ck_assert_uint_eq(fake_count(&fake), people);
}
END_TEST

START_TEST(a_link_that_is_lost_on_the_way_to_the_service_doubles_nothing)
{
	unsigned i;

	for (i = 0; i < 100; i++) {
		char id[32], text[128];

		snprintf(id, sizeof(id), "%u.vcf", i);
		snprintf(text, sizeof(text), CARD("FN:Person %u\r\nUID:u%u\r\n"), i, i);
		fake_write_file(&fake, id, text);
	}
	write_file(CARD("FN:Ann\r\nUID:1\r\n"));
	fake.mute_after = 30;
	import();
	ck_assert_ptr_null(fake_event(&fake, "\"outcome\""));
	kith_offline(fake.kith);
	ck_assert(is_done("failed"));
	ck_assert_ptr_nonnull(
		fake_event(&fake, "What is not on the service yet is in the local book"));
	fake.mute = false;
	while (fake.queued > 0) /* what the link took with it */
		free(fake.queue[--fake.queued]);
	fake_online(&fake);
	ck_assert_uint_eq(fake_count(&fake), 101);
	ck_assert_uint_eq(fake_file_count(&fake), 101);
	import();
	assert_counts(1, 0, 0, 1, 0);
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
}
END_TEST

/* ---- The service's limits ---- */
START_TEST(a_service_that_takes_no_more_for_now_is_told_and_asked_again_later)
{
	write_many(300);
	fake.writes_max = 100;
	import();
	ck_assert_ptr_nonnull(fake_event(&fake, "try again in 7 seconds"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"condition\":\"resource-constraint\""));
	ck_assert(is_done("failed"));
	ck_assert_uint_eq(fake_count(&fake), 100);
	ck_assert_uint_eq(fake_file_count(&fake), 270);
	fake.writes = 0;
	fake.now += 60;
	fake_run(&fake);
	ck_assert_uint_eq(fake_count(&fake), 100);
	fake.writes_max = 0;
	fake.now += 300;
	fake_run(&fake);
	ck_assert_uint_eq(fake_count(&fake), 270);
}
END_TEST

START_TEST(a_service_without_room_is_told_once_and_the_others_are_kept_in_step)
{
	write_many(300);
	fake.room = 100;
	import();
	ck_assert_ptr_nonnull(fake_event(
		&fake, "The address book on the service is full: room for 100. 170 of the local"));
	ck_assert_ptr_null(fake_event(&fake, "\"event\":\"skipped\""));
	ck_assert(is_done("failed"));
	ck_assert_uint_eq(fake_count(&fake), 100);
	ck_assert_uint_le(fake_sent_count(&fake, "<publish"), 140);
	/* A change of one that is there goes through. */
	fake_put(&fake, fake.items[0].id,
		"<fn><text>Person 0</text></fn><title><text>Dr</text></title>");
	fake_headline(&fake, fake.items[0].id);
	fake_run(&fake);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"changed\",\"item\":"));
}
END_TEST

/* ---- Export ---- */
static char *read_whole(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = calloc(1, 1000000);

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, 999999, file)] = '\0';
	fclose(file);
	return text;
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	while ((text = strstr(text, part))) {
		count++;
		text += strlen(part);
	}
	return count;
}

START_TEST(all_contacts_go_into_one_file_that_brings_them_back)
{
	struct stat st;
	char *text;

	fake_put(&fake, "dave@example.org", "<fn><text>Dave</text></fn>");
	fake_headline(&fake, "dave@example.org");
	write_file(CARD("FN:Ann\r\nUID:1\r\nTEL:" MOBILE "\r\n") CARD("FN:Ben\r\n"));
	import();
	command("export", out_name);
	ck_assert(is_done("ok"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"cards\":\"3\",\"skipped\":\"0\""));
	text = read_whole(out_name);
	ck_assert_uint_eq(count_of(text, "BEGIN:VCARD\r\nVERSION:3.0\r\n"), 3);
	ck_assert_ptr_nonnull(strstr(text, "xmpp:dave@example.org"));
	free(text);
	ck_assert_int_eq(stat(out_name, &st), 0);
	ck_assert_int_eq(st.st_mode & 077, 0);
	command("import", out_name);
	assert_counts(3, 0, 0, 3, 0);
	command("export -f 4.0", out_name);
	text = read_whole(out_name);
	ck_assert_uint_eq(count_of(text, "VERSION:4.0\r\n"), 3);
	free(text);
}
END_TEST

START_TEST(what_is_only_on_the_service_is_exported_too)
{
	fake_stop(&fake);
	fake_put(&fake, "u1", "<fn><text>Ann</text></fn>");
	fake_start(&fake, false);
	fake_online(&fake);
	command("export", out_name);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"cards\":\"1\""));
}
END_TEST

START_TEST(an_export_that_fails_leaves_what_was_there)
{
	char name[160];
	char *text;

	write_file(CARD("FN:Ann\r\nUID:1\r\n"));
	import();
	write_file("precious");
	command("export -f 2.1", file_name);
	ck_assert(is_done("usage"));
	command("export", "/nonexistent/out.vcf");
	ck_assert(is_done("failed"));
	mkdir(out_name, 0700); /* can't be replaced by a file */
	command("export", out_name);
	ck_assert(is_done("failed"));
	snprintf(name, sizeof(name), "%s/book", out_name);
	rmdir(out_name);
	text = read_whole(file_name);
	ck_assert_str_eq(text, "precious");
	free(text);
	/* And no other: the book, the state, the file itself. */
	{
		DIR *dir = opendir(fake.dir);
		const struct dirent *entry;
		unsigned count = 0;

		while ((entry = readdir(dir)))
			count += entry->d_name[0] != '.';
		closedir(dir);
		ck_assert_uint_eq(count, 3);
	}
}
END_TEST

/* ---- A file through a window ---- */
#define ODD '\x01' /* stands for a character without a NUL in it, which would tell UTF-16 */

/* Text as UTF-16 with or without a BOM; the caller frees it. */
static char *to_utf16(const char *text, size_t *len, bool big, bool bom)
{
	size_t count = strlen(text), at = 0;
	char *wide = calloc(count + 1, 2);

	if (bom) {
		wide[at++] = big ? '\xfe' : '\xff';
		wide[at++] = big ? '\xff' : '\xfe';
	}
	for (size_t i = 0; i < count; i++) {
		wide[at++] = text[i] == ODD ? 'N' : big ? '\0' : text[i];
		wide[at++] = text[i] == ODD ? 'N' : big ? text[i] : '\0';
	}
	*len = at;
	return wide;
}

#define WINDOW_CARDS 3000

static const struct {
	bool wide, big, bom;
} encodings[] = {{false, false, false}, {true, false, true}, {true, true, true},
	{true, false, false}, {true, true, false}};

START_TEST(a_file_is_read_through_a_window_as_in_one_piece)
{
	char *text = calloc(WINDOW_CARDS + 1, 1200), *at = text, *bytes = text;
	struct arena *arena = arena_new(0);
	struct card_file *cards;
	struct vcard *card;
	const char *why;
	unsigned line, count = 0;
	size_t len;
	FILE *file;

	for (unsigned i = 0; i < WINDOW_CARDS; i++) {
		at += sprintf(at, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Person %u\r\nNOTE:", i);
		for (unsigned j = 0; j < i % 1000; j++)
			*at++ = j % 70 ? (char)('a' + j % 26) : '\n',
			at[-1] == '\n' ? *at++ = ' ' : 0;
		at += sprintf(at, "\r\nEND:VCARD\r\n%c\r\n", ODD);
	}
	len = (size_t)(at - text);
	if (encodings[_i].wide)
		bytes = to_utf16(text, &len, encodings[_i].big, encodings[_i].bom);
	file = fopen(file_name, "w");
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
	cards = card_file_open(file_name);
	while (card_file_next(cards, arena, &card, &line, &why) == CARD_FILE_CARD) {
		char name[32];

		snprintf(name, sizeof(name), "Person %u", count);
		ck_assert_str_eq(vcard_text(vcard_first(card, "FN")), name);
		ck_assert_uint_eq(strlen(vcard_text(vcard_first(card, "NOTE"))),
			count % 1000 - (count % 1000 + 69) / 70);
		count++;
		arena_reset(arena);
	}
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(count, WINDOW_CARDS);
	ck_assert_uint_eq(card_file_percent(cards), 100);
	card_file_close(cards);
	arena_free(arena);
	if (bytes != text)
		free(bytes);
	free(text);
}
END_TEST

START_TEST(a_card_that_is_too_large_is_passed_over)
{
	static const char line_of_it[] = "NOTE:0123456789012345678901234567890123456789\r\n";
	struct arena *arena = arena_new(0);
	struct card_file *cards;
	struct vcard *card;
	const char *why;
	unsigned line;
	FILE *file = fopen(file_name, "w");

	fputs(CARD("FN:Ann\r\n") "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Big\r\nPHOTO:data:", file);
	for (size_t len = 0; len < 3 * CARD_FILE_CARD_MAX; len += sizeof(line_of_it))
		fputs("\r\n aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", file);
	fputs("\r\nEND:VCARD\r\n" CARD("FN:Ben\r\n"), file);
	fclose(file);
	cards = card_file_open(file_name);
	ck_assert_int_eq(card_file_next(cards, arena, &card, &line, &why), CARD_FILE_CARD);
	ck_assert_int_eq(card_file_next(cards, arena, &card, &line, &why), CARD_FILE_BROKEN);
	ck_assert_ptr_nonnull(strstr(why, "line 5: a vCard that is too large"));
	ck_assert_int_eq(card_file_next(cards, arena, &card, &line, &why), CARD_FILE_CARD);
	ck_assert_str_eq(vcard_text(vcard_first(card, "FN")), "Ben");
	ck_assert_int_eq(card_file_next(cards, arena, &card, &line, &why), CARD_FILE_END);
	card_file_close(cards);
	arena_free(arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("import");
	TCase *tcase = tcase_create("import");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, cards_become_contacts_of_book_and_service_and_a_second_time_nothing);
	tcase_add_test(tcase, what_is_in_the_file_twice_becomes_one);
	tcase_add_test(tcase, who_is_there_is_completed_and_what_is_there_stays);
	tcase_add_test(tcase, a_card_that_names_a_jid_links_nothing_and_finds_who_is_linked_to_it);
	tcase_add_test(tcase, a_broken_card_is_told_with_its_line_and_passed_over);
	tcase_add_test(tcase, what_is_no_file_of_cards_is_told);
	tcase_add_test(tcase, what_real_programs_wrote_is_taken_once);
	tcase_add_test(tcase, a_large_file_takes_a_time_in_proportion_to_it);
	tcase_add_test(tcase, book_and_service_are_paired_in_a_time_in_proportion_to_them);
	tcase_add_test(tcase, two_entries_of_one_uid_are_one_contact_and_the_other_is_told);
	tcase_add_test(tcase, an_import_that_was_cut_off_goes_on_and_doubles_nothing);
	tcase_add_test(tcase, a_link_that_is_lost_on_the_way_to_the_service_doubles_nothing);
	tcase_add_test(tcase, a_service_that_takes_no_more_for_now_is_told_and_asked_again_later);
	tcase_add_test(tcase, a_service_without_room_is_told_once_and_the_others_are_kept_in_step);
	tcase_add_test(tcase, all_contacts_go_into_one_file_that_brings_them_back);
	tcase_add_test(tcase, what_is_only_on_the_service_is_exported_too);
	tcase_add_test(tcase, an_export_that_fails_leaves_what_was_there);
	tcase_add_loop_test(tcase, a_file_is_read_through_a_window_as_in_one_piece, 0,
		(int)(sizeof(encodings) / sizeof(*encodings)));
	tcase_add_test(tcase, a_card_that_is_too_large_is_passed_over);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
