#include "sim/engine/stack_pool.hpp"

#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/context/stack_context.hpp>

#include "model/base/check.hpp"

namespace sim {

namespace {

// Boost maps the stack and its guard page; it counts the page in the size it reports.
std::size_t guard_bytes() { return boost::context::stack_traits::page_size(); }

}  // namespace

StackPool::~StackPool() {
  KEV_CHECK(in_use() == 0);
  boost::context::protected_fixedsize_stack allocator(stack_bytes_);
  for (const Stack& stack : free_) {
    boost::context::stack_context context;
    context.sp = stack.top;
    context.size = stack.bytes + guard_bytes();
    allocator.deallocate(context);
  }
}

StackPool::Stack StackPool::take() {
  if (free_.empty()) {
    boost::context::protected_fixedsize_stack allocator(stack_bytes_);
    const boost::context::stack_context context = allocator.allocate();
    ++mapped_;
    // Room for every stack, so that giving one back never allocates.
    if (free_.capacity() < mapped_) free_.reserve(2 * mapped_);
    return Stack{context.sp, context.size - guard_bytes()};
  }
  const Stack stack = free_.back();
  free_.pop_back();
  return stack;
}

void StackPool::give_back(Stack stack) {
  KEV_CHECK(in_use() > 0);
  free_.push_back(stack);
}

}  // namespace sim
