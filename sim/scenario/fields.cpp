#include "sim/scenario/fields.hpp"

#include <array>
#include <cerrno>

#include "sim/scenario/field_rows.hpp"

namespace sim {

namespace {

constexpr ErrorName error_rows[] = {
    {"EAGAIN", EAGAIN, "try again"},
    {"EBUSY", EBUSY, "busy"},
    {"ECONNRESET", ECONNRESET, "connection reset by the peer"},
    {"EFAULT", EFAULT, "bad user address"},
    {"EINTR", EINTR, "interrupted"},
    {"EINVAL", EINVAL, "invalid argument"},
    {"EIO", EIO, "input or output error"},
    {"EMFILE", EMFILE, "too many files of one process"},
    {"ENFILE", ENFILE, "too many files of the system"},
    {"ENOBUFS", ENOBUFS, "no buffer space"},
    {"ENOMEM", ENOMEM, "out of memory"},
    {"ENOSPC", ENOSPC, "no space on the device"},
    {"EPIPE", EPIPE, "nobody reads"},
    {"ETIMEDOUT", ETIMEDOUT, "timed out"},
};

std::array<std::span<const Field>, 7> tables() {
  return {field_rows::machine(),  field_rows::hdd(),     field_rows::ssd(),   field_rows::network(),
          field_rows::workload(), field_rows::writing(), field_rows::faults()};
}

}  // namespace

std::vector<Field> fields() {
  std::vector<Field> all;
  for (const std::span<const Field> table : tables())
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

std::span<const ErrorName> error_names() {
  return error_rows;
}

const Field* find_field(std::string_view section, std::string_view key) {
  for (const std::span<const Field> table : tables())
    for (const Field& field : table)
      if (field.section == section && field.key == key) return &field;
  return nullptr;
}

std::vector<const Field*> fields_of(std::string_view section) {
  std::vector<const Field*> found;
  for (const std::span<const Field> table : tables())
    for (const Field& field : table)
      if (field.section == section) found.push_back(&field);
  return found;
}

std::vector<std::string_view> keys_of(std::string_view section) {
  std::vector<std::string_view> keys;
  for (const Field* field : fields_of(section)) keys.push_back(field->key);
  return keys;
}

}  // namespace sim
