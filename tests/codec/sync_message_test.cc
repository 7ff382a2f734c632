#include "codec/sync_message.h"

#include <gtest/gtest.h>

#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

const std::string kA = Fingerprint{sha512(as_bytes("a"))}.text();
const std::string kB = Fingerprint{sha512(as_bytes("b"))}.text();

struct Read {
  ContainerReader reader;
  Result<Container> parsed;

  Read(Schema schema, std::string_view body)
      : parsed(reader.parse_copy(
            unsigned_container(payload_with("\"" + std::string(name(schema)) + "\"", body)))) {
    EXPECT_TRUE(parsed) << fault_of(parsed) << body;
  }
  const Container& operator*() const { return *parsed; }
};

TEST(SyncMessage, SYN_3_JournalRequestRoundTrip) {
  const LineNumber since{sha512(as_bytes("line"))};
  const Read plain(Schema::kJournalRequest, journal_request_body(since, {}));
  const auto request = read_journal_request(*plain);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->since_known);
  EXPECT_EQ(request->since, since);
  EXPECT_EQ(request->since_text, since.text());
  EXPECT_FALSE(request->limit);
  const Read limited(Schema::kJournalRequest, journal_request_body(since, 7));
  EXPECT_EQ(read_journal_request(*limited)->limit, 7u);
}

TEST(SyncMessage, P_SYN_SinceThatNamesNoLineIsUnknownNotMalformed) {
  for (const std::string& since : {std::string(), std::string("x"), kA.substr(1), kA + "A",
                                   kA.substr(0, 85) + "_", std::string("é")}) {
    const Read read(Schema::kJournalRequest,
                    R"("request":{"type":"journal","since":")" + since + "\"}");
    const auto request = read_journal_request(*read);
    ASSERT_TRUE(request) << since;
    EXPECT_FALSE(request->since_known);
    EXPECT_EQ(request->since_text, since);
  }
}

TEST(SyncMessage, P_SYN_LimitIsANonNegativeIntegerToken) {
  const std::pair<std::string_view, std::optional<std::uint64_t>> limits[] = {
      {"0", 0},
      {"1", 1},
      {"18446744073709551615", UINT64_MAX},
      {"18446744073709551616", UINT64_MAX},
      {"123456789012345678901234567890", UINT64_MAX},
      {"-1", {}},
      {"-0", {}},
      {"1.5", {}},
      {"1.0", {}},
      {"1e1", {}},
      {"1E0", {}},
      {"0.0", {}},
      {"\"1\"", {}},
      {"null", {}},
      {"true", {}},
      {"[1]", {}},
      {"{}", {}}};
  for (const auto& [token, limit] : limits) {
    const Read read(Schema::kJournalRequest, R"("request":{"type":"journal","since":"x","limit":)" +
                                                 std::string(token) + "}");
    const auto request = read_journal_request(*read);
    EXPECT_EQ(request.has_value(), limit.has_value()) << token;
    if (request) {
      EXPECT_EQ(request->limit, limit) << token;
    } else {
      EXPECT_EQ(request.error(), Error::kMessageBody);
    }
  }
}

TEST(SyncMessage, SYN_3_MalformedJournalRequests) {
  for (const auto* body :
       {"", R"("request":null)", R"("request":[])", R"("request":{})",
        R"("request":{"type":"journal"})", R"("request":{"since":"x"})",
        R"("request":{"type":"resource","since":"x"})",
        R"("request":{"type":"Journal","since":"x"})", R"("request":{"type":1,"since":"x"})",
        R"("request":{"type":"journal","since":1})", R"("request":{"type":"journal","since":null})",
        R"("data":{"type":"journal","since":"x"})"}) {
    const Read read(Schema::kJournalRequest, body);
    EXPECT_EQ(fault_of(read_journal_request(*read)), "message_body") << body;
  }
}

TEST(SyncMessage, P_JWS_UnknownMembersOfMessagesAreIgnored) {
  const Read journal(Schema::kJournalRequest,
                     R"("x":1,"request":{"type":"journal","since":"x","x":[]},"data":{})");
  EXPECT_TRUE(read_journal_request(*journal));
  const Read update(Schema::kJournalUpdate, R"("data":{"type":"journal","since":")" + kA +
                                                R"(","entries":[],"x":1},"y":2)");
  JournalUpdate out;
  EXPECT_TRUE(read_journal_update(*update, out));
  const Read response(Schema::kResourceResponse, R"("data":{"type":"resource","x":null})");
  EXPECT_TRUE(read_resource_response(*response));
}

TEST(SyncMessage, SYN_5_JournalUpdateRoundTrip) {
  std::vector<JournalEntry> entries;
  LineNumber number{sha512(as_bytes("first"))};
  for (int i = 0; i < 5; ++i) {
    entries.push_back({number, Fingerprint{sha512(as_bytes("p"))},
                       Identifier{sha512(as_bytes(std::to_string(i)))}});
    number = number_after(entries.back());
  }
  JournalUpdate out;
  out.entries.resize(9);
  const Read read(Schema::kJournalUpdate, journal_update_body(kA, entries));
  ASSERT_TRUE(read_journal_update(*read, out));
  EXPECT_EQ(out.since.text(), kA);
  EXPECT_EQ(out.entries, entries);
}

TEST(SyncMessage, P_SYN_EmptyUpdateSaysNothingNew) {
  JournalUpdate out;
  out.entries.resize(3);
  const Read read(Schema::kJournalUpdate, journal_update_body(kA, {}));
  ASSERT_TRUE(read_journal_update(*read, out));
  EXPECT_TRUE(out.entries.empty());
  // An echo of any `since` stays one JSON string.
  EXPECT_EQ(journal_update_body("a\"b", {}),
            R"("data":{"type":"journal","since":"a\"b","entries":[]})");
}

TEST(SyncMessage, SYN_5_MalformedJournalUpdates) {
  const std::string line = JournalEntry{}.text();
  const auto update = [](const std::string& since, const std::string& entries) {
    return R"("data":{"type":"journal","since":)" + since + R"(,"entries":)" + entries + "}";
  };
  const std::string since = "\"" + kA + "\"";
  for (const std::string& body :
       {std::string(),
        std::string(R"("data":[])"),
        std::string(R"("data":{"type":"journal"})"),
        update("1", "[]"),
        update("null", "[]"),
        update(R"("x")", "[]"),
        update(since, "null"),
        update(since, "{}"),
        update(since, "\"" + line + "\""),
        update(since, "[1]"),
        update(since, "[\"\"]"),
        update(since, "[\"" + line + "\\n\"]"),
        update(since, "[\"" + line + "\",\"" + line.substr(1) + "\"]"),
        update(since, "[[\"" + line + "\"]]"),
        update(since, "[\"" + kA + "\"]"),
        R"("data":{"type":"resource","since":)" + since + R"(,"entries":[]})",
        R"("data":{"since":)" + since + R"(,"entries":[]})",
        std::string(R"("data":{"type":"journal","entries":[]})"),
        R"("data":{"type":"journal","since":)" + since + "}",
        R"("request":{"type":"journal","since":)" + since + R"(,"entries":[]})"}) {
    const Read read(Schema::kJournalUpdate, body);
    JournalUpdate out;
    EXPECT_EQ(fault_of(read_journal_update(*read, out)), "message_body") << body;
  }
}

std::string request_body(std::string_view identifier, std::string_view author,
                         std::string_view resource) {
  return R"("request":{"type":"resource","identifier":)" + std::string(identifier) +
         R"(,"author":)" + std::string(author) + R"(,"resource":)" + std::string(resource) + "}";
}

TEST(SyncMessage, SYN_6_ResourceRequestRoundTrip) {
  const Fingerprint author{sha512(as_bytes("a"))};
  const Identifier resource{sha512(as_bytes("r"))};
  for (const std::string& identifier :
       {std::string(), std::string("1"), std::string(40, 'x'), std::string("\"\\/\x01\x7f")}) {
    const Read read(Schema::kResourceRequest, resource_request_body(identifier, author, resource));
    const auto request = read_resource_request(*read);
    ASSERT_TRUE(request) << identifier;
    EXPECT_EQ(request->identifier, identifier);
    EXPECT_EQ(request->author, author);
    EXPECT_EQ(request->resource, resource);
    EXPECT_EQ(read_request_identifier(*read), identifier);
  }
}

TEST(SyncMessage, P_SYN_IdentifierThatCannotBeEchoed) {
  const std::string good = "\"" + kA + "\"";
  for (const std::string& identifier :
       {"\"" + std::string(41, 'x') + "\"", std::string(R"("é")"), std::string(R"("\u0080")"),
        std::string("1"), std::string("null"), std::string("{}")}) {
    const Read read(Schema::kResourceRequest, request_body(identifier, good, good));
    EXPECT_EQ(fault_of(read_resource_request(*read)), "message_body") << identifier;
    EXPECT_FALSE(read_request_identifier(*read)) << identifier;
  }
  const Read none(Schema::kResourceRequest, R"("request":{"type":"resource"})");
  EXPECT_FALSE(read_request_identifier(*none));
  const Read no_object(Schema::kResourceRequest, R"("request":"x")");
  EXPECT_FALSE(read_request_identifier(*no_object));
  const Read nothing(Schema::kResourceRequest, "");
  EXPECT_FALSE(read_request_identifier(*nothing));
}

TEST(SyncMessage, SYN_8_MalformedRequestsKeepTheirIdentifierForTheAnswer) {
  const std::string good = "\"" + kA + "\"";
  for (const std::string& body :
       {request_body(R"("id")", "1", good), request_body(R"("id")", good, "1"),
        request_body(R"("id")", R"("x")", good), request_body(R"("id")", good, R"("x")"),
        request_body(R"("id")", "null", good), request_body(R"("id")", "\"" + kA + "=\"", good),
        std::string(R"("request":{"type":"resource","identifier":"id"})"),
        std::string(R"("request":{"type":"journal","identifier":"id","author":)") + good +
            R"(,"resource":)" + good + "}",
        std::string(R"("request":{"identifier":"id","author":)") + good + R"(,"resource":)" + good +
            "}"}) {
    const Read read(Schema::kResourceRequest, body);
    EXPECT_EQ(fault_of(read_resource_request(*read)), "message_body") << body;
    EXPECT_EQ(read_request_identifier(*read), "id") << body;
  }
}

TEST(SyncMessage, SYN_7_ResourceResponseRoundTrip) {
  const std::string content = R"({ "payload" : "x", "signatures":[ ] })";
  const Read answer(Schema::kResourceResponse,
                    resource_response_body(ResponseStatus::kOk, "id \"1\"", content));
  const auto response = read_resource_response(*answer);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, ResponseStatus::kOk);
  EXPECT_EQ(response->request, "id \"1\"");
  ASSERT_TRUE(response->content);
  EXPECT_EQ(response->content->raw(), content);
  EXPECT_FALSE(response->description);

  const Read push(Schema::kResourceResponse, resource_response_body({}, {}, content));
  const auto pushed = read_resource_response(*push);
  ASSERT_TRUE(pushed);
  EXPECT_FALSE(pushed->status);
  EXPECT_FALSE(pushed->request);

  const Read missing(Schema::kResourceResponse,
                     resource_response_body(ResponseStatus::kNotFound, "", ""));
  EXPECT_EQ(read_resource_response(*missing)->status, ResponseStatus::kNotFound);
  EXPECT_EQ(read_resource_response(*missing)->request, "");
  EXPECT_FALSE(read_resource_response(*missing)->content);
}

TEST(SyncMessage, P_SYN_AStatusMayStandWithoutRequest) {
  const Read read(Schema::kResourceResponse,
                  resource_response_body(ResponseStatus::kBadRequest, {}, ""));
  const auto response = read_resource_response(*read);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, ResponseStatus::kBadRequest);
  EXPECT_FALSE(response->request);
}

TEST(SyncMessage, SYN_7_DescriptionIsShortAscii) {
  const Read read(Schema::kResourceResponse,
                  R"("data":{"type":"resource","description":")" + std::string(40, 'd') + "\"}");
  EXPECT_EQ(read_resource_response(*read)->description, std::string(40, 'd'));
}

TEST(SyncMessage, SYN_7_MalformedResourceResponses) {
  const auto data = [](const std::string& more) {
    return R"("data":{"type":"resource")" + more + "}";
  };
  for (const std::string& body :
       {std::string(),
        std::string(R"("data":null)"),
        std::string(R"("data":{})"),
        std::string(R"("data":{"type":"journal"})"),
        data(R"(,"status":201)"),
        data(R"(,"status":500)"),
        data(R"(,"status":"200")"),
        data(R"(,"status":200.0)"),
        data(R"(,"status":2e2)"),
        data(R"(,"status":null)"),
        data(R"(,"status":-200)"),
        data(R"(,"request":"id")"),
        data(R"(,"status":200,"request":1)"),
        data(R"(,"status":200,"request":null)"),
        data(R"(,"status":200,"request":"é")"),
        data(R"(,"status":200,"request":")" + std::string(41, 'x') + "\""),
        data(R"(,"description":1)"),
        data(R"(,"description":"é")"),
        data(R"(,"description":")" + std::string(41, 'x') + "\""),
        data(R"(,"content":null)"),
        data(R"(,"content":"x")"),
        data(R"(,"content":[])"),
        data(R"(,"content":1)")}) {
    const Read read(Schema::kResourceResponse, body);
    EXPECT_EQ(fault_of(read_resource_response(*read)), "message_body") << body;
  }
}

}  // namespace
}  // namespace sdmp::codec
