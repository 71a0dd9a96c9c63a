#pragma once
// Values by type: how a node of the document becomes the member of a structure, and back.
// One function a type and direction; the type of a key is in the table of fields.

#include <string>

#include "model/base/result.hpp"
#include "sim/scenario/catalog.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/units.hpp"

namespace sim {

struct ReadContext {
  const Document& document;
  const Catalog& catalog;
  kev::Errors& errors;  ///< complaints are added here; reading goes on

  void complain(const Mark& mark, std::string message, std::string hint = {}) const {
    errors.push_back(document.error(mark, std::move(message), std::move(hint)));
  }
};

/// Reads the value of `entry` into the field's member of `owner`, or complains and leaves it alone.
void read_field(const ReadContext& context, const Field& field, const Owner& owner,
                const Entry& entry);

/// A number into whatever holds it. Requires an integer, size, rate or duration.
void store_number(const Slot& slot, std::int64_t value);

/// The member as a TOML value; empty when there is nothing to write (what was not given).
std::string write_field(const Field& field, const Owner& owner);

/// "integer", "size", ... for messages and documentation.
std::string_view type_name(ValueType type);

/// "1..64", "hdd | ssd", ...; empty when the type says it all.
std::string allowed_values(const Field& field);

/// Requires size, rate or duration.
Quantity quantity_of(ValueType type);

/// A TOML basic string.
std::string in_quotes(std::string_view text);

}  // namespace sim
