/* What the two nodes (node_*.c) and the requests that are common to them (feature_pubsub.c) know of
 * each other (XEP-0060; design: section 3). */
#ifndef KITH_PUBSUB_H
#define KITH_PUBSUB_H

#include <stddef.h>

#include "component/feature.h"

struct vcard;
struct xml;

/* Bounds of one answer: it must stay well below what a server takes as one stanza (Prosody: 512
 * KiB, and it closes the link over it). A single item always goes. */
#define PUBSUB_PAGE_MAX 50
#define PUBSUB_PAGE_BYTES (200 * 1024)

/* One option of a node's configuration, which is the same for everybody. */
struct pubsub_option {
	const char *var; /* "pubsub#access_model" */
	const char *value;
	const char *also; /* another spelling of it that a precondition may have; NULL none */
};

struct pubsub_node {
	const char *node;		     /* NodeID */
	const char *title;		     /* for a person */
	const struct pubsub_option *options; /* ends with var NULL */
	/* id: the item's, NULL none. payload: its one element. Adds to the result. */
	enum answer (*publish)(struct request *request, const char *id, const struct xml *payload);
	enum answer (*retract)(struct request *request, const char *id);
	/* items: the <items/> of the request. */
	enum answer (*items)(struct request *request, const struct xml *items);
};

extern const struct pubsub_node pubsub_profile, pubsub_contacts;

/* The node of that name, or NULL. */
const struct pubsub_node *pubsub_node_find(const char *node);

/* Makes the result: a <pubsub/> with one child of that name, which is returned, with the node. */
struct xml *pubsub_result(struct request *request, const char *name, const char *node);

/* Adds an item to <items/>; the card is borrowed while the answer is used. */
void pubsub_add_item(
	struct arena *arena, struct xml *items, const char *id, const char *card, size_t card_len);

/* Reads a payload as a vCard4 with a name: any other namespace (XEP-0510 has a node of the same
 * name as ours), a card that can't be read, or one without FN is not-acceptable. */
enum answer pubsub_read_card(
	struct request *request, const struct xml *payload, struct vcard **card);

/* The answer to a card that was refused after it was read: too large, or why. */
enum answer pubsub_refuse_card(struct request *request, const struct vcard *card, const char *why);

/* XEP-0060, 7.1.5: checks the preconditions of <publish-options/> (NULL: none). (publish_options.c)
 */
enum answer pubsub_check_options(
	struct request *request, const struct pubsub_node *node, const struct xml *publish_options);

#endif
