/* kithctl import --from xep-0227: the vCards in a server's export (XEP-0227, version 1.1, sections
 * 4.7 and 4.10), in one file or in several that include each other (section 5). */
#include "component/ctl.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"

#define NS_PIE "urn:xmpp:pie:0"
#define NS_XINCLUDE "http://www.w3.org/2001/XInclude"

static bool import_file(struct ctl_import *import, const char *file, const char *host, int depth);

/* The card that a user published, if the server exports that, else the one of vcard-temp. */
static const struct xml *find_card(const struct xml *user)
{
	const struct xml *pubsub = xml_child(user, NS_PUBSUB, "pubsub");

	for (const struct xml *items = xml_child(pubsub, NULL, "items"); items != NULL;
		items = xml_next(items, NS_PUBSUB, "items")) {
		const char *node = xml_get(items, "node");
		const struct xml *card =
			xml_child(xml_child(items, NULL, "item"), NS_VCARD4, "vcard");

		if (node != NULL && strcmp(node, NODE_PROFILE) == 0 && card != NULL)
			return card;
	}
	return xml_child(user, NS_VCARD_TEMP, "vCard");
}

static bool import_user(struct ctl_import *import, struct arena *arena, const char *file,
	const struct xml *user, const char *host)
{
	const struct xml *card = find_card(user);
	const char *name = xml_get(user, "name");

	if (name == NULL || host == NULL) {
		fprintf(stderr, "kithctl: %s: a user without name or host\n", file);
		return false;
	}
	if (card != NULL)
		ctl_import_profile(import, arena_printf(arena, "%s@%s", name, host), card, NULL);
	return true;
}

/* What a file includes is found from where it is itself; no path leads out of that directory. */
static bool import_included(struct ctl_import *import, struct arena *arena, const char *file,
	const struct xml *include, const char *host, int depth)
{
	const char *href = xml_get(include, "href"), *slash = strrchr(file, '/');

	if (href == NULL || *href == '/' || strstr(href, "..") != NULL ||
		strchr(href, ':') != NULL) {
		fprintf(stderr, "kithctl: %s: an include of what isn't a file beside it\n", file);
		return false;
	}
	if (slash != NULL)
		href = arena_printf(arena, "%.*s/%s", (int)(slash - file), file, href);
	return import_file(import, href, host, depth + 1);
}

/* server-data, host, or user, each with the next in it or included. */
static bool import_element(struct ctl_import *import, struct arena *arena, const char *file,
	const struct xml *element, const char *host, int depth)
{
	bool is_read = true;

	if (xml_is(element, NS_PIE, "user"))
		return import_user(import, arena, file, element, host);
	if (xml_is(element, NS_PIE, "host")) {
		host = xml_get(element, "jid");
	} else if (!xml_is(element, NS_PIE, "server-data")) {
		fprintf(stderr, "kithctl: %s: not a file of XEP-0227\n", file);
		return false;
	}
	for (const struct xml *child = element->first; child != NULL; child = child->next) {
		if (xml_is(child, NS_XINCLUDE, "include"))
			is_read &= import_included(import, arena, file, child, host, depth);
		else if (xml_is(child, NS_PIE, "host") || xml_is(child, NS_PIE, "user"))
			is_read &= import_element(import, arena, file, child, host, depth);
	}
	return is_read;
}

/* depth: how many files include this one; server-data, its hosts, and their users are three. */
static bool import_file(struct ctl_import *import, const char *file, const char *host, int depth)
{
	struct arena *arena = arena_new(0);
	const struct xml *root = NULL;
	const char *why = "out of memory";
	struct buffer in;
	bool is_read = false;

	buffer_init(&in, 0);
	if (depth > 2) {
		why = "included too deep";
	} else if (arena != NULL) {
		if (!ctl_read_file(file, &in))
			goto out;
		const struct xml_limits limits = {
			.bytes = in.len + 1, .depth = 64, .elements = 100000000, .attributes = 256};
		root = xml_parse(arena, in.data, in.len, NULL, &limits, &why);
	}
	if (root != NULL)
		is_read = import_element(import, arena, file, root, host, depth);
	else
		fprintf(stderr, "kithctl: %s: %s\n", file, why);
out:
	buffer_clear(&in);
	arena_free(arena);
	return is_read;
}

bool ctl_import_xep0227(struct ctl_import *import, const char *file)
{
	return import_file(import, file, NULL, 0);
}
