/* A directory that is the local book, with anything in it, and a service with any cards: whatever
 * is there, a sync ends, nothing outside of the directory is read or written, what is no card of
 * ours stays as it is, what is written is a card that can be read again, and a further sync has
 * nothing to do.
 *
 * The input is of records that end with a byte 0xff: a byte that says what it is (enum record), a
 * name up to a line's end, and what is in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "plugin/kith.h"
#include "plugin/local.h"
#include "tests/fuzz.h"

#define RECORDS_MAX 12
#define NAME_SIZE 300 /* more than a file's name may have */
#define SERVICE "kith.example.org"
#define ME "bob@example.org"

enum record { IS_FILE, IS_CARD, IS_LINK_OUT, IS_DANGLING, IS_DIRECTORY, IS_FIFO, RECORD_COUNT };

struct item {
	char *id;
	char *card; /* vCard4 XML; NULL: retracted */
	unsigned version;
};

/* What the directory had at first. */
struct entry {
	char name[NAME_SIZE];
	mode_t type;
	char *text; /* of one that is no single whole card; NULL */
	size_t len;
};

static struct {
	struct kith *kith;
	struct arena *arena;
	char dir[64], book[80], outside[80];
	struct item items[4 * RECORDS_MAX];
	size_t item_count;
	unsigned version, writes;
	struct entry entries[RECORDS_MAX];
	size_t entry_count;
	char *queue[256];
	size_t queued;
	bool done;
} world;

/* ---- The service ---- */
static void set_item(const char *id, const char *card)
{
	size_t at = 0;

	while (at < world.item_count && strcmp(world.items[at].id, id) != 0)
		at++;
	if (at == sizeof(world.items) / sizeof(*world.items))
		return;
	if (at == world.item_count) {
		world.items[world.item_count++].id = strdup(id);
	} else {
		free(world.items[at].card);
	}
	world.items[at].card = card ? strdup(card) : NULL;
	world.items[at].version = ++world.version;
}

static void feed(const struct xml *stanza)
{
	const char *text = xml_to_string(world.arena, stanza, NS_CLIENT);

	MUST(text);
	(void)kith_feed(world.kith, text, strlen(text));
}

static struct xml *new_stanza(const char *name, const char *type, const char *id)
{
	struct xml *stanza = xml_new(world.arena, NS_CLIENT, name);

	xml_set(world.arena, stanza, "from", SERVICE);
	xml_set(world.arena, stanza, "type", type);
	xml_set(world.arena, stanza, "id", id);
	return stanza;
}

static void tell_item(const struct item *item, const char *queryid)
{
	struct xml *message = new_stanza("message", "headline", NULL);
	struct xml *result = xml_add(world.arena, message, NS_MAM, "result");
	struct xml *forwarded = xml_add(world.arena, result, NS_FORWARD, "forwarded");
	struct xml *inner = xml_add(world.arena, forwarded, NS_CLIENT, "message");
	struct xml *event = xml_add(world.arena, inner, NS_PUBSUB_EVENT, "event");
	struct xml *items = xml_add(world.arena, event, NULL, "items"), *element;

	xml_set(world.arena, result, "queryid", queryid);
	xml_set(world.arena, result, "id", arena_printf(world.arena, "%u", item->version));
	xml_set(world.arena, items, "node", NODE_CONTACTS);
	element = xml_add(world.arena, items, NULL, item->card ? "item" : "retract");
	xml_set(world.arena, element, "id", item->id);
	if (item->card)
		xml_append(element, xml_parse(world.arena, item->card, strlen(item->card), NULL,
					    &xml_limits_stanza, NULL));
	feed(message);
}

/* XEP-0313: all that came after the position, in one page. */
static void answer_query(const char *id, const struct xml *query)
{
	const char *after = xml_child_text(world.arena, xml_child(query, NS_RSM, "set"), "after");
	unsigned from = after ? (unsigned)atoi(after) : 0, last = 0;
	struct xml *iq = new_stanza("iq", "result", id);
	struct xml *fin = xml_add(world.arena, iq, NS_MAM, "fin"), *set;

	for (unsigned version = from + 1; version <= world.version; version++)
		for (size_t i = 0; i < world.item_count; i++)
			if (world.items[i].version == version) {
				tell_item(&world.items[i], xml_get(query, "queryid"));
				last = version;
			}
	xml_set(world.arena, fin, "complete", "true");
	set = xml_add(world.arena, fin, NS_RSM, "set");
	if (last > 0)
		xml_add_text_element(
			world.arena, set, NULL, "last", arena_printf(world.arena, "%u", last));
	feed(iq);
}

static void answer_pubsub(const char *id, const struct xml *pubsub)
{
	const struct xml *verb = xml_child(pubsub, NULL, NULL);
	const struct xml *item = xml_child(verb, NULL, "item");
	const struct xml *payload = xml_child(item, NS_VCARD4, NULL);

	MUST(item && xml_get(item, "id"));
	set_item(xml_get(item, "id"), payload ? xml_to_string(world.arena, payload, NULL) : NULL);
	world.writes++;
	feed(new_stanza("iq", "result", id));
}

static void answer(const char *text)
{
	const struct xml *iq = xml_parse(world.arena, text, strlen(text), NS_CLIENT,
		&(struct xml_limits){8u << 20, 64, 100000, 256}, NULL);
	const struct xml *child;

	MUST(iq && xml_is(iq, NS_CLIENT, "iq"));
	if ((child = xml_child(iq, NS_MAM, "query"))) {
		answer_query(xml_get(iq, "id"), child);
		return;
	}
	child = xml_child(iq, NS_PUBSUB, "pubsub");
	MUST(child);
	answer_pubsub(xml_get(iq, "id"), child);
}

/* ---- The client ---- */
static int on_send(void *context, const char *stanza, size_t len)
{
	(void)context;
	MUST(strlen(stanza) == len && world.queued < sizeof(world.queue) / sizeof(*world.queue));
	world.queue[world.queued++] = strdup(stanza);
	return 0;
}

static int64_t on_now(void *context)
{
	(void)context;
	return 1600000000;
}

static void on_event(void *context, const struct kith_event *event)
{
	char *json = kith_event_json(event), *text = kith_event_text(event);

	(void)context;
	MUST(json && text);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		MUST((*c >= ' ' || *c == '\n') && *c != 127);
	world.done = world.done || event->kind == KITH_EVENT_DONE;
	MUST(event->kind != KITH_EVENT_DONE || event->outcome == KITH_OUTCOME_OK);
	free(json);
	free(text);
}

static void on_log(void *context, enum kith_log_level level, const char *text)
{
	(void)context;
	(void)level;
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		MUST(*c >= ' ' && *c != 127);
}

static void sync_once(void)
{
	static const char *const words[] = {"sync"};
	unsigned rounds = 0;

	world.done = false;
	kith_command(world.kith, 1, words, 1, NULL);
	do {
		for (size_t i = 0; i < world.queued; i++) {
			char *text = world.queue[i];

			answer(text);
			free(text);
		}
		world.queued = 0;
		kith_tick(world.kith);
		MUST(rounds++ < 1000);
	} while (world.queued > 0 || !world.done);
}

/* ---- The directory ---- */
static int at(const char *name, char path[], size_t size)
{
	return snprintf(path, size, "%s/%s", world.book, name) < (int)size ? 0 : -1;
}

static void put_file(const char *path, const char *text, size_t len)
{
	int fd = open(
		path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	MUST(write(fd, text, len) == (ssize_t)len);
	close(fd);
}

static char *get_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	MUST(fd >= 0 && fstat(fd, &st) == 0);
	*len = (size_t)st.st_size;
	text = malloc(*len + 1);
	MUST(text && read(fd, text, *len) == (ssize_t)*len);
	text[*len] = '\0';
	close(fd);
	return text;
}

/* The first card of a text, to the service under that id. */
static void put_card(const char *id, const char *text, size_t len)
{
	struct vcard_reader reader;
	struct vcard *card;

	vcard_reader_init(&reader, text, len);
	card = vcard_read(&reader, world.arena, NULL);
	if (!card || !*id || !vcard_first(card, "FN"))
		return; /* the service has none such */
	for (const char *c = id; *c; c++)
		if (*c <= ' ' || *c >= 127)
			return;
	set_item(id, vcard_to_xml_string(world.arena, card, NULL));
}

static void put_record(uint8_t kind, const char *name, const char *text, size_t len)
{
	char path[512];

	if (kind % RECORD_COUNT == IS_CARD) {
		put_card(name, text, len);
		return;
	}
	/* A name of the kernel's. */
	if (!*name || strchr(name, '/') || at(name, path, sizeof(path)) != 0)
		return;
	switch (kind % RECORD_COUNT) {
	case IS_FILE:
		put_file(path, text, len);
		break;
	case IS_LINK_OUT:
		(void)!symlink(world.outside, path);
		break;
	case IS_DANGLING:
		(void)!symlink("/nonexistent/x.vcf", path);
		break;
	case IS_DIRECTORY:
		(void)mkdir(path, 0700);
		break;
	case IS_FIFO:
		(void)mkfifo(path, 0600);
		break;
	}
}

static void put_all(const char *data, size_t len)
{
	for (unsigned count = 0; len > 1 && count < RECORDS_MAX; count++) {
		const char *end = memchr(data, 0xff, len);
		size_t size = end ? (size_t)(end - data) : len;
		const char *line = size > 0 ? memchr(data + 1, '\n', size - 1) : NULL;
		char name[NAME_SIZE] = "";

		if (line) {
			snprintf(name, sizeof(name), "%.*s", (int)(line - data - 1), data + 1);
			put_record(
				(uint8_t)data[0], name, line + 1, size - (size_t)(line + 1 - data));
		}
		if (!end)
			break;
		data += size + 1;
		len -= size + 1;
	}
}

/* True if each is all there is in the file that a program may take for a card of the book. */
static bool is_card(const char *text, size_t len)
{
	return local_parse(world.arena, text, len, NULL) != NULL;
}

static void remember(void)
{
	DIR *dir = opendir(world.book);
	struct dirent *found;

	MUST(dir);
	while ((found = readdir(dir))) {
		struct entry *entry = &world.entries[world.entry_count];
		char path[512];
		struct stat st;

		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		MUST(at(found->d_name, path, sizeof(path)) == 0 && lstat(path, &st) == 0);
		snprintf(entry->name, sizeof(entry->name), "%s", found->d_name);
		entry->type = st.st_mode & S_IFMT;
		if (entry->type == S_IFREG) {
			const char *suffix = strrchr(found->d_name, '.');

			entry->text = get_file(path, &entry->len);
			if (found->d_name[0] != '.' && suffix && strcmp(suffix, ".vcf") == 0 &&
				is_card(entry->text, entry->len)) {
				free(entry->text);
				entry->text = NULL;
			}
		}
		world.entry_count++;
	}
	closedir(dir);
}

/* What was there and is no card is as it was. */
static void check_old(void)
{
	for (size_t i = 0; i < world.entry_count; i++) {
		const struct entry *entry = &world.entries[i];
		char path[512], *text;
		struct stat st;
		size_t len;

		MUST(at(entry->name, path, sizeof(path)) == 0);
		if (entry->type == S_IFREG && !entry->text)
			continue;
		MUST(lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == entry->type);
		if (!entry->text)
			continue;
		text = get_file(path, &len);
		MUST(len == entry->len && memcmp(text, entry->text, len) == 0);
		free(text);
	}
}

static bool was_there(const char *name)
{
	for (size_t i = 0; i < world.entry_count; i++)
		if (strcmp(world.entries[i].name, name) == 0)
			return true;
	return false;
}

/* What is new is a card, in a file with a plain name. */
static void check_new(void)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_@.";
	DIR *dir = opendir(world.book);
	struct dirent *found;

	MUST(dir);
	while ((found = readdir(dir))) {
		char path[512], *text;
		size_t len;

		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0 ||
			was_there(found->d_name))
			continue;
		MUST(found->d_name[0] != '.' && !found->d_name[strspn(found->d_name, plain)]);
		MUST(at(found->d_name, path, sizeof(path)) == 0);
		text = get_file(path, &len);
		MUST(is_card(text, len));
		free(text);
	}
	closedir(dir);
}

/* Also takes it away. */
static void check_outside(void)
{
	char path[512], *text;
	DIR *dir;
	struct dirent *found;
	unsigned count = 0;
	size_t len;

	text = get_file(world.outside, &len);
	MUST(strcmp(text, "BEGIN:VCARD\nVERSION:3.0\nFN:Out\nEND:VCARD\n") == 0);
	free(text);
	dir = opendir(world.dir);
	MUST(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	MUST(count == 4); /* . .. book outside.vcf */
	for (size_t i = 0; i < world.item_count; i++)
		MUST(!world.items[i].card || !strstr(world.items[i].card, ">Out<"));
	dir = opendir(world.book);
	MUST(dir);
	while ((found = readdir(dir)))
		if (at(found->d_name, path, sizeof(path)) == 0 && unlink(path) != 0)
			(void)rmdir(path);
	closedir(dir);
	MUST(rmdir(world.book) == 0 && unlink(world.outside) == 0 && rmdir(world.dir) == 0);
}

static void clear(void)
{
	kith_free(world.kith);
	for (size_t i = 0; i < world.item_count; i++) {
		free(world.items[i].id);
		free(world.items[i].card);
	}
	for (size_t i = 0; i < world.entry_count; i++)
		free(world.entries[i].text);
	arena_free(world.arena);
	memset(&world, 0, sizeof(world));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct kith_host host = {on_send, on_now, on_event};
	struct kith_options options = {
		.jid = ME, .service = SERVICE, .region = "GB", .on_demand = true};
	unsigned writes;

	kith_set_log(on_log, NULL, KITH_LOG_INFO);
	world.arena = arena_new(0);
	strcpy(world.dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/kith-fuzz-XXXXXX"
							: "/tmp/kith-fuzz-XXXXXX");
	MUST(world.arena && mkdtemp(world.dir));
	snprintf(world.book, sizeof(world.book), "%s/book", world.dir);
	snprintf(world.outside, sizeof(world.outside), "%s/outside.vcf", world.dir);
	put_file(world.outside, "BEGIN:VCARD\nVERSION:3.0\nFN:Out\nEND:VCARD\n", 42);
	MUST(mkdir(world.book, 0700) == 0);
	put_all((const char *)data, len);
	remember();
	options.book = world.book;
	world.kith = kith_new(&host, &options, NULL, NULL);
	MUST(world.kith && kith_online(world.kith, ME "/r") == 0);
	sync_once();
	sync_once();
	writes = world.writes;
	sync_once();
	MUST(world.writes == writes);
	kith_offline(world.kith);
	check_old();
	check_new();
	check_outside();
	clear();
	return 0;
}
