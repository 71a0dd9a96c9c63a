#include "sim/kernel/costs.hpp"

namespace sim {

namespace {

constexpr std::int64_t ns = 1000;

// Order as in Cost. Sources:
//   system_call on the Athlon64 3500+ (2.2 GHz, 2006): about 100 ns for an empty call, measured and
//     published by kevent's author on 28 Jul 2006. copy_byte: DDR-400 memory copy of about 2 GB/s,
//     the figure of the same author's cached-file read test (26 Jul 2006): 500 ps per byte.
//   xeon-2.4-ht (Prescott-era Netburst): system call about 4 times dearer than the Athlon's
//   (sysenter
//     and pipeline length, published comparisons of the time); copies about 1.5 GB/s.
//   The other rows are estimates from lmbench-class figures for these machines (context switch 1 to
//   2 us with cache effects, interrupt 1 to 1.5 us); they are not fitted to any result.
//   modern: a 2020s server core, lmbench-class figures with the usual mitigations off.
constexpr CostProfile profiles[] = {
    {"athlon64-3500",
     "AMD Athlon64 3500+, 2.2 GHz, one core, 2006",
     {100 * ns, 1500 * ns, 500 * ns, 1000 * ns, 300 * ns,  20 * ns,  15 * ns,  60 * ns,
      100 * ns, 250 * ns,  60 * ns,  150 * ns,  200 * ns,  900 * ns, 600 * ns, 300 * ns,
      200 * ns, 800 * ns,  900 * ns, 150 * ns,  1500 * ns, 500,      0}},
    {"xeon-2.4-ht",
     "Intel Xeon 2.4 GHz with Hyper-Threading, 2003 to 2006",
     {400 * ns, 2500 * ns, 800 * ns,  1800 * ns, 500 * ns,  50 * ns,   20 * ns,  90 * ns,
      150 * ns, 350 * ns,  90 * ns,   220 * ns,  300 * ns,  1400 * ns, 900 * ns, 500 * ns,
      350 * ns, 1200 * ns, 1400 * ns, 220 * ns,  2500 * ns, 670,       0}},
    {"modern",
     "server core of the 2020s, 3 GHz",
     {60 * ns, 1000 * ns, 300 * ns, 500 * ns, 150 * ns, 10 * ns,  5 * ns,   30 * ns,
      40 * ns, 80 * ns,   25 * ns,  60 * ns,  80 * ns,  400 * ns, 250 * ns, 80 * ns,
      60 * ns, 300 * ns,  350 * ns, 50 * ns,  600 * ns, 100,      0}},
    {"none", "everything is free: only devices take time", {}},
};

}  // namespace

std::span<const CostProfile> cost_profiles() {
  return profiles;
}

const CostProfile* find_cost_profile(std::string_view name) {
  for (const CostProfile& profile : profiles)
    if (profile.name == name) return &profile;
  return nullptr;
}

}  // namespace sim
