#pragma once
// A machine with one disk, a page cache and a file system, for tests of vfs code: in timing mode,
// or, with a seed, under a random schedule.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/schedule/random_chooser.hpp"
#include "sim/vfs/file_read.hpp"
#include "sim/vfs/file_system.hpp"
#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/read_pages.hpp"
#include "sim/vfs/readahead.hpp"
#include "tests/support/fixed_disk.hpp"

namespace test {

struct VfsOptions {
  int cpus = 1;
  std::uint64_t seed = 0;  ///< 0: timing mode
  std::uint64_t capacity_pages = 1024;
  kev::Duration disk_service{1'000'000};
  std::string costs = "athlon64-3500";  ///< timing mode; exploration is free of cost
  std::string readahead = "linux-2.6.18";
  std::string replacement = "linux-2.6.18";
  sim::BlockParams block{};
  sim::FileSystemOptions files{};
};

class VfsWorld {
 public:
  explicit VfsWorld(const VfsOptions& options = {})
      : recorder(engine),
        random_(options.seed),
        kernel(engine, recorder, chooser(options.seed), stacks_, kernel_options(options)),
        faults(recorder, chooser(options.seed), sim::Random(1), options.seed != 0),
        raw_disk(new FixedDisk(engine, options.disk_service)),
        disk(kernel, faults, std::unique_ptr<sim::Disk>(raw_disk),
             sim::find_elevator_kind("noop")->make({}), options.block),
        cache(kernel, faults, options.capacity_pages,
              *sim::find_replacement_rules(options.replacement)),
        files(kernel, disk, options.files),
        readahead(cache, *sim::find_readahead_kind(options.readahead)) {}
  ~VfsWorld() { kernel.shut_down(); }
  VfsWorld(const VfsWorld&) = delete;
  VfsWorld& operator=(const VfsWorld&) = delete;

  sim::Thread& thread(std::string name, std::function<void()> body) {
    return kernel.spawn(std::move(name), sim::ContextKind::process, std::move(body));
  }
  /// Until nothing happens any more; then what did not end is unwound, so that objects a test made
  /// after the world may go first.
  void run() {
    kernel.run();
    kernel.shut_down();
  }
  /// One thread that does this, to the end.
  /// In a thread: lets time pass.
  void sleep(kev::Duration time) {
    kernel.current_thread().set_state(sim::ThreadState::uninterruptible);
    kernel.schedule_timeout(time);
  }
  void run(std::function<void()> body) {
    thread("test", std::move(body));
    run();
  }

  /// The first broken property, "nothing" when there is none.
  std::string broken() const {
    return kernel.violations().empty() ? "nothing" : kernel.violations().front().property;
  }
  std::string violation() const {
    return kernel.violations().empty() ? "" : kernel.violations().front().message;
  }
  bool all_ended() const {
    for (const auto& thread : kernel.threads())
      if (thread->state() != sim::ThreadState::dead) return false;
    return true;
  }

  /// A file of so many whole pages.
  sim::Inode& file(std::uint64_t pages) { return **files.create(pages * sim::page_bytes); }
  /// A page in the file, locked by the current thread, with the caller's reference.
  sim::Page& add_page(sim::Inode& inode, std::uint64_t index) {
    sim::Page* page = cache.allocate();
    KEV_CHECK(page != nullptr);
    KEV_CHECK(cache.add(*page, inode, index) == 0);
    return *page;
  }
  /// Starts reading pages [begin, end); how many were added.
  int start_read(sim::Inode& inode, std::uint64_t begin, std::uint64_t end,
                 const sim::ReadHooks& hooks = {}) {
    std::vector<sim::Page*> pages;
    pages.reserve(end - begin);
    for (std::uint64_t i = begin; i < end; ++i) {
      pages.push_back(cache.allocate());
      KEV_CHECK(pages.back() != nullptr);
      pages.back()->set_index(i);
    }
    return sim::read_pages(cache, inode, pages.data(), static_cast<int>(pages.size()), hooks);
  }
  /// Reads pages [begin, end) as read(2) does; how many it got before an error or the end.
  std::uint64_t read(sim::RegularFile& file, std::uint64_t begin, std::uint64_t end);

 private:
  static sim::KernelOptions kernel_options(const VfsOptions& options) {
    sim::KernelOptions out;
    out.cpus = options.cpus;
    out.explore = options.seed != 0;
    out.costs = sim::find_cost_profile(out.explore ? "none" : options.costs);
    return out;
  }
  sim::Chooser& chooser(std::uint64_t seed) {
    return seed == 0 ? static_cast<sim::Chooser&>(plain_) : random_;
  }

 public:
  sim::Engine engine;
  sim::Recorder recorder;

 private:
  sim::PlainChooser plain_;
  sim::RandomChooser random_;
  sim::StackPool stacks_;

 public:
  sim::Kernel kernel;
  sim::Faults faults;
  FixedDisk* raw_disk;
  sim::DiskHost disk;
  sim::PageCache cache;
  sim::FileSystem files;
  sim::Readahead readahead;
};

inline std::uint64_t VfsWorld::read(sim::RegularFile& file, std::uint64_t begin,
                                    std::uint64_t end) {
  struct Nobody final : sim::PageTaker {
    long take(sim::Page&, std::uint32_t, std::uint32_t length) override { return length; }
  } nobody;
  file.accessed_page = UINT64_MAX;  // the same page again counts again
  const sim::FileRange range{begin * sim::page_bytes, (end - begin) * sim::page_bytes};
  const long bytes = sim::read_file(readahead, file, range, nobody);
  return sim::pages_for(static_cast<std::uint64_t>(std::max<long>(bytes, 0)));
}

}  // namespace test
