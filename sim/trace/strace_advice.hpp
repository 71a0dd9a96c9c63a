#pragma once
// Which request each posix_fadvise(2) and readahead(2) of a capture goes with.
//
// What brings or drops pages (WILLNEED, DONTNEED, NOREUSE, readahead) is about the file: it goes
// with the next request that sends of this file, before the part that comes next; what no request
// comes after goes with the last one, after its body. What says how a descriptor will be read
// (NORMAL, SEQUENTIAL, RANDOM) holds as long as the file is open: a server that opens a file for
// each request tells it anew for each, so it goes with every request that begins on that open file.
// Accounts: what no request could take is ignored.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/replay_plan.hpp"
#include "sim/trace/strace_accounts.hpp"

namespace sim {

/// A request of the plan under construction.
struct RequestPlace {
  int connection = -1;
  std::size_t index = 0;
};

/// What was told before a part of a file was sent.
struct ToldBefore {
  std::vector<ReplayAdvice> pages;  ///< since the part before, about what the file has in memory
  std::optional<ReplayAdvice> reading;  ///< of the descriptor
  bool reading_is_new = false;          ///< no part was sent since
};

class AdviceLog {
 public:
  void given(int record, int open_file, const ReplayAdvice& advice, std::string_view call);
  /// A part of the file is being sent; `open_file` -1: not known.
  [[nodiscard]] ToldBefore take(int record, int open_file);
  void sent(int record, RequestPlace request) { last_[record] = request; }

  struct Late {
    RequestPlace request;
    ReplayAdvice advice;
  };
  /// What came after the last part that was sent of its file, and the accounts of all.
  [[nodiscard]] std::vector<Late> finish(CallAccounts& accounts);

 private:
  struct Told {
    ReplayAdvice advice;
    std::string call;
  };
  struct Reading {
    std::optional<Told> told;
    bool used = false;  ///< a request has begun since
  };
  void replayed(const std::string& call) { ++replayed_[call]; }
  void not_replayed(const std::string& call) { ++not_replayed_[call]; }

  std::map<int, std::vector<Told>> waiting_;  ///< by record
  std::map<int, Reading> reading_;            ///< by open file
  std::map<int, RequestPlace> last_;          ///< by record
  std::map<std::string, std::int64_t> replayed_;
  std::map<std::string, std::int64_t> not_replayed_;
};

}  // namespace sim
