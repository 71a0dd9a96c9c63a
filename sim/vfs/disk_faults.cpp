#include "sim/vfs/disk_faults.hpp"

#include <cerrno>

namespace sim {

namespace {

FaultSubject subject_of(const Bio& bio) {
  FaultSubject subject;
  subject.object = bio.id;
  subject.offset = static_cast<std::int64_t>(bio.sector * sector_bytes);
  subject.length = static_cast<std::int64_t>(bio.bytes());
  return subject;
}

void fail_from(Bio* bio, int error) {
  for (; bio != nullptr; bio = bio->next) bio->error = error;
}

}  // namespace

bool DiskFaults::is_bad(const Bio& bio) const {
  const auto first = bad_sectors_.lower_bound(bio.sector);
  return first != bad_sectors_.end() && *first < bio.end_sector();
}

/// What is written is healed.
void DiskFaults::strike_write(Request& request) {
  for (Bio* bio = request.bios; bio != nullptr; bio = bio->next) {
    const FaultVerdict verdict = faults_.ask(FaultPlace::disk_write, subject_of(*bio));
    if (verdict.is(FaultPoint::disk_write))
      bio->error = verdict.error;
    else
      bad_sectors_.erase(bad_sectors_.lower_bound(bio->sector),
                         bad_sectors_.lower_bound(bio->end_sector()));
  }
}

void DiskFaults::strike(BlockQueue& queue, Request& request) {
  if (request.write) return strike_write(request);
  for (Bio* bio = request.bios; bio != nullptr; bio = bio->next) {
    const FaultVerdict verdict = faults_.ask(FaultPlace::disk_request, subject_of(*bio));
    if (verdict.is(FaultPoint::disk_latent)) bad_sectors_.insert(bio->sector + bio->sectors / 2);
    if (verdict.is(FaultPoint::disk_read)) bio->error = verdict.error;
    if (verdict.is(FaultPoint::disk_slow)) request.later += verdict.delay;
    if (verdict.is(FaultPoint::disk_hang)) queue.hold_until(engine_.now() + verdict.delay);
    if (verdict.is(FaultPoint::disk_torn)) return fail_from(bio, verdict.error);
    if (verdict.is(FaultPoint::disk_timeout)) {
      request.lost = true;
      request.later = verdict.delay;
      return fail_from(request.bios, verdict.error);
    }
    if (is_bad(*bio)) bio->error = -EIO;
  }
}

}  // namespace sim
