/* The state's inbox: cards that came, messages that were seen, and the journal of what sync decided
 * against. */
#include "config.h"

#include "plugin/state.h"

#include "common/arena.h"
#include "plugin/state_db.h"

/* ---- Cards ---- */
int state_card_add(struct state *state, struct state_card *card)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_CARD_ADD);

	state_bind_text(stmt, ":sender", card->from);
	state_bind_text(stmt, ":about", card->about);
	state_bind_text(stmt, ":card", card->card);
	state_bind_int(stmt, ":at", card->at);
	if (state_run(state, stmt) != 0)
		return -1;
	card->n = sqlite3_last_insert_rowid(state->db);
	stmt = state_stmt(state, STATE_CARD_TRIM_SENDER);
	state_bind_text(stmt, ":sender", card->from);
	state_bind_int(stmt, ":max", STATE_CARDS_OF_ONE_MAX);
	if (state_run(state, stmt) != 0)
		return -1;
	stmt = state_stmt(state, STATE_CARD_TRIM);
	state_bind_int(stmt, ":max", STATE_CARDS_MAX);
	return state_run(state, stmt);
}

static void read_card(struct arena *arena, sqlite3_stmt *stmt, struct state_card *card)
{
	*card = (struct state_card){
		.n = sqlite3_column_int64(stmt, 0),
		.from = state_text(arena, stmt, 1),
		.about = state_text(arena, stmt, 2),
		.card = state_text(arena, stmt, 3),
		.at = sqlite3_column_int64(stmt, 4),
		.saved = sqlite3_column_int64(stmt, 5) != 0,
	};
}

int state_card_get(struct state *state, struct arena *arena, int64_t n, struct state_card *card)
{
	sqlite3_stmt *stmt = state_stmt(state, n == 0 ? STATE_CARD_LAST : STATE_CARD_GET);
	int result;

	if (n != 0)
		state_bind_int(stmt, ":n", n);
	result = state_step(state, stmt);
	if (result == 1)
		read_card(arena, stmt, card);
	sqlite3_reset(stmt);
	return arena_failed(arena) ? -1 : result;
}

int state_card_list(struct state *state, struct arena *arena, state_card_row *row, void *context)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_CARD_LIST);
	int result;

	while ((result = state_step(state, stmt)) == 1) {
		struct state_card card;

		read_card(arena, stmt, &card);
		if (arena_failed(arena) || row(context, &card) != 0)
			break;
	}
	sqlite3_reset(stmt);
	return result < 0 || arena_failed(arena) ? -1 : 0;
}

int state_card_saved(struct state *state, int64_t n)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_CARD_SAVED);

	state_bind_int(stmt, ":n", n);
	return state_run(state, stmt);
}

/* ---- Seen ---- */
int state_seen(struct state *state, const char *from, const char *id, int64_t now, bool *fresh)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_SEEN_EXPIRE);

	state_bind_int(stmt, ":at", now - STATE_SEEN_S);
	if (state_run(state, stmt) != 0)
		return -1;
	stmt = state_stmt(state, STATE_SEEN_ADD);
	state_bind_text(stmt, ":sender", from);
	state_bind_text(stmt, ":id", id);
	state_bind_int(stmt, ":at", now);
	if (state_run(state, stmt) != 0)
		return -1;
	*fresh = sqlite3_changes(state->db) == 1;
	if (!*fresh)
		return 0;
	stmt = state_stmt(state, STATE_SEEN_TRIM);
	state_bind_int(stmt, ":max", STATE_SEEN_MAX);
	return state_run(state, stmt);
}

bool state_has_seen(struct state *state, const char *from, const char *id)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_SEEN_HAS);
	int result;

	state_bind_text(stmt, ":sender", from);
	state_bind_text(stmt, ":id", id);
	result = state_step(state, stmt);
	sqlite3_reset(stmt);
	return result == 1;
}

/* ---- Journal ---- */
int state_journal_add(struct state *state, const struct state_journal *entry)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_JOURNAL_ADD);

	state_bind_text(stmt, ":item", entry->item);
	state_bind_text(stmt, ":name", entry->name);
	state_bind_text(stmt, ":kept", entry->kept);
	state_bind_text(stmt, ":lost", entry->lost);
	state_bind_int(stmt, ":whole", entry->whole);
	state_bind_int(stmt, ":at", entry->at);
	if (state_run(state, stmt) != 0)
		return -1;
	stmt = state_stmt(state, STATE_JOURNAL_TRIM);
	state_bind_int(stmt, ":max", STATE_JOURNAL_MAX);
	return state_run(state, stmt);
}

static void read_journal(struct arena *arena, sqlite3_stmt *stmt, struct state_journal *entry)
{
	*entry = (struct state_journal){
		.id = sqlite3_column_int64(stmt, 0),
		.item = state_text(arena, stmt, 1),
		.name = state_text(arena, stmt, 2),
		.kept = state_text(arena, stmt, 3),
		.lost = state_text(arena, stmt, 4),
		.whole = sqlite3_column_int64(stmt, 5) != 0,
		.at = sqlite3_column_int64(stmt, 6),
	};
}

int state_journal_last(
	struct state *state, struct arena *arena, const char *item, struct state_journal *entry)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_JOURNAL_LAST);
	int result;

	state_bind_text(stmt, ":item", item);
	result = state_step(state, stmt);
	if (result == 1)
		read_journal(arena, stmt, entry);
	sqlite3_reset(stmt);
	return arena_failed(arena) ? -1 : result;
}

int state_journal_removed(
	struct state *state, struct arena *arena, state_journal_row *row, void *context)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_JOURNAL_REMOVED);
	int result;

	while ((result = state_step(state, stmt)) == 1) {
		struct state_journal entry;

		read_journal(arena, stmt, &entry);
		if (arena_failed(arena) || row(context, &entry) != 0)
			break;
	}
	sqlite3_reset(stmt);
	return result < 0 || arena_failed(arena) ? -1 : 0;
}

int state_journal_pass(struct state *state, const char *item)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_JOURNAL_PASS);

	state_bind_text(stmt, ":item", item);
	return state_run(state, stmt);
}

int state_journal_done(struct state *state, int64_t id)
{
	sqlite3_stmt *stmt = state_stmt(state, STATE_JOURNAL_DONE);

	state_bind_int(stmt, ":id", id);
	return state_run(state, stmt);
}
