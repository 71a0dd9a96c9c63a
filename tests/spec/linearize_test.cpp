#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "model/spec/history_table.hpp"
#include "model/spec/spec_queue.hpp"
#include "tests/spec/history.hpp"

using namespace test;
using spec::judge;
using spec::Verdict;

namespace {

/// A register, to test the search alone: writes, and reads of a value.
struct Register {
  using State = int;
  struct Step {
    bool write = false;
    int value = 0;
  };
  static void apply(const State& state, const Step& step, std::vector<State>& next) {
    if (step.write || state == step.value) next.push_back(step.value);
  }
  static bool stays(const State&, const Step&) { return false; }
  static bool may_skip(const State&, const Step&) { return false; }
  static void hash(const State& state, spec::StateHash& hash) {
    hash.add(static_cast<std::uint64_t>(state));
  }
  static bool may_rest(const State&) { return true; }
};

using Chains = spec::StepChains<Register::Step>;

Verdict verdict(const Chains& chains) {
  return spec::linearize(Register{}, 0, chains).verdict;
}

/// ADD of 1 and 2, both made ready in this order, by thread 0 up to moment 6.
Story two_ready(std::uint32_t flags = 0) {
  Story story;
  story
      .call(0, 1, 2, control(CallKind::add, {unotify(1, flags), unotify(2, flags)}),
            left(0, {unotify(1, flags), unotify(2, flags)}))
      .call(0, 3, 4, control(CallKind::ready, {unotify(1)}), left(1, {unotify(1)}))
      .call(0, 5, 6, control(CallKind::ready, {unotify(2)}), left(1, {unotify(2)}));
  return story;
}

}  // namespace

TEST_CASE("overlapping calls may take effect in either order, others not") {
  const Chains overlapping = {{{1, 4, {true, 1}}}, {{2, 3, {false, 0}}, {5, 6, {false, 1}}}};
  CHECK(verdict(overlapping) == Verdict::linearizable);
  const Chains stale = {{{1, 2, {true, 1}}}, {{3, 4, {false, 0}}}};
  CHECK(verdict(stale) == Verdict::not_linearizable);
}

TEST_CASE("two readers cannot see two writes in different orders") {
  const Chains chains = {{{1, 8, {true, 1}}},
                         {{1, 8, {true, 2}}},
                         {{2, 3, {false, 1}}, {4, 5, {false, 2}}},
                         {{2, 3, {false, 2}}, {4, 5, {false, 1}}}};
  CHECK(verdict(chains) == Verdict::not_linearizable);
}

TEST_CASE("the shortest failing prefix ends with the answer that cannot be") {
  const Chains chains = {{{1, 2, {true, 1}}, {9, 10, {true, 2}}},
                         {{3, 4, {false, 1}}, {5, 6, {false, 3}}, {7, 8, {false, 1}}}};
  CHECK(spec::shortest_failing_prefix(Register{}, 0, chains) == 6);
}

TEST_CASE("a history without calls is explained") {
  CHECK(verdict({}) == Verdict::linearizable);
}

TEST_CASE("the queue is first in, first out") {
  Story right = two_ready();
  right.call(1, 7, 8, get(0, 2), events({done(unotify(1)), done(unotify(2))}));
  CHECK(judge(right.history, false).verdict == Verdict::linearizable);
  Story wrong = two_ready();
  wrong.call(1, 7, 8, get(0, 2), events({done(unotify(2)), done(unotify(1))}));
  CHECK(judge(wrong.history, false).verdict == Verdict::not_linearizable);
}

TEST_CASE("a one-shot event goes to one of two fetchers") {
  const abi::ukevent shown = done(unotify(1, abi::KEVENT_REQ_ONESHOT));
  Story once = two_ready(abi::KEVENT_REQ_ONESHOT);
  once.call(1, 7, 10, get(0, 1), events({shown}));
  once.call(2, 8, 9, get(0, 1), events({done(unotify(2, abi::KEVENT_REQ_ONESHOT))}));
  CHECK(judge(once.history, false).verdict == Verdict::linearizable);
  Story twice = two_ready(abi::KEVENT_REQ_ONESHOT);
  twice.call(1, 7, 10, get(0, 1), events({shown}));
  twice.call(2, 8, 9, get(0, 1), events({shown}));
  CHECK(judge(twice.history, false).verdict == Verdict::not_linearizable);
}

TEST_CASE("a fetch may miss what becomes ready while it goes on, not what was ready before") {
  Story during;
  during.call(0, 1, 2, control(CallKind::add, {unotify(1)}), left(0, {unotify(1)}))
      .call(1, 3, 6, get(0, 1), value(0))
      .call(0, 4, 5, control(CallKind::ready, {unotify(1)}), left(1, {unotify(1)}));
  CHECK(judge(during.history, false).verdict == Verdict::linearizable);
  Story before = two_ready();
  before.call(1, 7, 8, get(0, 1), value(0));
  CHECK(judge(before.history, false).verdict == Verdict::not_linearizable);
}

TEST_CASE("whoever sleeps at the end sleeps for a reason") {
  Story reason = two_ready();
  reason.call(1, 7, spec::never, get(3, 4, Timeout::endless));
  CHECK(judge(reason.history, true).verdict == Verdict::linearizable);
  Story lost = two_ready();
  lost.call(1, 7, spec::never, get(2, 4, Timeout::endless));
  CHECK(judge(lost.history, true).verdict == Verdict::restless);
}

TEST_CASE("a failure is told as a table with a column a thread, up to the impossible answer") {
  Story story = two_ready();
  story.call(1, 7, 8, get(0, 1), events({done(unotify(2))})).call(1, 9, 10, get(0, 1), value(0));
  const std::string told = explain(story.history, judge(story.history, false));
  CHECK(told ==
        "no order of the calls explains the answers up to here:\n"
        "  thread 0                 | thread 1\n"
        "  ADD unotify 1, unotify 2 |\n"
        "  = 0                      |\n"
        "  READY unotify 1          |\n"
        "  = 1                      |\n"
        "  READY unotify 2          |\n"
        "  = 1                      |\n"
        "                           | get 0..1, at once\n"
        "                           | = 1: unotify 2\n");
}

TEST_CASE("the ring: a full one can be committed as a whole, and only what was produced") {
  const auto commit = [](std::uint32_t index, std::uint32_t over) {
    Call call;
    call.kind = CallKind::commit;
    call.uidx = index;
    call.over = over;
    return call;
  };
  Call wait = get(0, 2);
  wait.kind = CallKind::wait;
  const auto history = [&](const Call& made, long answer) {
    Story story = two_ready();
    story.history.ring_size = 2;
    story.call(0, 7, 8, wait, value(2)).call(0, 9, 10, made, value(answer));
    return judge(story.history, false).verdict;
  };
  CHECK(history(commit(0, 1), 2) == Verdict::linearizable);
  CHECK(history(commit(0, 0), 0) == Verdict::linearizable);
  CHECK(history(commit(1, 0), 1) == Verdict::linearizable);
  CHECK(history(commit(1, 1), -EINVAL) == Verdict::linearizable);
  CHECK(history(commit(1, 1), 1) == Verdict::not_linearizable);
  CHECK(history(commit(0, 2), -EOVERFLOW) == Verdict::linearizable);
  CHECK(history(commit(2, 0), -EINVAL) == Verdict::linearizable);
}
