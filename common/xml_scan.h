/* Finds where pieces of markup begin and end, in bytes as they come, without memory and whatever
 * their size: how deep elements are nested, not what they are. What is well-formed ends where it
 * says; what isn't ends somewhere. Used by xml_stream.c only. */
#ifndef KITH_XML_SCAN_H
#define KITH_XML_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xml_place {
	XML_AT_TEXT, /* between */
	XML_AT_OPEN, /* behind "<" */
	XML_AT_START_TAG,
	XML_AT_QUOTED, /* an attribute's value */
	XML_AT_END_TAG,
	XML_AT_BANG, /* behind "<!" */
	XML_AT_COMMENT,
	XML_AT_CDATA,
	XML_AT_INSTRUCTION,
};

/* All 0 at first. */
struct xml_scanner {
	enum xml_place place;
	char quote;	 /* of XML_AT_QUOTED */
	char before[2];	 /* the last two bytes of this place, the latest last */
	unsigned values; /* in the tag at hand */
	uint64_t depth;	 /* elements that are open */
};

/* What came of a scan. */
struct xml_scanned {
	size_t len;   /* that was gone over */
	size_t tag;   /* where in it the last tag begins; 0: before it */
	bool ended;   /* it is the end of a piece of markup of the level asked for */
	bool is_over; /* the tag has more values than it may */
};

/* Goes over at most len bytes, up to the end of the first piece of markup that leaves `level`
 * elements open, or fewer, or to a value more than values_max in a tag. */
struct xml_scanned xml_scan(struct xml_scanner *scanner, const char *data, size_t len,
	uint64_t level, unsigned values_max);

#endif
