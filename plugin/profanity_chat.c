/* Looks at Profanity's own chat windows and connection, through the symbols that its program
 * exports.
 *
 * The plugin interface has no word for "is this chat encrypted", and a chat set to OMEMO in which
 * nothing was said yet shows it nowhere else. So the windows are looked up and read as what they
 * are in Profanity 0.12 to 0.15. Their `memcheck`, a constant that Profanity itself puts behind
 * these fields to notice a wrong window, tells whether the layout still is that one. */
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

/* GSList of GLib, of JIDs. */
struct jids {
	const char *jid;
	struct jids *next;
};

static bool is_encrypted(const struct chat_window *window)
{
	if (window->memcheck != PROFCHATWIN_MEMCHECK)
		return true;
	return window->is_otr || window->pgp_send || window->is_omemo || window->is_ox;
}

void profanity_chat_each(void (*chat)(const char *bare_jid, bool encrypted))
{
	struct jids *(*list)(void) = NULL;
	void (*free_list)(struct jids *) = NULL;
	struct chat_window *(*find)(const char *) = NULL;
	const struct chat_window *window;
	struct jids *jids;

	/* The casts that dlsym(3) itself recommends. */
	*(void **)(&list) = dlsym(RTLD_DEFAULT, "wins_get_chat_recipients");
	*(void **)(&free_list) = dlsym(RTLD_DEFAULT, "g_slist_free");
	*(void **)(&find) = dlsym(RTLD_DEFAULT, "wins_get_chat");
	if (!list || !free_list || !find)
		return;
	jids = list();
	for (const struct jids *each = jids; each; each = each->next) {
		window = find(each->jid);
		if (window)
			chat(each->jid, is_encrypted(window));
	}
	free_list(jids);
}

const char *profanity_own_jid(void)
{
	const char *(*jid)(void) = NULL;

	*(void **)(&jid) = dlsym(RTLD_DEFAULT, "connection_get_fulljid");
	return jid ? jid() : NULL;
}
