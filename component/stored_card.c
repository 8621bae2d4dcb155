/* The stored form of a card. */
#include "component/stored_card.h"

#include "common/vcard.h"

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
