#pragma once
// A simulated user program of a queue with a ring: its memory, and what it reads there.

#include "tests/support/queue_user.hpp"

namespace test {

class RingUser {
 public:
  RingUser(TestMachine& m, std::uint32_t slots)
      : m_(m), slots_(slots), bytes_(sizeof(abi::kevent_ring) + slots * sizeof(abi::ukevent)) {
    address_ = m->user.map(bytes_);
    // What the kernel does not write is seen.
    std::memset(m->user.at(address_, bytes_), 0xee, bytes_);
  }

  [[nodiscard]] kev::UserAddress address() const { return address_; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  int init(std::uint32_t flags = 0) { return m_.calls().kevent_init(address_, slots_, flags); }

  long wait(int queue, std::uint32_t num, std::uint32_t old_uidx,
            kev::Duration timeout = kev::Duration::max(), std::uint32_t flags = 0) {
    return m_.calls().kevent_wait(queue, num, old_uidx, sim::to_timespec(timeout), flags);
  }
  long commit(int queue, std::uint32_t index, std::uint32_t over) {
    return m_.calls().kevent_commit(queue, index, over);
  }

  abi::kevent_ring header() { return read<abi::kevent_ring>(0); }
  abi::ukevent slot(std::uint32_t index) {
    return read<abi::ukevent>(sizeof(abi::kevent_ring) + index * sizeof(abi::ukevent));
  }
  /// The id of the event in a slot.
  std::uint32_t id(std::uint32_t index) { return slot(index).id.raw[0]; }

 private:
  template <class T>
  T read(std::size_t offset) {
    T out{};
    std::memcpy(&out, m_->user.at(address_ + offset, sizeof out), sizeof out);
    return out;
  }

  TestMachine& m_;
  const std::uint32_t slots_;
  const std::size_t bytes_;
  kev::UserAddress address_ = 0;
};

}  // namespace test
