#pragma once
// An elevator (I/O scheduler) decides in which order queued requests go to the disk. Table of
// elevators.
//
// Invariants: every request added leaves exactly once, by next() or as `from` of absorbed().
// Requests next() has returned are the disk's. Finding merge candidates is not the elevator's work
// (the queue keeps one index for all); an elevator only hears what a merge did to a request it
// holds. An elevator that has made up its mind about a request clears its `mergeable`. Merging two
// whole requests is tried only with the neighbours an elevator names. Source: the elevator
// operations of Linux 2.6.18 (block/elevator.c).

#include <memory>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/block/request.hpp"

namespace sim {

class Elevator {
 public:
  Elevator() = default;
  virtual ~Elevator() = default;
  Elevator(const Elevator&) = delete;
  Elevator& operator=(const Elevator&) = delete;

  virtual void add(Request& request, kev::Instant now) = 0;
  /// The request to serve now, which leaves the elevator; null when it holds none.
  virtual Request* next(kev::Instant now) = 0;
  [[nodiscard]] virtual bool empty() const = 0;

  /// A front merge moved the start of `request` down from `old_sector`.
  virtual void moved(Request& request, std::uint64_t old_sector) = 0;
  /// `into` has taken over the bios of `from`, which began where `into` ended; `from` leaves.
  virtual void absorbed(Request& into, Request& from) = 0;
  /// The neighbours to try merging with; null when there is none.
  [[nodiscard]] virtual Request* before(Request& request) = 0;
  [[nodiscard]] virtual Request* after(Request& request) = 0;
};

struct ElevatorKind {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Elevator> (*make)();
};

/// All elevators. A new one is a row here and a file.
std::span<const ElevatorKind> elevator_kinds();
/// Null when there is no such elevator.
const ElevatorKind* find_elevator_kind(std::string_view name);

std::unique_ptr<Elevator> make_noop();
std::unique_ptr<Elevator> make_deadline();

}  // namespace sim
