#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/file_descriptor.h"

namespace assayd::http {

/// A socket that listens, not blocking.
struct ListeningSocket {
  FileDescriptor descriptor;
  std::string host;        ///< as in a URL: IPv6 in brackets; empty for a local socket
  std::uint16_t port = 0;  ///< the one really taken
};

/// `address` is "host:port" or "[v6]:port"; port 0 takes a free one. kInvalidArgument for what is
/// no such address, kPermissionDenied or kIo with the address named for what the system refuses.
Result<ListeningSocket> ListenTcp(std::string_view address);

/// A local socket of mode 0660 whatever the umask. A stale file of a dead process is replaced; kIo
/// when a live one answers there, or when something other than a socket has the name.
Result<ListeningSocket> ListenLocal(const std::filesystem::path& path);

/// The file of a listening local socket; removes it at its end, unless another socket has taken its
/// name meanwhile.
class LocalSocketFile {
 public:
  explicit LocalSocketFile(std::filesystem::path path);
  ~LocalSocketFile();
  LocalSocketFile(const LocalSocketFile&) = delete;
  LocalSocketFile& operator=(const LocalSocketFile&) = delete;

 private:
  const std::filesystem::path path_;
  std::uint64_t inode_ = 0;
};

}  // namespace assayd::http
