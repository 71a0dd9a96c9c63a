#pragma once
// A hard disk: one mechanism, a segmented read-ahead cache, and an in-drive queue.
//
// One request is served at a time; the next is chosen when it is done. A read that the cache holds
// costs command processing and bus time; one that follows the run being read ahead waits until the
// media have delivered it, so that a sequential reader gets the rate of the media; any other read
// moves the arm and starts a new run. After a read the drive reads on by itself until the segment
// is full or a request needs the arm. Writes go to the media (write-through); their data cross the
// bus while the arm moves. Bus and media work at the same time: a read is done when its last sector
// has crossed the bus.
//
// In-drive order: first come first served, or shortest positioning time first with an age limit
// (the rotational position ordering of NCQ drives); requests the cache can serve come first.
// Invariants: service depends only on the requests and their instants: equal requests, equal times.

#include <cstdint>
#include <vector>

#include "sim/block/disk.hpp"
#include "sim/block/hdd_mechanism.hpp"
#include "sim/block/hdd_spec.hpp"
#include "sim/block/segment_cache.hpp"

namespace sim {

class Hdd final : public Disk {
 public:
  Hdd(Engine& engine, const HddSpec& spec);
  ~Hdd() override;

  [[nodiscard]] std::string_view kind() const override { return "hdd"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override {
    return mechanism_.geometry().capacity_sectors();
  }
  [[nodiscard]] std::uint32_t queue_depth() const override { return spec_.queue_depth; }
  void start(DiskRequest& request) override;

  [[nodiscard]] const HddMechanism& mechanism() const { return mechanism_; }

 private:
  struct Waiting {
    DiskRequest* request = nullptr;
    kev::Instant arrived;
    std::uint64_t sector = 0;
    HddTarget target;
    bool write = false;
    bool cached = false;  ///< a read whose first sector was seen in the cache
  };

  void on_served();
  void serve_next();
  [[nodiscard]] std::size_t choose();
  [[nodiscard]] std::size_t find_cached();
  [[nodiscard]] std::size_t find_nearest() const;

  /// Each returns when the request is done.
  std::int64_t serve(const Waiting& waiting);
  std::int64_t write(const Waiting& waiting);
  std::int64_t read(const Waiting& waiting);
  std::int64_t read_hit(const DiskRequest& request, std::size_t segment);
  std::int64_t read_media(const DiskRequest& request, std::uint64_t from, const HddTarget& target,
                          std::size_t segment, std::int64_t leave_ns);

  void read_ahead_until(std::int64_t now_ns);
  void aim_read_ahead(std::uint64_t request_start, std::uint64_t request_end);

  Engine& engine_;
  const HddSpec spec_;
  HddMechanism mechanism_;
  SegmentCache cache_;
  HddHead head_;                          ///< where the arm is, or will be after this request
  std::size_t run_ = SegmentCache::none;  ///< the segment being read into
  std::uint64_t run_limit_ = 0;           ///< read ahead up to here
  std::vector<Waiting> waiting_;          ///< in order of arrival
  DiskRequest* serving_ = nullptr;
  bool choosing_ = false;  ///< between two requests: start() only queues
  MemberEvent<Hdd, &Hdd::on_served> served_{*this};
};

}  // namespace sim
