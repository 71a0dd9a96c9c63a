#pragma once
// How the rows of the field table are written: fields_machine.cpp, fields_hdd.cpp,
// fields_ssd.cpp, fields_network.cpp, fields_workload.cpp, fields_writing.cpp, fields_faults.cpp.
// fields.cpp puts them together, in the order of a file.

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "sim/scenario/fields.hpp"

namespace sim::field_rows {

template <class Class, class Value>
Class class_of(Value Class::*);

/// The place of a member, in whatever owner has it.
template <auto member>
Slot slot(const Owner& owner) {
  using Class = decltype(class_of(member));
  return Slot(&(std::get<Class*>(owner)->*member));
}

template <auto rows>
NameList list(const Owner&) {
  return rows;
}

inline constexpr std::int64_t million = 1'000'000;
inline constexpr std::int64_t kib = 1ll << 10;
inline constexpr std::int64_t mib = 1ll << 20;
inline constexpr std::int64_t gib = 1ll << 30;
inline constexpr std::int64_t tib = 1ll << 40;
inline constexpr std::int64_t second = 1'000'000'000;

constexpr Field number(std::string_view section, std::string_view key, Slot (*slot)(const Owner&),
                       std::string_view doc, std::string_view example, Range range) {
  return {.section = section,
          .key = key,
          .type = ValueType::integer,
          .slot = slot,
          .doc = doc,
          .example = example,
          .range = range};
}

// One table a file, in the order of reading.
std::span<const Field> machine();
std::span<const Field> hdd();
std::span<const Field> ssd();
std::span<const Field> network();
std::span<const Field> workload();
std::span<const Field> writing();
std::span<const Field> faults();

}  // namespace sim::field_rows
