#pragma once
// The vocabulary of traces: every event kind with its name and the names of its fields, in one
// table. A new event kind is one row in TRACE_EVENTS and a call of Recorder::emit.
//
// Fields are 64-bit integers (ids, counts, bytes, ns): that makes a fingerprint cheap and the same
// on every compiler. Names of threads and objects are written once, as `name` records.

#include <array>
#include <cstdint>
#include <string_view>

namespace sim {

// kind, written name, up to four field names
#define SIM_TRACE_EVENTS(row)                                                                      \
  row(thread_run, "thread.run", "cpu", "thread", "", "") row(                                      \
      thread_sleep, "thread.sleep", "cpu", "thread", "",                                           \
      "") row(thread_wake, "thread.wake", "thread", "", "", "") row(thread_exit, "thread.exit",    \
                                                                    "thread", "", "", "")          \
      row(irq, "irq", "cpu", "line", "", "") row(softirq, "softirq", "cpu", "kind", "", "") row(   \
          disk_queue, "disk.queue", "request", "sector", "bytes",                                  \
          "write") row(disk_merge, "disk.merge", "request", "into", "", "")                        \
          row(disk_issue, "disk.issue", "request", "sector", "bytes", "depth") row(                \
              disk_done, "disk.done", "request", "service_ns", "error",                            \
              "") row(page_fill, "page.fill", "file", "index", "count", "")                        \
              row(page_done, "page.done", "file", "index", "count",                                \
                  "error") row(page_evict, "page.evict", "file", "index", "",                      \
                               "") row(readahead, "readahead", "file", "index", "count", "marker") \
                  row(tcp_send, "tcp.send", "socket", "seq", "bytes",                              \
                      "flags") row(tcp_receive, "tcp.receive", "socket", "seq", "bytes", "ack")    \
                      row(tcp_state, "tcp.state", "socket", "state", "", "")                       \
                          row(tcp_retransmit, "tcp.retransmit", "socket", "seq", "bytes",          \
                              "reason") row(link_drop, "link.drop", "link", "bytes", "reason", "") \
                              row(kevent_add, "kevent.add", "queue", "kind", "id", "result") row(  \
                                  kevent_ready, "kevent.ready", "queue", "kind", "id",             \
                                  "flags") row(kevent_deliver, "kevent.deliver", "queue", "kind",  \
                                               "id", "flags") row(kevent_remove, "kevent.remove",  \
                                                                  "queue", "kind", "id", "")       \
                                  row(aio_submit, "aio.submit", "request", "file", "offset",       \
                                      "bytes") row(aio_step, "aio.step", "request", "sent",        \
                                                   "window", "result")                             \
                                      row(aio_done, "aio.done", "request", "sent",                 \
                                          "error", "") row(request_begin, "request.begin",         \
                                                           "request", "client", "file", "bytes")   \
                                          row(request_end, "request.end", "request", "bytes",      \
                                              "latency_ns", "error") row(fault, "fault", "point",  \
                                                                         "error", "object", "")    \
                                              row(violation, "violation", "property", "", "", "")  \
                                                  row(file_size, "file.size", "file", "bytes", "", \
                                                      "") row(page_write, "page.write", "file",    \
                                                              "index", "count", "")                \
                                                      row(page_written, "page.written", "file",    \
                                                          "index", "count", "error")

enum class Ev : std::uint16_t {
#define SIM_TRACE_ENUM(kind, ...) kind,
  SIM_TRACE_EVENTS(SIM_TRACE_ENUM)
#undef SIM_TRACE_ENUM
};

struct TraceEventInfo {
  std::string_view name;
  std::array<std::string_view, 4> fields;
};

inline constexpr TraceEventInfo trace_events[] = {
#define SIM_TRACE_INFO(kind, name, a, b, c, d) {name, {a, b, c, d}},
    SIM_TRACE_EVENTS(SIM_TRACE_INFO)
#undef SIM_TRACE_INFO
};

}  // namespace sim
