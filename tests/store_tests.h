/* What the suites of the store share: a folder of its own for each test, a store in it, rows made
 * short. */
#ifndef KITH_STORE_TESTS_H
#define KITH_STORE_TESTS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "component/store.h"
#include "component/store_sqlite.h"

static char folder[64], path[96];
static struct store *store;
static struct arena *arena;
static int logged;
static char logged_last[2048];

static inline void count_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	logged++;
	(void)snprintf(logged_last, sizeof(logged_last), "%s", text);
}

#define ok(call) ck_assert_int_eq((call), STORE_OK)
#define none(call) ck_assert_int_eq((call), STORE_NONE)
#define fails(call) ck_assert_int_eq((call), STORE_ERROR)

static inline struct store *open_at(const char *at, enum store_open how)
{
	char *why = NULL;
	struct store *opened = store_open(at, how, &why);

	ck_assert_msg(opened != NULL, "%s", why);
	ck_assert_ptr_null(why);
	return opened;
}

static inline void make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/kith-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/kith.db", folder);
	arena = arena_new(0);
	ck_assert_ptr_nonnull(arena);
	logged = 0;
	log_set(count_log, NULL, LOG_LEVEL_DEBUG);
}

static inline void remove_folder(void)
{
	char command[96];

	store_close(store);
	store = NULL;
	arena_free(arena);
	log_set(NULL, NULL, LOG_LEVEL_INFO);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* A store in memory, a turn open. */
static inline void open_in_memory(void)
{
	make_folder();
	store = open_at(":memory:", STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
}

/* The same on disk. */
static inline void open_on_disk(void)
{
	make_folder();
	store = open_at(path, STORE_OPEN_OWNER);
	ok(store_turn_begin(store));
}

static inline void next_turn(void)
{
	ok(store_turn_commit(store));
	ok(store_turn_begin(store));
}

static inline int64_t account(const char *jid)
{
	struct store_account row;

	ok(store_account_get(store, arena, jid, &row));
	ok(store_account_open(store, row.id, 100));
	return row.id;
}

static inline struct store_contact put(int64_t owner, const char *item, int64_t subject)
{
	struct store_contact contact = {.owner = owner,
		.item = item,
		.subject = subject,
		.changed_at = 1000,
		.card = "<vcard/>",
		.card_len = 8};

	ok(store_contact_put(store, &contact));
	return contact;
}

static inline void put_profile(
	int64_t id, const char *name, const char *const *emails, const char *const *identities)
{
	struct store_profile profile = {
		.account = id, .version = 1, .changed_at = 5, .card = "<vcard/>", .card_len = 8};

	ok(store_profile_put(store, &profile, name, emails, identities));
}

/* Rows as "a b c", for comparing. */
static char rows[4096];

static inline void rows_add(const char *text)
{
	size_t len = strlen(rows);

	(void)snprintf(rows + len, sizeof(rows) - len, "%s%s", len > 0 ? " " : "", text);
}

static inline void no_fault(void *context, const char *text)
{
	(void)context;
	rows_add(text);
}

/* The store finds nothing wrong with itself. */
static inline void is_sound(void)
{
	bool was_in_turn = store_in_turn(store);
	int64_t faults = -1;

	if (was_in_turn)
		ok(store_turn_commit(store));
	rows[0] = '\0';
	ok(store_verify(store, no_fault, NULL, &faults));
	ck_assert_msg(faults == 0, "%s", rows);
	if (was_in_turn)
		ok(store_turn_begin(store));
}

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

#endif
