#include "sim/trace/replay_plan.hpp"

#include "sim/trace/gzip_reader.hpp"
#include "sim/trace/strace_plan.hpp"
#include "sim/trace/strace_reader.hpp"

namespace sim {

namespace {

kev::Result<ReplayPlan> finish(StraceReader& reader, PlanBuilder& builder) {
  const auto finished = reader.finish();
  if (!finished) return tl::unexpected<kev::Errors>(finished.error());
  return builder.finish(*finished);
}

}  // namespace

kev::Result<ReplayPlan> plan_from_strace(const std::string& path) {
  auto file = GzipReader::open(path);
  if (!file) return tl::unexpected<kev::Errors>(file.error());
  PlanBuilder builder;
  StraceReader reader(path, builder);
  std::string_view line;
  while (true) {
    const auto got = file->next(line);
    if (!got) return tl::unexpected<kev::Errors>(got.error());
    if (*got == GzipReader::Got::end) break;
    const bool open = *got == GzipReader::Got::last_line_without_newline;
    if (!reader.add_line(line, open ? LineEnd::end_of_file : LineEnd::newline)) break;
  }
  return finish(reader, builder);
}

kev::Result<ReplayPlan> plan_from_text(std::string_view text, const std::string& name) {
  PlanBuilder builder;
  StraceReader reader(name, builder);
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const bool open = newline == std::string_view::npos;
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(open ? text.size() : newline + 1);
    if (!reader.add_line(line, open ? LineEnd::end_of_file : LineEnd::newline)) break;
  }
  return finish(reader, builder);
}

}  // namespace sim
