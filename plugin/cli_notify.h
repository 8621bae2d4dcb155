/* Desktop notifications of `kith watch --notify`, with buttons: libnotify on the session's D-Bus
 * (Desktop Notifications Specification 1.2). */
#ifndef KITH_CLI_NOTIFY_H
#define KITH_CLI_NOTIFY_H

#include <stddef.h>

#include <kith.h>

struct cli_notify;

struct cli_notify_events {
	/* A button: the answer to that question; if it isn't asked any more, or for question 0, the
	 * command of count words is meant (0: nothing). All is borrowed. */
	void (*pressed)(void *context, unsigned question, unsigned choice, const char *const *words,
		size_t count);
	/* Notifications can't be shown: told once, until one could be again. */
	void (*failed)(void *context, const char *why);
};

/* NULL: no memory. events is borrowed for its life. The caller frees it with cli_notify_free()
 * (NULL is harmless), which leaves what is on the screen. */
struct cli_notify *cli_notify_new(const struct cli_notify_events *events, void *context);
void cli_notify_free(struct cli_notify *notify);

/* Shows an event, if it is one that somebody may want to know of or act on at once: a card, an
 * update, a question; or a failure. */
void cli_notify_show(struct cli_notify *notify, const struct kith_event *event);
/* A question was answered otherwise: its notification goes. */
void cli_notify_answered(struct cli_notify *notify, unsigned question);
/* Takes in which buttons were pressed; doesn't wait. */
void cli_notify_work(struct cli_notify *notify);

#endif
