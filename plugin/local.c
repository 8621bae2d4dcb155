/* Entries of the local book as cards. RFC 6350, RFC 2426, RFC 9562. */
#include "config.h"

#include "plugin/local.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <strophe.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/vcard.h"
#include "plugin/match.h"

#define ITEM_ID_MAX 255 /* bytes of a UID that serves as item id */

/* ---- Listing ---- */
struct listing {
	struct locals *locals;
	bool failed;
};

int locals_add(struct locals *locals, const struct book_entry *entry)
{
	if (locals->count == locals->size) {
		size_t size = locals->size ? 2 * locals->size : 64;
		struct local *list = reallocarray(locals->list, size, sizeof(*list));

		if (!list)
			return -1;
		locals->list = list;
		locals->size = size;
	}
	if (match_add(locals->names, entry->name, (uint32_t)locals->count) != 0)
		return -1;
	locals->list[locals->count++] = (struct local){.entry = *entry};
	return 0;
}

static void add_listed(void *context, const struct book_entry *entry)
{
	struct listing *listing = context;

	if (!listing->failed)
		listing->failed = locals_add(listing->locals, entry) != 0;
}

int locals_list(struct locals *locals, struct book *book, struct arena *arena)
{
	struct listing listing = {.locals = locals};

	*locals = (struct locals){.names = match_new()};
	if (!locals->names)
		return -1;
	if (book && book->backend->list(book, arena, add_listed, &listing) != 0)
		return -1;
	return listing.failed || arena_failed(arena) ? -1 : 0;
}

void locals_clear(struct locals *locals)
{
	free(locals->list);
	match_free(locals->names);
	*locals = (struct locals){0};
}

struct local *locals_find(const struct locals *locals, const char *name)
{
	struct match_search search;
	uint32_t number;

	match_find(locals->names, name, &search);
	while (match_next(locals->names, &search, &number))
		if (strcmp(locals->list[number].entry.name, name) == 0)
			return &locals->list[number];
	return NULL;
}

/* ---- Reading ---- */
/* A reader may be content with less; but a file that was cut off would look like edits that nobody
 * made. */
static bool has_end(const char *text, size_t len)
{
	static const char end[] = "END:VCARD";

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	return len >= strlen(end) && strncasecmp(text + len - strlen(end), end, strlen(end)) == 0;
}

struct vcard *local_parse(struct arena *arena, const char *text, size_t len, const char **why)
{
	struct vcard_reader reader;
	struct vcard *card;
	const char *reason = NULL;

	vcard_reader_init(&reader, text, len);
	card = vcard_read(&reader, arena, &reason);
	if (!card && !reason)
		reason = "there is no card in it";
	if (card && !has_end(text, len)) {
		reason = "it is cut off";
		card = NULL;
	}
	if (card && (vcard_read(&reader, arena, &reason) || reason)) {
		/* One card a file: another program's file of many is not ours to cut up. */
		reason = "there is more than one card in it";
		card = NULL;
	}
	if (why)
		*why = reason;
	return card;
}

bool local_read(struct book *book, struct arena *arena, struct local *local)
{
	size_t len = 0;

	if (local->tried)
		return local->card != NULL;
	local->tried = true;
	local->text = book->backend->read(book, arena, local->entry.name, &len, &local->why);
	if (!local->text)
		return false;
	local->card = local_parse(arena, local->text, len, &local->why);
	return local->card != NULL;
}

void local_drop(struct local *local)
{
	local->tried = false;
	local->text = local->why = NULL;
	local->card = NULL;
}

/* ---- Writing ---- */
static void add_impp(struct vcard *card, const char *link)
{
	for (const struct vcard_property *p = vcard_first(card, "IMPP"); p;
		p = vcard_next(p, "IMPP")) {
		const char *jid = jid_from_uri(card->arena, vcard_text(p));

		if (jid && strcmp(jid, link) == 0)
			return;
	}
	vcard_add(card, NULL, "IMPP", "uri", arena_printf(card->arena, "xmpp:%s", link));
}

struct vcard *local_card_for(struct arena *arena, const struct vcard *card, const char *item)
{
	struct vcard *entry = vcard_copy(arena, card);
	const char *link;

	if (!entry)
		return NULL;
	if (!*vcard_text(vcard_first(entry, "UID")))
		vcard_add(entry, NULL, "UID", "text", item);
	if (!vcard_first(entry, "FN"))
		vcard_add(entry, NULL, "FN", "text", *vcard_name(entry) ? vcard_name(entry) : item);
	if (jid_is_account(arena, item, &link))
		add_impp(entry, link);
	return arena_failed(arena) ? NULL : entry;
}

static bool is_version_4(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncasecmp(line, "VERSION:4.0", strlen("VERSION:4.0")) == 0)
			return true;
	}
	return false;
}

const char *local_render(struct arena *arena, const struct vcard *card, const char *old)
{
	struct buffer out;
	const char *text = NULL;

	buffer_init(&out, BOOK_ENTRY_MAX);
	if (vcard_write(&out, card, old && is_version_4(old) ? VCARD_4_0 : VCARD_3_0) == 0 &&
		buffer_string(&out))
		text = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	return text;
}

/* ---- Ids ---- */
/* The 16 bytes as a UUID of that version. */
static const char *uuid_urn(struct arena *arena, unsigned char b[16], unsigned version)
{
	b[6] = (unsigned char)((b[6] & 0x0f) | version << 4);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(arena,
		"urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
}

const char *local_new_uid(struct arena *arena)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return NULL;
	return uuid_urn(arena, random, 4);
}

static void remove_all(struct vcard *card, const char *name)
{
	struct vcard_property *property;

	while ((property = vcard_first(card, name)))
		vcard_remove(card, property);
}

const char *local_content_uid(struct arena *arena, const struct vcard *card)
{
	/* The name space of these UUIDs: a random one, for good. */
	static const unsigned char space[16] = {0x5c, 0x0e, 0x3d, 0x71, 0x92, 0xb4, 0x4f, 0x28,
		0xa6, 0x1d, 0x70, 0xe9, 0x8b, 0x43, 0xfa, 0x16};
	struct vcard *plain = vcard_copy(arena, card);
	unsigned char digest[XMPP_SHA1_DIGEST_SIZE];
	const char *uid = NULL;
	struct buffer text;

	if (!plain)
		return NULL;
	remove_all(plain, "REV");
	remove_all(plain, "PRODID");
	buffer_init(&text, 0);
	buffer_append(&text, space, sizeof(space));
	if (vcard_write(&text, plain, VCARD_4_0) == 0) {
		xmpp_sha1_digest((const unsigned char *)text.data, text.len, digest);
		uid = uuid_urn(arena, digest, 5);
	}
	buffer_clear(&text);
	return uid;
}

const char *local_item_id(struct arena *arena, const struct vcard *card)
{
	const char *uid = vcard_text(vcard_first(card, "UID"));
	bool is_plain = *uid && strlen(uid) <= ITEM_ID_MAX;
	struct jid jid;

	for (const char *c = uid; *c; c++)
		is_plain = is_plain && *c > ' ' && *c < 0x7f;
	/* A UID that could be read as a JID with a local part would make a link. */
	if (is_plain && !(strchr(uid, '@') && jid_parse(&jid, arena, uid) == 0))
		return uid;
	return local_new_uid(arena);
}
