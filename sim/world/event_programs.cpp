#include "sim/world/event_programs.hpp"

#include <algorithm>
#include <cstring>

namespace sim {

namespace abi = kev::abi;
using kev::RingVersion;
using kev::UserAddress;

EventProgram::EventProgram(SimPlatform& platform, EventWorkload& workload)
    : platform_(platform),
      workload_(workload),
      calls_(platform),
      batch_(static_cast<std::uint32_t>(workload.queue_spec().batch)),
      slots_(static_cast<std::uint32_t>(workload.queue_spec().slots)) {}

UserAddress EventProgram::map(std::size_t bytes) {
  return platform_.machine().user.map(bytes);
}

void EventProgram::look(UserAddress address) {
  platform_.machine().user.look(address);
}

std::uint32_t EventProgram::word(UserAddress address) {
  std::uint32_t value = 0;
  std::memcpy(&value, platform_.machine().user.at(address, sizeof value), sizeof value);
  return value;
}

namespace {

class GetEvents final : public EventProgram {
 public:
  using EventProgram::EventProgram;
  int open() override { return calls_.kevent_init(); }
  void consume(int queue, int) override {
    const UserAddress buffer = map(batch() * sizeof(abi::ukevent));
    while (!workload_.done()) {
      const std::uint64_t began = workload_.begin_call();
      const long got = calls_.kevent_get_events(queue, 1, batch(), forever, buffer);
      for (long i = 0; i < got; ++i)
        workload_.consume(word(buffer + static_cast<UserAddress>(i) * sizeof(abi::ukevent)), began);
    }
  }
};

/// Wakes up when nothing has come until some instant of the real-time clock, as programs do that
/// have deadlines of their own.
class GetEventsUntil final : public EventProgram {
 public:
  using EventProgram::EventProgram;
  int open() override { return calls_.kevent_init(0, 0, abi::KEVENT_FLAGS_ABSTIME); }
  void consume(int queue, int) override {
    const UserAddress buffer = map(batch() * sizeof(abi::ukevent));
    while (!workload_.done()) {
      const std::uint64_t began = workload_.begin_call();
      const kev::Instant until = platform_.real_now() + patience;
      const abi::kevent_timespec when = to_timespec(until - kev::Instant(0));
      const long got = calls_.kevent_get_events(queue, 1, batch(), when, buffer);
      for (long i = 0; i < got; ++i)
        workload_.consume(word(buffer + static_cast<UserAddress>(i) * sizeof(abi::ukevent)), began);
    }
  }

 private:
  static constexpr kev::Duration patience{60'000'000'000};
};

/// Takes 25 to 33: the program commits what it has read.
class RingV4 final : public EventProgram {
 public:
  using EventProgram::EventProgram;
  int open() override {
    ring_ = map(sizeof(abi::kevent_ring) + slots() * sizeof(abi::ukevent));
    return calls_.kevent_init(ring_, slots());
  }
  void consume(int queue, int) override {
    while (!workload_.done()) {
      const std::uint64_t began = workload_.begin_call();
      in_flight_.push_back(began);
      const auto old = static_cast<std::uint32_t>(taken_ % slots());
      const long got = calls_.kevent_wait(queue, std::min(batch(), slots()), old, forever);
      note_moved(began, got);
      if (got == 0) let_others_commit();
      for (;;) {
        look(ring_);
        if (taken_ >= moved_) break;
        const std::uint64_t mine = taken_++;
        workload_.consume(word(slot(mine)), began_[mine]);
        const std::uint64_t next = mine + 1;
        calls_.kevent_commit(queue, static_cast<std::uint32_t>(next % slots()),
                             static_cast<std::uint32_t>(next / slots()));
      }
    }
  }

 private:
  /// Threads take what others' calls have moved. Which call moved an event is not known for sure:
  /// it began no earlier than the first of those that were not over.
  void note_moved(std::uint64_t began, long got) {
    const std::uint64_t first = *std::min_element(in_flight_.begin(), in_flight_.end());
    in_flight_.erase(std::find(in_flight_.begin(), in_flight_.end(), began));
    if (got <= 0) return;
    moved_ += static_cast<std::uint64_t>(got);
    began_.resize(moved_, first);
  }
  /// Another reader has taken an event and not committed it yet: asking again at once, under a
  /// schedule that lets it wait, would be asking for ever.
  void let_others_commit() {
    Kernel& kernel = platform_.kernel();
    if (!kernel.exploring() || workload_.done()) return;
    kernel.current_thread().set_state(ThreadState::interruptible);
    kernel.schedule_timeout(kev::Duration(1000));
  }
  [[nodiscard]] UserAddress slot(std::uint64_t position) const {
    return ring_ + sizeof(abi::kevent_ring) + position % slots() * sizeof(abi::ukevent);
  }
  UserAddress ring_ = 0;
  std::uint64_t moved_ = 0;               ///< events in the ring ever
  std::uint64_t taken_ = 0;               ///< by some thread
  std::vector<std::uint64_t> in_flight_;  ///< when calls began that are not over
  std::vector<std::uint64_t> began_;      ///< by position: no earlier than that
};

/// Take23: the index names the slot written last, and the kernel never waits for the reader.
class RingV3 final : public EventProgram {
 public:
  using EventProgram::EventProgram;
  int open() override {
    ring_ = map(sizeof(abi::kevent_ring) + slots() * sizeof(abi::ukevent));
    return calls_.kevent_init_as(RingVersion::v3, ring_, slots());
  }
  void consume(int queue, int) override {
    while (!workload_.done()) {
      const std::uint64_t began = workload_.begin_call();
      const long got = calls_.kevent_wait(queue, std::min(batch(), slots()), 0, forever);
      if (got <= 0) continue;
      look(ring_);
      const std::uint32_t last = word(ring_);
      const auto count = static_cast<std::uint32_t>(got);
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t at = (last + slots() + 1 - count + i) % slots();
        workload_.consume(word(ring_ + sizeof(abi::kevent_ring) + at * sizeof(abi::ukevent)),
                          began);
      }
    }
  }

 private:
  UserAddress ring_ = 0;
};

/// Takes 7 to 22: the kernel fills the ring where events become ready; the program reads it and
/// says what it has read, and waits, in one call.
class MappedRing : public EventProgram {
 public:
  MappedRing(SimPlatform& platform, EventWorkload& workload, RingVersion version)
      : EventProgram(platform, workload), version_(version) {}
  int open() override {
    ring_ = map(sizeof(kev::MappedHeader) + slots() * sizeof(kev::MappedEvent));
    return calls_.kevent_init_as(version_, ring_, slots());
  }
  void consume(int queue, int) override {
    while (!workload_.done()) {
      for (;;) {
        look(ring_);
        if (read_ == word(ring_)) break;
        const std::uint64_t began = workload_.begin_call();
        const std::uint32_t slot = read_;
        read_ = (read_ + 1) % slots();
        const std::uint32_t event =
            word(ring_ + sizeof(kev::MappedHeader) + slot * sizeof(kev::MappedEvent));
        // Removed events stay in these rings.
        if (workload_.removed(event)) continue;
        workload_.consume(event, began);
        calls_.kevent_wait(queue, 1, slot, {0, 0});
      }
      if (workload_.done()) return;
      // The one reader has read everything, so a wait that ends at once tells of lost events.
      if (calls_.kevent_wait(queue, 0, 0, forever) == 0 && read_ == word(ring_))
        platform_.kernel().violate("no_lost_event",
                                   "the queue has ready events that its ring does not show");
    }
  }

 private:
  const RingVersion version_;
  UserAddress ring_ = 0;
  std::uint32_t read_ = 0;  ///< the program's own index
};

class RingV2 final : public MappedRing {
 public:
  RingV2(SimPlatform& platform, EventWorkload& workload)
      : MappedRing(platform, workload, RingVersion::v2) {}
};

class RingV1 final : public MappedRing {
 public:
  RingV1(SimPlatform& platform, EventWorkload& workload)
      : MappedRing(platform, workload, RingVersion::v1) {}
};

template <class Program>
std::unique_ptr<EventProgram> make(SimPlatform& platform, EventWorkload& workload) {
  return std::make_unique<Program>(platform, workload);
}

constexpr EventProgramRow rows[] = {
    {"get-events", "kevent_get_events into a buffer of each thread", make<GetEvents>},
    {"get-events-until", "the same, each call with a deadline on the real-time clock",
     make<GetEventsUntil>},
    {"ring-v4", "ring with generations, committed by the program (takes 25 to 33)", make<RingV4>},
    {"ring-v3", "ring in user memory without the program's index (take23)", make<RingV3>},
    {"ring-v2", "mapped ring with both indices (takes 21, 22)", make<RingV2>},
    {"ring-v1", "mapped ring without the program's index (takes 7 to 19)", make<RingV1>},
};

}  // namespace

std::span<const EventProgramRow> event_programs() {
  return rows;
}

const EventProgramRow* find_event_program(std::string_view name) {
  for (const EventProgramRow& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace sim
