/* vCard text, writing: RFC 6350 (4.0) with the parameter encoding of RFC 6868, and RFC 2426 (3.0).
 *
 * Nothing in a card can break out of its line: names are checked, control characters left out. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard_forms.h"
#include "common/vcard_schema.h"
#include "common/xml.h"

#define LINE_MAX_OCTETS 75 /* RFC 6350, 3.2 */

struct writer {
	struct buffer *out;
	struct arena *arena;
	enum vcard_version version;
	size_t column; /* octets of the line so far */
};

/* ---- Lines ---- */
/* Appends one character of count bytes, on the next line if it doesn't fit. */
static void put_character(struct writer *writer, const char *bytes, size_t count)
{
	if (writer->column + count > LINE_MAX_OCTETS) {
		buffer_append(writer->out, "\r\n ", 3);
		writer->column = 1;
	}
	buffer_append(writer->out, bytes, count);
	writer->column += count;
}

/* Appends text without its control characters. */
static void put_bytes(struct writer *writer, const char *text, size_t len)
{
	for (size_t at = 0, count; at < len; at += count) {
		unsigned char c = (unsigned char)text[at];

		count = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (count > len - at)
			count = len - at;
		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			put_character(writer, text + at, count);
	}
}

static void put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

static void end_line(struct writer *writer)
{
	buffer_append(writer->out, "\r\n", 2);
	writer->column = 0;
}

/* A text with the escapes of RFC 6350, 3.4. */
static void put_escaped(struct writer *writer, const char *text)
{
	for (; *text; text++) {
		size_t plain = strcspn(text, "\\;,\r\n");
		char escape[3] = {'\\', text[plain], '\0'};

		put_bytes(writer, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		if (*text == '\r' && text[1] == '\n')
			continue;
		if (*text == '\r' || *text == '\n')
			escape[1] = 'n';
		put(writer, escape);
	}
}

/* A value that is written as it is; only a line break in it becomes \n. */
static void put_raw(struct writer *writer, const char *text)
{
	for (;; text++) {
		size_t plain = strcspn(text, "\n");

		put_bytes(writer, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		put(writer, "\\n");
	}
}

/* ---- Parameters ---- */
/* A parameter's value, in quotes where it needs them. 3.0 has no way to write a quote. */
static void put_param_value(struct writer *writer, const char *text)
{
	bool carets = writer->version == VCARD_4_0;
	bool quotes = text[strcspn(text, ",:;")] != '\0' || *text == '\0';

	if (quotes)
		put(writer, "\"");
	for (; *text; text++) {
		size_t plain = strcspn(text, "\"^\n");

		put_bytes(writer, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		if (*text == '\n')
			put(writer, carets ? "^n" : " ");
		else if (*text == '"')
			put(writer, carets ? "^'" : "'");
		else
			put(writer, carets ? "^^" : "^");
	}
	if (quotes)
		put(writer, "\"");
}

static void put_param(struct writer *writer, const char *name, const struct vcard_text *values,
	const char *further)
{
	const char *separator = "=";

	if (!vcard_schema_is_name(name) || (!values && !further))
		return;
	put(writer, ";");
	put(writer, name);
	for (; values; values = values->next) {
		put(writer, separator);
		put_param_value(writer, values->text);
		separator = ",";
	}
	if (further) {
		put(writer, separator);
		put(writer, further);
	}
}

/* True for PREF=1 where it has to be said as TYPE=pref. */
static bool is_pref_type(const struct writer *writer, const struct vcard_property *property)
{
	const char *pref = vcard_get_param(property, "PREF");

	return writer->version == VCARD_3_0 && pref && strcmp(pref, "1") == 0 &&
	       !vcard_has_type(property, "pref");
}

static void put_params(struct writer *writer, const struct vcard_property *property)
{
	bool pref = is_pref_type(writer, property), said = !pref;

	for (const struct vcard_param *p = property->params; p; p = p->next) {
		if (strcmp(p->name, "VALUE") == 0 && strcmp(property->value_type, "unknown") != 0)
			continue;
		if (pref && strcmp(p->name, "PREF") == 0)
			continue;
		if (!said && strcmp(p->name, "TYPE") == 0) {
			put_param(writer, p->name, p->values, "pref");
			said = true;
			continue;
		}
		put_param(writer, p->name, p->values, NULL);
	}
	if (!said)
		put_param(writer, "TYPE", NULL, "pref");
}

/* ---- Values ---- */
/* What VALUE= has to say, or NULL for the default of the property. */
static const char *value_param(
	const struct writer *writer, const struct vcard_property *property, const char *type)
{
	static const char *const texts_of_3[] = {"UID", "IMPP", "TEL", "RELATED"};
	const char *usual = vcard_schema_value_type(property->name);

	if (strcmp(type, "unknown") == 0)
		return NULL;
	if (strncmp(type, "date", 4) == 0 && strcmp(usual, "date-and-or-time") == 0)
		return NULL;
	if (writer->version == VCARD_3_0) {
		if (strcmp(property->name, "TZ") == 0)
			return strcmp(type, "utc-offset") == 0 ? NULL : type;
		if (strcmp(type, "timestamp") == 0)
			return NULL;
		for (size_t i = 0; i < sizeof texts_of_3 / sizeof texts_of_3[0]; i++)
			if (strcmp(property->name, texts_of_3[i]) == 0)
				return NULL;
		if (strcmp(type, "uri") == 0 && (strcmp(property->name, "PHOTO") == 0 ||
							strcmp(property->name, "LOGO") == 0 ||
							strcmp(property->name, "SOUND") == 0 ||
							strcmp(property->name, "KEY") == 0))
			return type;
	}
	return strcmp(type, usual) == 0 ? NULL : type;
}

/* ;ENCODING=b;TYPE=JPEG:... of RFC 2426, 3.1.4. */
static void put_data_3(struct writer *writer, const char *media, const char *data)
{
	const char *slash = strchr(media, '/');
	struct vcard_text type = {.text = slash ? slash + 1 : media};

	put(writer, ";ENCODING=b");
	if (*type.text)
		put_param(writer, "TYPE", &type, NULL);
	put(writer, ":");
	put_raw(writer, data);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void put_components(struct writer *writer, const struct vcard_property *property)
{
	bool text = strcmp(property->value_type, "text") == 0;

	for (const struct vcard_component *c = property->components; c; c = c->next) {
		if (c != property->components)
			put(writer, ";");
		for (const struct vcard_text *v = c->values; v; v = v->next) {
			if (v != c->values)
				put(writer, ",");
			if (text)
				put_escaped(writer, v->text);
			else
				put_raw(writer, v->text);
		}
	}
}

/* What 3.0 writes in another way. False: nothing was written. */
static bool put_value_3(struct writer *writer, const struct vcard_property *property)
{
	const char *text = vcard_text(property), *type = property->value_type;
	const char *media, *data, *latitude, *longitude, *offset;
	bool uri = strcmp(type, "uri") == 0;

	if (uri && (data = vcard_data_split(writer->arena, text, &media))) {
		put_data_3(writer, media, data);
	} else if (strcmp(property->name, "TEL") == 0 && strncasecmp(text, "tel:", 4) == 0) {
		put(writer, ":");
		put_escaped(writer, or_empty(vcard_tel_plain(writer->arena, text)));
	} else if (uri && strcmp(property->name, "GEO") == 0 &&
		   vcard_geo_split(writer->arena, text, &latitude, &longitude) == 0) {
		put(writer, ":");
		put(writer, latitude);
		put(writer, ";");
		put(writer, longitude);
	} else if (strcmp(type, "utc-offset") == 0 && strcmp(property->name, "TZ") == 0 &&
		   (offset = vcard_offset_extended(writer->arena, text))) {
		put(writer, ":");
		put(writer, offset);
	} else if (strncmp(type, "date", 4) == 0 || strcmp(type, "timestamp") == 0) {
		put(writer, ":");
		put_raw(writer, or_empty(vcard_date_extended(writer->arena, text)));
	} else {
		return false;
	}
	return true;
}

/* ---- Properties ---- */
static void put_group(struct writer *writer, const char *group)
{
	bool any = false;

	for (; group && *group; group++)
		if (isalnum((unsigned char)*group) || *group == '-' || *group == '_') {
			put_bytes(writer, group, 1);
			any = true;
		}
	if (any)
		put(writer, ".");
}

static void put_xml(struct writer *writer, const struct xml *xml)
{
	struct buffer text;

	buffer_init(&text, 0);
	xml_write(&text, xml, NULL);
	put(writer, "XML:");
	put_escaped(writer, text.failed ? "" : buffer_string(&text));
	if (text.failed)
		writer->out->failed = true;
	buffer_clear(&text);
	end_line(writer);
}

static void put_property(struct writer *writer, const struct vcard_property *property)
{
	const char *value;

	if (!vcard_schema_is_name(property->name) || strcmp(property->name, "VERSION") == 0 ||
		strcmp(property->name, "BEGIN") == 0 || strcmp(property->name, "END") == 0)
		return;
	put_group(writer, property->group);
	if (property->xml) {
		put_xml(writer, property->xml);
		return;
	}
	put(writer, property->name);
	put_params(writer, property);
	if (writer->version != VCARD_3_0 || !put_value_3(writer, property)) {
		value = value_param(writer, property, property->value_type);
		if (value) {
			put(writer, ";VALUE=");
			put(writer, value);
		}
		put(writer, ":");
		put_components(writer, property);
	}
	end_line(writer);
}

int vcard_write(struct buffer *out, const struct vcard *card, enum vcard_version version)
{
	struct writer writer = {.out = out,
		.arena = card->arena,
		.version = version == VCARD_4_0 ? VCARD_4_0 : VCARD_3_0};

	put(&writer, "BEGIN:VCARD");
	end_line(&writer);
	put(&writer, writer.version == VCARD_4_0 ? "VERSION:4.0" : "VERSION:3.0");
	end_line(&writer);
	if (writer.version == VCARD_3_0 && !vcard_first(card, "N")) { /* RFC 2426, 3.1.2 */
		put(&writer, "N:;;;;");
		end_line(&writer);
	}
	if (!vcard_first(card, "FN")) { /* RFC 6350, 6.2.1: at least one */
		put(&writer, "FN:");
		put_escaped(&writer, vcard_name(card));
		end_line(&writer);
	}
	for (const struct vcard_property *p = card->first; p; p = p->next)
		put_property(&writer, p);
	put(&writer, "END:VCARD");
	end_line(&writer);
	return out->failed || arena_failed(card->arena) ? -1 : 0;
}
