#include "server/session/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "protocol/lsp/uri.h"
#include "server/features/status.h"
#include "server/runs/interpreter.h"
#include "server/session/handlers.h"
#include "server/session/to_lsp.h"

namespace branchlight::session {
namespace {

using jsonrpc::ErrorCode;
using lsp::Json;

constexpr Milliseconds between_statuses{100};
constexpr const char* run_all_command = "branchlight.runAll";
constexpr const char* cancel_command = "branchlight.cancel";
constexpr const char* erase_command = "branchlight.erase";

std::vector<std::filesystem::path> folders_of(const lsp::InitializeParams& params) {
  std::vector<std::filesystem::path> folders;
  const auto add = [&](const std::string& uri) {
    if (auto path = lsp::path_of(uri)) folders.push_back(std::move(*path));
  };
  if (params.workspaceFolders)
    for (const auto& folder : *params.workspaceFolders) add(folder.uri);
  if (folders.empty() && params.rootUri) add(*params.rootUri);
  if (folders.empty() && params.rootPath && params.rootPath->starts_with('/')) folders.emplace_back(*params.rootPath);
  return folders;
}

Json server_capabilities(Encoding encoding) {
  return {{"positionEncoding", encoding == Encoding::utf8 ? "utf-8" : "utf-16"},
          {"textDocumentSync", {{"openClose", true}, {"change", 2}}},
          {"inlayHintProvider", true},
          {"executeCommandProvider", {{"commands", {run_all_command, cancel_command, erase_command}}}},
          {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
}

}  // namespace

Session::Session(World& world, std::filesystem::path program)
    : world_(world),
      program_(std::move(program)),
      requests_([this](const jsonrpc::Response& response) { client_.write(response); }),
      client_([this](std::string bytes) { world_.send(std::move(bytes)); }),
      roots_(world_, documents_),
      presenter_(world_, client_, documents_, roots_, settings_),
      test_run_(world_, client_) {}

void Session::handle(Event event) {
  if (left_) return;
  try {
    std::visit([this](auto what) { on(std::move(what)); }, std::move(event));
    after_event();
  } catch (const std::exception& error) {
    spdlog::error("an event failed: {}", error.what());
  }
}

void Session::on(BytesArrived event) {
  frames_.feed(event.bytes);
  while (!left_) {
    auto next = frames_.next();
    if (!next) return;
    if (const auto* error = std::get_if<jsonrpc::FramingError>(&*next))
      dispatch(jsonrpc::Invalid{std::nullopt, {ErrorCode::parse_error, error->reason}});
    else
      dispatch(jsonrpc::parse(std::get<jsonrpc::Frame>(*next).body));
  }
}

void Session::on(InputEnded) {
  if (phase_ != Phase::shut_down) spdlog::warn("the client closed its end without a word");
  leave(phase_ == Phase::shut_down ? 0 : 1);
}

void Session::on(ClientDied) {
  spdlog::warn("the client's process is gone");
  leave(1);
}

void Session::on(Tick) {}  // what is due is done after every event

void Session::on(Analyzed event) { presenter_.analyzed(std::move(event)); }

void Session::on(StateLoaded event) { roots_.loaded(std::move(event)); }

void Session::on(NeverImported event) { roots_.counted(std::move(event)); }

void Session::on(FolderChanged) { roots_.folder_changed(); }

void Session::on(ChildWrote event) { test_run_.wrote(event); }

void Session::on(ChildExited event) {
  roots_.folder_changed();
  after_event();  // reads what the run wrote last
  if (const auto latest = roots_.latest()) test_run_.progress(latest->run, latest->tests);
  test_run_.exited(event);
}

// Every event may have made something due.
void Session::after_event() {
  if (left_ || phase_ != Phase::running) return;
  const auto activity = roots_.poll();
  if (activity.any()) {
    presenter_.knowledge_changed(activity);
    status_changed_ = true;
  }
  presenter_.tick();
  test_run_.tick();
  if (status_changed_) status_due_ = std::max(world_.now(), status_not_before_);
  status_changed_ = false;
  if (status_due_ && *status_due_ <= world_.now()) send_status();

  std::optional<TimePoint> next;
  for (const auto due : {roots_.next_poll(), presenter_.next_due(), test_run_.next_due(), status_due_})
    if (due) next = next ? std::min(*next, *due) : due;
  world_.wake_at(next);
}

// ---- Messages.

void Session::dispatch(jsonrpc::Message message) {
  std::visit([this](auto what) { take(std::move(what)); }, std::move(message));
}

void Session::take(jsonrpc::Request request) {
  auto reply = requests_.accept(request.id);
  if (!reply) return;
  if (phase_ == Phase::shut_down)
    return std::move(*reply).error(ErrorCode::invalid_request, "the server has been shut down");
  const bool first = phase_ == Phase::fresh;
  if (first && request.method != "initialize")
    return std::move(*reply).error(ErrorCode::server_not_initialized, "the first request must be `initialize`");
  const auto* handler = Handlers::request(request.method);
  if (!handler) return std::move(*reply).error(ErrorCode::method_not_found, "no such method: " + request.method);
  try {
    (*handler)(*this, request.params.value_or(Json()), std::move(*reply));
  } catch (const std::exception& error) {  // the reply has been dropped on the way, and has answered
    spdlog::error("{} failed: {}", request.method, error.what());
  }
}

void Session::take(jsonrpc::Notification notification) {
  const bool too_early = phase_ == Phase::fresh && notification.method != "exit";
  const bool too_late = phase_ == Phase::shut_down && notification.method != "exit";
  if (too_early || too_late) return;
  const auto* handler = Handlers::notification(notification.method);
  if (!handler) {
    if (!notification.method.starts_with("$/")) spdlog::debug("not handled: {}", notification.method);
    return;
  }
  try {
    (*handler)(*this, notification.params.value_or(Json()));
  } catch (const std::exception& error) {
    spdlog::error("{} failed: {}", notification.method, error.what());
  }
}

void Session::take(jsonrpc::Response response) {
  if (!client_.answered(response)) spdlog::warn("an answer to nothing that was asked");
}

void Session::take(jsonrpc::Invalid invalid) {
  spdlog::warn("not understood: {}", invalid.error.message);
  client_.write(jsonrpc::Response{invalid.id, invalid.error});
}

// ---- Lifecycle.

void Session::initialize(const lsp::InitializeParams& params, jsonrpc::Reply reply) {
  if (phase_ != Phase::fresh) return std::move(reply).error(ErrorCode::invalid_request, "`initialize` came twice");
  phase_ = Phase::initializing;
  capabilities_ = params.capabilities;
  encoding_ = capabilities_.utf8_positions ? Encoding::utf8 : Encoding::utf16;
  presenter_.client_is(capabilities_, encoding_);
  test_run_.client_shows_progress(capabilities_.work_done_progress);
  folders_ = folders_of(params);
  if (params.processId) world_.watch_client(*params.processId);
  std::move(reply).result({{"capabilities", server_capabilities(encoding_)},
                           {"serverInfo", {{"name", "branchlight"}, {"version", BRANCHLIGHT_VERSION}}}});
  apply_settings(params.initializationOptions.value_or(Json()));
}

// Nothing is read and nobody asked anything before this.
void Session::initialized(const Json&) {
  if (phase_ != Phase::initializing) return;
  phase_ = Phase::running;
  for (const auto& folder : std::exchange(folders_, {})) roots_.add(folder);
  status_changed_ = true;
}

void Session::shutdown(const Json&, jsonrpc::Reply reply) {
  phase_ = Phase::shut_down;
  test_run_.cancel();
  std::move(reply).result(nullptr);
}

void Session::exit(const Json&) { leave(phase_ == Phase::shut_down ? 0 : 1); }

void Session::leave(int status) {
  left_ = true;
  world_.wake_at(std::nullopt);
  world_.leave(status);
}

// ---- Documents.

void Session::did_open(const lsp::DidOpenTextDocumentParams& params) {
  const auto& item = params.textDocument;
  const auto path = lsp::path_of(item.uri);
  const auto& document =
      documents_.open(item.uri, path ? documents::resolved(*path) : std::filesystem::path(), item.version, item.text);
  if (path && phase_ == Phase::running) roots_.add_around(document.path);
  presenter_.opened(document);
}

void Session::did_change(const lsp::DidChangeTextDocumentParams& params) {
  auto* document = documents_.find(params.textDocument.uri);
  if (!document) return spdlog::warn("didChange of what is not open: {}", params.textDocument.uri);
  bool redrawn = false;
  for (const auto& change : params.contentChanges) {
    if (change.range) {
      documents_.replace(*document, from_lsp(*document->text, *change.range, encoding_), change.text);
      redrawn = redrawn || change.range->start.line != change.range->end.line;
    } else {
      documents_.replace_all(*document, change.text);
      redrawn = true;
    }
  }
  document->version = params.textDocument.version;
  presenter_.edited(*document, redrawn);
}

void Session::did_close(const lsp::DidCloseTextDocumentParams& params) {
  presenter_.closed(params.textDocument.uri);
  documents_.close(params.textDocument.uri);
}

// ---- The workspace.

void Session::did_change_configuration(const lsp::DidChangeConfigurationParams& params) {
  if (!params.settings.is_null() || !capabilities_.configuration) return apply_settings(params.settings);
  client_.ask("workspace/configuration", Json{{"items", Json::array({Json{{"section", "branchlight"}}})}},
              [this](const auto& outcome) {
                const auto* items = std::get_if<Json>(&outcome);
                if (items && items->is_array() && !items->empty()) apply_settings(items->front());
              });
}

void Session::apply_settings(const Json& json) {
  for (auto& problem : apply(settings_, json)) client_.show(lsp::MessageType::warning, std::move(problem));
  presenter_.settings_changed();
}

void Session::did_change_workspace_folders(const lsp::DidChangeWorkspaceFoldersParams& params) {
  for (const auto& folder : params.removed)
    if (const auto path = lsp::path_of(folder.uri)) roots_.remove(*path);
  for (const auto& folder : params.added)
    if (const auto path = lsp::path_of(folder.uri)) roots_.add(*path);
}

// ---- Commands.

void Session::execute_command(const lsp::ExecuteCommandParams& params, jsonrpc::Reply reply) {
  if (params.command == run_all_command) return run_all(std::move(reply));
  if (params.command == cancel_command) {
    test_run_.cancel();
  } else if (params.command == erase_command) {
    const auto problems = roots_.erase();
    if (!problems.empty()) return std::move(reply).error(ErrorCode::request_failed, problems.front());
  } else {
    return std::move(reply).error(ErrorCode::invalid_params, "no such command: " + params.command);
  }
  std::move(reply).result(nullptr);
}

void Session::run_all(jsonrpc::Reply reply) {
  if (!settings_.trusted)
    return std::move(reply).error(
        ErrorCode::request_failed,
        "This workspace is not trusted, so nothing in it is executed. Trust it in the editor to run its tests.");
  if (test_run_.under_way())
    return std::move(reply).error(ErrorCode::request_failed, "A test run is under way already.");
  const auto root = roots_.first();
  if (!root)
    return std::move(reply).error(ErrorCode::request_failed, "No folder is open: there is nothing to run tests in.");
  const auto choice = runs::choose_interpreter(settings_.python, *root, *root, world_.environment());
  if (const auto* none = std::get_if<runs::NoInterpreter>(&choice))
    return std::move(reply).error(ErrorCode::request_failed, none->reason);
  const auto& python = std::get<runs::Interpreter>(choice);
  spdlog::info("running tests with {} ({})", python.path.native(), python.origin);

  std::vector<std::string> argv{program_.native(), "run", "--python", python.path.native(), "--", "-m", "pytest"};
  argv.insert(argv.end(), settings_.testArgs.begin(), settings_.testArgs.end());
  if (auto problem = test_run_.start(argv, *root, python.path.native()))
    return std::move(reply).error(ErrorCode::request_failed, std::move(*problem));
  std::move(reply).result(nullptr);
}

void Session::cancel_progress(const lsp::WorkDoneProgressCancelParams& params) { test_run_.cancel(params.token); }

void Session::cancel_request(const lsp::CancelParams& params) { requests_.cancel(params.id); }

// ---- What only reads.

Json Session::inlay_hints(const lsp::InlayHintParams& params, const Snapshot& snapshot) {
  if (!snapshot.marks || !snapshot.file || !snapshot.settings.shows_hints()) return Json::array();
  const auto range = from_lsp(*snapshot.document.text, params.range, snapshot.encoding);
  const auto hints = features::inlay_hints(*snapshot.marks, *snapshot.file, {.shown = snapshot.settings.hints}, range);
  return to_lsp(hints, snapshot.document, snapshot.encoding);
}

// ---- The status.

void Session::send_status() {
  status_due_.reset();
  const auto totals = roots_.totals();
  const auto latest = roots_.latest();
  const bool running = roots_.anything_running();
  lsp::StatusParams status;
  status.state = running                   ? lsp::StatusParams::State::running
                 : roots_.anything_known() ? lsp::StatusParams::State::known
                                           : lsp::StatusParams::State::none;
  const auto known = roots_.known();
  const auto live = known.imported == 0             ? features::Live::all
                    : known.imported == known.files ? features::Live::none
                                                    : features::Live::partly;
  status.text = features::status_text(totals, live);
  status.imported = known.imported;
  status.arms = {totals.arms_taken, totals.arms};
  status.partial = totals.partial_sites;
  if (latest) {
    status.tests = {latest->tests.passed, latest->tests.failed, std::nullopt};
    test_run_.progress(latest->run, latest->tests);
  }
  if (running && latest) status.run = latest->run.id;
  Json json = status;
  if (json == status_) return;
  status_ = json;
  status_not_before_ = world_.now() + between_statuses;
  client_.notify(lsp::StatusParams::method, std::move(json));
}

}  // namespace branchlight::session
