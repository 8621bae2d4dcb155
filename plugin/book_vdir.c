/* The local address book as a directory of .vcf files, one card a file: the vdir of vdirsyncer (its
 * "The Vdir Storage Format"), as khard reads and writes it too.
 *
 * Files of other names, directories and links are left alone. Writing: vdir_write.c. */
#include "config.h"

#include "plugin/vdir.h"

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
#include "plugin/folder.h"

#define TMP_AGE_S 3600 /* no writing takes that long: its program ended before it was done */

static void vdir_close(struct book *book)
{
	struct vdir *vdir = (struct vdir *)book;

	(void)vdir_settle(book);
	if (vdir->fd >= 0)
		close(vdir->fd);
	free(vdir->waiting);
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

		if (strncmp(found->d_name, VDIR_TMP, strlen(VDIR_TMP)) == 0 &&
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
	if ((mkdir(where, 0700) == 0 && folder_sync_of(where) == 0) || errno == EEXIST)
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

void vdir_log(const struct vdir *vdir, const char *name)
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

	return name[0] != '.' && !strchr(name, '/') && len > strlen(VDIR_SUFFIX) &&
	       strcmp(name + len - strlen(VDIR_SUFFIX), VDIR_SUFFIX) == 0;
}

const char *vdir_revision(struct arena *arena, const struct stat *st)
{
	return arena_printf(arena, "%lld.%09ld-%lld-%llu", (long long)st->st_mtim.tv_sec,
		(long)st->st_mtim.tv_nsec, (long long)st->st_size, (unsigned long long)st->st_ino);
}

bool vdir_stat(const struct vdir *vdir, const char *name, struct stat *st)
{
	return is_entry_name(name) &&
	       fstatat(vdir->fd, vdir_file(vdir, name), st, AT_SYMLINK_NOFOLLOW) == 0 &&
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
		vdir_log(vdir, "");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (errno = 0, (found = readdir(dir))) {
		struct book_entry entry;
		struct stat st;

		if (!vdir_stat(vdir, found->d_name, &st))
			continue;
		entry.name = arena_strdup(arena, found->d_name);
		entry.revision = vdir_revision(arena, &st);
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
	vdir_log(vdir, "");
	return -1;
}

static const char *vdir_read(
	struct book *book, struct arena *arena, const char *name, size_t *len, const char **why)
{
	struct vdir *vdir = (struct vdir *)book;
	struct stat st;
	char *text = NULL;
	int fd = -1;

	errno = ENOENT;
	if (is_entry_name(name))
		fd = openat(vdir->fd, vdir_file(vdir, name),
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*why = errno == ENOENT ? "it is gone" : arena_strdup(arena, strerror(errno));
	if (fd < 0 || fstat(fd, &st) != 0)
		goto out;
	*why = "it is no file any more";
	if (!S_ISREG(st.st_mode))
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

const struct book_backend book_vdir = {
	.open = vdir_open,
	.close = vdir_close,
	.list = vdir_list,
	.read = vdir_read,
	.write = vdir_write,
	.remove = vdir_remove,
	.settle = vdir_settle,
};
