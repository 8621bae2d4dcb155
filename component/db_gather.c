/* The write-ahead log, as a commit writes it: SQLite writes each frame in two calls, its head and
 * its page. Within a commit they wait in memory, and go to the file at once. See db_state.h.
 *
 * Only within a commit. What was written before it, since the cache was full, may be rolled back
 * without a call that this could see; and another process may then write its own frames in the same
 * place, over which nothing may come later.
 *
 * Others see what is in the log by its index, of which SQLite tells them last. All is in the file
 * before that: a commit ends with a sync; where the connection doesn't sync, with the page of a
 * frame that says that it ends a transaction. Only the heads of frames that were written twice may
 * be written behind that, and then SQLite has read first, from when on nothing waits. A write that
 * fails does so in a later call than it was asked for, but in one of the same commit, which fails
 * with that. */
#include "component/db_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's own VFS takes less than 128 KiB in one call (os_unix.c, seekAndWriteFd()). */
#define GATHERED_MAX 65536
/* The head of a frame, sqlite.org/fileformat2.html, 4.1. */
#define HEAD_SIZE 24
#define HEAD_PAGES 4 /* of the database, where the frame ends a transaction; else 0 */

struct log_file {
	sqlite3_file base;
	sqlite3_file wrapped; /* last: what the wrapped VFS has is behind it */
};

struct log_vfs {
	sqlite3_vfs base;
	sqlite3_vfs *wrapped;
	char name[64];
};

/* One thread opens databases with this, and so has one commit at a time. (That of db_checkpoint.h
 * doesn't: it commits nothing.) */
static struct {
	bool is_on;
	bool is_ending;	    /* the last that was written was the head of a frame that ends */
	sqlite3_file *file; /* where this belongs: */
	sqlite3_int64 at;
	size_t len;
	unsigned char bytes[GATHERED_MAX];
} gathered;

void db_gather_begin(void)
{
	gathered.is_on = true;
	gathered.is_ending = false;
}

void db_gather_end(void)
{
	gathered.is_on = false;
	gathered.len = 0;
}

/* What can't be written is forgotten, since it is rolled back. */
static int flush(void)
{
	int len = (int)gathered.len;

	gathered.len = 0;
	if (len == 0)
		return SQLITE_OK;
	return gathered.file->pMethods->xWrite(gathered.file, gathered.bytes, len, gathered.at);
}

static bool is_ending_head(const unsigned char *data, size_t len)
{
	static const unsigned char none[4];

	return len == HEAD_SIZE && memcmp(data + HEAD_PAGES, none, sizeof(none)) != 0;
}

static bool is_next(const sqlite3_file *file, size_t len, sqlite3_int64 at)
{
	return gathered.len > 0 && gathered.file == file &&
	       at == gathered.at + (sqlite3_int64)gathered.len &&
	       len <= GATHERED_MAX - gathered.len;
}

static sqlite3_file *wrapped_of(sqlite3_file *file)
{
	return &((struct log_file *)file)->wrapped;
}

static int write_log(sqlite3_file *file, const void *data, int amount, sqlite3_int64 at)
{
	sqlite3_file *wrapped = wrapped_of(file);
	size_t len = (size_t)amount;
	bool is_last = gathered.is_ending;

	if (!is_next(wrapped, len, at)) {
		int code = flush();

		if (code != SQLITE_OK)
			return code;
		if (!gathered.is_on || len > GATHERED_MAX)
			return wrapped->pMethods->xWrite(wrapped, data, amount, at);
		gathered.file = wrapped;
		gathered.at = at;
	}
	memcpy(gathered.bytes + gathered.len, data, len);
	gathered.len += len;
	gathered.is_ending = is_ending_head(data, len);
	return is_last ? flush() : SQLITE_OK;
}

static int read_log(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	int code = flush();

	gathered.is_on = false;
	if (code != SQLITE_OK)
		return code;
	return wrapped_of(file)->pMethods->xRead(wrapped_of(file), data, len, at);
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 len)
{
	int code = flush();

	if (code != SQLITE_OK)
		return code;
	return wrapped_of(file)->pMethods->xTruncate(wrapped_of(file), len);
}

static int sync_log(sqlite3_file *file, int flags)
{
	int code = flush();

	if (code != SQLITE_OK)
		return code;
	return wrapped_of(file)->pMethods->xSync(wrapped_of(file), flags);
}

static int size_of_log(sqlite3_file *file, sqlite3_int64 *size)
{
	int code = flush();

	if (code != SQLITE_OK)
		return code;
	return wrapped_of(file)->pMethods->xFileSize(wrapped_of(file), size);
}

static int close_log(sqlite3_file *file)
{
	return wrapped_of(file)->pMethods->xClose(wrapped_of(file));
}

static int control_log(sqlite3_file *file, int what, void *argument)
{
	return wrapped_of(file)->pMethods->xFileControl(wrapped_of(file), what, argument);
}

static int sector_size(sqlite3_file *file)
{
	return wrapped_of(file)->pMethods->xSectorSize(wrapped_of(file));
}

static int characteristics(sqlite3_file *file)
{
	return wrapped_of(file)->pMethods->xDeviceCharacteristics(wrapped_of(file));
}

/* Only a database is locked, and has memory that is shared. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = close_log,
	.xRead = read_log,
	.xWrite = write_log,
	.xTruncate = truncate_log,
	.xSync = sync_log,
	.xFileSize = size_of_log,
	.xFileControl = control_log,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
};

static int open_file(
	sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
	sqlite3_vfs *wrapped = ((struct log_vfs *)vfs)->wrapped;
	int code;

	if ((flags & SQLITE_OPEN_WAL) == 0)
		return wrapped->xOpen(wrapped, path, file, flags, out_flags);
	code = wrapped->xOpen(wrapped, path, wrapped_of(file), flags, out_flags);
	file->pMethods = wrapped_of(file)->pMethods != NULL ? &methods : NULL;
	return code;
}

const char *db_gather_vfs(void)
{
	sqlite3_vfs *wrapped = sqlite3_vfs_find(NULL);
	struct log_vfs *vfs;
	char name[sizeof(vfs->name)];

	if (wrapped == NULL)
		return NULL;
	(void)snprintf(name, sizeof(name), "gather-%s", wrapped->zName);
	vfs = (struct log_vfs *)sqlite3_vfs_find(name);
	if (vfs != NULL)
		return vfs->name;
	vfs = malloc(sizeof(*vfs));
	if (vfs == NULL)
		return NULL;
	/* All but the opening is the wrapped one's own. */
	vfs->base = *wrapped;
	vfs->base.pNext = NULL;
	vfs->base.szOsFile = (int)sizeof(struct log_file) + wrapped->szOsFile;
	vfs->base.zName = memcpy(vfs->name, name, sizeof(name));
	vfs->base.xOpen = open_file;
	vfs->wrapped = wrapped;
	if (sqlite3_vfs_register(&vfs->base, 0) != SQLITE_OK) {
		free(vfs);
		return NULL;
	}
	return vfs->name;
}
