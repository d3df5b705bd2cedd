#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using fakes::RawHttpClient;

Options OnlyLocal(const std::filesystem::path& path) {
  Options options;
  options.listen.clear();
  options.local_socket = path;
  return options;
}

TEST(LocalSocketTest, TellsWhoIsAtTheOtherEnd) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "api.sock";
  Peer peer;
  TestServer server(
      [&](auto exchange) {
        peer = exchange->request().peer;
        Echo(exchange);
      },
      OnlyLocal(path));
  auto client = RawHttpClient::Local(path);
  ASSERT_TRUE(client.connected());
  ASSERT_TRUE(client.Send(Get("/", "X-Forwarded-For: 198.51.100.9\r\n")));
  EXPECT_EQ(client.ReadResponse().body, "GET / ");
  EXPECT_EQ(peer.transport, Transport::kLocal);
  EXPECT_EQ(peer.address, "");
  EXPECT_EQ(peer.user_id, ::getuid());
  ASSERT_FALSE(peer.group_ids.empty());
  EXPECT_EQ(peer.group_ids.front(), ::getgid());
  std::vector<gid_t> own(static_cast<std::size_t>(::getgroups(0, nullptr)));
  ASSERT_EQ(::getgroups(static_cast<int>(own.size()), own.data()), static_cast<int>(own.size()));
  for (const gid_t group : own) {
    EXPECT_NE(std::ranges::find(peer.group_ids, group), peer.group_ids.end()) << group;
  }
  EXPECT_EQ(server->url(), "");
  EXPECT_EQ(server->port(), 0);
}

TEST(LocalSocketTest, ServesBothWaysAtOnce) {
  const fakes::TemporaryFolder folder;
  Options options;
  options.local_socket = folder.path() / "api.sock";
  TestServer server(Echo, options);
  auto local = RawHttpClient::Local(options.local_socket);
  auto tcp = server.Connect();
  ASSERT_TRUE(local.Send(Get("/local")) && tcp.Send(Get("/tcp")));
  EXPECT_EQ(local.ReadResponse().body, "GET /local ");
  EXPECT_EQ(tcp.ReadResponse().body, "GET /tcp ");
}

TEST(LocalSocketTest, AcceptsAnyHostButNotNone) {
  const fakes::TemporaryFolder folder;
  TestServer server(Echo, OnlyLocal(folder.path() / "api.sock"));
  auto client = RawHttpClient::Local(folder.path() / "api.sock");
  ASSERT_TRUE(
      client.Send("GET / HTTP/1.1\r\nHost: whatever.example:1\r\n\r\n"
                  "GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(client.ReadResponse().status, 400);
}

TEST(LocalSocketTest, CountsAgainstTheCapOfOneAddress) {
  const fakes::TemporaryFolder folder;
  Options options = OnlyLocal(folder.path() / "api.sock");
  options.limits.connections_per_address = 1;
  std::shared_ptr<Exchange> kept;
  Event handled;
  TestServer server(
      [&](auto exchange) {
        kept = std::move(exchange);
        handled.Set();
      },
      options);
  auto idle = RawHttpClient::Local(options.local_socket);
  auto working = RawHttpClient::Local(options.local_socket);
  ASSERT_TRUE(working.Send(Get("/")));
  EXPECT_TRUE(idle.AwaitClosed()) << "it makes room";
  ASSERT_TRUE(handled.Wait());
  EXPECT_TRUE(RawHttpClient::Local(options.local_socket).AwaitClosed()) << "nobody makes room";
  kept->Respond({.body = "done"});
  EXPECT_EQ(working.ReadResponse().body, "done");
}

TEST(LocalSocketTest, HasMode0660WhateverTheUmaskAndIsRemoved) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "api.sock";
  for (const mode_t mask : {0u, 0077u}) {
    const mode_t before = ::umask(mask);
    {
      TestServer server(Echo, OnlyLocal(path));
      struct stat status{};
      ASSERT_EQ(::lstat(path.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, 0660u);
    }
    ::umask(before);
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST(LocalSocketTest, ReplacesAStaleFileButNotALiveOne) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "api.sock";
  {
    TestServer crashed(Echo, OnlyLocal(path));
    std::filesystem::rename(path, folder.path() / "stale");
  }
  std::filesystem::rename(folder.path() / "stale", path);
  TestServer server(Echo, OnlyLocal(path));
  auto second = Server::Start(OnlyLocal(path), {}, Echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().context.find(path.native()), std::string::npos);
  auto client = RawHttpClient::Local(path);
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 200);
}

TEST(LocalSocketTest, TakesAProcessThatIsTooBusyToAcceptForAlive) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "api.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int busy = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(busy, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(busy, 0), 0);
  const auto waiting = RawHttpClient::Local(path);
  ASSERT_TRUE(waiting.connected());
  EXPECT_FALSE(Server::Start(OnlyLocal(path), {}, Echo));
  EXPECT_TRUE(std::filesystem::exists(path));
  ::close(busy);
}

TEST(LocalSocketTest, LeavesOtherFilesAlone) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "notes.txt";
  std::ofstream(path) << "keep";
  EXPECT_FALSE(Server::Start(OnlyLocal(path), {}, Echo));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
  const auto too_long = Server::Start(OnlyLocal(folder.path() / std::string(200, 'x')), {}, Echo);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(Server::Start(OnlyLocal(folder.path() / "no" / "folder"), {}, Echo));
}

}  // namespace
}  // namespace assayd::http
