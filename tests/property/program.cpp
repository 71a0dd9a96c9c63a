#include "tests/property/program.hpp"

#include <ostream>

namespace test {

namespace {

namespace gen = rc::gen;

rc::Gen<std::uint32_t> any_flags() {
  return gen::weightedOneOf<std::uint32_t>(
      {{4, gen::just(0U)},
       {4, gen::just(abi::KEVENT_REQ_ONESHOT)},
       {3,
        gen::map(gen::inRange<std::uint32_t>(0, 64), [](std::uint32_t flags) { return flags; })}});
}

rc::Gen<std::uint32_t> any_type(bool origins) {
  const std::size_t socket = origins ? 8 : 0;
  return gen::weightedElement<std::uint32_t>({{12, abi::KEVENT_UNOTIFY},
                                              {socket, abi::KEVENT_SOCKET},
                                              {3, abi::KEVENT_TIMER},
                                              {1, abi::KEVENT_AIO},
                                              {1, 99U}});
}

rc::Gen<std::uint32_t> any_mask() {
  return gen::weightedOneOf<std::uint32_t>({{4, gen::just(abi::KEVENT_MASK_ALL)},
                                            {2, gen::inRange<std::uint32_t>(1, 8)},
                                            {1, gen::just(0U)}});
}

rc::Gen<Item> any_item(bool origins) {
  return gen::map(
      gen::tuple(any_type(origins), gen::inRange<std::uint32_t>(1, 4), any_flags(), any_mask()),
      [](const std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>& parts) {
        Item item{std::get<0>(parts), std::get<1>(parts), 0, std::get<2>(parts),
                  std::get<3>(parts)};
        // A periodic timer never lets the world come to rest.
        if (item.type == abi::KEVENT_TIMER) item.flags |= abi::KEVENT_REQ_ONESHOT;
        return item;
      });
}

rc::Gen<Timeout> any_timeout() {
  return gen::weightedElement<Timeout>(
      {{4, Timeout::none}, {2, Timeout::finite}, {3, Timeout::endless}});
}

rc::Gen<bool> seldom() {
  return gen::weightedElement<bool>({{40, false}, {1, true}});
}

Command with_items(CallKind kind, const std::vector<Item>& items, bool bad_address) {
  Command command;
  command.kind = kind;
  command.items = items;
  command.bad_address = bad_address;
  return command;
}

rc::Gen<Command> any_control(bool origins) {
  const auto items = gen::mapcat(
      gen::weightedElement<std::size_t>({{8, 1}, {3, 2}, {1, 3}, {1, 4}}), [=](std::size_t count) {
        return gen::container<std::vector<Item>>(count, any_item(origins));
      });
  return gen::apply(
      with_items,
      gen::weightedElement<CallKind>(
          {{6, CallKind::add}, {3, CallKind::remove}, {2, CallKind::modify}, {6, CallKind::ready}}),
      items, seldom());
}

rc::Gen<Command> any_fetch(bool ring) {
  return gen::apply(
      [](CallKind kind, std::uint32_t min, std::uint32_t max, Timeout timeout, bool bad_address,
         bool bad_time, bool twisted) {
        Command command;
        command.kind = kind;
        command.min = min;
        command.max = max;
        command.timeout = timeout;
        command.bad_address = bad_address && kind == CallKind::get_events;
        command.bad_time = bad_time;
        command.twist = twisted ? 1 : 0;
        return command;
      },
      ring ? gen::element(CallKind::get_events, CallKind::wait, CallKind::wait)
           : gen::just(CallKind::get_events),
      gen::weightedElement<std::uint32_t>({{6, 1}, {1, 0}, {2, 2}, {1, 3}}),
      gen::weightedElement<std::uint32_t>({{4, 1}, {4, 2}, {3, 3}, {1, 8}}), any_timeout(),
      seldom(), seldom(), gen::weightedElement<bool>({{6, false}, {1, true}}));
}

rc::Gen<Command> any_commit() {
  return gen::apply(
      [](bool looks, std::uint32_t ahead, std::int32_t twist) {
        Command command;
        command.kind = looks ? CallKind::ring_look : CallKind::commit;
        command.ahead = ahead;
        command.twist = twist;
        return command;
      },
      gen::weightedElement<bool>({{2, false}, {1, true}}), gen::inRange<std::uint32_t>(0, 5),
      gen::weightedElement<std::int32_t>({{20, 0}, {1, -1}, {1, 1}, {1, 2}, {1, -2}, {1, 1000}}));
}

rc::Gen<Command> any_rest(const Shape& shape) {
  const std::size_t origin = shape.origins ? 14 : 0;
  return gen::apply(
      [](CallKind kind, std::uint32_t target, std::uint32_t bits) {
        Command command;
        command.kind = kind;
        command.target = target;
        command.bits = bits;
        return command;
      },
      gen::weightedElement<CallKind>({{4, CallKind::kick},
                                      {2, CallKind::signal},
                                      {1, CallKind::close},
                                      {origin, CallKind::origin_set},
                                      {origin / 7, CallKind::origin_close}}),
      gen::inRange<std::uint32_t>(0, 4), gen::element<std::uint32_t>(0, 0, 1, 4, 5, 8, 9));
}

rc::Gen<Command> simple(CallKind kind) {
  return gen::map(gen::tuple(gen::inRange<std::uint32_t>(0, 2), gen::element(0U, 0U, 1U)),
                  [=](const std::tuple<std::uint32_t, std::uint32_t>& parts) {
                    Command command;
                    command.kind = kind;
                    command.target = std::get<0>(parts);
                    command.bits = std::get<1>(parts);
                    return command;
                  });
}

rc::Gen<Command> endless(CallKind kind) {
  return gen::map(gen::inRange<std::uint32_t>(1, 3), [=](std::uint32_t max) {
    Command command;
    command.kind = kind;
    command.max = max;
    command.timeout = Timeout::endless;
    return command;
  });
}

rc::Gen<Command> one_item(CallKind kind, std::uint32_t type, std::uint32_t flags) {
  return gen::map(gen::inRange<std::uint32_t>(1, type == abi::KEVENT_SOCKET ? 3 : 5),
                  [=](std::uint32_t id) {
                    Command command;
                    command.kind = kind;
                    command.items = {{type, id, 0, flags, abi::KEVENT_MASK_ALL}};
                    return command;
                  });
}

rc::Gen<Command> full_ring_command() {
  const auto commit = gen::map(gen::inRange<std::uint32_t>(1, 3), [](std::uint32_t ahead) {
    Command command;
    command.kind = CallKind::commit;
    command.ahead = ahead;
    return command;
  });
  return gen::weightedOneOf<Command>(
      {{5, one_item(CallKind::add, abi::KEVENT_UNOTIFY, abi::KEVENT_REQ_READY)},
       {4, one_item(CallKind::ready, abi::KEVENT_UNOTIFY, 0)},
       {5, endless(CallKind::wait)},
       {3, commit},
       {1, simple(CallKind::ring_look)}});
}

rc::Gen<Command> last_check_command() {
  const std::uint32_t flags =
      abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_LAST_CHECK | abi::KEVENT_REQ_ALWAYS_QUEUE;
  return gen::weightedOneOf<Command>({{4, one_item(CallKind::add, abi::KEVENT_SOCKET, flags)},
                                      {8, simple(CallKind::origin_set)},
                                      {1, one_item(CallKind::ready, abi::KEVENT_SOCKET, 0)},
                                      {3, endless(CallKind::get_events)},
                                      {3, any_fetch(false)}});
}

rc::Gen<Command> any_command(const Shape& shape) {
  if (shape.focus == Focus::full_ring) return full_ring_command();
  if (shape.focus == Focus::last_check) return last_check_command();
  const std::size_t ring = shape.ring ? 5 : 0;
  const std::size_t rest = shape.origins ? 5 : 2;
  return gen::weightedOneOf<Command>({{9, any_control(shape.origins)},
                                      {6, any_fetch(shape.ring)},
                                      {ring, any_commit()},
                                      {rest, any_rest(shape)}});
}

}  // namespace

rc::Gen<QueueProgram> any_program(const Shape& shape) {
  // The length of a container is bounded by its size, and only that.
  const auto commands = gen::resize(
      static_cast<int>(shape.most_commands),
      gen::container<std::vector<Command>>(gen::resize(rc::kNominalSize, any_command(shape))));
  const auto slots = shape.ring ? gen::element<std::uint32_t>(2, 2, 3, 4) : gen::just(0U);
  return gen::apply(
      [=](const std::vector<std::vector<Command>>& threads, std::uint32_t ring_slots, bool copies,
          bool memory) {
        std::vector<sim::FaultRule> faults;
        if (copies) faults = {{sim::FaultPoint::copy_to_user}, {sim::FaultPoint::copy_from_user}};
        if (memory) faults.push_back({sim::FaultPoint::alloc});
        return QueueProgram{{ring_slots, shape.origins ? 2U : 0U, faults}, threads};
      },
      gen::container<std::vector<std::vector<Command>>>(shape.threads, commands), slots,
      gen::weightedElement<bool>({{3, false}, {1, true}}),
      gen::weightedElement<bool>({{5, false}, {1, true}}));
}

}  // namespace test

namespace sim {

namespace {

const char* timeout_name(kev::spec::Timeout timeout) {
  using kev::spec::Timeout;
  return timeout == Timeout::none ? "none" : timeout == Timeout::finite ? "finite" : "endless";
}

}  // namespace

void showValue(const QueueProgram& program, std::ostream& os) {
  const ProgramWorld& world = program.world;
  os << "ring of " << world.ring_slots << " slots, " << world.sockets << " sockets";
  for (const FaultRule& fault : world.faults)
    os << ", " << fault_points()[static_cast<std::size_t>(fault.point)].name << " may fail";
  os << '\n';
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    os << "thread " << t << ":\n";
    for (const ProgramStep& command : program.threads[t]) {
      kev::spec::Call call;
      call.kind = command.kind;
      for (const ProgramItem& item : command.items) {
        kev::abi::ukevent request{};
        request.type = item.type;
        request.id = {{item.id, 0}};
        request.req_flags = item.flags;
        request.event = item.mask;
        call.requests.push_back(request);
      }
      call.min = command.min;
      call.max = command.max;
      call.timeout = command.timeout;
      call.target = command.target;
      call.bits = command.bits;
      call.uidx = command.ahead;
      os << "  " << describe(call) << (command.bad_address ? ", bad address" : "")
         << (command.bad_time ? ", bad time" : "");
      if (command.twist != 0) os << ", twist " << command.twist;
      if (command.kind == kev::spec::CallKind::get_events)
        os << ", timeout " << timeout_name(command.timeout);
      os << '\n';
    }
  }
}

}  // namespace sim
