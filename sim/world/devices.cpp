#include "sim/world/devices.hpp"

#include <algorithm>

#include "sim/block/hdd_tuning.hpp"
#include "sim/block/ssd_tuning.hpp"
#include "sim/machine/machine.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/net/net_stack.hpp"
#include "sim/scenario/netem_line.hpp"

namespace sim {

namespace {

/// What of the memory the page cache may have: the kernel, programs and socket buffers need the
/// rest.
std::uint64_t cache_pages(const Scenario& scenario) {
  const std::int64_t all = scenario.machine.memory_bytes;
  std::int64_t usable = all - all / 8;
  const std::int64_t limit = scenario.cache.memory_bytes;
  if (limit != 0) usable = std::min(usable, limit);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(usable) / page_bytes);
}

const ReplacementRules& replacement_for(const CacheSpec& spec) {
  const ReplacementRules* rules = find_replacement_rules(spec.replacement);
  KEV_CHECK(rules != nullptr);
  return *rules;
}

DirtyLimits dirty_limits(const CacheSpec& spec) {
  DirtyLimits limits;
  limits.ratio = static_cast<std::uint64_t>(spec.dirty_ratio);
  limits.background_ratio = static_cast<std::uint64_t>(spec.dirty_background_ratio);
  limits.interval = spec.dirty_writeback;
  limits.expire = spec.dirty_expire;
  return limits;
}

SsdTuning tuning_of(const FlashSpec& spec) {
  SsdTuning tuning;
  tuning.capacity_bytes = spec.capacity_bytes;
  tuning.channels = spec.channels;
  tuning.ways = spec.ways;
  tuning.over_provisioning = spec.over_provisioning;
  tuning.filled = spec.filled;
  tuning.overwritten = spec.overwritten;
  tuning.write_buffer_bytes = spec.write_buffer_bytes;
  tuning.queues = spec.queues;
  tuning.queue_fetch = spec.queue_fetch;
  tuning.fetch_total = spec.fetch_total;
  for (const ArbitrationName& row : arbitration_names())
    if (row.name == spec.arbitration) tuning.arbitration = row.arbitration;
  tuning.planes = spec.planes;
  tuning.cell_levels = spec.cell_levels;
  tuning.slow_sense = spec.slow_sense;
  tuning.slow_program = spec.slow_program;
  tuning.sense = spec.sense;
  tuning.program = spec.program;
  tuning.erase = spec.erase;
  return tuning;
}

HddTuning tuning_of(const DriveSpec& spec) {
  HddTuning tuning;
  tuning.queue_depth = spec.queue_depth;
  tuning.age_limit = spec.age_limit;
  for (const DriveOrderName& row : drive_order_names())
    if (row.name == spec.order) tuning.order = row.order;
  for (const FastWriteName& row : fast_write_names())
    if (row.name == spec.fast_write) tuning.fast_write = row.level;
  return tuning;
}

std::unique_ptr<Disk> make_disk(Engine& engine, const Scenario& scenario) {
  const DiskSpec& spec = scenario.disks.front();
  const DiskKind* kind = find_disk_kind(spec.kind);
  KEV_CHECK(kind != nullptr);  // the loader has checked the names
  std::unique_ptr<Disk> disk = kind->name == "ssd"
                                   ? make_ssd(engine, spec.profile, tuning_of(scenario.ssd))
                                   : make_hdd(engine, spec.profile, tuning_of(scenario.hdd));
  KEV_CHECK(disk != nullptr);
  return disk;
}

ElevatorTuning tuning_of(const ElevatorSpec& spec) {
  ElevatorTuning tuning;
  tuning.read_expire = spec.read_expire;
  tuning.write_expire = spec.write_expire;
  tuning.writes_starved = spec.writes_starved;
  tuning.fifo_batch = spec.fifo_batch;
  tuning.front_merges = spec.front_merges;
  tuning.prio_aging_expire = spec.prio_aging_expire;
  tuning.antic_expire = spec.antic_expire;
  tuning.read_batch_expire = spec.read_batch_expire;
  tuning.write_batch_expire = spec.write_batch_expire;
  tuning.fifo_expire_sync = spec.fifo_expire_sync;
  tuning.fifo_expire_async = spec.fifo_expire_async;
  tuning.slice_sync = spec.slice_sync;
  tuning.slice_async = spec.slice_async;
  tuning.slice_idle = spec.slice_idle;
  tuning.slice_async_rq = spec.slice_async_rq;
  tuning.quantum = spec.quantum;
  if (spec.back_seek_max) tuning.back_seek_max_kb = *spec.back_seek_max / 1024;
  tuning.back_seek_penalty = spec.back_seek_penalty;
  return tuning;
}

std::unique_ptr<Elevator> make_elevator(const DiskSpec& spec, const ElevatorSpec& tunables) {
  const ElevatorKind* kind = find_elevator_kind(spec.elevator);
  KEV_CHECK(kind != nullptr);
  return kind->make(tuning_of(tunables));
}

BlockParams block_params(const DiskSpec& spec) {
  BlockParams params;
  params.nr_requests = static_cast<std::uint32_t>(spec.nr_requests);
  params.max_sectors_kb = static_cast<std::uint32_t>(spec.max_request_bytes / 1024);
  params.queue_depth = static_cast<std::uint32_t>(spec.queue_depth);
  params.unplug_requests = static_cast<std::uint32_t>(spec.unplug_requests);
  params.unplug_delay = spec.unplug_delay;
  return params;
}

const ReadaheadKind& readahead_for(const CacheSpec& spec) {
  const ReadaheadKind* kind = find_readahead_kind(spec.readahead);
  KEV_CHECK(kind != nullptr);
  return *kind;
}

/// Each server socket and each inode is an origin of events.
std::unique_ptr<kev::OriginListener> make_storage(void* platform) {
  return static_cast<SimPlatform*>(platform)->make_listener();
}

FileSystemOptions file_options(const CacheSpec& spec, SimPlatform& platform) {
  FileSystemOptions options;
  options.origins = &make_storage;
  options.machine = &platform;
  options.ra_pages = static_cast<std::uint64_t>(spec.readahead_max_bytes) / page_bytes;
  return options;
}

NetemOptions netem_options(const NetemSpec& spec) {
  NetemOptions options;
  options.delay = spec.delay;
  options.jitter = spec.jitter;
  options.jitter_correlation = spec.delay_correlation;
  options.distribution = static_cast<DelayDistribution>(spec.distribution);
  options.loss.kind = static_cast<LossModel::Kind>(spec.loss);
  options.loss.random = {spec.random.probability, spec.random.correlation};
  const auto& [p13, p31, p32, p23, p14] = spec.state;
  options.loss.p13 = p13;
  options.loss.p31 = p31;
  options.loss.p32 = p32;
  options.loss.p23 = p23;
  options.loss.p14 = p14;
  const auto& [p, r, lost_when_bad, lost_when_good] = spec.gemodel;
  options.loss.p = p;
  options.loss.r = r;
  options.loss.h = 1 - lost_when_bad;
  options.loss.k1 = lost_when_good;
  options.duplicate = {spec.duplicate.probability, spec.duplicate.correlation};
  options.corrupt = {spec.corrupt.probability, spec.corrupt.correlation};
  options.reorder = {spec.reorder.probability, spec.reorder.correlation};
  options.reorder_gap = static_cast<std::uint32_t>(spec.gap);
  options.rate_bits_per_s = spec.rate_bits_per_s;
  options.limit = static_cast<std::uint32_t>(spec.limit);
  return options;
}

LinkOptions link_options(const LinkSpec& link) {
  LinkOptions options;
  options.rate_bits_per_s = link.rate_bytes_per_s * 8;
  options.rtt = link.rtt;
  options.loss = link.loss;
  options.queue_packets = static_cast<std::uint32_t>(link.queue_packets);
  if (!link.netem.empty()) {
    const auto spec = parse_netem(link.netem);
    KEV_CHECK(spec.has_value());  // the loader has read it before
    options.netem = netem_options(*spec);
    return options;
  }
  LossModel& loss = options.netem.loss;
  if (link.burst_enter > 0) {
    loss.kind = LossModel::Kind::gilbert_elliott;
    loss.p = link.burst_enter;
    loss.r = link.burst_leave;
    loss.h = 1 - link.burst_loss;
  } else if (link.loss > 0 && link.loss_correlation > 0) {
    loss.kind = LossModel::Kind::random;
    loss.random = {link.loss, link.loss_correlation};
    options.loss = 0;
  }
  options.netem.duplicate = {link.duplicate, 0};
  options.netem.corrupt = {link.corrupt, 0};
  options.netem.reorder = {link.reorder, 0};
  options.netem.jitter = link.jitter;
  return options;
}

NetworkOptions network_options(const Scenario& scenario) {
  NetworkOptions options;
  options.link = link_options(scenario.links.front());
  for (const LinkSpec& link : scenario.links)
    options.hosts.insert(options.hosts.end(), static_cast<std::size_t>(link.hosts),
                         link_options(link));
  options.ethernet.port_packets = static_cast<std::uint32_t>(scenario.ethernet.port_packets);
  options.ethernet.memory_bytes = scenario.ethernet.memory_bytes;
  const NetStack* stack = find_net_stack(scenario.tcp.stack);
  KEV_CHECK(stack != nullptr);
  for (TcpOptions* tcp : {&options.server.tcp, &options.client}) {
    *tcp = tcp_options(*stack);
    if (scenario.tcp.congestion != "default")
      tcp->congestion = find_congestion_control(scenario.tcp.congestion);
    tcp->mss = static_cast<std::uint32_t>(scenario.tcp.mss);
    tcp->send_buffer = static_cast<std::uint32_t>(scenario.tcp.send_buffer_bytes);
    tcp->send_buffer_max =
        std::max(tcp->send_buffer, static_cast<std::uint32_t>(scenario.tcp.send_buffer_max_bytes));
    tcp->receive_buffer = static_cast<std::uint32_t>(scenario.tcp.receive_buffer_bytes);
    tcp->receive_buffer_max = static_cast<std::uint32_t>(scenario.tcp.receive_buffer_max_bytes);
  }
  return options;
}

}  // namespace

Devices::Devices(SimPlatform& platform, const Scenario& scenario)
    : disk(platform.kernel(), platform.machine().faults,
           make_disk(platform.machine().engine, scenario),
           make_elevator(scenario.disks.front(), scenario.elevator),
           block_params(scenario.disks.front())),
      cache(platform.kernel(), platform.machine().faults, cache_pages(scenario),
            replacement_for(scenario.cache)),
      files(platform.kernel(), disk, file_options(scenario.cache, platform)),
      readahead(cache, readahead_for(scenario.cache)),
      network(platform.kernel(), platform.machine().streams.stream("link.loss"),
              network_options(scenario), &make_storage, &platform) {
  network.set_faults(platform.machine().faults);
  cache.set_dirty_limits(dirty_limits(scenario.cache));
}

}  // namespace sim
