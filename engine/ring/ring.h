// A thin layer over one io_uring: typed operations in, completions out. It knows nothing of the
// protocol. Nothing runs inside a completion: wait() collects them, the caller then goes through.
//
// The loop sleeps in wait() and nowhere else: no polling, no epoll.
// Thread rule: create and destroy anywhere; enable() on the thread that uses it from then on, and
// everything else only there. Memory passed to an operation must stay until its completion.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "engine/ring/handle.h"
#include "engine/ring/socket.h"
#include "engine/ring/user_data.h"

struct io_uring;
struct io_uring_sqe;

namespace sdmp::ring {

class BufferRing;

struct RingConfig {
  // One submission per connection with output in a turn; when the queue is full it is submitted at
  // once, so that this is no limit.
  unsigned submissions = 4096;
  // Completions between two turns that cost no overflow list in the kernel.
  unsigned completions = 16384;
  // Places in the ring's own table of sockets: at most as many as RLIMIT_NOFILE allows when the
  // ring is made, and none where the kernel's tables are not fit (engine/ring/direct.h) or it
  // refuses to make one, which is logged. 0: none, and nothing is tried.
  std::uint32_t direct_sockets = 0;
};

struct Completion {
  UserData data;
  // Octets, a descriptor, or 0; below 0 a negated errno.
  std::int32_t result = 0;
  // The operation is still armed and more completions follow. Every multishot may end at any time
  // (buffers exhausted, queue overflow): check it on each one.
  bool more = false;
  // The buffer that holds the received octets; to be recycled.
  std::optional<std::uint16_t> buffer;
  // Which ring of a RingSet it comes from.
  std::uint8_t ring = 0;
};

class Ring {
 public:
  // An error is a sentence for the operator (engine/ring/probe.h).
  static std::expected<Ring, std::string> create(const RingConfig& config = {});
  // One more like `first`, with a table of as many places, which must not be 0: ring number `index`
  // of the thread. An error is a sentence.
  static std::expected<Ring, std::string> create_beside(const Ring& first, std::uint8_t index);
  ~Ring();
  Ring(Ring&&) noexcept;
  Ring& operator=(Ring&&) noexcept;

  // The calling thread becomes the only one that may use the ring.
  void enable();

  // The places of the ring's table; 0: it has none, and accepted sockets are regular descriptors.
  std::uint32_t direct_sockets() const { return direct_sockets_; }
  // The socket that a completed accept brought.
  Handle accepted(const Completion& completion) const;

  // Each connection that arrives at `listener` completes with its socket, until an error. Into a
  // full table is one: -ENFILE, and the connection that found it full has been closed.
  void accept(const UserData& data, int listener);
  // The next one only.
  void accept_one(const UserData& data, int listener);
  void connect(const UserData& data, Handle socket, const SocketAddress& address);
  // Enters a regular descriptor into the table: 1, and `fd` has become the place there, while the
  // regular descriptor stays open; or -ENFILE, and nothing has changed.
  void adopt(const UserData& data, int& fd);
  // Completes with a regular descriptor for the same direct socket, the caller's to close: for the
  // few system calls that are no operations. Or -EMFILE.
  void expose(const UserData& data, Handle socket);
  // Fills in the address of a direct socket's peer; `address` says the family
  // (SocketAddress::of_family) and is unchanged on an error.
  void peer_address(const UserData& data, Handle socket, SocketAddress& address);
  // Multishot, into buffers of the group: result 0 is the end of the stream, -ENOBUFS an empty
  // group (no octet is lost).
  void receive(const UserData& data, Handle socket, const BufferRing& buffers);
  // Completes once, with a mask of poll events, when there is something to receive: octets, the end
  // of the stream or an error. Holds a quarter of the kernel memory of a receive that waits.
  void await_input(const UserData& data, Handle socket);
  // Throws away what has been received and not read, at most `bytes_max` octets, without waiting: a
  // close with unread input is a reset, which destroys what the peer has not read yet. Completes
  // with their number, or -EAGAIN when there were none.
  void discard(const UserData& data, Handle socket, std::uint32_t bytes_max);
  // May complete with fewer octets than given. A closed peer is -EPIPE, never a signal.
  void send(const UserData& data, Handle socket, codec::Bytes bytes);
  // The place of a direct socket is free for every operation that is given to the ring later.
  void close(const UserData& data, Handle socket);
  // Reads an eventfd.
  void read_event(const UserData& data, int fd, std::uint64_t& value);
  // Asks for the end of `target`, which completes with -ECANCELED unless it is done by then. The
  // cancellation itself completes as `data` with op kCancel, 0 or -ENOENT or -EALREADY.
  void cancel(const UserData& data, const UserData& target);

  // Submits everything, then sleeps until there is a completion or `timeout_ms` have passed
  // (nullopt: for ever; 0: not at all). The result is valid until the next call and may be empty.
  std::span<const Completion> wait(std::optional<std::int64_t> timeout_ms);
  // The same in nanoseconds, for those who keep an exact schedule.
  std::span<const Completion> wait_ns(std::optional<std::int64_t> timeout_ns);

  // Submits what has been given to the ring. Completions wait for the next wait().
  void submit();

  // The parts of wait(), for a thread with several rings.
  void submit_and_sleep(std::optional<std::int64_t> timeout_ns);
  // Submits and carries out what the kernel has deferred, without sleeping.
  void submit_and_run();
  void collect(std::vector<Completion>& completions);
  // Whether submit_and_run() or collect() would do anything.
  bool has_work() const;
  // Whether work that the kernel defers from now on writes to the announced_by() eventfd. Ordered
  // before every has_work() that follows.
  void announce(bool on);
  // Registers the eventfd, silent at first. 0, or the errno.
  int announced_by(int eventfd);

  io_uring& raw() { return *ring_; }

 private:
  struct Exit {
    void operator()(io_uring* ring) const;
  };
  explicit Ring(std::unique_ptr<io_uring, Exit> ring);
  // The kernel's errno.
  static std::expected<Ring, int> set_up(const RingConfig& config);
  io_uring_sqe& next(const UserData& data);
  io_uring_sqe& next_accept(const UserData& data, int listener);

  std::unique_ptr<io_uring, Exit> ring_;
  std::vector<Completion> completions_;
  RingConfig config_;
  std::uint32_t direct_sockets_ = 0;
  std::uint8_t index_ = 0;
};

}  // namespace sdmp::ring
