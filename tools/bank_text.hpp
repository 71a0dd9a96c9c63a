#pragma once
// The bug bank's figures, as people and as programs read them.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/world/bank.hpp"

namespace sim {

/// As Markdown, so that it can be kept: who finds what, what becomes of findings, what is missed,
/// the control.
[[nodiscard]] std::string bank_text(const BankResult& result, const BankOptions& options);

[[nodiscard]] nlohmann::ordered_json bank_json(const BankResult& result);

}  // namespace sim
