/* Entries of the local book as cards: finding them, reading and writing their text. */
#ifndef KITH_LOCAL_H
#define KITH_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/book.h"

struct arena;
struct match;
struct vcard;

struct local {
	struct book_entry entry;
	bool tried;	    /* it was read, or it was tried */
	const char *text;   /* as read; NULL */
	struct vcard *card; /* NULL: it can't be read, see why */
	const char *why;
	bool taken; /* it belongs to a contact of the mirror */
	const char
		*link; /* account that its contact is linked to, where somebody noted that; NULL */
};

/* The entries of a book, unread. */
struct locals {
	struct local *list;
	size_t count, size;
	struct match *names;
};

/* All of the book (NULL: none), their names and revisions in the arena. 0, or -1 (logged). The
 * caller clears them with locals_clear(), also on failure. */
int locals_list(struct locals *locals, struct book *book, struct arena *arena);
void locals_clear(struct locals *locals);
/* One more; *entry's texts are borrowed for as long. 0, or -1: no memory. */
int locals_add(struct locals *locals, const struct book_entry *entry);
/* The entry of that name, or NULL. */
struct local *locals_find(const struct locals *locals, const char *name);

/* Reads an entry once, in the arena. False: it can't be read, why says why. */
bool local_read(struct book *book, struct arena *arena, struct local *local);
/* Forgets what was read: the arena is about to be reset. */
void local_drop(struct local *local);
/* The one card of an entry's text; NULL with a reason in *why (may be NULL). */
struct vcard *local_parse(struct arena *arena, const char *text, size_t len, const char **why);

/* The card as an entry of its own: with UID (the item id, where it has none), name, and the JID of
 * a linked contact as IMPP. */
struct vcard *local_card_for(struct arena *arena, const struct vcard *card, const char *item);
/* Its text: in the version of old (text of an entry), or in 3.0, which all programs read.
 * Terminated; NULL: no memory. */
const char *local_render(struct arena *arena, const struct vcard *card, const char *old);

/* An item id for a card that is not linked: its UID, or a new one where it has none or one that is
 * a JID, which would make a link that nobody confirmed. */
const char *local_item_id(struct arena *arena, const struct vcard *card);
/* "urn:uuid:" and the UUID that the card's contents give (RFC 9562, 5.5): the same for the same
 * card, REV and PRODID aside. NULL: no memory. */
const char *local_content_uid(struct arena *arena, const struct vcard *card);
/* "urn:uuid:" and a random UUID (RFC 9562, 5.4). NULL: no memory, or no randomness. */
const char *local_new_uid(struct arena *arena);

#endif
