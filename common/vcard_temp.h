/* What vcard-temp and vCard 4 call the same things (XEP-0292, 9). For the codec of vcard-temp. */
#ifndef KITH_VCARD_TEMP_H
#define KITH_VCARD_TEMP_H

#include <stddef.h>

#define VCARD_TEMP_COMPONENTS_MAX 8

/* An element with children in the order of the components of a vCard 4 property. */
struct vcard_temp_structure {
	const char *name;
	const char *components[VCARD_TEMP_COMPONENTS_MAX]; /* ended by NULL */
};

extern const struct vcard_temp_structure vcard_temp_structures[]; /* ended by name NULL */

/* The row of that name, or NULL. */
const struct vcard_temp_structure *vcard_temp_structure(const char *name);

#endif
