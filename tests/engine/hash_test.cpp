// The fingerprint: order and boundaries matter, every input bit matters, values never change.

#include "sim/engine/hash.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/random.hpp"

namespace {

template <class... Parts>
std::uint64_t fingerprint(Parts... parts) {
  sim::Fingerprint result;
  (result.add(parts), ...);
  return result.value();
}

constexpr std::uint64_t word(std::uint64_t value) {
  return value;
}

}  // namespace

TEST_CASE("equal histories have equal fingerprints, others do not") {
  using namespace std::literals;
  CHECK(fingerprint(word(1), word(2)) == fingerprint(word(1), word(2)));
  CHECK(fingerprint(word(1), word(2)) != fingerprint(word(2), word(1)));
  CHECK(fingerprint(word(0)) != fingerprint());
  CHECK(fingerprint(word(0), word(0)) != fingerprint(word(0)));
  CHECK(fingerprint("ab"sv, "c"sv) != fingerprint("a"sv, "bc"sv));
  CHECK(fingerprint(""sv) != fingerprint());
  CHECK(fingerprint("a"sv) != fingerprint("a\0"sv));
  CHECK(fingerprint("12345678"sv) != fingerprint("1234567"sv));
}

TEST_CASE("one changed bit changes about half of the fingerprint") {
  sim::Random random(1);
  constexpr int trials = 500;
  double least = 64.0;
  double most = 0.0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const int words_after : {0, 1, 5}) {
      int changed = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const std::uint64_t original = random.next();
        sim::Fingerprint a;
        sim::Fingerprint b;
        a.add(original);
        b.add(original ^ (std::uint64_t{1} << bit));
        for (int i = 0; i < words_after; ++i) {
          const std::uint64_t common = random.next();
          a.add(common);
          b.add(common);
        }
        changed += std::popcount(a.value() ^ b.value());
      }
      least = std::min(least, static_cast<double>(changed) / trials);
      most = std::max(most, static_cast<double>(changed) / trials);
    }
  }
  CHECK(least > 30.5);
  CHECK(most < 33.5);
}

TEST_CASE("short histories of small numbers do not collide") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t a = 0; a < 300; ++a) {
    for (std::uint64_t b = 0; b < 300; ++b) seen.insert(fingerprint(a, b));
  }
  CHECK(seen.size() == 300 * 300);
}

TEST_CASE("fingerprints are the same everywhere") {
  using namespace std::literals;
  CHECK(fingerprint() == 0x930CE31145B150BA);
  CHECK(fingerprint(word(1), word(2), word(3)) == 0xF6867763E237F5B2);
  CHECK(fingerprint("the quick brown fox"sv) == 0xC432662DA392D079);
}
