/* kithd without a link: a service over a store in memory, whose stanzas are written down; and
 * accounts that hold each other's numbers. For the tests of fan-out. */
#ifndef KITH_TESTS_FANOUT_FAKE_H
#define KITH_TESTS_FANOUT_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/fanout.h"
#include "component/feature.h"

#define CAROL "carol@example.org"
#define DAVE "dave@example.org"

/* What went out. */
struct sent {
	char name[8]; /* "message", "iq" */
	char type[9];
	char to[64];
	char id[64];
	char body[256];
	bool has_event;
};

struct fake {
	struct service service; /* first: the send function is given its address */
	struct fanout *fanout;
	struct arena *arena;
	struct sent *sent;
	size_t count, size;
	int64_t now, now_ms;
};

struct fake *fake_new(void);
void fake_free(struct fake *fake);
/* What a crash leaves: the store. The stream is down. */
void fake_crash(struct fake *fake);
void fake_begin(struct fake *fake);
void fake_commit(struct fake *fake);

/* One turn of kithd: all cards, and pushes as the output has room. */
void fake_turn(struct fake *fake, size_t room_bytes);
/* Turns until there is nothing to do but to wait for the server. */
void fake_turns(struct fake *fake);
/* The ping that waits for an answer: the last stanza that went out; NULL: none. */
const struct sent *fake_ping(const struct fake *fake);
/* An answer to a ping comes. What fanout_answer() says. */
bool fake_answer_as(struct fake *fake, const char *type, const char *from, const char *id);
/* The right one; false if there was no ping. */
bool fake_answer(struct fake *fake);
/* Turns and answers until the server has all. */
void fake_finish(struct fake *fake);

/* The account's row, in the turn that is open. */
struct store_account fake_account(struct fake *fake, const char *jid);
/* jid's number is number n from now on: +44 7400 1nnnnn. */
void fake_publish(struct fake *fake, const char *jid, int n);
/* The JID of subject's holder i, in the arena. */
const char *fake_holder(struct fake *fake, const char *subject, int i);
/* The holders of subject from first on have it in their books with number n. */
void fake_hold(struct fake *fake, const char *subject, int first, int count, int n);
/* The n of the one number in a holder's card. */
int fake_held(struct fake *fake, const char *subject, int i);
/* Carol with count holders, and the change of her number from 1 to 2, on a stream that is up. */
struct fake *fake_carol_changes(int count);

bool is_push(const struct sent *sent);
/* Pushes among what was sent, from that index on. */
size_t count_pushes(const struct fake *fake, size_t from);
size_t count_runs(struct fake *fake);

#endif
