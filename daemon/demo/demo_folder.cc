#include "daemon/demo/demo_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/crypto.h"
#include "base/file_system.h"
#include "base/text.h"

namespace assayd::daemon {
namespace {

// Often enough that a change is on the screen before one has looked away from the one who made it.
constexpr const char* kConfiguration =
    R"(# What `assayd demo` runs with: a real configuration, of a tenant that is simulated.
store: {{key_file: store.key}}
tenants:
  - alias: contoso
    tenant_id: {tenant}
    tags: [demo]
    cloud: {{authority: "{url}", graph: "{url}", exchange: "{url}"}}
    credential: {{client_id: 11111111-1111-4111-8111-111111111111, client_secret_file: client-secret}}
    sources:
      security-defaults: {{interval: 2s}}
      conditional-access: {{interval: 2s}}
      irm-configuration: {{interval: 2s}}
      directory-audits: {{interval: 2s}}
      secure-score: {{interval: 15s}}
      control-profiles: {{interval: 1h}}
)";

}  // namespace

Result<DemoFolder> DemoFolder::Make(const std::filesystem::path& named) {
  if (!named.empty()) {
    ASSAYD_CHECK(MakePrivateFolder(named));
    return DemoFolder(std::filesystem::absolute(named), false);
  }
  std::error_code ignored;
  auto base = std::filesystem::temp_directory_path(ignored);
  if (ignored) base = "/tmp";
  std::string pattern = (base / "assayd-demo-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return Fail(ErrorCode::kIo, fmt::format("cannot create a folder under {}: {}", base.string(),
                                            std::strerror(errno)));
  }
  return DemoFolder(pattern, true);
}

DemoFolder::DemoFolder(DemoFolder&& other) noexcept
    : path_(std::move(other.path_)), is_ours_(std::exchange(other.is_ours_, false)) {}

DemoFolder::~DemoFolder() {
  std::error_code ignored;
  if (is_ours_) std::filesystem::remove_all(path_, ignored);
}

Result<std::filesystem::path> DemoFolder::WriteConfiguration(const std::string& simulator_url,
                                                             const std::string& directory_id,
                                                             Random& random) const {
  PosixFileSystem files;
  if (!files.Exists(path_ / "store.key")) {
    Key256 key{};
    random.Fill(key);
    ASSAYD_CHECK(ReplaceFile(files, path_ / "store.key", ToHex(key) + "\n"));
  }
  ASSAYD_CHECK(ReplaceFile(files, path_ / "client-secret", "simulated-secret\n"));
  const auto file = path_ / "assayd.yaml";
  ASSAYD_CHECK(
      ReplaceFile(files, file,
                  fmt::format(fmt::runtime(kConfiguration), fmt::arg("tenant", directory_id),
                              fmt::arg("url", simulator_url))));
  return file;
}

}  // namespace assayd::daemon
