/* All that kithd serves: dispatch and disco#info are made from this table. */
#include "component/features.h"

#include <stddef.h>

const struct feature *const features_all[] = {
	&feature_caps,
	&feature_commands,
	&feature_delegation,
	&feature_disco,
	&feature_identity,
	&feature_last,
	&feature_mam,
	&feature_ping,
	&feature_pubsub,
	&feature_register,
	&feature_search,
	&feature_time,
	&feature_vcard,
	&feature_version,
	NULL,
};
