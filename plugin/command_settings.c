/* The command `settings`: what the service does for the account (design: section 4, "Rules"). */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/adhoc.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/stanza.h"

/* The possible values, blanks between. */
static const char *values_of(struct arena *arena, const struct xml *field)
{
	struct buffer out;
	const char *text = NULL;

	buffer_init(&out, 0);
	for (const struct xml *option = xml_child(field, NULL, "option"); option;
		option = xml_next(option, NS_DATA, "option"))
		buffer_printf(&out, "%s%s", out.len > 0 ? " " : "",
			xml_child_text(arena, option, "value"));
	if (buffer_string(&out))
		text = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	return text;
}

/* A list of addresses is one value for a person, with blanks between. */
static bool is_list(const struct xml *field)
{
	const char *type = xml_get(field, "type");

	return type && strcmp(type, "jid-multi") == 0;
}

/* Where the admin leaves no choice. */
static bool is_fixed(const struct xml *field)
{
	const char *type = xml_get(field, "type");

	return type && strcmp(type, "fixed") == 0;
}

static const char *value_of(struct arena *arena, const struct xml *field)
{
	const char *all = stanza_field_value(arena, field);
	const struct xml *value = xml_child(field, NULL, "value");

	if (!is_list(field) || !value)
		return all ? all : ""; /* a list may be empty */
	while ((value = xml_next(value, NS_DATA, "value")))
		all = arena_printf(arena, "%s %s", all, xml_text(arena, value));
	return all;
}

static void cancelled(struct job *job, const struct adhoc_reply *reply)
{
	(void)reply;
	job_end(job, KITH_OUTCOME_OK);
}

static void show(struct job *job, const struct adhoc_reply *reply)
{
	struct arena *arena = job->kith->scratch;

	for (const struct xml *field = xml_child(reply->form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		const char *var = xml_get(field, "var"), *type = xml_get(field, "type");
		struct event event;

		if (!var || (type && strcmp(type, "hidden") == 0))
			continue;
		event_init(&event, KITH_EVENT_SETTING);
		event_add(&event, "key", var);
		event_add(&event, "value", value_of(arena, field));
		event_add(&event, "label", xml_get(field, "label"));
		event_add(&event, "values",
			is_fixed(field) ? value_of(arena, field) : values_of(arena, field));
		job_tell(job, &event);
	}
	adhoc_run(job, "settings", reply->session, "cancel", NULL, cancelled);
}

static void stored(struct job *job, const struct adhoc_reply *reply)
{
	if (!reply->completed || reply->note_is_error) {
		job_fail(job, reply->note ? reply->note : "the service asks for more", NULL);
		return;
	}
	if (reply->note)
		job_note(job, reply->note);
	job_end(job, KITH_OUTCOME_OK);
}

static void begun(struct job *job, const struct adhoc_reply *reply)
{
	struct arena *arena = job->kith->scratch;
	const struct xml *field;
	struct xml *form;

	if (reply->completed || !reply->form) {
		job_fail(job, reply->note ? reply->note : "a strange answer", NULL);
		return;
	}
	if (job->argc == 0) {
		show(job, reply);
		return;
	}
	field = stanza_form_field(reply->form, job->argv[0]);
	if (!field) {
		job_fail(job, arena_printf(arena, "there is no setting %s", job->argv[0]),
			"item-not-found");
		return;
	}
	form = stanza_form(arena);
	if (is_list(field))
		stanza_form_add_list(arena, form, job->argv[0], job->argv[1]);
	else
		stanza_form_add(arena, form, job->argv[0], job->argv[1]);
	adhoc_run(job, "settings", reply->session, "complete", form, stored);
}

void command_settings(struct job *job)
{
	if (job->argc != 0 && job->argc != 2)
		job_usage(job);
	else
		adhoc_run(job, "settings", NULL, NULL, NULL, begun);
}
