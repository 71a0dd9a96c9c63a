// Faults of memory and of the page cache.

#include <cerrno>

#include "sim/faults/fault_point.hpp"

namespace sim {

namespace {

using enum FaultPoint;
using namespace kev::literals;

constexpr FaultPointInfo memory_rows[] = {
    {alloc, FaultPlace::alloc, Verdict::fail, "alloc", "a kernel object cannot be allocated",
     ENOMEM},
    {page_alloc, FaultPlace::page_alloc, Verdict::fail, "page.alloc", "a page cannot be allocated",
     ENOMEM},
    {copy_to_user, FaultPlace::copy_to_user, Verdict::fail, "copy_to_user",
     "a copy to user memory faults", EFAULT},
    {copy_from_user, FaultPlace::copy_from_user, Verdict::fail, "copy_from_user",
     "a copy from user memory faults", EFAULT},
    {cache_reclaim, FaultPlace::cache_allocate, Verdict::drop, "cache.reclaim",
     "memory runs short: pages of the cache are reclaimed"},
    {cache_invalidate, FaultPlace::cache_fill, Verdict::drop, "cache.invalidate",
     "somebody throws a file out of the cache while it is being read"},
    {cache_truncate, FaultPlace::cache_fill, Verdict::drop, "cache.truncate",
     "somebody cuts a file off in the middle of what is being read; after delay it is as long "
     "as before, with zeros",
     0, 100_ms},
    {cache_cut, FaultPlace::cache_fill, Verdict::drop, "cache.cut",
     "somebody cuts a file off in the middle of what is being read, for good"},
};

}  // namespace

std::span<const FaultPointInfo> memory_faults() {
  return memory_rows;
}

}  // namespace sim
