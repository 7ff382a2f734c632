#include "bench/peers/nats_wire.h"

#include <charconv>

#include <fmt/format.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// "MSG bench 1 1024": the last word.
std::size_t payload_size(std::string_view line) {
  const std::string_view digits = line.substr(line.rfind(' ') + 1);
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw Failure(fmt::format("nats-server sent a message without a length: {}", line));
  }
  return size;
}

}  // namespace

// A PING is answered after everything before it, hence stands for "ready".
void NatsWire::hello(std::string& out) {
  out +=
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":true,\"lang\":\"c++\","
      "\"version\":\"1\",\"protocol\":1,\"echo\":true}\r\nPING\r\n";
}

void NatsWire::subscribe(std::string& out) {
  out += "SUB bench 1\r\nPING\r\n";
}

void NatsWire::publish(std::string& out, std::string_view payload) {
  fmt::format_to(std::back_inserter(out), "PUB bench {}\r\n", payload.size());
  out += payload;
  out += kLineEnd;
}

std::size_t NatsWire::parse(std::string_view in, std::string& out, Events& events) {
  std::size_t read = 0;
  while (true) {
    const std::string_view rest = in.substr(read);
    const std::size_t end = rest.find(kLineEnd);
    if (end == rest.npos) return read;
    const std::string_view line = rest.substr(0, end);
    std::size_t whole = end + kLineEnd.size();
    if (line.starts_with("MSG ")) {
      const std::size_t size = payload_size(line);
      if (rest.size() < whole + size + kLineEnd.size()) return read;
      events.deliveries.push_back(rest.substr(whole, size));
      whole += size + kLineEnd.size();
    } else if (line == "PONG") {
      ++events.ready;
    } else if (line == "PING") {
      out += "PONG\r\n";
    } else if (!line.starts_with("INFO ") && line != "+OK") {
      throw Failure(fmt::format("nats-server: {}", line));
    }
    read += whole;
  }
}

}  // namespace sdmp::bench::peers
