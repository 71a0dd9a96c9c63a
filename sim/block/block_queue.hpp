#pragma once
// The request queue of one disk: merging, plugging, congestion, dispatch and accounting.
//
// Life of a bio: submit() merges it into a queued request or opens a new one; the elevator orders
// requests; while the disk has room and the queue is not plugged they are issued; when the disk is
// done, `Completed` gets the chain of bios from an engine event. The queue never calls end_io: the
// kernel does, in its interrupt.
//
// Rules of Linux 2.6.18 (block/ll_rw_blk.c, block/elevator.c):
//   Plugging: a request that finds the elevator empty plugs the queue, so that neighbours can
//   merge. It is unplugged when 4 requests wait, 3 ms later, by unplug() (a waiter), by a sync bio,
//   or when the disk finishes a request. Requests: 128 a direction; at 113 in use the direction is
//   congested, below 103 no longer; at 128 it is full: who submits must sleep until on_free, unless
//   the bio merges (try_merge) or may batch (request_limits.hpp).
//   Merging: the last merged request first, then a request that ends where the bio begins (back),
//   then one that begins where it ends (front), never beyond max_sectors; a request that grew may
//   swallow its neighbour. A request that refused a merge for its size is not asked again.
// Of blk-mq (Linux 6.1) there is one rule: the queue takes a request from a multi-queue elevator
// before the disk has room for it, and keeps it until then. The plug stands for the submitter's.
//
// Choices: at issue, whether the request takes its modelled time (0) or completes at once (1):
// ChoiceKind::latency, "disk.latency". Faults are asked for at issue too. A request that the disk
// has lost ends after its time, and resets the disk.
// Units: sectors of 512 bytes, int64 ns. Errors: breaking a precondition is a failed KEV_CHECK.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sim/block/bio.hpp"
#include "sim/block/disk.hpp"
#include "sim/block/elevator.hpp"
#include "sim/block/merge_index.hpp"
#include "sim/block/request.hpp"
#include "sim/block/request_limits.hpp"
#include "sim/engine/engine.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

struct BlockParams {
  std::uint32_t nr_requests = 128;     ///< per direction; at least 4
  std::uint32_t max_sectors_kb = 512;  ///< largest request, in KiB
  std::uint32_t queue_depth = 0;       ///< requests at the disk; 0: as many as it accepts
  std::uint32_t unplug_requests = 4;   ///< so many waiting requests pull the plug
  kev::Duration unplug_delay{3'000'000};
};

/// What one disk has done so far. Conservation: when the queue is idle, every submitted bio was
/// either a request or a merge: bios == requests + merges.
struct DiskStats {
  std::uint64_t requests = 0;    ///< completed
  std::uint64_t merges = 0;      ///< bios that joined a request, requests swallowed
  std::uint64_t errors = 0;      ///< requests with a failed bio
  std::uint64_t bytes_read = 0;  ///< of completed requests
  std::uint64_t bytes_written = 0;
  kev::Duration busy{0};          ///< time with at least one request at the disk
  kev::Duration queue_time{0};    ///< sum over completed requests: queued to issued
  kev::Duration service_time{0};  ///< sum over completed requests: issued to done
};

/// Asked for each request when it is issued; may set the errors of its bios, `later` and `lost`.
struct FaultHook {
  void (*ask)(void* context, Request& request) = nullptr;
  void* context = nullptr;
};

class BlockQueue final : private ElevatorOwner {
 public:
  using Completed = void (*)(void* context, Bio& chain);
  using Freed = void (*)(void* context, bool write);

  BlockQueue(Engine& engine, Recorder& recorder, Chooser& chooser, std::unique_ptr<Disk> disk,
             std::unique_ptr<Elevator> elevator, const BlockParams& params, Completed completed,
             void* context);
  ~BlockQueue();
  BlockQueue(const BlockQueue&) = delete;
  BlockQueue& operator=(const BlockQueue&) = delete;

  /// Queues or merges the bio. Requires: at least one sector, at most max_sectors, within the disk;
  /// and unless it merges, may_submit().
  void submit(Bio& bio);
  /// Merges the bio into a queued request, if one will have it: needs no new request, so it may
  /// be tried while the direction is full.
  bool try_merge(Bio& bio);
  /// Lets waiting requests go to the disk now.
  void unplug();

  /// The direction's congestion flag: readahead and writeback hold back while it is set.
  [[nodiscard]] bool congested(bool write) const { return limits_.congested(write); }
  [[nodiscard]] bool read_congested() const { return congested(false); }
  /// The bio's process may have a request of its direction now; else it must wait for on_free.
  [[nodiscard]] bool may_submit(const Bio& bio) const;
  /// All requests of the direction are in use; only batchers may submit.
  [[nodiscard]] bool full(bool write) const { return limits_.full(write); }
  /// The process has slept for a request: it may batch.
  void has_slept(std::uint32_t process) { limits_.has_slept(process, engine_.now()); }
  /// It will submit nothing any more.
  void process_exited(std::uint32_t process);
  /// `freed` is called each time a request was given back and somebody may have it.
  void set_on_free(Freed freed, void* context);
  void set_fault_hook(FaultHook hook) { fault_hook_ = hook; }
  /// The disk answers nothing before that.
  void hold_until(kev::Instant at) { held_until_ = std::max(held_until_, at); }

  [[nodiscard]] DiskStats stats() const;
  [[nodiscard]] const Disk& disk() const { return *disk_; }
  [[nodiscard]] bool plugged() const { return plugged_; }
  /// Requests at the disk.
  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  /// Requests in use in both directions: queued or at the disk.
  [[nodiscard]] std::uint32_t pending() const { return limits_.in_use(); }

 private:
  enum class Side { back, front };

  void ask_again(Plug plug) override;
  void on_ask_again();
  static void on_disk_done(void* self, DiskRequest& request);
  static void on_instant_done(Event& event);
  void on_unplug_timer() { unplug(); }

  bool merge(Bio& bio);
  Request* find_merge(const Bio& bio, Side& side);
  [[nodiscard]] RequestLimits::Exempt exempt(const Bio& bio) const;
  void grow(Request& request, Bio& bio, Side side);
  Request* merge_neighbours(Request& grown, Side side);
  void swallow(Request& into, Request& from);
  void detach(Request& request);
  bool room_for(Request& request, std::uint32_t sectors);
  void open_request(Bio& bio);

  void plug();
  void run_queue();
  Request* next_request();
  void issue(Request& request);
  void answer(Request& request);
  void complete(Request& request);
  void free_request(Request& request);

  Engine& engine_;
  Recorder& recorder_;
  Chooser& chooser_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Elevator> elevator_;
  const BlockParams params_;
  const std::uint32_t max_sectors_;
  const std::uint32_t depth_;
  Completed completed_;
  void* context_;
  Freed freed_ = nullptr;
  void* freed_context_ = nullptr;
  FaultHook fault_hook_;
  kev::Instant held_until_;

  MergeIndex index_;
  Request* last_merged_ = nullptr;
  std::deque<Request> pool_;
  std::vector<Request*> unused_;
  std::vector<Request*> taken_ahead_;  ///< from the elevator, in order; the disk has no room yet
  RequestLimits limits_;
  bool plugged_ = false;
  std::uint32_t in_flight_ = 0;
  kev::Instant busy_since_;
  DiskStats stats_;
  MemberEvent<BlockQueue, &BlockQueue::on_unplug_timer> unplug_timer_{*this};
  MemberEvent<BlockQueue, &BlockQueue::on_ask_again> ask_again_{*this};
  Plug ask_again_plug_ = Plug::keep;
};

}  // namespace sim
