// The detector of data races against one that forgets nothing: every access is kept, with all that
// its thread knew, and compared with every later one. Up to an execution's first race, after which
// the detector may forget, both say the same of each access.

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/instrument/races.hpp"

namespace {

constexpr std::uint32_t threads = 4;
constexpr std::uint32_t locks = 2;
constexpr std::uint32_t cells = 514;  // more than the detector has hashes for them

struct Access {
  std::uint32_t thread;
  std::uint32_t cell;
  std::uint64_t bytes;
  bool write;
};

class Historian {
 public:
  void start(std::uint32_t thread, std::uint32_t creator) {
    if (thread != 0) knows_[thread] = knows_[creator];
    ++knows_[creator][creator];
    ++knows_[thread][thread];
  }
  void acquire(std::uint32_t thread, std::uint32_t lock) { learn(knows_[thread], held_[lock]); }
  void release(std::uint32_t thread, std::uint32_t lock) {
    learn(held_[lock], knows_[thread]);
    ++knows_[thread][thread];
  }
  bool races(const Access& access) {
    bool found = false;
    for (const auto& [before, clock] : all_)
      if (before.cell == access.cell && (before.bytes & access.bytes) != 0 &&
          (before.write || access.write) && knows_[access.thread][before.thread] < clock)
        found = true;
    all_.push_back({access, knows_[access.thread][access.thread]});
    return found;
  }

 private:
  using Clock = std::array<std::uint32_t, threads>;
  struct Kept {
    Access access;
    std::uint32_t clock;
  };
  static void learn(Clock& to, const Clock& from) {
    for (std::size_t i = 0; i < threads; ++i) to[i] = std::max(to[i], from[i]);
  }

  std::array<Clock, threads> knows_{};
  std::array<Clock, locks> held_{};
  std::vector<Kept> all_;
};

/// One execution; what kept the two apart, and how far it went.
class Story {
 public:
  Story(sim::RaceDetector& detector, std::vector<sim::Cell>& memory, sim::Random& random)
      : detector_(detector), memory_(memory), random_(random) {
    detector_.next_execution();
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      detector_.start_thread(thread, 0);
      historian_.start(thread, 0);
    }
    for (std::uint32_t& sync : syncs_) sync = detector_.new_sync();
  }

  /// False: that was a race.
  bool step() {
    const auto thread = static_cast<std::uint32_t>(random_.below(threads));
    const std::uint64_t what = random_.below(8);
    if (what < 4) return access(thread);
    const std::uint64_t lock = random_.below(locks);
    if (what < 6) {
      detector_.acquire(thread, syncs_[lock]);
      historian_.acquire(thread, static_cast<std::uint32_t>(lock));
    } else {
      detector_.release_join(thread, syncs_[lock]);
      historian_.release(thread, static_cast<std::uint32_t>(lock));
    }
    return true;
  }

 private:
  bool access(std::uint32_t thread) {
    constexpr std::uint64_t masks[] = {0xF, 0xF, 0x3, 0xC, 0x1, 0x2, 0x8};
    const std::uint64_t mask = masks[random_.below(std::size(masks))];
    // Some that are busy, with one hash, and some others.
    const std::uint64_t place = random_.below(8);
    const auto cell = static_cast<std::uint32_t>(place < 3   ? place % 2
                                                 : place < 6 ? 512 + place % 2
                                                             : place);
    const bool write = random_.below(4) == 0;
    if (random_.below(3) == 0) return access_both(thread, cell, write);
    sim::Race race;
    const std::uint64_t bytes = mask << 28;
    const bool met = write ? detector_.write(thread, memory_[cell], bytes, 1, race)
                           : detector_.read(thread, memory_[cell], bytes, 1, race);
    REQUIRE(met == historian_.races({thread, cell, bytes, write}));
    return !met;
  }

  /// The cell and its neighbour.
  bool access_both(std::uint32_t thread, std::uint32_t cell, bool write) {
    cell &= ~1U;
    sim::Race race;
    const bool met = write ? detector_.write_pair(thread, &memory_[cell], 1, race)
                           : detector_.read_pair(thread, &memory_[cell], 1, race);
    constexpr std::uint64_t all = sim::epoch::all_bytes;
    const bool first = historian_.races({thread, cell, all, write});
    REQUIRE(met == (first || historian_.races({thread, cell + 1, all, write})));
    return !met;
  }

  sim::RaceDetector& detector_;
  std::vector<sim::Cell>& memory_;
  sim::Random& random_;
  Historian historian_;
  std::array<std::uint32_t, locks> syncs_{};
};

}  // namespace

TEST_CASE("what the detector keeps of accesses is enough to find each execution's first race") {
  sim::RaceDetector detector;
  std::vector<sim::Cell> memory(cells);
  sim::Random random(7);
  std::size_t races = 0;
  std::size_t steps = 0;
  for (int execution = 0; execution < 20'000; ++execution) {
    Story story(detector, memory, random);
    int step = 0;
    while (step < 60 && story.step()) ++step;
    steps += static_cast<std::size_t>(step);
    if (step < 60) ++races;
  }
  // Most have one, and it does not come at once.
  CHECK(races > 10'000);
  CHECK(steps > 100'000);
}
