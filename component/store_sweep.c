/* The store on SQLite: how far each address book was looked through for accounts. */
#include "component/store.h"

#include "common/arena.h"
#include "component/store_sqlite.h"

enum { SWEEP_DUE, SWEEP_ANEW, SWEEP_FIRST, SWEEP_PUT, SWEEP_CONTACTS, SWEEP_ERASE };

#define SWEEP_COLUMNS "account, next_at, again_at, done, found_at"

static const char *const texts[] = {
	[SWEEP_DUE] = "INSERT INTO sweep (" SWEEP_COLUMNS ") VALUES (:account, :at, 0, 0, 0)"
		      " ON CONFLICT (account) DO UPDATE SET next_at = excluded.next_at"
		      " WHERE next_at > excluded.next_at",
	[SWEEP_ANEW] = "UPDATE sweep SET done = 0, next_at = :at WHERE account = :account",
	[SWEEP_FIRST] = "SELECT " SWEEP_COLUMNS " FROM sweep WHERE next_at <= :now"
			" ORDER BY next_at LIMIT 1",
	[SWEEP_PUT] = "UPDATE sweep SET next_at = :next_at, again_at = :again_at, done = :done,"
		      " found_at = :found_at WHERE account = :account",
	/* A card that isn't looked at isn't read. */
	[SWEEP_CONTACTS] = "SELECT " CONTACT_COLUMNS_BUT_CARD ","
			   " iif(subject IS NULL, card, '') FROM contact"
			   " WHERE owner = :owner AND version > :after ORDER BY version LIMIT :max",
	[SWEEP_ERASE] = "DELETE FROM sweep WHERE account = :account",
};

const struct store_texts store_sweep_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_SWEEP, statement);
}

enum store_result store_sweep_due(struct store *store, int64_t account, int64_t at)
{
	struct db_statement *due = use(store, SWEEP_DUE);

	db_bind_int(due, ":account", account);
	db_bind_int(due, ":at", at);
	return store_result_of(db_run(due, NULL));
}

enum store_result store_sweep_anew(struct store *store, int64_t account, int64_t at)
{
	struct db_statement *anew;

	if (store_sweep_due(store, account, at) != STORE_OK)
		return STORE_ERROR;
	anew = use(store, SWEEP_ANEW);
	db_bind_int(anew, ":account", account);
	db_bind_int(anew, ":at", at);
	return store_result_of(db_run(anew, NULL));
}

enum store_result store_sweep_first(struct store *store, int64_t now, struct store_sweep *sweep)
{
	struct db_statement *first = use(store, SWEEP_FIRST);
	enum store_result found;

	db_bind_int(first, ":now", now);
	found = store_step(first);
	if (found != STORE_OK)
		return found;
	sweep->account = db_int(first, 0);
	sweep->next_at = db_int(first, 1);
	sweep->again_at = db_int(first, 2);
	sweep->done = db_int(first, 3);
	sweep->found_at = db_int(first, 4);
	db_end(first);
	return STORE_OK;
}

enum store_result store_sweep_put(struct store *store, const struct store_sweep *sweep)
{
	struct db_statement *put = use(store, SWEEP_PUT);

	db_bind_int(put, ":account", sweep->account);
	db_bind_int(put, ":next_at", sweep->next_at);
	db_bind_int(put, ":again_at", sweep->again_at);
	db_bind_int(put, ":done", sweep->done);
	db_bind_int(put, ":found_at", sweep->found_at);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_sweep_contacts(struct store *store, struct arena *arena, int64_t owner,
	int64_t after, struct store_contact *contacts, size_t max, size_t *count)
{
	struct db_statement *list = use(store, SWEEP_CONTACTS);
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":owner", owner);
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		if (store_contact_read(list, arena, &contacts[*count]) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
		++*count;
	}
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_sweep_erase(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_SWEEP, SWEEP_ERASE, account);
}
