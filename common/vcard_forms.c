/* Forms of values that older vCards write differently: RFC 2426 and XEP-0054 against RFC 6350. */
#include "common/vcard_forms.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"

#define DIGITS "0123456789"

bool vcard_is_blank(const char *text)
{
	for (size_t count; *text; text += count) {
		count = vcard_line_break(text);
		if (count == 0 && *text != 0x7f && (unsigned char)*text > ' ')
			return false;
		if (count == 0)
			count = 1;
	}
	return true;
}

size_t vcard_line_break(const char *text)
{
	if (strncmp(text, "\xc2\x85", 2) == 0)
		return 2;
	return strncmp(text, "\xe2\x80\xa8", 3) == 0 || strncmp(text, "\xe2\x80\xa9", 3) == 0 ? 3
											      : 0;
}

const char *vcard_date_basic(struct arena *arena, const char *text)
{
	char *out, *to;

	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
			return text;
	if ((text[10] != '\0' && text[10] != 'T') ||
		text[10 + strspn(text + 10, "T:Z.+-" DIGITS)] != '\0')
		return text;
	to = out = arena_alloc(arena, strlen(text) + 1);
	for (size_t i = 0; out && text[i]; i++)
		if (i >= 10 ? text[i] != ':' : text[i] != '-')
			*to++ = text[i];
	return out;
}

/* "-0500" or "-05:00"; *minutes: where they are. */
static bool is_offset(const char *text, const char **minutes)
{
	if ((text[0] != '+' && text[0] != '-') || strspn(text + 1, DIGITS) < 2)
		return false;
	*minutes = text + (text[3] == ':' ? 4 : 3);
	return strspn(*minutes, DIGITS) == 2 && (*minutes)[2] == '\0';
}

const char *vcard_offset_basic(struct arena *arena, const char *text)
{
	const char *minutes;

	return is_offset(text, &minutes) ? arena_printf(arena, "%.3s%s", text, minutes) : NULL;
}

const char *vcard_offset_extended(struct arena *arena, const char *text)
{
	const char *minutes;

	return is_offset(text, &minutes) ? arena_printf(arena, "%.3s:%s", text, minutes) : NULL;
}

/* "143000-0500" behind the date and a T as "14:30:00-05:00". */
static const char *time_extended(struct arena *arena, const char *date, const char *time)
{
	size_t digits = strspn(time, DIGITS), len = strcspn(time, "+-Z");
	const char *zone = vcard_offset_extended(arena, time + len);
	int seconds = (int)len - 4;

	if (!zone)
		zone = time + len;
	if (digits == 6)
		return arena_printf(arena, "%sT%.2s:%.2s:%.*s%s", date, time, time + 2, seconds,
			time + 4, zone);
	if (digits == 4)
		return arena_printf(arena, "%sT%.2s:%.2s%s", date, time, time + 2, zone);
	return arena_printf(arena, "%sT%s", date, time);
}

const char *vcard_date_extended(struct arena *arena, const char *text)
{
	const char *rest = text + 8, *date;

	if (strspn(text, DIGITS) != 8 || (*rest != '\0' && *rest != 'T'))
		return text;
	date = arena_printf(arena, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
	return date && *rest == 'T' ? time_extended(arena, date, rest + 1) : date;
}

static size_t decimals(const char *text)
{
	return strspn(text, "+-." DIGITS);
}

const char *vcard_geo_uri(struct arena *arena, const char *latitude, const char *longitude)
{
	if (*latitude == '\0' || *longitude == '\0' || latitude[decimals(latitude)] != '\0' ||
		longitude[decimals(longitude)] != '\0')
		return NULL;
	return arena_printf(arena, "geo:%s,%s", latitude, longitude);
}

int vcard_geo_split(
	struct arena *arena, const char *uri, const char **latitude, const char **longitude)
{
	const char *at = uri + strlen("geo:");
	size_t first;

	if (strncasecmp(uri, "geo:", strlen("geo:")) != 0 || (first = decimals(at)) == 0 ||
		at[first] != ',')
		return -1;
	*latitude = arena_strndup(arena, at, first);
	*longitude = arena_strndup(arena, at + first + 1, decimals(at + first + 1));
	return *latitude && *longitude ? 0 : -1;
}

const char *vcard_tel_plain(struct arena *arena, const char *text)
{
	const char *number = text + strlen("tel:"), *extension;
	size_t len;

	if (strncasecmp(text, "tel:", strlen("tel:")) != 0)
		return text;
	number += strspn(number, " ");
	len = strcspn(number, ";");
	if (!(extension = strstr(number, ";ext=")))
		return arena_strndup(arena, number, len);
	extension += strlen(";ext=");
	return arena_printf(
		arena, "%.*s ext. %.*s", (int)len, number, (int)strcspn(extension, ";"), extension);
}

/* ---- Data ---- */
static const char *guess_media(const char *base64)
{
	if (strncmp(base64, "/9j/", 4) == 0)
		return "image/jpeg";
	if (strncmp(base64, "iVBOR", 5) == 0)
		return "image/png";
	return strncmp(base64, "R0lG", 4) == 0 ? "image/gif" : "application/octet-stream";
}

const char *vcard_base64(struct arena *arena, const char *base64)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strspn(base64, letters), padding = strspn(base64 + len, "=");
	char *out, *to;

	if (base64[len + padding] == '\0' && padding <= 2 && (len + padding) % 4 == 0)
		return base64;
	to = out = arena_alloc(arena, strlen(base64) + 3);
	if (!out)
		return NULL;
	for (; *base64; base64++)
		if (strchr(letters, *base64))
			*to++ = *base64;
	if ((to - out) % 4 == 1) /* six bits of nothing */
		to--;
	while ((to - out) % 4 != 0)
		*to++ = '=';
	*to = '\0';
	return out;
}

const char *vcard_data_uri(struct arena *arena, const char *media, const char *base64)
{
	char *out, *to;

	base64 += strspn(base64, " \t\r\n");
	out = arena_printf(arena, "data:%s;base64,%s", media ? media : guess_media(base64), base64);
	if (!out)
		return NULL;
	to = out + strlen(out) - strlen(base64);
	for (; *base64; base64++)
		if (!isspace((unsigned char)*base64))
			*to++ = *base64;
	*to = '\0';
	return out;
}

const char *vcard_data_split(struct arena *arena, const char *uri, const char **media)
{
	static const char mark[] = ";base64";
	const char *type = uri + strlen("data:"), *comma;

	if (strncasecmp(uri, "data:", strlen("data:")) != 0 || !(comma = strchr(type, ',')) ||
		(size_t)(comma - type) < strlen(mark) ||
		strncasecmp(comma - strlen(mark), mark, strlen(mark)) != 0)
		return NULL;
	*media = arena_strndup(arena, type, strcspn(type, ";,"));
	return *media ? comma + 1 : NULL;
}
