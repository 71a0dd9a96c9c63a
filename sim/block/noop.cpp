// The noop elevator: first in, first out (Linux, block/noop-iosched.c). Requests are merged through
// the queue's index; 2.6.18 itself tried only the last merged request, the index came with 2.6.19.

#include "sim/block/elevator.hpp"

namespace sim {

namespace {

class Noop final : public Elevator {
 public:
  void add(Request& request, kev::Instant) override { fifo_.push_back(request); }

  Request* next(kev::Instant) override {
    if (fifo_.empty()) return nullptr;
    Request& request = fifo_.front();
    fifo_.pop_front();
    return &request;
  }

  [[nodiscard]] bool empty() const override { return fifo_.empty(); }

  void moved(Request&, std::uint64_t) override {}
  void absorbed(Request&, Request& from) override { fifo_.erase(fifo_.iterator_to(from)); }

  Request* before(Request& request) override {
    const auto place = fifo_.iterator_to(request);
    return place == fifo_.begin() ? nullptr : &*std::prev(place);
  }
  Request* after(Request& request) override {
    const auto place = std::next(fifo_.iterator_to(request));
    return place == fifo_.end() ? nullptr : &*place;
  }

 private:
  RequestFifo fifo_;
};

}  // namespace

std::unique_ptr<Elevator> make_noop(const ElevatorTuning&) {
  return std::make_unique<Noop>();
}

}  // namespace sim
