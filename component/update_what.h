/* What an update did, as the text that is stored in its row: a line for each TEL. For update.c,
 * update_undo.c and update_text.c alone.
 *
 * Fields between tabs: verb and how, place, kind, identity, old display, display, and the TEL:
 * group, value type, then `:value` begins a component, `,value` is a further value of it,
 * `NAME=value`
 * (`NAME:type=value` where the parameter has a value type of its own) begins a parameter, `=value`
 * is a further value of it. \t, \n and \\ stand for tab, newline and backslash. */
#ifndef KITH_UPDATE_WHAT_H
#define KITH_UPDATE_WHAT_H

#include <stdbool.h>
#include <stddef.h>

#include "component/update.h"

struct arena;
struct buffer;
struct vcard_property;

struct what {
	enum update_verb verb;
	bool merged;	  /* replaced by a number that the card had already: the TEL was removed */
	size_t place;	  /* of the TEL among the card's properties before the update, from 0 */
	const char *kind; /* for a person */
	const char *identity;	 /* that it has since */
	const char *old_display; /* of a replaced one; else "" */
	const char *display;
	const struct vcard_property *tel; /* as it was; an added one as it came */
};

/* Appends one. */
void what_write(struct buffer *out, const struct what *what);

/* Reads the next one of *text, in the arena, and moves *text behind it. False: none left, or what
 * is there can't be read, or no memory. */
bool what_next(struct arena *arena, const char **text, struct what *what);

#endif
