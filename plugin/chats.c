/* Which chats are encrypted: a list, the last one first. */
#include "config.h"

#include "plugin/chats.h"

#include <stdlib.h>
#include <string.h>

#define CHATS_MAX 500 /* the one not heard of for longest goes */

struct chat {
	struct chat *next;
	bool by_message, by_host;
	char jid[];
};

struct chats {
	struct chat *first;
};

struct chats *chats_new(void)
{
	return calloc(1, sizeof(struct chats));
}

void chats_free(struct chats *chats)
{
	while (chats && chats->first) {
		struct chat *chat = chats->first;

		chats->first = chat->next;
		free(chat);
	}
	free(chats);
}

void chats_set(struct chats *chats, const char *jid, bool encrypted, bool by_host)
{
	struct chat **at = &chats->first, *chat;
	unsigned count = 0;

	while (*at && strcmp((*at)->jid, jid) != 0)
		at = &(*at)->next;
	chat = *at;
	if (chat) {
		*at = chat->next;
	} else {
		if (!encrypted)
			return; /* chats in clear needn't be known */
		chat = calloc(1, sizeof(*chat) + strlen(jid) + 1);
		if (!chat)
			return;
		strcpy(chat->jid, jid);
	}
	if (by_host)
		chat->by_host = encrypted;
	else
		chat->by_message = encrypted;
	chat->next = chats->first;
	chats->first = chat;
	for (at = &chats->first; *at && count < CHATS_MAX; count++)
		at = &(*at)->next;
	if (*at) {
		free(*at);
		*at = NULL;
	}
}

bool chats_is_encrypted(const struct chats *chats, const char *jid)
{
	const struct chat *chat = chats->first;

	while (chat && strcmp(chat->jid, jid) != 0)
		chat = chat->next;
	return chat && (chat->by_host || chat->by_message);
}
