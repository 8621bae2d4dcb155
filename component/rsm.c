/* Result Set Management (XEP-0059). */
#include "component/rsm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

/* Digits only: strtoll() alone would take a sign. */
static int read_number(const char *text, int64_t *number)
{
	char *end;
	long long value;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end || errno)
		return -1;
	*number = value;
	return 0;
}

int rsm_read(struct rsm *rsm, struct arena *arena, const struct xml *parent, size_t page_max)
{
	const struct xml *set = xml_child(parent, NS_RSM, "set");
	const char *max = xml_child_text(arena, set, "max");
	const char *after = xml_child_text(arena, set, "after");
	const char *before = xml_child_text(arena, set, "before");
	const char *index = xml_child_text(arena, set, "index");
	int64_t wanted;

	*rsm = (struct rsm){.is_asked = set != NULL, .place = RSM_FIRST, .max = page_max};
	if ((after != NULL) + (before != NULL) + (index != NULL) > 1)
		return -1; /* XEP-0059 says nothing of it, XEP-0313 that it is undefined */
	if (max) {
		if (read_number(max, &wanted))
			return -1;
		if ((uint64_t)wanted < page_max)
			rsm->max = (size_t)wanted;
	}
	if (index) {
		rsm->place = RSM_INDEX;
		return read_number(index, &rsm->index);
	}
	/* An empty <after/> is the start of the set (2.2), an empty <before/> its end (2.5). */
	if (after && *after) {
		rsm->place = RSM_AFTER;
		rsm->uid = after;
	} else if (before && *before) {
		rsm->place = RSM_BEFORE;
		rsm->uid = before;
	} else if (before) {
		rsm->place = RSM_LAST;
	}
	return 0;
}

bool rsm_is_backwards(const struct rsm *rsm)
{
	return rsm->place == RSM_BEFORE || rsm->place == RSM_LAST;
}

void rsm_write(struct arena *arena, struct xml *parent, const char *first, const char *last,
	int64_t index, int64_t count)
{
	struct xml *set = xml_add(arena, parent, NS_RSM, "set");
	struct xml *element = xml_add_text_element(arena, set, NULL, "first", first);

	if (index >= 0)
		xml_set(arena, element, "index", arena_printf(arena, "%" PRId64, index));
	xml_add_text_element(arena, set, NULL, "last", last);
	if (count >= 0)
		xml_add_text_element(
			arena, set, NULL, "count", arena_printf(arena, "%" PRId64, count));
}
