/* Whether two trees are the same in all that a reader of them can see. */
#ifndef KITH_TEST_XML_SAME_H
#define KITH_TEST_XML_SAME_H

#include <stdbool.h>
#include <string.h>

#include "common/xml.h"

static inline bool xml_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool xml_same_node(const struct xml *a, const struct xml *b)
{
	const struct xml_attribute *c = a->attributes, *d = b->attributes;

	if (!xml_same_text(a->ns, b->ns) || !xml_same_text(a->name, b->name) ||
		a->text_len != b->text_len || !xml_same_text(a->text, b->text) ||
		!a->parent != !b->parent)
		return false;
	for (; c && d; c = c->next, d = d->next)
		if (!xml_same_text(c->ns, d->ns) || !xml_same_text(c->name, d->name) ||
			!xml_same_text(c->value, d->value))
			return false;
	return !c && !d;
}

static inline bool xml_same(const struct xml *a, const struct xml *b)
{
	const struct xml *c, *d;

	if (!a || !b || !xml_same_node(a, b))
		return a == b;
	for (c = a->first, d = b->first; c && d; c = c->next, d = d->next)
		if (c->parent != a || d->parent != b || !xml_same(c, d) ||
			(!c->next && a->last != c))
			return false;
	return !c && !d;
}

#endif
