#include "sim/block/disk.hpp"
#include "sim/block/hdd_tuning.hpp"
#include "sim/block/ssd_spec.hpp"
#include "sim/block/ssd_tuning.hpp"

namespace sim {

namespace {

template <class Profile>
std::vector<DiskProfile> names_of(std::span<const Profile> profiles) {
  std::vector<DiskProfile> names;
  for (const Profile& profile : profiles) names.push_back({profile.name, profile.description});
  return names;
}

std::vector<DiskProfile> hdd_names() {
  return names_of(hdd_profiles());
}
std::vector<DiskProfile> ssd_names() {
  return names_of(ssd_profiles());
}

std::unique_ptr<Disk> untuned_hdd(Engine& engine, std::string_view name) {
  return make_hdd(engine, name, {});
}
std::unique_ptr<Disk> untuned_ssd(Engine& engine, std::string_view name) {
  return make_ssd(engine, name, {});
}

constexpr DiskKind kinds[] = {
    {"hdd", "hard disk: arm, platters, segmented read-ahead cache, in-drive queue", hdd_names,
     untuned_hdd},
    {"ssd", "flash drive: dies behind channels behind a host link, write buffer", ssd_names,
     untuned_ssd},
};

}  // namespace

std::span<const DiskKind> disk_kinds() {
  return kinds;
}

const DiskKind* find_disk_kind(std::string_view name) {
  for (const DiskKind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace sim
