/* vcard-temp, reading: XEP-0054 (1.3.0) by the mapping of XEP-0292, section 9.
 *
 * Deviations, so that nothing is lost: all units of ORG are kept, which RFC 6351 has room for; so
 * are the types that vCard 4 no longer names; what has no mapping stays as X- property if it is a
 * plain text, else as the element that it is. A number becomes a tel: URI where it can. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard_forms.h"
#include "common/vcard_schema.h"
#include "common/vcard_temp.h"
#include "common/xml.h"

const struct vcard_temp_structure vcard_temp_structures[] = {
	{"N", {"FAMILY", "GIVEN", "MIDDLE", "PREFIX", "SUFFIX", NULL}},
	{"ADR", {"POBOX", "EXTADD", "STREET", "LOCALITY", "REGION", "PCODE", "CTRY", NULL}},
	{NULL, {NULL}},
};

const struct vcard_temp_structure *vcard_temp_structure(const char *name)
{
	for (const struct vcard_temp_structure *s = vcard_temp_structures; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

struct reader {
	struct arena *arena;
	struct vcard *card;
};

/* The text of an element without white space around it; "" for NULL. */
static const char *trimmed(struct reader *reader, const struct xml *element)
{
	const char *text = xml_text(reader->arena, element);
	size_t len;

	if (!text)
		return "";
	text += strspn(text, " \t\r\n");
	for (len = strlen(text); len > 0 && strchr(" \t\r\n", text[len - 1]); len--)
		continue;
	if (text[len] != '\0')
		text = arena_strndup(reader->arena, text, len);
	return text ? text : "";
}

static const char *child_text(struct reader *reader, const struct xml *element, const char *name)
{
	return trimmed(reader, xml_child(element, NULL, name));
}

/* <HOME/><CELL/>: children named in upper case without content are types, but for `skip`. */
static void read_types(struct reader *reader, struct vcard_property *property,
	const struct xml *element, const char *const *skip)
{
	if (!property)
		return;
	for (const struct xml *child = element->first; child; child = child->next) {
		const char *const *no = skip;
		char *type;

		if (!child->name || child->first || !vcard_schema_is_name(child->name))
			continue;
		while (*no && strcmp(*no, child->name) != 0)
			no++;
		if (*no || !(type = arena_strdup(reader->arena, child->name)))
			continue;
		for (char *c = type; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (strcmp(type, "pref") == 0)
			vcard_set_param(reader->card, property, "PREF", "1");
		else
			vcard_add_type(reader->card, property, type);
	}
}

/* ---- One function for each kind of element ---- */
/* name: of the property. */
static void read_text(struct reader *reader, const char *name, const char *text)
{
	const char *type = vcard_schema_value_type(name), *offset;

	if (*text == '\0')
		return;
	if (strcmp(type, "date-and-or-time") == 0 || strcmp(type, "timestamp") == 0) {
		text = vcard_date_basic(reader->arena, text);
	} else if (strcmp(type, "unknown") == 0 ||
		   (strcmp(type, "uri") == 0 && !strchr(text, ':'))) {
		type = "text";
	} else if (strcmp(name, "TZ") == 0 && (offset = vcard_offset_basic(reader->arena, text))) {
		type = "utc-offset";
		text = offset;
	}
	if (text)
		vcard_add(reader->card, NULL, name, type, text);
}

static void read_structure(struct reader *reader, const struct xml *element,
	const struct vcard_temp_structure *structure)
{
	const char *values[VCARD_TEMP_COMPONENTS_MAX];
	bool any = false;
	size_t count = 0;

	for (; structure->components[count]; count++) {
		values[count] = child_text(reader, element, structure->components[count]);
		any = any || values[count][0] != '\0';
	}
	if (any)
		read_types(reader,
			vcard_add_structured(reader->card, structure->name, count, values), element,
			structure->components);
}

/* "+1-303-308-3282" is a tel: URI (RFC 3966, 3) but for its scheme; "303 308" is a text. */
static void read_tel(struct reader *reader, const struct xml *element)
{
	static const char *const skip[] = {"NUMBER", NULL};
	const struct xml *number = xml_child(element, NULL, "NUMBER");
	const char *text = trimmed(reader, number ? number : element), *uri = NULL;

	if (text[0] == '+' && text[1] != '\0' &&
		text[1 + strspn(text + 1, "0123456789-.()")] == '\0')
		uri = arena_printf(reader->arena, "tel:%s", text);
	read_types(reader,
		vcard_add(reader->card, NULL, "TEL", uri ? "uri" : "text", uri ? uri : text),
		element, skip);
}

static void read_email(struct reader *reader, const struct xml *element)
{
	static const char *const skip[] = {"USERID", "INTERNET", NULL};
	const struct xml *id = xml_child(element, NULL, "USERID");
	const char *text = trimmed(reader, id ? id : element);

	if (*text)
		read_types(reader, vcard_add(reader->card, NULL, "EMAIL", "text", text), element,
			skip);
}

/* PHOTO, LOGO, SOUND. False: nothing that could be mapped. */
static bool read_data(struct reader *reader, const struct xml *element)
{
	const char *data = child_text(reader, element, "BINVAL");
	const char *media = child_text(reader, element, "TYPE");
	const char *uri = child_text(reader, element, "EXTVAL");

	if (strcmp(element->name, "SOUND") == 0)
		media = "audio/basic"; /* XEP-0292, 10.1 */
	if (*data)
		uri = vcard_data_uri(reader->arena,
			*media && media[strcspn(media, ",; \t\r\n")] == '\0' ? media : NULL, data);
	if (uri && *uri)
		vcard_add(reader->card, NULL, element->name, "uri", uri);
	return (uri && *uri) || !xml_child(element, NULL, "PHONETIC");
}

/* ORG: name and units; CATEGORIES: keywords. */
static void read_list(struct reader *reader, const struct xml *element)
{
	bool units = vcard_schema_shape(element->name) == VCARD_UNITS;
	const struct vcard_property *property = NULL;
	struct vcard_component *component = NULL;
	struct vcard_text *value = NULL;

	for (const struct xml *child = xml_child(element, NULL, NULL); child;
		child = xml_next(child, NULL, NULL)) {
		const char *text = trimmed(reader, child);

		if (*text == '\0')
			continue;
		if (!property) {
			property = vcard_add(reader->card, NULL, element->name, "text", text);
			if (!property)
				return;
			component = property->components;
			value = component->values;
			continue;
		}
		if (units) {
			if (!(component->next = arena_alloc(reader->arena, sizeof *component)))
				return;
			component = component->next;
		}
		if (!(value = *(units ? &component->values : &value->next) =
				    arena_alloc(reader->arena, sizeof *value)))
			return;
		value->text = text;
	}
}

static void read_geo(struct reader *reader, const struct xml *element)
{
	const char *uri = vcard_geo_uri(reader->arena, child_text(reader, element, "LAT"),
		child_text(reader, element, "LON"));

	if (uri)
		vcard_add(reader->card, NULL, "GEO", "uri", uri);
}

/* What the model has no place for stays as the element that it is. */
static void keep(struct reader *reader, const struct xml *element)
{
	struct vcard_property *property = vcard_add(reader->card, NULL, "XML", "text", "");

	if (property) {
		property->components = NULL;
		property->xml = xml_copy(reader->arena, element);
	}
}

/* A plain text of a name that vCard 4 has too, or as X- property. */
static void read_other(struct reader *reader, const struct xml *element)
{
	const char *name = element->name;
	const struct vcard_schema *known = vcard_schema_find(name);

	if (xml_child(element, NULL, NULL) || !vcard_schema_is_name(name) ||
		(known && known->shape == VCARD_STRUCTURED)) {
		keep(reader, element);
		return;
	}
	if (!known && strncmp(name, "X-", 2) != 0)
		name = arena_printf(reader->arena, "X-%s", name);
	if (name)
		read_text(reader, name, trimmed(reader, element));
}

static void read_element(struct reader *reader, const struct xml *element)
{
	const char *name = element->name, *text;
	const struct vcard_temp_structure *structure = vcard_temp_structure(name);
	const struct xml *child = xml_child(element, NULL, NULL);

	if (strcmp(element->ns, NS_VCARD_TEMP) != 0) {
		keep(reader, element);
	} else if (structure) {
		read_structure(reader, element, structure);
	} else if (strcmp(name, "TEL") == 0) {
		read_tel(reader, element);
	} else if (strcmp(name, "EMAIL") == 0) {
		read_email(reader, element);
	} else if (strcmp(name, "GEO") == 0) {
		read_geo(reader, element);
	} else if (child && (strcmp(name, "PHOTO") == 0 || strcmp(name, "LOGO") == 0 ||
				    strcmp(name, "SOUND") == 0)) {
		if (!read_data(reader, element))
			keep(reader, element);
	} else if (child && (strcmp(name, "ORG") == 0 || strcmp(name, "CATEGORIES") == 0)) {
		read_list(reader, element);
	} else if (strcmp(name, "JABBERID") == 0) {
		text = trimmed(reader, element);
		if (*text && (text = arena_printf(reader->arena, "xmpp:%s", text)))
			vcard_add(reader->card, NULL, "IMPP", "uri", text);
	} else if (strcmp(name, "DESC") == 0) {
		read_text(reader, "NOTE", trimmed(reader, element));
	} else if (child && strcmp(name, "KEY") == 0) {
		read_text(reader, "KEY", child_text(reader, element, "CRED"));
	} else if (child && strcmp(name, "CLASS") == 0) {
		read_text(reader, "CLASS", child->name);
	} else if (strcmp(name, "VERSION") != 0) {
		read_other(reader, element);
	}
}

struct vcard *vcard_from_temp(struct arena *arena, const struct xml *element, const char **why)
{
	struct reader reader = {.arena = arena};
	unsigned count = 0;

	if (!xml_is(element, NS_VCARD_TEMP, "vCard")) {
		if (why)
			*why = "not a <vCard/> of vcard-temp";
		return NULL;
	}
	reader.card = vcard_new(arena);
	for (const struct xml *child = element->first; child; child = child->next) {
		if (!child->name)
			continue;
		if (++count > VCARD_PROPERTIES_MAX) {
			if (why)
				*why = "a vCard of more than 1000 properties";
			return NULL;
		}
		read_element(&reader, child);
	}
	if (arena_failed(arena) && why)
		*why = "not enough memory for the vCard";
	return arena_failed(arena) ? NULL : reader.card;
}
