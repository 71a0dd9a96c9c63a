#pragma once
// Writes a history while it happens: whoever makes a call says so before and after.

#include <utility>

#include "model/spec/call.hpp"

namespace kev::spec {

class Recorder {
 public:
  /// The call's index, for end().
  std::uint32_t begin(std::uint32_t thread, Call call) {
    history.calls.push_back({thread, ++now_, never, std::move(call), {}});
    if (history.threads <= thread) history.threads = thread + 1;
    return static_cast<std::uint32_t>(history.calls.size() - 1);
  }
  void end(std::uint32_t call, Answer answer) {
    history.calls[call].answer = std::move(answer);
    history.calls[call].end = ++now_;
  }

  History history;

 private:
  Moment now_ = 0;
};

}  // namespace kev::spec
