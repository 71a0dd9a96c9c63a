#include "sim/report/paint.hpp"

#include "model/base/check.hpp"

namespace sim {

namespace {

std::string_view code(Ink ink) {
  switch (ink) {
    case Ink::heading:
      return "\x1b[1m";
    case Ink::good:
      return "\x1b[1;32m";
    case Ink::bad:
      return "\x1b[1;31m";
    case Ink::note:
      return "\x1b[2m";
  }
  kev::check_failed("every ink has a code", __FILE__, __LINE__);
}

}  // namespace

std::string paint(Colour colour, Ink ink, std::string_view text) {
  if (colour == Colour::never || text.empty()) return std::string(text);
  return std::string(code(ink)) + std::string(text) + "\x1b[0m";
}

}  // namespace sim
