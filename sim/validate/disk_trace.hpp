#pragma once
// Requests whose service times were measured on a real disk, replayed on a modelled one.
//
// A line of a trace (DiskSim's `validate` format): R|W Hit|Miss lbn sectors service_us delay_us.
// The next request arrives its delay after the one before is done, so there is one at a time.
//
// The demerit figure is the root mean square of the horizontal distance between the two
// distribution functions of service times (Ruemmler and Wilkes, "An introduction to disk drive
// modeling", 1994): with equally many requests on both sides, of the differences between the
// sorted times.
//
// Errors: what cannot be read is told with file, line, column.

#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/block/hdd_spec.hpp"

namespace sim {

struct MeasuredRequest {
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  bool write = false;
  kev::Duration service;  ///< as measured
  kev::Duration delay;    ///< from its end to the next one's arrival
  int line = 0;
};

kev::Result<std::vector<MeasuredRequest>> parse_disk_trace(const std::string& path,
                                                           std::string_view text);

struct DiskComparison {
  std::size_t requests = 0;
  double measured_ms = 0;  ///< mean service time
  double simulated_ms = 0;
  double demerit_ms = 0;
  [[nodiscard]] double demerit_percent() const { return 100 * demerit_ms / measured_ms; }
};

double mean_ms(const std::vector<std::int64_t>& times_ns);
/// Of two lists of times in ns, equally long and not empty.
double demerit_ms(std::vector<std::int64_t> a, std::vector<std::int64_t> b);

/// An error when a request lies beyond the disk, or there is none.
kev::Result<DiskComparison> compare_with_disk(const std::string& path,
                                              const std::vector<MeasuredRequest>& requests,
                                              const HddSpec& spec);

}  // namespace sim
