/* Messages that come in: cards, pushes, headlines, results of the sync's query, carbons. */
#ifndef KITH_RECEIVE_H
#define KITH_RECEIVE_H

#include "plugin/kith.h"

struct xml;

enum kith_fed receive_message(struct kith *kith, const struct xml *message);

#endif
