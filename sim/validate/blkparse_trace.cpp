// Block traces as blkparse prints them: what was issued to a disk, and when it was done.
//
// A line, as blkparse(1) describes its default output:
//   MAJ,MIN CPU SEQUENCE SECONDS PID ACTION RWBS SECTOR + SECTORS [NAME]
// Of the actions three count: D, a request goes to the driver (it is what btrecord replays, too);
// C, one is complete; R, the driver gave one back, so that it will be issued again. The others tell
// of the same requests earlier. A completion belongs to the request that begins at its sector. With
// no R and no W among its RWBS, or without sectors, a request moves no data. At "CPU" or "Total"
// the summary begins, which is not read; "Input file NAME added" is printed before or after all.

#include <algorithm>

#include "sim/validate/block_trace.hpp"
#include "sim/validate/trace_line.hpp"

namespace sim {

namespace {

constexpr std::string_view blkparse_form =
    "MAJ,MIN CPU SEQUENCE SECONDS PID ACTION RWBS SECTOR + SECTORS [NAME]";
constexpr std::size_t fraction_digits = 9;
constexpr std::int64_t longest_seconds = 1'000'000'000;

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_device(std::string_view word) {
  const std::size_t comma = word.find(',');
  return comma != std::string_view::npos && all_digits(word.substr(0, comma)) &&
         all_digits(word.substr(comma + 1));
}

bool names_input(std::string_view line) {
  return line.starts_with("Input file ");
}

bool begins_summary(std::string_view line) {
  return line.starts_with("CPU") || line.starts_with("Total");
}

/// SECONDS with up to nine digits after the point, without a detour over floating point.
bool read_seconds(TraceLine& line, kev::Instant& at) {
  const std::string_view word = line.word();
  const std::size_t point = std::min(word.find('.'), word.size());
  const std::string_view whole = word.substr(0, point);
  const std::string_view fraction = word.substr(std::min(point + 1, word.size()));
  std::int64_t seconds = 0;
  const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  if (!all_digits(whole) || !all_digits(fraction) || fraction.size() > fraction_digits ||
      read.ec != std::errc() || seconds > longest_seconds)
    return line.fail(fmt::format("expected a time in seconds, like 0.001234567, not '{}'", word));
  std::int64_t ns = 0;
  for (std::size_t i = 0; i < fraction_digits; ++i)
    ns = ns * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  at = kev::Instant(seconds * 1'000'000'000 + ns);
  return true;
}

/// What a line says of a request.
struct BlkEvent {
  std::string_view device;
  std::string_view action;
  kev::Instant at;
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;  ///< 0: it moves no data
  bool write = false;
};

/// SECTOR + SECTORS; of a flush neither, of a packet command something else.
bool read_sectors(TraceLine& line, BlkEvent& event) {
  TraceLine ahead = line;
  if (!all_digits(ahead.word())) return true;
  const std::string_view sign = ahead.word();
  if (sign != "+" && (sign.starts_with('[') || sign.starts_with('('))) return true;
  if (!line.number<std::uint64_t>(event.sector, UINT64_MAX / 2, "a sector")) return false;
  if (line.word() != "+") return line.fail(fmt::format("expected +, not '{}'", sign));
  if (!line.number(event.sectors, most_traced_sectors, "a number of sectors")) return false;
  return event.sectors != 0 || line.fail("a request of no sectors");
}

bool read_event(TraceLine& line, BlkEvent& event) {
  event.device = line.word();
  if (!is_device(event.device))
    return line.fail(fmt::format("expected a device, like 8,0, not '{}'", event.device));
  std::int64_t unused = 0;
  if (!line.number<std::int64_t>(unused, INT32_MAX, "a CPU") ||
      !line.number<std::int64_t>(unused, INT64_MAX, "a sequence number") ||
      !read_seconds(line, event.at) ||
      !line.number<std::int64_t>(unused, INT32_MAX, "a process id"))
    return false;
  event.action = line.word();
  if (event.action.empty()) return line.fail("expected an action, like D");
  if (event.action != "D" && event.action != "C" && event.action != "R") return true;
  const std::string_view kind = line.word();
  if (kind.empty()) return line.fail("expected what it does, like R or WS");
  event.write = kind.find('W') != std::string_view::npos;
  if (!event.write && kind.find('R') == std::string_view::npos) return true;
  return read_sectors(line, event);
}

class BlkparseReader {
 public:
  bool take(TraceLine& line, int number) {
    BlkEvent event;
    if (!read_event(line, event)) return false;
    if (event.action == "D") return issue(event, line, number);
    if (event.action == "C") complete(event);
    if (event.action == "R") give_back(event);
    return true;
  }
  BlockTrace finish() {
    std::erase_if(trace_.requests, [](const TracedRequest& one) { return one.sectors == 0; });
    return std::move(trace_);
  }

 private:
  bool issue(const BlkEvent& event, TraceLine& line, int number) {
    if (device_.empty()) device_ = event.device;
    if (event.device != device_)
      return line.restart().fail(fmt::format("requests of {} after those of {}: one disk at a time",
                                             event.device, device_));
    if (event.sectors == 0) {
      ++trace_.passed_over;
      return true;
    }
    at_disk_.push_back(trace_.requests.size());
    trace_.requests.push_back(
        {event.at, event.sector, event.sectors, event.write, std::nullopt, number});
    return true;
  }
  /// The request at the disk that it is about; null: it was issued before the trace began.
  TracedRequest* leave(const BlkEvent& event) {
    if (event.sectors == 0 || event.device != device_) return nullptr;
    const auto found = std::find_if(at_disk_.begin(), at_disk_.end(), [&](std::size_t index) {
      const TracedRequest& one = trace_.requests[index];
      return one.sector == event.sector && one.write == event.write;
    });
    if (found == at_disk_.end()) return nullptr;
    TracedRequest& request = trace_.requests[*found];
    at_disk_.erase(found);
    return &request;
  }
  void complete(const BlkEvent& event) {
    TracedRequest* const request = leave(event);
    if (request != nullptr && event.at > request->arrives)
      request->service = event.at - request->arrives;
  }
  void give_back(const BlkEvent& event) {
    if (TracedRequest* const request = leave(event)) request->sectors = 0;
  }

  BlockTrace trace_;
  std::string_view device_;
  std::vector<std::size_t> at_disk_;  ///< requests by number, in order of issue
};

}  // namespace

bool is_blkparse(std::string_view line) {
  if (names_input(line)) return true;
  const std::size_t begin = std::min(line.find_first_not_of(trace_blanks), line.size());
  line.remove_prefix(begin);
  return is_device(line.substr(0, line.find_first_of(trace_blanks)));
}

kev::Result<BlockTrace> parse_blkparse(const std::string& path, std::string_view text) {
  BlkparseReader reader;
  for (TraceLines lines(text); lines.next() && !begins_summary(lines.text());) {
    if (names_input(lines.text())) continue;
    TraceLine line(path, lines, blkparse_form);
    if (!reader.take(line, lines.number())) return kev::fail(line.error());
  }
  return in_order(path, reader.finish());
}

}  // namespace sim
