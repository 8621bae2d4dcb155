/* What kith.so shows: results of commands in the window where they were typed, cards and pushes in
 * place of the text of the message that brought them. */
#ifndef KITH_PROFANITY_SHOW_H
#define KITH_PROFANITY_SHOW_H

#include <stdbool.h>

#include <kith.h>

#define SHOW_TAG_MOST 0x7fffffffu

/* Remembers the window that is open now: a tag, 1 to SHOW_TAG_MOST, by which the results of a
 * command find it. *chat is the bare JID if it is a chat, else NULL; borrowed until the next call.
 */
unsigned show_take_place(const char **chat);

/* In the window of the event's tag; one that came by itself in the console. */
void show_event(const struct kith_event *event);

/* KITH_EVENT_PROGRESS: each tenth part of the way. */
void show_progress(const struct kith_event *event);

/* A card or push: what the message that is being fed is to be shown as. */
void show_instead(const struct kith_event *event);

/* The line for the message that is about to be shown in the chat or room of that bare JID, to be
 * freed. NULL: as it is. */
char *show_take_line(const char *jid);

/* Shows the line itself, where Profanity won't show the message. */
void show_line_now(void);

bool show_has_line(void);
void show_forget_line(void);

/* A command as it is typed here: "/contact save 2", to be freed. NULL: words is, or no memory. */
char *show_typed(const char *words);

void show_clear(void);

#endif
