/* Reports on their way; see report_send.h. */
#include "component/report_send.h"

#include "common/arena.h"
#include "component/feature.h"
#include "component/keyed.h"
#include "component/report.h"
#include "component/window.h"

void report_queue_wake(struct report_queue *queue)
{
	queue->is_stale = true;
	queue->due_at = 0;
}

bool report_queue_is_due(const struct report_queue *queue, int64_t now)
{
	return queue->is_stale && queue->told.count == 0 &&
	       (now >= queue->due_at || queue->due_at > now + REPORT_AFTER_S);
}

/* *is_said: it went out; else it counts as told, since nobody wants to hear it. -1: the store
 * failed. */
static int say(struct service *service, struct window *window, struct arena *arena,
	const struct store_report *report, bool *is_said)
{
	struct store_account owner;
	struct xml *message;
	const char *what;
	char id[KEYED_SIZE];

	*is_said = false;
	if (store_account_by_id(service->store, arena, report->account, &owner) != STORE_OK)
		return -1;
	switch (rules_pushes(&service->rules, owner.id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		return 0;
	case VERDICT_ERROR:
		return -1;
	}
	if (window_is_paused(window, owner.jid))
		return 0;
	if (report_what(service->store, arena, owner.id, report->version, &what) == STORE_ERROR)
		return -1;
	keyed_id(id, service->key, "report", report->account, report->version);
	message = report_message(arena, service->settings->jid, owner.jid, id, report, what);
	if (message == NULL)
		return -1;
	service->send(service, message);
	window_add(window, id, NULL);
	*is_said = true;
	return 0;
}

int report_queue_send(struct report_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now)
{
	struct store_report due[TOLD_A_WINDOW];
	size_t count;

	if (!report_queue_is_due(queue, now))
		return 0;
	if (store_report_due(service->store, due, TOLD_A_WINDOW, &count) != STORE_OK)
		return -1;
	queue->is_stale = count > 0;
	for (size_t i = 0; i < count && window_left(window) > 0; i++) {
		bool is_said;

		queue->due_at = due[i].ended_at + REPORT_AFTER_S;
		if (!report_is_ready(&due[i], now))
			break;
		arena_reset(arena);
		if (say(service, window, arena, &due[i], &is_said) != 0)
			return -1;
		told_queue_add(&queue->told, (struct told){.account = due[i].account,
						     .mark = due[i].version,
						     .is_sent = true,
						     .is_taken = !is_said});
	}
	return 0;
}

static int store_told(void *context, const struct told *told)
{
	struct service *service = context;

	return store_report_told(service->store, told->account, told->mark) == STORE_OK ? 0 : -1;
}

int report_queue_store(struct report_queue *queue, struct service *service)
{
	return told_queue_store(&queue->told, store_told, service);
}
