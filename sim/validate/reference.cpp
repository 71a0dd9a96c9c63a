#include "sim/validate/reference.hpp"

#include <filesystem>

namespace sim {

namespace {

constexpr ReferenceKind kinds[] = {
    {"readahead", "what Linux 2.6.18, 6.1 and 6.18 read ahead", &validate_readahead},
    {"page-cache", "which pages Linux keeps", &validate_survivors},
    {"disksim", "service times measured on hard disks", &validate_disks},
    {"block", "the order in which Linux 6.1 sent requests to a disk", &validate_block},
    {"ssd", "response times of flash drives", &validate_ssd},
    {"epoll", "what sockets and pipes show to poll and epoll on Linux 6.18", &validate_epoll},
    {"tcp", "what Linux 6.1 put on the wire", &validate_tcp},
    {"goodput", "TCP throughput as published", &validate_goodput},
};

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
  for (const ReferenceKind& kind : kinds) kind.validate(folder, out);
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
