/* Reading the value of one line of vCard text: RFC 6350, 4; RFC 2426, 4; vCard 2.1, 2.1.
 *
 * What 2.1 and 3.0 write differently (dates, places, photos) is brought to the form of 4.0. */
#include "common/vcard_value.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/charset.h"
#include "common/vcard_forms.h"
#include "common/vcard_schema.h"

/* ---- Escapes ---- */
/* How the text of a value is written. */
enum escapes {
	ESCAPES_NONE,
	ESCAPES_MARKS, /* of a value that is no text: RFC 6350, 3.4 has none, but programs write \,
			*/
	ESCAPES_TEXT,
};

/* What the character behind a backslash stands for; 0: the backslash is one. */
static char escaped(enum vcard_version version, enum escapes escapes, char c)
{
	if (escapes == ESCAPES_TEXT && (c == 'n' || c == 'N') && version != VCARD_2_1)
		return '\n';
	/* COMPAT: Gmail and others, of which no RFC knows. */
	if (escapes == ESCAPES_TEXT && c == '"' && version != VCARD_2_1)
		return '"';
	return c != '\0' && strchr(escapes == ESCAPES_TEXT ? "\\;,:" : ";,:", c) ? c : '\0';
}

static const char *unescape(struct arena *arena, enum vcard_version version, enum escapes escapes,
	const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1), *to = out;

	for (size_t i = 0; out && i < len; i++) {
		bool is_pair = text[i] == '\\' && i + 1 < len;
		char c = is_pair ? escaped(version, escapes, text[i + 1]) : '\0';

		/* A pair that stands for itself stays whole: the second may be a backslash. */
		if (is_pair && !c)
			*to++ = text[i];
		i += is_pair;
		*to++ = c ? c : text[i];
	}
	return out;
}

/* ---- Splitting ---- */
struct splitter {
	const struct vcard_value *value;
	struct vcard_component **component; /* where the next one goes */
	struct vcard_text **text;	    /* where the next value of this component goes */
};

static int add_value(struct splitter *splitter, const char *text, size_t len, enum escapes escapes)
{
	const struct vcard_value *value = splitter->value;
	struct vcard_text *added;

	if (*value->budget == 0 || !(added = arena_alloc(value->arena, sizeof *added)))
		return -1;
	--*value->budget;
	added->text = escapes == ESCAPES_NONE
			      ? arena_strndup(value->arena, text, len)
			      : unescape(value->arena, value->version, escapes, text, len);
	if (!added->text)
		return -1;
	*splitter->text = added;
	splitter->text = &added->next;
	return 0;
}

static int add_component(struct splitter *splitter)
{
	struct vcard_component *added = arena_alloc(splitter->value->arena, sizeof *added);

	if (!added)
		return -1;
	*splitter->component = added;
	splitter->component = &added->next;
	splitter->text = &added->values;
	return 0;
}

/* Cuts text at the separators of shape, and takes the escapes out of what is between. */
static int split(const struct vcard_value *value, struct vcard_property *property,
	enum vcard_shape shape, const char *text)
{
	struct splitter splitter = {.value = value, .component = &property->components};
	bool semicolons = shape == VCARD_STRUCTURED || shape == VCARD_UNITS;
	/* In 2.1 a comma inside of N or ADR is one. */
	bool commas =
		shape == VCARD_LIST || (shape == VCARD_STRUCTURED && value->version != VCARD_2_1);
	size_t start = 0, at = 0;

	if (add_component(&splitter) != 0)
		return -1;
	for (;; at++) {
		char c = text[at];

		if (c == '\\' && text[at + 1] != '\0') {
			at++;
			continue;
		}
		if (c != '\0' && !(c == ';' && semicolons) && !(c == ',' && commas))
			continue;
		if (add_value(&splitter, text + start, at - start, ESCAPES_TEXT) != 0)
			return -1;
		if (c == '\0')
			return 0;
		if (c == ';' && add_component(&splitter) != 0)
			return -1;
		start = at + 1;
	}
}

/* One value as it is, without the white space around it. */
static int set_plain(const struct vcard_value *value, struct vcard_property *property,
	const char *text, enum escapes escapes)
{
	struct splitter splitter = {.value = value, .component = &property->components};
	size_t len;

	text += strspn(text, " \t\n");
	for (len = strlen(text); len > 0 && strchr(" \t\n", text[len - 1]); len--)
		continue;
	return add_component(&splitter) != 0 ? -1 : add_value(&splitter, text, len, escapes);
}

/* ---- Old forms ---- */
/* "37.386;-122.082" of RFC 2426, 3.4.2 as geo: URI, also with the comma of 2.1; NULL: something
 * else. */
static const char *geo_uri(struct arena *arena, const char *text)
{
	size_t len = strcspn(text, ";,");
	const char *latitude = arena_strndup(arena, text, len);

	return latitude && text[len] ? vcard_geo_uri(arena, latitude, text + len + 1) : NULL;
}

/* The TYPE of data that says what they are (JPEG), not whose or where; NULL: none. */
static struct vcard_text **find_format(struct vcard_property *property)
{
	struct vcard_param *param = property->params;
	struct vcard_text **at;

	while (param && strcmp(param->name, "TYPE") != 0)
		param = param->next;
	if (!param)
		return NULL;
	for (at = &param->values; *at; at = &(*at)->next)
		if (strcasecmp((*at)->text, "home") != 0 && strcasecmp((*at)->text, "work") != 0)
			return at;
	return NULL;
}

/* "image/jpeg" for PHOTO;TYPE=JPEG. The TYPE is used up. */
static const char *media_type(
	const struct vcard_value *value, struct vcard *card, struct vcard_property *property)
{
	struct vcard_text **format = find_format(property);
	const char *type = format ? (*format)->text : vcard_get_param(property, "MEDIATYPE");
	const char *family = strcmp(property->name, "SOUND") == 0 ? "audio" : "image";

	if (!type || type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789/.+-")] != '\0')
		return NULL;
	if (format)
		*format = (*format)->next;
	if (!vcard_get_param(property, "TYPE"))
		vcard_set_param(card, property, "TYPE", NULL);
	vcard_set_param(card, property, "MEDIATYPE", NULL);
	if (strchr(type, '/'))
		return type;
	if (strcmp(property->name, "KEY") != 0)
		return arena_printf(value->arena, "%s/%s", family, type);
	return strcmp(type, "pgp") == 0 ? "application/pgp-keys" : "application/pkix-cert";
}

/* base64 data: as data: URI (RFC 6350, 6.2.4) where a URI is expected. */
static int read_base64(const struct vcard_value *value, struct vcard *card,
	struct vcard_property *property, const char *text)
{
	const char *data;

	if (strcmp(vcard_schema_value_type(property->name), "uri") != 0) {
		property->value_type = "unknown";
		vcard_set_param(card, property, "ENCODING", "b");
		text = vcard_base64(value->arena, text);
		return text ? set_plain(value, property, text, ESCAPES_NONE) : -1;
	}
	property->value_type = "uri";
	data = strchr(text, ':')
		       ? text
		       : vcard_data_uri(value->arena, media_type(value, card, property), text);
	return data ? set_plain(value, property, data, ESCAPES_NONE) : -1;
}

/* ---- */
/* Brings a value of 2.1 or 3.0 to the form of 4.0. */
static const char *modern(
	const struct vcard_value *value, struct vcard_property *property, const char *text)
{
	const char *type = property->value_type, *other;

	if (value->version == VCARD_4_0)
		return text;
	if (strncmp(type, "date", 4) == 0 || strcmp(type, "timestamp") == 0)
		return vcard_date_basic(value->arena, text);
	if (strcmp(type, "utc-offset") == 0 && (other = vcard_offset_basic(value->arena, text)))
		return other;
	if (value->type)
		return text;
	if (strcmp(property->name, "GEO") == 0 && (other = geo_uri(value->arena, text)))
		return other;
	if (strcmp(property->name, "TZ") == 0 && (other = vcard_offset_basic(value->arena, text))) {
		property->value_type = "utc-offset";
		return other;
	}
	return text;
}

/* Properties of 4.0 with a URI that 2.1 and 3.0 have a text for: UID:42. */
static bool is_often_text(const char *name)
{
	return strcmp(name, "UID") == 0 || strcmp(name, "GEO") == 0 || strcmp(name, "SOUND") == 0 ||
	       strcmp(name, "KEY") == 0;
}

static bool is_empty(const struct vcard_property *property)
{
	for (const struct vcard_component *c = property->components; c; c = c->next)
		for (const struct vcard_text *v = c->values; v; v = v->next)
			if (!vcard_is_blank(v->text))
				return false;
	return true;
}

int vcard_value_read(const struct vcard_value *value, struct vcard *card,
	struct vcard_property *property, const char *bytes, size_t len)
{
	const struct vcard_schema *known = vcard_schema_find(property->name);
	const char *text, *charset = value->charset;

	if (value->quoted_printable && !(bytes = charset_from_qp(value->arena, bytes, &len)))
		return -1;
	if (!charset && value->fallback && !charset_is_utf8(bytes, len))
		charset = value->fallback;
	if (!(text = charset_to_utf8(value->arena, charset, bytes, len)))
		return -1;
	if (value->base64)
		return read_base64(value, card, property, text);
	property->value_type = value->type ? value->type : vcard_schema_value_type(property->name);
	text = modern(value, property, text);
	if (!text)
		return -1;
	if (!value->type && value->version != VCARD_4_0 && is_often_text(property->name) &&
		!strchr(text, ':'))
		property->value_type = "text";
	if (strcmp(property->value_type, "unknown") == 0)
		return set_plain(value, property, text, ESCAPES_NONE);
	if (strcmp(property->value_type, "text") != 0)
		return set_plain(value, property, text, ESCAPES_MARKS);
	if (split(value, property, known ? known->shape : VCARD_SINGLE, text) != 0)
		return -1;
	/* The empty FN and N that 3.0 asks for say nothing. */
	if ((strcmp(property->name, "FN") == 0 || strcmp(property->name, "N") == 0) &&
		is_empty(property))
		vcard_remove(card, property);
	return 0;
}
