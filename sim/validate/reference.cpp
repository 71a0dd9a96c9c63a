#include "sim/validate/reference.hpp"

#include <algorithm>
#include <filesystem>

namespace sim {

namespace {

namespace fs = std::filesystem;

constexpr ReferenceKind kinds[] = {
    {"readahead", "readahead", "what Linux 2.6.18, 6.1 and 6.18 read ahead", &validate_readahead},
    {"page-cache", "page-cache", "which pages Linux keeps", &validate_survivors},
    {"disksim", "disksim", "service times measured on hard disks", &validate_disks},
    {"block", "block", "the order in which Linux 6.1 sent requests to a disk", &validate_block},
    {"ssd", "ssd", "response times of flash drives", &validate_ssd},
    {"epoll", "epoll", "what sockets and pipes show to poll and epoll on Linux 6.18",
     &validate_epoll},
    {"tcp", "tcp", "what Linux 6.1 put on the wire", &validate_tcp},
    {"goodput", "tcp", "TCP throughput as published", &validate_goodput},
};

bool has_references(const fs::path& root) {
  std::error_code error;
  return std::any_of(std::begin(kinds), std::end(kinds), [&](const ReferenceKind& kind) {
    return fs::is_directory(root / kind.folder, error);
  });
}

/// The folder as it is called, without a slash at its end or a "." in it.
fs::path plain(const std::string& folder) {
  const fs::path path = (fs::path(folder) / ".").lexically_normal();
  fs::path named = path.has_filename() ? path : path.parent_path();
  if (named.filename() != "." && named.filename() != "..") return named;
  std::error_code error;
  fs::path absolute = fs::canonical(named, error);
  return error ? named : absolute;
}

}  // namespace

std::span<const ReferenceKind> reference_kinds() {
  return kinds;
}

Validation validate_references(const std::string& folder) {
  Validation out;
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    out.errors.push_back({"there is no such folder", {folder, 0, 0}, {}, {}, 1});
    return out;
  }
  const fs::path path = plain(folder);
  if (has_references(path)) {
    for (const ReferenceKind& kind : kinds) kind.validate(path.string(), out);
    return out;
  }
  bool known = false;
  for (const ReferenceKind& kind : kinds) {
    if (path.filename() != kind.folder) continue;
    kind.validate(path.parent_path().empty() ? "." : path.parent_path().string(), out);
    known = true;
  }
  if (known) return out;
  if (is_readahead_folder(path.string()))
    validate_readahead_folder(path.string(), out);
  else
    out.notes.push_back(folder +
                        ": none of the folders readahead, page-cache, disksim, block, "
                        "ssd, epoll and tcp, and none of these itself");
  return out;
}

ReferenceRow exact_row(std::string reference, std::string compared, std::uint64_t cases,
                       std::uint64_t passed) {
  ReferenceRow row;
  row.reference = std::move(reference);
  row.compared = std::move(compared);
  row.tolerance = "exact";
  row.cases = cases;
  row.passed = passed;
  if (cases != 0) row.value = static_cast<double>(passed) / static_cast<double>(cases);
  return row;
}

}  // namespace sim
