/* The state's mirror of the address book on the service, and the position in its archive. */
#include "config.h"

#include "plugin/state.h"

#include <string.h>

#include "common/arena.h"
#include "plugin/state_db.h"

static int get_meta(struct state *state, struct arena *arena, const char *key, const char **value)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_META_GET);
	int result;

	*value = NULL;
	state_bind_text(stmt, ":key", key);
	result = state_step(state, stmt);
	if (result == 1) {
		*value = state_text(arena, stmt, 0);
		sqlite3_reset(stmt);
	}
	return result < 0 ? -1 : 0;
}

static int put_meta(struct state *state, const char *key, const char *value)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_META_PUT);

	state_bind_text(stmt, ":key", key);
	state_bind_text(stmt, ":value", value);
	return state_run(state, stmt);
}

int state_get_service(struct state *state, struct arena *arena, const char **jid)
{
	return get_meta(state, arena, "service", jid);
}

/* Sets key; if it had another value before, what `clear` and `forget` (NULL: nothing) are about
 * goes. */
static int change_meta(struct state *state, const char *key, const char *value,
	enum state_sql clear, const char *forget)
{
	struct arena *arena = arena_new(0);
	const char *last;
	int result = -1;

	if (!arena || get_meta(state, arena, key, &last) != 0)
		goto out;
	if (last && strcmp(last, value) == 0) {
		result = 0;
		goto out;
	}
	if (state_begin(state) != 0)
		goto out;
	result = state_run(state, state_stmt(state, clear)) == 0 &&
				 (!forget || put_meta(state, forget, NULL) == 0) &&
				 put_meta(state, key, value) == 0
			 ? 0
			 : -1;
	if (state_end(state, result == 0) != 0)
		result = -1;
out:
	arena_free(arena);
	return result;
}

int state_set_service(struct state *state, const char *jid)
{
	/* What was agreed on says nothing about another book; local entries are matched anew. */
	return change_meta(state, "service", jid, STATE_ITEM_CLEAR, "position");
}

int state_set_book(struct state *state, const char *where)
{
	return change_meta(state, "book", where, STATE_ITEM_UNFILE, NULL);
}

int state_get_position(struct state *state, struct arena *arena, const char **position)
{
	return get_meta(state, arena, "position", position);
}

int state_set_position(struct state *state, const char *position)
{
	return put_meta(state, "position", position);
}

static void read_item(struct arena *arena, sqlite3_stmt *stmt, struct state_item *item)
{
	*item = (struct state_item){
		.item = state_text(arena, stmt, 0),
		.card = state_text(arena, stmt, 1),
		.card_at = sqlite3_column_int64(stmt, 2),
		.base = state_text(arena, stmt, 3),
		.file = state_text(arena, stmt, 4),
		.file_text = state_text(arena, stmt, 5),
		.file_revision = state_text(arena, stmt, 6),
	};
}

int state_item_list(struct state *state, struct arena *arena, state_item_row *row, void *context)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_ITEM_LIST);
	int result;

	while ((result = state_step(state, stmt)) == 1) {
		struct state_item item;

		read_item(arena, stmt, &item);
		if (arena_failed(arena) || row(context, &item) != 0)
			break;
	}
	sqlite3_reset(stmt);
	return result < 0 || arena_failed(arena) ? -1 : 0;
}

int state_head_list(struct state *state, struct arena *arena, state_head_row *row, void *context)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_HEAD_LIST);
	int result;

	while ((result = state_step(state, stmt)) == 1) {
		const struct state_head head = {
			.item = state_text(arena, stmt, 0),
			.file = state_text(arena, stmt, 1),
			.file_revision = state_text(arena, stmt, 2),
			.is_there = sqlite3_column_int(stmt, 3) != 0,
			.is_changed = sqlite3_column_int(stmt, 4) != 0,
			.has_text = sqlite3_column_int(stmt, 5) != 0,
		};

		if (arena_failed(arena) || row(context, &head) != 0)
			break;
	}
	sqlite3_reset(stmt);
	return result < 0 || arena_failed(arena) ? -1 : 0;
}

int state_item_get(
	struct state *state, struct arena *arena, const char *item, struct state_item *out)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_ITEM_GET);
	int result;

	state_bind_text(stmt, ":item", item);
	result = state_step(state, stmt);
	if (result == 1)
		read_item(arena, stmt, out);
	sqlite3_reset(stmt);
	return arena_failed(arena) ? -1 : result;
}

int state_item_set_card(struct state *state, const char *item, const char *card, int64_t card_at)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_ITEM_CARD);

	state_bind_text(stmt, ":item", item);
	state_bind_text(stmt, ":card", card);
	state_bind_int(stmt, ":card_at", card_at);
	return state_run(state, stmt);
}

int state_item_agree(struct state *state, const struct state_item *item)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_ITEM_AGREE);

	state_bind_text(stmt, ":item", item->item);
	state_bind_text(stmt, ":card", item->card);
	state_bind_int(stmt, ":card_at", item->card_at);
	state_bind_text(stmt, ":file", item->file);
	state_bind_text(stmt, ":file_text", item->file_text);
	state_bind_text(stmt, ":file_revision", item->file_revision);
	return state_run(state, stmt);
}

int state_item_remove(struct state *state, const char *item)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_ITEM_REMOVE);

	state_bind_text(stmt, ":item", item);
	return state_run(state, stmt);
}

int state_sweep_begin(struct state *state)
{
	return state_run(state, state_stmt(state, STATE_SWEEP_BEGIN));
}

int state_sweep_end(struct state *state, int64_t now)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_SWEEP_END);

	state_bind_int(stmt, ":now", now);
	return state_run(state, stmt);
}
