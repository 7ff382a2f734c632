#include "bench/peers/tls_connection.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

constexpr timeval kLongestWait{10, 0};
constexpr std::size_t kRecordOctets = 16384;

sockaddr_in parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  if (colon != text.npos) std::from_chars(&text[colon + 1], text.data() + text.size(), port);
  if (port == 0 || inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    throw Failure(fmt::format("not an IPv4 address with a port: {}", text));
  }
  address.sin_port = htons(port);
  return address;
}

}  // namespace

TlsTrust::TlsTrust(const std::string& certificate_file)
    : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384") != 1 ||
      SSL_CTX_set1_groups_list(context, "X25519") != 1) {
    throw Failure("this OpenSSL has not TLS 1.3 with X25519 and AES-256-GCM");
  }
  if (SSL_CTX_load_verify_locations(context, certificate_file.c_str(), nullptr) != 1) {
    throw Failure(fmt::format("{} is not a certificate in PEM", certificate_file));
  }
}

TlsConnection::TlsConnection(const TlsTrust& trust, const std::string& address)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), tls_(SSL_new(trust.context())) {
  const sockaddr_in to = parse_address(address);
  const int on = 1;
  if (descriptor_ < 0 ||
      connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) close(descriptor_);
    throw Failure(fmt::format("cannot connect to {}: {}", address, std::strerror(error)));
  }
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kLongestWait, sizeof kLongestWait);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &kLongestWait, sizeof kLongestWait);
  SSL_set_fd(tls_.get(), descriptor_);
}

TlsConnection::~TlsConnection() {
  // With a reset no port stays behind in TIME_WAIT: thousands are used per run.
  const linger at_once{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(descriptor_);
}

void TlsConnection::skip_clear_line() {
  char octet = 0;
  while (octet != '\n') {
    if (recv(descriptor_, &octet, 1, 0) != 1) throw Failure("the server does not greet");
  }
}

void TlsConnection::shake_hands() {
  const int result = SSL_connect(tls_.get());
  if (result != 1) fail("TLS handshake", result);
  if (SSL_version(tls_.get()) != TLS1_3_VERSION || SSL_session_reused(tls_.get()) != 0) {
    throw Failure("not a full TLS 1.3 handshake");
  }
}

void TlsConnection::close_and_await_end() {
  SSL_shutdown(tls_.get());
  char octet = 0;
  const int result = SSL_read(tls_.get(), &octet, 1);
  // A server may close TCP without saying so in TLS; an alert or silence is something else.
  const int error = SSL_get_error(tls_.get(), result);
  const bool bare_end = error == SSL_ERROR_SSL &&
                        ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (error != SSL_ERROR_ZERO_RETURN && !bare_end) fail("end of the connection", result);
  ERR_clear_error();
}

void TlsConnection::set_non_blocking() {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

void TlsConnection::flush() {
  while (written_ < out_.size()) {
    const int result = SSL_write(tls_.get(), out_.data() + written_,
                                 static_cast<int>(std::min(out_.size() - written_, kRecordOctets)));
    if (result <= 0) {
      if (SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_WRITE) return;
      fail("sending", result);
    }
    written_ += static_cast<std::size_t>(result);
  }
  out_.clear();
  written_ = 0;
}

void TlsConnection::fill() {
  while (true) {
    make_room();
    const int result = SSL_read(tls_.get(), in_.data() + end_, static_cast<int>(in_.size() - end_));
    if (result <= 0) {
      if (SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_READ) return;
      fail("receiving", result);
    }
    end_ += static_cast<std::size_t>(result);
  }
}

void TlsConnection::make_room() {
  if (begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (in_.size() - end_ < kRecordOctets) in_.resize(in_.size() + 2 * kRecordOctets);
}

void TlsConnection::fail(const char* what, int result) const {
  const int error = SSL_get_error(tls_.get(), result);
  const unsigned long reason = ERR_peek_last_error();
  std::string why = reason != 0 ? ERR_reason_error_string(reason) : "";
  if (error == SSL_ERROR_ZERO_RETURN) why = "the server has closed the connection";
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) why = "no answer in time";
  if (error == SSL_ERROR_SYSCALL && why.empty()) why = std::strerror(errno);
  throw Failure(fmt::format("{}: {}", what, why));
}

}  // namespace sdmp::bench::peers
