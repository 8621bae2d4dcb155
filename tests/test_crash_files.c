/* A store that is being made, brought up to date, or copied, when the power fails or the disk does,
 * at each op in turn: it can be opened afterwards, with all that was in it. Each try is a process
 * of its own, that ends where the power fails. */
#include "config.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "component/migrations.h"
#include "tests/fault_vfs.h"
#include "tests/store_dump.h"
#include "tests/store_tests.h"

enum ended {
	ENDED_WELL,
	ENDED_ILL, /* it said that it failed */
	ENDED_CUT, /* the power failed */
};
#define OPS_MAX 10000
#define NOT_STRUCK 10 /* is added where there were not so many ops */

static void no_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void quietly(void)
{
	make_folder();
	log_set(no_log, NULL, LOG_LEVEL_DEBUG);
}

/* The folder empty again. */
static void clear_folder(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -f %s/*", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Files in the folder whose name begins so. */
static int count_files(const char *prefix)
{
	DIR *dir = opendir(folder);
	const struct dirent *found;
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((found = readdir(dir)) != NULL)
		count += strncmp(found->d_name, prefix, strlen(prefix)) == 0;
	(void)closedir(dir);
	return count;
}

/* Does it in a process of its own. False: there were not so many ops, and it went well. */
static bool meets(
	enum ended (*act)(void), const struct fault *fault, uint64_t number, enum ended *ended)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		fault_vfs_install();
		fault_vfs_plan(fault, 1, number);
		fault_vfs_end(true);
		status = (int)act();
		_exit(fault_vfs_struck() ? status : NOT_STRUCK + status);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	status = WEXITSTATUS(status);
	*ended = status == FAULT_ENDED ? ENDED_CUT : (enum ended)(status % NOT_STRUCK);
	if (status != FAULT_ENDED && status >= NOT_STRUCK)
		ck_assert_int_eq(*ended, ENDED_WELL);
	else
		ck_assert((fault->kind == FAULT_POWER) == (status == FAULT_ENDED));
	return status == FAULT_ENDED || status < NOT_STRUCK;
}

static const enum fault_kind kinds[] = {FAULT_POWER, FAULT_IO, FAULT_FULL};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Begins anew each time, acts, meets the next op's fault, and looks at what is there. Of what isn't
 * synced each time something else is kept. */
static void try_all(void (*prepare)(void), enum ended (*act)(void), void (*check)(enum ended ended))
{
	bool is_long = getenv("KITH_LONG") != NULL;
	unsigned long count = 0;

	for (size_t i = 0; i < KINDS; i++) {
		uint64_t draws = kinds[i] == FAULT_POWER && is_long ? 3 : 1;
		struct fault fault = {kinds[i], 1, 1};
		bool is_met = true;

		for (; is_met; fault.at += is_long ? 1 : 5) {
			for (uint64_t n = 0; n < draws && is_met; n++, count++) {
				enum ended ended;

				clear_folder();
				prepare();
				is_met = meets(act, &fault, fault.at * draws + n, &ended);
				check(ended);
			}
			ck_assert_uint_lt(fault.at, OPS_MAX);
		}
	}
	printf("faults of files: %lu\n", count);
}

static enum ended open_it(void)
{
	struct store *opened = store_open(path, STORE_OPEN_OWNER, NULL);

	store_close(opened);
	return opened == NULL ? ENDED_ILL : ENDED_WELL;
}

/* ---- Made ---- */

static void nothing(void)
{
}

static void can_be_used(enum ended ended)
{
	struct store_account row;

	(void)ended;
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	none(store_account_find(store, arena, "alice@example.org", &row));
	account("alice@example.org");
	ok(store_turn_commit(store));
	is_sound();
	store_close(store);
	store = NULL;
}

START_TEST(a_store_that_was_being_made)
{
	try_all(nothing, open_it, can_be_used);
}
END_TEST

/* ---- Brought up to date ---- */

static int version;
static char *migrated;

static void load_version(void)
{
	static char sql[65536];
	char name[512];
	struct db *db;
	size_t len;
	FILE *file;

	(void)snprintf(name, sizeof(name), "%s/store_%d.sql", KITH_TESTS, version);
	file = fopen(name, "r");
	ck_assert_msg(file != NULL, "%s", name);
	len = fread(sql, 1, sizeof(sql) - 1, file);
	(void)fclose(file);
	sql[len] = '\0';
	db = db_open(path, true, 0, NULL);
	ck_assert_ptr_nonnull(db);
	ck_assert_int_eq(db_exec(db, "PRAGMA synchronous = OFF"), 0);
	ck_assert_msg(db_exec(db, sql) == 0, "%s", db_error(db));
	db_close(db);
}

/* But for when it was migrated. */
static char *content_of(struct store *opened)
{
	ck_assert_int_eq(
		db_exec(opened->db, "UPDATE account SET seen_at = 0 WHERE seen_at > 0"), 0);
	return store_dump(path);
}

static void is_migrated(enum ended ended)
{
	char *content;

	(void)ended;
	store = open_at(path, STORE_OPEN_OWNER);
	is_sound();
	content = content_of(store);
	ck_assert_msg(strcmp(content, migrated) == 0, "it has (first, and should have):%s",
		store_dump_differ(content, migrated));
	free(content);
	store_close(store);
	store = NULL;
}

START_TEST(a_store_of_an_older_version)
{
	version = _i;
	load_version();
	store = open_at(path, STORE_OPEN_OWNER);
	migrated = content_of(store);
	store_close(store);
	store = NULL;
	try_all(load_version, open_it, is_migrated);
	free(migrated);
}
END_TEST

/* ---- Copied ---- */

static char backup[128], *original;
static unsigned char original_key[32];

static void make_original(void)
{
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
	put(account("alice@example.org"), "urn:uuid:1", account("bob@example.org"));
	ok(store_key(store, original_key));
	ok(store_turn_commit(store));
	store_close(store);
	store = NULL;
}

static enum ended copy_it(void)
{
	struct store *opened = store_open(path, STORE_OPEN_SHARED, NULL);
	enum ended ended = ENDED_ILL;

	if (opened != NULL && store_backup(opened, backup, NULL) == STORE_OK)
		ended = ENDED_WELL;
	store_close(opened);
	return ended;
}

/* It is a whole store, with all of the original in it, and that key or another. */
static void is_whole(const char *name, bool has_other_key)
{
	unsigned char key[32];
	char *content = store_dump(name);

	ck_assert_msg(strcmp(content, original) == 0, "%s has (first, and should have):%s", name,
		store_dump_differ(content, original));
	free(content);
	store = open_at(name, STORE_OPEN_SHARED);
	is_sound();
	ok(store_turn_begin(store));
	ok(store_key(store, key));
	ok(store_turn_commit(store));
	store_close(store);
	store = NULL;
	ck_assert((memcmp(key, original_key, sizeof(key)) != 0) == has_other_key);
}

static void is_copied_or_not(enum ended ended)
{
	bool is_there = access(backup, F_OK) == 0;

	ck_assert(is_there || ended != ENDED_WELL);
	ck_assert(ended != ENDED_ILL || count_files("copy") == 0);
	is_whole(path, false);
	if (is_there) {
		is_whole(backup, true);
		ck_assert_int_eq(unlink(backup), 0);
	}
	/* The next one is none the worse for what was left. */
	ck_assert_int_eq(copy_it(), ENDED_WELL);
	ck_assert_int_eq(count_files("copy"), 1);
	is_whole(backup, true);
}

START_TEST(a_store_that_was_being_copied)
{
	(void)snprintf(backup, sizeof(backup), "%s/copy", folder);
	make_original();
	original = store_dump(path);
	try_all(make_original, copy_it, is_copied_or_not);
	free(original);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crash: files");
	TCase *tcase = tcase_create("can be opened, with all that was in it");

	tcase_add_checked_fixture(tcase, quietly, remove_folder);
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, a_store_that_was_being_made);
	tcase_add_loop_test(tcase, a_store_of_an_older_version, 1, migrations_count());
	tcase_add_test(tcase, a_store_that_was_being_copied);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
