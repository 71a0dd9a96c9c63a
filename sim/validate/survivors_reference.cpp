// Page replacement: who survives a scan, below page-cache/. A text file of cases, one a line.

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/block/elevator.hpp"
#include "sim/validate/reference.hpp"
#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/page_cache.hpp"

namespace sim {

namespace {

constexpr std::int64_t not_recorded = -1;
constexpr std::int64_t tolerance_percent = 1;

struct SurvivorsCase {
  int line = 0;
  std::int64_t limit = 0;
  std::int64_t hot = 0;
  std::int64_t reads = 0;
  std::int64_t scan = 0;
  std::int64_t hot_left = not_recorded;
  std::int64_t scan_left = not_recorded;
};

/// A kernel with nothing but a page cache: what is read is there at once.
class CacheAlone {
 public:
  explicit CacheAlone(std::int64_t pages)
      : recorder_(engine_),
        kernel_(engine_, recorder_, chooser_, stacks_, options()),
        faults_(recorder_, chooser_, Random(1), false),
        disk_(kernel_, faults_, find_disk_kind("ssd")->make(engine_, "970-pro"),
              find_elevator_kind("noop")->make({}), BlockParams{}),
        cache_(kernel_, faults_, static_cast<std::uint64_t>(pages),
               *find_replacement_rules("linux-6.1")) {}
  ~CacheAlone() { kernel_.shut_down(); }
  CacheAlone(const CacheAlone&) = delete;
  CacheAlone& operator=(const CacheAlone&) = delete;

  /// Pages of the hot file and of the scanned one that are left.
  std::pair<std::int64_t, std::int64_t> run(const SurvivorsCase& recorded) {
    Inode hot(kernel_, disk_, spec_of(1, recorded.hot));
    Inode scanned(kernel_, disk_, spec_of(2, recorded.scan));
    kernel_.spawn("reader", ContextKind::process, [&] {
      for (std::int64_t i = 0; i < recorded.reads; ++i) read(hot);
      read(scanned);
    });
    kernel_.run();
    const auto left = std::pair(static_cast<std::int64_t>(hot.cached_pages()),
                                static_cast<std::int64_t>(scanned.cached_pages()));
    kernel_.shut_down();
    return left;
  }

 private:
  static KernelOptions options() {
    KernelOptions options;
    options.costs = find_cost_profile("none");
    return options;
  }
  static InodeSpec spec_of(std::uint64_t id, std::int64_t pages) {
    return {id, {}, static_cast<std::uint64_t>(pages) * page_bytes, {}};
  }

  void read(Inode& inode) {
    for (std::uint64_t index = 0; index < inode.page_count(); ++index) {
      Page* page = cache_.find_get(inode, index);
      if (page == nullptr) {
        page = cache_.allocate();
        KEV_CHECK(page != nullptr);
        KEV_CHECK(cache_.add(*page, inode, index) == 0);
        cache_.finish_hole(*page);
      }
      cache_.mark_accessed(*page);
      cache_.put(*page);
    }
  }

  Engine engine_;
  Recorder recorder_;
  PlainChooser chooser_;
  StackPool stacks_;
  Kernel kernel_;
  Faults faults_;
  DiskHost disk_;
  PageCache cache_;
};

/// False when the line is no case.
bool parse_case(const std::string& line, SurvivorsCase& out) {
  std::istringstream words(line);
  std::string hot_left;
  std::string scan_left;
  std::string more;
  if (!(words >> out.limit >> out.hot >> out.reads >> out.scan >> hot_left >> scan_left) ||
      words >> more)
    return false;
  const auto number = [](const std::string& word, std::int64_t& value) {
    if (word == "-") return true;
    char* end = nullptr;
    value = std::strtoll(word.c_str(), &end, 10);
    return end != word.c_str() && *end == '\0' && value >= 0;
  };
  const bool positive = out.limit > 0 && out.hot > 0 && out.reads > 0 && out.scan > 0;
  return positive && number(hot_left, out.hot_left) && number(scan_left, out.scan_left);
}

std::vector<SurvivorsCase> read_cases(const std::string& path, Validation& out) {
  std::vector<SurvivorsCase> cases;
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    SurvivorsCase one;
    one.line = number;
    if (parse_case(line, one))
      cases.push_back(one);
    else
      out.errors.push_back({"not understood: '" + line + "'",
                            {path, number, 1},
                            "six columns: limit, hot, reads, scan, hot-left, scan-left",
                            {},
                            1});
  }
  return cases;
}

/// What else the group pays for: the limit less the pages of a case that filled it.
std::int64_t other_pages(const std::vector<SurvivorsCase>& cases) {
  for (const SurvivorsCase& one : cases)
    if (one.hot_left != not_recorded && one.scan_left != not_recorded)
      return one.limit - one.hot_left - one.scan_left;
  return 0;
}

std::string left_text(const SurvivorsCase& one, std::int64_t hot, std::int64_t scanned) {
  const std::string scan = scanned == not_recorded ? "" : fmt::format("; {} of the scan", scanned);
  const std::string left = hot == not_recorded ? "some" : fmt::format("{}", hot);
  return fmt::format("{} of {} hot pages left{}", left, one.hot, scan);
}

bool close_enough(std::int64_t recorded, std::int64_t got, std::int64_t of) {
  return recorded == not_recorded || std::abs(recorded - got) * 100 <= of * tolerance_percent;
}

void validate_file(const std::string& reference, const std::string& path, Validation& out) {
  const std::vector<SurvivorsCase> cases = read_cases(path, out);
  const std::int64_t other = other_pages(cases);
  std::uint64_t passed = 0;
  for (const SurvivorsCase& one : cases) {
    CacheAlone cache(one.limit - other);
    const auto [hot, scanned] = cache.run(one);
    const bool close =
        close_enough(one.hot_left, hot, one.hot) && close_enough(one.scan_left, scanned, one.limit);
    if (close) ++passed;
    const bool same = (one.hot_left == not_recorded || one.hot_left == hot) &&
                      (one.scan_left == not_recorded || one.scan_left == scanned);
    if (same) continue;
    out.differs(
        {reference, fmt::format("line {}", one.line),
         fmt::format("\n  recorded: {}\n  kevsim:   {}",
                     left_text(one, one.hot_left, one.scan_left), left_text(one, hot, scanned))},
        tolerance_if(close));
  }
  ReferenceRow row = exact_row(reference, "pages left after a scan", cases.size(), passed);
  row.tolerance = fmt::format("{} %", tolerance_percent);
  out.rows.push_back(std::move(row));
}

}  // namespace

void validate_survivors(const std::string& folder, Validation& out) {
  const std::string reference = "page-cache/survivors";
  const std::string path = folder + "/" + reference + ".txt";
  std::error_code error;
  if (std::filesystem::exists(path, error))
    validate_file(reference, path, out);
  else
    out.notes.push_back(reference + ": not there, not compared");
}

}  // namespace sim
