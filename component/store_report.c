/* The store on SQLite: what became of the last change of each account's numbers. */
#include "component/store.h"

#include "common/arena.h"
#include "component/store_sqlite.h"

#define REPORT_COLUMNS                                                                             \
	"account, version, began_at, ended_at, told, reached, asked, offered, waiting, bounced, "  \
	"pushed"

enum {
	REPORT_GET,
	REPORT_PUT,
	REPORT_ADD,
	REPORT_END,
	REPORT_DUE,
	REPORT_TOLD,
	REPORT_ERASE,
};

static const char *const texts[] = {
	[REPORT_GET] = "SELECT " REPORT_COLUMNS " FROM report WHERE account = :account",
	[REPORT_PUT] = "REPLACE INTO report (" REPORT_COLUMNS ") VALUES (:account, :version,"
		       " :began_at, :ended_at, :told, :reached, :asked, :offered, :waiting,"
		       " :bounced, :pushed)",
	[REPORT_ADD] = "UPDATE report SET reached = reached + :reached, asked = asked + :asked,"
		       " offered = offered + :offered, waiting = waiting + :waiting,"
		       " bounced = bounced + :bounced,"
		       " pushed = pushed + :pushed"
		       " WHERE account = :account AND version = :version",
	[REPORT_END] = "UPDATE report SET ended_at = :now"
		       " WHERE account = :account AND version = :version",
	[REPORT_DUE] = "SELECT " REPORT_COLUMNS " FROM report WHERE told = 0 AND ended_at > 0"
		       " ORDER BY ended_at, account LIMIT :max",
	[REPORT_TOLD] =
		"UPDATE report SET told = 1 WHERE account = :account AND version = :version",
	[REPORT_ERASE] = "DELETE FROM report WHERE account = :account",
};

const struct store_texts store_report_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_REPORT, statement);
}

static void read_row(struct db_statement *statement, struct store_report *report)
{
	report->account = db_int(statement, 0);
	report->version = db_int(statement, 1);
	report->began_at = db_int(statement, 2);
	report->ended_at = db_int(statement, 3);
	report->told = db_int(statement, 4) != 0;
	report->counts.reached = db_int(statement, 5);
	report->counts.asked = db_int(statement, 6);
	report->counts.offered = db_int(statement, 7);
	report->counts.waiting = db_int(statement, 8);
	report->counts.bounced = db_int(statement, 9);
	report->counts.pushed = db_int(statement, 10);
}

static void bind_counts(struct db_statement *statement, const struct store_counts *counts)
{
	db_bind_int(statement, ":reached", counts->reached);
	db_bind_int(statement, ":asked", counts->asked);
	db_bind_int(statement, ":offered", counts->offered);
	db_bind_int(statement, ":waiting", counts->waiting);
	db_bind_int(statement, ":bounced", counts->bounced);
	db_bind_int(statement, ":pushed", counts->pushed);
}

enum store_result store_report_get(
	struct store *store, int64_t account, struct store_report *report)
{
	struct db_statement *get = use(store, REPORT_GET);
	enum store_result found;

	db_bind_int(get, ":account", account);
	found = store_step(get);
	if (found == STORE_OK) {
		read_row(get, report);
		db_end(get);
	}
	return found;
}

enum store_result store_report_put(struct store *store, const struct store_report *report)
{
	struct db_statement *put = use(store, REPORT_PUT);

	db_bind_int(put, ":account", report->account);
	db_bind_int(put, ":version", report->version);
	db_bind_int(put, ":began_at", report->began_at);
	db_bind_int(put, ":ended_at", report->ended_at);
	db_bind_int(put, ":told", report->told);
	bind_counts(put, &report->counts);
	return store_result_of(db_run(put, NULL));
}

enum store_result store_report_add(
	struct store *store, int64_t account, int64_t version, const struct store_counts *counts)
{
	struct db_statement *add = use(store, REPORT_ADD);

	db_bind_int(add, ":account", account);
	db_bind_int(add, ":version", version);
	bind_counts(add, counts);
	return store_result_of(db_run(add, NULL));
}

enum store_result store_report_end(
	struct store *store, int64_t account, int64_t version, int64_t now)
{
	struct db_statement *end = use(store, REPORT_END);

	db_bind_int(end, ":account", account);
	db_bind_int(end, ":version", version);
	db_bind_int(end, ":now", now);
	return store_result_of(db_run(end, NULL));
}

enum store_result store_report_due(
	struct store *store, struct store_report *reports, size_t max, size_t *count)
{
	struct db_statement *due = use(store, REPORT_DUE);
	enum db_step step = DB_DONE;

	*count = 0;
	db_bind_int(due, ":max", (int64_t)max);
	while (*count < max && (step = db_step(due)) == DB_ROW)
		read_row(due, &reports[(*count)++]);
	if (step == DB_ROW)
		db_end(due);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_report_told(struct store *store, int64_t account, int64_t version)
{
	struct db_statement *told = use(store, REPORT_TOLD);

	db_bind_int(told, ":account", account);
	db_bind_int(told, ":version", version);
	return store_result_of(db_run(told, NULL));
}

enum store_result store_report_erase(struct store *store, int64_t account)
{
	return store_run_for(store, STORE_SET_REPORT, REPORT_ERASE, account);
}
