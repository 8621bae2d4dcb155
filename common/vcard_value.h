/* The value of one line of vCard text: what stands behind the colon, read into a property. For the
 * reader of vCard text alone. */
#ifndef KITH_VCARD_VALUE_H
#define KITH_VCARD_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/vcard.h"

struct arena;

struct vcard_value {
	struct arena *arena;
	enum vcard_version version;
	const char *type;    /* as VALUE= says, lower case; NULL: nothing said */
	const char *charset; /* as CHARSET= says, or NULL */
	/* What else the bytes may be if that is NULL and they aren't UTF-8, or NULL. */
	const char *fallback;
	bool quoted_printable;
	bool base64;
	unsigned *budget; /* values that the card may still have */
};

/* Reads the bytes into property, which has its name and parameters. 0, or -1: no memory, or out of
 * budget. */
int vcard_value_read(const struct vcard_value *value, struct vcard *card,
	struct vcard_property *property, const char *bytes, size_t len);

#endif
