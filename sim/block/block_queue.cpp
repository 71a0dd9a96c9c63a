#include "sim/block/block_queue.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

namespace {

/// Longer than the timers of the block layer and of TCP.
constexpr kev::Duration longest_latency(1'000'000'000);
/// What a reset disk needs (2.6.18, drivers/scsi/scsi_error.c: BUS_RESET_SETTLE_TIME).
constexpr kev::Duration reset_time(10'000'000'000);

std::int64_t as_field(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::int64_t bytes_of(const DiskRequest& request) {
  return static_cast<std::int64_t>(request.sectors) * sector_bytes;
}

std::uint32_t depth_of(const Disk& disk, std::uint32_t wanted) {
  return wanted == 0 ? disk.queue_depth() : std::min(wanted, disk.queue_depth());
}

}  // namespace

BlockQueue::BlockQueue(Engine& engine, Recorder& recorder, Chooser& chooser,
                       std::unique_ptr<Disk> disk, std::unique_ptr<Elevator> elevator,
                       const BlockParams& params, Completed completed, void* context)
    : engine_(engine),
      recorder_(recorder),
      chooser_(chooser),
      disk_(std::move(disk)),
      elevator_(std::move(elevator)),
      params_(params),
      max_sectors_(params.max_sectors_kb * (1024 / sector_bytes)),
      depth_(depth_of(*disk_, params.queue_depth)),
      completed_(completed),
      context_(context),
      limits_(params.nr_requests) {
  KEV_CHECK(max_sectors_ > 0);
  KEV_CHECK(depth_ > 0);
  KEV_CHECK(completed_ != nullptr);
  disk_->set_done(&on_disk_done, this);
  unused_.reserve(std::size_t{2} * limits_.hard_limit());
  elevator_->attach(engine_, *this);
}

BlockQueue::~BlockQueue() {
  if (unplug_timer_.pending()) engine_.cancel(unplug_timer_);
  if (ask_again_.pending()) engine_.cancel(ask_again_);
  for (Request& request : pool_)
    if (request.pending()) engine_.cancel(request);
}

void BlockQueue::set_on_free(Freed freed, void* context) {
  freed_ = freed;
  freed_context_ = context;
}

void BlockQueue::submit(Bio& bio) {
  if (!try_merge(bio)) open_request(bio);
  if (bio.sync) unplug();
}

bool BlockQueue::try_merge(Bio& bio) {
  KEV_CHECK(bio.sectors > 0);
  KEV_CHECK(bio.sectors <= max_sectors_);
  KEV_CHECK(bio.end_sector() <= disk_->capacity_sectors());
  bio.error = 0;
  bio.next = nullptr;
  return merge(bio);
}

bool BlockQueue::may_submit(const Bio& bio) const {
  return limits_.may_take(bio.write, bio.process, exempt(bio), engine_.now());
}

RequestLimits::Exempt BlockQueue::exempt(const Bio& bio) const {
  if (!limits_.full(bio.write)) return RequestLimits::Exempt::no;
  return elevator_->must_queue(bio) ? RequestLimits::Exempt::yes : RequestLimits::Exempt::no;
}

void BlockQueue::process_exited(std::uint32_t process) {
  limits_.forget(process);
  elevator_->process_exited(process);
}

bool BlockQueue::merge(Bio& bio) {
  Side side = Side::back;
  Request* const request = find_merge(bio, side);
  if (request == nullptr || !room_for(*request, bio.sectors)) return false;
  grow(*request, bio, side);
  return true;
}

Request* BlockQueue::find_merge(const Bio& bio, Side& side) {
  Request* const last = last_merged_;
  if (last != nullptr && last->mergeable && last->write == bio.write &&
      elevator_->may_merge(*last, bio)) {
    side = last->end_sector() == bio.sector ? Side::back : Side::front;
    if (side == Side::back || last->sector == bio.end_sector()) return last;
  }
  side = Side::back;
  Request* request = index_.ending_at(bio.sector, bio.write);
  if (request != nullptr && elevator_->may_merge(*request, bio)) return request;
  side = Side::front;
  request = index_.starting_at(bio.end_sector(), bio.write);
  const bool joins = request != nullptr && elevator_->may_merge(*request, bio) &&
                     elevator_->may_merge_front(*request, bio);
  return joins ? request : nullptr;
}

/// Whether the request may grow so much. If not, it is not asked again (REQ_NOMERGE).
bool BlockQueue::room_for(Request& request, std::uint32_t sectors) {
  if (request.sectors + sectors <= max_sectors_) return true;
  detach(request);
  return false;
}

/// Nothing merges with the request from here on.
void BlockQueue::detach(Request& request) {
  request.mergeable = false;
  index_.remove(request);
  if (last_merged_ == &request) last_merged_ = nullptr;
}

void BlockQueue::grow(Request& request, Bio& bio, Side side) {
  recorder_.emit(Ev::disk_queue, bio.id, as_field(bio.sector), as_field(bio.bytes()), bio.write);
  recorder_.emit(Ev::disk_merge, bio.id, request.id);
  ++stats_.merges;
  index_.remove(request);
  request.sectors += bio.sectors;
  if (side == Side::back) {
    request.last_bio->next = &bio;
    request.last_bio = &bio;
  } else {
    bio.next = request.bios;
    request.bios = &bio;
    const std::uint64_t old_sector = std::exchange(request.sector, bio.sector);
    elevator_->moved(request, old_sector);
  }
  index_.add(request);
  last_merged_ = &request;
  if (Request* gone = merge_neighbours(request, side)) free_request(*gone);
}

/// After growing at one side the request may touch its neighbour there: the lower of the two takes
/// over the other, which is returned.
Request* BlockQueue::merge_neighbours(Request& grown, Side side) {
  Request* lower = side == Side::back ? &grown : elevator_->before(grown);
  Request* upper = side == Side::back ? elevator_->after(grown) : &grown;
  if (lower == nullptr || upper == nullptr) return nullptr;
  if (lower->write != upper->write || lower->end_sector() != upper->sector) return nullptr;
  if (!lower->mergeable || !upper->mergeable) return nullptr;
  if (lower->sectors + upper->sectors > max_sectors_) return nullptr;
  swallow(*lower, *upper);
  return upper;
}

void BlockQueue::swallow(Request& into, Request& from) {
  recorder_.emit(Ev::disk_merge, from.id, into.id);
  ++stats_.merges;
  elevator_->absorbed(into, from);
  detach(from);
  index_.remove(into);
  into.last_bio->next = from.bios;
  into.last_bio = from.last_bio;
  into.sectors += from.sectors;
  into.queued_at = std::min(into.queued_at, from.queued_at);
  index_.add(into);
  last_merged_ = &into;
}

void BlockQueue::open_request(Bio& bio) {
  limits_.take(bio.write, bio.process, exempt(bio), engine_.now());
  if (unused_.empty()) unused_.push_back(&pool_.emplace_back(*this, &on_instant_done));
  Request& request = *unused_.back();
  unused_.pop_back();
  request.sector = bio.sector;
  request.sectors = bio.sectors;
  request.write = bio.write;
  request.id = bio.id;
  request.sync = bio.synchronous();
  request.process = bio.process;
  request.priority = bio.priority;
  request.bios = &bio;
  request.last_bio = &bio;
  request.queued_at = engine_.now();
  request.error = 0;
  request.mergeable = true;
  recorder_.emit(Ev::disk_queue, bio.id, as_field(bio.sector), as_field(bio.bytes()), bio.write);
  if (elevator_->empty()) plug();
  elevator_->add(request, engine_.now());
  index_.add(request);
  if (last_merged_ == nullptr) last_merged_ = &request;
  if (!plugged_) {
    run_queue();
  } else if (pending() - in_flight_ >= params_.unplug_requests) {
    unplug();
  }
}

void BlockQueue::plug() {
  if (plugged_) return;
  plugged_ = true;
  engine_.schedule_after(unplug_timer_, params_.unplug_delay);
}

void BlockQueue::unplug() {
  if (!plugged_) return;
  plugged_ = false;
  if (unplug_timer_.pending()) engine_.cancel(unplug_timer_);
  run_queue();
}

void BlockQueue::ask_again(Plug plug) {
  if (plug == Plug::pull) ask_again_plug_ = Plug::pull;
  if (!ask_again_.pending()) engine_.schedule_after(ask_again_, kev::Duration(0));
}

void BlockQueue::on_ask_again() {
  if (std::exchange(ask_again_plug_, Plug::keep) == Plug::pull) unplug();
  if (!plugged_) run_queue();
}

void BlockQueue::run_queue() {
  while (in_flight_ < depth_) {
    Request* request = next_request();
    if (request == nullptr) return;
    issue(*request);
  }
  while (taken_ahead_.size() < elevator_->taken_ahead()) {
    Request* request = elevator_->next(engine_.now());
    if (request == nullptr) return;
    detach(*request);
    taken_ahead_.push_back(request);
  }
}

Request* BlockQueue::next_request() {
  if (taken_ahead_.empty()) return elevator_->next(engine_.now());
  Request* const request = taken_ahead_.front();
  taken_ahead_.erase(taken_ahead_.begin());
  return request;
}

void BlockQueue::issue(Request& request) {
  detach(request);
  request.issued_at = engine_.now();
  if (in_flight_++ == 0) busy_since_ = engine_.now();
  recorder_.emit(Ev::disk_issue, request.id, as_field(request.sector), bytes_of(request),
                 in_flight_);
  request.later = kev::Duration(0);
  request.lost = false;
  if (fault_hook_.ask != nullptr) fault_hook_.ask(fault_hook_.context, request);
  for (Bio* bio = request.bios; bio != nullptr && request.error == 0; bio = bio->next)
    request.error = bio->error;
  if (request.lost)
    return engine_.schedule_after(request, std::exchange(request.later, kev::Duration(0)));
  // What the disk's model says; at once, also before submit returns; or after all else.
  const std::uint32_t latency =
      chooser_.choose(ChoiceKind::latency, 3, {"disk.latency", request.id});
  if (latency == 0) return disk_->start(request);
  engine_.schedule_after(request, latency == 1 ? kev::Duration(0) : longest_latency);
}

void BlockQueue::on_disk_done(void* self, DiskRequest& request) {
  static_cast<BlockQueue*>(self)->answer(static_cast<Request&>(request));
}

void BlockQueue::on_instant_done(Event& event) {
  Request& request = static_cast<Request&>(event);
  request.queue.answer(request);
}

/// The disk is done with it; faults may keep the answer back.
void BlockQueue::answer(Request& request) {
  const kev::Instant now = engine_.now();
  const kev::Instant at =
      std::max(now + std::exchange(request.later, kev::Duration(0)), held_until_);
  if (at > now && !request.lost) return engine_.schedule_at(request, at);
  if (request.lost) hold_until(now + reset_time);
  complete(request);
}

void BlockQueue::complete(Request& request) {
  const kev::Instant now = engine_.now();
  const kev::Duration service = now - request.issued_at;
  if (--in_flight_ == 0) stats_.busy += now - busy_since_;
  ++stats_.requests;
  stats_.errors += request.error != 0;
  (request.write ? stats_.bytes_written : stats_.bytes_read) +=
      std::uint64_t{request.sectors} * sector_bytes;
  stats_.queue_time += request.issued_at - request.queued_at;
  stats_.service_time += service;
  recorder_.emit(Ev::disk_done, request.id, service.ns(), request.error);
  Bio& chain = *request.bios;
  elevator_->completed(request, now);
  // The chain is handed over first: what it submits in turn may still be chosen below.
  completed_(context_, chain);
  free_request(request);
  // 2.6.18 runs the queue after each completion, plugged or not (blk_run_queue).
  if (plugged_) {
    unplug();
  } else {
    run_queue();
  }
}

void BlockQueue::free_request(Request& request) {
  const bool write = request.write;
  request.bios = nullptr;
  request.last_bio = nullptr;
  unused_.push_back(&request);
  const bool available = limits_.give_back(write);
  if (freed_ != nullptr && available) freed_(freed_context_, write);
}

DiskStats BlockQueue::stats() const {
  DiskStats stats = stats_;
  if (in_flight_ > 0) stats.busy += engine_.now() - busy_since_;
  return stats;
}

}  // namespace sim
