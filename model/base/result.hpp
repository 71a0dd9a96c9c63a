#pragma once
// The user's mistakes: bad scenarios, bad traces, bad options. They travel by value, carry the
// place and a hint, and end in exit code 2. (A modelled kernel's failure is a negative errno; our
// own bug is a failed KEV_CHECK.)

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace kev {

/// Where in an input file something is wrong; line and column count from 1, 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Error {
  std::string message;
  Place place;
  std::string hint;         ///< what the user may have meant; empty when there is nothing to say
  std::string source_line;  ///< the text of the offending line, for the compiler-style report
  int length = 1;           ///< columns to underline, from place.column
};

/// All that is wrong with one input: reported together, at most 20 are printed.
using Errors = std::vector<Error>;

template <class T>
using Result = tl::expected<T, Errors>;

inline tl::unexpected<Errors> fail(Error error) {
  Errors errors;
  errors.push_back(std::move(error));
  return tl::unexpected<Errors>(std::move(errors));
}

inline tl::unexpected<Errors> fail(std::string message, Place place = {}, std::string hint = {}) {
  return fail(Error{std::move(message), std::move(place), std::move(hint), {}, 1});
}

}  // namespace kev
