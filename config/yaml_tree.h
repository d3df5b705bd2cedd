#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/json.h"

namespace assayd::config {

/// A place in a file that a person edits; lines and columns count from 1. Line 0: the whole of
/// `file`.
struct Location {
  std::string file;
  int line = 1;
  int column = 1;

  [[nodiscard]] std::string ToString() const;  ///< "file:line:column"
};

inline Location WholeOf(std::string file) { return {std::move(file), 0, 0}; }

/// What is wrong in such a file, and where.
struct Mistake {
  Location location;
  std::string message;

  /// One line, in which what the file holds is escaped.
  [[nodiscard]] std::string ToString() const;
};

/// One line each.
std::string Lines(const std::vector<Mistake>& mistakes);

template <class T = void>
using Checked = std::expected<T, Mistake>;

/// YAML as a JSON tree, with the place of every value and key by JSON Pointer.
class YamlTree {
 public:
  /// Scalars are typed as YAML 1.2 core does (true, 12, 1.5, null; quoted ones are text). Refused,
  /// each with its place: doubled keys, keys that are not text, several documents, more than
  /// 200,000 values (counted after aliases are followed: a few lines can stand for gigabytes),
  /// nesting over 64; and, of the whole file, that it cannot be read.
  static Checked<YamlTree> ReadFile(const std::filesystem::path& path);
  static Checked<YamlTree> Parse(std::string_view text, const std::string& file);

  [[nodiscard]] const Json& value() const { return *value_; }
  /// Puts the YAML value of `text` at a pointer, making objects on the way; its place is `origin`.
  Checked<> Set(const std::string& pointer, std::string_view text, const std::string& origin);
  /// The place of the value at `pointer`, or of its nearest parent that has one.
  [[nodiscard]] Location Find(std::string pointer) const;

 private:
  class Builder;
  using Places = std::map<std::string, Location>;
  // Shared by copies of the tree, never changed: the loader of catalogues makes one for each field.
  std::shared_ptr<const Json> value_;
  std::shared_ptr<const Places> places_;
};

}  // namespace assayd::config
