#pragma once
// The files a captured program touched. Only when the capture is over is it known which of them
// were sent, so calls on files are kept by file until then.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/replay_plan.hpp"
#include "sim/trace/strace_accounts.hpp"

namespace sim {

/// A file that is open, through one or more descriptors that share a position.
struct OpenFile {
  int record = -1;
  std::int64_t position = 0;
};

class FileLog {
 public:
  /// The record of a path, made at first use.
  int record(std::string_view path);
  int open(int record);
  [[nodiscard]] OpenFile& opened(int open_file) {
    return opened_[static_cast<std::size_t>(open_file)];
  }

  [[nodiscard]] const OpenFile& opened(int open_file) const {
    return opened_[static_cast<std::size_t>(open_file)];
  }

  [[nodiscard]] const std::string& path(int record) const { return at(record).path; }

  /// stat said so. Files grow: the largest size counts.
  void has_size(int record, std::int64_t size);

  /// 0 when no stat was seen.
  [[nodiscard]] std::int64_t size(int record) const { return at(record).size; }

  /// A part up to `end` was sent to a client: index of the file in the plan.
  int sent(int record, std::int64_t end);

  /// A call that is part of the workload if, and only if, the file is sent some time.
  void call(int record, std::string_view name, std::string_view ignored_because);

  /// Hands the files to the plan and their calls to the accounts.
  void finish(ReplayPlan& plan, CallAccounts& accounts) const;

 private:
  struct Record {
    std::string path;
    std::int64_t size = 0;
    std::int64_t sent_end = 0;
    int plan_index = -1;
    std::vector<CallCount> calls;
  };
  [[nodiscard]] const Record& at(int record) const {
    return records_[static_cast<std::size_t>(record)];
  }
  [[nodiscard]] Record& at(int record) { return records_[static_cast<std::size_t>(record)]; }

  std::vector<Record> records_;
  std::map<std::string, int, std::less<>> by_path_;
  std::vector<OpenFile> opened_;
  std::vector<int> sent_;  ///< records in the order in which they were first sent
};

}  // namespace sim
