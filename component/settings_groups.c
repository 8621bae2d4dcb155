/* Groups: who may know of whom (design: section 4, "Rules"; section 6, `[group NAME]`). */
#include "component/settings.h"

#include <stdlib.h>
#include <string.h>

#include "component/settings_read.h"

struct settings_group *settings_group_add(struct settings *settings, const char *name)
{
	struct settings_group *longer =
		realloc(settings->groups, (settings->group_count + 1) * sizeof(*settings->groups));
	struct settings_group *group;

	if (!longer)
		return NULL;
	settings->groups = longer;
	group = &longer[settings->group_count];
	group->name = strdup(name);
	group->members = calloc(1, sizeof(*group->members));
	settings->group_count++;
	return group->name && group->members ? group : NULL;
}

static int compare(const struct settings_member *a, const struct settings_member *b)
{
	int order = strcmp(a->who, b->who);

	return order != 0 ? order : (a->group > b->group) - (a->group < b->group);
}

static int by_who(const void *a, const void *b)
{
	return compare(a, b);
}

int settings_groups_finish(struct settings *settings)
{
	size_t count = 0;

	for (size_t g = 0; g < settings->group_count; g++)
		for (char **member = settings->groups[g].members; *member; member++)
			count++;
	free(settings->members);
	settings->member_count = 0;
	settings->members = calloc(count ? count : 1, sizeof(*settings->members));
	if (!settings->members)
		return -1;
	for (size_t g = 0; g < settings->group_count; g++)
		for (char **member = settings->groups[g].members; *member; member++)
			settings->members[settings->member_count++] =
				(struct settings_member){*member, g};
	qsort(settings->members, count, sizeof(*settings->members), by_who);
	return 0;
}

/* What follows from one's JID, or from one's domain: the groups, in order. */
struct span {
	const struct settings_member *next, *end;
};

/* The place of the first member that isn't before who and group. */
static const struct settings_member *lower(
	const struct settings *settings, const char *who, size_t group)
{
	const struct settings_member key = {who, group};
	size_t low = 0, high = settings->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&settings->members[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return settings->members + low;
}

static struct span span_of(const struct settings *settings, const char *who)
{
	return (struct span){lower(settings, who, 0), lower(settings, who, SIZE_MAX)};
}

static bool meet(struct span a, struct span b)
{
	while (a.next < a.end && b.next < b.end) {
		if (a.next->group == b.next->group)
			return true;
		if (a.next->group < b.next->group)
			a.next++;
		else
			b.next++;
	}
	return false;
}

static bool is_of_domains(const struct settings *settings, const char *domain)
{
	for (char **each = settings->domains; *each; each++)
		if (strcmp(*each, domain) == 0)
			return true;
	return false;
}

bool settings_serves(const struct settings *settings, const char *bare_jid)
{
	const char *at = strchr(bare_jid, '@');
	struct span own, all;

	if (!at)
		return false;
	if (is_of_domains(settings, at + 1))
		return true;
	own = span_of(settings, bare_jid);
	all = span_of(settings, at + 1);
	return own.next < own.end || all.next < all.end;
}

bool settings_share_group(const struct settings *settings, const char *one, const char *other)
{
	const char *one_at = strchr(one, '@'), *other_at = strchr(other, '@');
	struct span ones[2], others[2];

	if (!one_at || !other_at)
		return false;
	if (settings->group_count == 0)
		return is_of_domains(settings, one_at + 1) && is_of_domains(settings, other_at + 1);
	ones[0] = span_of(settings, one);
	ones[1] = span_of(settings, one_at + 1);
	others[0] = span_of(settings, other);
	others[1] = span_of(settings, other_at + 1);
	for (int i = 0; i < 4; i++)
		if (meet(ones[i / 2], others[i % 2]))
			return true;
	return false;
}
