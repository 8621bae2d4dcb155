/* A card: somebody's contact details in a message (design: section 3, "card").
 *
 * One <vcard/> as a child of a chat message, a <body/> with the same for a reader, XEP-0428
 * fallback, XEP-0359 origin-id, XEP-0334 <store/>, XEP-0184 request. Used by both who send one. */
#ifndef KITH_CARD_H
#define KITH_CARD_H

#include <stdbool.h>

struct arena;
struct vcard;
struct xml;

/* The message that brings card to the bare or full JID `to`; from NULL: left to the server.
 * id: of the message and its origin-id. intro: the first line of the body ("Carol Example's contact
 * details, from alice@example.org:"); NULL: the card's name alone. The card gets its provenance:
 * IMPP xmpp:about (NULL: unknown), SOURCE (NULL: none), REV is left as it is. ns: of the stream
 * ("jabber:client", or "jabber:component:accept"). NULL: no memory. */
struct xml *card_message(struct arena *arena, const char *ns, const char *from, const char *to,
	const char *id, const char *intro, const struct vcard *card, const char *about,
	const char *source);

/* What of a contact of the own book goes to somebody else, a new card in the arena: not what one
 * keeps about somebody for oneself (notes, groups, labels, what other programs put there), no
 * number that its owner gave up, nothing too large for a message. NULL: no memory. */
struct vcard *card_to_pass_on(struct arena *arena, const struct vcard *contact);

/* Adds a paragraph to the body of a message made by card_message(). It is not among what stands in
 * for the card, which is said as XEP-0428, 2.2 has it: a program that shows the card itself shows
 * the paragraph beside it. Of no memory the arena knows. */
void card_message_add(struct arena *arena, struct xml *message, const char *text);

/* The card with its provenance: the bare JID whom it is about (NULL: unknown) as the first IMPP,
 * and where it is from (NULL: left away). In the arena; of no memory that knows. */
const struct vcard *card_with_provenance(
	struct arena *arena, const struct vcard *card, const char *about, const char *source);

/* The card of a message as sent by card_message() or by another program that follows XEP-0292;
 * NULL if it has none, or more than one, or one that can't be read. */
struct vcard *card_of_message(struct arena *arena, const struct xml *message);

/* The card as lines for a reader: name, then "mobile +44 ...", e-mail, and so on. */
const char *card_text(struct arena *arena, const struct vcard *card);

#endif
