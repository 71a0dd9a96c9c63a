#include "sim/world/writers.hpp"

#include <algorithm>

#include "sim/vfs/write_back.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/io_priority.hpp"
#include "sim/world/system_calls.hpp"

namespace sim {

namespace {

/// Explored, rates mean nothing: who writes for as long as the server is held up never ends.
constexpr int explored_writes = 16;

}  // namespace

class Writers::Writer {
 public:
  Writer(Writers& owner, const WriterSpec& spec, std::size_t number)
      : owner_(owner),
        spec_(spec),
        random_(owner.platform_.machine().streams.stream("writer." + std::to_string(number))) {}

  /// Its own file, if it has one.
  kev::Result<bool> make_file(FileSystem& files) {
    if (spec_.file == "served") return true;
    file_ = files.count();
    const auto room = static_cast<std::uint64_t>(spec_.file_bytes);
    const auto made = spec_.file == "log" ? files.create_empty(room) : files.create(room);
    if (!made) return tl::unexpected(made.error());
    return true;
  }

  [[nodiscard]] IoPriority priority() const { return io_priority_of(spec_.ioprio); }

  void run() {
    SystemCalls calls(owner_.platform_);
    Kernel& kernel = owner_.platform_.kernel();
    const kev::Duration each(spec_.write_bytes * 1'000'000'000 / spec_.rate_bytes_per_s);
    int descriptor = open(calls);
    kev::Instant due = kernel.now();
    int writes = 0;
    while (descriptor >= 0 && !owner_.stopped_ && !kernel.ending()) {
      if (kernel.exploring() && ++writes > explored_writes) break;
      write(calls, descriptor);
      due = std::max(due + each, kernel.now());
      sleep_until(kernel, due);
    }
    if (descriptor >= 0) calls.close(descriptor);
  }

  std::int64_t bytes = 0;
  std::int64_t errors = 0;
  std::vector<kev::Duration> fsyncs;

 private:
  int open(SystemCalls& calls) {
    const Inode& inode = owner_.platform_.machine().devices->files.inode(file_);
    size_ =
        spec_.file == "served" ? static_cast<std::int64_t>(inode.size_bytes()) : spec_.file_bytes;
    offset_ = 0;
    return calls.open(file_);
  }

  /// One write, and what comes with it.
  void write(SystemCalls& calls, int& descriptor) {
    if (offset_ >= size_) begin_anew(calls, descriptor);
    const std::int64_t length = std::min(spec_.write_bytes, size_ - offset_);
    if (spec_.file == "data") offset_ = random_offset();
    const long written = spec_.file == "log" ? calls.write_file(descriptor, length)
                                             : calls.pwrite(descriptor, offset_, length);
    if (written < 0) {
      ++errors;
      return;
    }
    bytes += written;
    unsynced_ += written;
    offset_ = spec_.file == "data" ? 0 : offset_ + written;
    if (spec_.fsync_bytes != 0 && unsynced_ >= spec_.fsync_bytes) sync(calls, descriptor);
  }

  /// A log is emptied; of what is served, the next file's turn comes.
  void begin_anew(SystemCalls& calls, int& descriptor) {
    if (spec_.file == "log") calls.ftruncate(descriptor, 0);
    calls.close(descriptor);
    if (spec_.file == "served") file_ = (file_ + 1) % owner_.served_;
    descriptor = open(calls);
  }

  /// A multiple of what is written at a time, as databases have it.
  std::int64_t random_offset() {
    const std::int64_t places = std::max<std::int64_t>(1, size_ / spec_.write_bytes);
    const auto place = random_.below(static_cast<std::uint64_t>(places));
    return static_cast<std::int64_t>(place) * spec_.write_bytes;
  }

  void sync(SystemCalls& calls, int descriptor) {
    unsynced_ = 0;
    const kev::Instant begin = owner_.platform_.kernel().now();
    if (calls.fsync(descriptor) < 0) ++errors;
    fsyncs.push_back(owner_.platform_.kernel().now() - begin);
  }

  static void sleep_until(Kernel& kernel, kev::Instant due) {
    if (due <= kernel.now() || kernel.ending()) return;
    kernel.current_thread().set_state(ThreadState::interruptible);
    kernel.schedule_timeout(due - kernel.now());
  }

  Writers& owner_;
  const WriterSpec& spec_;
  Random random_;
  std::size_t file_ = 0;
  std::int64_t size_ = 0;  ///< of the file, when it was opened
  std::int64_t offset_ = 0;
  std::int64_t unsynced_ = 0;
};

Writers::Writers(SimPlatform& platform, const Scenario& scenario)
    : platform_(platform), served_(platform.machine().devices->files.count()) {
  for (const WriterSpec& spec : scenario.writers)
    writers_.push_back(std::make_unique<Writer>(*this, spec, writers_.size()));
}

Writers::~Writers() = default;

kev::Result<bool> Writers::make_files() {
  for (const auto& writer : writers_)
    if (const auto made = writer->make_file(platform_.machine().devices->files); !made) return made;
  return true;
}

void Writers::start() {
  begin_ = platform_.kernel().now();
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    Writer& writer = *writers_[i];
    spawn_program(platform_, writer.priority(), "writer/" + std::to_string(i),
                  [&writer] { writer.run(); });
  }
}

WriterSummary Writers::stop() {
  stopped_ = true;
  WriterSummary summary;
  summary.any = !writers_.empty();
  const double seconds = (platform_.kernel().now() - begin_).seconds();
  if (!summary.any || seconds <= 0) return summary;
  std::vector<kev::Duration> fsyncs;
  std::int64_t bytes = 0;
  for (const auto& writer : writers_) {
    bytes += writer->bytes;
    summary.errors += writer->errors;
    fsyncs.insert(fsyncs.end(), writer->fsyncs.begin(), writer->fsyncs.end());
  }
  summary.bytes_per_s = static_cast<double>(bytes) / seconds;
  const WriteBack* back = platform_.machine().devices->cache.written_back();
  if (back != nullptr)
    summary.held_up_ratio =
        back->stats().throttled_time.seconds() / (seconds * static_cast<double>(writers_.size()));
  std::sort(fsyncs.begin(), fsyncs.end());
  if (!fsyncs.empty()) {
    summary.fsync_p50 = fsyncs[(fsyncs.size() - 1) / 2];
    summary.fsync_max = fsyncs.back();
  }
  return summary;
}

}  // namespace sim
