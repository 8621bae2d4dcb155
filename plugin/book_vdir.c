/* The local address book as a directory of .vcf files, one card a file: the vdir of vdirsyncer (its
 * "The Vdir Storage Format"), as khard reads and writes it too.
 *
 * A file is written under a name that no reader of vdirs looks at, made durable, and renamed:
 * readers see the old card or the new one. Files of other names, directories and links are left
 * alone. */
#include "config.h"

#include "plugin/book.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/log.h"

#define SUFFIX ".vcf"
#define NAME_CHARS_MAX 120 /* of the UID in a file's name */
#define NAMES_TRIED 1000   /* for one UID */
#define TMP_PREFIX ".kith-"
#define TMP_AGE_S 3600 /* no writing takes that long: its program ended before it was done */

struct vdir {
	struct book book;
	int fd;
	char *path;
};

static void vdir_close(struct book *book)
{
	struct vdir *vdir = (struct vdir *)book;

	if (vdir->fd >= 0)
		close(vdir->fd);
	free(vdir->path);
	free(vdir);
}

/* Removes what programs that ended in the middle of a writing left. */
static void remove_leftovers(const struct vdir *vdir)
{
	int fd = openat(vdir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *found;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (found = readdir(dir))) {
		struct stat st;

		if (strncmp(found->d_name, TMP_PREFIX, strlen(TMP_PREFIX)) == 0 &&
			fstatat(vdir->fd, found->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			time(NULL) - st.st_mtim.tv_sec > TMP_AGE_S)
			unlinkat(vdir->fd, found->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

static struct book *vdir_open(const char *where, char **why)
{
	struct vdir *vdir = calloc(1, sizeof(*vdir));

	if (!vdir)
		return NULL;
	vdir->book.backend = &book_vdir;
	vdir->fd = -1;
	if (mkdir(where, 0700) == 0 || errno == EEXIST)
		vdir->fd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (vdir->fd >= 0)
		vdir->path = realpath(where, NULL);
	vdir->book.id = vdir->path;
	if (vdir->fd < 0 || !vdir->path) {
		if (asprintf(why, "book %s: %s", where, strerror(errno)) < 0)
			*why = NULL;
		vdir_close(&vdir->book);
		return NULL;
	}
	remove_leftovers(vdir);
	return &vdir->book;
}

static void log_failure(const struct vdir *vdir, const char *name)
{
	char shown[512];
	int error = errno;

	log_error("book: %s/%s: %s", vdir->path, log_escape(shown, sizeof(shown), name),
		strerror(error));
}

/* A name that can only be an entry of this directory. */
static bool is_entry_name(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && !strchr(name, '/') && len > strlen(SUFFIX) &&
	       strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static const char *revision_of(struct arena *arena, const struct stat *st)
{
	return arena_printf(arena, "%lld.%09ld-%lld-%llu", (long long)st->st_mtim.tv_sec,
		(long)st->st_mtim.tv_nsec, (long long)st->st_size, (unsigned long long)st->st_ino);
}

static bool is_revision(struct arena *arena, const struct stat *st, const char *revision)
{
	const char *present = revision_of(arena, st);

	return present && revision && strcmp(present, revision) == 0;
}

/* False: there is no regular file of that name. */
static bool stat_entry(const struct vdir *vdir, const char *name, struct stat *st)
{
	return is_entry_name(name) && fstatat(vdir->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st->st_mode);
}

static int vdir_list(struct book *book, struct arena *arena,
	void (*row)(void *context, const struct book_entry *entry), void *context)
{
	struct vdir *vdir = (struct vdir *)book;
	int fd = openat(vdir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *found;
	int error;

	if (!dir) {
		log_failure(vdir, "");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (errno = 0, (found = readdir(dir))) {
		struct book_entry entry;
		struct stat st;

		if (!stat_entry(vdir, found->d_name, &st))
			continue;
		entry.name = arena_strdup(arena, found->d_name);
		entry.revision = revision_of(arena, &st);
		entry.changed_at = (int64_t)st.st_mtim.tv_sec;
		if (arena_failed(arena))
			break;
		row(context, &entry);
	}
	error = errno;
	closedir(dir);
	if (error == 0 && !arena_failed(arena))
		return 0;
	errno = error ? error : ENOMEM;
	log_failure(vdir, "");
	return -1;
}

static const char *vdir_read(
	struct book *book, struct arena *arena, const char *name, size_t *len, const char **why)
{
	struct vdir *vdir = (struct vdir *)book;
	struct stat st;
	char *text = NULL;
	int fd = -1;

	*why = "it is gone";
	if (is_entry_name(name))
		fd = openat(vdir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		goto out;
	*why = "it is too large";
	if (st.st_size > BOOK_ENTRY_MAX)
		goto out;
	*why = "out of memory";
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	if (!text)
		goto out;
	*len = 0;
	while (*len < (size_t)st.st_size) {
		ssize_t got = read(fd, text + *len, (size_t)st.st_size - *len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*why = arena_strdup(arena, strerror(errno));
			text = NULL;
			break;
		}
		if (got == 0)
			break;
		*len += (size_t)got;
	}
out:
	if (fd >= 0)
		close(fd);
	return text;
}

/* ---- Writing ---- */
/* The name of a file for uid, the n-th to try: what isn't plain becomes '_', so that a UID can name
 * neither another directory nor a hidden file. */
static const char *name_for(struct arena *arena, const char *uid, unsigned n)
{
	char plain[NAME_CHARS_MAX + 1];
	size_t len = 0;

	if (strncmp(uid, "urn:uuid:", strlen("urn:uuid:")) == 0)
		uid += strlen("urn:uuid:");
	for (; *uid && len < NAME_CHARS_MAX; uid++) {
		char c = *uid;
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@' ||
				(c == '.' && len > 0);

		plain[len++] = is_plain ? c : '_';
	}
	plain[len] = '\0';
	return n == 1 ? arena_printf(arena, "%s" SUFFIX, len > 0 ? plain : "card")
		      : arena_printf(arena, "%s-%u" SUFFIX, len > 0 ? plain : "card", n);
}

/* Puts the written file tmp in its place. */
static enum book_done place(struct vdir *vdir, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *tmp)
{
	struct stat st;

	if (entry->name) {
		/* Another program may write between this look and the rename; vdirs have no lock,
		 * and its writers live with that. */
		if (!stat_entry(vdir, entry->name, &st) ||
			!is_revision(arena, &st, entry->revision))
			return BOOK_CHANGED;
		fchmodat(vdir->fd, tmp, st.st_mode & 0777, 0);
		if (renameat(vdir->fd, tmp, vdir->fd, entry->name) == 0)
			return BOOK_DONE;
		log_failure(vdir, entry->name);
		return BOOK_FAILED;
	}
	for (unsigned n = 1; n <= NAMES_TRIED; n++) {
		const char *name = name_for(arena, uid, n);

		if (!name)
			return BOOK_FAILED;
		if (linkat(vdir->fd, tmp, vdir->fd, name, 0) == 0) {
			entry->name = name;
			unlinkat(vdir->fd, tmp, 0);
			return BOOK_DONE;
		}
		if (errno != EEXIST) {
			log_failure(vdir, name);
			return BOOK_FAILED;
		}
	}
	return BOOK_FAILED;
}

static int write_all(int fd, const char *text, size_t len, bool is_lazy)
{
	while (len > 0) {
		ssize_t put = write(fd, text, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		text += put;
		len -= (size_t)put;
	}
	return is_lazy ? 0 : fsync(fd);
}

/* A new file that no reader of the directory looks at; its name in tmp. */
static int open_tmp(const struct vdir *vdir, char *tmp, size_t size)
{
	static unsigned last;
	int fd;

	do {
		snprintf(tmp, size, TMP_PREFIX "%ld-%u", (long)getpid(), ++last);
		fd = openat(vdir->fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

static enum book_done vdir_write(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads)
{
	struct vdir *vdir = (struct vdir *)book;
	enum book_done done = BOOK_FAILED;
	bool is_lazy = book->is_lazy && !entry->name;
	char tmp[64];
	struct stat st;
	int fd = open_tmp(vdir, tmp, sizeof(tmp));

	if (fd < 0) {
		log_failure(vdir, tmp);
		return BOOK_FAILED;
	}
	if (write_all(fd, text, len, is_lazy) == 0)
		done = place(vdir, arena, entry, uid, tmp);
	else
		log_failure(vdir, tmp);
	if (done == BOOK_DONE && ((!is_lazy && fsync(vdir->fd) != 0) || fstat(fd, &st) != 0)) {
		log_failure(vdir, entry->name);
		done = BOOK_FAILED;
	}
	close(fd);
	if (done != BOOK_DONE) {
		unlinkat(vdir->fd, tmp, 0);
		return done;
	}
	entry->revision = revision_of(arena, &st);
	entry->changed_at = (int64_t)st.st_mtim.tv_sec;
	*reads = text;
	return arena_failed(arena) ? BOOK_FAILED : BOOK_DONE;
}

static enum book_done vdir_remove(
	struct book *book, struct arena *arena, const struct book_entry *entry)
{
	struct vdir *vdir = (struct vdir *)book;
	struct stat st;

	if (!stat_entry(vdir, entry->name, &st))
		return BOOK_DONE;
	if (!is_revision(arena, &st, entry->revision))
		return BOOK_CHANGED;
	if (unlinkat(vdir->fd, entry->name, 0) != 0 && errno != ENOENT) {
		log_failure(vdir, entry->name);
		return BOOK_FAILED;
	}
	return BOOK_DONE;
}

/* One for all, instead of two a file: by that a book of 20,000 takes seconds, not minutes. */
static int vdir_settle(struct book *book)
{
	const struct vdir *vdir = (struct vdir *)book;

	if (syncfs(vdir->fd) == 0)
		return 0;
	log_failure(vdir, "");
	return -1;
}

const struct book_backend book_vdir = {
	.open = vdir_open,
	.close = vdir_close,
	.list = vdir_list,
	.read = vdir_read,
	.write = vdir_write,
	.remove = vdir_remove,
	.settle = vdir_settle,
};
