#include "sim/programs/explore.hpp"

#include "model/base/check.hpp"
#include "sim/explore/campaign.hpp"
#include "sim/explore/explain.hpp"
#include "sim/explore/lock_order_subject.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/programs/program_subject.hpp"

namespace kevsim {

Result explore(const std::function<void()>& body, const Options& options) {
  sim::RuntimeOptions runtime;
  runtime.races = options.races;
  runtime.plain_points = options.plain_points;
  runtime.spurious = options.spurious;
  sim::CallSubject subject(body, runtime);
  sim::CampaignOptions campaign;
  campaign.strategy = options.strategy;
  campaign.executions = options.executions;
  campaign.seed = options.seed;
  const auto done = sim::run_campaign(subject, campaign);
  KEV_CHECK(done.has_value());
  Result result;
  result.executions = done->executions;
  result.complete = done->end == sim::CampaignEnd::complete;
  if (done->end == sim::CampaignEnd::diverged) {
    result.property = "nondeterminism";
    result.message = done->divergence;
  }
  if (done->hits.empty()) return result;
  const sim::Hit& hit = done->hits.front();
  result.property = hit.property;
  result.message = hit.message;
  result.execution = hit.execution;
  std::optional<sim::LockOrderSubject> place;
  sim::Subject& judged = sim::judged_alone(subject, hit.property, hit.earlier, place);
  const sim::Shrunk shrunk = sim::shrink(judged, hit.tape, hit.property, {});
  const sim::Explanation explanation = sim::explain(judged, shrunk.tape, hit.property);
  result.table = explanation.table;
  if (!explanation.message.empty()) result.message = explanation.message;
  return result;
}

}  // namespace kevsim
