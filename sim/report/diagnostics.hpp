#pragma once
// The user's mistakes in a compiler's words:
//
//     web.toml:5:1: error: unknown key 'ring_evnts' in [queue]
//         5 | ring_evnts = 3
//           | ^~~~~~~~~~ did you mean 'ring_events'?
//
// At most 20 are shown, then "... and N more errors". Bytes that would disturb a terminal are shown
// as '?', long lines by the part around the place.

#include <string>

#include "model/base/result.hpp"
#include "sim/report/paint.hpp"

namespace sim {

inline constexpr std::size_t most_errors_shown = 20;

/// Ends in a newline.
std::string format_error(const kev::Error& error, Colour colour = Colour::never);
std::string format_errors(const kev::Errors& errors, Colour colour = Colour::never);

}  // namespace sim
