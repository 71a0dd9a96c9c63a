// How the ends of a scenario come to be.

#include <cerrno>

#include "sim/validate/epoll_machine.hpp"

namespace sim {

namespace {

constexpr std::uint32_t backlog = 8;

}  // namespace

/// Everything that no call of the scenario opens; what the first step shows is watched.
void EpollMachine::open_all(const EpollStep& first) {
  const bool own_sockets = scenario_.has(Verb::socket) || scenario_.has(Verb::connect) ||
                           scenario_.has(Verb::new_connection);
  if (scenario_.mentions('L')) {
    open_listener();
  } else if (scenario_.mentions('c') || scenario_.mentions('s')) {
    if (!own_sockets) open_pair();
    // connect() without socket(): the socket is there.
    if (own_sockets && !scenario_.has(Verb::socket)) open_socket('c');
  }
  if (scenario_.mentions('r') || scenario_.mentions('w')) {
    const auto [reader, writer] = make_pipe(kernel_, nullptr, PipeRules::linux_6_18);
    add('r', {reader, nullptr, reader, nullptr});
    add('w', {writer, nullptr, writer, nullptr});
  }
  if (scenario_.mentions('a') || scenario_.mentions('b')) {
    const auto [a, b] = make_unix_pair(kernel_, nullptr, nullptr);
    add('a', {a, nullptr, nullptr, a});
    add('b', {b, nullptr, nullptr, b});
  }
  for (const auto& [name, mask] : first.polls)
    if (ends_.contains(name)) watch(name);
}

void EpollMachine::add(char name, End end) {
  end.file->nonblocking = true;
  end.descriptor = files_.install(*end.file);
  ends_[name] = end;
  apply_options(name);
}

void EpollMachine::watch(char name) {
  (void)epoll_->add(*ends_[name].file, static_cast<std::uint64_t>(name), watched, EpollMode::edge);
}

/// Sizes are doubled, as the kernel does it.
void EpollMachine::apply_options(char name) {
  Socket* socket = ends_[name].tcp;
  if (socket == nullptr) return;
  TcpEndpoint& endpoint = socket->sock().options_of();
  for (const auto& [option, value] : scenario_.options) {
    if (option == "SO_SNDBUF" && name == 'c') endpoint.fix_send_buffer(2 * value);
    if (option == "SO_RCVBUF" && name == 'L') endpoint.fix_receive_buffer(2 * value);
    if (option == "SO_RCVLOWAT" && name == 's') endpoint.set_receive_low_water(value);
    if (option == "TCP_NOTSENT_LOWAT" && name == 'c') endpoint.set_unsent_low_water(value);
  }
}

void EpollMachine::open_listener() {
  Socket& socket = network_.create_socket();
  add('L', {&socket, &socket});
  KEV_CHECK(socket.listen(port, backlog) == 0);
}

/// A connection, both ends, and no listener left.
void EpollMachine::open_pair() {
  open_listener();
  open_socket('c');
  ends_['c'].tcp->nonblocking = false;
  KEV_CHECK(ends_['c'].tcp->connect(port) == 0);
  ends_['c'].tcp->nonblocking = true;
  KEV_CHECK(accept() >= 0);
  close('L', {});
  ends_.erase('L');
}

long EpollMachine::open_socket(char name) {
  Socket& socket = network_.create_socket();
  add(name, {&socket, &socket});
  // Whoever opens it in a call of the scenario watches it from then on.
  if (scenario_.has(Verb::socket)) watch(name);
  return 0;
}

/// Like a client of its own: connected when the call returns.
long EpollMachine::open_connection() {
  Socket& socket = network_.create_socket();
  const long result = socket.connect(port);
  add('c', {&socket, &socket});
  return result;
}

long EpollMachine::accept() {
  const AcceptResult result = ends_['L'].tcp->accept();
  if (result.socket == nullptr) return result.error;
  add('s', {result.socket, result.socket});
  return ends_['s'].descriptor;
}

}  // namespace sim
