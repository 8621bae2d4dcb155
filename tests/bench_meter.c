/* Clocks and latencies: see bench_meter.h. */
#include "tests/bench_meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 21
#define ROUND_STEPS 4000000

static int64_t read_clock(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0)
		return -1;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t meter_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t meter_cpu_ns(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : -1;
}

int64_t meter_own_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void meter_add(struct meter_list *list, int64_t ns)
{
	if (list->count == list->size) {
		size_t size = list->size > 0 ? 2 * list->size : 4096;
		int64_t *more = realloc(list->ns, size * sizeof(*more));

		if (more == NULL)
			return;
		list->ns = more;
		list->size = size;
	}
	list->ns[list->count++] = ns;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

int64_t meter_quantile(struct meter_list *list, double share)
{
	size_t at;

	if (list->count == 0)
		return 0;
	qsort(list->ns, list->count, sizeof(*list->ns), compare);
	at = (size_t)((double)(list->count - 1) * share + 0.5);
	return list->ns[at];
}

void meter_calibrate(void)
{
	struct meter_list rounds = {0};

	for (int i = 0; i < ROUNDS; i++) {
		int64_t began = meter_now_ns();
		volatile uint64_t sink;
		uint64_t state = 88172645463325252u; /* xorshift: each step needs the last */

		for (int step = 0; step < ROUND_STEPS; step++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
		}
		sink = state;
		(void)sink;
		meter_add(&rounds, meter_now_ns() - began);
	}
	printf("calibrate median_us=%" PRId64 " least_us=%" PRId64 " most_us=%" PRId64 "\n",
		meter_quantile(&rounds, 0.5) / 1000, meter_quantile(&rounds, 0) / 1000,
		meter_quantile(&rounds, 1) / 1000);
	free(rounds.ns);
}
