/* Fan-out: headlines and pushes of all runs in turns, and what the server took or sent back of
 * them; see fanout.h. */
#include "component/fanout_runs.h"

#include "common/arena.h"
#include "component/dormant_ask.h"
#include "component/feature.h"
#include "component/gather.h"
#include "component/linking_sweep.h"
#include "component/push.h"
#include "component/run.h"
#include "component/tally.h"
#include "component/window.h"

#define PUSHES_A_STEP 16   /* of one run before the next has its turn */
#define PUSHES_A_TURN 256  /* rows looked at before requests have theirs */
#define PUSH_OVERHEAD 2048 /* about what headline and push need besides the card */

/* ---- Headlines and pushes ---- */

/* What one call sends. */
struct sending {
	struct fanout *fanout;
	struct active *run;
	size_t room_bytes, used_bytes;
	size_t rows;	  /* looked at, of this run in this step */
	size_t rows_left; /* that may be looked at in this turn */
	bool is_cut;	  /* the step ended before its rows did */
	bool has_failed;
};

static bool may_send(const struct sending *sending)
{
	return !sending->has_failed && sending->rows_left > 0 &&
	       sending->used_bytes < sending->room_bytes &&
	       window_left(sending->fanout->window) > 0;
}

/* As what a push counts that gets through. */
static struct store_counts counts_of(const struct run_push *push)
{
	struct store_counts counts = {0};

	if (push->is_offer)
		counts.offered = 1;
	else if (push->token)
		counts.asked = 1;
	else
		counts.reached = 1;
	return counts;
}

/* That one didn't, and as what it counts now. */
static void count_lost(
	struct store_counts *counts, const struct store_counts *was, int64_t *instead)
{
	counts->reached -= was->reached;
	counts->asked -= was->asked;
	counts->offered -= was->offered;
	++*instead;
}

/* The headline first: a client that syncs by it has the new card when the words come. */
static int send_push(
	const struct sending *sending, const struct run_push *push, struct store_counts *counts)
{
	struct fanout *fanout = sending->fanout;
	struct service *service = fanout->service;
	struct store_event event = {.version = push->version,
		.at = push->at,
		.item = push->item,
		.card = push->card,
		.card_len = push->card_len};
	struct window_push counted = {sending->run->account, push->change, counts_of(push)};
	char id[PUSH_ID_SIZE];
	struct xml *message;

	if (!push->token)
		service_book_changed(service, fanout->arena, push->holder, push->owner, &event);
	push_id(id, service->key, push->update);
	if (!push->quiet && window_is_paused(fanout->window, push->holder)) {
		count_lost(counts, &counted.counts, &counts->waiting);
	} else if (!push->quiet) {
		message =
			push_message(fanout->arena, service->settings->jid, id, push, fanout->now);
		if (message == NULL)
			return -1;
		service->send(service, message);
	}
	window_add(fanout->window, id, &counted);
	return 0;
}

static int push_row(void *context, const struct run_push *push)
{
	struct sending *sending = context;
	struct store_counts counts = {.pushed = 1};

	if (!may_send(sending)) {
		sending->is_cut = true;
		return 1;
	}
	sending->rows++;
	sending->rows_left--;
	if (!push->skip) {
		if (send_push(sending, push, &counts) != 0) {
			sending->has_failed = true;
			return 1;
		}
		sending->used_bytes += push->card_len + PUSH_OVERHEAD;
	}
	tally_add(sending->fanout->tally, sending->run->account, push->change, &counts, false);
	sending->run->sent = push->update;
	return 0;
}

/* All that the run has to push is out; where nothing is, no answer will come to end it. */
static void drained(struct active *run)
{
	run->has_due = false;
	if (run->cards_finished && run->sent == run->taken)
		run->must_settle = true;
}

static void send_due(struct sending *sending)
{
	struct fanout *fanout = sending->fanout;
	enum store_result result;

	while (may_send(sending) && (sending->run = fanout_next_run(fanout, &fanout->pushes_turn,
					     fanout_has_due)) != NULL) {
		sending->rows = 0;
		sending->is_cut = false;
		result = run_pushes(&fanout->service->rules, fanout->arena, sending->run->account,
			sending->run->sent, PUSHES_A_STEP, push_row, sending);
		arena_reset(fanout->arena);
		if (result == STORE_ERROR)
			sending->has_failed = true;
		else if (!sending->is_cut && sending->rows < PUSHES_A_STEP)
			drained(sending->run);
	}
}

/* All that was sent is with the server. */
static void taken(struct fanout *fanout)
{
	dormant_ask_taken(fanout->questions);
	for (size_t i = 0; i < fanout->count; i++) {
		struct active *run = &fanout->runs[i];

		if (run->sent > run->taken) {
			run->taken = run->sent;
			run->must_settle = true;
		}
	}
	tally_taken(fanout->tally);
	told_queue_taken(&fanout->reports.told);
	told_queue_taken(&fanout->summaries);
}

static int end_window(struct fanout *fanout, int64_t now_ms)
{
	const struct settings *settings = fanout->service->settings;
	struct xml *ping;

	if (window_sent(fanout->window) == 0) {
		taken(fanout); /* what was passed over needs no answer */
		return 0;
	}
	if (window_left(fanout->window) > 0 && fanout_has_any(fanout, fanout_has_due))
		return 0;
	ping = window_close(
		fanout->window, fanout->arena, settings->jid, settings->domains[0], now_ms);
	if (ping != NULL)
		fanout->service->send(fanout->service, ping);
	arena_reset(fanout->arena);
	return ping != NULL ? 0 : -1;
}

/* While the answer to the ping is waited for, nothing else goes out. */
static void ask_again(struct fanout *fanout, int64_t now_ms)
{
	struct service *service = fanout->service;
	struct xml *ping =
		window_ping_again(fanout->window, fanout->arena, service->settings->jid, now_ms);

	if (ping != NULL)
		service->send(service, ping);
	arena_reset(fanout->arena);
}

/* The turn was committed: what it ended or stored is behind us. */
static void committed(struct fanout *fanout)
{
	for (size_t i = fanout->count; i-- > 0;) {
		if (fanout->runs[i].is_over)
			fanout_drop(fanout, &fanout->runs[i]);
	}
	fanout->must_begin &= !fanout->has_begun;
	fanout->has_begun = false;
	tally_committed(fanout->tally);
	told_queue_committed(&fanout->reports.told);
	told_queue_committed(&fanout->summaries);
	dormant_ask_committed(fanout->questions);
}

int fanout_pushes(struct fanout *fanout, int64_t now_ms, size_t room_bytes)
{
	struct sending sending = {
		.fanout = fanout, .room_bytes = room_bytes, .rows_left = PUSHES_A_TURN};
	struct store *store = fanout->service->store;
	bool has_reports;

	committed(fanout);
	has_reports = report_queue_is_due(&fanout->reports, fanout->now);
	fanout->must_look = fanout->has_many = false;
	if (room_bytes > 0)
		ask_again(fanout, now_ms);
	if (!window_is_open(fanout->window) ||
		(fanout->count + window_sent(fanout->window) == 0 && !has_reports))
		return 0;
	fanout->must_look = true; /* after a failure, once the store has rested */
	if (room_bytes > 0 && (has_reports || fanout_has_any(fanout, fanout_has_due))) {
		if (store_look_begin(store) != STORE_OK)
			return -1;
		send_due(&sending);
		if (report_queue_send(&fanout->reports, fanout->service, fanout->window,
			    fanout->arena, fanout->now) != 0)
			sending.has_failed = true;
		arena_reset(fanout->arena);
		store_turn_rollback(store);
	}
	if (end_window(fanout, now_ms) != 0 || sending.has_failed)
		return -1;
	/* Where the socket took all at once, nothing but the next turn has it go on. */
	fanout->has_many = sending.rows_left == 0;
	fanout->must_look =
		fanout->has_many || (room_bytes > 0 && sending.used_bytes >= room_bytes);
	return 0;
}

int fanout_summaries(struct fanout *fanout, int64_t now, bool *more)
{
	return gather_send(
		&fanout->summaries, fanout->service, fanout->window, fanout->arena, now, more);
}

int fanout_questions(struct fanout *fanout, int64_t now, bool *more)
{
	return dormant_ask_work(
		fanout->questions, fanout->service, fanout->window, fanout->arena, now, more);
}

int fanout_proposals(struct fanout *fanout, int64_t now, bool *more)
{
	return linking_sweep(fanout->service, fanout->window, fanout->arena, now, more);
}

void fanout_seen(struct fanout *fanout, const struct xml *stanza)
{
	window_seen(fanout->window, stanza);
}

/* A bounce whose window is under way is counted with it. */
static void count_bounce(struct fanout *fanout, const struct window_bounce *bounce)
{
	struct store_counts counts = {0};

	if (bounce->push.account == 0)
		return;
	count_lost(
		&counts, &bounce->push.counts, bounce->is_full ? &counts.waiting : &counts.bounced);
	tally_add(fanout->tally, bounce->push.account, bounce->push.change, &counts,
		bounce->is_taken);
}

bool fanout_answer(struct fanout *fanout, const struct xml *stanza, int64_t now_ms)
{
	struct window_bounce bounce;

	switch (window_answer(fanout->window, stanza, now_ms, &bounce)) {
	case WINDOW_OTHER:
		return false;
	case WINDOW_TAKEN:
		taken(fanout);
		fanout->must_look = true;
		return true;
	case WINDOW_BOUNCED:
		count_bounce(fanout, &bounce);
		return true;
	}
	return false;
}
