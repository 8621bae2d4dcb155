/* The vCard model: looking into a card, and comparing. RFC 6350. */
#include "common/vcard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/vcard_forms.h"
#include "common/xml.h"

#define PREF_NONE 101 /* one behind the last of RFC 6350, 5.3 */

static bool is_named(const struct vcard_property *property, const char *name)
{
	return *property->name == *name && strcmp(property->name, name) == 0;
}

struct vcard_property *vcard_first(const struct vcard *card, const char *name)
{
	struct vcard_property *property = card ? card->first : NULL;

	while (property && !is_named(property, name))
		property = property->next;
	return property;
}

struct vcard_property *vcard_next(const struct vcard_property *property, const char *name)
{
	struct vcard_property *next = property ? property->next : NULL;

	while (next && !is_named(next, name))
		next = next->next;
	return next;
}

const char *vcard_text(const struct vcard_property *property)
{
	return vcard_component_text(property, 0);
}

const char *vcard_component_text(const struct vcard_property *property, size_t n)
{
	const struct vcard_component *component = property ? property->components : NULL;

	for (; component && n > 0; n--)
		component = component->next;
	return component && component->values ? component->values->text : "";
}

const char *vcard_get_param(const struct vcard_property *property, const char *name)
{
	if (!property)
		return NULL;
	for (const struct vcard_param *param = property->params; param; param = param->next)
		if (param->values && strcasecmp(param->name, name) == 0)
			return param->values->text;
	return NULL;
}

bool vcard_has_type(const struct vcard_property *property, const char *type)
{
	if (!property)
		return false;
	for (const struct vcard_param *param = property->params; param; param = param->next) {
		if (strcasecmp(param->name, "TYPE") != 0)
			continue;
		for (const struct vcard_text *value = param->values; value; value = value->next)
			if (strcasecmp(value->text, type) == 0)
				return true;
	}
	return false;
}

/* ---- Comparing ---- */
static bool texts_equal(const struct vcard_text *a, const struct vcard_text *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->text, b->text) != 0)
			return false;
	return !a && !b;
}

static bool components_equal(const struct vcard_component *a, const struct vcard_component *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!texts_equal(a->values, b->values))
			return false;
	return !a && !b;
}

/* True if each parameter of a has one of the same name and values in b. VALUE says how a value is
 * written, which no form but text has. */
static bool params_within(const struct vcard_param *a, const struct vcard_param *b)
{
	for (; a; a = a->next) {
		const struct vcard_param *other = b;

		if (strcmp(a->name, "VALUE") == 0)
			continue;
		while (other && !(strcasecmp(a->name, other->name) == 0 &&
					texts_equal(a->values, other->values)))
			other = other->next;
		if (!other)
			return false;
	}
	return true;
}

static bool attributes_equal(const struct xml_attribute *a, const struct xml_attribute *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->ns ? a->ns : "", b->ns ? b->ns : "") != 0 ||
			strcmp(a->name, b->name) != 0 || strcmp(a->value, b->value) != 0)
			return false;
	return !a && !b;
}

static bool elements_equal(const struct xml *a, const struct xml *b)
{
	if (!a->name || !b->name)
		return !a->name && !b->name && a->text_len == b->text_len &&
		       memcmp(a->text, b->text, a->text_len) == 0;
	if (strcmp(a->ns, b->ns) != 0 || strcmp(a->name, b->name) != 0 ||
		!attributes_equal(a->attributes, b->attributes))
		return false;
	a = a->first;
	b = b->first;
	for (; a && b; a = a->next, b = b->next)
		if (!elements_equal(a, b))
			return false;
	return !a && !b;
}

bool vcard_property_equal(const struct vcard_property *a, const struct vcard_property *b)
{
	if (strcmp(a->name, b->name) != 0 || !a->group != !b->group ||
		(a->group && strcasecmp(a->group, b->group) != 0))
		return false;
	if (a->xml || b->xml)
		return a->xml && b->xml && elements_equal(a->xml, b->xml);
	return params_within(a->params, b->params) && params_within(b->params, a->params) &&
	       components_equal(a->components, b->components);
}

bool vcard_equal(const struct vcard *a, const struct vcard *b)
{
	const struct vcard_property *p = a->first, *q = b->first;

	for (; p && q; p = p->next, q = q->next)
		if (!vcard_property_equal(p, q))
			return false;
	return !p && !q;
}

/* ---- What a card says ---- */
/* "Dr. Carol Ann Example jun." of N's components, which begin with the surname. */
static const char *name_of_n(struct arena *arena, const struct vcard_property *n)
{
	static const size_t order[] = {3, 1, 2, 0, 4};
	const char *name = "";

	for (size_t i = 0; n && name && i < sizeof order / sizeof order[0]; i++) {
		const char *part = vcard_component_text(n, order[i]);

		if (!vcard_is_blank(part))
			name = *name ? arena_printf(arena, "%s %s", name, part) : part;
	}
	return name ? name : "";
}

const char *vcard_name(const struct vcard *card)
{
	static const char *const others[] = {"ORG", "NICKNAME", "EMAIL", "TEL"};
	const char *name;

	for (const struct vcard_property *p = vcard_first(card, "FN"); p; p = vcard_next(p, "FN"))
		if (!vcard_is_blank(vcard_text(p)))
			return vcard_text(p);
	if (card && !vcard_is_blank(name = name_of_n(card->arena, vcard_first(card, "N"))))
		return name;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		name = vcard_text(vcard_preferred(card, others[i]));
		if (card && strcmp(others[i], "TEL") == 0)
			name = vcard_tel_plain(card->arena, name);
		if (name && !vcard_is_blank(name))
			return name;
	}
	return "";
}

/* TYPE=pref is how vCard 3.0 says PREF=1. */
static long pref_of(const struct vcard_property *property)
{
	const char *text = vcard_get_param(property, "PREF");
	long pref = text ? strtol(text, NULL, 10) : 0;

	if (pref >= 1 && pref < PREF_NONE)
		return pref;
	return vcard_has_type(property, "pref") ? 1 : PREF_NONE;
}

struct vcard_property *vcard_preferred(const struct vcard *card, const char *name)
{
	struct vcard_property *best = vcard_first(card, name);

	for (struct vcard_property *p = best; p; p = vcard_next(p, name))
		if (pref_of(p) < pref_of(best))
			best = p;
	return best;
}

const char *vcard_jid(const struct vcard *card)
{
	for (const struct vcard_property *p = vcard_first(card, "IMPP"); p;
		p = vcard_next(p, "IMPP")) {
		const char *uri = vcard_text(p);
		const char *jid;

		uri += strspn(uri, " \t\r\n");
		if (strncasecmp(uri, "xmpp:", strlen("xmpp:")) == 0 &&
			(jid = jid_from_uri(card->arena, uri)))
			return jid;
	}
	return NULL;
}
