/* vCard 4 in XML, writing: RFC 6351, as used by XEP-0292 (0.12.0). */
#include "common/vcard.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/vcard_schema.h"
#include "common/xml.h"

#define MOST_CARDS 1000 /* bytes that they have at most */

/* Where the elements go: into a tree (arena), or as text (buffer), which needs no tree. Both give
 * the same. */
struct writer {
	struct arena *arena;
	struct xml *at;
	struct buffer *buf;
};

static void open_element(struct writer *writer, const char *name)
{
	size_t len;
	char *at;

	if (!writer->buf) {
		writer->at = xml_add(writer->arena, writer->at, NS_VCARD4, name);
		return;
	}
	len = strlen(name);
	at = buffer_reserve(writer->buf, len + 2);
	if (!at)
		return;
	at[0] = '<';
	memcpy(at + 1, name, len);
	at[len + 1] = '>';
	writer->buf->len += len + 2;
}

static void close_element(struct writer *writer, const char *name)
{
	size_t len;
	char *at;

	if (!writer->buf) {
		writer->at = writer->at ? writer->at->parent : NULL;
		return;
	}
	len = strlen(name);
	at = buffer_reserve(writer->buf, len + 3);
	if (!at)
		return;
	at[0] = '<';
	at[1] = '/';
	memcpy(at + 2, name, len);
	at[len + 2] = '>';
	writer->buf->len += len + 3;
}

static void write_value(struct writer *writer, const char *name, const char *text)
{
	const struct xml content = {.text = text, .text_len = strlen(text)};

	if (!writer->buf) {
		xml_add_text_element(writer->arena, writer->at, NS_VCARD4, name, text);
		return;
	}
	if (*text == '\0') {
		buffer_putc(writer->buf, '<');
		buffer_puts(writer->buf, name);
		buffer_append(writer->buf, "/>", 2);
		return;
	}
	open_element(writer, name);
	xml_write(writer->buf, &content, NS_VCARD4);
	close_element(writer, name);
}

#define ELEMENT_NAME_MAX 128 /* bytes, with the terminator, of a name of our own or a peer's */

/* A name of the model as one of an element; NULL: it is none. */
static const char *element_name(char out[ELEMENT_NAME_MAX], const char *name)
{
	size_t len = strlen(name);

	if (len >= ELEMENT_NAME_MAX || !vcard_schema_is_name(name))
		return NULL;
	for (size_t i = 0; i <= len; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	return out;
}

/* RFC 6351, A has no abstract "date-and-or-time": what a value is, is seen from the T in it. */
static const char *concrete_type(const char *type, const char *text)
{
	if (strcmp(type, "date-and-or-time") != 0)
		return type;
	if (text[0] == 'T' || strchr(text, ':'))
		return strchr(text, 'T') && text[0] != 'T' ? "date-time" : "time";
	return strchr(text, 'T') ? "date-time" : "date";
}

/* The name of a parameter's element; NULL: it has none. The type of a value is the name of its
 * element, not a parameter (RFC 6351, 5.1). */
static const char *param_name(char out[ELEMENT_NAME_MAX], const struct vcard_param *param)
{
	if (strcmp(param->name, "VALUE") == 0 && param->values &&
		vcard_schema_is_value_word(param->values->text))
		return NULL;
	return element_name(out, param->name);
}

static void write_params(struct writer *writer, const struct vcard_param *param)
{
	char buf[ELEMENT_NAME_MAX];
	const char *name = NULL;

	while (param && !(name = param_name(buf, param)))
		param = param->next;
	if (!param)
		return;
	open_element(writer, "parameters");
	for (; param; param = param->next, name = param ? param_name(buf, param) : NULL) {
		const char *type = param->value_type ? param->value_type
						     : vcard_schema_param_type(param->name);

		if (!name)
			continue;
		if (!param->values) {
			write_value(writer, name, "");
			continue;
		}
		open_element(writer, name);
		for (const struct vcard_text *value = param->values; value; value = value->next)
			write_value(writer, type, value->text);
		close_element(writer, name);
	}
	close_element(writer, "parameters");
}

static void write_values(struct writer *writer, const struct vcard_property *property,
	const struct vcard_schema *known)
{
	const char *const *names = known && known->shape == VCARD_STRUCTURED &&
						   strcmp(property->value_type, "unknown") != 0
					   ? known->components
					   : NULL;

	for (const struct vcard_component *c = property->components; c; c = c->next) {
		for (const struct vcard_text *v = c->values; v; v = v->next)
			write_value(writer,
				names ? *names : concrete_type(property->value_type, v->text),
				v->text);
		if (names && !*++names)
			return; /* RFC 9554's further components have no element */
	}
}

static void write_property(struct writer *writer, const struct vcard_property *property)
{
	const struct vcard_schema *known;
	const char *name;
	char buf[ELEMENT_NAME_MAX];

	if (property->xml) {
		if (writer->buf)
			xml_write(writer->buf, property->xml, NS_VCARD4);
		else if (writer->at)
			xml_append(writer->at, xml_copy(writer->arena, property->xml));
		return;
	}
	known = vcard_schema_find(property->name);
	name = known ? known->element : element_name(buf, property->name);
	if (!name)
		return;
	open_element(writer, name);
	write_params(writer, property->params);
	write_values(writer, property, known);
	close_element(writer, name);
}

static void open_group(struct writer *writer, const char *name)
{
	if (!writer->buf) {
		open_element(writer, "group");
		xml_set(writer->arena, writer->at, "name", name);
		return;
	}
	buffer_puts(writer->buf, "<group name=\"");
	xml_write_text(writer->buf, name, strlen(name));
	buffer_puts(writer->buf, "\">");
}

/* Neighbours of one group go into one <group/>; RFC 6351, 3.4. */
static void write_properties(struct writer *writer, const struct vcard *card)
{
	const char *group = NULL;

	for (const struct vcard_property *p = card->first; p; p = p->next) {
		if (group && (!p->group || strcmp(group, p->group) != 0)) {
			close_element(writer, "group");
			group = NULL;
		}
		if (p->group && !group)
			open_group(writer, group = p->group);
		write_property(writer, p);
	}
	if (group)
		close_element(writer, "group");
}

struct xml *vcard_to_xml(struct arena *arena, const struct vcard *card)
{
	struct writer writer = {.arena = arena, .at = xml_new(arena, NS_VCARD4, "vcard")};
	struct xml *root = writer.at;

	if (root && card)
		write_properties(&writer, card);
	return card && !arena_failed(arena) ? root : NULL;
}

int vcard_to_xml_text(struct buffer *out, const struct vcard *card)
{
	struct writer writer = {.buf = out};

	if (card->first) {
		buffer_puts(out, "<vcard xmlns=\"" NS_VCARD4 "\">");
		write_properties(&writer, card);
		buffer_puts(out, "</vcard>");
	} else {
		buffer_puts(out, "<vcard xmlns=\"" NS_VCARD4 "\"/>");
	}
	return out->failed ? -1 : 0;
}

const char *vcard_to_xml_string(struct arena *arena, const struct vcard *card, size_t *len)
{
	struct buffer out;
	const char *text = NULL;

	buffer_init(&out, 0);
	(void)buffer_reserve(&out, MOST_CARDS);
	if (vcard_to_xml_text(&out, card) == 0)
		text = arena_strndup(arena, out.data, out.len);
	if (len)
		*len = out.len;
	buffer_clear(&out);
	return text;
}
