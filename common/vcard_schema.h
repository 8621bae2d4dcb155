/* What RFC 6350 says of each property: its default value type and the shape of its value. For the
 * codecs alone. */
#ifndef KITH_VCARD_SCHEMA_H
#define KITH_VCARD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum vcard_shape {
	VCARD_SINGLE,	  /* one value */
	VCARD_LIST,	  /* values between commas (NICKNAME) */
	VCARD_STRUCTURED, /* components between semicolons, each perhaps a list (N) */
	VCARD_UNITS,	  /* components between semicolons, no names and no lists (ORG) */
};

struct vcard_schema {
	const char *name;	/* upper case */
	const char *element;	/* lower case, as in XML */
	const char *value_type; /* where none is written */
	enum vcard_shape shape;
	const char *const *components; /* of VCARD_STRUCTURED, ended by NULL; RFC 6351, A */
};

/* What is known of the property of that name (upper case), or NULL. */
const struct vcard_schema *vcard_schema_find(const char *name);
/* The same by the lower-case name of XML. */
const struct vcard_schema *vcard_schema_find_element(const char *element);
/* Known or not: "unknown" for a name that is not in the table. */
const char *vcard_schema_value_type(const char *name);
enum vcard_shape vcard_schema_shape(const char *name);

/* The value type of a parameter (upper case) in XML: "integer" for PREF, mostly "text". */
const char *vcard_schema_param_type(const char *name);

/* True for the value types of RFC 6351, A (and the abstract "date-and-or-time"). */
bool vcard_schema_is_value_type(const char *type);

/* True for what VALUE says in lower case that is no more than how the value is written: a value
 * type, or "binary", "inline", "phone-number" of 2.1 and 3.0; false for "content-id". */
bool vcard_schema_is_value_word(const char *text);

/* True for a TYPE (in any case) that a specification knows: RFC 6350, 5.6 and 6.4.1; RFC 2426;
 * vCard 2.1. Any other may be a label that a person gave. */
bool vcard_schema_is_type(const char *type);

/* True if text is a name that both forms can write: a letter, then letters, digits, - and _. */
bool vcard_schema_is_name(const char *text);

#endif
