/* The stored form of a card. */
#include "component/stored_card.h"

#include <stdbool.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/vcard_forms.h"

#define BEGINNING "<vcard xmlns=\"" NS_VCARD4 "\">"
#define FN_BEGINNING "<fn><text>"
#define FN_END "</text></fn>"

const char *stored_card_fault(const struct vcard *card)
{
	for (const struct vcard_property *fn = vcard_first(card, "FN"); fn;
		fn = vcard_next(fn, "FN"))
		if (*vcard_text(fn))
			return NULL;
	return "a vCard needs FN"; /* RFC 6350, 6.2.1 */
}

const char *stored_card_write(struct arena *arena, const struct vcard *card, size_t *len)
{
	return vcard_to_xml_string(arena, card, len);
}

/* ---- The name alone. In what stored_card_write() gives, "<" and ">" are nowhere but around tags.
 * ---- */

static bool is_at(const char *at, const char *end, const char *what)
{
	size_t len = strlen(what);

	return len <= (size_t)(end - at) && memcmp(at, what, len) == 0;
}

/* Behind the element that begins at `at`; NULL: it doesn't end. */
static const char *behind_element(const char *at, const char *end)
{
	int depth = 0;

	do {
		const char *tag = memchr(at, '<', (size_t)(end - at)), *close;

		close = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
		if (!close)
			return NULL;
		if (tag[1] == '/')
			depth--;
		else if (close[-1] != '/')
			depth++;
		at = close + 1;
	} while (depth > 0);
	return at;
}

/* Text that means what it says: no reference, nothing that isn't shown. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '&' || text[i] == '>' || (unsigned char)text[i] < ' ')
			return false;
	return true;
}

/* The text of the first FN, if it is of the plainest form. NULL: the card is to be read. */
static const char *plain_name(struct arena *arena, const char *at, const char *end)
{
	const char *name_end;
	char *name;

	if (!is_at(at, end, BEGINNING))
		return NULL;
	at += strlen(BEGINNING);
	while (at && is_at(at, end, "<") && !is_at(at, end, FN_BEGINNING)) {
		/* One that is said otherwise, or may be in a group, counts too. */
		if (is_at(at, end, "<fn") || is_at(at, end, "<group") || is_at(at, end, "</"))
			return NULL;
		at = behind_element(at, end);
	}
	if (!at || !is_at(at, end, FN_BEGINNING))
		return NULL;
	at += strlen(FN_BEGINNING);
	name_end = memchr(at, '<', (size_t)(end - at));
	if (!name_end || !is_at(name_end, end, FN_END) || !is_plain(at, (size_t)(name_end - at)))
		return NULL;
	name = arena_strndup(arena, at, (size_t)(name_end - at));
	return name && !vcard_is_blank(name) ? name : NULL;
}

const char *stored_card_name(struct arena *arena, const char *text, size_t len)
{
	const char *name = plain_name(arena, text, text + len);
	const struct vcard *card;

	if (name || arena_failed(arena))
		return name;
	card = vcard_from_xml_text(arena, text, len, NULL);
	return card ? vcard_name(card) : NULL;
}
