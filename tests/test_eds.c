/* The local book in Evolution Data Server, against the real one: what the backend promises, and
 * what of a card comes back. Runs itself in a session of tests/eds.py. */
#include "config.h"

#include <check.h>
#include <dirent.h>
#include <libebook/libebook.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "plugin/book.h"
#include "plugin/local.h"

#define SKIPPED 77 /* of automake */
#define PNG                                                                                        \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5"  \
	"ErkJggg=="
#define LARGE (1100 * 1024)

static struct arena *arena;
static struct book *book;
static const char *reads;
static EBookClient *other; /* another program on the same book */

static void setup(void)
{
	ESourceRegistry *registry = e_source_registry_new_sync(NULL, NULL);
	ESource *source = e_source_registry_ref_default_address_book(registry);
	char *why = NULL;

	other = E_BOOK_CLIENT(e_book_client_connect_sync(source, (guint32)-1, NULL, NULL));
	ck_assert_ptr_nonnull(other);
	g_object_unref(source);
	g_object_unref(registry);
	arena = arena_new(0);
	book = book_open("eds:", &why);
	ck_assert_msg(book != NULL, "%s", why);
}

static void teardown(void)
{
	GSList *uids = NULL;

	e_book_client_get_contacts_uids_sync(
		other, "(contains \"x-evolution-any-field\" \"\")", &uids, NULL, NULL);
	if (uids)
		e_book_client_remove_contacts_sync(
			other, uids, E_BOOK_OPERATION_FLAG_NONE, NULL, NULL);
	g_slist_free_full(uids, g_free);
	g_object_unref(other);
	book_close(book);
	arena_free(arena);
}

static const char *text_of(const char *uid, const char *lines)
{
	return arena_printf(
		arena, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\n%sEND:VCARD\r\n", uid, lines);
}

static enum book_done write_entry(struct book_entry *entry, const char *uid, const char *lines)
{
	const char *text = text_of(uid, lines);

	return book->backend->write(book, arena, entry, uid, text, strlen(text), &reads);
}

static struct book_entry new_entry(const char *uid, const char *lines)
{
	struct book_entry entry = {0};

	ck_assert_int_eq(write_entry(&entry, uid, lines), BOOK_DONE);
	return entry;
}

static void add_entry(void *context, const struct book_entry *entry)
{
	struct book_entry *found = context;

	if (!found->name || strcmp(found->name, entry->name) == 0)
		*found = *entry;
}

/* As the list has it; a name of NULL: it isn't there. */
static struct book_entry listed(const char *name)
{
	struct book_entry found = {.name = name};

	ck_assert_int_eq(book->backend->list(book, arena, add_entry, &found), 0);
	if (!found.revision)
		found.name = NULL;
	return found;
}

static const char *read_entry(const char *name)
{
	const char *why;
	size_t len;

	listed(name);
	return book->backend->read(book, arena, name, &len, &why);
}

/* ---- What the other program does ---- */
static void other_writes(const char *uid, const char *lines)
{
	EContact *contact = e_contact_new_from_vcard(text_of(uid, lines));
	GError *error = NULL;

	e_book_client_modify_contact_sync(other, contact, E_BOOK_OPERATION_FLAG_NONE, NULL, &error);
	ck_assert_msg(!error, "%s", error ? error->message : "");
	g_object_unref(contact);
}

static void other_removes(const char *uid)
{
	ck_assert(e_book_client_remove_contact_by_uid_sync(
		other, uid, E_BOOK_OPERATION_FLAG_NONE, NULL, NULL));
}

/* The caller frees it by its type. */
static void *other_reads(const char *uid, EContactField field)
{
	EContact *contact = NULL;
	void *value;

	ck_assert(e_book_client_get_contact_sync(other, uid, &contact, NULL, NULL));
	value = e_contact_get(contact, field);
	g_object_unref(contact);
	return value;
}

/* ---- Entries ---- */
START_TEST(an_entry_is_named_by_its_uid)
{
	struct book_entry entry = new_entry("carol@example.org", "FN:Carol\r\n");

	ck_assert_str_eq(entry.name, "carol@example.org");
	ck_assert_str_eq(listed("carol@example.org").revision, entry.revision);
	ck_assert_int_ge(entry.changed_at, 1700000000);
	ck_assert_ptr_nonnull(strstr(read_entry(entry.name), "FN:Carol\r\n"));
}
END_TEST

START_TEST(a_uid_that_is_taken_is_not_overwritten)
{
	struct book_entry first = new_entry("a", "FN:First\r\n");
	struct book_entry second = new_entry("a", "FN:Second\r\n");

	ck_assert_str_ne(first.name, second.name);
	ck_assert_ptr_nonnull(strstr(read_entry(first.name), "FN:First\r\n"));
	ck_assert_ptr_nonnull(strstr(read_entry(second.name), "FN:Second\r\n"));
}
END_TEST

START_TEST(an_entry_that_changed_is_not_touched)
{
	struct book_entry entry = new_entry("a", "FN:Carol\r\nNOTE:mine\r\n");
	struct book_entry again = entry;
	char *note;

	other_writes("a", "FN:Carol\r\nNOTE:theirs\r\n"); /* within the second */
	ck_assert_int_eq(write_entry(&again, "a", "FN:Carol\r\nNOTE:mine again\r\n"), BOOK_CHANGED);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_CHANGED);
	note = other_reads("a", E_CONTACT_NOTE);
	ck_assert_str_eq(note, "theirs");
	g_free(note);
	entry = listed("a");
	ck_assert_int_eq(write_entry(&entry, "a", "FN:Carol\r\nNOTE:now\r\n"), BOOK_DONE);
	note = other_reads("a", E_CONTACT_NOTE);
	ck_assert_str_eq(note, "now");
	g_free(note);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_DONE);
	ck_assert_ptr_null(listed("a").name);
}
END_TEST

START_TEST(an_entry_that_is_gone_is_not_made_again)
{
	struct book_entry entry = new_entry("a", "FN:Carol\r\n");

	other_removes("a");
	ck_assert_int_eq(write_entry(&entry, "a", "FN:Carol\r\nNOTE:x\r\n"), BOOK_CHANGED);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_DONE);
	ck_assert_ptr_null(listed("a").name);
	ck_assert_ptr_null(read_entry("a"));
}
END_TEST

START_TEST(a_revision_differs_when_the_card_does)
{
	struct book_entry entry = new_entry("a", "FN:Carol\r\nTEL:+44 7400 123456\r\n");

	other_writes("a", "FN:Carol\r\nTEL:+44 7400 123456\r\n"); /* only its REV may differ */
	ck_assert_str_eq(listed("a").revision, entry.revision);
	other_writes("a", "FN:Carol\r\nTEL:+44 7400 123457\r\n");
	ck_assert_str_ne(listed("a").revision, entry.revision);
}
END_TEST

START_TEST(a_list_of_addresses_is_no_entry)
{
	new_entry("a", "FN:All\r\nX-EVOLUTION-LIST:TRUE\r\nEMAIL:b@example.org\r\n");
	ck_assert_ptr_null(listed("a").name);
}
END_TEST

START_TEST(what_is_too_large_is_not_read)
{
	char *lines = g_strnfill(LARGE + 16, 'x');
	const char *why;
	size_t len;

	memcpy(lines, "FN:Large\r\nNOTE:", strlen("FN:Large\r\nNOTE:"));
	memcpy(lines + LARGE, "\r\n", 3);
	new_entry("a", lines);
	listed("a");
	ck_assert_ptr_null(book->backend->read(book, arena, "a", &len, &why));
	ck_assert_str_eq(why, "it is too large");
	g_free(lines);
}
END_TEST

/* ---- What is EDS's own ---- */
START_TEST(a_text_has_nothing_that_is_its_own)
{
	struct book_entry entry = new_entry("a", "FN:Carol\r\nREV:20200101T000000Z\r\n"
						 "TEL;TYPE=CELL:+44 7400 123456\r\n"
						 "PHOTO;ENCODING=b;TYPE=PNG:" PNG "\r\n");

	ck_assert_str_eq(reads, read_entry(entry.name));
	ck_assert_ptr_null(strstr(reads, "REV"));
	ck_assert_ptr_null(strstr(reads, "X-EVOLUTION"));
	ck_assert_ptr_null(strstr(reads, "file:"));
	ck_assert_ptr_nonnull(strstr(reads, "iVBORw0KGgo"));
}
END_TEST

START_TEST(a_photo_that_stays_keeps_its_file)
{
	const char *photo = "PHOTO;ENCODING=b;TYPE=PNG:" PNG "\r\n";
	struct book_entry entry =
		new_entry("a", arena_printf(arena, "FN:Carol\r\n%sNOTE:old\r\n", photo));
	EContactPhoto *before = other_reads("a", E_CONTACT_PHOTO), *after;

	ck_assert_int_eq(
		write_entry(&entry, "a", arena_printf(arena, "FN:Carol\r\n%sNOTE:new\r\n", photo)),
		BOOK_DONE);
	after = other_reads("a", E_CONTACT_PHOTO);
	ck_assert_int_eq(after->type, E_CONTACT_PHOTO_TYPE_URI);
	ck_assert_str_eq(after->data.uri, before->data.uri);
	e_contact_photo_free(before);
	e_contact_photo_free(after);
	ck_assert_int_eq(write_entry(&entry, "a", "FN:Carol\r\nNOTE:new\r\n"), BOOK_DONE);
	ck_assert_ptr_null(strstr(read_entry("a"), "PHOTO"));
}
END_TEST

START_TEST(a_source_with_revision_guards_takes_what_is_written)
{
	ESourceRegistry *registry = e_source_registry_new_sync(NULL, NULL);
	ESource *source = e_source_new(NULL, NULL, NULL);
	struct book *guarded = NULL;
	struct book_entry entry = {0};
	const char *text = text_of("a", "FN:Carol\r\n");
	char *why = NULL;

	e_source_set_display_name(source, "Guarded");
	e_source_set_parent(source, "local-stub");
	e_source_backend_set_backend_name(
		e_source_get_extension(source, E_SOURCE_EXTENSION_ADDRESS_BOOK), "local");
	e_source_revision_guards_set_enabled(
		e_source_get_extension(source, E_SOURCE_EXTENSION_REVISION_GUARDS), TRUE);
	ck_assert(e_source_registry_commit_source_sync(registry, source, NULL, NULL));
	for (unsigned tries = 0; !guarded && tries < 200; tries++) {
		free(why);
		guarded = book_open("eds:Guarded", &why);
		g_usleep(10000);
	}
	ck_assert_msg(guarded != NULL, "%s", why);
	ck_assert_int_eq(
		guarded->backend->write(guarded, arena, &entry, "a", text, strlen(text), &reads),
		BOOK_DONE);
	for (unsigned i = 0; i < 3; i++) {
		text = text_of("a", arena_printf(arena, "FN:Carol %u\r\n", i));
		ck_assert_int_eq(guarded->backend->write(
					 guarded, arena, &entry, "a", text, strlen(text), &reads),
			BOOK_DONE);
	}
	ck_assert_int_eq(guarded->backend->remove(guarded, arena, &entry), BOOK_DONE);
	book_close(guarded);
	g_object_unref(source);
	g_object_unref(registry);
}
END_TEST

/* ---- Cards there and back ---- */
/* Data of a picture; NULL: none. */
static unsigned char *data_of(const struct vcard_property *property, gsize *len)
{
	const char *base64 = strstr(vcard_text(property), ";base64,");

	return base64 ? g_base64_decode(base64 + strlen(";base64,"), len) : NULL;
}

static char *without_backslashes(const struct vcard_property *property)
{
	struct vcard *card = vcard_new(arena);
	struct buffer out;
	char *text, *end;

	buffer_init(&out, 0);
	vcard_add(card, NULL, "FN", "text", "x"); /* else one is made of N */
	vcard_add_copy(card, property);
	ck_assert_int_eq(vcard_write(&out, card, VCARD_3_0), 0);
	text = end = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	for (const char *c = text; *c; c++)
		if (strncmp(c, "\r\n ", 3) == 0)
			c += 2;
		else if (*c != '\\')
			*end++ = *c;
	*end = '\0';
	return text;
}

/* EDS keeps of a comma in a name, an address or what it doesn't know, not whether it parted two
 * values; and of a picture the data alone. */
static bool is_same(const struct vcard_property *a, const struct vcard_property *b)
{
	gsize len_a = 0, len_b = 0;
	unsigned char *data_a = data_of(a, &len_a), *data_b = data_of(b, &len_b);
	bool same;

	if (data_a && data_b)
		same = len_a == len_b && memcmp(data_a, data_b, len_a) == 0;
	else
		same = strcmp(without_backslashes(a), without_backslashes(b)) == 0;
	g_free(data_a);
	g_free(data_b);
	return same;
}

static bool has_equal(const struct vcard *card, const struct vcard_property *property)
{
	const struct vcard_property *p = vcard_first(card, property->name);

	while (p && !vcard_property_equal(p, property) && !is_same(p, property))
		p = vcard_next(p, property->name);
	return p != NULL;
}

/* The properties of a, but REV and UID, that b doesn't have. */
static unsigned count_lost(const struct vcard *a, const struct vcard *b, const char *where)
{
	unsigned lost = 0;

	for (const struct vcard_property *p = a->first; p; p = p->next) {
		if (strcmp(p->name, "REV") == 0 || strcmp(p->name, "UID") == 0 || has_equal(b, p))
			continue;
		lost++;
		fprintf(stderr, "%s: %s differs\n", where, p->name);
	}
	return lost;
}

/* Writes the card as a sync would; how many properties differ. */
static unsigned compare_card(const struct vcard *card, const char *where)
{
	struct book_entry entry = {0};
	const struct vcard *local = local_card_for(arena, card, "item");
	const char *text = local ? local_render(arena, local, NULL) : NULL;
	const struct vcard *written, *back;

	if (!text) /* too large */
		return 0;
	written = local_parse(arena, text, strlen(text), NULL);
	ck_assert_int_eq(
		book->backend->write(book, arena, &entry, "item", text, strlen(text), &reads),
		BOOK_DONE);
	back = local_parse(arena, reads, strlen(reads), NULL);
	ck_assert_int_eq(book->backend->remove(book, arena, &entry), BOOK_DONE);
	return written && back ? count_lost(written, back, where) + count_lost(back, written, where)
			       : 1;
}

START_TEST(what_is_written_comes_back)
{
	const char *text = text_of("a",
		"FN:Carol\\, the Great\r\nN:Great;Carol,Ann;;Dr.;\r\nitem1.TEL:+44 7400 123456\r\n"
		"item1.X-ABLABEL:Boat\r\nTEL;TYPE=CELL,PREF;X-A=\"b;c,d:e\":+44 7400 123457\r\n"
		"NOTE:two\\nlines\\; and \xe6\x9d\x8e\r\nADR;TYPE=HOME:;;1 High "
		"St\\, flat 2;London;;N1;UK\r\n"
		"ORG:Acme;Sea\r\nCATEGORIES:a,b\\,c\r\nX-SHOE-SIZE:38\r\nX-EMPTY:\r\n"
		"IMPP:xmpp:carol@example.org\r\nURL:https://example.org/?a=b;c,d\r\n"
		"BDAY:1980-01-31\r\nGEO:51.5;-0.1\r\nX-EVOLUTION-FILE-AS:Great\\, Carol\r\n"
		"PHOTO;ENCODING=b;TYPE=PNG:" PNG "\r\nPHOTO;VALUE=uri:https://example.org/p\r\n");
	const struct vcard *card = local_parse(arena, text, strlen(text), NULL);

	ck_assert_ptr_nonnull(card);
	ck_assert_uint_eq(compare_card(card, "card"), 0);
}
END_TEST

static unsigned compare_file(const char *path)
{
	struct vcard_reader reader;
	const struct vcard *card;
	const char *why;
	unsigned differ = 0;
	char *text = NULL;
	gsize len = 0;

	if (!g_file_get_contents(path, &text, &len, NULL))
		return 0;
	vcard_reader_init(&reader, text, len);
	while ((card = vcard_read(&reader, arena, &why)))
		differ += compare_card(card, path);
	g_free(text);
	return differ;
}

/* All in path and below it; how many properties differ. */
static unsigned compare_tree(const char *path, unsigned *files)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	unsigned differ = 0;
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *below = g_build_filename(path, name, NULL);

		if (g_file_test(below, G_FILE_TEST_IS_DIR)) {
			differ += compare_tree(below, files);
		} else {
			differ += compare_file(below);
			++*files;
		}
		g_free(below);
	}
	if (dir)
		g_dir_close(dir);
	return differ;
}

START_TEST(real_cards_come_back)
{
	const char *corpus = getenv("KITH_CORPUS");
	char *path = corpus ? g_build_filename(corpus, "vcf", NULL) : NULL;
	unsigned files = 0, differ = path ? compare_tree(path, &files) : 0;

	g_free(path);
	printf("corpus: %u files, %u properties differ\n", files, differ);
	ck_assert_uint_eq(differ, 0);
}
END_TEST

/* ---- The session ---- */
/* Goes on in a session of tests/eds.py, which sets KITH_TEST_EDS. */
static int enter_session(void)
{
	char *self = realpath("/proc/self/exe", NULL);
	char *build = self ? strdup(self) : NULL;
	char *end = build ? strstr(build, "/tests/") : NULL;

	while (end && strstr(end + 1, "/tests/"))
		end = strstr(end + 1, "/tests/");
	if (end) {
		*end = '\0';
		setenv("KITH_BUILD", build, 0);
		execl("/usr/bin/python3", "/usr/bin/python3", KITH_TESTS "/eds.py", self, NULL);
	}
	return SKIPPED;
}

int main(void)
{
	Suite *suite = suite_create("eds");
	TCase *tcase = tcase_create("entries");
	SRunner *runner;
	int failed;

	if (!getenv("KITH_TEST_EDS"))
		return enter_session();
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, an_entry_is_named_by_its_uid);
	tcase_add_test(tcase, a_uid_that_is_taken_is_not_overwritten);
	tcase_add_test(tcase, an_entry_that_changed_is_not_touched);
	tcase_add_test(tcase, an_entry_that_is_gone_is_not_made_again);
	tcase_add_test(tcase, a_revision_differs_when_the_card_does);
	tcase_add_test(tcase, a_list_of_addresses_is_no_entry);
	tcase_add_test(tcase, what_is_too_large_is_not_read);
	tcase_add_test(tcase, a_text_has_nothing_that_is_its_own);
	tcase_add_test(tcase, a_photo_that_stays_keeps_its_file);
	tcase_add_test(tcase, a_source_with_revision_guards_takes_what_is_written);
	tcase_add_test(tcase, what_is_written_comes_back);
	tcase_add_test(tcase, real_cards_come_back);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
