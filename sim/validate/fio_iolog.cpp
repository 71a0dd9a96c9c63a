// What fio did, as --write_iolog writes it.
//
// Version 3 (fio 3.31 and later): "fio version 3 iolog", then
//   TIMESTAMP FILE add|open|close          TIMESTAMP FILE ACTION OFFSET LENGTH
// with timestamps in us since the job began (seen with fio 3.33). Version 2 has no timestamps;
// there, FILE wait US 0 is a pause since the pause before, and what stands between two pauses comes
// at one instant. Source: fio's HOWTO, "Trace file format v2" and "v3".
//
// fio appends: another first line begins the log of another job, when the one before was over.
//
// Files lie one after the other on the disk, in the order in which they are first named, each as
// long as what is done to it: offsets into a single file, or a device, are places on the disk.
// Bytes become whole sectors. No end of a request is in such a log.

#include <algorithm>

#include "sim/validate/block_trace.hpp"
#include "sim/validate/trace_line.hpp"

namespace sim {

namespace {

constexpr std::string_view first_of_2 = "fio version 2 iolog";
constexpr std::string_view first_of_3 = "fio version 3 iolog";
constexpr std::uint64_t sector_size = 512;
constexpr std::uint64_t longest_log_us = 1'000'000'000'000;
constexpr kev::Instant latest(1'000'000'000'000'000'000);
constexpr std::uint64_t most_offset = std::uint64_t{1} << 50;

enum class Does : std::uint8_t { nothing, read, write, wait, passed_over };

struct ActionRow {
  std::string_view name;
  Does does;
};

constexpr ActionRow actions[] = {
    {"add", Does::nothing},      {"open", Does::nothing},
    {"close", Does::nothing},    {"read", Does::read},
    {"write", Does::write},      {"wait", Does::wait},
    {"sync", Does::passed_over}, {"datasync", Does::passed_over},
    {"trim", Does::passed_over}, {"sync_file_range", Does::passed_over},
};

const ActionRow* find_action(std::string_view name) {
  for (const ActionRow& row : actions)
    if (row.name == name) return &row;
  return nullptr;
}

std::string_view trimmed_line(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(trace_blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(trace_blanks) + 1 - begin);
}

kev::Instant after_us(kev::Instant from, std::uint64_t us) {
  return from + kev::Duration(static_cast<std::int64_t>(us) * 1000);
}

class IologReader {
 public:
  /// The first line of a log.
  bool begin(std::string_view text, TraceLine& line) {
    version_ = text == first_of_2 ? 2 : text == first_of_3 ? 3 : 0;
    began_ = now_;
    return version_ != 0 || line.restart().fail(fmt::format("a log begins with '{}' or '{}'",
                                                            first_of_2, first_of_3));
  }
  [[nodiscard]] bool has_begun() const { return version_ != 0; }
  [[nodiscard]] std::string_view form() const {
    return version_ == 0   ? "fio --write_iolog=FILE writes one"
           : version_ == 2 ? "FILE ACTION [OFFSET LENGTH]"
                           : "TIMESTAMP FILE ACTION [OFFSET LENGTH]";
  }
  bool take(TraceLine& line, int number) {
    if (version_ == 3) {
      std::uint64_t us = 0;
      if (!line.number(us, longest_log_us, "a time in us")) return false;
      now_ = after_us(began_, us);
    }
    const std::string_view file = line.word();
    const std::string_view name = line.word();
    const ActionRow* const action = find_action(name);
    if (action == nullptr)
      return line.fail(name.empty() ? "expected an action, like read"
                                    : fmt::format("unknown action '{}'", name));
    if (now_ > latest) return line.fail("the log lasts for more than 30 years");
    if (action->does == Does::nothing) return ends(line);
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    if (!line.number(offset, most_offset, "an offset in bytes") ||
        !line.number(length, most_traced_sectors * sector_size, "a length in bytes"))
      return false;
    const bool moves = action->does == Does::read || action->does == Does::write;
    if (action->does == Does::wait && version_ == 2)
      now_ = after_us(now_, std::min(offset, longest_log_us));
    else if (!moves || length == 0)
      ++trace_.passed_over;
    else
      add(file, {now_, offset / sector_size, sectors(offset, length), action->does == Does::write,
                 std::nullopt, number});
    return ends(line);
  }

  BlockTrace finish() {
    std::uint64_t begin = 0;
    for (File& file : files_) begin = (file.begin = begin) + file.sectors;
    for (std::size_t i = 0; i < trace_.requests.size(); ++i)
      trace_.requests[i].sector += files_[file_of_[i]].begin;
    return std::move(trace_);
  }

 private:
  struct File {
    std::string_view name;
    std::uint64_t sectors = 0;
    std::uint64_t begin = 0;
  };

  static bool ends(TraceLine& line) {
    return line.word().empty() || line.fail("more fields than the action has");
  }
  static std::uint32_t sectors(std::uint64_t offset, std::uint64_t length) {
    const std::uint64_t end = (offset + length + sector_size - 1) / sector_size;
    return static_cast<std::uint32_t>(end - offset / sector_size);
  }
  void add(std::string_view name, const TracedRequest& request) {
    auto file = std::find_if(files_.begin(), files_.end(),
                             [&](const File& one) { return one.name == name; });
    if (file == files_.end()) file = files_.insert(files_.end(), File{name});
    file->sectors = std::max(file->sectors, request.sector + request.sectors);
    file_of_.push_back(static_cast<std::size_t>(file - files_.begin()));
    trace_.requests.push_back(request);
  }

  int version_ = 0;     ///< 0: no log has begun
  kev::Instant began_;  ///< when the log did
  kev::Instant now_;
  BlockTrace trace_;
  std::vector<File> files_;           ///< in the order in which they are first read or written
  std::vector<std::size_t> file_of_;  ///< of each request
};

}  // namespace

bool is_fio_iolog(std::string_view line) {
  return trimmed_line(line).starts_with("fio version ");
}

kev::Result<BlockTrace> parse_fio_iolog(const std::string& path, std::string_view text) {
  IologReader reader;
  for (TraceLines lines(text); lines.next();) {
    TraceLine line(path, lines, reader.form());
    const bool good = is_fio_iolog(lines.text()) || !reader.has_begun()
                          ? reader.begin(trimmed_line(lines.text()), line)
                          : reader.take(line, lines.number());
    if (!good) return kev::fail(line.error());
  }
  return in_order(path, reader.finish());
}

}  // namespace sim
