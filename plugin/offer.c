/* What was last offered for choice. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/client.h"
#include "plugin/who.h"

struct offer {
	char *key;
	char **ids;
	size_t count;
};

void offer_free(struct offer *offer)
{
	if (!offer)
		return;
	for (size_t i = 0; i < offer->count; i++)
		free(offer->ids[i]);
	free(offer->ids);
	free(offer->key);
	free(offer);
}

void offer_set(struct kith *kith, const char *key, const char *const *ids, size_t count)
{
	struct offer *offer = calloc(1, sizeof(*offer));

	offer_free(kith->offer);
	kith->offer = NULL;
	if (!offer || !(offer->key = strdup(key)) ||
		!(offer->ids = calloc(count, sizeof(*offer->ids))))
		goto fail;
	for (; offer->count < count; offer->count++)
		if (!(offer->ids[offer->count] = strdup(ids[offer->count])))
			goto fail;
	kith->offer = offer;
	return;
fail: /* then a number counts in what is found anew */
	offer_free(offer);
}

const char *offer_get(const struct kith *kith, const char *key, unsigned n)
{
	const struct offer *offer = kith->offer;

	return offer && strcmp(offer->key, key) == 0 && n >= 1 && n <= offer->count
		       ? offer->ids[n - 1]
		       : NULL;
}
