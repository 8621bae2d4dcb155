/* Data forms (XEP-0004, XEP-0068). */
#include "component/form.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"

struct xml *form_new(struct arena *arena, const char *type, const char *form_type)
{
	struct xml *form = xml_new(arena, NS_DATA, "x");

	xml_set(arena, form, "type", type);
	if (form_type)
		form_add(arena, form, "FORM_TYPE", strcmp(type, "submit") == 0 ? NULL : "hidden",
			NULL, form_type);
	return form;
}

void form_describe(
	struct arena *arena, struct xml *form, const char *title, const char *instructions)
{
	xml_add_text_element(arena, form, NULL, "title", title);
	xml_add_text_element(arena, form, NULL, "instructions", instructions);
}

struct xml *form_add(struct arena *arena, struct xml *form, const char *var, const char *type,
	const char *label, const char *value)
{
	struct xml *field = xml_add(arena, form, NULL, "field");

	xml_set(arena, field, "var", var);
	xml_set(arena, field, "type", type);
	xml_set(arena, field, "label", label);
	form_add_value(arena, field, value);
	return field;
}

void form_add_value(struct arena *arena, struct xml *field, const char *value)
{
	xml_add_text_element(arena, field, NULL, "value", value);
}

void form_add_lines(struct arena *arena, struct xml *field, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		size_t shown = len > 0 && text[len - 1] == '\r' ? len - 1 : len;

		form_add_value(arena, field, arena_strndup(arena, text, shown));
		text += len + (text[len] == '\n');
	}
}

void form_require(struct arena *arena, struct xml *field)
{
	xml_add(arena, field, NULL, "required");
}

void form_add_option(struct arena *arena, struct xml *field, const char *label, const char *value)
{
	struct xml *option = xml_add(arena, field, NULL, "option");

	xml_set(arena, option, "label", label);
	xml_add_text_element(arena, option, NULL, "value", value);
}

const struct xml *form_field(const struct xml *form, const char *var)
{
	const struct xml *field;

	for (field = xml_child(form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		const char *name = xml_get(field, "var");

		if (name && strcmp(name, var) == 0)
			return field;
	}
	return NULL;
}

const char *form_line(struct arena *arena, const struct xml *value)
{
	static const char blank[] = " \t\r\n";
	const char *text = xml_text(arena, value);
	size_t len;

	if (!text)
		return NULL;
	text += strspn(text, blank);
	for (len = strlen(text); len > 0 && strchr(blank, text[len - 1]); len--)
		;
	return arena_strndup(arena, text, len);
}

const char *form_value(struct arena *arena, const struct xml *form, const char *var)
{
	const struct xml *value = xml_child(form_field(form, var), NULL, "value");

	return value ? form_line(arena, value) : NULL;
}

const char *form_lines(struct arena *arena, const struct xml *form, const char *var, size_t max)
{
	const char *text = NULL;
	struct buffer lines;

	buffer_init(&lines, max);
	for (const struct xml *value = xml_child(form_field(form, var), NULL, "value"); value;
		value = xml_next(value, NS_DATA, "value")) {
		const char *line = xml_text(arena, value);

		if (lines.len > 0)
			buffer_putc(&lines, '\n');
		buffer_puts(&lines, line ? line : "");
	}
	if (lines.len > 0 && !lines.failed)
		text = arena_strndup(arena, lines.data, lines.len);
	buffer_clear(&lines);
	return text;
}

bool form_is(struct arena *arena, const struct xml *form, const char *form_type)
{
	const char *type = xml_get(form, "type");
	const char *value;

	if (!xml_is(form, NS_DATA, "x") || (type && strcmp(type, "submit") != 0))
		return false;
	value = form_value(arena, form, "FORM_TYPE");
	return value && strcmp(value, form_type) == 0;
}
