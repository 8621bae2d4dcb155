/* What reads XML into a tree: expat's events turned into elements, with the caps. Used by
 * xml_parse() and by xml_stream.c, and by tests. */
#ifndef KITH_XML_PARSE_H
#define KITH_XML_PARSE_H

#include <stdbool.h>
#include <expat.h>

#include "common/buffer.h"
#include "common/xml.h"

/* Bytes of a namespace. It is declared once, but expat spells it out, and the tree may keep it, for
 * each element and attribute with its prefix: so a stanza at its cap comes to megabytes by it, and
 * not to gigabytes. The longest of a XEP has 75. */
#define XML_NAMESPACE_MAX 256

struct xml_parser {
	XML_Parser expat;
	struct arena *arena;
	struct xml_limits limits;
	unsigned base;		/* level of the elements that trees are made of: 1 in a stream */
	const char *ns_context; /* default namespace around the text */
	unsigned defaults;	/* declarations of a default namespace in force */
	char root_ns[64];   /* in a stream: the default namespace that its root declares; "" none */
	unsigned level;	    /* elements that are open */
	unsigned elements;  /* in this tree */
	struct xml *root;   /* in a stream: the root's start tag, just read */
	struct xml *top;    /* the tree, while it is made and when it is whole */
	struct xml *open;   /* the element that content goes into; NULL: none */
	struct buffer text; /* content since the last tag */
	const char *over;   /* a cap was passed: which; nothing more is read */
	const char *misfit; /* of the start tag at hand: what it has too much of */
	bool failed;
	enum xml_stream_error error;
	const char *reason; /* of the failure; static, or expat's */
};

/* Sets up *parser in place; encoding NULL: as the document says. 0, or -1 without memory.
 * xml_parser_clear() frees what it holds. */
int xml_parser_init(struct xml_parser *parser, struct arena *arena, const struct xml_limits *limits,
	const char *encoding);
void xml_parser_clear(struct xml_parser *parser);

/* Makes it ready for a new document, with the limits it has. */
void xml_parser_reset(struct xml_parser *parser, const char *encoding);

/* Reads len bytes; last: there is no more. 0, or -1: over or failed is set. */
int xml_parser_read(struct xml_parser *parser, const char *data, size_t len, bool last);

/* Forgets the tree, for the next one. */
void xml_parser_next(struct xml_parser *parser);

/* xml_parse() by expat, also of what is plain (xml_plain.h). */
struct xml *xml_parse_any(struct arena *arena, const char *text, size_t len, const char *ns_context,
	const struct xml_limits *limits, const char **why);

#endif
