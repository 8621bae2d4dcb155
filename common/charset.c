/* Text of other charsets and transfer encodings made UTF-8, by iconv. */
#include "common/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/utf8.h"

bool charset_is_utf8(const char *bytes, size_t len)
{
	uint32_t character;
	size_t count;

	for (size_t at = 0; at < len; at += count)
		if (!(count = utf8_decode(bytes + at, len - at, &character)))
			return false;
	return true;
}

/* Characters that XML 1.0 has no place for (2.2). */
static bool is_forbidden(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff;
}

/* Cleans UTF-8 in place and terminates it; it never grows. */
static void clean(char *text, size_t len)
{
	size_t to = 0;

	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t count = utf8_decode(text + at, len - at, &c);

		if (count == 0) /* not from iconv, and not from what was checked */
			break;
		if (c == '\r') {
			if (at + 1 >= len || text[at + 1] != '\n')
				text[to++] = '\n';
		} else if (!is_forbidden(c)) {
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
	/* Not arena_strndup(): there may be a NUL among the bytes. */
	if (!(out = arena_alloc(arena, len + 1)))
		return NULL;
	memcpy(out, bytes, len);
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
