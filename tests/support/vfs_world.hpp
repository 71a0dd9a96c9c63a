#pragma once
// A machine with one disk, a page cache and a file system, for tests of vfs code: in timing mode,
// or, with a seed, under a random schedule.

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/schedule/random_chooser.hpp"
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
        readahead(cache, sim::find_readahead_kind(options.readahead)->make()) {}
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
  /// Reads pages [begin, end) as 2.6.18's read(2) does; how many it got before an error or the end.
  std::uint64_t read(sim::RegularFile& file, std::uint64_t begin, std::uint64_t end);

 private:
  /// The page at that index, being read or uptodate, with a reference; null on -ENOMEM.
  sim::Page* find_or_start(sim::RegularFile& file, std::uint64_t index, std::uint64_t remaining);

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

inline sim::Page* VfsWorld::find_or_start(sim::RegularFile& file, std::uint64_t index,
                                          std::uint64_t remaining) {
  sim::Inode& inode = file.inode();
  for (sim::Lookup lookup = sim::Lookup::first;; lookup = sim::Lookup::again) {
    sim::Page* page = cache.find_get(inode, index, lookup);
    if (page == nullptr && readahead.on_miss(file, index, remaining))
      page = cache.find_get(inode, index, sim::Lookup::again);
    if (page != nullptr) return page;
    page = cache.allocate();
    if (page == nullptr) return nullptr;
    const int error = cache.add(*page, inode, index);
    if (error == 0) {
      sim::read_page(cache, *page);
      return page;
    }
    cache.put(*page);
    if (error != -EEXIST) return nullptr;
  }
}

inline std::uint64_t VfsWorld::read(sim::RegularFile& file, std::uint64_t begin,
                                    std::uint64_t end) {
  end = std::min(end, file.inode().page_count());
  std::uint64_t next = begin;
  std::uint64_t index = begin;
  for (; index < end; ++index) {
    if (index == next) next = readahead.before_lookup(file, index, end - index);
    sim::Page* page = find_or_start(file, index, end - index);
    if (page == nullptr) break;
    if (page->readahead()) readahead.on_marked(file, *page, index, end - index);
    if (!page->uptodate()) {
      cache.lock_page(*page);
      if (page->uptodate() || page->inode() == nullptr) {
        cache.unlock_page(*page);
      } else {
        sim::read_page(cache, *page);
        cache.wait_on_page_locked(*page);
      }
    }
    if (page->inode() == nullptr) {  // truncated
      cache.put(*page);
      break;
    }
    const bool good = page->uptodate();
    if (good) cache.mark_accessed(*page);
    cache.put(*page);
    if (good) continue;
    readahead.on_io_error(file);
    break;
  }
  readahead.on_read_end(file, index * sim::page_bytes);
  return index - begin;
}

}  // namespace test
