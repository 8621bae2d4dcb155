/* Looks at Profanity's own chat window, through the symbols that its program exports.
 *
 * The plugin interface has no word for "is this chat encrypted", and a chat set to OMEMO in which
 * nothing was said yet shows it nowhere else. So the window is looked up by wins_get_chat() and
 * read as what it is in Profanity 0.12 to 0.15. Its `memcheck`, a constant that Profanity itself
 * puts behind these fields to notice a wrong window, tells whether the layout still is that one. */
#include "plugin/profanity_chat.h"

#include <dlfcn.h>
#include <stddef.h>

#define PROFCHATWIN_MEMCHECK 22374522UL /* Profanity's src/ui/win_types.h */

/* ProfChatWin of Profanity: src/ui/win_types.h. */
struct chat_window {
	struct {
		int type;
		void *layout, *urls, *quotes;
	} window;
	char *barejid;
	int unread;
	void *state;
	int is_otr, otr_is_trusted, pgp_send, pgp_recv, is_omemo, is_ox;
	char *resource_override;
	int history_shown;
	unsigned long memcheck;
};

bool profanity_chat_is_encrypted(const char *bare_jid)
{
	struct chat_window *(*find)(const char *) = NULL;
	const struct chat_window *chat;

	/* The cast that dlsym(3) itself recommends. */
	*(void **)(&find) = dlsym(RTLD_DEFAULT, "wins_get_chat");
	chat = find ? find(bare_jid) : NULL;
	if (!chat || chat->memcheck != PROFCHATWIN_MEMCHECK)
		return false;
	return chat->is_otr || chat->pgp_send || chat->is_omemo || chat->is_ox;
}
