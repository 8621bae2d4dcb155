/* References to items: both ends. */
#include "common/item_uri.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

/* Percent-encoded, but for what RFC 3986, 2.3 has unreserved. */
static const char *encode(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	static const bool is_unreserved[256] = {['a' ... 'z'] = true,
		['A' ... 'Z'] = true,
		['0' ... '9'] = true,
		['-'] = true,
		['.'] = true,
		['_'] = true,
		['~'] = true};
	char *encoded = arena_alloc(arena, 3 * strlen(text) + 1), *to = encoded;

	for (; encoded && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved[c]) {
			*to++ = *text;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return encoded;
}

/* NULL: no encoding, or one of NUL, or no memory. */
static const char *decode(struct arena *arena, const char *text)
{
	char *decoded = arena_strdup(arena, text), *to = decoded;
	char pair[3] = "", *end;

	for (; decoded && *text; text++) {
		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		memcpy(pair, text + 1, strnlen(text + 1, 2));
		*to = (char)strtoul(pair, &end, 16);
		if (strlen(text) < 3 || end != pair + 2 || *to++ == '\0')
			return NULL;
		text += 2;
	}
	if (decoded)
		*to = '\0';
	return decoded;
}

/* What the address of each of a node's items begins with. */
static const char *beginning(struct arena *arena, const char *service, const char *node)
{
	const char *encoded = encode(arena, node);

	return encoded ? arena_printf(arena, "xmpp:%s?;node=%s;item=", service, encoded) : NULL;
}

void item_uri_refer(struct arena *arena, struct xml *message, const char *service, const char *node,
	const char *item)
{
	struct xml *reference = xml_add(arena, message, NS_REFERENCE, "reference");
	const char *begin = beginning(arena, service, node), *id = encode(arena, item);

	xml_set(arena, reference, "type", "data"); /* 3.3 */
	xml_set(arena, reference, "uri",
		begin && id ? arena_printf(arena, "%s%s", begin, id) : NULL);
}

const char *item_uri_referred(
	struct arena *arena, const struct xml *message, const char *service, const char *node)
{
	const char *begin = beginning(arena, service, node);
	const struct xml *reference = xml_child(message, NS_REFERENCE, "reference");

	for (; reference && begin; reference = xml_next(reference, NS_REFERENCE, "reference")) {
		const char *uri = xml_get(reference, "uri"), *type = xml_get(reference, "type");

		if (uri && type && strcmp(type, "data") == 0 &&
			strncmp(uri, begin, strlen(begin)) == 0)
			return decode(arena, uri + strlen(begin));
	}
	return NULL;
}
