#pragma once
// Switches for the bugs of the bank (bank.hpp): real code with a known bug in it, on demand.
//
// The code under test asks `bug(platform_, Bug::name)` where the bug would be. On a platform
// without a switchboard the answer is a constant, and nothing of the bug is compiled; on one with
// a switchboard (`platform.bugs()`) exactly one bug can be on, for one execution. Each yes
// counts: a bug whose place is never reached says nothing about a search.

#include <cstdint>

namespace kev {

/// In the order of the table in bank.cpp.
enum class Bug : std::uint8_t {
  none,
  // who is woken, and when
  no_wake_on_overflow_list,
  wait_ignores_ring_state,
  wake_before_enqueue,
  abandoned_wakeup_not_passed_on,
  test_waiters_before_enqueue,
  modify_or_add_on_ready_not_delivered,
  one_kick_flag,
  wake_suppressed_by_min_nr,
  shared_deadline,
  // the ring
  overflow_cursor_dangles,
  remove_midring_advances_head,
  commit_without_wrap_check,
  claim_slot_before_copy,
  kidx_published_out_of_order,
  overflow_parked_never_flushed,
  ring_full_check_removed,
  whole_ring_not_committed,
  unfilled_slots_committed,
  full_ring_blocks_get_events,
  // how long things live
  ghost_event_after_remove_or_disable,
  oneshot_double_dispatch,
  oneshot_unlinked_by_notifiers,
  oneshot_used_after_completion,
  callback_on_dying_source,
  destroy_with_waiters,
  close_goes_on_from_freed,
  // what is delivered
  dequeued_then_copy_failed,
  min_nr_ignored,
  last_check_oneshot_forgotten,
  last_check_asked_once,
  done_flag_kept,
  level_reported_once,
  drain_refills_itself,
  // pages
  page_left_busy_on_read_error,
  // asynchronous sendfile
  ready_despite_error,
  async_wait_after_partial_copy,
  kick_during_step_lost,
  foreign_pages_never_kick,
  resend_from_page_start,
  files_kept_at_the_end,
  pages_unlocked_before_reference,
  no_event_on_error,
  partial_send_forgotten,
  second_post_in_flight,
  end_of_file_retried,
};

/// Which bug is on in one execution, and how often its places were reached.
class BugSwitch {
 public:
  explicit BugSwitch(Bug on = Bug::none) : on_(on) {}

  [[nodiscard]] Bug on() const { return on_; }
  /// Whether the code at this place is to have the bug.
  bool strikes(Bug bug) {
    if (bug != on_) [[likely]]
      return false;
    ++reached_;
    return true;
  }
  [[nodiscard]] std::uint64_t reached() const { return reached_; }

 private:
  Bug on_;
  std::uint64_t reached_ = 0;
};

template <class P>
[[nodiscard]] constexpr bool bug([[maybe_unused]] P& platform, [[maybe_unused]] Bug which) {
  if constexpr (requires { platform.bugs(); })
    return platform.bugs().strikes(which);
  else
    return false;
}

}  // namespace kev
