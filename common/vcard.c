/* The vCard model: building a card in an arena. RFC 6350. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/vcard_schema.h"
#include "common/xml.h"

struct vcard *vcard_new(struct arena *arena)
{
	struct vcard *card = arena_alloc(arena, sizeof *card);

	if (card)
		card->arena = arena;
	return card;
}

/* A known name costs no memory. */
static const char *keep_name(struct arena *arena, const char *name)
{
	const struct vcard_schema *known = vcard_schema_find(name);
	char *copy;

	if (known)
		return known->name;
	copy = arena_strdup(arena, name);
	for (char *c = copy; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

static const char *keep_type(struct arena *arena, const char *type)
{
	return strcmp(type, "text") == 0 ? "text" : arena_strdup(arena, type);
}

/* ---- Texts and components ---- */
static struct vcard_text *text_new(struct arena *arena, const char *text)
{
	struct vcard_text *value = arena_alloc(arena, sizeof *value);

	if (value && !(value->text = arena_strdup(arena, text)))
		return NULL;
	return value;
}

static struct vcard_component *component_new(struct arena *arena, const char *text)
{
	struct vcard_component *component = arena_alloc(arena, sizeof *component);

	if (component && !(component->values = text_new(arena, text)))
		return NULL;
	return component;
}

static struct vcard_text *texts_copy(struct arena *arena, const struct vcard_text *texts)
{
	struct vcard_text *first = NULL, **end = &first;

	for (; texts; texts = texts->next) {
		if (!(*end = text_new(arena, texts->text)))
			return NULL;
		end = &(*end)->next;
	}
	return first;
}

static struct vcard_component *components_copy(
	struct arena *arena, const struct vcard_component *components)
{
	struct vcard_component *first = NULL, **end = &first;

	for (; components; components = components->next) {
		if (!(*end = arena_alloc(arena, sizeof **end)))
			return NULL;
		(*end)->values = texts_copy(arena, components->values);
		end = &(*end)->next;
	}
	return first;
}

static struct vcard_param *params_copy(struct arena *arena, const struct vcard_param *params)
{
	struct vcard_param *first = NULL, **end = &first;

	for (; params; params = params->next) {
		if (!(*end = arena_alloc(arena, sizeof **end)))
			return NULL;
		(*end)->name = arena_strdup(arena, params->name);
		(*end)->value_type = arena_strdup(arena, params->value_type);
		(*end)->values = texts_copy(arena, params->values);
		end = &(*end)->next;
	}
	return first;
}

/* ---- Properties ---- */
/* Hangs property in right behind after, or as the last. */
static void insert(
	struct vcard *card, struct vcard_property *after, struct vcard_property *property)
{
	if (!after)
		after = card->last;
	property->prev = after;
	property->next = after ? after->next : NULL;
	*(property->prev ? &property->prev->next : &card->first) = property;
	*(property->next ? &property->next->prev : &card->last) = property;
}

static struct vcard_property *property_new(
	struct arena *arena, const char *name, const char *value_type)
{
	struct vcard_property *property = arena_alloc(arena, sizeof *property);

	if (!property)
		return NULL;
	property->name = keep_name(arena, name);
	property->value_type = keep_type(arena, value_type);
	return property->name && property->value_type ? property : NULL;
}

struct vcard_property *vcard_add(struct vcard *card, struct vcard_property *after, const char *name,
	const char *value_type, const char *text)
{
	struct vcard_property *property;

	if (!card)
		return NULL;
	property = property_new(card->arena, name, value_type);
	if (!property || !(property->components = component_new(card->arena, text)))
		return NULL;
	insert(card, after, property);
	return property;
}

struct vcard_property *vcard_add_structured(
	struct vcard *card, const char *name, size_t count, const char *const *components)
{
	struct vcard_property *property;
	struct vcard_component **end;

	if (!card || !(property = property_new(card->arena, name, "text")))
		return NULL;
	end = &property->components;
	for (size_t i = 0; i < count; i++) {
		*end = component_new(card->arena, components[i] ? components[i] : "");
		if (!*end)
			return NULL;
		end = &(*end)->next;
	}
	insert(card, NULL, property);
	return property;
}

void vcard_set_text(struct vcard *card, struct vcard_property *property, const char *value_type,
	const char *text)
{
	struct vcard_component *component;
	const char *type;

	if (!card || !property)
		return;
	component = component_new(card->arena, text);
	type = keep_type(card->arena, value_type);
	if (!component || !type)
		return;
	property->components = component;
	property->value_type = type;
	property->xml = NULL;
}

void vcard_remove(struct vcard *card, struct vcard_property *property)
{
	if (!card || !property)
		return;
	*(property->prev ? &property->prev->next : &card->first) = property->next;
	*(property->next ? &property->next->prev : &card->last) = property->prev;
	property->next = property->prev = NULL;
}

struct vcard_property *vcard_add_copy(struct vcard *card, const struct vcard_property *property)
{
	struct vcard_property *copy;

	if (!card || !property ||
		!(copy = property_new(card->arena, property->name, property->value_type)))
		return NULL;
	copy->group = arena_strdup(card->arena, property->group);
	copy->params = params_copy(card->arena, property->params);
	copy->components = components_copy(card->arena, property->components);
	if (property->xml)
		copy->xml = xml_copy(card->arena, property->xml);
	if (arena_failed(card->arena))
		return NULL;
	insert(card, NULL, copy);
	return copy;
}

struct vcard *vcard_copy(struct arena *arena, const struct vcard *card)
{
	struct vcard *copy;

	if (!card || !(copy = vcard_new(arena)))
		return NULL;
	for (const struct vcard_property *p = card->first; p; p = p->next)
		if (!vcard_add_copy(copy, p))
			return NULL;
	return copy;
}

/* ---- Parameters ---- */
/* Where the parameter hangs, or the end of the list. */
static struct vcard_param **find_param(struct vcard_property *property, const char *name)
{
	struct vcard_param **at = &property->params;

	while (*at && strcasecmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static struct vcard_param *param_new(struct arena *arena, const char *name, const char *value)
{
	struct vcard_param *param = arena_alloc(arena, sizeof *param);
	char *copy = arena_strdup(arena, name);

	if (!param || !copy || !(param->values = text_new(arena, value)))
		return NULL;
	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	param->name = copy;
	return param;
}

void vcard_set_param(
	struct vcard *card, struct vcard_property *property, const char *name, const char *value)
{
	struct vcard_param **at, *param;
	struct vcard_text *text;

	if (!card || !property)
		return;
	at = find_param(property, name);
	if (!value) {
		while (*at) {
			*at = (*at)->next;
			at = find_param(property, name);
		}
	} else if (*at) {
		if ((text = text_new(card->arena, value)))
			(*at)->values = text;
	} else if ((param = param_new(card->arena, name, value))) {
		*at = param;
	}
}

void vcard_add_type(struct vcard *card, struct vcard_property *property, const char *type)
{
	struct vcard_param **at;
	struct vcard_text **end;

	if (!card || !property || vcard_has_type(property, type))
		return;
	at = find_param(property, "TYPE");
	if (!*at) {
		*at = param_new(card->arena, "TYPE", type);
		return;
	}
	for (end = &(*at)->values; *end; end = &(*end)->next)
		continue;
	*end = text_new(card->arena, type);
}
