/* The commands `matters`, `yes` and `no`: what waits on the service for an answer of the person's,
 * and the answers, by the service's command `matters` (design: section 3, "save button"). */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/adhoc.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"
#include "plugin/who.h"

#define MATTERS_MAX EVENT_CHOICES_MAX
#define CODE_LEN 4	/* digits of a code at least, as in what the service writes */
#define NUMBER_LEN 3	/* digits of a number at most */
#define OFFER "matters" /* key of what was listed: who.h */

struct matter {
	const char *token, *text;
	const char *accept; /* what the form has for doing it: "yes", or "back" */
};

struct matters {
	const char *node, *session;
	struct matter list[MATTERS_MAX]; /* the oldest first */
	size_t count;
	bool is_answer, is_yes;
	const struct matter *candidates[MATTERS_MAX]; /* that were offered for choice */
};

/* ---- What waits ---- */

/* The value of the option that is neither "open" nor "no"; NULL: it is none of our fields. */
static const char *accept_of(struct arena *arena, const struct xml *field)
{
	const char *accept = NULL;
	bool has_no = false;

	for (const struct xml *option = xml_child(field, NULL, "option"); option;
		option = xml_next(option, NS_DATA, "option")) {
		const char *value = xml_child_text(arena, option, "value");

		if (value && strcmp(value, "no") == 0)
			has_no = true;
		else if (value && strcmp(value, "open") != 0)
			accept = value;
	}
	return has_no ? accept : NULL;
}

/* The service has the newest first; numbers that come at the end stay what they were. */
static void read_matters(struct job *job, const struct xml *form)
{
	struct matters *matters = job->data;
	struct matter *list = matters->list, swap;

	for (const struct xml *field = xml_child(form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		const char *token = xml_get(field, "var"), *label = xml_get(field, "label");
		const char *accept = accept_of(job->arena, field);

		if (!token || !accept || matters->count == MATTERS_MAX)
			continue;
		list[matters->count++] = (struct matter){arena_strdup(job->arena, token),
			arena_strdup(job->arena, label ? label : ""),
			arena_strdup(job->arena, accept)};
	}
	for (size_t i = 0; i < matters->count / 2; i++) {
		swap = list[i];
		list[i] = list[matters->count - 1 - i];
		list[matters->count - 1 - i] = swap;
	}
}

/* As many digits of its token as no other begins with. */
static const char *code_of(struct job *job, const struct matter *matter)
{
	const struct matters *matters = job->data;
	size_t len = CODE_LEN;

	for (size_t i = 0; i < matters->count; i++)
		while (&matters->list[i] != matter && matter->token[len] &&
			strncasecmp(matters->list[i].token, matter->token, len) == 0)
			len++;
	return arena_strndup(job->arena, matter->token, len);
}

static void cancelled(struct job *job, const struct adhoc_reply *reply)
{
	(void)reply;
	job_end(job, KITH_OUTCOME_OK);
}

static void show(struct job *job)
{
	struct matters *matters = job->data;
	const char *tokens[MATTERS_MAX];

	for (size_t i = 0; i < matters->count; i++) {
		const struct matter *matter = &matters->list[i];
		struct event event;

		tokens[i] = matter->token;
		event_init(&event, KITH_EVENT_MATTER);
		event_add(&event, "n", arena_printf(job->arena, "%zu", i + 1));
		event_add(&event, "code", code_of(job, matter));
		event_add(&event, "text", matter->text);
		job_tell(job, &event);
	}
	offer_set(job->kith, OFFER, tokens, matters->count);
	adhoc_run(job, matters->node, matters->session, "cancel", NULL, cancelled);
}

/* ---- Answers ---- */

static void in_step(struct job *job, bool ok, const char *why)
{
	if (ok)
		job_end(job, KITH_OUTCOME_OK);
	else
		job_fail(job, why, NULL);
}

static void decided(struct job *job, const struct adhoc_reply *reply)
{
	const struct matters *matters = job->data;

	if (!reply->completed || reply->note_is_error) {
		job_fail(job, reply->note ? reply->note : "the service asks for more", NULL);
		return;
	}
	if (reply->note)
		job_note(job, reply->note);
	if (matters->is_yes) /* the book may be another now */
		sync_ensure(job->kith, job, true, in_step);
	else
		job_end(job, KITH_OUTCOME_OK);
}

static void answer(struct job *job, const struct matter *matter)
{
	const struct matters *matters = job->data;
	struct xml *form = stanza_form(job->kith->scratch);

	stanza_form_add(
		job->kith->scratch, form, matter->token, matters->is_yes ? matter->accept : "no");
	adhoc_run(job, matters->node, matters->session, "complete", form, decided);
}

static void chosen(struct job *job, unsigned choice)
{
	const struct matters *matters = job->data;

	if (choice == 0)
		job_end(job, KITH_OUTCOME_CANCELLED);
	else
		answer(job, matters->candidates[choice - 1]);
}

static void ask_which(struct job *job, size_t count)
{
	const struct matters *matters = job->data;
	struct event event;

	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text", "Which one?");
	for (size_t i = 0; i < count; i++)
		event_add_choice(&event, matters->candidates[i]->text,
			arena_printf(job->arena, "%s %s", matters->is_yes ? "yes" : "no",
				code_of(job, matters->candidates[i])));
	job_ask(job, &event, chosen);
}

static bool is_number(const char *word)
{
	size_t len = strspn(word, "0123456789");

	return len > 0 && len <= NUMBER_LEN && !word[len];
}

/* Is the matter the one that the words name? Without words, any, but nothing is taken back by a
 * mere "yes", which may be meant for another. */
static bool is_meant(struct job *job, size_t i)
{
	const struct matters *matters = job->data;
	const struct matter *matter = &matters->list[i];
	const char *word = job->argc > 0 ? job->argv[0] : NULL, *offered;
	unsigned n;

	if (!word)
		return !matters->is_yes || strcmp(matter->accept, "yes") == 0;
	if (!is_number(word))
		return strlen(word) >= CODE_LEN &&
		       strncasecmp(matter->token, word, strlen(word)) == 0;
	n = (unsigned)strtoul(word, NULL, 10);
	offered = offer_get(job->kith, OFFER, n);
	return offered ? strcmp(offered, matter->token) == 0 : n == i + 1;
}

static void decide(struct job *job)
{
	struct matters *matters = job->data;
	size_t count = 0;

	for (size_t i = 0; i < matters->count; i++)
		if (is_meant(job, i))
			matters->candidates[count++] = &matters->list[i];
	if (count == 1)
		answer(job, matters->candidates[0]);
	else if (count > 1)
		ask_which(job, count);
	else
		job_fail(job,
			job->argc > 0 ? "That is not open, or no longer."
				      : "Nothing waits for that answer.",
			"item-not-found");
}

/* ---- The commands ---- */

static void begun(struct job *job, const struct adhoc_reply *reply)
{
	struct matters *matters = job->data;

	if (reply->completed && !matters->is_answer) {
		if (reply->note)
			job_note(job, reply->note);
		job_end(job, KITH_OUTCOME_OK);
		return;
	}
	if (reply->completed || !reply->form) {
		job_fail(job, reply->note ? reply->note : "a strange answer", "item-not-found");
		return;
	}
	matters->session = arena_strdup(job->arena, reply->session);
	read_matters(job, reply->form);
	if (arena_failed(job->arena))
		job_fail(job, "out of memory", NULL);
	else if (matters->is_answer)
		decide(job);
	else
		show(job);
}

static void begin(struct job *job, bool is_answer, bool is_yes)
{
	struct matters *matters = arena_alloc(job->arena, sizeof(*matters));

	if (!matters || job->argc > (is_answer ? 1 : 0)) {
		job_usage(job);
		return;
	}
	*matters = (struct matters){.node = "matters", .is_answer = is_answer, .is_yes = is_yes};
	job->data = matters;
	adhoc_run(job, matters->node, NULL, NULL, NULL, begun);
}

void command_matters(struct job *job)
{
	begin(job, false, false);
}

void command_yes(struct job *job)
{
	begin(job, true, true);
}

void command_no(struct job *job)
{
	begin(job, true, false);
}
