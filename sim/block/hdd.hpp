#pragma once
// A hard disk: a controller (cache, read-ahead, mechanism), and an in-drive queue before it.
//
// One request is served at a time; the next is chosen when it is done, as DriveOrder says
// (hdd_spec.hpp). Shortest positioning time first is the rotational position ordering of NCQ
// drives.
//
// Invariants: service depends only on the requests and their instants: equal requests, equal times.

#include <cstdint>
#include <vector>

#include "sim/block/disk.hpp"
#include "sim/block/hdd_controller.hpp"

namespace sim {

class Hdd final : public Disk {
 public:
  Hdd(Engine& engine, const HddSpec& spec);
  ~Hdd() override;

  [[nodiscard]] std::string_view kind() const override { return "hdd"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override {
    return mechanism().geometry().capacity_sectors();
  }
  [[nodiscard]] std::uint32_t queue_depth() const override { return queue_depth_; }
  void start(DiskRequest& request) override;

  [[nodiscard]] const HddMechanism& mechanism() const { return controller_.mechanism(); }

 private:
  struct Waiting {
    DiskRequest* request = nullptr;
    kev::Instant arrived;
    HddCommand command;
    bool cached = false;  ///< a read whose first sector was seen in the cache
  };

  void on_served();
  void serve_next();
  [[nodiscard]] std::size_t choose();
  [[nodiscard]] std::size_t find_cached();
  [[nodiscard]] std::uint64_t whole_disk() const;
  [[nodiscard]] std::uint64_t place_of(const HddCommand& command) const;
  [[nodiscard]] std::uint64_t distance_of(const HddCommand& command) const;
  [[nodiscard]] std::size_t find_least_distance() const;
  [[nodiscard]] std::size_t find_nearest() const;

  Engine& engine_;
  HddController controller_;
  const std::uint32_t queue_depth_;
  const DriveOrder order_;
  const DriveDistance distance_;
  const kev::Duration age_limit_;
  std::vector<Waiting> waiting_;  ///< in order of arrival
  std::uint64_t last_end_ = 0;    ///< sector behind the last one served
  bool inwards_ = true;           ///< the way of the last seek
  DiskRequest* serving_ = nullptr;
  bool choosing_ = false;  ///< between two requests: start() only queues
  MemberEvent<Hdd, &Hdd::on_served> served_{*this};
};

}  // namespace sim
