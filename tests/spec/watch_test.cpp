// Each promise, broken once: the monitor that has its name says so, and the others are silent.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "model/spec/watch.hpp"
#include "tests/spec/history.hpp"

using namespace test;

namespace {

class Watched {
 public:
  void call(Call made, Answer answer, std::uint32_t thread = 0) {
    watch.end(watch.begin(thread, std::move(made)), std::move(answer));
  }
  void add(const abi::ukevent& one) { call(control(CallKind::add, {one}), left(0, {one})); }
  void ready(std::uint32_t id) {
    call(control(CallKind::ready, {unotify(id)}), left(1, {unotify(id)}));
  }
  /// The promises that were broken, each once.
  std::string broken() {
    std::string names;
    for (const spec::Broken& each : watch.broken())
      if (names.find(each.promise) == std::string::npos)
        names += (names.empty() ? "" : " ") + std::string(each.promise);
    return names;
  }
  spec::Watch watch;
};

}  // namespace

TEST_CASE("an honest queue breaks no promise") {
  Watched w;
  w.add(unotify(1));
  w.add(unotify(2, abi::KEVENT_REQ_ONESHOT));
  w.ready(2);
  w.ready(1);
  w.call(get(1, 4), events({done(unotify(2, abi::KEVENT_REQ_ONESHOT)), done(unotify(1))}));
  w.call(control(CallKind::remove, {unotify(1)}), left(0, {done(unotify(1))}));
  w.call(get(0, 4), value(0));
  w.watch.at_rest();
  w.watch.closed({});
  CHECK(w.broken().empty());
}

TEST_CASE("exactly_once_oneshot: a second delivery for one registration") {
  Watched w;
  const abi::ukevent one = unotify(1, abi::KEVENT_REQ_ONESHOT);
  w.add(one);
  w.call(get(0, 1), events({done(one)}));
  CHECK(w.broken().empty());
  w.call(get(0, 1), events({done(one)}));
  CHECK(w.broken() == "exactly_once_oneshot");
  CHECK(w.watch.broken().front().message ==
        "thread 0, 1: unotify 1 to \"get 0..1, at once\": unotify 1 was delivered 2 times as a "
        "one-shot, but registered or modified 1 times");
}

TEST_CASE("no_lost_event: left behind by a fetch that had room") {
  Watched w;
  w.add(unotify(1));
  w.ready(1);
  w.call(get(0, 4), value(0));
  CHECK(w.broken() == "no_lost_event");
}

TEST_CASE("no_lost_wakeup: asleep for ever with an event at hand") {
  Watched w;
  w.add(unotify(1));
  w.ready(1);
  w.watch.begin(1, get(2, 2, Timeout::endless));
  w.watch.at_rest();
  CHECK(w.broken().empty());
  w.watch.begin(2, get(1, 1, Timeout::endless));
  w.watch.at_rest();
  CHECK(w.broken() == "no_lost_wakeup");
}

TEST_CASE("fifo_by_readiness: the younger event first") {
  Watched w;
  w.add(unotify(1));
  w.ready(1);
  w.add(unotify(2));
  w.ready(2);
  w.call(get(0, 2), events({done(unotify(2)), done(unotify(1))}));
  CHECK(w.broken() == "fifo_by_readiness");
}

TEST_CASE("fifo_by_readiness: nothing is said of what became ready again while it was fetched") {
  Watched w;
  w.add(unotify(1));
  w.add(unotify(2));
  w.ready(1);
  const std::uint32_t fetch = w.watch.begin(1, get(1, 1));
  w.ready(1);  // perhaps after the fetch took it
  w.watch.end(fetch, events({done(unotify(1))}));
  w.ready(2);
  w.call(get(0, 2), events({done(unotify(1)), done(unotify(2))}));
  CHECK(w.broken().empty());
}

TEST_CASE("control_linearizable: shown after REMOVE returned, and as it was before MODIFY") {
  Watched removed;
  removed.add(unotify(1));
  removed.call(control(CallKind::remove, {unotify(1)}), left(0, {done(unotify(1))}));
  removed.call(get(0, 1), events({done(unotify(1))}));
  CHECK(removed.broken() == "control_linearizable");
  Watched modified;
  modified.add(unotify(1));
  abi::ukevent changed = unotify(1, abi::KEVENT_REQ_ET);
  changed.user = 7;
  modified.call(control(CallKind::modify, {changed}), left(0, {done(changed)}));
  modified.call(get(0, 1), events({done(unotify(1))}));
  CHECK(modified.broken() == "control_linearizable");
}

TEST_CASE("api_contract: counts, errors and flags that no call promises") {
  const auto answer = [](const Call& call, const Answer& given) {
    Watched w;
    w.add(unotify(1));
    w.call(call, given);
    return w.broken();
  };
  CHECK(answer(get(0, 1, Timeout::endless), value(0)) == "api_contract");
  CHECK(answer(get(0, 1), value(-EINTR)) == "api_contract");
  CHECK(answer(get(0, 1), value(-EFAULT)) == "api_contract");
  CHECK(answer(get(0, 0), value(0)) == "api_contract");
  CHECK(answer(get(0, 0), value(-EINVAL)).empty());
  CHECK(answer(get(0, 2), events({unotify(1)})) == "api_contract");
  CHECK(answer(control(CallKind::ready, {unotify(1)}), left(2, {unotify(1)})) == "api_contract");
  CHECK(answer(control(CallKind::remove, {unotify(1)}), left(0, {unotify(1)})) == "api_contract");
}

TEST_CASE("starvation_bound: passed by without end") {
  Watched w;
  for (std::uint32_t id = 1; id <= 2; ++id) w.add(unotify(id));
  w.ready(1);
  for (int i = 0; i < 5; ++i) {
    w.ready(2);
    w.call(get(0, 1), events({done(unotify(2))}));
  }
  CHECK(w.broken() == "fifo_by_readiness starvation_bound");
}

TEST_CASE("ring_invariants: freed but never filled, filled but never free, an index that jumps") {
  const auto ring = [](long produced, long committed) {
    Watched w;
    w.watch.history().ring_size = 2;
    Call wait = get(0, 2);
    wait.kind = CallKind::wait;
    for (; produced > 0; produced -= 2) w.call(wait, value(std::min(produced, 2L)));
    Call commit;
    commit.kind = CallKind::commit;
    if (committed != 0) w.call(commit, value(committed));
    return w.broken();
  };
  CHECK(ring(2, 2).empty());
  CHECK(ring(1, 2) == "ring_invariants");
  CHECK(ring(4, 0) == "ring_invariants");
  Watched w;
  w.watch.history().ring_size = 2;
  Call look;
  look.kind = CallKind::ring_look;
  Answer seen;
  seen.events.resize(2);
  seen.kidx = 1;
  w.call(look, seen);
  CHECK(w.broken() == "ring_invariants");
}

TEST_CASE("conservation: something is left over") {
  Watched w;
  w.watch.closed({1, 0});
  CHECK(w.broken() == "conservation");
}

TEST_CASE("every promise that a monitor names is in the table") {
  for (const char* name :
       {"linearizable", "exactly_once_oneshot", "no_lost_event", "no_lost_wakeup",
        "fifo_by_readiness", "ring_invariants", "control_linearizable", "conservation",
        "api_contract", "starvation_bound"}) {
    bool found = false;
    for (const spec::Promise& promise : spec::promises()) found |= promise.name == name;
    CHECK(found);
  }
}
