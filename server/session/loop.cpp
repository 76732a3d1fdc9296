#include "server/session/loop.h"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "server/session/session.h"
#include "server/session/system.h"
#include "server/session/world.h"

namespace branchlight::session {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t pool_threads = 2;
constexpr Milliseconds between_child_polls{20};
constexpr Milliseconds last_words{2000};  // for a client that does not read what is left

class Loop : public World {
 public:
  Loop(Connection connection, const std::filesystem::path& program)
      : input_(context_, connection.input), output_(context_), session_(*this, program) {
    if (connection.output != connection.input) output_.assign(connection.output);
    ignore_broken_pipes();
    signals_.async_wait([this](error_code error, int signal) {
      if (!error) leave(128 + signal);
    });
  }

  // The pool goes first: what it still computes posts to the context.
  ~Loop() override {
    pool_.stop();
    pool_.join();
    // Standard input and output are not ours to close.
    if (input_.is_open()) input_.release();
    if (output_.is_open()) output_.release();
  }

  int run() {
    read_on();
    context_.run();
    return status_;
  }

  // ---- World.

  void send(std::string bytes) override {
    to_send_.push_back(std::move(bytes));
    if (to_send_.size() == 1) write_on();
  }

  void leave(int status) override {
    if (leaving_) return;
    leaving_ = true;
    status_ = status;
    if (to_send_.empty()) return context_.stop();
    timer_.expires_after(last_words);
    timer_.async_wait([this](error_code) { context_.stop(); });
  }

  TimePoint now() const override { return std::chrono::steady_clock::now(); }

  void wake_at(std::optional<TimePoint> when) override {
    if (leaving_ || when == wake_at_) return;
    wake_at_ = when;
    if (!when) {
      timer_.cancel();
      return;
    }
    timer_.expires_at(*when);
    timer_.async_wait([this](error_code error) {
      if (error) return;  // another time was given
      wake_at_.reset();
      session_.handle(Tick{});
    });
  }

  void compute(std::function<Event()> work) override {
    asio::post(pool_, [this, work = std::move(work)] {
      try {
        asio::post(context_, [this, event = std::make_shared<Event>(work())] { session_.handle(std::move(*event)); });
      } catch (const std::exception& error) {
        spdlog::error("work in the pool failed: {}", error.what());
      }
    });
  }

  std::variant<ChildId, runs::StartError> start(const std::vector<std::string>& argv,
                                                const std::filesystem::path& working_directory) override {
    const auto pipe = open_pipe();
    if (!pipe) return runs::StartError{0, "no pipe for the output of " + argv.front()};
    auto started = runs::Child::start(argv, runs::current_environment(), working_directory, pipe->write);
    close_descriptor(pipe->write);
    if (auto* error = std::get_if<runs::StartError>(&started)) {
      close_descriptor(pipe->read);
      return std::move(*error);
    }
    const ChildId id = ++last_child_;
    const auto [entry, fresh] = children_.emplace(
        id, std::make_unique<ChildProcess>(std::get<runs::Child>(std::move(started)), context_, pipe->read));
    read_child(id, *entry->second);
    poll_children();
    return id;
  }

  void signal(ChildId child, int signal) override {
    if (const auto found = children_.find(child); found != children_.end()) found->second->child.signal_group(signal);
  }

  runs::Environment environment() const override { return runs::current_environment(); }

  bool watch_folder(const std::filesystem::path& folder) override {
    if (!watcher_.is_open()) {
      const int descriptor = open_folder_watcher();
      if (descriptor < 0) return false;
      watcher_.assign(descriptor);
      wait_for_folders();
    }
    return session::watch_folder(watcher_.native_handle(), folder);
  }

  void watch_client(std::int64_t process_id) override {
    const int descriptor = open_process(process_id);
    if (descriptor < 0) return spdlog::warn("the client's process {} cannot be watched", process_id);
    client_.assign(descriptor);
    client_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      if (!error) session_.handle(ClientDied{});
    });
  }

 private:
  struct ChildProcess {
    ChildProcess(runs::Child started, asio::io_context& context, int output)
        : child(std::move(started)), pipe(context, output) {}
    runs::Child child;
    asio::posix::stream_descriptor pipe;
    std::array<char, 16384> buffer;
  };

  void read_on() {
    input_.async_read_some(asio::buffer(input_buffer_), [this](error_code error, std::size_t count) {
      if (error) return session_.handle(InputEnded{});
      session_.handle(BytesArrived{std::string(input_buffer_.data(), count)});
      read_on();
    });
  }

  asio::posix::stream_descriptor& output() { return output_.is_open() ? output_ : input_; }

  void write_on() {
    asio::async_write(output(), asio::buffer(to_send_.front()), [this](error_code error, std::size_t) {
      if (error) {
        to_send_.clear();
        return leaving_ ? context_.stop() : session_.handle(InputEnded{});
      }
      to_send_.pop_front();
      if (!to_send_.empty()) return write_on();
      if (leaving_) context_.stop();
    });
  }

  void wait_for_folders() {
    watcher_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      if (error) return;
      if (drain_folder_watcher(watcher_.native_handle())) session_.handle(FolderChanged{});
      wait_for_folders();
    });
  }

  void read_child(ChildId id, ChildProcess& process) {
    process.pipe.async_read_some(asio::buffer(process.buffer), [this, id](error_code error, std::size_t count) {
      const auto found = children_.find(id);
      if (error || found == children_.end()) return;
      session_.handle(ChildWrote{id, std::string(found->second->buffer.data(), count)});
      read_child(id, *found->second);
    });
  }

  // A grandchild that lives on may hold the pipe open: the child's own end is what counts.
  void poll_children() {
    child_timer_.expires_after(between_child_polls);
    child_timer_.async_wait([this](error_code error) {
      if (error) return;
      for (auto entry = children_.begin(); entry != children_.end();) {
        const auto status = entry->second->child.poll();
        const auto current = entry++;
        if (status) end_child(current->first, status->code);
      }
      if (!children_.empty()) poll_children();
    });
  }

  void end_child(ChildId id, int status) {
    auto process = std::move(children_.at(id));
    children_.erase(id);
    process->pipe.cancel();
    process->pipe.non_blocking(true);
    error_code error;
    for (std::size_t count; (count = process->pipe.read_some(asio::buffer(process->buffer), error)) > 0 && !error;)
      session_.handle(ChildWrote{id, std::string(process->buffer.data(), count)});
    session_.handle(ChildExited{id, status});
    // Its cancelled read still points into the buffer until the context has run it.
    asio::post(context_, [process = std::shared_ptr<ChildProcess>(std::move(process))] {});
  }

  asio::io_context context_{1};
  asio::thread_pool pool_{pool_threads};
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor watcher_{context_};
  asio::posix::stream_descriptor client_{context_};
  asio::signal_set signals_{context_, SIGINT, SIGTERM, SIGHUP};
  asio::steady_timer timer_{context_};
  asio::steady_timer child_timer_{context_};
  std::optional<TimePoint> wake_at_;
  std::array<char, 65536> input_buffer_;
  std::deque<std::string> to_send_;
  std::map<ChildId, std::unique_ptr<ChildProcess>> children_;
  ChildId last_child_ = 0;
  bool leaving_ = false;
  int status_ = 1;
  Session session_;
};

template <class Acceptor>
Connection accept_one(asio::io_context& context, Acceptor& acceptor) {
  typename Acceptor::protocol_type::socket socket(context);
  acceptor.accept(socket);
  const int descriptor = socket.release();
  return {descriptor, descriptor};
}

}  // namespace

int run_loop(Connection connection, const std::filesystem::path& program) {
  const KeptFlags kept;
  Loop loop(connection, program);
  return loop.run();
}

Connection accept_on(const std::filesystem::path& socket) {
  asio::io_context context;
  std::error_code ignored;
  if (std::filesystem::is_socket(socket, ignored)) std::filesystem::remove(socket, ignored);
  asio::local::stream_protocol::acceptor acceptor(context, asio::local::stream_protocol::endpoint(socket.native()));
  std::filesystem::permissions(socket, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  spdlog::info("listening on {}", socket.native());
  const auto connection = accept_one(context, acceptor);
  std::filesystem::remove(socket, ignored);
  return connection;
}

Connection accept_on(unsigned short port) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
  spdlog::info("listening on 127.0.0.1:{}", acceptor.local_endpoint().port());
  return accept_one(context, acceptor);
}

}  // namespace branchlight::session
