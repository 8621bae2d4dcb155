/* A plain model of what changes of numbers do to the books of their holders, for test_model.c:
 * small arrays, everything worked out anew from a log of all profiles, by going through it from the
 * start. It shares no code with component/. */
#ifndef KITH_TESTS_PLAIN_H
#define KITH_TESTS_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAIN_ACCOUNTS 7 /* the last is of a domain that is not served */
#define PLAIN_NUMBERS 40 /* from PLAIN_LANDLINES on: landlines */
#define PLAIN_LANDLINES 26
#define PLAIN_CARD 32	   /* numbers of one card */
#define PLAIN_VERSIONS 400 /* of one profile */
#define PLAIN_UPDATES 60   /* of one contact that can be taken back */
#define PLAIN_PUSHES 4000  /* of one account */

struct plain_tel {
	int number;
	bool text, marked;
};

struct plain_card {
	struct plain_tel tels[PLAIN_CARD];
	int count;
};

/* What an update did: the card before and after, and what it touched. */
struct plain_update {
	struct plain_card before, after;
	bool touched[PLAIN_NUMBERS];   /* numbers that a take-back restores */
	int now[2 * PLAIN_CARD];       /* the numbers that it says are there now */
	bool marked[2 * PLAIN_CARD];   /* and marked */
	bool any_mark[2 * PLAIN_CARD]; /* or marked or not */
	int count;
	int64_t push; /* its place among the subject's pushes, from 1; 0: not pushed */
};

struct plain_contact {
	bool exists, linked_once;
	int64_t id;
	int64_t applied, written;
	struct plain_card card;
	int64_t pins[PLAIN_NUMBERS]; /* version; 0: not pinned */
	struct plain_update updates[PLAIN_UPDATES];
	int update_count;
};

/* What one version of a profile was, and did. */
struct plain_version {
	bool current[PLAIN_NUMBERS];
	int successor[PLAIN_NUMBERS]; /* of what was replaced at it, from 1; 0: none */
};

struct plain_push {
	int owner;
	int64_t id; /* of the link */
	struct plain_update what;
	bool undone;
};

struct plain_account {
	bool published, hidden, served;
	int64_t version;
	struct plain_version versions[PLAIN_VERSIONS];
	int seen[PLAIN_NUMBERS], seen_count; /* in order of first appearance */
	int64_t added[PLAIN_NUMBERS];	     /* see plain_publish() */
	int visible, audience;		     /* enum circle */
	bool updates;
	bool chosen[PLAIN_ACCOUNTS], blocked[PLAIN_ACCOUNTS];
	struct plain_contact book[PLAIN_ACCOUNTS]; /* by whom they are about */
	bool running;
	int64_t cards_done, cards_last;
	struct plain_push pushes[PLAIN_PUSHES];
	int push_count, pushes_done;
};

struct plain {
	struct plain_account accounts[PLAIN_ACCOUNTS];
	int64_t highest; /* link id */
};

/* Account's new profile lists those numbers, in order. */
void plain_publish(struct plain *plain, int account, const int *numbers, int count);
/* What run_start() does. */
void plain_start(struct plain *plain, int account);
/* The owner stores that card about subject; id: of the link, as the store gave it. */
void plain_store(
	struct plain *plain, int owner, int subject, const struct plain_card *card, int64_t id);
/* The run of subject takes its next `batch` links. */
void plain_step(struct plain *plain, int subject, int batch);
/* True if the newest update of a contact can be taken back without question. */
bool plain_can_undo(const struct plain_contact *contact);
void plain_undo(struct plain *plain, int owner, int subject);
/* The whole book of owner is brought up to date. */
void plain_catch_up(struct plain *plain, int owner);
/* True if a push is still to be told; *count: how many of the things it says hold. */
bool plain_is_told(
	const struct plain *plain, int subject, const struct plain_push *push, int *count);
/* True if owner's card of subject follows subject's changes. */
bool plain_follows(const struct plain *plain, int subject, int owner, bool linking);

#endif
