/* The element tree: building it and looking into it. */
#include "common/xml.h"

#include <string.h>

#include "common/arena.h"

struct xml *xml_new(struct arena *arena, const char *ns, const char *name)
{
	struct xml *element = arena_alloc(arena, sizeof(*element));

	if (!element)
		return NULL;
	element->ns = ns && *ns ? arena_strdup(arena, ns) : "";
	element->name = arena_strdup(arena, name);
	return element->ns && element->name ? element : NULL;
}

struct xml *xml_add(struct arena *arena, struct xml *parent, const char *ns, const char *name)
{
	struct xml *element;

	if (!parent)
		return NULL;
	element = xml_new(arena, NULL, name);
	if (!element)
		return NULL;
	/* Mostly the parent's: one string for a whole tree. */
	element->ns = !ns || strcmp(ns, parent->ns) == 0 ? parent->ns : arena_strdup(arena, ns);
	if (!element->ns)
		return NULL;
	xml_append(parent, element);
	return element;
}

struct xml *xml_add_text_element(
	struct arena *arena, struct xml *parent, const char *ns, const char *name, const char *text)
{
	struct xml *element;

	if (!text)
		return NULL;
	element = xml_add(arena, parent, ns, name);
	xml_add_text(arena, element, text);
	return element;
}

void xml_add_text(struct arena *arena, struct xml *parent, const char *text)
{
	struct xml *piece;

	if (!parent || !text || !*text)
		return;
	piece = arena_alloc(arena, sizeof(*piece));
	if (!piece)
		return;
	piece->text_len = strlen(text);
	piece->text = arena_strndup(arena, text, piece->text_len);
	if (piece->text)
		xml_append(parent, piece);
}

void xml_add_markup(struct arena *arena, struct xml *parent, const char *markup, size_t len)
{
	struct xml *piece = parent ? arena_alloc(arena, sizeof(*piece)) : NULL;

	if (!piece)
		return;
	piece->text = markup;
	piece->text_len = len;
	piece->is_markup = true;
	xml_append(parent, piece);
}

void xml_set(struct arena *arena, struct xml *element, const char *name, const char *value)
{
	struct xml_attribute **slot, *attribute;

	if (!element)
		return;
	for (slot = &element->attributes; *slot; slot = &(*slot)->next) {
		if (!(*slot)->ns && strcmp((*slot)->name, name) == 0)
			break;
	}
	if (!value) {
		if (*slot)
			*slot = (*slot)->next;
		return;
	}
	value = arena_strdup(arena, value);
	if (!value)
		return;
	if (*slot) {
		(*slot)->value = value;
		return;
	}
	attribute = arena_alloc(arena, sizeof(*attribute));
	name = arena_strdup(arena, name);
	if (!name)
		return;
	attribute->name = name;
	attribute->value = value;
	*slot = attribute;
}

void xml_append(struct xml *parent, struct xml *child)
{
	if (!parent || !child)
		return;
	if (child->parent)
		xml_remove(child);
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

void xml_remove(struct xml *child)
{
	struct xml *before = NULL, *parent;

	if (!child || !child->parent)
		return;
	parent = child->parent;
	if (parent->first == child) {
		parent->first = child->next;
	} else {
		for (before = parent->first; before->next != child; before = before->next)
			;
		before->next = child->next;
	}
	if (parent->last == child)
		parent->last = before;
	child->parent = NULL;
	child->next = NULL;
}

/* Copies what one node says of itself, without its children. */
static struct xml *copy_node(struct arena *arena, const struct xml *node, const struct xml *parent)
{
	struct xml *copy = arena_alloc(arena, sizeof(*copy));
	struct xml_attribute **slot;

	if (!copy)
		return NULL;
	if (!node->name) {
		copy->text = arena_strndup(arena, node->text, node->text_len);
		copy->text_len = node->text_len;
		copy->is_markup = node->is_markup;
		return copy->text ? copy : NULL;
	}
	copy->name = arena_strdup(arena, node->name);
	if (parent && strcmp(parent->ns, node->ns) == 0)
		copy->ns = parent->ns;
	else
		copy->ns = *node->ns ? arena_strdup(arena, node->ns) : "";
	slot = &copy->attributes;
	for (const struct xml_attribute *a = node->attributes; a; a = a->next) {
		*slot = arena_alloc(arena, sizeof(**slot));
		if (!*slot)
			return NULL;
		(*slot)->ns = arena_strdup(arena, a->ns);
		(*slot)->name = arena_strdup(arena, a->name);
		(*slot)->value = arena_strdup(arena, a->value);
		slot = &(*slot)->next;
	}
	return arena_failed(arena) ? NULL : copy;
}

struct xml *xml_copy(struct arena *arena, const struct xml *element)
{
	const struct xml *from = element;
	struct xml *top, *to;

	if (!element)
		return NULL;
	top = to = copy_node(arena, element, NULL);
	while (to) {
		if (from->first) {
			from = from->first;
		} else {
			while (from != element && !from->next) {
				from = from->parent;
				to = to->parent;
			}
			if (from == element)
				return top;
			from = from->next;
			to = to->parent;
		}
		{
			struct xml *copy = copy_node(arena, from, to);

			xml_append(to, copy);
			to = copy;
		}
	}
	return NULL;
}

bool xml_is(const struct xml *element, const char *ns, const char *name)
{
	return element && element->name && strcmp(element->name, name) == 0 &&
	       strcmp(element->ns, ns) == 0;
}

/* The first element of the list node that fits; NULL for ns or name: any. */
static struct xml *find(struct xml *node, const char *ns, const char *name)
{
	for (; node; node = node->next) {
		if (node->name && (!name || strcmp(node->name, name) == 0) &&
			(!ns || node->ns == ns || strcmp(node->ns, ns) == 0))
			return node;
	}
	return NULL;
}

struct xml *xml_child(const struct xml *element, const char *ns, const char *name)
{
	if (!element || !element->name)
		return NULL;
	return find(element->first, ns ? ns : element->ns, name);
}

struct xml *xml_next(const struct xml *sibling, const char *ns, const char *name)
{
	return sibling ? find(sibling->next, ns, name) : NULL;
}

const char *xml_get(const struct xml *element, const char *name)
{
	if (!element)
		return NULL;
	for (const struct xml_attribute *a = element->attributes; a; a = a->next) {
		if (!a->ns && strcmp(a->name, name) == 0)
			return a->value;
	}
	return NULL;
}

const char *xml_text(struct arena *arena, const struct xml *element)
{
	const struct xml *only = NULL;
	size_t len = 0, count = 0;
	char *text, *to;

	if (!element)
		return NULL;
	for (const struct xml *node = element->first; node; node = node->next) {
		if (node->name || node->is_markup)
			continue;
		only = node;
		len += node->text_len;
		count++;
	}
	if (count == 0)
		return "";
	if (count == 1)
		return only->text;
	text = to = arena_alloc(arena, len + 1);
	if (!text)
		return NULL;
	for (const struct xml *node = element->first; node; node = node->next) {
		if (node->name || node->is_markup)
			continue;
		memcpy(to, node->text, node->text_len);
		to += node->text_len;
	}
	return text;
}

const char *xml_child_text(struct arena *arena, const struct xml *element, const char *name)
{
	return xml_text(arena, xml_child(element, NULL, name));
}
