/* The store on SQLite: what people are found by. */
#include "component/store.h"

#include <string.h>

#include "component/store_sqlite.h"
#include "component/words.h"

#define STEPS_MAX 5000 /* looks into the index of one search: 4 ms of CPU at a million accounts */

enum term_kind {
	TERM_WORD = 0, /* stored: append only */
	TERM_EMAIL = 1,
	TERM_IDENTITY = 2,
};

enum { TERM_ADD, TERM_ERASE, TERM_HITS, TERM_HAS, TERM_THERE, TERMS_OF };

static const char *const texts[] = {
	[TERM_ADD] = "INSERT OR IGNORE INTO term (kind, term, account)"
		     " VALUES (:kind, :term, :account)",
	[TERM_ERASE] = "DELETE FROM term WHERE account = :account",
	[TERM_HITS] =
		"SELECT account FROM term WHERE kind = :kind AND term >= :low AND term < :high"
		" ORDER BY term, account",
	[TERM_HAS] = "SELECT 1 FROM term WHERE account = :account AND kind = :kind"
		     " AND term >= :low AND term < :high LIMIT 1",
	[TERM_THERE] = "SELECT 1 FROM term"
		       " WHERE kind = :kind AND term = :term AND account = :account",
	[TERMS_OF] = "SELECT kind, term FROM term WHERE account = :account",
};

const struct store_texts store_search_texts = {texts, sizeof(texts) / sizeof(texts[0])};

static struct db_statement *use(struct store *store, unsigned statement)
{
	return store_use(store, STORE_SET_SEARCH, statement);
}

/* ---- Writing ---- */

/* Calls `with` for each term of an account with that name, those e-mails and identities, until it
 * doesn't return OK; one may come more than once. */
static enum store_result each_term(const char *name, const char *const *emails,
	const char *const *identities,
	enum store_result (*with)(void *context, enum term_kind kind, const char *term),
	void *context)
{
	enum store_result result = STORE_OK;
	char folded[WORDS_FOLDED_MAX + 1];
	struct words words = {0};

	if (name != NULL)
		words_of_name(&words, name);
	for (size_t i = 0; i < words.count && result == STORE_OK; i++)
		result = with(context, TERM_WORD, words.text[i]);
	for (; emails != NULL && *emails != NULL && result == STORE_OK; emails++) {
		words_fold(folded, *emails);
		if (folded[0] != '\0')
			result = with(context, TERM_EMAIL, folded);
	}
	for (; identities != NULL && *identities != NULL && result == STORE_OK; identities++)
		result = with(context, TERM_IDENTITY, *identities);
	return result;
}

struct terms_of {
	struct store *store;
	int64_t account;
};

static struct db_statement *use_term(
	const struct terms_of *of, unsigned statement, enum term_kind kind, const char *term)
{
	struct db_statement *used = use(of->store, statement);

	db_bind_int(used, ":kind", kind);
	db_bind_text(used, ":term", term);
	db_bind_int(used, ":account", of->account);
	return used;
}

static enum store_result term_add(void *context, enum term_kind kind, const char *term)
{
	return store_result_of(db_run(use_term(context, TERM_ADD, kind, term), NULL));
}

enum store_result store_term_put(struct store *store, int64_t account, const char *name,
	const char *const *emails, const char *const *identities)
{
	struct terms_of of = {store, account};

	if (store_run_for(store, STORE_SET_SEARCH, TERM_ERASE, account) != STORE_OK)
		return STORE_ERROR;
	return each_term(name, emails, identities, term_add, &of);
}

/* ---- Checking ---- */

/* NONE: it isn't stored. */
static enum store_result term_there(void *context, enum term_kind kind, const char *term)
{
	struct db_statement *there = use_term(context, TERM_THERE, kind, term);
	enum store_result found = store_step(there);

	if (found == STORE_OK)
		db_end(there);
	return found;
}

struct term {
	enum term_kind kind;
	const char *text;
};

/* NONE: it is that one. */
static enum store_result term_other(void *context, enum term_kind kind, const char *text)
{
	const struct term *term = context;

	return term->kind == kind && strcmp(term->text, text) == 0 ? STORE_NONE : STORE_OK;
}

enum store_result store_term_check(struct store *store, int64_t account, const char *name,
	const char *const *emails, const char *const *identities, bool *same)
{
	struct terms_of of = {store, account};
	enum store_result all = each_term(name, emails, identities, term_there, &of);
	struct db_statement *list;
	enum db_step step;

	*same = all == STORE_OK;
	if (all != STORE_OK)
		return all == STORE_ERROR ? STORE_ERROR : STORE_OK;
	list = use(store, TERMS_OF);
	db_bind_int(list, ":account", account);
	while ((step = db_step(list)) == DB_ROW) {
		struct term term = {(enum term_kind)db_int(list, 0), db_text(list, 1, NULL)};

		if (term.text == NULL ||
			each_term(name, emails, identities, term_other, &term) == STORE_OK)
			*same = false;
	}
	return step == DB_ERROR ? STORE_ERROR : STORE_OK;
}

/* ---- Searching ---- */

/* Those that are come to, each once. */
struct found {
	int64_t *accounts;
	size_t max, count;
	size_t steps; /* that it took */
};

static bool is_found(const struct found *found, int64_t account)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->accounts[i] == account)
			return true;
	return false;
}

/* What is behind a term in the bound above it: for all that begin with the term the last character
 * there is, for the term alone the first. */
#define ABOVE_PREFIX "\xF4\x8F\xBF\xBF"
#define ABOVE_EXACT "\x01"
#define HIGH_BYTES (WORDS_FOLDED_MAX + sizeof(ABOVE_PREFIX))

/* Binds the range from term to what is above it; high, of HIGH_BYTES, is borrowed like term. */
static void bind_range(struct db_statement *statement, enum term_kind kind, const char *term,
	const char *above, char *high)
{
	size_t len = words_cut(term, strlen(term), WORDS_FOLDED_MAX);

	memcpy(high, term, len);
	memcpy(high + len, above, strlen(above));
	db_bind_int(statement, ":kind", kind);
	db_bind_text_len(statement, ":low", term, len);
	db_bind_text_len(statement, ":high", high, len + strlen(above));
}

/* 1: account has that term, or one that begins so, 0: it has none, -1: the store failed. */
static int has_term(struct store *store, int64_t account, enum term_kind kind, const char *term,
	const char *above)
{
	struct db_statement *has = use(store, TERM_HAS);
	char high[HIGH_BYTES];

	bind_range(has, kind, term, above, high);
	db_bind_int(has, ":account", account);
	switch (db_step(has)) {
	case DB_ROW:
		db_end(has);
		return 1;
	case DB_DONE:
		return 0;
	case DB_ERROR:
		break;
	}
	return -1;
}

static int has_word(struct store *store, int64_t account, const char *word)
{
	return has_term(store, account, TERM_WORD, word, ABOVE_PREFIX);
}

/* Adds account if it has all words but the one that led to it. */
static enum store_result consider(struct store *store, struct found *found, int64_t account,
	const struct words *words, size_t led_by)
{
	found->steps++;
	if (is_found(found, account))
		return STORE_OK;
	for (size_t i = 0; words != NULL && i < words->count; i++) {
		int has;

		if (i == led_by)
			continue;
		found->steps++;
		has = has_word(store, account, words->text[i]);
		if (has <= 0)
			return has == 0 ? STORE_OK : STORE_ERROR;
	}
	found->accounts[found->count++] = account;
	return STORE_OK;
}

/* Considers the accounts with that term, or with one that begins so. */
static enum store_result look(struct store *store, struct found *found, enum term_kind kind,
	const char *term, const char *above, const struct words *words, size_t led_by)
{
	enum store_result result = STORE_OK;
	struct db_statement *find = use(store, TERM_HITS);
	char high[HIGH_BYTES];
	enum db_step step = DB_ROW;

	bind_range(find, kind, term, above, high);
	while (result == STORE_OK && found->count < found->max && found->steps < STEPS_MAX &&
		(step = db_step(find)) == DB_ROW)
		result = consider(store, found, db_int(find, 0), words, led_by);
	if (step == DB_ROW)
		db_end(find);
	return step == DB_ERROR ? STORE_ERROR : result;
}

static enum store_result look_for_words(
	struct store *store, struct found *found, const struct words *words)
{
	size_t longest = 0;

	/* The longest is likely to have the fewest hits. */
	for (size_t i = 1; i < words->count; i++)
		if (strlen(words->text[i]) > strlen(words->text[longest]))
			longest = i;
	return words->count == 0 ? STORE_OK
				 : look(store, found, TERM_WORD, words->text[longest], ABOVE_PREFIX,
					   words, longest);
}

static enum store_result look_for_email(
	struct store *store, struct found *found, const char *folded)
{
	return folded[0] == '\0' ? STORE_OK
				 : look(store, found, TERM_EMAIL, folded, ABOVE_EXACT, NULL, 0);
}

/* First by what few have. */
enum store_result store_profile_search(struct store *store, const struct store_terms *terms,
	int64_t *accounts, size_t max, size_t *count)
{
	struct found found = {.accounts = accounts, .max = max};
	enum store_result result = STORE_OK;
	char folded[WORDS_FOLDED_MAX + 1];
	struct words words;

	if (terms->identity != NULL)
		result = look(store, &found, TERM_IDENTITY, terms->identity, ABOVE_EXACT, NULL, 0);
	if (terms->email != NULL && result == STORE_OK) {
		words_fold(folded, terms->email);
		result = look_for_email(store, &found, folded);
	}
	if (terms->name != NULL && result == STORE_OK) {
		words_of_search(&words, terms->name);
		result = look_for_words(store, &found, &words);
	}
	*count = found.count;
	return result;
}

enum store_result store_profile_named(
	struct store *store, int64_t account, const char *text, bool *yes)
{
	struct words words;
	int has = 1;

	words_of_search(&words, text);
	for (size_t i = 0; i < words.count && has == 1; i++)
		has = has_word(store, account, words.text[i]);
	*yes = has == 1 && words.count > 0;
	return has < 0 ? STORE_ERROR : STORE_OK;
}

enum store_result store_profile_has(
	struct store *store, int64_t account, const struct store_terms *terms, bool *yes)
{
	char folded[WORDS_FOLDED_MAX + 1];
	int has = 0;

	if (terms->email != NULL) {
		words_fold(folded, terms->email);
		if (folded[0] != '\0')
			has = has_term(store, account, TERM_EMAIL, folded, ABOVE_EXACT);
	}
	if (terms->identity != NULL && has == 0)
		has = has_term(store, account, TERM_IDENTITY, terms->identity, ABOVE_EXACT);
	*yes = has > 0;
	return has < 0 ? STORE_ERROR : STORE_OK;
}
