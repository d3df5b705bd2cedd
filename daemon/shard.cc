#include "daemon/shard.h"

#include <fmt/format.h>

#include <future>

#include "base/log.h"
#include "config/catalogue_folder.h"
#include "projections/rebuild.h"

namespace assayd::daemon {

Shard::Shard(ShardOptions options, const Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      catalogues_(
          [this](const Digest& sha256) -> std::optional<std::string> {
            const auto document = ReadDocument(*log_, domain::TenantId::System(), sha256);
            return document ? *document : std::nullopt;
          },
          [](std::string_view text) { return config::ParseCanonicalCatalogue(text); }),
      keys_(options_.store_key, random,
            [this](std::string_view name) { return log_->GetKey(name); }),
      space_(options_.path, clock) {}

Shard::~Shard() { Stop(); }

Result<> Shard::Open() {
  ASSAYD_TRY(log_, eventstore::EventLog::Open(
                       {.path = options_.path, .shard = options_.number, .files = &files_}));
  quarantine_.emplace(*log_, clock_, random_);
  past_.emplace(*log_, catalogues_);
  feed_.emplace(*log_, keys_, clock_);
  return {};
}

Result<> Shard::Load(std::function<void(std::uint64_t events)> progress) {
  projections::RebuildOptions options;
  options.threads = options_.rebuild_threads;
  options.use_snapshots = options_.use_snapshots;
  options.progress = std::move(progress);
  if (!log_->read_only_reason()) {
    auto rebuilt = projections::Rebuild(*log_, catalogues_, options);
    if (rebuilt) {
      folded_at_start_ = rebuilt->events;
      fleet_.Replace(std::move(rebuilt->views));
      return {};
    }
    // A newer version's events are no damage.
    if (rebuilt.error().code == ErrorCode::kUnknownEvent) return std::unexpected(rebuilt.error());
    log_->Condemn({ErrorCode::kStoreCorrupt, rebuilt.error().context});
  }
  ASSAYD_TRY(auto salvaged, FindTouched(*log_->read_only_reason()));
  fleet_.Replace(std::move(salvaged.views));
  return {};
}

/// Folds what is left, and notes whom the damage touches and where it begins.
Result<projections::Salvaged> Shard::FindTouched(const eventstore::ReadOnlyReason& reason) {
  const auto suspicion =
      reason.altered ? projections::Suspicion::kAltered : projections::Suspicion::kMissing;
  ASSAYD_TRY(auto salvaged, projections::Salvage(*log_, catalogues_, suspicion));
  if (salvaged.first_position && *salvaged.first_position != reason.missing_position) {
    auto exact = reason;
    exact.missing_position = *salvaged.first_position;
    log_->Condemn(std::move(exact));
  }
  const auto position = log_->read_only_reason()->missing_position;
  damage_.Set({salvaged.touched, fmt::format("from position {} on: {}", position, reason.text)});
  log::Error("tenants whose score is unknown",
             {{"tenants", salvaged.touched.size()}, {"position", position}});
  return salvaged;
}

void Shard::Condemn(const eventstore::ReadOnlyReason& reason) {
  log_->Condemn(reason);
  // The views stay as they are: they were folded from what was read and held against its checksums.
  if (const auto salvaged = FindTouched(reason); !salvaged)
    log::Error("the damaged log cannot be read", {{"error", salvaged.error().ToString()}});
}

void Shard::MakeWriter() {
  WriterOptions options;
  options.journal.shard = options_.number;
  options.space = &space_;
  writer_.emplace(
      Writer::Parts{*log_, fleet_, catalogues_, keys_, ages_, *quarantine_, clock_, random_},
      options, [this](std::uint64_t) { feed_->Wake(); });
}

Result<> Shard::Start() {
  MakeWriter();
  if (!log_->read_only_reason()) {
    const auto prepared = writer_->Prepare();
    if (prepared) {
      writing_ = std::jthread([this](const std::stop_token& stop) { writer_->Run(stop); });
    } else if (prepared.error().code == ErrorCode::kStoreCorrupt) {
      Condemn({ErrorCode::kStoreCorrupt, prepared.error().context, log_->acknowledged()});
      MakeWriter();
    } else {
      return prepared;
    }
  }
  feed_->Start();
  return {};
}

void Shard::Stop() {
  if (writing_.joinable()) {
    writing_.request_stop();
    writing_.join();
  }
  if (feed_) feed_->Stop();
  writer_.reset();
}

Answer Shard::Ask(Input input) {
  // Shared, because the writer may answer after an impatient caller is gone.
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  writer_->Submit(std::move(input),
                  [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

}  // namespace assayd::daemon
