// Tables of steps: loops are shown once, what was left to chance is always shown, values are told
// as people write them.

#include <catch2/catch.hpp>

#include "sim/explore/shown_trace.hpp"
#include "sim/explore/step_table.hpp"
#include "sim/explore/tape.hpp"

namespace {

/// Two threads that do what the test says, with one choice.
class Told final : public sim::Subject {
 public:
  std::vector<sim::ShownStep> steps;
  std::vector<sim::RecordedPick> picks;
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const override {
    return thread == 0 ? "A" : "B";
  }
  [[nodiscard]] std::string object_name(std::uint32_t /*object*/) const override { return "x"; }
  [[nodiscard]] std::uint32_t step_limit() const override { return 1000; }

 private:
  void execute(sim::Strategy& /*strategy*/, sim::Execution& execution) override {
    execution.picks = picks;
  }
  std::vector<sim::ShownStep> execute_traced(sim::Strategy& strategy,
                                             sim::Execution& execution) override {
    execute(strategy, execution);
    return steps;
  }
};

sim::ShownStep step(std::uint32_t thread, const std::string& operation, std::uint32_t at = 0) {
  sim::ShownStep shown;
  shown.thread = thread;
  shown.operation = operation;
  shown.at = at;
  return shown;
}

std::string table_of(Told& subject) {
  const sim::Tape plain;
  sim::TapeStrategy strategy(plain);
  const std::vector<sim::ShownStep> rows = sim::shown_trace(subject, strategy);
  const std::vector<std::uint32_t> numbers = sim::numbers_of(rows);
  sim::StepTable table(subject);
  for (std::size_t row = 0; row < rows.size(); ++row) table.add(numbers[row], rows[row], ' ');
  return table.text();
}

}  // namespace

TEST_CASE("a loop is shown once, and how often it went round") {
  Told subject;
  subject.steps.push_back(step(1, "begin"));
  for (int round = 0; round < 500; ++round)
    for (const char* operation : {"lock", "look", "unlock"})
      subject.steps.push_back(step(0, operation));
  subject.steps.push_back(step(0, "lock"));
  subject.steps.push_back(step(1, "end"));
  CHECK(table_of(subject) ==
        "  step | B     | A\n"
        "     1 | begin |\n"
        "     2 |       | lock\n"
        "     3 |       | look\n"
        "     4 |       | unlock\n"
        "       (this row and the 2 before, 500 times)\n"
        "  1502 |       | lock\n"
        "  1503 | end   |\n");
}

TEST_CASE("two rounds are no loop") {
  Told subject;
  for (const char* operation : {"lock", "unlock", "lock", "unlock"})
    subject.steps.push_back(step(0, operation));
  CHECK(table_of(subject).find("times") == std::string::npos);
}

TEST_CASE("a fault stands below the step that it struck, in the middle of whatever is left out") {
  Told subject;
  for (std::uint32_t i = 1; i <= 300; ++i)
    subject.steps.push_back(step(i % 2, "step " + std::to_string(i), i));
  sim::RecordedPick fault;
  fault.kind = sim::ChoiceKind::fault;
  fault.step = "disk.read_error";
  fault.picked = 1;
  fault.at = 120;
  sim::RecordedPick latency = fault;
  latency.kind = sim::ChoiceKind::latency;
  latency.step = "disk.latency";
  latency.picked = 2;
  latency.at = 121;
  sim::RecordedPick plain = fault;
  plain.picked = 0;
  plain.at = 122;
  subject.picks = {fault, latency, plain};
  const std::string table = table_of(subject);
  INFO(table);
  const std::size_t struck = table.find("fault disk.read_error");
  REQUIRE(struck != std::string::npos);
  CHECK(table.rfind("step 120", struck) != std::string::npos);
  // Longer latencies are many.
  CHECK(table.find("latency") == std::string::npos);
  CHECK(table.find("step 122") == std::string::npos);
  CHECK(table.find("fault", struck + 1) == std::string::npos);
  CHECK(table.find("   300 |") != std::string::npos);
}

TEST_CASE("values are told as people write them") {
  Told subject;
  for (const std::int64_t value :
       {std::int64_t{7}, std::int64_t{0xFFFFFFFF}, std::int64_t{0x7F00DEADBEEF}}) {
    subject.steps.push_back(step(0, "load"));
    subject.steps.back().value = value;
  }
  subject.steps.push_back(step(0, "load"));
  subject.steps.back().value = 5;
  subject.steps.back().points_to = "head";
  const std::string table = table_of(subject);
  INFO(table);
  CHECK(table.find("load = 7\n") != std::string::npos);
  CHECK(table.find("load = -1\n") != std::string::npos);
  CHECK(table.find("load = 0x7f00deadbeef\n") != std::string::npos);
  CHECK(table.find("load = &head\n") != std::string::npos);
}
