#include <algorithm>

#include "tests/engine/protocol/object_maker.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ByteVector;
using Rows = std::vector<MalformedObject>;

ByteVector prime_of(codec::Group group) {
  const codec::Bytes prime = codec::group_prime(group);
  return {prime.begin(), prime.end()};
}

// `number` plus a small amount, big-endian, without change of length.
ByteVector plus(ByteVector number, int amount) {
  int carry = amount;
  for (auto octet = number.rbegin(); octet != number.rend() && carry != 0; ++octet) {
    const int sum = *octet + carry;
    *octet = static_cast<std::uint8_t>(sum & 0xff);
    carry = sum >> 8;
  }
  return number;
}

ByteVector small(std::size_t size, std::uint8_t value) {
  ByteVector octets(size, 0);
  octets.back() = value;
  return octets;
}

Rows group_rows(const ObjectMaker& maker, const ObjectMaker& classic) {
  const auto g = [&maker](std::string name, const std::string& token) {
    return MalformedObject{std::move(name), maker.edited_payload("\"g\":9", "\"g\":" + token),
                           Cause::kGroupNotAccepted};
  };
  const auto p = [](const ObjectMaker& from, std::string name, const ByteVector& octets) {
    return MalformedObject{std::move(name),
                           from.edited_payload(from.prime(), codec::base64url_encode(octets)),
                           Cause::kGroupNotAccepted};
  };
  const ByteVector prime = prime_of(maker.group());
  const ByteVector large = prime_of(classic.group());
  const ByteVector reversed(prime.rbegin(), prime.rend());
  ByteVector longer = prime;
  longer.insert(longer.begin(), 0);
  ByteVector padded = large;
  padded.insert(padded.begin(), 0);
  return {
      g("GFraction", "9.0"),
      g("GExponent", "9e0"),
      g("GExponentUpper", "90E-1"),
      g("GWrapsAround64Bits", "18446744073709551625"),
      g("GWrapsAround32Bits", "4294967305"),
      g("GNegative", "-9"),
      g("GZero", "0"),
      g("GOne", "1"),
      g("GOfTheOtherGroups", "2"),
      g("GHuge", "9" + std::string(400, '0')),
      {"GNineForFfdhe", classic.edited_payload("\"g\":2", "\"g\":9"), Cause::kGroupNotAccepted},
      {"GThreeForFfdhe", classic.edited_payload("\"g\":2", "\"g\":3"), Cause::kGroupNotAccepted},
      p(maker, "PEmpty", {}),
      p(maker, "PZero", ByteVector(32, 0)),
      p(maker, "POne", small(32, 1)),
      p(maker, "PLittleEndian", reversed),
      p(maker, "PLeadingZero", longer),
      p(maker, "PPlusTwo", plus(prime, 2)),
      p(maker, "POf23", {23}),
      p(classic, "PFfdheMinusTwo", plus(large, -2)),
      p(classic, "PFfdheLeadingZero", padded),
      p(classic, "PFfdheCut", ByteVector(large.begin(), large.end() - 1)),
      p(classic, "PFfdheEven", plus(large, -1)),
  };
}

Rows value_rows(const ObjectMaker& maker, const ObjectMaker& classic) {
  const auto n = [](const ObjectMaker& from, std::string name, const ByteVector& octets) {
    return MalformedObject{std::move(name),
                           from.edited_payload(from.value(), codec::base64url_encode(octets)),
                           Cause::kPublicValueInvalid};
  };
  const ByteVector prime = prime_of(classic.group());
  const ByteVector value = codec::base64url_decode(classic.value()).value();
  ByteVector longer = value;
  longer.insert(longer.begin(), 0);
  // Points of small order (RFC 7748 section 6.1): little-endian 0, 1, and one of order 8.
  ByteVector one(32, 0);
  one[0] = 1;
  const ByteVector order8 =
      codec::base64url_decode("4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA").value();
  ByteVector prime25519 = prime_of(maker.group());
  std::ranges::reverse(prime25519);
  return {
      n(maker, "NEmpty", {}),
      n(maker, "NShort", ByteVector(31, 9)),
      n(maker, "NLong", ByteVector(33, 9)),
      n(maker, "NZeroPoint", ByteVector(32, 0)),
      n(maker, "NPointOfOrder4", one),
      n(maker, "NPointOfOrder8", order8),
      n(maker, "NPointZeroNotReduced", prime25519),
      n(classic, "NFfdheEmpty", {}),
      n(classic, "NFfdheZero", ByteVector(prime.size(), 0)),
      n(classic, "NFfdheOne", small(prime.size(), 1)),
      n(classic, "NFfdhePMinusOne", plus(prime, -1)),
      n(classic, "NFfdheP", prime),
      n(classic, "NFfdhePPlusTwo", plus(prime, 2)),
      n(classic, "NFfdheAllOnes", ByteVector(prime.size(), 0xff)),
      n(classic, "NFfdheStripped", ByteVector(value.begin() + 1, value.end())),
      n(classic, "NFfdheLeadingZero", longer),
      n(classic, "NFfdheTwoNotPadded", {2}),
  };
}

}  // namespace

Rows malformed_parameters(const ObjectMaker& maker, const ObjectMaker& classic) {
  Rows all = group_rows(maker, classic);
  const Rows values = value_rows(maker, classic);
  all.insert(all.end(), values.begin(), values.end());
  return all;
}

}  // namespace sdmp::protocol::testing
