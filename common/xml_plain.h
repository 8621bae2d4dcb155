/* Reading plain XML into a tree without expat, in a fraction of its time: what is only elements,
 * attributes without prefix (but xml:), text and the five predefined entities, as clients, servers
 * and xml_write() send it. Used by xml_parse() and by xml_stream.c only, which leave all else to
 * expat: what is not plain, not well-formed, over a cap or torn. */
#ifndef KITH_XML_PLAIN_H
#define KITH_XML_PLAIN_H

#include "common/xml.h"

/* The tree of the one element that text is, the same as expat gives: of a document (level 0), or of
 * a stanza (level 1: below the stream's root). ns_context as for xml_parse(). NULL: it isn't plain,
 * or there is no memory; nothing is known of it then. */
struct xml *xml_plain_read(struct arena *arena, const char *text, size_t len, unsigned level,
	const char *ns_context, const struct xml_limits *limits);

#endif
