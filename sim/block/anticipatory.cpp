#include "sim/block/anticipatory.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

namespace {

using namespace kev::literals;

constexpr Jiffies longest_think_time = jiffies_per_second / 50;
constexpr std::uint64_t back_max_sectors = 1024 * 1024;
constexpr std::uint64_t close_sectors = 8192;  ///< doubles with each millisecond of waiting
constexpr std::uint64_t probability_one = 256;

}  // namespace

Anticipatory::Anticipatory(const ElevatorTuning& tuning)
    : fifo_expire_{jiffies_in(tuning.write_expire.value_or(250_ms)),
                   jiffies_in(tuning.read_expire.value_or(125_ms))},
      batch_expire_{jiffies_in(tuning.write_batch_expire.value_or(125_ms)),
                    jiffies_in(tuning.read_batch_expire.value_or(500_ms))},
      antic_expire_(jiffies_in(tuning.antic_expire.value_or(6_ms))),
      write_batch_(std::max<Jiffies>(batch_expire_[async] / 10, 2)) {}

Anticipatory::~Anticipatory() {
  if (timer_.pending()) engine_->cancel(timer_);
}

ArmReach Anticipatory::reach(Kind kind) const {
  return {last_sector_[kind], back_max_sectors, 2};
}

void Anticipatory::add(Request& request, kev::Instant) {
  Process& process = processes_[request.process];
  process.id = request.process;
  request.of_process = &process;
  learn(process, request);
  ++process.queued;
  insert_sorted(request);
  const Kind kind = kind_of(request);
  request.expires = instant_of(now() + fifo_expire_[kind]);
  fifo_[kind].push_back(request);
  next_[kind] = nearer(reach(kind), &request, next_[kind]);
  if (waiting() && ends_waiting(&request)) stop_waiting();
}

/// Also called for a request of another process, close to those of the awaited one.
void Anticipatory::learn(Process& process, const Request& request) {
  if (!request.sync) return;
  if (process.begun || process.ended) {
    Jiffies think = 0;
    if (process.ended && process.queued + process.dispatched == 0)
      think = std::min(now() - process.last_end, longest_think_time - 1);
    const std::uint64_t seek = sectors_between(process.last_position, request.sector);
    if (process.think.samples() == 0) {
      new_think_total_ = decayed(new_think_total_, static_cast<std::uint64_t>(think));
      exit_probability_ = decayed(exit_probability_, 0);
    }
    if (process.seek.samples() == 0) new_seek_total_ = decayed(new_seek_total_, seek);
    process.think.add(think);
    process.seek.add(seek);
  }
  process.last_position = request.end_sector();
  process.begun = true;
}

void Anticipatory::insert_sorted(Request& request) {
  SectorOrder& order = order_[request.sync];
  if (Request* older = order.find(request.sector)) {
    dispatch(*older);
    stop_waiting();
  }
  order.insert(request);
}

void Anticipatory::remove_queued(Request& request) {
  const Kind kind = kind_of(request);
  --process_of(request).queued;
  if (next_[kind] == &request) next_[kind] = nearest_neighbour(reach(kind), order_[kind], request);
  fifo_[kind].erase(fifo_[kind].iterator_to(request));
  order_[kind].erase(request.sector, request);
}

void Anticipatory::dispatch(Request& request) {
  const Kind kind = kind_of(request);
  stop_waiting();
  wait_ = Wait::none;
  last_sector_[kind] = request.end_sector();
  if (kind == sync) {
    awaited_ = &process_of(request);
  } else {
    awaited_ = nullptr;
    if (writes_left_ != 0) --writes_left_;
  }
  awaited_done_ = false;
  next_[kind] = nearest_neighbour(reach(kind), order_[kind], request);
  remove_queued(request);
  dispatched_.add_sorted(request);
  ++process_of(request).dispatched;
  ++unfinished_;
}

void Anticipatory::absorbed(Request& into, Request& from) {
  RequestFifo& fifo = fifo_[from.sync];
  if (from.sync == into.sync && from.expires < into.expires) {
    // The survivor is as urgent as the older of the two, and counts as its process's.
    fifo.erase(fifo.iterator_to(into));
    fifo.insert(fifo.iterator_to(from), into);
    into.expires = from.expires;
    std::swap(into.of_process, from.of_process);
  }
  remove_queued(from);
  Process& process = process_of(from);
  if (from.sync) {
    process.ended = true;
    process.last_end = now();
  }
}

// -- waiting --------------------------------------------------------------------------------------

void Anticipatory::begin_waiting() {
  if (wait_ != Wait::none) return;
  if (awaited_done_)
    wait_for_request();
  else
    wait_ = Wait::for_completion;
}

void Anticipatory::wait_for_request() {
  wait_ = Wait::for_request;
  if (timer_.pending()) engine_->cancel(timer_);
  engine_->schedule_at(timer_, std::max(instant_of(wait_began_ + antic_expire_), engine_->now()));
}

void Anticipatory::stop_waiting() {
  if (!waiting()) return;
  if (timer_.pending()) engine_->cancel(timer_);
  wait_ = Wait::over;
  owner_->ask_again(ElevatorOwner::Plug::keep);
}

void Anticipatory::on_timer() {
  if (!waiting()) return;
  wait_ = Wait::over;
  owner_->ask_again(ElevatorOwner::Plug::keep);
  if (awaited_->think.samples() == 0) exit_probability_ = decayed(exit_probability_, 1);
  if (!awaited_->alive) alone_probability_ = decayed(alone_probability_, 1);
}

/// Rather than serve `request` (null: there is none of this kind).
bool Anticipatory::should_wait(Request* request) {
  return awaited_ != nullptr && wait_ != Wait::over && !ends_waiting(request);
}

bool Anticipatory::ends_waiting(Request* request) {
  Process& process = *awaited_;
  if (request != nullptr && request->of_process == &process) return true;
  if (awaited_done_ && now() - wait_began_ >= antic_expire_) return true;
  if (process.queued > 0 || process.dispatched > 0) return true;
  if (request != nullptr && request->sync && close(process, *request)) {
    if (!process.alive) {
      if (process.think.samples() == 0) exit_probability_ = decayed(exit_probability_, 1);
      alone_probability_ = decayed(alone_probability_, 0);
    }
    learn(process, *request);
    return true;
  }
  return not_worth_waiting(process);
}

bool Anticipatory::not_worth_waiting(Process& process) {
  if (!process.alive) {
    if (process.think.samples() == 0) exit_probability_ = decayed(exit_probability_, 1);
    if (alone_probability_ > probability_one / 2) return true;
  }
  if (process.think.samples() != 0) return process.think.mean() > antic_expire_;
  if (static_cast<Jiffies>(new_think_total_ / probability_one) > antic_expire_) return true;
  return exit_probability_ * alone_probability_ > probability_one / 2 * probability_one;
}

/// Near the request served last, or nearer than what the process usually asks for. The longer the
/// wait, the more counts as near.
bool Anticipatory::close(const Process& process, const Request& request) const {
  const std::uint64_t last = last_sector_[batch_];
  const Jiffies waited = wait_ == Wait::none || !awaited_done_ ? 0 : now() - wait_began_;
  if (waited > 20 || waited > antic_expire_) return true;
  const std::uint64_t delta = close_sectors << waited;
  if (last <= request.sector + delta / 2 && request.sector <= last + delta) return true;
  const std::uint64_t usual =
      process.seek.samples() == 0 ? new_seek_total_ / probability_one : process.seek.mean();
  return usual > sectors_between(last, request.sector);
}

// -- batches --------------------------------------------------------------------------------------

Request* Anticipatory::next(kev::Instant) {
  if (dispatched_.empty()) dispatch_one();
  if (dispatched_.empty()) return nullptr;
  Request& request = dispatched_.take();
  --process_of(request).dispatched;
  return &request;
}

void Anticipatory::dispatch_one() {
  const bool reads = !fifo_[sync].empty();
  const bool writes = !fifo_[async].empty();
  if (batch_ == async && !reads && (writes_left_ == 0 || !writes)) write_batch_idled_ = true;
  if ((!reads && !writes) || waiting() || changing_batch_) return;

  Request* chosen = nullptr;
  if (!reads || !writes || !batch_over()) {
    chosen = running_batch();
    if (waiting()) return;
  }
  if (chosen == nullptr) chosen = begin_batch();
  if (oldest_expired(batch_)) chosen = &fifo_[batch_].front();
  if (changing_batch_) {
    if (unfinished_ != 0) return;
    if (batch_ == async)
      batch_expires_ = now() + batch_expire_[async];
    else
      fresh_batch_ = true;
    changing_batch_ = false;
  }
  dispatch(*chosen);
}

/// What the running batch goes on with. Null: it has nothing, or waits.
Request* Anticipatory::running_batch() {
  Request* const chosen = next_[batch_];
  if (batch_ == sync && antic_expire_ != 0) {
    if (oldest_expired(sync)) return &fifo_[sync].front();
    if (should_wait(chosen)) {
      begin_waiting();
      return nullptr;
    }
  }
  if (chosen != nullptr && !fifo_[sync].empty() && fifo_[async].empty())
    batch_expires_ = now() + batch_expire_[sync];
  return chosen;
}

Request* Anticipatory::begin_batch() {
  const bool reads = !fifo_[sync].empty();
  const bool writes = !fifo_[async].empty();
  if (reads && !(writes && batch_ == sync)) {
    if (batch_ == async) changing_batch_ = true;
    batch_ = sync;
    fifo_checked_[sync] = now();
    return &fifo_[sync].front();
  }
  if (batch_ == sync) {
    changing_batch_ = true;
    fresh_batch_ = false;
  }
  batch_ = async;
  writes_left_ = write_batch_;
  write_batch_idled_ = false;
  return next_[async];
}

bool Anticipatory::batch_over() const {
  if (changing_batch_ || fresh_batch_) return false;
  return now() > batch_expires_ || (batch_ == async && writes_left_ == 0);
}

bool Anticipatory::oldest_expired(Kind kind) {
  if (now() - fifo_checked_[kind] < fifo_expire_[kind]) return false;
  fifo_checked_[kind] = now();
  return !fifo_[kind].empty() && now() > jiffies_at(fifo_[kind].front().expires);
}

/// So that a batch of writes takes about its time.
void Anticipatory::adjust_write_batch() {
  const Jiffies batch = batch_expire_[async];
  const Jiffies took = std::max<Jiffies>(now() - batch_expires_ + batch, 0);
  if (took > batch && !write_batch_idled_)
    write_batch_ = took > batch * 3 ? write_batch_ / 2 : write_batch_ - 1;
  else if (took < batch && writes_left_ == 0)
    write_batch_ = batch > took * 3 ? write_batch_ * 2 : write_batch_ + 1;
  write_batch_ = std::max<Jiffies>(write_batch_, 1);
}

void Anticipatory::completed(Request& request, kev::Instant) {
  Process& process = process_of(request);
  if (changing_batch_ && unfinished_ == 1) {
    owner_->ask_again(ElevatorOwner::Plug::keep);
    changing_batch_ = false;
    if (batch_ == sync) fresh_batch_ = true;
  }
  KEV_CHECK(unfinished_ > 0);
  --unfinished_;
  if (fresh_batch_ && batch_ == kind_of(request)) {
    adjust_write_batch();
    batch_expires_ = now() + batch_expire_[sync];
    fresh_batch_ = false;
  }
  if (awaited_ == &process) {
    wait_began_ = now();
    awaited_done_ = true;
    if (wait_ == Wait::for_completion) wait_for_request();
  }
  if (request.sync) {
    process.ended = true;
    process.last_end = now();
  }
}

std::unique_ptr<Elevator> make_anticipatory(const ElevatorTuning& tuning) {
  return std::make_unique<Anticipatory>(tuning);
}

}  // namespace sim
