/* Entries of the local book as cards. RFC 6350, RFC 2426. */
#include "config.h"

#include "plugin/local.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/merge.h"
#include "common/vcard.h"

#define ITEM_ID_MAX 255 /* bytes of a UID that serves as item id */

/* ---- Reading ---- */
struct listing {
	struct arena *arena;
	struct local **end;
};

static void add_local(void *context, const struct book_entry *entry)
{
	struct listing *listing = context;
	struct local *local = arena_alloc(listing->arena, sizeof(*local));

	if (!local)
		return;
	local->entry = *entry;
	*listing->end = local;
	listing->end = &local->next;
}

int local_list(struct book *book, struct arena *arena, struct local **locals)
{
	struct listing listing = {.arena = arena, .end = locals};

	*locals = NULL;
	if (book->backend->list(book, arena, add_local, &listing) != 0 || arena_failed(arena))
		return -1;
	return 0;
}

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

/* ---- Matching ---- */
static bool is_uid_of(const struct vcard *card, const char *uid)
{
	return *uid && card && strcmp(vcard_text(vcard_first(card, "UID")), uid) == 0;
}

/* True if an entry is the contact of row, whose card is given. */
static bool is_same(const struct local *local, const struct state_item *row,
	const struct vcard *card, const char *link, const char *region)
{
	const char *uid = vcard_text(vcard_first(local->card, "UID"));

	if (*uid && (strcmp(uid, row->item) == 0 || is_uid_of(card, uid)))
		return true;
	return card && merge_is_same(card, link, local->card, vcard_jid(local->card), region);
}

static void match_rest(struct book *book, struct arena *arena, const char *region,
	struct local *locals, struct pair *pair)
{
	const char *link = NULL;
	const struct vcard *card, *last;

	card = pair->row.card
		       ? vcard_from_xml_text(arena, pair->row.card, strlen(pair->row.card), NULL)
		       : NULL;
	last = pair->row.file_text
		       ? local_parse(arena, pair->row.file_text, strlen(pair->row.file_text), NULL)
		       : NULL;
	if (!jid_is_account(arena, pair->row.item, &link))
		link = NULL;
	for (struct local *local = locals; local; local = local->next) {
		if (local->taken || !local_read(book, arena, local))
			continue;
		/* An entry that there was and that went by another name since: by UID alone. */
		if (last ? is_uid_of(last, vcard_text(vcard_first(local->card, "UID")))
			 : is_same(local, &pair->row, card, link, region)) {
			pair->local = local;
			local->taken = true;
			return;
		}
	}
}

void local_match(struct book *book, struct arena *arena, const char *region, struct local *locals,
	struct pair *pairs)
{
	for (struct pair *pair = pairs; pair; pair = pair->next)
		for (struct local *local = locals; pair->row.file && local; local = local->next)
			if (!local->taken && strcmp(local->entry.name, pair->row.file) == 0) {
				pair->local = local;
				local->taken = true;
				break;
			}
	for (struct pair *pair = pairs; pair; pair = pair->next)
		if (!pair->local)
			match_rest(book, arena, region, locals, pair);
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
const char *local_new_uid(struct arena *arena)
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return NULL;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(arena,
		"urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
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
