/* UTF-8 (RFC 3629), one character at a time. */
#include "common/utf8.h"

size_t utf8_decode(const char *text, size_t len, uint32_t *character)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char first = bytes[0];
	uint32_t value, least;
	size_t count;

	if (first < 0x80) {
		*character = first;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		count = 2;
		value = first & 0x1fu;
		least = 0x80;
	} else if (first >= 0xe0 && first <= 0xef) {
		count = 3;
		value = first & 0x0fu;
		least = 0x800;
	} else if (first >= 0xf0 && first <= 0xf4) {
		count = 4;
		value = first & 0x07u;
		least = 0x10000;
	} else {
		return 0;
	}
	if (len < count)
		return 0;
	for (size_t i = 1; i < count; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return count;
}

bool utf8_steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}
