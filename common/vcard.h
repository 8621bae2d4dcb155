/* The vCard model (RFC 6350) that all codecs read into and write from.
 *
 * A card is a list of properties in their order. Whatever a codec doesn't know is kept: unknown
 * properties, parameters, groups, and their order survive a round trip. Everything lives in the
 * arena that the card was made in; strings given to builders are copied into it. Builders give NULL
 * or do nothing on lack of memory: look at arena_failed() once. */
#ifndef KITH_VCARD_H
#define KITH_VCARD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buffer;
struct xml;
struct phone;

#define VCARD_PROPERTIES_MAX 1000 /* of one card; a codec refuses more */

/* A list of texts: the values of a parameter, or of one component. */
struct vcard_text {
	struct vcard_text *next;
	const char *text; /* decoded, never NULL */
};

/* One component of a structured value (N has five, RFC 6350, 6.2.2); most values have one. */
struct vcard_component {
	struct vcard_component *next;
	struct vcard_text *values; /* at least one, perhaps "" */
};

struct vcard_param {
	struct vcard_param *next;
	const char *name;	/* upper case: "TYPE" */
	const char *value_type; /* of its values in XML; NULL: what its name says, mostly "text" */
	struct vcard_text *values;
};

struct vcard_property {
	struct vcard_property *next, *prev;
	const char *group;	/* "item1", as written; NULL: none */
	const char *name;	/* upper case: "TEL" */
	const char *value_type; /* lower case: "text", "uri", "date-and-or-time", ..., "unknown"
				   (the value is then as written, nothing decoded; RFC 6351, 5) */
	struct vcard_param *params;
	struct vcard_component *components;
	const struct xml
		*xml; /* not NULL: an element that the model can't express (foreign
			 namespace, unknown structure); the XML codec writes it back as is.
			 The name is then "XML" (RFC 6350, 6.1.5), there are no components */
};

struct vcard {
	struct arena *arena;
	struct vcard_property *first, *last;
};

/* ---- Building ---- */
struct vcard *vcard_new(struct arena *arena);
struct vcard *vcard_copy(struct arena *arena, const struct vcard *card);
/* Adds a property with one value as the last of the card, or right behind `after` if not NULL. */
struct vcard_property *vcard_add(struct vcard *card, struct vcard_property *after, const char *name,
	const char *value_type, const char *text);
/* Adds a structured property of count components; a NULL component is "". */
struct vcard_property *vcard_add_structured(
	struct vcard *card, const char *name, size_t count, const char *const *components);
/* Replaces all values of property by one text. */
void vcard_set_text(struct vcard *card, struct vcard_property *property, const char *value_type,
	const char *text);
void vcard_remove(struct vcard *card, struct vcard_property *property);
/* A copy of property (of any card) as last of card. */
struct vcard_property *vcard_add_copy(struct vcard *card, const struct vcard_property *property);
/* Sets parameter name (any case) to one value; NULL removes it. */
void vcard_set_param(
	struct vcard *card, struct vcard_property *property, const char *name, const char *value);
/* Adds a TYPE (lower case as in RFC 6350, 6.4.1) if not there yet. */
void vcard_add_type(struct vcard *card, struct vcard_property *property, const char *type);

/* ---- Looking ---- */
/* The first property of that name (upper case), the next one behind `property`; or NULL. */
struct vcard_property *vcard_first(const struct vcard *card, const char *name);
struct vcard_property *vcard_next(const struct vcard_property *property, const char *name);
/* The first value of the first component, "" if none; "" for NULL. Borrowed with the arena. */
const char *vcard_text(const struct vcard_property *property);
/* Component n from 0, its first value; "" if there is none. */
const char *vcard_component_text(const struct vcard_property *property, size_t n);
/* First value of the parameter (name in any case), or NULL. */
const char *vcard_get_param(const struct vcard_property *property, const char *name);
/* True if TYPE has that value, in any case. */
bool vcard_has_type(const struct vcard_property *property, const char *type);
/* True if both have the same name, group, parameters and values (order of parameters aside). */
bool vcard_property_equal(const struct vcard_property *a, const struct vcard_property *b);
bool vcard_equal(const struct vcard *a, const struct vcard *b);
/* What to call the person: FN, else N put together, else ORG, NICKNAME, EMAIL, TEL; never NULL. */
const char *vcard_name(const struct vcard *card);
/* The preferred one of several (lowest PREF, RFC 6350, 5.3), or the first; NULL if none. */
struct vcard_property *vcard_preferred(const struct vcard *card, const char *name);
/* The bare prepared JID of the first IMPP with an xmpp: URI (whom the card says it is about: a
 * claim of the card, nothing more), in the card's arena; NULL if none. */
const char *vcard_jid(const struct vcard *card);

/* ---- Telephones ---- */
/* Reads a TEL; region as phone_read(). */
void vcard_tel(const struct vcard_property *tel, const char *region, struct phone *out);
/* True if one of its TELs is the number of that identity (phone.h). */
bool vcard_has_number(const struct vcard *card, const char *identity, const char *region);
/* The kind word under which a TEL is paired and shown: "fax", "pager", "cell" (mobile), "work",
 * "home", "voice"... By what the number is (phone->kind), then by TYPE; RFC 6350, 6.4.1. */
const char *vcard_tel_kind(const struct vcard_property *tel, const struct phone *phone);
/* Removes all numbers and what would tell of them: labels that label nothing any more (RFC
 * 6350, 3.3) and what is kept as an element with a TEL of any namespace in it. */
void vcard_remove_tels(struct vcard *card);
/* "x-retired": the parameter that marks a number its owner gave up; value: a date (RFC
 * 6350, 4.3.1). The mark also sets PREF=100. */
#define VCARD_PARAM_RETIRED "X-RETIRED"

/* ---- Codecs. Reading gives NULL with a reason for a person in *why (may be NULL). ---- */
/* vCard4 XML (RFC 6351, XEP-0292): element is <vcard/>, or <vcards/> with one (the first is taken).
 */
struct vcard *vcard_from_xml(struct arena *arena, const struct xml *element, const char **why);
struct xml *vcard_to_xml(struct arena *arena, const struct vcard *card);
/* The same from and to stored text. */
struct vcard *vcard_from_xml_text(
	struct arena *arena, const char *text, size_t len, const char **why);
int vcard_to_xml_text(struct buffer *out, const struct vcard *card);
/* The same in an arena, *len bytes (len may be NULL); NULL: no memory. */
const char *vcard_to_xml_string(struct arena *arena, const struct vcard *card, size_t *len);
/* vcard-temp (XEP-0054) by the mapping of XEP-0292, 4 (what has no mapping is kept as X- property).
 */
struct vcard *vcard_from_temp(struct arena *arena, const struct xml *element, const char **why);
struct xml *vcard_to_temp(struct arena *arena, const struct vcard *card);

enum vcard_version {
	VCARD_2_1, /* read only */
	VCARD_3_0, /* RFC 2426 */
	VCARD_4_0, /* RFC 6350 */
};

/* A reader of text that gives card after card: vCard 2.1, 3.0, 4.0, of any charset that can be told
 * (BOM, CHARSET, else UTF-8, else Windows-1252). text is borrowed while the reader is used. */
struct vcard_reader {
	const char *text;
	size_t len;
	size_t position; /* where the next card is looked for */
	unsigned line;	 /* of position, from 1, for messages */
};

void vcard_reader_init(struct vcard_reader *reader, const char *text, size_t len);
/* The next card, in the arena. NULL: none left (*why is NULL then) or a broken one, which is passed
 * over (*why says what, in words with the line; reading may go on). */
struct vcard *vcard_read(struct vcard_reader *reader, struct arena *arena, const char **why);
/* Appends the card as text, CRLF, folded at 75 octets on character borders. 0, or -1 (out->failed).
 */
int vcard_write(struct buffer *out, const struct vcard *card, enum vcard_version version);

#endif
