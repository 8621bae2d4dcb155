/* What the service can do, told with its presence: XEP-0115, version 1.6.0. A PEP service learns so
 * of which nodes it is to be notified (XEP-0163, version 1.2.2, 4.3.1). */
#ifndef KITH_CAPS_H
#define KITH_CAPS_H

struct arena;
struct service;
struct xml;

/* 5.1: the verification string of a disco#info <query/>, by SHA-1. In the arena; NULL: no memory.
 */
const char *caps_ver(struct arena *arena, const struct xml *query);

/* 4: <c/> of the service, for its presence. In the arena; NULL: no memory. (feature_caps.c) */
struct xml *caps_of_service(struct service *service, struct arena *arena);

#endif
