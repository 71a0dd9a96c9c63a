#pragma once
// What another simulator, or a drive, measured of a flash drive: closed loops and their mean times.
//
// Text, one statement a line; # begins a comment:
//   profile NAME                the drive, a row of the table of flash drives
//   filled PART                 of the capacity that was written before
//   working_set PART            of the capacity that the flows share, each an equal part of it
//   seconds N                   how long
//   flow read|write depth N sectors N mean US [class urgent|high|medium|low]
//                               so many requests at a time, each of so many sectors
// Errors: what cannot be read is an error with its line.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/block/flow_class.hpp"

namespace sim {

struct SsdFlow {
  bool write = false;
  std::uint32_t depth = 0;
  std::uint32_t sectors = 0;
  double mean_us = 0;
  FlowClass flow_class = FlowClass::medium;  ///< as of a process without a priority
  int line = 0;
};

struct SsdRecording {
  std::string profile;
  double filled = 1;
  double working_set = 1;
  std::int64_t seconds = 1;
  std::vector<SsdFlow> flows;
};

/// `name`: of the file, for errors.
kev::Result<SsdRecording> parse_ssd_recording(std::string_view text, const std::string& name);

}  // namespace sim
