/* Entries of the local book as cards: reading and writing their text, and which contact of the
 * service each of them is. */
#ifndef KITH_LOCAL_H
#define KITH_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/book.h"
#include "plugin/state.h"

struct arena;
struct vcard;

struct local {
	struct local *next;
	struct book_entry entry;
	bool tried;	    /* it was read, or it was tried */
	const char *text;   /* as read; NULL */
	struct vcard *card; /* NULL: it can't be read, see why */
	const char *why;
	bool taken; /* it belongs to a contact of the mirror */
};

/* A contact of the mirror with its entry. */
struct pair {
	struct pair *next;
	struct state_item row;
	struct local *local; /* NULL: none */
};

/* All entries, unread, in the arena. 0, or -1 (logged). */
int local_list(struct book *book, struct arena *arena, struct local **locals);
/* Reads an entry once. False: it can't be read, why says why. */
bool local_read(struct book *book, struct arena *arena, struct local *local);
/* The one card of an entry's text; NULL with a reason in *why (may be NULL). */
struct vcard *local_parse(struct arena *arena, const char *text, size_t len, const char **why);

/* Finds the entry of each contact: by the entry's name; else, of the entries that are nobody's, the
 * one of the same UID, link, or number and name. */
void local_match(struct book *book, struct arena *arena, const char *region, struct local *locals,
	struct pair *pairs);

/* The card as an entry of its own: with UID (the item id, where it has none), name, and the JID of
 * a linked contact as IMPP. */
struct vcard *local_card_for(struct arena *arena, const struct vcard *card, const char *item);
/* Its text: in the version of old (text of an entry), or in 3.0, which all programs read.
 * Terminated; NULL: no memory. */
const char *local_render(struct arena *arena, const struct vcard *card, const char *old);

/* An item id for a card that is not linked: its UID, or a new one where it has none or one that is
 * a JID, which would make a link that nobody confirmed. */
const char *local_item_id(struct arena *arena, const struct vcard *card);
/* "urn:uuid:" and a random UUID (RFC 9562, 5.4). NULL: no memory, or no randomness. */
const char *local_new_uid(struct arena *arena);

#endif
