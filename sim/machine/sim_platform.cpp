#include "sim/machine/sim_platform.hpp"

#include "sim/machine/instantiate.hpp"

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

SimPlatform::~SimPlatform() = default;

const CodeUnderTest& plain_code() {
  static const CodeFor<SimPlatform> code;
  return code;
}

kev::OriginListener& SimPlatform::signal_listener(int number, kev::SignalDelivery delivery) {
  Signals::Listener& listener = machine_.signals.listener(number, delivery);
  if (listener == nullptr) {
    listener = make_listener();
    kernel().release(listener.get());
  }
  kernel().acquire(listener.get());
  return *listener;
}

void SimPlatform::spawn(const char* name, std::function<void()> body) {
  kernel().spawn(name, ContextKind::kernel_thread, std::move(body));
}

void SimPlatform::broken(const char* property, const char* message) {
  kernel().violate(property, message);
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
