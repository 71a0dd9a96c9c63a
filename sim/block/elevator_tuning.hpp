#pragma once
// What can be set of an elevator, under the names of its sysfs files. What is not set keeps the
// elevator's own default, which is written in its file; what an elevator does not know it ignores.
//
// Sources: block/*-iosched.c of Linux 2.6.18; block/mq-deadline.c of Linux 6.1.

#include <cstdint>
#include <optional>

#include "model/base/time.hpp"

namespace sim {

struct ElevatorTuning {
  using Time = std::optional<kev::Duration>;
  using Number = std::optional<std::int64_t>;

  // deadline, mq-deadline, anticipatory
  Time read_expire;
  Time write_expire;
  // deadline, mq-deadline
  Number writes_starved;
  Number fifo_batch;
  Number front_merges;  ///< 0 or 1
  // mq-deadline
  Time prio_aging_expire;
  // anticipatory
  Time antic_expire;
  Time read_batch_expire;
  Time write_batch_expire;
  // cfq
  Time fifo_expire_sync;
  Time fifo_expire_async;
  Time slice_sync;
  Time slice_async;
  Time slice_idle;
  Number slice_async_rq;
  Number quantum;
  Number back_seek_max_kb;
  Number back_seek_penalty;
};

}  // namespace sim
