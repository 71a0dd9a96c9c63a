#pragma once
// An epoll set of the simulated kernel (fs/eventpoll.c): which watched files have had a wake-up,
// and what they are ready for when asked.
//
// A wake-up with a key marks the file only if the key has a bit that is watched; a file is asked
// once when it is added or modified. wait() asks each marked file with poll() and leaves out what
// is not ready; level-triggered files stay marked, edge-triggered ones wait for the next wake-up, a
// one-shot watch sleeps until it is modified. ERR and HUP are always watched.
// Invariants: the list of marked files is in order of their first wake-up. A file stays watched
// until remove() or until its last reference is given back elsewhere: the set has none of its own,
// so remove a file before it goes (as the kernel does in eventpoll_release).
// Errors: negative errno. Locks: lock_, taken with interrupts disabled under wait queue locks.

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/kernel/file.hpp"

namespace sim {

/// How a file is watched.
enum class EpollMode : std::uint8_t { level, edge, one_shot };

struct EpollEvent {
  std::uint64_t data = 0;    ///< as given to add()
  std::uint32_t events = 0;  ///< poll bits
};

class Epoll {
 public:
  explicit Epoll(Kernel& kernel);
  ~Epoll();
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  /// 0, -EEXIST, -EPERM (a file that cannot be waited for).
  int add(FileObject& file, std::uint64_t data, std::uint32_t events, EpollMode mode);
  /// 0, -ENOENT.
  int modify(FileObject& file, std::uint32_t events, EpollMode mode);
  int remove(FileObject& file);
  /// What is ready now, in the order of the wake-ups. Process context; does not sleep.
  std::vector<EpollEvent> wait();

 private:
  struct Item;
  static bool on_wake(WaitEntry& entry, std::uint32_t key);
  [[nodiscard]] Item* find(const FileObject& file) const;
  void mark(Item& item);
  void look(Item& item);

  SpinLock lock_;
  std::vector<std::unique_ptr<Item>> items_;
  std::vector<Item*> ready_;
};

}  // namespace sim
