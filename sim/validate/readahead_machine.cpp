#include "sim/validate/readahead_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "sim/block/elevator.hpp"
#include "sim/vfs/file_advice.hpp"

namespace sim {

namespace {

constexpr std::uint64_t pipe_pages = 16;       // PIPE_DEF_BUFFERS
constexpr kev::Duration request_time(50'000);  // whatever; nothing depends on it

/// Serves one request after another.
class SteadyDisk final : public Disk {
 public:
  explicit SteadyDisk(Engine& engine) : engine_(engine) {}
  ~SteadyDisk() override { engine_.cancel(done_); }
  SteadyDisk(const SteadyDisk&) = delete;
  SteadyDisk& operator=(const SteadyDisk&) = delete;

  [[nodiscard]] std::string_view kind() const override { return "steady"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override { return std::uint64_t{1} << 40; }
  [[nodiscard]] std::uint32_t queue_depth() const override { return 1; }
  void start(DiskRequest& request) override {
    inside_ = &request;
    engine_.schedule_after(done_, request_time);
  }

 private:
  void on_done() { finish(*std::exchange(inside_, nullptr)); }

  Engine& engine_;
  DiskRequest* inside_ = nullptr;
  MemberEvent<SteadyDisk, &SteadyDisk::on_done> done_{*this};
};

KernelOptions free_of_cost() {
  KernelOptions options;
  options.costs = find_cost_profile("none");
  return options;
}

BlockParams block_params(const ReadaheadMachineOptions& options) {
  BlockParams params;
  if (options.request_pages != 0)
    params.max_sectors_kb = static_cast<std::uint32_t>(options.request_pages * page_bytes / 1024);
  return params;
}

FileSystemOptions file_options(const ReadaheadCase& recorded,
                               const ReadaheadMachineOptions& options) {
  FileSystemOptions files;
  files.ra_pages = recorded.ra_pages;
  files.largest_folio = options.largest_folio;
  return files;
}

/// Enough for the file twice: no recorded case was short of memory.
std::uint64_t memory_pages(const ReadaheadCase& recorded) {
  return 2 * recorded.file_pages + 4096;
}

FileRange range_of(const ReadaheadCall& call) {
  return {call.begin * page_bytes, call.count * page_bytes};
}

struct TakeAll final : PageTaker {
  long take(Page&, std::uint32_t, std::uint32_t length) override { return length; }
};

}  // namespace

ReadaheadMachine::ReadaheadMachine(const ReadaheadCase& recorded,
                                   const ReadaheadMachineOptions& options)
    : kernel_(engine_, recorder_, chooser_, stacks_, free_of_cost()),
      faults_(recorder_, chooser_, Random(1), false),
      disk_(kernel_, faults_, std::make_unique<SteadyDisk>(engine_),
            find_elevator_kind("noop")->make({}), block_params(options)),
      cache_(kernel_, faults_, memory_pages(recorded)),
      files_(kernel_, disk_, file_options(recorded, options)),
      readahead_(cache_, *find_readahead_kind(options.readahead)),
      inode_(**files_.create(recorded.file_pages * page_bytes)),
      words_(options.words),
      cached_(recorded.file_pages) {
  readahead_.set_observer(this);
  run([&] {
    file_ = files_.open(inode_);
    if (recorded.advised_sequential) advise_file(readahead_, *file_, {}, FileAdvice::sequential);
    if (recorded.advised_random) advise_file(readahead_, *file_, {}, FileAdvice::random);
  });
}

ReadaheadMachine::~ReadaheadMachine() {
  kernel_.shut_down();
}

void ReadaheadMachine::run(const std::function<void()>& program) {
  kernel_.spawn("program", ContextKind::process, program);
  kernel_.run();
}

void ReadaheadMachine::perform(const ReadaheadCall& call) {
  using Kind = ReadaheadCall::Kind;
  run([&] {
    switch (call.kind) {
      case Kind::read:
        return read(call);
      case Kind::sendfile:
      case Kind::splice:
        return splice(call);
      case Kind::fault:
        if (mapping_ == nullptr) mapping_ = std::make_unique<FileMapping>(readahead_, *file_);
        mapping_->touch(call.begin);
        asked_.push_back(call.begin);  // perhaps read alone
        return;
      case Kind::advice:
        read_ahead_file(readahead_, *file_, range_of(call));
        return;
      case Kind::drop:
        return drop(call);
    }
  });
}

void ReadaheadMachine::read(const ReadaheadCall& call) {
  TakeAll taker;
  read_file(readahead_, *file_, range_of(call), taker);
}

void ReadaheadMachine::splice(const ReadaheadCall& call) {
  TakeAll taker;
  FileRange rest = range_of(call);
  while (rest.count != 0) {
    const FileRange part{rest.offset, std::min(rest.count, pipe_pages * page_bytes)};
    const long moved = splice_file(readahead_, *file_, part, taker);
    if (moved <= 0) return;
    rest.offset += static_cast<std::uint64_t>(moved);
    rest.count -= static_cast<std::uint64_t>(moved);
  }
}

void ReadaheadMachine::drop(const ReadaheadCall& call) {
  cache_.drain_batches();
  advise_file(readahead_, *file_, range_of(call), FileAdvice::dont_need);
  for (std::uint64_t i = 0; i < cached_.size(); ++i) cached_[i] = inode_.cached(i) != nullptr;
}

void ReadaheadMachine::on_window(const RegularFile&, const ReadaheadWindow& window) {
  if (window.fresh == 0) return;
  for (std::uint64_t i = window.start; i < window.start + window.count; ++i) asked_.push_back(i);
}

void ReadaheadMachine::on_miss(const RegularFile&, std::uint64_t index) {
  asked_.push_back(index);
  if (words_ == ReadaheadWords::windows) log_.push_back(fmt::format("MISS {}", index));
}

void ReadaheadMachine::on_decision(const ReadaheadDecision& step, const ReadaheadState& before) {
  using Kind = ReadaheadDecision::Kind;
  if (words_ == ReadaheadWords::windows && step.kind == Kind::pages)
    log_.push_back(fmt::format("RA off={} n={}", step.index, step.count));
  if (words_ != ReadaheadWords::tracepoints) return;
  if (step.kind == Kind::pages) {
    log_.push_back(fmt::format("page_cache_ra_unbounded index={} nr_to_read={} lookahead_size={}",
                               step.index, step.count, step.lookahead));
    return;
  }
  const std::string state = fmt::format("order={} size={} async_size={} ra_pages={}", before.order,
                                        before.size, before.async_size, before.ra_pages);
  if (step.kind == Kind::window) {
    log_.push_back(fmt::format("page_cache_ra_order index={} {}", step.index, state));
    return;
  }
  log_.push_back(fmt::format("page_cache_{}_ra index={} req_count={} {} mmap_miss={} prev_pos={}",
                             step.kind == Kind::sync_miss ? "sync" : "async", step.index,
                             step.count, state, before.mmap_miss, before.prev_pos));
}

std::vector<std::string> ReadaheadMachine::take_log() {
  return std::exchange(log_, {});
}

std::string ReadaheadMachine::take_new() {
  std::vector<std::uint64_t> fresh;
  for (const std::uint64_t index : asked_) {
    if (index >= cached_.size() || cached_[index] || inode_.cached(index) == nullptr) continue;
    cached_[index] = true;
    fresh.push_back(index);
  }
  asked_.clear();
  std::sort(fresh.begin(), fresh.end());
  std::string out;
  for (std::size_t i = 0; i < fresh.size();) {
    std::size_t end = i + 1;
    while (end < fresh.size() && fresh[end] == fresh[end - 1] + 1) ++end;
    out += fmt::format("{}[{},{})", out.empty() ? "" : " ", fresh[i], fresh[end - 1] + 1);
    i = end;
  }
  return out.empty() ? "-" : out;
}

std::string ReadaheadMachine::violation() const {
  if (kernel_.violations().empty()) return {};
  const auto& first = kernel_.violations().front();
  return first.property + ": " + first.message;
}

}  // namespace sim
