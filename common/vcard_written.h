/* How a property's value is written in a version of vCard text: in which form, and what VALUE says.
 * For the writer of vCard text alone. */
#ifndef KITH_VCARD_WRITTEN_H
#define KITH_VCARD_WRITTEN_H

#include "common/vcard.h"

enum vcard_form {
	VCARD_FORM_PLAIN, /* the components, each text escaped if the value is one */
	/* In 3.0: */
	VCARD_FORM_DATA,   /* ;ENCODING=b: of RFC 2426, 3.1.4 */
	VCARD_FORM_TEL,	   /* a number for a person instead of a tel: URI */
	VCARD_FORM_GEO,	   /* 1.5;2.5 */
	VCARD_FORM_OFFSET, /* -05:00 */
	VCARD_FORM_DATE,   /* 1996-04-15 */
};

struct vcard_written {
	enum vcard_form form;
	const char *media; /* of VCARD_FORM_DATA */
	const char *text;  /* of all but VCARD_FORM_PLAIN, nothing escaped; NULL: no memory */
	const char *type;  /* what VALUE has to say; NULL: nothing */
};

/* version: VCARD_3_0 or VCARD_4_0. Texts lie in the arena, or are of the property. */
struct vcard_written vcard_written(
	struct arena *arena, const struct vcard_property *property, enum vcard_version version);

#endif
