/* Cards into the local book: see import.h. */
#include "config.h"

#include "plugin/import.h"

#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/merge.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/match.h"

#define UNSETTLED_MAX 256

/* ---- The table of what is there ---- */
static int note_link(void *context, const struct state_head *head)
{
	struct import *import = context;
	struct local *local = head->file ? locals_find(&import->locals, head->file) : NULL;

	if (local && !jid_is_account(import->entries, head->item, &local->link))
		local->link = NULL;
	return 0;
}

int import_open(struct import *import, struct kith *kith)
{
	*import = (struct import){
		.kith = kith, .entries = arena_new(0), .arena = arena_new(0), .keys = match_new()};
	if (!import->entries || !import->arena || !import->keys ||
		locals_list(&import->locals, kith->book, import->entries) != 0 ||
		state_head_list(kith->state, import->arena, note_link, import) != 0)
		return -1;
	arena_reset(import->arena);
	import->listed = import->locals.count;
	return 0;
}

void import_close(struct import *import)
{
	if (import->unsettled > 0)
		import_settle(import);
	locals_clear(&import->locals);
	match_free(import->keys);
	arena_free(import->entries);
	arena_free(import->arena);
}

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
static int add_keys(struct import *import, const struct local *local, const struct vcard *card)
{
	struct adding adding = {
		.keys = import->keys, .entry = (uint32_t)(local - import->locals.list)};

	if (merge_keys(import->arena, card, local->link, import->kith->region, add_key, &adding) !=
		0)
		return -1;
	return adding.failed ? -1 : 0;
}

int import_index(struct import *import)
{
	struct local *local;
	int result = 0;

	if (import->indexed == import->listed)
		return 0;
	local = &import->locals.list[import->indexed++];
	if (local_read(import->kith->book, import->arena, local))
		result = add_keys(import, local, local->card);
	local_drop(local);
	return result == 0 ? 1 : -1;
}

/* ---- Which contact a card is about ---- */
struct finding {
	struct import *import;
	const struct vcard *card;
	const char *about;
	struct local *found;
};

static void look_at(void *context, const char *key)
{
	struct finding *finding = context;
	struct import *import = finding->import;
	struct match_search search;
	uint32_t entry;

	match_find(import->keys, key, &search);
	while (!finding->found && match_next(import->keys, &search, &entry)) {
		struct local *local = &import->locals.list[entry];

		if (local_read(import->kith->book, import->arena, local) &&
			merge_is_same(local->card, local->link, finding->card, finding->about,
				import->kith->region))
			finding->found = local;
		else
			local_drop(local);
	}
}

/* ---- What becomes of it ---- */
/* The card as it is once it went through the book, so that it says the same the next time. */
static const struct vcard *as_written(
	struct arena *arena, const struct vcard *card, const char *beside, const char **why)
{
	const char *text = local_render(arena, card, beside);

	*why = "it is too large";
	return text ? local_parse(arena, text, strlen(text), why) : NULL;
}

/* The contact with the card merged into it, local NULL: a new one. NULL: *why says why not. */
static struct vcard *merged_card(struct import *import, const struct local *local,
	const struct vcard *card, bool *changed, const char **why)
{
	struct arena *arena = import->arena;
	struct vcard *contact = local ? vcard_copy(arena, local->card) : vcard_new(arena);
	const char *uid = vcard_text(vcard_first(card, "UID"));

	card = as_written(arena, card, local ? local->text : NULL, why);
	if (!contact || !card)
		return NULL;
	switch (merge_card(contact, card, import->kith->region)) {
	case MERGE_UNCHANGED:
		*changed = !local;
		break;
	case MERGE_CHANGED:
		*changed = true;
		break;
	case MERGE_FULL:
	case MERGE_NO_MEMORY:
		*why = "the contact would be too large";
		return NULL;
	}
	return local ? contact : local_card_for(arena, contact, uid);
}

/* Notes what was written as the entry of local, or as a new one. */
static int note_written(struct import *import, struct local *local, struct book_entry *entry,
	const struct vcard *contact)
{
	entry->name = local ? local->entry.name : arena_strdup(import->entries, entry->name);
	entry->revision = arena_strdup(import->entries, entry->revision);
	if (!entry->name || !entry->revision)
		return -1;
	if (local)
		local->entry = *entry;
	else if (locals_add(&import->locals, entry) == 0)
		local = &import->locals.list[import->locals.count - 1];
	return local ? add_keys(import, local, contact) : -1;
}

static enum import_result store(
	struct import *import, struct local *local, const struct vcard *contact, const char **why)
{
	struct book *book = import->kith->book;
	struct arena *arena = import->arena;
	struct book_entry entry = {0};
	const char *uid = vcard_text(vcard_first(contact, "UID"));
	const char *text = local_render(arena, contact, local ? local->text : NULL);
	const char *reads; /* is found when a further card meets it */
	enum book_done done;

	*why = "it is too large";
	if (!text)
		return IMPORT_SKIPPED;
	if (local) {
		entry = local->entry;
		done = book->backend->write(book, arena, &entry, uid, text, strlen(text), &reads);
	} else {
		done = book_add(book, arena, &entry, uid, text, strlen(text), &reads);
		import->unsettled++;
	}
	switch (done) {
	case BOOK_DONE:
		break;
	case BOOK_CHANGED:
		*why = arena_printf(arena,
			"%s is being changed by another program; import it again", entry.name);
		return IMPORT_SKIPPED;
	case BOOK_FAILED:
		return IMPORT_FAILED;
	}
	if (note_written(import, local, &entry, contact) != 0)
		return IMPORT_FAILED;
	return local ? IMPORT_MERGED : IMPORT_NEW;
}

enum import_result import_take(struct import *import, struct vcard *card, const char **why)
{
	struct arena *arena = import->arena;
	struct finding finding = {.import = import, .card = card, .about = vcard_jid(card)};
	enum import_result result = IMPORT_SKIPPED;
	const struct vcard *contact;
	const char *uid;
	bool changed = false;

	if (!*vcard_text(vcard_first(card, "UID")) && (uid = local_content_uid(arena, card)))
		vcard_add(card, NULL, "UID", "text", uid);
	if (merge_keys(arena, card, finding.about, import->kith->region, look_at, &finding) != 0)
		return IMPORT_FAILED;
	contact = merged_card(import, finding.found, card, &changed, why);
	if (arena_failed(arena))
		result = IMPORT_FAILED;
	else if (contact)
		result = changed ? store(import, finding.found, contact, why) : IMPORT_SAME;
	if (finding.found)
		local_drop(finding.found);
	if (result != IMPORT_FAILED && import->unsettled >= UNSETTLED_MAX &&
		import_settle(import) != 0)
		result = IMPORT_FAILED;
	return result;
}

int import_settle(struct import *import)
{
	import->unsettled = 0;
	return book_settle(import->kith->book);
}
