/* The load: requests of a plan, so many under way at a time or so many a second, and what their
 * answers take. */
#ifndef KITH_BENCH_LOAD_H
#define KITH_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench_meter.h"
#include "tests/bench_stream.h"

#define LOAD_PIDS_MAX 4
/* In a plan, where each stanza's id goes: as many characters as an id has. */
#define LOAD_ID_PLACE "~~~~~~~~~~"
#define LOAD_ID_PREFIX "b~"

/* A stanza of a plan; they are in groups of those that go one behind the other's answer. */
struct load_entry {
	char *text;
	size_t len;
	int64_t sent_ns; /* 0: it isn't under way */
};

/* What a run is to do. */
struct load_order {
	unsigned in_flight; /* groups under way at a time; 0: by rate alone */
	unsigned group;	    /* stanzas of one */
	unsigned rate;	    /* groups a second, answered or not; 0: as the answers come */
	uint64_t chats;	  /* until so many messages of type chat came; 0: until the plan is done */
	bool has_trigger; /* the first stanza goes once, is answered or not, and isn't counted */
	unsigned seconds; /* at most; 0: any time */
};

struct load {
	struct stream *stream;
	char *text; /* of the plan */
	struct load_entry *entries;
	size_t count;
	struct load_order order;
	bool is_running;
	size_t next;	  /* group to begin; goes round where the plan isn't what ends the run */
	size_t under_way; /* groups */
	int64_t began_ns, next_at_ns, trigger_ns, last_ns;
	int64_t *group_began_ns;
	struct meter_list times;
	uint64_t answers, errors;
	/* Since the last run began, whoever asked for them. */
	uint64_t chats, headlines, others;
	uint64_t bytes_began;
	pid_t pids[LOAD_PIDS_MAX];
	int64_t cpu_began_ns[LOAD_PIDS_MAX], own_began_ns;
	size_t pid_count;
};

/* Reads a plan, a stanza a line. 0 or -1. */
int load_read(struct load *load, const char *file);
void load_begin(struct load *load, const struct load_order *order);
/* A stanza that came. True: it was an answer of the run's. */
bool load_take(struct load *load, const char *text, size_t len);
/* Sends what is due, and ends the run when it is over, printing its figures. When to call it next,
 * in ns from now; -1: when something came. */
int64_t load_tick(struct load *load);

#endif
