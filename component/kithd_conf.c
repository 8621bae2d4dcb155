/* kithd: the conf, and another one while it works; see kithd_state.h. */
#include "component/kithd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "component/fanout.h"
#include "component/kithd_state.h"
#include "component/link.h"
#include "component/settings.h"
#include "component/supervisor.h"
#include "component/turn.h"

static void log_lines(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		log_error("%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

struct settings *kithd_read_conf(const char *conf)
{
	char *why = NULL;
	struct settings *settings = settings_read(conf, &why);
	int error = errno;

	if (settings)
		return settings;
	log_lines(why ? why : "no memory");
	free(why);
	errno = error;
	return NULL;
}

/* What a stream is made of, or what the server says only as one begins: what it grants for a
 * domain. */
static bool needs_another_stream(const struct settings *old, const struct settings *new)
{
	size_t i = 0;

	while (old->domains[i] && new->domains[i] && strcmp(old->domains[i], new->domains[i]) == 0)
		i++;
	return old->domains[i] || new->domains[i] ||
	       strcmp(old->server_host, new->server_host) != 0 ||
	       old->server_port != new->server_port || strcmp(old->secret, new->secret) != 0;
}

/* What needs another store or another name at the server needs a start. */
static void take_over(struct kithd *kithd, struct settings *new)
{
	struct settings *old = kithd->settings;
	char *path;
	bool begins_anew;

	if (strcmp(old->jid, new->jid) != 0) {
		log_warn("kithd: jid %s: needs a restart", new->jid);
		memcpy(new->jid, old->jid, sizeof(new->jid));
	}
	if (strcmp(old->store_path, new->store_path) != 0) {
		log_warn("kithd: store %s: needs a restart", new->store_path);
		path = new->store_path;
		new->store_path = old->store_path;
		old->store_path = path;
	}
	begins_anew = needs_another_stream(old, new);
	turn_set_settings(kithd->turn, new);
	fanout_begin_anew(kithd->fanout);
	link_set_settings(kithd->link, new, begins_anew, monotonic_ms());
	log_info("kithd: the conf is taken over%s", begins_anew ? ", the link begins anew" : "");
}

void kithd_reload(struct kithd *kithd)
{
	struct settings *new;

	supervisor_reloading();
	new = kithd_read_conf(kithd->conf);
	if (!new) {
		log_error("kithd: the conf is not taken over");
	} else {
		if (kithd->store)
			take_over(kithd, new);
		else
			log_info("kithd: the conf is taken over");
		settings_free(kithd->settings);
		kithd->settings = new;
	}
	supervisor_ready();
}

void kithd_read_secret_again(struct kithd *kithd)
{
	const char *why = "";

	switch (settings_read_secret_again(kithd->settings, &why)) {
	case 0:
		if (kithd->settings->is_secret_copy)
			log_warn("kithd: the secret is systemd's copy, made at the start: another "
				 "one in %s takes a restart",
				kithd->settings->secret_file);
		return;
	case 1:
		log_info("kithd: %s has another secret: the next try is with that",
			kithd->settings->secret_file);
		return;
	case -1:
		log_error("kithd: %s: %s; the secret in use stays", kithd->settings->secret_file,
			why);
		return;
	}
}
