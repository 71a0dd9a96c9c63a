#include "sim/engine/stack_pool.hpp"

#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/context/stack_context.hpp>

#include "model/base/check.hpp"
#include "sim/engine/arena.hpp"
#include "sim/engine/fiber_sanitizers.hpp"

namespace sim {

namespace {

// Stacks lie a whole number of pages apart, so that without this all their tops would share a few
// sets of the first-level cache: 16 stacks with 128 bytes between them use them all.
constexpr std::size_t colors = 16;
constexpr std::size_t color_bytes = 128;

}  // namespace

StackPool::~StackPool() {
  KEV_CHECK(in_use() == 0);
  boost::context::protected_fixedsize_stack allocator(stack_bytes_);
  for (const Stack& stack : free_) {
    boost::context::stack_context context;
    // Boost counts from the guard page to the top; the bottom lies right above that page.
    context.size = mapping_bytes_;
    context.sp = static_cast<char*>(stack.top) - stack.bytes -
                 boost::context::stack_traits::page_size() + mapping_bytes_;
    allocator.deallocate(context);
  }
}

StackPool::Stack StackPool::take() {
  if (free_.empty()) return map();
  const Stack stack = free_.back();
  free_.pop_back();
  return stack;
}

StackPool::Stack StackPool::map() {
  const ArenaPause outside;
  boost::context::protected_fixedsize_stack allocator(stack_bytes_);
  const boost::context::stack_context context = allocator.allocate();
  mapping_bytes_ = context.size;
  const std::size_t color = mapped_ % colors * color_bytes;
  ++mapped_;
  // Room for every stack, so that giving one back never allocates.
  if (free_.capacity() < mapped_) free_.reserve(2 * mapped_);
  all_.push_back({static_cast<char*>(context.sp) - color,
                  context.size - boost::context::stack_traits::page_size() - color});
  return all_.back();
}

void StackPool::reclaim() {
  free_ = all_;
  for (const Stack& stack : all_)
    sanitize::forget_frames(static_cast<const char*>(stack.top) - stack.bytes, stack.bytes);
}

void StackPool::give_back(Stack stack) {
  KEV_CHECK(in_use() > 0);
  free_.push_back(stack);
}

}  // namespace sim
