/* Finding the service among the server's items. XEP-0030. */
#ifndef KITH_DISCOVER_H
#define KITH_DISCOVER_H

struct kith;

/* Asks around; client_found() tells what came of it. */
void discover(struct kith *kith);

#endif
