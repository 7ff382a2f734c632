#include "codec/connection_object.h"

#include <gtest/gtest.h>

#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

std::string encoded(Bytes octets) {
  return base64url_encode(octets);
}

ByteVector x25519_value() {
  ByteVector value(32, 0);
  value[0] = 9;
  return value;
}

std::string connection_body(std::string_view g, std::string_view p, std::string_view n) {
  return R"("connection":{"g":)" + std::string(g) + R"(,"p":)" + std::string(p) + R"(,"N":)" +
         std::string(n) + "}";
}
std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string x25519_body() {
  return connection_body("9", in_quotes(encoded(group_prime(Group::kX25519))),
                         in_quotes(encoded(x25519_value())));
}

std::string payload_of(std::string_view body) {
  return payload_with(R"("connection")", body);
}

// What the two checks say about a payload, one behind the other: "" when both accept.
std::string fault(std::string_view payload) {
  ContainerReader reader;
  const auto container = reader.parse_copy(unsigned_container(payload));
  if (!container) return fault_of(container);
  if (auto shape = check_connection_shape(*container); !shape) return fault_of(shape);
  return fault_of(read_connection(*container));
}

TEST(ConnectionObject, SES_2_BuiltObjectsOfEveryGroupAreRead) {
  for (const Group group :
       {Group::kX25519, Group::kFfdhe2048, Group::kFfdhe3072, Group::kFfdhe4096}) {
    ByteVector value(group_size(group), 0);
    value.back() = 4;
    const std::string text = build_connection_object(test_key(), kTestMoment, group, value);
    EXPECT_LE(text.size(), 16'384u);
    ContainerReader reader;
    const auto container = reader.parse_copy(text);
    ASSERT_TRUE(container) << fault_of(container);
    ASSERT_TRUE(check_connection_shape(*container));
    const auto parameters = read_connection(*container);
    ASSERT_TRUE(parameters) << fault_of(parameters);
    EXPECT_EQ(parameters->group, group);
    EXPECT_EQ(parameters->public_value, value);
    EXPECT_TRUE(container->verify(test_key().public_key()));
  }
}

TEST(ConnectionObject, P_HS_PayloadIsExact) {
  ContainerReader reader;
  const std::string text =
      build_connection_object(test_key(), kTestMoment, Group::kX25519, x25519_value());
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->payload_text, payload_of(x25519_body()));
  EXPECT_EQ(encoded(group_prime(Group::kX25519)), "f" + std::string(40, '_') + "-0");
}

TEST(ConnectionObject, SES_2_ExactlyTheOneSchema) {
  for (const auto* schemas :
       {R"("connection","urn:x:y")", R"("urn:x:y","connection")", R"("resource","connection")",
        R"("connection","resource")", R"("resource")", R"("journal_request")", R"("urn:x:y")"}) {
    EXPECT_EQ(fault(payload_with(schemas, x25519_body())), "schemas") << schemas;
  }
  EXPECT_EQ(fault(payload_with(R"("connection","connection")", x25519_body())), "schemas");
}

TEST(ConnectionObject, SES_4_NoMemberBeyondThoseNamed) {
  const std::string body = x25519_body();
  for (const std::string& payload :
       {payload_of(body + R"(,"x":1)"), payload_of(R"("x":null,)" + body),
        payload_of(body + R"(,"post":{"content":"x"})"), payload_of(body + R"(,"":0)"),
        payload_with(R"("connection")", body, R"(,"x":1)"),
        payload_with(R"("connection")", body, R"(,"updates":[")" + test_publisher() + "\"]"),
        payload_with(R"("connection")", body, R"(,"updates":[])"),
        payload_of(replaced(body, R"({"g")", R"({"n":1,"g")")),
        payload_of(replaced(body, R"({"g")", R"({"G":9,"g")")),
        payload_of(replaced(body, R"({"g")", R"({"x":{},"g")"))}) {
    EXPECT_EQ(fault(payload), "connection_member") << payload;
  }
  EXPECT_EQ(fault(payload_of(replaced(body, R"({"g")", R"({"g":9,"g")"))), "json_duplicate");
  EXPECT_EQ(fault(payload_of(replaced(body, R"({"g")", R"({"\u0067":9,"g")"))), "json_duplicate");
}

TEST(ConnectionObject, SES_3_AllThreeAreRequiredAndTyped) {
  const std::string p = in_quotes(encoded(group_prime(Group::kX25519)));
  const std::string n = in_quotes(encoded(x25519_value()));
  EXPECT_EQ(fault(payload_of(connection_body("9", p, n))), "");
  for (const std::string& body :
       {std::string(), std::string(R"("connection":null)"), std::string(R"("connection":[])"),
        std::string(R"("connection":"x")"), std::string(R"("connection":{})"),
        R"("connection":{"p":)" + p + R"(,"N":)" + n + "}", R"("connection":{"g":9,"N":)" + n + "}",
        R"("connection":{"g":9,"p":)" + p + "}", connection_body("\"9\"", p, n),
        connection_body("null", p, n), connection_body("[9]", p, n), connection_body("true", p, n),
        connection_body("9", "1", n), connection_body("9", "null", n), connection_body("9", p, "1"),
        connection_body("9", p, "{}")}) {
    EXPECT_EQ(fault(payload_of(body)), "payload_shape") << body;
  }
}

TEST(ConnectionObject, SES_3_ValuesAreCanonicalBase64url) {
  const std::string p = encoded(group_prime(Group::kX25519));
  const std::string n = encoded(x25519_value());
  for (const std::string& bad :
       {p + "=", " " + p, "+" + p.substr(1), p.substr(0, 42) + "1", p + "AA"}) {
    EXPECT_EQ(fault(payload_of(connection_body("9", in_quotes(bad), in_quotes(n)))), "base64")
        << bad;
  }
  for (const std::string& bad : {n + "=", "\\n" + n, "/" + n.substr(1), n.substr(0, 42) + "B"}) {
    EXPECT_EQ(fault(payload_of(connection_body("9", in_quotes(p), in_quotes(bad)))), "base64")
        << bad;
  }
}

TEST(ConnectionObject, P_HS_GeneratorIsTheTokenAndNothingElse) {
  const std::string p = in_quotes(encoded(group_prime(Group::kX25519)));
  const std::string n = in_quotes(encoded(x25519_value()));
  for (const auto* g : {"9.0", "9e0", "9E0", "0.9e1", "90e-1", "18446744073709551625", "-9", "0",
                        "1", "2", "3", "-0", "99", "4294967305", "1e999"}) {
    EXPECT_EQ(fault(payload_of(connection_body(g, p, n))), "group") << g;
  }
  for (const auto* g : {"09", "+9", "0x9", "9.", "NaN"}) {
    EXPECT_EQ(fault(payload_of(connection_body(g, p, n))), "json_syntax") << g;
  }
}

TEST(ConnectionObject, SES_6_ForeignPrimesAreRefused) {
  const std::string n = in_quotes(encoded(x25519_value()));
  const Bytes known = group_prime(Group::kX25519);
  ByteVector longer(known.begin(), known.end());
  longer.insert(longer.begin(), 0);
  ByteVector changed(known.begin(), known.end());
  changed.back() ^= 2;
  for (const ByteVector& prime :
       {ByteVector{}, ByteVector{7}, longer, changed, ByteVector(known.rbegin(), known.rend())}) {
    EXPECT_EQ(fault(payload_of(connection_body("9", in_quotes(encoded(prime)), n))), "group");
  }
  const std::string ffdhe = in_quotes(encoded(group_prime(Group::kFfdhe2048)));
  EXPECT_EQ(fault(payload_of(connection_body("9", ffdhe, n))), "group");
}

TEST(ConnectionObject, P_HS_PublicValueOutOfLengthOrRangeIsRefused) {
  const std::string p = in_quotes(encoded(group_prime(Group::kX25519)));
  for (const std::size_t size : {0u, 1u, 31u, 33u, 64u}) {
    EXPECT_EQ(fault(payload_of(connection_body("9", p, in_quotes(encoded(ByteVector(size, 5)))))),
              "public_value");
  }
  const Bytes prime = group_prime(Group::kFfdhe2048);
  const auto with = [&](const ByteVector& value) {
    return fault(
        payload_of(connection_body("2", in_quotes(encoded(prime)), in_quotes(encoded(value)))));
  };
  ByteVector value(prime.size(), 0);
  EXPECT_EQ(with(value), "public_value");
  value.back() = 1;
  EXPECT_EQ(with(value), "public_value");
  value.back() = 2;
  EXPECT_EQ(with(value), "");
  EXPECT_EQ(with({2}), "public_value");
  ByteVector high(prime.begin(), prime.end());
  EXPECT_EQ(with(high), "public_value");
  high.back() -= 1;
  EXPECT_EQ(with(high), "public_value");
  high.back() -= 1;
  EXPECT_EQ(with(high), "");
}

TEST(ConnectionObject, P_JWS_EscapesAndOrderAreFree) {
  const std::string p = in_quotes(encoded(group_prime(Group::kX25519)));
  const std::string n = in_quotes(encoded(x25519_value()));
  const std::string body =
      "\"conn\\u0065ction\" : { \"N\" :" + n + ",\n\"\\u0070\":" + p + ", \"g\" : 9 }";
  EXPECT_EQ(fault(payload_of(body)), "");
}

}  // namespace
}  // namespace sdmp::codec
