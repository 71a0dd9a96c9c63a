#include "model/bugs/bank.hpp"

#include "model/base/check.hpp"

namespace kev {

namespace {

constexpr BugRow rows[] = {
    {Bug::no_wake_on_overflow_list, "no_wake_on_overflow_list",
     "what becomes ready while a waiter copies events out wakes nobody, then or later",
     "epoll 0c54a6a44bf3 (2020), 7fab29e35672 (2021)", "lost wake-up", 2,
     "no_lost_wakeup data_race"},
    {Bug::wait_ignores_ring_state, "wait_ignores_ring_state",
     "kevent_wait() does not look whether the ring has changed since the program looked",
     "Drepper on kevent (Nov 2006), mended in take26; HAProxy b8e0fb97f (2022)", "lost wake-up", 2,
     "no_lost_wakeup"},
    {Bug::wake_before_enqueue, "wake_before_enqueue",
     "the waiter is woken before the event is on the ready list",
     "libkqueue 10a942b (2026), Seastar 88cc2326b (2016)", "lost wake-up", 2, "no_lost_wakeup"},
    {Bug::abandoned_wakeup_not_passed_on, "abandoned_wakeup_not_passed_on",
     "a waiter that was chosen, but leaves for a signal or its timeout, looks at nothing more",
     "epoll, Yeganeh (Nov 2020); Drepper on kevent (Sep 2006); Boost.Asio 85e9b528 (2013)",
     "lost wake-up", 2, "linearizable no_lost_wakeup"},
    {Bug::test_waiters_before_enqueue, "test_waiters_before_enqueue",
     "whether anybody waits is asked before the event is on the ready list",
     "epoll 1b53734bd0b2 (2020), Seastar 788c46cb3 (2023), Tokio 7c8b8877d (2019)", "lost wake-up",
     2, "no_lost_wakeup"},
    {Bug::modify_or_add_on_ready_not_delivered, "modify_or_add_on_ready_not_delivered",
     "the origin is looked at before the interest is linked, or before MODIFY has forgotten",
     "epoll 128dd1759d96 (2013), libkqueue 3e6d4e5 and d9ec495 (2026)", "lost event", 2,
     "no_lost_wakeup linearizable no_lost_event"},
    {Bug::one_kick_flag, "one_kick_flag", "kicks are a flag: two of them let one waiter go",
     "kevent take29, read (need_exit)", "lost wake-up", 1, "no_lost_wakeup"},
    {Bug::wake_suppressed_by_min_nr, "wake_suppressed_by_min_nr",
     "a waiter for k events is woken when there are more than k", "Linux aio 7a2c359a17b5 (2023)",
     "lost wake-up", 1, "no_lost_wakeup"},
    {Bug::shared_deadline, "shared_deadline",
     "a queue has one timer for absolute deadlines: who comes last moves those of all others",
     "kevent take29, read", "hang", 1, "no_lost_wakeup api_contract"},

    {Bug::overflow_cursor_dangles, "overflow_cursor_dangles",
     "removal leaves the pointer to the first event that the ring had no space for",
     "kevent take21, Dumazet's review (28 Oct 2006)", "use after free", 0, "use_after_free"},
    {Bug::remove_midring_advances_head, "remove_midring_advances_head",
     "removing a ready interest takes the oldest slot out of the ring", "kevent take21, read",
     "lost event", 0, "ring_invariants linearizable api_contract"},
    {Bug::commit_without_wrap_check, "commit_without_wrap_check",
     "a commit is told by the index alone: one that is a round late frees what nobody has read",
     "kevent before take25 (ring_over); musl 97c5b5a8", "lost event", 2,
     "linearizable ring_invariants api_contract"},
    {Bug::claim_slot_before_copy, "claim_slot_before_copy",
     "the program commits a slot and reads it afterwards",
     "Drepper's getidx() and Happe's objection (23 Nov 2006), liburing ecefd795 (2019)",
     "duplicate", 2, "exactly_once_oneshot"},
    {Bug::kidx_published_out_of_order, "kidx_published_out_of_order",
     "each of two threads that fill the ring publishes its own index, in no order",
     "perf 1b038c6e05ff (2019), folly e0fa7a108 (2025)", "ring", 2, "ring_invariants linearizable"},
    {Bug::overflow_parked_never_flushed, "overflow_parked_never_flushed",
     "space in the ring wakes nobody who waits for it",
     "io_uring 1d7bb1d50fb4 (2019), liburing 122eca6a; kevent take29, read", "lost wake-up", 1,
     "no_lost_wakeup"},
    {Bug::ring_full_check_removed, "ring_full_check_removed",
     "the ring is filled whether it has space or not", "kevent take14, Drepper's review (Aug 2006)",
     "ring overflow", 0, "ring_invariants linearizable"},
    {Bug::whole_ring_not_committed, "whole_ring_not_committed",
     "a commit of the whole ring is taken for one of nothing", "kevent take29, read", "ring", 0,
     "linearizable"},
    {Bug::unfilled_slots_committed, "unfilled_slots_committed",
     "a commit of slots that were not filled is accepted", "kevent take29, read", "ring", 0,
     "ring_invariants linearizable"},
    {Bug::full_ring_blocks_get_events, "full_ring_blocks_get_events",
     "kevent_get_events() waits for space in the ring, which it does not need",
     "kevent take29, read", "lost wake-up", 0, "no_lost_wakeup"},

    {Bug::ghost_event_after_remove_or_disable, "ghost_event_after_remove_or_disable",
     "REMOVE leaves the event that is already on the ready list",
     "libkqueue 57ffdd6, 2dfed5f, 720a626 (2026)", "ghost event", 0,
     "control_linearizable linearizable"},
    {Bug::oneshot_double_dispatch, "oneshot_double_dispatch",
     "a one-shot interest is over when it was copied, not when it fires",
     "libkqueue ea83add (2011), 3e6d4e5 (2026)", "duplicate", 2,
     "exactly_once_oneshot linearizable"},
    {Bug::oneshot_unlinked_by_notifiers, "oneshot_unlinked_by_notifiers",
     "who makes a one-shot interest ready unlinks it from its origin, under RCU only",
     "kevent take29, read", "list corruption", 2, "list_integrity data_race"},
    {Bug::oneshot_used_after_completion, "oneshot_used_after_completion",
     "kevent_wait() looks at the flags of an interest that it has given to RCU",
     "kevent take29, read", "use after free", 2, "use_after_free"},
    {Bug::callback_on_dying_source, "callback_on_dying_source",
     "a removed interest gives its origin back while somebody still asks it for its state",
     "epoll 4efaa5acf0a1 (2024), a6dc643c6931 (2026), 7d267278a9ec (2015)", "use after free", 2,
     "use_after_free"},
    {Bug::destroy_with_waiters, "destroy_with_waiters",
     "closing the queue destroys it under those who wait on it",
     "libkqueue 7e3f727, 4e5c1a0 (2026); nginx b79446517 (2024)", "use after free", 1,
     "use_after_free"},
    {Bug::close_goes_on_from_freed, "close_goes_on_from_freed",
     "closing the queue asks the interest that it has just given to RCU for the next one",
     "kevent take29, read", "use after free", 2, "use_after_free"},

    {Bug::dequeued_then_copy_failed, "dequeued_then_copy_failed",
     "an event whose copy to the program faults is gone",
     "kevent takes 7 and 24 (Morton), HAProxy 36d92dcd9 (2024)", "lost event", 0,
     "linearizable no_lost_event"},
    {Bug::min_nr_ignored, "min_nr_ignored", "one event ends a wait for two", "kevent take29, read",
     "wrong count", 0, "linearizable api_contract"},
    {Bug::last_check_oneshot_forgotten, "last_check_oneshot_forgotten",
     "a one-shot interest that its last check has dropped never fires again", "kevent take29, read",
     "lost event", 1, "linearizable no_lost_wakeup"},
    {Bug::last_check_asked_once, "last_check_asked_once",
     "after the first event that passes its last check the others are not checked",
     "kevent take29, read", "stale event", 0, "control_linearizable linearizable"},
    {Bug::done_flag_kept, "done_flag_kept",
     "flags outlive their delivery, and a check that says no makes the interest ready again",
     "kevent take29, read", "stale event", 0, "linearizable"},
    {Bug::level_reported_once, "level_reported_once",
     "a level that still holds is not reported again",
     "kevent take29, read; epoll 7fab29e35672 (2021)", "lost event", 0,
     "no_lost_wakeup linearizable no_lost_event"},
    {Bug::drain_refills_itself, "drain_refills_itself",
     "a call hands out a level again that it has put back itself",
     "libuv 27e7a8b10 (2018), Seastar 05cdfc2d3 (2022)", "starvation", 0,
     "linearizable starvation_bound api_contract"},

    {Bug::page_left_busy_on_read_error, "page_left_busy_on_read_error",
     "the pages of a read that failed are not unlocked", "FreeBSD r361852 (2020)", "hang", 0,
     "request_ends page_state reference_balance"},
    {Bug::ready_despite_error, "ready_despite_error",
     "a page whose read has failed is sent as if it had succeeded",
     "FreeBSD sendfile_iodone (r293439, 2016)", "wrong bytes", 0, "byte_stream"},
    {Bug::async_wait_after_partial_copy, "async_wait_after_partial_copy",
     "a step that has sent pages and then waits for one forgets what it has sent",
     "Linux filemap 0abed7c69b95 (2020)", "duplicate bytes", 1, "byte_stream"},
    {Bug::kick_during_step_lost, "kick_during_step_lost",
     "a kick that comes while the request's step runs is dropped",
     "kevent take31, read; HAProxy 13afcb7ab (2019)", "hang", 2, "request_ends reference_balance"},
    {Bug::foreign_pages_never_kick, "foreign_pages_never_kick",
     "a request waits for a page that somebody else reads, and nobody will kick it",
     "kevent take31, read", "hang", 1, "request_ends reference_balance"},
    {Bug::resend_from_page_start, "resend_from_page_start",
     "after a send that took a part of a page, the page is sent from its begin",
     "kevent take31, read", "wrong bytes", 0, "byte_stream"},
    {Bug::files_kept_at_the_end, "files_kept_at_the_end",
     "a request that has ended keeps its file and its socket", "kevent take31, read", "leak", 0,
     "reference_balance"},
    {Bug::pages_unlocked_before_reference, "pages_unlocked_before_reference",
     "a read holds no reference to its request: who unlocks the pages uses it afterwards",
     "kevent take31, read; FreeBSD 6bc27f086ad1 (2020)", "use after free", 3, "use_after_free"},
    {Bug::no_event_on_error, "no_event_on_error", "a request that fails ends without an event",
     "kevent take31, read", "hang", 0, "request_ends reference_balance"},
    {Bug::partial_send_forgotten, "partial_send_forgotten",
     "a step that has sent pages and then finds the socket full forgets what it has sent",
     "libevent 643922e9 (2011), libuv 8b90faff6 (2015)", "duplicate bytes", 0, "byte_stream"},
    {Bug::second_post_in_flight, "second_post_in_flight",
     "a step that something else has kicked reads a page whose read is under way",
     "nginx 0f5f4cb18 (2011), a6fe512df (2016), 2361e98a3 (2021)", "double read", 1, "page_state"},
    {Bug::end_of_file_retried, "end_of_file_retried",
     "a file that has become too short is taken for one whose pages are still to come",
     "nginx 681e735a3, 07a7b5776 (2016)", "hang", 1, "request_ends reference_balance"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(rows); ++i)
    if (rows[i].bug != static_cast<Bug>(i + 1)) return false;
  return true;
}
static_assert(in_order(), "rows are found by number");

}  // namespace

std::span<const BugRow> bug_bank() {
  return rows;
}

const BugRow* find_bug(std::string_view name) {
  for (const BugRow& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

const BugRow& row_of(Bug bug) {
  KEV_CHECK(bug != Bug::none);
  return rows[static_cast<std::size_t>(bug) - 1];
}

std::string scenario_of(const BugRow& row) {
  return "scenarios/race/bugs/" + std::string(row.name) + ".toml";
}

}  // namespace kev
