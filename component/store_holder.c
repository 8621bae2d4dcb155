/* The store on SQLite: what decides of a holder, alone and with the links and pushes of a run. */
#include "component/store.h"

#include "component/store_sqlite.h"

/* `account` is the holder; where nothing is set or listed a row is there all the same. */
#define HOLDER_COLUMNS                                                                             \
	"account.id, account.jid, account.opened_at, account.closed_at, account.seen_at,"          \
	" account.used_at, account.region, account.told_since, account.told, account.summary_at,"  \
	" ifnull(u.value, -1), ifnull(p.value, -1), l.kind IS NOT NULL, b.kind IS NOT NULL"
#define HOLDER_COUNT 14 /* of them */
#define HOLDER_JOINS                                                                               \
	" LEFT JOIN setting AS u ON u.account = account.id AND u.setting = :updates"               \
	" LEFT JOIN setting AS p ON p.account = account.id AND p.setting = :pushes"                \
	" LEFT JOIN listed AS l ON l.account = account.id AND l.kind = :blocked"                   \
	" AND l.jid = :subject_jid"                                                                \
	" LEFT JOIN listed AS b ON b.account = :subject AND b.kind = :blocked"                     \
	" AND b.jid = account.jid"
/* CONTACT_COLUMNS, of several tables. */
#define LINK_COLUMNS                                                                               \
	"contact.id, contact.owner, contact.item, contact.version, contact.changed_at,"            \
	" contact.subject, contact.applied, contact.written, contact.known, contact.pins,"         \
	" contact.card"
#define LINK_COUNT 11

enum { HOLDER_GET, LINK_READ, PUSH_READ };

static const char *const texts[] = {
	[HOLDER_GET] =
		"SELECT " HOLDER_COLUMNS " FROM account" HOLDER_JOINS " WHERE account.id = :holder",
	[LINK_READ] = "SELECT " LINK_COLUMNS ", " HOLDER_COLUMNS " FROM contact"
		      " CROSS JOIN account ON account.id = contact.owner" HOLDER_JOINS
		      " WHERE contact.subject = :subject"
		      " AND contact.id > :after AND contact.id <= :last"
		      " ORDER BY contact.id LIMIT :max",
	/* The contact may be gone, and the holder with it. */
	[PUSH_READ] = "SELECT " LINK_COLUMNS ", " HOLDER_COLUMNS ", " UPDATE_COLUMNS(
		"card_update.") " FROM card_update"
				" LEFT JOIN contact ON contact.id = card_update.link"
				" AND contact.owner = card_update.owner"
				" LEFT JOIN account ON account.id = card_update.owner" HOLDER_JOINS
				" WHERE card_update.subject = :subject AND card_update.id > :after"
				" AND card_update.push = 1 ORDER BY card_update.id LIMIT :max",
};

const struct store_texts store_holder_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(
	struct store *store, unsigned statement, const struct store_account *subject)
{
	struct db_statement *used = store_use(store, STORE_SET_HOLDER, statement);

	db_bind_int(used, ":updates", SETTING_UPDATES);
	db_bind_int(used, ":pushes", SETTING_PUSHES);
	db_bind_int(used, ":blocked", LISTED_BLOCKED);
	db_bind_int(used, ":subject", subject->id);
	db_bind_text(used, ":subject_jid", subject->jid);
	return used;
}

/* HOLDER_COLUMNS from that one on. -1: the arena is full. */
static int holder_read(
	struct db_statement *statement, int from, struct arena *arena, struct store_holder *holder)
{
	int at = from + ACCOUNT_COUNT;

	holder->told = (struct store_told){
		db_int(statement, at), db_int(statement, at + 1), db_int(statement, at + 2)};
	holder->updates = (int)db_int(statement, at + 3);
	holder->pushes = (int)db_int(statement, at + 4);
	holder->blocks = db_int(statement, at + 5) != 0;
	holder->is_blocked = db_int(statement, at + 6) != 0;
	return store_account_read_row(statement, from, arena, &holder->account);
}

enum store_result store_holder_get(struct store *store, struct arena *arena, int64_t holder,
	const struct store_account *subject, struct store_holder *found)
{
	struct db_statement *get = use(store, HOLDER_GET, subject);
	enum store_result result;
	int failed;

	db_bind_int(get, ":holder", holder);
	result = store_step(get);
	if (result != STORE_OK)
		return result;
	failed = holder_read(get, 0, arena, found);
	db_end(get);
	return failed ? store_no_memory(store) : STORE_OK;
}

enum store_result store_link_read(struct store *store, struct arena *arena,
	const struct store_account *subject, int64_t after, int64_t last, struct store_link *links,
	size_t max, size_t *count)
{
	struct db_statement *list = use(store, LINK_READ, subject);
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":last", last);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		struct store_link *link = &links[(*count)++];

		if (store_contact_read(list, arena, &link->contact) != 0 ||
			holder_read(list, LINK_COUNT, arena, &link->holder) != 0) {
			db_end(list);
			return store_no_memory(store);
		}
	}
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}

enum store_result store_push_read(struct store *store, struct arena *arena,
	const struct store_account *subject, int64_t after, struct store_push *pushes, size_t max,
	size_t *count)
{
	struct db_statement *list = use(store, PUSH_READ, subject);
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":after", after);
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW) {
		struct store_push *push = &pushes[(*count)++];

		if (store_contact_read(list, arena, &push->contact) != 0 ||
			holder_read(list, LINK_COUNT, arena, &push->holder) != 0 ||
			store_update_read(list, LINK_COUNT + HOLDER_COUNT, arena, &push->update)) {
			db_end(list);
			return store_no_memory(store);
		}
	}
	return step == DB_DONE ? STORE_OK : STORE_ERROR;
}
