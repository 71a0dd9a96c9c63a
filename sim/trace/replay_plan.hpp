#pragma once
// What a captured file server did, rebuilt from its system calls: which connections were opened
// when, which requests came on them, and which part of which file answered each.
//
// Rules (any server that answers with write and sendfile; nothing here knows nginx):
//   accept opens a connection, also one on which nothing is ever asked.
//   Data read from a connection asks something. Reads that follow each other before anything is
//   written are one request; a read of 0 bytes, ECONNRESET and EPIPE mean that the peer closed.
//   Bytes written before the first sendfile are the response header, sendfile is the body. A
//   response that is only written has length 0 and all its bytes as header. A response that follows
//   another without new data (pipelined requests, a second part) becomes a request of its own with
//   request_bytes 0. posix_fadvise and readahead of a file that is sent go with its requests
//   (strace_advice.hpp). Descriptors are followed through each process's table
//   (strace_descriptors.hpp) and checked against the -yy text: when the two disagree, the text is
//   right.
// Accounting: every call of the capture is counted once, as matched (part of the workload, with
// what), ignored (not part of it, and why) or unmatched (could not be placed).
//
// Invariants: calls == calls_matched + calls_ignored + unmatched.size(). On one connection
// opened <= arrived of each request <= its finished <= closed, and arrived never decreases.
// Units: bytes; instants are ns since the capture's first line.
// Errors: a file that cannot be read, damaged or truncated gzip data, something that is no capture.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/report/summary.hpp"

namespace sim {

struct ReplayFile {
  std::string path;
  std::int64_t size = 0;  ///< from stat; the end of what was sent when that is unknown or less
};

/// posix_fadvise(2) or readahead(2) of the file that a request's body comes from.
struct ReplayAdvice {
  enum class Kind : std::uint8_t {
    normal,
    random,
    sequential,
    will_need,
    dont_need,
    no_reuse,
    readahead
  };
  Kind kind = Kind::normal;
  std::int64_t offset = 0;  ///< in the file
  std::int64_t count = 0;   ///< posix_fadvise: 0 is to the end of the file
  std::int64_t after = 0;   ///< bytes of the body that had been sent
};

struct ReplayRequest {
  int file = -1;            ///< index in ReplayPlan::files; -1 when nothing came from a file
  std::int64_t offset = 0;  ///< where the body begins in the file
  std::int64_t length = 0;  ///< bytes that sendfile sent
  std::int64_t request_bytes = 0;
  std::int64_t header_bytes = 0;
  kev::Instant arrived;              ///< its first read returned; without one, its answer began
  kev::Instant finished;             ///< when the last call that sent something returned
  std::vector<ReplayAdvice> advice;  ///< `after` never decreases
  int sendfile_calls = 0;            ///< also those that sent nothing (EAGAIN, EPIPE)
  bool cut_short = false;            ///< the last sendfile sent less than it was asked for
};

struct ReplayConnection {
  kev::Instant opened;  ///< when accept returned
  kev::Instant closed;  ///< when the server closed it; the end of the capture if it did not
  std::vector<ReplayRequest> requests;
  bool closed_by_peer = false;  ///< the peer closed or reset it first
};

struct ReplayPlan {
  std::vector<ReplayFile> files;              ///< in the order in which they were first sent
  std::vector<ReplayConnection> connections;  ///< in the order of accept
  std::int64_t send_buffer_bytes = 0;         ///< as given to setsockopt(SO_SNDBUF); 0 unknown

  std::int64_t calls = 0;  ///< in the capture
  std::int64_t calls_matched = 0;
  std::int64_t calls_ignored = 0;
  std::vector<CallCount> matched;        ///< sorted by call, then reason
  std::vector<CallCount> ignored;        ///< sorted by call, then reason
  std::vector<UnmatchedCall> unmatched;  ///< in the order of the capture
};

/// Reads `strace -f -ttt -T -yy -s 32` output, plain or gzip (told apart by content).
[[nodiscard]] kev::Result<ReplayPlan> plan_from_strace(const std::string& path);

/// The same for a capture in memory; `name` stands for the file in errors.
[[nodiscard]] kev::Result<ReplayPlan> plan_from_text(std::string_view text,
                                                     const std::string& name);

}  // namespace sim
