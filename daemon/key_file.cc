#include "daemon/key_file.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace assayd::daemon {
namespace {

Result<Key256> ParseKey(const std::filesystem::path& path) {
  const auto text = ReadSecretFile(path);
  if (!text) {
    const bool refused = text.error().code == ErrorCode::kPermissionDenied;
    return Fail(refused ? ErrorCode::kConfiguration : text.error().code, text.error().context);
  }
  const auto bytes = FromHex(*text);
  Key256 key{};
  if (!bytes || bytes->size() != key.size()) {
    return Fail(ErrorCode::kConfiguration,
                path.string() + " is no key: it must hold 64 hex digits");
  }
  std::ranges::copy(*bytes, key.begin());
  return key;
}

}  // namespace

Result<Key256> ReadOrMakeStoreKey(FileSystem& files, const std::filesystem::path& store,
                                  const std::filesystem::path& configured, Random& random) {
  const std::filesystem::path path = configured.empty() ? store / "store.key" : configured;
  if (files.Exists(path)) return ParseKey(path);
  if (files.Exists(store / "HEAD")) {
    return Fail(ErrorCode::kConfiguration,
                path.string() + " is missing, and the store at " + store.string() +
                    " was written with it; put it back, or set store.key_file");
  }
  ASSAYD_CHECK(MakePrivateFolder(path.parent_path()));
  Key256 key{};
  random.Fill(key);
  ASSAYD_CHECK(ReplaceFile(files, path, ToHex(key) + "\n"));
  log::Warn(
      "made the key of the store; move it away from the data, back it up apart, and set "
      "store.key_file",
      {{"path", path.string()}});
  return key;
}

}  // namespace assayd::daemon
