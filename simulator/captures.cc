#include "simulator/captures.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "simulator/answer.h"

namespace assayd::simulator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kDateLength = 10;

struct DatedFile {
  std::string_view path;
  std::string_view name;
};

constexpr auto kDatedFiles = std::to_array<DatedFile>({
    {"/identity/conditionalAccess/policies", "conditionalAccess-policies"},
    {"/policies/identitySecurityDefaultsEnforcementPolicy",
     "identitySecurityDefaultsEnforcementPolicy"},
    {"/policies/authorizationPolicy", "authorizationPolicy"},
    {"/policies/authenticationMethodsPolicy", "authenticationMethods"},
    {"/auditLogs/directoryAudits", "directoryAudits"},
    {kCapturedIrmConfiguration, "irmConfiguration"},
});

std::set<std::string> FindDates(const fs::path& folder) {
  std::set<std::string> dates;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const auto stem = entry.path().stem().string();
    if (entry.path().extension() != ".json" || stem.size() <= kDateLength) continue;
    const auto date = stem.substr(stem.size() - kDateLength);
    if (ParseDate(date)) dates.insert(date);
  }
  return dates;
}

std::string LastSegment(std::string_view text, char separator) {
  return std::string(text.substr(std::min(text.rfind(separator) + 1, text.size())));
}

void RewriteItem(Json& item, const std::string& tenant_id) {
  const auto tenant = item.find("azureTenantId");
  if (tenant == item.end() || !tenant->is_string()) return;
  const auto captured = tenant->get<std::string>();
  *tenant = tenant_id;
  const auto id = item.find("id");
  if (id == item.end() || !id->is_string()) return;
  const auto& text = id->get_ref<const std::string&>();
  if (text.starts_with(captured + "_")) *id = tenant_id + "_" + LastSegment(text, '_');
}

}  // namespace

Result<Captures> Captures::Open(fs::path folder) {
  std::error_code none;
  if (!fs::is_directory(folder, none)) {
    return Fail(ErrorCode::kNotFound, "no folder of captures: " + folder.string());
  }
  Captures captures(std::move(folder));
  const auto dates = FindDates(captures.folder_ / "graph-config-history");
  captures.dates_.assign(dates.begin(), dates.end());
  if (!captures.dates_.empty()) captures.date_ = captures.dates_.back();
  return captures;
}

Result<> Captures::Switch(std::string_view date) {
  if (!ParseDate(date)) {
    return Fail(ErrorCode::kInvalidArgument, "not a date of the form 2026-11-22");
  }
  if (std::ranges::find(dates_, date) == dates_.end()) {
    return Fail(ErrorCode::kNotFound, "no file was captured on " + std::string(date));
  }
  date_ = date;
  return {};
}

fs::path Captures::FileFor(std::string_view path) const {
  if (path == "/security/secureScores") {
    return folder_ / "secure-score" / "secureScore-1day.json";
  }
  if (path == "/security/secureScoreControlProfiles") {
    return folder_ / "secure-score" / "secureScoreControlProfiles.json";
  }
  const auto known = std::ranges::find(kDatedFiles, path, &DatedFile::path);
  if (known == kDatedFiles.end() || date_.empty()) return {};
  return folder_ / "graph-config-history" / (std::string(known->name) + "-" + date_ + ".json");
}

Result<std::optional<Json>> Captures::Read(std::string_view path) const {
  const auto file = FileFor(path);
  std::error_code none;
  if (file.empty() || !fs::is_regular_file(file, none)) return std::optional<Json>();
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  ASSAYD_TRY(auto body, ParseJson(text, {.bytes_max = kFileBytesMax}));
  return std::optional<Json>(std::move(body));
}

void RewriteTenant(Json& body, const std::string& tenant_id) {
  if (!body.is_object()) return;
  RewriteItem(body, tenant_id);
  const auto items = body.find("value");
  if (items == body.end() || !items->is_array()) return;
  for (auto& item : *items) {
    if (item.is_object()) RewriteItem(item, tenant_id);
  }
}

void RewriteNextLink(Json& body, const std::string& origin) {
  if (!body.is_object()) return;
  const auto link = body.find("@odata.nextLink");
  if (link == body.end() || !link->is_string()) return;
  const auto text = link->get<std::string>();
  const auto host = text.find("://");
  if (host == std::string::npos) return;
  const auto path = std::min(text.find('/', host + 3), text.size());
  *link = origin + text.substr(path);
}

}  // namespace assayd::simulator
