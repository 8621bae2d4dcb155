/* Forms of values that older vCards write differently than 4.0. For the codecs alone. All results
 * lie in the arena (or are the text given); NULL: no memory, or as said. */
#ifndef KITH_VCARD_FORMS_H
#define KITH_VCARD_FORMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* True if there is nothing in text but blanks, breaks and controls, of which vCard text keeps none.
 */
bool vcard_is_blank(const char *text);
/* The length of NEL, LS or PS (Unicode, 5.8) at text, at which some readers end a line
 * (vdirsyncer); else 0. */
size_t vcard_line_break(const char *text);

/* "1996-04-15T08:30:00-05:00" (RFC 2426) as "19960415T083000-0500" (RFC 6350, 4.3); what isn't a
 * full date as it is. */
const char *vcard_date_basic(struct arena *arena, const char *text);
/* The other way. */
const char *vcard_date_extended(struct arena *arena, const char *text);

/* "-05:00" (RFC 2426) as "-0500" (RFC 6350, 4.7), and the other way; NULL: it is neither. */
const char *vcard_offset_basic(struct arena *arena, const char *text);
const char *vcard_offset_extended(struct arena *arena, const char *text);

/* "geo:37.386,-122.082" (RFC 5870) of latitude and longitude in decimals; NULL: they are not. */
const char *vcard_geo_uri(struct arena *arena, const char *latitude, const char *longitude);
/* The other way. 0, or -1: uri is no geo: URI. */
int vcard_geo_split(
	struct arena *arena, const char *uri, const char **latitude, const char **longitude);

/* "tel:+1-418-656-9254;ext=102" as a person writes it, "+1-418-656-9254 ext. 102"; another text as
 * it is. */
const char *vcard_tel_plain(struct arena *arena, const char *text);

/* base64 without what isn't, and with the padding that it needs (RFC 4648, 4): text cut off
 * somewhere opens as far as it goes. */
const char *vcard_base64(struct arena *arena, const char *base64);
/* A data: URI (RFC 2397) of base64, its white space left out; media NULL: by the first bytes. */
const char *vcard_data_uri(struct arena *arena, const char *media, const char *base64);
/* The data behind the comma of a data: URI of base64, and its media type; NULL: it is none. */
const char *vcard_data_split(struct arena *arena, const char *uri, const char **media);

#endif
