/* Data forms: building and reading (XEP-0004, with the FORM_TYPE of XEP-0068). */
#ifndef KITH_FORM_H
#define KITH_FORM_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct xml;

/* A new <x/>. type: "form", "result" or "submit". form_type: the hidden FORM_TYPE; NULL: none, as
 * in a form that is filled in by a person only. Builders tolerate NULL, as those of xml.h do. */
struct xml *form_new(struct arena *arena, const char *type, const char *form_type);
/* What a person reads above the fields; either may be NULL. Call it before the first form_add(). */
void form_describe(
	struct arena *arena, struct xml *form, const char *title, const char *instructions);
/* A new last field. type ("text-single", "list-single" ...), label and value may be NULL. */
struct xml *form_add(struct arena *arena, struct xml *form, const char *var, const char *type,
	const char *label, const char *value);
void form_add_value(struct arena *arena, struct xml *field, const char *value);
/* Adds a value for each line of text; NULL: none. */
void form_add_lines(struct arena *arena, struct xml *field, const char *text);
/* Marks a field that must be filled in. */
void form_require(struct arena *arena, struct xml *field);
/* A choice of a list field. */
void form_add_option(struct arena *arena, struct xml *field, const char *label, const char *value);

/* True if form is a submitted one (or of no stated type) with that FORM_TYPE. */
bool form_is(struct arena *arena, const struct xml *form, const char *form_type);
/* The field of that name, or NULL. */
const struct xml *form_field(const struct xml *form, const char *var);
/* The first value of the field, without white space around it, in the arena; NULL if there is no
 * such field or it has no value. */
const char *form_value(struct arena *arena, const struct xml *form, const char *var);
/* The text of a value without the white space around it, in the arena, "" for nothing; NULL: no
 * memory. */
const char *form_line(struct arena *arena, const struct xml *value);
/* All values of the field as lines of one text, in the arena; NULL if there are none, or they come
 * to more than max bytes. */
const char *form_lines(struct arena *arena, const struct xml *form, const char *var, size_t max);

#endif
