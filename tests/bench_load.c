/* The load: see bench_load.h. */
#include "tests/bench_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	char *text = NULL;

	if (file == NULL || fstat(fileno(file), &status) != 0)
		goto out;
	*len = (size_t)status.st_size;
	text = malloc(*len + 1);
	if (text != NULL && fread(text, 1, *len, file) != *len) {
		free(text);
		text = NULL;
	}
	if (text != NULL)
		text[*len] = '\0';
out:
	if (file != NULL)
		(void)fclose(file);
	return text;
}

static void write_id(struct load_entry *entry, size_t index)
{
	char id[sizeof(LOAD_ID_PLACE)];
	char *place = memmem(entry->text, entry->len, LOAD_ID_PLACE, sizeof(id) - 1);

	(void)snprintf(id, sizeof(id), LOAD_ID_PREFIX "%08x", (unsigned)index);
	if (place != NULL)
		memcpy(place, id, sizeof(id) - 1);
}

int load_read(struct load *load, const char *file)
{
	size_t len = 0, lines = 0;

	free(load->text);
	free(load->entries);
	free(load->group_began_ns);
	load->entries = NULL;
	load->group_began_ns = NULL;
	load->count = 0;
	load->text = read_file(file, &len);
	if (load->text == NULL)
		return -1;
	for (size_t i = 0; i < len; i++)
		lines += load->text[i] == '\n';
	load->entries = calloc(lines + 1, sizeof(*load->entries));
	load->group_began_ns = calloc(lines + 1, sizeof(*load->group_began_ns));
	if (load->entries == NULL || load->group_began_ns == NULL)
		return -1;
	for (char *line = load->text; load->count < lines; load->count++) {
		struct load_entry *entry = &load->entries[load->count];
		char *end = strchr(line, '\n');

		*entry = (struct load_entry){line, (size_t)(end - line), 0};
		write_id(entry, load->count);
		line = end + 1;
	}
	return 0;
}

/* ---- A run ---- */

static size_t first_entry(const struct load *load)
{
	return load->order.has_trigger ? 1 : 0;
}

static size_t group_count(const struct load *load)
{
	return (load->count - first_entry(load)) / load->order.group;
}

static void send_entry(struct load *load, size_t index, int64_t now)
{
	struct load_entry *entry = &load->entries[index];

	entry->sent_ns = now;
	stream_send(load->stream, entry->text, entry->len);
}

/* began: when it was to begin, which is before now where the load falls behind its rate. */
static void begin_group(struct load *load, int64_t began, int64_t now)
{
	size_t group = load->next % group_count(load);
	size_t index = first_entry(load) + group * load->order.group;

	load->next++;
	if (load->entries[index].sent_ns != 0)
		return; /* the plan has gone round, and it is still under way */
	load->group_began_ns[group] = began;
	load->under_way++;
	send_entry(load, index, now);
}

static bool is_all_begun(const struct load *load)
{
	return load->order.chats == 0 && load->next >= group_count(load);
}

void load_begin(struct load *load, const struct load_order *order)
{
	load->order = *order;
	load->is_running = true;
	load->next = load->under_way = 0;
	load->times.count = 0;
	load->answers = load->errors = 0;
	load->chats = load->headlines = load->others = 0;
	load->bytes_began = load->stream->bytes_in;
	for (size_t i = 0; i < load->count; i++)
		load->entries[i].sent_ns = 0;
	for (size_t i = 0; i < load->pid_count; i++)
		load->cpu_began_ns[i] = meter_cpu_ns(load->pids[i]);
	load->own_began_ns = meter_own_cpu_ns();
	load->began_ns = load->next_at_ns = load->last_ns = meter_now_ns();
	load->trigger_ns = 0;
	if (order->has_trigger)
		send_entry(load, 0, load->began_ns);
}

static void report(struct load *load)
{
	int64_t took = load->last_ns - load->began_ns;

	printf("run answers=%" PRIu64 " errors=%" PRIu64 " chats=%" PRIu64 " headlines=%" PRIu64
	       " others=%" PRIu64 " bytes=%" PRIu64 " us=%" PRId64 " trigger_us=%" PRId64
	       " p50_ns=%" PRId64 " p99_ns=%" PRId64 " max_ns=%" PRId64 " own_us=%" PRId64,
		load->answers, load->errors, load->chats, load->headlines, load->others,
		load->stream->bytes_in - load->bytes_began, took / 1000, load->trigger_ns / 1000,
		meter_quantile(&load->times, 0.5), meter_quantile(&load->times, 0.99),
		meter_quantile(&load->times, 1), (meter_own_cpu_ns() - load->own_began_ns) / 1000);
	for (size_t i = 0; i < load->pid_count; i++)
		printf(" cpu%zu_ns=%" PRId64, i,
			meter_cpu_ns(load->pids[i]) - load->cpu_began_ns[i]);
	putchar('\n');
}

/* The group of which index is has got an answer. */
static void answered(struct load *load, size_t index, int64_t now)
{
	struct load_entry *entry = &load->entries[index];
	size_t place = index - first_entry(load), group = place / load->order.group;

	entry->sent_ns = 0;
	load->answers++;
	if (place % load->order.group + 1 < load->order.group) {
		send_entry(load, index + 1, now);
		return;
	}
	meter_add(&load->times, now - load->group_began_ns[group]);
	load->under_way--;
	if (load->order.in_flight > 0 && load->order.rate == 0 && !is_all_begun(load))
		begin_group(load, now, now);
}

static bool take_answer(struct load *load, const char *text, size_t len)
{
	size_t id_len = 0, index;
	const char *id = scan_attribute(text, len, " id=", &id_len), *type;
	int64_t now;

	if (id == NULL || id_len != sizeof(LOAD_ID_PLACE) - 1 ||
		memcmp(id, LOAD_ID_PREFIX, sizeof(LOAD_ID_PREFIX) - 1) != 0)
		return false;
	index = strtoul(id + sizeof(LOAD_ID_PREFIX) - 1, NULL, 16);
	if (!load->is_running || index >= load->count || load->entries[index].sent_ns == 0)
		return true;
	now = meter_now_ns();
	load->last_ns = now;
	type = scan_attribute(text, len, " type=", &id_len);
	if (type != NULL && *type == 'e' && load->errors++ == 0)
		(void)fprintf(stderr, "bench_server: the first error: %.*s\n", (int)len, text);
	if (load->order.has_trigger && index == 0) {
		load->entries[0].sent_ns = 0;
		load->trigger_ns = now - load->began_ns;
		return true;
	}
	answered(load, index, now);
	return true;
}

bool load_take(struct load *load, const char *text, size_t len)
{
	const char *type;
	size_t type_len = 0;

	if (text[1] == 'i')
		return take_answer(load, text, len);
	if (text[1] != 'm')
		return false;
	type = scan_attribute(text, len, " type=", &type_len);
	if (type != NULL && type_len == 4) { /* chat */
		load->chats++;
		load->last_ns = meter_now_ns();
	} else if (type != NULL && *type == 'h') {
		load->headlines++;
	} else {
		load->others++;
	}
	return true;
}

static bool is_over(const struct load *load, int64_t now)
{
	if (load->order.seconds > 0 &&
		now - load->began_ns >= (int64_t)load->order.seconds * 1000000000)
		return true;
	if (load->order.chats > 0)
		return load->chats >= load->order.chats;
	return is_all_begun(load) && load->under_way == 0;
}

int64_t load_tick(struct load *load)
{
	int64_t now = meter_now_ns();

	if (!load->is_running)
		return -1;
	while (load->order.rate > 0 && load->next_at_ns <= now && !is_all_begun(load)) {
		if (load->order.in_flight == 0 || load->under_way < load->order.in_flight)
			begin_group(load, load->next_at_ns, now);
		load->next_at_ns += 1000000000 / load->order.rate;
	}
	while (load->order.rate == 0 && load->under_way < load->order.in_flight &&
		!is_all_begun(load))
		begin_group(load, now, now);
	stream_flush(load->stream);
	if (is_over(load, now)) {
		load->is_running = false;
		report(load);
		return -1;
	}
	if (load->order.rate > 0 && !is_all_begun(load))
		return load->next_at_ns - now;
	return load->order.seconds > 0
		       ? load->began_ns + (int64_t)load->order.seconds * 1000000000 - now
		       : -1;
}
