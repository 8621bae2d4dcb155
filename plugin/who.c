/* Whom a command means. */
#include "config.h"

#include "plugin/who.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <stringprep.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/local.h"

#define FOLDED_MAX 512 /* bytes of a name or text that are compared */
#define DIGITS_MIN 6   /* of a number's end that say which is meant */
#define RANK_PART 1    /* of the name */
#define RANK_WHOLE 2   /* name, number, e-mail, JID */

/* ---- Matching ---- */
/* Without case (RFC 3491), in the arena. */
static const char *fold(struct arena *arena, const char *text)
{
	char folded[FOLDED_MAX];
	size_t len = strnlen(text, sizeof(folded) - 1);

	memcpy(folded, text, len);
	folded[len] = '\0';
	if (stringprep(folded, sizeof(folded), 0, stringprep_nameprep) != STRINGPREP_OK)
		for (char *c = folded; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	return arena_strdup(arena, folded);
}

/* True if each word of text begins a word of name; both folded. */
static bool has_words(const char *name, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");
		const char *at = name;

		while (*at && strncmp(at, text, len) != 0) {
			at += strcspn(at, " ,-@.");
			at += strspn(at, " ,-@.");
		}
		if (!*at)
			return false;
		text += len;
		text += strspn(text, " ");
	}
	return true;
}

static bool is_number(const struct vcard *card, const char *region, const struct phone *wanted)
{
	size_t len = strlen(wanted->identity);

	if (len == 0)
		return false;
	for (const struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;
		size_t own;

		vcard_tel(tel, region, &phone);
		own = strlen(phone.identity);
		if (strcmp(phone.identity, wanted->identity) == 0)
			return true;
		if (!wanted->valid && len >= DIGITS_MIN && own > len &&
			strcmp(phone.identity + own - len, wanted->identity) == 0)
			return true;
	}
	return false;
}

struct search {
	struct kith *kith;
	struct arena *arena;
	const char *raw;  /* as given; NULL: all */
	const char *text; /* raw, folded */
	struct phone phone;
	struct hit *hits;
	size_t count, size;
	struct locals locals;
	int best;
};

static int rank(struct search *search, const struct hit *hit)
{
	const struct vcard *card = hit->card;
	const char *names[] = {hit->name, vcard_text(vcard_first(card, "NICKNAME")),
		vcard_component_text(vcard_first(card, "N"), 0),
		vcard_component_text(vcard_first(card, "N"), 1)};
	struct arena *arena = search->arena;

	if (!search->text)
		return RANK_PART;
	if ((hit->item && (strcmp(hit->item, search->text) == 0 ||
				  strcmp(hit->item, search->raw) == 0)) ||
		is_number(card, search->kith->region, &search->phone))
		return RANK_WHOLE;
	for (const struct vcard_property *p = vcard_first(card, "EMAIL"); p;
		p = vcard_next(p, "EMAIL"))
		if (strcmp(fold(arena, vcard_text(p)), search->text) == 0)
			return RANK_WHOLE;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *name = fold(arena, names[i]);

		if (!name)
			return 0;
		if (i < 2 && *name && strcmp(name, search->text) == 0)
			return RANK_WHOLE;
		if (has_words(name, search->text))
			return RANK_PART;
	}
	return 0;
}

static void add_hit(struct search *search, struct hit *hit)
{
	hit->name = vcard_name(hit->card);
	hit->rank = rank(search, hit);
	if (hit->rank < search->best || hit->rank == 0)
		return;
	if (search->text && hit->rank > search->best) {
		search->best = hit->rank;
		search->count = 0;
	}
	if (search->count == search->size) {
		size_t size = search->size ? 2 * search->size : 16;
		struct hit *hits = arena_alloc(search->arena, size * sizeof(*hits));

		if (!hits)
			return;
		if (search->count > 0)
			memcpy(hits, search->hits, search->count * sizeof(*hits));
		search->hits = hits;
		search->size = size;
	}
	search->hits[search->count++] = *hit;
}

static int add_item(void *context, const struct state_item *row)
{
	struct search *search = context;
	struct hit hit = {.item = row->item, .file = row->file, .in_service = true};
	struct local *local = row->file ? locals_find(&search->locals, row->file) : NULL;

	if (local)
		local->taken = true;
	if (!row->card)
		return 0;
	hit.card = vcard_from_xml_text(search->arena, row->card, strlen(row->card), NULL);
	if (!hit.card)
		return 0;
	if (!jid_is_account(search->arena, row->item, &hit.link))
		hit.link = NULL;
	add_hit(search, &hit);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	int order = strcoll(x->name, y->name);

	if (order == 0)
		order = strcmp(x->item ? x->item : "", y->item ? y->item : "");
	return order ? order : strcmp(x->file ? x->file : "", y->file ? y->file : "");
}

/* All that the mirror has, and the entries of the book that it hasn't. */
static int add_all(struct search *search)
{
	struct book *book = search->kith->book;

	if (locals_list(&search->locals, book, search->arena) != 0 ||
		state_item_list(search->kith->state, search->arena, add_item, search) != 0)
		return -1;
	for (size_t i = 0; i < search->locals.count; i++) {
		struct local *local = &search->locals.list[i];
		struct hit hit = {.file = local->entry.name};

		if (local->taken || !local_read(book, search->arena, local))
			continue;
		hit.card = local->card;
		add_hit(search, &hit);
	}
	return 0;
}

int who_find(
	struct kith *kith, struct arena *arena, const char *text, struct hit **hits, size_t *count)
{
	struct search search = {.kith = kith, .arena = arena, .raw = text};
	int result;

	if (text) {
		search.text = fold(arena, text);
		phone_read(&search.phone, text, kith->region);
		if (!search.text)
			return -1;
	}
	result = add_all(&search);
	locals_clear(&search.locals);
	if (result != 0)
		return -1;
	if (search.count > 0)
		qsort(search.hits, search.count, sizeof(*search.hits), by_name);
	*hits = search.hits;
	*count = search.count;
	return arena_failed(arena) ? -1 : 0;
}

const char *who_jid(const struct hit *hit)
{
	return hit->link ? hit->link : vcard_jid(hit->card);
}

void who_describe(struct kith *kith, const struct hit *hit, struct event *event)
{
	event_add(event, "item", hit->item ? hit->item : hit->file);
	event_add(event, "name", hit->name);
	event_add(event, "jid", hit->link);
	event_add(event, "where", !hit->in_service ? "book" : hit->file ? "both" : "service");
	event_add(event, "file", hit->file);
	event_add_card(event, hit->card, kith->region);
}

/* ---- Choosing ---- */
struct pick {
	const char *key; /* of the offer: the words to type */
	who_picked *picked;
	struct hit *hits;
	size_t count;
};

static const char *hit_id(const struct hit *hit)
{
	return hit->item ? hit->item : hit->file;
}

static void chosen(struct job *job, unsigned choice)
{
	if (choice == 0)
		job_end(job, KITH_OUTCOME_CANCELLED);
	else
		job->pick->picked(job, &job->pick->hits[choice - 1]);
}

/* "Dave Example, dave@example.org, cell +44 ..." */
static const char *choice_text(struct job *job, const struct hit *hit)
{
	const struct vcard_property *tel = vcard_first(hit->card, "TEL");
	const char *detail = hit->link ? hit->link : "";
	struct phone phone = {0};

	if (tel)
		vcard_tel(tel, job->kith->region, &phone);
	return arena_printf(job->arena, "%s%s%s%s%s", event_name(job->arena, hit->name),
		*detail ? ", " : "", detail, *phone.display ? ", " : "", phone.display);
}

static void ask(struct job *job)
{
	struct pick *pick = job->pick;
	const char *ids[EVENT_CHOICES_MAX];
	struct event event;

	if (pick->count > EVENT_CHOICES_MAX)
		pick->count = EVENT_CHOICES_MAX;
	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text", "Which one?");
	for (size_t i = 0; i < pick->count; i++) {
		ids[i] = hit_id(&pick->hits[i]);
		event_add_choice(&event, choice_text(job, &pick->hits[i]),
			arena_printf(job->arena, "%s %zu", pick->key, i + 1));
	}
	offer_set(job->kith, pick->key, ids, pick->count);
	job_ask(job, &event, chosen);
}

/* The one of the number n: as it was offered, else in what was found now. */
static const struct hit *numbered(const struct job *job, unsigned n)
{
	const struct pick *pick = job->pick;
	const char *id = offer_get(job->kith, pick->key, n);

	for (size_t i = 0; id && i < pick->count; i++)
		if (strcmp(hit_id(&pick->hits[i]), id) == 0)
			return &pick->hits[i];
	return !id && n <= pick->count ? &pick->hits[n - 1] : NULL;
}

void who_pick(struct job *job, const char *text, unsigned n, const char *words,
	bool (*want)(const struct hit *hit), who_picked *picked)
{
	struct pick *pick = arena_alloc(job->arena, sizeof(*pick));
	size_t kept = 0;

	if (!pick || who_find(job->kith, job->arena, text, &pick->hits, &pick->count) != 0) {
		job_fail(job, "the book can't be read", NULL);
		return;
	}
	for (size_t i = 0; i < pick->count; i++)
		if (!want || want(&pick->hits[i]))
			pick->hits[kept++] = pick->hits[i];
	pick->count = kept;
	pick->key = words;
	pick->picked = picked;
	job->pick = pick;
	if (pick->count == 0)
		picked(job, NULL);
	else if (n > 0)
		picked(job, numbered(job, n));
	else if (pick->count == 1)
		picked(job, &pick->hits[0]);
	else
		ask(job);
}

unsigned who_take_number(struct job *job, size_t least)
{
	const char *word = job->argc > least ? job->argv[job->argc - 1] : "";
	unsigned long n;

	if (!*word || strlen(word) > 2 || word[strspn(word, "0123456789")] != '\0')
		return 0;
	n = strtoul(word, NULL, 10);
	if (n < 1 || n > EVENT_CHOICES_MAX)
		return 0;
	job->argc--;
	return (unsigned)n;
}
