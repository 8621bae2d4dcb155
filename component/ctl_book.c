/* kithctl's commands on address books: export, import.
 *
 * An import never links a contact to an account: that a card names a JID is what the card says, and
 * only the book's owner confirms it (design: section 1). A contact that is there keeps its link. */
#include "component/ctl.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/vcard.h"
#include "component/book.h"

#define PAGE 100	 /* contacts read or written in one turn, so that kithd hardly waits */
#define ITEM_MAX 256	 /* bytes of a UID that is used as item id */
#define URI_XMPP "xmpp:" /* of an exported card that has no UID of its own, before its item id */

struct paging {
	store_contact_row *row;
	void *context;
	char *last; /* item id */
	size_t count;
	bool has_failed;
};

static int page_row(void *context, const struct store_contact *contact)
{
	struct paging *paging = context;

	free(paging->last);
	paging->last = strdup(contact->item);
	paging->count++;
	paging->has_failed = paging->last == NULL || paging->row(paging->context, contact) != 0;
	return paging->has_failed ? 1 : 0;
}

/* Calls row for all contacts of owner, a turn for each page, the arena reset behind it. */
static enum store_result each_contact(
	struct ctl *ctl, int64_t owner, store_contact_row *row, void *context)
{
	struct paging paging = {.row = row, .context = context, .count = PAGE};
	enum store_result result = STORE_OK;

	while (paging.count > 0 && result != STORE_ERROR) {
		char *after = paging.last != NULL ? arena_strdup(ctl->arena, paging.last) : NULL;

		paging.count = 0;
		result = store_look_begin(ctl->store);
		if (result == STORE_OK)
			result = store_contact_list(
				ctl->store, ctl->arena, owner, after, PAGE, page_row, &paging);
		if (paging.has_failed)
			result = STORE_ERROR;
		store_turn_rollback(ctl->store);
		arena_reset(ctl->arena);
	}
	free(paging.last);
	return result;
}

/* ---- export ---- */

struct exporting {
	struct ctl *ctl;
	struct buffer out;
};

static int export_row(void *context, const struct store_contact *contact)
{
	struct exporting *exporting = context;
	struct arena *arena = exporting->ctl->arena;
	struct vcard *card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	const char *bare;

	if (card == NULL)
		return 1;
	/* What has no UID is given one, by which an import finds the contact again. */
	if (vcard_first(card, "UID") == NULL)
		vcard_add(card, NULL, "UID", "uri",
			jid_is_account(arena, contact->item, &bare)
				? arena_printf(arena, URI_XMPP "%s", contact->item)
				: contact->item);
	buffer_reset(&exporting->out);
	if (vcard_write(&exporting->out, card, VCARD_4_0) != 0 || arena_failed(arena))
		return 1;
	fwrite(exporting->out.data, 1, exporting->out.len, stdout);
	return 0;
}

int ctl_export(struct ctl *ctl)
{
	struct exporting exporting = {.ctl = ctl};
	struct store_account account;
	enum store_result result;

	if (store_look_begin(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	if (!ctl_find_account(ctl, ctl->argv[1], false, &account))
		return CTL_FAILED;
	store_turn_rollback(ctl->store);
	buffer_init(&exporting.out, 0);
	result = each_contact(ctl, account.id, export_row, &exporting);
	buffer_clear(&exporting.out);
	return result == STORE_ERROR ? ctl_store_failed(ctl) : CTL_OK;
}

/* ---- import ---- */

/* A contact of the book, for finding it again. */
struct known {
	const char *item;
	const char *uid;		    /* "" none */
	uint8_t digest[SHA256_DIGEST_SIZE]; /* of the card without its UID */
};

struct import {
	struct ctl *ctl;
	const char *file;
	struct store_account account;
	struct arena *index; /* where the texts of known are */
	struct known *known;
	size_t known_count, known_size;
	size_t added, updated, unchanged, refused;
};

/* How it goes on after a card. */
enum import_end {
	IMPORT_ON,
	IMPORT_DONE,	     /* that was all */
	IMPORT_CUT,	     /* no further; said why */
	IMPORT_STORE_FAILED, /* the turn can only be rolled back */
};

static bool digest_card(
	struct arena *arena, const struct vcard *card, uint8_t digest[SHA256_DIGEST_SIZE])
{
	struct vcard *bare = vcard_copy(arena, card);
	struct vcard_property *uid;
	struct sha256_ctx sha;
	struct buffer text;
	bool is_done;

	if (bare == NULL)
		return false;
	while ((uid = vcard_first(bare, "UID")) != NULL)
		vcard_remove(bare, uid);
	buffer_init(&text, 0);
	is_done = vcard_to_xml_text(&text, bare) == 0;
	sha256_init(&sha);
	if (is_done)
		sha256_update(&sha, text.len, (const uint8_t *)text.data);
	sha256_digest(&sha, SHA256_DIGEST_SIZE, digest);
	buffer_clear(&text);
	return is_done;
}

static bool remember(struct import *import, const char *item, const struct vcard *card)
{
	struct known *known;

	if (import->known_count == import->known_size) {
		size_t size = import->known_size > 0 ? import->known_size * 2 : 256;

		known = realloc(import->known, size * sizeof(*known));
		if (known == NULL)
			return false;
		import->known = known;
		import->known_size = size;
	}
	assert(import->known != NULL);
	known = &import->known[import->known_count];
	known->item = arena_strdup(import->index, item);
	known->uid = arena_strdup(import->index, vcard_text(vcard_first(card, "UID")));
	if (arena_failed(import->index) || !digest_card(import->ctl->arena, card, known->digest))
		return false;
	import->known_count++;
	return true;
}

static int known_row(void *context, const struct store_contact *contact)
{
	struct import *import = context;
	struct vcard *card =
		vcard_from_xml_text(import->ctl->arena, contact->card, contact->card_len, NULL);

	return card != NULL && remember(import, contact->item, card) ? 0 : 1;
}

static bool is_uid_of(const struct known *known, const char *uid)
{
	return strcmp(known->uid, uid) == 0 || strcmp(known->item, uid) == 0 ||
	       (strncmp(uid, URI_XMPP, strlen(URI_XMPP)) == 0 &&
		       strcmp(known->item, uid + strlen(URI_XMPP)) == 0);
}

/* The contact with the card's UID; for a card without, one that is the same. */
static struct known *find_known(
	struct import *import, const char *uid, const uint8_t digest[SHA256_DIGEST_SIZE])
{
	for (size_t i = 0; i < import->known_count; i++) {
		struct known *known = &import->known[i];

		if (uid[0] != '\0' ? is_uid_of(known, uid)
				   : memcmp(known->digest, digest, SHA256_DIGEST_SIZE) == 0)
			return known;
	}
	return NULL;
}

static void refuse(struct import *import, const struct vcard *card, const char *why)
{
	char name[128] = "";

	if (card != NULL)
		log_escape(name, sizeof(name), vcard_name(card));
	fprintf(stderr, "kithctl: %s: %s%s%s\n", import->file, name, card != NULL ? ": " : "", why);
	import->refused++;
}

/* One card, in the open turn. */
static enum import_end import_card(struct import *import, struct vcard *card, int64_t now)
{
	struct arena *arena = import->ctl->arena;
	const char *uid = vcard_text(vcard_first(card, "UID")), *item = NULL, *why = NULL;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct store_contact contact;
	struct known *known;

	if (!digest_card(arena, card, digest)) {
		fputs("kithctl: out of memory\n", stderr);
		return IMPORT_CUT;
	}
	known = find_known(import, uid, digest);
	if (known != NULL && memcmp(known->digest, digest, sizeof(digest)) == 0) {
		import->unchanged++;
		return IMPORT_ON;
	}
	/* A UID that reads as a JID would make a link: such a card gets an item id of its own. */
	if (known != NULL)
		item = known->item;
	else if (uid[0] != '\0' && strlen(uid) <= ITEM_MAX && !jid_is_account(arena, uid, NULL))
		item = uid;
	switch (book_publish(
		&import->ctl->rules, arena, &import->account, item, card, now, &contact, &why)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID:
		refuse(import, card, why != NULL ? why : "not acceptable");
		return IMPORT_ON;
	case BOOK_FULL:
		refuse(import, card, "the address book is full");
		return IMPORT_CUT;
	case BOOK_ERROR:
		return IMPORT_STORE_FAILED;
	}
	if (known != NULL) {
		import->updated++;
		memcpy(known->digest, digest, sizeof(digest));
		return IMPORT_ON;
	}
	import->added++;
	return remember(import, contact.item, card) ? IMPORT_ON : IMPORT_CUT;
}

/* The next cards of the file, in a turn of their own. */
static enum import_end import_page(struct import *import, struct vcard_reader *reader)
{
	struct ctl *ctl = import->ctl;
	enum import_end end = IMPORT_ON;

	if (store_turn_begin(ctl->store) != STORE_OK)
		return IMPORT_STORE_FAILED;
	for (int i = 0; i < PAGE && end == IMPORT_ON; i++) {
		const char *why = NULL;
		struct vcard *card = vcard_read(reader, ctl->arena, &why);

		if (card != NULL)
			end = import_card(import, card, ctl->now);
		else if (why != NULL)
			refuse(import, NULL, why);
		else
			end = IMPORT_DONE;
		arena_reset(ctl->arena);
	}
	if (end == IMPORT_STORE_FAILED)
		return end;
	return store_turn_commit(ctl->store) == STORE_OK ? end : IMPORT_STORE_FAILED;
}

static int import_into(struct import *import, const char *jid, const struct buffer *in)
{
	struct ctl *ctl = import->ctl;
	struct vcard_reader reader;
	enum import_end end = IMPORT_ON;

	if (store_turn_begin(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	if (!ctl_find_account(ctl, jid, true, &import->account))
		return CTL_FAILED;
	if (store_turn_commit(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	import->account.jid = arena_strdup(import->index, import->account.jid);
	if (import->account.jid == NULL ||
		each_contact(ctl, import->account.id, known_row, import) == STORE_ERROR)
		return ctl_store_failed(ctl);
	vcard_reader_init(&reader, in->data, in->len);
	while (end == IMPORT_ON)
		end = import_page(import, &reader);
	if (end == IMPORT_STORE_FAILED)
		return ctl_store_failed(ctl);
	printf("added %zu, updated %zu, unchanged %zu, refused %zu\n", import->added,
		import->updated, import->unchanged, import->refused);
	return end == IMPORT_DONE && import->refused == 0 ? CTL_OK : CTL_FAILED;
}

int ctl_import_book(struct ctl *ctl, const char *jid, const char *file)
{
	struct import import = {.ctl = ctl, .file = file};
	struct buffer in;
	int status = CTL_FAILED;

	import.index = arena_new(0);
	if (import.index == NULL)
		fputs("kithctl: out of memory\n", stderr);
	else if (ctl_read_file(import.file, &in))
		status = import_into(&import, jid, &in);
	if (import.index != NULL)
		buffer_clear(&in);
	free(import.known);
	arena_free(import.index);
	return status;
}
