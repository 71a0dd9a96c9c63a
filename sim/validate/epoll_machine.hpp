#pragma once
// A machine with one program that makes the calls of a recorded scenario: sockets over the loopback
// device, pipes, UNIX sockets, an epoll set that watches them edge-triggered.
//
// Every call goes through the simulated kernel as a program's would. After a call that may set
// something going the program sleeps, as the recorder did, before it looks at poll() and epoll.
// Descriptors are numbered as the recorder's were: 0 to 2, the epoll set, then the lowest free one.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/ipc/epoll.hpp"
#include "sim/ipc/pipe.hpp"
#include "sim/ipc/unix_socket.hpp"
#include "sim/net/network.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/validate/epoll_case.hpp"

namespace sim {

class EpollMachine {
 public:
  explicit EpollMachine(const EpollScenario& scenario);
  ~EpollMachine();
  EpollMachine(const EpollMachine&) = delete;
  EpollMachine& operator=(const EpollMachine&) = delete;

  /// Plays all steps; one text for each that came out differently: "line: call: recorded, got".
  std::vector<std::string> play();

 private:
  static constexpr std::uint16_t port = 80;
  static constexpr std::uint32_t watched =
      poll_bits::in | poll_bits::pri | poll_bits::out | poll_bits::rdhup;

  using Verb = EpollCall::Verb;
  /// One end; which of the pointers is set says what it is.
  struct End {
    FileObject* file = nullptr;
    Socket* tcp = nullptr;
    PipeEnd* pipe = nullptr;
    UnixSocket* local = nullptr;
    int descriptor = -1;
    int copy = -1;  ///< a duplicate of the descriptor
  };

  void play_steps();
  void play_step(const EpollStep& step);
  void play_drain(const EpollStep& step);
  std::string call(const EpollCall& what, const std::string& recorded);
  /// A negative errno or a result.
  long make_call(char name, const EpollCall& what);

  // Opening.
  void open_all(const EpollStep& first);
  void open_pair();
  void open_listener();
  long open_socket(char name);
  long open_connection();
  long accept();
  void add(char name, End end);
  void watch(char name);
  void apply_options(char name);

  // Calls.
  long send(End& end, std::uint32_t bytes, const EpollCall& what);
  long receive(End& end, std::uint32_t bytes, const EpollCall& what);
  long fill(End& end);
  long shutdown(End& end, unsigned halves);
  long close(char name, const EpollCall& what);
  long close_original(char name);
  long queued(End& end, Verb which);

  [[nodiscard]] bool has_listener() const { return ends_.contains('L'); }
  [[nodiscard]] char default_end(Verb verb) const;
  [[nodiscard]] std::string poll_text(char name);
  [[nodiscard]] std::string edges_text(const char* between);
  void sleep(kev::Duration time);
  void differ(const EpollStep& step, const std::string& what, const std::string& recorded,
              const std::string& got);

  const EpollScenario& scenario_;
  Engine engine_;
  Recorder recorder_;
  PlainChooser plain_;
  StackPool stacks_;
  Kernel kernel_;
  Network network_;
  FileTable files_;
  std::unique_ptr<Epoll> epoll_;
  std::map<char, End> ends_;
  std::uint64_t message_ = 0;
  std::uint32_t drained_ = 0;
  std::vector<std::string> differences_;
};

/// "IN|OUT|RDHUP", "0".
std::string poll_mask_text(std::uint32_t mask);

}  // namespace sim
