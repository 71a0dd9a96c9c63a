#pragma once
// Quantities with units, as written in scenario files and on the command line: "1MiB", "1Gbit/s",
// "200us".
//
// Exact: the arithmetic is in integers, "1.5ms" is 1 500 000 ns, and what is finer than the base
// unit (a byte, a byte a second, a nanosecond) is an error, never rounded. k, M, G are powers of
// 1000 and Ki, Mi, Gi powers of 1024, always. Nothing is negative. Errors are the tail of a
// sentence that begins with the key's name: "'rtt' " + "needs a unit: ...".

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "model/base/time.hpp"

namespace sim {

struct UnitError {
  std::string message;
  std::string hint;
};

template <class T>
using Parsed = tl::expected<T, UnitError>;

enum class Quantity { size, rate, duration };

/// Bytes, bytes a second or nanoseconds, as the quantity says.
Parsed<std::int64_t> parse_quantity(Quantity quantity, std::string_view text);

Parsed<kev::Duration> parse_duration(std::string_view text);

/// Without blanks at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The shortest exact text that parse_quantity reads back as `value`. Requires value >= 0.
std::string write_quantity(Quantity quantity, std::int64_t value);

/// What to write instead of a bare number: the number with the unit that was most likely meant.
std::string with_likely_unit(Quantity quantity, std::string_view number);

/// A regular expression (ECMA 262) for the JSON schema.
std::string quantity_pattern(Quantity quantity);

}  // namespace sim
