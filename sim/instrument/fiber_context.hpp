#pragma once
// A switch straight from one fiber to another, without a scheduler in between: the strategy decides
// on the stack of whoever gives way. (sim/engine/fiber.hpp suspends to a resumer and unwinds what
// is dropped; here fibers are dropped millions of times a second, and their memory is reset as a
// whole.)
//
// On x86-64 the switch is part of the code around it: no call and no return, so that the
// processor's prediction of returns holds as long as fibers do alike things. Floating point modes
// are not switched. What the C++ runtime knows of exceptions in flight goes along.

#include <cxxabi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if !defined(__x86_64__)
#include <boost/context/detail/fcontext.hpp>
#endif

namespace sim {

/// The C++ runtime's record of exceptions of this thread of the machine.
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

struct FiberContext {
  void* stack = nullptr;  ///< where it goes on
  ExceptionGlobals exceptions;
#if !defined(__x86_64__)
  void (*entry)() = nullptr;
#endif
};

using FiberEntry = void (*)();

#if defined(__x86_64__)

/// A fiber that begins with `entry`, which must not return.
inline void prepare_context(FiberContext& fiber, std::uintptr_t top, std::size_t,
                            FiberEntry entry) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): places in the arena are counted, not pointed at
  auto* stack = reinterpret_cast<std::uintptr_t*>(top & ~std::uintptr_t{15});
  // Aligned as after a call, with a return address that ends unwinding.
  *--stack = 0;
  *--stack = reinterpret_cast<std::uintptr_t>(entry);
  fiber.stack = stack;
  // As a whole, as the first switch reads it: a read of what was written in parts has to wait.
  std::memset(static_cast<void*>(&fiber.exceptions), 0, sizeof(fiber.exceptions));
}

[[gnu::always_inline]] inline void switch_stacks(FiberContext& from, FiberContext& to) {
  void** save = &from.stack;
  void* load = to.stack;
  // 128 bytes below the stack pointer may be in use without notice (the red zone).
  asm volatile(
      "subq $128, %%rsp\n\t"
      "pushq %%rbp\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "movq %%rsp, (%0)\n\t"
      "movq %1, %%rsp\n\t"
      "popq %%rax\n\t"
      "jmpq *%%rax\n\t"
      ".p2align 4\n"
      "1:\n\t"
      "popq %%rbp\n\t"
      "addq $128, %%rsp\n\t"
      : "+D"(save), "+S"(load)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
}

#else

namespace fiber_detail {

[[noreturn]] inline void begin(boost::context::detail::transfer_t from) {
  auto** contexts = static_cast<FiberContext**>(from.data);
  contexts[0]->stack = from.fctx;
  contexts[1]->entry();
  __builtin_unreachable();
}

}  // namespace fiber_detail

inline void prepare_context(FiberContext& fiber, std::uintptr_t top, std::size_t bytes,
                            FiberEntry entry) {
  fiber = {boost::context::detail::make_fcontext(reinterpret_cast<void*>(top), bytes,
                                                 &fiber_detail::begin),
           {},
           entry};
}

inline void switch_stacks(FiberContext& from, FiberContext& to) {
  FiberContext* contexts[] = {&from, &to};
  const auto back = boost::context::detail::jump_fcontext(to.stack, contexts);
  static_cast<FiberContext**>(back.data)[0]->stack = back.fctx;
}

#endif

[[gnu::always_inline]] inline void switch_context(FiberContext& from, FiberContext& to,
                                                  ExceptionGlobals& exceptions) {
  // As a whole, which two copies member by member are not.
  std::memcpy(&from.exceptions, &exceptions, sizeof(exceptions));
  std::memcpy(&exceptions, &to.exceptions, sizeof(exceptions));
  switch_stacks(from, to);
}

}  // namespace sim
