/* The scanner of markup: see xml_scan.h. */
#include "common/xml_scan.h"

#include <string.h>

static void enter(struct xml_scanner *s, enum xml_place place)
{
	s->place = place;
	s->before[0] = s->before[1] = '\0';
}

/* One byte of markup. True if it ends a piece of markup. */
static bool scan_markup(struct xml_scanner *s, char c)
{
	char two = s->before[0], one = s->before[1];

	s->before[0] = one;
	s->before[1] = c;
	switch (s->place) {
	case XML_AT_TEXT:
		break;
	case XML_AT_OPEN:
		s->values = 0;
		if (c == '/')
			enter(s, XML_AT_END_TAG);
		else if (c == '!')
			enter(s, XML_AT_BANG);
		else if (c == '?')
			enter(s, XML_AT_INSTRUCTION);
		else
			enter(s, XML_AT_START_TAG);
		return false;
	case XML_AT_START_TAG:
		if (c == '"' || c == '\'') {
			enter(s, XML_AT_QUOTED);
			s->quote = c;
			s->values++;
		}
		if (c != '>')
			return false;
		if (one != '/')
			s->depth++;
		break;
	case XML_AT_QUOTED:
		if (c == s->quote)
			enter(s, XML_AT_START_TAG);
		return false;
	case XML_AT_END_TAG:
		if (c != '>')
			return false;
		if (s->depth > 0)
			s->depth--;
		break;
	case XML_AT_BANG:
		/* What isn't a comment or CDATA is refused by expat, and ends somewhere here. */
		if (one == '-' && c == '-')
			enter(s, XML_AT_COMMENT);
		else if (c == '[')
			enter(s, XML_AT_CDATA);
		if (c != '>')
			return false;
		break;
	case XML_AT_COMMENT:
		if (two != '-' || one != '-' || c != '>')
			return false;
		break;
	case XML_AT_CDATA:
		if (two != ']' || one != ']' || c != '>')
			return false;
		break;
	case XML_AT_INSTRUCTION:
		if (one != '?' || c != '>')
			return false;
		break;
	}
	enter(s, XML_AT_TEXT);
	return true;
}

/* What means something in a start tag. */
static const bool is_mark[256] = {['>'] = true, ['"'] = true, ['\''] = true};

/* Where the first byte from i on is that may mean something where the scanner is; len: nowhere.
 * What is before it is passed over. */
static size_t pass_over(struct xml_scanner *s, const char *data, size_t i, size_t len)
{
	const char *found;
	size_t from = i;

	if (s->place == XML_AT_START_TAG) {
		while (i < len && !is_mark[(unsigned char)data[i]])
			i++;
		if (i > from)
			s->before[1] = data[i - 1]; /* further back nobody looks there */
		return i;
	}
	if (s->place != XML_AT_QUOTED && s->place != XML_AT_END_TAG)
		return i;
	found = memchr(data + i, s->place == XML_AT_QUOTED ? s->quote : '>', len - i);
	return found ? (size_t)(found - data) : len;
}

struct xml_scanned xml_scan(
	struct xml_scanner *s, const char *data, size_t len, uint64_t level, unsigned values_max)
{
	struct xml_scanned scanned = {.len = len};
	size_t i = 0;

	while (i < len) {
		const char *found;

		if (s->place == XML_AT_TEXT) {
			found = memchr(data + i, '<', len - i);
			if (!found)
				return scanned;
			scanned.tag = (size_t)(found - data);
			i = scanned.tag + 1;
			enter(s, XML_AT_OPEN);
			continue;
		}
		if (s->place == XML_AT_QUOTED && s->values > values_max) {
			scanned.is_over = true;
			scanned.len = i;
			return scanned;
		}
		i = pass_over(s, data, i, len);
		if (i == len)
			return scanned;
		if (scan_markup(s, data[i++]) && s->depth <= level) {
			scanned.ended = true;
			scanned.len = i;
			return scanned;
		}
	}
	return scanned;
}
