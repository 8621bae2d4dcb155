/* Fills a new store for the bench (bench_world.h): bench_fill FILE DOMAIN ACCOUNTS CONTACTS
 * [star=N | book=N | now=SECONDS ...]. Prints what it took. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/arena.h"
#include "component/settings.h"
#include "component/store.h"
#include "tests/bench_world.h"

static double seconds(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

/* "star=100", "book=1000", or "now=1700000000". */
static bool read_extra(struct world *world, const char *text)
{
	unsigned long count = strlen(text) > 5 ? strtoul(text + 5, NULL, 10) : 0;

	if (strncmp(text, "now=", 4) == 0) {
		world->now = strtoll(text + 4, NULL, 10);
		return true;
	}
	if (count == 0 || count > UINT32_MAX)
		return false;
	if (strncmp(text, "star=", 5) == 0 && world->star_count < WORLD_EXTRA_MAX &&
		count <= world->accounts)
		world->stars[world->star_count++] = (uint32_t)count;
	else if (strncmp(text, "book=", 5) == 0 && world->book_count < WORLD_EXTRA_MAX)
		world->books[world->book_count++] = (uint32_t)count;
	else
		return false;
	return true;
}

static bool read_arguments(struct world *world, int argc, char **argv)
{
	if (argc < 5)
		return false;
	world->domain = argv[2];
	world->accounts = (uint32_t)strtoul(argv[3], NULL, 10);
	world->contacts = (uint32_t)strtoul(argv[4], NULL, 10);
	if (world->accounts == 0 || world->contacts >= world->accounts)
		return false;
	for (int i = 5; i < argc; i++)
		if (!read_extra(world, argv[i]))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct world world = {.now = (int64_t)time(NULL)};
	struct timespec began;
	struct rusage usage;
	char *why = NULL;
	int result;

	if (!read_arguments(&world, argc, argv)) {
		fputs("usage: bench_fill FILE DOMAIN ACCOUNTS CONTACTS [star=N | book=N | now=S "
		      "...]\n",
			stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &began);
	world.arena = arena_new(0);
	world.settings = settings_new_for_test();
	world.store = store_open(argv[1], STORE_OPEN_OWNER, &why);
	if (world.store == NULL || world.arena == NULL || world.settings == NULL) {
		(void)fprintf(stderr, "bench_fill: %s\n", why != NULL ? why : "no memory");
		return 1;
	}
	world.rules = (struct rules){.store = world.store, .settings = world.settings};
	result = world_fill(&world);
	store_close(world.store);
	settings_free(world.settings);
	arena_free(world.arena);
	getrusage(RUSAGE_SELF, &usage);
	printf("seconds=%.1f cpu_s=%.1f rss_kib=%ld\n", seconds(&began),
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		usage.ru_maxrss);
	return result == 0 ? 0 : 1;
}
