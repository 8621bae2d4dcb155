/* Sync: the dialogue with the service. XEP-0313 v1.1 with XEP-0442 and XEP-0059; XEP-0060, 7.1
 * and 7.2. */
#include "config.h"

#include "plugin/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/page.h"
#include "plugin/reconcile.h"
#include "plugin/request.h"
#include "plugin/stanza.h"

#define PAGE_MAX 50	/* events a query asks for; the service gives no more */
#define IN_FLIGHT_MAX 8 /* publications that wait for their answer */
#define ROUNDS_MAX 4	/* readings in a run: somebody else may be changing the book all the time */
#define AGAIN_S 300	/* after which a service that took no more is asked again */
#define TOLD_MIN 100	/* contacts of a book, whose sync is told on the way */

struct waiter {
	struct waiter *next;
	struct job *job;
	sync_done *done;
	bool early; /* the run under way began before it asked */
};

struct sync {
	bool running;
	bool fresh;	  /* in step since the last completed run */
	bool due;	  /* a run is to begin */
	bool told;	  /* the host knows which entries can't be read */
	bool held;	  /* no due run begins */
	int64_t again_at; /* when one is due although nothing happened; 0: never */
	unsigned rounds;
	struct sync_counts counts;

	struct arena *arena; /* of a page, or of a step */
	char queryid[40];    /* of the query under way; "" none */
	struct page page;    /* that is coming in */

	struct reconcile *reconcile; /* of this round; NULL: it isn't that far */
	bool is_merged;		     /* it has looked at all contacts */
	bool is_stepping;	     /* its next step waits for sync_tick() */
	bool is_advancing;	     /* within advance() */
	int64_t told_at;	     /* how far it is */
	struct change *changes;	     /* of its last step, left to be sent */
	struct change *taken;	     /* of those, by the service */
	unsigned in_flight, sent_in_round;
	bool is_full;	     /* the service has no room for new contacts */
	char limit[200];     /* what it says of that */
	const char *failure; /* why the run can't go on; static or in arena */
	struct waiter *waiters;
};

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

static void finish(struct kith *kith, const char *why)
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

/* ---- Sending what the service lacks ---- */
static void pull(struct kith *kith);
static void advance(struct kith *kith);

/* XEP-0060, 7.1.3.4. */
static bool is_full(const struct reply *reply)
{
	return xml_child(xml_child(reply->iq, NULL, "error"), NS_PUBSUB_ERRORS, "node-full");
}

static void tell_refused(struct kith *kith, const struct change *change, const char *why)
{
	struct event event;

	event_init(&event, KITH_EVENT_SKIPPED);
	event_add(&event, "file", change->agreed.file ? change->agreed.file : change->item);
	event_add(&event, "text", why);
	client_tell(kith, NULL, &event);
}

static void pushed(void *context, struct kith *kith, const struct reply *reply)
{
	struct change *change = context;
	struct sync *sync = kith->sync;
	bool gone = !change->card && reply->kind == REPLY_ERROR &&
		    strcmp(reply->condition, "item-not-found") == 0;

	sync->in_flight--;
	if (reply->kind == REPLY_RESULT || gone) {
		sync->counts.sent++;
		sync->sent_in_round++;
		change->next = sync->taken;
		sync->taken = change;
	} else if (reply->kind == REPLY_ERROR && change->is_new && is_full(reply)) {
		/* So it would be for all new ones that follow; the others go on. */
		sync->is_full = true;
		sync->counts.left_out++;
		snprintf(sync->limit, sizeof(sync->limit), "%s", reply->text);
	} else if (reply->kind == REPLY_ERROR &&
		   strcmp(reply->condition, "resource-constraint") == 0) {
		/* Too much at once: so would be all that follows. A later run goes on from here. */
		sync->failure = arena_strdup(sync->arena, reply->text);
		sync->counts.is_limited = true;
		if (!kith->on_demand)
			sync->again_at = client_now(kith) + AGAIN_S;
	} else if (reply->kind == REPLY_ERROR) {
		/* Its base stays as it was: the next run tries again. */
		tell_refused(kith, change, reply->text);
	} else {
		sync->failure = arena_strdup(sync->arena, reply->text);
	}
	advance(kith);
}

/* What the service has taken, in one transaction; were it lost, the next run would find both sides
 * as they are. */
static void note_taken(struct kith *kith)
{
	struct sync *sync = kith->sync;
	bool is_open = state_begin(kith->state) == 0;
	int result = is_open ? 0 : -1;

	for (; sync->taken && result == 0; sync->taken = sync->taken->next)
		result = sync->taken->card ? state_item_agree(kith->state, &sync->taken->agreed)
					   : state_item_remove(kith->state, sync->taken->item);
	if (is_open && state_end(kith->state, result == 0) != 0)
		result = -1;
	if (result != 0)
		sync->failure = "the state can't be written";
	sync->taken = NULL;
}

static void send_changes(struct kith *kith)
{
	struct sync *sync = kith->sync;

	while (sync->running && sync->changes && !sync->failure &&
		sync->in_flight < IN_FLIGHT_MAX) {
		struct change *change = sync->changes;
		const char *id = client_new_id(kith);

		sync->changes = change->next;
		if (change->is_new && sync->is_full) {
			sync->counts.left_out++;
			continue;
		}
		sync->in_flight++;
		request_send(kith,
			change->card ? stanza_publish(kith->scratch, kith->service, id,
					       NODE_CONTACTS, change->item, change->card)
				     : stanza_retract(kith->scratch, kith->service, id,
					       NODE_CONTACTS, change->item),
			pushed, change);
	}
}

static void tell_progress(struct kith *kith)
{
	struct sync *sync = kith->sync;
	size_t done, total;
	struct event event;

	reconcile_progress(sync->reconcile, &done, &total);
	if (total < TOLD_MIN || client_now(kith) == sync->told_at)
		return;
	sync->told_at = client_now(kith);
	event_init(&event, KITH_EVENT_PROGRESS);
	event_add(&event, "what", "sync");
	event_add(&event, "done", arena_printf(kith->scratch, "%zu", done));
	event_add(&event, "percent", arena_printf(kith->scratch, "%zu", 100 * done / total));
	client_tell(kith, NULL, &event);
}

/* The next contacts, of which all that were to be sent have been. */
static void step(struct kith *kith)
{
	struct sync *sync = kith->sync;
	int result;

	arena_reset(sync->arena);
	sync->failure = NULL;
	result = reconcile_step(
		sync->reconcile, sync->arena, &sync->changes, &sync->counts.received);
	if (result > 0) {
		tell_progress(kith);
		return;
	}
	sync->is_merged = true;
	if (result == 0) {
		sync->told = true;
	} else {
		sync->changes = NULL;
		sync->failure = "book or state can't be written";
	}
}

/* Sends, and goes on with the pass when all is answered, as long as there is time. */
static void advance(struct kith *kith)
{
	struct sync *sync = kith->sync;

	if (sync->is_advancing) /* an answer came within the sending, which goes on from there */
		return;
	sync->is_advancing = true;
	for (;;) {
		send_changes(kith);
		if (!sync->running || sync->in_flight > 0)
			break;
		if (sync->taken)
			note_taken(kith);
		if (sync->failure || sync->is_merged)
			break;
		sync->is_stepping = client_is_late(kith);
		if (sync->is_stepping)
			break;
		step(kith);
	}
	sync->is_advancing = false;
	if (!sync->running || sync->in_flight > 0 || sync->is_stepping)
		return;
	if (sync->failure)
		finish(kith, sync->failure);
	else if (sync->sent_in_round > 0 && sync->rounds < ROUNDS_MAX)
		pull(kith); /* brings our own events too, and what the service made of them */
	else
		finish(kith, NULL);
}

/* ---- Reading what happened ---- */
static void pulled(void *context, struct kith *kith, const struct reply *reply);

/* A new round. */
static void pull_page(struct kith *kith)
{
	struct sync *sync = kith->sync;
	const char *id = client_new_id(kith);

	arena_reset(sync->arena);
	if (!id || page_begin(&sync->page, kith->state, sync->arena) != 0) {
		finish(kith, "the state can't be read");
		return;
	}
	snprintf(sync->queryid, sizeof(sync->queryid), "%s", id);
	request_send(kith,
		stanza_query(kith->scratch, kith->service, id, NODE_CONTACTS, sync->queryid,
			sync->page.position, PAGE_MAX),
		pulled, sync);
}

static void pull(struct kith *kith)
{
	struct sync *sync = kith->sync;

	reconcile_free(sync->reconcile);
	sync->reconcile = NULL;
	sync->is_merged = false;
	sync->changes = sync->taken = NULL;
	sync->counts.left_out = 0;
	sync->sent_in_round = 0;
	sync->failure = NULL;
	sync->rounds++;
	pull_page(kith);
}

bool sync_result(struct kith *kith, const struct xml *message)
{
	struct sync *sync = kith->sync;
	const struct xml *result = xml_child(message, NS_MAM, "result");
	const char *queryid = xml_get(result, "queryid");

	if (!queryid || !sync->queryid[0] || strcmp(queryid, sync->queryid) != 0)
		return false;
	page_add(&sync->page, result);
	return true;
}

/* All pages are there. */
static void merge(struct kith *kith)
{
	struct sync *sync = kith->sync;
	int swept;

	sync->queryid[0] = '\0';
	if (state_begin(kith->state) != 0) {
		finish(kith, "the state is in use");
		return;
	}
	swept = state_sweep_end(kith->state, client_now(kith));
	if (state_end(kith->state, swept == 0) != 0 || swept != 0) {
		finish(kith, "the state can't be written");
		return;
	}
	sync->reconcile = reconcile_new(kith, sync->told);
	if (sync->reconcile)
		advance(kith);
	else
		finish(kith, "book or state can't be read");
}

/* The position is too old, or of another book: everything anew (design: section 3, "sync"). */
static int begin_anew(struct kith *kith)
{
	int result;

	if (state_begin(kith->state) != 0)
		return -1;
	result = state_sweep_begin(kith->state) == 0 && state_set_position(kith->state, NULL) == 0
			 ? 0
			 : -1;
	return state_end(kith->state, result == 0) == 0 ? result : -1;
}

static void pulled(void *context, struct kith *kith, const struct reply *reply)
{
	struct sync *sync = context;
	const struct xml *fin = xml_child(reply->iq, NS_MAM, "fin");

	if (reply->kind == REPLY_ERROR && strcmp(reply->condition, "item-not-found") == 0 &&
		sync->page.position) {
		if (begin_anew(kith) == 0)
			pull_page(kith);
		else
			finish(kith, "the state can't be written");
	} else if (reply->kind != REPLY_RESULT || !fin) {
		finish(kith, reply->kind != REPLY_RESULT ? reply->text : "a strange answer");
	} else if (!page_is_whole(&sync->page, fin)) {
		finish(kith, "a part of the answer was lost");
	} else if (page_store(&sync->page, kith->state, client_now(kith)) != 0) {
		finish(kith, "the state can't be written");
	} else if (page_has_next(&sync->page, fin)) {
		pull_page(kith);
	} else {
		merge(kith);
	}
}

/* ---- When to run ---- */
static void start(struct kith *kith)
{
	struct sync *sync = kith->sync;

	sync->running = true;
	sync->due = false;
	sync->fresh = false;
	sync->again_at = 0;
	sync->rounds = 0;
	sync->counts = (struct sync_counts){0};
	sync->in_flight = 0;
	sync->is_full = false;
	for (struct waiter *waiter = sync->waiters; waiter; waiter = waiter->next)
		waiter->early = false;
	pull(kith);
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
		advance(kith);
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
