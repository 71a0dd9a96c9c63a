#include "sim/machine/queue_file.hpp"

#include <cerrno>

namespace sim {

void QueueCalls::enter() {
  Kernel& kernel = platform_.kernel();
  ++kernel.stats().system_calls;
  kernel.spend(Cost::system_call);
}

int QueueCalls::kevent_init() {
  enter();
  Kernel& kernel = platform_.kernel();
  SimQueue* queue = SimQueue::create(platform_, kernel.next_id());
  if (queue == nullptr) return -ENOMEM;
  return platform_.machine().files.install(*new QueueFile(kernel, *queue));
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

long QueueCalls::kevent_ctl(int queue, std::uint32_t command, std::uint32_t num,
                            kev::UserAddress requests) {
  enter();
  int error = 0;
  QueueFile* file = look_up(queue, &error);
  if (file == nullptr) return error;
  const long result = file->queue().control(command, num, requests);
  file->put();
  return result;
}

long QueueCalls::kevent_get_events(int queue, std::uint32_t min_nr, std::uint32_t max_nr,
                                   kev::Duration timeout, kev::UserAddress buffer) {
  enter();
  int error = 0;
  QueueFile* file = look_up(queue, &error);
  if (file == nullptr) return error;
  const long result = file->queue().get_events(min_nr, max_nr, timeout, buffer);
  file->put();
  return result;
}

int QueueCalls::close(int descriptor) {
  enter();
  return platform_.machine().files.close(descriptor);
}

}  // namespace sim
