#include "sim/explored/explored_platform.hpp"

#include "sim/explored/explored.hpp"
#include "sim/explored/model_access.hpp"

namespace sim {

namespace {

template <Access how>
void note(const void* at, std::size_t bytes, const void* pc) {
  if (model_watch != nullptr) model_watch->access<how, ModelWatch::any_size>(at, bytes, pc);
}

}  // namespace

ExploredPlatform::ExploredPlatform(Machine& machine) : SimPlatform(machine, explored_code()) {}

bool ExploredPlatform::copy_in(void* to, kev::UserAddress from, std::size_t bytes) {
  const bool copied = SimPlatform::copy_in(to, from, bytes);
  note<Access::write>(to, bytes, __builtin_return_address(0));
  return copied;
}

bool ExploredPlatform::copy_out(kev::UserAddress to, const void* from, std::size_t bytes) {
  note<Access::read>(from, bytes, __builtin_return_address(0));
  return SimPlatform::copy_out(to, from, bytes);
}

std::unique_ptr<SimPlatform> make_explored_platform(Machine& machine) {
  return std::make_unique<ExploredPlatform>(machine);
}

std::unique_ptr<OrderWatch> make_watch(const WatchOptions& options) {
  return std::make_unique<ModelWatch>(options);
}

}  // namespace sim
