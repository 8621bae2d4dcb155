/* JIDs: RFC 6122 with the length limits and the splitting of RFC 7622, 3. */
#include "config.h"

#include "common/jid.h"

#include <idna.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stringprep.h>

#include "common/arena.h"
#include "common/utf8.h"

#define LABEL_MAX 63 /* bytes; RFC 1035, 2.3.4 */

/* RFC 6122, A.5, and what the mapping changes. */
static const bool needs_preparation[256] = {[0x00 ... 0x20] = true,
	['A' ... 'Z'] = true,
	['"'] = true,
	['&'] = true,
	['\''] = true,
	['/'] = true,
	[':'] = true,
	['<'] = true,
	['>'] = true,
	['@'] = true,
	[0x7f ... 0xff] = true};

/* What needs no preparation: most of what is ever seen. */
static bool is_plain_local(const char *text)
{
	for (; *text; text++)
		if (needs_preparation[(unsigned char)*text])
			return false;
	return true;
}

static bool is_plain_domain(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return true;
}

static bool is_plain_resource(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

static bool is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t character;
		size_t bytes = utf8_decode(text, left, &character);

		if (bytes == 0)
			return false;
		text += bytes;
		left -= bytes;
	}
	return true;
}

/* Prepares part in place. Code points that Unicode 3.2 didn't know are let through, as servers do:
 * else people with a younger letter in their name could not be named. */
static bool prepare(char part[JID_PART_MAX + 1], const Stringprep_profile *profile,
	bool (*is_plain)(const char *text))
{
	if (!is_plain(part) &&
		(!is_utf8(part) || stringprep(part, JID_PART_MAX + 1, 0, profile) != STRINGPREP_OK))
		return false;
	return *part != '\0';
}

/* RFC 6122, 2.2: an IP literal, or labels that the DNS could take. An underscore is tolerated,
 * since servers do. domain is prepared. */
static bool is_domain(const char *domain)
{
	size_t len = strlen(domain), label = 0;
	bool ascii = true;
	char *encoded = NULL;
	int result;

	if (domain[0] == '[')
		return len > 2 && len < 64 && domain[len - 1] == ']' &&
		       strspn(domain + 1, "0123456789abcdef:.") == len - 2;
	for (const char *c = domain; *c; c++) {
		if ((unsigned char)*c >= 0x80) {
			ascii = false;
		} else if (*c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		} else if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-' ||
				   *c == '_')) {
			return false;
		}
		label++;
		if (ascii && label > LABEL_MAX)
			return false;
	}
	if (label == 0)
		return false;
	if (ascii)
		return true;
	result = idna_to_ascii_8z(domain, &encoded, IDNA_ALLOW_UNASSIGNED);
	free(encoded);
	return result == IDNA_SUCCESS;
}

/* Copies len bytes to part; false if there are none or too many. */
static bool cut(char part[JID_PART_MAX + 1], const char *text, size_t len)
{
	if (len == 0 || len > JID_PART_MAX)
		return false;
	memcpy(part, text, len);
	part[len] = '\0';
	return true;
}

/* first, the character, second. */
static const char *join(struct arena *arena, const char *first, char between, const char *second)
{
	size_t first_len = strlen(first), second_len = strlen(second);
	char *text = arena_alloc(arena, first_len + second_len + 2);

	if (!text)
		return NULL;
	memcpy(text, first, first_len);
	text[first_len] = between;
	memcpy(text + first_len + 1, second, second_len + 1);
	return text;
}

int jid_parse(struct jid *jid, struct arena *arena, const char *text)
{
	char local[JID_PART_MAX + 1], domain[JID_PART_MAX + 1], resource[JID_PART_MAX + 1];
	size_t len = strnlen(text, JID_MAX + 2); /* with a trailing dot */
	const char *slash, *at, *start = text;
	size_t domain_len;

	*jid = (struct jid){0};
	if (len > JID_MAX + 1)
		return -1;
	slash = memchr(text, '/', len);
	at = memchr(text, '@', slash ? (size_t)(slash - text) : len);
	if (at)
		start = at + 1;
	domain_len = slash ? (size_t)(slash - start) : len - (size_t)(start - text);
	if (domain_len > 1 && start[domain_len - 1] == '.')
		domain_len--;
	if (!cut(domain, start, domain_len) ||
		!prepare(domain, stringprep_nameprep, is_plain_domain) || !is_domain(domain))
		return -1;
	if (at && (!cut(local, text, (size_t)(at - text)) ||
			  !prepare(local, stringprep_xmpp_nodeprep, is_plain_local)))
		return -1;
	if (slash && (!cut(resource, slash + 1, len - (size_t)(slash + 1 - text)) ||
			     !prepare(resource, stringprep_xmpp_resourceprep, is_plain_resource)))
		return -1;
	if (at) {
		jid->local = arena_strdup(arena, local);
		jid->bare = join(arena, local, '@', domain);
		jid->domain = jid->bare ? jid->bare + strlen(local) + 1 : NULL;
	} else {
		jid->bare = jid->domain = arena_strdup(arena, domain);
	}
	jid->full = jid->bare;
	if (slash && jid->bare) {
		jid->full = join(arena, jid->bare, '/', resource);
		jid->resource = jid->full ? jid->full + strlen(jid->bare) + 1 : NULL;
	}
	return arena_failed(arena) ? -1 : 0;
}

bool jid_is_prepared(const struct jid *jid, const char *text)
{
	size_t len = strlen(jid->bare);

	return strncmp(text, jid->bare, len) == 0 && (text[len] == '\0' || text[len] == '/');
}

bool jid_is_account(struct arena *arena, const char *text, const char **bare)
{
	struct jid jid;

	/* Mostly it is a UUID then; that is not worth being prepared. */
	if (!strchr(text, '@') || strchr(text, '/'))
		return false;
	if (jid_parse(&jid, arena, text) != 0 || !jid.local || jid.resource)
		return false;
	if (bare)
		*bare = jid.bare;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* RFC 3986, 2.1. False: not an encoding, or one of NUL, or more than a JID. */
static bool decode(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
			int low = high >= 0 ? hex_value(text[i + 2]) : -1;

			if (low < 0 || (high == 0 && low == 0))
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

const char *jid_from_uri(struct arena *arena, const char *uri)
{
	static const char scheme[] = "xmpp:";
	char decoded[JID_MAX + 2];
	struct jid jid;

	if (strncasecmp(uri, scheme, sizeof(scheme) - 1) == 0) {
		uri += sizeof(scheme) - 1;
		/* RFC 5122, 2.2: with the account that is to be used; the JID follows. */
		if (strncmp(uri, "//", 2) == 0) {
			uri = strchr(uri + 2, '/');
			if (!uri)
				return NULL;
			uri++;
		}
		if (!decode(decoded, sizeof(decoded), uri, strcspn(uri, "?#")))
			return NULL;
		uri = decoded;
	}
	return jid_parse(&jid, arena, uri) == 0 ? jid.bare : NULL;
}
