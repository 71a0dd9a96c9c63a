#pragma once
// The devices of a simulated machine, built from a scenario: disk, page cache, files, network.
//
// Requires: a scenario whose names the loader has checked. The first disk is used; the first link
// is the server's, and each link has as many client hosts as it says.

#include <map>
#include <memory>
#include <vector>

#include "model/base/result.hpp"
#include "sim/net/network.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_system.hpp"
#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/readahead.hpp"

namespace sim {

class SimPlatform;

struct Devices {
  Devices(SimPlatform& platform, const Scenario& scenario);
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  DiskHost disk;
  PageCache cache;
  FileSystem files;
  Readahead readahead;
  Network network;
  /// What buffers of user programs hold, by address: filled by programs and by network AIO.
  std::map<std::uint64_t, std::vector<ContentRun>> user_contents;
};

}  // namespace sim
