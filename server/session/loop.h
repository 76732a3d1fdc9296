// The real world of a session, on Asio: one io_context on the calling thread, and a pool for pure work.
//
// Who may touch what: the session and everything in this file belong to the thread that called run(). The pool's
// threads get functions that own what they use, and hand their results over by posting to the io_context. One write
// is under way at a time; what is sent meanwhile waits in a queue.
#pragma once

#include <filesystem>

namespace branchlight::session {

// Descriptors of the connection; they may be the same one.
struct Connection {
  int input = 0;
  int output = 1;
};

// Until the session leaves; returns its exit status.
int run_loop(Connection connection, const std::filesystem::path& program);

// Waits for one client on a Unix socket or on a port of the loopback (0: any; which one is logged). Throws
// std::system_error where that cannot be listened on.
Connection accept_on(const std::filesystem::path& socket);
Connection accept_on(unsigned short port);

}  // namespace branchlight::session
