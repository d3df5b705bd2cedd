#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "simulator/tenant/tenant_identity.h"

/// A simulated Microsoft 365 tenant: a server of its own, written against Microsoft's
/// documentation. docs/simulator.md says what it answers.
namespace assayd::simulator {

struct Options {
  std::string listen = "127.0.0.1:8788";  ///< host:port; port 0 picks a free one
  /// Everybody who reaches the port may change the tenants: other addresses must be asked for.
  bool allows_other_than_loopback = false;
  std::vector<std::string> allowed_hosts{};  ///< names it may be called by, besides loopback
  std::vector<TenantIdentity> tenants{};     ///< empty: kDefaultTenantId alone
  std::filesystem::path captures{};          ///< a folder of captured answers; empty for none
  std::uint64_t seed = 1;                    ///< the same seed tells the same story
  /// The story leaves multifactor authentication for all users enforced, not in report-only mode.
  bool ends_with_mfa_enforced = false;
  Milliseconds audit_delay{0};               ///< until an audit record can be read
  Milliseconds secure_score_delay{300'000};  ///< until Secure Score notices a change
  Milliseconds token_lifetime{3'599'000};    ///< by `clock`, not by POST /clock
};

inline constexpr const char* kDefaultTenantId = "6f1a2c34-5b7d-4e8f-9a0b-c1d2e3f40516";

/// The running server with its threads.
class Simulator {
 public:
  /// Listens before it returns. kPermissionDenied for an address that is not loopback,
  /// kInvalidArgument for one that is none and for tenants whose id is no UUID or stands there
  /// twice, kNotFound for a folder of captures that is none; else as http::Server::Start. `clock`
  /// and `random` must outlive the simulator.
  static Result<std::unique_ptr<Simulator>> Start(Options options, const Clock& clock,
                                                  Random& random);
  ~Simulator();  ///< Stop, if it was not stopped
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// "http://127.0.0.1:8788", with the port that was really taken.
  [[nodiscard]] std::string url() const;
  /// Those that are served; never empty.
  [[nodiscard]] const std::vector<TenantIdentity>& tenants() const;

  /// Accepts nothing more and cuts off answers that are still under way. Idempotent.
  void Stop();

 private:
  struct Parts;
  explicit Simulator(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace assayd::simulator
