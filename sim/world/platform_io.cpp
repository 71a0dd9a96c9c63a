// The part of SimPlatform that file-to-socket designs need: pages, readahead, sockets.

#include "sim/net/socket.hpp"
#include "sim/vfs/read_pages.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/instantiate_aio.hpp"

namespace sim {

static_assert(kev::AioPlatform<SimPlatform>);
static_assert(kev::NaioPlatform<SimPlatform>);

namespace {

RegularFile& regular(FileObject& file) {
  KEV_CHECK(file.kind() == FileObject::Kind::regular);
  return static_cast<RegularFile&>(file);
}

PageCache& cache_of(Machine& machine) {
  return machine.devices->cache;
}

}  // namespace

Inode* SimPlatform::inode_of(File& file) {
  return file.kind() == FileObject::Kind::regular ? &regular(file).inode() : nullptr;
}

SimPlatform::Page* SimPlatform::find_get_page(Inode& inode, std::uint64_t index) {
  return cache_of(machine_).find_get(inode, index, Lookup::first);
}

SimPlatform::Page* SimPlatform::find_page_again(Inode& inode, std::uint64_t index) {
  return cache_of(machine_).find_get(inode, index, Lookup::again);
}

SimPlatform::Page* SimPlatform::allocate_page() {
  return cache_of(machine_).allocate();
}

int SimPlatform::add_page(Page& page, Inode& inode, std::uint64_t index) {
  return cache_of(machine_).add(page, inode, index);
}

void SimPlatform::put_page(Page& page) {
  cache_of(machine_).put(page);
}
void SimPlatform::lock_page(Page& page) {
  cache_of(machine_).lock_page(page);
}
bool SimPlatform::try_lock_page(Page& page) {
  return cache_of(machine_).try_lock_page(page);
}
void SimPlatform::unlock_page(Page& page) {
  cache_of(machine_).unlock_page(page);
}
void SimPlatform::mark_accessed(Page& page) {
  cache_of(machine_).mark_accessed(page);
}

bool SimPlatform::marked(Page& page) {
  if (!page.readahead()) return false;
  cache_of(machine_).clear_readahead(page);
  return true;
}

int SimPlatform::read_pages(File& file, Page** pages, int count, const ReadHooks& hooks) {
  return sim::read_pages(cache_of(machine_), regular(file).inode(), pages, count, hooks);
}

void SimPlatform::read_page(Page& page, const ReadHooks& hooks) {
  sim::read_page(cache_of(machine_), page, hooks);
}

void SimPlatform::start_reads(File& file) {
  regular(file).inode().disk().unplug();
}
void SimPlatform::finish_pages(ReadBio& bio) {
  cache_of(machine_).finish_pages(bio);
}

std::uint64_t SimPlatform::readahead_expected(File& file, std::uint64_t index,
                                              std::uint64_t remaining) {
  return machine_.devices->readahead.before_lookup(regular(file), index, remaining, Reader::splice);
}

void SimPlatform::readahead_missed(File& file, std::uint64_t index, std::uint64_t remaining) {
  machine_.devices->readahead.on_miss(regular(file), index, remaining);
}

void SimPlatform::readahead_marked(File& file, Page& page, std::uint64_t index,
                                   std::uint64_t remaining) {
  machine_.devices->readahead.on_marked(regular(file), page, index, remaining);
}

void SimPlatform::readahead_end(File& file, std::uint64_t position) {
  machine_.devices->readahead.on_read_end(regular(file), position);
}

void SimPlatform::readahead_failed(File& file) {
  machine_.devices->readahead.on_io_error(regular(file));
}

// -- waiting without a thread
// -----------------------------------------------------------------------

void SimPlatform::PageWaiter::arm(Page& page) {
  PageCache& cache = cache_of(platform_.machine_);
  KEV_CHECK(page_ == nullptr);
  cache.get(page);
  page_ = &page;
  cache.add_page_waiter(page, entry_);
}

void SimPlatform::PageWaiter::disarm() {
  if (page_ == nullptr || platform_.ending()) return;
  PageCache& cache = cache_of(platform_.machine_);
  cache.remove_page_waiter(*page_, entry_);
  cache.put(*page_);
  page_ = nullptr;
}

/// The queue is shared by pages of equal hash: the key says whose lock it was.
bool SimPlatform::PageWaiter::on_wake(sim::WaitEntry& entry, std::uint32_t key) {
  auto& waiter = *static_cast<PageWaiter*>(entry.owner());
  if (key != waiter.page_->id()) return false;
  cache_of(waiter.platform_.machine_).page_waiters(*waiter.page_).remove_locked(entry);
  waiter.wake_(waiter.owner_);
  return true;
}

void SimPlatform::SpaceWaiter::arm(File& socket) {
  KEV_CHECK(queue_ == nullptr);
  queue_ = &static_cast<Socket&>(socket).sleepers();
  queue_->add(entry_);
}

void SimPlatform::SpaceWaiter::disarm() {
  if (queue_ == nullptr) return;
  queue_->remove(entry_);
  queue_ = nullptr;
}

bool SimPlatform::SpaceWaiter::on_wake(sim::WaitEntry& entry, std::uint32_t) {
  auto& waiter = *static_cast<SpaceWaiter*>(entry.owner());
  waiter.queue_->remove_locked(entry);
  waiter.wake_(waiter.owner_);
  return true;
}

// -- sockets
// ----------------------------------------------------------------------------------------

namespace {

/// What the network does with a page that it sends: looks at it when a segment goes out, and holds
/// it until that is acknowledged.
ContentRun page_content(void* page, std::uint32_t offset, std::uint32_t length) {
  return static_cast<Page*>(page)->content(offset, length);
}
void acquire_page(void* page) {
  auto& held = *static_cast<Page*>(page);
  held.cache().get(held);
}
void release_page(void* page) {
  auto& held = *static_cast<Page*>(page);
  held.cache().put(held);
}

}  // namespace

std::int64_t SimPlatform::send_page(File& socket, Page& page, std::uint32_t offset,
                                    std::uint32_t length, kev::SendFlags flags) {
  kernel().spend(Cost::send_page);
  const PageFrag frag{&page, &page_content, &release_page, &acquire_page};
  return static_cast<Socket&>(socket).send_page(frag, offset, length, flags);
}

std::int64_t SimPlatform::send_message(File& socket, Message& message, kev::SendFlags flags) {
  const long sent = static_cast<Socket&>(socket).send_message(message, flags);
  if (sent <= 0) return sent;
  message.offset += static_cast<std::uint64_t>(sent);
  message.length -= static_cast<std::uint32_t>(sent);
  return sent;
}

void*& SimPlatform::last_sender(File& socket) {
  return static_cast<Socket&>(socket).last_sender;
}

bool SimPlatform::is_async(File& socket) {
  return static_cast<Socket&>(socket).async;
}

ContentRun SimPlatform::PinnedPages::content(void* self, std::uint32_t offset,
                                             std::uint32_t length) {
  const auto& pages = *static_cast<PinnedPages*>(self);
  const auto& contents = pages.platform_.machine_.devices->user_contents;
  const auto buffer = contents.find(pages.address_);
  if (buffer == contents.end() || buffer->second.empty()) return {0, offset, length, 0};
  const ContentRun& run = buffer->second.front();
  return {run.source, run.offset + offset, length, run.version};
}

void SimPlatform::PinnedPages::acquire(void* self) {
  auto& pages = *static_cast<PinnedPages*>(self);
  if (pages.references_++ == 0) pages.held_(pages.owner_);
}

void SimPlatform::PinnedPages::release(void* self) {
  auto& pages = *static_cast<PinnedPages*>(self);
  if (--pages.references_ == 0) pages.released_(pages.owner_);
}

std::int64_t SimPlatform::send_pinned(File& socket, PinnedPages& pages, std::uint32_t offset,
                                      std::uint32_t length) {
  kernel().spend(Cost::send_page, static_cast<std::int64_t>(pages_for(length)));
  const PageFrag frag{&pages, &PinnedPages::content, &PinnedPages::release, &PinnedPages::acquire};
  return static_cast<Socket&>(socket).send_page(frag, offset, length, {true, false});
}

std::int64_t SimPlatform::receive_pinned(File& socket, PinnedPages& pages, std::uint32_t offset,
                                         std::uint32_t length) {
  std::vector<ContentRun>& runs = machine_.devices->user_contents[pages.address_];
  if (offset == 0) runs.clear();
  return static_cast<Socket&>(socket).receive(runs, length, true);
}

const AioCode& aio_code(const SimPlatform& platform) {
  static const AioCodeFor<SimPlatform> plain;
  const AioCode* own = platform.code().aio();
  return own != nullptr ? *own : plain;
}

}  // namespace sim

template class kev::Naio<sim::SimPlatform>;
template class kev::SyncSendfile<sim::SimPlatform>;
template class kev::KaioThread<sim::SimPlatform>;
template class kev::KaioPool<sim::SimPlatform>;
template class kev::AioSendfile<sim::SimPlatform>;
