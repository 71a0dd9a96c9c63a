#pragma once
// The anticipatory elevator of Linux 2.6.18 (block/as-iosched.c; Iyer and Druschel, "Anticipatory
// scheduling", SOSP 2001), with its default tunables.
//
// Batches of reads (and of writes that somebody waits for) alternate with batches of writes; both
// are bounded in time, and the next one begins when nothing of the old one is at the disk any more.
// Within a batch: the nearest request, unless the oldest has expired. When the next request is not
// of the process that was served last, the disk is kept idle for it: from the end of its request,
// at most antic_expire. Waiting ends with a request of that process or one close by, and does not
// begin when the process still has requests here, thinks too long, or has exited as others did.
//
// As in 2.6.18: the search for a front merge looks among the requests of the other kind, so only a
// write that nobody waits for yet finds a synchronous write there (and reads find nothing, but for
// the request merged last, which the queue tries on its own).

#include <cstdint>
#include <map>

#include "sim/block/dispatch_list.hpp"
#include "sim/block/elevator.hpp"
#include "sim/block/io_history.hpp"
#include "sim/block/jiffies.hpp"
#include "sim/block/nearest_request.hpp"

namespace sim {

class Anticipatory final : public Elevator {
 public:
  explicit Anticipatory(const ElevatorTuning& tuning);
  ~Anticipatory() override;

  void attach(Engine& engine, ElevatorOwner& owner) override {
    engine_ = &engine;
    owner_ = &owner;
    batch_expires_ = now() + batch_expire_[sync];
  }

  void add(Request& request, kev::Instant now) override;
  Request* next(kev::Instant now) override;
  void completed(Request& request, kev::Instant now) override;
  [[nodiscard]] bool empty() const override {
    return fifo_[sync].empty() && fifo_[async].empty() && dispatched_.empty();
  }

  [[nodiscard]] bool may_merge_front(const Request& request, const Bio&) const override {
    return request.write && request.sync;
  }
  void moved(Request& request, std::uint64_t old_sector) override {
    order_[request.sync].erase(old_sector, request);
    insert_sorted(request);
  }
  void absorbed(Request& into, Request& from) override;
  Request* before(Request& request) override { return order_[request.sync].before(request); }
  Request* after(Request& request) override { return order_[request.sync].after(request); }

  [[nodiscard]] bool must_queue(const Bio& bio) const override {
    return waiting() && awaited_->id == bio.process;
  }
  void process_exited(std::uint32_t process) override {
    const auto found = processes_.find(process);
    if (found != processes_.end()) found->second.alive = false;
  }

 private:
  enum Kind : std::uint8_t { async = 0, sync = 1 };
  enum class Wait : std::uint8_t {
    none,
    for_completion,  ///< the awaited process has a request at the disk
    for_request,     ///< its request is done, the next one is hoped for
    over,            ///< found, or given up: serve something now
  };

  struct Process : ElevatorGroup {
    std::uint32_t id = 0;
    bool alive = true;
    bool begun = false;  ///< has queued a synchronous request
    bool ended = false;  ///< one of them has completed
    int queued = 0;
    int dispatched = 0;  ///< not taken by the driver yet
    Jiffies last_end = 0;
    std::uint64_t last_position = 0;
    ThinkTime think;
    SeekDistance seek;
  };

  static Process& process_of(const Request& request) {
    return *static_cast<Process*>(request.of_process);
  }
  [[nodiscard]] Jiffies now() const { return jiffies_at(engine_->now()); }
  [[nodiscard]] static Kind kind_of(const Request& request) { return request.sync ? sync : async; }
  [[nodiscard]] ArmReach reach(Kind kind) const;
  [[nodiscard]] bool waiting() const {
    return wait_ == Wait::for_completion || wait_ == Wait::for_request;
  }

  void learn(Process& process, const Request& request);
  void insert_sorted(Request& request);
  void remove_queued(Request& request);
  void dispatch(Request& request);

  void begin_waiting();
  void wait_for_request();
  void stop_waiting();
  void on_timer();
  [[nodiscard]] bool should_wait(Request* request);
  [[nodiscard]] bool ends_waiting(Request* request);
  [[nodiscard]] bool not_worth_waiting(Process& process);
  [[nodiscard]] bool close(const Process& process, const Request& request) const;

  void dispatch_one();
  Request* running_batch();
  Request* begin_batch();
  [[nodiscard]] bool batch_over() const;
  [[nodiscard]] bool oldest_expired(Kind kind);
  void adjust_write_batch();

  Engine* engine_ = nullptr;
  ElevatorOwner* owner_ = nullptr;
  // By kind: asynchronous, synchronous.
  const Jiffies fifo_expire_[2];
  const Jiffies batch_expire_[2];
  const Jiffies antic_expire_;

  std::map<std::uint32_t, Process> processes_;
  RequestFifo fifo_[2];
  SectorOrder order_[2];
  Request* next_[2] = {nullptr, nullptr};  ///< nearest of each kind
  std::uint64_t last_sector_[2] = {0, 0};
  Jiffies fifo_checked_[2] = {0, 0};  ///< expiry is looked at once in fifo_expire_
  DispatchList dispatched_;
  int unfinished_ = 0;  ///< dispatched and not completed

  Kind batch_ = sync;
  Jiffies batch_expires_ = 0;
  bool changing_batch_ = false;  ///< the old batch must leave the disk first
  bool fresh_batch_ = false;     ///< of reads: its time begins with its first completion
  Jiffies write_batch_;          ///< writes in a batch, adjusted to what fits into its time
  Jiffies writes_left_ = 0;
  bool write_batch_idled_ = false;

  Wait wait_ = Wait::none;
  Process* awaited_ = nullptr;  ///< the process served last; none after a write
  bool awaited_done_ = false;   ///< its request has completed
  Jiffies wait_began_ = 0;
  MemberEvent<Anticipatory, &Anticipatory::on_timer> timer_{*this};

  std::uint64_t exit_probability_ = 0;   ///< that a process exits while it is waited for
  std::uint64_t alone_probability_ = 0;  ///< that no other process then takes its place
  std::uint64_t new_think_total_ = 0;    ///< of processes that just began
  std::uint64_t new_seek_total_ = 0;
};

}  // namespace sim
