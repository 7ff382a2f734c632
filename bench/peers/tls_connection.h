// A TLS 1.3 client connection over TCP to a numeric IPv4 address: blocking until it is established,
// non-blocking after that. Only what SDMP's modern suite has too is offered: X25519 and
// AES-256-GCM, and the server must show exactly the certificate that is trusted. Sessions are never
// resumed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace sdmp::bench::peers {

// What all connections of a run share.
class TlsTrust {
 public:
  // `certificate_file` is PEM.
  explicit TlsTrust(const std::string& certificate_file);
  SSL_CTX* context() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

class TlsConnection {
 public:
  // Connects TCP to "127.0.0.1:4222". All members throw Failure; waiting longer than ten seconds is
  // one, too.
  TlsConnection(const TlsTrust& trust, const std::string& address);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection();

  // A server that greets in the clear: reads and drops one line. Before the handshake.
  void skip_clear_line();
  // A full TLS 1.3 handshake, verified to be one.
  void shake_hands();
  // Says goodbye and waits until the server has closed its side: it has then read everything,
  // the client's end of the handshake too, and refused nothing.
  void close_and_await_end();
  void set_non_blocking();

  int descriptor() const { return descriptor_; }
  bool wants_to_write() const { return written_ < out_.size(); }
  std::string& out() { return out_; }
  // Sends of `out` what the socket takes.
  void flush();
  // Receives everything that is there.
  void fill();
  // Received and not yet consumed; valid until the next `fill`.
  std::string_view in() const { return {in_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t octets) { begin_ += octets; }

 private:
  [[noreturn]] void fail(const char* what, int result) const;
  void make_room();

  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  int descriptor_ = -1;
  std::unique_ptr<SSL, Free> tls_;
  std::string out_;
  std::size_t written_ = 0;
  std::vector<char> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sdmp::bench::peers
