/* The command `send`: somebody's card to somebody. From the own book the client sends it; from the
 * directory the service does, so that the subject's rule binds (design: section 3, "forms"). */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "plugin/adhoc.h"
#include "plugin/chats.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"
#include "plugin/who.h"

struct send {
	const char *to;	   /* bare JID */
	const char *who;   /* text */
	unsigned n;	   /* of several; 0 */
	const char *words; /* to be typed again, without number */
	const char *session;
	const char **subjects; /* of the directory, that were offered */
};

static void tell_sent(struct job *job, const char *name, const char *by)
{
	struct send *send = job->data;
	struct event event;

	event_init(&event, KITH_EVENT_SENT);
	event_add(&event, "to", send->to);
	event_add(&event, "name", name);
	event_add(&event, "by", by);
	job_tell(job, &event);
}

/* ---- From the own book ---- */
static void send_hit(struct job *job, const struct hit *hit)
{
	struct send *send = job->data;
	struct kith *kith = job->kith;
	struct arena *arena = kith->scratch;
	struct vcard *card = card_to_pass_on(arena, hit->card);
	const char *about = who_jid(hit);
	struct xml *message = NULL;

	if (card)
		message = card_message(arena, NS_CLIENT, NULL, send->to, client_new_id(kith),
			arena_printf(arena, "%s's contact details:", event_name(arena, hit->name)),
			card, about, arena_printf(arena, "xmpp:%s", kith->jid));
	if (!message || client_send(kith, message) != 0) {
		job_fail(job, message ? "not connected" : "out of memory", NULL);
		return;
	}
	tell_sent(job, hit->name, "client");
	job_end(job, KITH_OUTCOME_OK);
}

/* ---- From the directory ---- */
static void shared(struct job *job, const struct adhoc_reply *reply);

static void submit(struct job *job, const char *subject, const char *session)
{
	struct send *send = job->data;
	struct arena *arena = job->kith->scratch;
	struct xml *form = stanza_form(arena);

	stanza_form_add(arena, form, "subject", subject);
	stanza_form_add(arena, form, "to", send->to);
	adhoc_run(job, "share", session, "complete", form, shared);
}

static void subject_chosen(struct job *job, unsigned choice)
{
	struct send *send = job->data;

	if (choice == 0)
		job_end(job, KITH_OUTCOME_CANCELLED);
	else
		submit(job, send->subjects[choice - 1], send->session);
}

/* Several accounts: the service's form has them as options of the field. */
static void offer_subjects(struct job *job, const struct xml *field, const char *session)
{
	struct send *send = job->data;
	const struct xml *option = xml_child(field, NULL, "option");
	const char *known = offer_get(job->kith, send->words, send->n);
	struct event event;
	size_t count = 0;

	send->session = arena_strdup(job->arena, session);
	send->subjects = arena_alloc(job->arena, EVENT_CHOICES_MAX * sizeof(*send->subjects));
	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text", "Which one?");
	for (; option && send->subjects && count < EVENT_CHOICES_MAX;
		option = xml_next(option, NS_DATA, "option")) {
		const char *value =
			arena_strdup(job->arena, xml_child_text(job->arena, option, "value"));
		const char *label = xml_get(option, "label");

		if (!value)
			continue;
		send->subjects[count++] = value;
		event_add_choice(&event, label ? label : value,
			arena_printf(job->arena, "%s %zu", send->words, count));
	}
	if (send->n > 0 && (known || send->n <= count)) {
		submit(job, known ? known : send->subjects[send->n - 1], send->session);
		return;
	}
	if (send->n > 0 || count == 0) {
		job_fail(job, "there is no such choice", NULL);
		return;
	}
	offer_set(job->kith, send->words, send->subjects, count);
	job_ask(job, &event, subject_chosen);
}

static void shared(struct job *job, const struct adhoc_reply *reply)
{
	struct send *send = job->data;
	const struct xml *field = stanza_form_field(reply->form, "subject");

	if (!reply->completed && field && xml_child(field, NULL, "option")) {
		offer_subjects(job, field, reply->session);
	} else if (!reply->completed || reply->note_is_error) {
		job_fail(job, reply->note ? reply->note : "the service asks for more",
			"item-not-found");
	} else {
		tell_sent(job, send->who, "service");
		job_end(job, KITH_OUTCOME_OK);
	}
}

static void share_begun(struct job *job, const struct adhoc_reply *reply)
{
	struct send *send = job->data;

	if (reply->completed)
		shared(job, reply);
	else
		submit(job, send->who, arena_strdup(job->arena, reply->session));
}

static void who_known(struct job *job, const struct hit *hit)
{
	struct send *send = job->data;

	if (hit) {
		send_hit(job, hit);
	} else if (job->kith->phase == CLIENT_READY) {
		adhoc_run(job, "share", NULL, NULL, NULL, share_begun);
	} else {
		job_fail(job, arena_printf(job->arena, "Nobody was found for %s.", send->who),
			"item-not-found");
	}
}

/* ---- To whom ---- */
static void find_who(struct job *job)
{
	struct send *send = job->data;

	if (job->encrypted || chats_is_encrypted(job->kith->chats, send->to)) {
		job_fail(job,
			"This chat is encrypted, and a card would go out in clear: it was not "
			"sent.",
			"not-acceptable");
		return;
	}
	send->words = job->chat ? arena_printf(job->arena, "send %s", send->who)
				: arena_printf(job->arena, "send %s %s", send->to, send->who);
	who_pick(job, send->who, send->n, send->words, NULL, who_known);
}

static bool has_jid(const struct hit *hit)
{
	return who_jid(hit) != NULL;
}

static void to_known(struct job *job, const struct hit *hit)
{
	struct send *send = job->data;

	if (!hit) {
		job_fail(job,
			arena_printf(job->arena, "%s is neither a JID nor a contact with one.",
				send->to),
			"item-not-found");
		return;
	}
	send->to = who_jid(hit);
	find_who(job);
}

static void book_seen(struct job *job, bool ok, const char *why)
{
	struct send *send = job->data;
	const char *bare;

	(void)ok; /* the local book may have who is meant */
	(void)why;
	if (jid_is_account(job->arena, send->to, &bare)) {
		send->to = bare;
		find_who(job);
		return;
	}
	/* Its choices are no N of this command: that is WHO's. */
	who_pick(
		job, send->to, 0, arena_printf(job->arena, "send %s", send->to), has_jid, to_known);
}

void command_send(struct job *job)
{
	size_t first = job->chat ? 0 : 1;
	struct send *send = arena_alloc(job->arena, sizeof(*send));

	if (!send || job->argc <= first) {
		job_usage(job);
		return;
	}
	send->n = who_take_number(job, first + 1);
	send->to = job->chat ? job->chat : job->argv[0];
	send->who = job_text(job, first, job->argc);
	job->data = send;
	if (job->kith->phase == CLIENT_READY)
		sync_ensure(job->kith, job, false, book_seen);
	else
		book_seen(job, false, NULL);
}
