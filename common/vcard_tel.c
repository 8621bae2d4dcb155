/* Telephones of a card: what number a TEL is, and of what kind. RFC 6350, 6.4.1. */
#include "common/vcard.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "common/phone.h"
#include "common/xml.h"

void vcard_tel(const struct vcard_property *tel, const char *region, struct phone *out)
{
	phone_read(out, vcard_text(tel), region);
}

bool vcard_has_number(const struct vcard *card, const char *identity, const char *region)
{
	for (struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL")) {
		struct phone phone;

		vcard_tel(p, region, &phone);
		if (strcmp(phone.identity, identity) == 0)
			return true;
	}
	return false;
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

/* ---- Without numbers ---- */

static const char label[] = "X-ABLABEL"; /* what address books call it */

/* True if there is something in the group that a label could label. */
static bool has_labelled(const struct vcard *card, const char *group)
{
	for (const struct vcard_property *p = card->first; p; p = p->next)
		if (p->group && strcasecmp(p->group, group) == 0 && strcmp(p->name, label) != 0)
			return true;
	return false;
}

static void remove_labels(struct vcard *card, const char *group)
{
	struct vcard_property *next;

	for (struct vcard_property *p = vcard_first(card, label); p; p = next) {
		next = vcard_next(p, label);
		if (p->group && strcasecmp(p->group, group) == 0)
			vcard_remove(card, p);
	}
}

/* As deep as the parser lets an element be. */
static bool has_tel(const struct xml *element)
{
	if (!element || !element->name)
		return false;
	if (strcasecmp(element->name, "tel") == 0)
		return true;
	for (const struct xml *child = element->first; child; child = child->next)
		if (has_tel(child))
			return true;
	return false;
}

void vcard_remove_tels(struct vcard *card)
{
	struct vcard_property *next;

	for (struct vcard_property *tel; (tel = vcard_first(card, "TEL"));) {
		vcard_remove(card, tel);
		if (tel->group && !has_labelled(card, tel->group))
			remove_labels(card, tel->group);
	}
	for (struct vcard_property *p = card->first; p; p = next) {
		next = p->next;
		if (has_tel(p->xml))
			vcard_remove(card, p);
	}
}
