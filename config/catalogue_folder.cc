#include "config/catalogue_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "domain/json_pointer.h"

namespace assayd::config {
namespace {

namespace fs = std::filesystem;

/// A kind of entry: its folder, the key that names an entry in YAML, and in the canonical document.
struct Kind {
  const char* folder;
  const char* yaml_key;
  const char* canonical_key;
};
constexpr Kind kKinds[] = {
    {"settings", "setting", "name"}, {"actions", "action", "id"}, {"templates", "template", "id"}};

class Merger {
 public:
  explicit Merger(std::vector<CatalogueProblem>& problems) : problems_(problems) {}

  void Add(const fs::path& path) {
    if (fs::is_regular_file(path)) {
      ++folder_;
      return AddLooseFile(path);
    }
    AddFolder(path);
  }

  void AddFolder(const fs::path& folder) {
    if (!fs::is_directory(folder)) {
      problems_.push_back({WholeOf(folder.string()), "is not a folder"});
      return;
    }
    ++folder_;
    if (fs::exists(folder / "manifest.yaml")) AddManifest(folder / "manifest.yaml");
    for (const auto& kind : kKinds) AddKind(folder / kind.folder, kind);
  }

  Result<LoadedCatalogue> Finish() {
    if (!problems_.empty()) return Refused();
    Json document = manifest_;
    for (const auto& kind : kKinds) {
      document[kind.folder] = Json::array();
      for (const auto& [id, entry] : entries_[kind.folder])
        document[kind.folder].push_back(entry.value);
    }
    std::vector<domain::Problem> found;
    auto catalogue = domain::Catalogue::Parse(document, found);
    for (const auto& problem : found)
      problems_.push_back({Locate(problem.pointer), problem.message});
    CheckPoints();
    if (!problems_.empty()) return Refused();
    return LoadedCatalogue{*std::move(catalogue), DumpJson(document), std::move(overrides_)};
  }

 private:
  struct Field {
    YamlTree tree;
    std::string pointer;  ///< of the field's value in its file
  };
  struct Entry {
    Json value = Json::object();
    std::map<std::string, Field> fields;
    Location location;
    int folder = 0;
  };

  std::unexpected<Error> Refused() const {
    return Fail(ErrorCode::kCatalogueInvalid, problems_.front().ToString());
  }

  /// Domain-model b.1: what an author gives is whole, and never nothing.
  void CheckPoints() {
    for (const auto& [id, action] : entries_["actions"]) {
      const auto points = action.value.find("points");
      if (points == action.value.end() || !points->is_number()) continue;
      const bool whole = points->is_number_unsigned() && *points >= 1 && *points <= 99;
      if (whole) continue;
      const Field& field = action.fields.at("points");
      problems_.push_back({field.tree.Find(field.pointer),
                           "must be a whole number from 1 to 99; without it purpose and "
                           "enforcement give the points"});
    }
  }

  void AddManifest(const fs::path& path) {
    const auto tree = YamlTree::ReadFile(path);
    if (!tree) return problems_.push_back(tree.error());
    for (const auto& [key, value] : tree->value().items()) {
      manifest_[key] = value;
      manifest_fields_.insert_or_assign(key, Field{*tree, "/" + domain::EscapePointerToken(key)});
    }
  }

  void AddKind(const fs::path& folder, const Kind& kind) {
    if (!fs::is_directory(folder)) return;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder)) {
      if (file.path().extension() == ".yaml") files.push_back(file.path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
      const auto tree = YamlTree::ReadFile(file);
      if (!tree) {
        problems_.push_back(tree.error());
        continue;
      }
      AddFile(*tree, kind);
    }
  }

  /// A file outside the folders: its entries say by their key of which kind they are.
  void AddLooseFile(const fs::path& path) {
    const auto tree = YamlTree::ReadFile(path);
    if (!tree) return problems_.push_back(tree.error());
    const bool list = tree->value().is_array();
    for (std::size_t i = 0; i < (list ? tree->value().size() : 1); ++i) {
      const Json& entry = list ? tree->value()[i] : tree->value();
      const auto* const kind = std::ranges::find_if(kKinds, [&](const Kind& each) {
        return entry.is_object() && entry.contains(each.yaml_key);
      });
      AddEntry(*tree, entry, list ? fmt::format("/{}", i) : "",
               kind == std::end(kKinds) ? kKinds[1] : *kind);
    }
  }

  /// A file holds one entry, or a list of them.
  void AddFile(const YamlTree& tree, const Kind& kind) {
    if (!tree.value().is_array()) return AddEntry(tree, tree.value(), "", kind);
    for (std::size_t i = 0; i < tree.value().size(); ++i) {
      AddEntry(tree, tree.value()[i], fmt::format("/{}", i), kind);
    }
  }

  void AddEntry(const YamlTree& tree, const Json& yaml, const std::string& pointer,
                const Kind& kind) {
    const bool named =
        yaml.is_object() && yaml.contains(kind.yaml_key) && yaml[kind.yaml_key].is_string();
    if (!named) {
      problems_.push_back(
          {tree.Find(pointer), fmt::format("must be an object with '{}'", kind.yaml_key)});
      return;
    }
    const std::string id = yaml[kind.yaml_key].get<std::string>();
    auto [place, fresh] = entries_[kind.folder].try_emplace(id);
    Entry& entry = place->second;
    if (!fresh && entry.folder == folder_) {
      problems_.push_back({tree.Find(pointer + "/" + kind.yaml_key),
                           fmt::format("{} '{}' is there twice; the other is at {}", kind.yaml_key,
                                       id, entry.location.ToString())});
      return;
    }
    entry.folder = folder_;
    entry.location = tree.Find(pointer);
    for (const auto& [key, value] : yaml.items()) {
      const std::string name = key == kind.yaml_key ? kind.canonical_key : key;
      const std::string field = pointer + "/" + domain::EscapePointerToken(key);
      if (!fresh && name != kind.canonical_key) {
        overrides_.push_back({kind.yaml_key, id, name, tree.Find(field)});
      }
      entry.value[name] = value;
      entry.fields.insert_or_assign(name, Field{tree, field});
    }
  }

  /// From a pointer into the canonical document to the line that a person edits.
  Location Locate(const std::string& pointer) const {
    const auto tokens = domain::ParsePointer(pointer).value_or(domain::JsonPointer());
    const auto rest = [&](std::size_t from) {
      return domain::FormatPointer(
          {tokens.begin() + static_cast<std::ptrdiff_t>(from), tokens.end()});
    };
    if (!tokens.empty()) {
      const auto field = manifest_fields_.find(tokens[0]);
      if (field != manifest_fields_.end())
        return field->second.tree.Find(field->second.pointer + rest(1));
    }
    if (tokens.size() < 2 || !entries_.contains(tokens[0])) return {};
    const auto& of_kind = entries_.at(tokens[0]);
    auto entry = of_kind.begin();
    std::advance(entry, std::min<std::ptrdiff_t>(std::stol(tokens[1]), std::ssize(of_kind) - 1));
    if (tokens.size() > 2) {
      const auto field = entry->second.fields.find(tokens[2]);
      if (field != entry->second.fields.end()) {
        return field->second.tree.Find(field->second.pointer + rest(3));
      }
    }
    return entry->second.location;
  }

  std::vector<CatalogueProblem>& problems_;
  Json manifest_ = Json::object();
  std::map<std::string, Field> manifest_fields_;
  std::map<std::string, std::map<std::string, Entry>> entries_;
  std::vector<Override> overrides_;
  int folder_ = 0;
};

}  // namespace

Result<LoadedCatalogue> LoadCatalogue(const std::vector<fs::path>& folders,
                                      std::vector<CatalogueProblem>& problems) {
  Merger merger(problems);
  for (const auto& folder : folders) merger.Add(folder);
  return merger.Finish();
}

Result<LoadedCatalogue> LoadCatalogue(const std::vector<std::filesystem::path>& folders) {
  constexpr std::size_t kMistakesShown = 20;
  std::vector<CatalogueProblem> problems;
  auto loaded = LoadCatalogue(folders, problems);
  if (loaded) return loaded;
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kMistakesShown); ++i) {
    text += (i == 0 ? "" : "\n") + problems[i].ToString();
  }
  return Fail(loaded.error().code, text);
}

Result<std::shared_ptr<const domain::Catalogue>> ParseCanonicalCatalogue(
    std::string_view canonical) {
  ASSAYD_TRY(const Json document,
             ParseJson(canonical,
                       {.bytes_max = 64 * 1024 * 1024, .depth_max = 64, .values_max = 10'000'000}));
  std::vector<domain::Problem> problems;
  return domain::Catalogue::Parse(document, problems);
}

}  // namespace assayd::config
