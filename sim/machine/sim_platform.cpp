#include "sim/machine/sim_platform.hpp"

#include "model/kevent/queue_impl.hpp"

namespace sim {

static_assert(kev::QueuePlatform<SimPlatform>);

namespace {

/// What a tracepoint is recorded as, and what the code around it costs.
struct TracepointInfo {
  Ev event;
  Cost cost;
};

// Order as in kev::Tracepoint.
constexpr TracepointInfo tracepoints[] = {
    {Ev::kevent_add, Cost::tree},     {Ev::kevent_ready, Cost::list},
    {Ev::kevent_deliver, Cost::list}, {Ev::kevent_remove, Cost::tree},
    {Ev::aio_submit, Cost::list},     {Ev::aio_step, Cost::list},
    {Ev::aio_done, Cost::list},
};

}  // namespace

kev::OriginListener& SimPlatform::signal_listener(int number, kev::SignalDelivery delivery) {
  Signals::Listener& listener = machine_.signals.listener(number, delivery);
  if (listener == nullptr) listener = std::make_unique<kev::Storage<SimPlatform>>(*this);
  return *listener;
}

void SimPlatform::trace(kev::Tracepoint tracepoint, std::int64_t a, std::int64_t b, std::int64_t c,
                        std::int64_t d) {
  if (kernel().ending()) return;
  const TracepointInfo& info = tracepoints[static_cast<std::size_t>(tracepoint)];
  machine_.recorder.emit(info.event, a, b, c, d);
  kernel().spend(info.cost);
}

}  // namespace sim

template class kev::Storage<sim::SimPlatform>;
template class kev::Queue<sim::SimPlatform>;
