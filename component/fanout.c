/* Fan-out: cards, headlines and pushes of all runs, in turns; see fanout.h. */
#include "component/fanout.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/xml.h"
#include "component/dormant_ask.h"
#include "component/feature.h"
#include "component/gather.h"
#include "component/linking_sweep.h"
#include "component/push.h"
#include "component/report_send.h"
#include "component/run.h"
#include "component/tally.h"
#include "component/window.h"

#define RUNS_MAX 1024	   /* worked on at a time; the others wait in the store */
#define CARDS_A_STEP 64	   /* links looked at before the clock is */
#define PUSHES_A_STEP 16   /* of one run before the next has its turn */
#define PUSHES_A_TURN 256  /* rows looked at before requests have theirs */
#define PUSH_OVERHEAD 2048 /* about what headline and push need besides the card */

/* A run under way. What matters is in the store; this is what the stream adds to it. */
struct active {
	int64_t account;
	int64_t sent;  /* update id up to which this stream has the pushes */
	int64_t taken; /* update id up to which the server took them */
	bool cards_finished;
	bool has_due;	  /* there may be pushes behind `sent` */
	bool must_settle; /* `taken` is to be stored, or the run may be at its end */
	bool is_over;	  /* removed, in a turn that may yet be rolled back */
	bool is_listed;	  /* seen while listing */
};

struct fanout {
	struct service *service;
	struct window *window;
	struct dormant_ask *questions;
	struct tally *tally;
	struct report_queue reports;
	struct arena *arena; /* of one step */
	struct active runs[RUNS_MAX];
	size_t count, known; /* the first `known` are in order of account */
	size_t cards_turn, pushes_turn;
	int64_t now;	 /* seconds UTC, of the present turn */
	bool is_stale;	 /* the list is to be read again */
	bool has_others; /* the list had more than RUNS_MAX */
	bool must_look;	 /* pushes may be due that nothing but a turn is needed for */
};

struct fanout *fanout_new(struct service *service)
{
	struct fanout *fanout = calloc(1, sizeof(*fanout));

	if (fanout == NULL)
		return NULL;
	fanout->service = service;
	fanout->is_stale = true;
	report_queue_wake(&fanout->reports);
	fanout->window = window_new();
	fanout->questions = dormant_ask_new();
	fanout->tally = tally_new();
	fanout->arena = arena_new(0);
	if (fanout->window != NULL && fanout->questions != NULL && fanout->tally != NULL &&
		fanout->arena != NULL)
		return fanout;
	fanout_free(fanout);
	return NULL;
}

void fanout_free(struct fanout *fanout)
{
	if (fanout == NULL)
		return;
	window_free(fanout->window);
	dormant_ask_free(fanout->questions);
	tally_free(fanout->tally);
	arena_free(fanout->arena);
	free(fanout);
}

void fanout_up(struct fanout *fanout)
{
	window_up(fanout->window);
	fanout->must_look = true;
}

void fanout_down(struct fanout *fanout)
{
	window_down(fanout->window);
	dormant_ask_down(fanout->questions);
	tally_cut(fanout->tally);
	report_queue_cut(&fanout->reports);
	for (size_t i = 0; i < fanout->count; i++) {
		fanout->runs[i].sent = fanout->runs[i].taken;
		fanout->runs[i].has_due = true;
	}
}

void fanout_wake(struct fanout *fanout)
{
	fanout->is_stale = true;
	tally_rolled_back(fanout->tally);
	report_queue_rolled_back(&fanout->reports);
	for (size_t i = 0; i < fanout->count; i++) {
		fanout->runs[i].must_settle |= fanout->runs[i].is_over;
		fanout->runs[i].is_over = false;
	}
}

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- The list of runs ---- */

/* The next run after *turn for which is_wanted() holds; NULL: none. */
static struct active *next_run(
	struct fanout *fanout, size_t *turn, bool (*is_wanted)(const struct active *run))
{
	for (size_t i = 0; i < fanout->count; i++) {
		*turn = (*turn + 1) % fanout->count;
		if (is_wanted(&fanout->runs[*turn]))
			return &fanout->runs[*turn];
	}
	return NULL;
}

static bool has_cards(const struct active *run)
{
	return !run->cards_finished;
}

static bool has_due(const struct active *run)
{
	return run->has_due;
}

static bool must_settle(const struct active *run)
{
	return run->must_settle;
}

static bool has_any(const struct fanout *fanout, bool (*is_wanted)(const struct active *run))
{
	for (size_t i = 0; i < fanout->count; i++) {
		if (is_wanted(&fanout->runs[i]))
			return true;
	}
	return false;
}

static int by_account(const void *a, const void *b)
{
	int64_t left = ((const struct active *)a)->account,
		right = ((const struct active *)b)->account;

	return (left > right) - (left < right);
}

static void list_row(void *context, const struct store_run *row)
{
	struct fanout *fanout = context;
	struct active key = {.account = row->account}, *run;
	bool is_finished;

	run = bsearch(&key, fanout->runs, fanout->known, sizeof(key), by_account);
	if (run == NULL) {
		if (fanout->count == RUNS_MAX) {
			fanout->has_others = true;
			return;
		}
		run = &fanout->runs[fanout->count++];
		*run = key;
		run->has_due = true;
	}
	if (run->taken < row->pushes_done)
		run->taken = row->pushes_done;
	if (run->sent < run->taken)
		run->sent = run->taken;
	is_finished = run_is_finished(row);
	if ((is_finished && !run->cards_finished) || run->taken > row->pushes_done)
		run->must_settle = true;
	/* One that is held is looked at again with the next list. */
	run->cards_finished = is_finished || row->starts_at > fanout->now;
	run->is_listed = true;
}

static void drop(struct fanout *fanout, struct active *run)
{
	size_t behind = (size_t)(&fanout->runs[fanout->count] - run) - 1;

	memmove(run, run + 1, behind * sizeof(*run));
	fanout->count--;
	fanout->known = fanout->count;
	report_queue_wake(&fanout->reports);
	if (fanout->has_others && fanout->count < RUNS_MAX / 2)
		fanout->is_stale = true;
}

static int list_runs(struct fanout *fanout)
{
	for (size_t i = 0; i < fanout->count; i++)
		fanout->runs[i].is_listed = false;
	fanout->known = fanout->count;
	fanout->has_others = false;
	if (store_run_list(fanout->service->store, fanout->now, list_row, fanout) == STORE_ERROR)
		return -1;
	for (size_t i = fanout->count; i-- > 0;) {
		if (!fanout->runs[i].is_listed)
			drop(fanout, &fanout->runs[i]);
	}
	qsort(fanout->runs, fanout->count, sizeof(fanout->runs[0]), by_account);
	fanout->known = fanout->count;
	fanout->is_stale = fanout->has_others && fanout->count < RUNS_MAX / 2;
	fanout->must_look = has_any(fanout, has_due);
	return 0;
}

bool fanout_has_work(const struct fanout *fanout)
{
	return fanout->is_stale || has_any(fanout, has_cards) || has_any(fanout, must_settle) ||
	       tally_has(fanout->tally) || report_queue_has(&fanout->reports) ||
	       (fanout->must_look && window_is_open(fanout->window));
}

/* ---- Cards, and the second cursor ---- */

/* Stores the second cursor; the run ends if that was all. */
static int settle(struct fanout *fanout, struct active *run)
{
	struct store_run row;
	enum store_result result;

	result = run_pushed(
		&fanout->service->rules, fanout->arena, run->account, run->taken, fanout->now);
	arena_reset(fanout->arena);
	if (result == STORE_OK)
		result = store_run_get(fanout->service->store, run->account, &row);
	if (result == STORE_ERROR)
		return -1;
	run->must_settle = false;
	run->is_over = result == STORE_NONE;
	return 0;
}

static int step(struct fanout *fanout, struct active *run)
{
	struct run_progress progress = {0};
	enum store_result result;

	result = run_step(&fanout->service->rules, fanout->arena, run->account, CARDS_A_STEP,
		fanout->now, &progress);
	arena_reset(fanout->arena);
	if (result == STORE_ERROR)
		return -1;
	if (result == STORE_NONE) {
		drop(fanout, run);
		return 0;
	}
	if (progress.updated > 0)
		run->has_due = true;
	if (!progress.cards_finished)
		return 0;
	run->cards_finished = true;
	return settle(fanout, run);
}

static int work(struct fanout *fanout, int64_t budget_us)
{
	int64_t until = clock_us() + budget_us;
	struct active *run;

	if (fanout->is_stale && list_runs(fanout) != 0)
		return -1;
	if (tally_store(fanout->tally, fanout->service->store) != 0 ||
		report_queue_store(&fanout->reports, fanout->service) != 0)
		return -1;
	for (size_t i = fanout->count; i-- > 0;) {
		if (fanout->runs[i].must_settle && settle(fanout, &fanout->runs[i]) != 0)
			return -1;
	}
	while ((run = next_run(fanout, &fanout->cards_turn, has_cards)) != NULL) {
		if (step(fanout, run) != 0)
			return -1;
		if (clock_us() >= until)
			break;
	}
	return 0;
}

int fanout_cards(struct fanout *fanout, int64_t now, int64_t budget_us)
{
	fanout->now = now;
	if (work(fanout, budget_us) == 0)
		return 0;
	fanout->is_stale = true; /* what is rolled back is read again */
	return -1;
}

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

	while (may_send(sending) &&
		(sending->run = next_run(fanout, &fanout->pushes_turn, has_due)) != NULL) {
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
	report_queue_taken(&fanout->reports);
}

static int end_window(struct fanout *fanout, int64_t now_ms)
{
	const struct settings *settings = fanout->service->settings;
	struct xml *ping;

	if (window_sent(fanout->window) == 0) {
		taken(fanout); /* what was passed over needs no answer */
		return 0;
	}
	if (window_left(fanout->window) > 0 && has_any(fanout, has_due))
		return 0;
	ping = window_close(
		fanout->window, fanout->arena, settings->jid, settings->domains[0], now_ms);
	if (ping != NULL)
		fanout->service->send(fanout->service, ping);
	arena_reset(fanout->arena);
	return ping != NULL ? 0 : -1;
}

/* The turn was committed: what it ended or stored is behind us. */
static void committed(struct fanout *fanout)
{
	for (size_t i = fanout->count; i-- > 0;) {
		if (fanout->runs[i].is_over)
			drop(fanout, &fanout->runs[i]);
	}
	tally_committed(fanout->tally);
	report_queue_committed(&fanout->reports);
}

int fanout_pushes(struct fanout *fanout, int64_t now_ms, size_t room_bytes)
{
	struct sending sending = {
		.fanout = fanout, .room_bytes = room_bytes, .rows_left = PUSHES_A_TURN};
	struct store *store = fanout->service->store;
	bool has_reports;

	committed(fanout);
	has_reports = report_queue_is_due(&fanout->reports, fanout->now);
	fanout->must_look = false;
	if (!window_is_open(fanout->window) ||
		(fanout->count + window_sent(fanout->window) == 0 && !has_reports))
		return 0;
	if (room_bytes > 0 && (has_reports || has_any(fanout, has_due))) {
		if (store_turn_begin(store) != STORE_OK)
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
	if (sending.rows_left == 0)
		fanout->must_look = true;
	return 0;
}

int fanout_summaries(struct fanout *fanout, int64_t now, bool *more)
{
	return gather_send(fanout->service, fanout->window, fanout->arena, now, more);
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
