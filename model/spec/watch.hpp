#pragma once
// Online monitors of one queue: told of each begin and end of a call, they say at once when a
// promise is broken, in words. They need no search, so they suit long runs; what they call broken
// is broken in every order of the overlapping calls. The linearizability check finds more, and
// afterwards.
//
// A watch writes the history itself: whoever makes calls says begin() before and end() after, and
// reads broken(). At exact quiescence at_rest(), after the last close closed().

#include <cstdint>
#include <vector>

#include "model/spec/call.hpp"
#include "model/spec/ledger.hpp"
#include "model/spec/promises.hpp"
#include "model/spec/recorder.hpp"

namespace kev::spec {

/// What is left after everything was closed.
struct Leftovers {
  std::int64_t objects = 0;
  std::int64_t descriptors = 0;
};

class Watch {
 public:
  /// The call's index, for end().
  std::uint32_t begin(std::uint32_t thread, Call call);
  void end(std::uint32_t call, Answer answer);
  /// Nothing can happen any more: calls that have not ended sleep for ever.
  void at_rest();
  void closed(const Leftovers& leftovers);

  [[nodiscard]] History& history() { return recorder_.history; }
  [[nodiscard]] const std::vector<Broken>& broken() const { return broken_; }

 private:
  void report(std::string_view promise, std::string message) {
    broken_.push_back({promise, std::move(message)});
  }
  // Each looks at a call that has just ended; the ledger is that of before its end.
  void check_contract(const CallRecord& record);
  void check_requests(const CallRecord& record);
  void check_versions(const CallRecord& record);
  void check_oneshots(const CallRecord& record);
  void check_lost(const CallRecord& record);
  void check_order(const CallRecord& record);
  void check_starvation(const CallRecord& record);
  void check_ring(const CallRecord& record);
  void check_sleeper(std::uint32_t call, std::uint64_t ready);

  Recorder recorder_;
  Ledger ledger_;
  std::vector<Broken> broken_;
  // The ring: what is certain of its positions, and what may be.
  std::uint64_t least_produced_ = 0;
  std::uint64_t most_produced_ = 0;
  std::uint64_t least_committed_ = 0;
  std::uint64_t most_committed_ = 0;
  std::vector<std::uint64_t> committed_before_;  ///< by call: what was certain when it began
};

}  // namespace kev::spec
