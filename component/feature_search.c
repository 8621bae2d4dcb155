/* Searching the directory: XEP-0055, version 1.3, paged by XEP-0059, 2 (design: section 3,
 * "search").
 *
 * Nobody is found but by who may find him, and nothing is shown but what the searcher may read. Who
 * is refused leaves no trace: neither in the count, nor as a gap in the pages. */
#include "component/features.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/directory.h"
#include "component/field.h"
#include "component/form.h"
#include "component/rsm.h"

#define PAGE_MAX 50  /* of one answer */
#define HITS_MAX 200 /* that one search comes to, over all its pages */

/* The fields are those that the registry has for this form, and two of our own (XEP-0068, 3.4). */
#define VAR_NAME "x-name"
#define VAR_PHONE "x-phone"
#define VAR_EMAIL "email"

/* What is no number, or no address, just finds nobody. */
static const struct field fields[] = {
	{VAR_NAME, "text-single", "Name", FIELD_TEXT, .is_required = false},
	{VAR_EMAIL, "text-single", "E-mail", FIELD_EMAIL, .is_required = false},
	{VAR_PHONE, "text-single", "Number", FIELD_PHONE, .is_required = false},
	{.var = NULL},
};

/* What is asked for: NULL where a field is not filled in. All of it must be true of a hit. */
struct terms {
	const char *name, *email, *identity;
	bool is_impossible; /* what was given as a number is none */
};

struct hit {
	int64_t account;
	const char *jid;
};

struct search {
	struct request *request;
	struct store_account seeker;
	struct terms terms;
	struct hit hits[HITS_MAX];
	size_t hit_count;
};

/* ---- What is asked for ---- */

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

/* first, last and nick are words of the name as well: which of them is which, many cards don't say.
 */
static const char *join(struct arena *arena, const char *const words[4])
{
	const char *name = NULL;

	for (size_t i = 0; i < 4; i++)
		if (words[i] && *words[i])
			name = name ? arena_printf(arena, "%s %s", name, words[i]) : words[i];
	return name;
}

static void read_terms(
	struct request *request, const struct xml *form, const char *region, struct terms *terms)
{
	static const char *const name_fields[] = {VAR_NAME, "first", "last", "nick"};
	struct arena *arena = request->arena;
	const char *words[4], *number;
	struct phone phone;

	for (size_t i = 0; i < 4; i++)
		words[i] = form ? form_value(arena, form, name_fields[i])
				: xml_child_text(arena, request->payload, name_fields[i]);
	terms->name = join(arena, words);
	terms->email = or_null(form ? form_value(arena, form, VAR_EMAIL)
				    : xml_child_text(arena, request->payload, VAR_EMAIL));
	number = or_null(form ? form_value(arena, form, VAR_PHONE) : NULL);
	terms->identity = NULL;
	terms->is_impossible = false;
	if (!number)
		return;
	phone_read(&phone, number, region);
	terms->identity = or_null(arena_strdup(arena, phone.identity));
	terms->is_impossible = !terms->identity;
}

/* ---- Finding ---- */

/* The store looks for one of the terms (find()): the others are looked at here. */
static enum store_result matches(
	const struct search *search, const struct store_account *owner, bool *yes)
{
	struct store *store = search->request->service->store;
	const struct terms *terms = &search->terms;
	enum store_result result = STORE_OK;

	*yes = true;
	if (terms->identity && terms->email)
		result = store_profile_has(
			store, owner->id, &(struct store_terms){.email = terms->email}, yes);
	if (result == STORE_OK && *yes && terms->name && (terms->identity || terms->email))
		result = store_profile_named(store, owner->id, terms->name, yes);
	return result;
}

/* As directory_row. */
static int consider(void *context, struct arena *scratch, const struct store_account *owner)
{
	struct search *search = context;
	struct hit *hit = &search->hits[search->hit_count];
	bool yes;

	(void)scratch;
	if (matches(search, owner, &yes) != STORE_OK)
		return -1;
	if (!yes)
		return 0;
	hit->account = owner->id;
	hit->jid = arena_strdup(search->request->arena, owner->jid);
	if (!hit->jid)
		return -1;
	return ++search->hit_count == HITS_MAX;
}

static int by_jid(const void *a, const void *b)
{
	return strcmp(((const struct hit *)a)->jid, ((const struct hit *)b)->jid);
}

static int find(struct search *search)
{
	struct request *request = search->request;
	const struct terms *terms = &search->terms;
	struct store_terms first = {.identity = terms->identity};

	if (!first.identity)
		first.email = terms->email;
	if (!first.identity && !first.email)
		first.name = terms->name;
	if (terms->is_impossible || !(first.identity || first.email || first.name) ||
		!request->is_served)
		return 0;
	if (directory_search(&request->service->rules, &search->seeker, &first, consider, search))
		return -1;
	qsort(search->hits, search->hit_count, sizeof(*search->hits), by_jid);
	return 0;
}

/* ---- Answering ---- */

/* Where the page begins and ends among the hits. */
static void page_of(const struct search *search, const struct rsm *rsm, size_t *begin, size_t *end)
{
	size_t at = 0;

	*begin = 0;
	*end = search->hit_count;
	switch (rsm->place) {
	case RSM_FIRST:
	case RSM_LAST:
		break;
	case RSM_AFTER:
		while (at < *end && strcmp(search->hits[at].jid, rsm->uid) <= 0)
			at++;
		*begin = at;
		break;
	case RSM_BEFORE:
		while (at < *end && strcmp(search->hits[at].jid, rsm->uid) < 0)
			at++;
		*end = at;
		break;
	case RSM_INDEX:
		*begin = rsm->index < (int64_t)*end ? (size_t)rsm->index : *end;
		break;
	}
	if (*end - *begin <= rsm->max)
		return;
	if (rsm_is_backwards(rsm))
		*begin = *end - rsm->max;
	else
		*end = *begin + rsm->max;
}

static struct xml *add_table(struct arena *arena, struct xml *query)
{
	struct xml *form = form_new(arena, "result", NS_SEARCH);
	struct xml *row = xml_add(arena, form, NULL, "reported");

	xml_append(query, form);
	form_add(arena, row, "jid", "jid-single", "Address", NULL);
	form_add(arena, row, VAR_NAME, "text-single", "Name", NULL);
	form_add(arena, row, VAR_EMAIL, "text-single", "E-mail", NULL);
	return form;
}

static void add_row(
	struct arena *arena, struct xml *table, const char *jid, const struct vcard *card)
{
	struct xml *row = xml_add(arena, table, NULL, "item");

	form_add(arena, row, "jid", NULL, NULL, jid);
	form_add(arena, row, VAR_NAME, NULL, NULL, vcard_name(card));
	form_add(arena, row, VAR_EMAIL, NULL, NULL, vcard_text(vcard_preferred(card, "EMAIL")));
}

/* For clients without forms. Where a card doesn't say which name is which, it is the nickname. */
static void add_item(
	struct arena *arena, struct xml *query, const char *jid, const struct vcard *card)
{
	const struct vcard_property *n = vcard_first(card, "N");
	const char *nick = vcard_text(vcard_first(card, "NICKNAME"));
	struct xml *item = xml_add(arena, query, NULL, "item");

	xml_set(arena, item, "jid", jid);
	xml_add_text_element(arena, item, NULL, "first", vcard_component_text(n, 1));
	xml_add_text_element(arena, item, NULL, "last", vcard_component_text(n, 0));
	xml_add_text_element(arena, item, NULL, "nick", *nick ? nick : vcard_name(card));
	xml_add_text_element(
		arena, item, NULL, "email", vcard_text(vcard_preferred(card, "EMAIL")));
}

/* What is shown of a hit: who may be found may be read, too (rules_findable()). NULL: the store
 * failed. */
static const struct vcard *read_card(
	struct search *search, struct arena *scratch, const struct hit *hit)
{
	struct store_profile profile;

	arena_reset(scratch);
	if (store_profile_shown(search->request->service->store, scratch, hit->account, &profile) !=
		STORE_OK)
		return NULL;
	return vcard_from_xml_text(scratch, profile.card, profile.card_len, NULL);
}

/* 2.1: nothing is found, nothing is in the query. */
static int write_page(struct search *search, struct xml *query, const struct hit *begin,
	const struct hit *end, bool has_form)
{
	struct arena *arena = search->request->arena;
	struct xml *table = begin < end && has_form ? add_table(arena, query) : NULL;
	struct arena *scratch = arena_new(0);
	const struct hit *hit = begin;

	for (; scratch && hit < end; hit++) {
		const struct vcard *card = read_card(search, scratch, hit);

		if (!card)
			break;
		if (has_form)
			add_row(arena, table, hit->jid, card);
		else
			add_item(arena, query, hit->jid, card);
	}
	arena_free(scratch);
	return hit == end ? 0 : -1;
}

static enum answer answer_search(struct search *search, bool has_form)
{
	struct request *request = search->request;
	struct xml *query = xml_new(request->arena, NS_SEARCH, "query");
	size_t begin, end;
	struct rsm rsm;

	if (rsm_read(&rsm, request->arena, request->payload, PAGE_MAX))
		return ANSWER_BAD_REQUEST;
	if (request->is_served) { /* for others nothing is looked up */
		enum answer answer = request_take(request, RATE_SEARCH, search->seeker.jid, 1);

		if (answer != ANSWER_RESULT)
			return answer;
	}
	if (find(search))
		return ANSWER_INTERNAL_SERVER_ERROR;
	page_of(search, &rsm, &begin, &end);
	if (write_page(search, query, search->hits + begin, search->hits + end, has_form))
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (rsm.is_asked || end - begin < search->hit_count)
		rsm_write(request->arena, query, begin < end ? search->hits[begin].jid : NULL,
			begin < end ? search->hits[end - 1].jid : NULL,
			begin < end ? (int64_t)begin : -1, (int64_t)search->hit_count);
	request->result = query;
	return ANSWER_RESULT;
}

/* The seeker need not have an account here: who has none is in nobody's book, and his id is 0. */
static enum answer set(struct request *request)
{
	const struct xml *form = xml_child(request->payload, NS_DATA, "x");
	struct search *search;

	if (form && !form_is(request->arena, form, NS_SEARCH))
		return ANSWER_BAD_REQUEST;
	search = arena_alloc(request->arena, sizeof(*search));
	if (!search)
		return ANSWER_INTERNAL_SERVER_ERROR;
	search->request = request;
	search->seeker = (struct store_account){.jid = request->from.bare};
	if (store_account_find(request->service->store, request->arena, request->from.bare,
		    &search->seeker) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	read_terms(request, form, rules_region(&request->service->rules, &search->seeker),
		&search->terms);
	return answer_search(search, form != NULL);
}

static enum answer get(struct request *request)
{
	static const char *const names[] = {"first", "last", "nick", "email"};
	static const char instructions[] =
		"Fill in what you know. Words of a name may be shortened at their end, a number "
		"must be whole.";
	struct arena *arena = request->arena;
	struct xml *query = xml_new(arena, NS_SEARCH, "query");
	struct xml *form = form_new(arena, "form", NULL);

	xml_add_text_element(arena, query, NULL, "instructions", instructions);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		xml_add(arena, query, NULL, names[i]);
	form_describe(arena, form, "Search", instructions);
	form_add(arena, form, "FORM_TYPE", "hidden", NULL, NS_SEARCH);
	for (const struct field *field = fields; field->var; field++)
		field_add(arena, form, field, NULL);
	xml_append(query, form);
	request->result = query;
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_SEARCH, "query", get, set},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_search = {.name = "XEP-0055", .rows = rows};
