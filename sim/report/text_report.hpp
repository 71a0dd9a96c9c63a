#pragma once
// The report of one run that a person reads. Column per design, at most 100 columns wide: many
// designs make several tables.

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/report/paint.hpp"
#include "sim/report/summary.hpp"

namespace sim {

enum class Detail { brief, full };

struct TextStyle {
  Colour colour = Colour::never;
  Detail detail = Detail::full;
};

/// "seed 1  kevsim 0.1.0 (4be21c0)": printed first, before anything can fail.
std::string seed_line(std::uint64_t seed, std::string_view version);

/// Everything after the seed line; the fingerprint is the last line. Ends in a newline.
std::string text_report(const RunSummary& summary, const TextStyle& style);

/// "0123456789abcdef"
std::string fingerprint_text(std::uint64_t fingerprint);

}  // namespace sim
