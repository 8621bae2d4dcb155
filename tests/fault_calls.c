/* See fault_calls.h. */
#include "tests/fault_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMES_MAX 512
#define DIRTY_MAX 256

static char under[PATH_MAX], aside[PATH_MAX];
static enum calls_fault planned;
static unsigned long planned_at, calls;
static bool is_struck, is_on;
static uint64_t chance;

/* A name that changed since its folder was synced, and how it comes back. */
static struct name {
	char path[PATH_MAX];
	char from[PATH_MAX];  /* of a rename; else "" */
	char saved[PATH_MAX]; /* what was there before; "" nothing */
} names[NAMES_MAX];
static size_t name_count;
static unsigned saved_count;

/* Files that were written to. */
static struct dirty {
	dev_t device;
	ino_t inode;
	char path[PATH_MAX]; /* by which it can be found */
} dirty[DIRTY_MAX];
static size_t dirty_count;

static unsigned below(unsigned n)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((chance >> 33) % n);
}

/* ---- What is lost ---- */

static const char *aside_name(char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.3000s/%u", aside, saved_count++);
	return out;
}

static bool is_same(const struct dirty *file, const struct stat *st)
{
	return file->device == st->st_dev && file->inode == st->st_ino;
}

/* Found by a name aside, whatever becomes of the others. */
static void note_written(int fd)
{
	char path[64];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return;
	for (size_t i = 0; i < dirty_count; i++)
		if (is_same(&dirty[i], &st))
			return;
	if (dirty_count == DIRTY_MAX)
		abort();
	dirty[dirty_count].device = st.st_dev;
	dirty[dirty_count].inode = st.st_ino;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, aside_name(dirty[dirty_count].path),
		    AT_SYMLINK_FOLLOW) == 0)
		dirty_count++;
}

static void note_synced(int fd)
{
	struct stat st;
	char path[64], folder[PATH_MAX];
	ssize_t len;

	if (fstat(fd, &st) != 0)
		return;
	for (size_t i = 0; i < dirty_count; i++)
		if (is_same(&dirty[i], &st))
			dirty[i] = dirty[--dirty_count];
	if (!S_ISDIR(st.st_mode))
		return;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, folder, sizeof(folder) - 1);
	folder[len > 0 ? len : 0] = '\0';
	for (size_t i = name_count; i-- > 0;) {
		size_t at = strlen(folder);

		if (strncmp(names[i].path, folder, at) != 0 || names[i].path[at] != '/' ||
			strchr(names[i].path + at + 1, '/') != NULL)
			continue;
		memmove(&names[i], &names[i + 1], (--name_count - i) * sizeof(names[0]));
	}
}

/* Before path changes. */
static void note_name(const char *path, const char *from)
{
	struct name *name = &names[name_count++];

	if (name_count == NAMES_MAX)
		abort();
	(void)snprintf(name->path, sizeof(name->path), "%s", path);
	(void)snprintf(name->from, sizeof(name->from), "%s", from);
	if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, aside_name(name->saved), 0) != 0)
		name->saved[0] = '\0';
}

static void undo(const struct name *name)
{
	struct stat st;

	if (name->from[0] != '\0')
		(void)syscall(SYS_renameat2, AT_FDCWD, name->path, AT_FDCWD, name->from, 0);
	else if (lstat(name->path, &st) == 0 && S_ISDIR(st.st_mode))
		/* With all that is in it, which can't be found any more. */
		(void)syscall(SYS_renameat2, AT_FDCWD, name->path, AT_FDCWD,
			aside_name((char[PATH_MAX]){0}), 0);
	else
		(void)syscall(SYS_unlinkat, AT_FDCWD, name->path, 0);
	if (name->saved[0] != '\0')
		(void)syscall(SYS_renameat2, AT_FDCWD, name->saved, AT_FDCWD, name->path, 0);
}

static void lose_power(void)
{
	/* Mostly all that can be. */
	size_t kept = below(2) == 0 ? 0 : below((unsigned)name_count + 1);

	while (name_count > kept)
		undo(&names[--name_count]);
	for (size_t i = 0; i < dirty_count; i++) {
		struct stat st;

		if (stat(dirty[i].path, &st) == 0)
			(void)truncate(dirty[i].path,
				below(2) == 0 ? 0 : (off_t)below((unsigned)st.st_size + 1));
	}
}

/* ---- Faults ---- */

void fault_calls_plan(const char *folder, const char *other, enum calls_fault fault,
	unsigned long at, uint64_t seed)
{
	(void)snprintf(under, sizeof(under), "%s", folder);
	(void)snprintf(aside, sizeof(aside), "%s", other);
	planned = fault;
	planned_at = at;
	calls = 0;
	name_count = dirty_count = 0;
	chance = seed;
	is_struck = false;
	is_on = true;
}

bool fault_calls_struck(void)
{
	return is_struck;
}

/* The absolute path of name in folder fd, if that is under the folder. */
static bool is_ours(int fd, const char *name, char out[PATH_MAX])
{
	char link[64], folder[PATH_MAX] = "";
	ssize_t len = 0;

	if (!is_on)
		return false;
	if (name[0] == '/') {
		(void)snprintf(out, PATH_MAX, "%s", name);
	} else {
		if (fd == AT_FDCWD)
			return false;
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, folder, sizeof(folder) - 1);
		folder[len > 0 ? len : 0] = '\0';
		(void)snprintf(out, PATH_MAX, "%.3000s/%.1000s", folder, name);
	}
	return strncmp(out, under, strlen(under)) == 0;
}

static bool is_ours_fd(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = is_on ? readlink(link, path, sizeof(path) - 1) : -1;
	path[len > 0 ? len : 0] = '\0';
	return len > 0 && strncmp(path, under, strlen(under)) == 0;
}

/* True: the call fails. */
static bool meets(void)
{
	if (++calls != planned_at)
		return false;
	is_struck = true;
	switch (planned) {
	case CALLS_FAIL:
		errno = EIO;
		return true;
	case CALLS_POWER:
		lose_power();
		break;
	case CALLS_KILL:
		break;
	}
	_exit(CALLS_ENDED);
}

/* ---- The calls ---- */

int openat(int folder, const char *name, int flags, ...)
{
	char path[PATH_MAX];
	mode_t mode = 0;
	struct stat st;
	va_list args;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		if (is_ours(folder, name, path) && lstat(path, &st) != 0) {
			if (meets())
				return -1;
			note_name(path, "");
		}
	}
	return (int)syscall(SYS_openat, folder, name, flags, mode);
}

int mkdir(const char *name, mode_t mode)
{
	char path[PATH_MAX];

	if (is_ours(AT_FDCWD, name, path)) {
		if (meets())
			return -1;
		note_name(path, "");
	}
	return (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
	if (is_ours_fd(fd)) {
		note_written(fd);
		if (meets()) {
			if (len > 1)
				(void)syscall(SYS_write, fd, data, len / 2);
			errno = EIO;
			return -1;
		}
	}
	return syscall(SYS_write, fd, data, len);
}

int fsync(int fd)
{
	if (is_ours_fd(fd)) {
		if (meets())
			return -1;
		note_synced(fd);
	}
	return 0; /* for speed: nobody but these calls loses anything */
}

int syncfs(int fd)
{
	if (is_ours_fd(fd)) {
		if (meets())
			return -1;
		name_count = dirty_count = 0;
	}
	return 0;
}

int renameat(int old_folder, const char *old, int new_folder, const char *new)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (is_ours(old_folder, old, from) && is_ours(new_folder, new, to)) {
		if (meets())
			return -1;
		note_name(to, from);
	}
	return (int)syscall(SYS_renameat2, old_folder, old, new_folder, new, 0);
}

int rename(const char *old, const char *new)
{
	return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags)
{
	char path[PATH_MAX];

	if (is_ours(new_folder, new, path)) {
		if (meets())
			return -1;
		note_name(path, "");
	}
	return (int)syscall(SYS_linkat, old_folder, old, new_folder, new, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
	char path[PATH_MAX];

	if (is_ours(folder, name, path)) {
		if (meets())
			return -1;
		note_name(path, "");
	}
	return (int)syscall(SYS_unlinkat, folder, name, flags);
}
