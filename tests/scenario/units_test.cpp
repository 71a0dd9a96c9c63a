// Quantities with units, and "did you mean".

#include <rapidcheck.h>
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "sim/scenario/suggest.hpp"
#include "sim/scenario/units.hpp"

namespace {

using sim::Quantity;

std::int64_t value(Quantity quantity, std::string_view text) {
  const auto parsed = sim::parse_quantity(quantity, text);
  INFO(text << " " << (parsed ? "" : parsed.error().message));
  REQUIRE(parsed);
  return *parsed;
}

/// "message|hint"
std::string wrong(Quantity quantity, std::string_view text) {
  const auto parsed = sim::parse_quantity(quantity, text);
  return parsed ? "fine" : parsed.error().message + "|" + parsed.error().hint;
}

}  // namespace

TEST_CASE("sizes: k is 1000, Ki is 1024") {
  CHECK(value(Quantity::size, "0B") == 0);
  CHECK(value(Quantity::size, "1B") == 1);
  CHECK(value(Quantity::size, "64kB") == 64'000);
  CHECK(value(Quantity::size, "64KB") == 64'000);
  CHECK(value(Quantity::size, "64KiB") == 65'536);
  CHECK(value(Quantity::size, "1MB") == 1'000'000);
  CHECK(value(Quantity::size, "1MiB") == 1'048'576);
  CHECK(value(Quantity::size, "1.5GiB") == 1'610'612'736);
  CHECK(value(Quantity::size, " 2 TiB ") == 2'199'023'255'552);
  CHECK(value(Quantity::size, "0.5KiB") == 512);
}

TEST_CASE("rates are given in bits or bytes and kept in bytes a second") {
  CHECK(value(Quantity::rate, "1Gbit/s") == 125'000'000);
  CHECK(value(Quantity::rate, "100Mbit/s") == 12'500'000);
  CHECK(value(Quantity::rate, "8bit/s") == 1);
  CHECK(value(Quantity::rate, "70MB/s") == 70'000'000);
  CHECK(value(Quantity::rate, "1MiB/s") == 1'048'576);
  CHECK(value(Quantity::rate, "2.5Gbit/s") == 312'500'000);
}

TEST_CASE("durations are exact in nanoseconds") {
  CHECK(value(Quantity::duration, "0s") == 0);
  CHECK(value(Quantity::duration, "7ns") == 7);
  CHECK(value(Quantity::duration, "200us") == 200'000);
  CHECK(value(Quantity::duration, "200\u00b5s") == 200'000);
  CHECK(value(Quantity::duration, "200\u03bcs") == 200'000);
  CHECK(value(Quantity::duration, "1.5ms") == 1'500'000);
  CHECK(value(Quantity::duration, "0.000000001s") == 1);
  CHECK(value(Quantity::duration, "2min") == 120'000'000'000);
  CHECK(value(Quantity::duration, "1h") == 3'600'000'000'000);
  CHECK(value(Quantity::duration, "9223372036s") == 9'223'372'036'000'000'000);
}

TEST_CASE("what is no quantity is refused with a reason") {
  const auto duration = Quantity::duration;
  CHECK(wrong(duration, "") == "is empty|write a duration like \"80us\"");
  CHECK(wrong(duration, "  ") == "is empty|write a duration like \"80us\"");
  CHECK(wrong(duration, "80") == "needs a unit: \"80us\", not \"80\"|");
  CHECK(wrong(duration, "us") == "is not a duration|write a duration like \"80us\"");
  CHECK(wrong(duration, "-5ms") == "must not be negative|");
  CHECK(wrong(duration, "- 5ms") == "is not a duration|write a duration like \"80us\"");
  CHECK(wrong(duration, "+5ms") == "is not a duration|write a duration like \"80us\"");
  CHECK(wrong(duration, ".5ms") == "is not a duration|write a duration like \"80us\"");
  CHECK(wrong(duration, "5.ms") == "has an unknown unit '.ms'|units: ns, us, ms, s, min, h");
  CHECK(wrong(duration, "1.2.3ms") == "has an unknown unit '.3ms'|units: ns, us, ms, s, min, h");
  CHECK(wrong(duration, "1e3ms") == "has an unknown unit 'e3ms'|units: ns, us, ms, s, min, h");
  CHECK(wrong(duration, "5 ms x") == "has an unknown unit 'ms x'|units: ns, us, ms, s, min, h");
  CHECK(wrong(duration, "5 sec") == "has an unknown unit 'sec'|did you mean \"5s\"?");
  CHECK(wrong(duration, "0.5ns") == "is finer than a nanosecond|");
  CHECK(wrong(Quantity::size, "0.5B") == "is finer than a byte|");
  CHECK(wrong(Quantity::size, "64k") == "has an unknown unit 'k'|did you mean \"64KiB\"?");
  CHECK(wrong(Quantity::rate, "4bit/s") == "is finer than a byte a second|");
  CHECK(wrong(Quantity::rate, "1Gbps") == "has an unknown unit 'Gbps'|did you mean \"1Gbit/s\"?");
}

TEST_CASE("overflow is an error, never a wrong number") {
  CHECK(wrong(Quantity::duration, "9223372037s") == "is too large|");
  CHECK(wrong(Quantity::duration, "99999999999999999999ns") == "has too many digits|");
  CHECK(wrong(Quantity::duration, "0.00000000000000000000000001s") == "has too many digits|");
  CHECK(wrong(Quantity::size, "9223372036854775807B") == "fine");
  CHECK(wrong(Quantity::size, "9223372036854775808B") == "has too many digits|");
  CHECK(wrong(Quantity::size, "8388608TiB") == "is too large|");
  CHECK(wrong(Quantity::size, std::string(100'000, '9') + "B") == "has too many digits|");
}

TEST_CASE("what is written is read back") {
  rc::prop("any value of any quantity", [] {
    const auto quantity = static_cast<Quantity>(*rc::gen::inRange(0, 3));
    const std::int64_t number =
        *rc::gen::oneOf(rc::gen::nonNegative<std::int64_t>(),
                        rc::gen::map(rc::gen::inRange<std::int64_t>(0, 5000),
                                     [](std::int64_t n) { return n * 1024 * 125; }));
    const std::string text = sim::write_quantity(quantity, number);
    RC_ASSERT(sim::parse_quantity(quantity, text).value() == number);
  });
  CHECK(sim::write_quantity(Quantity::duration, 0) == "0s");
  CHECK(sim::write_quantity(Quantity::duration, 200'000) == "200us");
  CHECK(sim::write_quantity(Quantity::size, 131'072) == "128KiB");
  CHECK(sim::write_quantity(Quantity::size, 64'000) == "64kB");
  CHECK(sim::write_quantity(Quantity::rate, 125'000'000) == "1Gbit/s");
  CHECK(sim::write_quantity(Quantity::rate, 1) == "1B/s");
}

TEST_CASE("the schema's pattern has every unit") {
  CHECK(sim::quantity_pattern(Quantity::duration) ==
        "^[0-9]+(\\.[0-9]+)? ?(h|min|s|ms|us|\u00b5s|\u03bcs|ns)$");
}

TEST_CASE("any text is a quantity or an error, never a crash or a negative number") {
  rc::prop("random text", [] {
    const auto quantity = static_cast<Quantity>(*rc::gen::inRange(0, 3));
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789. -eKMGikBbits/umnh\"\\x")));
    const auto parsed = sim::parse_quantity(quantity, text);
    if (parsed) RC_ASSERT(*parsed >= 0);
    if (!parsed) RC_ASSERT(!parsed.error().message.empty());
  });
}

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(sim::edit_distance("", "") == 0);
  CHECK(sim::edit_distance("abc", "abc") == 0);
  CHECK(sim::edit_distance("abc", "") == 6);
  CHECK(sim::edit_distance("evnts", "events") == 2);
  CHECK(sim::edit_distance("raed", "read") == 2);
  CHECK(sim::edit_distance("kitten", "sitting") == 6);
  CHECK(sim::edit_distance("ring-events", "ring_events") == 1);
  CHECK(sim::edit_distance("CPUS", "cpus") == 4);
  rc::prop("symmetric", [](const std::string& a, const std::string& b) {
    RC_ASSERT(sim::edit_distance(a, b) == sim::edit_distance(b, a));
  });
}

TEST_CASE("the nearest word is suggested only when it is near") {
  const std::vector<std::string_view> words = {"ring_events", "clients", "cpus", "rate"};
  CHECK(sim::did_you_mean("ring_evnts", words) == "did you mean 'ring_events'?");
  CHECK(sim::did_you_mean("Clients", words) == "did you mean 'clients'?");
  CHECK(sim::did_you_mean("cpu", words) == "did you mean 'cpus'?");
  CHECK(sim::did_you_mean("zebra", words).empty());
  CHECK(sim::did_you_mean("x", words).empty());
  CHECK(sim::did_you_mean("", words).empty());
  CHECK(sim::did_you_mean(std::string(100'000, 'c'), words).empty());
}
