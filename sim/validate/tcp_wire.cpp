#include "sim/validate/tcp_wire.hpp"

#include <algorithm>

#include "sim/schedule/choice.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

constexpr std::int64_t wheel_slots = 63;
constexpr int wheel_levels = 8;
constexpr std::uint32_t ethernet_header_bytes = 14;

class Wire;

/// One end, with its program.
class WireEnd final : public TcpHost, public SegmentSink {
 public:
  WireEnd(Wire& wire, LinkDirection out);

  void start(const TcpOptions& options) { endpoint_.reset(options); }
  [[nodiscard]] TcpEndpoint& endpoint() { return endpoint_; }
  void write(std::int64_t bytes, std::uint32_t at_once);
  void read_from(Instant at) { reads_from_ = at; }
  [[nodiscard]] std::uint64_t read_bytes() const { return read_bytes_; }

  void on_segment(Segment& segment) override;

  // -- TcpHost ------------------------------------------------------------------------------------
  [[nodiscard]] Instant now() const override;
  Segment& new_segment() override;
  void recycle(Segment& segment) override;
  void transmit(Segment& segment) override;
  void arm(TcpTimer timer, Instant at) override;
  void cancel(TcpTimer timer) override { deadline(timer).clear(); }
  void on_readable() override;
  void on_reordered() override {}
  void on_space_freed() override;
  void on_state_change() override { write_on(); }
  void on_error() override {}
  void entered(TcpState) override {}
  void resending(const Segment&, TcpResend) override {}

 private:
  template <TcpTimer timer>
  static void on_deadline(void* self) {
    static_cast<WireEnd*>(self)->endpoint_.on_timer(timer);
  }
  static void on_read_time(void* self) { static_cast<WireEnd*>(self)->read(); }
  static void on_write_time(void* self) { static_cast<WireEnd*>(self)->write_some(); }
  Deadline& deadline(TcpTimer timer);
  void read();
  void write_on();
  void write_some();

  Wire& wire_;
  LinkDirection out_;
  TcpEndpoint endpoint_;
  Deadline retransmit_;
  Deadline delayed_ack_;
  Deadline fin_wait2_;
  Deadline read_time_;
  Deadline write_time_;
  Instant reads_from_;
  std::vector<ContentRun> runs_;
  std::uint64_t read_bytes_ = 0;
  std::int64_t unwritten_ = 0;
  std::uint64_t written_ = 0;
  std::uint32_t at_once_ = 0;
  bool writes_ = false;
};

class Wire {
 public:
  Wire(const TcpSetup& options, std::uint64_t seed)
      : setup(options),
        recorder(engine),
        pool(engine),
        there(engine, recorder, plain, pool, Random(seed),
              link_options(setup, setup.rate, setup.loss), false),
        back(engine, recorder, plain, pool, Random(seed), link_options(setup, 0, 0), false),
        client(*this, LinkDirection::to_server),
        server(*this, LinkDirection::to_client) {
    there.connect(LinkDirection::to_server, server);
    back.connect(LinkDirection::to_client, client);
  }
  ~Wire() {
    client.endpoint().purge();
    server.endpoint().purge();
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  static LinkOptions link_options(const TcpSetup& setup, std::int64_t rate, double loss) {
    LinkOptions options;
    options.loss = loss;
    options.rate_bits_per_s = rate;
    options.rtt = Duration(setup.delay_us * 2000);
    options.queue_packets = static_cast<std::uint32_t>(setup.limit);
    options.frame_bytes = ethernet_header_bytes;
    options.min_packet_bytes = 0;
    return options;
  }

  const TcpSetup& setup;
  Engine engine;
  Recorder recorder;
  PlainChooser plain;
  SegmentPool pool;
  Link there;
  Link back;
  WireEnd client;
  WireEnd server;
  std::vector<SeenSegment> seen;
  bool watched = true;

  void run();
};

WireEnd::WireEnd(Wire& wire, LinkDirection out)
    : wire_(wire),
      out_(out),
      endpoint_(*this, wire.pool),
      retransmit_(wire.engine, &WireEnd::on_deadline<TcpTimer::retransmit>, this),
      delayed_ack_(wire.engine, &WireEnd::on_deadline<TcpTimer::delayed_ack>, this),
      fin_wait2_(wire.engine, &WireEnd::on_deadline<TcpTimer::fin_wait2>, this),
      read_time_(wire.engine, &WireEnd::on_read_time, this),
      write_time_(wire.engine, &WireEnd::on_write_time, this) {}

Instant WireEnd::now() const {
  return wire_.engine.now();
}
Segment& WireEnd::new_segment() {
  return wire_.pool.take();
}
void WireEnd::recycle(Segment& segment) {
  wire_.pool.give(segment);
}

void WireEnd::transmit(Segment& segment) {
  (out_ == LinkDirection::to_server ? wire_.there : wire_.back).send(out_, segment);
}

Deadline& WireEnd::deadline(TcpTimer timer) {
  switch (timer) {
    case TcpTimer::delayed_ack:
      return delayed_ack_;
    case TcpTimer::fin_wait2:
      return fin_wait2_;
    default:
      return retransmit_;
  }
}

void WireEnd::arm(TcpTimer timer, Instant at) {
  deadline(timer).set(tick_of(wire_.setup, now(), at));
}

/// Seen on the wire, and at the end at once. A SYN finds an endpoint that does not know of it yet.
void WireEnd::on_segment(Segment& segment) {
  if (wire_.watched)
    wire_.seen.push_back({now(), out_ == LinkDirection::to_client, segment.seq, segment.ack,
                          segment.payload, segment.window, segment.flags});
  const bool opens = segment.has(tcp_flags::syn) && !segment.has(tcp_flags::ack);
  if (opens && endpoint_.state() == TcpState::closed) {
    endpoint_.accept(segment);
    wire_.pool.give(segment);
  } else {
    endpoint_.receive(segment);
  }
}

// -- programs -------------------------------------------------------------------------------------

/// The reader runs when all that came at this instant is in the socket.
void WireEnd::on_readable() {
  read_time_.set(std::max(now(), reads_from_));
}

void WireEnd::read() {
  runs_.clear();
  const std::uint32_t bytes = endpoint_.read(runs_, UINT32_MAX);
  read_bytes_ += bytes;
  if (bytes != 0) endpoint_.after_read(bytes);
}

void WireEnd::write(std::int64_t bytes, std::uint32_t at_once) {
  unwritten_ = bytes;
  at_once_ = at_once;
  writes_ = true;
}

void WireEnd::on_space_freed() {
  endpoint_.grow_send_buffer();
  if (endpoint_.writable()) write_on();
}

/// The writer runs after what woke it.
void WireEnd::write_on() {
  if (writes_ && endpoint_.can_send()) write_time_.set(now());
}

/// As a blocking send(): until the buffer is full; what was appended then is sent.
void WireEnd::write_some() {
  while (writes_ && endpoint_.can_send()) {
    if (unwritten_ == 0) {
      writes_ = false;
      endpoint_.close();
      return;
    }
    if (endpoint_.needs_segment() && !endpoint_.has_memory()) {
      endpoint_.push(PushMode::now);
      return;
    }
    const std::uint32_t left = at_once_ - static_cast<std::uint32_t>(written_ % at_once_);
    const auto length = static_cast<std::uint32_t>(std::min<std::int64_t>(left, unwritten_));
    const std::uint32_t taken = endpoint_.append_message({1, written_, length, 0});
    written_ += taken;
    unwritten_ -= taken;
    if (unwritten_ == 0 || written_ % at_once_ == 0)
      endpoint_.push(PushMode::normal);
    else
      endpoint_.push_full();
  }
}

TcpOptions options_of(const TcpSetup& setup) {
  TcpOptions options = tcp_options(*setup.stack);
  options.receive_buffer_max = static_cast<std::uint32_t>(setup.receive_buffer_max);
  options.rtt.tick = Duration(setup.tick_us * 1000);
  if (setup.congestion != nullptr) options.congestion = setup.congestion;
  return options;
}

/// The SYN is seen one delay after it was sent: that is when a capture begins.
void Wire::run() {
  const TcpOptions options = options_of(setup);
  client.start(options);
  server.start(options);
  if (setup.receive_buffer != 0)
    server.endpoint().fix_receive_buffer(static_cast<std::uint32_t>(setup.receive_buffer));
  if (setup.send_buffer != 0)
    client.endpoint().fix_send_buffer(static_cast<std::uint32_t>(setup.send_buffer));
  const Instant zero(setup.delay_us * 1000);
  server.read_from(zero + Duration(setup.reads_from_us * 1000));
  client.write(setup.bytes, static_cast<std::uint32_t>(setup.write));
  client.endpoint().connect();
  const Instant end =
      setup.until_us == 0 ? Instant::never() : zero + Duration(setup.until_us * 1000);
  while (engine.next_instant() <= end && engine.step()) {
  }
}

}  // namespace

Instant tick_of(const TcpSetup& setup, Instant now, Instant at) {
  if (setup.tick_us == 0) return at;
  const std::int64_t tick = setup.tick_us * 1000;
  const std::int64_t phase = setup.tick_phase_us * 1000;
  const std::int64_t ticks_now = (now.ns() + phase) / tick;
  // A delay in whole ticks, rounded up, as msecs_to_jiffies() does.
  const std::int64_t delay = std::max<std::int64_t>(((at - now).ns() + tick - 1) / tick, 0);
  int level = 0;
  while (level + 1 < wheel_levels && delay >= wheel_slots << (3 * level)) ++level;
  const std::int64_t grain = std::int64_t{1} << (3 * level);
  const std::int64_t due = ((ticks_now + delay) / grain + 1) * grain;
  return Instant(due * tick - phase);
}

std::vector<SeenSegment> simulate_wire(const TcpSetup& setup) {
  Wire wire(setup, 1);
  wire.run();
  const Duration zero(setup.delay_us * 1000);
  for (SeenSegment& segment : wire.seen) segment.at = segment.at - zero;
  return std::move(wire.seen);
}

WireResult measure_wire(const TcpSetup& setup, std::uint64_t seed) {
  Wire wire(setup, seed);
  wire.watched = false;
  wire.run();
  return {wire.server.read_bytes(), wire.client.endpoint().stats().segments_sent +
                                        wire.server.endpoint().stats().segments_sent};
}

}  // namespace sim
