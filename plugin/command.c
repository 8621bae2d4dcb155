/* The command words, in order of the alphabet: what begins them, and their help. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/sync.h"
#include "plugin/who.h"

const struct job_word job_words[] = {
	{{"add", "add FILE.vcf [link|apart]", "Takes the cards of a file into the address book."},
		NEED_SERVICE, command_add},
	{{"export", "export [-f 3.0|4.0] FILE.vcf", "Writes all contacts into one file."},
		NEED_SERVICE, command_export},
	{{"find", "find TEXT", "Shows the contacts that a name, e-mail, number or JID means."},
		NEED_NOTHING, command_find},
	{{"import", "import FILE.vcf",
		 "Takes a file of any number of cards into the local book, and so to the service."},
		NEED_SERVICE, command_import},
	{{"introduce", "introduce A B", "Sends two people each other's card."}, NEED_SERVICE,
		command_introduce},
	{{"list", "list", "Shows all contacts."}, NEED_NOTHING, command_list},
	{{"matters", "matters", "Shows what waits for an answer of yours."}, NEED_SERVICE,
		command_matters},
	{{"no", "no [CODE|N]", "Answers what waits: no."}, NEED_SERVICE, command_no},
	{{"number", "number [[KIND] NUMBER [for OLD|more] | remove KIND|NUMBER] [yes]",
		 "Shows your numbers, changes one, or gives one up; first says how many that "
		 "reaches, "
		 "and asks."},
		NEED_SERVICE, command_number},
	{{"save", "save [N] [link|apart] | save list",
		 "Saves a card that came: the last one, or the one of that number."},
		NEED_SERVICE, command_save},
	{{"send", "send TO WHO [N]", "Sends somebody's card to somebody."}, NEED_ONLINE,
		command_send},
	{{"settings", "settings [KEY VALUE]", "Shows or changes what the service does for you."},
		NEED_SERVICE, command_settings},
	{{"show", "show WHO [N]", "Shows one contact in full."}, NEED_NOTHING, command_show},
	{{"sync", "sync", "Brings the local book and the service in step."}, NEED_SERVICE,
		command_sync},
	{{"undo", "undo WHO [N]", "Takes back what was last done to a contact."}, NEED_SERVICE,
		command_undo},
	{{"yes", "yes [CODE|N]", "Answers what waits: yes."}, NEED_SERVICE, command_yes},
	{{NULL, NULL, NULL}, NEED_NOTHING, NULL},
};

const struct kith_word *kith_words(void)
{
	static struct kith_word words[sizeof(job_words) / sizeof(*job_words)];

	for (size_t i = 0; i < sizeof(job_words) / sizeof(*job_words); i++)
		words[i] = job_words[i].word;
	return words;
}

/* Looks at the book as fresh as can be had, then goes on. */
static void look(struct job *job, sync_done *done)
{
	if (job->kith->phase == CLIENT_READY)
		sync_ensure(job->kith, job, false, done);
	else
		done(job, true, NULL);
}

static void note_stale(struct job *job, bool ok, const char *why)
{
	if (!ok)
		job_note(job, arena_printf(job->arena, "This is what is known locally: %s.", why));
}

/* ---- list, find ---- */
static void show_all(struct job *job, const char *text)
{
	struct hit *hits;
	size_t count;

	if (who_find(job->kith, job->arena, text, &hits, &count) != 0) {
		job_fail(job, "the book can't be read", NULL);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct event event;

		event_init(&event, KITH_EVENT_CONTACT);
		who_describe(job->kith, &hits[i], &event);
		job_tell(job, &event);
	}
	if (count == 0 && text)
		job_fail(job, arena_printf(job->arena, "Nobody was found for %s.", text),
			"item-not-found");
	else
		job_end(job, KITH_OUTCOME_OK);
}

static void list_now(struct job *job, bool ok, const char *why)
{
	note_stale(job, ok, why);
	show_all(job, job->argc > 0 ? job_text(job, 0, job->argc) : NULL);
}

void command_find(struct job *job)
{
	if (job->argc == 0)
		job_usage(job);
	else
		look(job, list_now);
}

void command_list(struct job *job)
{
	if (job->argc > 0)
		job_usage(job);
	else
		look(job, list_now);
}

/* ---- show ---- */
static void show_one(struct job *job, const struct hit *hit)
{
	struct event event;

	if (!hit) {
		job_fail(job,
			arena_printf(job->arena, "Nobody was found for %s.",
				job_text(job, 0, job->argc)),
			"item-not-found");
		return;
	}
	event_init(&event, KITH_EVENT_CONTACT);
	who_describe(job->kith, hit, &event);
	for (const struct vcard_property *note = vcard_first(hit->card, "NOTE"); note;
		note = vcard_next(note, "NOTE"))
		event_add(&event, "note", vcard_text(note));
	job_tell(job, &event);
	job_end(job, KITH_OUTCOME_OK);
}

static void show_now(struct job *job, bool ok, const char *why)
{
	unsigned n = who_take_number(job, 1);
	const char *text = job_text(job, 0, job->argc);

	note_stale(job, ok, why);
	who_pick(job, text, n, arena_printf(job->arena, "show %s", text), NULL, show_one);
}

void command_show(struct job *job)
{
	if (job->argc == 0)
		job_usage(job);
	else
		look(job, show_now);
}

/* ---- sync ---- */
static void synced(struct job *job, bool ok, const char *why)
{
	if (!ok) {
		job_fail(job, why, NULL);
		return;
	}
	sync_tell(job->kith, job);
	job_end(job, KITH_OUTCOME_OK);
}

void command_sync(struct job *job)
{
	if (job->argc > 0)
		job_usage(job);
	else
		sync_ensure(job->kith, job, true, synced);
}
