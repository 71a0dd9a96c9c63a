#include "sim/validate/tcp_setup.hpp"

#include <algorithm>
#include <charconv>

namespace sim {

namespace {

/// Bytes, microseconds, packets: more than a day of anything is a slip of the pen.
constexpr std::int64_t most = 100'000'000'000;

struct Word {
  std::string_view name;
  std::int64_t TcpSetup::* value;
  std::int64_t least = 0;
};

constexpr Word setup_words[] = {
    {"bytes", &TcpSetup::bytes, 1},
    {"write", &TcpSetup::write, 1},
    {"delay_us", &TcpSetup::delay_us},
    {"rate", &TcpSetup::rate},
    {"limit", &TcpSetup::limit},
    {"receive_buffer", &TcpSetup::receive_buffer},
    {"receive_buffer_max", &TcpSetup::receive_buffer_max},
    {"send_buffer", &TcpSetup::send_buffer},
    {"reads_from_us", &TcpSetup::reads_from_us},
    {"until_us", &TcpSetup::until_us},
    {"order_tolerance", &TcpSetup::order_tolerance},
    {"ack_tolerance", &TcpSetup::ack_tolerance},
    {"tick_us", &TcpSetup::tick_us},
    {"tick_phase_us", &TcpSetup::tick_phase_us},
};

bool set(std::string_view name, std::string_view value, TcpSetup& setup) {
  if (name == "stack") {
    setup.stack = find_net_stack(value);
    return setup.stack != nullptr;
  }
  for (const Word& word : setup_words) {
    if (word.name != name) continue;
    const char* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, setup.*word.value);
    return error == std::errc() && rest == end && setup.*word.value >= word.least &&
           setup.*word.value <= most;
  }
  return false;
}

}  // namespace

kev::Result<TcpSetup> parse_tcp_setup(const std::string& path, std::string_view text) {
  TcpSetup setup;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.starts_with("#")) continue;
    const auto space = std::min(line.find(' '), line.size());
    const auto value = std::min(line.find_first_not_of(' ', space), line.size());
    if (!set(line.substr(0, space), line.substr(value), setup))
      return kev::fail("no word and number of a set-up", {path, number, 1},
                       "the words are in sim/validate/tcp_setup.hpp");
  }
  return setup;
}

}  // namespace sim
