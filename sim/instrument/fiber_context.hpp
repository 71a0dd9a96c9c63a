#pragma once
// A switch straight from one fiber to another, without a scheduler in between: the strategy decides
// on the stack of whoever gives way. 6 ns; what the C++ runtime knows of exceptions in flight goes
// along. (sim/engine/fiber.hpp suspends to a resumer and unwinds what is dropped; here fibers are
// dropped millions of times a second and their memory is reset as a whole.)

#include <cxxabi.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>

namespace sim {

struct FiberContext {
  boost::context::detail::fcontext_t context = nullptr;
  void* exceptions_caught = nullptr;
  unsigned int exceptions_uncaught = 0;
};

/// The C++ runtime's record of exceptions of this thread of the machine.
struct ExceptionGlobals {
  void* caught;
  unsigned int uncaught;
};

/// To be called first thing on a new fiber, and after each switch back.
inline void arrived(boost::context::detail::transfer_t from) {
  static_cast<FiberContext*>(from.data)->context = from.fctx;
}

inline void switch_context(FiberContext& from, FiberContext& to, ExceptionGlobals& exceptions) {
  from.exceptions_caught = exceptions.caught;
  from.exceptions_uncaught = exceptions.uncaught;
  exceptions.caught = to.exceptions_caught;
  exceptions.uncaught = to.exceptions_uncaught;
  arrived(boost::context::detail::jump_fcontext(to.context, &from));
}

}  // namespace sim
