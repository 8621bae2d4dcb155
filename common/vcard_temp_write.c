/* vcard-temp, writing: XEP-0054 (1.3.0), the mapping of XEP-0292, section 9 the other way.
 *
 * What vcard-temp has no element for is left out, but for X- properties and what came from
 * vcard-temp. NOTE becomes DESC, which is what clients show. */
#include "common/vcard.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/vcard_forms.h"
#include "common/vcard_temp.h"
#include "common/xml.h"

struct writer {
	struct arena *arena;
	struct xml *root;
};

static void add(struct writer *writer, struct xml *parent, const char *name, const char *text)
{
	xml_add_text_element(writer->arena, parent, NULL, name, text);
}

/* An empty element named by word in upper case. */
static void add_flag(struct writer *writer, struct xml *parent, const char *word)
{
	char name[32];
	size_t len = strlen(word);

	if (len == 0 || len >= sizeof name || !isalpha((unsigned char)word[0]) ||
		word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-")] != '\0')
		return;
	for (size_t i = 0; i <= len; i++)
		name[i] = (char)toupper((unsigned char)word[i]);
	xml_add(writer->arena, parent, NULL, name);
}

static void add_types(
	struct writer *writer, struct xml *parent, const struct vcard_property *property)
{
	const char *pref = vcard_get_param(property, "PREF");

	for (const struct vcard_param *param = property->params; param; param = param->next)
		if (strcmp(param->name, "TYPE") == 0)
			for (const struct vcard_text *v = param->values; v; v = v->next)
				add_flag(writer, parent, v->text);
	if (pref && strcmp(pref, "1") == 0 && !vcard_has_type(property, "pref"))
		xml_add(writer->arena, parent, NULL, "PREF");
}

/* Several values between commas, as XEP-0054 has them. */
static const char *joined(struct writer *writer, const struct vcard_component *component)
{
	const char *text = component->values ? component->values->text : "";

	for (const struct vcard_text *v = component->values ? component->values->next : NULL;
		v && text; v = v->next)
		text = arena_printf(writer->arena, "%s,%s", text, v->text);
	return text;
}

/* ---- One function for each kind of property ---- */
static void write_structure(struct writer *writer, const struct vcard_property *property,
	const struct vcard_temp_structure *structure)
{
	struct xml *element = xml_add(writer->arena, writer->root, NULL, property->name);
	const char *const *name = structure->components;

	add_types(writer, element, property);
	for (const struct vcard_component *c = property->components; c && *name; c = c->next)
		add(writer, element, *name++, joined(writer, c));
}

static void write_tel(struct writer *writer, const struct vcard_property *property)
{
	struct xml *element = xml_add(writer->arena, writer->root, NULL, "TEL");

	add_types(writer, element, property);
	add(writer, element, "NUMBER", vcard_tel_plain(writer->arena, vcard_text(property)));
}

static void write_email(struct writer *writer, const struct vcard_property *property)
{
	struct xml *element = xml_add(writer->arena, writer->root, NULL, "EMAIL");

	if (!vcard_has_type(property, "internet") && !vcard_has_type(property, "x400"))
		xml_add(writer->arena, element, NULL, "INTERNET");
	add_types(writer, element, property);
	add(writer, element, "USERID", vcard_text(property));
}

static void write_data(struct writer *writer, const struct vcard_property *property)
{
	struct xml *element = xml_add(writer->arena, writer->root, NULL, property->name);
	const char *media, *data = vcard_data_split(writer->arena, vcard_text(property), &media);

	if (!data) {
		add(writer, element, "EXTVAL", vcard_text(property));
		return;
	}
	if (strcmp(property->name, "SOUND") != 0)
		add(writer, element, "TYPE", media);
	add(writer, element, "BINVAL", data);
}

/* ORG and CATEGORIES: the first value under one name, the rest under another. */
static void write_list(struct writer *writer, const struct vcard_property *property,
	const char *first, const char *further)
{
	struct xml *element = xml_add(writer->arena, writer->root, NULL, property->name);

	for (const struct vcard_component *c = property->components; c; c = c->next)
		for (const struct vcard_text *v = c->values; v; v = v->next) {
			add(writer, element, first, v->text);
			first = further;
		}
}

static void write_geo(struct writer *writer, const struct vcard_property *property)
{
	const char *latitude, *longitude;
	struct xml *element;

	if (vcard_geo_split(writer->arena, vcard_text(property), &latitude, &longitude) != 0)
		return;
	element = xml_add(writer->arena, writer->root, NULL, "GEO");
	add(writer, element, "LAT", latitude);
	add(writer, element, "LON", longitude);
}

static void write_class(struct writer *writer, const struct vcard_property *property)
{
	add_flag(writer, xml_add(writer->arena, writer->root, NULL, "CLASS"), vcard_text(property));
}

/* True if vcard-temp has a plain element of that name. */
static bool is_plain(const char *name)
{
	static const char *const names[] = {"BDAY", "FN", "MAILER", "NICKNAME", "PRODID", "REV",
		"ROLE", "SORT-STRING", "TITLE", "TZ", "UID", "URL"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return strncmp(name, "X-", 2) == 0;
}

static void write_plain(struct writer *writer, const struct vcard_property *property)
{
	const char *text = property->components ? joined(writer, property->components) : "";

	if (text && (strcmp(property->name, "BDAY") == 0 || strcmp(property->name, "REV") == 0))
		text = vcard_date_extended(writer->arena, text);
	if (text && strcmp(property->value_type, "utc-offset") == 0) {
		const char *offset = vcard_offset_extended(writer->arena, text);

		text = offset ? offset : text;
	}
	add(writer, writer->root, property->name, text);
}

static void write_property(struct writer *writer, const struct vcard_property *property)
{
	const char *name = property->name;
	const struct vcard_temp_structure *structure = vcard_temp_structure(name);

	if (property->xml) {
		if (strcmp(property->xml->ns, NS_VCARD_TEMP) == 0)
			xml_append(writer->root, xml_copy(writer->arena, property->xml));
	} else if (structure) {
		write_structure(writer, property, structure);
	} else if (strcmp(name, "TEL") == 0) {
		write_tel(writer, property);
	} else if (strcmp(name, "EMAIL") == 0) {
		write_email(writer, property);
	} else if (strcmp(name, "PHOTO") == 0 || strcmp(name, "LOGO") == 0 ||
		   strcmp(name, "SOUND") == 0) {
		write_data(writer, property);
	} else if (strcmp(name, "ORG") == 0) {
		write_list(writer, property, "ORGNAME", "ORGUNIT");
	} else if (strcmp(name, "CATEGORIES") == 0) {
		write_list(writer, property, "KEYWORD", "KEYWORD");
	} else if (strcmp(name, "GEO") == 0) {
		write_geo(writer, property);
	} else if (strcmp(name, "CLASS") == 0) {
		write_class(writer, property);
	} else if (strcmp(name, "NOTE") == 0) {
		add(writer, writer->root, "DESC", vcard_text(property));
	} else if (strcmp(name, "IMPP") == 0) {
		if (strncmp(vcard_text(property), "xmpp:", strlen("xmpp:")) == 0)
			add(writer, writer->root, "JABBERID",
				jid_from_uri(writer->arena, vcard_text(property)));
	} else if (strcmp(name, "KEY") == 0) {
		add(writer, xml_add(writer->arena, writer->root, NULL, "KEY"), "CRED",
			vcard_text(property));
	} else if (is_plain(name)) {
		write_plain(writer, property);
	}
}

struct xml *vcard_to_temp(struct arena *arena, const struct vcard *card)
{
	struct writer writer = {.arena = arena, .root = xml_new(arena, NS_VCARD_TEMP, "vCard")};

	if (!card || !writer.root)
		return NULL;
	for (const struct vcard_property *p = card->first; p; p = p->next)
		write_property(&writer, p);
	return arena_failed(arena) ? NULL : writer.root;
}
