/* Counting pushes, and gathering those over the limit; see gather.h. */
#include "component/gather.h"

#include "common/arena.h"
#include "component/feature.h"
#include "component/push.h"
#include "component/window.h"

#define DAY_S 86400
#define SUMMARIES_A_TURN 64

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

enum store_result gather_take(
	const struct rules *rules, struct arena *arena, int64_t now, struct gather_summary *summary)
{
	struct store_account holder;
	enum store_result result = store_summary_due(rules->store, arena, now, &holder);

	if (result != STORE_OK)
		return result;
	summary->holder = holder.jid;
	if (store_gathered_take(rules->store, holder.id, &summary->what) != STORE_OK)
		return STORE_ERROR;
	holder.told_since = now;
	holder.summary_at = 0;
	switch (rules_pushes(rules, holder.id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		summary->what = (struct store_gathered){0};
		break;
	case VERDICT_ERROR:
		return STORE_ERROR;
	}
	holder.told = !is_empty(&summary->what);
	return store_told_put(rules->store, &holder);
}

int gather_send(struct service *service, struct window *window, struct arena *arena, int64_t now,
	bool *more)
{
	struct gather_summary summary;
	char id[PUSH_ID_SIZE];
	struct xml *message;

	*more = false;
	for (int i = 0; i < SUMMARIES_A_TURN; i++) {
		if (!window_is_open(window) || window_left(window) == 0)
			return 0;
		arena_reset(arena);
		switch (gather_take(&service->rules, arena, now, &summary)) {
		case STORE_OK:
			break;
		case STORE_NONE:
			return 0;
		case STORE_ERROR:
			return -1;
		}
		if (is_empty(&summary.what) || window_is_paused(window, summary.holder))
			continue;
		push_id(id, service->key, summary.what.newest);
		message = push_summary(arena, service->settings->jid, id, &summary);
		if (message == NULL)
			return -1;
		service->send(service, message);
		window_add(window, id, NULL);
	}
	*more = true;
	return 0;
}
