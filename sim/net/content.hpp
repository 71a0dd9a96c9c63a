#pragma once
// What bytes are, without the bytes: a run of a stream is (source, offset, length, version).
// Checking every byte position of a transfer then costs one comparison a run.
//
// `source` says whose bytes: a file (its inode id) or a message (an id the workload gives to a
// request or a response header). `version` is the file's content version when its page was read
// from disk, so that stale or never-read pages show up as wrong bytes at the receiver.

#include <cstdint>

namespace sim {

struct ContentRun {
  std::uint64_t source = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t version = 0;

  /// The bytes that directly follow this run in the same source.
  [[nodiscard]] bool continues(const ContentRun& next) const {
    return next.source == source && next.version == version && next.offset == offset + length;
  }
};

}  // namespace sim
