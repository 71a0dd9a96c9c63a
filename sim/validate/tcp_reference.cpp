// TCP: packet captures with the set-up they were made in, below tcp/.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/validate/archive.hpp"
#include "sim/validate/pcap.hpp"
#include "sim/validate/reference.hpp"
#include "sim/validate/tcp_setup.hpp"
#include "sim/validate/tcp_wire.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;
using kev::Duration;
using kev::Instant;

constexpr Duration probe_tolerance(10'000'000);

/// The connection in a capture, in its own sequence numbers, timed from its SYN. Segments of other
/// connections are left out.
std::vector<SeenSegment> connection_of(const Capture& capture) {
  std::vector<SeenSegment> out;
  const CapturedSegment* opening = nullptr;
  std::uint32_t server_start = 0;
  for (const CapturedSegment& segment : capture.segments) {
    const bool syn = (segment.flags & tcp_flags::syn) != 0;
    if (opening == nullptr && syn && (segment.flags & tcp_flags::ack) == 0) opening = &segment;
    if (opening == nullptr) continue;
    const bool from_client = segment.source == opening->source &&
                             segment.source_port == opening->source_port &&
                             segment.destination == opening->destination;
    const bool from_server = segment.destination == opening->source &&
                             segment.destination_port == opening->source_port &&
                             segment.source == opening->destination;
    if (!from_client && !from_server) continue;
    if (from_server && syn) server_start = segment.seq;
    const std::uint32_t own = from_client ? opening->seq : server_start;
    const std::uint32_t other = from_client ? server_start : opening->seq;
    const bool has_ack = (segment.flags & tcp_flags::ack) != 0;
    out.push_back({Instant() + (segment.at - opening->at), from_client, segment.seq - own,
                   has_ack ? segment.ack - other : 0, segment.payload, segment.window,
                   segment.flags});
  }
  return out;
}

bool carries(const SeenSegment& segment) {
  return segment.payload != 0 || (segment.flags & (tcp_flags::syn | tcp_flags::fin)) != 0;
}

std::string data_text(const SeenSegment& segment) {
  return fmt::format("seq {} length {}{}{}", segment.seq, segment.payload,
                     (segment.flags & tcp_flags::syn) != 0 ? " SYN" : "",
                     (segment.flags & tcp_flags::fin) != 0 ? " FIN" : "");
}

/// The nearest of sorted numbers is within the tolerance.
bool has_near(const std::vector<std::uint64_t>& sorted, std::uint64_t value,
              std::uint64_t tolerance) {
  const std::uint64_t least = value > tolerance ? value - tolerance : 0;
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), least);
  return at != sorted.end() && *at <= value + tolerance;
}

struct Lists {
  std::vector<std::string> data;  ///< what the client sent
  std::vector<std::string> acks;  ///< what the server acknowledged
  std::vector<std::uint64_t> ack_numbers;
  std::vector<Instant> probes;  ///< when the client asked after a closed window
};

Lists lists_of(const std::vector<SeenSegment>& segments) {
  Lists out;
  std::uint64_t highest = 0;
  for (const SeenSegment& segment : segments) {
    if (!segment.from_client) {
      out.acks.push_back(fmt::format("ack {}", segment.ack));
      out.ack_numbers.push_back(segment.ack);
      continue;
    }
    if (carries(segment))
      out.data.push_back(data_text(segment));
    else if (segment.seq < highest)
      out.probes.push_back(segment.at);
    highest = std::max(highest, segment.seq + segment.payload);
  }
  return out;
}

/// Compares two lists as diff does; how many of `recorded` are in `got`, in order.
std::uint64_t compare(const std::vector<std::string>& recorded, const std::vector<std::string>& got,
                      std::string& differences) {
  const std::size_t rows = recorded.size() + 1;
  const std::size_t columns = got.size() + 1;
  std::vector<std::uint32_t> longest(rows * columns, 0);
  for (std::size_t i = recorded.size(); i-- != 0;)
    for (std::size_t j = got.size(); j-- != 0;)
      longest[i * columns + j] = recorded[i] == got[j] ? longest[(i + 1) * columns + j + 1] + 1
                                                       : std::max(longest[(i + 1) * columns + j],
                                                                  longest[i * columns + j + 1]);
  const auto tell = [&](const char* which, const std::string& what) {
    differences += fmt::format("{} {}\n", which, what);
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < recorded.size() || j < got.size()) {
    if (i < recorded.size() && j < got.size() && recorded[i] == got[j]) {
      ++i;
      ++j;
    } else if (j == got.size() || (i < recorded.size() && longest[(i + 1) * columns + j] >=
                                                              longest[i * columns + j + 1])) {
      tell("only recorded:", recorded[i++]);
    } else {
      tell("only simulated:", got[j++]);
    }
  }
  return longest[0];
}

void add_sequence(const std::string& name, const std::string& what,
                  const std::vector<std::string>& recorded, const std::vector<std::string>& got,
                  std::int64_t tolerance, Validation& out) {
  std::string differences;
  const std::uint64_t same = compare(recorded, got, differences);
  const std::size_t cases = std::max(recorded.size(), got.size());
  const bool near = cases - same <= static_cast<std::size_t>(tolerance);
  out.differs({name, what, differences}, tolerance_if(near));
  ReferenceRow row = exact_row(name, what, cases, near ? cases : same);
  if (tolerance != 0) {
    row.compared += fmt::format("; {} the same", same);
    row.tolerance = fmt::format("{} segments", tolerance);
  }
  row.value = static_cast<double>(same) / static_cast<double>(std::max<std::size_t>(cases, 1));
  out.rows.push_back(row);
}

/// Acknowledgements that need not be the same, but near, but for a few; and as many, within 10 %.
void add_near_acks(const std::string& name, const Lists& recorded, const Lists& got,
                   const TcpSetup& setup, Validation& out) {
  const std::int64_t tolerance = setup.ack_tolerance;
  std::uint64_t passed = 0;
  std::string differences;
  for (const std::uint64_t ack : recorded.ack_numbers) {
    const bool near = has_near(got.ack_numbers, ack, static_cast<std::uint64_t>(tolerance));
    if (near) ++passed;
    if (!near) differences += fmt::format("none near ack {}\n", ack);
  }
  const std::size_t count = recorded.ack_numbers.size();
  const std::size_t more = std::max(count, got.ack_numbers.size());
  const std::size_t fewer = std::min(count, got.ack_numbers.size());
  if (count - passed <= static_cast<std::size_t>(setup.order_tolerance)) passed = count;
  if ((more - fewer) * 10 > more) {
    differences += fmt::format("{} recorded, {} simulated\n", count, got.ack_numbers.size());
    passed = 0;
  }
  out.differs({name, "acknowledgements", differences}, tolerance_if(passed == count));
  ReferenceRow row = exact_row(
      name, fmt::format("acknowledgements; {} simulated", got.ack_numbers.size()), count, passed);
  row.tolerance = fmt::format("{} bytes; {}; 10 %", tolerance, setup.order_tolerance);
  out.rows.push_back(row);
}

void add_probes(const std::string& name, const Lists& recorded, const Lists& got, Validation& out) {
  if (recorded.probes.empty() && got.probes.empty()) return;
  std::uint64_t passed = 0;
  std::string differences;
  const std::size_t cases = std::max(recorded.probes.size(), got.probes.size());
  for (std::size_t i = 0; i < cases; ++i) {
    const bool both = i < recorded.probes.size() && i < got.probes.size();
    const Duration off = both ? got.probes[i] - recorded.probes[i] : Duration(0);
    if (both && off <= probe_tolerance && Duration(0) - off <= probe_tolerance) {
      ++passed;
      continue;
    }
    differences += both ? fmt::format("probe {}: recorded {} us, simulated {} us\n", i + 1,
                                      recorded.probes[i].ns() / 1000, got.probes[i].ns() / 1000)
                        : fmt::format("probe {}: only {}\n", i + 1,
                                      i < got.probes.size() ? "simulated" : "recorded");
  }
  if (!differences.empty()) out.mismatches.push_back({name, "probe times", differences});
  ReferenceRow row = exact_row(name, "times of zero-window probes", cases, passed);
  row.tolerance = "10 ms";
  out.rows.push_back(row);
}

template <class T>
bool take(const kev::Result<T>& result, Validation& out) {
  if (!result) out.errors.insert(out.errors.end(), result.error().begin(), result.error().end());
  return result.has_value();
}

void validate_capture(const fs::path& path, Validation& out) {
  const std::string name = fmt::format("tcp/{}", path.stem().string());
  fs::path setup_path = path;
  setup_path.replace_extension(".setup");
  std::error_code error;
  if (!fs::exists(setup_path, error)) {
    out.notes.push_back(name + ": no set-up beside it, not compared");
    return;
  }
  const auto bytes = read_maybe_compressed(path.string());
  if (!take(bytes, out)) return;
  const auto capture = parse_pcap(path.string(), *bytes);
  const auto text = read_maybe_compressed(setup_path.string());
  if (!take(capture, out) || !take(text, out)) return;
  const auto setup = parse_tcp_setup(setup_path.string(), *text);
  if (!take(setup, out)) return;
  const Lists recorded = lists_of(connection_of(*capture));
  const Lists got = lists_of(simulate_wire(*setup));
  add_sequence(name, "segments sent, order and sizes", recorded.data, got.data,
               setup->order_tolerance, out);
  if (setup->ack_tolerance == 0)
    add_sequence(name, "acknowledgements", recorded.acks, got.acks, 0, out);
  else
    add_near_acks(name, recorded, got, *setup, out);
  add_probes(name, recorded, got, out);
}

}  // namespace

void validate_tcp(const std::string& folder, Validation& out) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "tcp", error))
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  if (paths.empty()) out.notes.emplace_back("tcp: not there, not compared");
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) validate_capture(path, out);
}

}  // namespace sim
