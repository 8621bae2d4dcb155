/* Looking through an address book; see contact_find.h. */
#include "component/contact_find.h"

#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/form.h"
#include "component/say.h"

#define HITS_MAX 25   /* that are offered for choice */
#define STEP 100      /* contacts read at a time */
#define SCAN_MAX 2000 /* that are looked through before others have their turn */
#define SCAN_BYTES (4u << 20)

/* A look through the book. */
struct finder {
	struct request *request;
	const char *text, *identity; /* "": none */
	const char *region;
	struct xml *field; /* the choice */
	struct arena *scratch;
	struct contact_found *found;
	size_t scanned, bytes;
	bool failed;
};

static bool has_text(const struct vcard *card, const char *text)
{
	static const char *const names[] = {"FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (struct vcard_property *p = vcard_first(card, names[i]); p;
			p = vcard_next(p, names[i]))
			for (struct vcard_component *c = p->components; c; c = c->next)
				for (struct vcard_text *v = c->values; v; v = v->next)
					if (strcasestr(v->text, text))
						return true;
	return false;
}

/* What a card has is in its text too, but for what XML escapes, and numbers not written as URI: so
 * most cards need not be read. */
static bool may_match(const struct finder *finder, const struct store_contact *contact)
{
	if (!*finder->text || strpbrk(finder->text, "&<>\"'") ||
		strcasestr(contact->item, finder->text) || strcasestr(contact->card, finder->text))
		return true;
	return *finder->identity &&
	       (strstr(contact->card, finder->identity) || strstr(contact->card, "</text></tel>"));
}

static int look_at(void *context, const struct store_contact *contact)
{
	struct finder *finder = context;
	struct arena *arena = finder->request->arena;
	const struct vcard *card;

	if (finder->found->hits == HITS_MAX || finder->scanned == SCAN_MAX ||
		finder->bytes > SCAN_BYTES) {
		finder->found->is_full = true;
		return 1;
	}
	finder->scanned++;
	finder->bytes += contact->card_len;
	finder->found->last = contact->item;
	if (!may_match(finder, contact))
		return 0;
	card = vcard_from_xml_text(finder->scratch, contact->card, contact->card_len, NULL);
	if (!card) {
		finder->failed = true;
		return 1;
	}
	if (*finder->text && !strcasestr(contact->item, finder->text) &&
		!has_text(card, finder->text) &&
		!(*finder->identity && vcard_has_number(card, finder->identity, finder->region)))
		return 0;
	finder->found->hits++;
	form_add_option(arena, finder->field,
		arena_printf(arena, "%s (%s)", say_name(arena, vcard_name(card)), contact->item),
		contact->item);
	return 0;
}

enum store_result contact_find(struct request *request, const struct store_account *owner,
	const char *text, const char *after, struct xml *field, struct contact_found *found)
{
	struct finder finder = {.request = request,
		.text = text,
		.region = rules_region(&request->service->rules, owner),
		.field = field,
		.scratch = arena_new(0),
		.found = found};
	enum store_result result = STORE_OK;
	struct phone phone;
	size_t before;

	phone_read(&phone, text, finder.region);
	finder.identity = phone.identity;
	*found = (struct contact_found){.last = after};
	if (!finder.scratch)
		return STORE_ERROR;
	do {
		before = finder.scanned;
		arena_reset(finder.scratch);
		result = store_contact_list(request->service->store, finder.scratch, owner->id,
			found->last, STEP, look_at, &finder);
		found->last = arena_strdup(request->arena, found->last);
	} while (result == STORE_OK && finder.scanned > before && !found->is_full);
	arena_free(finder.scratch);
	return finder.failed ? STORE_ERROR : result;
}
