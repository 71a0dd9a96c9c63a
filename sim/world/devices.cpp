#include "sim/world/devices.hpp"

#include <algorithm>

#include "model/kevent/storage.hpp"
#include "sim/machine/machine.hpp"
#include "sim/machine/sim_platform.hpp"

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

std::unique_ptr<Disk> make_disk(Engine& engine, const DiskSpec& spec) {
  const DiskKind* kind = find_disk_kind(spec.kind);
  KEV_CHECK(kind != nullptr);  // the loader has checked the names
  std::unique_ptr<Disk> disk = kind->make(engine, spec.profile);
  KEV_CHECK(disk != nullptr);
  return disk;
}

std::unique_ptr<Elevator> make_elevator(const DiskSpec& spec) {
  const ElevatorKind* kind = find_elevator_kind(spec.elevator);
  KEV_CHECK(kind != nullptr);
  return kind->make();
}

std::unique_ptr<ReadaheadPolicy> make_readahead(const CacheSpec& spec) {
  const ReadaheadKind* kind = find_readahead_kind(spec.readahead);
  KEV_CHECK(kind != nullptr);
  return kind->make();
}

/// Each server socket and each inode is an origin of events.
std::unique_ptr<kev::OriginListener> make_storage(void* platform) {
  return std::make_unique<kev::Storage<SimPlatform>>(*static_cast<SimPlatform*>(platform));
}

FileSystemOptions file_options(const CacheSpec& spec, SimPlatform& platform) {
  FileSystemOptions options;
  options.origins = &make_storage;
  options.machine = &platform;
  options.ra_pages = static_cast<std::uint64_t>(spec.readahead_max_bytes) / page_bytes;
  return options;
}

NetworkOptions network_options(const Scenario& scenario) {
  const LinkSpec& link = scenario.links.front();
  NetworkOptions options;
  options.link.rate_bits_per_s = link.rate_bytes_per_s * 8;
  options.link.rtt = link.rtt;
  options.link.loss = link.loss;
  options.link.queue_packets = static_cast<std::uint32_t>(link.queue_packets);
  for (TcpOptions* tcp : {&options.server.tcp, &options.client}) {
    tcp->mss = static_cast<std::uint32_t>(scenario.tcp.mss);
    tcp->send_buffer = static_cast<std::uint32_t>(scenario.tcp.send_buffer_bytes);
    tcp->send_buffer_max = tcp->send_buffer;  // as set by SO_SNDBUF: it does not grow by itself
    tcp->receive_buffer = static_cast<std::uint32_t>(scenario.tcp.receive_buffer_bytes);
  }
  return options;
}

}  // namespace

Devices::Devices(SimPlatform& platform, const Scenario& scenario)
    : disk(platform.kernel(), platform.machine().faults,
           make_disk(platform.machine().engine, scenario.disks.front()),
           make_elevator(scenario.disks.front()), BlockParams{}),
      cache(platform.kernel(), platform.machine().faults, cache_pages(scenario),
            replacement_for(scenario.cache)),
      files(platform.kernel(), disk, file_options(scenario.cache, platform)),
      readahead(cache, make_readahead(scenario.cache)),
      network(platform.kernel(), platform.machine().streams.stream("link.loss"),
              network_options(scenario), &make_storage, &platform) {}

}  // namespace sim
