/* Text of other charsets and transfer encodings made UTF-8, by iconv. */
#include "common/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"

/* The length of the character at bytes, 1 to 4; 0: not UTF-8. RFC 3629, 4. */
static size_t utf8_length(const unsigned char *bytes, size_t len)
{
	unsigned char lead = bytes[0];
	size_t count = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (count == 0 || count > len || lead > 0xf4)
		return 0;
	for (size_t i = 1; i < count; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	if ((lead == 0xe0 && bytes[1] < 0xa0) || (lead == 0xed && bytes[1] > 0x9f) ||
		(lead == 0xf0 && bytes[1] < 0x90) || (lead == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return count;
}

bool charset_is_utf8(const char *bytes, size_t len)
{
	size_t count;

	for (size_t at = 0; at < len; at += count)
		if (!(count = utf8_length((const unsigned char *)bytes + at, len - at)))
			return false;
	return true;
}

/* Characters that XML 1.0 has no place for (2.2): most control characters, U+FFFE and U+FFFF. */
static bool is_forbidden(const char *at, size_t left)
{
	unsigned char c = (unsigned char)at[0];

	return (c < 0x20 && c != '\t' && c != '\n') ||
	       (left >= 3 && c == 0xef && (unsigned char)at[1] == 0xbf &&
		       (unsigned char)at[2] >= 0xbe);
}

/* Cleans UTF-8 in place and terminates it; it never grows. */
static void clean(char *text, size_t len)
{
	size_t to = 0;

	for (size_t at = 0; at < len;) {
		size_t count = utf8_length((unsigned char *)text + at, len - at);

		if (text[at] == '\r') {
			if (at + 1 >= len || text[at + 1] != '\n')
				text[to++] = '\n';
		} else if (!is_forbidden(text + at, len - at)) {
			memmove(text + to, text + at, count);
			to += count;
		}
		at += count;
	}
	text[to] = '\0';
}

/* All of it, or NULL: charset not known, or bytes that it doesn't have, or no memory. */
static char *convert(struct arena *arena, const char *charset, const char *bytes, size_t len)
{
	iconv_t cd;
	size_t in_left = len, out_left = len * 4, result; /* a byte is at most a character */
	char *out, *in = (char *)(uintptr_t)bytes, *to;

	if (len > SIZE_MAX / 4 - 1 || strlen(charset) > 40)
		return NULL;
	cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1)
		return NULL;
	to = out = arena_alloc(arena, len * 4 + 1);
	result = out ? iconv(cd, &in, &in_left, &to, &out_left) : (size_t)-1;
	iconv_close(cd);
	if (result == (size_t)-1 || in_left > 0)
		return NULL;
	clean(out, (size_t)(to - out));
	return out;
}

/* Windows-1252, where iconv leaves five places empty, byte for byte. */
static char *convert_1252(struct arena *arena, const char *bytes, size_t len)
{
	char *out = arena_alloc(arena, len * 3 + 1);
	size_t to = 0;
	iconv_t cd = out ? iconv_open("UTF-8", "WINDOWS-1252") : (iconv_t)-1;

	if (!out || cd == (iconv_t)-1)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char byte = bytes[i], *in = &byte, *at = out + to;
		size_t in_left = 1, out_left = 3;

		if (iconv(cd, &in, &in_left, &at, &out_left) != (size_t)-1)
			to = (size_t)(at - out);
	}
	iconv_close(cd);
	clean(out, to);
	return out;
}

char *charset_to_utf8(struct arena *arena, const char *charset, const char *bytes, size_t len)
{
	char *out;

	if (charset && (out = convert(arena, charset, bytes, len)))
		return out;
	if (!charset_is_utf8(bytes, len))
		return convert_1252(arena, bytes, len);
	if (!(out = arena_strndup(arena, bytes, len)))
		return NULL;
	clean(out, len);
	return out;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *charset_from_qp(struct arena *arena, const char *text, size_t *len)
{
	char *out = arena_alloc(arena, *len + 1), *to = out;

	for (size_t i = 0; out && i < *len; i++) {
		if (text[i] == '=' && i + 2 < *len && hex(text[i + 1]) >= 0 &&
			hex(text[i + 2]) >= 0) {
			*to++ = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		} else {
			*to++ = text[i]; /* RFC 2045, 6.7: show what is not encoded as it is */
		}
	}
	if (out)
		*len = (size_t)(to - out);
	return out;
}
