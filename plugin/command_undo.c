/* The command `undo`: takes back what sync decided where both sides had changed one thing, or
 * removed; else what an update of the service did to the contact. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "plugin/adhoc.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/merge3.h"
#include "plugin/request.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"
#include "plugin/who.h"

struct undo {
	const char *text;
	const char *item;
	struct state_journal entry;
	bool found;
};

static void in_step(struct job *job, bool ok, const char *why)
{
	if (ok)
		job_end(job, KITH_OUTCOME_OK);
	else
		job_fail(job, why, NULL);
}

/* ---- What sync decided ---- */
static void published(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	struct undo *undo = job->data;

	if (reply->kind != REPLY_RESULT) {
		job_fail(job, reply->text, reply->condition);
		return;
	}
	if (state_journal_done(kith->state, undo->entry.id) != 0) {
		job_fail(job, "the state can't be written", NULL);
		return;
	}
	job_note(job, arena_printf(job->arena, "%s is as before.",
			      event_name(job->arena, undo->entry.name)));
	sync_ensure(kith, job, true, in_step);
}

static struct vcard *read_card(struct arena *arena, const char *text)
{
	return text ? vcard_from_xml_text(arena, text, strlen(text), NULL) : NULL;
}

/* contact: as it is; NULL where it was removed. */
static void take_back(struct job *job, const struct vcard *contact)
{
	struct undo *undo = job->data;
	struct kith *kith = job->kith;
	struct arena *arena = job->arena;
	struct vcard *lost = read_card(arena, undo->entry.lost);
	struct vcard *kept = read_card(arena, undo->entry.kept);
	struct vcard *card = undo->entry.whole || !contact ? lost : vcard_copy(arena, contact);
	struct vcard_property *old = NULL;

	if (!undo->entry.whole && contact && card) {
		if (kept && kept->first)
			old = merge3_find(card, kept->first, kith->region);
		if (lost && lost->first)
			merge3_put(card, old, lost->first);
		else if (old)
			vcard_remove(card, old);
	}
	if (!card || arena_failed(arena)) {
		job_fail(job, "what is to come back can't be read", NULL);
		return;
	}
	request_send(kith,
		stanza_publish(kith->scratch, kith->service, client_new_id(kith), NODE_CONTACTS,
			undo->entry.item, card),
		published, job);
}

/* ---- What the service did ---- */
static void undone(struct job *job, const struct adhoc_reply *reply)
{
	if (!reply->completed || reply->note_is_error) {
		job_fail(job, reply->note ? reply->note : "the service asks for more",
			"item-not-found");
		return;
	}
	if (reply->note)
		job_note(job, reply->note);
	sync_ensure(job->kith, job, true, in_step);
}

static void begun(struct job *job, const struct adhoc_reply *reply)
{
	struct undo *undo = job->data;
	struct arena *arena = job->kith->scratch;
	struct xml *form = stanza_form(arena);

	if (reply->completed) {
		undone(job, reply);
		return;
	}
	stanza_form_add(arena, form, "item", undo->item);
	adhoc_run(job, "undo", reply->session, "complete", form, undone);
}

/* ---- Which contact ---- */
static int removed_row(void *context, const struct state_journal *entry)
{
	struct undo *undo = context;

	if (strcasecmp(entry->name, undo->text) != 0 && strcmp(entry->item, undo->text) != 0)
		return 0;
	undo->entry = *entry;
	undo->found = true;
	return 1;
}

static void picked(struct job *job, const struct hit *hit)
{
	struct undo *undo = job->data;
	struct kith *kith = job->kith;
	int found;

	if (!hit) {
		if (state_journal_removed(kith->state, job->arena, removed_row, undo) == 0 &&
			undo->found)
			take_back(job, NULL);
		else
			job_fail(job,
				arena_printf(job->arena, "Nobody was found for %s.", undo->text),
				"item-not-found");
		return;
	}
	undo->item = hit->item ? hit->item : "";
	found = state_journal_last(kith->state, job->arena, undo->item, &undo->entry);
	if (found == 1)
		take_back(job, hit->card);
	else if (found == 0 && hit->in_service)
		adhoc_run(job, "undo", NULL, NULL, NULL, begun);
	else
		job_fail(job, "there is nothing to take back", "item-not-found");
}

static void look(struct job *job, bool ok, const char *why)
{
	struct undo *undo = job->data;
	unsigned n = who_take_number(job, 1);

	if (!ok) {
		job_fail(job, why, NULL);
		return;
	}
	undo->text = job_text(job, 0, job->argc);
	who_pick(job, undo->text, n, arena_printf(job->arena, "undo %s", undo->text), NULL, picked);
}

void command_undo(struct job *job)
{
	struct undo *undo = arena_alloc(job->arena, sizeof(*undo));

	job->data = undo;
	if (!undo || job->argc == 0)
		job_usage(job);
	else
		sync_ensure(job->kith, job, false, look);
}
