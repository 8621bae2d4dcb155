/* Telephone numbers by libphonenumber: the only C++, and no exception leaves it. */
#include "common/phone_engine.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

namespace
{

enum phone_kind kind_of(PhoneNumberUtil::PhoneNumberType type)
{
	switch (type) {
	case PhoneNumberUtil::MOBILE:
		return PHONE_MOBILE;
	case PhoneNumberUtil::FIXED_LINE:
		return PHONE_FIXED;
	case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
	case PhoneNumberUtil::UNKNOWN:
		return PHONE_UNKNOWN;
	case PhoneNumberUtil::TOLL_FREE:
	case PhoneNumberUtil::PREMIUM_RATE:
	case PhoneNumberUtil::SHARED_COST:
	case PhoneNumberUtil::VOIP:
	case PhoneNumberUtil::PERSONAL_NUMBER:
	case PhoneNumberUtil::PAGER:
	case PhoneNumberUtil::UAN:
	case PhoneNumberUtil::VOICEMAIL:
		return PHONE_OTHER;
	}
	return PHONE_UNKNOWN;
}

enum phone_charge charge_of(PhoneNumberUtil::PhoneNumberType type)
{
	if (type == PhoneNumberUtil::TOLL_FREE)
		return PHONE_TOLL_FREE;
	if (type == PhoneNumberUtil::SHARED_COST)
		return PHONE_SHARED_COST;
	return type == PhoneNumberUtil::PREMIUM_RATE ? PHONE_PREMIUM : PHONE_CHARGE_USUAL;
}

/* False if text doesn't fit. */
template <size_t size> bool put(char (&out)[size], const std::string &text)
{
	if (text.size() >= size)
		return false;
	std::memcpy(out, text.c_str(), text.size() + 1);
	return true;
}

/* Made once, at the first number: it takes milliseconds. */
const ShortNumberInfo &short_numbers()
{
	static const ShortNumberInfo info;

	return info;
}

enum phone_sort read_number(struct phone *out, const struct phone_input *input)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	const std::string region = *input->region ? input->region : "ZZ";
	PhoneNumber number;
	std::string extension, text;
	enum phone_sort sort = PHONE_POSSIBLE;

	switch (util.Parse(input->text, region, &number)) {
	case PhoneNumberUtil::NO_PARSING_ERROR:
		break;
	case PhoneNumberUtil::NOT_A_NUMBER:
		return PHONE_SHORT;
	case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
	case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
	case PhoneNumberUtil::TOO_SHORT_NSN:
	case PhoneNumberUtil::TOO_LONG_NSN:
		return PHONE_INVALID;
	}
	if (util.IsValidNumber(number)) {
		sort = PHONE_VALID;
		const PhoneNumberUtil::PhoneNumberType type = util.GetNumberType(number);
		out->kind = kind_of(type);
		out->charge = charge_of(type);
	} else if (short_numbers().IsValidShortNumber(number)) {
		return PHONE_SHORT;
	} else if (util.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) {
		return PHONE_INVALID;
	}
	extension = number.extension();
	util.NormalizeDigitsOnly(&extension);
	util.Format(number, PhoneNumberUtil::E164, &text);
	if (!put(out->extension, extension) || !put(out->e164, text))
		return PHONE_INVALID;
	/* Formatted with its extension it would have each country's own word for it. */
	if (!extension.empty() &&
		util.Parse(text, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
		return PHONE_INVALID;
	util.Format(number, PhoneNumberUtil::INTERNATIONAL, &text);
	return put(out->display, text) ? sort : PHONE_INVALID;
}

} // namespace

enum phone_sort phone_engine_read(struct phone *out, const struct phone_input *input)
{
	try {
		return read_number(out, input);
	} catch (...) {
		/* No memory: the number is treated as one that can't be read. */
		return PHONE_INVALID;
	}
}

bool phone_engine_is_region(const char *region)
{
	try {
		return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region) != 0;
	} catch (...) {
		return false;
	}
}

bool phone_engine_is_library(void)
{
	return true;
}
