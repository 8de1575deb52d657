#include "mp/hall.hpp"

#include <cstdio>
#include <iostream>

#include <twill/mp/failure.hpp>
#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp::detail {
namespace {

constinit Hall* own_hall = nullptr;

/// No entry of the program's table is called so.
struct UnknownCall {};

void check_type(const Referent& referent, std::uint64_t type, std::string_view type_name) {
  if (referent.type() != type)
    throw RuntimeError("an object of a manager is a " + std::string(referent.type_name()) +
                       " and not a " + std::string(type_name));
}

std::string rest_as_text(Reader& in) {
  const std::size_t size = in.left();
  return {reinterpret_cast<const char*>(in.read_bytes(size)), size};
}

std::vector<std::byte> failed(const std::exception_ptr& thrown) {
  const Failure failure = Failure::of(thrown);
  std::vector<std::byte> answer(1 + encoded_size(failure), kFailure);
  encode(failure, std::span(answer).subspan(1));
  return answer;
}

}  // namespace

Referent::~Referent() {
  if (id != 0) own_hall->forget(id);
}

void Session::drop(std::uint64_t id) {
  std::shared_ptr<Referent> dropped;
  state_.with([&](State& state) {
    const auto at = state.held.find(id);
    if (at == state.held.end()) return;
    dropped = std::move(at->second);
    state.held.erase(at);
  });
}

void Session::end() {
  State ended;
  state_.with([&](State& state) {
    std::swap(state, ended);
    state.is_over = true;
  });
  over_.request_stop();
  for (const auto& [number, link] : ended.links) link.gone.request_stop();
}

void Session::open_link(std::uint64_t number) {
  state_.with([&](State& state) {
    if (!state.is_over) state.links.try_emplace(number);
  });
}

void Session::close_link(std::uint64_t number) {
  state_.with([&](State& state) {
    const auto at = state.links.find(number);
    if (at == state.links.end()) return;
    at->second.is_closed = true;
    if (at->second.granted.empty() || at->second.gone.stop_requested()) state.links.erase(at);
  });
}

std::stop_token Session::begin_request(std::uint64_t link) {
  return state_.with([&](State& state) {
    const auto at = state.links.find(link);
    if (at == state.links.end()) return over_.get_token();
    ++at->second.requests;
    at->second.granted.clear();
    return at->second.gone.get_token();
  });
}

bool Session::grant(std::uint64_t link, const Holds& holds) {
  return state_.with([&](State& state) {
    const auto at = state.links.find(link);
    if (at == state.links.end() || at->second.gone.stop_requested()) return false;
    for (const auto& each : holds) {
      state.held.emplace(each->id, each);
      at->second.granted.push_back(each->id);
    }
    return true;
  });
}

/// Callbacks and destructors run while nothing is locked. What an answer before the last one gave
/// is the client's: it has read it, and the request that it cancels is yet to be read here.
void Session::cancel(std::uint64_t link, std::uint64_t request) {
  std::stop_source gone(std::nostopstate);
  std::vector<std::uint64_t> in_vain;
  state_.with([&](State& state) {
    const auto at = state.links.find(link);
    if (at == state.links.end()) return;
    gone = at->second.gone;
    const auto granted = std::exchange(at->second.granted, {});
    if (at->second.requests == request) in_vain = granted;
    if (at->second.is_closed) state.links.erase(at);
  });
  gone.request_stop();
  for (const std::uint64_t id : in_vain) drop(id);
}

std::shared_ptr<Session> Session::heir() {
  auto made = std::make_shared<Session>();
  state_.with([&](State& state) { made->state_.lock()->held = state.held; });
  return made;
}

Hall* Hall::here() noexcept { return own_hall; }

Hall& Hall::open(const std::string& address, const std::string& key) {
  return *(own_hall = new Hall(address, key));
}

std::shared_ptr<Session> Hall::session(std::uint64_t number) {
  return tables_.with([&](Tables& all) {
    const auto at = all.sessions.find(number);
    return at != all.sessions.end() ? at->second : nullptr;
  });
}

void Hall::enter(std::uint64_t number, const std::shared_ptr<Session>& session) {
  tables_.lock()->sessions[number] = session;
}

void Hall::leave(std::uint64_t number) {
  const auto over = session(number);
  tables_.lock()->sessions.erase(number);
  if (over != nullptr) over->end();
}

std::shared_ptr<Referent> Hall::look_up(std::uint64_t id) {
  return tables_.with([&](Tables& all) {
    const auto at = all.referents.find(id);
    return at != all.referents.end() ? at->second.lock() : nullptr;
  });
}

std::shared_ptr<Referent> Hall::referent(std::uint64_t id, std::uint64_t type,
                                         std::string_view type_name) {
  auto found = look_up(id);
  if (found == nullptr)
    throw RuntimeError("the object of a Proxy of " + std::string(type_name) +
                       " is gone: keep a Proxy until the one that was sent has arrived");
  check_type(*found, type, type_name);
  return found;
}

void Hall::forget(std::uint64_t id) { tables_.lock()->referents.erase(id); }

void Hall::register_new(const std::shared_ptr<Referent>& referent) {
  tables_.with([&](Tables& all) {
    all.referents.emplace(all.last + 1, referent);
    referent->id = ++all.last;
  });
}

std::shared_ptr<Referent> Hall::named(const std::string& name, std::uint64_t type) {
  const auto found = tables_.with([&](Tables& all) {
    const auto at = all.names.find(name);
    return at != all.names.end() ? at->second : nullptr;
  });
  if (found == nullptr) throw ValueError("no object of the manager has the name \"" + name + "\"");
  if (type != 0 && found->type() != type)
    throw RuntimeError("the object \"" + name + "\" of the manager is a " +
                       std::string(found->type_name()));
  return found;
}

/// What is published, unpublished or replaced is let go after the tables are unlocked.
void Hall::rename(const Request& request, Visit& visit) {
  const std::string name = rest_as_text(visit.in);
  std::shared_ptr<Referent> old = nullptr;
  if (request.what == Request::What::unpublish) {
    old = named(name, 0);
    tables_.lock()->names.erase(name);
  } else {
    auto object = look_up(request.id);
    if (object == nullptr) throw RuntimeError("the object to be called \"" + name + "\" is gone");
    tables_.with([&](Tables& all) {
      auto& at = all.names[name];
      old = std::exchange(at, object);
    });
  }
}

void Hall::visit(const Request& request, Visit& visit) {
  using enum Request::What;
  switch (request.what) {
    case call:
    case make: {
      const Exposed* const exposed = Exposed::find(request.key);
      if (exposed == nullptr) throw UnknownCall();
      if (request.what == call && (visit.object = look_up(request.id)) == nullptr)
        throw RuntimeError("the object of a Proxy is gone: its process had no hold on it");
      if (!exposed->is_for(visit.object.get()))
        throw RuntimeError("a call of another type of object than this");
      exposed->enter()(visit);
      if (request.what == make) register_new(visit.object);
      break;
    }
    case publish:
    case unpublish:
      return rename(request, visit);
    case find:
      visit.object = named(rest_as_text(visit.in), request.key);
      break;
    case adopt:
      visit.object = referent(request.id, request.key, rest_as_text(visit.in));
      break;
    default:
      throw DecodeError("no request to a manager");
  }
  if (request.what == call) return;
  visit.granted.push_back(visit.object);
  visit.reply(visit.object->id);
}

std::vector<std::byte> Hall::answer(Session& session, std::uint64_t link,
                                    std::span<const std::byte> request) try {
  Reader in(request, "a request to a manager");
  const auto front = in.read<Request>();
  Visit made{.in = std::move(in), .gone = session.begin_request(link)};
  if (made.gone.stop_requested()) throw CancelledError("a call of a manager that nobody waits for");
  visit(front, made);
  if (!session.grant(link, made.granted))
    throw CancelledError("nobody waits for the answer of a manager");
  std::cout.flush();
  std::fflush(stdout);
  return std::move(made.answer);
} catch (const UnknownCall&) {
  return {kUnknownCall};
} catch (...) {
  if (std::current_exception() == nullptr) throw;  // pthread_exit()
  return failed(std::current_exception());
}

void Hall::clear() {
  Tables over;
  tables_.with([&](Tables& all) {
    over.names.swap(all.names);
    over.sessions.swap(all.sessions);
  });
  for (const auto& [number, session] : over.sessions) session->end();
}

}  // namespace mp::detail
TWILL_END
