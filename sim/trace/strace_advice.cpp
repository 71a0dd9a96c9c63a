#include "sim/trace/strace_advice.hpp"

#include <algorithm>
#include <utility>

#include "sim/trace/strace_plan.hpp"

namespace sim {

namespace {

using Kind = ReplayAdvice::Kind;

struct NamedAdvice {
  std::string_view name;
  Kind kind;
};

constexpr NamedAdvice named_advice[] = {
    {"POSIX_FADV_NORMAL", Kind::normal},         {"POSIX_FADV_RANDOM", Kind::random},
    {"POSIX_FADV_SEQUENTIAL", Kind::sequential}, {"POSIX_FADV_WILLNEED", Kind::will_need},
    {"POSIX_FADV_DONTNEED", Kind::dont_need},    {"POSIX_FADV_NOREUSE", Kind::no_reuse},
};

std::optional<Kind> kind_of(std::string_view call, std::string_view advice) {
  if (call == "readahead") return Kind::readahead;
  for (const NamedAdvice& row : named_advice)
    if (row.name == advice) return row.kind;
  return std::nullopt;
}

bool is_about_descriptor(Kind kind) {
  return kind == Kind::normal || kind == Kind::random || kind == Kind::sequential;
}

}  // namespace

void AdviceLog::given(int record, int open_file, const ReplayAdvice& advice,
                      std::string_view call) {
  Told told{advice, std::string(call)};
  if (!is_about_descriptor(advice.kind) || open_file < 0) {
    waiting_[record].push_back(std::move(told));
    return;
  }
  Reading& reading = reading_[open_file];
  if (reading.told && !reading.used) not_replayed(reading.told->call);
  reading = {std::move(told), false};
}

ToldBefore AdviceLog::take(int record, int open_file) {
  ToldBefore result;
  if (const auto found = waiting_.find(record); found != waiting_.end()) {
    for (const Told& told : found->second) {
      result.pages.push_back(told.advice);
      replayed(told.call);
    }
    waiting_.erase(found);
  }
  const auto found = reading_.find(open_file);
  if (found == reading_.end()) return result;
  Reading& reading = found->second;
  result.reading = reading.told->advice;
  result.reading_is_new = !reading.used;
  if (!reading.used) replayed(reading.told->call);
  reading.used = true;
  return result;
}

std::vector<AdviceLog::Late> AdviceLog::finish(CallAccounts& accounts) {
  std::vector<Late> late;
  for (const auto& [record, all] : waiting_) {
    const auto request = last_.find(record);
    for (const Told& told : all) {
      if (request == last_.end()) {
        not_replayed(told.call);
        continue;
      }
      replayed(told.call);
      late.push_back({request->second, told.advice});
    }
  }
  for (const auto& [open_file, reading] : reading_)
    if (!reading.used) not_replayed(reading.told->call);
  for (const auto& [call, count] : replayed_)
    accounts.matched(call, "advice about a file sent to a client", count);
  for (const auto& [call, count] : not_replayed_)
    accounts.ignored(call, "advice about what is not sent", count);
  return late;
}

void PlanBuilder::on_advise(const Syscall& call) {
  if (call.outcome == Outcome::failed || call.result != 0)
    return accounts_.ignored(call.name, "advice that was refused");
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning != Meaning::file)
    return accounts_.ignored(call.name, "descriptor outside the workload");
  const auto offset = parse_integer(argument(1));
  const auto count = parse_integer(argument(2));
  const auto kind = kind_of(call.name, argument(3));
  constexpr std::int64_t farthest = std::int64_t{1} << 62;
  const bool good = offset && count && kind && *offset >= 0 && *offset <= farthest && *count >= 0;
  if (!good) return unmatched(call, "offset, length or advice cannot be read", Carries::nothing);
  advice_.given(target.record, target.open_file,
                {*kind, *offset, std::min(*count, farthest), std::int64_t{0}}, call.name);
}

}  // namespace sim
