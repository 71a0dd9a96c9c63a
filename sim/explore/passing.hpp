#pragma once
// The other side of a failure: where it could still have been avoided, the execution that passes
// and is nearest to it, and what that does otherwise.
//
// Nearest: it makes the same choices for as long as any that passes does, and if possible goes on
// as the failing one did, thread by thread, after the first that differs.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"
#include "sim/explore/tape.hpp"

namespace sim {

/// How many choices of a failing execution's tape, which is whole, are enough to make some failure
/// certain. Searches within a budget: it may say too many, never too few.
[[nodiscard]] std::size_t certain_after(Subject& subject, const Tape& tape);

/// One that makes the first `same` choices as the tape does and passes; nothing: none was found.
[[nodiscard]] std::optional<Tape> nearest_passing(Subject& subject, const Tape& tape,
                                                  std::size_t same);

/// Rows of both: '-' before what only the failing execution does there, '+' before what only the
/// passing one does.
[[nodiscard]] std::string diff_of(const Subject& subject, const std::vector<ShownStep>& failing,
                                  const std::vector<ShownStep>& passing);

}  // namespace sim
