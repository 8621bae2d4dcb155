/* The store on SQLite: a copy of it while it is in use.
 *
 * It is made beside its place, as FILE.part, and only gets its name when it is whole and on the
 * disk: whatever ends this in the middle, there is a backup of that name or none. What is left of
 * one that ended so is overwritten by the next of the same name. */
#include "config.h"

#include "component/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "component/store_sqlite.h"

struct part {
	char *path, *journal; /* of the file, and what SQLite has beside it */
	int fd;		      /* holds the lock; -1: it is not ours */
};

/* Whether path is still the file behind fd: who had the lock before may have put it in place. */
static bool is_same(int fd, const char *path)
{
	struct stat ours, present;

	return fstat(fd, &ours) == 0 && stat(path, &present) == 0 &&
	       ours.st_dev == present.st_dev && ours.st_ino == present.st_ino;
}

/* Opens the part, empty, readable by its owner only. Locked, so that two at once don't write to one
 * file: on a byte that SQLite doesn't use, and of the open file description, since SQLite closes
 * files of its own of that name. 0, or -1 with *why. */
static int open_part(struct part *part, char **why)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	for (;;) {
		part->fd = open(
			part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
		if (part->fd < 0)
			break;
		if (fcntl(part->fd, F_OFD_SETLK, &lock) != 0) {
			if (errno == EAGAIN || errno == EACCES)
				errno = EBUSY;
			break;
		}
		if (!is_same(part->fd, part->path)) {
			(void)close(part->fd);
			continue;
		}
		if (fchmod(part->fd, S_IRUSR | S_IWUSR) == 0 && ftruncate(part->fd, 0) == 0 &&
			(unlink(part->journal) == 0 || errno == ENOENT))
			return 0;
		break;
	}
	db_explain(why, "%s: %s", part->path, strerror(errno));
	if (part->fd >= 0)
		(void)close(part->fd);
	part->fd = -1;
	return -1;
}

/* A store that was restored gives positions out a second time. The copy has another key for archive
 * ids: so clients that were further learn that theirs mean nothing any more, and sync anew. */
static int renew_key(const char *file, char **why)
{
	struct db *copy = db_open(file, false, 0, why);
	int result = -1;

	if (copy != NULL) {
		result = db_exec(copy, "UPDATE store SET secret = randomblob(32)");
		if (result != 0)
			db_explain(why, "%s: %s", file, db_error(copy));
	}
	db_close(copy);
	return result;
}

/* Nothing that is there is overwritten. */
static int put_in_place(const struct part *part, const char *file, char **why)
{
	int result = renameat2(AT_FDCWD, part->path, AT_FDCWD, file, RENAME_NOREPLACE);

	/* Not every file system can. */
	if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
		if (access(file, F_OK) == 0)
			errno = EEXIST;
		else
			result = rename(part->path, file);
	}
	if (result != 0)
		db_explain(why, "%s: %s", file, strerror(errno));
	return result;
}

static int make(struct store *store, const struct part *part, const char *file, char **why)
{
	if (db_copy_to(store->db, part->path) != 0) {
		db_explain(why, "%s: %s", part->path, db_error(store->db));
		return -1;
	}
	if (renew_key(part->path, why) != 0 || store_file_sync(part->path, why) != 0 ||
		put_in_place(part, file, why) != 0)
		return -1;
	if (store_file_sync(file, why) == 0)
		return 0;
	(void)unlink(file);
	return -1;
}

enum store_result store_backup(struct store *store, const char *file, char **why)
{
	struct part part = {.fd = -1};
	int result = -1;

	if (why != NULL)
		*why = NULL;
	db_explain(&part.path, "%s.part", file);
	db_explain(&part.journal, "%s.part-journal", file);
	if (part.path == NULL || part.journal == NULL)
		db_explain(why, "out of memory");
	else if (access(file, F_OK) == 0) /* looked at first, since a copy takes long */
		db_explain(why, "%s: %s", file, strerror(EEXIST));
	else if (open_part(&part, why) == 0) {
		result = make(store, &part, file, why);
		if (result != 0) {
			(void)unlink(part.path);
			(void)unlink(part.journal);
		}
	}
	if (part.fd >= 0)
		(void)close(part.fd);
	free(part.path);
	free(part.journal);
	return store_result_of(result);
}
