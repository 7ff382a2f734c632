#include <iostream>

#include "codec/base64url.h"
#include "codec/connection_object.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "engine/relay/bundle.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

void row(const char* label, std::string_view text) {
  std::cout << "  " << label << text << '\n';
}

void print_value(codec::json::Value value, int indent) {
  const std::string pad(static_cast<std::size_t>(indent) * 2, ' ');
  if (value.count() == 0) {
    std::cout << value.raw();
    return;
  }
  const bool object = value.is_object();
  std::cout << (object ? "{\n" : "[\n");
  for (auto child = value.first_child(); child; child = child->next_sibling()) {
    std::cout << pad << "  ";
    if (object) {
      std::string quoted;
      codec::json::append_string(child->name(), quoted);
      std::cout << quoted << ": ";
    }
    print_value(*child, indent + 1);
    std::cout << (child->next_sibling() ? ",\n" : "\n");
  }
  std::cout << pad << (object ? '}' : ']');
}

// The publisher's key: inside the container when it is an identity, else in the home's store.
std::optional<codec::PublicKey> find_key(const codec::Container& container, OpenHome* opened) {
  if (container.lists(codec::Schema::kIdentity)) {
    if (auto key = codec::verify_identity(container)) return *key;
  }
  if (opened == nullptr) return std::nullopt;
  codec::ContainerReader containers;
  for (const auto& identifier : opened->reader->current(codec::Schema::kIdentity)) {
    const auto stored = opened->reader->find(identifier);
    if (!stored || stored->publisher != container.publisher) continue;
    const auto identity = containers.parse_copy(stored->container);
    if (!identity) continue;
    if (auto key = codec::verify_identity(*identity)) return *key;
  }
  return std::nullopt;
}

std::string signature_words(const codec::Container& container, OpenHome* opened) {
  const auto key = find_key(container, opened);
  if (!key) {
    return opened == nullptr
               ? "not checked: the publisher's key is not known (give --home DIR to look it up)"
               : "not checked: the publisher's identity is not in this home's store";
  }
  const auto verified = container.verify(*key);
  return verified ? "verifies with the publisher's key"
                  : "DOES NOT VERIFY: " + std::string(codec::explain(verified.error()));
}

std::string connection_words(const codec::Container& container) {
  if (const auto shape = codec::check_connection_shape(container); !shape) {
    return "refused: " + std::string(codec::explain(shape.error()));
  }
  const auto parameters = codec::read_connection(container);
  if (!parameters) return "refused: " + std::string(codec::explain(parameters.error()));
  return "group " + std::string(codec::name(parameters->group));
}

bool inspect_one(std::string_view text, std::size_t line, OpenHome* opened) {
  std::cout << "container (line " << line << ", " << text.size() << " bytes)\n";
  codec::ContainerReader containers;
  const auto parsed = containers.parse_copy(text);
  if (!parsed) {
    row("INVALID     ", codec::explain(parsed.error()));
    return false;
  }
  const codec::Container& container = *parsed;
  codec::ByteVector header(codec::base64url_decoded_size(container.jws.protected_header.size()));
  const auto header_size = codec::base64url_decode(container.jws.protected_header, header.data());
  row("protected   ", header_size ? codec::as_text({header.data(), *header_size}) : "");
  row("signature   ", signature_words(container, opened));
  row("identifier  ", container.identifier().text());
  row("publisher   ", container.publisher.text());
  row("created     ", codec::format_timestamp(container.created));
  row("version     ", container.version);
  if (codec::is_resource(container)) {
    row("address     ", codec::format_uri(container.publisher, container.identifier()));
  }
  if (container.first_schema() == codec::Schema::kConnection) {
    row("connection  ", connection_words(container));
  }
  std::cout << "  payload     ";
  print_value(*container.payload, 1);
  std::cout << '\n';
  return true;
}

}  // namespace

int run_inspect(const std::string& file, const std::filesystem::path& home) {
  std::optional<OpenHome> opened;
  if (!home.empty()) {
    auto result = open_home(home);
    if (!result) return fail(result.error());
    opened.emplace(std::move(*result));
  }
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto lines = relay::split_lines(*text);
  if (lines.empty()) return fail((file == "-" ? "standard input" : file) + " is empty");
  // A file that is one pretty-printed container is one container, not a line each.
  codec::ContainerReader whole;
  if (lines.size() > 1 && whole.parse_copy(*text)) {
    return inspect_one(*text, 1, opened ? &*opened : nullptr) ? 0 : 1;
  }
  bool all_valid = true;
  for (const auto& line : lines) {
    all_valid &= inspect_one(line.text, line.line, opened ? &*opened : nullptr);
  }
  return all_valid ? 0 : 1;
}

}  // namespace sdmp::tools
