/* The service's commands. XEP-0050 v1.3, 3. */
#include "config.h"

#include "plugin/adhoc.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/request.h"
#include "plugin/stanza.h"

static void answered(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	const struct xml *command = xml_child(reply->iq, NS_COMMANDS, "command");
	const struct xml *note = xml_child(command, NULL, "note");
	const char *status = xml_get(command, "status"), *type = xml_get(note, "type");
	struct adhoc_reply out = {0};

	if (reply->kind != REPLY_RESULT || !status) {
		out.failed = true;
		out.note = reply->kind != REPLY_RESULT ? reply->text : "a strange answer";
		if (job->adhoc_tries)
			job->adhoc_done(job, &out);
		else
			job_fail(job, out.note, reply->condition);
		return;
	}
	out.completed = strcmp(status, "executing") != 0;
	out.session = xml_get(command, "sessionid");
	out.form = xml_child(command, NS_DATA, "x");
	out.note = note ? xml_text(kith->scratch, note) : NULL;
	out.note_is_error = type && strcmp(type, "error") == 0;
	job->adhoc_done(job, &out);
}

static void run(struct job *job, const char *node, const char *session, const char *action,
	struct xml *form, adhoc_done *done, bool tries)
{
	struct kith *kith = job->kith;

	job->adhoc_done = done;
	job->adhoc_tries = tries;
	request_send(kith,
		stanza_command(kith->scratch, kith->service, client_new_id(kith), node, session,
			action, form),
		answered, job);
}

void adhoc_run(struct job *job, const char *node, const char *session, const char *action,
	struct xml *form, adhoc_done *done)
{
	run(job, node, session, action, form, done, false);
}

void adhoc_try(struct job *job, const char *node, const char *session, const char *action,
	struct xml *form, adhoc_done *done)
{
	run(job, node, session, action, form, done, true);
}
