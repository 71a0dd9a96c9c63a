#pragma once
// The code under test for a platform P, behind the interfaces of code_under_test.hpp: for the files
// that instantiate it.

#include <memory>

#include "model/kevent/posix_timer.hpp"
#include "model/kevent/queue_impl.hpp"
#include "sim/machine/code_under_test.hpp"
#include "sim/machine/sim_platform.hpp"

namespace sim {

template <class P>
class KeventQueueOf final : public KeventQueue {
 public:
  explicit KeventQueueOf(kev::Queue<P>& queue) : queue_(queue) {}
  kev::Queue<P>& code() { return queue_; }

  long control(std::uint32_t command, std::uint32_t num, kev::UserAddress requests) override {
    return queue_.control(command, num, requests);
  }
  long get_events(std::uint32_t min_nr, std::uint32_t max_nr,
                  const kev::abi::kevent_timespec& timeout, kev::UserAddress buffer,
                  std::uint32_t flags) override {
    return queue_.get_events(min_nr, max_nr, timeout, buffer, flags);
  }
  long wait(std::uint32_t num, std::uint32_t old_index, const kev::abi::kevent_timespec& timeout,
            std::uint32_t flags) override {
    return queue_.wait(num, old_index, timeout, flags);
  }
  long commit(std::uint32_t index, std::uint32_t over) override {
    return queue_.commit(index, over);
  }
  void release() override { queue_.release(); }

  [[nodiscard]] bool pollable() const override { return queue_.pollable(); }
  [[nodiscard]] bool has_events() const override { return queue_.has_events(); }
  WaitQueue& pollers() override { return queue_.pollers().raw(); }
  kev::WatchNode& watch_node() override { return queue_.watch_node(); }

 private:
  kev::Queue<P>& queue_;
};

template <class P>
class ProcessTimerOf final : public ProcessTimer {
 public:
  explicit ProcessTimerOf(kev::PosixTimer<P>& timer) : timer_(timer) {}
  void set(kev::Duration first, kev::Duration interval) override { timer_.set(first, interval); }
  void remove() override { timer_.destroy(); }

 private:
  kev::PosixTimer<P>& timer_;
};

/// `Base`: CodeUnderTest, or a class that adds to it.
template <class P, class Base = CodeUnderTest>
class CodeFor : public Base {
 public:
  std::unique_ptr<kev::OriginListener> make_listener(SimPlatform& platform) const override {
    return std::make_unique<kev::Storage<P>>(static_cast<P&>(platform));
  }
  std::unique_ptr<KeventQueue> make_queue(SimPlatform& platform, std::uint32_t id,
                                          const kev::QueueOptions& options,
                                          int* error) const override {
    auto* queue = kev::Queue<P>::create(static_cast<P&>(platform), id, options, error);
    if (queue == nullptr) return nullptr;
    return std::make_unique<KeventQueueOf<P>>(*queue);
  }
  std::unique_ptr<ProcessTimer> make_timer(SimPlatform& platform, KeventQueue& queue,
                                           std::uint32_t id, std::uint64_t user,
                                           int* error) const override {
    auto* timer = kev::PosixTimer<P>::create(
        static_cast<P&>(platform), static_cast<KeventQueueOf<P>&>(queue).code(), id, user, error);
    if (timer == nullptr) return nullptr;
    return std::make_unique<ProcessTimerOf<P>>(*timer);
  }
};

}  // namespace sim
