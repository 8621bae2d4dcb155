/* Sync: reading what happened on the service. XEP-0313 v1.1 with XEP-0442 and XEP-0059. */
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

#define PAGES_MAX 30000 /* of a run: a book of a million and a half, or a service that never ends  \
			 */

static void pulled(void *context, struct kith *kith, const struct reply *reply);

/* A new round. */
static void pull_page(struct kith *kith)
{
	struct sync *sync = kith->sync;
	const char *id = client_new_id(kith);

	arena_reset(sync->arena);
	if (!id || page_begin(&sync->page, kith->state, sync->arena) != 0) {
		sync_finish(kith, "the state can't be read");
		return;
	}
	snprintf(sync->queryid, sizeof(sync->queryid), "%s", id);
	request_send(kith,
		stanza_query(kith->scratch, kith->service, id, NODE_CONTACTS, sync->queryid,
			sync->page.position, PAGE_MAX),
		pulled, sync);
}

void sync_pull(struct kith *kith)
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
		sync_finish(kith, "the state is in use");
		return;
	}
	swept = state_sweep_end(kith->state, client_now(kith));
	if (state_end(kith->state, swept == 0) != 0 || swept != 0) {
		sync_finish(kith, "the state can't be written");
		return;
	}
	sync->reconcile = reconcile_new(kith, sync->told);
	if (sync->reconcile)
		sync_advance(kith);
	else
		sync_finish(kith, "book or state can't be read");
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
	const char *fault = fin ? page_fault(&sync->page, fin) : "a strange answer";

	if (reply->kind == REPLY_ERROR && strcmp(reply->condition, "item-not-found") == 0 &&
		sync->page.position && !sync->is_anew) {
		sync->is_anew = true;
		if (begin_anew(kith) == 0)
			pull_page(kith);
		else
			sync_finish(kith, "the state can't be written");
	} else if (reply->kind != REPLY_RESULT || fault) {
		sync_finish(kith, reply->kind != REPLY_RESULT ? reply->text : fault);
	} else if (++sync->pages > PAGES_MAX) {
		sync_finish(kith, "the address book on the service has no end");
	} else if (page_store(&sync->page, kith->state, client_now(kith)) != 0) {
		sync_finish(kith, "the state can't be written");
	} else if (page_has_next(&sync->page, fin)) {
		pull_page(kith);
	} else {
		merge(kith);
	}
}
