#include "sim/instrument/code_places.hpp"

#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "sim/instrument/build_program.hpp"

namespace sim {

namespace {

int first_object(dl_phdr_info* info, std::size_t, void* base) {
  *static_cast<std::uintptr_t*>(base) = info->dlpi_addr;
  return 1;
}

/// Where the executable was loaded.
std::uintptr_t load_address() {
  std::uintptr_t base = 0;
  ::dl_iterate_phdr(&first_object, &base);
  return base;
}

/// "Queue::push_ready": neither arguments nor namespaces nor what templates are made of.
std::string short_name(std::string function) {
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = function.find(anonymous)) != std::string::npos;)
    function.erase(at, anonymous.size());
  std::string out;
  int depth = 0;
  for (const char c : function) {
    if (c == '(' && depth == 0) break;
    if (c == '<') ++depth;
    if (depth == 0) out += c;
    if (c == '>') --depth;
  }
  for (const std::string_view space : {"kev::", "sim::", "test::"})
    for (std::size_t at = 0; (at = out.find(space)) != std::string::npos;)
      out.erase(at, space.size());
  return out.substr(out.find_last_of(' ') + 1);
}

/// -a: each answer begins with its address.
std::string command(const std::string& file, const std::string& addresses) {
  return fmt::format("addr2line -aCfi -e {}{} 2>/dev/null", quoted(file), addresses);
}

void answer(const std::string& answers, const std::vector<std::string*>& names) {
  std::istringstream lines(answers);
  std::size_t next = 0;
  std::string* name = nullptr;
  std::string function;
  std::string place;
  // Innermost first; of the C++ library's functions, who called them.
  while (std::getline(lines, function)) {
    if (function.starts_with("0x")) {
      name = next < names.size() ? names[next++] : nullptr;
      continue;
    }
    if (!std::getline(lines, place)) return;
    if (name == nullptr || place.starts_with("/usr/")) continue;
    place.resize(std::min(place.size(), place.find(' ')));
    if (!place.ends_with('?'))
      *name =
          fmt::format("{} ({})", place.substr(place.find_last_of('/') + 1), short_name(function));
    name = nullptr;
  }
}

}  // namespace

CodePlaces::CodePlaces() : CodePlaces(fmt::format("/proc/{}/exe", ::getpid()), load_address()) {}

void CodePlaces::learn(const std::vector<std::uintptr_t>& places) {
  constexpr std::size_t places_a_call = 1000;
  std::vector<std::string*> asked;
  std::string addresses;
  const auto ask = [&] {
    if (!asked.empty()) answer(output_of(command(file_, addresses)), asked);
    asked.clear();
    addresses.clear();
  };
  for (const std::uintptr_t pc : places) {
    const auto [entry, added] = known_.try_emplace(pc);
    if (!added) continue;
    asked.push_back(&entry->second);
    // A return address is of the instruction after the call.
    addresses += fmt::format(" {:#x}", pc - base_ - 1);
    if (asked.size() == places_a_call) ask();
  }
  ask();
}

const std::string& CodePlaces::name(std::uintptr_t pc) {
  learn({pc});
  return known_[pc];
}

}  // namespace sim
