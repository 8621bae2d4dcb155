/* The command `export`: all contacts into one file, the local book's and those that are only on the
 * service; contact by contact, so that it takes the memory of one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/folder.h"
#include "plugin/job.h"
#include "plugin/local.h"
#include "plugin/pairing.h"
#include "plugin/sync.h"

struct export
{
	const char *name;
	char *tmp; /* what is written until all is, beside it; NULL: there is none */
	FILE *file;
	enum vcard_version version;
	struct pairing pairing;
	size_t at;	     /* first in the contacts, then in the entries that are nobody's */
	struct arena *arena; /* of the contact under way */
	unsigned cards, skipped;
	int64_t told_at;
};

static void clear(struct job *job)
{
	struct export *export = job->data;

	if (export->file)
		fclose(export->file);
	if (export->tmp)
		unlink(export->tmp);
	free(export->tmp);
	pairing_clear(&export->pairing);
	arena_free(export->arena);
}

static void fail(struct job *job)
{
	const struct export *export = job->data;

	job_fail(job, arena_printf(job->arena, "%s: %s", export->name, strerror(errno)), NULL);
}

/* ---- Telling ---- */
static void tell_progress(struct job *job)
{
	struct export *export = job->data;
	size_t total = export->pairing.pair_count + export->pairing.locals.count;
	struct event event;

	if (client_now(job->kith) == export->told_at)
		return;
	export->told_at = client_now(job->kith);
	event_init(&event, KITH_EVENT_PROGRESS);
	event_add(&event, "what", "export");
	event_add(&event, "done", arena_printf(export->arena, "%u", export->cards));
	event_add(&event, "percent",
		arena_printf(export->arena, "%zu", total ? 100 * export->at / total : 100));
	job_tell(job, &event);
}

static void tell_skipped(struct job *job, const char *file, const char *why)
{
	struct export *export = job->data;
	struct event event;

	export->skipped++;
	event_init(&event, KITH_EVENT_SKIPPED);
	event_add(&event, "file", file);
	event_add(&event, "text", why ? why : "it can't be read");
	job_tell(job, &event);
}

/* ---- The end ---- */
/* On the disk under its own name, and nothing under another. */
static int put_in_place(struct export *export)
{
	int result = fflush(export->file) == 0 && fsync(fileno(export->file)) == 0 ? 0 : -1;

	if (fclose(export->file) != 0)
		result = -1;
	export->file = NULL;
	if (result != 0 || rename(export->tmp, export->name) != 0)
		return -1;
	free(export->tmp);
	export->tmp = NULL;
	return folder_sync_of(export->name);
}

static void finish(struct job *job)
{
	struct export *export = job->data;
	struct event event;

	job->work = NULL;
	if (put_in_place(export) != 0) {
		fail(job);
		return;
	}
	event_init(&event, KITH_EVENT_EXPORTED);
	event_add(&event, "file", export->name);
	event_add(&event, "cards", arena_printf(export->arena, "%u", export->cards));
	event_add(&event, "skipped", arena_printf(export->arena, "%u", export->skipped));
	job_tell(job, &event);
	job_end(job, KITH_OUTCOME_OK);
}

/* ---- A contact ---- */
static int write_card(struct export *export, const struct vcard *card, const char *item)
{
	struct vcard *whole = local_card_for(export->arena, card, item);
	struct buffer text;
	int result = -1;

	buffer_init(&text, 0);
	errno = ENOMEM;
	if (whole && vcard_write(&text, whole, export->version) == 0 &&
		fwrite(text.data, 1, text.len, export->file) == text.len)
		result = 0;
	buffer_clear(&text);
	export->cards += result == 0;
	return result;
}

/* As it is in the local book; else as it is on the service. */
static int write_contact(struct job *job, struct pair *pair)
{
	struct export *export = job->data;
	const char *item = pair->head.item;
	const struct vcard *card = NULL;
	struct state_item row;

	if (pair->local && local_read(job->kith->book, export->arena, pair->local))
		card = pair->local->card;
	else if (state_item_get(job->kith->state, export->arena, item, &row) == 1 && row.card)
		card = vcard_from_xml_text(export->arena, row.card, strlen(row.card), NULL);
	if (card)
		return write_card(export, card, item);
	if (pair->local || pair->head.is_there)
		tell_skipped(job, pair->local ? pair->local->entry.name : item,
			pair->local ? pair->local->why : NULL);
	return 0;
}

/* One that the service doesn't have. */
static int write_entry(struct job *job, struct local *local)
{
	struct export *export = job->data;

	if (local->taken)
		return 0;
	if (local_read(job->kith->book, export->arena, local))
		return write_card(
			export, local->card, local_content_uid(export->arena, local->card));
	tell_skipped(job, local->entry.name, local->why);
	return 0;
}

static void work(struct job *job)
{
	struct export *export = job->data;
	struct pairing *pairing = &export->pairing;
	size_t at = export->at;
	struct local *local = NULL;
	int result = pairing_step(pairing, export->arena);

	tell_progress(job);
	if (result != 0) {
		arena_reset(export->arena);
		if (result < 0)
			job_fail(job, "the book can't be read", NULL);
		return;
	}
	if (at >= pairing->pair_count + pairing->locals.count) {
		finish(job);
		return;
	}
	if (at < pairing->pair_count) {
		local = pairing->pairs[at].local;
		result = write_contact(job, &pairing->pairs[at]);
	} else {
		local = &pairing->locals.list[at - pairing->pair_count];
		result = write_entry(job, local);
	}
	if (result != 0)
		fail(job);
	if (local)
		local_drop(local);
	arena_reset(export->arena);
	export->at++;
}

/* ---- The beginning ---- */
static int open_tmp(struct export *export)
{
	int fd;

	if (asprintf(&export->tmp, "%s.XXXXXX", export->name) < 0) {
		export->tmp = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(export->tmp, O_CLOEXEC);
	if (fd < 0) {
		free(export->tmp);
		export->tmp = NULL;
		return -1;
	}
	export->file = fdopen(fd, "w");
	if (!export->file)
		close(fd);
	return export->file ? 0 : -1;
}

static void book_seen(struct job *job, bool ok, const char *why)
{
	struct export *export = job->data;

	if (!ok)
		job_note(job, arena_printf(job->arena, "This is what is known locally: %s.", why));
	if (pairing_begin(&export->pairing, job->kith) != 0) {
		job_fail(job, "the book can't be read", NULL);
		return;
	}
	if (open_tmp(export) != 0)
		fail(job);
	else
		job->work = work;
}

/* Takes "-f 3.0" off the beginning. 0, or -1: there is no such version. */
static int take_version(struct job *job, struct export *export)
{
	export->version = VCARD_3_0;
	if (job->argc == 0 || strcmp(job->argv[0], "-f") != 0)
		return 0;
	if (job->argc < 2)
		return -1;
	if (strcmp(job->argv[1], "4.0") == 0)
		export->version = VCARD_4_0;
	else if (strcmp(job->argv[1], "3.0") != 0)
		return -1;
	job->argv += 2;
	job->argc -= 2;
	return 0;
}

void command_export(struct job *job)
{
	struct export *export = arena_alloc(job->arena, sizeof(*export));

	if (!export || take_version(job, export) != 0 || job->argc == 0) {
		job_usage(job);
		return;
	}
	job->data = export;
	job->clear = clear;
	export->name = job_path(job, 0, job->argc);
	export->arena = arena_new(0);
	if (export->arena)
		sync_ensure(job->kith, job, false, book_seen);
	else
		job_fail(job, "out of memory", NULL);
}
