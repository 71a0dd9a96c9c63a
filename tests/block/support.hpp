#pragma once
// What the block tests share: a queue on a chosen disk, a disk that only waits, and closed loops.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/block/block_queue.hpp"
#include "sim/engine/random.hpp"

namespace sim::test {

/// Serves up to `depth` requests, each for the same time, and remembers the order they came in.
class PlainDisk final : public Disk {
 public:
  PlainDisk(Engine& engine, kev::Duration service, std::uint32_t depth = 1)
      : engine_(engine), service_(service), depth_(depth) {}
  ~PlainDisk() override {
    for (Slot& slot : slots_)
      if (slot.pending()) engine_.cancel(slot);
  }

  [[nodiscard]] std::string_view kind() const override { return "plain"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override { return 1 << 30; }
  [[nodiscard]] std::uint32_t queue_depth() const override { return depth_; }
  void start(DiskRequest& request) override {
    started.push_back(request);
    started_at.push_back(engine_.now());
    Slot& slot = slots_.emplace_back(*this, request);
    engine_.schedule_after(slot, service_);
  }

  std::vector<DiskRequest> started;  ///< copies, in order of issue
  std::vector<kev::Instant> started_at;

 private:
  struct Slot final : Event {
    Slot(PlainDisk& owner, DiskRequest& of) : Event(&fire), disk(owner), request(of) {}
    static void fire(Event& event) {
      Slot& slot = static_cast<Slot&>(event);
      slot.disk.finish(slot.request);
    }
    PlainDisk& disk;
    DiskRequest& request;
  };

  Engine& engine_;
  kev::Duration service_;
  std::uint32_t depth_;
  std::deque<Slot> slots_;
};

/// Always gives the same answer to choices of one kind.
class FixedChooser final : public Chooser {
 public:
  explicit FixedChooser(std::uint32_t answer) : answer_(answer) {}
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    asked.push_back({kind, options, operation.object, operation.name});
    return answer_;
  }
  struct Question {
    ChoiceKind kind;
    std::uint32_t options;
    std::uint32_t object;
    std::string name;
  };
  std::vector<Question> asked;

 private:
  std::uint32_t answer_;
};

/// Nothing merges, nothing is dispatched until the test says so.
inline BlockParams one_page_requests() {
  BlockParams params;
  params.nr_requests = 1000;
  params.max_sectors_kb = 4;
  params.unplug_requests = 1000;
  params.unplug_delay = kev::Duration(1'000'000'000'000);
  return params;
}

/// "R10@0 W3@5": reads and writes by page, with the millisecond in which the disk got them.
inline std::string timed_order(const PlainDisk& disk) {
  std::string order;
  for (std::size_t i = 0; i < disk.started.size(); ++i) {
    const DiskRequest& request = disk.started[i];
    if (!order.empty()) order += ' ';
    order += (request.write ? 'W' : 'R') + std::to_string(request.sector / 8) + '@' +
             std::to_string(disk.started_at[i].ns() / 1'000'000);
  }
  return order;
}

/// The same without the times.
inline std::string order_of(const PlainDisk& disk) {
  std::string order;
  for (const DiskRequest& request : disk.started) {
    if (!order.empty()) order += ' ';
    order += (request.write ? 'W' : 'R') + std::to_string(request.sector / 8);
  }
  return order;
}

/// An engine, a recorder and a queue; keeps its bios.
class Rig {
 public:
  using Ended = std::function<void(Bio&)>;

  Engine engine;
  Recorder recorder{engine};
  PlainChooser plain;
  std::deque<Bio> bios;
  std::vector<std::vector<std::uint32_t>> chains;  ///< bio ids of each completed request
  Ended ended;                                     ///< told of every completed bio, if set
  std::unique_ptr<BlockQueue> queue;

  ElevatorTuning tuning;  ///< for what open() makes

  void open(std::unique_ptr<Disk> disk, const char* elevator, const BlockParams& params = {},
            Chooser* chooser = nullptr) {
    queue = std::make_unique<BlockQueue>(
        engine, recorder, chooser == nullptr ? plain : *chooser, std::move(disk),
        find_elevator_kind(elevator)->make(tuning), params, &Rig::completed, this);
  }
  PlainDisk& open_plain(kev::Duration service, const char* elevator, const BlockParams& params = {},
                        Chooser* chooser = nullptr) {
    auto disk = std::make_unique<PlainDisk>(engine, service,
                                            params.queue_depth == 0 ? 1 : params.queue_depth);
    PlainDisk& plain_disk = *disk;
    open(std::move(disk), elevator, params, chooser);
    return plain_disk;
  }

  Bio& make_bio(std::uint64_t sector, std::uint32_t sectors, bool write = false) {
    Bio& bio = bios.emplace_back();
    bio.sector = sector;
    bio.sectors = sectors;
    bio.write = write;
    bio.id = static_cast<std::uint32_t>(bios.size());
    return bio;
  }
  Bio& submit(std::uint64_t sector, std::uint32_t sectors = 8, bool write = false) {
    Bio& bio = make_bio(sector, sectors, write);
    queue->submit(bio);
    return bio;
  }
  /// A read of a process, or a write; writes are asynchronous.
  Bio& submit_as(std::uint32_t process, std::uint64_t sector, bool write = false,
                 IoPriority priority = {}) {
    Bio& bio = make_bio(sector, 8, write);
    bio.process = process;
    bio.priority = priority;
    queue->submit(bio);
    return bio;
  }
  /// The clock stands there afterwards, also when nothing more happens.
  void run_until(kev::Instant instant) {
    engine.run({instant});
    if (engine.now() < instant) engine.advance_to(instant);
  }
  void run_until(kev::Duration since_start) { run_until(kev::Instant(0) + since_start); }

 private:
  static void completed(void* self, Bio& chain) {
    Rig& rig = *static_cast<Rig*>(self);
    std::vector<std::uint32_t> ids;
    for (const Bio* bio = &chain; bio != nullptr; bio = bio->next) ids.push_back(bio->id);
    rig.chains.push_back(ids);
    for (Bio* bio = &chain; bio != nullptr;) {
      Bio* const next = bio->next;
      if (rig.ended) rig.ended(*bio);
      bio = next;
    }
  }
};

/// What a closed loop measured.
struct LoopResult {
  double mean_latency_ns = 0;  ///< from submission to completion
  double seconds = 0;
  double bytes_per_s = 0;
  double requests_per_s = 0;
};

/// `count` transfers of `sectors` sectors, `depth` of them at a time, at the places `place()`
/// names.
inline LoopResult closed_loop(std::unique_ptr<Disk> (*make)(Engine&, std::string_view),
                              std::string_view profile, std::uint32_t depth, std::uint32_t count,
                              std::uint32_t sectors, bool write,
                              const std::function<std::uint64_t()>& place) {
  Rig rig;
  BlockParams params;
  params.nr_requests = 2 * depth + 4;
  rig.open(make(rig.engine, profile), "noop", params);
  double latency_ns = 0;
  std::uint32_t left = count;
  std::vector<kev::Instant> begun(depth + 1);
  const auto next = [&](Bio& bio) {
    --left;
    bio.sector = place();
    begun[bio.id] = rig.engine.now();
    rig.queue->submit(bio);
  };
  rig.ended = [&](Bio& bio) {
    latency_ns += static_cast<double>((rig.engine.now() - begun[bio.id]).ns());
    if (left > 0) next(bio);
  };
  for (std::uint32_t i = 0; i < depth; ++i) {
    Bio& bio = rig.make_bio(0, sectors, write);
    bio.sync = true;
    next(bio);
  }
  rig.engine.run();
  LoopResult result;
  result.seconds = rig.engine.now().seconds();
  result.mean_latency_ns = latency_ns / count;
  result.requests_per_s = count / result.seconds;
  result.bytes_per_s = result.requests_per_s * sectors * 512;
  return result;
}

inline std::unique_ptr<Disk> make_hdd(Engine& engine, std::string_view profile) {
  return find_disk_kind("hdd")->make(engine, profile);
}
inline std::unique_ptr<Disk> make_ssd(Engine& engine, std::string_view profile) {
  return find_disk_kind("ssd")->make(engine, profile);
}

}  // namespace sim::test
