#pragma once
// What every disk model offers to the block queue, and the table of kinds.
//
// Invariants: start() takes a request over until it is handed back through the `done` function,
// once, from an engine event, never from inside start(). At most queue_depth() requests are inside
// at a time; which of them is served first is the disk's own affair. A disk gives only time:
// errors, choices and accounting are the queue's. Errors: breaking these rules is a failed
// KEV_CHECK.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/block/io_priority.hpp"
#include "sim/engine/engine.hpp"

namespace sim {

/// What a disk is told of a request.
struct DiskRequest {
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  bool write = false;
  std::uint32_t id = 0;       ///< that of the bio which opened the request
  std::uint32_t process = 0;  ///< who submitted that bio
  IoPriority priority{};      ///< of that process

  [[nodiscard]] std::uint64_t end_sector() const { return sector + sectors; }
};

class Disk {
 public:
  using Done = void (*)(void* context, DiskRequest& request);

  Disk() = default;
  virtual ~Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// Name of its row in disk_kinds().
  [[nodiscard]] virtual std::string_view kind() const = 0;
  [[nodiscard]] virtual std::uint64_t capacity_sectors() const = 0;
  /// How many requests it accepts at a time.
  [[nodiscard]] virtual std::uint32_t queue_depth() const = 0;
  /// Requires: at least one sector, within capacity; fewer than queue_depth() requests inside.
  virtual void start(DiskRequest& request) = 0;

  /// Who is told of finished requests; to be set before the first start().
  void set_done(Done done, void* context) {
    done_ = done;
    context_ = context;
  }

 protected:
  void finish(DiskRequest& request) { done_(context_, request); }

 private:
  Done done_ = nullptr;
  void* context_ = nullptr;
};

/// A disk one can name in a scenario.
struct DiskProfile {
  std::string_view name;
  std::string_view description;
};

struct DiskKind {
  std::string_view name;
  std::string_view description;
  std::vector<DiskProfile> (*profiles)();
  /// Null when there is no such profile.
  std::unique_ptr<Disk> (*make)(Engine& engine, std::string_view profile);
};

/// All kinds. A new kind is a row here.
std::span<const DiskKind> disk_kinds();
/// Null when there is no such kind.
const DiskKind* find_disk_kind(std::string_view name);

}  // namespace sim
