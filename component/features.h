/* The features, each in its feature_*.c, for the table of them. */
#ifndef KITH_FEATURES_H
#define KITH_FEATURES_H

#include "component/feature.h"

extern const struct feature feature_caps;
extern const struct feature feature_commands;
extern const struct feature feature_delegation;
extern const struct feature feature_disco;
extern const struct feature feature_identity;
extern const struct feature feature_last;
extern const struct feature feature_mam;
extern const struct feature feature_ping;
extern const struct feature feature_pubsub;
extern const struct feature feature_register;
extern const struct feature feature_search;
extern const struct feature feature_time;
extern const struct feature feature_vcard;
extern const struct feature feature_version;

/* The disco#info of the service, as it is for everybody: what admins alone are shown isn't in it.
 * (feature_disco.c) */
struct xml *disco_of_service(struct service *service, struct arena *arena);

#endif
