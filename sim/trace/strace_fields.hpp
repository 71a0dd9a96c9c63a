#pragma once
// The small words of strace's output: arguments, descriptors with -yy notes, numbers, structure
// fields, quoted paths, errno names. Pure functions on text; none of them allocates except where a
// std::string is returned.
//
// Grammar, as strace 6.1 prints it:
//   descriptor   6   6<TCP:[127.0.0.1:80->127.0.0.1:5000]>   2</dev/null<char 1:3>>
//   3</srv/x>(deleted)
//                AT_FDCWD</srv>
//   In a note that is a path, < and > are escaped (\74 \76); in other notes -> is an arrow.
//   string       "GET /\r\n"   "cut after so many bytes"...

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

/// The number strace prints as AT_FDCWD.
inline constexpr int at_fdcwd = -100;

struct Descriptor {
  int number = -1;
  std::string_view note;  ///< text between < and >; empty without -y or -yy
};

inline constexpr std::size_t npos = std::string_view::npos;

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The first character of `stops` in `text`, from `from` on, outside strings, brackets and notes.
/// npos when there is none or the brackets do not match.
[[nodiscard]] std::size_t find_outside(std::string_view text, std::size_t from,
                                       std::string_view stops);

/// Splits at the commas outside strings, brackets and notes; trims blanks. `out` is overwritten
/// (and keeps its capacity). Text whose brackets do not match becomes one last argument.
void split_arguments(std::string_view text, std::vector<std::string_view>& out);

/// Decimal, 0x hexadecimal or 0 octal, with an optional minus; the whole text, within 64 bits (an
/// unsigned value above the signed range is refused).
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// Seconds with up to nine decimals, as nanoseconds: "0.000012" is 12000. Below 2^32 seconds.
[[nodiscard]] std::optional<std::int64_t> parse_seconds(std::string_view text);

[[nodiscard]] std::optional<Descriptor> parse_descriptor(std::string_view text);

/// The value in `[5]`, or in `[0] => [5]` before (`in`) and after (`out`) the call.
struct InOut {
  std::optional<std::int64_t> in, out;
};
[[nodiscard]] InOut parse_in_out(std::string_view text);

/// The text of `name=...` directly within a `{...}` structure; empty when there is no such field.
[[nodiscard]] std::string_view struct_field(std::string_view structure, std::string_view name);

/// A quoted string with its escapes undone; nothing when it is not one or was cut short ("..."...).
[[nodiscard]] std::optional<std::string> parse_quoted(std::string_view text);

/// Undoes the escapes of a string or a path in a note.
[[nodiscard]] std::string unescape(std::string_view text);

/// errno of EAGAIN and the like, also the kernel's own ERESTART* numbers; 0 when there is no such
/// name.
[[nodiscard]] int errno_of(std::string_view name);

/// At most `limit` bytes of a line, with everything unprintable replaced: fit for an error message.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit);

}  // namespace sim
