/* Counting pushes, and gathering those over the limit; see gather.h. */
#include "component/gather.h"

#include "common/arena.h"
#include "component/feature.h"
#include "component/push.h"
#include "component/window.h"

#define DAY_S 86400

/* The same to one who is told, and was told so much. */
static int count(const struct rules *rules, int64_t holder, struct store_told *told, int64_t now,
	bool *gathered)
{
	bool is_over;

	/* Those that wait are told of before a new day is counted. */
	if (told->summary_at != 0) {
		*gathered = true;
		return 0;
	}
	/* A day that is yet to come is of a clock that was wrong. */
	is_over = now - told->since >= DAY_S || told->since > now;
	if (is_over)
		*told = (struct store_told){.since = now};
	if (told->count >= (int64_t)rules->settings->limits.push_per_holder) {
		*gathered = true;
		told->summary_at = told->since + DAY_S;
		return store_told_put(rules->store, holder, told) == STORE_OK ? 0 : -1;
	}
	told->count++;
	return store_told_count(rules->store, holder, told) == STORE_OK ? 0 : -1;
}

int gather_count(const struct rules *rules, int64_t holder, int64_t now, bool *gathered)
{
	struct store_told told;

	*gathered = false;
	switch (rules_pushes(rules, holder)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO: /* nothing is told, nor later */
		return 0;
	case VERDICT_ERROR:
		return -1;
	}
	if (store_told_get(rules->store, holder, &told) != STORE_OK)
		return -1;
	return count(rules, holder, &told, now, gathered);
}

int gather_count_holder(
	const struct rules *rules, struct store_holder *holder, int64_t now, bool *gathered)
{
	*gathered = false;
	if (!rules_holder_pushes(rules, holder))
		return 0;
	return count(rules, holder->account.id, &holder->told, now, gathered);
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

enum store_result gather_told(
	const struct rules *rules, int64_t holder, int64_t newest, bool is_said, int64_t now)
{
	struct store_told told = {.since = now, .count = is_said};
	bool more;

	if (store_gathered_clear(rules->store, holder, newest, &more) != STORE_OK)
		return STORE_ERROR;
	told.summary_at = more ? now + DAY_S : 0;
	return store_told_put(rules->store, holder, &told);
}

/* ---- On their way ---- */

/* One that nobody wants to hear counts as told. -1: the store failed. */
static int say(struct told_queue *queue, struct service *service, struct window *window,
	struct arena *arena, const struct store_account *holder, int64_t now)
{
	struct gather_summary summary;
	char id[PUSH_ID_SIZE];
	struct xml *message;

	if (gather_look(&service->rules, holder, &summary) != STORE_OK)
		return -1;
	if (is_empty(&summary.what) || window_is_paused(window, holder->jid))
		return gather_told(&service->rules, holder->id, summary.what.newest,
			       !is_empty(&summary.what), now) == STORE_OK
			       ? 0
			       : -1;
	push_id(id, service->key, summary.what.newest);
	message = push_summary(arena, service->settings->jid, id, &summary);
	if (message == NULL)
		return -1;
	service->send(service, message);
	window_add(window, id, NULL);
	told_queue_add(queue, (struct told){.account = holder->id, .mark = summary.what.newest});
	return 0;
}

int gather_send(struct told_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more)
{
	struct store_account due[TOLD_A_WINDOW];
	size_t count, i;

	*more = queue->count > 0;
	if (queue->count > 0 || !window_is_open(window))
		return 0;
	arena_reset(arena);
	if (store_summary_list(service->store, arena, now, due, TOLD_A_WINDOW, &count) != STORE_OK)
		return -1;
	for (i = 0; i < count && window_left(window) > 0; i++) {
		if (say(queue, service, window, arena, &due[i], now) != 0)
			return -1;
	}
	*more = i < count || count == TOLD_A_WINDOW;
	return 0;
}

struct storing {
	const struct rules *rules;
	struct arena *arena;
	int64_t now;
};

static int store_told(void *context, const struct told *told)
{
	struct storing *storing = context;
	struct store_account holder;
	enum store_result result =
		store_account_by_id(storing->rules->store, storing->arena, told->account, &holder);

	/* Who left meanwhile has nothing gathered. */
	if (result == STORE_OK && holder.closed_at == 0)
		result = gather_told(storing->rules, holder.id, told->mark, true, storing->now);
	return result == STORE_ERROR ? -1 : 0;
}

int gather_store(
	struct told_queue *queue, const struct rules *rules, struct arena *arena, int64_t now)
{
	struct storing storing = {rules, arena, now};

	return told_queue_store(queue, store_told, &storing);
}
