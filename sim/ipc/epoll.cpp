#include "sim/ipc/epoll.hpp"

#include <algorithm>
#include <cerrno>

namespace sim {

struct Epoll::Item {
  Item(Epoll& set, FileObject& watched) : epoll(set), file(watched), entry(&on_wake, this) {}
  Epoll& epoll;
  FileObject& file;
  WaitEntry entry;
  std::uint64_t data = 0;
  std::uint32_t events = 0;  ///< 0: asleep after one shot
  EpollMode mode = EpollMode::level;
  bool ready = false;
};

Epoll::Epoll(Kernel& kernel) : lock_(kernel, "epoll") {}

Epoll::~Epoll() {
  for (const auto& item : items_)
    if (item->entry.queued()) item->file.pollers()->remove(item->entry);
}

Epoll::Item* Epoll::find(const FileObject& file) const {
  for (const auto& item : items_)
    if (&item->file == &file) return item.get();
  return nullptr;
}

/// ep_poll_callback.
bool Epoll::on_wake(WaitEntry& entry, std::uint32_t key) {
  auto& item = *static_cast<Item*>(entry.owner());
  if (item.events == 0 || (key != 0 && (key & item.events) == 0)) return false;
  item.epoll.mark(item);
  return true;
}

void Epoll::mark(Item& item) {
  IrqGuard guard(lock_);
  if (item.ready) return;
  item.ready = true;
  ready_.push_back(&item);
}

/// After a change: what is ready already would not be told by a wake-up.
void Epoll::look(Item& item) {
  if ((item.file.poll() & item.events) != 0) mark(item);
}

int Epoll::add(FileObject& file, std::uint64_t data, std::uint32_t events, EpollMode mode) {
  WaitQueue* queue = file.pollers();
  if (queue == nullptr) return -EPERM;
  if (find(file) != nullptr) return -EEXIST;
  items_.push_back(std::make_unique<Item>(*this, file));
  Item& item = *items_.back();
  item.data = data;
  item.events = events | poll_bits::err | poll_bits::hup;
  item.mode = mode;
  queue->add(item.entry);
  look(item);
  return 0;
}

int Epoll::modify(FileObject& file, std::uint32_t events, EpollMode mode) {
  Item* item = find(file);
  if (item == nullptr) return -ENOENT;
  item->events = events | poll_bits::err | poll_bits::hup;
  item->mode = mode;
  look(*item);
  return 0;
}

int Epoll::remove(FileObject& file) {
  Item* item = find(file);
  if (item == nullptr) return -ENOENT;
  if (item->entry.queued()) file.pollers()->remove(item->entry);
  {
    IrqGuard guard(lock_);
    std::erase(ready_, item);
  }
  std::erase_if(items_, [item](const auto& each) { return each.get() == item; });
  return 0;
}

std::vector<EpollEvent> Epoll::wait() {
  std::vector<Item*> marked;
  {
    IrqGuard guard(lock_);
    marked.swap(ready_);
    for (Item* item : marked) item->ready = false;
  }
  std::vector<EpollEvent> out;
  for (Item* item : marked) {
    const std::uint32_t events = item->file.poll() & item->events;
    if (events == 0) continue;
    out.push_back({item->data, events});
    if (item->mode == EpollMode::one_shot) item->events = 0;
    if (item->mode == EpollMode::level) mark(*item);
  }
  return out;
}

}  // namespace sim
