#include "sim/scenario/fields.hpp"

#include <cerrno>

namespace sim {

namespace {

template <class Class, class Value>
Class class_of(Value Class::*);

/// The place of a member, in whatever owner has it.
template <auto member>
Slot slot(const Owner& owner) {
  using Class = decltype(class_of(member));
  return Slot(&(std::get<Class*>(owner)->*member));
}

template <auto rows>
NameList list(const Owner&) {
  return rows;
}

NameList disk_profiles(const Owner& owner) {
  return std::get<DiskSpec*>(owner)->kind == "ssd" ? &Catalog::disks_ssd : &Catalog::disks_hdd;
}

NameList designs_of_kind(const Owner& owner) {
  return std::get<WorkloadSpec*>(owner)->kind == event_queue_workload ? &Catalog::event_programs
                                                                      : &Catalog::designs;
}

constexpr std::string_view disk_kinds[] = {"hdd", "ssd"};

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t kib = 1ll << 10;
constexpr std::int64_t mib = 1ll << 20;
constexpr std::int64_t gib = 1ll << 30;
constexpr std::int64_t tib = 1ll << 40;
constexpr std::int64_t second = 1'000'000'000;

using enum ValueType;

constexpr Field number(std::string_view section, std::string_view key, Slot (*slot)(const Owner&),
                       std::string_view doc, std::string_view example, Range range) {
  return {.section = section,
          .key = key,
          .type = integer,
          .slot = slot,
          .doc = doc,
          .example = example,
          .range = range};
}
constexpr Field tunable_time(std::string_view key, Slot (*slot)(const Owner&), std::string_view doc,
                             std::string_view example) {
  Field field = number("elevator", key, slot, doc, example, {0, 3600 * second});
  field.type = duration;
  return field;
}

constexpr Field rows[] = {
    {.section = "",
     .key = "schema",
     .type = integer,
     .slot = slot<&Scenario::schema>,
     .doc = "version of this file format",
     .example = "1",
     .range = {newest_schema, newest_schema},
     .required = true},
    {.section = "",
     .key = "description",
     .type = text,
     .slot = slot<&Scenario::description>,
     .doc = "one sentence for the heading of the report",
     .example = "\"What is shown.\""},
    {.section = "",
     .key = "expect",
     .type = expectation,
     .slot = slot<&Scenario::expect>,
     .doc = "ok, or violation:PROPERTY when breaking it is what the scenario shows",
     .example = "\"ok\""},
    {.section = "",
     .key = "bug",
     .type = name,
     .slot = slot<&Scenario::bug>,
     .doc = "a bug of the bank that the code under test has in every execution",
     .example = "\"wake_before_enqueue\"",
     .names = list<&Catalog::bugs>},

    {.section = "machine",
     .key = "cpus",
     .type = integer,
     .slot = slot<&MachineSpec::cpus>,
     .doc = "number of CPUs",
     .example = "1",
     .range = {1, 64}},
    {.section = "machine",
     .key = "costs",
     .type = name,
     .slot = slot<&MachineSpec::costs>,
     .doc = "what operations cost a CPU",
     .example = "\"athlon64-3500\"",
     .names = list<&Catalog::costs>},
    {.section = "machine",
     .key = "memory",
     .type = size,
     .slot = slot<&MachineSpec::memory_bytes>,
     .doc = "all memory; the page cache may use what is left",
     .example = "\"1GiB\"",
     .range = {mib, 64 * tib}},

    {.section = "disk",
     .key = "kind",
     .type = choice,
     .slot = slot<&DiskSpec::kind>,
     .doc = "hdd (rotating) or ssd",
     .example = "\"hdd\"",
     .choices = disk_kinds},
    {.section = "disk",
     .key = "profile",
     .type = name,
     .slot = slot<&DiskSpec::profile>,
     .doc = "the disk's geometry and timing; an hdd's may be a file of DiskSim's: *.parv, *.model; "
            "for ssd the default is the first of the list",
     .example = "\"deskstar-7k500\"",
     .names = disk_profiles,
     .also = &Catalog::disks_ssd},
    {.section = "disk",
     .key = "elevator",
     .type = name,
     .slot = slot<&DiskSpec::elevator>,
     .doc = "I/O scheduler in front of the disk",
     .example = "\"deadline\"",
     .names = list<&Catalog::elevators>},

    number("disk", "nr_requests", slot<&DiskSpec::nr_requests>,
           "requests of each direction that may be queued or at the disk", "128", {4, million}),
    {.section = "disk",
     .key = "max_request",
     .type = size,
     .slot = slot<&DiskSpec::max_request_bytes>,
     .doc = "requests are not merged beyond this",
     .example = "\"512KiB\"",
     .range = {128 * kib, gib}},
    number("disk", "queue_depth", slot<&DiskSpec::queue_depth>,
           "requests at the disk at a time; 0: as many as the disk takes", "0", {0, 65'536}),
    number("disk", "unplug_requests", slot<&DiskSpec::unplug_requests>,
           "so many waiting requests pull the queue's plug", "4", {1, million}),
    {.section = "disk",
     .key = "unplug_delay",
     .type = duration,
     .slot = slot<&DiskSpec::unplug_delay>,
     .doc = "after this the plug is pulled anyway",
     .example = "\"3ms\"",
     .range = {0, second}},

    tunable_time("read_expire", slot<&ElevatorSpec::read_expire>,
                 "deadline, mq-deadline, anticipatory: a read older than this goes first",
                 "\"500ms\""),
    tunable_time("write_expire", slot<&ElevatorSpec::write_expire>,
                 "deadline, mq-deadline: a write older than this goes first", "\"5s\""),
    tunable_time("prio_aging_expire", slot<&ElevatorSpec::prio_aging_expire>,
                 "mq-deadline: how long higher classes may keep a lower one waiting", "\"10s\""),
    tunable_time("antic_expire", slot<&ElevatorSpec::antic_expire>,
                 "anticipatory: how long the disk waits for the process served last", "\"6ms\""),
    tunable_time("read_batch_expire", slot<&ElevatorSpec::read_batch_expire>,
                 "anticipatory: how long reads go on while writes wait", "\"500ms\""),
    tunable_time("write_batch_expire", slot<&ElevatorSpec::write_batch_expire>,
                 "anticipatory: how long writes go on while reads wait", "\"125ms\""),
    tunable_time("fifo_expire_sync", slot<&ElevatorSpec::fifo_expire_sync>,
                 "cfq: a synchronous request older than this goes first", "\"125ms\""),
    tunable_time("fifo_expire_async", slot<&ElevatorSpec::fifo_expire_async>,
                 "cfq: an asynchronous one", "\"250ms\""),
    tunable_time("slice_sync", slot<&ElevatorSpec::slice_sync>,
                 "cfq: a process's time slice, at the middle priority", "\"100ms\""),
    tunable_time("slice_async", slot<&ElevatorSpec::slice_async>,
                 "cfq: the slice of asynchronous writes", "\"40ms\""),
    tunable_time("slice_idle", slot<&ElevatorSpec::slice_idle>,
                 "cfq: how long the disk waits for the process whose slice it is", "\"8ms\""),
    number("elevator", "writes_starved", slot<&ElevatorSpec::writes_starved>,
           "deadline, mq-deadline: choices of reads while writes wait", "2", {0, million}),
    number("elevator", "fifo_batch", slot<&ElevatorSpec::fifo_batch>,
           "deadline, mq-deadline: requests of one direction in a row", "16", {1, million}),
    number("elevator", "front_merges", slot<&ElevatorSpec::front_merges>,
           "deadline, mq-deadline: 1 looks for merges in front of a request", "1", {0, 1}),
    number("elevator", "slice_async_rq", slot<&ElevatorSpec::slice_async_rq>,
           "cfq: base of the number of asynchronous writes in a slice", "2", {1, million}),
    number("elevator", "quantum", slot<&ElevatorSpec::quantum>,
           "cfq: requests of a process in one round", "4", {1, million}),
    number("elevator", "back_seek_penalty", slot<&ElevatorSpec::back_seek_penalty>,
           "cfq: how many times farther a way back counts", "2", {1, million}),
    {.section = "elevator",
     .key = "back_seek_max",
     .type = size,
     .slot = slot<&ElevatorSpec::back_seek_max>,
     .doc = "cfq: the farthest the arm goes back",
     .example = "\"16MiB\"",
     .range = {0, 64 * tib}},

    {.section = "cache",
     .key = "readahead",
     .type = name,
     .slot = slot<&CacheSpec::readahead>,
     .doc = "readahead algorithm of the page cache",
     .example = "\"linux-2.6.18\"",
     .names = list<&Catalog::readahead>},
    {.section = "cache",
     .key = "readahead_max",
     .type = size,
     .slot = slot<&CacheSpec::readahead_max_bytes>,
     .doc = "largest readahead window",
     .example = "\"128KiB\"",
     .range = {4 * kib, gib}},
    {.section = "cache",
     .key = "replacement",
     .type = name,
     .slot = slot<&CacheSpec::replacement>,
     .doc = "which pages leave when memory is full",
     .example = "\"linux-2.6.18\"",
     .names = list<&Catalog::replacement>},
    {.section = "cache",
     .key = "memory",
     .type = size,
     .slot = slot<&CacheSpec::memory_bytes>,
     .doc = "what cached pages may take, as in a memory control group; 0: 7/8 of the machine's",
     .example = "\"32MiB\"",
     .range = {0, 1024 * gib}},

    {.section = "link",
     .key = "rate",
     .type = rate,
     .slot = slot<&LinkSpec::rate_bytes_per_s>,
     .doc = "bandwidth of each direction",
     .example = "\"1Gbit/s\"",
     .range = {1'000, 125'000 * million}},
    {.section = "link",
     .key = "rtt",
     .type = duration,
     .slot = slot<&LinkSpec::rtt>,
     .doc = "round-trip time without queueing",
     .example = "\"200us\"",
     .range = {0, 60 * second}},
    {.section = "link",
     .key = "loss",
     .type = probability,
     .slot = slot<&LinkSpec::loss>,
     .doc = "probability that one packet is dropped",
     .example = "0.0"},
    {.section = "link",
     .key = "queue_packets",
     .type = integer,
     .slot = slot<&LinkSpec::queue_packets>,
     .doc = "packets beyond this are dropped",
     .example = "1000",
     .range = {1, million}},

    {.section = "tcp",
     .key = "mss",
     .type = integer,
     .slot = slot<&TcpSpec::mss>,
     .doc = "bytes of payload in one segment",
     .example = "1448",
     .range = {64, 65'495}},
    {.section = "tcp",
     .key = "send_buffer",
     .type = size,
     .slot = slot<&TcpSpec::send_buffer_bytes>,
     .doc = "send buffer of a socket",
     .example = "\"128KiB\"",
     .range = {2 * kib, gib}},
    {.section = "tcp",
     .key = "receive_buffer",
     .type = size,
     .slot = slot<&TcpSpec::receive_buffer_bytes>,
     .doc = "receive buffer of a socket",
     .example = "\"128KiB\"",
     .range = {2 * kib, gib}},

    {.section = "workload",
     .key = "kind",
     .type = name,
     .slot = slot<&WorkloadSpec::kind>,
     .doc = "what the simulated programs do",
     .example = "\"file-server\"",
     .names = list<&Catalog::workloads>,
     .required = true},
    {.section = "workload",
     .key = "designs",
     .type = names,
     .slot = slot<&WorkloadSpec::designs>,
     .doc = "designs to run one after the other, each on a fresh machine",
     .example = "[\"sync-sendfile\", \"kevent-aio-sendfile\"]",
     .names = designs_of_kind,
     .also = &Catalog::event_programs},
    {.section = "workload",
     .key = "clients",
     .type = integer,
     .slot = slot<&WorkloadSpec::clients>,
     .doc = "clients, one connection each",
     .example = "64",
     .range = {1, 100'000}},
    {.section = "workload",
     .key = "requests",
     .type = integer,
     .slot = slot<&WorkloadSpec::requests>,
     .doc = "requests in all, over all clients",
     .example = "1000",
     .range = {1, 1'000 * million}},
    {.section = "workload",
     .key = "workers",
     .type = integer,
     .slot = slot<&WorkloadSpec::workers>,
     .doc = "threads of the server; 0: what the design normally uses",
     .example = "0",
     .range = {0, 10'000}},
    {.section = "workload",
     .key = "cached",
     .type = boolean,
     .slot = slot<&WorkloadSpec::cached>,
     .doc = "read every file once before the clients start",
     .example = "false"},
    {.section = "workload",
     .key = "think_time",
     .type = duration,
     .slot = slot<&WorkloadSpec::think_time>,
     .doc = "a client's pause between an answer and the next request",
     .example = "\"0s\"",
     .range = {0, 86'400 * second}},

    {.section = "workload.files",
     .key = "count",
     .type = integer,
     .slot = slot<&FilesSpec::count>,
     .doc = "number of files",
     .example = "1000",
     .range = {1, 10 * million}},
    {.section = "workload.files",
     .key = "size",
     .type = size,
     .slot = slot<&FilesSpec::size_bytes>,
     .doc = "size of each file",
     .example = "\"1MiB\"",
     .range = {1, tib}},
    {.section = "workload.files",
     .key = "popularity",
     .type = popularity,
     .slot = slot<&FilesSpec::popularity>,
     .doc = "which file is asked for next: uniform, sequential or zipf:EXPONENT",
     .example = "\"zipf:0.9\""},

    {.section = "queue",
     .key = "slots",
     .type = integer,
     .slot = slot<&QueueSpec::slots>,
     .doc = "slots of the ring, for designs that have one",
     .example = "64",
     .range = {2, million}},
    {.section = "queue",
     .key = "batch",
     .type = integer,
     .slot = slot<&QueueSpec::batch>,
     .doc = "events asked for in one call",
     .example = "16",
     .range = {1, million}},
    {.section = "queue",
     .key = "outstanding",
     .type = integer,
     .slot = slot<&QueueSpec::outstanding>,
     .doc = "events raised and not yet consumed, at most; producers wait beyond it",
     .example = "64",
     .range = {1, million}},
    {.section = "queue",
     .key = "cancel",
     .type = probability,
     .slot = slot<&QueueSpec::cancel>,
     .doc = "probability that an event is removed right after it was raised",
     .example = "0.1"},
    {.section = "queue",
     .key = "work",
     .type = duration,
     .slot = slot<&QueueSpec::work>,
     .doc = "CPU time that a consumer spends on each event",
     .example = "\"2us\"",
     .range = {0, 86'400 * second}},

    {.section = "program",
     .key = "ring",
     .type = integer,
     .slot = slot<&ProgramSpec::ring>,
     .doc = "slots of the queue's ring; 0: it has none",
     .example = "2",
     .range = {0, 64}},
    {.section = "program",
     .key = "sockets",
     .type = integer,
     .slot = slot<&ProgramSpec::sockets>,
     .doc = "sockets that the program sets ready itself",
     .example = "1",
     .range = {0, 64}},
    {.section = "program",
     .key = "before",
     .type = operations,
     .slot = slot<&ProgramSpec::before>,
     .doc = "what is done before the threads start",
     .example = "[\"add unotify 1\"]"},

    {.section = "thread",
     .key = "name",
     .type = text,
     .slot = slot<&ThreadSpec::name>,
     .doc = "how tables and other threads call it",
     .example = "\"W1\"",
     .required = true},
    {.section = "thread",
     .key = "does",
     .type = operations,
     .slot = slot<&ThreadSpec::does>,
     .doc = "its operations, in order; 'kevsim list operations' shows all",
     .example = "[\"get_events max=1\"]",
     .required = true},

    {.section = "fault",
     .key = "at",
     .type = name,
     .slot = slot<&FaultSpec::at>,
     .doc = "the operation that fails",
     .example = "\"disk.read\"",
     .names = list<&Catalog::fault_points>,
     .required = true},
    {.section = "fault",
     .key = "rate",
     .type = probability,
     .slot = slot<&FaultSpec::rate>,
     .doc = "probability that one such operation fails",
     .example = "0.001",
     .required = true},
    {.section = "fault",
     .key = "error",
     .type = error_name,
     .slot = slot<&FaultSpec::error>,
     .doc = "the error it fails with; without it, the usual one of the operation",
     .example = "\"EIO\""},
};

constexpr ErrorName errors[] = {
    {"EAGAIN", EAGAIN, "try again"},
    {"EBUSY", EBUSY, "busy"},
    {"ECONNRESET", ECONNRESET, "connection reset by the peer"},
    {"EFAULT", EFAULT, "bad user address"},
    {"EINTR", EINTR, "interrupted"},
    {"EINVAL", EINVAL, "invalid argument"},
    {"EIO", EIO, "input or output error"},
    {"EMFILE", EMFILE, "too many files of one process"},
    {"ENFILE", ENFILE, "too many files of the system"},
    {"ENOBUFS", ENOBUFS, "no buffer space"},
    {"ENOMEM", ENOMEM, "out of memory"},
    {"ENOSPC", ENOSPC, "no space on the device"},
    {"EPIPE", EPIPE, "nobody reads"},
    {"ETIMEDOUT", ETIMEDOUT, "timed out"},
};

}  // namespace

std::span<const Field> fields() {
  return rows;
}

std::span<const ErrorName> error_names() {
  return errors;
}

const Field* find_field(std::string_view section, std::string_view key) {
  for (const Field& field : rows)
    if (field.section == section && field.key == key) return &field;
  return nullptr;
}

std::vector<const Field*> fields_of(std::string_view section) {
  std::vector<const Field*> found;
  for (const Field& field : rows)
    if (field.section == section) found.push_back(&field);
  return found;
}

std::vector<std::string_view> keys_of(std::string_view section) {
  std::vector<std::string_view> keys;
  for (const Field& field : rows)
    if (field.section == section) keys.push_back(field.key);
  return keys;
}

}  // namespace sim
