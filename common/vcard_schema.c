/* The table of the properties of RFC 6350, 6, with those of RFC 6474, 6715, 8605, 9554, and the
 * ones of RFC 2426 that went away. */
#include "common/vcard_schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const adr_components[] = {
	"pobox", "ext", "street", "locality", "region", "code", "country", NULL};
static const char *const clientpidmap_components[] = {"sourceid", "uri", NULL};
static const char *const gender_components[] = {"sex", "identity", NULL};
static const char *const n_components[] = {
	"surname", "given", "additional", "prefix", "suffix", NULL};

/* In the order of strcmp(), of both name and element. */
static const struct vcard_schema schema[] = {
	{"ADR", "adr", "text", VCARD_STRUCTURED, adr_components},
	{"AGENT", "agent", "text", VCARD_SINGLE, NULL},
	{"ANNIVERSARY", "anniversary", "date-and-or-time", VCARD_SINGLE, NULL},
	{"BDAY", "bday", "date-and-or-time", VCARD_SINGLE, NULL},
	{"BIRTHPLACE", "birthplace", "text", VCARD_SINGLE, NULL},
	{"CALADRURI", "caladruri", "uri", VCARD_SINGLE, NULL},
	{"CALURI", "caluri", "uri", VCARD_SINGLE, NULL},
	{"CATEGORIES", "categories", "text", VCARD_LIST, NULL},
	{"CLASS", "class", "text", VCARD_SINGLE, NULL},
	{"CLIENTPIDMAP", "clientpidmap", "text", VCARD_STRUCTURED, clientpidmap_components},
	{"CONTACT-URI", "contact-uri", "uri", VCARD_SINGLE, NULL},
	{"CREATED", "created", "timestamp", VCARD_SINGLE, NULL},
	{"DEATHDATE", "deathdate", "date-and-or-time", VCARD_SINGLE, NULL},
	{"DEATHPLACE", "deathplace", "text", VCARD_SINGLE, NULL},
	{"EMAIL", "email", "text", VCARD_SINGLE, NULL},
	{"EXPERTISE", "expertise", "text", VCARD_SINGLE, NULL},
	{"FBURL", "fburl", "uri", VCARD_SINGLE, NULL},
	{"FN", "fn", "text", VCARD_SINGLE, NULL},
	{"GENDER", "gender", "text", VCARD_STRUCTURED, gender_components},
	{"GEO", "geo", "uri", VCARD_SINGLE, NULL},
	{"GRAMGENDER", "gramgender", "text", VCARD_SINGLE, NULL},
	{"HOBBY", "hobby", "text", VCARD_SINGLE, NULL},
	{"IMPP", "impp", "uri", VCARD_SINGLE, NULL},
	{"INTEREST", "interest", "text", VCARD_SINGLE, NULL},
	{"KEY", "key", "uri", VCARD_SINGLE, NULL},
	{"KIND", "kind", "text", VCARD_SINGLE, NULL},
	{"LABEL", "label", "text", VCARD_SINGLE, NULL},
	{"LANG", "lang", "language-tag", VCARD_SINGLE, NULL},
	{"LANGUAGE", "language", "language-tag", VCARD_SINGLE, NULL},
	{"LOGO", "logo", "uri", VCARD_SINGLE, NULL},
	{"MAILER", "mailer", "text", VCARD_SINGLE, NULL},
	{"MEMBER", "member", "uri", VCARD_SINGLE, NULL},
	{"N", "n", "text", VCARD_STRUCTURED, n_components},
	{"NICKNAME", "nickname", "text", VCARD_LIST, NULL},
	{"NOTE", "note", "text", VCARD_SINGLE, NULL},
	{"ORG", "org", "text", VCARD_UNITS, NULL},
	{"ORG-DIRECTORY", "org-directory", "uri", VCARD_SINGLE, NULL},
	{"PHOTO", "photo", "uri", VCARD_SINGLE, NULL},
	{"PRODID", "prodid", "text", VCARD_SINGLE, NULL},
	{"PRONOUNS", "pronouns", "text", VCARD_SINGLE, NULL},
	{"RELATED", "related", "uri", VCARD_SINGLE, NULL},
	{"REV", "rev", "timestamp", VCARD_SINGLE, NULL},
	{"ROLE", "role", "text", VCARD_SINGLE, NULL},
	{"SOCIALPROFILE", "socialprofile", "uri", VCARD_SINGLE, NULL},
	{"SORT-STRING", "sort-string", "text", VCARD_SINGLE, NULL},
	{"SOUND", "sound", "uri", VCARD_SINGLE, NULL},
	{"SOURCE", "source", "uri", VCARD_SINGLE, NULL},
	{"TEL", "tel", "text", VCARD_SINGLE, NULL},
	{"TITLE", "title", "text", VCARD_SINGLE, NULL},
	{"TZ", "tz", "text", VCARD_SINGLE, NULL},
	{"UID", "uid", "uri", VCARD_SINGLE, NULL},
	{"URL", "url", "uri", VCARD_SINGLE, NULL},
	{"XML", "xml", "text", VCARD_SINGLE, NULL},
};

/* strcmp() of what differs in the first letter most of the time. */
static int compare(const char *a, const char *b)
{
	int difference = (unsigned char)*a - (unsigned char)*b;

	return difference ? difference : strcmp(a, b);
}

static int compare_name(const void *key, const void *row)
{
	return compare(key, ((const struct vcard_schema *)row)->name);
}

static int compare_element(const void *key, const void *row)
{
	return compare(key, ((const struct vcard_schema *)row)->element);
}

const struct vcard_schema *vcard_schema_find(const char *name)
{
	return bsearch(
		name, schema, sizeof schema / sizeof schema[0], sizeof schema[0], compare_name);
}

const struct vcard_schema *vcard_schema_find_element(const char *element)
{
	return bsearch(element, schema, sizeof schema / sizeof schema[0], sizeof schema[0],
		compare_element);
}

const char *vcard_schema_value_type(const char *name)
{
	const struct vcard_schema *known = vcard_schema_find(name);

	return known ? known->value_type : "unknown";
}

enum vcard_shape vcard_schema_shape(const char *name)
{
	const struct vcard_schema *known = vcard_schema_find(name);

	return known ? known->shape : VCARD_SINGLE;
}

const char *vcard_schema_param_type(const char *name)
{
	if (strcmp(name, "PREF") == 0)
		return "integer";
	if (strcmp(name, "LANGUAGE") == 0)
		return "language-tag";
	if (strcmp(name, "GEO") == 0)
		return "uri";
	return "text";
}

bool vcard_schema_is_value_type(const char *type)
{
	static const char *const types[] = {"text", "uri", "date", "time", "date-time",
		"date-and-or-time", "timestamp", "boolean", "integer", "float", "utc-offset",
		"language-tag", "unknown"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

bool vcard_schema_is_value_word(const char *text)
{
	return vcard_schema_is_value_type(text) || strcmp(text, "binary") == 0 ||
	       strcmp(text, "inline") == 0 || strcmp(text, "phone-number") == 0;
}

bool vcard_schema_is_type(const char *type)
{
	static const char *const types[] = {"bbs", "car", "cell", "dom", "fax", "gif", "home",
		"internet", "intl", "iphone", "isdn", "jpeg", "main", "mobile", "modem", "msg",
		"other", "pager", "parcel", "pcs", "pgp", "png", "postal", "pref", "text",
		"textphone", "video", "voice", "work", "x400", "x509"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcasecmp(type, types[i]) == 0)
			return true;
	return false;
}

bool vcard_schema_is_name(const char *text)
{
	enum { FIRST = 1, BEHIND = 2 };
	static const unsigned char may_be[256] = {['a' ... 'z'] = FIRST | BEHIND,
		['A' ... 'Z'] = FIRST | BEHIND,
		['0' ... '9'] = BEHIND,
		['-'] = BEHIND,
		['_'] = BEHIND};

	if (!(may_be[(unsigned char)text[0]] & FIRST))
		return false;
	for (text++; *text; text++)
		if (!(may_be[(unsigned char)*text] & BEHIND))
			return false;
	return true;
}
