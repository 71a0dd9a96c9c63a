#include "sim/vfs/disk_faults.hpp"

#include <cerrno>

namespace sim {

namespace {

FaultSubject subject_of(const Bio& bio) {
  FaultSubject subject;
  subject.object = bio.id;
  subject.target = bio.write ? 1 : 0;
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

/// What has been written can be read again.
void DiskFaults::heal(const Request& request) {
  for (const Bio* bio = request.bios; bio != nullptr; bio = bio->next)
    if (bio->error == 0)
      bad_sectors_.erase(bad_sectors_.lower_bound(bio->sector),
                         bad_sectors_.lower_bound(bio->end_sector()));
}

void DiskFaults::strike(BlockQueue& queue, Request& request) {
  const FaultPlace place = request.write ? FaultPlace::disk_write : FaultPlace::disk_read;
  for (Bio* bio = request.bios; bio != nullptr; bio = bio->next) {
    const FaultVerdict verdict = faults_.ask(place, subject_of(*bio));
    if (verdict.is(FaultPoint::disk_latent)) bad_sectors_.insert(bio->sector + bio->sectors / 2);
    if (verdict.is(FaultPoint::disk_read) || verdict.is(FaultPoint::disk_write))
      bio->error = verdict.error;
    if (verdict.is(FaultPoint::disk_slow)) request.later += verdict.delay;
    if (verdict.is(FaultPoint::disk_hang)) queue.hold_until(engine_.now() + verdict.delay);
    if (verdict.is(FaultPoint::disk_torn)) return fail_from(bio, verdict.error);
    if (verdict.is(FaultPoint::disk_timeout)) {
      request.lost = true;
      request.later = verdict.delay;
      return fail_from(request.bios, verdict.error);
    }
    if (!request.write && is_bad(*bio)) bio->error = -EIO;
  }
  if (request.write) heal(request);
}

}  // namespace sim
