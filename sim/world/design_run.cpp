#include "sim/world/design_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/vfs/read_pages.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/fault_rules.hpp"
#include "sim/world/io_priority.hpp"
#include "sim/world/meter.hpp"
#include "sim/world/queue_program_run.hpp"
#include "sim/world/server_process.hpp"
#include "sim/world/writers.hpp"

namespace sim {

using kev::Instant;

namespace {

MachineOptions machine_options(const DesignRunOptions& design_run) {
  if (design_run.explored != nullptr) return explored_machine(*design_run.explored);
  const Scenario& scenario = *design_run.scenario;
  MachineOptions options;
  options.seed = design_run.run->seed;
  options.kernel.cpus = scenario.machine.cpus;
  options.kernel.explore = design_run.explore != nullptr;
  options.kernel.costs =
      find_cost_profile(options.kernel.explore ? "none" : scenario.machine.costs);
  KEV_CHECK(options.kernel.costs != nullptr);
  options.kernel.bug = bug_of(scenario);
  return options;
}

class DesignRun {
 public:
  DesignRun(const DesignRunOptions& options, RequestSource& source)
      : options_(options),
        scenario_(*options.scenario),
        source_(source),
        machine_(chooser(), machine_options(options)),
        platform_(platform_for(machine_, options.explored)),
        stop_(*this) {
    machine_.devices = {new Devices(*platform_, scenario_), [](Devices* d) { delete d; }};
  }
  ~DesignRun() {
    machine_.kernel.shut_down();
    machine_.engine.cancel(stop_);
  }

  kev::Result<DesignSummary> run();
  void explore();
  Machine& machine() { return machine_; }

 private:
  Chooser& chooser() {
    if (options_.explored != nullptr) return *options_.explored->picks;
    return options_.explore != nullptr ? *options_.explore : plain_;
  }
  bool exploring() const { return options_.explore != nullptr || options_.explored != nullptr; }
  kev::Result<bool> prepare();
  void start_server();
  void start_clients();
  void warm_cache();
  void run_until_quiet();
  void on_all_done();
  void on_stop() { machine_.kernel.stop(); }
  void check_leftovers();

  /// What the kernel holds for a server that nobody uses.
  struct Holdings {
    std::int64_t objects = 0;
    std::size_t descriptors = 0;
  };
  [[nodiscard]] Holdings holdings() const {
    return {machine_.allocator.live(), machine_.files.open_count()};
  }

  DesignRunOptions options_;
  const Scenario& scenario_;
  RequestSource& source_;
  PlainChooser plain_;
  Machine machine_;
  std::unique_ptr<SimPlatform> platform_;
  Ledger ledger_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<KernelAio> aio_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Writers> writers_;
  WriterSummary written_;
  MemberEvent<DesignRun, &DesignRun::on_stop> stop_;
  Holdings at_start_;
  Meter begin_;
  Meter end_;
  bool measured_ = false;
};

kev::Result<bool> DesignRun::prepare() {
  if (!options_.trace_path.empty()) {
    const std::string what = fmt::format("{} {}", scenario_.path, options_.design->name);
    const auto opened = machine_.recorder.open(options_.trace_path, options_.run->seed, what);
    if (!opened) return tl::unexpected(opened.error());
  }
  for (const std::int64_t size : source_.file_sizes()) {
    const auto made = machine_.devices->files.create(static_cast<std::uint64_t>(size));
    if (!made)
      return kev::fail(made.error().front().message, {scenario_.path, 0, 0},
                       "fewer or smaller files, or a disk with a larger profile");
  }
  writers_ = std::make_unique<Writers>(*platform_, scenario_);
  if (const auto made = writers_->make_files(); !made)
    return kev::fail(made.error().front().message, {scenario_.path, 0, 0},
                     "a smaller file_size of a [[writer]], or a disk with a larger profile");
  return true;
}

/// Every page of every file, by a thread of its own, in large reads.
void DesignRun::warm_cache() {
  machine_.kernel.spawn("warm-up", ContextKind::process, [this] {
    Devices& devices = *machine_.devices;
    for (std::size_t f = 0; f < devices.files.count(); ++f) {
      Inode& inode = devices.files.inode(f);
      for (std::uint64_t index = 0; index < inode.page_count();) {
        std::vector<Page*> pages;
        for (; index < inode.page_count() && pages.size() < ReadBio::max_pages; ++index) {
          pages.push_back(devices.cache.allocate());
          pages.back()->set_index(index);
        }
        read_pages(devices.cache, inode, pages.data(), static_cast<int>(pages.size()));
        Page* last = devices.cache.find_get(inode, index - 1, Lookup::again);
        if (last == nullptr) continue;
        devices.cache.wait_on_page_locked(*last);
        devices.cache.put(*last);
      }
    }
  });
  run_until_quiet();
}

void DesignRun::run_until_quiet() {
  if (exploring()) return machine_.kernel.run();
  const std::atomic<bool>* interrupted = options_.run->interrupted;
  while (machine_.kernel.run_events(slice_events))
    if (interrupted != nullptr && interrupted->load()) return machine_.kernel.stop();
}

/// The last answer has come: the figures are complete, the rest is draining.
void DesignRun::on_all_done() {
  end_ = Meter(machine_);
  written_ = writers_->stop();
  measured_ = true;
  machine_.faults.stop();
}

void DesignRun::check_leftovers() {
  Kernel& kernel = machine_.kernel;
  const auto& entries = ledger_.entries();
  const auto waiting = std::count_if(entries.begin(), entries.end(), [](const LedgerEntry& e) {
    return e.fate == RequestFate::waiting;
  });
  // TCP does not tell the other side when it gives up: that client waits for ever, as a real one.
  if (waiting > machine_.devices->network.server().stats().given_up) {
    kernel.violate("request_ends",
                   fmt::format("{} requests wait although nothing can happen any more", waiting));
    return;
  }
  const Holdings left = holdings();
  if (left.objects != at_start_.objects || left.descriptors != at_start_.descriptors)
    return kernel.violate(
        "reference_balance",
        fmt::format("{} objects and {} descriptors are left, {} and {} before the first client",
                    left.objects, left.descriptors, at_start_.objects, at_start_.descriptors));
  Network& network = machine_.devices->network;
  if (network.server().open_sockets() > 1)
    kernel.violate("reference_balance", fmt::format("{} connections are still open at the server",
                                                    network.server().open_sockets() - 1));
  else if (network.live_segments() != 0)
    kernel.violate("reference_balance",
                   fmt::format("{} packets are still held", network.live_segments()));
}

/// It listens, and waits for the first client.
void DesignRun::start_server() {
  if (scenario_.workload.cached) warm_cache();
  const auto asked = static_cast<int>(scenario_.workload.workers);
  const int workers = asked != 0 ? asked : options_.design->usual_workers(source_.connections());
  const IoPriority priority = io_priority_of(scenario_.workload.ioprio);
  const auto kaio_threads = static_cast<int>(scenario_.workload.kaio_threads);
  aio_ = std::make_unique<KernelAio>(kaio_threads, priority);
  const std::string& header = scenario_.workload.header;
  const HeaderMode mode = header == "cork"    ? HeaderMode::cork
                          : header == "plain" ? HeaderMode::plain
                                              : HeaderMode::more;
  const ServerContext context{
      *platform_, ledger_, *aio_, workers, priority, mode, scenario_.workload.nodelay};
  server_ = std::make_unique<ServerProcess>(*options_.design, context);
  run_until_quiet();
}

void DesignRun::start_clients() {
  at_start_ = holdings();
  add_faults(machine_.faults, scenario_);
  Devices& devices = *machine_.devices;
  clients_ =
      std::make_unique<Clients>(machine_.kernel, devices.network, devices.files, source_, ledger_);
  clients_->set_faults(machine_.faults);
  clients_->on_all_done([this] { on_all_done(); });
  writers_->start();
}

void DesignRun::explore() {
  Kernel& kernel = machine_.kernel;
  const auto going = [&] {
    return kernel.violations().empty() && !kernel.exploration().cut_short();
  };
  KEV_CHECK(prepare().has_value());
  start_server();
  if (!going()) return;
  start_clients();
  clients_->start(kernel.now());
  run_until_quiet();
  if (going()) check_leftovers();
}

kev::Result<DesignSummary> DesignRun::run() {
  if (const auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
  Kernel& kernel = machine_.kernel;
  start_server();
  if (options_.run->until != Instant::never())
    machine_.engine.schedule_at(stop_, kernel.now() + (options_.run->until - Instant(0)));
  start_clients();
  begin_ = Meter(machine_);
  const Instant origin = kernel.now();
  clients_->start(origin);
  run_until_quiet();
  machine_.engine.cancel(stop_);
  const bool cut_off = !clients_->all_done();
  if (!measured_) {
    end_ = Meter(machine_);
    written_ = writers_->stop();
  }
  const bool interrupted =
      options_.run->interrupted != nullptr && options_.run->interrupted->load();
  const bool stopped_early =
      cut_off && (interrupted || kernel.now() - origin >= options_.run->until - Instant(0));
  if (kernel.violations().empty() && !stopped_early) check_leftovers();
  if (const auto closed = machine_.recorder.close(); !closed) return tl::unexpected(closed.error());

  DesignSummary summary = summarise(begin_, end_, ledger_, machine_);
  summary.name = std::string(options_.design->name);
  summary.violations = kernel.violations();
  summary.writers = written_;
  return summary;
}

class ExploredDesignRun final : public ExploredRun {
 public:
  explicit ExploredDesignRun(const ExploredOptions& options)
      : source_(make_file_server(options.scenario->workload, RandomStreams(options.seed))),
        run_({options.scenario, find_design(options.design), &run_options_, "", nullptr, &options},
             *source_) {}
  void explore() override { run_.explore(); }
  Machine& machine() override { return run_.machine(); }

 private:
  RunOptions run_options_;
  std::unique_ptr<RequestSource> source_;
  DesignRun run_;
};

}  // namespace

std::unique_ptr<ExploredRun> explore_design(const ExploredOptions& options) {
  return std::make_unique<ExploredDesignRun>(options);
}

kev::Result<DesignSummary> run_design(const DesignRunOptions& options, RequestSource& source) {
  DesignRun run(options, source);
  return run.run();
}

}  // namespace sim
