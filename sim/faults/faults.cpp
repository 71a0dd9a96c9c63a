#include "sim/faults/faults.hpp"

#include <numeric>

#include "model/base/check.hpp"

namespace sim {

namespace {

using Kinds = std::array<FaultPointInfo, fault_kinds>;

Kinds gather() {
  Kinds all{};
  std::size_t at = 0;
  for (const std::span<const FaultPointInfo> family :
       {disk_faults(), memory_faults(), network_faults(), process_faults(), clock_faults()})
    for (const FaultPointInfo& info : family) {
      KEV_CHECK(at < all.size());
      KEV_CHECK(static_cast<std::size_t>(info.point) == at);
      all[at++] = info;
    }
  KEV_CHECK(at == all.size());
  return all;
}

}  // namespace

std::span<const FaultPointInfo> fault_points() {
  static const Kinds all = gather();
  return all;
}

const FaultPointInfo* find_fault_point(std::string_view name) {
  for (const FaultPointInfo& info : fault_points())
    if (info.name == name) return &info;
  return nullptr;
}

void Faults::add(const FaultRule& rule) {
  Rule added{rule, &fault_points()[static_cast<std::size_t>(rule.point)], recorder_.now()};
  if (added.delay == kev::Duration(0)) added.delay = added.kind->default_delay;
  rules_.push_back(added);
  planned_[static_cast<std::size_t>(rule.point)] = true;
}

std::vector<FaultHits> Faults::hits() const {
  std::vector<FaultHits> hits;
  for (const FaultPointInfo& info : fault_points()) {
    const auto kind = static_cast<std::size_t>(info.point);
    if (planned_[kind]) hits.push_back({&info, struck_[kind]});
  }
  return hits;
}

std::int64_t Faults::struck() const {
  return std::accumulate(struck_.begin(), struck_.end(), std::int64_t{0});
}

bool Faults::matches(const Rule& rule, FaultPlace place, const FaultSubject& subject) const {
  if (!covers(rule.kind->place, place)) return false;
  if (rule.target >= 0 && rule.target != subject.target) return false;
  if (subject.length != 0) {
    if (subject.offset + subject.length <= rule.offset) return false;
    if (rule.length != 0 && subject.offset >= rule.offset + rule.length) return false;
  }
  const kev::Duration age = recorder_.now() - rule.added;
  return age >= rule.after && age < rule.until;
}

bool Faults::strikes(Rule& rule, const FaultSubject& subject) {
  ++rule.seen;
  if (rule.nth != 0 && rule.seen != rule.nth) return false;
  if (rule.count != 0 && rule.struck == rule.count) return false;
  const bool strikes =
      explore_ && rule.mode == FaultMode::strike
          ? chooser_.choose(ChoiceKind::fault, 2, {rule.kind->name.data(), subject.object}) == 1
          : random_.chance(rule.rate);
  if (strikes) ++rule.struck;
  return strikes;
}

FaultVerdict Faults::consult_rules(FaultPlace place, const FaultSubject& subject) {
  for (Rule& rule : rules_) {
    if (!matches(rule, place, subject) || !strikes(rule, subject)) continue;
    if (rule.mode == FaultMode::spare) return {};
    const int error = rule.error != 0 ? rule.error : rule.kind->default_error;
    ++struck_[static_cast<std::size_t>(rule.point)];
    recorder_.emit(Ev::fault, static_cast<std::int64_t>(rule.point), error, subject.object);
    return {rule.kind, -error, rule.delay};
  }
  return {};
}

int Faults::strike_only(FaultPoint point, std::uint32_t object) {
  FaultSubject subject;
  subject.object = object;
  return consult_rules(fault_points()[static_cast<std::size_t>(point)].place, subject).error;
}

}  // namespace sim
