/* A card in a message: XEP-0292 (0.12.0) carried as XEP-0428 (0.2), XEP-0359, XEP-0334 and XEP-0184
 * have it; and a card as lines for a reader. */
#include "common/card.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/utf8.h"
#include "common/vcard.h"
#include "common/xml.h"

#define VALUE_MAX 300 /* bytes of one value that are shown */
#define PASSED_MAX                                                                                 \
	(64 * 1024)	    /* bytes of one that goes to somebody: a message has to get through */
#define TEXT_MAX (8 * 1024) /* bytes of a card as text; a body is no place for more */

/* ---- As lines for a reader ---- */
/* Characters that could make a line look like another: controls, and those that turn the direction
 * of what follows (Unicode, 23.2 and UAX #9, 2). */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb);
}

/* Appends text as a part of one line: breaks become a space, what is hidden goes, the rest of a
 * long one is cut. */
static void put(struct buffer *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0, count; at < len; at += count) {
		uint32_t c;

		count = utf8_decode(text + at, len - at, &c);
		if (at > VALUE_MAX) {
			buffer_puts(out, "...");
			return;
		}
		if (count == 0)
			count = 1;
		else if (c == '\n' || c == '\t')
			buffer_putc(out, ' ');
		else if (!is_hidden(c))
			buffer_append(out, text + at, count);
	}
}

static void put_tel(struct buffer *out, const struct vcard_property *tel)
{
	struct phone phone;
	const char *kind, *retired = vcard_get_param(tel, VCARD_PARAM_RETIRED);

	if (*vcard_text(tel) == '\0')
		return;
	vcard_tel(tel, NULL, &phone);
	kind = vcard_tel_kind(tel, &phone);
	buffer_putc(out, '\n');
	put(out, strcmp(kind, "cell") == 0 ? "mobile" : kind);
	buffer_putc(out, ' ');
	put(out, phone.display[0] ? phone.display : vcard_text(tel));
	buffer_puts(out, phone_charge_note(phone.charge));
	if (retired)
		buffer_puts(out, " (no longer in use)");
}

/* All parts of a value that say something, between commas. */
static void put_value(struct buffer *out, const char *label, const struct vcard_property *property)
{
	const char *before = label;

	for (const struct vcard_component *c = property->components; c; c = c->next)
		for (const struct vcard_text *v = c->values; v; v = v->next) {
			if (*v->text == '\0')
				continue;
			if (before == label)
				buffer_putc(out, '\n');
			buffer_puts(out, before);
			if (before == label)
				buffer_putc(out, ' ');
			put(out, v->text);
			before = ", ";
		}
}

const char *card_text(struct arena *arena, const struct vcard *card)
{
	static const struct {
		const char *name, *label;
	} rows[] = {{"EMAIL", "e-mail"}, {"ADR", "address"}, {"ORG", "organization"},
		{"TITLE", "title"}, {"BDAY", "birthday"}, {"URL", "web"}, {"NOTE", "note"}};
	struct buffer out;
	const char *jid, *text = NULL;

	buffer_init(&out, TEXT_MAX);
	put(&out, vcard_name(card));
	for (struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL"))
		put_tel(&out, p);
	if ((jid = vcard_jid(card))) {
		buffer_puts(&out, "\nchat ");
		put(&out, jid);
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (struct vcard_property *p = vcard_first(card, rows[i].name); p;
			p = vcard_next(p, rows[i].name))
			put_value(&out, rows[i].label, p);
	/* A buffer at its cap keeps what it has, which is enough for a reader. */
	if (out.data)
		text = arena_strndup(arena, out.data, out.len);
	else
		text = arena_strdup(arena, "");
	buffer_clear(&out);
	return text;
}

/* ---- For somebody else ---- */

static bool is_private(const struct vcard_property *property)
{
	static const char *const names[] = {
		"NOTE", "CATEGORIES", "RELATED", "SOURCE", "PRODID", "CLIENTPIDMAP", "XML", NULL};

	if (strncmp(property->name, "X-", 2) == 0)
		return true;
	for (const char *const *name = names; *name; name++)
		if (strcmp(property->name, *name) == 0)
			return true;
	if (strlen(vcard_text(property)) > PASSED_MAX)
		return true;
	return strcmp(property->name, "TEL") == 0 && vcard_get_param(property, VCARD_PARAM_RETIRED);
}

struct vcard *card_to_pass_on(struct arena *arena, const struct vcard *contact)
{
	struct vcard *card = vcard_new(arena);

	for (const struct vcard_property *p = contact->first; card && p; p = p->next) {
		struct vcard_property *copy = is_private(p) ? NULL : vcard_add_copy(card, p);

		if (copy)
			copy->group = NULL; /* its label stays behind */
	}
	return card;
}

/* ---- In a message ---- */
/* RFC 5122, 2.2: what stands for itself in the path of an xmpp: URI. */
static const char *jid_uri(struct arena *arena, const char *jid)
{
	static const char hex[] = "0123456789ABCDEF";
	char *uri = arena_alloc(arena, strlen("xmpp:") + strlen(jid) * 3 + 1), *to = uri;

	if (!uri)
		return NULL;
	memcpy(to, "xmpp:", strlen("xmpp:"));
	to += strlen("xmpp:");
	for (; *jid; jid++) {
		unsigned char c = (unsigned char)*jid;

		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			   "-._~!$&'()*+,;=:@[]",
			    c)) {
			*to++ = *jid;
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	return uri;
}

static bool is_about(struct arena *arena, const struct vcard_property *property, const char *about)
{
	const char *text = vcard_text(property), *jid;

	if (strcmp(property->name, "IMPP") != 0 || strncmp(text, "xmpp:", strlen("xmpp:")) != 0)
		return false;
	jid = jid_from_uri(arena, text);
	return jid && strcmp(jid, about) == 0;
}

const struct vcard *card_with_provenance(
	struct arena *arena, const struct vcard *card, const char *about, const char *source)
{
	struct vcard *copy = vcard_new(arena);
	const struct vcard_property *impp = vcard_first(card, "IMPP");

	for (const struct vcard_property *p = card->first; p; p = p->next) {
		if (p == impp && about && !is_about(arena, p, about))
			vcard_add(copy, NULL, "IMPP", "uri", jid_uri(arena, about));
		else if (p != impp && about && is_about(arena, p, about))
			continue;
		if (strcmp(p->name, "SOURCE") != 0)
			vcard_add_copy(copy, p);
	}
	if (!impp && about)
		vcard_add(copy, NULL, "IMPP", "uri", jid_uri(arena, about));
	if (source)
		vcard_add(copy, NULL, "SOURCE", "uri", source);
	return copy;
}

struct xml *card_message(struct arena *arena, const char *ns, const char *from, const char *to,
	const char *id, const char *intro, const struct vcard *card, const char *about,
	const char *source)
{
	struct xml *message = xml_new(arena, ns, "message"), *child;
	const char *body;
	struct buffer line;

	if (!message || !(card = card_with_provenance(arena, card, about, source)) ||
		arena_failed(arena))
		return NULL;
	xml_set(arena, message, "type", "chat");
	xml_set(arena, message, "from", from);
	xml_set(arena, message, "to", to);
	xml_set(arena, message, "id", id);
	body = card_text(arena, card);
	if (intro && body) {
		buffer_init(&line, 0);
		put(&line, intro);
		body = line.failed ? NULL
				   : arena_printf(arena, "%s\n%s", buffer_string(&line), body);
		buffer_clear(&line);
	}
	xml_add_text_element(arena, message, NULL, "body", body);
	child = vcard_to_xml(arena, card);
	if (!body || !child)
		return NULL;
	xml_append(message, child);
	child = xml_add(arena, message, NS_FALLBACK, "fallback");
	xml_set(arena, child, "for", NS_VCARD4);
	xml_add(arena, child, NULL, "body");
	child = xml_add(arena, message, NS_SID, "origin-id");
	xml_set(arena, child, "id", id);
	xml_add(arena, message, NS_HINTS, "store");
	xml_add(arena, message, NS_RECEIPTS, "request");
	return arena_failed(arena) ? NULL : message;
}

/* XEP-0426 (0.3.0), 2: characters are code points. */
static size_t count_characters(const char *text)
{
	size_t len = strlen(text), count = 0;

	for (size_t at = 0, bytes; at < len; at += bytes, count++) {
		uint32_t c;

		bytes = utf8_decode(text + at, len - at, &c);
		if (bytes == 0)
			bytes = 1;
	}
	return count;
}

void card_message_add(struct arena *arena, struct xml *message, const char *text)
{
	struct xml *body = xml_child(message, NULL, "body");
	struct xml *fallback = xml_child(xml_child(message, NS_FALLBACK, "fallback"), NULL, "body");
	const char *before = xml_text(arena, body);

	if (!before || !fallback)
		return;
	xml_set(arena, fallback, "start", "0");
	xml_set(arena, fallback, "end", arena_printf(arena, "%zu", count_characters(before)));
	xml_add_text(arena, body, "\n\n");
	xml_add_text(arena, body, text);
}

struct vcard *card_of_message(struct arena *arena, const struct xml *message)
{
	const struct xml *card = xml_child(message, NS_VCARD4, "vcard");

	if (!card || xml_next(card, NS_VCARD4, "vcard"))
		return NULL;
	return vcard_from_xml(arena, card, NULL);
}
