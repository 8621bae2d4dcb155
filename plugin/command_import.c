/* The command `import`: a file of any number of cards into the local book, from where sync takes
 * them to the service, a piece of it at a time.
 *
 * A card that says nothing new changes nothing: so it can be repeated, and goes on where it was cut
 * off. No card makes a link (design: section 1.2). */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "plugin/card_file.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/import.h"
#include "plugin/job.h"
#include "plugin/sync.h"

struct importing {
	const char *name;
	struct card_file *file;
	struct import import;
	bool is_indexed;
	unsigned cards, jids, counts[IMPORT_FAILED];
	int64_t told_at;
};

static void clear(struct job *job)
{
	struct importing *importing = job->data;

	card_file_close(importing->file);
	if (importing->import.kith) {
		import_close(&importing->import);
		sync_hold(job->kith, false);
	}
}

/* ---- Telling ---- */
static void add_count(struct event *event, struct arena *arena, const char *name, unsigned count)
{
	event_add(event, name, arena_printf(arena, "%u", count));
}

static void tell_progress(struct job *job)
{
	struct importing *importing = job->data;
	struct arena *arena = importing->import.arena;
	struct event event;

	if (client_now(job->kith) == importing->told_at)
		return;
	importing->told_at = client_now(job->kith);
	event_init(&event, KITH_EVENT_PROGRESS);
	event_add(&event, "what", "import");
	add_count(&event, arena, "done", importing->cards);
	add_count(&event, arena, "percent", card_file_percent(importing->file));
	job_tell(job, &event);
}

static void tell_skipped(struct job *job, const char *why)
{
	const struct importing *importing = job->data;
	struct event event;

	event_init(&event, KITH_EVENT_SKIPPED);
	event_add(&event, "file", importing->name);
	event_add(&event, "text", why);
	job_tell(job, &event);
}

static void tell_imported(struct job *job)
{
	const struct importing *importing = job->data;
	struct arena *arena = importing->import.arena;
	struct event event;

	event_init(&event, KITH_EVENT_IMPORTED);
	event_add(&event, "file", importing->name);
	add_count(&event, arena, "cards", importing->cards);
	add_count(&event, arena, "new", importing->counts[IMPORT_NEW]);
	add_count(&event, arena, "merged", importing->counts[IMPORT_MERGED]);
	add_count(&event, arena, "same", importing->counts[IMPORT_SAME]);
	add_count(&event, arena, "skipped", importing->counts[IMPORT_SKIPPED]);
	add_count(&event, arena, "jids", importing->jids);
	job_tell(job, &event);
}

/* ---- The end ---- */
static void synced(struct job *job, bool ok, const char *why)
{
	struct sync_counts counts;

	sync_counts(job->kith, &counts);
	if (!ok) {
		job_fail(job,
			arena_printf(job->arena,
				"%s  What is not on the service yet is in the local book; the next "
				"sync goes on.",
				why),
			counts.is_limited ? "resource-constraint" : NULL);
		return;
	}
	sync_tell(job->kith, job);
	if (counts.left_out > 0)
		job_fail(job, "Not all contacts have room on the service.", NULL);
	else
		job_end(job, KITH_OUTCOME_OK);
}

static void fail_book(struct job *job)
{
	job_fail(job, "the local book can't be written", NULL);
}

static void finish(struct job *job)
{
	struct importing *importing = job->data;

	job->work = NULL;
	if (import_settle(&importing->import) != 0) {
		fail_book(job);
		return;
	}
	if (importing->cards == 0) {
		job_fail(job,
			arena_printf(job->arena, "%s: there is no card in it", importing->name),
			NULL);
		return;
	}
	tell_imported(job);
	sync_hold(job->kith, false);
	sync_ensure(job->kith, job, true, synced);
}

/* ---- The cards ---- */
static void take_card(struct job *job, struct vcard *card, unsigned line)
{
	struct importing *importing = job->data;
	const char *why;
	enum import_result result;

	importing->jids += vcard_jid(card) != NULL;
	result = import_take(&importing->import, card, &why);
	if (result == IMPORT_FAILED) {
		fail_book(job);
		return;
	}
	importing->counts[result]++;
	if (result == IMPORT_SKIPPED)
		tell_skipped(job, arena_printf(importing->import.arena, "line %u: %s", line, why));
}

static void take_next(struct job *job)
{
	struct importing *importing = job->data;
	struct vcard *card;
	const char *why;
	unsigned line;

	switch (card_file_next(importing->file, importing->import.arena, &card, &line, &why)) {
	case CARD_FILE_CARD:
		importing->cards++;
		take_card(job, card, line);
		break;
	case CARD_FILE_BROKEN:
		importing->cards++;
		importing->counts[IMPORT_SKIPPED]++;
		tell_skipped(job, why);
		break;
	case CARD_FILE_END:
		finish(job);
		break;
	case CARD_FILE_FAILED:
		job_fail(job, arena_printf(job->arena, "%s: %s", importing->name, why), NULL);
		break;
	}
}

static void work(struct job *job)
{
	struct importing *importing = job->data;
	int more = 0;

	tell_progress(job);
	if (!importing->is_indexed)
		more = import_index(&importing->import);
	importing->is_indexed = more == 0;
	if (more < 0)
		job_fail(job, "out of memory", NULL);
	else if (more == 0)
		take_next(job);
	arena_reset(importing->import.arena);
}

/* ---- The beginning ---- */
static bool is_under_way(const struct job *job)
{
	for (const struct job *other = job->kith->jobs; other; other = other->next)
		if (other != job && !other->ended && other->clear == clear)
			return true;
	return false;
}

static void book_seen(struct job *job, bool ok, const char *why)
{
	struct importing *importing = job->data;

	if (!ok)
		job_note(job,
			arena_printf(job->arena, "It goes into the local book for now: %s.", why));
	if (import_open(&importing->import, job->kith) != 0) {
		job_fail(job, "the local book can't be read", NULL);
		return;
	}
	sync_hold(job->kith, true);
	job->work = work;
}

void command_import(struct job *job)
{
	struct importing *importing = arena_alloc(job->arena, sizeof(*importing));

	if (!importing || job->argc == 0) {
		job_usage(job);
		return;
	}
	if (!job->kith->book || is_under_way(job)) {
		job_fail(job,
			job->kith->book ? "an import is under way"
					: "there is no local book to take them into",
			NULL);
		return;
	}
	job->data = importing;
	job->clear = clear;
	importing->name = job_path(job, 0, job->argc);
	importing->file = card_file_open(importing->name);
	if (importing->file)
		sync_ensure(job->kith, job, false, book_seen);
	else
		job_fail(job, arena_printf(job->arena, "%s: %s", importing->name, strerror(errno)),
			NULL);
}
