/* The local address book as a directory of .vcf files: writing.
 *
 * A file is written under a name that no reader of vdirs looks at, made durable, and renamed:
 * readers see the old card or the new one, and so does who looks after a crash. Where many are
 * written, all are made durable at once before any gets its name. */
#include "config.h"

#include "plugin/vdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"

#define NAME_CHARS_MAX 120 /* of the UID in a file's name */
#define NAMES_TRIED 1000   /* for one UID */

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
	return n == 1 ? arena_printf(arena, "%s" VDIR_SUFFIX, len > 0 ? plain : "card")
		      : arena_printf(arena, "%s-%u" VDIR_SUFFIX, len > 0 ? plain : "card", n);
}

static bool is_revision(struct arena *arena, const struct stat *st, const char *revision)
{
	const char *present = vdir_revision(arena, st);

	return present && revision && strcmp(present, revision) == 0;
}

/* ---- Those that wait for their names ---- */

static struct vdir_waiting *find_waiting(const struct vdir *vdir, const char *name)
{
	for (size_t i = 0; i < vdir->waiting_count; i++)
		if (strcmp(vdir->waiting[i].name, name) == 0)
			return &vdir->waiting[i];
	return NULL;
}

const char *vdir_file(const struct vdir *vdir, const char *name)
{
	const struct vdir_waiting *waiting = find_waiting(vdir, name);

	return waiting ? waiting->tmp : name;
}

static int add_waiting(struct vdir *vdir, const char *name, const char *tmp)
{
	struct vdir_waiting *waiting;

	if (vdir->waiting_count == vdir->waiting_size) {
		size_t size = vdir->waiting_size ? 2 * vdir->waiting_size : 64;

		waiting = reallocarray(vdir->waiting, size, sizeof(*waiting));
		if (!waiting)
			return -1;
		vdir->waiting = waiting;
		vdir->waiting_size = size;
	}
	waiting = &vdir->waiting[vdir->waiting_count++];
	snprintf(waiting->name, sizeof(waiting->name), "%s", name);
	snprintf(waiting->tmp, sizeof(waiting->tmp), "%s", tmp);
	return 0;
}

/* ---- Placing ---- */

/* Another program may write between this look and the rename; vdirs have no lock, and its writers
 * live with that. */
static enum book_done place_old(
	struct vdir *vdir, struct arena *arena, const struct book_entry *entry, const char *tmp)
{
	struct stat st;

	if (!vdir_stat(vdir, entry->name, &st) || !is_revision(arena, &st, entry->revision))
		return BOOK_CHANGED;
	fchmodat(vdir->fd, tmp, st.st_mode & 0777, 0);
	if (renameat(vdir->fd, tmp, vdir->fd, vdir_file(vdir, entry->name)) == 0)
		return BOOK_DONE;
	vdir_log(vdir, entry->name);
	return BOOK_FAILED;
}

/* Gives the file that name, or has it wait for that. -1: errno. */
static int name_new(struct vdir *vdir, const char *name, const char *tmp, bool is_lazy)
{
	struct stat st;

	errno = EEXIST;
	if (find_waiting(vdir, name))
		return -1;
	if (!is_lazy)
		return linkat(vdir->fd, tmp, vdir->fd, name, 0);
	if (fstatat(vdir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? add_waiting(vdir, name, tmp) : -1;
}

static enum book_done place_new(struct vdir *vdir, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *tmp, bool is_lazy)
{
	for (unsigned n = 1; n <= NAMES_TRIED; n++) {
		const char *name = name_for(arena, uid, n);

		if (!name)
			return BOOK_FAILED;
		if (name_new(vdir, name, tmp, is_lazy) == 0) {
			entry->name = name;
			if (!is_lazy)
				unlinkat(vdir->fd, tmp, 0);
			return BOOK_DONE;
		}
		if (errno != EEXIST) {
			vdir_log(vdir, name);
			return BOOK_FAILED;
		}
	}
	return BOOK_FAILED;
}

/* ---- Writing ---- */

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
		snprintf(tmp, size, VDIR_TMP "%ld-%u", (long)getpid(), ++last);
		fd = openat(vdir->fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

enum book_done vdir_write(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads)
{
	struct vdir *vdir = (struct vdir *)book;
	enum book_done done = BOOK_FAILED;
	bool is_lazy = entry->name ? find_waiting(vdir, entry->name) != NULL : book->is_lazy;
	char tmp[VDIR_TMP_SIZE];
	struct stat st;
	int fd = open_tmp(vdir, tmp, sizeof(tmp));

	if (fd < 0) {
		vdir_log(vdir, tmp);
		return BOOK_FAILED;
	}
	if (write_all(fd, text, len, is_lazy) != 0 || fstat(fd, &st) != 0)
		vdir_log(vdir, tmp);
	else if (entry->name)
		done = place_old(vdir, arena, entry, tmp);
	else
		done = place_new(vdir, arena, entry, uid, tmp, is_lazy);
	close(fd);
	if (done != BOOK_DONE) {
		unlinkat(vdir->fd, tmp, 0);
		return done;
	}
	if (!is_lazy && fsync(vdir->fd) != 0) {
		vdir_log(vdir, entry->name);
		return BOOK_FAILED;
	}
	entry->revision = vdir_revision(arena, &st);
	entry->changed_at = (int64_t)st.st_mtim.tv_sec;
	*reads = text;
	return arena_failed(arena) ? BOOK_FAILED : BOOK_DONE;
}

enum book_done vdir_remove(struct book *book, struct arena *arena, const struct book_entry *entry)
{
	struct vdir *vdir = (struct vdir *)book;
	struct vdir_waiting *waiting = find_waiting(vdir, entry->name);
	struct stat st;

	if (!vdir_stat(vdir, entry->name, &st))
		return BOOK_DONE;
	if (!is_revision(arena, &st, entry->revision))
		return BOOK_CHANGED;
	if (unlinkat(vdir->fd, vdir_file(vdir, entry->name), 0) != 0 && errno != ENOENT) {
		vdir_log(vdir, entry->name);
		return BOOK_FAILED;
	}
	if (waiting)
		*waiting = vdir->waiting[--vdir->waiting_count];
	vdir->must_sync = true;
	return BOOK_DONE;
}

/* One sync for all, instead of two a file: by that a book of 20,000 takes seconds, not minutes. */
int vdir_settle(struct book *book)
{
	struct vdir *vdir = (struct vdir *)book;
	int result = 0;

	if (vdir->waiting_count > 0 && syncfs(vdir->fd) != 0)
		result = -1;
	for (size_t i = 0; i < vdir->waiting_count; i++) {
		const struct vdir_waiting *waiting = &vdir->waiting[i];

		/* Where another program took the name meanwhile, the card is not in the book. */
		if (result == 0 && linkat(vdir->fd, waiting->tmp, vdir->fd, waiting->name, 0) != 0)
			result = -1;
		vdir->must_sync = true;
	}
	if (vdir->must_sync && result == 0)
		result = fsync(vdir->fd);
	if (result != 0)
		vdir_log(vdir, "");
	for (; vdir->waiting_count > 0; vdir->waiting_count--)
		unlinkat(vdir->fd, vdir->waiting[vdir->waiting_count - 1].tmp, 0);
	vdir->must_sync = false;
	return result;
}
