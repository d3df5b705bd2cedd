#include "config/settings_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file_system.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/json_pointer.h"

namespace assayd::config {
namespace {

namespace fs = std::filesystem;

bool IsLoopbackHost(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

}  // namespace

bool IsServiceUrl(std::string_view url) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return false;
  url.remove_prefix(secure ? 8 : 7);
  if (url.find_first_of("@?# \t") != std::string_view::npos) return false;
  const std::string_view authority = url.substr(0, url.find('/'));
  const std::string_view host = authority.starts_with('[')
                                    ? authority.substr(0, authority.find(']') + 1)
                                    : authority.substr(0, authority.find(':'));
  return !host.empty() && (secure || IsLoopbackHost(host));
}

SettingsReader::SettingsReader(const YamlTree& tree, std::string pointer,
                               std::vector<SettingsProblem>& problems, Process process)
    : tree_(tree), pointer_(std::move(pointer)), problems_(problems), process_(process) {
  const auto place = domain::ParsePointer(pointer_);
  const Json* const value = domain::Resolve(tree_.value(), *place);
  if (value == nullptr || value->is_null()) return;
  if (value->is_object()) {
    object_ = value;
  } else {
    problems_.push_back({tree_.Find(pointer_), "must be a section with keys"});
  }
}

const Json* SettingsReader::Find(const char* key) {
  known_.emplace_back(key);
  if (object_ == nullptr) return nullptr;
  const auto member = object_->find(key);
  return member == object_->end() || member->is_null() ? nullptr : &*member;
}

void SettingsReader::Require(const char* key) {
  const bool has = object_ != nullptr && object_->contains(key) && !object_->at(key).is_null();
  if (!has && !IsMisspelt(key)) Complain("", fmt::format("'{}' is missing", key));
}

bool SettingsReader::IsMisspelt(const std::string& key) const {
  if (object_ == nullptr) return false;
  const std::vector<std::string> wanted{key};
  return std::ranges::any_of(object_->items(), [&](const auto& entry) {
    return std::ranges::find(known_, entry.key()) == known_.end() && Closest(entry.key(), wanted);
  });
}

bool SettingsReader::IsText(const char* key) const {
  return object_ != nullptr && object_->contains(key) && object_->at(key).is_string();
}

void SettingsReader::TextLists(const char* key,
                               std::map<std::string, std::vector<std::string>>& value,
                               std::map<std::string, Location>& places) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  if (!json->is_object())
    return Complain(key, fmt::format("'{}' must be a section with keys", key));
  SettingsReader lists = Section(key);
  for (const auto& [name, list] : json->items()) {
    lists.Texts(name.c_str(), value[name]);
    places[name] = tree_.Find(lists.pointer_ + "/" + domain::EscapePointerToken(name));
  }
}

void SettingsReader::Only(const char* key, std::string_view value) {
  const Json* const given = Find(key);
  if (given == nullptr) return;
  const std::string text = given->is_string() ? given->get<std::string>() : given->dump();
  if (text == value) return;
  Complain(key, fmt::format("'{}: {}' is not in this version, which has '{}' only", key,
                            CutText(text, 80), value));
}

void SettingsReader::Later(const char* key) {
  if (Find(key) != nullptr)
    Complain(key, fmt::format("'{}' is not in this version; remove it", key));
}

void SettingsReader::Complain(const std::string& key, std::string message) {
  problems_.push_back({PlaceOf(key), std::move(message)});
}

Location SettingsReader::PlaceOf(const std::string& key) const {
  return tree_.Find(key.empty() ? pointer_ : pointer_ + "/" + domain::EscapePointerToken(key));
}

std::optional<std::string> SettingsReader::TextOf(const char* key) {
  const Json* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  Complain(key, fmt::format("'{}' must be text", key));
  return std::nullopt;
}

void SettingsReader::Text(const char* key, std::string& value) {
  if (auto text = TextOf(key)) value = *std::move(text);
}

std::optional<fs::path> SettingsReader::PathOf(const char* key) {
  const auto text = TextOf(key);
  if (!text) return std::nullopt;
  return Beside(pointer_ + "/" + key, *text);
}

fs::path SettingsReader::Beside(const std::string& pointer, const std::string& text) const {
  if (text.empty()) return {};
  return fs::path(tree_.Find(pointer).file).parent_path() / text;
}

void SettingsReader::Path(const char* key, fs::path& value) {
  if (auto path = PathOf(key)) value = *std::move(path);
}

void SettingsReader::ExistingPath(const char* key, fs::path& value, Process owner) {
  const auto path = PathOf(key);
  if (!path) return;
  value = *path;
  if (!IsFor(owner)) return;
  if (::access(value.c_str(), R_OK) != 0) {
    Complain(key, fmt::format("{} cannot be read by user {}", path->string(), ::geteuid()));
  }
}

void SettingsReader::SecretPath(const char* key, fs::path& value, Process owner) {
  ReadSecretPath(key, value, owner, false);
}

void SettingsReader::SecretListPath(const char* key, fs::path& value, Process owner) {
  ReadSecretPath(key, value, owner, true);
}

void SettingsReader::ReadSecretPath(const char* key, fs::path& value, Process owner,
                                    bool may_be_empty) {
  const auto found = PathOf(key);
  if (!found) return;
  value = *found;
  if (process_ == Process::kNeither) return;
  struct stat status{};
  // What another process owns may lie where this one cannot look; what it sees is wrong is wrong.
  const bool seen = ::stat(value.c_str(), &status) == 0;
  if (!seen && !IsFor(owner) && errno != ENOENT) return;
  const std::string name = value.string();
  if (!seen) {
    Complain(key, fmt::format("{} does not exist; put the secret there and chmod 600 it", name));
  } else if (!S_ISREG(status.st_mode)) {
    Complain(key, fmt::format("{} is not a regular file", name));
  } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    Complain(key, fmt::format("{0} can be read by others (mode {1:04o}); chmod 600 {0}", name,
                              status.st_mode & 07777));
  } else if (status.st_size == 0 && !may_be_empty) {
    Complain(key, fmt::format("{} is empty; put the secret there", name));
  } else if (IsFor(owner)) {
    const auto text = ReadSecretFile(value);
    if (!text) {
      Complain(key, ::access(value.c_str(), R_OK) == 0
                        ? text.error().context
                        : fmt::format("{} cannot be read by user {}; chown it", name, ::geteuid()));
    } else if (text->empty() && !may_be_empty) {
      Complain(key, fmt::format("{} is empty; put the secret there", name));
    }
  }
}

void SettingsReader::Flag(const char* key, bool& value) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  if (!json->is_boolean()) return Complain(key, fmt::format("'{}' must be true or false", key));
  value = json->get<bool>();
}

void SettingsReader::Duration(const char* key, std::optional<Milliseconds>& value) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  const std::string text = json->is_string() ? json->get<std::string>() : DumpJson(*json);
  const auto duration = ParseDuration(text);
  if (!duration || duration->count() == 0) {
    return Complain(key, fmt::format("'{}' is no duration such as 30s, 5m or 2h", text));
  }
  value = *duration;
}

void SettingsReader::Texts(const char* key, std::vector<std::string>& value) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  const bool fits = json->is_array() &&
                    std::ranges::all_of(*json, [](const Json& item) { return item.is_string(); });
  if (!fits) return Complain(key, fmt::format("'{}' must be a list of texts", key));
  value = json->get<std::vector<std::string>>();
}

void SettingsReader::Paths(const char* key, std::vector<fs::path>& value) {
  std::vector<std::string> texts;
  Texts(key, texts);
  if (texts.empty()) return;
  value.clear();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    value.push_back(Beside(fmt::format("{}/{}/{}", pointer_, key, i), texts[i]));
  }
}

void SettingsReader::Choice(const char* key, std::span<const std::string_view> choices,
                            std::size_t& value) {
  const auto text = TextOf(key);
  if (!text) return;
  const auto found = std::ranges::find(choices, *text);
  if (found == choices.end()) {
    return Complain(key, fmt::format("'{}' is none of {}", *text, fmt::join(choices, ", ")));
  }
  value = static_cast<std::size_t>(found - choices.begin());
}

void SettingsReader::Url(const char* key, std::string& value) {
  auto text = TextOf(key);
  if (!text) return;
  if (!IsServiceUrl(*text)) {
    return Complain(
        key, fmt::format("'{}' must be https://HOST, or http:// to a loopback address", *text));
  }
  while (text->ends_with('/')) text->pop_back();
  value = *std::move(text);
}

SettingsReader SettingsReader::Section(const char* key) {
  known_.emplace_back(key);
  return {tree_, pointer_ + "/" + key, problems_, process_};
}

void SettingsReader::Each(const char* key,
                          const std::function<void(const std::string&, SettingsReader)>& visit) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  if (!json->is_object())
    return Complain(key, fmt::format("'{}' must be a section with keys", key));
  for (const auto& [name, value] : json->items()) {
    visit(name, {tree_, pointer_ + "/" + key + "/" + domain::EscapePointerToken(name), problems_,
                 process_});
  }
}

void SettingsReader::Items(const char* key, const std::function<void(SettingsReader)>& visit) {
  const Json* const json = Find(key);
  if (json == nullptr) return;
  if (!json->is_array()) return Complain(key, fmt::format("'{}' must be a list", key));
  for (std::size_t i = 0; i < json->size(); ++i) {
    visit({tree_, fmt::format("{}/{}/{}", pointer_, key, i), problems_, process_});
  }
}

void SettingsReader::RefuseOthers() {
  if (object_ == nullptr) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const auto near = Closest(key, known_);
    Complain(key, fmt::format("unknown key '{}'{}", key,
                              near ? fmt::format("; did you mean '{}'?", *near)
                                   : fmt::format("; known here: {}", fmt::join(known_, ", "))));
  }
}

}  // namespace assayd::config
