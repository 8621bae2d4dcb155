/* The runs under way, as the two halves of the fan-out share them: fanout.c keeps the list and
 * works the cards off, fanout_push.c sends what these made. Nobody else includes this. */
#ifndef KITH_FANOUT_RUNS_H
#define KITH_FANOUT_RUNS_H

#include "component/fanout.h"
#include "component/gather.h"
#include "component/report_send.h"

struct arena;
struct dormant_ask;
struct tally;
struct window;

#define RUNS_MAX 1024 /* worked on at a time; the others wait in the store */

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
	struct told_queue summaries; /* on their way */
	struct arena *arena;	     /* of one step */
	struct active runs[RUNS_MAX];
	size_t count, known; /* the first `known` are in order of account */
	size_t cards_turn, pushes_turn;
	int64_t now;	 /* seconds UTC, of the present turn */
	int64_t old;	 /* by what is told what is old (clock.h) */
	bool is_stale;	 /* the list is to be read again */
	bool must_begin; /* all runs are to begin anew; */
	bool has_begun;	 /* they do, in a turn that may yet be rolled back */
	bool has_others; /* the list had more than RUNS_MAX */
	bool must_look;	 /* pushes may be due that nothing but a turn is needed for */
	bool has_many;	 /* as many went out as a turn sends, and the server takes them */
};

/* The next run after *turn for which is_wanted() holds; NULL: none. */
struct active *fanout_next_run(
	struct fanout *fanout, size_t *turn, bool (*is_wanted)(const struct active *run));
bool fanout_has_any(const struct fanout *fanout, bool (*is_wanted)(const struct active *run));
/* There may be pushes of it that this stream doesn't have. */
bool fanout_has_due(const struct active *run);

/* The run is over: it is taken off the list, and its report may be due. */
void fanout_drop(struct fanout *fanout, struct active *run);

#endif
