#include "sim/trace/strace_files.hpp"

#include <algorithm>

namespace sim {

int FileLog::record(std::string_view path) {
  const auto found = by_path_.find(path);
  if (found != by_path_.end()) return found->second;
  const int index = static_cast<int>(records_.size());
  records_.push_back(Record{std::string(path), 0, 0, -1, {}});
  by_path_.emplace(std::string(path), index);
  return index;
}

int FileLog::open(int record) {
  opened_.push_back(OpenFile{record, 0});
  return static_cast<int>(opened_.size()) - 1;
}

void FileLog::has_size(int record, std::int64_t size) {
  at(record).size = std::max(at(record).size, size);
}

int FileLog::sent(int record, std::int64_t end) {
  Record& file = at(record);
  file.sent_end = std::max(file.sent_end, end);
  if (file.plan_index < 0) {
    file.plan_index = static_cast<int>(sent_.size());
    sent_.push_back(record);
  }
  return file.plan_index;
}

void FileLog::call(int record, std::string_view name, std::string_view ignored_because) {
  for (CallCount& count : at(record).calls) {
    if (count.call == name && count.reason == ignored_because) {
      ++count.count;
      return;
    }
  }
  at(record).calls.push_back(CallCount{std::string(name), std::string(ignored_because), 1});
}

void FileLog::finish(ReplayPlan& plan, CallAccounts& accounts) const {
  for (const int index : sent_)
    plan.files.push_back(ReplayFile{at(index).path, std::max(at(index).size, at(index).sent_end)});
  for (const Record& file : records_) {
    for (const CallCount& count : file.calls) {
      if (file.plan_index >= 0)
        accounts.matched(count.call, "file sent to a client", count.count);
      else
        accounts.ignored(count.call, count.reason, count.count);
    }
  }
}

}  // namespace sim
