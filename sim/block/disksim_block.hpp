#pragma once
// Reads the parameters of one block of a DiskSim file by their names.
//
// Each call looks one parameter up; what was never asked for is unknown, finish() tells so.
// Errors are collected, each with the place of the offending value: not a number, out of range,
// missing, unknown. Times are milliseconds in these files, and rounded to whole ns here.

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "model/base/time.hpp"
#include "sim/block/disksim_syntax.hpp"

namespace sim {

/// A number; an error if it is none, or outside of [least, most].
double disksim_number(const DisksimValue& value, double least, double most, kev::Errors& errors);
kev::Duration disksim_ms(double ms);

class DisksimReader {
 public:
  DisksimReader(const DisksimBlock& block, kev::Errors& errors) : block_(block), errors_(errors) {}

  /// Null when the block does not have it.
  const DisksimValue* find(std::string_view name);
  /// An error when the block does not have it.
  const DisksimValue* require(std::string_view name);
  /// `out` stays as it is when the block does not have it.
  template <class Integer>
  void integer(std::string_view name, double least, double most, Integer& out) {
    if (const DisksimValue* value = find(name))
      out = static_cast<Integer>(disksim_number(*value, least, most, errors_));
  }
  void flag(std::string_view name, bool& out);
  void number(std::string_view name, double least, double most, double& out);
  /// Milliseconds; times `scale`.
  void duration(std::string_view name, kev::Duration& out, double scale = 1);
  /// Parameters that change nothing here.
  void pass_over(std::initializer_list<std::string_view> names);
  void finish();

  [[nodiscard]] const DisksimBlock& block() const { return block_; }
  [[nodiscard]] kev::Errors& errors() { return errors_; }

 private:
  const DisksimBlock& block_;
  kev::Errors& errors_;
  std::vector<std::string_view> known_;
};

}  // namespace sim
