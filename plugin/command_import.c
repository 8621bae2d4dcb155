/* The command `import`: a file of any number of cards into the local book, from where sync takes
 * them to the service. Card by card, each against a table of what is there, so that it takes a time
 * in proportion to their number and the memory of one.
 *
 * A contact that is there is completed, as `save` does; a card that says nothing new changes
 * nothing, and one without UID gets the one that its contents give: so it can be repeated, and goes
 * on where it was cut off. No card makes a link (design: section 1.2). */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/merge.h"
#include "common/vcard.h"
#include "plugin/card_file.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/local.h"
#include "plugin/match.h"
#include "plugin/sync.h"

#define UNSETTLED_MAX 256

struct import {
	const char *name;
	struct card_file *file;
	struct arena *entries; /* names and revisions of the book's */
	struct locals locals;
	struct match *keys; /* of the entries: merge.h */
	size_t indexed;	    /* of the entries that there were */
	size_t listed;
	struct arena *arena; /* of the card under way */
	unsigned cards, created, merged, same, skipped, jids;
	unsigned unsettled; /* new entries that may not be on the disk yet */
	int64_t told_at;
};

static void clear(struct job *job)
{
	struct import *import = job->data;

	if (import->unsettled > 0)
		book_settle(job->kith->book);
	sync_hold(job->kith, false);
	card_file_close(import->file);
	locals_clear(&import->locals);
	match_free(import->keys);
	arena_free(import->entries);
	arena_free(import->arena);
}

/* ---- Telling ---- */
static const char *number(struct arena *arena, unsigned n)
{
	return arena_printf(arena, "%u", n);
}

static void tell_progress(struct job *job)
{
	struct import *import = job->data;
	struct arena *arena = import->arena;
	struct event event;

	if (client_now(job->kith) == import->told_at)
		return;
	import->told_at = client_now(job->kith);
	event_init(&event, KITH_EVENT_PROGRESS);
	event_add(&event, "what", "import");
	event_add(&event, "done", number(arena, import->cards));
	event_add(&event, "percent", number(arena, card_file_percent(import->file)));
	job_tell(job, &event);
}

static void tell_skipped(struct job *job, const char *why)
{
	struct import *import = job->data;
	struct event event;

	import->skipped++;
	event_init(&event, KITH_EVENT_SKIPPED);
	event_add(&event, "file", import->name);
	event_add(&event, "text", why);
	job_tell(job, &event);
}

static void tell_imported(struct job *job)
{
	const struct import *import = job->data;
	struct arena *arena = import->arena;
	struct event event;

	event_init(&event, KITH_EVENT_IMPORTED);
	event_add(&event, "file", import->name);
	event_add(&event, "cards", number(arena, import->cards));
	event_add(&event, "new", number(arena, import->created));
	event_add(&event, "merged", number(arena, import->merged));
	event_add(&event, "same", number(arena, import->same));
	event_add(&event, "skipped", number(arena, import->skipped));
	event_add(&event, "jids", number(arena, import->jids));
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

/* 0, or -1: the job ended. */
static int settle(struct job *job)
{
	struct import *import = job->data;

	if (import->unsettled == 0 || book_settle(job->kith->book) == 0) {
		import->unsettled = 0;
		return 0;
	}
	job_fail(job, "the local book can't be written", NULL);
	return -1;
}

static void finish(struct job *job)
{
	struct import *import = job->data;

	job->work = NULL;
	if (settle(job) != 0)
		return;
	if (import->cards == 0) {
		job_fail(job, arena_printf(job->arena, "%s: there is no card in it", import->name),
			NULL);
		return;
	}
	tell_imported(job);
	sync_hold(job->kith, false);
	sync_ensure(job->kith, job, true, synced);
}

/* ---- The table of what is there ---- */
struct adding {
	struct match *keys;
	uint32_t entry;
	bool failed;
};

static void add_key(void *context, const char *key)
{
	struct adding *adding = context;
	struct match_search search;
	uint32_t entry;

	match_find(adding->keys, key, &search);
	while (match_next(adding->keys, &search, &entry))
		if (entry == adding->entry)
			return;
	if (match_add(adding->keys, key, adding->entry) != 0)
		adding->failed = true;
}

/* Adds the keys of an entry, whose card is given. */
static int add_keys(struct job *job, const struct local *local, const struct vcard *card)
{
	struct import *import = job->data;
	struct adding adding = {
		.keys = import->keys, .entry = (uint32_t)(local - import->locals.list)};

	if (merge_keys(import->arena, card, local->link, job->kith->region, add_key, &adding) != 0)
		return -1;
	return adding.failed ? -1 : 0;
}

static int index_next(struct job *job)
{
	struct import *import = job->data;
	struct local *local = &import->locals.list[import->indexed++];
	int result = 0;

	if (local_read(job->kith->book, import->arena, local))
		result = add_keys(job, local, local->card);
	local_drop(local);
	return result;
}

static int note_link(void *context, const struct state_head *head)
{
	struct import *import = context;
	struct local *local = head->file ? locals_find(&import->locals, head->file) : NULL;

	if (local && !jid_is_account(import->entries, head->item, &local->link))
		local->link = NULL;
	return 0;
}

/* ---- A card ---- */
struct finding {
	struct job *job;
	const struct vcard *card;
	const char *about;
	struct local *found;
};

static void look_at(void *context, const char *key)
{
	struct finding *finding = context;
	struct job *job = finding->job;
	struct import *import = job->data;
	struct match_search search;
	uint32_t entry;

	match_find(import->keys, key, &search);
	while (!finding->found && match_next(import->keys, &search, &entry)) {
		struct local *local = &import->locals.list[entry];

		if (local_read(job->kith->book, import->arena, local) &&
			merge_is_same(local->card, local->link, finding->card, finding->about,
				job->kith->region))
			finding->found = local;
		else
			local_drop(local);
	}
}

/* The card as it is once it went through the book, so that it says the same the next time. */
static const struct vcard *as_written(
	struct arena *arena, const struct vcard *card, const char *beside, const char **why)
{
	const char *text = local_render(arena, card, beside);

	*why = "it is too large";
	return text ? local_parse(arena, text, strlen(text), why) : NULL;
}

/* Merges the card into the contact. NULL: it can't be, which was told. */
static struct vcard *merged_card(struct job *job, const struct local *local,
	const struct vcard *card, const char *line, bool *changed)
{
	struct import *import = job->data;
	struct vcard *contact =
		local ? vcard_copy(import->arena, local->card) : vcard_new(import->arena);

	const char *why;

	card = as_written(import->arena, card, local ? local->text : NULL, &why);
	if (!contact || !card) {
		tell_skipped(job, arena_printf(import->arena, "%s: %s", line, why));
		return NULL;
	}
	switch (merge_card(contact, card, job->kith->region)) {
	case MERGE_UNCHANGED:
		*changed = !local;
		return contact;
	case MERGE_CHANGED:
		*changed = true;
		return contact;
	case MERGE_FULL:
	case MERGE_NO_MEMORY:
		break;
	}
	tell_skipped(job, arena_printf(import->arena, "%s: the contact would be too large", line));
	return NULL;
}

/* Writes the contact as the entry local, or as a new one. 0, or -1: the import can't go on. */
static int store(
	struct job *job, struct local *local, const struct vcard *contact, const char *line)
{
	struct import *import = job->data;
	struct book *book = job->kith->book;
	struct book_entry entry = {0};
	const char *uid = vcard_text(vcard_first(contact, "UID"));
	const char *reads; /* is found when a further card meets it */
	enum book_done done;
	const char *text = local_render(import->arena, contact, local ? local->text : NULL);

	if (!text) {
		tell_skipped(job, arena_printf(import->arena, "%s: it is too large", line));
		return 0;
	}
	if (local) {
		entry = local->entry;
		done = book->backend->write(
			book, import->arena, &entry, uid, text, strlen(text), &reads);
	} else {
		done = book_add(book, import->arena, &entry, uid, text, strlen(text), &reads);
		import->unsettled++;
	}
	switch (done) {
	case BOOK_DONE:
		break;
	case BOOK_CHANGED:
		tell_skipped(
			job, arena_printf(import->arena,
				     "%s: %s is being changed by another program; import it again",
				     line, entry.name));
		return 0;
	case BOOK_FAILED:
		return -1;
	}
	entry.name = local ? local->entry.name : arena_strdup(import->entries, entry.name);
	entry.revision = arena_strdup(import->entries, entry.revision);
	if (!entry.name || !entry.revision || (!local && locals_add(&import->locals, &entry) != 0))
		return -1;
	if (local) {
		local->entry = entry;
		import->merged++;
	} else {
		local = &import->locals.list[import->locals.count - 1];
		import->created++;
	}
	return add_keys(job, local, contact);
}

static int take_card(struct job *job, struct vcard *card, const char *line)
{
	struct import *import = job->data;
	struct arena *arena = import->arena;
	struct finding finding = {.job = job, .card = card, .about = vcard_jid(card)};
	const struct vcard *contact;
	const char *uid;
	bool changed = false;
	int result = 0;

	import->cards++;
	import->jids += finding.about != NULL;
	if (!*vcard_text(vcard_first(card, "UID")) && (uid = local_content_uid(arena, card)))
		vcard_add(card, NULL, "UID", "text", uid);
	if (merge_keys(arena, card, finding.about, job->kith->region, look_at, &finding) != 0)
		return -1;
	contact = merged_card(job, finding.found, card, line, &changed);
	if (contact && !finding.found)
		contact = local_card_for(arena, contact, vcard_text(vcard_first(card, "UID")));
	if (arena_failed(arena))
		return -1;
	if (contact && changed)
		result = store(job, finding.found, contact, line);
	else if (contact)
		import->same++;
	if (finding.found)
		local_drop(finding.found);
	return result;
}

static void take_next(struct job *job)
{
	struct import *import = job->data;
	struct vcard *card;
	const char *why;
	unsigned line;

	switch (card_file_next(import->file, import->arena, &card, &line, &why)) {
	case CARD_FILE_CARD:
		if (take_card(job, card, arena_printf(import->arena, "line %u", line)) != 0)
			job_fail(job, "the local book can't be written", NULL);
		else if (import->unsettled >= UNSETTLED_MAX)
			settle(job);
		break;
	case CARD_FILE_BROKEN:
		import->cards++;
		tell_skipped(job, why);
		break;
	case CARD_FILE_END:
		finish(job);
		break;
	case CARD_FILE_FAILED:
		job_fail(job, arena_printf(job->arena, "%s: %s", import->name, why), NULL);
		break;
	}
}

static void work(struct job *job)
{
	struct import *import = job->data;

	tell_progress(job);
	if (import->indexed == import->listed)
		take_next(job);
	else if (index_next(job) != 0)
		job_fail(job, "out of memory", NULL);
	arena_reset(import->arena);
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
	struct import *import = job->data;

	if (!ok)
		job_note(job,
			arena_printf(job->arena, "It goes into the local book for now: %s.", why));
	sync_hold(job->kith, true);
	if (locals_list(&import->locals, job->kith->book, import->entries) != 0 ||
		state_head_list(job->kith->state, job->arena, note_link, import) != 0) {
		job_fail(job, "the local book can't be read", NULL);
		return;
	}
	import->listed = import->locals.count;
	job->work = work;
}

void command_import(struct job *job)
{
	struct import *import = arena_alloc(job->arena, sizeof(*import));

	if (!import || job->argc == 0) {
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
	job->data = import;
	job->clear = clear;
	import->name = job_path(job, 0, job->argc);
	import->file = card_file_open(import->name);
	if (!import->file) {
		job_fail(job, arena_printf(job->arena, "%s: %s", import->name, strerror(errno)),
			NULL);
		return;
	}
	import->entries = arena_new(0);
	import->arena = arena_new(0);
	import->keys = match_new();
	if (import->entries && import->arena && import->keys)
		sync_ensure(job->kith, job, false, book_seen);
	else
		job_fail(job, "out of memory", NULL);
}
