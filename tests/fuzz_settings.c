/* kith.conf: there are settings, or a reason why not, with file and line. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "component/settings.h"
#include "tests/fuzz.h"

static void ignore(void *context, const char *line)
{
	(void)context;
	MUST(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[64], *why = NULL;
	struct settings *settings;
	int file = memfd_create("conf", 0);

	MUST(file >= 0 && fchmod(file, 0600) == 0);
	MUST(write(file, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	settings = settings_read(path, &why);
	MUST(settings ? !why : why && strncmp(why, path, strlen(path)) == 0);
	if (settings)
		settings_print(settings, ignore, NULL);
	settings_free(settings);
	free(why);
	close(file);
	return 0;
}
