// Rules: which operations they strike, and who decides when several match.

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

#include "sim/faults/faults.hpp"

namespace {

using sim::FaultPlace;
using sim::FaultPoint;

/// Says yes to the choices of those numbers.
class YesTo final : public sim::Chooser {
 public:
  explicit YesTo(std::set<int> numbers) : numbers_(std::move(numbers)) {}
  std::uint32_t choose(sim::ChoiceKind kind, std::uint32_t, sim::Operation) override {
    CHECK(kind == sim::ChoiceKind::fault);
    return numbers_.count(asked++) == 0 ? 0 : 1;
  }
  int asked = 0;

 private:
  std::set<int> numbers_;
};

struct World {
  explicit World(bool explore = false, std::set<int> yes = {})
      : chooser(std::move(yes)), faults(recorder, chooser, sim::Random(1), explore) {}

  /// Which of so many operations on the disk are struck, from 1.
  std::vector<int> struck(int operations, sim::FaultSubject subject = {}) {
    std::vector<int> numbers;
    for (int i = 1; i <= operations; ++i)
      if (faults.ask(FaultPlace::disk_read, subject).kind != nullptr) numbers.push_back(i);
    return numbers;
  }
  void pass_time(std::int64_t ns) {
    engine.schedule_after(nothing_, kev::Duration(ns));
    engine.run();
  }
  void on_nothing() {}

  sim::Engine engine;
  sim::Recorder recorder{engine};
  YesTo chooser;
  sim::Faults faults;
  sim::MemberEvent<World, &World::on_nothing> nothing_{*this};
};

sim::FaultSubject bytes(std::int64_t offset, std::int64_t length) {
  sim::FaultSubject subject;
  subject.offset = offset;
  subject.length = length;
  return subject;
}

sim::FaultRule rule(FaultPoint point) {
  sim::FaultRule made;
  made.point = point;
  return made;
}

}  // namespace

TEST_CASE("every kind of fault has a name of its own and stands where its number says") {
  std::set<std::string_view> names;
  std::size_t number = 0;
  for (const sim::FaultPointInfo& info : sim::fault_points()) {
    CHECK(static_cast<std::size_t>(info.point) == number++);
    CHECK(names.insert(info.name).second);
    CHECK(!info.description.empty());
    CHECK(info.verdict != sim::Verdict::pass);
    CHECK(sim::find_fault_point(info.name) == &info);
  }
  CHECK(number == sim::fault_kinds);
}

TEST_CASE("a rule strikes always, never, or at its rate") {
  World w;
  CHECK(w.struck(3).empty());
  w.faults.add(rule(FaultPoint::disk_read));
  CHECK(w.struck(3).size() == 3);
  w.faults.stop();
  CHECK(w.struck(3).empty());
  sim::FaultRule some = rule(FaultPoint::disk_read);
  some.rate = 0.25;
  w.faults.add(some);
  const std::size_t half = w.struck(1000).size();
  CHECK(half > 200);
  CHECK(half < 300);
}

TEST_CASE("nth strikes one operation, count so many") {
  World w;
  sim::FaultRule third = rule(FaultPoint::disk_read);
  third.nth = 3;
  w.faults.add(third);
  CHECK(w.struck(10) == std::vector<int>{3});
  w.faults.stop();
  sim::FaultRule two = rule(FaultPoint::disk_read);
  two.count = 2;
  w.faults.add(two);
  CHECK(w.struck(10) == std::vector<int>{1, 2});
}

TEST_CASE("offsets: only what touches them, and only that is counted") {
  World w;
  sim::FaultRule there = rule(FaultPoint::disk_read);
  there.offset = 4096;
  there.length = 4096;
  there.nth = 2;
  w.faults.add(there);
  CHECK(w.struck(5, bytes(0, 4096)).empty());
  CHECK(w.struck(5, bytes(8192, 4096)).empty());
  CHECK(w.struck(1, bytes(0, 4097)).empty());
  CHECK(w.struck(2, bytes(8191, 1)) == std::vector<int>{1});
}

TEST_CASE("a target is one of many") {
  World w;
  sim::FaultRule one = rule(FaultPoint::disk_read);
  one.target = 7;
  w.faults.add(one);
  CHECK(w.struck(3).empty());
  CHECK(w.struck(3, {0, 6, 0, 0}).empty());
  CHECK(w.struck(3, {0, 7, 0, 0}).size() == 3);
}

TEST_CASE("a time window begins at the moment the rule was added") {
  World w;
  w.pass_time(500);
  sim::FaultRule window = rule(FaultPoint::disk_read);
  window.after = kev::Duration(100);
  window.until = kev::Duration(200);
  w.faults.add(window);
  CHECK(w.struck(1).empty());
  w.pass_time(100);
  CHECK(w.struck(1).size() == 1);
  w.pass_time(99);
  CHECK(w.struck(1).size() == 1);
  w.pass_time(1);
  CHECK(w.struck(1).empty());
}

TEST_CASE("the first rule that strikes decides, and says with what") {
  World w;
  sim::FaultRule first = rule(FaultPoint::disk_slow);
  first.nth = 2;
  first.delay = kev::Duration(5);
  w.faults.add(first);
  sim::FaultRule second = rule(FaultPoint::disk_read);
  second.error = ETIMEDOUT;
  w.faults.add(second);
  w.faults.add(rule(FaultPoint::disk_latent));
  const sim::FaultVerdict failed = w.faults.ask(FaultPlace::disk_read, {});
  CHECK(failed.is(FaultPoint::disk_read));
  CHECK(failed.error == -ETIMEDOUT);
  const sim::FaultVerdict slow = w.faults.ask(FaultPlace::disk_read, {});
  CHECK(slow.is(FaultPoint::disk_slow));
  CHECK(slow.verdict() == sim::Verdict::delay);
  CHECK(slow.delay == kev::Duration(5));
  CHECK(w.faults.struck() == 2);
  REQUIRE(w.faults.hits().size() == 3);
  CHECK(w.faults.hits()[1].kind->name == "disk.latent");
  CHECK(w.faults.hits()[1].count == 0);
}

TEST_CASE("a rule that spares keeps others away from what it matches") {
  World w;
  sim::FaultRule spare = rule(FaultPoint::disk_read);
  spare.mode = sim::FaultMode::spare;
  spare.length = 4096;
  w.faults.add(spare);
  w.faults.add(rule(FaultPoint::disk_hang));
  CHECK(w.struck(2, bytes(0, 512)).empty());
  CHECK(w.struck(2, bytes(4096, 512)).size() == 2);
  CHECK(w.faults.strike(FaultPoint::alloc, 0) == 0);
}

TEST_CASE("explored, each strike is a choice, whatever the rate; 0 is no fault") {
  World w(true, {1});
  sim::FaultRule never = rule(FaultPoint::disk_read);
  never.rate = 0;
  w.faults.add(never);
  CHECK(w.struck(4) == std::vector<int>{2});
  CHECK(w.chooser.asked == 4);
  World limited(true, {0, 1, 2});
  sim::FaultRule second = rule(FaultPoint::disk_read);
  second.nth = 2;
  limited.faults.add(second);
  CHECK(limited.struck(4) == std::vector<int>{2});
  CHECK(limited.chooser.asked == 1);
}
