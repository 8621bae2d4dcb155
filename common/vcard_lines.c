/* The logical lines of vCard text: RFC 6350, 3.2; RFC 2425, 5.8.1; vCard 2.1, 2.1.3. */
#include "common/vcard_lines.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/charset.h"

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- Physical lines ---- */
/* The bytes of a character: 2 for UTF-16, which a NUL beside the first letter gives away. */
static size_t unit_of(const struct vcard_reader *reader, bool *big_endian)
{
	const unsigned char *text = (const unsigned char *)reader->text;

	if (reader->len < 2)
		return 1;
	*big_endian = text[0] == 0xfe || text[0] == 0;
	if ((text[0] == 0xfe && text[1] == 0xff) || (text[0] == 0xff && text[1] == 0xfe))
		return 2;
	return (text[0] == 0) != (text[1] == 0) ? 2 : 1;
}

/* The ASCII character at position; 0: none, or another. */
static char ascii_at(const struct vcard_reader *reader, size_t position, size_t unit, bool big)
{
	if (position + unit > reader->len)
		return '\0';
	if (unit == 1)
		return reader->text[position];
	return reader->text[position + (big ? 0 : 1)] == '\0'
		       ? reader->text[position + (big ? 1 : 0)]
		       : '\0';
}

static char peek(const struct vcard_reader *reader)
{
	bool big = false;
	size_t unit = unit_of(reader, &big);

	return ascii_at(reader, reader->position, unit, big);
}

/* One line up to CRLF, LF or CR. False: none left, or no memory. */
static bool physical_line(struct vcard_reader *reader, struct arena *arena, struct vcard_line *line)
{
	bool big = false;
	size_t unit = unit_of(reader, &big), start = reader->position, end = start;
	char c;

	if (start >= reader->len)
		return false;
	while (end + unit <= reader->len && (c = ascii_at(reader, end, unit, big)) != '\n' &&
		c != '\r')
		end += unit;
	reader->position = end + unit;
	if (ascii_at(reader, end, unit, big) == '\r' &&
		ascii_at(reader, end + unit, unit, big) == '\n')
		reader->position += unit;
	if (reader->position > reader->len)
		reader->position = reader->len;
	if (end > reader->len)
		end = reader->len;
	reader->line++;
	line->text = reader->text + start;
	line->len = end - start;
	if (unit == 2) {
		line->text = charset_to_utf8(
			arena, big ? "UTF-16BE" : "UTF-16LE", line->text, line->len);
		if (!line->text)
			return false;
		line->len = strlen(line->text);
	}
	if (start == 0 && line->len >= 3 && memcmp(line->text, "\xef\xbb\xbf", 3) == 0) {
		line->text += 3;
		line->len -= 3;
	}
	return true;
}

/* ---- What a line is ---- */
bool vcard_lines_is(const struct vcard_line *line, const char *word)
{
	size_t start = 0, end = line->len;

	while (start < end && is_white(line->text[start]))
		start++;
	while (end > start && is_white(line->text[end - 1]))
		end--;
	return end - start == strlen(word) &&
	       strncasecmp(line->text + start, word, end - start) == 0;
}

size_t vcard_lines_value(const struct vcard_line *line)
{
	bool quoted = false;

	for (size_t i = 0; i < line->len; i++) {
		if (line->text[i] == '"')
			quoted = !quoted;
		else if (line->text[i] == ':' && !quoted)
			return i + 1;
	}
	return line->len;
}

#define HEAD_MAX                                                                                   \
	1024 /* bytes of a line in which its encoding is looked for, again at each fold            \
	      */

/* True if word stands in the parameters, as ENCODING=word or bare. */
static bool has_encoding(const struct vcard_line *line, const char *word)
{
	struct vcard_line head = {line->text, line->len < HEAD_MAX ? line->len : HEAD_MAX};
	size_t value = vcard_lines_value(&head), len = strlen(word), name = strlen(";ENCODING=");

	for (size_t i = 1; i + len < value; i++) {
		char behind = line->text[i + len];

		if ((behind != ';' && behind != ':') || strncasecmp(line->text + i, word, len) != 0)
			continue;
		if (line->text[i - 1] == ';' ||
			(i >= name && strncasecmp(line->text + i - name, ";ENCODING=", name) == 0))
			return true;
	}
	return false;
}

static bool is_base64(const struct vcard_line *line)
{
	return has_encoding(line, "b") || has_encoding(line, "base64");
}

/* True if a line has nothing but base64 in it, as the rest of a photo that isn't indented has. */
static bool is_base64_block(const struct vcard_line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t",
			    line->text[i], 67))
			return false;
	return line->len > 0;
}

/* True for one backslash, or three; two are one that is meant. */
static bool ends_in_backslash(const struct vcard_line *line)
{
	size_t count = 0;

	while (count < line->len && line->text[line->len - 1 - count] == '\\')
		count++;
	return count % 2 == 1;
}

/* ---- Logical lines ---- */
/* Takes the line that follows if it goes on with what is in `text`. */
static bool take_continuation(struct vcard_reader *reader, struct arena *arena,
	enum vcard_version version, struct buffer *text)
{
	struct vcard_line first = {text->data, text->len}, next;
	struct vcard_reader before = *reader;
	bool soft = text->len > 0 && text->data[text->len - 1] == '=' &&
		    has_encoding(&first, "quoted-printable");
	bool hard = !soft && version == VCARD_2_1 && ends_in_backslash(&first);

	if (!soft && !hard && !is_white(peek(reader)) && !is_base64(&first))
		return false;
	if (!physical_line(reader, arena, &next))
		return false;
	if (soft && !vcard_lines_is(&next, "END:VCARD")) {
		text->len--;
		buffer_append(text, next.text, next.len);
		return true;
	}
	if (!soft && next.len > 0 && is_white(next.text[0])) {
		/* 2.1 breaks a line before white space, which stays; later ones add a character. */
		size_t skip = version == VCARD_2_1 ? 0 : 1;

		buffer_append(text, next.text + skip, next.len - skip);
		return true;
	}
	/* COMPAT: a line break written as a backslash before one, as some phones do in 2.1. What is
	 * folded is a line of its own, whose colon may come later. */
	if (hard && !memchr(next.text, ':', next.len) && !is_white(peek(reader))) {
		text->data[text->len - 1] = '\n';
		buffer_append(text, next.text, next.len);
		return true;
	}
	if (is_base64(&first) && is_base64_block(&next)) {
		buffer_append(text, next.text, next.len);
		return true;
	}
	*reader = before;
	return false;
}

static bool is_blank(const struct vcard_line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!is_white(line->text[i]))
			return false;
	return true;
}

/* True if the line that follows might belong to this one; mostly it doesn't, and nothing is copied.
 */
static bool might_go_on(const struct vcard_reader *reader, const struct vcard_line *line)
{
	char last = line->len > 0 ? line->text[line->len - 1] : '\0';

	return is_white(peek(reader)) || last == '=' || last == '\\' || is_base64(line);
}

/* The bytes, among which there may be a NUL, terminated in the arena. */
static bool keep(struct vcard_line *line, struct arena *arena, const char *bytes, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (copy && len > 0)
		memcpy(copy, bytes, len);
	line->text = copy;
	line->len = len;
	return copy != NULL;
}

bool vcard_lines_next(struct vcard_reader *reader, struct arena *arena, enum vcard_version version,
	struct vcard_line *line)
{
	struct buffer text;
	bool kept;

	do {
		if (!physical_line(reader, arena, line))
			return false;
	} while (is_blank(line));
	if (!might_go_on(reader, line))
		return keep(line, arena, line->text, line->len);
	buffer_init(&text, 0);
	buffer_append(&text, line->text, line->len);
	while (!text.failed && take_continuation(reader, arena, version, &text))
		continue;
	kept = !text.failed && keep(line, arena, text.data, text.len);
	buffer_clear(&text);
	return kept;
}

bool vcard_lines_begin(struct vcard_reader *reader, struct arena *arena)
{
	struct vcard_line line;

	while (physical_line(reader, arena, &line))
		if (vcard_lines_is(&line, "BEGIN:VCARD"))
			return true;
	return false;
}

/* True if line is VERSION:number, with blanks wherever. */
static bool is_version(const struct vcard_line *line, const char *number)
{
	static const char name[] = "VERSION:";
	size_t len = strlen(name), start = 0;
	struct vcard_line value;

	while (start < line->len && is_white(line->text[start]))
		start++;
	if (line->len - start < len || strncasecmp(line->text + start, name, len) != 0)
		return false;
	value.text = line->text + start + len;
	value.len = line->len - start - len;
	return vcard_lines_is(&value, number);
}

enum vcard_version vcard_lines_version(const struct vcard_reader *reader, struct arena *arena)
{
	struct vcard_reader ahead = *reader;
	struct vcard_line line;

	while (physical_line(&ahead, arena, &line) && !vcard_lines_is(&line, "END:VCARD") &&
		!vcard_lines_is(&line, "BEGIN:VCARD")) {
		if (is_version(&line, "4.0"))
			return VCARD_4_0;
		if (is_version(&line, "3.0"))
			return VCARD_3_0;
		if (is_version(&line, "2.1"))
			return VCARD_2_1;
	}
	return VCARD_2_1;
}

/* What CHARSET= says in the parameters of line; NULL: nothing. */
static const char *charset_of(struct arena *arena, const struct vcard_line *line)
{
	static const char name[] = ";CHARSET=";
	struct vcard_line head = {line->text, line->len < HEAD_MAX ? line->len : HEAD_MAX};
	size_t value = vcard_lines_value(&head), len = strlen(name), end;

	for (size_t i = 0; i + len < value; i++) {
		if (strncasecmp(line->text + i, name, len) != 0)
			continue;
		for (end = i += len; end < value && !strchr(";:", line->text[end]); end++)
			continue;
		return arena_strndup(arena, line->text + i, end - i);
	}
	return NULL;
}

const char *vcard_lines_charset(const struct vcard_reader *reader, struct arena *arena)
{
	struct vcard_reader ahead = *reader;
	struct vcard_line line;
	const char *charset;

	while (physical_line(&ahead, arena, &line) && !vcard_lines_is(&line, "END:VCARD") &&
		!vcard_lines_is(&line, "BEGIN:VCARD"))
		if ((charset = charset_of(arena, &line)) && strcasecmp(charset, "UTF-8") != 0)
			return charset;
	return NULL;
}
