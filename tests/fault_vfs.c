/* See fault_vfs.h. SQLite: "The OS backend (VFS)", "Atomic commit in SQLite", 9. */
#include "tests/fault_vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#define SECTOR 512
#define PAGE 4096
#define FAULTS_MAX 4

/* For this program and the libraries that it is linked with. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* ---- What the disk has ---- */

struct bytes {
	unsigned char *data;
	size_t len;
};

/* Not synced yet. */
struct pending {
	struct pending *next;
	bool is_truncation;
	bool is_lost; /* its sync failed: it is in the cache alone */
	size_t at;    /* of a write; else the length */
	struct bytes bytes;
};

struct disk_file {
	struct disk_file *next;
	char *path;
	bool makes_names_last; /* SQLite syncs the folder with it */
	/* As synced. */
	bool has_name;
	struct bytes content; /* behind the name; without one, of the file that is being made */
	struct bytes ghost;   /* removed, and made anew: what may be behind the name instead */
	/* Since then. */
	bool is_there;
	bool is_ghost; /* a name that was removed, and then made anew */
	struct pending *pending, **end;
};

static struct disk_file *files;
static struct fault plan[FAULTS_MAX];
static size_t plan_count;
static struct fault_counts counts;
static unsigned long ops;
static bool is_struck, is_dead, ends;
static uint64_t chance; /* xorshift64* */

static unsigned below(unsigned n)
{
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return (unsigned)((chance * 2685821657736338717u >> 33) % n);
}

static void *need(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

static void set_length(struct bytes *bytes, size_t len)
{
	bytes->data = need(realloc(bytes->data, len + 1));
	if (len > bytes->len)
		memset(bytes->data + bytes->len, 0, len - bytes->len);
	bytes->len = len;
}

static void put(struct bytes *bytes, size_t at, const unsigned char *data, size_t len)
{
	if (bytes->len < at + len)
		set_length(bytes, at + len);
	memcpy(bytes->data + at, data, len);
}

static void clear(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){NULL, 0};
}

static void read_all(struct bytes *bytes, const char *path)
{
	FILE *file = need(fopen(path, "rb"));
	struct stat st;

	if (fstat(fileno(file), &st) != 0)
		abort();
	set_length(bytes, (size_t)st.st_size);
	if (fread(bytes->data, 1, bytes->len, file) != bytes->len)
		abort();
	(void)fclose(file);
}

static struct disk_file *find_file(const char *path)
{
	struct disk_file *file = files;

	while (file != NULL && strcmp(file->path, path) != 0)
		file = file->next;
	return file;
}

static void add_pending(
	struct disk_file *file, bool is_truncation, size_t at, const void *data, size_t len)
{
	struct pending *pending = need(calloc(1, sizeof(*pending)));

	pending->is_truncation = is_truncation;
	pending->at = at;
	if (len > 0)
		put(&pending->bytes, 0, data, len);
	*file->end = pending;
	file->end = &pending->next;
}

static void drop_pending(struct disk_file *file)
{
	while (file->pending != NULL) {
		struct pending *pending = file->pending;

		file->pending = pending->next;
		clear(&pending->bytes);
		free(pending);
	}
	file->end = &file->pending;
}

static void apply(struct disk_file *file, const struct pending *pending, size_t from, size_t to)
{
	if (pending->is_truncation)
		set_length(&file->content, pending->at);
	else if (to > from)
		put(&file->content, pending->at + from, pending->bytes.data + from, to - from);
}

static void make_names_last(void)
{
	for (struct disk_file *file = files; file != NULL; file = file->next) {
		if (!file->is_there)
			clear(&file->content);
		file->has_name = file->is_there;
		file->is_ghost = false;
		clear(&file->ghost);
	}
}

static void bring_to_disk(struct disk_file *file)
{
	for (const struct pending *pending = file->pending; pending != NULL;
		pending = pending->next)
		if (!pending->is_lost)
			apply(file, pending, 0, pending->bytes.len);
	drop_pending(file);
	if (file->makes_names_last)
		make_names_last();
}

/* ---- Faults ---- */

enum met { MET_NOTHING, MET_IO, MET_FULL, MET_POWER, MET_DEAD };

/* The power fails within an op, of which all that can be kept is pending. */
static int end_at(int result)
{
	if (!ends)
		return result;
	fault_vfs_settle();
	_exit(FAULT_ENDED);
}

/* What this op meets. */
static enum met meet(unsigned long *count)
{
	++*count;
	ops++;
	if (is_dead)
		return MET_DEAD;
	for (size_t i = 0; i < plan_count; i++) {
		if (ops < plan[i].at || ops - plan[i].at >= plan[i].many)
			continue;
		is_struck = true;
		switch (plan[i].kind) {
		case FAULT_IO:
			return MET_IO;
		case FAULT_FULL:
			return MET_FULL;
		case FAULT_POWER:
			is_dead = true;
			return MET_POWER;
		}
	}
	return MET_NOTHING;
}

/* ---- A file ---- */

struct open_file {
	sqlite3_file base;
	struct disk_file *disk;
	sqlite3_file real; /* last: what the system's VFS has is behind it */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return &((struct open_file *)file)->real;
}

static struct disk_file *disk_of(sqlite3_file *file)
{
	return ((struct open_file *)file)->disk;
}

static int close_file(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int read_file(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), data, len, at);
}

static int write_file(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	struct disk_file *disk = disk_of(file);
	enum met met = disk != NULL ? meet(&counts.writes) : MET_NOTHING;
	int result = SQLITE_OK;

	if (met == MET_IO || met == MET_FULL)
		len = (int)below((unsigned)len);
	if (len > 0 && met != MET_DEAD)
		result = real_of(file)->pMethods->xWrite(real_of(file), data, len, at);
	if (len > 0 && met != MET_DEAD && result == SQLITE_OK && disk != NULL)
		add_pending(disk, false, (size_t)at, data, (size_t)len);
	if (met == MET_POWER)
		return end_at(SQLITE_IOERR_WRITE);
	if (met != MET_NOTHING)
		return met == MET_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	return result;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 len)
{
	struct disk_file *disk = disk_of(file);
	enum met met = disk != NULL ? meet(&counts.truncates) : MET_NOTHING;
	int result = SQLITE_IOERR_TRUNCATE;

	if (met == MET_NOTHING || met == MET_POWER)
		result = real_of(file)->pMethods->xTruncate(real_of(file), len);
	if (result == SQLITE_OK && disk != NULL)
		add_pending(disk, true, (size_t)len, NULL, 0);
	if (met == MET_POWER)
		return end_at(SQLITE_IOERR_TRUNCATE);
	return met == MET_NOTHING ? result : SQLITE_IOERR_TRUNCATE;
}

static int sync_file(sqlite3_file *file, int flags)
{
	struct disk_file *disk = disk_of(file);

	(void)flags;
	if (disk == NULL)
		return SQLITE_OK;
	switch (meet(&counts.syncs)) {
	case MET_NOTHING:
	case MET_FULL:
		bring_to_disk(disk);
		return SQLITE_OK;
	case MET_IO:
		for (struct pending *pending = disk->pending; pending != NULL;
			pending = pending->next)
			pending->is_lost |= below(2) == 0;
		break;
	case MET_POWER:
		return end_at(SQLITE_IOERR_FSYNC);
	case MET_DEAD:
		break;
	}
	return SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int check_reserved(sqlite3_file *file, int *is_reserved)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved);
}

static int control_file(sqlite3_file *file, int what, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int map_shm(sqlite3_file *file, int page, int size, int extends, void volatile **memory)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extends, memory);
}

static int lock_shm(sqlite3_file *file, int at, int n, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), at, n, flags);
}

static void barrier_shm(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int unmap_shm(sqlite3_file *file, int removes)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), removes);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_reserved,
	.xFileControl = control_file,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = map_shm,
	.xShmLock = lock_shm,
	.xShmBarrier = barrier_shm,
	.xShmUnmap = unmap_shm,
};

/* ---- Names ---- */

/* Known from now on; what is there already is on the disk. */
static struct disk_file *know(const char *path, bool is_there, bool is_log)
{
	struct disk_file *file = find_file(path);

	if (file != NULL && file->is_there == is_there)
		return file;
	if (file == NULL) {
		file = need(calloc(1, sizeof(*file)));
		file->path = need(strdup(path));
		file->end = &file->pending;
		file->makes_names_last = is_log;
		file->next = files;
		files = file;
	}
	/* Made, removed or renamed by others. */
	file->has_name = file->is_there = is_there;
	if (is_there)
		read_all(&file->content, path);
	return file;
}

static void make_name(struct disk_file *file)
{
	if (file->has_name && !file->is_there) {
		file->is_ghost = true;
		clear(&file->ghost);
		file->ghost = file->content;
		file->content = (struct bytes){NULL, 0};
	}
	file->is_there = true;
	drop_pending(file);
}

static int open_file(
	sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *out_flags)
{
	const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
			 SQLITE_OPEN_SUPER_JOURNAL;
	struct open_file *opened = (struct open_file *)file;
	struct disk_file *disk = NULL;
	bool is_there;
	int result;

	(void)vfs;
	file->pMethods = NULL;
	if (path != NULL && (flags & kept) != 0) {
		is_there = access(path, F_OK) == 0;
		disk = know(path, is_there, (flags & SQLITE_OPEN_MAIN_DB) == 0);
		if (!is_there && (flags & SQLITE_OPEN_CREATE) != 0) {
			switch (meet(&counts.creations)) {
			case MET_NOTHING:
				make_name(disk);
				break;
			case MET_FULL:
				return SQLITE_FULL;
			case MET_POWER:
				return end_at(SQLITE_CANTOPEN);
			case MET_IO:
			case MET_DEAD:
				return SQLITE_CANTOPEN;
			}
		}
	}
	result = real_vfs->xOpen(real_vfs, path, &opened->real, flags, out_flags);
	opened->disk = disk;
	if (opened->real.pMethods != NULL)
		file->pMethods = &methods;
	return result;
}

static int remove_file(sqlite3_vfs *vfs, const char *path, int syncs_folder)
{
	struct disk_file *file = find_file(path);
	enum met met;
	int result;

	(void)vfs;
	if (file == NULL || access(path, F_OK) != 0)
		return real_vfs->xDelete(real_vfs, path, 0);
	met = meet(&counts.removals);
	if (met == MET_IO || met == MET_DEAD)
		return SQLITE_IOERR_DELETE;
	result = real_vfs->xDelete(real_vfs, path, 0);
	if (result == SQLITE_OK) {
		file->is_there = false;
		drop_pending(file);
		if (!file->has_name)
			clear(&file->content);
		if (syncs_folder != 0 && met != MET_POWER)
			make_names_last();
	}
	return met == MET_POWER ? end_at(SQLITE_IOERR_DELETE) : result;
}

/* ---- The disk afterwards ---- */

/* Pieces of it, as a disk has them that was given them in another order: sectors, or pages of the
 * system's cache. A write of many frames loses few of them, half, or nearly all. */
static void keep_pieces(struct disk_file *file, const struct pending *pending)
{
	const size_t piece = below(2) == 0 ? SECTOR : PAGE;
	const unsigned of = 2U << 2 * below(3);
	const bool keeps_one = below(2) == 0;
	size_t len = pending->bytes.len, to;

	for (size_t from = 0; from < len; from = to) {
		to = from + piece - (pending->at + from) % piece;
		if (to > len)
			to = len;
		if ((below(of) == 0) == keeps_one)
			apply(file, pending, from, to);
	}
}

/* What was under way at the end may be there in part. */
static void keep_some(struct disk_file *file, const struct pending *pending)
{
	switch (below(5)) {
	case 0:
	case 1:
		apply(file, pending, 0, pending->bytes.len);
		break;
	case 2: /* up to a byte */
		apply(file, pending, 0, below((unsigned)pending->bytes.len + 1));
		break;
	case 3:
		keep_pieces(file, pending);
		break;
	default:
		break;
	}
}

/* What is kept of all that wasn't synced: nothing, everything, or what chance says. */
static void lose_power(struct disk_file *file, unsigned kept)
{
	bool keeps_name = kept == 0 ? false : kept == 1 || below(2) == 0;

	if (file->is_there != file->has_name && !keeps_name) {
		file->is_there = file->has_name;
		drop_pending(file);
	} else if (file->is_ghost && !keeps_name) {
		clear(&file->content);
		file->content = file->ghost;
		file->ghost = (struct bytes){NULL, 0};
		drop_pending(file);
	}
	for (const struct pending *pending = file->pending; pending != NULL;
		pending = pending->next) {
		/* The last one was under way. */
		if (kept == 1 && pending->next != NULL && !pending->is_lost)
			apply(file, pending, 0, pending->bytes.len);
		else if (kept != 0 && !pending->is_lost)
			keep_some(file, pending);
	}
	drop_pending(file);
}

static void write_out(const struct disk_file *file)
{
	char name[512];
	FILE *out;

	(void)unlink(file->path);
	/* What is shared in memory goes with the power. */
	(void)snprintf(name, sizeof(name), "%s-shm", file->path);
	(void)unlink(name);
	if (!file->is_there)
		return;
	out = need(fopen(file->path, "wb"));
	if (fwrite(file->content.data, 1, file->content.len, out) != file->content.len ||
		fclose(out) != 0 || chmod(file->path, S_IRUSR | S_IWUSR) != 0)
		abort();
}

void fault_vfs_settle(void)
{
	unsigned kept = below(5);

	ends = false;
	while (files != NULL) {
		struct disk_file *file = files;

		files = file->next;
		if (is_dead && file->is_there == (access(file->path, F_OK) == 0)) {
			lose_power(file, kept);
			write_out(file);
		}
		drop_pending(file);
		clear(&file->content);
		clear(&file->ghost);
		free(file->path);
		free(file);
	}
	fault_vfs_plan(NULL, 0, 0);
}

/* ---- For the test ---- */

static sqlite3_vfs fault_vfs;

void fault_vfs_install(void)
{
	assert(real_vfs == NULL);
	real_vfs = sqlite3_vfs_find(NULL);
	fault_vfs = *real_vfs;
	fault_vfs.zName = "fault";
	fault_vfs.pNext = NULL;
	fault_vfs.szOsFile = (int)sizeof(struct open_file) + real_vfs->szOsFile;
	fault_vfs.xOpen = open_file;
	fault_vfs.xDelete = remove_file;
	fault_vfs_plan(NULL, 0, 0);
	if (sqlite3_vfs_register(&fault_vfs, 1) != SQLITE_OK)
		abort();
}

void fault_vfs_remove(void)
{
	fault_vfs_settle();
	(void)sqlite3_vfs_unregister(&fault_vfs);
	/* Not whatever was registered since, which may be on top of this. */
	if (sqlite3_vfs_register(real_vfs, 1) != SQLITE_OK)
		abort();
	real_vfs = NULL;
}

void fault_vfs_plan(const struct fault *faults, size_t count, uint64_t seed)
{
	assert(count <= FAULTS_MAX);
	if (count > 0)
		memcpy(plan, faults, count * sizeof(*faults));
	plan_count = count;
	counts = (struct fault_counts){0};
	ops = 0;
	is_struck = is_dead = false;
	chance = seed * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 8; i++)
		(void)below(2);
}

void fault_vfs_end(bool does_end)
{
	ends = does_end;
}

unsigned long fault_vfs_ops(void)
{
	return ops;
}

void fault_vfs_counts(struct fault_counts *into)
{
	*into = counts;
}

bool fault_vfs_struck(void)
{
	return is_struck;
}

bool fault_vfs_is_dead(void)
{
	return is_dead;
}
