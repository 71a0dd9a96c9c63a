// What each thread of an explored program has of its own: thread_local variables, values by key, a
// name. Threads are fibers on one thread of the machine, which knows one set of each.

#include <pthread.h>

#include <algorithm>
#include <cstddef>

#include "sim/instrument/hooks.hpp"
#include "sim/instrument/loading.hpp"

namespace {

/// What the compiler passes to __tls_get_addr.
struct LocalIndex {
  std::size_t module;
  std::size_t offset;
};

/// Keys may be made by static initialisation, too.
sim::Runtime* keys_owner() {
  return sim::active != nullptr ? sim::active : sim::allocating_for;
}

auto find_value(sim::SimThread& thread, pthread_key_t key) {
  return std::find_if(thread.specific.begin(), thread.specific.end(),
                      [key](const auto& value) { return value.first == key; });
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

void* __wrap___tls_get_addr(LocalIndex* index) {
  static const auto pass_on = sim::original<void*(LocalIndex*)>("__tls_get_addr");
  const sim::Runtime* const runtime = sim::active;
  if (runtime == nullptr || index->module != runtime->thread_locals().module) return pass_on(index);
  return runtime->own_locals() + index->offset;
}

int __wrap___cxa_thread_atexit(void (*destroy)(void*), void* object, void* library) {
  if (sim::active == nullptr)
    return sim::original<int(void (*)(void*), void*, void*)>("__cxa_thread_atexit")(destroy, object,
                                                                                    library);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  runtime.current().exit_handlers.push_back({destroy, object});
  return 0;
}

int __wrap_pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) {
  sim::Runtime* const runtime = keys_owner();
  if (runtime == nullptr)
    return sim::original<decltype(pthread_key_create)>("pthread_key_create")(key, destroy);
  sim::Runtime* const before = sim::active;
  sim::active = nullptr;
  *key = static_cast<pthread_key_t>(runtime->keys.size());
  runtime->keys.push_back(destroy);
  sim::active = before;
  return 0;
}
int __wrap_pthread_key_delete(pthread_key_t key) {
  KEVSIM_HOOK(pthread_key_delete, key);
  if (key >= runtime.keys.size()) return EINVAL;
  runtime.keys[key] = nullptr;
  return 0;
}
void* __wrap_pthread_getspecific(pthread_key_t key) {
  KEVSIM_HOOK(pthread_getspecific, key);
  const auto at = find_value(runtime.current(), key);
  return at == runtime.current().specific.end() ? nullptr : at->second;
}
int __wrap_pthread_setspecific(pthread_key_t key, const void* value) {
  KEVSIM_HOOK(pthread_setspecific, key, value);
  if (key >= runtime.keys.size()) return EINVAL;
  const auto at = find_value(runtime.current(), key);
  void* const kept = const_cast<void*>(value);
  if (at == runtime.current().specific.end())
    runtime.current().specific.emplace_back(key, kept);
  else
    at->second = kept;
  return 0;
}

// Names and places of threads change nothing that is modelled.

int __wrap_pthread_setname_np(pthread_t handle, const char* name) {
  KEVSIM_HOOK(pthread_setname_np, handle, name);
  return 0;
}
int __wrap_pthread_setaffinity_np(pthread_t handle, std::size_t bytes,
                                  const cpu_set_t* processors) {
  KEVSIM_HOOK(pthread_setaffinity_np, handle, bytes, processors);
  return 0;
}
int __wrap_pthread_setschedparam(pthread_t handle, int policy, const sched_param* parameters) {
  KEVSIM_HOOK(pthread_setschedparam, handle, policy, parameters);
  return 0;
}
}
// NOLINTEND(bugprone-reserved-identifier)
