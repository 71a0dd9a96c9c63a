// A server of one thread around an event queue, for designs that end in events: it accepts, reads
// requests, starts asynchronous sendfiles and hears of their end, and never waits for anything
// else.
//
// Events name what they are about in `user`: 0 is the listening socket, anything else a connection:
// its slot plus one, and which connection of that slot. A connection has at most one interest or
// request at a time, always one-shot. So nothing of it is left in the queue when it is closed,
// unless it is closed while a request is under way (the faults process.close, process.reuse): the
// request keeps socket and file, the client gets its answer, and the event finds that the
// connection is gone.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sim/world/io_priority.hpp"
#include "sim/world/server.hpp"
#include "sim/world/system_calls.hpp"

namespace sim {

namespace {

namespace abi = kev::abi;

constexpr std::uint32_t batch = 64;  // events taken at a time
// Of `user`: the slot, and above it the number of the connection.
constexpr int slot_bits = 20;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

class EventServer final : public Server {
 public:
  explicit EventServer(const ServerContext& context)
      : platform_(context.platform),
        ledger_(context.ledger),
        calls_(context.platform),
        aio_(context.aio.sendfile(context.platform)),
        header_(context.header),
        nodelay_(context.nodelay) {
    spawn_program(platform_, context.priority, "server", [this] { run(); });
  }

 private:
  struct Connection {
    explicit Connection(Ledger& ledger) : reader(ledger) {}
    int descriptor = -1;
    RequestReader reader;
    ContentRun header;  ///< what of it still has to go out
    int file = -1;
    std::int64_t sent = 0;   ///< of the body
    std::int64_t part = 0;   ///< of it, that is being sent
    std::size_t told = 0;    ///< pieces of advice
    std::uint64_t user = 0;  ///< as its events have it
  };

  /// Descriptors that name something else before the request which used them has ended.
  struct Reused {
    std::uint64_t user = 0;
    int descriptor = -1;
  };

  void run() {
    UserMemory& memory = platform_.machine().user;
    events_ = memory.map(batch * sizeof(abi::ukevent));
    request_ = memory.map(sizeof(abi::ukevent));
    queue_ = calls_.kevent_init();
    listener_ = calls_.listen_on(server_port, 511);
    if (queue_ < 0 || listener_ < 0) return calls_.exit();
    calls_.set_nonblocking(listener_);
    if (!watch_listener()) return calls_.exit();
    while (!platform_.ending()) {
      const long count =
          calls_.kevent_get_events(queue_, 1, batch, to_timespec(kev::Duration::max()), events_);
      if (count == -EINTR) calls_.run_handlers();
      for (long i = 0; i < count; ++i) handle(event_at(static_cast<std::size_t>(i)));
    }
  }

  abi::ukevent event_at(std::size_t index) { return load(events_ + index * sizeof(abi::ukevent)); }
  /// To the interest that was asked for last, if it was not registered.
  abi::ukevent answer() { return load(request_); }
  abi::ukevent load(kev::UserAddress at) {
    abi::ukevent event;
    std::memcpy(&event, platform_.machine().user.at(at, sizeof event), sizeof event);
    return event;
  }

  /// True when the interest is registered, false when it is ready (or broken) at once.
  bool watch(int descriptor, std::uint32_t mask, std::uint32_t flags, std::uint64_t user) {
    abi::ukevent request{};
    request.type = abi::KEVENT_SOCKET;
    request.id = {{static_cast<std::uint32_t>(descriptor), 0}};
    request.event = mask;
    request.req_flags = flags;
    request.user = user;
    std::memcpy(platform_.machine().user.at(request_, sizeof request), &request, sizeof request);
    return calls_.kevent_ctl(queue_, abi::KEVENT_CTL_ADD, 1, request_) == 0;
  }

  /// Clients may be there before it is watched. False: there is no memory to watch it.
  bool watch_listener() {
    while (!watch(listener_, abi::KEVENT_SOCKET_ACCEPT, 0, 0)) {
      if ((answer().ret_flags & abi::KEVENT_RET_BROKEN) != 0) return false;
      accept_all();
    }
    return true;
  }

  void handle(const abi::ukevent& event) {
    if (event.user == 0) return accept_all();
    const std::size_t slot = (event.user & slot_mask) - 1;
    if (connections_[slot] == nullptr || connections_[slot]->user != event.user)
      return on_ended_without(event.user);
    const bool broken = (event.ret_flags & abi::KEVENT_RET_BROKEN) != 0;
    if (event.type == abi::KEVENT_AIO) return on_part(slot, event);
    if (broken) return close(slot);
    if (connections_[slot]->header.length != 0)
      send_header(slot);
    else
      read(slot);
  }

  void accept_all() {
    for (;;) {
      const int descriptor = calls_.accept(listener_, true);
      if (descriptor < 0) return;
      if (nodelay_) calls_.set_tcp(descriptor, TcpSetting::nodelay);
      std::size_t slot = 0;
      while (slot < connections_.size() && connections_[slot] != nullptr) ++slot;
      if (slot == connections_.size()) connections_.emplace_back();
      connections_[slot] = std::make_unique<Connection>(ledger_);
      connections_[slot]->descriptor = descriptor;
      connections_[slot]->user = (accepted_++ << slot_bits) | (slot + 1);
      wait_for(slot, abi::KEVENT_SOCKET_RECV);
    }
  }

  /// Goes on at once if there is nothing to wait for.
  void wait_for(std::size_t slot, std::uint32_t mask) {
    const Connection& connection = *connections_[slot];
    if (watch(connection.descriptor, mask, abi::KEVENT_REQ_ONESHOT, connection.user)) return;
    if (mask == abi::KEVENT_SOCKET_SEND)
      send_header(slot);
    else
      read(slot);
  }

  void read(std::size_t slot) {
    Connection& connection = *connections_[slot];
    runs_.clear();
    const long got = calls_.receive(connection.descriptor, runs_, read_size);
    if (got == -EAGAIN) return wait_for(slot, abi::KEVENT_SOCKET_RECV);
    if (got <= 0 || !connection.reader.take(runs_)) return close(slot);
    if (!connection.reader.complete()) return wait_for(slot, abi::KEVENT_SOCKET_RECV);
    const std::uint64_t number = connection.reader.number();
    connection.header = Ledger::header_bytes(number, ledger_.at(number).plan);
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection.descriptor, TcpSetting::cork);
    send_header(slot);
  }

  void send_header(std::size_t slot) {
    Connection& connection = *connections_[slot];
    const PlannedRequest& plan = ledger_.at(connection.reader.number()).plan;
    const bool more = header_ == HeaderMode::more && plan.length != 0;
    while (connection.header.length != 0) {
      const long sent = calls_.send_message(connection.descriptor, connection.header, {true, more});
      if (sent == -EAGAIN) return wait_for(slot, abi::KEVENT_SOCKET_SEND);
      if (sent <= 0) return close(slot);
      connection.header.offset += static_cast<std::uint64_t>(sent);
      connection.header.length -= static_cast<std::uint32_t>(sent);
    }
    if (plan.file < 0) return on_sent(slot, false);
    connection.file = calls_.open(static_cast<std::size_t>(plan.file));
    if (connection.file < 0) return close(slot);
    connection.sent = 0;
    connection.told = 0;
    send_body(slot);
  }

  /// As far as the next advice that was recorded in the middle of a body.
  void send_body(std::size_t slot) {
    Connection& connection = *connections_[slot];
    const PlannedRequest& plan = ledger_.at(connection.reader.number()).plan;
    while (connection.told < plan.advice.size() &&
           plan.advice[connection.told].after <= connection.sent)
      calls_.advise(connection.file, plan.advice[connection.told++]);
    const bool more = connection.told < plan.advice.size();
    const std::int64_t end =
        more ? std::min(plan.advice[connection.told].after, plan.length) : plan.length;
    connection.part = end - connection.sent;
    const long cookie =
        calls_.aio_sendfile(aio_, queue_, connection.descriptor, connection.file,
                            plan.offset + connection.sent, connection.part, connection.user);
    if (cookie < 0) return close(slot);
    strike(slot);
  }

  /// A part of a body has gone out, or has not.
  void on_part(std::size_t slot, const abi::ukevent& event) {
    Connection& connection = *connections_[slot];
    const bool broken = (event.ret_flags & abi::KEVENT_RET_BROKEN) != 0;
    // Less than was asked for: the file has been truncated.
    const std::uint64_t sent = event.ret_data[0] | std::uint64_t{event.ret_data[1]} << 32;
    if (broken || sent < static_cast<std::uint64_t>(connection.part)) return on_sent(slot, true);
    connection.sent += connection.part;
    const PlannedRequest& plan = ledger_.at(connection.reader.number()).plan;
    if (connection.sent < plan.length) return send_body(slot);
    for (; connection.told < plan.advice.size(); ++connection.told)
      calls_.advise(connection.file, plan.advice[connection.told]);
    on_sent(slot, false);
  }

  /// Somebody closes the connection although its answer is under way.
  void strike(std::size_t slot) {
    const Connection& connection = *connections_[slot];
    const auto file = static_cast<std::size_t>(ledger_.at(connection.reader.number()).plan.file);
    const std::uint64_t user = connection.user;
    FaultSubject subject;
    subject.object = static_cast<std::uint32_t>(slot);
    const FaultVerdict verdict = platform_.machine().faults.ask(FaultPlace::request, subject);
    if (verdict.verdict() == Verdict::pass) return;
    close(slot);
    if (!verdict.is(FaultPoint::process_reuse)) return;
    for (const int number : {calls_.open(file), calls_.open(file)})
      reused_.push_back({user, number});
  }

  /// A request's connection was closed before it ended.
  void on_ended_without(std::uint64_t user) {
    for (const Reused& reused : reused_)
      if (reused.user == user) calls_.close(reused.descriptor);
    std::erase_if(reused_, [&](const Reused& reused) { return reused.user == user; });
  }

  /// `broken`: the answer is not complete, and never will be.
  void on_sent(std::size_t slot, bool broken) {
    Connection& connection = *connections_[slot];
    if (connection.file >= 0) calls_.close(connection.file);
    connection.file = -1;
    connection.reader.reset();
    if (broken) return close(slot);
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection.descriptor, TcpSetting::uncork);
    wait_for(slot, abi::KEVENT_SOCKET_RECV);
  }

  void close(std::size_t slot) {
    Connection& connection = *connections_[slot];
    if (connection.file >= 0) calls_.close(connection.file);
    calls_.close(connection.descriptor);
    connections_[slot] = nullptr;
  }

  SimPlatform& platform_;
  Ledger& ledger_;
  SystemCalls calls_;
  AioSendfile& aio_;
  HeaderMode header_;
  bool nodelay_;
  kev::UserAddress events_ = 0;
  kev::UserAddress request_ = 0;
  int queue_ = -1;
  int listener_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint64_t accepted_ = 0;
  std::vector<Reused> reused_;
  std::vector<ContentRun> runs_;
};

}  // namespace

std::unique_ptr<Server> start_event_server(const ServerContext& context) {
  return std::make_unique<EventServer>(context);
}

}  // namespace sim
