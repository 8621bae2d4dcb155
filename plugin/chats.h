/* Which chats are encrypted, as far as is known: in memory, for the connection's life and longer.
 */
#ifndef KITH_CHATS_H
#define KITH_CHATS_H

#include <stdbool.h>

struct chats;

struct chats *chats_new(void);
void chats_free(struct chats *chats);

/* by_host: the host's word; otherwise what the last message was. One of them is enough. */
void chats_set(struct chats *chats, const char *jid, bool encrypted, bool by_host);
bool chats_is_encrypted(const struct chats *chats, const char *jid);

#endif
