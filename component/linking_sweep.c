/* Looking through address books: see linking_sweep.h. */
#include "component/linking_sweep.h"

#include "common/arena.h"
#include "common/xml.h"
#include "component/gather.h"
#include "component/keyed.h"
#include "component/linking.h"
#include "component/window.h"

#define DAY_S 86400
#define AGAIN_S (30 * DAY_S) /* from one look through the whole of a book to the next */
#define QUIET_S 60	     /* in which nothing was stored, before it is told what was found */
#define LOW_S 600	     /* until there are a few searches again */
#define STEPS_A_TURN 8	     /* each of one book */
#define LOOKS_A_TURN 32	     /* contacts without a link: requests of others wait meanwhile */
#define CONTACTS_A_STEP 32   /* whose cards are in memory */

/* A book that is looked through. */
struct look {
	struct service *service;
	struct window *window;
	struct arena *arena;   /* of this step, */
	struct arena *scratch; /* and of one contact */
	int64_t now;
	struct store_sweep row;
	struct store_account holder;
	size_t looks_left;
	bool is_low; /* there are too few searches left in all */
};

enum store_result linking_sweep_due(const struct rules *rules, int64_t account, int64_t now)
{
	return store_sweep_due(rules->store, account, now + QUIET_S);
}

enum store_result linking_sweep_anew(const struct rules *rules, int64_t account, int64_t now)
{
	return store_sweep_anew(rules->store, account, now);
}

/* ---- Telling ---- */

struct open {
	struct look *look;
	size_t count;	  /* that something is left of */
	const char *text; /* of the newest, with its token and id */
	const char *token;
	int64_t id;
	bool has_failed;
};

static int add_open(void *context, const struct store_matter *matter)
{
	struct open *open = context;
	struct look *look = open->look;
	const char *text;

	arena_reset(look->scratch);
	if (linking_text(&look->service->rules, look->scratch, matter, &text)) {
		open->has_failed = true;
		return 1;
	}
	if (!text)
		return 0;
	if (open->count++ == 0) {
		open->text = arena_strdup(look->arena, text);
		open->token = matter->token;
		open->id = matter->id;
	}
	return 0;
}

static int send(struct look *look, const struct open *open)
{
	const char *jid = look->service->settings->jid;
	struct xml *message;
	char id[KEYED_SIZE];

	keyed_id(id, look->service->key, "linking", open->id, 0);
	if (open->count == 1)
		message = linking_message(
			look->arena, jid, look->holder.jid, id, open->text, open->token);
	else
		message = linking_summary(look->arena, jid, look->holder.jid, id, open->count);
	if (arena_failed(look->arena))
		return -1;
	look->service->send(look->service, message);
	window_add(look->window, id, NULL);
	return 0;
}

/* Tells what was found, unless the owner wants no words, or had too many today, or takes none. */
static int tell(struct look *look)
{
	const struct rules *rules = &look->service->rules;
	struct open open = {.look = look};
	bool is_later = window_is_paused(look->window, look->holder.jid);

	if (store_matter_list_kind(rules->store, look->arena, look->holder.id, MATTER_LINK,
		    look->now, LINKING_OPEN_MAX, add_open, &open) != STORE_OK ||
		open.has_failed)
		return -1;
	switch (rules_pushes(rules, look->holder.id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		open.count = 0;
		break;
	case VERDICT_ERROR:
		return -1;
	}
	if (open.count > 0 && !is_later &&
		gather_count(rules, look->holder.id, look->now, &is_later))
		return -1;
	if (open.count > 0 && is_later) {
		look->row.found_at = look->now;
		if (look->row.next_at > look->now + DAY_S)
			look->row.next_at = look->now + DAY_S;
		return 0;
	}
	look->row.found_at = 0;
	return open.count > 0 ? send(look, &open) : 0;
}

/* ---- Looking ---- */

/* False: the contact is to be looked at later, and with it what follows. */
static bool consider(struct look *look, const struct store_contact *contact, int *result)
{
	look->looks_left--;
	arena_reset(look->scratch);
	switch (linking_consider(
		&look->service->rules, look->scratch, &look->holder, contact, look->now)) {
	case LINKING_NOTHING:
		return true;
	case LINKING_PROPOSED:
		if (look->row.found_at == 0)
			look->row.found_at = look->now;
		return true;
	case LINKING_FULL: /* for a day, or an answer */
		look->row.next_at = look->now + DAY_S;
		*result = look->row.found_at != 0 ? tell(look) : 0;
		return false;
	case LINKING_LOW:
		look->row.next_at = look->now + LOW_S;
		return false;
	case LINKING_LOW_IN_ALL:
		look->is_low = true;
		return false;
	case LINKING_ERROR:
		*result = -1;
		break;
	}
	return false;
}

/* The end of the book is reached; changed_at: of the newest contact looked at. */
static int end(struct look *look, int64_t changed_at)
{
	if (changed_at <= look->now && look->now - changed_at < QUIET_S) {
		look->row.next_at = changed_at + QUIET_S;
		return 0;
	}
	look->row.next_at = look->row.again_at;
	return look->row.found_at != 0 ? tell(look) : 0;
}

static int look_on(struct look *look)
{
	struct store_contact contacts[CONTACTS_A_STEP];
	int64_t changed_at = 0;
	size_t count, done = 0;
	int result = 0;

	if (store_sweep_contacts(look->service->store, look->arena, look->row.account,
		    look->row.done, contacts, CONTACTS_A_STEP, &count) != STORE_OK)
		return -1;
	for (; done < count && look->looks_left > 0; done++) {
		if (contacts[done].subject == 0) {
			if (!consider(look, &contacts[done], &result))
				break;
			changed_at = contacts[done].changed_at;
		}
		look->row.done = contacts[done].version;
	}
	if (result == 0 && done == count && count < CONTACTS_A_STEP)
		result = end(look, changed_at);
	if (result == 0 && look->row.found_at != 0 &&
		(look->now - look->row.found_at >= DAY_S || look->row.found_at > look->now))
		result = tell(look);
	return result;
}

/* One that is there for somebody whose cards follow nothing, or who isn't served any more, waits.
 */
static enum verdict is_wanted(const struct look *look)
{
	int updates = rules_setting(&look->service->rules, look->holder.id, SETTING_UPDATES);

	if (updates < 0)
		return VERDICT_ERROR;
	return updates != UPDATES_NEVER &&
			       settings_serves(look->service->settings, look->holder.jid)
		       ? VERDICT_YES
		       : VERDICT_NO;
}

static int step(struct look *look)
{
	int result = 0;

	arena_reset(look->arena);
	if (store_account_by_id(look->service->store, look->arena, look->row.account,
		    &look->holder) != STORE_OK)
		return -1;
	if (look->row.again_at <= look->now || look->row.again_at > look->now + AGAIN_S) {
		look->row.again_at = look->now + AGAIN_S;
		if (look->now - look->holder.seen_at < AGAIN_S)
			look->row.done = 0;
	}
	switch (is_wanted(look)) {
	case VERDICT_YES:
		result = look_on(look);
		break;
	case VERDICT_NO:
		look->row.next_at = look->row.again_at;
		look->row.found_at = 0;
		break;
	case VERDICT_ERROR:
		return -1;
	}
	if (result == 0 && store_sweep_put(look->service->store, &look->row) != STORE_OK)
		result = -1;
	return result;
}

int linking_sweep(struct service *service, struct window *window, struct arena *arena, int64_t now,
	bool *more)
{
	struct look look = {.service = service,
		.window = window,
		.arena = arena,
		.scratch = arena_new(0),
		.now = now,
		.looks_left = LOOKS_A_TURN};
	enum store_result found = STORE_OK;
	int result = look.scratch ? 0 : -1;

	for (int i = 0; i < STEPS_A_TURN && result == 0 && look.looks_left > 0 && !look.is_low &&
			window_is_open(window) && window_left(window) > 0;
		i++) {
		found = store_sweep_first(service->store, now, &look.row);
		if (found == STORE_NONE)
			break;
		result = found == STORE_OK ? step(&look) : -1;
	}
	/* Where the window is full, an answer of the server's is waited for. */
	*more = found == STORE_OK && !look.is_low && window_is_open(window);
	arena_free(look.scratch);
	return result;
}
