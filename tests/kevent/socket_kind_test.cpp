#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "sim/net/network.hpp"
#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"
#include "tests/support/net_world.hpp"

using namespace kev::literals;
using namespace test;

namespace {

std::unique_ptr<kev::OriginListener> make_storage(void* platform) {
  return static_cast<sim::SimPlatform*>(platform)->make_listener();
}

/// A network whose sockets can be watched.
struct Net {
  explicit Net(TestMachine& machine)
      : m(machine),
        network(m.kernel(), sim::Random(1), plain_options().network, &make_storage, &m.platform()) {
  }

  int listen() {
    sim::Socket& socket = network.create_socket();
    socket.nonblocking = true;
    KEV_CHECK(socket.listen(80, 64) == 0);
    listener = &socket;
    return m->files.install(socket);
  }
  /// The next connection, or -1.
  int accept() {
    const sim::AcceptResult result = listener->accept();
    if (result.socket == nullptr) return -1;
    result.socket->nonblocking = true;
    accepted = result.socket;
    return m->files.install(*result.socket);
  }
  void sleep(kev::Duration time) {
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(time);
  }

  TestMachine& m;
  sim::Network network;
  sim::Socket* listener = nullptr;
  sim::Socket* accepted = nullptr;  ///< the last one
};

/// And two clients of it.
struct TwoClients {
  explicit TwoClients(TestMachine& machine)
      : net(machine), first(net.network), second(net.network) {}
  /// A watched listener with both connections waiting.
  int listen_and_connect(QueueUser& user, int queue, std::uint32_t flags);

  Net net;
  TestPeer first;
  TestPeer second;
};

abi::ukevent watch(int descriptor, std::uint32_t mask, std::uint32_t flags = 0) {
  return QueueUser::request(abi::KEVENT_SOCKET, static_cast<std::uint32_t>(descriptor), flags,
                            mask);
}

int TwoClients::listen_and_connect(QueueUser& user, int queue, std::uint32_t flags) {
  const int listener = net.listen();
  CHECK(user.add(queue, watch(listener, abi::KEVENT_SOCKET_ACCEPT, flags)) == 0);
  first.peer.connect(80);
  second.peer.connect(80);
  net.sleep(10_ms);
  return listener;
}

}  // namespace

TEST_CASE("connections that came together are one event; a level interest is told until drained") {
  TestMachine m;
  TwoClients clients(m);
  Net& net = clients.net;
  in_program(m, [&](QueueUser& user, int queue) {
    const int listener = clients.listen_and_connect(user, queue, 0);
    CHECK(look(user, queue) == 1);
    m.calls().close(net.accept());
    CHECK(look(user, queue) == 1);  // one more is there
    m.calls().close(net.accept());
    CHECK(look(user, queue) == 1);
    CHECK(look(user, queue) == 0);
    CHECK(net.accept() == -1);
    m.calls().close(listener);
  });
}

TEST_CASE("an edge-triggered accept interest is told once, so its owner must drain") {
  TestMachine m;
  TwoClients clients(m);
  Net& net = clients.net;
  in_program(m, [&](QueueUser& user, int queue) {
    const int listener = clients.listen_and_connect(user, queue, abi::KEVENT_REQ_ET);
    CHECK(look(user, queue) == 1);
    m.calls().close(net.accept());
    CHECK(look(user, queue) == 0);
    m.calls().close(net.accept());
    m.calls().close(listener);
  });
}

TEST_CASE("a socket's number given to another one does not change what is watched") {
  TestMachine m;
  Net net(m);
  TestPeer first(net.network);
  TestPeer second(net.network);
  in_program(m, [&](QueueUser& user, int queue) {
    const int listener = net.listen();
    first.peer.connect(80);
    net.sleep(10_ms);
    const int socket = net.accept();
    CHECK(user.add(queue, watch(socket, abi::KEVENT_SOCKET_RECV)) == 0);
    CHECK(m.calls().close(socket) == 0);
    second.peer.connect(80);
    net.sleep(10_ms);
    CHECK(net.accept() == socket);
    second.peer.send_message(message(2, 10));
    net.sleep(10_ms);
    CHECK(look(user, queue) == 0);
    first.peer.send_message(message(1, 10));
    net.sleep(10_ms);
    CHECK(look(user, queue) == 1);
    CHECK(user.remove(queue, watch(socket, 0)) == 0);
    CHECK(user.add(queue, watch(socket, abi::KEVENT_SOCKET_RECV)) == 1);  // the new one is ready
    m.calls().close(socket);
    m.calls().close(listener);
  });
}

TEST_CASE("a reset socket is broken once, and says no more until it is removed") {
  TestMachine m;
  Net net(m);
  TestPeer client(net.network);
  in_program(m, [&](QueueUser& user, int queue) {
    const int listener = net.listen();
    client.peer.connect(80);
    net.sleep(10_ms);
    const int socket = net.accept();
    CHECK(user.add(queue, watch(socket, abi::KEVENT_SOCKET_RECV)) == 0);
    client.peer.abort();
    net.sleep(10_ms);
    CHECK(look(user, queue) == 1);
    CHECK((user.event().ret_flags & abi::KEVENT_RET_BROKEN) != 0);
    CHECK(look(user, queue) == 0);
    CHECK(user.ready(queue, watch(socket, 0)) == 1);
    CHECK(look(user, queue) == 0);
    m.calls().close(socket);
    m.calls().close(listener);
  });
}

TEST_CASE("POLL of a socket hears what the network does, in softirq context") {
  TestMachine m;
  Net net(m);
  TestPeer client(net.network);
  in_program(m, [&](QueueUser& user, int queue) {
    const int listener = net.listen();
    const auto poll = [](int descriptor) {
      return QueueUser::request(abi::KEVENT_POLL, static_cast<std::uint32_t>(descriptor), 0,
                                abi::KEVENT_POLL_POLLIN | abi::KEVENT_POLL_POLLRDHUP);
    };
    CHECK(user.add(queue, poll(listener)) == 0);
    client.peer.connect(80);
    CHECK(user.wait(queue, 1, 1) == 1);
    const int socket = net.accept();
    CHECK(user.add(queue, poll(socket)) == 0);
    client.peer.send_message(message(1, 10));
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK(user.event().ret_data[0] == abi::KEVENT_POLL_POLLIN);
    client.peer.abort();
    net.sleep(10_ms);
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK((user.event().ret_data[0] & abi::KEVENT_POLL_POLLERR) != 0);
    m.calls().close(socket);
    m.calls().close(listener);
  });
}

TEST_CASE("notifications from softirqs while interests come, change and go") {
  const std::uint32_t type = GENERATE(0u + abi::KEVENT_SOCKET, 0u + abi::KEVENT_POLL);
  std::shared_ptr<Net> net;
  std::shared_ptr<TestPeer> client;
  under_all(
      [&](TestMachine& m) {
        net = std::make_shared<Net>(m);
        client = std::make_shared<TestPeer>(net->network);
        m.thread("program", [&m, &net, &client, type] {
          QueueUser user(m);
          const int queue = m.calls().kevent_init();
          const int listener = net->listen();
          net->listener->nonblocking = false;
          client->peer.connect(80);
          const int socket = net->accept();
          auto ended = std::make_shared<int>(0);
          const auto leave = [&m, ended, descriptors = std::array{queue, listener, socket}] {
            if (++*ended == 2)
              for (const int descriptor : descriptors) m.calls().close(descriptor);
          };
          const auto request = [type, socket](std::uint32_t flags) {
            return QueueUser::request(type, static_cast<std::uint32_t>(socket), flags, 1);
          };
          client->peer.send_message(message(1, 3000));
          m.thread("changer", [&m, leave, request, queue] {
            QueueUser mine(m);
            for (int i = 0; i < 2; ++i) {
              mine.control(queue, abi::KEVENT_CTL_MODIFY, {request(abi::KEVENT_REQ_WAKEUP_ALL)});
              mine.remove(queue, request(0));
            }
            leave();
          });
          // What ADD hands back must not come from the queue as well.
          for (int i = 0; i < 3; ++i) {
            const bool handed_back = user.add(queue, request(abi::KEVENT_REQ_ONESHOT)) == 1;
            if (handed_back && user.answer().ret_data[1] != EEXIST) CHECK(look(user, queue) == 0);
            look(user, queue);
            user.remove(queue, request(0));
          }
          leave();
        });
      },
      [&](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->rcu.idle());
        client.reset();
        net.reset();
      });
}
