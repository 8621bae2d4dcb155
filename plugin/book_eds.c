/* The local book as an address book of Evolution Data Server, by libebook's synchronous calls.
 *
 * An entry's name is the card's UID in EDS. Its revision is made of the text: EDS's REV has a
 * second's resolution, in some of its books it is the server's or what another program wrote, and
 * where the source has revision guards it is a counter. Where it has, EDS itself refuses to
 * overwrite what changed; where not, another program may write between our look and our writing, as
 * in a directory.
 *
 * The threads of GLib get none of the host's signals, and what they have to say waits in a context
 * of this book's own: the host's loop, if it has one, sees nothing of it. */
#include "config.h"

#include "plugin/book_module.h"

#include <libebook/libebook.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/log.h"
#include "plugin/eds_card.h"

#define WITHOUT_WAITING ((guint32)-1) /* for the server behind the book, if there is one */
#define ALL "(contains \"x-evolution-any-field\" \"\")"
#define DIRECTORIES 2

struct eds {
	struct book book;
	GMainContext *context;
	ESource *source;
	EBookClient *client;		    /* NULL: to be connected anew */
	char *directories[DIRECTORIES + 1]; /* where EDS keeps this book's pictures */
	GHashTable *cards;		    /* as they were listed last, by UID */
};

/* ---- Around every call ---- */
static void enter(struct eds *eds, sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, old);
	g_main_context_push_thread_default(eds->context);
}

static void leave(struct eds *eds, const sigset_t *old)
{
	while (g_main_context_iteration(eds->context, FALSE))
		continue;
	g_main_context_pop_thread_default(eds->context);
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* Logs what failed, and frees it. The connection is made anew: EDS may have been ended. */
static void fail(struct eds *eds, GError *error)
{
	char shown[512];

	log_error("book: %s: %s", eds->book.id,
		log_escape(shown, sizeof(shown), error ? error->message : "no reason given"));
	g_clear_error(&error);
	g_clear_object(&eds->client);
}

static bool connect_client(struct eds *eds, GError **error)
{
	if (!eds->client)
		eds->client = E_BOOK_CLIENT(
			e_book_client_connect_sync(eds->source, WITHOUT_WAITING, NULL, error));
	return eds->client != NULL;
}

/* ---- Opening ---- */
/* What EDS's libraries find odd, and handled: on stderr it would be in the midst of a host's
 * screen. */
static void take_warning(
	const char *domain, GLogLevelFlags level, const char *message, gpointer context)
{
	char shown[512];

	(void)level;
	(void)context;
	log_info("%s: %s", domain, log_escape(shown, sizeof(shown), message));
}

static void set_handlers(void)
{
	static const char *const domains[] = {"libebook", "libebook-contacts", "libedataserver"};
	static bool are_set;

	for (size_t i = 0; !are_set && i < sizeof(domains) / sizeof(*domains); i++)
		g_log_set_handler(domains[i],
			G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO, take_warning,
			NULL);
	are_set = true;
}

static unsigned open_count;

/* The library that took the lines may be unloaded. */
static void drop_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void eds_close(struct book *book)
{
	struct eds *eds = (struct eds *)book;
	sigset_t old;

	enter(eds, &old);
	g_clear_object(&eds->client);
	g_clear_object(&eds->source);
	g_hash_table_unref(eds->cards);
	leave(eds, &old);
	g_main_context_unref(eds->context);
	for (size_t i = 0; i < DIRECTORIES; i++)
		g_free(eds->directories[i]);
	g_free((char *)eds->book.id);
	free(eds);
	if (--open_count == 0)
		log_set(drop_line, NULL, LOG_LEVEL_ERROR);
}

/* The source that where names: nothing is the default, else by UID, else by name. NULL with *why.
 */
static ESource *find_source(ESourceRegistry *registry, const char *where, char **why)
{
	GList *all = e_source_registry_list_enabled(registry, E_SOURCE_EXTENSION_ADDRESS_BOOK);
	GString *names = g_string_new("");
	ESource *found = NULL;
	unsigned count = 0;

	if (!*where)
		found = e_source_registry_ref_default_address_book(registry);
	for (GList *link = all; link && !found; link = link->next)
		if (strcmp(e_source_get_uid(link->data), where) == 0)
			found = g_object_ref(link->data);
	for (GList *link = all; link && !found; link = link->next) {
		g_string_append_printf(names, "%s%s (%s)", names->len ? ", " : "",
			e_source_get_display_name(link->data), e_source_get_uid(link->data));
		count += strcmp(e_source_get_display_name(link->data), where) == 0;
	}
	for (GList *link = all; link && !found && count == 1; link = link->next)
		if (strcmp(e_source_get_display_name(link->data), where) == 0)
			found = g_object_ref(link->data);
	if (!found &&
		asprintf(why, "book " BOOK_EDS "%s: %s of that name; there are: %s", where,
			count > 1 ? "several address books" : "no address book", names->str) < 0)
		*why = NULL;
	g_list_free_full(all, g_object_unref);
	g_string_free(names, TRUE);
	return found;
}

/* Of its built-in book EDS keeps the data by an older name. */
static void set_directories(struct eds *eds, ESourceRegistry *registry)
{
	ESource *builtin = e_source_registry_ref_builtin_address_book(registry);
	const char *uid = e_source_get_uid(eds->source);

	eds->directories[0] = g_build_filename(e_get_user_data_dir(), "addressbook",
		e_source_equal(eds->source, builtin) ? "system" : uid, "photos", NULL);
	eds->directories[1] = g_build_filename(e_get_user_cache_dir(), "addressbook", uid, NULL);
	g_object_unref(builtin);
}

static struct book *eds_open(const char *where, char **why)
{
	struct eds *eds = calloc(1, sizeof(*eds));
	ESourceRegistry *registry;
	GError *error = NULL;
	sigset_t old;

	*why = NULL;
	if (!eds)
		return NULL;
	open_count++;
	set_handlers();
	eds->book.backend = kith_book_module.backend;
	eds->context = g_main_context_new();
	eds->cards = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
	enter(eds, &old);
	registry = e_source_registry_new_sync(NULL, &error);
	if (registry && (eds->source = find_source(registry, where, why))) {
		eds->book.id = g_strconcat(BOOK_EDS, e_source_get_uid(eds->source), NULL);
		set_directories(eds, registry);
	}
	g_clear_object(&registry);
	if (eds->source && connect_client(eds, &error)) {
		leave(eds, &old);
		return &eds->book;
	}
	leave(eds, &old);
	if (error && asprintf(why, "book " BOOK_EDS "%s: %s", where, error->message) < 0)
		*why = NULL;
	g_clear_error(&error);
	eds_close(&eds->book);
	return NULL;
}

/* ---- Reading ---- */
static const char *const *directories_of(const struct eds *eds)
{
	return (const char *const *)eds->directories;
}

/* False: no memory. */
static bool set_entry(
	struct eds *eds, struct arena *arena, struct book_entry *entry, EContact *card)
{
	char *revision = eds_card_revision(card, directories_of(eds));

	entry->name = arena_strdup(arena, e_contact_get_const(card, E_CONTACT_UID));
	entry->revision = arena_strdup(arena, revision);
	entry->changed_at = eds_card_changed_at(card);
	/* When it changed isn't known: what is seen now counts as new, since a person wrote it. */
	if (entry->changed_at == 0)
		entry->changed_at = (int64_t)time(NULL);
	g_free(revision);
	return entry->name && entry->revision;
}

/* All cards. EDS may have been ended since the last call: then once more. NULL with a reason in
 * *error: failed; no card is NULL without. */
static GSList *get_all(struct eds *eds, GError **error)
{
	bool is_old = eds->client != NULL;
	GSList *cards = NULL;

	if (connect_client(eds, error) &&
		!e_book_client_get_contacts_sync(eds->client, ALL, &cards, NULL, error) && is_old) {
		g_clear_error(error);
		g_clear_object(&eds->client);
		if (connect_client(eds, error))
			e_book_client_get_contacts_sync(eds->client, ALL, &cards, NULL, error);
	}
	return cards;
}

static int eds_list(struct book *book, struct arena *arena,
	void (*row)(void *context, const struct book_entry *entry), void *context)
{
	struct eds *eds = (struct eds *)book;
	GError *error = NULL;
	GSList *cards;
	sigset_t old;
	int result = 0;

	enter(eds, &old);
	g_hash_table_remove_all(eds->cards);
	cards = get_all(eds, &error);
	for (GSList *link = cards; link; link = link->next) {
		EContact *card = link->data;
		const char *uid = e_contact_get_const(card, E_CONTACT_UID);
		struct book_entry entry;

		/* A list of addresses is nobody's card. */
		if (!uid || e_contact_get(card, E_CONTACT_IS_LIST))
			continue;
		if (!set_entry(eds, arena, &entry, card))
			break;
		g_hash_table_replace(eds->cards, g_strdup(uid), g_object_ref(card));
		row(context, &entry);
	}
	g_slist_free_full(cards, g_object_unref);
	if (error) {
		fail(eds, error);
		result = -1;
	}
	leave(eds, &old);
	return arena_failed(arena) ? -1 : result;
}

static const char *eds_read(
	struct book *book, struct arena *arena, const char *name, size_t *len, const char **why)
{
	struct eds *eds = (struct eds *)book;
	EContact *card = g_hash_table_lookup(eds->cards, name);
	const char *read = NULL;
	char *text;

	*why = "it is gone";
	if (!card)
		return NULL;
	*why = "it is too large";
	text = eds_card_text(card, directories_of(eds), BOOK_ENTRY_MAX);
	if (text) {
		*why = "out of memory";
		read = arena_strdup(arena, text);
		*len = strlen(text);
	}
	g_free(text);
	return read;
}

/* ---- Writing ---- */
static bool is_gone(const GError *error)
{
	return g_error_matches(error, E_BOOK_CLIENT_ERROR, E_BOOK_CLIENT_ERROR_CONTACT_NOT_FOUND);
}

/* The card of an entry as it is now, if it is that of the entry still; NULL: *done says what to
 * answer, `gone` where there is none. */
static EContact *get_present(
	struct eds *eds, const struct book_entry *entry, enum book_done gone, enum book_done *done)
{
	EContact *card = NULL;
	GError *error = NULL;
	char *revision;

	*done = BOOK_FAILED;
	if (!connect_client(eds, &error) ||
		!e_book_client_get_contact_sync(eds->client, entry->name, &card, NULL, &error)) {
		if (!is_gone(error)) {
			fail(eds, error);
			return NULL;
		}
		g_clear_error(&error);
		*done = gone;
		return NULL;
	}
	*done = BOOK_DONE;
	revision = eds_card_revision(card, directories_of(eds));
	if (strcmp(revision, entry->revision) != 0) {
		*done = BOOK_CHANGED;
		g_clear_object(&card);
	}
	g_free(revision);
	return card;
}

/* Of a writing or removal that EDS refused. gone: what to answer if there is no such card. */
static enum book_done refused(struct eds *eds, GError *error, enum book_done gone)
{
	bool gone_meanwhile = is_gone(error);

	if (gone_meanwhile || g_error_matches(error, E_CLIENT_ERROR, E_CLIENT_ERROR_OUT_OF_SYNC)) {
		g_clear_error(&error);
		return gone_meanwhile ? gone : BOOK_CHANGED;
	}
	fail(eds, error);
	return BOOK_FAILED;
}

/* Adds card; a UID that another card has is replaced by one that EDS makes. NULL: failed (logged);
 * else its UID, which the caller frees with g_free(). */
static char *add(struct eds *eds, EContact *card)
{
	GError *error = NULL;
	char *uid = NULL;

	if (!connect_client(eds, &error)) {
		fail(eds, error);
		return NULL;
	}
	e_book_client_add_contact_sync(
		eds->client, card, E_BOOK_OPERATION_FLAG_NONE, &uid, NULL, &error);
	if (g_error_matches(
		    error, E_BOOK_CLIENT_ERROR, E_BOOK_CLIENT_ERROR_CONTACT_ID_ALREADY_EXISTS)) {
		g_clear_error(&error);
		e_contact_set(card, E_CONTACT_UID, NULL);
		e_book_client_add_contact_sync(
			eds->client, card, E_BOOK_OPERATION_FLAG_NONE, &uid, NULL, &error);
	}
	if (error)
		fail(eds, error);
	return uid;
}

/* What EDS made of the card that was written. If it can't be said, the next listing shows it. */
static const char *read_back(struct eds *eds, struct arena *arena, struct book_entry *entry)
{
	EContact *card = NULL;
	GError *error = NULL;
	const char *read = NULL;
	size_t len;
	const char *why;

	if (!e_book_client_get_contact_sync(eds->client, entry->name, &card, NULL, &error)) {
		fail(eds, error);
		return NULL;
	}
	if (set_entry(eds, arena, entry, card)) {
		g_hash_table_replace(eds->cards, g_strdup(entry->name), g_object_ref(card));
		read = eds_read(&eds->book, arena, entry->name, &len, &why);
	}
	g_object_unref(card);
	return read;
}

static enum book_done write_card(
	struct eds *eds, struct arena *arena, struct book_entry *entry, const char *text)
{
	enum book_done done = BOOK_DONE;
	EContact *present = NULL, *card;
	GError *error = NULL;

	if (entry->name && !(present = get_present(eds, entry, BOOK_CHANGED, &done)))
		return done;
	card = eds_card_new(text, present, directories_of(eds));
	if (!present) {
		char *uid = add(eds, card);

		entry->name = arena_strdup(arena, uid);
		done = entry->name ? BOOK_DONE : BOOK_FAILED;
		g_free(uid);
	} else if (!e_book_client_modify_contact_sync(
			   eds->client, card, E_BOOK_OPERATION_FLAG_CONFLICT_FAIL, NULL, &error)) {
		done = refused(eds, error, BOOK_CHANGED);
	}
	g_object_unref(card);
	g_clear_object(&present);
	return done;
}

static enum book_done eds_write(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads)
{
	struct eds *eds = (struct eds *)book;
	enum book_done done;
	sigset_t old;

	(void)uid; /* it is in the text */
	(void)len; /* a text is terminated */
	*reads = text;
	enter(eds, &old);
	done = write_card(eds, arena, entry, text);
	if (done == BOOK_DONE) {
		const char *read = read_back(eds, arena, entry);

		if (read)
			*reads = read;
		else
			entry->revision = "";
	}
	leave(eds, &old);
	return arena_failed(arena) ? BOOK_FAILED : done;
}

static enum book_done eds_remove(
	struct book *book, struct arena *arena, const struct book_entry *entry)
{
	struct eds *eds = (struct eds *)book;
	enum book_done done;
	EContact *present;
	GError *error = NULL;
	sigset_t old;

	(void)arena;
	enter(eds, &old);
	present = get_present(eds, entry, BOOK_DONE, &done);
	if (present) {
		if (!e_book_client_remove_contact_by_uid_sync(eds->client, entry->name,
			    E_BOOK_OPERATION_FLAG_CONFLICT_FAIL, NULL, &error))
			done = refused(eds, error, BOOK_DONE);
		g_object_unref(present);
	}
	leave(eds, &old);
	return done;
}

static const struct book_backend backend = {
	.open = eds_open,
	.close = eds_close,
	.list = eds_list,
	.read = eds_read,
	.write = eds_write,
	.remove = eds_remove,
};

const struct book_module kith_book_module = {
	.version = PACKAGE_VERSION,
	.backend = &backend,
	.set_log = log_set,
};
