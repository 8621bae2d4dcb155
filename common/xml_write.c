/* The writer: an element tree as text. */
#include "common/xml.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/utf8.h"

/* What a byte is: 0 is written as it is; else the least kind of place where it is escaped. */
enum place {
	IN_CONTENT = 1, /* between tags */
	IN_ANY = 2,	/* content or attribute */
	IN_ATTRIBUTE = 3,
};

static const char *escape_of(unsigned char c, enum place place)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r': /* a reader would turn it into a line feed */
		return "&#13;";
	case '"':
		return place >= IN_ANY ? "&quot;" : NULL;
	case '\'':
		return place >= IN_ANY ? "&apos;" : NULL;
	case '\n': /* a reader would turn these into blanks */
		return place == IN_ATTRIBUTE ? "&#10;" : NULL;
	case '\t':
		return place == IN_ATTRIBUTE ? "&#9;" : NULL;
	}
	return NULL;
}

/* XML 1.0, 2.2 (the surrogates are no characters to utf8_decode()). */
static bool is_forbidden(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff;
}

/* Bytes that may have to be looked at: see escape_of() and is_forbidden(). */
static const bool is_special[256] = {[0x00 ... 0x1f] = true,
	['&'] = true,
	['<'] = true,
	['>'] = true,
	['"'] = true,
	['\''] = true,
	[0x80 ... 0xff] = true};

static void write_text(struct buffer *out, const char *text, size_t len, enum place place)
{
	size_t start = 0, i = 0;

	for (;;) {
		const char *instead;
		size_t bytes = 1;
		unsigned char c;

		while (i < len && !is_special[(unsigned char)text[i]])
			i++;
		if (i == len)
			break;
		c = (unsigned char)text[i];
		if (c >= 0x80 || c < 0x20) {
			uint32_t character;

			bytes = utf8_decode(text + i, len - i, &character);
			instead = bytes == 0 || is_forbidden(character) ? "\xef\xbf\xbd"
									: escape_of(c, place);
			if (bytes == 0)
				bytes = 1;
		} else {
			instead = escape_of(c, place);
		}
		if (instead) {
			buffer_append(out, text + start, i - start);
			buffer_puts(out, instead);
			start = i + bytes;
		}
		i += bytes;
	}
	buffer_append(out, text + start, len - start);
}

void xml_write_text(struct buffer *out, const char *text, size_t len)
{
	write_text(out, text, len, IN_ANY);
}

static void write_attribute(
	struct buffer *out, const char *prefix, const char *name, const char *value)
{
	buffer_putc(out, ' ');
	if (prefix) {
		buffer_puts(out, prefix);
		buffer_putc(out, ':');
	}
	buffer_puts(out, name);
	buffer_puts(out, "=\"");
	write_text(out, value, strlen(value), IN_ATTRIBUTE);
	buffer_putc(out, '"');
}

/* The xml: prefix is bound to its namespace and to no other, and can't be a default. */
static bool is_xml_ns(const char *ns)
{
	return strcmp(ns, NS_XML) == 0;
}

/* is_xml: the element is of that namespace. */
static void write_name(struct buffer *out, const struct xml *element, bool is_xml)
{
	if (is_xml)
		buffer_puts(out, "xml:");
	buffer_puts(out, element->name);
}

/* Writes the start tag up to its ">". */
static void write_start(
	struct buffer *out, const struct xml *element, bool is_xml, const char *ns_context)
{
	unsigned prefixes = 0;

	buffer_putc(out, '<');
	write_name(out, element, is_xml);
	if (!is_xml && element->ns != ns_context && strcmp(element->ns, ns_context) != 0)
		write_attribute(out, NULL, "xmlns", element->ns);
	for (const struct xml_attribute *a = element->attributes; a; a = a->next) {
		char prefix[16] = "ns";
		size_t at = 2;

		if (!a->ns || !*a->ns) {
			write_attribute(out, NULL, a->name, a->value);
			continue;
		}
		if (is_xml_ns(a->ns)) {
			write_attribute(out, "xml", a->name, a->value);
			continue;
		}
		for (unsigned n = prefixes++; at < sizeof(prefix) - 1; n /= 10) {
			prefix[at++] = (char)('0' + n % 10);
			if (n < 10)
				break;
		}
		write_attribute(out, "xmlns", prefix, a->ns);
		write_attribute(out, prefix, a->name, a->value);
	}
}

void xml_write(struct buffer *out, const struct xml *element, const char *ns_context)
{
	const char *ns;
	bool is_xml;

	if (!element)
		return;
	if (element->is_markup) {
		buffer_append(out, element->text, element->text_len);
		return;
	}
	if (!element->name) {
		write_text(out, element->text, element->text_len, IN_CONTENT);
		return;
	}
	if (!ns_context)
		ns_context = "";
	is_xml = is_xml_ns(element->ns);
	write_start(out, element, is_xml, ns_context);
	if (!element->first) {
		buffer_puts(out, "/>");
		return;
	}
	buffer_putc(out, '>');
	ns = is_xml ? ns_context : element->ns;
	for (const struct xml *child = element->first; child; child = child->next)
		xml_write(out, child, ns);
	buffer_puts(out, "</");
	write_name(out, element, is_xml);
	buffer_putc(out, '>');
}

const char *xml_to_string(struct arena *arena, const struct xml *element, const char *ns_context)
{
	struct buffer out;
	char *text = NULL;

	if (!element)
		return NULL;
	buffer_init(&out, 0);
	xml_write(&out, element, ns_context);
	if (out.failed)
		arena_alloc(
			arena, (size_t)-1); /* the failure is the arena's, where it is looked for */
	else
		text = arena_strndup(arena, out.data, out.len);
	buffer_clear(&out);
	return text;
}
