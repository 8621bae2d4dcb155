/* Sync: the three-way merge, and whole dialogues with a service (design: sections 1.4 and 3;
 * XEP-0313). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "plugin/merge3.h"
#include "tests/fake_service.h"

static struct fake fake;

static void setup(void)
{
	fake_init(&fake);
	fake_start(&fake, true);
}

static void teardown(void)
{
	fake_clear(&fake);
}

/* ---- The merge ---- */
#define BEGIN "BEGIN:VCARD\r\nVERSION:4.0\r\n"
#define END "END:VCARD\r\n"
#define FN "FN:Carol\r\n"
#define CELL(number) "TEL;TYPE=cell:" number "\r\n"
#define HOME(number) "TEL;TYPE=home:" number "\r\n"
#define OLD "+447700900123"
#define NEW "+447700900456"
#define THIRD "+447700900789"

static struct vcard *card(struct arena *arena, const char *properties)
{
	struct vcard_reader reader;
	char text[4096];
	struct vcard *read;

	if (!properties)
		return NULL;
	snprintf(text, sizeof(text), BEGIN "%s" END, properties);
	vcard_reader_init(&reader, arena_strdup(arena, text), strlen(text));
	read = vcard_read(&reader, arena, NULL);
	ck_assert_ptr_nonnull(read);
	return read;
}

static const struct {
	const char *about;
	const char *base, *service, *book; /* base NULL: never agreed */
	enum merge3_side newer;
	const char *service_after, *book_after;
	unsigned conflicts;
} merges[] = {
	{"nothing happened", FN CELL(OLD), FN CELL(OLD), FN CELL(OLD), MERGE3_BOOK, FN CELL(OLD),
		FN CELL(OLD), 0},
	{"the service changed a number", FN CELL(OLD) "NOTE:mine\r\n", FN CELL(NEW) "NOTE:mine\r\n",
		FN CELL(OLD) "NOTE:mine\r\n", MERGE3_BOOK, FN CELL(NEW) "NOTE:mine\r\n",
		FN CELL(NEW) "NOTE:mine\r\n", 0},
	{"the book changed a note, the service a number", FN CELL(OLD) "NOTE:a\r\n",
		FN CELL(NEW) "NOTE:a\r\n", FN CELL(OLD) "NOTE:b\r\n", MERGE3_BOOK,
		FN CELL(NEW) "NOTE:b\r\n", FN CELL(NEW) "NOTE:b\r\n", 0},
	{"both changed one number, the book last", FN CELL(OLD), FN CELL(NEW), FN CELL(THIRD),
		MERGE3_BOOK, FN CELL(THIRD), FN CELL(THIRD), 1},
	{"both changed one number, the service last", FN CELL(OLD), FN CELL(NEW), FN CELL(THIRD),
		MERGE3_SERVICE, FN CELL(NEW), FN CELL(NEW), 1},
	{"both made the same change", FN CELL(OLD), FN CELL(NEW), FN CELL(NEW), MERGE3_BOOK,
		FN CELL(NEW), FN CELL(NEW), 0},
	{"one removed, one changed", FN CELL(OLD), FN CELL(NEW), FN, MERGE3_SERVICE, FN CELL(NEW),
		FN CELL(NEW), 1},
	{"one changed, one removed last", FN CELL(OLD), FN CELL(NEW), FN, MERGE3_BOOK, FN, FN, 1},
	{"both added different ones", FN, FN CELL(OLD), FN HOME(NEW), MERGE3_BOOK,
		FN CELL(OLD) HOME(NEW), FN HOME(NEW) CELL(OLD), 0},
	{"both added the same", FN, FN CELL(OLD), FN CELL(OLD), MERGE3_BOOK, FN CELL(OLD),
		FN CELL(OLD), 0},
	{"two numbers are told apart by their type", FN CELL(OLD) HOME(NEW),
		FN CELL(OLD) HOME(THIRD), FN CELL(OLD) HOME(NEW), MERGE3_BOOK,
		FN CELL(OLD) HOME(THIRD), FN CELL(OLD) HOME(THIRD), 0},
	{"the last name is never removed", FN CELL(OLD), CELL(OLD), FN CELL(OLD), MERGE3_BOOK,
		CELL(OLD), FN CELL(OLD), 0},
	{"UID and PRODID are each side's own", FN "UID:a\r\n", FN "UID:b\r\n", FN "UID:a\r\n",
		MERGE3_BOOK, FN "UID:b\r\n", FN "UID:a\r\n", 0},
	{"they never agreed: all is kept", NULL, FN CELL(OLD), FN HOME(NEW) "NOTE:x\r\n",
		MERGE3_BOOK, FN CELL(OLD) HOME(NEW) "NOTE:x\r\n",
		FN HOME(NEW) CELL(OLD) "NOTE:x\r\n", 0},
	{"they never agreed on the name: the newer", NULL, FN, "FN:Carola\r\n", MERGE3_BOOK,
		"FN:Carola\r\n", "FN:Carola\r\n", 1},
	{"REV is no matter of dispute", FN "REV:20260101T000000Z\r\n",
		FN "REV:20260102T000000Z\r\n", FN "REV:20260103T000000Z\r\n", MERGE3_BOOK,
		FN "REV:20260103T000000Z\r\n", FN "REV:20260103T000000Z\r\n", 0},
	{"the service marks a number", FN CELL(OLD),
		FN "TEL;TYPE=cell;X-RETIRED=20260101;PREF=100:" OLD "\r\n", FN CELL(OLD),
		MERGE3_BOOK, FN "TEL;TYPE=cell;X-RETIRED=20260101;PREF=100:" OLD "\r\n",
		FN "TEL;TYPE=cell;X-RETIRED=20260101;PREF=100:" OLD "\r\n", 0},
};

/* Same properties, in any order of different names. */
static bool same(const struct vcard *a, const struct vcard *b)
{
	size_t count_a = 0, count_b = 0;

	for (const struct vcard_property *p = a->first; p; p = p->next) {
		const struct vcard_property *q = b->first;

		while (q && !vcard_property_equal(p, q))
			q = q->next;
		if (!q)
			return false;
		count_a++;
	}
	for (const struct vcard_property *q = b->first; q; q = q->next)
		count_b++;
	return count_a == count_b;
}

START_TEST(each_property_is_merged)
{
	struct arena *arena = arena_new(0);
	struct merge3_in in = {.region = "GB"};
	struct merge3_out out;
	unsigned conflicts = 0;

	in.base[0] = card(arena, merges[_i].base);
	in.base[1] = card(arena, merges[_i].base);
	in.now[MERGE3_SERVICE] = card(arena, merges[_i].service);
	in.now[MERGE3_BOOK] = card(arena, merges[_i].book);
	in.newer = merges[_i].newer;
	ck_assert_int_eq(merge3_run(arena, &in, &out), 0);
	ck_assert_msg(same(out.card[MERGE3_SERVICE], card(arena, merges[_i].service_after)),
		"service: %s", merges[_i].about);
	ck_assert_msg(same(out.card[MERGE3_BOOK], card(arena, merges[_i].book_after)), "book: %s",
		merges[_i].about);
	for (const struct merge3_conflict *c = out.conflicts; c; c = c->next)
		conflicts++;
	ck_assert_msg(conflicts == merges[_i].conflicts, "conflicts: %s", merges[_i].about);
	for (int side = 0; side < 2; side++)
		ck_assert_msg(out.changed[side] == !same(out.card[side], in.now[side]),
			"changed: %s", merges[_i].about);
	arena_free(arena);
}
END_TEST

/* ---- Dialogues ---- */
#define XFN(name) "<fn><text>" name "</text></fn>"
#define XTEL(type, number)                                                                         \
	"<tel><parameters><type><text>" type "</text></type></parameters><uri>tel:" number         \
	"</uri></tel>"
#define CAROL "carol@example.org"
#define CAROL_FILE "carol@example.org.vcf"

static void assert_file_has(const char *name, const char *text)
{
	char *content = fake_read_file(&fake, name);

	ck_assert_msg(content != NULL, "%s isn't there", name);
	ck_assert_msg(strstr(content, text) != NULL, "no %s in:\n%s", text, content);
	free(content);
}

static void assert_file_lacks(const char *name, const char *text)
{
	char *content = fake_read_file(&fake, name);

	ck_assert_ptr_nonnull(content);
	ck_assert_msg(strstr(content, text) == NULL, "%s in:\n%s", text, content);
	free(content);
}

/* Changes text in a file, as a person would, a while later. */
static void edit_file(const char *name, const char *old, const char *new)
{
	char *content = fake_read_file(&fake, name), *at;
	char edited[8192];

	ck_assert_ptr_nonnull(content);
	at = strstr(content, old);
	ck_assert_msg(at != NULL, "no %s in:\n%s", old, content);
	snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - content), content, new,
		at + strlen(old));
	free(content);
	fake.now += 60;
	fake_write_file(&fake, name, edited);
}

static void carol_is_in_both(void)
{
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", OLD));
	fake_online(&fake);
	assert_file_has(CAROL_FILE, "FN:Carol");
	fake_forget(&fake);
}

START_TEST(what_is_on_the_service_becomes_a_file)
{
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", OLD));
	fake_put(&fake, "urn:uuid:1", XFN("Dave"));
	fake_online(&fake);
	ck_assert_uint_eq(fake_file_count(&fake), 2);
	assert_file_has(CAROL_FILE, "VERSION:3.0");
	assert_file_has(CAROL_FILE, "UID:carol@example.org");
	assert_file_has(CAROL_FILE, "IMPP:xmpp:carol@example.org");
	assert_file_has("1.vcf", "FN:Dave");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"event\":\"synced\",\"received\":\"2\""));
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
}
END_TEST

START_TEST(a_second_sync_has_nothing_to_do)
{
	carol_is_in_both();
	fake_command(&fake, "sync");
	ck_assert_ptr_null(fake_sent(&fake, "<publish"));
	ck_assert_ptr_null(fake_event(&fake, "changed"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"received\":\"0\",\"sent\":\"0\""));
	ck_assert_ptr_nonnull(fake_sent(&fake, "<after>v1</after>"));
}
END_TEST

START_TEST(pages_are_read_to_the_end)
{
	char id[32];

	fake.page_max = 3;
	for (int i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "urn:uuid:%d", i);
		fake_put(&fake, id, XFN("Somebody"));
	}
	fake_online(&fake);
	ck_assert_uint_eq(fake_file_count(&fake), 10);
	ck_assert_uint_eq(fake.queries, 4);
}
END_TEST

START_TEST(a_new_file_goes_up_under_its_uid)
{
	fake_write_file(&fake, "erin.vcf",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erin\r\nN:;Erin;;;\r\nUID:abc-1\r\nEND:"
		"VCARD\r\n");
	fake_online(&fake);
	ck_assert_ptr_nonnull(fake_get(&fake, "abc-1"));
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	ck_assert_uint_eq(fake_count(&fake), 1);
}
END_TEST

START_TEST(a_file_without_uid_gets_one)
{
	fake_write_file(&fake, "erin.vcf",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erin\r\nN:;Erin;;;\r\nEND:VCARD\r\n");
	fake_online(&fake);
	assert_file_has("erin.vcf", "UID:urn:uuid:");
	ck_assert_uint_eq(fake_count(&fake), 1);
}
END_TEST

START_TEST(a_uid_that_is_a_jid_makes_no_link)
{
	fake_write_file(&fake, "m.vcf",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mallory\r\nN:;Mallory;;;\r\nUID:" CAROL
		"\r\nEND:VCARD\r\n");
	fake_online(&fake);
	ck_assert_ptr_null(fake_get(&fake, CAROL));
	ck_assert_uint_eq(fake_count(&fake), 1);
}
END_TEST

START_TEST(edits_of_both_sides_meet)
{
	carol_is_in_both();
	edit_file(CAROL_FILE, "FN:Carol\r\n", "FN:Carol\r\nNOTE:met in Rome\r\n");
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", NEW));
	fake_command(&fake, "sync");
	assert_file_has(CAROL_FILE, "met in Rome");
	assert_file_has(CAROL_FILE, "900456");
	assert_file_lacks(CAROL_FILE, "900123");
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, CAROL), "met in Rome"));
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, CAROL), NEW));
	ck_assert_ptr_null(fake_event(&fake, "conflict"));
	/* What only the file needs (IMPP, UID) doesn't go up. */
	ck_assert_ptr_null(strstr(fake_get(&fake, CAROL), "impp"));
}
END_TEST

START_TEST(of_two_edits_the_newer_wins_and_the_other_comes_back)
{
	carol_is_in_both();
	fake_put(&fake, CAROL, XFN("Carol Service") XTEL("cell", OLD));
	edit_file(CAROL_FILE, "FN:Carol\r\n", "FN:Carol Book\r\n");
	fake_command(&fake, "sync");
	assert_file_has(CAROL_FILE, "FN:Carol Book");
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, CAROL), "Carol Book"));
	ck_assert_ptr_nonnull(fake_event(
		&fake, "\"property\":\"FN\",\"kept\":\"Carol Book\",\"lost\":\"Carol Service\""));
	fake_forget(&fake);
	fake_command(&fake, "undo carol");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"ok\""));
	assert_file_has(CAROL_FILE, "FN:Carol Service");
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, CAROL), "Carol Service"));
	ck_assert_ptr_null(fake.undone);
}
END_TEST

START_TEST(undo_after_a_later_update_is_the_services_matter)
{
	carol_is_in_both();
	fake_put(&fake, CAROL, XFN("Carol Service") XTEL("cell", OLD));
	edit_file(CAROL_FILE, "FN:Carol\r\n", "FN:Carol Book\r\n");
	fake_command(&fake, "sync");
	fake_put(&fake, CAROL, XFN("Carol Book") XTEL("cell", NEW));
	fake_command(&fake, "sync");
	fake_command(&fake, "undo carol");
	ck_assert_str_eq(fake.undone, CAROL);
}
END_TEST

START_TEST(a_removed_file_is_retracted_and_comes_back)
{
	carol_is_in_both();
	fake_remove_file(&fake, CAROL_FILE);
	fake_command(&fake, "sync");
	ck_assert_ptr_null(fake_get(&fake, CAROL));
	fake_command(&fake, "undo carol");
	ck_assert_ptr_nonnull(fake_get(&fake, CAROL));
	assert_file_has(CAROL_FILE, "900123");
}
END_TEST

START_TEST(a_removed_file_of_a_changed_contact_is_written_again)
{
	carol_is_in_both();
	fake_remove_file(&fake, CAROL_FILE);
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", NEW));
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_get(&fake, CAROL));
	assert_file_has(CAROL_FILE, "900456");
}
END_TEST

START_TEST(a_retraction_removes_the_file)
{
	carol_is_in_both();
	fake_put(&fake, CAROL, NULL);
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_file_count(&fake), 0);
	ck_assert_ptr_nonnull(fake_event(&fake, "\"change\":\"removed\",\"where\":\"book\""));
}
END_TEST

START_TEST(a_retraction_against_an_edit_keeps_the_edit)
{
	carol_is_in_both();
	edit_file(CAROL_FILE, "FN:Carol\r\n", "FN:Carol Edited\r\n");
	fake_put(&fake, CAROL, NULL);
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(strstr(fake_get(&fake, CAROL), "Carol Edited"));
}
END_TEST

START_TEST(an_emptied_book_empties_nothing)
{
	char id[32], file[32];

	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "urn:uuid:%d", i);
		fake_put(&fake, id, XFN("Somebody"));
	}
	fake_online(&fake);
	for (int i = 0; i < 6; i++) {
		snprintf(file, sizeof(file), "%d.vcf", i);
		fake_remove_file(&fake, file);
	}
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_count(&fake), 6);
	ck_assert_uint_eq(fake_file_count(&fake), 6);
}
END_TEST

START_TEST(a_renamed_file_is_the_same_contact)
{
	char *content;

	carol_is_in_both();
	content = fake_read_file(&fake, CAROL_FILE);
	fake_remove_file(&fake, CAROL_FILE);
	fake_write_file(&fake, "c.vcf", content);
	free(content);
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_get(&fake, CAROL));
	ck_assert_uint_eq(fake_count(&fake), 1);
	ck_assert_uint_eq(fake_file_count(&fake), 1);
}
END_TEST

START_TEST(a_broken_file_is_left_alone)
{
	carol_is_in_both();
	edit_file(CAROL_FILE, "END:VCARD", "");
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", NEW));
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_get(&fake, CAROL));
	assert_file_has(CAROL_FILE, "900123");
	ck_assert_ptr_null(fake_sent(&fake, "<retract"));
}
END_TEST

/* As on a full disk; what the service has is not lost, and what it lacks goes up. */
START_TEST(a_book_that_cant_be_written_is_told)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/book", fake.dir);
	ck_assert_int_eq(rmdir(path), 0);
	fake_put(&fake, CAROL, XFN("Carol"));
	fake_online(&fake);
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_event(&fake, "the book can't be written"));
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"failed\""));
	ck_assert_ptr_null(fake_sent(&fake, "<retract"));
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"ok\""));
	assert_file_has(CAROL_FILE, "FN:Carol");
}
END_TEST

START_TEST(a_position_too_old_begins_anew)
{
	fake_put(&fake, "urn:uuid:1", XFN("Gone"));
	carol_is_in_both();
	fake_put(&fake, "urn:uuid:1", NULL);
	fake.items[0].version = 0; /* the retraction isn't kept any more */
	free(fake.items[0].card);
	fake.items[0].card = NULL;
	fake.oldest = 1000;
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	assert_file_has(CAROL_FILE, "FN:Carol");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"ok\""));
}
END_TEST

/* ---- A service that means harm, or is broken ---- */
static void expect_failure(const char *text)
{
	fake_forget(&fake);
	fake.queries = 0;
	fake_command(&fake, "sync");
	ck_assert_ptr_nonnull(fake_event(&fake, "\"outcome\":\"failed\""));
	ck_assert_msg(fake_event(&fake, text) != NULL, "%s", text);
}

START_TEST(a_service_that_says_more_and_gives_the_same_is_left)
{
	carol_is_in_both();
	fake.repeats = true;
	expect_failure("gives the same again");
	ck_assert_uint_le(fake.queries, 2);
	assert_file_has(CAROL_FILE, "FN:Carol");
}
END_TEST

START_TEST(a_service_that_forgets_all_positions_is_asked_anew_once)
{
	carol_is_in_both();
	fake.forgets = true;
	expect_failure("item-not-found");
	ck_assert_uint_le(fake.queries, 3);
	assert_file_has(CAROL_FILE, "FN:Carol");
}
END_TEST

START_TEST(a_service_that_sends_more_than_was_asked_for_is_left)
{
	char id[40];

	fake_online(&fake);
	for (int i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "urn:uuid:%d", i);
		fake_put(&fake, id, XFN("Dave"));
	}
	fake.page_max = 60;
	expect_failure("more than was asked for");
	ck_assert_uint_eq(fake_file_count(&fake), 0);
	fake.page_max = 50;
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_file_count(&fake), 60);
}
END_TEST

START_TEST(a_service_whose_book_has_no_end_is_left)
{
	fake_online(&fake);
	fake.invents = true;
	expect_failure("has no end");
	ck_assert_uint_gt(fake.queries, 5000);
	ck_assert_uint_le(fake.queries, 10001);
}
END_TEST

START_TEST(a_lost_result_moves_no_position)
{
	fake_put(&fake, CAROL, XFN("Carol"));
	fake_put(&fake, "urn:uuid:1", XFN("Dave"));
	fake.lose_result = (unsigned)_i; /* the first, the last */
	fake_online(&fake);
	ck_assert_uint_eq(fake_file_count(&fake), 0);
	ck_assert_ptr_null(fake_event(&fake, "synced"));
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_file_count(&fake), 2);
}
END_TEST

START_TEST(a_sync_asked_for_during_one_runs_after_it)
{
	carol_is_in_both();
	fake.mute = true;
	fake_command(&fake, "sync");
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_sent_count(&fake, "urn:xmpp:mam:2"), 1);
	fake.mute = false;
	fake_run(&fake);
	ck_assert_uint_eq(fake_sent_count(&fake, "urn:xmpp:mam:2"), 2);
}
END_TEST

START_TEST(a_card_of_many_properties_comes_through)
{
	static char properties[400000];
	size_t len = 0;

	len += (size_t)snprintf(properties, sizeof(properties), XFN("Carol"));
	for (int i = 0; i < 900; i++)
		len += (size_t)snprintf(properties + len, sizeof(properties) - len,
			"<email><parameters><type><text>work</text></type></parameters><text>a%d@b."
			"example</text></email>",
			i);
	fake_put(&fake, CAROL, properties);
	fake_online(&fake);
	assert_file_has(CAROL_FILE, "a899@b.example");
}
END_TEST

START_TEST(another_run_goes_on_where_the_last_one_stopped)
{
	carol_is_in_both();
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", NEW));
	fake_online(&fake);
	ck_assert_ptr_nonnull(fake_sent(&fake, "<after>v1</after>"));
	assert_file_has(CAROL_FILE, "900456");
}
END_TEST

START_TEST(a_run_that_is_refused_for_now_goes_on_later)
{
	char name[16], text[160];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "c%02d.vcf", i);
		snprintf(text, sizeof(text),
			"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:urn:x:%d\r\nFN:C%d\r\nEND:VCARD\r\n", i,
			i);
		fake_write_file(&fake, name, text);
	}
	fake.writes_max = 5;
	fake_online(&fake);
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_count(&fake), 5);
	ck_assert_ptr_nonnull(fake_event(&fake, "Too many: try again in 7 seconds."));
	/* Nothing is wrong with these cards, and the rest isn't tried. */
	ck_assert_ptr_null(fake_event(&fake, "skipped"));
	ck_assert_uint_le(fake_sent_count(&fake, "<publish"), 3 * 8 + 5);
	fake.writes_max = 0;
	fake_command(&fake, "sync");
	ck_assert_uint_eq(fake_count(&fake), 40);
}
END_TEST

START_TEST(a_lost_state_doubles_nothing)
{
	char path[128];

	carol_is_in_both();
	fake_stop(&fake);
	snprintf(path, sizeof(path), "%s/state/bob@example.org.db", fake.dir);
	ck_assert_int_eq(remove(path), 0);
	fake_start(&fake, true);
	fake_online(&fake);
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	ck_assert_uint_eq(fake_count(&fake), 1);
}
END_TEST

START_TEST(without_a_book_the_mirror_is_kept)
{
	fake_stop(&fake);
	fake_start(&fake, false);
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", OLD));
	fake_online(&fake);
	fake_command(&fake, "list");
	ck_assert_ptr_nonnull(
		fake_event(&fake, "\"event\":\"contact\",\"tag\":7,\"item\":\"" CAROL));
}
END_TEST

START_TEST(a_program_without_book_leaves_the_entries_to_one_that_has_it)
{
	fake_put(&fake, "urn:uuid:1", XFN("Gone"));
	carol_is_in_both();
	fake_stop(&fake);
	fake_start(&fake, false);
	fake_put(&fake, CAROL, XFN("Carol") XTEL("cell", NEW));
	fake_put(&fake, "urn:uuid:1", NULL);
	fake_online(&fake);
	fake_stop(&fake);
	fake_start(&fake, true);
	fake_online(&fake);
	assert_file_has(CAROL_FILE, "900456");
	ck_assert_uint_eq(fake_file_count(&fake), 1);
	ck_assert_uint_eq(fake_count(&fake), 1);
}
END_TEST

START_TEST(another_book_is_filled_and_retracts_nothing)
{
	char from[128], to[128];

	carol_is_in_both();
	fake_stop(&fake);
	snprintf(from, sizeof(from), "%s/book", fake.dir);
	snprintf(to, sizeof(to), "%s/old", fake.dir);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(symlink(fake.dir, from), 0);
	fake_start(&fake, true);
	fake_online(&fake);
	ck_assert_ptr_nonnull(fake_get(&fake, CAROL));
	assert_file_has(CAROL_FILE, "FN:Carol");
}
END_TEST

START_TEST(a_cut_in_the_middle_is_made_good)
{
	fake_write_file(&fake, "erin.vcf",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erin\r\nN:;Erin;;;\r\nUID:abc-1\r\nEND:"
		"VCARD\r\n");
	fake_put(&fake, CAROL, XFN("Carol"));
	fake.mute = true;
	fake_online(&fake);
	kith_offline(fake.kith);
	while (fake.queued > 0)
		free(fake.queue[--fake.queued]);
	fake.mute = false;
	fake_online(&fake);
	ck_assert_uint_eq(fake_count(&fake), 2);
	ck_assert_uint_eq(fake_file_count(&fake), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sync");
	TCase *merge = tcase_create("three-way merge");
	TCase *dialogue = tcase_create("XEP-0313");
	TCase *harm = tcase_create("a service that means harm");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		merge, each_property_is_merged, 0, (int)(sizeof(merges) / sizeof(*merges)));
	suite_add_tcase(suite, merge);
	tcase_add_checked_fixture(dialogue, setup, teardown);
	tcase_add_checked_fixture(harm, setup, teardown);
	tcase_set_timeout(harm, 60); /* ten thousand pages */
	tcase_add_test(dialogue, what_is_on_the_service_becomes_a_file);
	tcase_add_test(dialogue, a_second_sync_has_nothing_to_do);
	tcase_add_test(dialogue, pages_are_read_to_the_end);
	tcase_add_test(dialogue, a_new_file_goes_up_under_its_uid);
	tcase_add_test(dialogue, a_file_without_uid_gets_one);
	tcase_add_test(dialogue, a_uid_that_is_a_jid_makes_no_link);
	tcase_add_test(dialogue, edits_of_both_sides_meet);
	tcase_add_test(dialogue, of_two_edits_the_newer_wins_and_the_other_comes_back);
	tcase_add_test(dialogue, undo_after_a_later_update_is_the_services_matter);
	tcase_add_test(dialogue, a_removed_file_is_retracted_and_comes_back);
	tcase_add_test(dialogue, a_removed_file_of_a_changed_contact_is_written_again);
	tcase_add_test(dialogue, a_retraction_removes_the_file);
	tcase_add_test(dialogue, a_retraction_against_an_edit_keeps_the_edit);
	tcase_add_test(dialogue, an_emptied_book_empties_nothing);
	tcase_add_test(dialogue, a_renamed_file_is_the_same_contact);
	tcase_add_test(dialogue, a_broken_file_is_left_alone);
	tcase_add_test(dialogue, a_book_that_cant_be_written_is_told);
	tcase_add_test(dialogue, a_position_too_old_begins_anew);
	tcase_add_test(harm, a_service_that_says_more_and_gives_the_same_is_left);
	tcase_add_test(harm, a_service_that_forgets_all_positions_is_asked_anew_once);
	tcase_add_test(harm, a_service_that_sends_more_than_was_asked_for_is_left);
	tcase_add_test(harm, a_service_whose_book_has_no_end_is_left);
	tcase_add_loop_test(dialogue, a_lost_result_moves_no_position, 1, 3);
	tcase_add_test(dialogue, a_sync_asked_for_during_one_runs_after_it);
	tcase_add_test(dialogue, a_card_of_many_properties_comes_through);
	tcase_add_test(dialogue, another_run_goes_on_where_the_last_one_stopped);
	tcase_add_test(dialogue, a_run_that_is_refused_for_now_goes_on_later);
	tcase_add_test(dialogue, a_lost_state_doubles_nothing);
	tcase_add_test(dialogue, without_a_book_the_mirror_is_kept);
	tcase_add_test(dialogue, a_program_without_book_leaves_the_entries_to_one_that_has_it);
	tcase_add_test(dialogue, another_book_is_filled_and_retracts_nothing);
	tcase_add_test(dialogue, a_cut_in_the_middle_is_made_good);
	suite_add_tcase(suite, dialogue);
	suite_add_tcase(suite, harm);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
