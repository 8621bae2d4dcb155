/* The store on SQLite: contacts, one at a time. */
#include "component/store.h"

#include "component/store_sqlite.h"

enum {
	CONTACT_GET,
	CONTACT_HEAD,
	CONTACT_BY_LINK,
	CONTACT_OF,
	CONTACT_HAS,
	CONTACT_KNOWS,
	CONTACT_REWRITE,
	CONTACT_FIND,
	CONTACT_ADD,
	CONTACT_MARK,
	CONTACT_KNOW,
	CONTACT_DELETE,
	CONTACT_COUNT,
	CONTACT_ANY,
	CONTACT_DORMANT,
	RETRACTION_ADD,
	RETRACTION_DELETE,
	RETRACTION_ERASE
};

static const char *const texts[] = {
	[CONTACT_GET] = "SELECT " CONTACT_COLUMNS " FROM contact"
			" WHERE owner = :owner AND item = :item",
	[CONTACT_HEAD] = "SELECT id, subject, applied, written, known, pins FROM contact"
			 " WHERE owner = :owner AND item = :item",
	[CONTACT_BY_LINK] = "SELECT " CONTACT_COLUMNS " FROM contact"
			    " WHERE id = :id AND owner = :owner",
	[CONTACT_OF] = "SELECT " CONTACT_COLUMNS " FROM contact"
		       " WHERE owner = :owner AND subject = :subject"
		       " ORDER BY known DESC, id LIMIT 1",
	[CONTACT_HAS] = "SELECT 1 FROM contact"
			" WHERE owner = :owner AND subject = :subject LIMIT 1",
	[CONTACT_KNOWS] = "SELECT 1 FROM contact"
			  " WHERE owner = :owner AND subject = :subject AND known = 1 LIMIT 1",
	/* What a fan-out does to each card, in one statement: by id, nothing but one entry of one
	 * index changes. It misses if the caller's row is not what is stored. */
	[CONTACT_REWRITE] = "UPDATE contact SET applied = :applied, written = :written,"
			    " pins = :pins, version = :version, changed_at = :changed_at,"
			    " card = :card WHERE item = :item AND subject IS :subject"
			    " AND owner = :owner AND id = :id",
	[CONTACT_FIND] = "SELECT id, subject FROM contact WHERE owner = :owner AND item = :item",
	[CONTACT_ADD] =
		"INSERT INTO contact (" CONTACT_COLUMNS ") VALUES (:id, :owner, :item,"
		" :version, :changed_at, :subject, :applied, :written, :known, :pins, :card)",
	[CONTACT_MARK] = "UPDATE contact SET applied = :applied, written = :written, pins = :pins"
			 " WHERE id = :id AND owner = :owner",
	/* Apart, since it changes an index, and hardly ever. */
	[CONTACT_KNOW] = "UPDATE contact SET known = :known"
			 " WHERE id = :id AND owner = :owner AND known <> :known",
	[CONTACT_DELETE] = "DELETE FROM contact WHERE id = :id AND owner = :owner",
	[CONTACT_COUNT] = "SELECT count(*) FROM contact WHERE owner = :owner",
	[CONTACT_ANY] = "SELECT id, subject FROM contact WHERE owner = :owner LIMIT 1",
	[CONTACT_DORMANT] = "SELECT c.item FROM contact AS c JOIN account AS a ON a.id = c.subject"
			    " WHERE c.owner = :owner AND c.subject IS NOT NULL"
			    " AND a.closed_at > 0 LIMIT :max",
	[RETRACTION_ADD] = "INSERT INTO retraction (version, owner, item, at)"
			   " VALUES (:version, :owner, :item, :at)",
	[RETRACTION_DELETE] = "DELETE FROM retraction WHERE owner = :owner AND item = :item",
	[RETRACTION_ERASE] = "DELETE FROM retraction WHERE owner = :account",
};

const struct store_texts store_contact_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement, int64_t owner)
{
	struct db_statement *used = store_use(store, STORE_SET_CONTACT, statement);

	db_bind_int(used, ":owner", owner);
	return used;
}

int store_contact_read(
	struct db_statement *statement, struct arena *arena, struct store_contact *contact)
{
	bool failed = false;

	contact->id = db_int(statement, 0);
	contact->owner = db_int(statement, 1);
	contact->item = store_copy(arena, statement, 2, NULL, &failed);
	contact->version = db_int(statement, 3);
	contact->changed_at = db_int(statement, 4);
	contact->subject = db_int(statement, 5);
	contact->applied = db_int(statement, 6);
	contact->written = db_int(statement, 7);
	contact->known = contact->known_stored = db_int(statement, 8) != 0;
	contact->is_new = false;
	contact->pins = store_copy(arena, statement, 9, NULL, &failed);
	contact->card = store_copy(arena, statement, 10, &contact->card_len, &failed);
	return failed ? -1 : 0;
}

static enum store_result contact_read_one(struct store *store, struct db_statement *statement,
	struct arena *arena, struct store_contact *contact)
{
	int result;
	enum store_result found;

	found = store_step(statement);
	if (found != STORE_OK)
		return found;
	result = store_contact_read(statement, arena, contact);
	db_end(statement);
	return result == 0 ? STORE_OK : store_no_memory(store);
}

enum store_result store_contact_get(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_contact *contact)
{
	struct db_statement *get = use(store, CONTACT_GET, owner);

	db_bind_text(get, ":item", item);
	return contact_read_one(store, get, arena, contact);
}

enum store_result store_contact_head(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_contact *contact)
{
	struct db_statement *get = use(store, CONTACT_HEAD, owner);
	bool failed = false;
	enum store_result found;

	db_bind_text(get, ":item", item);
	found = store_step(get);
	if (found != STORE_OK)
		return found;
	*contact = (struct store_contact){.id = db_int(get, 0),
		.owner = owner,
		.subject = db_int(get, 1),
		.applied = db_int(get, 2),
		.written = db_int(get, 3),
		.known = db_int(get, 4) != 0,
		.pins = store_copy(arena, get, 5, NULL, &failed)};
	contact->known_stored = contact->known;
	db_end(get);
	return failed ? store_no_memory(store) : STORE_OK;
}

enum store_result store_contact_by_link(struct store *store, struct arena *arena, int64_t owner,
	int64_t id, struct store_contact *contact)
{
	struct db_statement *get = use(store, CONTACT_BY_LINK, owner);

	db_bind_int(get, ":id", id);
	return contact_read_one(store, get, arena, contact);
}

enum store_result store_contact_of(struct store *store, struct arena *arena, int64_t owner,
	int64_t subject, struct store_contact *contact)
{
	struct db_statement *get = use(store, CONTACT_OF, owner);

	db_bind_int(get, ":subject", subject);
	return contact_read_one(store, get, arena, contact);
}

static enum store_result has(
	struct store *store, unsigned statement, int64_t owner, int64_t subject, bool *yes)
{
	struct db_statement *look = use(store, statement, owner);
	enum db_step step;

	db_bind_int(look, ":subject", subject);
	step = db_step(look);
	*yes = step == DB_ROW;
	if (step == DB_ROW)
		db_end(look);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_contact_has(struct store *store, int64_t owner, int64_t subject, bool *yes)
{
	return has(store, CONTACT_HAS, owner, subject, yes);
}

enum store_result store_contact_knows(
	struct store *store, int64_t owner, int64_t subject, bool *yes)
{
	return has(store, CONTACT_KNOWS, owner, subject, yes);
}

enum store_result store_contact_dormant(struct store *store, struct arena *arena, int64_t owner,
	const char **items, size_t max, size_t *count)
{
	struct db_statement *list = use(store, CONTACT_DORMANT, owner);
	bool failed = false;
	enum db_step step;

	*count = 0;
	db_bind_int(list, ":max", (int64_t)max);
	while ((step = db_step(list)) == DB_ROW)
		items[(*count)++] = store_copy(arena, list, 0, NULL, &failed);
	if (failed)
		return store_no_memory(store);
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

enum store_result store_contact_count(struct store *store, int64_t owner, int64_t *count)
{
	struct db_statement *get;

	if (book_cache_count(store->books, owner, count))
		return STORE_OK;
	get = use(store, CONTACT_COUNT, owner);
	if (db_step(get) != DB_ROW)
		return STORE_ERROR;
	*count = db_int(get, 0);
	db_end(get);
	book_cache_add(store->books, owner, *count);
	return STORE_OK;
}

/* ---- Writing ---- */

static void bind_mark(struct db_statement *statement, const struct store_contact *contact)
{
	db_bind_int(statement, ":id", contact->id);
	db_bind_int(statement, ":applied", contact->applied);
	db_bind_int(statement, ":written", contact->written);
	db_bind_text(statement, ":pins", contact->pins);
}

static void bind_contact(struct db_statement *statement, const struct store_contact *contact)
{
	bind_mark(statement, contact);
	db_bind_int(statement, ":version", contact->version);
	db_bind_int(statement, ":changed_at", contact->changed_at);
	db_bind_text_len(statement, ":card", contact->card, contact->card_len);
	db_bind_text(statement, ":item", contact->item);
	db_bind_id(statement, ":subject", contact->subject);
}

/* Of one that is stored, but for `known`. */
static enum store_result put_known(struct store *store, const struct store_contact *contact)
{
	struct db_statement *know;

	if (contact->known == contact->known_stored)
		return STORE_OK;
	know = use(store, CONTACT_KNOW, contact->owner);
	db_bind_int(know, ":id", contact->id);
	db_bind_int(know, ":known", contact->known);
	return store_result_of(db_run(know, NULL));
}

/* OK, or NONE where (id, owner, item, subject) is no row. */
static enum store_result rewrite(struct store *store, const struct store_contact *contact)
{
	struct db_statement *update = use(store, CONTACT_REWRITE, contact->owner);
	int64_t changes = 0;

	bind_contact(update, contact);
	if (db_run(update, &changes) != 0)
		return STORE_ERROR;
	return changes > 0 ? put_known(store, contact) : STORE_NONE;
}

/* id and subject of the first row. */
static enum store_result read_link(struct db_statement *statement, int64_t *id, int64_t *subject)
{
	enum store_result found;

	found = store_step(statement);
	if (found == STORE_OK) {
		*id = db_int(statement, 0);
		*subject = db_int(statement, 1);
		db_end(statement);
	}
	return found;
}

static enum store_result find_link(
	struct store *store, int64_t owner, const char *item, int64_t *id, int64_t *subject)
{
	struct db_statement *find = use(store, CONTACT_FIND, owner);

	db_bind_text(find, ":item", item);
	return read_link(find, id, subject);
}

/* Deletes a contact with all that hangs on the link. */
static enum store_result delete_link(
	struct store *store, int64_t owner, int64_t id, int64_t subject)
{
	struct db_statement *delete = use(store, CONTACT_DELETE, owner);
	int64_t changes = 0;

	db_bind_int(delete, ":id", id);
	if (db_run(delete, &changes) != 0)
		return STORE_ERROR;
	book_cache_change(store->books, owner, -changes);
	if (store_update_forget(store, id) != STORE_OK ||
		store_matter_forget(store, id) != STORE_OK)
		return STORE_ERROR;
	return subject != 0 ? store_account_release(store, subject) : STORE_OK;
}

static enum store_result delete_retraction(struct store *store, int64_t owner, const char *item)
{
	struct db_statement *delete = use(store, RETRACTION_DELETE, owner);

	db_bind_text(delete, ":item", item);
	return store_result_of(db_run(delete, NULL));
}

enum store_result store_contact_put(struct store *store, struct store_contact *contact)
{
	enum store_result result = STORE_NONE;
	struct db_statement *add;
	int64_t id = 0, subject = 0;

	contact->version = store_next(store, STORE_POSITION);
	if (contact->id != 0)
		result = rewrite(store, contact);
	if (result != STORE_NONE)
		return result;
	if (!contact->is_new)
		result = find_link(store, contact->owner, contact->item, &id, &subject);
	if (result == STORE_ERROR)
		return STORE_ERROR;
	if (result == STORE_OK && subject == contact->subject) {
		contact->id = id;
		contact->known_stored = !contact->known; /* it isn't read */
		return rewrite(store, contact);
	}
	if (result == STORE_OK && delete_link(store, contact->owner, id, subject) != STORE_OK)
		return STORE_ERROR;
	if (result == STORE_NONE &&
		delete_retraction(store, contact->owner, contact->item) != STORE_OK)
		return STORE_ERROR;
	contact->id = store_next(store, STORE_LINK);
	add = use(store, CONTACT_ADD, contact->owner);
	bind_contact(add, contact);
	db_bind_int(add, ":known", contact->known);
	if (db_run(add, NULL) != 0)
		return STORE_ERROR;
	contact->is_new = false;
	book_cache_change(store->books, contact->owner, 1);
	return STORE_OK;
}

enum store_result store_contact_mark(struct store *store, const struct store_contact *contact)
{
	struct db_statement *mark = use(store, CONTACT_MARK, contact->owner);
	int64_t changes = 0;

	bind_mark(mark, contact);
	if (db_run(mark, &changes) != 0)
		return STORE_ERROR;
	return changes > 0 ? put_known(store, contact) : STORE_NONE;
}

enum store_result store_contact_remove(
	struct store *store, int64_t owner, const char *item, int64_t now, int64_t *version)
{
	struct db_statement *add;
	int64_t id, subject;
	enum store_result result = find_link(store, owner, item, &id, &subject);

	if (result != STORE_OK)
		return result;
	if (delete_link(store, owner, id, subject) != STORE_OK)
		return STORE_ERROR;
	*version = store_next(store, STORE_POSITION);
	add = use(store, RETRACTION_ADD, owner);
	db_bind_int(add, ":version", *version);
	db_bind_text(add, ":item", item);
	db_bind_int(add, ":at", now);
	return store_result_of(db_run(add, NULL));
}

enum store_result store_book_erase(struct store *store, int64_t owner)
{
	enum store_result result;
	int64_t id, subject;

	while ((result = read_link(use(store, CONTACT_ANY, owner), &id, &subject)) == STORE_OK)
		if (delete_link(store, owner, id, subject) != STORE_OK)
			return STORE_ERROR;
	if (result == STORE_ERROR)
		return STORE_ERROR;
	return store_run_for(store, STORE_SET_CONTACT, RETRACTION_ERASE, owner);
}
