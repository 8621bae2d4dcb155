/* What the fields of a form hold: a table from which each goes out with its type (XEP-0122, version
 * 1.0.2), and by which what comes back is checked, since no client need have done so (its 3.4). */
#ifndef KITH_FIELD_H
#define KITH_FIELD_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct xml;

enum field_kind {
	FIELD_TEXT,    /* any text: no type is said */
	FIELD_NAME,    /* not only blanks */
	FIELD_PHONE,   /* a telephone number */
	FIELD_EMAIL,   /* an e-mail address */
	FIELD_LINES,   /* an entry a line, of whatever else checks them */
	FIELD_INTEGER, /* from min to max */
	FIELD_ACCOUNT, /* the JID of an account; that is a type of XEP-0004 already */
	FIELD_YES_NO,  /* 0 or 1 */
	FIELD_CHOICE,  /* one of `options`; or of those that the form gets later, if NULL */
};

struct field_option {
	const char *value, *label;
};

struct field {
	const char *var, *type, *label; /* type: of XEP-0004, 3.3 */
	enum field_kind kind;
	bool is_required;
	const struct field_option *options; /* ends with value NULL */
	int64_t min, max;
};

/* A new last field of the form, with the value that is filled in already (NULL: none). */
struct xml *field_add(
	struct arena *arena, struct xml *form, const struct field *field, const char *value);

/* The type alone, for a field that was made by form_add(). */
void field_add_type(struct arena *arena, struct xml *element, const struct field *field);

/* What is wrong with what the form has for the fields of a table (it ends with var NULL), for a
 * person, in the arena; or NULL. What isn't required may be empty or left out. region as
 * phone_read(). */
const char *field_fault(struct arena *arena, const struct xml *form, const struct field *fields,
	const char *region);

/* True for the values of XEP-0004's boolean that say yes. */
bool field_is_true(const char *value);

#endif
