/* Counting pushes, and gathering those over the limit; see gather.h. */
#include "component/gather.h"

#include "common/arena.h"
#include "component/feature.h"
#include "component/push.h"
#include "component/window.h"

#define DAY_S 86400

int gather_count(
	const struct rules *rules, struct store_account *holder, int64_t now, bool *gathered)
{
	bool is_over = now - holder->told_since >= DAY_S;

	*gathered = false;
	switch (rules_pushes(rules, holder->id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO: /* nothing is told, nor later */
		return 0;
	case VERDICT_ERROR:
		return -1;
	}
	/* Those that wait are told of before a new day is counted. */
	if (holder->summary_at != 0) {
		*gathered = true;
		return 0;
	}
	if (is_over) {
		holder->told_since = now;
		holder->told = 0;
	}
	if (holder->told >= (int64_t)rules->settings->limits.push_per_holder) {
		*gathered = true;
		holder->summary_at = holder->told_since + DAY_S;
	} else {
		holder->told++;
	}
	return store_told_put(rules->store, holder) == STORE_OK ? 0 : -1;
}

static bool is_empty(const struct store_gathered *what)
{
	return what->contacts + what->proposals + what->offers == 0;
}

enum store_result gather_look(const struct rules *rules, const struct store_account *holder,
	struct gather_summary *summary)
{
	summary->holder = holder->jid;
	if (store_gathered_get(rules->store, holder->id, &summary->what) != STORE_OK)
		return STORE_ERROR;
	switch (rules_pushes(rules, holder->id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		summary->what = (struct store_gathered){.newest = summary->what.newest};
		break;
	case VERDICT_ERROR:
		return STORE_ERROR;
	}
	return STORE_OK;
}

enum store_result gather_told(const struct rules *rules, const struct store_account *holder,
	const struct gather_summary *summary, int64_t now)
{
	struct store_account row = *holder;
	bool more;

	if (store_gathered_clear(rules->store, row.id, summary->what.newest, &more) != STORE_OK)
		return STORE_ERROR;
	row.told_since = now;
	row.told = !is_empty(&summary->what);
	row.summary_at = more ? now + DAY_S : 0;
	return store_told_put(rules->store, &row);
}

/* ---- On their way ---- */

/* One that nobody wants to hear counts as told. -1: the store failed. */
static int say(struct gather_queue *queue, struct service *service, struct window *window,
	struct arena *arena, const struct store_account *holder, int64_t now)
{
	struct gather_summary summary;
	char id[PUSH_ID_SIZE];
	struct xml *message;

	if (gather_look(&service->rules, holder, &summary) != STORE_OK)
		return -1;
	if (is_empty(&summary.what) || window_is_paused(window, holder->jid))
		return gather_told(&service->rules, holder, &summary, now) == STORE_OK ? 0 : -1;
	push_id(id, service->key, summary.what.newest);
	message = push_summary(arena, service->settings->jid, id, &summary);
	if (message == NULL)
		return -1;
	service->send(service, message);
	window_add(window, id, NULL);
	queue->sent[queue->count++] =
		(struct gather_sent){.account = holder->id, .what = summary.what};
	return 0;
}

int gather_send(struct gather_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more)
{
	struct store_account due[SUMMARIES_A_WINDOW];
	size_t count, i;

	*more = queue->count > 0;
	if (queue->count > 0 || !window_is_open(window))
		return 0;
	arena_reset(arena);
	if (store_summary_list(service->store, arena, now, due, SUMMARIES_A_WINDOW, &count) !=
		STORE_OK)
		return -1;
	for (i = 0; i < count && window_left(window) > 0; i++) {
		if (say(queue, service, window, arena, &due[i], now) != 0)
			return -1;
	}
	*more = i < count || count == SUMMARIES_A_WINDOW;
	return 0;
}

void gather_taken(struct gather_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		queue->sent[i].is_taken = queue->sent[i].is_sent;
}

static void drop(struct gather_queue *queue, bool (*is_over)(const struct gather_sent *sent))
{
	size_t kept = 0;

	for (size_t i = 0; i < queue->count; i++) {
		if (!is_over(&queue->sent[i]))
			queue->sent[kept++] = queue->sent[i];
	}
	queue->count = kept;
}

static bool is_lost(const struct gather_sent *sent)
{
	return !sent->is_taken;
}

void gather_cut(struct gather_queue *queue)
{
	drop(queue, is_lost);
}

bool gather_has(const struct gather_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++) {
		if (queue->sent[i].is_taken)
			return true;
	}
	return false;
}

int gather_store(
	struct gather_queue *queue, const struct rules *rules, struct arena *arena, int64_t now)
{
	for (size_t i = 0; i < queue->count; i++) {
		struct gather_sent *sent = &queue->sent[i];
		const struct gather_summary summary = {.what = sent->what};
		struct store_account holder;
		enum store_result result;

		if (!sent->is_taken)
			continue;
		result = store_account_by_id(rules->store, arena, sent->account, &holder);
		/* Who left meanwhile has nothing gathered. */
		if (result == STORE_OK && holder.closed_at == 0)
			result = gather_told(rules, &holder, &summary, now);
		if (result == STORE_ERROR)
			return -1;
		sent->is_stored = true;
	}
	return 0;
}

static bool is_stored(const struct gather_sent *sent)
{
	return sent->is_stored;
}

void gather_committed(struct gather_queue *queue)
{
	drop(queue, is_stored);
	for (size_t i = 0; i < queue->count; i++)
		queue->sent[i].is_sent = true;
}

static bool is_unsent(const struct gather_sent *sent)
{
	return !sent->is_sent;
}

void gather_rolled_back(struct gather_queue *queue)
{
	drop(queue, is_unsent);
	for (size_t i = 0; i < queue->count; i++)
		queue->sent[i].is_stored = false;
}
