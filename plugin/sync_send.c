/* Sync: merging both sides, and sending what the service lacks. XEP-0060, 7.1 and 7.2. */
#include "config.h"

#include "plugin/sync_run.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/client.h"
#include "plugin/reconcile.h"
#include "plugin/request.h"
#include "plugin/stanza.h"

#define IN_FLIGHT_MAX 8 /* publications that wait for their answer */
#define ROUNDS_MAX 4	/* readings in a run: somebody else may be changing the book all the time */
#define AGAIN_S 300	/* after which a service that took no more is asked again */
#define TOLD_MIN 100	/* contacts of a book, whose sync is told on the way */

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
	sync_advance(kith);
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
void sync_advance(struct kith *kith)
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
		sync_finish(kith, sync->failure);
	else if (sync->sent_in_round > 0 && sync->rounds < ROUNDS_MAX)
		sync_pull(kith); /* brings our own events too, and what the service made of them */
	else
		sync_finish(kith,
			reconcile_has_failed(sync->reconcile) ? "the book can't be written" : NULL);
}
