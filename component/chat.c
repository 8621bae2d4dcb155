/* Answers in the chat: words, and actions that were selected (XEP-0439, 0.1.0; design: section 3,
 * "save button").
 *
 * Which of several is meant is never guessed: each has a code, the first digits of its token. */
#include "component/chat.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/decide.h"
#include "component/say.h"

#define CODE_LEN 4   /* digits of a code */
#define WORDS_MAX 80 /* bytes of a message that can be an answer */

static const char no_longer[] = "That is no longer open.";
static const char help[] =
	"I understand \"yes\" and \"no\", where I asked something. All else is in my commands.";

bool chat_is_said(const struct xml *message)
{
	return xml_child(message, NULL, "body") ||
	       xml_child(message, NS_QUICK_RESPONSE, "action-selected");
}

enum word { WORD_YES, WORD_NO, WORD_BACK, WORD_OTHER };

static enum word word_of(const char *text, size_t len)
{
	static const struct {
		const char *text;
		enum word word;
	} words[] = {{"yes", WORD_YES}, {"y", WORD_YES}, {"ok", WORD_YES}, {"okay", WORD_YES},
		{"save", WORD_YES}, {"no", WORD_NO}, {"n", WORD_NO}, {"back", WORD_BACK},
		{"undo", WORD_BACK}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].text) == len && strncasecmp(words[i].text, text, len) == 0)
			return words[i].word;
	return WORD_OTHER;
}

/* A word, and perhaps a code (*code_len 0: none), with nothing else but blanks and marks. */
static enum word read_words(const char *text, const char **code, size_t *code_len)
{
	static const char take[] = "take"; /* back */
	static const char marks[] = " \t\r\n.,!\"'";
	size_t len;
	enum word word;

	*code_len = 0;
	if (!text || strlen(text) > WORDS_MAX)
		return WORD_OTHER;
	text += strspn(text, marks);
	len = strcspn(text, marks);
	if (len == strlen(take) && strncasecmp(text, take, len) == 0) {
		text += len + strspn(text + len, marks);
		len = strcspn(text, marks);
		if (word_of(text, len) != WORD_BACK)
			return WORD_OTHER;
	}
	word = word_of(text, len);
	text += len + strspn(text + len, marks);
	*code = text;
	*code_len = strcspn(text, marks);
	text += *code_len;
	return text[strspn(text, marks)] ? WORD_OTHER : word;
}

/* What is held is only taken back by that word, so that a "yes" or "no" to something else can't do
 * it. */
static bool fits(enum word word, const struct store_matter *matter)
{
	return (word == WORD_BACK) == (matter->kind == MATTER_HOLD);
}

static void keep_fitting(enum word word, struct decide_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!fits(word, &list->matters[i]))
			continue;
		list->matters[kept] = list->matters[i];
		list->texts[kept++] = list->texts[i];
	}
	list->count = kept;
}

/* The one that has that code, NULL if none or several have it. */
static const struct store_matter *find_code(
	const struct decide_list *list, const char *code, size_t len)
{
	const struct store_matter *found = NULL;

	for (size_t i = 0; i < list->count && len >= CODE_LEN; i++) {
		if (strncasecmp(list->matters[i].token, code, len) != 0)
			continue;
		if (found)
			return NULL;
		found = &list->matters[i];
	}
	return found;
}

static const char *ask_back(struct request *request, const struct decide_list *list)
{
	struct buffer text;
	const char *said;

	buffer_init(&text, 0);
	buffer_puts(&text, "Which one?");
	for (size_t i = 0; i < list->count; i++)
		buffer_printf(
			&text, "\n%.*s: %s", CODE_LEN, list->matters[i].token, list->texts[i]);
	buffer_printf(&text, "\nAnswer with the code, such as \"yes %.*s\". %s", CODE_LEN,
		list->matters[0].token,
		say_link(request->arena, request->service->settings->jid, NULL));
	said = arena_strdup(request->arena, buffer_string(&text));
	buffer_clear(&text);
	return said;
}

static enum answer take_words(struct request *request, const struct store_account *account,
	const char *text, const char **said)
{
	struct decide_list *list = arena_alloc(request->arena, sizeof(*list));
	const struct store_matter *matter;
	const char *code = "";
	size_t code_len = 0;
	enum word word = read_words(text, &code, &code_len);
	enum answer answer;

	if (word == WORD_OTHER) /* what is said by default */
		return ANSWER_RESULT;
	if (!list)
		return ANSWER_INTERNAL_SERVER_ERROR;
	answer = decide_list(request, account, NULL, list);
	if (answer != ANSWER_RESULT)
		return answer;
	keep_fitting(word, list);
	if (list->count == 0) {
		*said = "Nothing waits for an answer of yours.";
		return ANSWER_RESULT;
	}
	matter = code_len > 0 ? find_code(list, code, code_len) : &list->matters[0];
	if (!matter || (list->count > 1 && code_len == 0)) {
		*said = ask_back(request, list);
		return ANSWER_RESULT;
	}
	return decide(request, account, matter, word != WORD_NO, said);
}

/* An action is about one matter, whatever else waits. */
static enum answer take_action(struct request *request, const struct store_account *account,
	const char *id, const char **said)
{
	const char *slash = id ? strchr(id, '/') : NULL;
	enum word word = slash ? word_of(id, (size_t)(slash - id)) : WORD_OTHER;
	struct store_matter matter;

	*said = no_longer;
	if (word == WORD_OTHER)
		return ANSWER_RESULT;
	switch (store_matter_find(request->service->store, request->arena, account->id, slash + 1,
		request->now, &matter)) {
	case STORE_OK:
		if (!fits(word, &matter))
			return ANSWER_RESULT;
		return decide(request, account, &matter, word != WORD_NO, said);
	case STORE_NONE:
		return ANSWER_RESULT;
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

enum answer chat_answer(struct request *request)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	const struct xml *action = xml_child(request->iq, NS_QUICK_RESPONSE, "action-selected");
	const char *said = help, *body = xml_child_text(arena, request->iq, "body");
	struct store_account account = {.id = 0};
	enum answer answer;

	/* An account that echoes would be talked to for ever. */
	if (!action && body && strstr(body, help))
		return ANSWER_RESULT;
	/* Who only writes to the service makes no account by it: nothing waits for id 0. */
	if (store_account_find(service->store, arena, request->from.bare, &account) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (action)
		answer = take_action(request, &account, xml_get(action, "id"), &said);
	else
		answer = take_words(request, &account, body, &said);
	if (answer != ANSWER_RESULT)
		return answer;
	service->send(service, say_new(arena, service->settings->jid, request->from.full,
				       service_random_id(arena), said));
	return ANSWER_RESULT;
}
