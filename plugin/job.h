/* Jobs: commands under way. Each ends exactly once, with KITH_EVENT_DONE. */
#ifndef KITH_JOB_H
#define KITH_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/event.h"
#include "plugin/kith.h"

struct adhoc_reply;
struct arena;
struct job;
struct kith;
struct pick;
struct preview;

#define JOB_WORDS_MAX 32

/* What a command can't begin without. */
enum job_need {
	NEED_NOTHING, /* it also runs offline */
	NEED_ONLINE,
	NEED_SERVICE,
};

/* A command word: what it needs and what begins it. */
struct job_word {
	struct kith_word word;
	enum job_need need;
	void (*begin)(struct job *job);
};
/* In order of the alphabet, ends with word.name NULL (command.c). */
extern const struct job_word job_words[];

struct job {
	struct job *next;
	struct kith *kith;
	unsigned tag;
	bool spontaneous; /* nobody gave the command: an event's question was answered */
	bool waiting;	  /* for the service */
	bool ended;
	int64_t deadline; /* of waiting */
	struct arena *arena;
	const struct job_word *word;
	const char **argv; /* behind the command word */
	size_t argc;
	const char *chat; /* where it was typed; NULL */
	bool encrypted;
	void *data; /* of the command, in the arena */
	void (*adhoc_done)(struct job *job, const struct adhoc_reply *reply);
	bool adhoc_tries;	 /* it is called on failure, too */
	struct preview *preview; /* preview.h: of a change that waits to be made */
	struct pick *pick;	 /* who.h: whom the command is about, while that is being settled */
};

/* Begins a command. The words are copied. */
void job_start(struct kith *kith, unsigned tag, bool spontaneous, const char *const *argv,
	size_t count, const struct kith_place *place);
/* The words from i on as one text, blanks between. */
const char *job_text(struct job *job, size_t from, size_t to);

void job_end(struct job *job, enum kith_outcome outcome);
/* Tells an error and ends the job. text is borrowed. */
void job_fail(struct job *job, const char *text, const char *condition);
void job_usage(struct job *job);
void job_note(struct job *job, const char *text);
void job_tell(struct job *job, struct event *event);

/* Asks: gives the event a question and tells it. chosen is called with the number of the choice (0:
 * none), once, unless the job ends first. */
typedef void job_chosen(struct job *job, unsigned choice);
void job_ask(struct job *job, struct event *event, job_chosen *chosen);
/* Answers the newest question that was asked with that function. 0, or -1: there is none. */
int job_answer(struct kith *kith, job_chosen *chosen, unsigned choice);

/* Gives an event that came by itself a question of one choice: a command. */
void job_offer(struct kith *kith, struct event *event, const char *const *argv, size_t count);

/* Those that waited for the service begin (ok), or fail. */
void job_service_known(struct kith *kith, bool ok);
/* Time passed: waiting ones fail, questions lapse. */
void job_tick(struct kith *kith);
/* The connection went: questions lapse. */
void job_offline(struct kith *kith);
/* Frees those that ended; all: every one, untold. */
void job_sweep(struct kith *kith, bool all);

#endif
