/* Plain XML: see xml_plain.h. The text is copied once, and the tree's strings lie in the copy: each
 * is ended where the mark behind it was read. Names are of ASCII; of the rest what XML 1.0 allows.
 */
#include "common/xml_plain.h"

#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/utf8.h"
#include "common/xml_parse.h"

#define NS_XMLNS "http://www.w3.org/2000/xmlns/"

struct plain {
	struct arena *arena;
	const struct xml_limits *limits;
	const char *ns_context;
	char *at, *end; /* what is left; a NUL is at its end */
	struct xml *top, *open;
	unsigned level, elements;
};

/* What a byte may be in. */
enum {
	NAME_START = 1, /* the first of a name */
	NAME = 2,
	CONTENT = 4, /* as it is between tags */
	VALUE = 8,   /* as it is in an attribute, unless it is the quote */
};

#define TEXT (CONTENT | VALUE)
#define LETTER (NAME_START | NAME | TEXT)

/* Without: control characters, & and <; beyond ASCII see character(). */
static const unsigned char class_of[256] = {
	['\t'] = CONTENT, /* a reader makes a blank of it in a value */
	['\n'] = CONTENT,
	[' ' ... '%'] = TEXT,
	['\'' ... ','] = TEXT,
	['-' ... '.'] = NAME | TEXT,
	['/'] = TEXT,
	['0' ... '9'] = NAME | TEXT,
	[':' ... ';'] = TEXT,
	['=' ... '@'] = TEXT,
	['A' ... 'Z'] = LETTER,
	['[' ... '\\'] = TEXT,
	[']'] = VALUE, /* "]]>" must not be in content */
	['^'] = TEXT,
	['_'] = LETTER,
	['`'] = TEXT,
	['a' ... 'z'] = LETTER,
	['{' ... '\x7f'] = TEXT,
};

static bool is(char c, unsigned char what)
{
	return class_of[(unsigned char)c] & what;
}

static char *read_name(struct plain *p)
{
	char *name = p->at;

	if (!is(*name, NAME_START))
		return NULL;
	while (is(*p->at, NAME))
		p->at++;
	return name;
}

/* A character beyond ASCII: its length, or 0: expat is to look at it. */
static size_t character(const struct plain *p, const char *at)
{
	uint32_t character;
	size_t len;

	if ((unsigned char)*at < 0x80)
		return 0;
	len = utf8_decode(at, (size_t)(p->end - at), &character);
	return character == 0xfffe || character == 0xffff ? 0 : len;
}

/* What "&...;" at `at` stands for; *len: of it. 0: something else. */
static char reference(const char *at, size_t *len)
{
	static const struct {
		const char *text;
		char c;
	} known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'},
		{"&apos;", '\''}, {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		*len = strlen(known[i].text);
		if (strncmp(at, known[i].text, *len) == 0)
			return known[i].c;
	}
	return 0;
}

/* Goes over text of bytes that may be in `what`, up to `until`, which isn't gone over; what it is
 * comes to stand at *text, *len bytes, not ended yet. */
static int read_text(struct plain *p, unsigned char what, char until, char **text, size_t *len)
{
	char *from = p->at, *to;

	/* Where nothing is shortened before, nothing is moved. */
	while (*from != until && is(*from, what))
		from++;
	*text = p->at;
	to = from;
	for (;;) {
		size_t bytes = 1;
		char c = *from;

		if (c == until)
			break;
		if (is(c, what)) {
			*to++ = c;
		} else if (c == '&') {
			c = reference(from, &bytes);
			if (!c)
				return -1;
			*to++ = c;
		} else {
			bytes = character(p, from);
			if (bytes == 0)
				return -1;
			memmove(to, from, bytes);
			to += bytes;
		}
		from += bytes;
	}
	*len = (size_t)(to - *text);
	p->at = from;
	return 0;
}

/* The text up to the next tag. */
static int read_content(struct plain *p)
{
	struct xml *piece;
	char *text;
	size_t len;

	if (*p->at == '<')
		return 0;
	if (read_text(p, CONTENT, '<', &text, &len) != 0)
		return -1;
	piece = arena_alloc(p->arena, sizeof(*piece));
	if (!piece)
		return -1;
	/* The end is written over the "<", or over what was shortened. */
	text[len] = '\0';
	piece->text = text;
	piece->text_len = len;
	xml_append(p->open, piece);
	return 0;
}

static bool is_there(const struct xml *element, const struct xml_attribute *attribute)
{
	for (const struct xml_attribute *a = element->attributes; a != attribute; a = a->next)
		if (!a->ns == !attribute->ns && strcmp(a->name, attribute->name) == 0)
			return true;
	return false;
}

/* Behind the blank before it. xmlns goes into the element's ns. */
static int read_attribute(
	struct plain *p, struct xml *element, struct xml_attribute ***slot, unsigned *count)
{
	struct xml_attribute *attribute;
	char *name = read_name(p), *value;
	const char *ns = NULL;
	size_t len;
	char quote;

	if (name && p->at - name == 3 && strncmp(name, "xml:", 4) == 0) {
		ns = NS_XML;
		p->at++;
		name = read_name(p);
	}
	if (!name || *p->at != '=')
		return -1;
	*p->at++ = '\0';
	quote = *p->at++;
	if ((quote != '"' && quote != '\'') || read_text(p, VALUE, quote, &value, &len))
		return -1;
	p->at++;
	value[len] = '\0';
	if (!ns && strcmp(name, "xmlns") == 0) {
		/* Once; and not one that means something else (Namespaces in XML, 3). */
		if (element->ns || len > XML_NAMESPACE_MAX || strcmp(value, NS_XML) == 0 ||
			strcmp(value, NS_XMLNS) == 0)
			return -1;
		element->ns = value;
		return 0;
	}
	attribute = arena_alloc(p->arena, sizeof(*attribute));
	if (!attribute || ++*count > p->limits->attributes)
		return -1;
	attribute->ns = ns;
	attribute->name = name;
	attribute->value = value;
	**slot = attribute;
	*slot = &attribute->next;
	return is_there(element, attribute) ? -1 : 0;
}

static void close_element(struct plain *p)
{
	p->level--;
	p->open = p->open->parent;
}

/* Behind its "<". */
static int read_start_tag(struct plain *p)
{
	struct xml *element;
	struct xml_attribute **slot;
	unsigned count = 0;
	char *name = read_name(p);
	char *name_end = p->at;
	bool is_empty;

	if (!name || p->level > p->limits->depth || p->elements >= p->limits->elements)
		return -1;
	element = arena_alloc(p->arena, sizeof(*element));
	if (!element)
		return -1;
	element->name = name;
	slot = &element->attributes;
	while (*p->at == ' ' || *p->at == '\n') {
		p->at++;
		if (*p->at == '>' || *p->at == '/')
			break;
		if (read_attribute(p, element, &slot, &count) != 0)
			return -1;
	}
	is_empty = *p->at == '/';
	p->at += is_empty;
	if (*p->at != '>')
		return -1;
	p->at++;
	*name_end = '\0';
	if (!element->ns)
		element->ns = p->open ? p->open->ns : p->ns_context;
	else if (p->open && strcmp(element->ns, p->open->ns) == 0)
		element->ns = p->open->ns;
	if (p->open)
		xml_append(p->open, element);
	else
		p->top = element;
	p->elements++;
	p->level++;
	p->open = element;
	if (is_empty)
		close_element(p);
	return 0;
}

/* Behind its "</". */
static int read_end_tag(struct plain *p)
{
	const char *name = p->open->name;

	for (; *name && *p->at == *name; name++)
		p->at++;
	if (*name || *p->at != '>')
		return -1;
	p->at++;
	close_element(p);
	return 0;
}

static int read_document(struct plain *p)
{
	do {
		if (p->open && read_content(p) != 0)
			return -1;
		/* Where text stood, its end is written there by now. */
		p->at++;
		if (p->open && *p->at == '/') {
			p->at++;
			if (read_end_tag(p) != 0)
				return -1;
		} else if (read_start_tag(p) != 0) {
			return -1;
		}
	} while (p->open);
	return p->at == p->end ? 0 : -1;
}

struct xml *xml_plain_read(struct arena *arena, const char *text, size_t len, unsigned level,
	const char *ns_context, const struct xml_limits *limits)
{
	struct plain plain = {.arena = arena, .limits = limits, .level = level};

	if (len == 0 || len > limits->bytes || *text != '<' || memchr(text, '\0', len))
		return NULL;
	plain.ns_context = ns_context && *ns_context ? arena_strdup(arena, ns_context) : "";
	plain.at = arena_strndup(arena, text, len);
	if (!plain.at || !plain.ns_context)
		return NULL;
	plain.end = plain.at + len;
	return read_document(&plain) == 0 ? plain.top : NULL;
}
