#pragma once
// Memory as kernel code sees it: user memory that must be copied to and from and may fault, and
// kernel objects that may not be had and must all be given back.
//
// User addresses are made up by map(), starting at 0x10000, never host addresses: they may appear
// in traces. Copies may sleep on a page fault, so they are forbidden in atomic context. Faults: the
// points copy_to_user, copy_from_user and alloc (sim/faults/faults.hpp). Allocator::live() says how
// many objects there are: a run that closed everything ends with none.

#include <cstdint>
#include <memory>
#include <utility>
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
  /// The process is gone: every copy faults from now on.
  void unmap_all() { regions_.clear(); }

  /// True when all was copied; false is -EFAULT, and what was copied is unspecified.
  bool copy_in(void* to, UserAddress from, std::size_t bytes);
  bool copy_out(UserAddress to, const void* from, std::size_t bytes);

  [[nodiscard]] bool mapped(UserAddress address, std::size_t bytes) {
    return find(address, bytes) != nullptr;
  }
  /// get_user_pages: brings the pages in and keeps them; pays for each. False is -EFAULT.
  bool pin(UserAddress address, std::size_t bytes);

  /// For simulated user code, which simply uses its memory. Requires: mapped.
  void* at(UserAddress address, std::size_t bytes);
  /// Before user code looks at memory that others change: they may go first.
  void look(UserAddress address);

 private:
  struct Region {
    UserAddress begin = 0;
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes = 0;
  };
  std::byte* find(UserAddress address, std::size_t bytes);
  bool faults_here(FaultPoint point, KernelStep step, UserAddress address);
  /// What exploration calls the region.
  std::uint32_t object_of(UserAddress address);

  Kernel& kernel_;
  Faults& faults_;
  std::vector<Region> regions_;  ///< by address
  UserAddress next_ = 0x10000;
};

/// Makes kernel objects, counts them and lets their allocation fail. What an execution leaves
/// behind is destroyed with its machine, oldest first.
class Allocator {
 public:
  Allocator(Kernel& kernel, Faults& faults) : kernel_(kernel), faults_(faults) {}
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// Null when there is no memory. may_sleep: GFP_KERNEL, else GFP_ATOMIC. T: a class, not final.
  template <class T, class... Args>
  T* make(bool may_sleep, Args&&... args) {
    if (!take(may_sleep)) return nullptr;
    auto* block = new Block<T>(std::forward<Args>(args)...);
    adopt(*block);
    return block;
  }
  /// Requires: made here. Nothing happens once the world is ending: destroy_all() comes.
  template <class T>
  void destroy(T& object) {
    if (!give()) return;
    auto* block = static_cast<Block<T>*>(&object);
    forget(*block);
    if (!kernel_.bury([block] { delete block; })) delete block;
  }
  /// Breaks use_after_free unless the object was made here and still exists. Slow: for code that is
  /// kept with its defects.
  template <class T>
  void expect_alive(const T* object, const char* what) {
    expect_block(static_cast<const Block<T>*>(object), what);
  }
  /// Requires: the kernel has been shut down.
  void destroy_all();
  [[nodiscard]] std::int64_t live() const { return live_; }

 private:
  struct Header {
    void (*destroy)(Header&) = nullptr;
    Header* next = nullptr;
    Header* previous = nullptr;
  };
  template <class T>
  struct Block final : Header, T {
    template <class... Args>
    explicit Block(Args&&... args) : T(std::forward<Args>(args)...) {
      Header::destroy = [](Header& header) { delete static_cast<Block*>(&header); };
    }
  };

  /// Whether an allocation succeeds; pays for it.
  bool take(bool may_sleep);
  bool give();
  void adopt(Header& block);
  void forget(Header& block);
  void expect_block(const Header* block, const char* what);

  Kernel& kernel_;
  Faults& faults_;
  std::int64_t live_ = 0;
  Header* first_ = nullptr;
  Header* last_ = nullptr;
};

}  // namespace sim
