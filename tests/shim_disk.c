/* For LD_PRELOAD: a disk that a test lets fail, under a real program. KITH_SHIM_DISK names a file
 * of int64_t (enum below), KITH_SHIM_DISK_PATH is in the path of each file that it is about. What
 * these files' writes overwrite, and how their syncs end, is noted in KITH_SHIM_DISK_LOG, where
 * that is given: from it tests/shim_disk.py tells what a disk that loses its power now would have.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	OPS,	/* that fail, as bits of enum op */
	FILES,	/* of these, as bits of enum file */
	ERROR,	/* with this errno */
	SKIP,	/* so many first go well; counted down here */
	COUNT,	/* so many fail; counted down here */
	FAULTS, /* so many did */
	NUMBERS
};
enum op { OP_WRITE = 1, OP_SYNC = 2, OP_TRUNCATE = 4, OP_READ = 8, OP_CREATE = 16, OP_REMOVE = 32 };
enum file { FILE_MAIN = 1, FILE_LOG = 2, FILE_SHARED = 4, FILE_OTHER = 8 };

#define PAGE 4096
#define NAME_MAX_LEN 512

static int64_t *numbers;
static const char *about;
static int log_fd = -1;

static int raw_open(const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void __attribute__((constructor)) map_file(void)
{
	const char *path = getenv("KITH_SHIM_DISK"), *log = getenv("KITH_SHIM_DISK_LOG");
	int fd = path ? raw_open(path, O_RDWR | O_CLOEXEC, 0) : -1;
	void *memory;

	about = getenv("KITH_SHIM_DISK_PATH");
	if (fd < 0 || !about)
		return;
	if (log)
		log_fd = raw_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	memory = mmap(NULL, NUMBERS * sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (memory != MAP_FAILED)
		numbers = memory;
}

static bool has_end(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* 0: none of those it is about. */
static int file_of(const char *name)
{
	if (!strstr(name, about))
		return 0;
	if (has_end(name, ".db"))
		return FILE_MAIN;
	if (has_end(name, "-wal"))
		return FILE_LOG;
	return has_end(name, "-shm") ? FILE_SHARED : FILE_OTHER;
}

static bool name_of(int fd, char name[NAME_MAX_LEN])
{
	char link[32];
	ssize_t len;

	if (!numbers)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = (ssize_t)syscall(SYS_readlinkat, AT_FDCWD, link, name, NAME_MAX_LEN - 1);
	if (len <= 0)
		return false;
	name[len] = '\0';
	return true;
}

static bool is_to_fail(enum op op, const char *name)
{
	if (!(numbers[OPS] & op) || numbers[COUNT] == 0 || !(numbers[FILES] & file_of(name)))
		return false;
	if (numbers[SKIP] > 0) {
		numbers[SKIP]--;
		return false;
	}
	if (numbers[COUNT] > 0)
		numbers[COUNT]--;
	numbers[FAULTS]++;
	errno = (int)numbers[ERROR];
	return true;
}

static bool fails(enum op op, int fd)
{
	int before = errno;
	char name[NAME_MAX_LEN];

	if (!name_of(fd, name)) {
		errno = before;
		return false;
	}
	errno = before;
	return is_to_fail(op, name);
}

/* ---- The log: a line, and behind that of a write the page as it was ---- */

static void note(char what, const char *name, int64_t at, const void *page)
{
	char line[NAME_MAX_LEN + 64 + PAGE];
	int len = snprintf(line, NAME_MAX_LEN + 64, "%c %lld %s\n", what, (long long)at, name);

	if (page) {
		memcpy(line + len, page, PAGE);
		len += PAGE;
	}
	if (syscall(SYS_write, log_fd, line, len) != len)
		abort();
}

static void note_write(int fd, size_t len, off_t at)
{
	int before = errno;
	char name[NAME_MAX_LEN], page[PAGE];

	if (log_fd < 0 || !name_of(fd, name) || !(file_of(name) & (FILE_MAIN | FILE_LOG)))
		return;
	for (off_t each = at / PAGE * PAGE; each < at + (off_t)len; each += PAGE) {
		memset(page, 0, PAGE);
		(void)!syscall(SYS_pread64, fd, page, PAGE, each);
		note('W', name, each, page);
	}
	errno = before;
}

static void note_end(char what, int fd)
{
	int before = errno;
	char name[NAME_MAX_LEN];

	if (log_fd >= 0 && name_of(fd, name) && (file_of(name) & (FILE_MAIN | FILE_LOG)))
		note(what, name, 0, NULL);
	errno = before;
}

/* ---- The calls ---- */

static ssize_t do_write(int fd, const void *data, size_t len, off_t at)
{
	if (fails(OP_WRITE, fd))
		return -1;
	note_write(fd, len, at);
	return syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return do_write(fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return do_write(fd, data, len, at);
}

ssize_t write(int fd, const void *data, size_t len)
{
	return fails(OP_WRITE, fd) ? -1 : syscall(SYS_write, fd, data, len);
}

ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	return fails(OP_READ, fd) ? -1 : syscall(SYS_pread64, fd, data, len, at);
}

ssize_t pread64(int fd, void *data, size_t len, off_t at)
{
	return fails(OP_READ, fd) ? -1 : syscall(SYS_pread64, fd, data, len, at);
}

/* One that fails is not done, either: the worst that a system does then is to forget what it was to
 * bring to the disk. */
static int do_sync(int fd)
{
	if (fails(OP_SYNC, fd)) {
		note_end('F', fd);
		return -1;
	}
	if (syscall(SYS_fdatasync, fd))
		return -1;
	note_end('S', fd);
	return 0;
}

int fsync(int fd)
{
	return do_sync(fd);
}

int fdatasync(int fd)
{
	return do_sync(fd);
}

static int do_truncate(int fd, off_t len)
{
	return fails(OP_TRUNCATE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

int ftruncate(int fd, off_t len)
{
	return do_truncate(fd, len);
}

int ftruncate64(int fd, off_t len)
{
	return do_truncate(fd, len);
}

static int do_open(const char *path, int flags, mode_t mode)
{
	if (numbers && (flags & O_CREAT) && syscall(SYS_access, path, F_OK) != 0 &&
		is_to_fail(OP_CREATE, path))
		return -1;
	return raw_open(path, flags, mode);
}

#define MODE_OF(flags)                                                                             \
	mode_t mode = 0;                                                                           \
	va_list args;                                                                              \
	va_start(args, flags);                                                                     \
	if ((flags)&O_CREAT)                                                                       \
		mode = va_arg(args, mode_t);                                                       \
	va_end(args)

int open(const char *path, int flags, ...)
{
	MODE_OF(flags);
	return do_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE_OF(flags);
	return do_open(path, flags, mode);
}

int unlink(const char *path)
{
	if (numbers && is_to_fail(OP_REMOVE, path))
		return -1;
	if (syscall(SYS_unlinkat, AT_FDCWD, path, 0))
		return -1;
	if (log_fd >= 0 && (file_of(path) & (FILE_MAIN | FILE_LOG)))
		note('U', path, 0, NULL);
	return 0;
}
