/* vCard text, writing: RFC 6350 (4.0) with the parameter encoding of RFC 6868, and RFC 2426 (3.0).
 *
 * Nothing in a card can break out of its line: names are checked, control characters left out. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard_forms.h"
#include "common/vcard_schema.h"
#include "common/vcard_written.h"
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
		if (c >= 0x80 && vcard_line_break(text + at) == count) {
			put_character(writer, "\\n", 2);
			continue;
		}
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
/* What a line break in a parameter's value is written as. 3.0 has no way; the one of LABEL is read
 * in any version (RFC 6350, 6.3.1). */
static const char *break_in(const struct writer *writer, const char *name)
{
	if (writer->version == VCARD_4_0)
		return "^n";
	return strcmp(name, "LABEL") == 0 ? "\\n" : " ";
}

/* A parameter's value, in quotes where it needs them. 3.0 has no way to write a quote. */
static void put_param_value(struct writer *writer, const char *name, const char *text)
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
			put(writer, break_in(writer, name));
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
	bool is_type = strcmp(name, "TYPE") == 0;
	const char *separator = "=";

	while (is_type && values && *values->text == '\0') /* there is no such type */
		values = values->next;
	if (!vcard_schema_is_name(name) || (!values && !further))
		return;
	put(writer, ";");
	put(writer, name);
	for (; values; values = values->next) {
		if (is_type && *values->text == '\0')
			continue;
		put(writer, separator);
		put_param_value(writer, name, values->text);
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

/* type: what VALUE has to say, or NULL; it stands where it stood. */
static void put_params(
	struct writer *writer, const struct vcard_property *property, const char *type)
{
	bool pref = is_pref_type(writer, property), said = !pref;

	for (const struct vcard_param *p = property->params; p; p = p->next) {
		if (strcmp(p->name, "VALUE") == 0) {
			const struct vcard_text word = {.text = type ? type : ""};

			put_param(writer, p->name, type ? &word : NULL, NULL);
			type = NULL;
			continue;
		}
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
	if (type) {
		put(writer, ";VALUE=");
		put(writer, type);
	}
}

/* ---- Values ---- */
static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* ;ENCODING=b;TYPE=JPEG:... of RFC 2426, 3.1.4. */
static void put_data(struct writer *writer, const struct vcard_written *written)
{
	const char *slash = strchr(written->media, '/');
	struct vcard_text type = {.text = slash ? slash + 1 : written->media};

	if (strcmp(type.text, "pkix-cert") == 0) /* RFC 2426, 3.7.2 */
		type.text = "x509";
	else if (strcmp(type.text, "pgp-keys") == 0)
		type.text = "pgp";
	put(writer, ";ENCODING=b");
	if (*type.text && strcmp(type.text, "octet-stream") != 0)
		put_param(writer, "TYPE", &type, NULL);
	put(writer, ":");
	put_raw(writer, or_empty(written->text));
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

static void put_value(struct writer *writer, const struct vcard_property *property,
	const struct vcard_written *written)
{
	if (written->form == VCARD_FORM_DATA) {
		put_data(writer, written);
		return;
	}
	put(writer, ":");
	switch (written->form) {
	case VCARD_FORM_PLAIN:
	case VCARD_FORM_DATA:
		put_components(writer, property);
		break;
	case VCARD_FORM_TEL:
		put_escaped(writer, or_empty(written->text));
		break;
	case VCARD_FORM_GEO:
	case VCARD_FORM_OFFSET:
	case VCARD_FORM_DATE:
		put_raw(writer, or_empty(written->text));
		break;
	}
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

/* Names are the same in any case, but some readers only know the way of who made them up. */
static const char *spelling(const char *name)
{
	return strcmp(name, "X-ABLABEL") == 0 ? "X-ABLabel" : name;
}

static void put_property(struct writer *writer, const struct vcard_property *property)
{
	struct vcard_written written;

	if (!vcard_schema_is_name(property->name) || strcmp(property->name, "VERSION") == 0 ||
		strcmp(property->name, "BEGIN") == 0 || strcmp(property->name, "END") == 0)
		return;
	put_group(writer, property->group);
	if (property->xml) {
		put_xml(writer, property->xml);
		return;
	}
	put(writer, spelling(property->name));
	written = vcard_written(writer->arena, property, writer->version);
	put_params(writer, property, written.type);
	put_value(writer, property, &written);
	end_line(writer);
}

static bool is_empty_name(const struct vcard_property *property)
{
	return !property->xml && strcmp(property->name, "FN") == 0 &&
	       vcard_is_blank(vcard_text(property));
}

static bool has_name(const struct vcard *card)
{
	const struct vcard_property *fn = vcard_first(card, "FN");

	while (fn && is_empty_name(fn))
		fn = vcard_next(fn, "FN");
	return fn != NULL;
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
	if (!has_name(card)) { /* RFC 6350, 6.2.1: at least one */
		put(&writer, "FN:");
		put_escaped(&writer, vcard_name(card));
		end_line(&writer);
	}
	for (const struct vcard_property *p = card->first; p; p = p->next)
		if (!is_empty_name(p))
			put_property(&writer, p);
	put(&writer, "END:VCARD");
	end_line(&writer);
	return out->failed || arena_failed(card->arena) ? -1 : 0;
}
