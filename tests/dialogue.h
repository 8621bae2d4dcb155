/* A dialogue with kithd's features: stanza text in, all that is sent in return as text out, on a
 * real store in memory, with the real router, turns and fan-out. Only the link is missing. */
#ifndef KITH_TEST_DIALOGUE_H
#define KITH_TEST_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct dialogue;
struct fanout;
struct service;
struct settings;
struct store;

/* Fails the test when it can't. The settings are those of settings_new_for_test(); the link counts
 * as up. */
struct dialogue *dialogue_new(void);
/* The same with a store in a file. */
struct dialogue *dialogue_new_at(const char *path);
void dialogue_free(struct dialogue *dialogue);

/* To be changed as the test likes; the store only between two calls. */
struct settings *dialogue_settings(struct dialogue *dialogue);
struct store *dialogue_store(struct dialogue *dialogue);
struct service *dialogue_service(struct dialogue *dialogue);
/* For what a test asks of the store; it is reset with each thing said. */
struct arena *dialogue_arena(struct dialogue *dialogue);

/* The time of the stanzas that follow, seconds UTC (at first 1,600,000,000). */
void dialogue_set_time(struct dialogue *dialogue, int64_t now);

/* One turn with this stanza (its namespace is jabber:component:accept where it doesn't say; from
 * format, as printf(3)). All that was sent, in order, "" for nothing; borrowed until the next call.
 */
const char *dialogue_say(struct dialogue *dialogue, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for several stanzas in one turn: text holds one behind the other. */
const char *dialogue_say_all(struct dialogue *dialogue, const char *text);

/* Works all runs and questions to holders off, answering the pings as the server would. All that
 * was sent meanwhile but the pings. */
const char *dialogue_run(struct dialogue *dialogue);

/* One turn of all that kithd does by itself, as if everything were due, in small portions; the
 * server answers its pings. All that was sent, and *goes_on: there is more to do. NULL: the store
 * failed.
 */
const char *dialogue_work(struct dialogue *dialogue, bool *goes_on);

/* One turn's questions to holders of dormant links; the server answers no ping. */
const char *dialogue_ask(struct dialogue *dialogue);

/* Sends the summaries that are due, and looks through the address books that are, until none is,
 * answering pings. All that was sent. */
const char *dialogue_sweep(struct dialogue *dialogue);

/* For one thing at a time: `dialogue_count(text, "<body>")` */
unsigned dialogue_count(const char *text, const char *part);

#endif
