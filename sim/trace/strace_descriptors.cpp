#include "sim/trace/strace_descriptors.hpp"

namespace sim {

DescriptorTables::Table& DescriptorTables::table(int pid) {
  std::shared_ptr<Table>& table = tables_[pid];
  if (!table) table = std::make_shared<Table>();
  return *table;
}

DescriptorEntry* DescriptorTables::find(int pid, int number) {
  Table& entries = table(pid);
  const auto found = entries.find(number);
  return found == entries.end() ? nullptr : &found->second;
}

std::optional<DescriptorEntry> DescriptorTables::set(int pid, int number, DescriptorEntry entry) {
  const std::optional<DescriptorEntry> before = close(pid, number);
  table(pid)[number] = entry;
  return before;
}

std::optional<DescriptorEntry> DescriptorTables::close(int pid, int number) {
  Table& entries = table(pid);
  const auto found = entries.find(number);
  if (found == entries.end()) return std::nullopt;
  const DescriptorEntry entry = found->second;
  entries.erase(found);
  return entry;
}

std::vector<int> DescriptorTables::in_range(int pid, int first, int last) {
  std::vector<int> numbers;
  const Table& entries = table(pid);
  for (auto at = entries.lower_bound(first); at != entries.end() && at->first <= last; ++at)
    numbers.push_back(at->first);
  return numbers;
}

void DescriptorTables::share(int parent, int child) {
  table(parent);
  tables_[child] = tables_[parent];
}

std::vector<DescriptorEntry> DescriptorTables::copy(int parent, int child) {
  const auto copied = std::make_shared<Table>(table(parent));
  tables_[child] = copied;
  std::vector<DescriptorEntry> entries;
  for (const auto& [number, entry] : *copied) entries.push_back(entry);
  return entries;
}

std::vector<DescriptorEntry> DescriptorTables::exit(int pid) {
  std::vector<DescriptorEntry> closed;
  const auto found = tables_.find(pid);
  if (found == tables_.end()) return closed;
  if (found->second.use_count() == 1)
    for (const auto& [number, entry] : *found->second) closed.push_back(entry);
  tables_.erase(found);
  return closed;
}

}  // namespace sim
