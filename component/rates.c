/* Rates: see rates.h.
 *
 * Of a bucket only the time is kept at which it will be full (the generic cell rate algorithm of
 * ITU-T I.371, Annex A): what is taken puts that off by the time in which as much flows in. */
#include "component/rates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/arena.h"
#include "component/datetime.h"
#include "common/siphash.h"

#define SETS 8192 /* a power of two */
#define WAYS 8	  /* buckets of accounts in a set: 65,536 in all, 3.1 MiB */
#define SECOND 1000000
#define HOUR_S 3600
#define DAY_S 86400

struct set {
	uint64_t keys[WAYS]; /* hash of the JID; where all are full, of nobody */
	int64_t full_at[WAYS][RATE_COUNT];
};

struct rates {
	unsigned char key[16];
	int64_t now_s, time; /* the last now, and the time there, in microseconds: never back */
	int64_t full_at[RATE_COUNT]; /* of all */
	/* What buckets were before they were taken from in this turn, the newest last; where there
	 * are more, the oldest are forgotten. */
	struct taken {
		int64_t *full_at, before;
	} taken[RATES_TURN];
	size_t taken_count;
	struct set sets[SETS];
};

/* A bucket's measure. */
struct measure {
	int64_t step;  /* microseconds in which one flows in */
	int64_t burst; /* that it holds; 0: there is no limit */
};

static const struct {
	const char *what;
	int period_s;
} kinds[RATE_COUNT] = {
	[RATE_CHANGE] = {"changes of numbers", DAY_S},
	[RATE_LOOKUP] = {"look-ups", HOUR_S},
	[RATE_SEARCH] = {"searches", HOUR_S},
	[RATE_SHARE] = {"cards sent", HOUR_S},
	[RATE_WRITE] = {"changes of address books", HOUR_S},
};

struct rates *rates_new(void)
{
	struct rates *rates = calloc(1, sizeof(*rates));

	if (rates && getrandom(rates->key, sizeof(rates->key), 0) != (ssize_t)sizeof(rates->key)) {
		free(rates);
		return NULL;
	}
	return rates;
}

void rates_free(struct rates *rates)
{
	free(rates);
}

/* ---- Buckets ---- */

static struct measure measure_of(enum rate rate, unsigned limit)
{
	struct measure measure = {0, limit};

	if (limit > 0)
		measure.step = (int64_t)kinds[rate].period_s * SECOND / limit;
	return measure;
}

/* A whole book may be emptied and filled at once, by whatever client. */
static struct measure measure_of_account(const struct settings *settings, enum rate rate)
{
	struct measure measure = measure_of(rate, settings->limits.rates[rate].account);
	int64_t books = 2 * (int64_t)settings->limits.contacts_per_book;

	if (rate == RATE_WRITE && measure.burst > 0 && measure.burst < books)
		measure.burst = books;
	return measure;
}

/* What is missing in it, as time. More than it holds can't be missing: then the limit was another.
 */
static int64_t missing(const struct measure *measure, int64_t full_at, int64_t time)
{
	int64_t most = measure->burst * measure->step;

	if (full_at <= time)
		return 0;
	return full_at - time < most ? full_at - time : most;
}

/* 0: as much is in it; else the time until it is. What it never holds is taken as all of it. */
static int64_t wait_for(
	const struct measure *measure, int64_t full_at, unsigned count, int64_t time)
{
	int64_t taken = count < measure->burst ? count : measure->burst;
	int64_t over = missing(measure, full_at, time) + (taken - measure->burst) * measure->step;

	return over > 0 ? over : 0;
}

static void take(
	struct rates *rates, const struct measure *measure, int64_t *full_at, unsigned count)
{
	int64_t taken = count < measure->burst ? count : measure->burst;

	if (measure->burst == 0)
		return;
	rates->taken[rates->taken_count++ % RATES_TURN] = (struct taken){full_at, *full_at};
	*full_at = rates->time + missing(measure, *full_at, rates->time) + taken * measure->step;
}

void rates_settle(struct rates *rates, bool is_committed)
{
	size_t left = rates->taken_count < RATES_TURN ? rates->taken_count : RATES_TURN;

	for (; !is_committed && left > 0; left--) {
		const struct taken *taken = &rates->taken[--rates->taken_count % RATES_TURN];

		*taken->full_at = taken->before;
	}
	rates->taken_count = 0;
}

/* ---- The table ---- */

/* How empty the emptiest of an account's buckets is, in parts of 65,536. */
static int64_t emptiness(
	const struct settings *settings, const int64_t full_at[RATE_COUNT], int64_t time)
{
	int64_t most = 0;

	for (int rate = 0; rate < RATE_COUNT; rate++) {
		struct measure measure = measure_of_account(settings, (enum rate)rate);
		int64_t all = measure.burst * measure.step;
		int64_t part = 0;

		if (all > 0)
			part = missing(&measure, full_at[rate], time) / (all / 65536 + 1);
		if (part > most)
			most = part;
	}
	return most;
}

/* The buckets of an account: they are full where it has none yet. */
static int64_t *find(struct rates *rates, const struct settings *settings, const char *jid)
{
	uint64_t key = siphash(rates->key, jid, strlen(jid));
	struct set *set = &rates->sets[key % SETS];
	int64_t least = INT64_MAX;
	size_t at = 0;

	for (size_t way = 0; way < WAYS; way++)
		if (set->keys[way] == key)
			return set->full_at[way];
	for (size_t way = 0; way < WAYS && least > 0; way++) {
		int64_t part = emptiness(settings, set->full_at[way], rates->time);

		if (part < least) {
			least = part;
			at = way;
		}
	}
	set->keys[at] = key;
	memset(set->full_at[at], 0, sizeof(set->full_at[at]));
	return set->full_at[at];
}

/* ---- Taking ---- */

static void set_time(struct rates *rates, int64_t now)
{
	if (rates->now_s > 0 && now > rates->now_s)
		rates->time += (now - rates->now_s) * SECOND;
	rates->now_s = now;
}

static const char *wait_text(struct arena *arena, enum rate rate, int64_t wait_s, int64_t now)
{
	const char *unit = "second";
	int64_t count = wait_s;

	if (kinds[rate].period_s > HOUR_S)
		return arena_printf(arena, "at %s", datetime_format(arena, now + wait_s));
	if (count >= HOUR_S) {
		unit = "hour";
		count = (count + HOUR_S - 1) / HOUR_S;
	} else if (count >= 60) {
		unit = "minute";
		count = (count + 59) / 60;
	}
	return arena_printf(arena, "in %" PRId64 " %s%s", count, unit, count == 1 ? "" : "s");
}

static const char *refusal(
	struct arena *arena, enum rate rate, bool of_all, int64_t wait_s, int64_t now)
{
	const char *text = arena_printf(arena, "Too many %s%s: try again %s.", kinds[rate].what,
		of_all ? " at this service" : "", wait_text(arena, rate, wait_s, now));

	return text ? text : "Too many requests: try again later.";
}

const char *rates_take(const struct rules *rules, struct arena *arena, enum rate rate,
	const char *jid, unsigned count, int64_t now)
{
	struct rates *rates = rules->rates;
	const struct measure own = measure_of_account(rules->settings, rate);
	const struct measure all = measure_of(rate, rules->settings->limits.rates[rate].all);
	int64_t wait_own = 0, wait_all, *buckets = NULL;

	if (!rates || count == 0)
		return NULL;
	set_time(rates, now);
	if (own.burst > 0) {
		buckets = find(rates, rules->settings, jid);
		wait_own = wait_for(&own, buckets[rate], count, rates->time);
	}
	wait_all = wait_for(&all, rates->full_at[rate], count, rates->time);
	if (wait_own > 0 || wait_all > 0)
		return refusal(arena, rate, wait_own < wait_all,
			((wait_own < wait_all ? wait_all : wait_own) + SECOND - 1) / SECOND, now);
	if (buckets)
		take(rates, &own, &buckets[rate], count);
	take(rates, &all, &rates->full_at[rate], count);
	return NULL;
}

static bool is_spare(const struct measure *measure, int64_t full_at, unsigned count, int64_t time)
{
	return wait_for(measure, full_at, count + (unsigned)(measure->burst / 2), time) == 0;
}

enum rates_spare rates_take_spare(
	const struct rules *rules, enum rate rate, const char *jid, unsigned count, int64_t now)
{
	struct rates *rates = rules->rates;
	const struct measure own = measure_of_account(rules->settings, rate);
	const struct measure all = measure_of(rate, rules->settings->limits.rates[rate].all);
	int64_t *buckets = NULL;

	if (!rates || count == 0)
		return RATES_TAKEN;
	set_time(rates, now);
	if (!is_spare(&all, rates->full_at[rate], count, rates->time))
		return RATES_LOW_IN_ALL;
	if (own.burst > 0) {
		buckets = find(rates, rules->settings, jid);
		if (!is_spare(&own, buckets[rate], count, rates->time))
			return RATES_LOW;
		take(rates, &own, &buckets[rate], count);
	}
	take(rates, &all, &rates->full_at[rate], count);
	return RATES_TAKEN;
}

enum store_result rates_take_change(const struct rules *rules, struct arena *arena,
	const struct store_account *account, int64_t now, const char **why)
{
	unsigned limit = rules->settings->limits.rates[RATE_CHANGE].account;
	int64_t at;

	*why = NULL;
	if (!rules->rates)
		return STORE_OK;
	if (limit > 0) {
		switch (store_change_nth(rules->store, account->id, limit, &at)) {
		case STORE_OK: /* one from the future is of a clock that was wrong */
			if (at <= now && now - at < DAY_S)
				*why = refusal(arena, RATE_CHANGE, false, at + DAY_S - now, now);
			break;
		case STORE_NONE:
			break;
		case STORE_ERROR:
			return STORE_ERROR;
		}
	}
	if (!*why)
		*why = rates_take(rules, arena, RATE_CHANGE, account->jid, 1, now);
	return STORE_OK;
}
