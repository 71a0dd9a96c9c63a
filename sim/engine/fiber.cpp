#include "sim/engine/fiber.hpp"

#include <cxxabi.h>

#include <boost/context/detail/fcontext.hpp>
#include <utility>

#include "sim/engine/fiber_sanitizers.hpp"

namespace sim {

namespace {

/// A destructor that waits in a loop while its fiber unwinds would never end: after so many ignored
/// suspensions it is a bug.
constexpr int suspends_ignored_max = 100'000;

}  // namespace

/// The switches themselves. A finished fiber parks at the end of run() below and begins anew when
/// it is restarted, so that a restart costs nothing beyond the switch.
struct FiberSwitch {
  [[noreturn]] static void run(boost::context::detail::transfer_t from) noexcept {
    Fiber& fiber = *static_cast<Fiber*>(from.data);
    arrived(fiber, from);
    while (!fiber.leaving_) {
      try {
        fiber.entry_(fiber.argument_);
      } catch (const FiberUnwind&) {
        KEV_CHECK(fiber.unwinding_);
      }
      fiber.state_ = Fiber::State::finished;
      out(fiber);
    }
    sanitize::leave_for_good(fiber.resumer_bottom_, fiber.resumer_bytes_, fiber.race_resumer_);
    boost::context::detail::jump_fcontext(fiber.context_, &fiber);
    __builtin_unreachable();
  }

  static void arrived(Fiber& fiber, boost::context::detail::transfer_t from) {
    if (fiber.handed_by_ != nullptr) {
      // It knows its resumer already.
      std::exchange(fiber.handed_by_, nullptr)->context_ = from.fctx;
      sanitize::finish_switch(fiber.fake_stack_, nullptr, nullptr);
      return;
    }
    fiber.context_ = from.fctx;
    sanitize::finish_switch(fiber.fake_stack_, &fiber.resumer_bottom_, &fiber.resumer_bytes_);
  }

  /// From the fiber to its resumer; returns when resumed again.
  static void out(Fiber& fiber) {
    sanitize::start_switch(&fiber.fake_stack_, fiber.resumer_bottom_, fiber.resumer_bytes_,
                           fiber.race_resumer_);
    arrived(fiber, boost::context::detail::jump_fcontext(fiber.context_, &fiber));
  }

  /// From the fiber to the next one, which has the same resumer then; returns when resumed again.
  [[gnu::always_inline]] static void across(Fiber& fiber, Fiber& next) {
    fiber.exceptions_ = *fiber.of_thread_;
    *next.of_thread_ = next.exceptions_;
    void* const target = std::exchange(next.context_, fiber.context_);
    next.resumer_bottom_ = fiber.resumer_bottom_;
    next.resumer_bytes_ = fiber.resumer_bytes_;
    next.race_resumer_ = fiber.race_resumer_;
    next.handed_by_ = &fiber;
    sanitize::start_switch(&fiber.fake_stack_,
                           static_cast<char*>(next.stack_.top) - next.stack_.bytes,
                           next.stack_.bytes, next.race_fiber_);
    arrived(fiber, boost::context::detail::jump_fcontext(target, &next));
  }

  /// From the resumer to the fiber; returns when it, or who went on in its place, suspends,
  /// finishes or leaves.
  static void in(Fiber& fiber) {
    Fiber::Exceptions* const exceptions = fiber.of_thread_;
    const Fiber::Exceptions own = *exceptions;
    *exceptions = fiber.exceptions_;
    void* fake_stack = nullptr;
    fiber.race_resumer_ = sanitize::current_race_fiber();
    sanitize::start_switch(&fake_stack, static_cast<char*>(fiber.stack_.top) - fiber.stack_.bytes,
                           fiber.stack_.bytes, fiber.race_fiber_);
    const auto back = boost::context::detail::jump_fcontext(fiber.context_, &fiber);
    sanitize::finish_switch(fake_stack, nullptr, nullptr);
    Fiber& last = *static_cast<Fiber*>(back.data);
    last.context_ = back.fctx;
    last.exceptions_ = *exceptions;
    *exceptions = own;
  }

  static void prepare(Fiber& fiber) {
    fiber.stack_ = fiber.pool_.take();
    fiber.of_thread_ = reinterpret_cast<Fiber::Exceptions*>(abi::__cxa_get_globals());
    fiber.race_fiber_ = sanitize::create_race_fiber();
    fiber.context_ =
        boost::context::detail::make_fcontext(fiber.stack_.top, fiber.stack_.bytes, &run);
  }
};

Fiber::~Fiber() {
  if (stack_.top == nullptr) return;
  unwind();
  leaving_ = true;
  FiberSwitch::in(*this);
  sanitize::destroy_race_fiber(race_fiber_);
  sanitize::forget_stack(static_cast<char*>(stack_.top) - stack_.bytes, stack_.bytes);
  pool_.give_back(stack_);
}

inline void Fiber::get_ready() {
  KEV_CHECK(state_ == State::ready || state_ == State::suspended);
  if (stack_.top == nullptr) [[unlikely]]
    FiberSwitch::prepare(*this);
  state_ = State::running;
}

void Fiber::resume() {
  get_ready();
  FiberSwitch::in(*this);
}

inline bool Fiber::ignores_stops() {
  KEV_CHECK(state_ == State::running);
  if (!unwinding_) [[likely]]
    return false;
  ++suspends_ignored_;
  KEV_CHECK(suspends_ignored_ <= suspends_ignored_max);
  return true;
}

/// True when the fiber is to leave from here.
bool Fiber::stop() {
  if (ignores_stops()) return false;
  state_ = State::suspended;
  FiberSwitch::out(*this);
  return unwinding_;
}

/// The same. Inlined, since each return after a switch is predicted wrongly.
[[gnu::always_inline]] inline bool Fiber::stop_for(Fiber& next) {
  if (ignores_stops()) return false;
  next.get_ready();
  state_ = State::suspended;
  FiberSwitch::across(*this, next);
  return unwinding_;
}

void Fiber::suspend() {
  if (stop()) [[unlikely]]
    throw FiberUnwind();
}

void Fiber::suspend_quietly() {
  if (stop()) leave_owed_ = true;
}

void Fiber::hand_over(Fiber& next) {
  if (stop_for(next)) [[unlikely]]
    throw FiberUnwind();
}

void Fiber::hand_over_quietly(Fiber& next) {
  if (stop_for(next)) leave_owed_ = true;
}

void Fiber::leave() {
  leave_owed_ = false;
  throw FiberUnwind();
}

void Fiber::restart(Entry entry, void* argument) {
  KEV_CHECK(state_ == State::finished || state_ == State::ready);
  entry_ = entry;
  argument_ = argument;
  state_ = State::ready;
}

void Fiber::unwind() {
  KEV_CHECK(state_ != State::running);
  if (state_ == State::suspended) {
    unwinding_ = true;
    suspends_ignored_ = 0;
    state_ = State::running;
    FiberSwitch::in(*this);
    unwinding_ = false;
    leave_owed_ = false;
  }
  KEV_CHECK(state_ == State::finished || state_ == State::ready);
}

}  // namespace sim
