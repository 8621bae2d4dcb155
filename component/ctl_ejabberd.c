/* kithctl import --from ejabberd: the vCards in what `ejabberdctl export_piefxis DIRECTORY` of an
 * ejabberd 23.01 wrote: files of XEP-0227, one for each host, included in one named by the time of
 * the export. */
#include "component/ctl.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/arena.h"

#define D "[0-9]"
#define MAIN_FILE D D D D D D D D "-" D D D D D D ".xml" /* 20261122-051054.xml */

static int is_main_file(const struct dirent *entry)
{
	return fnmatch(MAIN_FILE, entry->d_name, 0) == 0;
}

/* The newest export of a directory; NULL, said why. */
static const char *find_newest(struct arena *arena, const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_main_file, alphasort);
	const char *file = NULL;

	if (count < 0)
		fprintf(stderr, "kithctl: %s: %s\n", directory, strerror(errno));
	else if (count == 0)
		fprintf(stderr, "kithctl: %s: no export of ejabberd is in it\n", directory);
	else
		file = arena_printf(arena, "%s/%s", directory, entries[count - 1]->d_name);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return file;
}

bool ctl_import_ejabberd(struct ctl_import *import, const char *path)
{
	struct arena *arena = arena_new(0);
	struct stat status;
	const char *file = path;
	bool is_read;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		file = arena != NULL ? find_newest(arena, path) : NULL;
	is_read = file != NULL && ctl_import_xep0227(import, file);
	arena_free(arena);
	return is_read;
}
