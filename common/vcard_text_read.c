/* vCard text, reading: RFC 6350 (4.0), RFC 2426 (3.0), the versit specification (2.1), with the
 * parameter encoding of RFC 6868. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/charset.h"
#include "common/ns.h"
#include "common/vcard_lines.h"
#include "common/vcard_schema.h"
#include "common/vcard_value.h"
#include "common/xml.h"

/* So that a card which came as text fits into the limits of the stored form. */
#define VALUES_MAX (8 * VCARD_PROPERTIES_MAX)
#define PARAMS_MAX 64		/* of one property */
#define VALUES_OF_PARAM_MAX 500 /* they are looked through at each one that comes */

struct card_reader {
	struct arena *arena;
	struct vcard *card;
	enum vcard_version version;
	struct vcard_reader begin; /* where the lines of the card begin */
	const char *charset;	   /* that the card names somewhere; NULL: none, or not looked */
	bool has_looked;
	unsigned properties;
	unsigned budget; /* values of parameters and properties that may still come */
	const char *reason;
};

static int refuse(struct card_reader *reader, const char *reason)
{
	if (!reader->reason)
		reader->reason = reason;
	return -1;
}

/* ---- Names ---- */
/* The bytes as a name that can be written in any form: upper case, what no name may have as "-".
 * NULL: nothing of a name in it, or no memory. */
static const char *read_name(struct arena *arena, const char *text, size_t len)
{
	const struct vcard_schema *known;
	char *name, *to;
	bool letters = false;

	while (len > 0 && isspace((unsigned char)text[0])) {
		text++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	if (len == 0 || len > 100 || !(name = arena_alloc(arena, len + 3)))
		return NULL;
	to = name;
	if (!isalpha((unsigned char)text[0])) {
		*to++ = 'X';
		*to++ = '-';
	}
	for (size_t i = 0; i < len; i++) {
		char c = (char)toupper((unsigned char)text[i]);

		letters = letters || (c >= 'A' && c <= 'Z');
		*to++ = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ? c : '-';
	}
	known = vcard_schema_find(name);
	return !letters ? NULL : known ? known->name : name;
}

/* ---- Parameters ---- */
struct head {
	const char *text; /* "item1.TEL;TYPE=home", UTF-8 */
	size_t at;
	struct vcard_property *property;
	struct vcard_value value;
};

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* TYPE is the same in any case. What is more than the name of a type in capitals is a person's own
 * label ("Gartenlaube"), and stays as it is. */
static void lower_type(char *text)
{
	bool is_shouted = true;

	for (const char *c = text; *c; c++)
		is_shouted = is_shouted && !islower((unsigned char)*c);
	if (is_shouted || vcard_schema_is_type(text))
		lower(text);
}

/* What two characters stand for in a parameter's value: RFC 6868 (4.0 only), and the \n that RFC
 * 6350, 6.3.1 has in LABEL; 0: for themselves. */
static char decode_pair(const struct card_reader *reader, const char *name, const char *text)
{
	if (text[0] == '\\' && (text[1] == 'n' || text[1] == 'N') && strcmp(name, "LABEL") == 0)
		return '\n';
	if (text[0] != '^' || reader->version != VCARD_4_0)
		return '\0';
	return text[1] == 'n' ? '\n' : text[1] == '^' ? '^' : text[1] == '\'' ? '"' : '\0';
}

/* A parameter's value without quotes, decoded. */
static char *read_param_text(
	const struct card_reader *reader, const char *name, const char *text, size_t len)
{
	char *out = arena_alloc(reader->arena, len + 1), *to = out;

	for (size_t i = 0; out && i < len; i++) {
		char c = i + 1 < len ? decode_pair(reader, name, text + i) : '\0';

		if (c)
			i++;
		if (c || text[i] != '"')
			*to++ = c ? c : text[i];
	}
	return out;
}

/* The list to which further values of the parameter are added; NULL: refused. */
static struct vcard_text **param_end(
	struct card_reader *reader, struct vcard_property *property, const char *name)
{
	struct vcard_param **at = &property->params;
	struct vcard_text **end;
	unsigned count = 0;

	for (; *at && strcmp((*at)->name, name) != 0; at = &(*at)->next)
		count++;
	if (!*at) {
		if (count >= PARAMS_MAX) {
			refuse(reader, "a property with too many parameters");
			return NULL;
		}
		if (!(*at = arena_alloc(reader->arena, sizeof **at)))
			return NULL;
		(*at)->name = name;
	}
	count = 0;
	for (end = &(*at)->values; *end; end = &(*end)->next)
		if (++count >= VALUES_OF_PARAM_MAX) {
			refuse(reader, "a parameter with too many values");
			return NULL;
		}
	return end;
}

/* One value of a parameter: to the property, or to what says how its value is written. */
static int take_param(struct card_reader *reader, struct head *head, const char *name, char *text)
{
	struct vcard_text **end;
	bool is_type = strcmp(name, "TYPE") == 0;

	if (strcmp(name, "ENCODING") == 0) {
		if (strcasecmp(text, "quoted-printable") == 0)
			head->value.quoted_printable = true;
		if (strcasecmp(text, "b") == 0 || strcasecmp(text, "base64") == 0)
			head->value.base64 = true;
		return 0;
	}
	if (strcmp(name, "CHARSET") == 0) {
		head->value.charset = text;
		return 0;
	}
	if (strcmp(name, "VALUE") == 0) {
		lower(text);
		if (strcmp(text, "url") == 0 && !(text = arena_strdup(reader->arena, "uri")))
			return -1;
		if (vcard_get_param(head->property, name))
			return 0;
		if (vcard_schema_is_value_type(text))
			head->value.type = text;
	}
	if (is_type) {
		lower_type(text);
		if (strcmp(text, "pref") == 0) { /* of 3.0; RFC 6350, 5.3 */
			if (!vcard_get_param(head->property, "PREF"))
				vcard_set_param(reader->card, head->property, "PREF", "1");
			return 0;
		}
		if (*text == '\0' || vcard_has_type(head->property, text))
			return 0;
	}
	if (strcmp(name, "PREF") == 0 && vcard_get_param(head->property, name))
		return 0;
	if (reader->budget == 0)
		return refuse(reader, "a vCard with too many values");
	reader->budget--;
	if (!(end = param_end(reader, head->property, name)) ||
		!(*end = arena_alloc(reader->arena, sizeof **end)))
		return -1;
	(*end)->text = text;
	return 0;
}

/* The end of what stands before one of the separators outside of quotes. */
static size_t span(const char *text, size_t at, const char *separators, bool quotes)
{
	bool quoted = false;

	for (; text[at]; at++) {
		if (text[at] == '"' && quotes)
			quoted = !quoted;
		else if (!quoted && strchr(separators, text[at]))
			break;
	}
	return at;
}

/* TEL;CELL, as 2.1 writes it: what the word is a value of. */
static const char *bare_name(const char *text, size_t len)
{
	static const struct {
		const char *word, *name;
	} words[] = {{"quoted-printable", "ENCODING"}, {"base64", "ENCODING"}, {"b", "ENCODING"},
		{"8bit", "ENCODING"}, {"7bit", "ENCODING"}, {"url", "VALUE"}, {"inline", "VALUE"},
		{"content-id", "VALUE"}, {"cid", "VALUE"}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0)
			return words[i].name;
	return "TYPE";
}

/* What is between two semicolons: NAME=value,"value" or a bare value. */
static int read_param(struct card_reader *reader, struct head *head)
{
	const char *text = head->text;
	size_t end = span(text, head->at, ";", true), equals = span(text, head->at, ";=", true);
	const char *name;

	if (equals < end && text[equals] == '=') {
		name = read_name(reader->arena, text + head->at, equals - head->at);
		head->at = equals + 1;
	} else {
		name = bare_name(text + head->at, end - head->at);
	}
	while (name && head->at <= end) {
		/* TYPE="voice,home" is a list for all that (RFC 6350, 6.4.1 writes it so). */
		size_t stop = span(text, head->at, ",;", strcmp(name, "TYPE") != 0);
		char *value;

		if (stop > end)
			stop = end;
		value = read_param_text(reader, name, text + head->at, stop - head->at);
		if (!value || take_param(reader, head, name, value) != 0)
			return -1;
		head->at = stop + 1;
	}
	head->at = end + 1;
	return 0;
}

/* ---- Lines ---- */
static int append_property(struct card_reader *reader, struct vcard_property *property)
{
	struct vcard *card = reader->card;

	if (++reader->properties > VCARD_PROPERTIES_MAX)
		return refuse(reader, "a vCard of more than 1000 properties");
	property->prev = card->last;
	*(property->prev ? &property->prev->next : &card->first) = property;
	card->last = property;
	return 0;
}

/* What the card calls its charset, for a line that doesn't. */
static const char *charset_of_card(struct card_reader *reader)
{
	if (!reader->has_looked)
		reader->charset = vcard_lines_charset(&reader->begin, reader->arena);
	reader->has_looked = true;
	return reader->charset;
}

/* RFC 6350, 6.1.5: the value is an element of vCard XML, and is read as one. */
static void unwrap_xml(struct card_reader *reader, struct vcard_property *property)
{
	char *text = arena_printf(
		reader->arena, "<vcard xmlns='%s'>%s</vcard>", NS_VCARD4, vcard_text(property));
	const struct vcard *card =
		text ? vcard_from_xml_text(reader->arena, text, strlen(text), NULL) : NULL;

	if (card && card->first && card->first == card->last && card->first->xml) {
		property->xml = card->first->xml;
		property->components = NULL;
	}
}

static int read_line(struct card_reader *reader, const struct vcard_line *line)
{
	size_t value = vcard_lines_value(line), end, dot;
	struct vcard_property *property;
	struct head head = {.value = {.arena = reader->arena,
				    .version = reader->version,
				    .budget = &reader->budget}};

	if (value == 0 || line->text[value - 1] != ':')
		return 0; /* COMPAT: the rest of something that was broken over two lines */
	head.text = charset_to_utf8(reader->arena, NULL, line->text, value - 1);
	if (!head.text || !(property = arena_alloc(reader->arena, sizeof *property)))
		return -1;
	end = span(head.text, 0, ";", false);
	for (dot = 0; dot < end && head.text[dot] != '.'; dot++)
		continue;
	if (dot < end && dot > 0)
		property->group = arena_strndup(reader->arena, head.text, dot);
	dot = dot < end ? dot + 1 : 0;
	property->name = read_name(reader->arena, head.text + dot, end - dot);
	if (!property->name || strcmp(property->name, "VERSION") == 0)
		return arena_failed(reader->arena) ? -1 : 0;
	head.property = property;
	head.at = end + 1;
	while (head.at <= value - 1 && head.at <= strlen(head.text))
		if (read_param(reader, &head) != 0)
			return -1;
	if (append_property(reader, property) != 0)
		return -1;
	if (!head.value.charset && (head.value.quoted_printable ||
					   !charset_is_utf8(line->text + value, line->len - value)))
		head.value.fallback = charset_of_card(reader);
	if (vcard_value_read(&head.value, reader->card, property, line->text + value,
		    line->len - value) != 0)
		return reader->budget == 0 ? refuse(reader, "a vCard with too many values") : -1;
	if (strcmp(property->name, "XML") == 0)
		unwrap_xml(reader, property);
	return 0;
}

/* AGENT of 2.1 has a card of its own behind it: its text becomes the value. */
static int read_agent(struct card_reader *reader, struct vcard_reader *source)
{
	struct vcard_property *agent = reader->card->last;
	struct vcard_line line;
	struct buffer text;
	unsigned depth = 1;
	char *utf8 = NULL;

	buffer_init(&text, 0);
	buffer_puts(&text, "BEGIN:VCARD\n");
	while (depth > 0 && vcard_lines_next(source, reader->arena, reader->version, &line)) {
		if (vcard_lines_is(&line, "BEGIN:VCARD"))
			depth++;
		if (vcard_lines_is(&line, "END:VCARD"))
			depth--;
		buffer_append(&text, line.text, line.len);
		buffer_putc(&text, '\n');
	}
	if (!text.failed)
		utf8 = charset_to_utf8(reader->arena, NULL, text.data, text.len);
	buffer_clear(&text);
	if (utf8)
		vcard_set_text(reader->card, agent, "text", utf8);
	return utf8 ? 0 : -1;
}

static bool is_open_agent(const struct vcard_property *property)
{
	return property && strcmp(property->name, "AGENT") == 0 && vcard_text(property)[0] == '\0';
}

/* ---- Cards ---- */
void vcard_reader_init(struct vcard_reader *reader, const char *text, size_t len)
{
	*reader = (struct vcard_reader){.text = text, .len = len, .line = 1};
}

struct vcard *vcard_read(struct vcard_reader *reader, struct arena *arena, const char **why)
{
	struct card_reader state = {.arena = arena, .budget = VALUES_MAX};
	struct vcard_reader before;
	struct vcard_line line;
	unsigned begin;
	int result = 0;

	if (why)
		*why = NULL;
	if (!vcard_lines_begin(reader, arena))
		return NULL;
	begin = reader->line - 1;
	state.begin = *reader;
	state.version = vcard_lines_version(reader, arena);
	state.card = vcard_new(arena);
	if (!state.card)
		result = -1;
	for (;;) {
		before = *reader;
		if (!vcard_lines_next(reader, arena, state.version, &line) ||
			vcard_lines_is(&line, "END:VCARD"))
			break;
		if (vcard_lines_is(&line, "BEGIN:VCARD")) {
			if (result != 0 || !is_open_agent(state.card->last)) {
				*reader = before; /* the END was forgotten */
				break;
			}
			result = read_agent(&state, reader);
		} else if (result == 0) {
			result = read_line(&state, &line);
		}
	}
	if (result == 0 && !arena_failed(arena))
		return state.card;
	if (why && state.reason)
		*why = arena_printf(arena, "line %u: %s", begin, state.reason);
	if (why && !*why)
		*why = "not enough memory for the vCard";
	return NULL;
}
