#pragma once
// An elevator (I/O scheduler) decides in which order queued requests go to the disk. Table of
// elevators.
//
// Invariants: every request added leaves exactly once, by next() or as `from` of absorbed().
// Requests next() has returned are the disk's, until completed(). Finding merge candidates is not
// the elevator's work (the queue keeps one index for all); an elevator only hears what a merge did
// to a request it holds, and may refuse one. An elevator that has made up its mind about a request
// clears its `mergeable`. Merging two whole requests is tried only with the neighbours an elevator
// names. An elevator may hold requests back although the disk is free; it then says when to ask
// again. Source: the elevator operations of Linux 2.6.18 (block/elevator.c).

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/block/elevator_tuning.hpp"
#include "sim/block/request.hpp"
#include "sim/engine/engine.hpp"

namespace sim {

/// Who asks an elevator: the queue.
class ElevatorOwner {
 public:
  enum class Plug : std::uint8_t { keep, pull };
  /// next() has something, or will soon: it is to be asked again in an event of this instant
  /// (kblockd's part in Linux). A plugged queue waits on unless the plug is pulled.
  virtual void ask_again(Plug plug) = 0;

 protected:
  ~ElevatorOwner() = default;
};

class Elevator {
 public:
  Elevator() = default;
  virtual ~Elevator() = default;
  Elevator(const Elevator&) = delete;
  Elevator& operator=(const Elevator&) = delete;

  /// Called once, before anything else.
  virtual void attach(Engine&, ElevatorOwner&) {}

  virtual void add(Request& request, kev::Instant now) = 0;
  /// The request to serve now, which leaves the elevator; null when it holds none, or holds back.
  virtual Request* next(kev::Instant now) = 0;
  /// The disk is done with a request that next() gave.
  virtual void completed(Request&, kev::Instant) {}
  [[nodiscard]] virtual bool empty() const = 0;

  /// Whether a bio may join a request at all.
  [[nodiscard]] virtual bool may_merge(const Request&, const Bio&) const { return true; }
  /// Whether a request found by its first sector may take the bio in front.
  [[nodiscard]] virtual bool may_merge_front(const Request&, const Bio&) const { return true; }
  /// A front merge moved the start of `request` down from `old_sector`.
  virtual void moved(Request& request, std::uint64_t old_sector) = 0;
  /// `into` has taken over the bios of `from`, which began where `into` ended; `from` leaves.
  virtual void absorbed(Request& into, Request& from) = 0;
  /// The neighbours to try merging with; null when there is none.
  [[nodiscard]] virtual Request* before(Request& request) = 0;
  [[nodiscard]] virtual Request* after(Request& request) = 0;

  /// The process may have a request even though its direction is full: it is being waited for.
  [[nodiscard]] virtual bool must_queue(const Bio&) const { return false; }
  virtual void process_exited(std::uint32_t) {}
  /// Requests that the queue takes although the disk has no room for them. blk-mq asks for the next
  /// request before it knows whether the disk has a tag for it, and then keeps the request.
  [[nodiscard]] virtual std::uint32_t taken_ahead() const { return 0; }
};

struct ElevatorKind {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Elevator> (*make)(const ElevatorTuning& tuning);
};

/// All elevators. A new one is a row here and a file.
std::span<const ElevatorKind> elevator_kinds();
/// Null when there is no such elevator.
const ElevatorKind* find_elevator_kind(std::string_view name);

std::unique_ptr<Elevator> make_noop(const ElevatorTuning& tuning);
std::unique_ptr<Elevator> make_deadline(const ElevatorTuning& tuning);
std::unique_ptr<Elevator> make_anticipatory(const ElevatorTuning& tuning);
std::unique_ptr<Elevator> make_cfq(const ElevatorTuning& tuning);
std::unique_ptr<Elevator> make_mq_deadline(const ElevatorTuning& tuning);

}  // namespace sim
