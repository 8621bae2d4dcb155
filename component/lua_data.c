/* Stanzas as Prosody's internal storage keeps them (0.12, util.serialization and util.stanza). */
#include "component/lua_data.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"

#define DEPTH_MAX 32 /* tables in tables; an element and its attributes take two */

struct value;

struct entry {
	struct entry *next;
	const char *key;     /* NULL: one of the list */
	unsigned long index; /* of one of the list, from 1 */
	struct value *value;
};

/* A table, or a text; numbers and words are texts too. */
struct value {
	const char *text; /* NULL: a table */
	struct entry *entries;
};

struct reader {
	struct arena *arena;
	const char *at, *end;
	unsigned depth;
};

static struct value *read_value(struct reader *reader);

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && isspace((unsigned char)*reader->at))
		reader->at++;
}

/* True, and passed over, if word is what comes next. */
static bool take(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	skip_space(reader);
	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

/* What is behind a backslash. */
static bool read_escape(struct reader *reader, char *out)
{
	static const char names[] = "abfnrtv\\\"'\n", means[] = "\a\b\f\n\r\t\v\\\"'\n";
	const char *name;
	unsigned code = 0;
	int digits = 0;

	while (digits < 3 && reader->at < reader->end && isdigit((unsigned char)*reader->at)) {
		code = code * 10 + (unsigned)(*reader->at++ - '0');
		digits++;
	}
	if (digits > 0) {
		*out = (char)code;
		return code <= 255;
	}
	if (reader->at == reader->end || *reader->at == '\0')
		return false;
	name = strchr(names, *reader->at++);
	if (name != NULL)
		*out = means[name - names];
	return name != NULL;
}

/* A string behind its opening quote. */
static const char *read_string(struct reader *reader)
{
	const char *close = reader->at;
	char *text;
	size_t len = 0;

	while (close < reader->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= reader->end)
		return NULL;
	text = arena_alloc(reader->arena, (size_t)(close - reader->at) + 1);
	while (text != NULL && reader->at < close) {
		char c = *reader->at++;

		if (c == '\\' && !read_escape(reader, &c))
			return NULL;
		text[len++] = c;
	}
	reader->at = close + 1;
	return text;
}

static const char *read_word(struct reader *reader)
{
	const char *begin;

	skip_space(reader);
	begin = reader->at;
	while (reader->at < reader->end &&
		(isalnum((unsigned char)*reader->at) || strchr("_.+-", *reader->at) != NULL) &&
		*reader->at != '\0')
		reader->at++;
	if (reader->at == begin)
		return NULL;
	return arena_strndup(reader->arena, begin, (size_t)(reader->at - begin));
}

/* The key behind its bracket: a number is the place of one of the list, which is written so where
 * it comes out of its turn. */
static bool read_key(struct reader *reader, struct entry *entry)
{
	char *rest;

	if (take(reader, "\"")) {
		entry->key = read_string(reader);
		return entry->key != NULL;
	}
	entry->key = read_word(reader);
	if (entry->key == NULL)
		return false;
	entry->index = strtoul(entry->key, &rest, 10);
	if (*rest == '\0' && entry->index > 0)
		entry->key = NULL;
	return true;
}

/* ["key"] = value, [2] = value, or a value alone, of which it is the next. */
static struct entry *read_entry(struct reader *reader, unsigned long *next)
{
	struct entry *entry = arena_alloc(reader->arena, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	if (!take(reader, "["))
		entry->index = (*next)++;
	else if (!read_key(reader, entry) || !take(reader, "]") || !take(reader, "="))
		return NULL;
	entry->value = read_value(reader);
	return entry->value != NULL ? entry : NULL;
}

static bool read_table(struct reader *reader, struct value *table)
{
	struct entry **last = &table->entries;
	unsigned long next = 1;

	while (!take(reader, "}")) {
		*last = read_entry(reader, &next);
		if (*last == NULL)
			return false;
		last = &(*last)->next;
		if (!take(reader, ";") && !take(reader, ","))
			return take(reader, "}");
	}
	return true;
}

static struct value *read_value(struct reader *reader)
{
	struct value *value = arena_alloc(reader->arena, sizeof(*value));
	bool is_read;

	if (value == NULL || reader->depth == DEPTH_MAX)
		return NULL;
	if (take(reader, "{")) {
		reader->depth++;
		is_read = read_table(reader, value);
		reader->depth--;
		return is_read ? value : NULL;
	}
	value->text = take(reader, "\"") ? read_string(reader) : read_word(reader);
	return value->text != NULL ? value : NULL;
}

static const struct value *find(const struct value *table, const char *key)
{
	for (const struct entry *entry = table->entries; entry != NULL; entry = entry->next) {
		if (entry->key != NULL && strcmp(entry->key, key) == 0)
			return entry->value;
	}
	return NULL;
}

static const char *find_text(const struct value *table, const char *key)
{
	const struct value *value = table != NULL ? find(table, key) : NULL;

	return value != NULL ? value->text : NULL;
}

/* One of a list. */
struct place {
	unsigned long index;
	const struct value *value;
};

static int compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return (left->index > right->index) - (left->index < right->index);
}

/* The list of a table, in its order. NULL: no memory. */
static struct place *list_of(struct arena *arena, const struct value *table, size_t *count)
{
	const struct entry *entry;
	struct place *list;
	size_t most = 0;

	for (entry = table->entries; entry != NULL; entry = entry->next)
		most++;
	list = arena_alloc(arena, (most + 1) * sizeof(*list));
	*count = 0;
	for (entry = table->entries; entry != NULL && list != NULL; entry = entry->next)
		if (entry->key == NULL)
			list[(*count)++] = (struct place){entry->index, entry->value};
	if (*count > 1)
		qsort(list, *count, sizeof(*list), compare);
	return list;
}

/* An element is a table of its children and texts, with its name, and attr: a table of attributes
 * and its namespace; those of the parent's namespace may have none. An attribute that has a
 * namespace (its key: both, with a byte 1 between) is left out: in vCards that is xml:lang. */
static struct xml *make_element(struct arena *arena, struct xml *parent, const struct value *table)
{
	const char *name = find_text(table, "name");
	const struct value *attributes = find(table, "attr");
	const char *ns = find_text(attributes, "xmlns");
	struct xml *element;
	const struct place *list;
	size_t count;

	if (name == NULL)
		return NULL;
	element = parent != NULL ? xml_add(arena, parent, ns, name)
				 : xml_new(arena, ns != NULL ? ns : "", name);
	for (const struct entry *entry = attributes != NULL ? attributes->entries : NULL;
		entry != NULL; entry = entry->next) {
		if (entry->key != NULL && entry->value->text != NULL &&
			strcmp(entry->key, "xmlns") != 0 && strchr(entry->key, '\1') == NULL)
			xml_set(arena, element, entry->key, entry->value->text);
	}
	list = list_of(arena, table, &count);
	for (size_t i = 0; i < count; i++) {
		const struct value *value = list[i].value;

		if (value->text != NULL)
			xml_add_text(arena, element, value->text);
		else if (make_element(arena, element, value) == NULL)
			return NULL;
	}
	return element;
}

/* The value of the file, or of its last item. */
static struct value *read_file(struct reader *reader)
{
	struct value *value = NULL;

	if (take(reader, "return")) {
		value = read_value(reader);
		take(reader, ";");
	} else {
		while (take(reader, "item(")) {
			value = read_value(reader);
			if (value == NULL || !take(reader, ")"))
				return NULL;
			take(reader, ";");
		}
	}
	skip_space(reader);
	return reader->at == reader->end ? value : NULL;
}

struct xml *lua_data_element(struct arena *arena, const char *text, size_t len, const char **why)
{
	struct reader reader = {.arena = arena, .at = text, .end = text + len};
	const struct value *value = read_file(&reader);
	const struct xml *element = NULL;
	const char *markup;

	if (value != NULL && value->text == NULL)
		element = make_element(arena, NULL, value);
	if (element == NULL) {
		*why = "not a stanza as Prosody stores it";
		return NULL;
	}
	/* Through the parser: names, characters and bounds are then those of any XML. */
	markup = xml_to_string(arena, element, NULL);
	if (markup == NULL) {
		*why = "out of memory";
		return NULL;
	}
	return xml_parse(arena, markup, strlen(markup), NULL, &xml_limits_stanza, why);
}
