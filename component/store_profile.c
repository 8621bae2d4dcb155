/* The store on SQLite: profiles, and the history of their numbers. */
#include "component/store.h"

#include <string.h>

#include "common/arena.h"
#include "component/history.h"
#include "component/store_sqlite.h"

#define NUMBER_COLUMNS                                                                             \
	"identity, kind, value, display, state, from_version, to_version, added, successor"

enum {
	PROFILE_GET,
	PROFILE_HEAD,
	PROFILE_SHOWN,
	PROFILE_VERSION,
	PROFILE_PUT,
	PROFILE_ERASE,
	HISTORY_GET,
	HISTORY_ADD,
	HISTORY_ERASE,
	HELD_END,
	HELD_OVER,
	HELD_KEEP,
	HELD_KEEP_NUMBERS,
	HELD_GET,
	HELD_NUMBERS,
	HELD_DROP
};

static const char *const texts[] = {
	[PROFILE_GET] = "SELECT account, version, changed_at, hidden, card FROM profile"
			" WHERE account = :account",
	[PROFILE_HEAD] = "SELECT account, version, changed_at, hidden FROM profile"
			 " WHERE account = :account",
	[PROFILE_SHOWN] = "SELECT account, version, changed_at, hidden, card FROM profile"
			  " WHERE account = :account AND hidden = 0",
	[PROFILE_VERSION] = "SELECT version FROM profile WHERE account = :account AND hidden = 0",
	[PROFILE_PUT] = "INSERT INTO profile (account, version, changed_at, hidden, card)"
			" VALUES (:account, :version, :changed_at, :hidden, :card)"
			" ON CONFLICT (account) DO UPDATE SET version = excluded.version,"
			" changed_at = excluded.changed_at, hidden = excluded.hidden,"
			" card = excluded.card",
	[PROFILE_ERASE] = "DELETE FROM profile WHERE account = :account",
	[HISTORY_GET] =
		"SELECT " NUMBER_COLUMNS " FROM number WHERE account = :account ORDER BY place",
	[HISTORY_ADD] = "INSERT INTO number (account, place, identity, kind, value, display,"
			" state, from_version, to_version, added, successor)"
			" VALUES (:account, :place, :identity, :kind, :value, :display,"
			" :state, :from, :to, :added, :successor)",
	[HISTORY_ERASE] = "DELETE FROM number WHERE account = :account",
	[HELD_OVER] = "DELETE FROM held WHERE account = :account AND ends_at <= :now",
	[HELD_END] = "UPDATE held SET ends_at = :ends_at WHERE account = :account",
	[HELD_KEEP] = "INSERT INTO held (account, ends_at, version, changed_at, hidden, card)"
		      " SELECT account, :ends_at, version, changed_at, hidden, card FROM profile"
		      " WHERE account = :account",
	[HELD_KEEP_NUMBERS] = "INSERT INTO held_number (account, place, " NUMBER_COLUMNS ")"
			      " SELECT account, place, " NUMBER_COLUMNS " FROM number"
			      " WHERE account = :account",
	[HELD_GET] = "SELECT account, version, changed_at, hidden, card FROM held"
		     " WHERE account = :account",
	[HELD_NUMBERS] = "SELECT " NUMBER_COLUMNS
			 " FROM held_number WHERE account = :account ORDER BY place",
	[HELD_DROP] = "DELETE FROM held WHERE account = :account",
};

const struct store_texts store_profile_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_PROFILE, statement);
}

static void read_head(struct db_statement *get, struct store_profile *profile)
{
	*profile = (struct store_profile){.account = db_int(get, 0),
		.version = db_int(get, 1),
		.changed_at = db_int(get, 2),
		.hidden = db_int(get, 3) != 0};
}

static enum store_result read_profile(struct store *store, unsigned statement, struct arena *arena,
	int64_t account, struct store_profile *profile)
{
	struct db_statement *get = use(store, statement);
	bool failed = false;
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	read_head(get, profile);
	profile->card = store_copy(arena, get, 4, &profile->card_len, &failed);
	db_end(get);
	return failed ? store_no_memory(store) : STORE_OK;
}

enum store_result store_profile_get(
	struct store *store, struct arena *arena, int64_t account, struct store_profile *profile)
{
	return read_profile(store, PROFILE_GET, arena, account, profile);
}

enum store_result store_profile_head(
	struct store *store, int64_t account, struct store_profile *profile)
{
	struct db_statement *get = use(store, PROFILE_HEAD);
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found == STORE_OK) {
		read_head(get, profile);
		db_end(get);
	}
	return found;
}

enum store_result store_profile_shown(
	struct store *store, struct arena *arena, int64_t account, struct store_profile *profile)
{
	return read_profile(store, PROFILE_SHOWN, arena, account, profile);
}

enum store_result store_profile_version(struct store *store, int64_t account, int64_t *version)
{
	struct db_statement *get = use(store, PROFILE_VERSION);
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	*version = db_int(get, 0);
	db_end(get);
	return STORE_OK;
}

enum store_result store_profile_put(struct store *store, const struct store_profile *profile,
	const char *name, const char *const *emails, const char *const *identities)
{
	struct db_statement *put = use(store, PROFILE_PUT);

	db_bind_int(put, ":account", profile->account);
	db_bind_int(put, ":version", profile->version);
	db_bind_int(put, ":changed_at", profile->changed_at);
	db_bind_int(put, ":hidden", profile->hidden);
	db_bind_text_len(put, ":card", profile->card, profile->card_len);
	if (db_run(put, NULL) != 0)
		return STORE_ERROR;
	/* A hidden profile has no terms at all, so that no search has to look whether it is. */
	if (profile->hidden)
		return store_term_put(store, profile->account, NULL, NULL, NULL);
	return store_term_put(store, profile->account, name, emails, identities);
}

enum store_result store_profile_erase(struct store *store, int64_t account)
{
	if (store_term_put(store, account, NULL, NULL, NULL) != STORE_OK ||
		store_held_drop(store, account) != STORE_OK ||
		store_run_for(store, STORE_SET_PROFILE, HISTORY_ERASE, account) != STORE_OK)
		return STORE_ERROR;
	return store_run_for(store, STORE_SET_PROFILE, PROFILE_ERASE, account);
}

/* ---- History ---- */

static int number_read(struct db_statement *statement, struct arena *arena, struct number *number)
{
	bool failed = false;

	number->identity = store_copy(arena, statement, 0, NULL, &failed);
	number->kind = store_copy(arena, statement, 1, NULL, &failed);
	number->value = store_copy(arena, statement, 2, NULL, &failed);
	number->display = store_copy(arena, statement, 3, NULL, &failed);
	number->state = (enum number_state)db_int(statement, 4);
	number->from = db_int(statement, 5);
	number->to = db_int(statement, 6);
	number->added = db_int(statement, 7);
	number->successor = store_copy(arena, statement, 8, NULL, &failed);
	return failed ? -1 : 0;
}

/* Room for one more number. */
static struct number *grow(struct arena *arena, struct history *history, size_t *size)
{
	if (history->count == *size) {
		size_t more = *size == 0 ? 8 : *size * 2;
		struct number *numbers = arena_alloc(arena, more * sizeof(*numbers));

		if (numbers == NULL)
			return NULL;
		if (history->count > 0)
			memcpy(numbers, history->numbers, history->count * sizeof(*numbers));
		history->numbers = numbers;
		*size = more;
	}
	return &history->numbers[history->count++];
}

static enum store_result read_history(struct store *store, unsigned statement, struct arena *arena,
	int64_t account, struct history *history)
{
	struct db_statement *get = use(store, statement);
	enum db_step step;
	size_t size = 0;

	*history = (struct history){0};
	db_bind_int(get, ":account", account);
	while ((step = db_step(get)) == DB_ROW) {
		struct number *number = grow(arena, history, &size);

		if (number == NULL || number_read(get, arena, number) != 0) {
			db_end(get);
			return store_no_memory(store);
		}
	}
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}

enum store_result store_history_get(
	struct store *store, struct arena *arena, int64_t account, struct history *history)
{
	return read_history(store, HISTORY_GET, arena, account, history);
}

enum store_result store_history_put(
	struct store *store, int64_t account, const struct history *history)
{
	if (store_run_for(store, STORE_SET_PROFILE, HISTORY_ERASE, account) != STORE_OK)
		return STORE_ERROR;
	for (size_t i = 0; i < history->count; i++) {
		const struct number *number = &history->numbers[i];
		struct db_statement *add = use(store, HISTORY_ADD);

		db_bind_int(add, ":account", account);
		db_bind_int(add, ":place", (int64_t)i);
		db_bind_text(add, ":identity", number->identity);
		db_bind_text(add, ":kind", number->kind);
		db_bind_text(add, ":value", number->value);
		db_bind_text(add, ":display", number->display);
		db_bind_int(add, ":state", number->state);
		db_bind_int(add, ":from", number->from);
		db_bind_int(add, ":to", number->to);
		db_bind_int(add, ":added", number->added);
		db_bind_text(add, ":successor", number->successor);
		if (db_run(add, NULL) != 0)
			return STORE_ERROR;
	}
	return STORE_OK;
}

/* ---- What was before a change that is held ---- */

static struct db_statement *use_held(
	struct store *store, unsigned statement, int64_t account, int64_t ends_at)
{
	struct db_statement *used = use(store, statement);

	db_bind_int(used, ":account", account);
	db_bind_int(used, ":ends_at", ends_at);
	return used;
}

enum store_result store_held_keep(
	struct store *store, int64_t account, int64_t now, int64_t ends_at)
{
	struct db_statement *over = use(store, HELD_OVER);
	int64_t changes = 0;

	db_bind_int(over, ":account", account);
	db_bind_int(over, ":now", now);
	if (db_run(over, NULL) != 0 ||
		db_run(use_held(store, HELD_END, account, ends_at), &changes) != 0)
		return STORE_ERROR;
	if (changes > 0)
		return STORE_OK;
	if (db_run(use_held(store, HELD_KEEP, account, ends_at), NULL) != 0)
		return STORE_ERROR;
	return store_run_for(store, STORE_SET_PROFILE, HELD_KEEP_NUMBERS, account);
}

enum store_result store_held_get(struct store *store, struct arena *arena, int64_t account,
	struct store_profile *profile, struct history *history)
{
	enum store_result result = read_profile(store, HELD_GET, arena, account, profile);

	if (result != STORE_OK)
		return result;
	return read_history(store, HELD_NUMBERS, arena, account, history);
}

enum store_result store_held_drop(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_PROFILE, HELD_DROP, account);
}
