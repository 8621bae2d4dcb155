/* What the bench measures with: clocks, the CPU time of processes, latencies, and how even the
 * machine runs. */
#ifndef KITH_BENCH_METER_H
#define KITH_BENCH_METER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Monotonic. */
int64_t meter_now_ns(void);
/* CPU time of all threads of a process, user and system; -1: there is none. */
int64_t meter_cpu_ns(pid_t pid);
/* That of this process. */
int64_t meter_own_cpu_ns(void);

/* A list of times that grows; the caller frees it with free(list->ns). */
struct meter_list {
	int64_t *ns;
	size_t count, size;
};
void meter_add(struct meter_list *list, int64_t ns);
/* Sorts it and gives the value that a share of them (0.99) is not above; 0 for none. */
int64_t meter_quantile(struct meter_list *list, double share);

/* Does the same work a number of times, and prints "calibrate median_us= least_us= most_us=": the
 * wider they are apart, the less the figures of this moment say. */
void meter_calibrate(void);

#endif
