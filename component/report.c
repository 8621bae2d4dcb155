/* What a change of numbers came to, in words; see report.h. */
#include "component/report.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "component/datetime.h"
#include "component/say.h"

#define WHAT_MAX 400 /* bytes of a change that are repeated to who made it */

enum store_result report_begin(struct store *store, int64_t account, int64_t version, int64_t now)
{
	struct store_report report = {.account = account, .version = version, .began_at = now};

	return store_report_put(store, &report);
}

enum store_result report_go_on(struct store *store, int64_t account, int64_t version)
{
	struct store_report report;
	enum store_result result = store_report_get(store, account, &report);

	if (result != STORE_OK || report.version != version || report.ended_at == 0)
		return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
	report.ended_at = 0;
	return store_report_put(store, &report);
}

enum store_result report_hush(struct store *store, int64_t account)
{
	struct store_report report;
	enum store_result result = store_report_get(store, account, &report);

	if (result != STORE_OK)
		return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
	return store_report_told(store, account, report.version);
}

bool report_is_ready(const struct store_report *report, int64_t now)
{
	/* One that is yet to end is of a clock that was wrong. */
	return report->ended_at != 0 &&
	       (now >= report->ended_at + REPORT_AFTER_S || report->ended_at > now);
}

const char *report_count(struct arena *arena, int64_t count, bool is_more, const char *of)
{
	if (count == 0)
		return "";
	if (count < REPORT_FEW)
		return arena_printf(arena, "a few%s%s", is_more ? " or more" : "", of);
	return arena_printf(arena, "%s%" PRId64 "%s", is_more ? "more than " : "", count, of);
}

static int64_t all_of(const struct store_counts *counts)
{
	return counts->reached + counts->asked + counts->offered + counts->waiting +
	       counts->bounced;
}

const char *report_text(struct arena *arena, const struct store_counts *counts)
{
	const struct {
		int64_t count;
		const char *words;
	} others[] = {
		{counts->asked, " are asked first"},
		{counts->offered, " are offered your card"},
		{counts->waiting, " wait"},
		{counts->bounced, " bounced"},
	};
	const char *text = ":", *between = " ";

	if (all_of(counts) < REPORT_FEW)
		return " went to " REPORT_FEW_AT_MOST;
	if (counts->reached > 0) {
		text = arena_printf(arena, " went to %s",
			report_count(arena, counts->reached, false, " address books"));
		between = "; ";
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (others[i].count <= 0)
			continue;
		text = arena_printf(arena, "%s%s%s", text, between,
			report_count(arena, others[i].count, false, others[i].words));
		between = ", ";
	}
	return text;
}

struct newest {
	struct arena *arena;
	int64_t version;
	const char *what;
};

static void keep_newest(void *context, const struct store_change *change)
{
	struct newest *newest = context;

	if (change->version == newest->version && strlen(change->what) <= WHAT_MAX)
		newest->what = change->what;
}

enum store_result report_what(struct store *store, struct arena *arena, int64_t account,
	int64_t version, const char **what)
{
	struct newest newest = {arena, version, NULL};
	enum store_result result =
		store_change_list(store, arena, account, 1, keep_newest, &newest);

	*what = newest.what;
	return result;
}

static const char *in_brackets(struct arena *arena, const char *what)
{
	return what ? arena_printf(arena, " (%s)", what) : "";
}

/* What a change that is under way came to; nothing where that is few. */
static const char *so_far(struct arena *arena, const struct store_counts *counts)
{
	int64_t all = all_of(counts);
	const char *text = report_text(arena, counts);

	if (all < REPORT_FEW)
		return "";
	if (*text != ':')
		text = arena_printf(arena, ":%s", text);
	return all <= counts->pushed ? text
				     : arena_printf(arena, "%s; %s", text,
					       report_count(arena, all - counts->pushed, false,
						       " are not told yet"));
}

enum store_result report_state(
	struct store *store, struct arena *arena, int64_t account, int64_t now, const char **text)
{
	struct store_report report;
	struct store_run run = {.starts_at = 0};
	enum store_result result = store_report_get(store, account, &report);
	const char *what;

	*text = NULL;
	if (result == STORE_ERROR || store_run_get(store, account, &run) == STORE_ERROR)
		return STORE_ERROR;
	if (result == STORE_NONE && run.starts_at <= now)
		return STORE_NONE;
	if (report_what(store, arena, account, run.starts_at > now ? run.version : report.version,
		    &what) == STORE_ERROR)
		return STORE_ERROR;
	if (run.asked && run.starts_at > now)
		*text = arena_printf(
			arena, "Your change%s waits for your answer.", in_brackets(arena, what));
	else if (run.starts_at > now)
		*text = arena_printf(arena, "Your change%s is held until %s.",
			in_brackets(arena, what), datetime_format(arena, run.starts_at));
	else if (!report_is_ready(&report, now))
		*text = arena_printf(arena, "Your change%s is under way%s.",
			in_brackets(arena, what), so_far(arena, &report.counts));
	else
		*text = arena_printf(arena, "Your change of %s%s%s.",
			datetime_format(arena, report.began_at), in_brackets(arena, what),
			report_text(arena, &report.counts));
	return arena_failed(arena) ? STORE_ERROR : STORE_OK;
}

struct xml *report_message(struct arena *arena, const char *from, const char *owner, const char *id,
	const struct store_report *report, const char *what)
{
	struct xml *message = say_new(arena, from, owner, id,
		arena_printf(arena, "Your change%s%s.", in_brackets(arena, what),
			report_text(arena, &report->counts)));

	return arena_failed(arena) ? NULL : message;
}
