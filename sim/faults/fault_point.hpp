#pragma once
// The kinds of faults: what can go wrong, where it is asked for, and what then happens.
//
// One row a kind, one file a family (fault_*.cpp). Kinds of one place are asked for together: the
// first rule that strikes there decides, and the others are not asked any more. What a verdict
// means is said where it is asked for: sim/vfs/disk_faults.hpp, sim/net/link.hpp, ...

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"

namespace sim {

enum class FaultPoint : std::uint8_t {
  // disk
  disk_read,
  disk_latent,
  disk_torn,
  disk_slow,
  disk_hang,
  disk_timeout,
  disk_write,
  // memory
  alloc,
  page_alloc,
  copy_to_user,
  copy_from_user,
  cache_reclaim,
  cache_invalidate,
  cache_truncate,
  cache_cut,
  // network
  link_loss,
  link_corrupt,
  link_duplicate,
  link_reorder,
  link_delay,
  link_partition,
  peer_reset,
  peer_stall,
  peer_slow,
  // process
  process_signal,
  process_close,
  process_reuse,
  process_kill,
  // clock
  clock_forward,
  clock_back,
  count  ///< of kinds
};

inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(FaultPoint::count);

/// Where in the simulated world faults are asked for.
enum class FaultPlace : std::uint8_t {
  disk_read,     ///< a bio that reads goes to the disk
  disk_write,    ///< one that writes
  disk_request,  ///< of kinds: both of these
  alloc,
  page_alloc,
  copy_to_user,
  copy_from_user,
  cache_allocate,  ///< a page is allocated by who may sleep
  cache_fill,      ///< a read of pages is submitted
  packet,          ///< a packet is handed to the link
  peer_data,       ///< a client has received bytes
  system_call,     ///< the server enters the kernel
  server_call,     ///< the same, of a process that somebody starts again when it is gone
  request,         ///< the server has started an answer and waits for its end
};

/// Kinds of `kinds_place` are asked for when something happens at `place`.
constexpr bool covers(FaultPlace kinds_place, FaultPlace place) {
  const bool disk = place == FaultPlace::disk_read || place == FaultPlace::disk_write;
  return kinds_place == place || (disk && kinds_place == FaultPlace::disk_request);
}

/// What happens to the operation.
enum class Verdict : std::uint8_t { pass, delay, fail, drop, corrupt, duplicate, reorder };

struct FaultPointInfo {
  FaultPoint point = FaultPoint::count;
  FaultPlace place = FaultPlace::alloc;
  Verdict verdict = Verdict::pass;
  std::string_view name;
  std::string_view description;
  int default_error = 0;           ///< positive errno
  kev::Duration default_delay{0};  ///< how long it takes or lasts
};

/// All kinds, family by family, in the order of FaultPoint.
std::span<const FaultPointInfo> fault_points();
const FaultPointInfo* find_fault_point(std::string_view name);

/// The families.
std::span<const FaultPointInfo> disk_faults();
std::span<const FaultPointInfo> memory_faults();
std::span<const FaultPointInfo> network_faults();
std::span<const FaultPointInfo> process_faults();
std::span<const FaultPointInfo> clock_faults();

}  // namespace sim
