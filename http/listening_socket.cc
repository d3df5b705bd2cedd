#include "http/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "http/host.h"

namespace assayd::http {
namespace {

constexpr mode_t kLocalMode = 0660;

std::unexpected<Error> SystemError(std::string_view place) {
  const int number = errno;
  const auto code =
      number == EACCES || number == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kIo;
  return Fail(code,
              "listen on " + std::string(place) + ": " + std::generic_category().message(number));
}

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

Result<AddressList> Resolve(const Authority& authority) {
  std::string host = authority.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  // RFC 6761, 6.3: what it means is known, also where no file and no server says it.
  if (host == "localhost") host = "127.0.0.1";
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(*authority.port);
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "listen on " + host + ": " + std::string(::gai_strerror(error)));
  }
  return AddressList(list);
}

Result<std::uint16_t> PortOf(int descriptor, std::string_view address) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return SystemError(address);
  }
  in_port_t port = 0;
  if (bound.ss_family == AF_INET6) {
    port = reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port;
  } else {
    port = reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  }
  return ntohs(port);
}

// 0 when there is none.
std::uint64_t InodeOf(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// Refuses a path that a living process answers on, or that is no socket; removes a stale one.
Result<> ClearTheWay(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return SystemError(path.native());
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(ErrorCode::kIo, "listen on " + path.native() + ": the file is not a socket");
  }
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.is_open()) return SystemError(path.native());
  // A full backlog answers EAGAIN: somebody listens there too.
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return Fail(ErrorCode::kIo, "listen on " + path.native() + ": another process answers there");
  }
  if (errno != ECONNREFUSED || ::unlink(path.c_str()) != 0) return SystemError(path.native());
  return {};
}

}  // namespace

Result<ListeningSocket> ListenTcp(std::string_view address) {
  auto authority = ParseAuthority(address);
  if (!authority || !authority->port) {
    return Fail(ErrorCode::kInvalidArgument,
                "listen: '" + std::string(address) + "' is not host:port");
  }
  ASSAYD_TRY(const AddressList list, Resolve(*authority));
  ListeningSocket socket;
  socket.host = authority->host;
  socket.descriptor.Reset(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int reuse = 1;
  if (!socket.descriptor.is_open() ||
      ::setsockopt(socket.descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
      ::bind(socket.descriptor.get(), list->ai_addr, list->ai_addrlen) != 0 ||
      ::listen(socket.descriptor.get(), SOMAXCONN) != 0) {
    return SystemError(address);
  }
  ASSAYD_TRY(socket.port, PortOf(socket.descriptor.get(), address));
  return socket;
}

Result<ListeningSocket> ListenLocal(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return Fail(ErrorCode::kInvalidArgument,
                "listen on " + path.native() + ": the path is longer than a socket's may be");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  ASSAYD_CHECK(ClearTheWay(path, address));
  ListeningSocket socket;
  socket.descriptor.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Linux gives the file the mode of the socket's inode: it is never wider, not even between bind
  // and chmod. chmod then undoes a umask that made it narrower.
  if (!socket.descriptor.is_open() || ::fchmod(socket.descriptor.get(), kLocalMode) != 0 ||
      ::bind(socket.descriptor.get(), reinterpret_cast<const sockaddr*>(&address),
             sizeof address) != 0 ||
      ::chmod(path.c_str(), kLocalMode) != 0 || ::listen(socket.descriptor.get(), SOMAXCONN) != 0) {
    return SystemError(path.native());
  }
  return socket;
}

LocalSocketFile::LocalSocketFile(std::filesystem::path path)
    : path_(std::move(path)), inode_(InodeOf(path_)) {}

LocalSocketFile::~LocalSocketFile() {
  if (inode_ != 0 && InodeOf(path_) == inode_) ::unlink(path_.c_str());
}

}  // namespace assayd::http
