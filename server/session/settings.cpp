#include "server/session/settings.h"

#include <optional>
#include <utility>

namespace branchlight::session {
namespace {

using lsp::Json;
using Severity = lsp::DiagnosticSeverity;

template <class Value>
using Words = std::vector<std::pair<const char*, Value>>;

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  template <class Value>
  void word(const char* name, Value& value, Value otherwise, const Words<Value>& words) {
    read(name, value, otherwise, "one of " + listed(words), [&](const Json& given) -> std::optional<Value> {
      for (const auto& [word, meaning] : words)
        if (given == word) return meaning;
      return std::nullopt;
    });
  }

  template <class Value, class Parse>
  void read(const char* name, Value& value, const Value& otherwise, const std::string& expected, Parse parse) {
    const auto found = json_.find(name);
    if (found == json_.end()) return;
    if (found->is_null()) {
      value = otherwise;
    } else if (auto parsed = parse(*found)) {
      value = std::move(*parsed);
    } else {
      problems.push_back("Branchlight: the setting \"" + std::string(name) + "\" must be " + expected + ", not " +
                         found->dump(-1, ' ', false, Json::error_handler_t::replace) + ".");
    }
  }

  std::vector<std::string> problems;

 private:
  template <class Value>
  static std::string listed(const Words<Value>& words) {
    std::string text;
    for (const auto& [word, meaning] : words) text += (text.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    return text;
  }

  const Json& json_;
};

std::optional<std::string> as_string(const Json& json) {
  return json.is_string() ? std::optional(json.get<std::string>()) : std::nullopt;
}

std::optional<std::vector<std::string>> as_strings(const Json& json) {
  if (!json.is_array()) return std::nullopt;
  std::vector<std::string> strings;
  for (const Json& item : json) {
    if (!item.is_string()) return std::nullopt;
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

std::optional<Milliseconds> as_milliseconds(const Json& json) {
  if (!json.is_number() || json.get<double>() < 0 || json.get<double>() > 86'400'000) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(json.get<double>()));
}

}  // namespace

std::vector<std::string> apply(Settings& settings, const Json& given) {
  if (given.is_null()) return {};
  if (!given.is_object()) return {"Branchlight: the settings must be an object."};
  const auto section = given.find("branchlight");
  const Json& json = section != given.end() && section->is_object() ? *section : given;

  const Settings defaults;
  Reader reader(json);
  reader.word("show", settings.show, defaults.show,
              Words<Settings::Show>{{"both", Settings::Show::both},
                                    {"hints", Settings::Show::hints},
                                    {"diagnostics", Settings::Show::diagnostics}});
  reader.word("hints", settings.hints, defaults.hints,
              Words<features::HintsShown>{{"partial", features::HintsShown::partial},
                                          {"all", features::HintsShown::all},
                                          {"off", features::HintsShown::off}});
  reader.word("severity", settings.severity, defaults.severity,
              Words<Severity>{{"error", Severity::error},
                              {"warning", Severity::warning},
                              {"information", Severity::information},
                              {"hint", Severity::hint}});
  reader.read("python", settings.python, defaults.python, "a string or null", as_string);
  reader.read("testArgs", settings.testArgs, defaults.testArgs, "a list of strings", as_strings);
  reader.read("notYetAfter", settings.notYetAfter, defaults.notYetAfter, "a number of milliseconds", as_milliseconds);
  reader.read("trusted", settings.trusted, defaults.trusted, "true or false",
              [&](const Json& value) -> std::optional<bool> {
                if (value.is_boolean()) return value.get<bool>();
                settings.trusted = false;
                return std::nullopt;
              });
  return std::move(reader.problems);
}

}  // namespace branchlight::session
