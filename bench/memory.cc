// Memory: what a real `assayd serve` holds with one tenant, and with a thousand more, each with
// eight frameworks and three settings read. Beside it: the bytes that the units and controls of a
// thousand tenants take as bare arrays.
#include <fmt/format.h>

#include <algorithm>

#include "bench/daemon_process.h"
#include "bench/eight_frameworks.h"
#include "bench/load.h"

namespace assayd::bench {
namespace {

constexpr double kMegabyte = 1e6;
constexpr std::uint32_t kAtOnce = 100;

struct Resident {
  double after_load = 0;     ///< with what RocksDB and the allocator keep of the signals
  double after_restart = 0;  ///< the tenants themselves
};

/// Each tenant is seen once: its settings are known, its units judged. Then the daemon is killed
/// and started again, so that full write buffers are not counted as tenants.
Resident ResidentWith(const Arguments& arguments, const Prepared& prepared, std::uint32_t tenants) {
  const std::filesystem::path store = arguments.cache / "memory-store";
  std::filesystem::remove_all(store);
  const DaemonProcess::Options options{arguments.assayd, store, arguments.catalogue,
                                       prepared.catalogue, tenants};
  Resident resident;
  {
    DaemonProcess daemon(options);
    Load load(daemon.port());
    for (std::uint32_t first = 0; first < tenants; first += kAtOnce) {
      const std::uint32_t count = std::min(kAtOnce, tenants - first);
      load.Post(first, count,
                {"security-defaults", "graph/identitySecurityDefaultsEnforcementPolicy",
                 R"({"isEnabled":true})"});
      load.Post(first, count,
                {"irm-configuration", "exchange/irmConfiguration",
                 R"({"AzureRMSLicensingEnabled":true})"});
      load.Post(first, count, {"conditional-access", "graph/conditionalAccessPolicies", "[]"});
    }
    resident.after_load = daemon.resident();
  }
  DaemonProcess daemon(options);
  Load(daemon.port()).ScorePosition(0);
  resident.after_restart = daemon.resident();
  daemon.Kill();
  std::filesystem::remove_all(store);
  return resident;
}

void Run(const Arguments& arguments) {
  const Prepared prepared = PrepareEight(arguments);
  constexpr std::uint32_t kThousand = 1'000;
  std::vector<double> base;
  std::vector<double> grown;
  std::vector<double> loaded;
  for (int run = 0; run < arguments.runs(); ++run) {
    const Resident one = ResidentWith(arguments, prepared, 1);
    const Resident many = ResidentWith(arguments, prepared, 1 + 4 * kThousand);
    base.push_back(one.after_restart);
    grown.push_back(many.after_restart - one.after_restart);
    loaded.push_back(many.after_load);
  }
  const LayoutSize size = SizeOf(prepared.loaded);
  const double arrays =
      static_cast<double>(kThousand * (size.units * 8 + size.controls * 4)) / kMegabyte;
  const double each = Median(grown) / 4 / kMegabyte;
  Print({"memory of 1,000 tenants, 8 frameworks", fmt::format("{:.1f} MB", each),
         fmt::format("{:.1f} MB bare arrays", arrays), each / arrays, "<= 10 MB", each <= 10});
  const double least = Median(base) / kMegabyte;
  const double program =
      static_cast<double>(std::filesystem::file_size(arguments.assayd)) / kMegabyte;
  Print({"memory of a daemon with one tenant", fmt::format("{:.0f} MB", least),
         fmt::format("{:.0f} MB program file", program), least / program, "<= 96 MB", least <= 96});
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
