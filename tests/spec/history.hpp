#pragma once
// Histories written by hand: calls with their begin and end.

#include "model/spec/call.hpp"

namespace test {

namespace abi = kev::abi;
namespace spec = kev::spec;
using spec::Answer;
using spec::Call;
using spec::CallKind;
using spec::Moment;
using spec::Timeout;

inline abi::ukevent unotify(std::uint32_t id, std::uint32_t flags = 0) {
  abi::ukevent made{};
  made.type = abi::KEVENT_UNOTIFY;
  made.id = {{id, 0}};
  made.event = abi::KEVENT_MASK_ALL;
  made.req_flags = flags;
  made.user = 100 + id;
  return made;
}

inline abi::ukevent done(abi::ukevent event, std::uint32_t more = 0) {
  event.ret_flags = abi::KEVENT_RET_DONE | more;
  return event;
}

inline Call control(CallKind kind, std::vector<abi::ukevent> requests) {
  Call call;
  call.kind = kind;
  call.requests = std::move(requests);
  return call;
}

inline Call get(std::uint32_t min, std::uint32_t max, Timeout timeout = Timeout::none) {
  Call call;
  call.kind = CallKind::get_events;
  call.min = min;
  call.max = max;
  call.timeout = timeout;
  return call;
}

inline Answer value(long number) {
  Answer answer;
  answer.value = number;
  return answer;
}

/// The answer of a control call that left its requests like this.
inline Answer left(long number, std::vector<abi::ukevent> requests) {
  Answer answer = value(number);
  answer.requests = std::move(requests);
  return answer;
}

inline Answer events(std::vector<abi::ukevent> shown) {
  Answer answer = value(static_cast<long>(shown.size()));
  answer.events = std::move(shown);
  return answer;
}

class Story {
 public:
  Story& call(std::uint32_t thread, Moment begin, Moment end, Call made, Answer answer = {}) {
    history.calls.push_back({thread, begin, end, std::move(made), std::move(answer)});
    if (history.threads <= thread) history.threads = thread + 1;
    return *this;
  }
  spec::History history;
};

}  // namespace test
