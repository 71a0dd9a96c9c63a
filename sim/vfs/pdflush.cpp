// The threads that write dirty pages for others.

#include <algorithm>
#include <utility>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

constexpr int flusher_count = 2;                // MIN_PDFLUSH_THREADS
constexpr std::int64_t pages_at_a_time = 1024;  // MAX_WRITEBACK_PAGES
constexpr kev::Duration one_second{1'000'000'000};

WriteControl one_round() {
  WriteControl control;
  control.to_write = pages_at_a_time;
  control.disk = WriteControl::Disk::skip_congested;
  control.by = WriteControl::By::pdflush;
  control.cyclic = true;
  return control;
}

}  // namespace

void WriteBack::make_flushers() {
  if (std::exchange(has_flushers_, true)) return;
  for (int i = 0; i < flusher_count; ++i) {
    flushers_.push_back(std::make_unique<Flusher>(kernel_));
    kernel_.spawn("pdflush/" + std::to_string(i), ContextKind::kernel_thread,
                  [this, flusher = flushers_.back().get()] { flusher_loop(*flusher); });
  }
}

/// pdflush_operation: false when all are at work. Any context.
bool WriteBack::start_flusher(Job job, std::uint64_t min_pages) {
  make_flushers();
  const auto idle = std::find_if(flushers_.begin(), flushers_.end(),
                                 [](const auto& one) { return one->job == Job::none; });
  if (idle == flushers_.end()) return false;
  (*idle)->job = job;
  (*idle)->min_pages = min_pages;
  (*idle)->wait.wake();
  return true;
}

void WriteBack::flusher_loop(Flusher& self) {
  WaitEntry entry(kernel_.current_thread());
  while (!kernel_.ending()) {
    self.wait.prepare(entry, ThreadState::interruptible);
    if (self.job == Job::none) kernel_.schedule();
    self.wait.finish(entry);
    if (self.job == Job::background) write_background(static_cast<std::int64_t>(self.min_pages));
    if (self.job == Job::periodic) write_old();
    self.job = Job::none;
  }
}

/// background_writeout.
void WriteBack::write_background(std::int64_t min_pages) {
  while (!kernel_.ending() && (dirty_ >= background_limit() || min_pages > 0)) {
    WriteControl control = one_round();
    write_inodes(control);
    min_pages -= pages_at_a_time - control.to_write;
    if (control.to_write <= 0) continue;
    pause();
    if (!control.congested) break;
  }
}

/// wb_kupdate.
void WriteBack::write_old() {
  const kev::Instant begin = kernel_.now();
  auto left = static_cast<std::int64_t>(dirty_ + fresh_.size() + in_turn_.size());
  while (left > 0 && !kernel_.ending()) {
    WriteControl control = one_round();
    control.older_than = begin - limits_.expire;
    write_inodes(control);
    left -= pages_at_a_time - control.to_write;
    if (control.to_write <= 0) continue;
    if (!control.congested) break;
    pause();
  }
  timer_armed_ = !fresh_.empty() || !in_turn_.empty();
  if (timer_armed_) timer_.start(std::max(begin + limits_.interval, kernel_.now() + one_second));
}

/// The periodic writer comes at multiples of its interval since the start of the machine.
void WriteBack::arm_timer() {
  if (timer_armed_ || limits_.interval == kev::Duration(0)) return;
  make_flushers();
  timer_armed_ = true;
  const std::int64_t interval = limits_.interval.ns();
  timer_.start(kev::Instant((kernel_.now().ns() / interval + 1) * interval));
}

void WriteBack::on_timer(void* self) {
  auto& write_back = *static_cast<WriteBack*>(self);
  if (!write_back.start_flusher(Job::periodic, 0)) write_back.timer_.start_after(one_second);
}

}  // namespace sim
