#include "sim/trace/strace_connections.hpp"

#include <algorithm>

namespace sim {

namespace {

bool has_body(const ReplayRequest& request) {
  return request.sendfile_calls > 0;
}

bool continues(const ReplayRequest& request, const SentPart& part) {
  return has_body(request) && request.file == part.file &&
         request.offset + request.length == part.offset;
}

}  // namespace

int ConnectionLog::opened(kev::Instant when, std::string_view note) {
  const int index = static_cast<int>(connections_.size());
  Connection& connection = connections_.emplace_back();
  connection.result.opened = when;
  connection.note = note;
  // Only a pair of addresses tells one connection from all others.
  if (note.find("->") != std::string_view::npos) by_note_.insert_or_assign(connection.note, index);
  return index;
}

int ConnectionLog::find(std::string_view note) const {
  const auto found = by_note_.find(note);
  return found == by_note_.end() ? -1 : found->second;
}

void ConnectionLog::one_descriptor_less(int connection, kev::Instant when) {
  Connection& it = at(connection);
  if (it.descriptors > 0) --it.descriptors;
  if (it.descriptors == 0 && !it.is_closed) closed(connection, when);
}

void ConnectionLog::closed(int connection, kev::Instant when) {
  Connection& it = at(connection);
  it.is_closed = true;
  it.descriptors = 0;
  it.result.closed = when;
}

ReplayRequest& ConnectionLog::begin(Connection& connection, kev::Instant when) {
  ReplayRequest& request = connection.result.requests.emplace_back();
  request.arrived = when;
  request.finished = when;
  return request;
}

void ConnectionLog::received(int connection, std::int64_t bytes, kev::Instant when) {
  Connection& it = at(connection);
  const bool more_of_the_same = !it.answering && !it.result.requests.empty();
  ReplayRequest& request = more_of_the_same ? it.result.requests.back() : begin(it, when);
  request.request_bytes += bytes;
  it.answering = false;
}

void ConnectionLog::wrote(int connection, std::int64_t bytes, kev::Instant when) {
  Connection& it = at(connection);
  std::vector<ReplayRequest>& requests = it.result.requests;
  const bool next_response = requests.empty() || has_body(requests.back());
  ReplayRequest& request = next_response ? begin(it, when) : requests.back();
  request.header_bytes += bytes;
  request.finished = when;
  it.answering = true;
}

ReplayRequest& ConnectionLog::request_of(Connection& connection, const SentPart& part,
                                         kev::Instant when) {
  std::vector<ReplayRequest>& requests = connection.result.requests;
  if (requests.empty()) return begin(connection, when);
  ReplayRequest& latest = requests.back();
  // A server may read the next request before it has sent all of the response before.
  if (!connection.answering && requests.size() > 1) {
    ReplayRequest& before = requests[requests.size() - 2];
    if (before.cut_short && continues(before, part)) return before;
  }
  if (!has_body(latest) || continues(latest, part)) return latest;
  return begin(connection, when);
}

void ConnectionLog::take_advice(ReplayRequest& request, const ToldBefore& told) {
  const auto add = [&request](ReplayAdvice advice) {
    advice.after = request.length;
    request.advice.push_back(advice);
  };
  if (told.reading && (told.reading_is_new || !has_body(request))) add(*told.reading);
  for (const ReplayAdvice& advice : told.pages) add(advice);
}

void ConnectionLog::told_late(RequestPlace request, ReplayAdvice advice) {
  ReplayRequest& last = at(request.connection).result.requests[request.index];
  advice.after = last.length;
  last.advice.push_back(advice);
}

RequestPlace ConnectionLog::sent(int connection, const SentPart& part, kev::Instant when) {
  Connection& it = at(connection);
  ReplayRequest& request = request_of(it, part, when);
  take_advice(request, part.told);
  if (!has_body(request)) {
    request.file = part.file;
    request.offset = part.offset;
  }
  ++request.sendfile_calls;
  request.length += part.sent;
  request.cut_short = part.sent < part.wanted;
  if (part.sent > 0) request.finished = when;
  const auto index = static_cast<std::size_t>(&request - it.result.requests.data());
  if (index + 1 == it.result.requests.size()) it.answering = true;
  return {connection, index};
}

std::vector<ReplayConnection> ConnectionLog::finish(kev::Instant end) {
  std::vector<ReplayConnection> result;
  result.reserve(connections_.size());
  for (Connection& it : connections_) {
    if (!it.is_closed) it.result.closed = end;
    // The clock that stamps a capture can be set: keep the order of events over their times.
    kev::Instant arrived = it.result.opened;
    kev::Instant latest = arrived;
    for (ReplayRequest& request : it.result.requests) {
      arrived = request.arrived = std::max(arrived, request.arrived);
      request.finished = std::max(request.finished, arrived);
      latest = std::max(latest, request.finished);
    }
    it.result.closed = std::max(it.result.closed, latest);
    result.push_back(std::move(it.result));
  }
  return result;
}

}  // namespace sim
