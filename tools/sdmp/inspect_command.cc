#include <algorithm>
#include <charconv>
#include <iostream>

#include "engine/protocol/limits.h"
#include "engine/protocol/object_scanner.h"
#include "engine/relay/bundle.h"
#include "tools/sdmp/inspection.h"

namespace sdmp::tools {
namespace {

using codec::Bytes;

constexpr std::string_view kNope = "nope";

// Explains one thing after the other and collects what was found.
class Walk {
 public:
  explicit Walk(Inspection& inspection) : inspection_(inspection) {}

  // Containers, one a line, or one on many lines.
  void text(std::string_view text);
  // One direction of a connection: an object, frames, nope.
  void stream(std::string_view stream);
  void packed(std::string_view packed);

  std::vector<Fact> done() && { return std::move(items_); }

 private:
  Layer item(std::string_view name, std::size_t offset) {
    inspection_.offset = offset;
    Layer layer(name);
    layer.number("offset", offset);
    return layer;
  }
  void keep(Layer layer) { items_.push_back(std::move(layer).done()); }
  void unreadable(std::size_t offset, std::string_view name, const std::string& words) {
    Layer layer = item(name, offset);
    inspection_.fault(layer, words);
    keep(std::move(layer));
  }
  void container(std::string_view text, std::size_t offset, std::size_t line);
  // Each returns how many octets were explained; 0: nothing can be said of the rest.
  std::size_t object(std::string_view rest, std::size_t offset);
  std::size_t frame(std::string_view rest, std::size_t offset);

  Inspection& inspection_;
  std::vector<Fact> items_;
};

void Walk::container(std::string_view text, std::size_t offset, std::size_t line) {
  Layer layer = item("container", offset);
  if (line > 0) layer.number("line", line);
  explain_container(inspection_, text, layer);
  keep(std::move(layer));
}

void Walk::text(std::string_view text) {
  const auto lines = relay::split_lines(text);
  // A file that is one pretty-printed container is one container, not a line each.
  codec::ContainerReader whole;
  if (lines.size() > 1 && whole.parse_copy(text)) {
    container(text, 0, 1);
    return;
  }
  for (const auto& line : lines) {
    container(line.text, static_cast<std::size_t>(line.text.data() - text.data()), line.line);
  }
}

std::size_t Walk::object(std::string_view rest, std::size_t offset) {
  protocol::ObjectScanner scanner;
  std::size_t size = 0;
  switch (scanner.scan(codec::as_bytes(rest), size)) {
    case protocol::ObjectScanner::Status::kComplete:
      container(rest.substr(0, size), offset, 0);
      return size;
    case protocol::ObjectScanner::Status::kTooLong:
      unreadable(offset, "object",
                 "longer than the " + std::to_string(protocol::kConnectionObjectBytesMax) +
                     " octets that a connection object may have");
      return 0;
    case protocol::ObjectScanner::Status::kIncomplete:
    case protocol::ObjectScanner::Status::kNotAnObject:
      break;
  }
  unreadable(offset, "object", "ends before the brace that closes it");
  return 0;
}

std::size_t Walk::frame(std::string_view rest, std::size_t offset) {
  const Bytes octets = codec::as_bytes(rest);
  if (octets.size() < codec::kFrameHeaderBytes) {
    unreadable(offset, "frame",
               std::to_string(octets.size()) + " octets are left, a frame's header has 4");
    return 0;
  }
  const auto header = octets.first<codec::kFrameHeaderBytes>();
  const auto size = codec::read_frame_header(header, {.blocks = codec::kFrameBlocksMax});
  if (!size) {
    unreadable(offset, "unknown",
               hexadecimal(header) +
                   " begins neither a frame (1 to 65536 blocks), nor an object, "
                   "nor nope");
    return 0;
  }
  if (*size > octets.size()) {
    unreadable(offset, "frame",
               "the header announces " + std::to_string(*size) + " octets in all, " +
                   std::to_string(octets.size()) + " are there");
    return 0;
  }
  Layer layer = item("frame", offset);
  explain_frame(inspection_, octets.first(*size), layer);
  keep(std::move(layer));
  return *size;
}

void Walk::stream(std::string_view stream) {
  for (std::size_t offset = 0; offset < stream.size();) {
    const std::string_view rest = stream.substr(offset);
    std::size_t size = 0;
    if (rest.starts_with(kNope)) {
      Layer layer = item("nope", offset);
      layer.text("meaning", "the handshake failed (TCP-5); its sender closes and says no more");
      keep(std::move(layer));
      size = kNope.size();
    } else if (rest.front() == '{') {
      size = object(rest, offset);
    } else {
      size = frame(rest, offset);
    }
    if (size == 0) return;
    offset += size;
  }
}

void Walk::packed(std::string_view packed) {
  Layer layer = item("packed", 0);
  layer.number("octets", packed.size());
  const std::size_t blocks = packed.size() / codec::kBlockBytes;
  if (packed.size() % codec::kBlockBytes != 0 || blocks > codec::kFrameBlocksMax) {
    inspection_.fault(layer,
                      std::to_string(packed.size()) + " octets are not 1 to 65536 blocks of 256");
  } else {
    layer.number("blocks", blocks);
    explain_packed(inspection_, codec::as_bytes(packed), layer);
  }
  keep(std::move(layer));
}

// Text of containers holds no control character but white space; every frame begins with a zero.
bool is_stream(std::string_view input) {
  const auto binary = [](char c) {
    return static_cast<std::uint8_t>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  };
  return input.starts_with(kNope) || input.ends_with("}nope") || std::ranges::any_of(input, binary);
}

template <std::size_t N>
codec::Secret<N> from_hexadecimal(const std::string& digits) {
  codec::Secret<N> octets;
  for (std::size_t i = 0; i < N && 2 * i + 2 <= digits.size(); ++i) {
    const char* const pair = digits.data() + 2 * i;
    std::from_chars(pair, pair + 2, octets.writable()[i], 16);
  }
  return octets;
}

void print(const InspectCommand& command, const Inspection& inspection, std::vector<Fact> items) {
  if (!command.json) {
    for (const Fact& item : items) print_for_people(item, std::cout);
    return;
  }
  Layer capture("capture");
  capture.text("file", command.file);
  capture.json("valid", inspection.faults.empty() ? "true" : "false");
  capture.layers("items", std::move(items));
  print_json(std::move(capture).done(), std::cout);
}

}  // namespace

int run_inspect(const InspectCommand& command) {
  std::optional<OpenHome> opened;
  if (!command.home.empty()) {
    auto result = open_home(command.home);
    if (!result) return fail(result.error());
    opened.emplace(std::move(*result));
  }
  const auto input = read_file(command.file);
  if (!input) return fail(input.error());
  const std::string source = command.file == "-" ? "standard input" : command.file;
  if (input->find_first_not_of(" \t\r\n") == std::string::npos) return fail(source + " is empty");

  Inspection inspection;
  inspection.opened = opened ? &*opened : nullptr;
  if (!command.key.empty()) {
    inspection.key.emplace(from_hexadecimal<codec::kAeadKeyBytes>(command.key),
                           from_hexadecimal<codec::kAeadNonceBytes>(command.iv), command.counter);
  }
  Walk walk(inspection);
  if (command.packed) {
    walk.packed(*input);
  } else if (is_stream(*input)) {
    walk.stream(*input);
  } else {
    walk.text(*input);
  }
  print(command, inspection, std::move(walk).done());
  for (const std::string& words : inspection.faults) fail(source + ", " + words);
  return inspection.faults.empty() ? 0 : 1;
}

}  // namespace sdmp::tools
