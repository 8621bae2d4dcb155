/* vCard 4 in XML, reading: RFC 6351, as used by XEP-0292 (0.12.0). */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard_schema.h"
#include "common/xml.h"

/* ---- Reading ---- */
struct reader {
	struct arena *arena;
	struct vcard *card;
	bool borrow;	/* the tree lies in the arena of the card: its strings needn't be copied */
	const char *ns; /* of the card; in the tree of a stored one it is one string */
	unsigned count;
};

static bool is_ours(const struct reader *reader, const struct xml *element)
{
	return element->ns == reader->ns || strcmp(element->ns, NS_VCARD4) == 0;
}

static const char *keep(const struct reader *reader, const char *text)
{
	return reader->borrow ? text : arena_strdup(reader->arena, text);
}

static bool is_blank(const struct xml *text)
{
	for (size_t i = 0; i < text->text_len; i++)
		if (!strchr(" \t\r\n", text->text[i]))
			return false;
	return true;
}

/* The text of an element that has nothing else; NULL: it has, or no memory. */
static const char *plain_text(const struct reader *reader, const struct xml *element)
{
	if (element->attributes)
		return NULL;
	for (const struct xml *child = element->first; child; child = child->next)
		if (child->name)
			return NULL;
	if (!element->first)
		return "";
	if (!element->first->next)
		return keep(reader, element->first->text);
	return xml_text(reader->arena, element);
}

/* RFC 6351, 3.3: names are in lower case. One that isn't could not be written back as it came. */
static bool is_element_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return false;
	return vcard_schema_is_name(name);
}

static const char *upper(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name);

	for (char *c = copy; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

/* The first child element from child on; NULL with *mixed if there is text before it. */
static const struct xml *element_from(const struct xml *child, bool *mixed)
{
	for (; child && !child->name; child = child->next)
		if (!is_blank(child))
			*mixed = true;
	return child;
}

static struct vcard_text *add_text(
	struct reader *reader, struct vcard_text ***end, const char *text)
{
	struct vcard_text *value = arena_alloc(reader->arena, sizeof *value);

	if (!value || !text)
		return NULL;
	value->text = text;
	**end = value;
	*end = &value->next;
	return value;
}

/* One parameter: <pref><integer>1</integer></pref>. NULL: the model can't express it. */
static struct vcard_param *read_param(struct reader *reader, const struct xml *element)
{
	struct vcard_param *param = arena_alloc(reader->arena, sizeof *param);
	struct vcard_text **end;
	bool mixed = false;
	const char *type = NULL;

	if (!param || element->attributes || !is_ours(reader, element) ||
		!is_element_name(element->name))
		return NULL;
	param->name =
		strcmp(element->name, "type") == 0 ? "TYPE" : upper(reader->arena, element->name);
	end = &param->values;
	for (const struct xml *value = element_from(element->first, &mixed); value;
		value = element_from(value->next, &mixed)) {
		if (!is_ours(reader, value) || !vcard_schema_is_value_type(value->name) ||
			(type && strcmp(type, value->name) != 0) ||
			!add_text(reader, &end, plain_text(reader, value)))
			return NULL;
		type = value->name;
	}
	if (!param->name || (mixed && type))
		return NULL;
	/* COMPAT: <pref>1</pref>, which RFC 6351 doesn't allow and some clients send. */
	if (mixed && !add_text(reader, &end, plain_text(reader, element)))
		return NULL;
	if (type && strcmp(type, vcard_schema_param_type(param->name)) != 0)
		param->value_type = keep(reader, type);
	return param;
}

static int read_params(
	struct reader *reader, struct vcard_property *property, const struct xml *parameters)
{
	struct vcard_param **end = &property->params;
	bool mixed = false;

	while (*end)
		end = &(*end)->next;
	for (const struct xml *child = element_from(parameters->first, &mixed); child;
		child = element_from(child->next, &mixed)) {
		if (!(*end = read_param(reader, child)))
			return -1;
		end = &(*end)->next;
	}
	return mixed || parameters->attributes ? -1 : 0;
}

/* True if the model has a place for child as a part of a value. */
static bool is_part(const struct reader *reader, const struct xml *child)
{
	return is_ours(reader, child) && strcmp(child->name, "parameters") != 0;
}

/* All of one component: <given>Carol</given><given>Ann</given>. Gives how many there were, or -1.
 */
static int read_component(struct reader *reader, struct vcard_component *component,
	const char *name, const struct xml *element)
{
	struct vcard_text **end = &component->values;
	int count = 0;

	for (const struct xml *child = element->first; child; child = child->next) {
		if (!child->name || strcmp(child->name, name) != 0 || !is_part(reader, child))
			continue;
		if (!add_text(reader, &end, plain_text(reader, child)))
			return -1;
		count++;
	}
	return count > 0 || add_text(reader, &end, "") ? count : -1;
}

/* N and the like: components in their order, up to the last that came. Those that have no
 * place make it unfit for the model. */
static int read_structured(struct reader *reader, struct vcard_property *property,
	const struct vcard_schema *known, const struct xml *element)
{
	struct vcard_component **end = &property->components, **last = end;
	int left = 0;

	for (const struct xml *child = element->first; child; child = child->next)
		left += child->name && is_part(reader, child);
	for (size_t i = 0; known->components[i]; i++) {
		int count;

		if (!(*end = arena_alloc(reader->arena, sizeof **end)))
			return -1;
		count = read_component(reader, *end, known->components[i], element);
		if (count < 0)
			return -1;
		left -= count;
		end = &(*end)->next;
		if (count > 0)
			last = end;
	}
	*last = NULL;
	property->value_type = "text";
	return left == 0 ? 0 : -1;
}

/* <text>...</text>: a further value, or a further unit of ORG. */
static int read_value(struct reader *reader, struct vcard_property *property,
	struct vcard_component **component, struct vcard_text ***end, const struct xml *element)
{
	if (!vcard_schema_is_value_type(element->name) ||
		(property->value_type && strcmp(property->value_type, element->name) != 0))
		return -1;
	if (!property->value_type)
		property->value_type =
			strcmp(element->name, "text") == 0 ? "text" : keep(reader, element->name);
	if (!*component || vcard_schema_shape(property->name) == VCARD_UNITS) {
		struct vcard_component *next = arena_alloc(reader->arena, sizeof *next);

		if (!next)
			return -1;
		*(*component ? &(*component)->next : &property->components) = next;
		*component = next;
		*end = &next->values;
	}
	return add_text(reader, end, plain_text(reader, element)) ? 0 : -1;
}

/* A property as the model has it; -1: the model can't express it. */
static int read_content(
	struct reader *reader, struct vcard_property *property, const struct xml *element)
{
	const struct vcard_schema *known = vcard_schema_find_element(element->name);
	bool structured = known && known->shape == VCARD_STRUCTURED;
	struct vcard_component *component = NULL;
	struct vcard_text **end = NULL;
	bool mixed = false;

	property->name = known ? known->name : upper(reader->arena, element->name);
	if (!property->name)
		return -1;
	for (const struct xml *child = element_from(element->first, &mixed); child;
		child = element_from(child->next, &mixed)) {
		if (!is_ours(reader, child))
			return -1;
		if (strcmp(child->name, "parameters") == 0) {
			if (read_params(reader, property, child) != 0)
				return -1;
		} else if (!structured &&
			   read_value(reader, property, &component, &end, child) != 0) {
			return -1;
		}
	}
	if (structured && read_structured(reader, property, known, element) != 0)
		return -1;
	return mixed || !property->components ? -1 : 0;
}

/* COMPAT: <fn>Carol</fn>, which RFC 6351 doesn't allow and some clients send. */
static int read_bare(
	struct reader *reader, struct vcard_property *property, const struct xml *element)
{
	const struct vcard_schema *known = vcard_schema_find_element(element->name);
	struct vcard_text **end;
	const char *text;

	if (!known || known->shape == VCARD_STRUCTURED || !element->first ||
		!(text = plain_text(reader, element)))
		return -1;
	property->name = known->name;
	property->value_type = known->value_type;
	if (!(property->components = arena_alloc(reader->arena, sizeof *property->components)))
		return -1;
	end = &property->components->values;
	return add_text(reader, &end, text) ? 0 : -1;
}

/* RFC 6351, 3.3: a property is an element of the namespace in lower case, without attributes. */
static bool is_property(const struct reader *reader, const struct xml *element)
{
	return is_ours(reader, element) && !element->attributes && is_element_name(element->name);
}

static int read_property(struct reader *reader, const struct xml *element, const char *group)
{
	struct vcard_property *property = arena_alloc(reader->arena, sizeof *property);
	bool fits;

	if (!property || ++reader->count > VCARD_PROPERTIES_MAX)
		return -1;
	fits = is_property(reader, element) && read_content(reader, property, element) == 0;
	if (!fits) {
		*property = (struct vcard_property){0};
		fits = is_property(reader, element) && read_bare(reader, property, element) == 0;
	}
	if (!fits)
		*property = (struct vcard_property){.name = "XML",
			.value_type = "text",
			.xml = reader->borrow ? element : xml_copy(reader->arena, element)};
	property->group = group;
	property->prev = reader->card->last;
	*(property->prev ? &property->prev->next : &reader->card->first) = property;
	reader->card->last = property;
	return 0;
}

/* The name of a group, or NULL: not a group, or not one that the model can express. */
static const char *group_name(const struct reader *reader, const struct xml *element)
{
	const char *name = strcmp(element->name, "group") == 0 && is_ours(reader, element)
				   ? xml_get(element, "name")
				   : NULL;

	if (!name || *name == '\0')
		return NULL;
	for (const char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			return NULL;
	return name;
}

static int read_properties(struct reader *reader, const struct xml *parent, const char *group)
{
	bool ignored;

	for (const struct xml *child = element_from(parent->first, &ignored); child;
		child = element_from(child->next, &ignored)) {
		const char *name = group ? NULL : group_name(reader, child);

		if ((name ? read_properties(reader, child, keep(reader, name))
			  : read_property(reader, child, group)) != 0)
			return -1;
	}
	return 0;
}

static struct vcard *fail(const char **why, const char *reason)
{
	if (why)
		*why = reason;
	return NULL;
}

static struct vcard *read_card(
	struct arena *arena, const struct xml *element, bool borrow, const char **why)
{
	struct reader reader = {.arena = arena, .borrow = borrow};

	if (xml_is(element, NS_VCARD4, "vcards")) {
		element = xml_child(element, NS_VCARD4, "vcard");
		if (!element)
			return fail(why, "there is no vCard in <vcards/>");
	}
	if (!xml_is(element, NS_VCARD4, "vcard"))
		return fail(why, "not a <vcard/> of " NS_VCARD4);
	reader.ns = element->ns;
	reader.card = vcard_new(arena);
	if (reader.card && read_properties(&reader, element, NULL) != 0 &&
		reader.count > VCARD_PROPERTIES_MAX)
		return fail(why, "a vCard of more than 1000 properties");
	if (!reader.card || arena_failed(arena))
		return fail(why, "not enough memory for the vCard");
	return reader.card;
}

struct vcard *vcard_from_xml(struct arena *arena, const struct xml *element, const char **why)
{
	return read_card(arena, element, false, why);
}

/* Of a stored card: more elements than a stanza may have, since it may have come as text. */
static const struct xml_limits card_limits = {
	.bytes = 2 * 1024 * 1024,
	.depth = 32,
	.elements = 20 * VCARD_PROPERTIES_MAX,
	.attributes = 64,
};

struct vcard *vcard_from_xml_text(
	struct arena *arena, const char *text, size_t len, const char **why)
{
	const struct xml *element = xml_parse(arena, text, len, NULL, &card_limits, why);

	return element ? read_card(arena, element, true, why) : NULL;
}
