/* The store on SQLite: opening, the lock of its owner, and what is done about trouble. */
#include "config.h"

#include "component/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "component/migrations.h"
#include "component/store_sqlite.h"

#define BUSY_MS                                                                                    \
	5000 /* how long a turn waits for the other process (kithd, kithctl) to finish one */

static const struct store_texts *const sets[STORE_SETS] = {
	[STORE_SET_TURN] = &store_turn_texts,
	[STORE_SET_ACCOUNT] = &store_account_texts,
	[STORE_SET_LISTED] = &store_listed_texts,
	[STORE_SET_PROFILE] = &store_profile_texts,
	[STORE_SET_SEARCH] = &store_search_texts,
	[STORE_SET_CONTACT] = &store_contact_texts,
	[STORE_SET_BOOK] = &store_book_texts,
	[STORE_SET_RUN] = &store_run_texts,
	[STORE_SET_REPORT] = &store_report_texts,
	[STORE_SET_GATHER] = &store_gather_texts,
	[STORE_SET_HOLDER] = &store_holder_texts,
	[STORE_SET_KEEP] = &store_keep_texts,
	[STORE_SET_ROSTER] = &store_roster_texts,
	[STORE_SET_MATTER] = &store_matter_texts,
	[STORE_SET_DORMANT] = &store_dormant_texts,
	[STORE_SET_MISSING] = &store_missing_texts,
	[STORE_SET_FOLLOW] = &store_follow_texts,
	[STORE_SET_SWEEP] = &store_sweep_texts,
	[STORE_SET_VERIFY] = &store_verify_texts,
};

/* ---- Files ---- */

/* A new empty file, readable by its owner only. */
static int create_file(const char *path, char **why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd < 0) {
		db_explain(why, "%s: %s", path, strerror(errno));
		return -1;
	}
	(void)close(fd);
	return 0;
}

static int sync_path(const char *path, int flags, char **why)
{
	int fd = open(path, flags | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (result != 0)
		db_explain(why, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return result;
}

int store_file_sync(const char *path, char **why)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".")
				     : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	int result = -1;

	if (folder == NULL)
		db_explain(why, "out of memory");
	else if (sync_path(path, O_RDWR, why) == 0 &&
		 sync_path(folder, O_RDONLY | O_DIRECTORY, why) == 0)
		result = 0;
	free(folder);
	return result;
}

/* What the file of the lock says: the holder, and whether there is a store beside it. */
#define LOCK_MADE "made\n"

/* Takes the lock that one process can have, on a file beside the store, which is never removed (who
 * removed it could remove another's). Of the open file description, so that it goes with the
 * process and isn't lost when SQLite closes a file of its own. *is_held: that is another process.
 * *is_made: a store was made here before. */
static int take_lock(const char *path, bool *is_held, bool *is_made, char **why)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char text[64] = "";
	char *name = NULL;
	int fd = -1;

	db_explain(&name, "%s.lock", path);
	if (name == NULL) {
		db_explain(why, "out of memory");
		return -1;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0) {
		db_explain(why, "%s: %s", name, strerror(errno));
		goto failed;
	}
	*is_made = strstr(text, LOCK_MADE) != NULL;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		goto out;
	*is_held = errno == EAGAIN || errno == EACCES;
	if (!*is_held)
		db_explain(why, "%s: %s", name, strerror(errno));
	else if (text[0] != '\0')
		db_explain(why, "%s: in use by another kithd, process %.*s", path,
			(int)strcspn(text, "\n"), text);
	else
		db_explain(why, "%s: in use by another kithd", path);
failed:
	if (fd >= 0)
		(void)close(fd);
	fd = -1;
out:
	free(name);
	return fd;
}

/* For who reads it next; where it can't be written, it says less. */
static void write_lock(int fd, bool is_made)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%ld\n%s", (long)getpid(), is_made ? LOCK_MADE : "");

	if (pwrite(fd, text, (size_t)len, 0) == len)
		(void)!ftruncate(fd, len);
}

/* True if no kithd works on the store. */
static bool is_idle(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *name = NULL;
	bool idle = true;
	int fd = -1;

	db_explain(&name, "%s.lock", path);
	if (name != NULL)
		fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0)
		idle = lock.l_type == F_UNLCK;
	if (fd >= 0)
		(void)close(fd);
	free(name);
	return idle;
}

/* ---- Opening ---- */

static int prepare_all(struct store *store)
{
	for (int i = 0; i < STORE_SETS; i++) {
		store->statements[i] = db_prepare(store->db, sets[i]->texts, sets[i]->count);
		if (store->statements[i] == NULL)
			return -1;
	}
	return 0;
}

/* What there is at path to be opened, or made. *is_empty: nothing waits in the log. */
static int look_at_files(const char *path, bool is_owner, bool is_made, bool *is_empty, char **why)
{
	struct stat found;
	bool is_there = stat(path, &found) == 0;

	if (!is_there && errno != ENOENT) {
		db_explain(why, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (is_there && !S_ISREG(found.st_mode)) {
		db_explain(why, "%s: not a file", path);
		return -1;
	}
	if (!is_there && !is_owner) {
		db_explain(why, "%s: there is no store yet: kithd makes it", path);
		return -1;
	}
	/* An empty store in place of one that was lost would have everybody's devices drop what
	 * they have. */
	if (is_made && (!is_there || found.st_size == 0)) {
		db_explain(why,
			"%s: %s, but a store was made here: put it back, or remove %s.lock as "
			"well to begin with nothing",
			path, is_there ? "empty" : "not there", path);
		return -1;
	}
	if (!is_there && (create_file(path, why) != 0 || store_file_sync(path, why) != 0))
		return -1;
	if (!is_owner && !is_idle(path)) {
		*is_empty = false; /* it is being written */
		return 0;
	}
	return store_log_check(path, is_empty, why);
}

/* Opens the database: for the owner, with all on the disk that it holds, and brought up to date.
 * is_empty: nothing waits in the log. */
static int open_database(
	struct store *store, const char *path, bool is_owner, bool is_empty, char **why)
{
	int64_t version;

	store->db = db_open(path, strcmp(path, ":memory:") == 0, BUSY_MS, why);
	if (store->db == NULL)
		return -1;
	if (migrations_check(store->db, is_owner, &version, why) != 0) {
		db_close_untouched(store->db);
		store->db = NULL;
		errno = 0;
		return -1;
	}
	if (is_owner && !is_empty && db_reopen(store->db, why) != 0) {
		/* A kithctl that only reads it may go on doing so: a sync that failed before is not
		 * so likely that kithd should wait for an admin's long look. */
		if (errno != EBUSY)
			return -1;
		free(*why);
		*why = NULL;
		db_close_untouched(store->db);
		store->db = db_open(path, false, BUSY_MS, why);
		if (store->db == NULL)
			return -1;
	}
	errno = 0;
	if (is_owner && migrations_run(store->db, why) != 0)
		return -1;
	if (prepare_all(store) != 0) {
		db_explain(why, "%s", db_error(store->db));
		return -1;
	}
	db_opened(store->db);
	return 0;
}

struct store *store_open(const char *path, enum store_open how, char **why)
{
	bool is_owner = how == STORE_OPEN_OWNER, is_empty = true;
	bool is_held = false, is_made = false, on_disk = strcmp(path, ":memory:") != 0;
	struct store *store = calloc(1, sizeof(*store));
	char *reason = NULL;
	int error = 0;

	if (why != NULL)
		*why = NULL;
	if (store == NULL) {
		db_explain(why, "out of memory");
		return NULL;
	}
	store->lock = -1;
	store->is_shared = !is_owner;
	store->accounts = account_cache_new();
	store->books = book_cache_new();
	if (store->accounts == NULL || store->books == NULL) {
		db_explain(why, "out of memory");
		goto failed;
	}
	if (on_disk && is_owner && (store->lock = take_lock(path, &is_held, &is_made, why)) < 0) {
		error = is_held ? EWOULDBLOCK : 0;
		goto failed;
	}
	if (on_disk && look_at_files(path, is_owner, is_made, &is_empty, why) != 0)
		goto failed;
	if (open_database(store, path, is_owner, is_empty, &reason) != 0) {
		error = errno;
		db_explain(why, "%s: %s", path, reason != NULL ? reason : "out of memory");
		free(reason);
		goto failed;
	}
	if (store->lock >= 0)
		write_lock(store->lock, true);
	return store;
failed:
	store_close(store);
	errno = error;
	return NULL;
}

void store_checkpoint_aside(struct store *store)
{
	db_log_copy_aside(store->db);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	db_close(store->db);
	account_cache_free(store->accounts);
	book_cache_free(store->books);
	if (store->lock >= 0)
		(void)close(store->lock);
	explicit_bzero(store->key, sizeof(store->key));
	free(store->not_yet);
	free(store);
}

/* ---- Trouble ---- */

const char *store_trouble(const struct store *store)
{
	enum db_trouble trouble = db_trouble_now(store->db);

	return trouble == DB_WELL ? NULL : db_trouble_text(trouble);
}

bool store_is_shut(const struct store *store)
{
	return db_is_shut(store->db);
}

/* One reason is logged once. */
static enum store_mend not_yet(struct store *store, char *why)
{
	if (why != NULL && (store->not_yet == NULL || strcmp(why, store->not_yet) != 0))
		log_warn("store: not opened anew yet: %s", why);
	free(store->not_yet);
	store->not_yet = why;
	return STORE_NOT_YET;
}

enum store_mend store_mend(struct store *store)
{
	bool has_key = store->has_key;
	unsigned char key[32], before[32];
	char *why = NULL;

	if (db_is_replaced(store->db))
		return STORE_REPLACED;
	if (!db_is_shut(store->db) && db_is_in_place(store->db))
		return STORE_MENDED;
	if (!db_is_shut(store->db))
		return STORE_NOT_YET;
	if (db_reopen(store->db, &why) != 0)
		return not_yet(store, why);
	free(store->not_yet);
	store->not_yet = NULL;
	memcpy(before, store->key, sizeof(before));
	if (!has_key)
		return STORE_MENDED;
	if (store_look_begin(store) != STORE_OK)
		return STORE_NOT_YET;
	if (store_key(store, key) != STORE_OK) {
		store_turn_rollback(store);
		return STORE_NOT_YET;
	}
	store_turn_rollback(store);
	return memcmp(key, before, sizeof(key)) == 0 ? STORE_MENDED : STORE_REPLACED;
}
