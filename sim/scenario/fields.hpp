#pragma once
// The one table of what a scenario file may say. From it come the loader, defaults, "did you mean",
// the JSON schema, `kevsim list fields` and the writer; nothing else knows the file's keys.
//
// A new key is one row in fields_*.cpp and one member in scenario.hpp. The default of a key is its
// member's initialiser.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/scenario/catalog.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

enum class ValueType {
  text,
  choice,  ///< one of the row's own choices
  name,    ///< one name of a list of the catalog
  names,   ///< a list of those
  integer,
  boolean,
  probability,  ///< 0 to 1
  size,         ///< text with a unit, stored as bytes
  rate,         ///< text with a unit, stored as bytes a second
  duration,     ///< text with a unit
  popularity,   ///< uniform | sequential | zipf:EXPONENT
  expectation,  ///< ok | violation:PROPERTY
  error_name,   ///< EIO, stored as its number
  netem,        ///< words of tc-netem(8)
  operations,   ///< a list of lines, each a ProgramStep
  io_priority,  ///< none | realtime:LEVEL | best-effort:LEVEL | idle
};

/// The structure a section fills, and the place of one value in it.
using Owner =
    std::variant<Scenario*, MachineSpec*, DiskSpec*, ElevatorSpec*, DriveSpec*, FlashSpec*,
                 CacheSpec*, LinkSpec*, SwitchSpec*, TcpSpec*, WorkloadSpec*, FilesSpec*,
                 QueueSpec*, ProgramSpec*, ThreadSpec*, ExploreSpec*, FaultSpec*, WriterSpec*>;
using Slot =
    std::variant<std::string*, std::vector<std::string>*, std::int64_t*, int*, bool*, double*,
                 kev::Duration*, std::optional<std::int64_t>*, std::optional<kev::Duration>*,
                 std::optional<double>*, std::vector<ProgramStep>*>;

using NameList = std::vector<NamedRow> Catalog::*;

struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool or_zero = false;  ///< 0 is good, too: none

  [[nodiscard]] constexpr bool has(std::int64_t value) const {
    return (value >= least && value <= most) || (or_zero && value == 0);
  }
};

struct Field {
  std::string_view section;  ///< path of its row in sections()
  std::string_view key;
  ValueType type;
  Slot (*slot)(const Owner&);
  std::string_view doc;
  std::string_view example;  ///< as TOML, for hints and documentation
  Range range{};             ///< integer, size, rate, duration
  std::span<const std::string_view> choices{};
  /// The list of the catalog that has the names; which one may depend on fields above this one.
  NameList (*names)(const Owner&) = nullptr;
  bool required = false;
  /// Schema only: the other lists that `names` may return.
  NameList also = nullptr;
};

enum class SectionKind {
  table,   ///< [machine]
  named,   ///< [disk.NAME], as many as wanted
  list,    ///< [[fault]], as many as wanted
  limits,  ///< free keys from the table of metrics
};

struct Section {
  std::string_view path;   ///< "machine"; "" is the top of the file, "workload.files" nests
  std::string_view title;  ///< how people write it: "[disk.NAME]"
  SectionKind kind;
  std::string_view usual_name;  ///< named only: the one that is there without being written
  std::string_view doc;
  std::size_t (*count)(const Scenario&);
  Owner (*at)(Scenario&, std::size_t);
  void (*add)(Scenario&, const std::string& name);           ///< named and list only
  const std::string* (*name)(const Scenario&, std::size_t);  ///< named only
  std::string_view only_for{};  ///< list only: the one workload that has such; empty: all have
};

/// In the order of a file and of reading: a field's names may depend only on rows above.
std::span<const Section> sections();
/// The rows of every table, in the order of a file.
std::vector<Field> fields();

const Section* find_section(std::string_view path);
const Field* find_field(std::string_view section, std::string_view key);
std::vector<const Field*> fields_of(std::string_view section);
std::vector<std::string_view> keys_of(std::string_view section);

/// The errors a [[fault]] may name.
struct ErrorName {
  std::string_view name;
  int number;
  std::string_view description;
};
std::span<const ErrorName> error_names();

/// The newest schema this build reads.
inline constexpr int newest_schema = 1;

}  // namespace sim
