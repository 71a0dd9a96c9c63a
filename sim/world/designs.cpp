#include "sim/world/devices.hpp"
#include "sim/world/server.hpp"

namespace sim {

namespace {

int a_thread_each(int connections) {
  return connections;
}

constexpr Design table[] = {
    {"sync-sendfile",
     "sendfile() of Linux 2.6.18: a thread a connection, readahead, waits for each page",
     a_thread_each,
     [](const ServerContext& context) {
       return start_blocking_server(context, make_sendfile_sender);
     }},
    {"kevent-aio-sendfile",
     "aio_sendfile of kevent take33: one event loop, 8 kernel threads, adaptive window",
     [](int) { return 1; }, start_event_server},
    {"read-write", "read() into a buffer of 64 KB, then write(): a thread a connection",
     a_thread_each,
     [](const ServerContext& context) { return start_blocking_server(context, make_read_sender); }},
    {"mmap-write", "the file is mapped, and written from the mapping: a thread a connection",
     a_thread_each,
     [](const ServerContext& context) { return start_blocking_server(context, make_mmap_sender); }},
    {"splice", "splice() from the file to a pipe and on to the socket: a thread a connection",
     a_thread_each,
     [](const ServerContext& context) {
       return start_blocking_server(context, make_splice_sender);
     }},
    {"willneed-sendfile",
     "posix_fadvise(WILLNEED) of the file, then sendfile(): a thread a connection", a_thread_each,
     [](const ServerContext& context) {
       return start_blocking_server(context, make_advising_sender);
     }},
};

}  // namespace

std::span<const Design> designs() {
  return table;
}

const Design* find_design(std::string_view name) {
  for (const Design& design : table)
    if (design.name == name) return &design;
  return nullptr;
}

AioSendfile& KernelAio::sendfile(SimPlatform& platform) {
  if (sendfile_ != nullptr) return *sendfile_;
  const auto& threads = platform.kernel().threads();
  const std::size_t others = threads.size();
  sendfile_ = aio_code(platform).make_sendfile(platform, threads_);
  if (priority_ != IoPriority{})
    for (std::size_t i = others; i < threads.size(); ++i)
      platform.machine().devices->disk.set_priority(*threads[i], priority_);
  return *sendfile_;
}

bool RequestReader::take(const std::vector<ContentRun>& runs) {
  for (const ContentRun& run : runs) {
    if (complete_ || run.source < request_sources || run.source >= header_sources) return false;
    const std::uint64_t number = run.source - request_sources;
    if (received_ == 0) number_ = number;
    if (number != number_ || run.offset != received_) return false;
    received_ += run.length;
    complete_ = received_ == static_cast<std::uint64_t>(ledger_.at(number).plan.request_bytes);
  }
  return true;
}

}  // namespace sim
