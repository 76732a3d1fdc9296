#include "server/cli/logs_check.h"

#include <map>

#include "coverage/hitlog/reader.h"
#include "server/runs/folder.h"

namespace branchlight::cli {
namespace {

std::string advice_for(hitlog::NoteKind kind, const std::string& text) {
  if (kind == hitlog::NoteKind::tool_id)
    return "CPython has six monitoring tools a process. Switch one of the others off: a debugger, a profiler, "
           "coverage.py with "
           "COVERAGE_CORE=sysmon.";
  if (kind == hitlog::NoteKind::rewriting) return "These files are measured by bookkeeping, which is exact and slower.";
  if (text.find("another tool watches") != std::string::npos)
    return "coverage.py, or a debugger, traces in the same process. What it reports stays its own, and ours is exact "
           "but slower: run "
           "with --no-cov where you need speed, or use Python 3.14.";
  return "See the note.";
}

std::string advice_for(const std::string& reason) {
  if (reason.find("byte order") != std::string::npos)
    return "It comes from another machine. Read it there, or remove it with `branchlight erase`.";
  if (reason.find("version") != std::string::npos)
    return "A collector and a branchlight of different versions met: install one of the two anew, then run the tests "
           "again.";
  return "Something has cut it off or damaged it. Remove it with `branchlight erase` and run the tests again.";
}

}  // namespace

void check_logs(const std::filesystem::path& branchlight_dir, Findings& findings) {
  std::map<std::pair<hitlog::NoteKind, std::string>, std::size_t> notes;
  std::size_t stopped = 0;
  for (const runs::LogName& name : runs::list_runs(branchlight_dir).logs) {
    auto opened = hitlog::LogReader::open(branchlight_dir / "runs" / name.file);
    if (const auto* error = std::get_if<hitlog::LogError>(&opened)) {
      wrong(findings, "the hit log " + name.file + " cannot be read: " + error->reason, advice_for(error->reason));
      continue;
    }
    hitlog::LogReader& reader = std::get<hitlog::LogReader>(opened);
    std::vector<hitlog::Record> records;
    while (reader.read(records)) {
      for (const hitlog::Record& record : records) {
        if (const auto* said = std::get_if<hitlog::Note>(&record)) ++notes[{said->kind, said->text}];
      }
      records.clear();
    }
    if (reader.error())
      wrong(findings, "the hit log " + name.file + " cannot be read to its end: " + reader.error()->reason,
            advice_for(reader.error()->reason));
    if (reader.state() == hitlog::LogState::stopped) ++stopped;
  }
  if (stopped > 0)
    wrong(findings,
          std::to_string(stopped) + (stopped == 1 ? " process ran" : " processes ran") +
              " out of room: what it did after that is not recorded",
          "Make room on the disk of " + branchlight_dir.string() +
              ", or set BRANCHLIGHT_DIR to a folder on another one.");
  for (const auto& [key, count] : notes) {
    const std::string times = count == 1 ? "a process noted: " : std::to_string(count) + " processes noted: ";
    const auto& [kind, text] = key;
    if (kind == hitlog::NoteKind::tool_id)
      wrong(findings, times + text, advice_for(kind, text));
    else
      note(findings, times + text, advice_for(kind, text));
  }
}

}  // namespace branchlight::cli
