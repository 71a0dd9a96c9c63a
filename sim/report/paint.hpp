#pragma once
// Colour for terminals, by meaning. Every text of the reports goes through here or is plain.

#include <string>
#include <string_view>

namespace sim {

enum class Colour { never, always };

enum class Ink { heading, good, bad, note };

/// `text` in the ink's colour, or as it is.
std::string paint(Colour colour, Ink ink, std::string_view text);

}  // namespace sim
