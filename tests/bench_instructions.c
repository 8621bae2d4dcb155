/* What one of each operation costs in instructions, the same on every run: stanzas as text into the
 * reader, router, features, store and out again as text, in turns of 64, without socket and clock.
 *
 * Under callgrind (--instr-atstart=no --collect-atstart=no) each operation is a dump of its own,
 * named in its `desc: Trigger`; without, the CPU time of each is printed. A line each: the name, a
 * tab, how many were done, a tab, ns of CPU each.
 *
 * Usage: bench_instructions STORE [OPERATION], with a store by
 *   bench_fill STORE example.org 1000 10 star=500 book=1000 book=10000 now=1700000000 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/fanout.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/turn.h"
#include "tests/bench_world.h"

#define NOW 1700000000 /* seconds UTC, of filling and of all that is asked */
#define ACCOUNTS 1000
#define CONTACTS 10
#define LINKS 500	 /* of the star */
#define BOOK 1000	 /* of which pages are read */
#define LARGE_BOOK 10000 /* that is synced, and added to */
#define TURN_STANZAS 64
#define WARM 64		     /* done before the counting begins */
#define PIECE 16384	     /* bytes that are fed at once, as the link does */
#define ROOM (4u << 20)	     /* bytes that the link takes */
#define BUDGET_US 1000000000 /* of the fan-out a turn: as much as there is */
#define SERVICE "kith.example.org"

struct driver {
	struct world world;
	struct turn *turn;
	struct fanout *fanout;
	struct arena *arena; /* of the stream */
	struct xml_stream *stream;
	struct buffer in;
	struct buffer seen; /* the output of the last turn */
	int64_t now_ms;
	int64_t counted_ns; /* CPU time of what is counted */
	char position[64];  /* archive id, from which a sync goes on */
};

static int64_t cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* What happens between the two is counted. */
static void count_on(struct driver *driver)
{
	driver->counted_ns -= cpu_ns();
	CALLGRIND_TOGGLE_COLLECT;
}

static void count_off(struct driver *driver)
{
	CALLGRIND_TOGGLE_COLLECT;
	driver->counted_ns += cpu_ns();
}

static void failed(const char *what)
{
	(void)fprintf(stderr, "bench_instructions: %s\n", what);
	exit(1);
}

/* ---- The parts of kithd that are driven ---- */

static void on_opened(void *context, const struct xml *root)
{
	(void)context;
	(void)root;
}

static void on_stanza(void *context, struct xml *stanza)
{
	struct driver *driver = context;

	fanout_seen(driver->fanout, stanza);
	turn_stanza(driver->turn, stanza, NOW);
}

static void on_oversized(void *context, struct xml *stanza, const char *reason)
{
	(void)context;
	(void)stanza;
	(void)reason;
}

static void on_closed(void *context)
{
	(void)context;
}

static void on_failed(void *context, enum xml_stream_error error, const char *reason)
{
	(void)context;
	(void)error;
	failed(reason);
}

static bool on_answer(void *context, const struct xml *stanza)
{
	struct driver *driver = context;

	return fanout_answer(driver->fanout, stanza, driver->now_ms);
}

static void feed(struct driver *driver)
{
	const char *data = driver->in.data;
	size_t len = driver->in.len;

	while (len > 0) {
		size_t now = len < PIECE ? len : PIECE;

		(void)xml_stream_feed(driver->stream, data, now);
		if (xml_stream_is_between(driver->stream))
			arena_reset(driver->arena);
		data += now;
		len -= now;
	}
	buffer_reset(&driver->in);
}

/* One turn with what is in driver->in; what it sent is in driver->seen. */
static void turn(struct driver *driver)
{
	const struct buffer *output;

	count_on(driver);
	feed(driver);
	if (turn_end(driver->turn))
		failed("the store failed");
	count_off(driver);
	output = turn_output(driver->turn);
	buffer_reset(&driver->seen);
	buffer_append(&driver->seen, output->data, output->len);
	turn_sent(driver->turn);
}

static bool open_driver(struct driver *driver, const char *path)
{
	static const struct xml_stream_events events = {
		on_opened, on_stanza, on_oversized, on_closed, on_failed};
	struct world *world = &driver->world;
	char *why = NULL;

	world->domain = "example.org";
	world->accounts = ACCOUNTS;
	world->settings = settings_new_for_test();
	for (int i = 0; world->settings && i < RATE_COUNT; i++)
		world->settings->limits.rates[i] = (struct settings_rate){1000000, 100000000};
	if (world->settings)
		world->settings->limits.contacts_per_book = 2 * LARGE_BOOK;
	world->store = store_open(path, STORE_OPEN_OWNER, &why);
	if (world->store == NULL) {
		(void)fprintf(stderr, "bench_instructions: %s\n", why ? why : "no memory");
		return false;
	}
	driver->turn = turn_new(world->store, world->settings, on_answer, driver);
	driver->fanout = driver->turn ? fanout_new(turn_service(driver->turn)) : NULL;
	driver->arena = arena_new(0);
	driver->stream = xml_stream_new(driver->arena, &xml_limits_stanza, &events, driver);
	buffer_init(&driver->in, 0);
	buffer_init(&driver->seen, 0);
	if (!driver->fanout || !driver->stream)
		return false;
	fanout_up(driver->fanout);
	buffer_puts(&driver->in, "<stream:stream xmlns='" NS_COMPONENT "' xmlns:stream='" NS_STREAM
				 "' from='" SERVICE "' id='1'>");
	feed(driver);
	return true;
}

static void close_driver(struct driver *driver)
{
	buffer_clear(&driver->in);
	buffer_clear(&driver->seen);
	xml_stream_free(driver->stream);
	arena_free(driver->arena);
	fanout_free(driver->fanout);
	turn_free(driver->turn);
	store_close(driver->world.store);
	settings_free(driver->world.settings);
}

/* ---- Stanzas ---- */

static void begin_iq(struct driver *driver, const char *type, const char *from, size_t i)
{
	buffer_printf(&driver->in, "<iq type='%s' id='i%08zu' from='%s/r' to='" SERVICE "'>", type,
		i, from);
}

static void end_iq(struct driver *driver)
{
	buffer_puts(&driver->in, "</iq>");
}

/* The account that the i-th request is from, and one of its contacts. */
static void people(
	const struct driver *driver, size_t i, char who[WORLD_JID_SIZE], char other[WORLD_JID_SIZE])
{
	uint32_t at = (uint32_t)(i * 7919 % ACCOUNTS);
	uint32_t step = ACCOUNTS / (CONTACTS + 1);

	world_jid(who, &driver->world, at);
	world_jid(other, &driver->world, (at + (uint32_t)(i % CONTACTS + 1) * step) % ACCOUNTS);
}

static void say_publish(struct driver *driver, size_t i, const char *from, const char *node,
	const char *item, const char *card)
{
	begin_iq(driver, "set", from, i);
	buffer_printf(&driver->in,
		"<pubsub xmlns='" NS_PUBSUB "'><publish node='%s'><item id='%s'>%s</item></publish>"
		"</pubsub>",
		node, item, card);
	end_iq(driver);
}

static void ping(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE], other[WORLD_JID_SIZE];

	people(driver, i, who, other);
	begin_iq(driver, "get", who, i);
	buffer_puts(&driver->in, "<ping xmlns='" NS_PING "'/>");
	end_iq(driver);
}

static void say_get(struct driver *driver, size_t i, const char *node)
{
	char who[WORLD_JID_SIZE], other[WORLD_JID_SIZE];

	people(driver, i, who, other);
	begin_iq(driver, "get", who, i);
	buffer_printf(&driver->in,
		"<pubsub xmlns='" NS_PUBSUB "'><items node='%s'><item id='%s'/></items></pubsub>",
		node, other);
	end_iq(driver);
}

static void profile_read(struct driver *driver, size_t i)
{
	say_get(driver, i, NODE_PROFILE);
}

static void item_read(struct driver *driver, size_t i)
{
	say_get(driver, i, NODE_CONTACTS);
}

static void page_read(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE];

	world_named(who, &driver->world, "book", BOOK);
	begin_iq(driver, "get", who, i);
	buffer_puts(&driver->in, "<pubsub xmlns='" NS_PUBSUB "'><items node='" NODE_CONTACTS "'/>"
				 "<set xmlns='" NS_RSM "'><max>50</max>");
	if (i % 20 > 0)
		buffer_printf(&driver->in, "<after>urn:uuid:%08zu</after>", i % 20 * 50 - 1);
	buffer_puts(&driver->in, "</set></pubsub>");
	end_iq(driver);
}

static void say_sync(struct driver *driver, size_t i, const char *set)
{
	char who[WORLD_JID_SIZE];

	world_named(who, &driver->world, "book", LARGE_BOOK);
	begin_iq(driver, "set", who, i);
	buffer_printf(&driver->in,
		"<query xmlns='" NS_MAM "' node='" NODE_CONTACTS "'><set xmlns='" NS_RSM
		"'><max>50</max>%s</set></query>",
		set);
	end_iq(driver);
}

/* Where the book stands, and then ten changes of it. */
static void prepare_sync(struct driver *driver)
{
	char who[WORLD_JID_SIZE], item[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];
	const char *last;

	say_sync(driver, 0, "<before/>");
	turn(driver);
	last = strstr(buffer_string(&driver->seen), "<last>");
	if (last == NULL || sscanf(last, "<last>%63[^<]", driver->position) != 1)
		failed("no archive id");
	world_named(who, &driver->world, "book", LARGE_BOOK);
	for (uint32_t i = 0; i < 10; i++) {
		(void)snprintf(item, sizeof(item), "urn:uuid:%08u", i * 700);
		world_card(card, item, i * 700, 1);
		say_publish(driver, i, who, NODE_CONTACTS, item, card);
	}
	turn(driver);
}

static void sync_ten(struct driver *driver, size_t i)
{
	char set[128];

	(void)snprintf(set, sizeof(set), "<after>%s</after>", driver->position);
	say_sync(driver, i, set);
}

/* A contact of which something else than the number changes. */
static void contact_changed(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE], other[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];
	uint32_t at = (uint32_t)(i * 7919 % ACCOUNTS);

	people(driver, i, who, other);
	at = (at + (uint32_t)(i % CONTACTS + 1) * (ACCOUNTS / (CONTACTS + 1))) % ACCOUNTS;
	world_card(card, other, at, 0);
	memcpy(strstr(card, "</vcard>"), "<note><text>x</text></note></vcard>",
		sizeof("<note><text>x</text></note></vcard>"));
	say_publish(driver, i, who, NODE_CONTACTS, other, card);
}

/* One that isn't there yet, about an account. */
static void contact_added(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE], other[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];
	uint32_t at = (uint32_t)(i % ACCOUNTS),
		 about = (uint32_t)((at + 1 + i / ACCOUNTS) % ACCOUNTS);

	world_jid(who, &driver->world, at);
	world_jid(other, &driver->world, about);
	world_card(card, other, about, 0);
	say_publish(driver, i, who, NODE_CONTACTS, other, card);
}

/* The same in a book that is large, about nobody. */
static void large_book_added(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE], item[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];

	world_named(who, &driver->world, "book", LARGE_BOOK);
	(void)snprintf(item, sizeof(item), "urn:uuid:%08zu", LARGE_BOOK + i);
	world_card(card, item, (uint32_t)i, 0);
	say_publish(driver, i, who, NODE_CONTACTS, item, card);
}

/* Its number changes: it goes into history and log, and a run is started for its holders. */
static void profile_changed(struct driver *driver, size_t i)
{
	char who[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];
	uint32_t at = (uint32_t)(i % ACCOUNTS);

	world_jid(who, &driver->world, at);
	world_card(card, who, at, 1 + (uint32_t)(i / ACCOUNTS));
	say_publish(driver, i, who, NODE_PROFILE, "current", card);
}

static void prepare_search(struct driver *driver)
{
	driver->world.settings->defaults[SETTING_FINDABLE] = CIRCLE_EVERYONE;
	driver->world.settings->defaults[SETTING_VISIBLE] = CIRCLE_EVERYONE;
}

/* By the first syllables of a family name: of ten accounts. */
static void search(struct driver *driver, size_t i)
{
	static const char consonants[] = "bcdfghjklmnprstvwxyz", vowels[] = "aeiou";
	char who[WORLD_JID_SIZE], other[WORLD_JID_SIZE];

	people(driver, i, who, other);
	begin_iq(driver, "set", who, i);
	buffer_printf(&driver->in, "<query xmlns='" NS_SEARCH "'><last>%c%c</last></query>",
		consonants[i % 20], vowels[i / 20 % 5]);
	end_iq(driver);
}

/* ---- Fan-out ---- */

/* The answer to the ping of the last turn goes into driver->in. False: there was none. */
static bool answer_ping(struct driver *driver)
{
	const char *text = buffer_string(&driver->seen);
	const char *ping = strstr(text, "<ping "), *iq = ping;
	char id[64], from[64], to[64];

	while (iq > text && strncmp(iq, "<iq ", 4) != 0)
		iq--;
	if (ping == NULL ||
		sscanf(iq, "<iq type=\"get\" from=\"%63[^\"]\" to=\"%63[^\"]\" id=\"%63[^\"]\"",
			from, to, id) != 3)
		return false;
	buffer_printf(&driver->in, "<iq type='result' id='%s' from='%s' to='%s'/>", id, to, from);
	return true;
}

static void change_star(struct driver *driver, uint32_t change)
{
	char who[WORLD_JID_SIZE], card[WORLD_CARD_SIZE];

	world_named(who, &driver->world, "star", LINKS);
	world_card(card, who, ACCOUNTS + LINKS, change);
	say_publish(driver, change, who, NODE_PROFILE, "current", card);
	turn(driver);
	fanout_wake(driver->fanout);
}

static void step_cards(struct driver *driver)
{
	count_on(driver);
	if (turn_begin(driver->turn) || fanout_cards(driver->fanout, NOW, NOW, BUDGET_US))
		failed("the store failed");
	count_off(driver);
	turn(driver);
}

/* The cards of all links. */
static void run_cards(struct driver *driver)
{
	step_cards(driver);
}

/* Headlines and pushes of all links, until the server has taken them. */
static void run_pushes(struct driver *driver)
{
	do {
		driver->now_ms += 10;
		count_on(driver);
		if (fanout_pushes(driver->fanout, driver->now_ms, ROOM))
			failed("the store failed");
		count_off(driver);
		turn(driver);
		(void)answer_ping(driver);
		step_cards(driver);
	} while (fanout_has_work(driver->fanout));
}

/* ---- The table ---- */

struct operation {
	const char *name;
	size_t count;
	void (*prepare)(struct driver *driver);
	void (*say)(struct driver *driver, size_t i);
};

static const struct operation operations[] = {
	{"ping", 512, NULL, ping},
	{"profile read", 512, NULL, profile_read},
	{"book item read", 512, NULL, item_read},
	{"page of 50 contacts", 128, NULL, page_read},
	{"sync of 10 changes", 128, prepare_sync, sync_ten},
	{"contact changed", 512, NULL, contact_changed},
	{"contact added", 512, NULL, contact_added},
	{"contact added to 10,000", 512, NULL, large_book_added},
	{"search, 10 found", 64, prepare_search, search},
	{"profile's number changed", 256, NULL, profile_changed},
};

static void check_answers(const struct driver *driver, const struct operation *operation)
{
	struct buffer seen = driver->seen;

	if (strstr(buffer_string(&seen), "<error ") == NULL)
		return;
	(void)fprintf(stderr, "bench_instructions: %s: %.2000s\n", operation->name, seen.data);
	exit(1);
}

/* Requests `from` to `to`, in turns. */
static void say_all(
	struct driver *driver, const struct operation *operation, size_t from, size_t to)
{
	for (size_t i = from; i < to;) {
		for (size_t end = i + TURN_STANZAS; i < end && i < to; i++)
			operation->say(driver, i);
		turn(driver);
		check_answers(driver, operation);
	}
}

static void begin_counting(struct driver *driver)
{
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	driver->counted_ns = 0;
}

static void end_counting(const struct driver *driver, const char *name, size_t count)
{
	CALLGRIND_DUMP_STATS_AT(name);
	CALLGRIND_STOP_INSTRUMENTATION;
	printf("%s\t%zu\t%" PRId64 "\n", name, count, driver->counted_ns / (int64_t)count);
}

static void run_operation(struct driver *driver, const struct operation *operation)
{
	if (operation->prepare)
		operation->prepare(driver);
	say_all(driver, operation, 0, WARM);
	begin_counting(driver);
	say_all(driver, operation, WARM, WARM + operation->count);
	end_counting(driver, operation->name, operation->count);
}

/* A change of the star, whose first makes warm. */
static void run_fanout(struct driver *driver)
{
	change_star(driver, 1);
	run_cards(driver);
	run_pushes(driver);
	change_star(driver, 2);
	begin_counting(driver);
	run_cards(driver);
	end_counting(driver, "fan-out, a link's card", LINKS);
	begin_counting(driver);
	run_pushes(driver);
	end_counting(driver, "fan-out, a link's push", LINKS);
}

int main(int argc, char **argv)
{
	static struct driver driver;
	const char *only = argc == 3 ? argv[2] : NULL;

	if (argc < 2 || argc > 3) {
		fputs("usage: bench_instructions STORE [OPERATION]\n", stderr);
		return 2;
	}
	if (!open_driver(&driver, argv[1]))
		return 1;
	if (only == NULL || strcmp(only, "fan-out") == 0)
		run_fanout(&driver);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (only == NULL || strcmp(only, operations[i].name) == 0)
			run_operation(&driver, &operations[i]);
	close_driver(&driver);
	return 0;
}
