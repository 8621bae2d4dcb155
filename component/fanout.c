/* Fan-out: cards, headlines and pushes of all runs, in turns; see fanout.h. */
#include "component/fanout.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/xml.h"
#include "component/feature.h"
#include "component/gather.h"
#include "component/push.h"
#include "component/run.h"
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
	bool is_listed;	  /* seen while listing */
};

struct fanout {
	struct service *service;
	struct window *window;
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
	fanout->window = window_new();
	fanout->arena = arena_new(0);
	if (fanout->window != NULL && fanout->arena != NULL)
		return fanout;
	fanout_free(fanout);
	return NULL;
}

void fanout_free(struct fanout *fanout)
{
	if (fanout == NULL)
		return;
	window_free(fanout->window);
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
	for (size_t i = 0; i < fanout->count; i++) {
		fanout->runs[i].sent = fanout->runs[i].taken;
		fanout->runs[i].has_due = true;
	}
}

void fanout_wake(struct fanout *fanout)
{
	fanout->is_stale = true;
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
	if (fanout->has_others && fanout->count < RUNS_MAX / 2)
		fanout->is_stale = true;
}

static int list_runs(struct fanout *fanout)
{
	for (size_t i = 0; i < fanout->count; i++)
		fanout->runs[i].is_listed = false;
	fanout->known = fanout->count;
	fanout->has_others = false;
	if (store_run_list(fanout->service->store, list_row, fanout) == STORE_ERROR)
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
	       (fanout->must_look && window_is_open(fanout->window));
}

/* ---- Cards, and the second cursor ---- */

/* Stores the second cursor; the run ends if that was all. */
static int settle(struct fanout *fanout, struct active *run)
{
	struct store_run row;
	enum store_result result;

	result = run_pushed(&fanout->service->rules, fanout->arena, run->account, run->taken);
	arena_reset(fanout->arena);
	if (result == STORE_OK)
		result = store_run_get(fanout->service->store, run->account, &row);
	if (result == STORE_ERROR)
		return -1;
	run->must_settle = false;
	if (result == STORE_NONE)
		drop(fanout, run);
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

/* The headline first: a client that syncs by it has the new card when the words come. */
static int send_push(struct fanout *fanout, const struct run_push *push)
{
	struct service *service = fanout->service;
	struct store_event event = {.version = push->version,
		.at = push->at,
		.item = push->item,
		.card = push->card,
		.card_len = push->card_len};
	char id[PUSH_ID_SIZE];
	struct xml *message;

	if (!push->token)
		service_book_changed(service, fanout->arena, push->holder, push->owner, &event);
	push_id(id, service->key, push->update);
	if (!push->quiet && !window_is_paused(fanout->window, push->holder)) {
		message =
			push_message(fanout->arena, service->settings->jid, id, push, fanout->now);
		if (message == NULL)
			return -1;
		service->send(service, message);
	}
	window_add(fanout->window, id);
	return 0;
}

static int push_row(void *context, const struct run_push *push)
{
	struct sending *sending = context;

	if (!may_send(sending)) {
		sending->is_cut = true;
		return 1;
	}
	sending->rows++;
	sending->rows_left--;
	if (!push->skip) {
		if (send_push(sending->fanout, push) != 0) {
			sending->has_failed = true;
			return 1;
		}
		sending->used_bytes += push->card_len + PUSH_OVERHEAD;
	}
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
	for (size_t i = 0; i < fanout->count; i++) {
		struct active *run = &fanout->runs[i];

		if (run->sent > run->taken) {
			run->taken = run->sent;
			run->must_settle = true;
		}
	}
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

int fanout_pushes(struct fanout *fanout, int64_t now_ms, size_t room_bytes)
{
	struct sending sending = {
		.fanout = fanout, .room_bytes = room_bytes, .rows_left = PUSHES_A_TURN};
	struct store *store = fanout->service->store;

	fanout->must_look = false;
	if (!window_is_open(fanout->window) || fanout->count + window_sent(fanout->window) == 0)
		return 0;
	if (room_bytes > 0 && has_any(fanout, has_due)) {
		if (store_turn_begin(store) != STORE_OK)
			return -1;
		send_due(&sending);
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

void fanout_seen(struct fanout *fanout, const struct xml *stanza)
{
	window_seen(fanout->window, stanza);
}

bool fanout_answer(struct fanout *fanout, const struct xml *stanza, int64_t now_ms)
{
	switch (window_answer(fanout->window, stanza, now_ms)) {
	case WINDOW_OTHER:
		return false;
	case WINDOW_TAKEN:
		taken(fanout);
		fanout->must_look = true;
		return true;
	case WINDOW_BOUNCED:
		return true;
	}
	return false;
}
