#include "tests/scenario/sample_catalog.hpp"

namespace sim_test {

sim::Catalog sample_catalog() {
  return {
      .workloads = {{"file-server", "clients fetch files over TCP"},
                    {"queue-program", "threads that the scenario spells out"}},
      .designs = {{"sync-sendfile", "one thread per connection, blocking sendfile"},
                  {"kevent-aio-sendfile", "asynchronous sendfile, completion through kevent"},
                  {"epoll-sendfile", "one event loop, nonblocking sockets"}},
      .event_programs = {{"get-events", "a buffer a thread"}, {"ring-v4", "a ring"}},
      .costs = {{"athlon64-3500", "AMD Athlon64 3500+, 2.2 GHz, one core, 2006"},
                {"xeon-2.4-ht", "Intel Xeon 2.4 GHz with Hyper-Threading, 2003 to 2006"}},
      .disks_hdd = {{"deskstar-7k500", "Hitachi Deskstar 7K500, 7200 rpm, 2005"},
                    {"cheetah-15k5", "Seagate Cheetah 15K.5, 15000 rpm, 2006"}},
      .disks_ssd = {{"sata-2010", "first-generation SATA SSD"}},
      .elevators = {{"noop", "first come, first served, with merging"},
                    {"deadline", "by position, with a deadline for each request"}},
      .readahead = {{"linux-2.6.18", "window doubling of Linux 2.6.18"},
                    {"linux-ondemand", "on-demand readahead, Linux 2.6.23 and later"},
                    {"none", "no readahead"}},
      .replacement = {{"linux-2.6.18", "two lists"}},
      .net_stacks = {{"linux-2.6.18", "BIC, initial window of RFC 3390"}},
      .congestion = {{"default", "the stack's"}, {"cubic", "RFC 8312"}},
      .fault_points = {{"disk.read", "a read request of a disk"},
                       {"alloc", "a kernel allocation"},
                       {"process.kill", "the server dies"},
                       {"clock.forward", "somebody sets the clock"}},
      .properties = {{"no_lost_wakeup", "whoever waits is woken"},
                     {"bytes_in_order", "clients receive every byte once and in order"}},
      .operations = {{"add", "registers interests"}, {"kick", "lets one waiter go"}},
      .bugs = {{"none", "the code as it should be"},
               {"wake_before_enqueue", "the waiter is woken before the event is there"}},
  };
}

}  // namespace sim_test
