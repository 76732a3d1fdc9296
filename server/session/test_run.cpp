#include "server/session/test_run.h"

#include <spdlog/spdlog.h>

#include <csignal>

namespace branchlight::session {
namespace {

constexpr Milliseconds before_kill{2000};
constexpr Milliseconds between_reports{200};
constexpr std::size_t lines_kept = 20;
constexpr std::size_t longest_line = 16384;
constexpr int pytest_found_failures = 1;
constexpr int pytest_found_no_tests = 5;

std::string counted(const model::Knowledge::TestCounts& tests) {
  std::string text = std::to_string(tests.passed) + " passed";
  if (tests.failed) text += ", " + std::to_string(tests.failed) + " failed";
  if (tests.skipped) text += ", " + std::to_string(tests.skipped) + " skipped";
  return text;
}

bool same(const model::Knowledge::TestCounts& a, const model::Knowledge::TestCounts& b) {
  return a.passed == b.passed && a.failed == b.failed && a.skipped == b.skipped;
}

}  // namespace

std::optional<std::string> TestRun::start(const std::vector<std::string>& argv, const std::filesystem::path& root,
                                          const std::string& interpreter) {
  const auto now_ns = runs::now_ns();
  auto started = world_.start(argv, root);
  if (auto* error = std::get_if<runs::StartError>(&started)) return error->reason;
  child_ = std::get<ChildId>(started);
  started_ns_ = now_ns;
  cancelled_ = false;
  kill_at_.reset();
  output_.clear();
  last_lines_.clear();
  tests_ = {};
  ++number_;
  begin_progress("with " + interpreter);
  return std::nullopt;
}

void TestRun::cancel() {
  if (!child_ || cancelled_) return;
  cancelled_ = true;
  kill_at_ = world_.now() + before_kill;
  world_.signal(*child_, SIGINT);
}

void TestRun::cancel(const lsp::Json& token) {
  if (token == "branchlight/run/" + std::to_string(number_)) cancel();
}

void TestRun::wrote(const ChildWrote& event) {
  if (event.child != child_) return;
  output_ += event.bytes;
  if (output_.size() > longest_line) output_ += '\n';
  log_lines();
}

void TestRun::log_lines() {
  for (auto end = output_.find('\n'); end != std::string::npos; end = output_.find('\n')) {
    auto line = output_.substr(0, end);
    output_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    spdlog::info("run: {}", line);
    if (line.empty()) continue;
    last_lines_.push_back(std::move(line));
    if (last_lines_.size() > lines_kept) last_lines_.pop_front();
  }
}

void TestRun::exited(const ChildExited& event) {
  if (event.child != child_) return;
  if (!output_.empty()) output_ += '\n';
  log_lines();
  child_.reset();
  kill_at_.reset();
  const bool ran = tests_.passed + tests_.failed + tests_.skipped > 0;
  const bool in_order = event.status == 0 || (event.status == pytest_found_failures && ran);
  std::string how = cancelled_ ? "cancelled"
                    : in_order ? counted(tests_)
                               : "ended with status " + std::to_string(event.status);
  if (progress_shown_) report(lsp::WorkDoneProgressEnd{how});
  progress_shown_ = false;
  if (cancelled_ || in_order) return;
  if (event.status == pytest_found_no_tests) how = "found no tests";
  const auto last = last_lines_.empty() ? std::string() : ": " + last_lines_.back();
  client_.show(lsp::MessageType::warning, "Branchlight: the test run " + how + last);
}

void TestRun::progress(const runs::RunInfo& run, const model::Knowledge::TestCounts& tests) {
  if (!child_ || run.started_ns < started_ns_) return;
  if (same(tests, tests_)) return;
  tests_ = tests;
  progress_message_ = counted(tests);
  if (!progress_shown_ || world_.now() < report_not_before_) return;
  report_not_before_ = world_.now() + between_reports;
  report(lsp::WorkDoneProgressReport{progress_message_});
}

void TestRun::tick() {
  if (!kill_at_ || world_.now() < *kill_at_) return;
  kill_at_.reset();
  if (child_) world_.signal(*child_, SIGKILL);
}

void TestRun::begin_progress(const std::string& message) {
  progress_shown_ = false;
  if (!with_progress_) return;
  client_.ask("window/workDoneProgress/create", lsp::Json{{"token", "branchlight/run/" + std::to_string(number_)}},
              [this, message, number = number_](const auto& outcome) {
                const bool agreed = std::holds_alternative<lsp::Json>(outcome);
                if (!agreed || number != number_ || !child_) return;
                progress_shown_ = true;
                report(lsp::WorkDoneProgressBegin{"Running tests", message, true});
              });
}

void TestRun::report(const lsp::Json& value) {
  client_.notify("$/progress", {{"token", "branchlight/run/" + std::to_string(number_)}, {"value", value}});
}

}  // namespace branchlight::session
