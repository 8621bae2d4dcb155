/* The stored text of what an update did: writing and reading it. */
#include "component/update_what.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"

static const struct {
	char letter;
	enum update_verb verb;
	bool merged;
} letters[] = {
	{'R', UPDATE_REPLACED, false},
	{'M', UPDATE_REPLACED, true},
	{'X', UPDATE_MARKED, false},
	{'O', UPDATE_UNMARKED, false},
	{'A', UPDATE_ADDED, false},
};
#define LETTERS (sizeof letters / sizeof *letters)

static void escape(struct buffer *out, const char *text)
{
	const char *start = text;

	for (; *text; text++) {
		const char *instead;

		if ((unsigned char)*text >= ' ' && *text != '\\')
			continue;
		instead = *text == '\\'	  ? "\\\\"
			  : *text == '\t' ? "\\t"
			  : *text == '\n' ? "\\n"
					  : NULL;
		if (!instead)
			continue;
		buffer_append(out, start, (size_t)(text - start));
		buffer_puts(out, instead);
		start = text + 1;
	}
	buffer_append(out, start, (size_t)(text - start));
}

static void field(struct buffer *out, const char *prefix, const char *text)
{
	buffer_putc(out, '\t');
	buffer_puts(out, prefix);
	escape(out, text);
}

static void write_tel(struct buffer *out, const struct vcard_property *tel)
{
	field(out, "", tel->group ? tel->group : "");
	field(out, "", tel->value_type);
	for (const struct vcard_component *c = tel->components; c; c = c->next)
		for (const struct vcard_text *value = c->values; value; value = value->next)
			field(out, value == c->values ? ":" : ",", value->text);
	for (const struct vcard_param *param = tel->params; param; param = param->next) {
		for (const struct vcard_text *value = param->values; value; value = value->next) {
			buffer_putc(out, '\t');
			if (value == param->values)
				escape(out, param->name);
			if (value == param->values && param->value_type) {
				buffer_putc(out, ':');
				escape(out, param->value_type);
			}
			buffer_putc(out, '=');
			escape(out, value->text);
		}
	}
}

/* In decimal; printf() takes as long as all the rest. */
static void write_number(struct buffer *out, size_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buffer_append(out, digits + at, sizeof(digits) - at);
}

void what_write(struct buffer *out, const struct what *what)
{
	char letter = '?';
	for (size_t i = 0; i < LETTERS; i++)
		if (letters[i].verb == what->verb && letters[i].merged == what->merged)
			letter = letters[i].letter;
	buffer_putc(out, letter);
	buffer_putc(out, '\t');
	write_number(out, what->place);
	field(out, "", what->kind);
	field(out, "", what->identity);
	field(out, "", what->old_display);
	field(out, "", what->display);
	write_tel(out, what->tel);
	buffer_putc(out, '\n');
}

static void unescape(char *text)
{
	char *out = text;
	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			text++;
			*out++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* The next field of a line, cut off and unescaped; NULL: none left. */
static char *next_field(char **line)
{
	char *start = *line, *tab;
	if (!start)
		return NULL;
	tab = strchr(start, '\t');
	if (tab)
		*tab = '\0';
	*line = tab ? tab + 1 : NULL;
	unescape(start);
	return start;
}

static struct vcard_text **add_text(struct arena *arena, struct vcard_text **end, const char *text)
{
	*end = arena_alloc(arena, sizeof **end);
	if (!*end)
		return NULL;
	(*end)->text = text;
	return &(*end)->next;
}

static struct vcard_property *read_tel(struct arena *arena, char *line)
{
	struct vcard_property *tel = arena_alloc(arena, sizeof *tel);
	const char *group = next_field(&line), *type = next_field(&line);
	struct vcard_component **component = tel ? &tel->components : NULL;
	struct vcard_param **param = tel ? &tel->params : NULL;
	struct vcard_text **text = NULL;
	char *value;

	if (!tel || !type)
		return NULL;
	tel->group = *group ? group : NULL;
	tel->name = "TEL";
	tel->value_type = type;
	while ((value = next_field(&line))) {
		char *equals = strchr(value, '=');
		if (*value == ':') {
			if (!(*component = arena_alloc(arena, sizeof **component)))
				return NULL;
			text = add_text(arena, &(*component)->values, value + 1);
			component = &(*component)->next;
		} else if (*value == ',' && text) {
			text = add_text(arena, text, value + 1);
		} else if (equals == value && text) {
			text = add_text(arena, text, value + 1);
		} else if (equals && equals > value) {
			char *colon = memchr(value, ':', (size_t)(equals - value));
			if (!(*param = arena_alloc(arena, sizeof **param)))
				return NULL;
			*equals = '\0';
			if (colon)
				*colon = '\0';
			(*param)->name = value;
			(*param)->value_type = colon ? colon + 1 : NULL;
			text = add_text(arena, &(*param)->values, equals + 1);
			param = &(*param)->next;
		} else {
			return NULL;
		}
		if (!text)
			return NULL;
	}
	return tel;
}

bool what_next(struct arena *arena, const char **text, struct what *what)
{
	size_t len = strcspn(*text, "\n");
	char *line = arena_strndup(arena, *text, len);
	if (len == 0 || !line)
		return false;
	*text += len + ((*text)[len] == '\n');

	const char *letter = next_field(&line), *place = next_field(&line);
	*what = (struct what){.kind = next_field(&line)};
	what->identity = next_field(&line);
	what->old_display = next_field(&line);
	what->display = next_field(&line);
	if (!what->display || !line)
		return false;
	what->place = strtoul(place, NULL, 10);
	what->tel = read_tel(arena, line);
	for (size_t i = 0; i < LETTERS; i++) {
		if (letters[i].letter != *letter)
			continue;
		what->verb = letters[i].verb;
		what->merged = letters[i].merged;
		return what->tel;
	}
	return false;
}
