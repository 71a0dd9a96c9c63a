#pragma once
// The CFQ elevator of Linux 2.6.18 (block/cfq-iosched.c), with its default tunables.
//
// Each process has a queue for reads and for writes it waits for; asynchronous writes share one
// queue a priority. A queue is served for a time slice, longer at better priority; asynchronous
// queues for a number of requests too. Of the active queue up to `quantum` requests go to the
// dispatch list at a time: the one that has expired, once a slice, else the nearest. When the
// active queue runs dry its process is idled for, for slice_idle (a process that seeks gets 2 ms),
// unless it thinks longer than that, or seeks on a disk that queues by itself. A new synchronous
// request of a queue with slice left that is itself idled for may preempt an asynchronous queue.
// The idle class is served when nobody else had the disk for 100 ms.
//
// Left out: the boost for holders of a file system's exclusive resources.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/block/cfq_turns.hpp"
#include "sim/block/dispatch_list.hpp"
#include "sim/block/elevator.hpp"
#include "sim/block/nearest_request.hpp"

namespace sim {

class Cfq final : public Elevator {
 public:
  explicit Cfq(const ElevatorTuning& tuning);
  ~Cfq() override;

  void attach(Engine& engine, ElevatorOwner& owner) override {
    engine_ = &engine;
    owner_ = &owner;
  }

  void add(Request& request, kev::Instant now) override;
  Request* next(kev::Instant now) override;
  void completed(Request& request, kev::Instant now) override;
  [[nodiscard]] bool empty() const override { return turns_taken_ == 0 && dispatched_.empty(); }

  /// Only within the submitter's own queue; a bio joins anybody's request at its end.
  [[nodiscard]] bool may_merge_front(const Request& request, const Bio& bio) const override {
    const CfqQueue& queue = queue_of(request);
    const bool sync = bio.synchronous();
    return queue.for_process == sync && (!sync || queue.process == bio.process);
  }
  void moved(Request& request, std::uint64_t old_sector) override;
  void absorbed(Request& into, Request& from) override;
  Request* before(Request& request) override { return queue_of(request).order.before(request); }
  Request* after(Request& request) override { return queue_of(request).order.after(request); }

  [[nodiscard]] bool must_queue(const Bio& bio) const override;
  void process_exited(std::uint32_t process) override;

 private:
  static CfqQueue& queue_of(const Request& request) {
    return *static_cast<CfqQueue*>(request.of_queue);
  }
  static CfqProcess& process_of(const Request& request) {
    return *static_cast<CfqProcess*>(request.of_process);
  }
  [[nodiscard]] Jiffies now() const { return jiffies_at(engine_->now()); }
  bool stop(Event& timer);
  void restart(Event& timer, Jiffies at);
  void kick();

  CfqQueue& queue_for(CfqProcess& process, const Request& request);
  void release(CfqQueue& queue);
  void refresh_priority(CfqQueue& queue);
  void insert_sorted(CfqQueue& queue, Request& request);
  void erase_sorted(CfqQueue& queue, std::uint64_t sector, Request& request);
  void leave_turns_if_empty(CfqQueue& queue);
  void dispatch(Request& request);

  void learn(CfqQueue& queue, CfqProcess& process, const Request& request);
  void react(CfqQueue& queue, CfqProcess& process, const Request& request);
  [[nodiscard]] bool should_preempt(const CfqQueue& queue, const Request& request) const;
  void preempt_with(CfqQueue& queue);

  void dispatch_round();
  CfqQueue* select();
  CfqQueue* activate_next();
  void activate(CfqQueue* queue);
  void serve(CfqQueue& queue, std::int64_t most);
  Request* expired(CfqQueue& queue);
  void expire(CfqQueue& queue, CfqTurns::Place place);
  bool idle_for(CfqQueue& queue);
  [[nodiscard]] Jiffies slice_of(const CfqQueue& queue) const;
  void on_idle_timer();
  void on_idle_class_timer();

  Engine* engine_ = nullptr;
  ElevatorOwner* owner_ = nullptr;
  // By kind: asynchronous, synchronous.
  const Jiffies fifo_expire_[2];
  const Jiffies slice_[2];
  const Jiffies slice_idle_;
  const std::int64_t slice_async_rq_;
  const std::int64_t quantum_;

  ArmReach reach_;
  std::map<std::uint32_t, CfqProcess> processes_;
  std::vector<std::unique_ptr<CfqQueue>> queues_;  ///< in order of making
  CfqTurns turns_;
  int turns_taken_ = 0;  ///< queues with requests
  DispatchList dispatched_;
  int in_driver_ = 0;
  bool disk_queues_ = false;

  CfqQueue* active_ = nullptr;
  CfqProcess* active_process_ = nullptr;
  std::int64_t slice_requests_ = 0;  ///< dispatched in the running slice
  Jiffies last_end_ = 0;             ///< of the disk, but for the idle class
  MemberEvent<Cfq, &Cfq::on_idle_timer> idle_timer_{*this};
  MemberEvent<Cfq, &Cfq::on_idle_class_timer> idle_class_timer_{*this};
};

}  // namespace sim
