#pragma once
// Memory as kernel code sees it: user memory that must be copied to and from and may fault, and
// kernel objects that may not be had and must all be given back.
//
// User addresses are made up by map(), starting at 0x10000, never host addresses: they may appear
// in traces. Copies may sleep on a page fault, so they are forbidden in atomic context. Faults: the
// points copy_to_user, copy_from_user and alloc (sim/faults/faults.hpp). Properties: memory_balance
// (freed twice; alive at the end, asked by whoever ends the run).

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/faults/faults.hpp"
#include "sim/kernel/kernel.hpp"

namespace sim {

/// An address in the simulated process.
using UserAddress = std::uint64_t;

class UserMemory {
 public:
  UserMemory(Kernel& kernel, Faults& faults) : kernel_(kernel), faults_(faults) {}

  /// A new zeroed region, on a page boundary, with an unmapped page after it.
  UserAddress map(std::size_t bytes);
  void unmap(UserAddress address);

  /// True when all was copied; false is -EFAULT, and what was copied is unspecified.
  bool copy_in(void* to, UserAddress from, std::size_t bytes);
  bool copy_out(UserAddress to, const void* from, std::size_t bytes);

  /// For simulated user code, which simply uses its memory. Requires: mapped.
  void* at(UserAddress address, std::size_t bytes);

 private:
  struct Region {
    UserAddress begin = 0;
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes = 0;
  };
  std::byte* find(UserAddress address, std::size_t bytes);
  bool faults_here(FaultPoint point, const char* operation);

  Kernel& kernel_;
  Faults& faults_;
  std::vector<Region> regions_;  ///< by address
  UserAddress next_ = 0x10000;
};

/// Counts kernel objects and lets their allocation fail.
class Allocator {
 public:
  Allocator(Kernel& kernel, Faults& faults) : kernel_(kernel), faults_(faults) {}

  /// Whether an allocation succeeds; pays for it. may_sleep: GFP_KERNEL, else GFP_ATOMIC.
  bool take(bool may_sleep);
  void give();
  [[nodiscard]] std::int64_t live() const { return live_; }

 private:
  Kernel& kernel_;
  Faults& faults_;
  std::int64_t live_ = 0;
};

}  // namespace sim
