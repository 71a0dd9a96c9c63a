#include "sim/machine/queue_file.hpp"

#include <cerrno>

namespace sim {

namespace {

/// Others send a signal, or set the clock, while this thread is on its way into the kernel.
void strike(Machine& machine) {
  FaultSubject subject;
  subject.object = machine.kernel.current_thread().id();
  const FaultVerdict verdict = machine.faults.ask(FaultPlace::system_call, subject);
  if (verdict.is(FaultPoint::process_signal))
    machine.kernel.signal(machine.kernel.current_thread());
  else if (verdict.is(FaultPoint::clock_forward))
    machine.kernel.step_real_clock(verdict.delay);
  else if (verdict.is(FaultPoint::clock_back))
    machine.kernel.step_real_clock(kev::Duration(0) - verdict.delay);
}

}  // namespace

void QueueCalls::enter() {
  Kernel& kernel = platform_.kernel();
  platform_.machine().process.enter_kernel();
  ++kernel.stats().system_calls;
  kernel.spend(Cost::system_call);
  strike(platform_.machine());
}

kev::abi::kevent_timespec to_timespec(kev::Duration time) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  return {time.ns() / second_ns, time.ns() % second_ns};
}

int QueueCalls::kevent_init(kev::UserAddress ring, std::uint32_t num, std::uint32_t flags) {
  return make_queue({ring, num, flags});
}

int QueueCalls::kevent_init_as(kev::RingVersion version, kev::UserAddress ring, std::uint32_t num) {
  return make_queue({ring, num, 0, version});
}

int QueueCalls::make_queue(const kev::QueueOptions& options) {
  enter();
  Kernel& kernel = platform_.kernel();
  int error = 0;
  std::unique_ptr<KeventQueue> queue =
      platform_.code().make_queue(platform_, kernel.next_id(), options, &error);
  if (queue == nullptr) return error;
  return platform_.machine().files.install(*new QueueFile(kernel, std::move(queue)));
}

QueueFile* QueueCalls::look_up(int descriptor, int* error) {
  FileObject* file = platform_.file_get(descriptor);
  *error = -EBADF;
  if (file == nullptr) return nullptr;
  if (file->kind() == FileObject::Kind::queue) return static_cast<QueueFile*>(file);
  file->put();
  *error = -EINVAL;
  return nullptr;
}

template <class Body>
long QueueCalls::on_queue(int descriptor, Body body) {
  enter();
  int error = 0;
  QueueFile* file = look_up(descriptor, &error);
  if (file == nullptr) return error;
  // With the bug the call does not keep the queue alive: close() destroys it under its waiters.
  const bool held = !kev::bug(platform_, kev::Bug::destroy_with_waiters);
  if (!held) file->put();
  const long result = body(*file);
  if (held) file->put();
  return result;
}

long QueueCalls::kevent_ctl(int queue, std::uint32_t command, std::uint32_t num,
                            kev::UserAddress requests) {
  return on_queue(queue,
                  [&](QueueFile& file) { return file.queue().control(command, num, requests); });
}

long QueueCalls::kevent_get_events(int queue, std::uint32_t min_nr, std::uint32_t max_nr,
                                   kev::abi::kevent_timespec timeout, kev::UserAddress buffer,
                                   std::uint32_t flags) {
  return on_queue(queue, [&](QueueFile& file) {
    if (file.nonblocking) timeout = {0, 0};
    return file.queue().get_events(min_nr, max_nr, timeout, buffer, flags);
  });
}

long QueueCalls::kevent_wait(int queue, std::uint32_t num, std::uint32_t old_uidx,
                             kev::abi::kevent_timespec timeout, std::uint32_t flags) {
  return on_queue(queue, [&](QueueFile& file) {
    if (file.nonblocking) timeout = {0, 0};
    return file.queue().wait(num, old_uidx, timeout, flags);
  });
}

long QueueCalls::kevent_commit(int queue, std::uint32_t new_uidx, std::uint32_t over) {
  return on_queue(queue, [&](QueueFile& file) { return file.queue().commit(new_uidx, over); });
}

int QueueCalls::close(int descriptor) {
  enter();
  return platform_.machine().files.close(descriptor);
}

}  // namespace sim
