/* The command `introduce`: two people get each other's card. The service sends both, so that the
 * rules of each bind (design: section 3, "forms"); whom the words mean, the own book says first. */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/adhoc.h"
#include "plugin/chats.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"
#include "plugin/who.h"

/* One of the two. */
struct side {
	const char *who;		     /* text, or the bare JID once that is known */
	bool is_known;			     /* here, or nobody here is meant */
	const char *jids[EVENT_CHOICES_MAX]; /* that were offered */
};

struct introduce {
	struct side sides[2]; /* as the fields below */
	size_t asked;	      /* which of them */
	const char *session;  /* NULL: the service wasn't asked yet */
};

static const char *const fields[2] = {"first", "second"};

static void go_on(struct job *job);

/* ---- Which one ---- */

static const char *quoted(struct job *job, const char *text)
{
	return strchr(text, ' ') ? arena_printf(job->arena, "\"%s\"", text) : text;
}

/* A choice of the side that is asked about; the words to type instead have it by its JID. */
static void add_choice(struct job *job, struct event *event, size_t i, const char *text)
{
	struct introduce *introduce = job->data;
	const struct side *side = &introduce->sides[introduce->asked];
	const char *other = introduce->sides[1 - introduce->asked].who;

	if (introduce->asked == 0)
		event_add_choice(event, text,
			arena_printf(job->arena, "introduce %s %s", side->jids[i], other));
	else
		event_add_choice(event, text,
			arena_printf(
				job->arena, "introduce %s %s", quoted(job, other), side->jids[i]));
}

static void chosen(struct job *job, unsigned choice)
{
	struct introduce *introduce = job->data;
	struct side *side = &introduce->sides[introduce->asked];

	if (choice == 0) {
		job_end(job, KITH_OUTCOME_CANCELLED);
		return;
	}
	side->who = side->jids[choice - 1];
	side->is_known = true;
	go_on(job);
}

static void begin_question(struct introduce *introduce, struct event *event, size_t side)
{
	introduce->asked = side;
	event_init(event, KITH_EVENT_QUESTION);
	event_add(event, "text", "Which one?");
}

/* ---- In the own book ---- */

static void find_in_book(struct job *job, size_t i)
{
	struct introduce *introduce = job->data;
	struct side *side = &introduce->sides[i];
	struct event event;
	struct hit *hits;
	size_t count, kept = 0;
	const char *bare;

	if (jid_is_account(job->arena, side->who, &bare)) {
		side->who = bare;
		side->is_known = true;
		go_on(job);
		return;
	}
	if (who_find(job->kith, job->arena, side->who, &hits, &count) != 0) {
		job_fail(job, "the book can't be read", NULL);
		return;
	}
	begin_question(introduce, &event, i);
	for (size_t h = 0; h < count && kept < EVENT_CHOICES_MAX; h++) {
		const char *jid = who_jid(&hits[h]);

		if (!jid)
			continue;
		side->jids[kept] = jid;
		add_choice(job, &event, kept++,
			arena_printf(
				job->arena, "%s, %s", event_name(job->arena, hits[h].name), jid));
	}
	if (kept > 1) {
		job_ask(job, &event, chosen);
		return;
	}
	if (kept == 1)
		side->who = side->jids[0];
	side->is_known = true; /* else the directory may know */
	go_on(job);
}

/* ---- By the service ---- */

static void introduced(struct job *job, const struct adhoc_reply *reply);

static void submit(struct job *job)
{
	struct introduce *introduce = job->data;
	struct arena *arena = job->kith->scratch;
	struct xml *form = stanza_form(arena);

	for (size_t i = 0; i < 2; i++)
		stanza_form_add(arena, form, fields[i], introduce->sides[i].who);
	adhoc_run(job, "introduce", introduce->session, "complete", form, introduced);
}

/* Several accounts: the service's form has them as options of the field. */
static bool keep_options(struct job *job, const struct xml *form, size_t i)
{
	struct introduce *introduce = job->data;
	struct side *side = &introduce->sides[i];
	const struct xml *option = xml_child(stanza_form_field(form, fields[i]), NULL, "option");
	struct event event;
	size_t count = 0;

	begin_question(introduce, &event, i);
	for (; option && count < EVENT_CHOICES_MAX; option = xml_next(option, NS_DATA, "option")) {
		const char *value =
			arena_strdup(job->arena, xml_child_text(job->arena, option, "value"));
		const char *label = xml_get(option, "label");

		if (!value)
			continue;
		side->jids[count] = value;
		add_choice(job, &event, count++, label ? label : value);
	}
	if (count == 0)
		return false;
	side->is_known = false;
	job_ask(job, &event, chosen);
	return true;
}

static void introduced(struct job *job, const struct adhoc_reply *reply)
{
	struct introduce *introduce = job->data;

	if (!reply->completed) {
		introduce->session = arena_strdup(job->arena, reply->session);
		if (keep_options(job, reply->form, 0) || keep_options(job, reply->form, 1))
			return;
	}
	if (!reply->completed || reply->note_is_error) {
		job_fail(job, reply->note ? reply->note : "the service asks for more",
			"item-not-found");
		return;
	}
	job_note(job, reply->note ? reply->note : "done");
	job_end(job, KITH_OUTCOME_OK);
}

static void begun(struct job *job, const struct adhoc_reply *reply)
{
	struct introduce *introduce = job->data;

	if (reply->completed) {
		introduced(job, reply);
		return;
	}
	introduce->session = arena_strdup(job->arena, reply->session);
	submit(job);
}

/* ---- The command ---- */

/* The one step that is next. */
static void go_on(struct job *job)
{
	struct introduce *introduce = job->data;

	for (size_t i = 0; i < 2; i++) {
		struct side *side = &introduce->sides[i];

		if (!side->is_known) {
			find_in_book(job, i);
			return;
		}
		if (chats_is_encrypted(job->kith->chats, side->who)) {
			job_fail(job,
				arena_printf(job->arena,
					"The chat with %s is encrypted, and a card would go out in "
					"clear: nothing was sent.",
					side->who),
				"not-acceptable");
			return;
		}
	}
	if (introduce->session)
		submit(job);
	else
		adhoc_run(job, "introduce", NULL, NULL, NULL, begun);
}

static void book_seen(struct job *job, bool ok, const char *why)
{
	(void)ok; /* the local book may have who is meant */
	(void)why;
	go_on(job);
}

void command_introduce(struct job *job)
{
	struct introduce *introduce = arena_alloc(job->arena, sizeof(*introduce));

	if (!introduce || job->argc < 2) {
		job_usage(job);
		return;
	}
	*introduce = (struct introduce){.session = NULL};
	introduce->sides[0].who = job->argv[0];
	introduce->sides[1].who = job_text(job, 1, job->argc);
	job->data = introduce;
	sync_ensure(job->kith, job, false, book_seen);
}
