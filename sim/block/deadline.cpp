// The deadline elevator of Linux 2.6.18 (block/deadline-iosched.c), with its default tunables.
//
// Two orders a direction: by sector, and by age. Service is in batches of one direction, upwards by
// sector. A batch goes on while it has dispatched fewer than fifo_batch requests; in this version a
// request that does not begin where the last one ended costs fifo_batch at once, so the choice
// below is made anew after every gap. When a batch ends: reads, unless writes wait and reads were
// preferred writes_starved times; then the oldest request of the direction if it has expired, else
// the next in sector order if the direction goes on, else the lowest sector. A request for a sector
// that is already queued sends the older one to the disk first.

#include "sim/block/dispatch_list.hpp"
#include "sim/block/elevator.hpp"
#include "sim/block/sector_order.hpp"

namespace sim {

namespace {

using namespace kev::literals;

class Deadline final : public Elevator {
 public:
  explicit Deadline(const ElevatorTuning& tuning)
      : expire_after_{tuning.read_expire.value_or(500_ms), tuning.write_expire.value_or(5_s)},
        writes_starved_(tuning.writes_starved.value_or(2)),
        fifo_batch_(tuning.fifo_batch.value_or(16)),
        front_merges_(tuning.front_merges.value_or(1) != 0) {}

  void add(Request& request, kev::Instant now) override {
    insert_sorted(request);
    request.expires = now + expire_after_[request.write];
    fifo_[request.write].push_back(request);
  }

  Request* next(kev::Instant now) override {
    if (!dispatched_.empty()) return &dispatched_.take();
    if (Request* request = next_in_batch()) return take(*request);
    const bool reads = !fifo_[0].empty();
    const bool writes = !fifo_[1].empty();
    if (!reads && !writes) return nullptr;
    bool write = !reads;
    if (reads && writes) write = starved_++ >= writes_starved_;
    if (write) starved_ = 0;
    return take(*begin_batch(write, now));
  }

  [[nodiscard]] bool empty() const override {
    return fifo_[0].empty() && fifo_[1].empty() && dispatched_.empty();
  }

  [[nodiscard]] bool may_merge_front(const Request&, const Bio&) const override {
    return front_merges_;
  }
  void moved(Request& request, std::uint64_t old_sector) override {
    erase_sorted(request, old_sector);
    insert_sorted(request);
  }

  void absorbed(Request& into, Request& from) override {
    RequestFifo& fifo = fifo_[from.write];
    if (from.expires < into.expires) {
      // The survivor is as urgent as the older of the two.
      fifo.erase(fifo.iterator_to(into));
      fifo.insert(fifo.iterator_to(from), into);
      into.expires = from.expires;
    }
    fifo.erase(fifo.iterator_to(from));
    erase_sorted(from, from.sector);
  }

  Request* before(Request& request) override { return order_[request.write].before(request); }
  Request* after(Request& request) override { return order_[request.write].after(request); }

 private:
  /// The next of the running batch; null when the batch ends here or none runs.
  Request* next_in_batch() {
    Request* request = next_[0] != nullptr ? next_[0] : next_[1];
    if (request == nullptr) return nullptr;
    if (request->sector != last_sector_) batching_ = fifo_batch_;
    return batching_ < fifo_batch_ ? request : nullptr;
  }

  Request* begin_batch(bool write, kev::Instant now) {
    Request& oldest = fifo_[write].front();
    if (now > oldest.expires) {
      batching_ = 0;
      return &oldest;
    }
    // The batch stays used up here: the choice is made anew for every further request.
    if (next_[write] != nullptr) return next_[write];
    batching_ = 0;
    return order_[write].first();
  }

  Request* take(Request& request) {
    if (batching_ < fifo_batch_) ++batching_;
    leave(request);
    return &request;
  }

  /// The request goes to the disk: the one after it in sector order is next.
  void leave(Request& request) {
    next_[0] = nullptr;
    next_[1] = nullptr;
    next_[request.write] = order_[request.write].after(request);
    last_sector_ = request.end_sector();
    order_[request.write].erase(request.sector, request);
    fifo_[request.write].erase(fifo_[request.write].iterator_to(request));
  }

  void insert_sorted(Request& request) {
    SectorOrder& order = order_[request.write];
    if (Request* older = order.find(request.sector)) {
      leave(*older);
      dispatched_.add_last(*older);
    }
    order.insert(request);
  }

  void erase_sorted(Request& request, std::uint64_t sector) {
    SectorOrder& order = order_[request.write];
    order.erase(sector, request);
    if (next_[request.write] == &request) next_[request.write] = order.at_or_after(sector);
  }

  // By direction: read, write.
  const kev::Duration expire_after_[2];
  RequestFifo fifo_[2];
  SectorOrder order_[2];
  Request* next_[2] = {nullptr, nullptr};  ///< where the running batch goes on; at most one is set
  DispatchList dispatched_;                ///< leave before anything else
  const std::int64_t writes_starved_;
  const std::int64_t fifo_batch_;
  const bool front_merges_;
  std::uint64_t last_sector_ = 0;  ///< where the last dispatched request ended
  std::int64_t batching_ = 0;      ///< how much of the batch is used, up to fifo_batch
  std::int64_t starved_ = 0;       ///< times reads were preferred to waiting writes
};

}  // namespace

std::unique_ptr<Elevator> make_deadline(const ElevatorTuning& tuning) {
  return std::make_unique<Deadline>(tuning);
}

}  // namespace sim
