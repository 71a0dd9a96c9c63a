#pragma once
// A disk for tests: every request takes the same time, one after another, and can be looked at.

#include <deque>
#include <vector>

#include "sim/block/disk.hpp"

namespace test {

class FixedDisk final : public sim::Disk {
 public:
  FixedDisk(sim::Engine& engine, kev::Duration service, std::uint32_t depth = 1)
      : engine_(engine), service_(service), depth_(depth) {}
  ~FixedDisk() override { engine_.cancel(done_); }

  [[nodiscard]] std::string_view kind() const override { return "fixed"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override { return std::uint64_t{1} << 32; }
  [[nodiscard]] std::uint32_t queue_depth() const override { return depth_; }
  void start(sim::DiskRequest& request) override {
    started.push_back(request);
    inside_.push_back(&request);
    if (inside_.size() == 1) engine_.schedule_after(done_, service_);
  }

  std::vector<sim::DiskRequest> started;  ///< every request so far, in order

 private:
  void on_done() {
    sim::DiskRequest& request = *inside_.front();
    inside_.pop_front();
    if (!inside_.empty()) engine_.schedule_after(done_, service_);
    finish(request);
  }

  sim::Engine& engine_;
  kev::Duration service_;
  std::uint32_t depth_;
  std::deque<sim::DiskRequest*> inside_;
  sim::MemberEvent<FixedDisk, &FixedDisk::on_done> done_{*this};
};

}  // namespace test
