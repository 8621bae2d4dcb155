/* Telephone numbers: what a text is before an engine reads it, and what is made of its answer. */
#include "config.h"

#include "common/phone.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/phone_engine.h"
#include "common/utf8.h"

#define DIGITS_MIN 5 /* fewer are a service number, never somebody's */

/* One fan-out reads the same numbers once a holder, and an engine takes its time. Not shared
 * between threads with any care: all callers are of one. */
#define CACHE_SLOTS 4096

struct cached {
	char key[PHONE_INPUT_MAX + 4]; /* region, a blank, text; "": the slot is free */
	struct phone phone;
};

/* Zero of each set of decimal digits in use (Unicode, general category Nd); nine more follow it. */
static const uint32_t zeros[] = {'0', 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6,
	0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10};

/* 0 to 9, or -1. */
static int digit_value(uint32_t c)
{
	for (size_t i = 0; i < sizeof(zeros) / sizeof(*zeros); i++) {
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int)(c - zeros[i]);
	}
	return -1;
}

static bool is_plus(uint32_t c)
{
	return c == '+' || c == 0xff0b;
}

/* Characters without a look of their own, which come along when a number is pasted. */
static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

/* What people put between the digits of a number. */
static bool is_punctuation(uint32_t c)
{
	return is_plus(c) || is_blank(c) || (c < 0x80 && strchr("()-./[]~", (int)c)) ||
	       (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30fc ||
	       (c >= 0xff08 && c <= 0xff0f) || c == 0xff3b || c == 0xff3d || c == 0xff5e;
}

/* Writes text to out without control and invisible characters, ill-formed bytes and blanks at its
 * ends, each blank as U+0020; cut to size. False if bytes were ill-formed. */
static bool clean(char *out, size_t size, const char *text)
{
	size_t len = 0, left = strnlen(text, 4 * size);
	bool good = true;

	while (left > 0) {
		uint32_t character;
		size_t bytes = utf8_decode(text, left, &character);

		if (bytes == 0) {
			good = false;
			bytes = 1;
		} else if (is_blank(character) || character == '\r' || character == '\n') {
			if (len > 0 && len + 1 < size)
				out[len++] = ' ';
		} else if (character >= 0x20 && !(character >= 0x7f && character < 0xa0) &&
			   !is_invisible(character)) {
			if (len + bytes >= size)
				break;
			memcpy(out + len, text, bytes);
			len += bytes;
		}
		text += bytes;
		left -= bytes;
	}
	while (len > 0 && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
	return good;
}

/* The digits of clean text, with a + before them; "" if there is anything else in it. */
static void read_digits(char out[PHONE_INPUT_MAX + 1], const char *text)
{
	size_t len = 0, left = strlen(text);

	while (left > 0) {
		uint32_t character = 0;
		size_t bytes = utf8_decode(text, left, &character);
		int digit = bytes ? digit_value(character) : -1;

		if (digit >= 0) {
			out[len++] = (char)('0' + digit);
		} else if (!is_punctuation(character) || bytes == 0) {
			len = 0;
			break;
		} else if (is_plus(character) && len == 0) {
			out[len++] = '+';
		}
		text += bytes;
		left -= bytes;
	}
	out[len] = '\0';
	if (strcmp(out, "+") == 0)
		out[0] = '\0';
}

/* RFC 3966, 3: without the scheme. */
static const char *without_scheme(const char *text)
{
	return strncasecmp(text, "tel:", 4) == 0 ? text + 4 : text;
}

/* The last of our own ";ext=12", which any engine understands; *base is what is before it. False if
 * there is none. */
static bool split_extension(
	char base[PHONE_INPUT_MAX + 1], char extension[PHONE_INPUT_MAX + 1], const char *text)
{
	const char *found = strcasestr(text, ";ext=");
	size_t len = found ? strspn(found + 5, "0123456789") : 0;

	if (len == 0 || found[5 + len] != '\0')
		return false;
	memcpy(base, text, (size_t)(found - text));
	base[found - text] = '\0';
	memcpy(extension, found + 5, len + 1);
	return true;
}

/* Two upper-case letters, or "". */
static void read_region(char out[3], const char *region)
{
	out[0] = '\0';
	if (!region || strlen(region) != 2 || !isalpha((unsigned char)region[0]) ||
		!isalpha((unsigned char)region[1]))
		return;
	out[0] = (char)toupper((unsigned char)region[0]);
	out[1] = (char)toupper((unsigned char)region[1]);
	out[2] = '\0';
}

/* Identity, display and URI of what has an E.164 form. */
static void name_number(struct phone *out, bool valid)
{
	const char *extension = out->extension;
	const char *mark = *extension ? ";ext=" : "";
	size_t len = strlen(out->display);

	out->valid = valid;
	snprintf(out->identity, sizeof(out->identity), "%s%s%s", out->e164, mark, extension);
	if (valid)
		snprintf(out->uri, sizeof(out->uri), "tel:%s%s%s", out->e164, mark, extension);
	else
		out->e164[0] = '\0';
	if (*extension)
		snprintf(out->display + len, sizeof(out->display) - len, " ext. %s", extension);
}

/* text: clean, not empty, at most PHONE_INPUT_MAX bytes. */
static void read_clean(struct phone *out, const char *text, const char *region)
{
	char base[PHONE_INPUT_MAX + 1], extension[PHONE_INPUT_MAX + 1] = "";
	char digits[PHONE_INPUT_MAX + 1];
	struct phone_input input = {.text = text, .region = region, .digits = digits};
	const char *number = without_scheme(text);
	enum phone_sort sort;
	bool has_extension = split_extension(base, extension, number);

	read_digits(digits, has_extension ? base : number);
	sort = phone_engine_read(out, &input);
	switch (sort) {
	case PHONE_VALID:
	case PHONE_POSSIBLE:
		/* An engine that doesn't look for extensions found none. */
		if (has_extension && !*out->extension && strlen(extension) < sizeof(out->extension))
			strcpy(out->extension, extension);
		name_number(out, sort == PHONE_VALID);
		return;
	case PHONE_INVALID:
		break;
	case PHONE_SHORT:
		digits[0] = '\0';
		break;
	}
	memset(out, 0, sizeof(*out));
	snprintf(out->display, sizeof(out->display), "%s", number);
	if (strlen(digits) >= DIGITS_MIN + (digits[0] == '+'))
		snprintf(out->identity, sizeof(out->identity), "%s%s%s", digits,
			has_extension ? ";ext=" : "", extension);
}

static struct cached *find_slot(const char *key)
{
	static struct cached *slots;
	uint32_t hash = 2166136261u; /* FNV-1a */

	if (!slots)
		slots = calloc(CACHE_SLOTS, sizeof(*slots));
	if (!slots)
		return NULL;
	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return &slots[(hash ^ hash >> 16) % CACHE_SLOTS];
}

void phone_read(struct phone *out, const char *text, const char *region)
{
	char cleaned[PHONE_TEXT_MAX], key[PHONE_INPUT_MAX + 4], two[3];
	struct cached *slot;
	bool good = clean(cleaned, sizeof(cleaned), text);
	size_t region_len;

	*out = (struct phone){0};
	if (!good || !*cleaned || strnlen(text, PHONE_INPUT_MAX + 1) > PHONE_INPUT_MAX) {
		memcpy(out->display, cleaned, sizeof(cleaned));
		return;
	}
	read_region(two, region);
	/* No longer than text, so it fits. */
	region_len = strlen(two);
	memcpy(key, two, region_len);
	key[region_len] = ' ';
	strcpy(key + region_len + 1, cleaned);
	slot = find_slot(key);
	if (slot && strcmp(slot->key, key) == 0) {
		*out = slot->phone;
		return;
	}
	read_clean(out, cleaned, two);
	if (slot) {
		memcpy(slot->key, key, sizeof(key));
		slot->phone = *out;
	}
}

bool phone_read_plain(char digits[PHONE_INPUT_MAX + 1], const char *text)
{
	size_t len = 0;

	if (strnlen(text, PHONE_INPUT_MAX + 1) > PHONE_INPUT_MAX)
		return false;
	for (text = without_scheme(text); *text; text++) {
		if ((*text >= '0' && *text <= '9') || (*text == '+' && len == 0))
			digits[len++] = *text;
		else if (!strchr(" .-()", *text))
			return false;
	}
	digits[len] = '\0';
	return len > 0;
}

bool phone_is_region(const char *region)
{
	char two[3];

	read_region(two, region);
	return *two && phone_engine_is_region(two);
}

const char *phone_kind_name(enum phone_kind kind)
{
	switch (kind) {
	case PHONE_UNKNOWN:
		return "unknown";
	case PHONE_MOBILE:
		return "mobile";
	case PHONE_FIXED:
		return "fixed";
	case PHONE_OTHER:
		return "other";
	}
	return "unknown";
}

const char *phone_charge_name(enum phone_charge charge)
{
	switch (charge) {
	case PHONE_CHARGE_USUAL:
		break;
	case PHONE_TOLL_FREE:
		return "toll-free";
	case PHONE_SHARED_COST:
		return "shared-cost";
	case PHONE_PREMIUM:
		return "premium-rate";
	}
	return NULL;
}

const char *phone_charge_note(enum phone_charge charge)
{
	switch (charge) {
	case PHONE_CHARGE_USUAL:
		break;
	case PHONE_TOLL_FREE:
		return " (toll-free number)";
	case PHONE_SHARED_COST:
		return " (shared-cost number)";
	case PHONE_PREMIUM:
		return " (premium-rate number)";
	}
	return "";
}

bool phone_has_library(void)
{
	return phone_engine_is_library();
}
