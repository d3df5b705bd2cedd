#pragma once

#include <filesystem>

#include "base/crypto.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/random.h"

namespace assayd::daemon {

/// The key that wraps all keys of a store. An empty `configured` means `store.key` in the store's
/// folder, which is made with the store, mode 0600, with a line in the log that says to move it
/// away. kConfiguration when the store exists and its key does not: what it wrapped could never be
/// opened again, and, with the command that cures it, when ReadSecretFile refuses it.
Result<Key256> ReadOrMakeStoreKey(FileSystem& files, const std::filesystem::path& store,
                                  const std::filesystem::path& configured, Random& random);

}  // namespace assayd::daemon
