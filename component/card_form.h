/* A card as a form that a person fills in: the name, the numbers by kind, the e-mail addresses.
 * What a form doesn't show stays in the card as it is. */
#ifndef KITH_CARD_FORM_H
#define KITH_CARD_FORM_H

#include <stdbool.h>

struct arena;
struct vcard;
struct vcard_property;
struct xml;

/* Adds the fields name, cell, work, home, voice, fax and email, with what card has. */
void card_form_write(
	struct arena *arena, struct xml *form, const struct vcard *card, const char *region);

/* Brings into card what form says: a number that is there stays with all it has, one that is left
 * out goes, a new one takes the place of one left out of the same kind, or is added. A field that
 * the form doesn't have changes nothing. NULL, or what is wrong, for a person: card is then half
 * changed. region as phone_read(). */
const char *card_form_read(
	struct arena *arena, const struct xml *form, struct vcard *card, const char *region);

/* Adds to form the fields of submitted that card_form_read() reads, hidden: for a stage behind the
 * one that they were filled in at. And what of them is to be read there: a client may have left out
 * what is empty; NULL: no memory. */
void card_form_keep(struct arena *arena, struct xml *form, const struct xml *submitted);
const struct xml *card_form_kept(struct arena *arena, const struct xml *submitted);

/* Sets FN; where that changes it, N goes, which would go on saying the former name. */
void card_form_set_name(struct vcard *card, const char *name);

/* Sets tel, or a new TEL of that kind if it is NULL, to what a person typed. kind NULL: what the
 * number is. False if it is no number. */
bool card_form_set_tel(struct vcard *card, struct vcard_property *tel, const char *text,
	const char *kind, const char *region);

/* The first TEL that is not marked as retired, behind `after` if not NULL; or NULL. */
struct vcard_property *card_form_tel(const struct vcard *card, const struct vcard_property *after);

#endif
