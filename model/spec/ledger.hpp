#pragma once
// What the calls of a history say about each interest: the account that the monitors look at. Only
// what is certain whatever the order of overlapping calls was.

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "model/spec/call.hpp"

namespace kev::spec {

struct InterestKey {
  std::uint32_t type = 0;
  std::uint32_t id[2] = {0, 0};
  friend auto operator<=>(const InterestKey&, const InterestKey&) = default;
};

InterestKey key_of(const abi::ukevent& event);

/// One ADD, MODIFY or REMOVE of an interest, and when.
struct Version {
  Moment begin = 0;
  Moment end = never;
  bool removal = false;
  std::uint32_t call = 0;
  abi::ukevent request{};
};

struct Account {
  std::vector<Version> versions;  ///< that may still be in force
  std::uint64_t armings = 0;      ///< ADDs and MODIFYs that began and are not known to have failed
  std::uint64_t oneshots = 0;     ///< deliveries that showed ONESHOT
  Moment last_control = 0;        ///< end of the last ADD, MODIFY or REMOVE
  /// The READY that made it ready for certain; nobody has touched it since. 0: not certain.
  Moment marked_begin = 0;
  Moment marked_end = 0;
  std::uint64_t passed_by = 0;  ///< deliveries of others by fetches that began after that
  /// No activity before this moment can be why it is ready now.
  Moment earliest_cause = never;
  std::uint32_t active = 0;  ///< control calls about it under way
  Moment last_activity = 0;  ///< end of the last of them
};

class Ledger {
 public:
  void on_begin(const History& history, std::uint32_t call);
  void on_end(const History& history, std::uint32_t call);

  Account& of(const abi::ukevent& event) { return accounts_[key_of(event)]; }
  [[nodiscard]] const std::map<InterestKey, Account>& accounts() const { return accounts_; }

  std::uint64_t kicks = 0;     ///< begun
  std::uint64_t signals = 0;   ///< begun
  std::uint32_t fetching = 0;  ///< calls that may take events, under way
  bool closing = false;
  Moment last_fetch = 0;  ///< end of the last call that may have taken events

 private:
  void begin_control(const CallRecord& record, std::uint32_t call);
  void end_control(const CallRecord& record, std::uint32_t call);
  void end_request(const CallRecord& record, std::uint32_t call, std::size_t item);

  std::map<InterestKey, Account> accounts_;
};

}  // namespace kev::spec
