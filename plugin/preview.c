/* Previews of changes, and the question behind them; see preview.h. */
#include "config.h"

#include "plugin/preview.h"

#include "common/arena.h"
#include "plugin/adhoc.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/stanza.h"

#define NODE "preview"

static void chosen(struct job *job, unsigned choice)
{
	if (choice == 0)
		job_end(job, KITH_OUTCOME_CANCELLED);
	else
		job->preview->go(job);
}

static void ask(struct job *job, const char *text)
{
	struct event event;

	if (job->preview->is_confirmed) {
		job_note(job, text);
		job->preview->go(job);
		return;
	}
	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text", arena_printf(job->arena, "%s Change it?", text));
	event_add_choice(&event, "yes", "number yes");
	job_ask(job, &event, chosen);
}

/* The change can be made all the same: a service that has no such command is an older one. */
static void ask_without(struct job *job, const char *reason)
{
	ask(job, arena_printf(job->arena, "How many that reaches the service doesn't say (%s).",
			 reason ? reason : "no reason given"));
}

static void told(struct job *job, const struct adhoc_reply *reply)
{
	if (reply->failed || !reply->completed || reply->note_is_error || !reply->note)
		ask_without(job, reply->note);
	else
		ask(job, reply->note);
}

static void begun(struct job *job, const struct adhoc_reply *reply)
{
	const struct preview *preview = job->preview;
	struct arena *arena = job->kith->scratch;
	struct xml *form;

	if (reply->failed || reply->completed) {
		ask_without(job, reply->note);
		return;
	}
	form = stanza_form(arena);
	stanza_form_add(arena, form, "number", preview->number ? preview->number : "");
	stanza_form_add(arena, form, "replaces", preview->replaces ? preview->replaces : "");
	stanza_form_add(arena, form, "kind", preview->kind ? preview->kind : "");
	adhoc_try(job, NODE, reply->session, "complete", form, told);
}

void preview_show(struct job *job, struct preview *preview)
{
	job->preview = preview;
	adhoc_try(job, NODE, NULL, NULL, NULL, begun);
}

bool preview_confirm(struct job *job)
{
	return job_answer(job->kith, chosen, 1) == 0;
}
