#include "daemon/control_texts.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include "base/text.h"

namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTextMax = 65'536;
constexpr int kDepthMax = 20;

/// "AC-02(01)", "AC-2 (1)" and "ac-2.1" are one control.
std::string Normal(std::string_view id) {
  std::string normal;
  bool in_number = false;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isspace(byte) != 0 || c == ')') continue;
    const bool digit = std::isdigit(byte) != 0;
    if (c == '0' && !in_number) continue;  // leading
    in_number = digit;
    normal.push_back(c == '(' ? '.' : static_cast<char>(std::tolower(byte)));
  }
  return normal;
}

class Matcher {
 public:
  explicit Matcher(const domain::Template& of_template) {
    for (const auto& control : of_template.controls) ids_.emplace(Normal(control.id), control.id);
  }
  void Add(std::string_view id, std::string text) {
    const auto known = ids_.find(Normal(id));
    if (known == ids_.end() || Trim(text).empty()) return;
    if (text.size() > kTextMax) text.resize(kTextMax);
    texts_.try_emplace(known->second, std::move(text));
  }
  ControlTexts Take() && { return std::move(texts_); }

 private:
  std::map<std::string, std::string, std::less<>> ids_;
  ControlTexts texts_;
};

std::string LabelOf(const Json& object) {
  for (const char* const member : {"props", "properties"}) {
    for (const auto& prop : object.value(member, Json::array())) {
      // Controls of some catalogues have a second label, of the assessment.
      if (prop.value("name", "") == "label" && prop.value("class", "") != "sp800-53a")
        return prop.value("value", "");
    }
  }
  return {};
}

/// "{{ insert: param, ac-1_prm_1 }}" → "[what the organisation says]".
std::string WithoutParameters(std::string text) {
  for (std::size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string::npos) break;
    text.replace(at, end + 2 - at, "[…]");
  }
  return text;
}

/// A statement with its items, each in a line of its own.
void AppendStatement(const Json& part, int depth, std::string& text) {
  if (depth > kDepthMax) return;
  const std::string prose = WithoutParameters(part.value("prose", ""));
  const std::string label = LabelOf(part);
  if (!prose.empty())
    text += (text.empty() ? "" : "\n") + (label.empty() ? "" : label + " ") + prose;
  for (const auto& inner : part.value("parts", Json::array())) {
    if (inner.value("name", "") == "item") AppendStatement(inner, depth + 1, text);
  }
}

void AddControls(const Json& holder, int depth, Matcher& matcher) {
  if (depth > kDepthMax) return;
  for (const auto& group : holder.value("groups", Json::array()))
    AddControls(group, depth + 1, matcher);
  for (const auto& control : holder.value("controls", Json::array())) {
    std::string text;
    for (const auto& part : control.value("parts", Json::array())) {
      if (part.value("name", "") == "statement") AppendStatement(part, 0, text);
    }
    const std::string label = LabelOf(control);
    if (!label.empty()) matcher.Add(label, text);
    matcher.Add(control.value("id", ""), text);
    AddControls(control, depth + 1, matcher);
  }
}

/// The cells of RFC 4180, row by row.
std::vector<std::vector<std::string>> RowsOf(std::string_view csv) {
  std::vector<std::vector<std::string>> rows(1);
  rows.back().emplace_back();
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
      rows.back().back().push_back(c), ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\n') {
      rows.emplace_back().emplace_back();
    } else if (quoted || c != '\r') {
      rows.back().back().push_back(c);
    }
  }
  return rows;
}

std::optional<std::size_t> ColumnOf(const std::vector<std::string>& heading,
                                    std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto found = std::ranges::find_if(
        heading, [&](const std::string& cell) { return ToLowerAscii(Trim(cell)) == name; });
    if (found != heading.end()) return static_cast<std::size_t>(found - heading.begin());
  }
  return std::nullopt;
}

fs::path FileOf(const fs::path& store, const std::string& template_id) {
  std::string name = template_id;
  std::ranges::replace(name, '/', '_');
  return store / "texts" / (name + ".json");
}

}  // namespace

Result<ControlTexts> TextsOfOscal(const Json& document, const domain::Template& of_template) {
  const auto catalog = document.find("catalog");
  if (!document.is_object() || catalog == document.end() || !catalog->is_object())
    return Fail(ErrorCode::kMalformed, "no OSCAL catalogue: it begins with {\"catalog\": …}");
  Matcher matcher(of_template);
  try {
    AddControls(*catalog, 0, matcher);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kMalformed, std::string("no OSCAL catalogue: ") + error.what());
  }
  return std::move(matcher).Take();
}

Result<ControlTexts> TextsOfTable(std::string_view csv, const domain::Template& of_template) {
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  const auto rows = RowsOf(csv);
  const auto id = ColumnOf(rows[0], {"control", "control_id", "control id", "id"});
  const auto text = ColumnOf(rows[0], {"text", "description", "statement"});
  if (!id || !text)
    return Fail(ErrorCode::kMalformed,
                "the first line must name a column 'control' and a column 'text'");
  Matcher matcher(of_template);
  for (std::size_t row = 1; row < rows.size(); ++row) {
    if (rows[row].size() > std::max(*id, *text)) matcher.Add(rows[row][*id], rows[row][*text]);
  }
  return std::move(matcher).Take();
}

Result<> SaveControlTexts(FileSystem& files, const fs::path& store, const std::string& template_id,
                          const ControlTexts& texts) {
  const fs::path file = FileOf(store, template_id);
  ASSAYD_CHECK(MakePrivateFolder(file.parent_path()));
  std::error_code error;
  if (texts.empty()) {
    fs::remove(file, error);
    return {};
  }
  ASSAYD_CHECK(ReplaceFile(files, file, DumpJson(Json(texts))));
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return Fail(ErrorCode::kIo, file.string() + ": " + error.message());
  return {};
}

ControlTexts LoadControlTexts(const fs::path& store, const std::string& template_id) {
  std::ifstream file(FileOf(store, template_id));
  std::stringstream text;
  text << file.rdbuf();
  const auto json = ParseJson(
      text.str(), {.bytes_max = 64 * 1024 * 1024, .depth_max = 4, .values_max = 1'000'000});
  ControlTexts texts;
  if (!json || !json->is_object()) return texts;
  for (const auto& [id, value] : json->items()) {
    if (value.is_string()) texts.emplace(id, value.get<std::string>());
  }
  return texts;
}

}  // namespace assayd::daemon
