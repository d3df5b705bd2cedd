#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>

#include "http/asio.h"
#include "http/file_descriptor.h"
#include "http/listening_socket.h"

namespace assayd::http {

/// Takes connections from one listening socket. When the process has no descriptor left, it gives
/// up a spare one to take waiting connections and close them, then rests: neither the clients nor
/// the processor wait. Everything but the constructor runs on its strand.
class Listener {
 public:
  struct Callbacks {
    /// Not blocking, close-on-exec.
    std::function<void(FileDescriptor connection, const sockaddr_storage& peer)> on_connection;
    /// A connection was closed for want of descriptors.
    std::function<void()> on_shed;
  };
  Listener(const Strand& strand, ListeningSocket socket, Callbacks callbacks);

  /// The listener must outlive what runs on the strand.
  void Start();
  void Close();

 private:
  void WaitForConnection();
  void AcceptWaiting();
  /// False when accepting must pause.
  bool OnAcceptError(int error);
  void Shed();
  void Rest();

  Descriptor descriptor_;
  Callbacks callbacks_;
  FileDescriptor spare_;
  Timer rest_;
  std::chrono::steady_clock::time_point next_complaint_;
};

}  // namespace assayd::http
