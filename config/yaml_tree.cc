#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/file_system.h"
#include "base/text.h"
#include "domain/json_pointer.h"

namespace assayd::config {
namespace {

constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kNodesMax = 200'000;
constexpr int kDepthMax = 64;

template <class Number>
bool ReadNumber(const std::string& text, Number& number) {
  const char* first = text.data();
  const char* const last = first + text.size();
  if (first != last && *first == '+') ++first;
  const auto [rest, error] = std::from_chars(first, last, number);
  return error == std::errc() && rest == last && first != last;
}

Json Typed(const std::string& text) {
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  std::uint64_t natural = 0;
  if (ReadNumber(text, natural)) return natural;
  std::int64_t integer = 0;
  if (ReadNumber(text, integer)) return integer;
  const bool numeric = text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  double real = 0;
  if (numeric && ReadNumber(text, real)) return real;
  return text;
}

/// The place of what stands behind `text` in a file that begins with it.
Location Behind(std::string_view text, const std::string& file) {
  const auto line_begin = text.rfind('\n') + 1;  // 0 when there is no line end
  const auto characters = std::ranges::count_if(text.substr(line_begin), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return {file, static_cast<int>(std::ranges::count(text, '\n')) + 1,
          static_cast<int>(characters) + 1};
}

}  // namespace

std::string Lines(const std::vector<Mistake>& mistakes) {
  std::string lines;
  for (const auto& mistake : mistakes) lines += (lines.empty() ? "" : "\n") + mistake.ToString();
  return lines;
}

std::string Mistake::ToString() const {
  return EscapeForLine(location.ToString() + ": " + message);
}

std::string Location::ToString() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

/// Walks yaml-cpp's tree, which lets doubled keys pass and shares what aliases name: the count of
/// values is therefore taken here, after they are followed.
class YamlTree::Builder {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  Checked<Json> Build(const YAML::Node& node, const std::string& pointer, int depth) {
    places_[pointer] = Place(node.Mark());
    if (++nodes_ > kNodesMax) return Refuse(node, "more than 200,000 values");
    if (depth > kDepthMax) return Refuse(node, "nested deeper than 64 levels");
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Json();
      case YAML::NodeType::Scalar:
        return node.Tag() == "!" ? Json(node.Scalar()) : Typed(node.Scalar());
      case YAML::NodeType::Sequence:
        return Sequence(node, pointer, depth);
      case YAML::NodeType::Map:
        return Map(node, pointer, depth);
    }
    return Json();
  }

  Checked<YamlTree> Run(const YAML::Node& root) {
    auto value = Build(root, "", 0);
    if (!value) return std::unexpected(std::move(value).error());
    YamlTree tree;
    tree.value_ = std::make_shared<const Json>(*std::move(value));
    tree.places_ = std::make_shared<const Places>(std::move(places_));
    return tree;
  }

  [[nodiscard]] Location Place(const YAML::Mark& mark) const {
    return {file_, mark.line + 1, mark.column + 1};
  }

 private:
  [[nodiscard]] std::unexpected<Mistake> Refuse(const YAML::Node& node, std::string problem) const {
    return std::unexpected(Mistake{Place(node.Mark()), std::move(problem)});
  }

  Checked<Json> Sequence(const YAML::Node& node, const std::string& pointer, int depth) {
    Json list = Json::array();
    for (std::size_t i = 0; i < node.size(); ++i) {
      auto item = Build(node[i], fmt::format("{}/{}", pointer, i), depth + 1);
      if (!item) return item;
      list.push_back(*std::move(item));
    }
    return list;
  }

  Checked<Json> Map(const YAML::Node& node, const std::string& pointer, int depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return Refuse(entry.first, "a key must be text");
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) return Refuse(entry.first, fmt::format("'{}' is there twice", key));
      const std::string place = pointer + "/" + domain::EscapePointerToken(key);
      auto value = Build(entry.second, place, depth + 1);
      if (!value) return value;
      places_[place] = Place(entry.first.Mark());
      object[key] = *std::move(value);
    }
    return object;
  }

  const std::string file_;
  Places places_;
  std::size_t nodes_ = 0;
};

Checked<YamlTree> YamlTree::ReadFile(const std::filesystem::path& path) {
  PosixFileSystem files;
  const auto text = assayd::ReadFile(files, path, kFileBytesMax);
  if (!text) return std::unexpected(Mistake{WholeOf(path.string()), text.error().context});
  return Parse(*text, path.string());
}

Checked<YamlTree> YamlTree::Parse(std::string_view text, const std::string& file) {
  if (const std::size_t valid = ValidUtf8Length(text); valid < text.size())
    return std::unexpected(Mistake{Behind(text.substr(0, valid), file), "is not UTF-8"});
  Builder builder(file);
  try {
    const std::string copy(text);
    const std::vector<YAML::Node> documents = YAML::LoadAll(copy);
    if (documents.size() > 1) {
      return std::unexpected(
          Mistake{builder.Place(documents[1].Mark()), "is a second document; a file holds one"});
    }
    return builder.Run(documents.empty() ? YAML::Node() : documents.front());
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Mistake{builder.Place(problem.mark), problem.msg});
  }
}

Checked<> YamlTree::Set(const std::string& pointer, std::string_view text,
                        const std::string& origin) {
  auto value = Parse(text, origin);
  if (!value) return std::unexpected(Mistake{WholeOf(origin), value.error().message});
  Json changed = *value_;
  if (changed.is_null()) changed = Json::object();
  try {
    changed[Json::json_pointer(pointer)] = value->value();
  } catch (const Json::exception&) {
    return std::unexpected(Mistake{WholeOf(origin), "does not fit the keys of the file"});
  }
  value_ = std::make_shared<const Json>(std::move(changed));
  Places places = *places_;
  places[pointer] = WholeOf(origin);
  places_ = std::make_shared<const Places>(std::move(places));
  return {};
}

Location YamlTree::Find(std::string pointer) const {
  while (true) {
    const auto place = places_->find(pointer);
    if (place != places_->end()) return place->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string::npos) return {};
    pointer.resize(slash);
  }
}

}  // namespace assayd::config
