/* Jobs: commands under way, their questions, and what ends them. */
#include "config.h"

#include "plugin/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "plugin/client.h"
#include "plugin/request.h"
#include "plugin/sync.h"

#define QUESTION_S 600	 /* how long an answer may take */
#define QUESTIONS_MAX 64 /* older ones lapse */

struct question {
	struct question *next;
	unsigned id;
	unsigned choices;
	int64_t deadline;
	struct job *job; /* NULL: of an event that came by itself; then words are the one choice */
	job_chosen *chosen;
	struct arena *arena;
	const char **words;
	size_t word_count;
};

/* ---- Beginning ---- */
static const char **copy_words(struct arena *arena, const char *const *argv, size_t count)
{
	const char **words = arena_alloc(arena, (count + 1) * sizeof(*words));

	for (size_t i = 0; words && i < count; i++)
		words[i] = arena_strdup(arena, argv[i]);
	return arena_failed(arena) ? NULL : words;
}

static const struct job_word *find_word(const char *name)
{
	for (const struct job_word *word = job_words; word->word.name; word++)
		if (strcmp(word->word.name, name) == 0)
			return word;
	return NULL;
}

static struct job *job_new(
	struct kith *kith, const char *const *argv, size_t count, const struct kith_place *place)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job || !(job->arena = arena_new(0))) {
		free(job);
		return NULL;
	}
	job->kith = kith;
	job->argv = copy_words(job->arena, argv, count);
	job->argc = count;
	if (place) {
		job->chat = arena_strdup(job->arena, place->chat);
		job->encrypted = place->encrypted;
	}
	if (arena_failed(job->arena)) {
		arena_free(job->arena);
		free(job);
		return NULL;
	}
	job->next = kith->jobs;
	kith->jobs = job;
	return job;
}

/* A command that can't even be a job. */
static void tell_refused(struct kith *kith, unsigned tag, const char *text)
{
	struct job job = {.kith = kith, .tag = tag};
	struct event event;

	event_init(&event, KITH_EVENT_ERROR);
	event_add(&event, "text", text);
	job_tell(&job, &event);
	event_init(&event, KITH_EVENT_DONE);
	event.told.outcome = KITH_OUTCOME_FAILED;
	job_tell(&job, &event);
}

void job_start(struct kith *kith, unsigned tag, bool spontaneous, const char *const *argv,
	size_t count, const struct kith_place *place)
{
	struct job *job;

	if (count == 0 || count > JOB_WORDS_MAX) {
		tell_refused(kith, tag, count ? "too many words" : "a command word is missing");
		return;
	}
	job = job_new(kith, argv + 1, count - 1, place);
	if (!job) {
		tell_refused(kith, tag, "out of memory");
		return;
	}
	job->tag = tag;
	job->spontaneous = spontaneous;
	job->word = find_word(argv[0]);
	if (!job->word) {
		struct event event;

		event_init(&event, KITH_EVENT_ERROR);
		event_add(&event, "text",
			arena_printf(job->arena, "there is no command %s", argv[0]));
		job_tell(job, &event);
		job_end(job, KITH_OUTCOME_USAGE);
		return;
	}
	if (job->word->need == NEED_SERVICE && kith->phase == CLIENT_ALONE) {
		job_fail(job, "the server has no address book service", NULL);
		return;
	}
	/* While the service is being looked for, all wait: the local book alone isn't everything.
	 */
	if (kith->phase == CLIENT_FINDING ||
		(job->word->need != NEED_NOTHING && kith->phase == CLIENT_OFFLINE)) {
		job->waiting = true;
		job->deadline = client_now(kith) + kith->timeout_s;
		return;
	}
	job->word->begin(job);
}

const char *job_text(struct job *job, size_t from, size_t to)
{
	struct buffer out;
	const char *text = NULL;

	buffer_init(&out, 0);
	for (size_t i = from; i < to && i < job->argc; i++)
		buffer_printf(&out, "%s%s", i > from ? " " : "", job->argv[i]);
	if (buffer_string(&out))
		text = arena_strdup(job->arena, buffer_string(&out));
	buffer_clear(&out);
	return text ? text : "";
}

/* ---- Telling and ending ---- */
void job_tell(struct job *job, struct event *event)
{
	client_tell(job->kith, job, event);
}

void job_end(struct job *job, enum kith_outcome outcome)
{
	struct event event;

	if (job->ended)
		return;
	job->ended = true;
	request_forget(job->kith, job);
	sync_forget(job->kith, job);
	event_init(&event, KITH_EVENT_DONE);
	event.told.outcome = outcome;
	job_tell(job, &event);
}

void job_fail(struct job *job, const char *text, const char *condition)
{
	struct event event;

	event_init(&event, KITH_EVENT_ERROR);
	event_add(&event, "text", text);
	event_add(&event, "condition", condition);
	job_tell(job, &event);
	job_end(job, KITH_OUTCOME_FAILED);
}

void job_usage(struct job *job)
{
	struct event event;

	event_init(&event, KITH_EVENT_ERROR);
	event_add(&event, "text", arena_printf(job->arena, "usage: %s", job->word->word.usage));
	job_tell(job, &event);
	job_end(job, KITH_OUTCOME_USAGE);
}

void job_note(struct job *job, const char *text)
{
	struct event event;

	event_init(&event, KITH_EVENT_NOTE);
	event_add(&event, "text", text);
	job_tell(job, &event);
}

/* ---- Questions ---- */
static void question_free(struct question *question)
{
	arena_free(question->arena);
	free(question);
}

/* Takes *at out of the list and answers it. */
static void settle(struct kith *kith, struct question **at, unsigned choice)
{
	struct question *question = *at;

	*at = question->next;
	if (question->job && !question->job->ended)
		question->chosen(question->job, choice);
	else if (!question->job && choice > 0)
		job_start(kith, 0, true, question->words, question->word_count, NULL);
	question_free(question);
}

static struct question *question_new(struct kith *kith, struct event *event)
{
	struct question *question = calloc(1, sizeof(*question));
	struct question **at = &kith->questions;
	unsigned count = 0;

	if (!question || !(question->arena = arena_new(0))) {
		free(question);
		return NULL;
	}
	question->id = ++kith->last_question;
	question->choices = (unsigned)event->told.choice_count;
	question->deadline = client_now(kith) + QUESTION_S;
	question->next = kith->questions;
	kith->questions = question;
	event->told.question = question->id;
	while (*at && count++ < QUESTIONS_MAX)
		at = &(*at)->next;
	if (*at)
		settle(kith, at, 0);
	return question;
}

void job_ask(struct job *job, struct event *event, job_chosen *chosen)
{
	struct question *question = question_new(job->kith, event);

	if (!question) {
		job_fail(job, "out of memory", NULL);
		return;
	}
	question->job = job;
	question->chosen = chosen;
	job_tell(job, event);
}

int job_answer(struct kith *kith, job_chosen *chosen, unsigned choice)
{
	struct question **at = &kith->questions;

	while (*at && !((*at)->job && !(*at)->job->ended && (*at)->chosen == chosen))
		at = &(*at)->next;
	if (!*at)
		return -1;
	settle(kith, at, choice);
	return 0;
}

void job_offer(struct kith *kith, struct event *event, const char *const *argv, size_t count)
{
	struct question *question = question_new(kith, event);

	if (!question)
		return;
	question->words = copy_words(question->arena, argv, count);
	question->word_count = count;
	if (!question->words)
		question->choices = 0;
}

int kith_answer(struct kith *kith, unsigned id, unsigned choice)
{
	struct question **at = &kith->questions;
	int result = -1;

	client_enter(kith);
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	if (*at && choice <= (*at)->choices) {
		settle(kith, at, choice);
		result = 0;
	}
	client_leave(kith);
	return result;
}

/* Those whose time is over, or all. */
static void lapse(struct kith *kith, bool all)
{
	struct question **at = &kith->questions;
	int64_t now = client_now(kith);

	while (*at) {
		if (!all && (*at)->deadline > now) {
			at = &(*at)->next;
			continue;
		}
		settle(kith, at, 0);
		at = &kith->questions; /* the list may have changed */
	}
}

/* ---- Time and connection ---- */
void job_service_known(struct kith *kith, bool ok)
{
	for (struct job *job = kith->jobs; job; job = job->next) {
		if (!job->waiting || job->ended)
			continue;
		job->waiting = false;
		if (!ok && job->word->need == NEED_SERVICE)
			job_fail(job, "the server has no address book service", NULL);
		else
			job->word->begin(job);
	}
}

void job_tick(struct kith *kith)
{
	int64_t now = client_now(kith);

	for (struct job *job = kith->jobs; job; job = job->next)
		if (job->waiting && !job->ended && job->deadline <= now) {
			job->waiting = false;
			job_fail(job, "not connected", NULL);
		}
	lapse(kith, false);
}

void job_offline(struct kith *kith)
{
	lapse(kith, true);
}

void job_sweep(struct kith *kith, bool all)
{
	struct job **at = &kith->jobs;
	struct question **asked = &kith->questions;

	while (*asked) {
		struct question *question = *asked;

		if (!all && !(question->job && question->job->ended)) {
			asked = &question->next;
			continue;
		}
		*asked = question->next;
		question_free(question);
	}
	while (*at) {
		struct job *job = *at;

		if (!all && !job->ended) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		request_forget(job->kith, job);
		sync_forget(job->kith, job);
		arena_free(job->arena);
		free(job);
	}
}
