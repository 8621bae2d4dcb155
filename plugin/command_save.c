/* The commands `save` and `add`: cards into the address book. What is there is merged, never
 * doubled or overwritten; a link of a contact that is there is added or changed only by its owner's
 * word, and so is one that somebody else's card would make (design: sections 1.2 and 4, "Link"). */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/merge.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "plugin/card_file.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/local.h"
#include "plugin/request.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"
#include "plugin/who.h"

#define FILE_MAX (8 * 1024 * 1024) /* bytes of a file of cards */

enum link_word { LINK_ASK, LINK_YES, LINK_NO };

/* A card to take in. */
struct incoming {
	struct incoming *next;
	const struct vcard *card;
	const char *about; /* bare JID that it says it is about; NULL */
	bool by_subject;   /* who sent it is whom it is about */
	int64_t n;	   /* in the inbox; 0: from a file */
};

struct save {
	struct incoming *left; /* the first one is under way */
	enum link_word word;
	const char *words; /* to be typed with `link` or `apart` behind */
	/* The contact that the first one goes into. */
	const struct vcard *card;
	const char *item;
	const char *old_item; /* to be retracted once it is under its new one; NULL */
	const char *link;     /* that it has; NULL */
	const char *how;
};

static void next(struct job *job);

static void step_failed(struct job *job, const struct reply *reply)
{
	job_fail(job, reply->text, reply->condition);
}

/* ---- The end of one ---- */
static void finish_one(struct job *job)
{
	struct save *save = job->data;

	save->left = save->left->next;
	next(job);
}

static void ask_link(struct job *job);

static void tell_saved(struct job *job, bool ok, const char *why)
{
	struct save *save = job->data;
	struct state_item row;
	struct event event;

	if (!ok)
		job_note(job, arena_printf(job->arena,
				      "The local book waits for the next sync: %s.", why));
	event_init(&event, KITH_EVENT_SAVED);
	event_add(&event, "item", save->item);
	event_add(&event, "name", vcard_name(save->card));
	event_add(&event, "how", save->how);
	event_add(&event, "jid", save->link);
	if (state_item_get(job->kith->state, job->arena, save->item, &row) == 1)
		event_add(&event, "file", row.file);
	event_add_card(&event, save->card, job->kith->region);
	job_tell(job, &event);
	ask_link(job);
}

static void stored(struct job *job)
{
	struct save *save = job->data;

	if (save->left->n > 0)
		state_card_saved(job->kith->state, save->left->n);
	sync_ensure(job->kith, job, true, tell_saved);
}

/* ---- Storing ---- */
static void retracted(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;

	(void)kith;
	if (reply->kind == REPLY_RESULT ||
		(reply->kind == REPLY_ERROR && strcmp(reply->condition, "item-not-found") == 0))
		stored(job);
	else
		step_failed(job, reply);
}

static void published(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	struct save *save = job->data;

	if (reply->kind != REPLY_RESULT)
		step_failed(job, reply);
	else if (save->old_item)
		request_send(kith,
			stanza_retract(kith->scratch, kith->service, client_new_id(kith),
				NODE_CONTACTS, save->old_item),
			retracted, job);
	else
		stored(job);
}

static void publish(struct job *job)
{
	struct save *save = job->data;
	struct kith *kith = job->kith;

	request_send(kith,
		stanza_publish(kith->scratch, kith->service, client_new_id(kith), NODE_CONTACTS,
			save->item, save->card),
		published, job);
}

/* Puts the contact under the JID that the card is about: that is the link. */
static void relink(struct job *job)
{
	struct save *save = job->data;

	save->old_item = strcmp(save->item, save->left->about) == 0 ? NULL : save->item;
	save->item = save->link = save->left->about;
	save->how = "merged";
	publish(job);
}

/* ---- The link ---- */
static void link_chosen(struct job *job, unsigned choice)
{
	if (choice == 1)
		relink(job);
	else
		finish_one(job);
}

static void ask_link(struct job *job)
{
	struct save *save = job->data;
	const char *about = save->left->about;
	struct event event;

	if (!about || (save->link && strcmp(save->link, about) == 0) || save->word == LINK_NO) {
		finish_one(job);
		return;
	}
	if (save->word == LINK_YES) {
		relink(job);
		return;
	}
	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text",
		arena_printf(job->arena,
			"%s is linked to %s; the card says it is about %s. Link to that, so that "
			"its changes reach this contact?",
			event_name(job->arena, vcard_name(save->card)),
			save->link ? save->link : "nobody", about));
	event_add_choice(&event, arena_printf(job->arena, "link to %s", about),
		arena_printf(job->arena, "%s link", save->words));
	event_add_choice(&event,
		save->link ? arena_printf(job->arena, "stay with %s", save->link) : "no link",
		arena_printf(job->arena, "%s apart", save->words));
	job_ask(job, &event, link_chosen);
}

/* ---- Which contact ---- */
static const struct hit *find_contact(struct job *job, const struct incoming *incoming, bool *ok)
{
	const struct hit *found = NULL;
	struct hit *hits;
	size_t count;

	*ok = who_find(job->kith, job->arena, NULL, &hits, &count) == 0;
	for (size_t i = 0; *ok && i < count; i++) {
		if (!hits[i].in_service ||
			!merge_is_same(hits[i].card, hits[i].link, incoming->card, incoming->about,
				job->kith->region))
			continue;
		/* The same link says more than the same UID, or number and name. */
		if (hits[i].link && incoming->about && strcmp(hits[i].link, incoming->about) == 0)
			return &hits[i];
		if (!found)
			found = &hits[i];
	}
	return found;
}

/* The id of a new contact: the JID if its owner or the card's subject says so, else a UID. */
static const char *new_item(struct job *job, const struct incoming *incoming)
{
	const struct save *save = job->data;
	struct state_item row;
	const char *item;

	if (incoming->about &&
		(save->word == LINK_YES || (incoming->by_subject && save->word != LINK_NO)))
		return incoming->about;
	item = local_item_id(job->arena, incoming->card);
	if (item && state_item_get(job->kith->state, job->arena, item, &row) != 0)
		item = local_new_uid(job->arena);
	return item;
}

static void take_in(struct job *job)
{
	struct save *save = job->data;
	const struct incoming *incoming = save->left;
	bool ok;
	const struct hit *hit = find_contact(job, incoming, &ok);
	struct vcard *card = hit ? vcard_copy(job->arena, hit->card) : vcard_new(job->arena);
	enum merge_result merged = MERGE_NO_MEMORY;

	if (ok && card)
		merged = merge_card(card, incoming->card, job->kith->region);
	if (merged == MERGE_FULL || merged == MERGE_NO_MEMORY) {
		job_fail(job,
			merged == MERGE_FULL ? "the contact would be too large"
					     : "the book can't be read",
			NULL);
		return;
	}
	save->card = card;
	save->old_item = NULL;
	save->item = hit ? hit->item : new_item(job, incoming);
	save->link = hit ? hit->link : NULL;
	if (!hit && save->item && jid_is_account(job->arena, save->item, NULL))
		save->link = save->item;
	if (!save->item) {
		job_fail(job, "out of memory", NULL);
		return;
	}
	save->how = !hit ? "new" : merged == MERGE_CHANGED ? "merged" : "same";
	if (!hit || merged == MERGE_CHANGED)
		publish(job);
	else
		stored(job);
}

static void next(struct job *job)
{
	struct save *save = job->data;

	if (save->left)
		take_in(job);
	else
		job_end(job, KITH_OUTCOME_OK);
}

static void book_seen(struct job *job, bool ok, const char *why)
{
	if (ok)
		next(job);
	else
		job_fail(job, why, NULL);
}

static void begin(struct job *job)
{
	sync_ensure(job->kith, job, false, book_seen);
}

/* ---- save ---- */
static int list_row(void *context, const struct state_card *stored_card)
{
	struct job *job = context;
	const struct vcard *card =
		vcard_from_xml_text(job->arena, stored_card->card, strlen(stored_card->card), NULL);
	struct event event;

	if (!card)
		return 0;
	event_init(&event, KITH_EVENT_CARD);
	event_add(&event, "n", arena_printf(job->arena, "%" PRId64, stored_card->n));
	event_add(&event, "from", stored_card->from);
	event_add(&event, "about", stored_card->about);
	if (!stored_card->about || strcmp(stored_card->about, stored_card->from) != 0)
		event_add(&event, "passed_on", "true");
	event_add_card(&event, card, job->kith->region);
	job_tell(job, &event);
	return 0;
}

/* Takes `link` or `apart` off the end. */
static void take_word(struct job *job)
{
	struct save *save = job->data;
	const char *word = job->argc > 0 ? job->argv[job->argc - 1] : "";

	if (strcmp(word, "link") == 0)
		save->word = LINK_YES;
	else if (strcmp(word, "apart") == 0)
		save->word = LINK_NO;
	if (save->word != LINK_ASK)
		job->argc--;
}

static struct save *save_new(struct job *job)
{
	struct save *save = arena_alloc(job->arena, sizeof(*save));

	job->data = save;
	if (save)
		take_word(job);
	return save;
}

void command_save(struct job *job)
{
	struct save *save = save_new(job);
	struct incoming *incoming = arena_alloc(job->arena, sizeof(*incoming));
	struct state_card card;
	int64_t n = 0;
	char *end;

	if (save && save->word == LINK_ASK && job->argc == 1 && strcmp(job->argv[0], "list") == 0) {
		if (state_card_list(job->kith->state, job->arena, list_row, job) == 0)
			job_end(job, KITH_OUTCOME_OK);
		else
			job_fail(job, "the state can't be read", NULL);
		return;
	}
	if (job->argc == 1) {
		errno = 0;
		n = strtoll(job->argv[0], &end, 10);
		if (*end || n < 1 || errno)
			job->argc = 2; /* no number */
	}
	if (!save || !incoming || job->argc > 1) {
		job_usage(job);
		return;
	}
	if (state_card_get(job->kith->state, job->arena, n, &card) != 1) {
		job_fail(job, "there is no such card", "item-not-found");
		return;
	}
	incoming->card = vcard_from_xml_text(job->arena, card.card, strlen(card.card), NULL);
	incoming->about = card.about;
	incoming->by_subject = card.about && strcmp(card.about, card.from) == 0;
	incoming->n = card.n;
	if (!incoming->card) {
		job_fail(job, "the card can't be read", NULL);
		return;
	}
	save->left = incoming;
	save->words = arena_printf(job->arena, "save %" PRId64, card.n);
	begin(job);
}

/* ---- add ---- */
static struct incoming *read_cards(struct job *job, const char *text, size_t len)
{
	struct incoming *first = NULL, **end = &first;
	struct vcard_reader reader;
	const struct vcard *card;
	const char *why = NULL;

	vcard_reader_init(&reader, text, len);
	while ((card = vcard_read(&reader, job->arena, &why)) || why) {
		struct incoming *incoming;
		struct event event;

		if (!card) {
			event_init(&event, KITH_EVENT_SKIPPED);
			event_add(&event, "file", job_text(job, 0, job->argc));
			event_add(&event, "text", why);
			job_tell(job, &event);
			continue;
		}
		incoming = arena_alloc(job->arena, sizeof(*incoming));
		if (!incoming)
			break;
		incoming->card = card;
		incoming->about = vcard_jid(card);
		*end = incoming;
		end = &incoming->next;
	}
	return first;
}

void command_add(struct job *job)
{
	struct save *save = save_new(job);
	const char *name;
	char *text;
	size_t len = 0;

	if (!save || job->argc == 0) {
		job_usage(job);
		return;
	}
	name = job_path(job, 0, job->argc);
	text = card_file_whole(job->arena, name, FILE_MAX, &len);
	if (!text) {
		job_fail(job, arena_printf(job->arena, "%s: %s", name, strerror(errno)), NULL);
		return;
	}
	save->words = arena_printf(job->arena, "add %s", name);
	save->left = read_cards(job, text, len);
	if (!save->left)
		job_fail(job, arena_printf(job->arena, "%s: there is no card in it", name), NULL);
	else
		begin(job);
}
