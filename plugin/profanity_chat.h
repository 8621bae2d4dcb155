/* What Profanity knows and its plugin interface doesn't tell. */
#ifndef KITH_PROFANITY_CHAT_H
#define KITH_PROFANITY_CHAT_H

#include <stdbool.h>

/* Calls chat for each chat window that is open: its bare JID, and whether it is set to OMEMO, OTR,
 * OpenPGP or OX. A window that can't be read counts as encrypted. Where this Profanity doesn't let
 * its windows be found there are none; the messages of a chat then are all there is to go by. */
void profanity_chat_each(void (*chat)(const char *bare_jid, bool encrypted));

/* The full JID that the connection is bound to; borrowed until it ends. NULL: there is none, or
 * this Profanity doesn't tell. */
const char *profanity_own_jid(void);

#endif
