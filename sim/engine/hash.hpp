#pragma once
// A rolling 64-bit hash of everything that happened in an execution: equal fingerprints mean the
// same execution. Not cryptographic. The value depends only on what was added and in which order,
// never on platform, compiler or build type.
//
// Each word is mixed by a 64x64 -> 128 bit multiplication whose halves are folded together; the
// multiplicand depends on the whole past, so the order of words matters. A length is mixed in with
// each text, so that add("ab"), add("c") and add("a"), add("bc") differ.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sim {

__extension__ using Uint128 = unsigned __int128;

/// The two halves of a * b, folded: a cheap mixing step of good quality.
constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

class Fingerprint {
 public:
  void add(std::uint64_t word) {
    // The xor with the rotated past keeps information when the product happens to be 0.
    state_ = fold_multiply(state_ ^ word, multiplier_) ^ std::rotl(word, 23);
  }

  void add(std::string_view text) {
    add(text.size() ^ text_mark_);
    while (text.size() >= 8) {
      add(load(text.data(), 8));
      text.remove_prefix(8);
    }
    if (!text.empty()) add(load(text.data(), text.size()));
  }

  [[nodiscard]] std::uint64_t value() const {
    const std::uint64_t mixed = fold_multiply(state_ ^ final_, multiplier_);
    return fold_multiply(mixed ^ text_mark_, final_);
  }

 private:
  /// Little-endian on every machine.
  static std::uint64_t load(const char* bytes, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
  }

  // Odd words with about half of their bits set, from the digits of pi.
  static constexpr std::uint64_t multiplier_ = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t text_mark_ = 0xA4093822299F31D1;
  static constexpr std::uint64_t final_ = 0x243F6A8885A308D3;

  std::uint64_t state_ = 0x13198A2E03707345;
};

}  // namespace sim
