#include "server/session/presenter.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/features/diagnostics.h"
#include "server/features/inlay_hints.h"
#include "server/features/quiet.h"
#include "server/session/to_lsp.h"

namespace branchlight::session {
namespace {

constexpr Milliseconds between_looks{5};       // at one document, while a run changes it all the time
constexpr Milliseconds between_coverages{50};  // of one document
constexpr Milliseconds between_refreshes{100};
constexpr int idle_for_one_busy = 3;  // after a look that took long, leave the loop to others three times as long

constexpr text::ByteRange whole_document{0, UINT32_MAX};

}  // namespace

Presenter::Presenter(World& world, Client& client, const documents::Documents& documents, const Roots& roots,
                     const Settings& settings)
    : world_(world), client_(client), documents_(documents), roots_(roots), settings_(settings) {}

void Presenter::client_is(const lsp::ClientCapabilities& capabilities, Encoding encoding) {
  capabilities_ = capabilities;
  encoding_ = encoding;
}

void Presenter::opened(const documents::Document& document) {
  Page& page = pages_[document.uri];
  page.uri = document.uri;
  page.look_due = world_.now();
  page.of_now = false;
}

void Presenter::edited(const documents::Document& document, bool redrawn) {
  Page& page = pages_[document.uri];
  page.redrawn = page.redrawn || redrawn;
  page.look_due = world_.now();
  page.of_now = false;
}

void Presenter::closed(const std::string& uri) {
  const auto found = pages_.find(uri);
  if (found == pages_.end()) return;
  // What waits for this document gets its error when the reads, and the replies in them, are dropped.
  if (!found->second.diagnostics.empty())
    client_.notify("textDocument/publishDiagnostics", lsp::PublishDiagnosticsParams{uri, std::nullopt, {}});
  pages_.erase(found);
}

void Presenter::analyzed(Analyzed event) {
  const auto found = pages_.find(event.uri);
  if (found == pages_.end()) return;
  Page& page = found->second;
  page.computing = false;
  page.serial = event.serial;
  page.buffer = std::move(event.buffer);
  page.known = std::move(event.known);
  page.carry = std::move(event.carry);
  page.settings = std::move(event.settings);
  page.exclusions = std::move(event.exclusions);
  present(page);
}

void Presenter::knowledge_changed(const Activity& activity) {
  const std::set<std::filesystem::path> changed(activity.changed.begin(), activity.changed.end());
  for (auto& [uri, page] : pages_) {
    const auto* document = documents_.find(uri);
    // The end of a run changes what may be said even of a file that it told nothing new about.
    const bool concerned = activity.everything || activity.runs || (document && changed.contains(document->path));
    if (!document || !concerned) continue;
    page.of_now = false;
    const auto due = std::max(world_.now(), page.look_not_before);
    page.look_due = page.look_due ? std::min(*page.look_due, due) : due;
  }
}

void Presenter::settings_changed() {
  for (auto& [uri, page] : pages_) page.look_due = world_.now();
}

void Presenter::tick() {
  const auto now = world_.now();
  for (auto& [uri, page] : pages_) {
    if (page.look_due && *page.look_due <= now) present(page);
    if (page.coverage_due && *page.coverage_due <= now) send_coverage(page);
  }
  if (refresh_due_ && *refresh_due_ <= now) refresh_hints();
}

std::optional<TimePoint> Presenter::next_due() const {
  std::optional<TimePoint> next = refresh_due_;
  const auto at = [&](std::optional<TimePoint> due) {
    if (due) next = next ? std::min(*next, *due) : due;
  };
  for (const auto& [uri, page] : pages_) {
    at(page.look_due);
    at(page.coverage_due);
  }
  return next;
}

void Presenter::when_ready(const documents::Document& document, Read read) {
  Page& page = pages_[document.uri];
  page.waiting.push_back(std::move(read));
  if (page.of_now)
    answer(page);
  else if (!page.computing)
    present(page);
}

// Brings the page up to date, or has the pool do what it lacks for that.
void Presenter::present(Page& page) {
  page.look_due.reset();
  if (page.computing) return;  // its result leads here again
  const auto* document = documents_.find(page.uri);
  if (!document) return;
  const auto* file = roots_.find(document->path);
  if (analyze(page, file)) return;

  const auto began = std::chrono::steady_clock::now();
  look(page, file);
  publish_diagnostics(page);
  send_coverage(page);
  if (page.hints && *page.hints != visible_hints(page) && capabilities_.inlay_hint_refresh)
    refresh_due_ = std::max(world_.now(), refresh_not_before_);
  const auto took = std::chrono::steady_clock::now() - began;
  page.look_not_before = world_.now() + std::max<TimePoint::duration>(between_looks, took * idle_for_one_busy);
  answer(page);
}

// True: the pool is at work for this page. What depends on its result waits.
bool Presenter::analyze(Page& page, const model::FileKnowledge* file) {
  const auto* document = documents_.find(page.uri);
  const syntax::SharedSyntax known = file ? file->syntax : nullptr;
  auto settings = roots_.settings(document->path);
  const bool parsed = page.buffer && page.serial == document->serial;
  if (parsed && page.known == known && page.settings == settings) return false;
  page.computing = true;
  world_.compute([uri = page.uri, serial = document->serial, text = document->text, known,
                  buffer = parsed ? page.buffer : nullptr, settings = std::move(settings)]() mutable -> Event {
    if (!buffer) buffer = known && known->text->bytes() == text->bytes() ? known : syntax::parse(text);
    freshness::Carry carry;
    if (known) carry = freshness::carry(*known, *buffer);
    auto exclusions = std::make_shared<const configuration::Exclusions>(
        settings ? configuration::find_exclusions(*buffer, *settings) : configuration::Exclusions{});
    return Analyzed{std::move(uri),       serial, std::move(buffer), known, std::move(carry), std::move(settings),
                    std::move(exclusions)};
  });
  return true;
}

void Presenter::look(Page& page, const model::FileKnowledge* file) {
  page.of_now = true;
  page.marks.reset();
  if (!file) return;
  const auto verdicts = model::verdicts(*file);
  const auto long_enough = page.one_sided.update(*file, verdicts, world_.now(), settings_.notYetAfter);
  page.marks = features::marks(*file, verdicts, page.buffer, page.carry, *page.exclusions, long_enough);
  // A run that measures another text than the last one that ended: what it has not reached yet is no news.
  if (file->running.empty() || !page.settled) page.settled = file->syntax;
  page.marks->settled = page.marks->settled && page.settled->text->content_hash() == file->syntax->text->content_hash();
  page.look_due = page.one_sided.next();
}

void Presenter::publish_diagnostics(Page& page) {
  const auto* document = documents_.find(page.uri);
  std::vector<lsp::Diagnostic> diagnostics;
  if (page.marks && settings_.shows_diagnostics() && !features::is_test_file(roots_.relative(document->path)))
    diagnostics = to_lsp(features::diagnostics(*page.marks), *document, encoding_, settings_.severity,
                         capabilities_.related_information);
  lsp::Json json = diagnostics;
  const bool lost = std::exchange(page.redrawn, false) && !json.empty();
  if (json == page.diagnostics && !lost) return;
  page.diagnostics = std::move(json);
  client_.notify("textDocument/publishDiagnostics",
                 lsp::PublishDiagnosticsParams{page.uri, document->version, std::move(diagnostics)});
}

void Presenter::send_coverage(Page& page) {
  page.coverage_due.reset();
  if (!page.of_now) return;
  auto lines = page.marks ? features::line_states(*page.marks) : features::LineStates{};
  // A client draws lines of its own version only, so unchanged ones are said again for each version.
  const auto version = documents_.find(page.uri)->version;
  if (lines == page.lines && (lines == features::LineStates{} || page.lines_version == version)) return;
  if (world_.now() < page.coverage_not_before) {
    page.coverage_due = page.coverage_not_before;
    return;
  }
  page.lines = std::move(lines);
  page.lines_version = version;
  page.coverage_not_before = world_.now() + between_coverages;
  client_.notify(lsp::CoverageParams::method, to_lsp(page.lines, *documents_.find(page.uri)));
}

// What a reader would see change: the words and what they stand at, but not where, for editors move hints themselves.
std::vector<std::string> Presenter::visible_hints(const Page& page) const {
  std::vector<std::string> visible;
  const auto* document = documents_.find(page.uri);
  const auto* file = roots_.find(document->path);
  if (!page.marks || !file || !settings_.shows_hints()) return visible;
  for (const auto& hint : features::inlay_hints(*page.marks, *file, {settings_.hints, 0, false}, whole_document))
    visible.push_back(hint.anchor + "\n" + hint.label() + (page.marks->imported ? "\nnot live" : ""));
  return visible;
}

void Presenter::hints_given(const std::string& uri) {
  Page& page = pages_[uri];
  page.hints = visible_hints(page);
}

// One at a time, never while one is unanswered: some clients freeze otherwise.
void Presenter::refresh_hints() {
  if (refresh_unanswered_) {
    refresh_due_.reset();  // its answer asks again
    return;
  }
  refresh_due_.reset();
  bool differs = false;
  for (auto& [uri, page] : pages_) {
    if (!page.hints || !page.of_now) continue;
    auto visible = visible_hints(page);
    differs = differs || visible != *page.hints;
    page.hints = std::move(visible);
  }
  if (!differs) return;
  refresh_unanswered_ = true;
  client_.ask("workspace/inlayHint/refresh", std::nullopt, [this](const auto&) {
    refresh_unanswered_ = false;
    refresh_not_before_ = world_.now() + between_refreshes;
    refresh_due_ = refresh_not_before_;
  });
}

void Presenter::answer(Page& page) {
  const auto* document = documents_.find(page.uri);
  const auto* file = roots_.find(document->path);
  const Snapshot snapshot{*document, page.marks ? &*page.marks : nullptr, file, settings_, encoding_};
  for (const auto& read : std::exchange(page.waiting, {})) read(snapshot);
}

}  // namespace branchlight::session
