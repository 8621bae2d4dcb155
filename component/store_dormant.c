/* The store on SQLite: of which accounts that ended the holders are being asked. */
#include "component/store.h"

#include "component/store_sqlite.h"

enum { DORMANT_BEGIN, DORMANT_FIRST, DORMANT_PUT, DORMANT_REMOVE, DORMANT_ERASE };

static const char *const texts[] = {
	/* A closed account has a row as long as somebody is linked to it. */
	[DORMANT_BEGIN] = ("INSERT OR REPLACE INTO dormant (account, next, made, done)"
			   " SELECT old.id, new.id, 0, 0 FROM account AS new JOIN account AS old"
			   " ON old.jid = new.jid AND old.closed_at > 0"
			   " WHERE new.id = :account AND new.closed_at = 0"),
	[DORMANT_FIRST] = ("SELECT account, next, made, done FROM dormant"
			   " WHERE account > 0 ORDER BY account LIMIT 1"),
	[DORMANT_PUT] = "UPDATE dormant SET made = :made, done = :done WHERE account = :account",
	[DORMANT_REMOVE] = "DELETE FROM dormant WHERE account = :account",
	[DORMANT_ERASE] = "DELETE FROM dormant WHERE next = :account",
};

const struct store_texts store_dormant_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_DORMANT, statement);
}

enum store_result store_dormant_begin(struct store *store, int64_t next)
{
	return store_run_for(store, STORE_SET_DORMANT, DORMANT_BEGIN, next);
}

enum store_result store_dormant_first(struct store *store, struct store_dormant *dormant)
{
	struct db_statement *first = use(store, DORMANT_FIRST);
	enum store_result found;

	found = store_step(first);
	if (found != STORE_OK)
		return found;
	dormant->account = db_int(first, 0);
	dormant->next = db_int(first, 1);
	dormant->made = db_int(first, 2);
	dormant->done = db_int(first, 3);
	db_end(first);
	return STORE_OK;
}

enum store_result store_dormant_put(struct store *store, const struct store_dormant *dormant)
{
	struct db_statement *put = use(store, DORMANT_PUT);

	db_bind_int(put, ":account", dormant->account);
	db_bind_int(put, ":made", dormant->made);
	db_bind_int(put, ":done", dormant->done);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_dormant_remove(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_DORMANT, DORMANT_REMOVE, account);
}

enum store_result store_dormant_erase(struct store *store, int64_t next)
{
	return store_run_for(store, STORE_SET_DORMANT, DORMANT_ERASE, next);
}
