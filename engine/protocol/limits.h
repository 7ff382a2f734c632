// The constants of the protocol profile and the limits of this implementation, with their reasons.
// What an operator may tune is in engine/relay/config.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sdmp::protocol {

// P-HS.
inline constexpr std::size_t kConnectionObjectBytesMax = 16'384;
inline constexpr std::int64_t kClockSkewMaxMs = 300'000;
inline constexpr std::int64_t kHandshakeDeadlineMs = 10'000;
inline constexpr char kNope[] = {'n', 'o', 'p', 'e'};
// P-SEC.
inline constexpr std::uint64_t kFramesPerRatchet = std::uint64_t{1} << 20;

// Objects remembered until created + 300 s. One entry costs 80 bytes: 16 MiB at most. At 300 s
// times 5,000 handshakes a second the cache would need more: the oldest go, and are counted.
inline constexpr std::size_t kReplayEntriesMax = 200'000;

// Entries in one journal_update: 1,024 lines are about 360 KB as text and stay below the 1 MiB that
// every receiver accepts, even when DEFLATE gains nothing.
inline constexpr std::uint64_t kUpdateEntriesMax = 1'024;
// An update that nobody asked for ends at the latest at a line whose number is a multiple of this.
// So sessions that are behind by different lengths are told of the same lines again, and share what
// was signed and packed for one of them.
inline constexpr std::uint64_t kBroadcastLinesMax = 64;
// Resource requests in flight per session: covers 64 KiB resources at 100 MB/s and 40 ms.
inline constexpr std::size_t kRequestsInFlightMax = 64;
// Requests of a peer that wait for their turn to be answered: beyond this its input is not read.
// Above what any sane peer pipelines (16 of ours), 160 bytes each.
inline constexpr std::size_t kPendingAnswersMax = 1'024;
// Resources announced but not yet fetched that a session keeps in memory; while more are missing
// further updates are not applied (they will be asked for again).
inline constexpr std::size_t kWantedMax = 4'096;
static_assert(kWantedMax >= 2 * kUpdateEntriesMax);
// How many of those that the store remembers are read per pump(): some 0.1 ms when they are
// refused, 0.5 ms when each is looked up.
inline constexpr std::size_t kWantedPage = 256;
static_assert(kWantedPage <= kWantedMax / 2);
// Resources announced by a peer whose publishers are not trusted (yet): remembered in the store, to
// be asked for when trust changes. 128 octets each: 8 MiB of disk per peer at most; later ones of a
// peer that announces more are forgotten.
inline constexpr std::size_t kRefusedMax = 65'536;
// Queued resources looked at per pump(), when others are already fetching most of them.
inline constexpr std::size_t kWantedScanMax = 1'024;
// How soon a resource that another session is fetching is looked at again.
inline constexpr std::int64_t kClaimRetryMs = 1'000;
// A `since` that names no line is echoed up to this size, since it waits in memory with the
// request.
inline constexpr std::size_t kSinceEchoBytesMax = 256;
// A journal_request without an answer is sent this often, kRequestTimeoutMs apart, then given up
// until the peer announces something.
inline constexpr int kJournalRequestAttemptsMax = 3;
// An answer that does not come: the request is given up, the resource tried elsewhere or later.
inline constexpr std::int64_t kRequestTimeoutMs = 30'000;
// Eager push: fresh resources up to this size, to peers at most this many lines behind.
inline constexpr std::size_t kEagerPushBytesMax = 16'384;
// What is pushed is signed once for all who are told of it at about the same time, what is asked
// for costs a verification and a signature each time: ten times as much. So those who read more
// slowly than others publish must not be the ones who ask; they are half a minute behind before
// they do.
inline constexpr std::uint64_t kEagerPushLinesMax = 65'536;

}  // namespace sdmp::protocol
