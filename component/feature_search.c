/* Searching the directory: XEP-0055, version 1.3, paged by XEP-0059, 2 (design: section 3,
 * "search").
 *
 * Nobody is found but by who may find him, and nothing is shown but what the searcher may read. Who
 * is refused leaves no trace: neither in the count, nor as a gap in the pages. */
#include "component/features.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/directory.h"
#include "component/field.h"
#include "component/form.h"
#include "component/profile.h"
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
	const char *jid, *name, *first, *last, *nick, *email;
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

static bool has_email(const struct vcard *card, const char *email)
{
	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p; p = vcard_next(p, "EMAIL"))
		if (strcasecmp(vcard_text(p), email) == 0)
			return true;
	return false;
}

/* The store looks for one of the terms: the others are looked at here. */
static int matches(struct search *search, const struct store_account *owner,
	const struct vcard *card, bool *yes)
{
	struct service *service = search->request->service;
	const struct terms *terms = &search->terms;

	*yes = !(terms->email && !has_email(card, terms->email)) &&
	       !(terms->identity && !vcard_has_number(card, terms->identity,
					    rules_region(&service->rules, owner)));
	if (!*yes || !terms->name)
		return 0;
	return store_profile_named(service->store, owner->id, terms->name, yes) == STORE_OK ? 0
											    : -1;
}

static void add_hit(struct search *search, const char *jid, const struct vcard *card)
{
	struct arena *arena = search->request->arena;
	const struct vcard_property *n = vcard_first(card, "N");

	search->hits[search->hit_count++] = (struct hit){
		.jid = arena_strdup(arena, jid),
		.name = arena_strdup(arena, vcard_name(card)),
		.first = arena_strdup(arena, vcard_component_text(n, 1)),
		.last = arena_strdup(arena, vcard_component_text(n, 0)),
		.nick = arena_strdup(arena, vcard_text(vcard_first(card, "NICKNAME"))),
		.email = arena_strdup(arena, vcard_text(vcard_preferred(card, "EMAIL"))),
	};
}

/* Adds who may be found, if the seeker may read the profile as well. */
static int consider(void *context, struct arena *scratch, const struct store_account *owner)
{
	struct search *search = context;
	struct store_profile profile;
	const struct vcard *card;
	bool yes;

	switch (profile_read(
		&search->request->service->rules, scratch, owner, &search->seeker, &profile)) {
	case PROFILE_OK:
		break;
	case PROFILE_NONE:
		return 0;
	case PROFILE_INVALID:
	case PROFILE_LIMITED:
	case PROFILE_ERROR:
		return -1;
	}
	card = vcard_from_xml_text(scratch, profile.card, profile.card_len, NULL);
	if (!card || matches(search, owner, card, &yes))
		return -1;
	if (yes)
		add_hit(search, owner->jid, card);
	return search->hit_count == HITS_MAX;
}

static int find(struct search *search)
{
	struct request *request = search->request;
	const struct terms *terms = &search->terms;
	struct store_terms first = {.identity = terms->identity};

	if (!first.identity)
		first.email = terms->email;
	if (!first.identity && !first.email)
		first.text = terms->name;
	if (terms->is_impossible || !(first.identity || first.email || first.text) ||
		!request->is_served)
		return 0;
	return directory_search(&request->service->rules, request->arena, &search->seeker, &first,
		consider, search);
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

static void write_table(
	struct search *search, struct xml *query, const struct hit *begin, const struct hit *end)
{
	struct arena *arena = search->request->arena;
	struct xml *form = form_new(arena, "result", NS_SEARCH);
	struct xml *row = xml_add(arena, form, NULL, "reported");

	xml_append(query, form);
	form_add(arena, row, "jid", "jid-single", "Address", NULL);
	form_add(arena, row, VAR_NAME, "text-single", "Name", NULL);
	form_add(arena, row, VAR_EMAIL, "text-single", "E-mail", NULL);
	for (const struct hit *hit = begin; hit < end; hit++) {
		row = xml_add(arena, form, NULL, "item");
		form_add(arena, row, "jid", NULL, NULL, hit->jid);
		form_add(arena, row, VAR_NAME, NULL, NULL, hit->name);
		form_add(arena, row, VAR_EMAIL, NULL, NULL, hit->email);
	}
}

/* For clients without forms. Where a card doesn't say which name is which, it is the nickname. */
static void write_items(
	struct search *search, struct xml *query, const struct hit *begin, const struct hit *end)
{
	struct arena *arena = search->request->arena;

	for (const struct hit *hit = begin; hit < end; hit++) {
		struct xml *item = xml_add(arena, query, NULL, "item");

		xml_set(arena, item, "jid", hit->jid);
		xml_add_text_element(arena, item, NULL, "first", hit->first);
		xml_add_text_element(arena, item, NULL, "last", hit->last);
		xml_add_text_element(arena, item, NULL, "nick", *hit->nick ? hit->nick : hit->name);
		xml_add_text_element(arena, item, NULL, "email", hit->email);
	}
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
	/* 2.1: nothing is found, nothing is in the query. */
	if (begin < end && has_form)
		write_table(search, query, &search->hits[begin], &search->hits[end]);
	else if (begin < end)
		write_items(search, query, &search->hits[begin], &search->hits[end]);
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
