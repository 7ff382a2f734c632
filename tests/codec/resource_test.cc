#include "codec/resource.h"

#include <gtest/gtest.h>

#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

constexpr UnixMillis kExpires = kTestMoment + 86'400'000;

// Keeps the reader alive that the container's views lead into.
struct Read {
  ContainerReader reader;
  Result<Container> container;

  explicit Read(std::string_view text) : container(reader.parse_copy(text)) {
    EXPECT_TRUE(container) << fault_of(container);
  }
};

PrivateKey another_key() {
  crypto_init();
  return *PrivateKey::generate(KeyType::kEd25519);
}

TEST(Resource, RES_5_IdentityIsSelfSigned) {
  const Read read(build_identity(test_key(), IdentityType::kNode, kTestMoment, kExpires));
  EXPECT_TRUE(is_resource(*read.container));
  const auto identity = read_identity(*read.container);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->type, IdentityType::kNode);
  EXPECT_EQ(identity->expires, kExpires);
  const auto key = verify_identity(*read.container);
  ASSERT_TRUE(key) << fault_of(key);
  EXPECT_EQ(key->fingerprint(), test_key().public_key().fingerprint());
}

TEST(Resource, CRY_1_RsaIdentityIsSelfSigned) {
  crypto_init();
  const auto rsa = PrivateKey::generate(KeyType::kRsa, 2048);
  ASSERT_TRUE(rsa);
  const Read read(build_identity(*rsa, IdentityType::kUser, kTestMoment, kExpires));
  EXPECT_EQ(read_identity(*read.container)->type, IdentityType::kUser);
  EXPECT_TRUE(verify_identity(*read.container));
}

std::string identity_body(Bytes spki) {
  return R"("identity":{"type":"node","expires":"2020-06-19T23:15:52.605Z","key":")" +
         base64url_encode(spki) + R"("})";
}

TEST(Resource, P_KEY_IdentityOfAnotherKeyIsRefused) {
  const PrivateKey other = another_key();
  const std::array schemas{name(Schema::kResource), name(Schema::kIdentity)};
  const Read read(
      build_container(test_key(), kTestMoment, schemas, identity_body(other.public_key().spki())));
  EXPECT_EQ(fault_of(verify_identity(*read.container)), "publisher");
}

TEST(Resource, P_KEY_IdentityWithBadSignatureOrKeyIsRefused) {
  const std::string body = identity_body(test_key().public_key().spki());
  const Read unsigned_one(unsigned_container(payload_with(R"("resource","identity")", body)));
  EXPECT_EQ(fault_of(verify_identity(*unsigned_one.container)), "signature");

  const ByteVector junk{1, 2, 3};
  const std::string publisher = Fingerprint{sha512(junk)}.text();
  const std::string payload = replaced(
      payload_with(R"("resource","identity")", identity_body(junk)), test_publisher(), publisher);
  const Read degenerate(unsigned_container(payload));
  EXPECT_EQ(fault_of(verify_identity(*degenerate.container)), "key_encoding");
}

TEST(Resource, RES_5_AnotherResourceIsNoIdentity) {
  const Read read(build_post(test_key(), kTestMoment, "", "x"));
  EXPECT_EQ(fault_of(read_identity(*read.container)), "schema_mismatch");
  EXPECT_EQ(fault_of(verify_identity(*read.container)), "schema_mismatch");
  EXPECT_EQ(fault_of(read_relationship(*read.container)), "schema_mismatch");
  EXPECT_EQ(fault_of(read_node_ips(*read.container)), "schema_mismatch");
  const Read message(unsigned_container(payload_with(R"("journal_request")", "")));
  EXPECT_FALSE(is_resource(*message.container));
  std::vector<Identifier> updates;
  EXPECT_EQ(fault_of(read_updates(*message.container, updates)), "schema_mismatch");
}

TEST(Resource, RES_10_MessagesOfNodesAndEncryptedOnesAreNoResources) {
  const Read post(unsigned_container(
      payload_with(R"("resource","post","sdmp://x")", R"("post":{"content":"x"})")));
  EXPECT_TRUE(is_resource(*post.container)) << "what else it lists is its own affair";
  const std::string bodies = R"("message":"x","receipt":")" + test_publisher() + R"(")";
  for (const std::string_view schema :
       {"connection", "journal_request", "journal_update", "resource_request", "resource_response",
        "message", "message_receipt"}) {
    const std::string schemas = R"("resource",")" + std::string(schema) + R"(")";
    const Read other(unsigned_container(payload_with(schemas, bodies)));
    EXPECT_FALSE(is_resource(*other.container)) << schema;
  }
}

TEST(Resource, RES_8_RelationshipsOfEveryType) {
  const Fingerprint other{sha512(as_bytes("other"))};
  for (const auto type :
       {RelationshipType::kConnection, RelationshipType::kPublisher, RelationshipType::kHost}) {
    const Read read(build_relationship(test_key(), kTestMoment, type, other));
    const auto relationship = read_relationship(*read.container);
    ASSERT_TRUE(relationship);
    EXPECT_EQ(relationship->type, type);
    EXPECT_EQ(relationship->identity, other);
  }
}

TEST(Resource, RES_6_NodeInformation) {
  const std::vector<std::string> ips{"192.168.2.104:1337", "[::1]:7367"};
  const std::array updates{Identifier{sha512(as_bytes("old"))}};
  const Read read(build_node_information(test_key(), kTestMoment, "my \"box\"", ips, updates));
  const auto found = read_node_ips(*read.container);
  ASSERT_TRUE(found);
  EXPECT_EQ(std::vector<std::string>(found->begin(), found->end()), ips);
  EXPECT_EQ(read.container->payload->find("node")->find("name")->string(), "my \"box\"");
  std::vector<Identifier> replaces;
  ASSERT_TRUE(read_updates(*read.container, replaces));
  EXPECT_EQ(replaces, std::vector<Identifier>(updates.begin(), updates.end()));
  const Read none(build_node_information(test_key(), kTestMoment, "box", {}));
  EXPECT_TRUE(read_node_ips(*none.container)->empty());
}

TEST(Resource, RES_7_UserInformation) {
  const Read read(build_user_information(test_key(), kTestMoment, "John Doe", "Lumberjack"));
  EXPECT_TRUE(read.container->lists(Schema::kUserInformation));
  EXPECT_EQ(read.container->payload->find("user")->raw(),
            R"({"name":"John Doe","about":"Lumberjack"})");
}

TEST(Resource, RES_9_Post) {
  const std::string content = "When **you** are\n\"awesome\"! \xe2\x82\xac \x01";
  const Read titled(build_post(test_key(), kTestMoment, "Life", content));
  EXPECT_EQ(titled.container->payload->find("post")->find("title")->string(), "Life");
  EXPECT_EQ(titled.container->payload->find("post")->find("content")->string(), content);
  EXPECT_TRUE(titled.container->verify(test_key().public_key()));
  const Read untitled(build_post(test_key(), kTestMoment, "", ""));
  EXPECT_EQ(untitled.container->payload->find("post")->raw(), R"({"content":""})");
  std::vector<Identifier> updates;
  ASSERT_TRUE(read_updates(*untitled.container, updates));
  EXPECT_TRUE(updates.empty());
}

TEST(Resource, RES_4_DeletionCarriesNoOtherData) {
  const std::array targets{Identifier{sha512(as_bytes("a"))}, Identifier{sha512(as_bytes("b"))}};
  const Read read(build_deletion(test_key(), kTestMoment, targets));
  EXPECT_TRUE(is_resource(*read.container));
  EXPECT_EQ(read.container->schemas.size(), 1u);
  EXPECT_EQ(read.container->payload->count(), 1u);
  std::vector<Identifier> updates{Identifier{}};
  ASSERT_TRUE(read_updates(*read.container, updates));
  EXPECT_EQ(updates, (std::vector{Identifier{}, targets[0], targets[1]}));
}

TEST(Resource, RES_3_UrisOfResourcesAndIdentities) {
  const Fingerprint publisher{sha512(as_bytes("p"))};
  const Identifier resource{sha512(as_bytes("r"))};
  const std::string text = format_uri(publisher, resource);
  EXPECT_EQ(text, "sdmp://" + publisher.text() + "/" + resource.text());
  const auto uri = parse_uri(text);
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->publisher, publisher);
  EXPECT_EQ(uri->resource, resource);
  for (const std::string& identity :
       {"sdmp://" + publisher.text(), "sdmp://" + publisher.text() + "/"}) {
    const auto parsed = parse_uri(identity);
    ASSERT_TRUE(parsed) << identity;
    EXPECT_EQ(parsed->publisher, publisher);
    EXPECT_FALSE(parsed->resource);
  }
}

TEST(Resource, RES_3_EveryOtherUriIsRefused) {
  const std::string host = Fingerprint{}.text();
  const std::string good = "sdmp://" + host + "/" + host;
  for (const std::string& text : {std::string(),
                                  std::string("sdmp:"),
                                  std::string("sdmp://"),
                                  std::string("sdmp:///") + host,
                                  "http://" + host + "/" + host,
                                  "sdmp:/" + host,
                                  host + "/" + host,
                                  "sdmp://" + host + ":7367",
                                  "sdmp://" + host + ":7367/" + host,
                                  "sdmp://" + host + "?x",
                                  "sdmp://" + host + "#x",
                                  "sdmp://" + host + "//",
                                  "sdmp://u@" + host,
                                  good + "?q",
                                  good + "#f",
                                  good + "/",
                                  good + "A",
                                  good + " ",
                                  " " + good,
                                  good.substr(0, good.size() - 1),
                                  "sdmp://" + host.substr(1) + "/" + host,
                                  "sdmp://" + host.substr(0, 85) + "B/" + host,
                                  "sdmp://" + host + "/" + host.substr(0, 85) + "B"}) {
    EXPECT_EQ(fault_of(parse_uri(text)), "uri") << text;
  }
}

}  // namespace
}  // namespace sdmp::codec
