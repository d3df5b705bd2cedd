#include "daemon/api/pages.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "daemon/api/routes.h"
#include "embedded/web.h"

namespace assayd::daemon {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";

struct File {
  std::string_view path;  ///< as asked for
  std::string_view name;  ///< below web/
  std::string_view type;
};

// What is not here does not exist: a path never becomes the name of a file.
constexpr auto kFiles = std::to_array<File>({
    {"/", "index.html", kHtml},
    {"/assets/status.css", "assets/status.css", "text/css; charset=utf-8"},
    {"/assets/icon.svg", "assets/icon.svg", "image/svg+xml"},
    {"/assets/main.js", "assets/main.js", kScript},
    {"/assets/api.js", "assets/api.js", kScript},
    {"/assets/changes.js", "assets/changes.js", kScript},
    {"/assets/dom.js", "assets/dom.js", kScript},
    {"/assets/live.js", "assets/live.js", kScript},
    {"/assets/login.js", "assets/login.js", kScript},
    {"/assets/quarantine.js", "assets/quarantine.js", kScript},
    {"/assets/regressions.js", "assets/regressions.js", kScript},
    {"/assets/score.js", "assets/score.js", kScript},
    {"/assets/sources.js", "assets/sources.js", kScript},
    {"/assets/text.js", "assets/text.js", kScript},
    {"/assets/trend.js", "assets/trend.js", kScript},
    {"/assets/trend_table.js", "assets/trend_table.js", kScript},
});

// Our own files and nothing else, and no script may turn text into markup.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

const std::vector<std::string>& Tags() {
  static const std::vector<std::string> kTags = [] {
    std::vector<std::string> tags;
    for (const File& file : kFiles) {
      const Digest digest = HashOf(embedded::web(file.name));
      tags.push_back("\"" + ToHex(std::span(digest).first(12)) + "\"");
    }
    return tags;
  }();
  return kTags;
}

std::vector<http::Field> HeadersOf(const File& file, const http::Request& request) {
  std::vector<http::Field> headers{
      {"Content-Type", std::string(file.type)},
      // Asked again each time, so that an upgraded daemon never runs half of an old page.
      {"Cache-Control", "no-cache"},
      {"ETag", std::string(TagOfPage(file.path))},
      {"Content-Security-Policy", kContentSecurityPolicy},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}};
  if (request.peer.transport == http::Transport::kTls) {
    headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
  }
  return headers;
}

Reply<> AnswerPage(Services&, const Call& call) {
  if (auto page = FindPage(call.request)) return *std::move(page);
  return RefuseUnknown("file");
}

}  // namespace

std::string_view TagOfPage(std::string_view path) {
  const auto file = std::ranges::find(kFiles, path, &File::path);
  if (file == kFiles.end()) return {};
  return Tags()[static_cast<std::size_t>(file - kFiles.begin())];
}

std::optional<http::Response> FindPage(const http::Request& request) {
  const auto file = std::ranges::find(kFiles, request.path, &File::path);
  if (file == kFiles.end()) return std::nullopt;
  const bool known = KnowsTag(request, TagOfPage(file->path));
  return http::Response{known ? 304 : 200, HeadersOf(*file, request),
                        known ? std::string() : std::string(embedded::web(file->name))};
}

std::vector<Route> PageRoutes() {
  return {{"GET", "/", Need::kNothing, &AnswerPage, {}},
          {"GET", "/assets/{file}", Need::kNothing, &AnswerPage, {}}};
}

}  // namespace assayd::daemon
