/* A host with a Kith service behind it, in memory: what libkith sends is answered as design 3 says,
 * and its events are kept as JSON. */
#ifndef KITH_TESTS_FAKE_SERVICE_H
#define KITH_TESTS_FAKE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kith.h"

#define FAKE_JID "kith.example.org"
#define FAKE_ME "bob@example.org"
#define FAKE_FULL "bob@example.org/r"
#define FAKE_MAX 8000

struct fake_item {
	char *id;
	char *card; /* NULL: retracted */
	unsigned version;
	int64_t at;
};

struct fake {
	struct kith *kith;
	char dir[64]; /* a directory of its own: DIR/book, DIR/state */
	int64_t now;
	bool mute;	      /* nothing is answered */
	bool gone;	      /* it isn't among the server's items */
	unsigned mute_after;  /* so many contacts were stored, once it is; 0: not by itself */
	unsigned lose_result; /* version of a change that doesn't arrive, once */
	unsigned page_max;    /* events a page */
	bool repeats;	      /* each page is the first, and says that there are more */
	bool forgets;	      /* the same, and where one came to is item-not-found */
	bool invents;	      /* an item is new in each page, and there are more */
	unsigned queries;
	unsigned oldest;	     /* positions before it are item-not-found */
	unsigned writes, writes_max; /* of contacts, stored until more are refused; 0: no limit */
	size_t room;		     /* for contacts; 0: any number */

	struct fake_item items[FAKE_MAX];
	size_t item_count;
	unsigned version;
	char *profile; /* vCard4 XML; NULL: none */

	char *queue[FAKE_MAX]; /* stanzas of the client that wait to be answered */
	size_t queued;
	char *sent[FAKE_MAX]; /* all of them, in order */
	size_t sent_count;
	char *events[FAKE_MAX]; /* as JSON */
	size_t event_count;
	unsigned question; /* of the last event that asked */
	size_t choices;
	int depth;
	char *settings;		/* the values that were submitted, blanks between */
	char *undone;		/* item whose update was taken back */
	const char *matters;	/* fields of the form of what waits; NULL: nothing does */
	char *decided;		/* "TOKEN VALUE" that was answered */
	char *introduced;	/* "FIRST|SECOND" whose cards were exchanged */
	char *previewed;	/* number, replaces and kind that a preview was asked for */
	const char *no_preview; /* the error for who asks for one; NULL: it is given */
};

/* Sets up; book: with a local book. fake_start() makes the client. */
void fake_init(struct fake *fake);
void fake_start(struct fake *fake, bool book);
/* Ends the client; its state and book stay. */
void fake_stop(struct fake *fake);
void fake_clear(struct fake *fake);

/* kith_online(), and answers all that is asked. */
void fake_online(struct fake *fake);
/* Answers what is queued, and what comes of that. */
void fake_run(struct fake *fake);
/* Gives the client a stanza and answers what comes of that. */
enum kith_fed fake_feed(struct fake *fake, const char *stanza);
/* A command, words between blanks, and all that comes of it. */
void fake_command(struct fake *fake, const char *line);
void fake_command_in(struct fake *fake, const char *line, const char *chat, bool encrypted);
void fake_answer(struct fake *fake, unsigned choice);

/* The book on the service; properties: inside of <vcard/>, NULL: retract. */
void fake_put(struct fake *fake, const char *id, const char *properties);
/* Tells the client that an item changed, as of the last change. */
void fake_headline(struct fake *fake, const char *item);
/* The card there; NULL: none. */
const char *fake_get(const struct fake *fake, const char *id);
size_t fake_count(const struct fake *fake);

/* The first event, sent stanza with this text in it; NULL: none. */
const char *fake_event(const struct fake *fake, const char *text);
const char *fake_sent(const struct fake *fake, const char *text);
size_t fake_sent_count(const struct fake *fake, const char *text);
/* Forgets events and sent stanzas. */
void fake_forget(struct fake *fake);

/* Files of the book. */
void fake_write_file(struct fake *fake, const char *name, const char *text);
/* Its content, or NULL; the caller frees it. */
char *fake_read_file(const struct fake *fake, const char *name);
void fake_remove_file(struct fake *fake, const char *name);
size_t fake_file_count(const struct fake *fake);

#endif
