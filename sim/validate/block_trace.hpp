#pragma once
// What reached a real disk and when, replayed on a modelled one: the formats, and the replay.
//
// A request arrives at its instant, whatever became of those before it; the disk takes as many as
// it accepts, the others wait in order. Its time runs from its arrival to its end, as the traced
// one's does. What the trace has no end of loads the disk and is not compared. Traces without
// instants, and all if asked for, are replayed as fast as possible: a request arrives when the disk
// has room for it.
//
// Units: sectors of 512 bytes, int64 ns since the first request. Errors: what cannot be read is
// told with file, line, column.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/block/disk.hpp"

namespace sim {

struct TracedRequest {
  kev::Instant arrives;
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  bool write = false;
  std::optional<kev::Duration> service{};  ///< as traced, if its end was
  int line = 0;
};

struct BlockTrace {
  std::vector<TracedRequest> requests;  ///< in order of arrival; never empty after reading
  std::int64_t passed_over = 0;         ///< operations that move no data: flush, discard, sync
};

/// The largest request that a trace may have.
inline constexpr std::uint32_t most_traced_sectors = 1u << 20;

struct BlockTraceFormat {
  std::string_view name;
  std::string_view description;
  /// Whether a text looks like it, by its first line that is not blank.
  bool (*is_it)(std::string_view line);
  kev::Result<BlockTrace> (*parse)(const std::string& path, std::string_view text);
};

/// All formats. A new one is a row here and a file.
std::span<const BlockTraceFormat> block_trace_formats();
/// Null when there is none of that name.
const BlockTraceFormat* find_block_trace_format(std::string_view name);
/// Whether it is what blktrace(8) writes, which blkparse has not made readable yet.
bool is_blktrace(std::string_view bytes);
kev::Error blktrace_error(const std::string& path);
/// The format of a text; null when it is none of them.
const BlockTraceFormat* recognise_block_trace(std::string_view text);

// One file each.
bool is_blkparse(std::string_view line);
kev::Result<BlockTrace> parse_blkparse(const std::string& path, std::string_view text);
bool is_fio_iolog(std::string_view line);
kev::Result<BlockTrace> parse_fio_iolog(const std::string& path, std::string_view text);
bool is_mqsim(std::string_view line);
kev::Result<BlockTrace> parse_mqsim(const std::string& path, std::string_view text);

/// For readers: by arrival, and the first at 0. An error when there is none.
kev::Result<BlockTrace> in_order(const std::string& path, BlockTrace trace);

/// All instants, times `factor`, up to a century or so.
void scale(BlockTrace& trace, double factor);

enum class Pace : std::uint8_t { as_traced, as_fast_as_possible };

struct BlockReplay {
  Pace pace = Pace::as_traced;
  std::size_t writes = 0;
  std::size_t compared = 0;  ///< requests whose end was traced
  double measured_ms = 0;    ///< mean of these
  double simulated_ms = 0;   ///< mean of these; of all when there are none
  double demerit_ms = 0;     ///< sim/validate/disk_trace.hpp
  kev::Duration p50;         ///< of all requests, simulated
  kev::Duration p99;
  kev::Duration longest;
  kev::Duration lasted;  ///< from the first arrival to the last end
  [[nodiscard]] double demerit_percent() const { return 100 * demerit_ms / measured_ms; }
};

/// On a disk that has done nothing yet. An error when a request lies beyond it.
kev::Result<BlockReplay> replay_block_trace(const std::string& path, const BlockTrace& trace,
                                            Engine& engine, Disk& disk, Pace pace);

}  // namespace sim
