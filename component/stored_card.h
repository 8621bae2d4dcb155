/* The stored form of a card: vCard4 XML, as it goes on the wire (design: section 5, "Storage"). */
#ifndef KITH_STORED_CARD_H
#define KITH_STORED_CARD_H

#include <stddef.h>

struct arena;
struct vcard;

/* What every stored card must have. NULL if it has, else what it lacks, for a person. */
const char *stored_card_fault(const struct vcard *card);

/* The text of card, terminated, in the arena; NULL: no memory. */
const char *stored_card_write(struct arena *arena, const struct vcard *card, size_t *len);

/* vcard_name() of a card as stored_card_write() gave it, in the arena. Mostly it is found without
 * making a card of the text, which costs ten times as much. NULL: it can't be read, or no memory.
 */
const char *stored_card_name(struct arena *arena, const char *text, size_t len);

#endif
