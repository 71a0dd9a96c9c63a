#pragma once
// A scenario as typed values: what a scenario file says after units, defaults and names are
// resolved.
//
// The loader, the JSON schema, `kevsim list fields` and the documentation all come from one table
// of fields (sim/scenario/fields.hpp), which fills these structures; nothing else knows the file's
// keys. Units: bytes, bytes per second (rates are given in bits per second and converted once),
// Duration.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/time.hpp"
#include "sim/scenario/operation.hpp"

namespace sim {

struct MachineSpec {
  int cpus = 1;
  std::string costs = "athlon64-3500";    ///< row of the CPU cost profile table
  std::int64_t memory_bytes = 1ll << 30;  ///< all memory; the page cache may use what is left

  bool operator==(const MachineSpec&) const = default;
};

struct DiskSpec {
  std::string name = "main";
  std::string kind = "hdd";                ///< hdd | ssd
  std::string profile = "deskstar-7k500";  ///< row of the kind's profile table
  std::string elevator = "deadline";       ///< row of the elevator table
  std::int64_t nr_requests = 128;          ///< requests in use, per direction
  std::int64_t max_request_bytes = 512 << 10;
  std::int64_t queue_depth = 0;      ///< requests at the disk; 0: as many as it takes
  std::int64_t unplug_requests = 4;  ///< so many waiting requests pull the plug
  kev::Duration unplug_delay{3'000'000};

  bool operator==(const DiskSpec&) const = default;
};

/// What is not set keeps the elevator's own value.
struct ElevatorSpec {
  using Time = std::optional<kev::Duration>;
  using Number = std::optional<std::int64_t>;
  Time read_expire;
  Time write_expire;
  Time prio_aging_expire;
  Time antic_expire;
  Time read_batch_expire;
  Time write_batch_expire;
  Time fifo_expire_sync;
  Time fifo_expire_async;
  Time slice_sync;
  Time slice_async;
  Time slice_idle;
  Number writes_starved;
  Number fifo_batch;
  Number front_merges;
  Number slice_async_rq;
  Number quantum;
  Number back_seek_max;  ///< bytes
  Number back_seek_penalty;

  bool operator==(const ElevatorSpec&) const = default;
};

/// What is not set keeps the profile's value.
struct DriveSpec {
  std::optional<std::int64_t> queue_depth;
  std::string order = "profile";
  std::optional<kev::Duration> age_limit;
  std::string fast_write = "profile";

  bool operator==(const DriveSpec&) const = default;
};

/// What is not set keeps the profile's value.
struct FlashSpec {
  using Time = std::optional<kev::Duration>;
  using Number = std::optional<std::int64_t>;
  using Part = std::optional<double>;
  Number capacity_bytes;
  Number channels;
  Number ways;
  Number planes;
  Number cell_levels;
  Time sense;
  Time slow_sense;
  Time program;
  Time slow_program;
  Time erase;
  Part over_provisioning;
  Part filled;
  Part overwritten;
  Number write_buffer_bytes;
  Number queues;
  std::string arbitration = "profile";
  Number queue_fetch;
  Number fetch_total;

  bool operator==(const FlashSpec&) const = default;
};

struct CacheSpec {
  std::string readahead = "linux-2.6.18";  ///< row of the readahead table
  std::int64_t readahead_max_bytes = 128 << 10;
  std::string replacement = "linux-2.6.18";  ///< row of the page replacement table
  std::int64_t memory_bytes = 0;             ///< of pages at most; 0: what the machine can spare
  std::int64_t dirty_background_ratio = 10;  ///< percent of memory
  std::int64_t dirty_ratio = 40;
  kev::Duration dirty_writeback{5'000'000'000};
  kev::Duration dirty_expire{30'000'000'000};

  bool operator==(const CacheSpec&) const = default;
};

struct LinkSpec {
  std::string name = "lan";
  std::int64_t rate_bytes_per_s = 125'000'000;
  kev::Duration rtt{200'000};
  double loss = 0.0;                  ///< probability that one packet is dropped
  std::int64_t queue_packets = 1000;  ///< tail drop beyond this
  double loss_correlation = 0.0;      ///< with the packet before, as netem means it
  double burst_enter = 0.0;           ///< Gilbert-Elliott: good to bad, each packet
  double burst_leave = 1.0;           ///< bad to good
  double burst_loss = 1.0;            ///< of a packet while bad
  double duplicate = 0.0;
  double corrupt = 0.0;
  double reorder = 0.0;
  kev::Duration jitter{0};
  std::int64_t hosts = 0;  ///< client machines that have a link like this one to the switch
  std::string netem = {};  ///< loss to jitter and more, in the words of tc-netem(8)

  bool operator==(const LinkSpec&) const = default;
};

/// Between the server's link, which is the first, and those of client machines.
struct SwitchSpec {
  std::int64_t port_packets = 100;  ///< tail drop beyond this
  std::int64_t memory_bytes = 0;    ///< of all ports; 0: what the ports may hold

  bool operator==(const SwitchSpec&) const = default;
};

struct TcpSpec {
  std::int64_t mss = 1448;
  std::int64_t send_buffer_bytes = 128 << 10;
  std::int64_t receive_buffer_bytes = 128 << 10;
  std::int64_t send_buffer_max_bytes = 0;  ///< how far it grows by itself; 0: it is fixed
  std::int64_t receive_buffer_max_bytes = 0;
  std::string stack = "linux-2.6.18";  ///< row of the table of generations
  std::string congestion = "default";  ///< of the stack, or a row of the table

  bool operator==(const TcpSpec&) const = default;
};

struct FilesSpec {
  std::int64_t count = 1000;
  std::int64_t size_bytes = 1 << 20;
  std::string popularity = "uniform";  ///< uniform | sequential | zipf:EXPONENT

  bool operator==(const FilesSpec&) const = default;
};

/// The kind of workload whose clients fetch files from a server.
inline constexpr std::string_view file_server_workload = "file-server";

/// The kind of workload that has no files, no clients and no network: `designs` are then rows of
/// another table.
inline constexpr std::string_view event_queue_workload = "event-queue";

/// The kind of workload whose threads the scenario itself says, operation by operation.
inline constexpr std::string_view queue_program_workload = "queue-program";

struct WorkloadSpec {
  std::string kind = "file-server";
  std::vector<std::string> designs{"sync-sendfile", "kevent-aio-sendfile"};
  std::int64_t clients = 64;
  std::int64_t requests = 1000;  ///< in all, over all clients
  std::int64_t workers = 0;      ///< server threads; 0: what the design normally uses
  bool cached = false;           ///< read every file once before the clients start
  kev::Duration think_time{0};   ///< client's pause between answer and next request
  FilesSpec files;
  std::int64_t kaio_threads = 8;  ///< of the kernel, for asynchronous requests
  std::string ioprio = "none";    ///< of the server, and of these threads (io_priority_text.hpp)
  std::string header = "more";    ///< how it goes out before its file: more | cork | plain
  bool nodelay = false;           ///< TCP_NODELAY on the server's connections

  bool operator==(const WorkloadSpec&) const = default;
};

/// A process that writes to a file while clients are served.
struct WriterSpec {
  std::string file = "log";  ///< log | data | served
  std::int64_t rate_bytes_per_s = 10'000'000;
  std::int64_t write_bytes = 64 << 10;
  std::int64_t file_bytes = 64 << 20;  ///< of its own file, at most
  std::int64_t fsync_bytes = 0;        ///< fsync after so many; 0: never
  std::string ioprio = "none";         ///< its I/O priority

  bool operator==(const WriterSpec&) const = default;
};

/// What the workload `event-queue` does with its queue.
struct QueueSpec {
  std::int64_t slots = 64;        ///< of the ring, for programs with one
  std::int64_t batch = 16;        ///< events asked for in one call
  std::int64_t outstanding = 64;  ///< events raised and not yet consumed, at most
  double cancel = 0.0;    ///< probability that an event is removed right after it was raised
  kev::Duration work{0};  ///< CPU time that a consumer spends on each event

  bool operator==(const QueueSpec&) const = default;
};

/// The world of the workload `queue-program`, and what happens in it before its threads start.
struct ProgramSpec {
  std::int64_t ring = 0;     ///< slots of the queue's ring; 0: it has none
  std::int64_t sockets = 0;  ///< simple origins of events
  std::vector<ProgramStep> before;

  bool operator==(const ProgramSpec&) const = default;
};

struct ThreadSpec {
  std::string name;
  std::vector<ProgramStep> does;

  bool operator==(const ThreadSpec&) const = default;
};

/// One fault rule: what strikes, how, and which operations.
struct FaultSpec {
  std::string at;          ///< row of the fault point table: disk.read, alloc, ...
  double rate = 1.0;       ///< of the operations that match all below
  int error = 0;           ///< positive errno; 0: the usual one
  kev::Duration delay{0};  ///< 0: the usual one
  bool spare = false;      ///< what matches is left alone by the rules below
  std::int64_t nth = 0;    ///< only this one; 0: any
  std::int64_t count = 0;  ///< so often at most; 0: always
  std::optional<std::int64_t> target = std::nullopt;
  std::int64_t offset = 0;  ///< bytes
  std::int64_t length = 0;  ///< bytes; 0: to the end
  kev::Duration after{0};   ///< since the workload began
  std::optional<kev::Duration> until = std::nullopt;

  bool operator==(const FaultSpec&) const = default;
};

/// What each explored execution draws anew: from the value that the scenario has to the one here.
/// 0: it does not vary.
struct ExploreSpec {
  std::int64_t slots = 0;  ///< of [queue]
  std::int64_t batch = 0;
  std::int64_t outstanding = 0;
  std::int64_t workers = 0;            ///< of [workload]
  std::int64_t ring = 0;               ///< of [program]
  bool calls = false;                  ///< each call of a [[thread]] is made or not
  std::int64_t send_buffer_bytes = 0;  ///< of [tcp]
  bool faults = false;                 ///< each [[fault]] is there or not

  bool operator==(const ExploreSpec&) const = default;
};

/// `"latency.p99" = "< 500ms"`: decides the exit code.
struct LimitSpec {
  std::string metric;  ///< row of the metric table
  enum class Relation { less, less_equal, greater, greater_equal } relation = Relation::less;
  double bound = 0.0;  ///< in the metric's own unit (ns, bytes/s, ratio, count)
  std::string text;    ///< as written, for the report

  bool operator==(const LimitSpec&) const = default;
};

struct Scenario {
  std::string path;  ///< the file it came from
  int schema = 1;
  std::string description;
  std::string expect = "ok";  ///< ok | violation:<property>
  std::string bug = "none";   ///< row of the bug bank: on in every execution
  MachineSpec machine;
  std::vector<DiskSpec> disks;  ///< in file order; never empty after loading
  ElevatorSpec elevator;
  DriveSpec hdd;
  FlashSpec ssd;
  CacheSpec cache;
  std::vector<LinkSpec> links;  ///< in file order; never empty after loading
  SwitchSpec ethernet;
  TcpSpec tcp;
  WorkloadSpec workload;
  std::vector<WriterSpec> writers;
  QueueSpec queue;
  ProgramSpec program;
  std::vector<ThreadSpec> threads;
  ExploreSpec explore;
  std::vector<FaultSpec> faults;
  std::vector<LimitSpec> limits;

  bool operator==(const Scenario&) const = default;
};

}  // namespace sim
