#pragma once
// What the calls are made of: atomic steps, and the chain of steps that a call with a known answer
// must have taken. A control call does its requests one after another; a fetch takes events one by
// one; each is done with one event before it takes the next.

#include <cstdint>

#include "model/spec/call.hpp"
#include "model/spec/linearize.hpp"

namespace kev::spec {

enum class StepKind : std::uint8_t {
  impossible,  ///< no queue gives this answer
  open,        ///< the descriptor names the queue; `fate` says whether it did
  count,       ///< as many interests as requests; `fate` says whether there were
  // control calls, one request each
  add_insert,
  add_link,
  add_check,
  add_finish,
  remove_out,
  remove_drop,
  modify_reset,
  modify_check,
  modify_mark,
  ready_mark,
  control_end,
  kick,
  // fetching
  look,      ///< there is a reason to stop waiting
  snapshot,  ///< what is on the ready list now may be taken
  nap,       ///< woken, and asleep again: LAST_CHECK found nothing true
  drops,     ///< what LAST_CHECK finds no longer true is taken, unseen by the caller
  take,
  last_check,
  produce,  ///< into the ring
  retire_out,
  retire_drop,
  recheck,
  mark_again,
  stop,             ///< nothing more to take, or user memory has faulted
  produce_faulted,  ///< into the ring, what could not be copied to the caller
  put_back,         ///< what could not be copied
  // the rest
  commit,
  ring_look,
  close,
  signal,
  origin_set,
  origin_check,
  origin_mark,
  origin_close
};

/// What is known of the fate of one request of a control call.
enum class Fate : std::uint8_t {
  unknown,    ///< the call ended with -EFAULT
  done,       ///< registered, found, marked
  ready_now,  ///< ADD: not registered, handed back
  failed      ///< ADD: with `error`; others: not found
};

/// An event that the caller has not seen.
inline constexpr std::uint32_t unseen_item = 0xffffffff;

struct Step {
  StepKind kind = StepKind::impossible;
  Fate fate = Fate::done;
  std::uint32_t call = 0;  ///< index in the history
  std::uint32_t item = 0;  ///< which request or event
  std::int32_t error = 0;  ///< errno of a failed ADD
};

/// The steps of every call of the history, by thread. Of a call that did not end, what it may have
/// done before it went to sleep again.
StepChains<Step> steps_of(const History& history);

}  // namespace kev::spec
