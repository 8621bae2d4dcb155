/* Fan-out: the list of runs, their cards in turns, and the cursors that are stored; see fanout.h.
 */
#include "component/fanout_runs.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/monotonic.h"
#include "component/dormant_ask.h"
#include "component/feature.h"
#include "component/run.h"
#include "component/tally.h"
#include "component/window.h"

#define CARDS_A_STEP 64 /* links looked at before the clock is */

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
	told_queue_cut(&fanout->reports.told);
	told_queue_cut(&fanout->summaries);
	for (size_t i = 0; i < fanout->count; i++) {
		fanout->runs[i].sent = fanout->runs[i].taken;
		fanout->runs[i].has_due = true;
	}
}

void fanout_begin_anew(struct fanout *fanout)
{
	fanout->must_begin = fanout->is_stale = true;
	fanout->has_begun = false;
}

void fanout_wake(struct fanout *fanout)
{
	fanout->is_stale = true;
	fanout->has_begun = false;
	tally_rolled_back(fanout->tally);
	told_queue_rolled_back(&fanout->reports.told);
	told_queue_rolled_back(&fanout->summaries);
	dormant_ask_rolled_back(fanout->questions);
	for (size_t i = 0; i < fanout->count; i++) {
		fanout->runs[i].must_settle |= fanout->runs[i].is_over;
		fanout->runs[i].is_over = false;
	}
}

/* ---- The list of runs ---- */

struct active *fanout_next_run(
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

bool fanout_has_due(const struct active *run)
{
	return run->has_due;
}

static bool must_settle(const struct active *run)
{
	return run->must_settle;
}

bool fanout_has_any(const struct fanout *fanout, bool (*is_wanted)(const struct active *run))
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
	run->cards_finished =
		is_finished || row->starts_at > (row->asked ? fanout->old : fanout->now);
	run->is_listed = true;
}

void fanout_drop(struct fanout *fanout, struct active *run)
{
	size_t behind = (size_t)(&fanout->runs[fanout->count] - run) - 1;

	memmove(run, run + 1, behind * sizeof(*run));
	fanout->count--;
	fanout->known = fanout->count;
	report_queue_wake(&fanout->reports);
	if (fanout->has_others && fanout->count < RUNS_MAX / 2)
		fanout->is_stale = true;
}

struct beginning {
	struct fanout *fanout;
	enum store_result result;
};

static void begin_row(void *context, const struct store_run *row)
{
	struct beginning *beginning = context;
	struct fanout *fanout = beginning->fanout;

	if (beginning->result != STORE_OK)
		return;
	beginning->result = run_start(
		&fanout->service->rules, fanout->arena, row->account, row->version, fanout->now);
	arena_reset(fanout->arena);
}

static int begin_runs(struct fanout *fanout)
{
	struct beginning beginning = {fanout, STORE_OK};

	if (store_run_list(fanout->service->store, fanout->now, fanout->old, begin_row,
		    &beginning) != STORE_OK ||
		beginning.result != STORE_OK)
		return -1;
	fanout->has_begun = true;
	return 0;
}

static int list_runs(struct fanout *fanout)
{
	if (fanout->must_begin && !fanout->has_begun && begin_runs(fanout) != 0)
		return -1;
	for (size_t i = 0; i < fanout->count; i++)
		fanout->runs[i].is_listed = false;
	fanout->known = fanout->count;
	fanout->has_others = false;
	if (store_run_list(fanout->service->store, fanout->now, fanout->old, list_row, fanout) ==
		STORE_ERROR)
		return -1;
	for (size_t i = fanout->count; i-- > 0;) {
		if (!fanout->runs[i].is_listed)
			fanout_drop(fanout, &fanout->runs[i]);
	}
	qsort(fanout->runs, fanout->count, sizeof(fanout->runs[0]), by_account);
	fanout->known = fanout->count;
	fanout->is_stale = fanout->has_others && fanout->count < RUNS_MAX / 2;
	fanout->must_look = fanout_has_any(fanout, fanout_has_due);
	return 0;
}

bool fanout_has_work(const struct fanout *fanout)
{
	return fanout->is_stale || fanout_has_any(fanout, has_cards) ||
	       fanout_has_any(fanout, must_settle) || tally_has(fanout->tally) ||
	       told_queue_has(&fanout->reports.told) || told_queue_has(&fanout->summaries) ||
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
		fanout->now, fanout->old, &progress);
	arena_reset(fanout->arena);
	if (result == STORE_ERROR)
		return -1;
	if (result == STORE_NONE) {
		fanout_drop(fanout, run);
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
	/* Where pushes can go out, cards don't run far ahead of them: what was written for the one
	 * is still in memory for the other. */
	int64_t until = monotonic_us() + (fanout->has_many ? 0 : budget_us);
	struct active *run;

	if (fanout->is_stale && list_runs(fanout) != 0)
		return -1;
	if (tally_store(fanout->tally, fanout->service->store) != 0 ||
		report_queue_store(&fanout->reports, fanout->service) != 0 ||
		gather_store(&fanout->summaries, &fanout->service->rules, fanout->arena,
			fanout->now) != 0)
		return -1;
	arena_reset(fanout->arena);
	for (size_t i = fanout->count; i-- > 0;) {
		if (fanout->runs[i].must_settle && settle(fanout, &fanout->runs[i]) != 0)
			return -1;
	}
	while ((run = fanout_next_run(fanout, &fanout->cards_turn, has_cards)) != NULL) {
		if (step(fanout, run) != 0)
			return -1;
		if (monotonic_us() >= until)
			break;
	}
	return 0;
}

int fanout_cards(struct fanout *fanout, int64_t now, int64_t old, int64_t budget_us)
{
	fanout->now = now;
	fanout->old = old;
	if (work(fanout, budget_us) == 0)
		return 0;
	fanout->is_stale = true; /* what is rolled back is read again */
	return -1;
}
