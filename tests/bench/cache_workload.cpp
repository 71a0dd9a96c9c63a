#include "tests/bench/cache_workload.hpp"

#include <algorithm>

#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/page_cache.hpp"

namespace bench {

namespace {

constexpr std::uint32_t objects = 1U << 20;
constexpr std::uint64_t cached_pages = 100'000;

class CacheAlone {
 public:
  CacheAlone(std::string_view rules, std::uint64_t pages)
      : recorder_(engine_),
        kernel_(engine_, recorder_, chooser_, stacks_, options()),
        faults_(recorder_, chooser_, sim::Random(1), false),
        disk_(kernel_, faults_, sim::find_disk_kind("ssd")->make(engine_, "970-pro"),
              sim::find_elevator_kind("noop")->make({}), sim::BlockParams{}),
        cache_(kernel_, faults_, pages, *sim::find_replacement_rules(rules)),
        file_(kernel_, disk_, {1, {}, std::uint64_t{objects} * sim::page_bytes, {}}) {}
  ~CacheAlone() { kernel_.shut_down(); }
  CacheAlone(const CacheAlone&) = delete;
  CacheAlone& operator=(const CacheAlone&) = delete;

  template <class Body>
  void run(Body body) {
    kernel_.spawn("reader", sim::ContextKind::process, body);
    kernel_.run();
  }

  void reference(std::uint32_t index) {
    sim::Page* page = cache_.find_get(file_, index);
    if (page == nullptr) page = bring_in(index);
    cache_.mark_accessed(*page);
    cache_.put(*page);
  }
  /// References all in order. With foresight the host brings the slots of pages that are some
  /// references away, and the frames of those that are nearer.
  template <class Reference>
  void replay(std::span<const std::uint32_t> trace, Foresight foresight, Reference reference) {
    if (foresight == Foresight::none) {
      for (const std::uint32_t index : trace) reference(index);
      return;
    }
    constexpr std::size_t slots_ahead = 16;
    constexpr std::size_t frames_ahead = 8;
    for (std::size_t i = 0; i < trace.size(); ++i) {
      file_.fetch(trace[std::min(i + slots_ahead, trace.size() - 1)]);
      __builtin_prefetch(file_.cached(trace[std::min(i + frames_ahead, trace.size() - 1)]));
      reference(trace[i]);
    }
  }
  void look_up(std::uint32_t index) {
    sim::Page* const page = cache_.find_get(file_, index);
    KEV_CHECK(page != nullptr);
    cache_.put(*page);
  }
  [[nodiscard]] const sim::CacheStats& stats() const { return cache_.stats(); }

 private:
  static sim::KernelOptions options() {
    sim::KernelOptions options;
    options.costs = sim::find_cost_profile("none");
    return options;
  }
  sim::Page* bring_in(std::uint32_t index) {
    sim::Page* const page = cache_.allocate();
    KEV_CHECK(page != nullptr);
    KEV_CHECK(cache_.add(*page, file_, index) == 0);
    cache_.finish_hole(*page);
    return page;
  }

  sim::Engine engine_;
  sim::Recorder recorder_;
  sim::PlainChooser chooser_;
  sim::StackPool stacks_;
  sim::Kernel kernel_;
  sim::Faults faults_;
  sim::DiskHost disk_;
  sim::PageCache cache_;
  sim::Inode file_;
};

}  // namespace

std::vector<std::uint32_t> zipf_trace() {
  constexpr std::uint32_t odd = 2'654'435'761U;  // spreads ranks over the file: one to one
  sim::Zipf zipf(objects, 0.9);
  sim::Random random(1);
  std::vector<std::uint32_t> trace(trace_references);
  for (std::uint32_t& index : trace) {
    const auto rank = static_cast<std::uint32_t>(zipf.sample(random));
    index = (rank * odd) % objects;
  }
  return trace;
}

CacheCounts reference_pages(std::string_view rules, std::span<const std::uint32_t> trace,
                            Foresight foresight) {
  CacheAlone cache(rules, cached_pages);
  cache.run([&] {
    cache.replay(trace, foresight, [&](std::uint32_t index) { cache.reference(index); });
  });
  return {static_cast<std::int64_t>(trace.size()),
          static_cast<double>(cache.stats().misses) / static_cast<double>(trace.size())};
}

CacheCounts look_up_pages(std::span<const std::uint32_t> trace, Foresight foresight) {
  CacheAlone cache("linux-2.6.18", objects);
  cache.run([&] {
    for (std::uint32_t index = 0; index < cached_pages; ++index) cache.reference(index);
    std::vector<std::uint32_t> cached(trace.begin(), trace.end());
    for (std::uint32_t& index : cached) index %= cached_pages;
    cache.replay(cached, foresight, [&](std::uint32_t index) { cache.look_up(index); });
  });
  return {static_cast<std::int64_t>(trace.size()), 0};
}

}  // namespace bench
