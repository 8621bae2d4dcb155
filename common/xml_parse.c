/* Reading XML into a tree, with expat. */
#include "common/xml_parse.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "common/arena.h"
#include "common/xml_plain.h"

/* No character that XML 1.0 knows, so no namespace and no name can have it. */
#define SEPARATOR '\1'

#define PIECE_MAX 65536	    /* what expat is given at once: it copies what follows a torn token */
#define TEXT_KEEP_MAX 65536 /* memory that is kept for the next text */
/* Bytes of a document behind which the parser is kept for the next. */
#define PARSER_KEEP_MAX 65536

const struct xml_limits xml_limits_stanza = {
	.bytes = 512 * 1024, .depth = 32, .elements = 2000, .attributes = 64};
const struct xml_limits xml_limits_own = {
	.bytes = SIZE_MAX, .depth = 1000, .elements = UINT_MAX, .attributes = UINT_MAX};

/* expat 2.6 and distributions' 2.5; else there is no deferral to switch off. */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled)
	__attribute__((weak));

static void fail(struct xml_parser *p, enum xml_stream_error error, const char *reason)
{
	if (p->failed || p->over)
		return;
	p->failed = true;
	p->error = error;
	p->reason = reason;
	XML_StopParser(p->expat, XML_FALSE);
}

static void fail_memory(struct xml_parser *p)
{
	fail(p, XML_STREAM_NO_MEMORY, "no memory");
}

static void set_over(struct xml_parser *p, const char *which)
{
	p->over = which;
	XML_StopParser(p->expat, XML_FALSE);
}

/* The text since the last tag becomes one node. */
static void flush_text(struct xml_parser *p)
{
	struct xml *piece;

	if (p->text.failed)
		fail_memory(p);
	if (p->text.len == 0 || p->failed)
		return;
	piece = arena_alloc(p->arena, sizeof(*piece));
	if (piece) {
		piece->text = arena_strndup(p->arena, p->text.data, p->text.len);
		piece->text_len = p->text.len;
	}
	if (!piece || !piece->text) {
		fail_memory(p);
		return;
	}
	xml_append(p->open, piece);
	buffer_reset(&p->text);
}

/* Splits expat's "namespace SEPARATOR name". *ns is NULL for none. near: a namespace that is often
 * the same; then it isn't copied. */
static const char *split_name(
	struct xml_parser *p, const char *qualified, const char *near, const char **ns)
{
	const char *separator = strchr(qualified, SEPARATOR);
	size_t len;

	*ns = NULL;
	if (!separator)
		return qualified;
	len = (size_t)(separator - qualified);
	if (near && strncmp(near, qualified, len) == 0 && near[len] == '\0')
		*ns = near;
	else
		*ns = arena_strndup(p->arena, qualified, len);
	return separator + 1;
}

static struct xml *make_element(struct xml_parser *p, const char *qualified)
{
	const char *ns;
	const char *name = split_name(p, qualified, p->open ? p->open->ns : NULL, &ns);
	struct xml *element = arena_alloc(p->arena, sizeof(*element));

	if (!element)
		return NULL;
	/* Without any declaration the context counts; with one, it was xmlns=''. */
	if (!ns && p->defaults == 0 && *p->ns_context)
		ns = p->open && strcmp(p->open->ns, p->ns_context) == 0
			     ? p->open->ns
			     : arena_strdup(p->arena, p->ns_context);
	element->ns = ns ? ns : "";
	element->name = arena_strdup(p->arena, name);
	return element;
}

/* RFC 6120, 8.1: what is needed to answer a stanza. */
static bool is_address(const char *name)
{
	static const char *const names[] = {"from", "id", "to", "type"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void add_attributes(
	struct xml_parser *p, struct xml *element, const char *const *attributes, bool all)
{
	struct xml_attribute **slot = &element->attributes;
	const char *near = element->ns;

	for (; *attributes; attributes += 2) {
		struct xml_attribute *attribute;

		if (!all && !is_address(attributes[0]))
			continue;
		attribute = arena_alloc(p->arena, sizeof(*attribute));
		if (!attribute)
			return;
		attribute->name =
			arena_strdup(p->arena, split_name(p, attributes[0], near, &attribute->ns));
		attribute->value = arena_strdup(p->arena, attributes[1]);
		*slot = attribute;
		slot = &attribute->next;
		if (attribute->ns)
			near = attribute->ns;
	}
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
	struct xml_parser *p = context;
	unsigned level = p->level;
	size_t count = 0;
	struct xml *element;

	if (p->failed || p->over)
		return;
	flush_text(p);
	if (level > p->limits.depth) {
		set_over(p, "nested too deeply");
		return;
	}
	if (level >= p->base && p->elements >= p->limits.elements) {
		set_over(p, "too many elements");
		return;
	}
	while (attributes[count])
		count += 2;
	if (count / 2 > p->limits.attributes)
		p->misfit = "too many attributes";
	if (p->misfit && p->open) {
		set_over(p, p->misfit);
		return;
	}
	element = make_element(p, name);
	if (element)
		add_attributes(p, element, attributes, !p->misfit);
	if (arena_failed(p->arena)) {
		fail_memory(p);
		return;
	}
	p->level++;
	if (level < p->base) {
		p->root = element;
	} else {
		p->elements++;
		if (p->open)
			xml_append(p->open, element);
		else
			p->top = element;
		p->open = element;
	}
	if (p->misfit)
		set_over(p, p->misfit);
}

static void XMLCALL on_end(void *context, const char *name)
{
	struct xml_parser *p = context;

	(void)name;
	if (p->failed || p->over)
		return;
	flush_text(p);
	p->level--;
	if (p->open)
		p->open = p->open->parent;
}

static void XMLCALL on_text(void *context, const char *text, int len)
{
	struct xml_parser *p = context;

	if (p->open && !p->failed && !p->over)
		buffer_append(&p->text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system_id,
	const char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	fail(context, XML_STREAM_RESTRICTED_XML, "a document type declaration");
}

static void XMLCALL on_instruction(void *context, const char *target, const char *data)
{
	(void)target;
	(void)data;
	fail(context, XML_STREAM_RESTRICTED_XML, "a processing instruction");
}

static void XMLCALL on_namespace(void *context, const char *prefix, const char *uri)
{
	struct xml_parser *p = context;

	if (uri && strlen(uri) > XML_NAMESPACE_MAX)
		p->misfit = "a namespace is too long";
	if (prefix)
		return;
	p->defaults++;
	/* One that doesn't fit is never plain. */
	if (p->level < p->base && uri && strlen(uri) < sizeof(p->root_ns))
		strcpy(p->root_ns, uri);
}

static void XMLCALL on_namespace_end(void *context, const char *prefix)
{
	struct xml_parser *p = context;

	if (!prefix)
		p->defaults--;
}

static void set_handlers(struct xml_parser *p)
{
	XML_SetUserData(p->expat, p);
	XML_SetElementHandler(p->expat, on_start, on_end);
	XML_SetCharacterDataHandler(p->expat, on_text);
	XML_SetDoctypeDeclHandler(p->expat, on_doctype, NULL);
	XML_SetProcessingInstructionHandler(p->expat, on_instruction);
	XML_SetNamespaceDeclHandler(p->expat, on_namespace, on_namespace_end);
	if (XML_SetReparseDeferralEnabled)
		XML_SetReparseDeferralEnabled(p->expat, XML_FALSE);
}

int xml_parser_init(struct xml_parser *p, struct arena *arena, const struct xml_limits *limits,
	const char *encoding)
{
	*p = (struct xml_parser){.arena = arena, .limits = *limits, .ns_context = ""};
	buffer_init(&p->text, 0);
	p->expat = XML_ParserCreateNS(encoding, SEPARATOR);
	if (!p->expat)
		return -1;
	set_handlers(p);
	return 0;
}

void xml_parser_clear(struct xml_parser *p)
{
	if (p->expat)
		XML_ParserFree(p->expat);
	p->expat = NULL;
	buffer_clear(&p->text);
}

void xml_parser_reset(struct xml_parser *p, const char *encoding)
{
	XML_ParserReset(p->expat, encoding);
	set_handlers(p);
	xml_parser_next(p);
	p->level = 0;
	p->defaults = 0;
	p->root_ns[0] = '\0';
	p->root = NULL;
	p->failed = false;
	p->reason = NULL;
}

void xml_parser_next(struct xml_parser *p)
{
	p->top = NULL;
	p->open = NULL;
	p->elements = 0;
	p->over = p->misfit = NULL;
	if (p->text.size > TEXT_KEEP_MAX)
		buffer_clear(&p->text);
	else
		buffer_reset(&p->text);
}

int xml_parser_read(struct xml_parser *p, const char *data, size_t len, bool last)
{
	do {
		size_t piece = len < PIECE_MAX ? len : PIECE_MAX;

		if (XML_Parse(p->expat, data, (int)piece, last && piece == len) != XML_STATUS_OK &&
			!p->over && !p->failed) {
			enum XML_Error error = XML_GetErrorCode(p->expat);
			enum xml_stream_error kind = XML_STREAM_NOT_WELL_FORMED;

			if (error == XML_ERROR_NO_MEMORY)
				kind = XML_STREAM_NO_MEMORY;
			/* RFC 6120, 11.1: only the five that XML predefines are allowed. */
			else if (error == XML_ERROR_UNDEFINED_ENTITY)
				kind = XML_STREAM_RESTRICTED_XML;
			fail(p, kind, XML_ErrorString(error));
		}
		if (p->failed || p->over)
			return -1;
		data += piece;
		len -= piece;
	} while (len > 0);
	return 0;
}

/* The parser of this thread for whole documents: to make one costs more than to read a card with
 * it. What it holds is at most in proportion to PARSER_KEEP_MAX, and stays until the thread's end.
 */
struct kept {
	struct xml_parser parser;
	unsigned long salt; /* of expat's hash tables: else it asks the kernel for one each time */
	bool is_made;
};

static struct xml_parser *take_parser(struct kept *kept, struct arena *arena,
	const struct xml_limits *limits, const char *ns_context)
{
	struct xml_parser *p = &kept->parser;

	if (kept->is_made) {
		xml_parser_reset(p, NULL);
		p->arena = arena;
		p->limits = *limits;
	} else {
		if (getrandom(&kept->salt, sizeof(kept->salt), 0) != (ssize_t)sizeof(kept->salt))
			kept->salt = 0;
		if (xml_parser_init(p, arena, limits, NULL) != 0)
			return NULL;
		kept->is_made = true;
	}
	if (kept->salt != 0)
		XML_SetHashSalt(p->expat, kept->salt);
	p->ns_context = ns_context ? ns_context : "";
	return p;
}

static void give_back_parser(struct kept *kept, size_t len)
{
	if (len <= PARSER_KEEP_MAX)
		return;
	xml_parser_clear(&kept->parser);
	kept->is_made = false;
}

struct xml *xml_parse_any(struct arena *arena, const char *text, size_t len, const char *ns_context,
	const struct xml_limits *limits, const char **why)
{
	static _Thread_local struct kept kept;
	struct xml_parser *parser = NULL;
	struct xml *top = NULL;
	const char *reason = "no memory";

	if (len > limits->bytes)
		reason = "too long";
	else
		parser = take_parser(&kept, arena, limits, ns_context);
	if (parser) {
		if (xml_parser_read(parser, text, len, true) == 0)
			top = parser->top;
		else if (parser->over)
			reason = parser->over;
		else
			reason = arena_printf(arena, "line %lu: %s",
				(unsigned long)XML_GetCurrentLineNumber(parser->expat),
				parser->reason);
		give_back_parser(&kept, len);
	}
	if (why)
		*why = top ? NULL : reason ? reason : "no memory";
	return top;
}

struct xml *xml_parse(struct arena *arena, const char *text, size_t len, const char *ns_context,
	const struct xml_limits *limits, const char **why)
{
	struct xml *top = xml_plain_read(arena, text, len, 0, ns_context, limits);

	if (!top)
		return xml_parse_any(arena, text, len, ns_context, limits, why);
	if (why)
		*why = NULL;
	return top;
}
