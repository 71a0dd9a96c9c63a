#pragma once
// A simulated user program of event queues: user memory, requests, answers.

#include <cstring>
#include <vector>

#include "tests/support/machine_fixture.hpp"

namespace test {

namespace abi = kev::abi;

class QueueUser {
 public:
  static constexpr std::size_t capacity = 16;

  explicit QueueUser(TestMachine& m) : m_(m) {
    requests_ = m->user.map(capacity * sizeof(abi::ukevent));
    events_ = m->user.map(capacity * sizeof(abi::ukevent));
  }

  static abi::ukevent request(std::uint32_t type, std::uint32_t id, std::uint32_t flags = 0,
                              std::uint32_t mask = abi::KEVENT_MASK_ALL) {
    abi::ukevent made{};
    made.type = type;
    made.id = {{id, 0}};
    made.event = mask;
    made.req_flags = flags;
    made.user = id * 100u;
    return made;
  }
  static abi::ukevent unotify(std::uint32_t id, std::uint32_t flags = 0) {
    return request(abi::KEVENT_UNOTIFY, id, flags);
  }

  long control(int queue, std::uint32_t command, const std::vector<abi::ukevent>& requests) {
    if (!requests.empty())
      std::memcpy(m_->user.at(requests_, requests.size() * sizeof(abi::ukevent)), requests.data(),
                  requests.size() * sizeof(abi::ukevent));
    const auto count = static_cast<std::uint32_t>(requests.size());
    return m_.calls().kevent_ctl(queue, command, count, requests_);
  }
  long add(int queue, const abi::ukevent& one) {
    return control(queue, abi::KEVENT_CTL_ADD, {one});
  }
  long remove(int queue, const abi::ukevent& one) {
    return control(queue, abi::KEVENT_CTL_REMOVE, {one});
  }
  long ready(int queue, const abi::ukevent& one) {
    return control(queue, abi::KEVENT_CTL_READY, {one});
  }
  long kick(int queue) { return control(queue, abi::KEVENT_CTL_READY, {}); }
  /// The request array after a call.
  abi::ukevent answer(std::size_t index = 0) {
    abi::ukevent out{};
    const auto at = requests_ + index * sizeof out;
    std::memcpy(&out, m_->user.at(at, sizeof out), sizeof out);
    return out;
  }

  long wait(int queue, std::uint32_t min_nr, std::uint32_t max_nr,
            kev::Duration timeout = kev::Duration::max()) {
    return m_.calls().kevent_get_events(queue, min_nr, max_nr, sim::to_timespec(timeout), events_);
  }
  abi::ukevent event(std::size_t index = 0) {
    abi::ukevent out{};
    const auto at = events_ + index * sizeof out;
    std::memcpy(&out, m_->user.at(at, sizeof out), sizeof out);
    return out;
  }
  [[nodiscard]] kev::UserAddress events_address() const { return events_; }

 private:
  TestMachine& m_;
  kev::UserAddress requests_ = 0;
  kev::UserAddress events_ = 0;
};

}  // namespace test
