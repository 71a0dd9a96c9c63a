#include "sim/world/clients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace sim {

using kev::Instant;

class Clients::Client final : public PeerHandler {
 public:
  Client(Clients& owner, int number)
      : owner_(owner),
        number_(number),
        timer_(*this),
        read_on_(*this),
        peer_(owner.network_.create_peer_at(
            static_cast<std::size_t>(number) % owner.network_.hosts(), *this)) {}
  ~Client() {
    owner_.kernel_.engine().cancel(timer_);
    owner_.kernel_.engine().cancel(read_on_);
  }

  void start() { wait_until(owner_.origin_ + (owner_.source_.opens(number_) - Instant(0))); }

  void on_connected(Peer&) override {
    failures_ = refusals_ = 0;
    plan_next();
  }
  void on_data(Peer&, std::span<const ContentRun> runs) override {
    for (const ContentRun& run : runs)
      if (!take(run)) return;
    if (sent_) strike();
  }
  void on_closed(Peer& peer, int error) override {
    if (peer.open()) peer.close();
    owner_.kernel_.engine().cancel(timer_);
    if (sent_) end_request(RequestFate::failed, error);
    if (error == -ECONNREFUSED) return knock_again();
    if (error != 0 && ++failures_ == max_failures) return finish();
    connect_again(now());
  }

 private:
  static constexpr int max_failures = 3;
  static constexpr int max_refusals = 10;
  static constexpr kev::Duration first_pause{100'000'000};
  static constexpr std::uint32_t slow_chunk = 4096;

  [[nodiscard]] Instant now() const { return owner_.kernel_.now(); }
  [[nodiscard]] Recorder& recorder() const { return owner_.kernel_.recorder(); }

  void wait_until(Instant at) { owner_.kernel_.engine().schedule_at(timer_, std::max(at, now())); }

  void connect_again(Instant when) {
    peer_.read_automatically();
    owner_.kernel_.engine().cancel(read_on_);
    // It connects again only if there is something left to ask for.
    if (!request_ && !fetch()) return finish();
    wait_until(when);
  }

  /// Nobody listens: the server is being started again.
  void knock_again() {
    if (++refusals_ == max_refusals) return finish();
    connect_again(now() + first_pause * (std::int64_t{1} << (refusals_ - 1)));
  }

  /// A part of the answer is here.
  void strike() {
    if (owner_.faults_ == nullptr) return;
    FaultSubject subject;
    subject.object = static_cast<std::uint32_t>(number_);
    subject.target = number_;
    const FaultVerdict verdict = owner_.faults_->ask(FaultPlace::peer_data, subject);
    if (verdict.is(FaultPoint::peer_slow)) {
      const std::int64_t rate = slow_chunk * 1'000'000'000ll / verdict.delay.ns();
      peer_.read_paced(std::max<std::int64_t>(rate, 1), slow_chunk);
    } else if (verdict.is(FaultPoint::peer_stall)) {
      peer_.stop_reading();
      owner_.kernel_.engine().schedule_at(read_on_, now() + verdict.delay);
    } else if (verdict.is(FaultPoint::peer_reset)) {
      peer_.abort();
      end_request(RequestFate::failed, verdict.error);
      connect_again(now());
    }
  }
  void on_read_on() { peer_.read_automatically(); }

  /// Time to connect, or to send the request that is planned.
  void on_timer() {
    if (peer_.open())
      send();
    else
      peer_.connect(server_port);
  }

  bool fetch() {
    request_ = owner_.source_.next(number_);
    return request_.has_value();
  }

  void plan_next() {
    if (!request_ && !fetch()) {
      peer_.close();
      return finish();
    }
    const Instant planned = owner_.origin_ + (request_->not_before - Instant(0));
    wait_until(std::max(planned, next_allowed_));
  }

  void send() {
    sent_ = true;
    header_received_ = 0;
    if (request_->file >= 0)
      version_when_sent_ = owner_.files_.inode(static_cast<std::size_t>(request_->file)).version;
    id_ = owner_.ledger_.add(*request_, number_, now());
    recorder().emit(Ev::request_begin, static_cast<std::int64_t>(id_), number_, request_->file,
                    request_->length);
    peer_.send_message(Ledger::request_bytes(id_, *request_));
  }

  /// The next bytes of the answer. False when they are wrong.
  bool take(const ContentRun& run) {
    if (!sent_) return wrong(run, "nothing was asked for");
    LedgerEntry& entry = owner_.ledger_.at(id_);
    if (header_received_ < request_->header_bytes) {
      if (run.source != header_sources + id_) return wrong(run, "the response header is due");
      if (run.offset != static_cast<std::uint64_t>(header_received_))
        return wrong(run, "the header is out of order");
      header_received_ += run.length;
    } else {
      Inode& inode = owner_.files_.inode(static_cast<std::size_t>(request_->file));
      const auto due = static_cast<std::uint64_t>(request_->offset + entry.body_received);
      if (run.source != inode.id()) return wrong(run, "bytes of another source");
      if (run.offset != due) return wrong(run, fmt::format("byte {} of the file is due", due));
      if (!is_shown(inode, run)) return wrong(run, "bytes that the file does not have there");
      entry.body_received += run.length;
    }
    if (entry.body_received > request_->length) return wrong(run, "more than was asked for");
    const bool complete =
        header_received_ == request_->header_bytes && entry.body_received == request_->length;
    if (!complete) return true;
    end_request(RequestFate::completed, 0);
    next_allowed_ = now() + owner_.source_.think_time();
    plan_next();
    return true;
  }

  /// The bytes are what the file had there when the request was sent, or has had there since.
  bool is_shown(const Inode& inode, const ContentRun& run) const {
    const std::uint64_t last = page_of(run.offset + run.length - 1);
    for (std::uint64_t page = page_of(run.offset); page <= last; ++page)
      if (!inode.may_show(page, run.version, version_when_sent_)) return false;
    return true;
  }

  void end_request(RequestFate fate, int error) {
    LedgerEntry& entry = owner_.ledger_.at(id_);
    entry.fate = fate;
    entry.ended = now();
    recorder().emit(Ev::request_end, static_cast<std::int64_t>(id_), entry.body_received,
                    (entry.ended - entry.sent).ns(), fate == RequestFate::failed ? error - 1 : 0);
    request_.reset();
    sent_ = false;
  }

  bool wrong(const ContentRun& run, std::string_view why) {
    owner_.kernel_.violate(
        "byte_stream",
        fmt::format("client {} received source {} offset {} length {} version {}: {}", number_,
                    run.source, run.offset, run.length, run.version, why));
    return false;
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    owner_.kernel_.engine().cancel(timer_);
    owner_.client_done();
  }

  Clients& owner_;
  int number_;
  MemberEvent<Client, &Client::on_timer> timer_;
  MemberEvent<Client, &Client::on_read_on> read_on_;  ///< after a stall
  Peer& peer_;
  std::optional<PlannedRequest> request_;
  std::uint64_t id_ = 0;
  std::int64_t header_received_ = 0;
  std::uint32_t version_when_sent_ = 0;  ///< of the file
  Instant next_allowed_;
  int failures_ = 0;  ///< connections in a row that broke before they were made
  int refusals_ = 0;  ///< the same, because nobody listened
  bool sent_ = false;
  bool finished_ = false;
};

Clients::Clients(Kernel& kernel, Network& network, FileSystem& files, RequestSource& source,
                 Ledger& ledger)
    : kernel_(kernel), network_(network), files_(files), source_(source), ledger_(ledger) {
  for (int i = 0; i < source.connections(); ++i)
    clients_.push_back(std::make_unique<Client>(*this, i));
  running_ = clients_.size();
}

Clients::~Clients() = default;

void Clients::start(Instant origin) {
  origin_ = origin;
  for (const auto& client : clients_) client->start();
}

void Clients::client_done() {
  if (--running_ == 0 && all_done_) all_done_();
}

}  // namespace sim
