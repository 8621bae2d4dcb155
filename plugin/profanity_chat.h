/* What Profanity knows of a chat and its plugin interface doesn't tell. */
#ifndef KITH_PROFANITY_CHAT_H
#define KITH_PROFANITY_CHAT_H

#include <stdbool.h>

/* Whether the chat window with that bare JID is set to OMEMO, OTR, OpenPGP or OX. false as well
 * where this Profanity doesn't let it be seen; the messages of the chat then are all there is to go
 * by. */
bool profanity_chat_is_encrypted(const char *bare_jid);

#endif
