/* Telephones of a card: what number a TEL is, and of what kind. RFC 6350, 6.4.1. */
#include "common/vcard.h"

#include <stddef.h>

#include "common/phone.h"

void vcard_tel(const struct vcard_property *tel, const char *region, struct phone *out)
{
	phone_read(out, vcard_text(tel), region);
}

const char *vcard_tel_kind(const struct vcard_property *tel, const struct phone *phone)
{
	/* What isn't for speaking comes first: a fax line is none the less on a fixed number. */
	static const char *const devices[] = {"fax", "pager", "textphone", "modem", "isdn", "bbs"};
	static const char *const places[] = {"cell", "work", "home"};

	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (vcard_has_type(tel, devices[i]))
			return devices[i];
	if (phone->kind == PHONE_MOBILE)
		return "cell";
	for (size_t i = phone->kind == PHONE_FIXED ? 1 : 0; i < sizeof places / sizeof places[0];
		i++)
		if (vcard_has_type(tel, places[i]))
			return places[i];
	return "voice";
}
