#include "sim/validate/ssd_recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "sim/block/ssd_spec.hpp"

namespace sim {

namespace {

constexpr std::string_view class_names[] = {"urgent", "high", "medium", "low"};

/// True when there is none, or one with a name.
bool read_class(std::istringstream& in, FlowClass& flow_class) {
  std::string key;
  std::string name;
  if (!(in >> key)) return true;
  in >> name;
  const auto found = std::find(std::begin(class_names), std::end(class_names), name);
  if (key != "class" || found == std::end(class_names)) return false;
  flow_class = static_cast<FlowClass>(found - std::begin(class_names));
  return true;
}

/// True when the line was understood.
bool read_flow(std::istringstream& in, SsdRecording& recording, int line) {
  std::string direction;
  std::string depth;
  std::string sectors;
  std::string mean;
  SsdFlow flow;
  in >> direction >> depth >> flow.depth >> sectors >> flow.sectors >> mean >> flow.mean_us;
  flow.write = direction == "write";
  flow.line = line;
  const bool good = in && (flow.write || direction == "read") && depth == "depth" &&
                    sectors == "sectors" && mean == "mean" && flow.depth > 0 &&
                    flow.depth <= 4096 && flow.sectors > 0 && flow.sectors <= 2048 &&
                    flow.mean_us > 0 && read_class(in, flow.flow_class);
  recording.flows.push_back(flow);
  return good;
}

bool is_part(double value) {
  return value >= 0 && value <= 1;
}

bool read_line(const std::string& line, SsdRecording& recording, int number) {
  std::istringstream in(line);
  std::string key;
  if (!(in >> key)) return true;
  bool good = false;
  if (key == "profile")
    good = static_cast<bool>(in >> recording.profile);
  else if (key == "filled")
    good = in >> recording.filled && is_part(recording.filled);
  else if (key == "working_set")
    good = in >> recording.working_set && is_part(recording.working_set);
  else if (key == "seconds")
    good = in >> recording.seconds && recording.seconds > 0 && recording.seconds <= 1000;
  else if (key == "flow")
    good = read_flow(in, recording, number);
  std::string rest;
  in.clear();
  return good && !(in >> rest);
}

}  // namespace

kev::Result<SsdRecording> parse_ssd_recording(std::string_view text, const std::string& name) {
  SsdRecording recording;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!read_line(line.substr(0, line.find('#')), recording, number))
      return kev::fail(fmt::format("not understood: '{}'", line), {name, number, 1});
  }
  if (recording.flows.empty()) return kev::fail("no flow in it", {name, 0, 0});
  if (find_ssd_profile(recording.profile) == nullptr)
    return kev::fail(fmt::format("there is no flash drive '{}'", recording.profile), {name, 0, 0},
                     "kevsim list disks-ssd");
  return recording;
}

}  // namespace sim
