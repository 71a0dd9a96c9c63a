#pragma once
// "Did you mean ...?": the known word nearest to an unknown one.

#include <string>
#include <string_view>
#include <vector>

namespace sim {

/// Edits (insert, delete, replace, swap neighbours) that turn one word into the other; case and the
/// difference between '-' and '_' count as half an edit, so the result is in half edits.
int edit_distance(std::string_view from, std::string_view to);

/// The nearest candidate, the first of equals; empty when none is near enough to be what was meant
/// (more than one edit in three letters).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// "did you mean 'word'?", or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace sim
