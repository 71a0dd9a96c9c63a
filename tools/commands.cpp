#include "tools/commands.hpp"

#include "tools/options.hpp"

namespace sim {

namespace {

constexpr Command rows[] = {
    {"run", "simulate scenarios and report what each design did",
     "  kevsim run scenarios/tour/quickstart.toml\n"
     "  kevsim run scenarios/tour/quickstart.toml --set workload.clients=256 --designs all\n"
     "  kevsim run scenarios/tour/*.toml --format json --seed $(git rev-parse HEAD)\n",
     add_run_options, [](const Arguments& a) { return run_command(a.run); }},
    {"replay", "drive the simulated machine with a captured trace",
     "  kevsim replay traces/nginx-sendfile.strace.gz\n"
     "  kevsim replay traces/nginx-sendfile.strace.gz --timing asap --designs all\n"
     "  kevsim replay my.strace --on scenarios/tour/quickstart.toml --set disk.main.kind=ssd\n"
     "  kevsim replay traces/golden/disksim/cheetah9LP.trace.xz --format disksim-validate --disk "
     "cheetah-9lp\n",
     add_replay_options, [](const Arguments& a) { return replay_command(a.replay); }},
    {"validate", "hold the models against what was recorded from real kernels",
     "  kevsim validate\n"
     "  kevsim validate --dir traces/golden --format json\n",
     add_validate_options, [](const Arguments& a) { return validate_command(a.validate); }},
    {"explore", "run a scenario, or a threaded program, under many schedules, looking for bugs",
     "  kevsim explore scenarios/race/ring_v3_overwrite.toml\n"
     "  kevsim explore --program queue.c\n"
     "  kevsim explore --program queue.c --strategy odpor --define N=3\n"
     "  kevsim explore --program queue.cpp --executions 1M --jobs 2 --format json\n",
     add_explore_options, [](const Arguments& a) { return explore_command(a.explore); }},
    {"reproduce", "run a finding again, and show it step by step",
     "  kevsim reproduce findings/deadlock-1-17\n"
     "  kevsim reproduce findings/deadlock-1-17 --to 4\n",
     add_reproduce_options, [](const Arguments& a) { return reproduce_command(a.reproduce); }},
    {"shrink", "make a finding as simple as can be", "  kevsim shrink findings/deadlock-1-17\n",
     add_shrink_options, [](const Arguments& a) { return shrink_command(a.shrink); }},
    {"bank", "measure which bugs of the bug bank searches find, and after how many executions",
     "  kevsim bank\n"
     "  kevsim bank --strategy all --give-up 5\n"
     "  kevsim bank --bugs wake_before_enqueue --strategy random,pct:2 --format json\n",
     add_bank_options, [](const Arguments& a) { return bank_command(a.bank); }},
    {"check", "say what is wrong with scenarios, without running them",
     "  kevsim check scenarios/tour/*.toml\n"
     "  kevsim check my.toml --resolved\n",
     add_check_options, [](const Arguments& a) { return check_command(a.check); }},
    {"list", "list the names that scenarios may use",
     "  kevsim list\n"
     "  kevsim list designs\n"
     "  kevsim list fields\n",
     add_list_options, [](const Arguments& a) { return list_command(a.list); }},
    {"schema", "print the JSON Schema of scenario files",
     "  kevsim schema > scenarios/scenario.schema.json\n", add_schema_options,
     [](const Arguments&) { return schema_command(); }},
};

}  // namespace

std::span<const Command> commands() {
  return rows;
}

}  // namespace sim
