/* Finding stanzas in a stream: see bench_scan.h. */
#include "tests/bench_scan.h"

#include <string.h>

static void tag(struct scan *scan, const char *data, size_t begin, size_t end,
	void (*stanza)(void *context, const char *text, size_t len), void *context)
{
	bool closes = data[begin + 1] == '/', is_empty = data[end - 1] == '/';

	if (data[begin + 1] == '?' || data[begin + 1] == '!')
		return;
	if (closes)
		scan->depth--;
	else if (scan->depth == 1)
		scan->start = begin;
	if (!closes && !is_empty)
		scan->depth++;
	else if (scan->depth == 1)
		stanza(context, data + scan->start, end + 1 - scan->start);
	if (scan->depth == 0)
		scan->is_over = true;
}

size_t scan_feed(struct scan *scan, const char *data, size_t len,
	void (*stanza)(void *context, const char *text, size_t len), void *context)
{
	size_t done;

	while (!scan->is_over) {
		const char *begin = memchr(data + scan->at, '<', len - scan->at), *end;

		if (begin == NULL) {
			scan->at = len;
			break;
		}
		scan->at = (size_t)(begin - data);
		end = memchr(begin, '>', len - scan->at);
		if (end == NULL)
			break;
		tag(scan, data, scan->at, (size_t)(end - data), stanza, context);
		scan->at = (size_t)(end - data) + 1;
	}
	done = scan->depth > 1 ? scan->start : scan->at;
	scan->at -= done;
	scan->start = 0;
	return done;
}

const char *scan_attribute(const char *text, size_t len, const char *name, size_t *value_len)
{
	const char *end = memchr(text, '>', len), *value, *quote;

	if (end == NULL)
		return NULL;
	value = memmem(text, (size_t)(end - text), name, strlen(name));
	if (value == NULL)
		return NULL;
	value += strlen(name);
	quote = memchr(value + 1, *value, (size_t)(end - value - 1));
	if (quote == NULL)
		return NULL;
	*value_len = (size_t)(quote - value - 1);
	return value + 1;
}

bool scan_has(const char *text, size_t len, const char *part)
{
	return memmem(text, len, part, strlen(part)) != NULL;
}
