// Writes the seeds of tests/fuzz/corpus: valid and nearly valid inputs for each fuzz target. They
// come from deterministic keys, so running it again gives the same files:
//   build/fuzz/bin/make_corpus tests/fuzz/corpus
#include <filesystem>
#include <fstream>

#include "codec/batch.h"
#include "codec/sync_message.h"
#include "tests/engine/protocol/testing.h"

using namespace sdmp;
using namespace sdmp::protocol::testing;

namespace {

std::filesystem::path root;

void write(const std::string& target, const std::string& name, std::string_view bytes) {
  std::filesystem::create_directories(root / target);
  std::ofstream(root / target / name, std::ios::binary) << bytes;
}

std::string payload_of(std::string_view container) {
  codec::ContainerReader reader;
  return std::string(reader.parse_copy(container)->payload_text);
}

std::string message(const TestNode& node, std::string_view schema, const std::string& body) {
  const std::string_view schemas[] = {schema};
  return codec::build_container(node.key, kCreated, schemas, body);
}

std::string packed(std::string_view text) {
  codec::BatchEncoder encoder(1);
  codec::ByteVector out(encoder.frame_bound(text.size()));
  return std::string(codec::as_text(*encoder.pack(text, out)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  const TestNode relay(1);
  const TestNode node(2);
  const std::string post = node.post("A post with \"quotes\", \n and \xc3\xa9.");
  codec::ContainerReader reader;
  const auto identifier = reader.parse_copy(post)->identifier();
  const codec::JournalEntry entry{codec::number_after(node.fingerprint()), node.fingerprint(),
                                  identifier};
  const auto ephemeral = codec::EphemeralKey::generate(
      codec::Group::kX25519, std::span<const std::uint8_t, 64>(make_seed(3).bytes().data(), 64));
  const std::vector<std::pair<std::string, std::string>> containers = {
      {"identity", node.identity},
      {"relationship", node.user.relationship(codec::RelationshipType::kPublisher, node)},
      {"post", post},
      {"node_information",
       codec::build_node_information(node.key, kCreated, "n",
                                     std::vector<std::string>{"127.0.0.1:7367", "[::1]:7367"})},
      {"user_information", codec::build_user_information(node.key, kCreated, "u", "about")},
      {"deletion", codec::build_deletion(node.key, kCreated, std::vector{identifier})},
      {"journal_request",
       message(node, "journal_request", codec::journal_request_body(entry.number, 10))},
      {"journal_update",
       message(node, "journal_update",
               codec::journal_update_body(node.fingerprint().text(), std::vector{entry}))},
      {"resource_request",
       message(node, "resource_request",
               codec::resource_request_body("r1", node.fingerprint(), identifier))},
      {"resource_response",
       message(node, "resource_response",
               codec::resource_response_body(codec::ResponseStatus::kOk, "r1", post))},
      {"connection", codec::build_connection_object(node.key, kNow, codec::Group::kX25519,
                                                    ephemeral->public_value())},
  };
  for (const auto& [name, text] : containers) {
    write("container", name, text);
    write("payload", name, payload_of(text));
    write("frame", name, std::string(1, '\0') + packed(text));
    write("frame", name + "_text", std::string("\3\0", 2) + text);
    write("frame", name + "_level_one", std::string("\13\1", 2) + text);
  }
  const std::string connection = containers.back().second;
  write("handshake", "raw_responder", std::string("\0\x1f", 2) + connection);
  write("handshake", "raw_initiator", std::string("\1\x1f", 2) + connection);
  write("handshake", "nope", std::string("\1\0nope", 6));
  write("handshake", "signed_responder", std::string("\2\x7f", 2) + payload_of(connection));
  write("handshake", "signed_initiator", std::string("\3\x7f", 2) + payload_of(connection));
  write("journal_line", "line", entry.text());
  write("journal_line", "uri", codec::format_uri(node.fingerprint(), identifier));
  write("journal_line", "timestamp", codec::format_timestamp(kNow));
  write("journal_line", "fingerprint", node.fingerprint().text());
  write("frame", "stream", std::string("\1\0\0\0\1", 5) + std::string(300, 'x'));
  // What is changed (1: R is replaced, 2: s is), 64 octets for it, and the message.
  std::string changes(65, '\0');
  write("signature", "as_signed", changes + "message");
  changes[60] = 1;
  write("signature", "one_bit", changes + "message");
  changes[0] = 3;
  write("signature", "replaced", changes + "message");
  changes[0] = 1;
  changes[1] = 1;
  write("signature", "neutral_r", changes);
  const codec::Bytes spki = node.key.public_key().spki();
  const std::string point(codec::as_text(spki.last(32)));
  write("signature", "other_key", std::string(1, '\1') + point + std::string(32, '\0') + "message");
  const std::pair<const char*, const char*> texts[] = {
      {"scalars",
       R"([0,-0,1.5e+10,1e999,18446744073709551625,true,false,null,"\u00e9\ud83d\ude00"])"},
      {"nested", R"({"a":{"b":[[[[{"c":[]}]]]]},"a\u0062":"\\\"\/\b\f\n\r\t"})"},
      {"duplicate", R"({"a":1,"\u0061":2})"},
      {"surrogate", R"(["\ud800"])"},
      {"deep", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"},
  };
  for (const auto& [name, text] : texts) write("json", name, text);
  return 0;
}
