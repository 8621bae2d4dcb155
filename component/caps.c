/* The verification string: XEP-0115, version 1.6.0, 5.1. All is sorted by octets. */
#include "component/caps.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

/* What is appended, and by what it is sorted. */
struct part {
	const char *key, *text;
};

/* Parts of one kind; there is room for one of each child of an element. */
struct parts {
	struct arena *arena;
	struct part *parts;
	size_t count;
};

static struct parts parts_of(struct arena *arena, const struct xml *element)
{
	struct parts parts = {.arena = arena};
	size_t most = 0;

	for (const struct xml *child = element->first; child; child = child->next)
		most++;
	parts.parts = arena_alloc(arena, (most + 1) * sizeof(*parts.parts));
	return parts;
}

static void add(struct parts *parts, const char *key, const char *text)
{
	if (parts->parts && key && text)
		parts->parts[parts->count++] = (struct part){key, text};
}

static int compare(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	return strcmp(left->key, right->key);
}

/* In their order, one text. */
static const char *join(struct parts *parts)
{
	size_t len = 0;
	char *text, *end;

	if (parts->count > 1)
		qsort(parts->parts, parts->count, sizeof(*parts->parts), compare);
	for (size_t i = 0; i < parts->count; i++)
		len += strlen(parts->parts[i].text);
	text = end = arena_alloc(parts->arena, len + 1);
	for (size_t i = 0; i < parts->count && text; i++)
		end = stpcpy(end, parts->parts[i].text);
	return text;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *lang_of(const struct xml *element)
{
	for (const struct xml_attribute *a = element->attributes; a; a = a->next)
		if (a->ns && strcmp(a->ns, NS_XML) == 0 && strcmp(a->name, "lang") == 0)
			return a->value;
	return "";
}

/* Steps 2 and 3. */
static const char *identities(struct arena *arena, const struct xml *query)
{
	struct parts parts = parts_of(arena, query);

	for (const struct xml *identity = xml_child(query, NULL, "identity"); identity;
		identity = xml_next(identity, query->ns, "identity")) {
		const char *category = or_empty(xml_get(identity, "category"));
		const char *type = or_empty(xml_get(identity, "type"));
		const char *lang = lang_of(identity);

		/* No XML has a character below that between them. */
		add(&parts, arena_printf(arena, "%s\001%s\001%s", category, type, lang),
			arena_printf(arena, "%s/%s/%s/%s<", category, type, lang,
				or_empty(xml_get(identity, "name"))));
	}
	return join(&parts);
}

/* Steps 4 and 5. */
static const char *features(struct arena *arena, const struct xml *query)
{
	struct parts parts = parts_of(arena, query);

	for (const struct xml *feature = xml_child(query, NULL, "feature"); feature;
		feature = xml_next(feature, query->ns, "feature")) {
		const char *var = or_empty(xml_get(feature, "var"));

		add(&parts, var, arena_printf(arena, "%s<", var));
	}
	return join(&parts);
}

static const char *values(struct arena *arena, const struct xml *field)
{
	struct parts parts = parts_of(arena, field);

	for (const struct xml *value = xml_child(field, NULL, "value"); value;
		value = xml_next(value, field->ns, "value")) {
		const char *text = xml_text(arena, value);

		add(&parts, text, arena_printf(arena, "%s<", or_empty(text)));
	}
	return join(&parts);
}

/* Step 7. NULL: one without a FORM_TYPE that counts (5.4, 3.6). */
static const char *form(struct arena *arena, const struct xml *x, const char **form_type)
{
	struct parts parts = parts_of(arena, x);

	*form_type = NULL;
	for (const struct xml *field = xml_child(x, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		const char *var = or_empty(xml_get(field, "var"));

		if (strcmp(var, "FORM_TYPE") != 0)
			add(&parts, var,
				arena_printf(arena, "%s<%s", var, or_empty(values(arena, field))));
		else if (strcmp(or_empty(xml_get(field, "type")), "hidden") == 0)
			*form_type = xml_child_text(arena, field, "value");
	}
	if (!*form_type)
		return NULL;
	return arena_printf(arena, "%s<%s", *form_type, or_empty(join(&parts)));
}

/* Steps 6 and 7. */
static const char *forms(struct arena *arena, const struct xml *query)
{
	struct parts parts = parts_of(arena, query);

	for (const struct xml *x = xml_child(query, NS_DATA, "x"); x;
		x = xml_next(x, NS_DATA, "x")) {
		const char *form_type, *text = form(arena, x, &form_type);

		add(&parts, form_type, text);
	}
	return join(&parts);
}

const char *caps_ver(struct arena *arena, const struct xml *query)
{
	char base64[BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE) + 1];
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;
	const char *all;

	if (!query)
		return NULL;
	all = arena_printf(arena, "%s%s%s", or_empty(identities(arena, query)),
		or_empty(features(arena, query)), or_empty(forms(arena, query)));
	if (arena_failed(arena))
		return NULL;
	sha1_init(&sha1);
	sha1_update(&sha1, strlen(all), (const uint8_t *)all);
	sha1_digest(&sha1, sizeof(digest), digest);
	base64_encode_raw(base64, sizeof(digest), digest);
	base64[sizeof(base64) - 1] = '\0';
	return arena_strdup(arena, base64);
}
