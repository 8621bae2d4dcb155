/* Messages that people write to the service: answers to what it asked. */
#ifndef KITH_CHAT_H
#define KITH_CHAT_H

#include "component/feature.h"

/* True for a message that chat_answer() is for: it has a body, or a selected action (XEP-0439). */
bool chat_is_said(const struct xml *message);

/* Does what request->iq, a message to the service, says, and sends the answer in words.
 * ANSWER_RESULT or INTERNAL_SERVER_ERROR. */
enum answer chat_answer(struct request *request);

#endif
