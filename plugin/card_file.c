/* A file of vCards through a window: what is in it is read as if it were the whole file, and where
 * a card reaches its end, it is read anew with more behind it. */
#include "config.h"

#include "plugin/card_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/vcard.h"

#define CHUNK (256 * 1024)
#define HEAD 2	 /* bytes that tell UTF-16 from other text: they stay */
#define SEAM 128 /* bytes that stay of what is passed over: in UTF-16, more than BEGIN:VCARD */

struct card_file {
	int fd;
	off_t size, taken; /* of the file; how much of it was read */
	char *window;
	size_t len, room;
	bool at_end; /* nothing comes behind the window */
	struct vcard_reader reader;
};

static int open_regular(const char *path, off_t *size)
{
	/* O_NONBLOCK: what isn't a file is not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int error;

	if (fd < 0)
		return -1;
	error = fstat(fd, &st) != 0   ? errno
		: S_ISREG(st.st_mode) ? 0
		: S_ISDIR(st.st_mode) ? EISDIR
				      : EINVAL;
	if (error) {
		close(fd);
		errno = error;
		return -1;
	}
	*size = st.st_size;
	return fd;
}

struct card_file *card_file_open(const char *path)
{
	struct card_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->fd = open_regular(path, &file->size);
	if (file->fd < 0) {
		card_file_close(file);
		return NULL;
	}
	vcard_reader_init(&file->reader, NULL, 0);
	return file;
}

void card_file_close(struct card_file *file)
{
	int error = errno;

	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file->window);
	free(file);
	errno = error;
}

/* Drops what is before `from`, but the head. */
static void drop(struct card_file *file, size_t from)
{
	struct vcard_reader *reader = &file->reader;

	if (from <= HEAD)
		return;
	memmove(file->window + HEAD, file->window + from, file->len - from);
	file->len -= from - HEAD;
	reader->position -= from - HEAD;
	reader->len = file->len;
}

/* Reads as much again as there is, or a chunk. 0, or -1 with a reason. */
static int fill(struct card_file *file, const char **why)
{
	size_t more = file->len - file->reader.position;
	ssize_t got;

	if (more < CHUNK)
		more = CHUNK;
	if (file->room - file->len < more) {
		char *window = realloc(file->window, file->len + more);

		if (!window) {
			*why = "out of memory";
			return -1;
		}
		file->window = window;
		file->room = file->len + more;
	}
	do
		got = read(file->fd, file->window + file->len, more);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		*why = strerror(errno);
		return -1;
	}
	file->len += (size_t)got;
	file->taken += got;
	file->at_end = got == 0;
	file->reader.text = file->window;
	file->reader.len = file->len;
	return 0;
}

/* No card begins in the window, or none ends in it, which is as large as it may be. */
static void pass_over(struct card_file *file)
{
	struct vcard_reader *reader = &file->reader;
	size_t to = file->len - file->len % 2;

	to = to > SEAM ? to - SEAM : 0;
	for (; reader->position < to; reader->position++)
		reader->line += file->window[reader->position] == '\n';
}

enum card_file_result card_file_next(struct card_file *file, struct arena *arena,
	struct vcard **card, unsigned *line, const char **why)
{
	struct vcard_reader *reader = &file->reader;

	for (;;) {
		struct vcard_reader before = *reader;

		*why = NULL;
		*line = reader->line;
		*card = file->len > 0 ? vcard_read(reader, arena, why) : NULL;
		if (arena_failed(arena)) {
			*why = "out of memory";
			return CARD_FILE_FAILED;
		}
		if (file->at_end || reader->position < file->len)
			return *card ? CARD_FILE_CARD : *why ? CARD_FILE_BROKEN : CARD_FILE_END;
		*reader = before;
		if (!*card && !*why) {
			pass_over(file);
		} else if (file->len - reader->position >= CARD_FILE_CARD_MAX) {
			*why = arena_printf(arena, "line %u: a vCard that is too large", *line);
			pass_over(file);
			return CARD_FILE_BROKEN;
		}
		drop(file, reader->position);
		if (fill(file, why) != 0)
			return CARD_FILE_FAILED;
	}
}

char *card_file_whole(struct arena *arena, const char *path, size_t max, size_t *len)
{
	off_t size;
	int fd = open_regular(path, &size);
	FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
	char *text = NULL;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	text = arena_alloc(arena, max + 1);
	errno = ENOMEM;
	if (text) {
		errno = 0;
		*len = fread(text, 1, max + 1, file);
		if (*len > max)
			errno = EFBIG;
		if (ferror(file) || *len > max)
			text = NULL;
	}
	fclose(file);
	return text;
}

unsigned card_file_percent(const struct card_file *file)
{
	off_t done = file->taken - (off_t)(file->len - file->reader.position);

	return file->size > 0 && done < file->size ? (unsigned)(100 * done / file->size) : 100;
}
