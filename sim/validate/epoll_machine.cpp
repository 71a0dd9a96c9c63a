#include "sim/validate/epoll_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sim {

namespace {

using namespace kev::literals;

constexpr std::uint16_t closed_port = 81;
constexpr kev::Duration settling = 60_ms;
constexpr kev::Duration drain_pause = 2_ms;
constexpr std::uint32_t drain_bytes = 4096;
constexpr std::uint32_t large_buffer = 65536;

/// What a descriptor that is neither a socket nor a pipe names.
class PlainFile final : public FileObject {
 public:
  explicit PlainFile(Kernel& kernel) : FileObject(kernel, Kind::queue, nullptr) {}
};

KernelOptions kernel_options() {
  KernelOptions options;
  options.costs = find_cost_profile("none");
  return options;
}

NetworkOptions network_options() {
  NetworkOptions options;
  options.server.tcp = tcp_options(*find_net_stack("linux-6.18"));
  // What the recorded machine was set to (net.ipv4.tcp_congestion_control).
  options.server.tcp.congestion = find_congestion_control("bbr");
  return options;
}

/// Whether the recorder waited for things to settle: not after a mere look.
bool sets_something_going(EpollCall::Verb verb) {
  using V = EpollCall::Verb;
  return verb != V::take_error && verb != V::tcp_state && verb != V::send_queue &&
         verb != V::receive_queue;
}

}  // namespace

std::string poll_mask_text(std::uint32_t mask) {
  using namespace poll_bits;
  struct Name {
    std::uint32_t bit;
    std::string_view name;
  };
  constexpr Name names[] = {{in, "IN"},   {pri, "PRI"}, {out, "OUT"},
                            {err, "ERR"}, {hup, "HUP"}, {rdhup, "RDHUP"}};
  std::string text;
  for (const Name& row : names) {
    if ((mask & row.bit) == 0) continue;
    if (!text.empty()) text += '|';
    text += row.name;
  }
  return text.empty() ? "0" : text;
}

EpollMachine::EpollMachine(const EpollScenario& scenario)
    : scenario_(scenario),
      recorder_(engine_),
      kernel_(engine_, recorder_, plain_, stacks_, kernel_options()),
      network_(kernel_, Random(1), network_options()),
      files_(kernel_),
      epoll_(std::make_unique<Epoll>(kernel_)) {}

EpollMachine::~EpollMachine() {
  kernel_.shut_down();
  epoll_.reset();
  files_.abandon();
}

std::vector<std::string> EpollMachine::play() {
  kernel_.spawn("program", ContextKind::process, [this] {
    play_steps();
    for (auto& [name, end] : ends_) close(name, {});
    kernel_.stop();
  });
  kernel_.run();
  for (const Violation& violation : kernel_.violations())
    differences_.push_back(fmt::format("{}: {}", violation.property, violation.message));
  return std::move(differences_);
}

void EpollMachine::sleep(kev::Duration time) {
  kernel_.current_thread().set_state(ThreadState::interruptible);
  kernel_.schedule_timeout(time);
}

void EpollMachine::differ(const EpollStep& step, const std::string& what,
                          const std::string& recorded, const std::string& got) {
  if (recorded == got) return;
  differences_.push_back(fmt::format("line {}: {}: {} recorded {}, got {}", step.line, step.label,
                                     what, recorded, got));
}

void EpollMachine::play_steps() {
  // Standard input, output and error, and the epoll set.
  for (int i = 0; i < 4; ++i) files_.install(*new PlainFile(kernel_));
  if (scenario_.steps.empty()) return;
  const EpollStep& first = scenario_.steps.front();
  open_all(first);
  if (first.call.verb != Verb::start) {
    sleep(settling);
    (void)epoll_->wait();
  }
  for (const EpollStep& step : scenario_.steps)
    step.call.verb == Verb::drain ? play_drain(step) : play_step(step);
}

void EpollMachine::play_step(const EpollStep& step) {
  differ(step, "result", step.result, call(step.call, step.result));
  if (sets_something_going(step.call.verb)) sleep(settling);
  for (const auto& [name, mask] : step.polls)
    differ(step, fmt::format("{}:poll", name), mask, poll_text(name));
  differ(step, "ET", step.edges, edges_text("="));
}

/// An event between two lines would have had a line of its own.
void EpollMachine::play_drain(const EpollStep& step) {
  static constexpr char reader = 's';
  static constexpr char writer = 'c';
  if (!ends_.contains(reader) || !ends_.contains(writer)) return;
  std::string edges;
  std::vector<ContentRun> runs;
  while (drained_ < *step.call.amount) {
    if (!edges.empty()) differ(step, fmt::format("ET at {}", drained_), "-", edges);
    const long got = ends_[reader].tcp->receive(runs, drain_bytes);
    if (got <= 0) break;
    drained_ += static_cast<std::uint32_t>(got);
    sleep(drain_pause);
    edges = edges_text("");
    if (edges == "-") edges.clear();
  }
  const bool out = (ends_[writer].file->poll() & poll_bits::out) != 0;
  differ(step, "drained", std::to_string(*step.call.amount), std::to_string(drained_));
  differ(step, "queues", step.queues,
         fmt::format("outq={} inq={} POLLOUT={:d} ET={}", queued(ends_[writer], Verb::send_queue),
                     queued(ends_[reader], Verb::receive_queue), out, edges.empty() ? "-" : edges));
}

std::string EpollMachine::poll_text(char name) {
  const auto end = ends_.find(name);
  if (end == ends_.end() || end->second.file == nullptr) return "0";
  return poll_mask_text(end->second.file->poll() & (watched | poll_bits::err | poll_bits::hup));
}

std::string EpollMachine::edges_text(const char* between) {
  std::string text;
  for (const EpollEvent& event : epoll_->wait())
    text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", static_cast<char>(event.data), between,
                        poll_mask_text(event.events));
  return text.empty() ? "-" : text;
}

// -- calls ----------------------------------------------------------------------------------------

/// The first of these that is there.
char EpollMachine::default_end(Verb verb) const {
  std::string_view order = "csLrwab";
  if (verb == Verb::send || verb == Verb::fill || verb == Verb::send_queue) order = "cawsb";
  if (verb == Verb::receive || verb == Verb::peek || verb == Verb::receive_queue) order = "sbrca";
  if (verb == Verb::modify || verb == Verb::close_original) order = "scLrwab";
  for (const char name : order)
    if (ends_.contains(name)) return name;
  return 0;
}

std::string EpollMachine::call(const EpollCall& what, const std::string& recorded) {
  const char name = what.end != 0 ? what.end : default_end(what.verb);
  EpollCall actual = what;
  // What was asked for is what was done, as far as it was done.
  if (!actual.amount && recorded.find_first_not_of("0123456789") == std::string::npos &&
      recorded != "0")
    actual.amount = static_cast<std::uint32_t>(std::stoul(recorded));
  if (what.after_last_close)
    for (auto& [watched_name, end] : ends_)
      if (end.copy >= 0) close(watched_name, {});
  const long result = make_call(name, actual);
  if (result >= 0) return std::to_string(result);
  const char* error = strerrorname_np(static_cast<int>(-result));
  return fmt::format("-1 {}", error == nullptr ? "?" : error);
}

long EpollMachine::make_call(char name, const EpollCall& what) {
  switch (what.verb) {
    case Verb::start:
    case Verb::nothing:
    case Verb::listen:
      return 0;  // done by open_all()
    case Verb::socket:
      return open_socket(name == 0 ? 'c' : name);
    case Verb::new_connection:
      return open_connection();
    case Verb::accept:
      return accept();
    case Verb::add_regular_file: {
      PlainFile file(kernel_);
      return epoll_->add(file, 0, watched, EpollMode::edge);
    }
    default:
      break;
  }
  const auto found = ends_.find(name);
  if (found == ends_.end() || found->second.file == nullptr) return -EBADF;
  End& end = found->second;
  switch (what.verb) {
    case Verb::connect:
      return end.tcp == nullptr ? -EINVAL : end.tcp->connect(has_listener() ? port : closed_port);
    case Verb::watch:
      watch(name);
      return 0;
    case Verb::modify:
      return epoll_->modify(*end.file, what.one_shot ? poll_bits::in : watched,
                            what.one_shot ? EpollMode::one_shot : EpollMode::edge);
    case Verb::send:
      return send(end, what.amount.value_or(1), what);
    case Verb::receive:
    case Verb::peek:
      return receive(end, what.all ? UINT32_MAX : what.amount.value_or(large_buffer), what);
    case Verb::fill:
      return fill(end);
    case Verb::shutdown:
      return shutdown(end, what.halves);
    case Verb::close:
      return close(name, what);
    case Verb::close_original:
      return close_original(name);
    case Verb::take_error:
      return end.tcp != nullptr ? end.tcp->take_error() : end.local->take_error();
    case Verb::tcp_state:
      return end.tcp == nullptr ? -EINVAL : static_cast<long>(end.tcp->endpoint().state());
    default:
      return queued(end, what.verb);
  }
}

long EpollMachine::send(End& end, std::uint32_t bytes, const EpollCall& what) {
  const ContentRun run{++message_, 0, bytes, 0};
  if (end.pipe != nullptr) return end.pipe->write(run);
  if (end.local != nullptr) return end.local->send(run);
  return what.urgent ? end.tcp->send_urgent(run) : end.tcp->send_message(run);
}

long EpollMachine::receive(End& end, std::uint32_t bytes, const EpollCall& what) {
  std::vector<ContentRun> runs;
  if (end.pipe != nullptr) return end.pipe->read(runs, bytes);
  if (end.local != nullptr) return end.local->receive(runs, bytes);
  const ReceiveMode mode = what.urgent               ? ReceiveMode::urgent
                           : what.verb == Verb::peek ? ReceiveMode::peek
                                                     : ReceiveMode::next;
  return end.tcp->receive(runs, bytes, mode);
}

/// Until it takes no more.
long EpollMachine::fill(End& end) {
  long total = 0;
  for (;;) {
    const long taken = send(end, large_buffer, {});
    if (taken <= 0) return total == 0 ? taken : total;
    total += taken;
  }
}

long EpollMachine::shutdown(End& end, unsigned halves) {
  if (end.local != nullptr) return end.local->shutdown(halves);
  return end.tcp == nullptr ? -ENOTSOCK : end.tcp->shutdown(static_cast<Shutdown>(halves));
}

long EpollMachine::queued(End& end, Verb which) {
  if (end.local != nullptr) return end.local->readable_bytes();
  if (end.tcp == nullptr) return -ENOTTY;
  const TcpEndpoint& endpoint = end.tcp->endpoint();
  return which == Verb::send_queue ? endpoint.unacknowledged_bytes() : endpoint.readable_bytes();
}

/// Both copies of the descriptor.
long EpollMachine::close(char name, const EpollCall& what) {
  End& end = ends_[name];
  if (end.file == nullptr) return -EBADF;
  if (what.reset && end.tcp != nullptr) end.tcp->sock().set_linger(Linger::reset);
  (void)epoll_->remove(*end.file);
  if (end.descriptor >= 0) (void)files_.close(end.descriptor);
  if (end.copy >= 0) (void)files_.close(end.copy);
  end = {};
  return 0;
}

long EpollMachine::close_original(char name) {
  End& end = ends_[name];
  end.file->get();
  end.copy = files_.install(*end.file);
  (void)files_.close(end.descriptor);
  end.descriptor = -1;
  return 0;
}

}  // namespace sim
