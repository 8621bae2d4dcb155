/* What handlers ask of their request: the sender's account, errors with XEP-0060's conditions. */
#include "component/feature.h"

#include "common/ns.h"
#include "component/privilege.h"
#include "component/rates.h"

enum answer request_pubsub_error(
	struct request *request, enum answer answer, const char *condition, const char *feature)
{
	request->error_condition = condition;
	request->error_ns = NS_PUBSUB_ERRORS;
	request->error_feature = feature;
	return answer;
}

enum answer request_take(struct request *request, enum rate rate, const char *jid, unsigned count)
{
	const char *refusal = rates_take(
		&request->service->rules, request->arena, rate, jid, count, request->now);

	if (!refusal)
		return ANSWER_RESULT;
	request->error_text = refusal;
	return ANSWER_RESOURCE_CONSTRAINT;
}

enum answer request_account(struct request *request, struct store_account *account)
{
	struct store *store = request->service->store;

	if (!request->is_served)
		return ANSWER_FORBIDDEN;
	if (store_account_get(store, request->arena, request->from.bare, account) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (account->opened_at == 0) {
		if (store_account_open(store, account->id, request->now) != STORE_OK)
			return ANSWER_INTERNAL_SERVER_ERROR;
		account->opened_at = account->seen_at = request->now;
		if (privilege_ask_roster(request->service, request->arena, account, request->now))
			return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (account->used_at == 0) {
		if (store_account_used(store, account->id, request->now) != STORE_OK)
			return ANSWER_INTERNAL_SERVER_ERROR;
		account->used_at = request->now;
	}
	if (store_account_seen(store, account, request->now) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}
