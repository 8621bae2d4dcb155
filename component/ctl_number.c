/* kithctl number: how a telephone number is understood. */
#include "component/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/phone.h"

/* A line: valid or invalid, E.164 form, kind, extension; tabs between, "-" for what there isn't. */
static void print_number(const char *text, const char *region)
{
	struct phone phone;

	phone_read(&phone, text, region);
	printf("%s\t%s\t%s\t%s\n", phone.valid ? "valid" : "invalid",
		phone.e164[0] != '\0' ? phone.e164 : "-", phone_kind_name(phone.kind),
		phone.extension[0] != '\0' ? phone.extension : "-");
}

static void print_lines(const char *region)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) != -1) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\r\n")] = '\0';
		if (tab == NULL) {
			print_number(line, region);
			continue;
		}
		*tab = '\0';
		print_number(tab + 1, tab > line ? line : region);
	}
	free(line);
}

int ctl_number(struct ctl *ctl)
{
	const char *region = NULL;
	int option;

	while ((option = getopt(ctl->argc, ctl->argv, "+r:")) != -1) {
		if (option != 'r')
			return CTL_USAGE;
		region = optarg;
	}
	if (ctl->argc - optind > 1)
		return CTL_USAGE;
	if (region != NULL && !phone_is_region(region)) {
		fprintf(stderr, "kithctl: %s is no region (two letters, as GB)\n", region);
		return CTL_USAGE;
	}
	if (optind < ctl->argc)
		print_number(ctl->argv[optind], region);
	else
		print_lines(region);
	return CTL_OK;
}
