/* Reading a query of an archive (XEP-0313, 4.1 and 4.3). */
#include "component/mam.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/form.h"

struct xml *mam_form(struct arena *arena)
{
	struct xml *form = form_new(arena, "form", NS_MAM);
	struct xml *validate;

	form_add(arena, form, "with", "jid-single", NULL, NULL);
	form_add(arena, form, "start", "text-single", NULL, NULL);
	form_add(arena, form, "end", "text-single", NULL, NULL);
	form_add(arena, form, "before-id", "text-single", NULL, NULL);
	form_add(arena, form, "after-id", "text-single", NULL, NULL);
	validate = xml_add(arena, form_add(arena, form, "ids", "list-multi", NULL, NULL),
		NS_VALIDATE, "validate");
	xml_set(arena, validate, "datatype", "xs:string");
	xml_add(arena, validate, NULL, "open");
	return form;
}

/* What is read into. */
struct reader {
	struct mam_query *query;
	struct request *request;
};

static enum answer read_id(struct reader *reader, const char *id, int64_t *position)
{
	if (!archive_id_read(reader->request->service->key, reader->query->owner, id,
		    reader->query->dropped, position))
		return ANSWER_ITEM_NOT_FOUND;
	return ANSWER_RESULT;
}

static enum answer read_after(struct reader *reader, const char *id)
{
	int64_t position = 0;
	enum answer answer = read_id(reader, id, &position);

	if (position > reader->query->span.after)
		reader->query->span.after = position;
	return answer;
}

static enum answer read_before(struct reader *reader, const char *id)
{
	int64_t position = INT64_MAX;
	enum answer answer = read_id(reader, id, &position);

	if (position < reader->query->span.before)
		reader->query->span.before = position;
	return answer;
}

/* 4.1.1: everything in the archive is from the service. */
static enum answer read_with(struct reader *reader, const char *value)
{
	struct jid jid;

	if (jid_parse(&jid, reader->request->arena, value))
		return ANSWER_BAD_REQUEST;
	reader->query->nothing = strcmp(jid.full, reader->request->service->settings->jid) != 0;
	return ANSWER_RESULT;
}

/* 4.1.2: what lies in a part of a second is behind its start. */
static enum answer read_start(struct reader *reader, const char *value)
{
	bool has_fraction;

	if (datetime_read(value, &reader->query->span.start, &has_fraction))
		return ANSWER_BAD_REQUEST;
	reader->query->span.start += has_fraction;
	return ANSWER_RESULT;
}

static enum answer read_end(struct reader *reader, const char *value)
{
	return datetime_read(value, &reader->query->span.end, NULL) ? ANSWER_BAD_REQUEST
								    : ANSWER_RESULT;
}

static int compare_positions(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

/* 4.1.3 */
static enum answer read_ids(struct reader *reader, const struct xml *field)
{
	struct arena *arena = reader->request->arena;
	const struct xml *value;
	size_t count = 0;
	int64_t *ids;

	for (value = xml_child(field, NULL, "value"); value;
		value = xml_next(value, NS_DATA, "value"))
		count++;
	ids = arena_alloc(arena, (count + 1) * sizeof(*ids));
	if (!ids)
		return ANSWER_INTERNAL_SERVER_ERROR;
	count = 0;
	for (value = xml_child(field, NULL, "value"); value;
		value = xml_next(value, NS_DATA, "value")) {
		enum answer answer = read_id(reader, xml_text(arena, value), &ids[count++]);

		if (answer != ANSWER_RESULT)
			return answer;
	}
	qsort(ids, count, sizeof(*ids), compare_positions);
	reader->query->has_ids = true;
	reader->query->ids = ids;
	reader->query->id_count = count;
	return ANSWER_RESULT;
}

static const struct {
	const char *var;
	enum answer (*read)(struct reader *reader, const char *value);
} fields[] = {
	{"after-id", read_after},
	{"before-id", read_before},
	{"end", read_end},
	{"start", read_start},
	{"with", read_with},
};

static enum answer read_field(
	struct reader *reader, const struct xml *form, const char *var, const struct xml *field)
{
	const char *value = form_value(reader->request->arena, form, var);

	if (strcmp(var, "FORM_TYPE") == 0)
		return ANSWER_RESULT;
	if (strcmp(var, "ids") == 0)
		return read_ids(reader, field);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].var, var) == 0)
			return value && *value ? fields[i].read(reader, value) : ANSWER_RESULT;
	return ANSWER_FEATURE_NOT_IMPLEMENTED; /* 4.1.5 */
}

static enum answer read_form(struct reader *reader, const struct xml *form)
{
	enum answer answer = ANSWER_RESULT;

	if (!form)
		return ANSWER_RESULT;
	if (!form_is(reader->request->arena, form, NS_MAM))
		return ANSWER_BAD_REQUEST;
	for (const struct xml *field = xml_child(form, NULL, "field");
		field && answer == ANSWER_RESULT; field = xml_next(field, NS_DATA, "field")) {
		const char *var = xml_get(field, "var");

		answer = var ? read_field(reader, form, var, field) : ANSWER_BAD_REQUEST;
	}
	return answer;
}

/* 4.3.2: UIDs of pages are archive ids. */
static enum answer read_page(struct reader *reader)
{
	struct mam_query *query = reader->query;
	struct request *request = reader->request;

	if (rsm_read(&query->rsm, request->arena, request->payload, MAM_PAGE_MAX))
		return ANSWER_BAD_REQUEST;
	switch (query->rsm.place) {
	case RSM_AFTER:
		return read_after(reader, query->rsm.uid);
	case RSM_BEFORE:
		return read_before(reader, query->rsm.uid);
	case RSM_INDEX: /* XEP-0059, 2.6: it would have to be counted out */
		return ANSWER_FEATURE_NOT_IMPLEMENTED;
	case RSM_FIRST:
	case RSM_LAST:
		break;
	}
	return ANSWER_RESULT;
}

enum answer mam_query_read(struct mam_query *query, struct request *request, int64_t owner)
{
	struct reader reader;
	int64_t newest;
	enum answer answer;

	*query = (struct mam_query){
		.owner = owner,
		.span = store_span_all,
		.is_flipped = xml_child(request->payload, NULL, "flip-page") != NULL,
	};
	if (store_event_range(request->service->store, owner, &newest, &query->dropped) ==
		STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	reader = (struct reader){query, request};
	answer = read_form(&reader, xml_child(request->payload, NS_DATA, "x"));
	return answer == ANSWER_RESULT ? read_page(&reader) : answer;
}
