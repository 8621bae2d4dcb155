/* Names on the disk; see folder.h. */
#include "plugin/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int folder_sync_of(const char *path)
{
	char *copy = strdup(path); /* dirname() writes to it */
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int result = fd >= 0 ? fsync(fd) : -1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	free(copy);
	errno = error;
	return result;
}
