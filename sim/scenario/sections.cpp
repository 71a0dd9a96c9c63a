#include "sim/scenario/fields.hpp"

namespace sim {

namespace {

std::size_t one(const Scenario&) {
  return 1;
}

template <auto member>
Owner part(Scenario& scenario, std::size_t) {
  return Owner(&(scenario.*member));
}

template <auto member>
std::size_t how_many(const Scenario& scenario) {
  return (scenario.*member).size();
}

template <auto member>
Owner element(Scenario& scenario, std::size_t index) {
  return Owner(&(scenario.*member)[index]);
}

template <auto member>
void append(Scenario& scenario, const std::string&) {
  (scenario.*member).emplace_back();
}

template <auto member>
void append_named(Scenario& scenario, const std::string& name) {
  (scenario.*member).emplace_back().name = name;
}

template <auto member>
const std::string* name_of(const Scenario& scenario, std::size_t index) {
  return &(scenario.*member)[index].name;
}

constexpr Section section_rows[] = {
    {"", "the top of the file", SectionKind::table, "", "what the scenario is", one,
     [](Scenario& scenario, std::size_t) { return Owner(&scenario); }, nullptr, nullptr},
    {"machine", "[machine]", SectionKind::table, "", "CPUs and memory of the server", one,
     part<&Scenario::machine>, nullptr, nullptr},
    {"disk", "[disk.NAME]", SectionKind::named, "main", "a disk; without any, one hdd named main",
     how_many<&Scenario::disks>, element<&Scenario::disks>, append_named<&Scenario::disks>,
     name_of<&Scenario::disks>},
    {"elevator", "[elevator]", SectionKind::table, "",
     "tunables of the I/O scheduler, under the names of its sysfs files", one,
     part<&Scenario::elevator>, nullptr, nullptr},
    {"cache", "[cache]", SectionKind::table, "", "the page cache", one, part<&Scenario::cache>,
     nullptr, nullptr},
    {"hdd", "[hdd]", SectionKind::table, "",
     "where disks of the kind hdd differ from their profile", one, part<&Scenario::hdd>, nullptr,
     nullptr},
    {"ssd", "[ssd]", SectionKind::table, "",
     "where disks of the kind ssd differ from their profile", one, part<&Scenario::ssd>, nullptr,
     nullptr},
    {"link", "[link.NAME]", SectionKind::named, "lan",
     "a network link; the first is the server's; without any, one named lan",
     how_many<&Scenario::links>, element<&Scenario::links>, append_named<&Scenario::links>,
     name_of<&Scenario::links>},
    {"switch", "[switch]", SectionKind::table, "",
     "the switch between the server and client machines with links of their own", one,
     part<&Scenario::ethernet>, nullptr, nullptr},
    {"tcp", "[tcp]", SectionKind::table, "", "TCP of both ends", one, part<&Scenario::tcp>, nullptr,
     nullptr},
    {"workload", "[workload]", SectionKind::table, "", "what server and clients do", one,
     part<&Scenario::workload>, nullptr, nullptr},
    {"workload.files", "[workload.files]", SectionKind::table, "",
     "the files being served; usually files = { ... } in [workload]", one,
     [](Scenario& scenario, std::size_t) { return Owner(&scenario.workload.files); }, nullptr,
     nullptr},
    {"writer", "[[writer]]", SectionKind::list, "",
     "a process of the workload file-server that writes while clients are served",
     how_many<&Scenario::writers>, element<&Scenario::writers>, append<&Scenario::writers>, nullptr,
     file_server_workload},
    {"queue", "[queue]", SectionKind::table, "", "the queue of the workload event-queue", one,
     part<&Scenario::queue>, nullptr, nullptr},
    {"program", "[program]", SectionKind::table, "", "the world of the workload queue-program", one,
     part<&Scenario::program>, nullptr, nullptr},
    {"thread", "[[thread]]", SectionKind::list, "", "a thread of the workload queue-program",
     how_many<&Scenario::threads>, element<&Scenario::threads>, append<&Scenario::threads>, nullptr,
     queue_program_workload},
    {"explore", "[explore]", SectionKind::table, "",
     "what each explored execution draws anew, from the scenario's own value to the one here", one,
     part<&Scenario::explore>, nullptr, nullptr},
    {"fault", "[[fault]]", SectionKind::list, "", "operations that fail now and then",
     how_many<&Scenario::faults>, element<&Scenario::faults>, append<&Scenario::faults>, nullptr},
    {"limits", "[limits]", SectionKind::limits, "",
     "what each design must reach, as \"METRIC\" = \"< VALUE\"; decides the exit code",
     how_many<&Scenario::limits>, nullptr, nullptr, nullptr},
};

}  // namespace

std::span<const Section> sections() {
  return section_rows;
}

const Section* find_section(std::string_view path) {
  for (const Section& section : section_rows)
    if (section.path == path) return &section;
  return nullptr;
}

}  // namespace sim
