/* Sync: its runs, when they begin and who waits for them. */
#include "config.h"

#include "plugin/sync.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/reconcile.h"
#include "plugin/sync_run.h"

struct sync *sync_new(void)
{
	struct sync *sync = calloc(1, sizeof(*sync));

	if (!sync || !(sync->arena = arena_new(0))) {
		free(sync);
		return NULL;
	}
	return sync;
}

void sync_free(struct sync *sync)
{
	if (!sync)
		return;
	while (sync->waiters) {
		struct waiter *waiter = sync->waiters;

		sync->waiters = waiter->next;
		free(waiter);
	}
	reconcile_free(sync->reconcile);
	arena_free(sync->arena);
	free(sync);
}

void sync_counts(const struct kith *kith, struct sync_counts *counts)
{
	*counts = kith->sync->counts;
}

/* ---- The end of a run ---- */
static void start(struct kith *kith);

void sync_tell(struct kith *kith, struct job *job)
{
	const struct sync_counts *counts = &kith->sync->counts;
	struct event event;

	event_init(&event, KITH_EVENT_SYNCED);
	event_add(&event, "received", arena_printf(kith->scratch, "%u", counts->received));
	event_add(&event, "sent", arena_printf(kith->scratch, "%u", counts->sent));
	client_tell(kith, job, &event);
}

static void tell_left_out(struct kith *kith)
{
	struct event event;

	event_init(&event, KITH_EVENT_NOTE);
	event_add(&event, "text",
		arena_printf(kith->scratch,
			"The address book on the service is full: %s. %u of the local one are not "
			"in it.",
			kith->sync->limit, kith->sync->counts.left_out));
	client_tell(kith, NULL, &event);
}

void sync_finish(struct kith *kith, const char *why)
{
	struct sync *sync = kith->sync;
	struct waiter *waiters = sync->waiters, **at = &waiters;

	sync->running = sync->is_stepping = false;
	sync->queryid[0] = '\0';
	sync->fresh = !why && !sync->due;
	sync->waiters = NULL;
	if (why) {
		log_warn("sync: %s", why);
		why = arena_strdup(kith->scratch, why); /* a run that begins meanwhile frees it */
	}
	reconcile_free(sync->reconcile);
	sync->reconcile = NULL;
	/* What some want to see may have come after this run had looked: they wait for the next. */
	while (!why && *at) {
		struct waiter *waiter = *at;

		if (!waiter->early) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		waiter->next = sync->waiters;
		sync->waiters = waiter;
	}
	if (!why && sync->counts.received + sync->counts.sent > 0)
		sync_tell(kith, NULL);
	if (!why && sync->counts.left_out > 0)
		tell_left_out(kith);
	while (waiters) {
		struct waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->done(waiter->job, !why, why);
		free(waiter);
	}
	if (sync->waiters && !sync->running)
		start(kith);
}

/* ---- When to run ---- */
static void start(struct kith *kith)
{
	struct sync *sync = kith->sync;

	sync->running = true;
	sync->due = false;
	sync->fresh = false;
	sync->again_at = 0;
	sync->rounds = sync->pages = 0;
	sync->is_anew = false;
	sync->counts = (struct sync_counts){0};
	sync->in_flight = 0;
	sync->is_full = false;
	for (struct waiter *waiter = sync->waiters; waiter; waiter = waiter->next)
		waiter->early = false;
	sync_pull(kith);
}

void sync_ensure(struct kith *kith, struct job *job, bool force, sync_done *done)
{
	struct sync *sync = kith->sync;
	struct waiter *waiter;

	if (kith->phase != CLIENT_READY) {
		done(job, false, "there is no connection to an address book service");
		return;
	}
	if (sync->fresh && !force) {
		done(job, true, NULL);
		return;
	}
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter) {
		done(job, false, "out of memory");
		return;
	}
	waiter->job = job;
	waiter->done = done;
	waiter->early = force && sync->running;
	waiter->next = sync->waiters;
	sync->waiters = waiter;
	if (!sync->running)
		start(kith);
}

void sync_forget(struct kith *kith, const struct job *job)
{
	struct waiter **at = &kith->sync->waiters;

	while (*at) {
		struct waiter *waiter = *at;

		if (waiter->job != job) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		free(waiter);
	}
}

void sync_hint(struct kith *kith, const char *archive_id)
{
	const char *position = NULL;

	/* The echo of what we sent ourselves and have read back already. */
	if (archive_id && state_get_position(kith->state, kith->scratch, &position) == 0 &&
		position && strcmp(position, archive_id) == 0)
		return;
	kith->sync->fresh = false;
	if (!kith->on_demand)
		kith->sync->due = true;
}

void sync_tick(struct kith *kith)
{
	struct sync *sync = kith->sync;

	if (sync->is_stepping) {
		sync->is_stepping = false;
		sync_advance(kith);
	}
	if (sync->again_at != 0 && sync->again_at <= client_now(kith))
		sync->due = true;
	if (sync->due && !sync->held && !sync->running && kith->phase == CLIENT_READY)
		start(kith);
}

bool sync_is_working(const struct kith *kith)
{
	return kith->sync->is_stepping;
}

void sync_hold(struct kith *kith, bool hold)
{
	kith->sync->held = hold;
}

void sync_reset(struct kith *kith)
{
	kith->sync->fresh = false;
	kith->sync->due = !kith->on_demand;
}
