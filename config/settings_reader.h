#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "config/yaml_tree.h"

namespace assayd::config {

/// Reads one section of the configuration. Each key is asked for once; RefuseOthers then names what
/// was not asked for, with what was probably meant. Mistakes are collected, defaults stay in place.
class SettingsReader {
 public:
  SettingsReader(const YamlTree& tree, std::string pointer, std::vector<SettingsProblem>& problems,
                 Process process);

  /// True when `owner` is the process that reads, or one of both.
  [[nodiscard]] bool IsFor(Process owner) const {
    return process_ == Process::kBoth || process_ == owner;
  }

  /// True when the section is there and is an object.
  [[nodiscard]] bool present() const { return object_ != nullptr; }

  void Text(const char* key, std::string& value);
  /// Relative paths are taken from the folder of the file that names them; in the environment, from
  /// the working directory.
  void Path(const char* key, std::filesystem::path& value);
  /// A file of `owner`, there, regular, not empty, and readable by its owner only; that is checked
  /// for the other process too, as far as it can see, but not that it is its own and can be read.
  void SecretPath(const char* key, std::filesystem::path& value, Process owner);
  /// The same, of what may well be empty: a list.
  void SecretListPath(const char* key, std::filesystem::path& value, Process owner);
  /// A file of `owner`, who finds it there.
  void ExistingPath(const char* key, std::filesystem::path& value, Process owner);
  void Flag(const char* key, bool& value);
  void Duration(const char* key, std::optional<Milliseconds>& value);
  void Texts(const char* key, std::vector<std::string>& value);
  void Paths(const char* key, std::vector<std::filesystem::path>& value);
  /// The index of the text among `choices`.
  void Choice(const char* key, std::span<const std::string_view> choices, std::size_t& value);
  void Url(const char* key, std::string& value);

  [[nodiscard]] SettingsReader Section(const char* key);
  /// Visits the members of an object by key.
  void Each(const char* key,
            const std::function<void(const std::string& name, SettingsReader section)>& visit);
  /// Visits the items of a list.
  void Items(const char* key, const std::function<void(SettingsReader section)>& visit);
  /// An object of lists of texts, and where each of them stands.
  void TextLists(const char* key, std::map<std::string, std::vector<std::string>>& value,
                 std::map<std::string, Location>& places);
  /// A key of which this version has one value, its default.
  void Only(const char* key, std::string_view value);
  /// A key that this version does not have yet.
  void Later(const char* key);
  // These do not count as asking for the key.
  /// Complains when it is not there, or is null; not when another was probably meant to be it.
  void Require(const char* key);
  [[nodiscard]] Location PlaceOf(const std::string& key) const;
  [[nodiscard]] bool IsText(const char* key) const;  ///< it is there and is text
  /// True when a key that was not asked for was probably meant to be this one.
  [[nodiscard]] bool IsMisspelt(const std::string& key) const;
  /// How many mistakes were found so far, here and elsewhere.
  [[nodiscard]] std::size_t mistakes() const { return problems_.size(); }

  void Complain(const std::string& key, std::string message);
  void RefuseOthers();

 private:
  const Json* Find(const char* key);
  std::optional<std::string> TextOf(const char* key);
  std::optional<std::filesystem::path> PathOf(const char* key);
  void ReadSecretPath(const char* key, std::filesystem::path& value, Process owner,
                      bool may_be_empty);
  [[nodiscard]] std::filesystem::path Beside(const std::string& pointer,
                                             const std::string& text) const;

  const YamlTree& tree_;
  const std::string pointer_;
  std::vector<SettingsProblem>& problems_;
  const Json* object_ = nullptr;
  Process process_;
  std::vector<std::string> known_;
};

/// https:// with a host, or http:// to a loopback address; no user, query or fragment.
bool IsServiceUrl(std::string_view url);

}  // namespace assayd::config
