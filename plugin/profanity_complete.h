/* What the tab key completes behind /contact. */
#ifndef KITH_PROFANITY_COMPLETE_H
#define KITH_PROFANITY_COMPLETE_H

#include <kith.h>

/* The command words, and what has a fixed set of arguments. */
void complete_words(void);

/* An event of a `list` of our own: a contact's name, or the end of them. */
void complete_names(const struct kith_event *event);

/* A setting that was shown: its key and values can be completed from now on. */
void complete_setting(const struct kith_event *event);

/* A matter that was listed: its code can be completed until the next are. */
void complete_matter(const struct kith_event *event);

void complete_clear(void);

#endif
