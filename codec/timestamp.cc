#include "codec/timestamp.h"

#include <array>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
constexpr std::int64_t kDayMillis = 86'400'000;
constexpr std::int64_t kDaysPerEra = 146'097;       // 400 Gregorian years
constexpr std::int64_t kEraToEpoch = 719'468;       // days from 0000-03-01 to 1970-01-01
constexpr UnixMillis kFirst = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr UnixMillis kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

bool has_form(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(int year, int month) {
  constexpr std::array kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Years are counted from March, so that the leap day is the last of its year and month lengths
// follow the linear formula (153 m + 2) / 5.
std::int64_t days_from_civil(int year, int month, int day) {
  const int march_year = year - (month <= 2 ? 1 : 0);
  const int era = (march_year >= 0 ? march_year : march_year - 399) / 400;
  const int year_of_era = march_year - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kEraToEpoch;
}

struct Date {
  int year;
  int month;
  int day;
};

Date civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + kEraToEpoch;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - kDaysPerEra + 1) / kDaysPerEra;
  const int day_of_era = static_cast<int>(shifted - era * kDaysPerEra);
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted_month = (5 * day_of_year + 2) / 153;
  const int month = shifted_month + (shifted_month < 10 ? 3 : -9);
  const int year = static_cast<int>(year_of_era + era * 400) + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

void put_digits(std::string& out, std::size_t at, std::size_t count, int value) {
  for (std::size_t i = count; i > 0; --i, value /= 10) {
    out[at + i - 1] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

Result<UnixMillis> parse_timestamp(std::string_view text) {
  if (!has_form(text)) return std::unexpected(Error::kTimestamp);
  const int year = number(text.substr(0, 4));
  const int month = number(text.substr(5, 2));
  const int day = number(text.substr(8, 2));
  const int hour = number(text.substr(11, 2));
  const int minute = number(text.substr(14, 2));
  const int second = number(text.substr(17, 2));
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
      minute > 59 || second > 59) {
    return std::unexpected(Error::kTimestamp);
  }
  const std::int64_t seconds = (hour * 60 + minute) * 60 + second;
  return days_from_civil(year, month, day) * kDayMillis + seconds * 1000 +
         number(text.substr(20, 3));
}

std::string format_timestamp(UnixMillis at) {
  SDMP_CHECK(at >= kFirst && at <= kLast);
  std::int64_t days = at / kDayMillis;
  if (at % kDayMillis < 0) --days;
  const int millis = static_cast<int>(at - days * kDayMillis);
  const Date date = civil_from_days(days);
  std::string text(kForm);
  put_digits(text, 0, 4, date.year);
  put_digits(text, 5, 2, date.month);
  put_digits(text, 8, 2, date.day);
  put_digits(text, 11, 2, millis / 3'600'000);
  put_digits(text, 14, 2, millis / 60'000 % 60);
  put_digits(text, 17, 2, millis / 1000 % 60);
  put_digits(text, 20, 3, millis % 1000);
  return text;
}

}  // namespace sdmp::codec
