// TCP goodput over one link, against what the literature says it is: tcp/goodput.txt.
//
//   # congestion  rate (Mbit/s)  rtt (ms)  loss  ns-3 3.37 (Mbit/s)
//   newreno       100            20        0.001 16.4
//
// Without loss: all of the link but the headers, within 3 %. With random loss, within 10 %:
//   newreno  Padhye, Firoiu, Towsley, Kurose, "Modeling TCP throughput", SIGCOMM 1998, equation 32,
//            with b = 2 (delayed acknowledgements) and a timeout of 200 ms more than the round
//            trip: 1 / (RTT sqrt(2bp/3) + T0 min(1, 3 sqrt(3bp/8)) p (1 + 32 p^2)) segments/s
//   cubic    RFC 8312, section 5.1: a mean window of 1.054 (RTT/p)^(3/4) segments, or that of the
//            TCP-friendly region if it is larger: 1.2 / sqrt(p); in the time that timeouts leave,
//            as in the formula above
//   bic      the rules of growth and decrease of Xu, Harfoush and Rhee 2004 with Linux 2.6.18's
//            constants, followed round trip by round trip. (The paper's formula is for a window
//            that soon leaves its last maximum; Linux stays there for some 40 round trips.)
// What ns-3 came to on the same link is shown as a third opinion; it is not a criterion.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "sim/engine/random.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/reference.hpp"
#include "sim/validate/tcp_wire.hpp"

namespace sim {

namespace {

constexpr double mss = 1448;
constexpr double frame_bytes = mss + 52 + 14;
constexpr double least_timeout_s = 0.2;
constexpr double acked_at_once = 2;
constexpr int bic_low_window = 14;
constexpr int bic_beta_1024 = 819;

struct Measured {
  std::string congestion;
  double mbit_per_s = 0;
  double rtt_ms = 0;
  double loss = 0;
  double ns3 = 0;
};

/// Share of its time that a connection does not wait for a timeout costs, in s a segment.
double timeout_cost(double p, double rtt_s) {
  const double often = std::min(1.0, 3 * std::sqrt(3 * acked_at_once * p / 8));
  return (least_timeout_s + rtt_s) * often * p * (1 + 32 * p * p);
}

/// Acknowledgements of two segments that the window takes for its next step, besides one, by the
/// rules of Linux 2.6.18's tcp_bic.c.
int bic_acks(int size, int max) {
  double segments = size / 16.0;
  if (size <= bic_low_window)
    segments = size;
  else if (size < max + 4 && size >= max - 4)
    segments = 5.0 * size;
  else if (size < max)
    segments = size / std::min((max - size) / 4.0, 16.0);
  else if (size < max + 48)
    segments = 3.0 * size / (size - max);
  return std::max(static_cast<int>(segments / acked_at_once), 1);
}

/// Mean window when each packet is lost with that probability; a round trip for each window, and
/// one more for each repair.
double bic_window(double p) {
  constexpr int rounds = 100'000;
  Random random(1);
  int size = 20;
  int max = 0;
  int acks = 0;
  double sent = 0;
  for (int round = 0; round < rounds; ++round) {
    sent += size;
    bool lost = false;
    for (int i = 0; i < size; ++i) lost = random.chance(p) || lost;
    for (int i = 0; !lost && i < size / 2; ++i) {
      const bool step = acks >= bic_acks(size, max);
      size += step ? 1 : 0;
      acks = step ? 0 : acks + 1;
    }
    if (!lost) continue;
    max = size < max ? size * (1024 + bic_beta_1024) / 2048 : size;
    size = std::max(size <= bic_low_window ? size / 2 : size * bic_beta_1024 / 1024, 2);
    sent += size;
    ++round;
  }
  return sent / rounds;
}

/// Bits a second.
double expected(const Measured& link) {
  const double most = link.mbit_per_s * 1e6 * mss / frame_bytes;
  if (link.loss == 0) return most;
  const double rtt = link.rtt_ms / 1000;
  const double p = link.loss;
  double segment_s = rtt * std::sqrt(2 * acked_at_once * p / 3);
  if (link.congestion == "cubic")
    segment_s = rtt / std::max(1.054 * std::pow(rtt / p, 0.75), 1.2 / std::sqrt(p));
  if (link.congestion == "bic") return std::min(most, mss * 8 * bic_window(p) / rtt);
  return std::min(most, mss * 8 / (segment_s + timeout_cost(p, rtt)));
}

double simulated(const Measured& link, const CongestionControl& congestion) {
  constexpr std::int64_t seconds = 600;
  TcpSetup setup;
  setup.congestion = &congestion;
  setup.bytes = INT64_MAX / 4;
  setup.delay_us = static_cast<std::int64_t>(link.rtt_ms * 500);
  setup.rate = static_cast<std::int64_t>(link.mbit_per_s * 1e6);
  setup.limit = 1000;
  setup.receive_buffer = 4 << 20;
  setup.send_buffer = 4 << 20;
  setup.loss = link.loss;
  setup.until_us = link.loss == 0 ? 60'000'000 : seconds * 1'000'000;
  const WireResult result = measure_wire(setup, 1);
  return static_cast<double>(result.received_bytes) * 8e6 / static_cast<double>(setup.until_us);
}

void validate_link(const Measured& link, Validation& out) {
  const CongestionControl* congestion = find_congestion_control(link.congestion);
  if (congestion == nullptr) return;
  const double theory = expected(link);
  const double got = simulated(link, *congestion);
  const double tolerance = link.loss == 0 ? 0.03 : 0.10;
  const double off = got / theory - 1;
  ReferenceRow row;
  row.reference = fmt::format("tcp/goodput {} {}%", link.congestion, link.loss * 100);
  row.compared = fmt::format("{:.1f} Mbit/s; published {:.1f}, ns-3 {:.1f}", got / 1e6,
                             theory / 1e6, link.ns3);
  row.tolerance = fmt::format("{:.0f} %", tolerance * 100);
  row.cases = 1;
  row.passed = std::abs(off) <= tolerance ? 1 : 0;
  row.value = off;
  if (!row.ok())
    out.mismatches.push_back(
        {row.reference, "goodput", fmt::format("{:+.1f} % of the published formula\n", off * 100)});
  out.rows.push_back(row);
}

}  // namespace

void validate_goodput(const std::string& folder, Validation& out) {
  const std::string path = folder + "/tcp/goodput.txt";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    out.notes.emplace_back("tcp/goodput: not there, not compared");
    return;
  }
  const auto text = read_maybe_compressed(path);
  if (!text) {
    out.errors.insert(out.errors.end(), text.error().begin(), text.error().end());
    return;
  }
  std::istringstream lines(*text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Measured link;
    words >> link.congestion >> link.mbit_per_s >> link.rtt_ms >> link.loss >> link.ns3;
    const bool possible = link.mbit_per_s > 0 && link.mbit_per_s < 1e6 && link.rtt_ms > 0 &&
                          link.rtt_ms < 1e5 && link.loss >= 0 && link.loss < 1 && link.ns3 >= 0;
    if (!words || !possible || find_congestion_control(link.congestion) == nullptr)
      out.errors.push_back(
          {"no link to measure", {path, number, 1}, "congestion rate rtt loss ns-3", line, 1});
    else
      validate_link(link, out);
  }
}

}  // namespace sim
