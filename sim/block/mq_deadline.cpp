// The mq-deadline elevator of Linux 6.1 (block/mq-deadline.c), with its default tunables.
//
// Deadline three times over, for the priority classes real time, best effort (also: none) and idle,
// with one batch and one count of starved writes for all. A lower class is served only while no
// request of a higher one is queued or at the disk, but for what has waited prio_aging_expire.
// Within a class: the batch goes on in sector order while it has fewer than fifo_batch requests,
// gaps do not end it; then reads, unless writes wait and reads were preferred writes_starved times;
// then the oldest of the direction if it has expired or nothing lies further up, else what does.
// Each direction remembers where it stopped. Bios join requests of their own priority only.
//
// Left out: zoned disks, and async_depth (tags for what nobody waits for), which by default is all.

#include <array>
#include <functional>

#include "sim/block/elevator.hpp"
#include "sim/block/sector_order.hpp"

namespace sim {

namespace {

using namespace kev::literals;

class MqDeadline final : public Elevator {
 public:
  explicit MqDeadline(const ElevatorTuning& tuning)
      : expire_after_{tuning.read_expire.value_or(500_ms), tuning.write_expire.value_or(5_s)},
        prio_aging_expire_(tuning.prio_aging_expire.value_or(10_s)),
        writes_starved_(tuning.writes_starved.value_or(2)),
        fifo_batch_(tuning.fifo_batch.value_or(16)),
        front_merges_(tuning.front_merges.value_or(1) != 0) {}

  void add(Request& request, kev::Instant now) override {
    Class& of = class_of(request);
    ++of.unfinished;
    of.order[request.write].insert(request);
    request.expires = now + expire_after_[request.write];
    of.fifo[request.write].push_back(request);
  }

  Request* next(kev::Instant now) override {
    if (Request* request = next_aged(now)) return request;
    for (Class& of : classes_) {
      Request* const request = next_of(of, now, now);
      if (request != nullptr || of.unfinished != 0) return request;
    }
    return nullptr;
  }

  void completed(Request& request, kev::Instant) override { --class_of(request).unfinished; }

  [[nodiscard]] bool empty() const override {
    for (const Class& of : classes_)
      if (of.waiting()) return false;
    return true;
  }

  [[nodiscard]] bool may_merge(const Request& request, const Bio& bio) const override {
    return request.priority == bio.priority;
  }
  [[nodiscard]] bool may_merge_front(const Request&, const Bio&) const override {
    return front_merges_;
  }

  void moved(Request& request, std::uint64_t old_sector) override {
    erase_sorted(request, old_sector);
    class_of(request).order[request.write].insert(request);
  }

  void absorbed(Request& into, Request& from) override {
    Class& of = class_of(from);
    RequestFifo& fifo = of.fifo[from.write];
    if (from.expires < into.expires) {
      // The survivor is as urgent as the older of the two.
      fifo.erase(fifo.iterator_to(into));
      fifo.insert(fifo.iterator_to(from), into);
      into.expires = from.expires;
    }
    fifo.erase(fifo.iterator_to(from));
    erase_sorted(from, from.sector);
    --of.unfinished;
  }

  Request* before(Request& request) override {
    return alike(request, class_of(request).order[request.write].before(request));
  }
  Request* after(Request& request) override {
    return alike(request, class_of(request).order[request.write].after(request));
  }

  [[nodiscard]] std::uint32_t taken_ahead() const override { return 1; }

 private:
  struct Class {
    // By direction: read, write.
    RequestFifo fifo[2];
    SectorOrder order[2];
    Request* next[2] = {nullptr, nullptr};  ///< after the one dispatched last
    std::uint64_t unfinished = 0;           ///< queued or at the disk

    [[nodiscard]] bool waiting() const { return !fifo[0].empty() || !fifo[1].empty(); }
  };

  Class& class_of(const Request& request) {
    if (request.priority.io_class == IoClass::real_time) return classes_[0];
    return classes_[request.priority.io_class == IoClass::idle ? 2 : 1];
  }

  static Request* alike(const Request& request, Request* other) {
    return other != nullptr && other->priority == request.priority ? other : nullptr;
  }

  /// What a lower class has kept waiting for too long, while a higher one is busy.
  Request* next_aged(kev::Instant now) {
    int busy = 0;
    for (const Class& of : classes_) busy += of.unfinished != 0;
    if (busy < 2) return nullptr;
    for (Class& of : {std::ref(classes_[1]), std::ref(classes_[2])})
      if (Request* request = next_of(of, now, now - prio_aging_expire_)) return request;
    return nullptr;
  }

  /// Null also when the choice was queued after `latest`; it then counts as a choice all the same.
  Request* next_of(Class& of, kev::Instant now, kev::Instant latest) {
    Request* request = of.next[last_write_];
    if (request == nullptr || batching_ >= fifo_batch_) {
      const bool reads = !of.fifo[0].empty();
      const bool writes = !of.fifo[1].empty();
      if (!reads && !writes) return nullptr;
      bool write = !reads;
      if (reads && writes) write = starved_++ >= writes_starved_;
      if (write) starved_ = 0;
      request = begin_batch(of, write, now);
    }
    if (request->expires - expire_after_[request->write] > latest) return nullptr;
    ++batching_;
    of.next[request->write] = of.order[request->write].after(*request);
    of.order[request->write].erase(request->sector, *request);
    of.fifo[request->write].erase(of.fifo[request->write].iterator_to(*request));
    request->mergeable = false;
    return request;
  }

  Request* begin_batch(Class& of, bool write, kev::Instant now) {
    last_write_ = write;
    batching_ = 0;
    Request& oldest = of.fifo[write].front();
    return now >= oldest.expires || of.next[write] == nullptr ? &oldest : of.next[write];
  }

  void erase_sorted(Request& request, std::uint64_t sector) {
    Class& of = class_of(request);
    if (of.next[request.write] == &request)
      of.next[request.write] = of.order[request.write].after(request);
    of.order[request.write].erase(sector, request);
  }

  const kev::Duration expire_after_[2];
  const kev::Duration prio_aging_expire_;
  const std::int64_t writes_starved_;
  const std::int64_t fifo_batch_;
  const bool front_merges_;

  std::array<Class, 3> classes_;  ///< real time, best effort, idle
  bool last_write_ = false;       ///< direction of the running batch
  std::int64_t batching_ = 0;     ///< requests in it
  std::int64_t starved_ = 0;      ///< times reads were preferred to waiting writes
};

}  // namespace

std::unique_ptr<Elevator> make_mq_deadline(const ElevatorTuning& tuning) {
  return std::make_unique<MqDeadline>(tuning);
}

}  // namespace sim
