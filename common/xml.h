/* XML: an element tree in an arena, the reader (expat) that makes it, and the writer.
 *
 * The tree. Builders tolerate NULL for the parent and give NULL on lack of memory: build the whole,
 * then look at arena_failed() once.
 *
 * The reader has caps on bytes, depth, elements and attributes, refuses DTDs, entities and
 * processing instructions, and switches expat's reparse deferral off. */
#ifndef KITH_XML_H
#define KITH_XML_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buffer;

struct xml_attribute {
	struct xml_attribute *next;
	const char *ns; /* NULL: none; the xml: prefix is "http://www.w3.org/XML/1998/namespace" */
	const char *name;
	const char *value;
};

/* An element, or a piece of text (then name is NULL). */
struct xml {
	struct xml *parent, *next, *first, *last;
	const char *ns;	  /* namespace; "" for none; never NULL in an element */
	const char *name; /* local name; NULL: this is text */
	const char *text; /* terminated; text only */
	size_t text_len;
	bool is_markup;			  /* text only: it is XML already, see xml_add_markup() */
	struct xml_attribute *attributes; /* in the order they came */
};

/* ---- Building. Strings are copied into the arena. ---- */
struct xml *xml_new(struct arena *arena, const char *ns, const char *name);
/* A new last child; ns NULL: the parent's. Returns the child. */
struct xml *xml_add(struct arena *arena, struct xml *parent, const char *ns, const char *name);
/* A new last child with that text in it; text NULL: nothing is added, NULL is returned. */
struct xml *xml_add_text_element(struct arena *arena, struct xml *parent, const char *ns,
	const char *name, const char *text);
void xml_add_text(struct arena *arena, struct xml *parent, const char *text);
/* A new last child that is XML as text already: well-formed, with its own xmlns, such as a stored
 * card. It is written as it is; what looks into the tree doesn't see it. Not copied: borrowed while
 * the tree is used. */
void xml_add_markup(struct arena *arena, struct xml *parent, const char *markup, size_t len);
/* Sets or replaces an attribute without namespace; value NULL removes it. */
void xml_set(struct arena *arena, struct xml *element, const char *name, const char *value);
/* Hangs child (parentless, or taken from its parent) in as last child. Both live in one arena. */
void xml_append(struct xml *parent, struct xml *child);
void xml_remove(struct xml *child);
struct xml *xml_copy(struct arena *arena, const struct xml *element);

/* ---- Looking. All take NULL and then return NULL or false. ---- */
bool xml_is(const struct xml *element, const char *ns, const char *name);
/* The first child element of that name; ns NULL: the element's own namespace; name NULL: any. */
struct xml *xml_child(const struct xml *element, const char *ns, const char *name);
/* The next sibling element after sibling of that name (ns NULL: any namespace; name NULL: any). */
struct xml *xml_next(const struct xml *sibling, const char *ns, const char *name);
/* The attribute without namespace, or NULL. */
const char *xml_get(const struct xml *element, const char *name);
/* The element's own text, pieces joined, in the arena; "" when there is none. NULL for NULL. */
const char *xml_text(struct arena *arena, const struct xml *element);
/* The text of the first child of that name in the element's namespace; NULL if there is none. */
const char *xml_child_text(struct arena *arena, const struct xml *element, const char *name);

/* ---- Writing ---- */
/* Appends element to out. ns_context is the default namespace in force where it is put: no xmlns is
 * written for elements of it (NULL: none in force). Always default namespaces, double quotes, no
 * white space added; characters that XML 1.0 forbids and invalid UTF-8 become U+FFFD. */
void xml_write(struct buffer *out, const struct xml *element, const char *ns_context);
/* The same as a terminated string in the arena, or NULL. */
const char *xml_to_string(struct arena *arena, const struct xml *element, const char *ns_context);
/* Appends text with & < > " ' escaped, and cleaned as above: fit for content and attributes. */
void xml_write_text(struct buffer *out, const char *text, size_t len);

/* ---- Reading ---- */
struct xml_limits {
	size_t bytes;	     /* of one stanza or document */
	unsigned depth;	     /* levels below the root of the stream, or of the document */
	unsigned elements;   /* in one stanza or document */
	unsigned attributes; /* of one element */
};

/* 512 KiB (Prosody's and the design's cap for a component), 32, 2,000, 64. Beside them, no namespace
 * has more than 256 bytes. */
extern const struct xml_limits xml_limits_stanza;
/* Of what we wrote ourselves, which may be more than what we take in: hardly any. */
extern const struct xml_limits xml_limits_own;

/* Parses a whole document into the arena. namespace is the default namespace in force around it
 * (NULL or "": none), so that a stanza without xmlns can be given "jabber:client". NULL on failure,
 * with a reason for a person in *why (may be NULL; static or in the arena). */
struct xml *xml_parse(struct arena *arena, const char *text, size_t len, const char *ns_context,
	const struct xml_limits *limits, const char **why);

/* A stream of stanzas: RFC 6120, 4. */
struct xml_stream;

enum xml_stream_error {
	XML_STREAM_NOT_WELL_FORMED,
	XML_STREAM_RESTRICTED_XML, /* DTD, entity, PI, comment is allowed; RFC 6120, 11.1 */
	XML_STREAM_NO_MEMORY,
};

/* What a stream tells. All are called from within xml_stream_feed(); none may free the stream. */
struct xml_stream_events {
	/* The root's start tag: element has its attributes, no children; borrowed for the call. */
	void (*opened)(void *context, const struct xml *root);
	/* One stanza, in the arena of the stream; see xml_stream_new(). */
	void (*stanza)(void *context, struct xml *stanza);
	/* A stanza over a cap: its content was skipped, what is given is its start tag, and its
	 * first child's start tag if that came before the cap. Told as soon as the cap is passed; a
	 * start tag that is itself longer than a stanza may be, or has more than twice as many
	 * attributes as it may, is passed over untold. Over the cap on attributes, the stanza keeps
	 * from, id, to and type. reason: for a person, static. */
	void (*oversized)(void *context, struct xml *stanza, const char *reason);
	/* </stream:stream> */
	void (*closed)(void *context);
	/* The stream is of no use any more; reason: for a person, borrowed for the call. */
	void (*failed)(void *context, enum xml_stream_error error, const char *reason);
};

/* A new reader, or NULL. Each stanza is made in an arena that context provides through
 * `arena`: the caller owns it and resets it when it is done with the stanzas of a turn.
 * The caller frees the stream with xml_stream_free() (NULL is harmless). */
struct xml_stream *xml_stream_new(struct arena *arena, const struct xml_limits *limits,
	const struct xml_stream_events *events, void *context);
void xml_stream_free(struct xml_stream *stream);
/* Makes it ready for a new connection. */
void xml_stream_reset(struct xml_stream *stream);
/* Gives it bytes from the peer. Calls events for what became complete. 0, or -1 once failed or
 * closed. A stanza that is complete is told within the call that brings its last byte.
 * The arena may be reset between calls only while xml_stream_is_between() is true. */
int xml_stream_feed(struct xml_stream *stream, const char *data, size_t len);
/* From within an event: xml_stream_feed() takes nothing behind what it just told. */
void xml_stream_pause(struct xml_stream *stream);
/* How many bytes the last xml_stream_feed() took: all it was given, if it succeeded and wasn't
 * paused. */
size_t xml_stream_fed(const struct xml_stream *stream);
/* True if nothing of a stanza is held: none is half read, or it is being passed over. */
bool xml_stream_is_between(const struct xml_stream *stream);

#endif
