#include "daemon/shard.h"

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
      keys_(options_.store_key, random, [this](std::string_view name) { return log_->GetKey(name); }) {}

Shard::~Shard() { Stop(); }

Result<> Shard::Open() {
  ASSAYD_TRY(log_, eventstore::EventLog::Open({.path = options_.path, .shard = options_.number, .files = &files_}));
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
  ASSAYD_TRY(auto rebuilt, projections::Rebuild(*log_, catalogues_, options));
  folded_at_start_ = rebuilt.events;
  fleet_.Replace(std::move(rebuilt.views));
  return {};
}

Result<> Shard::Start() {
  WriterOptions options;
  options.journal.shard = options_.number;
  writer_.emplace(Writer::Parts{*log_, fleet_, catalogues_, keys_, ages_, *quarantine_, clock_, random_}, options,
                  [this](std::uint64_t) { feed_->Wake(); });
  if (!log_->read_only_reason()) {
    ASSAYD_CHECK(writer_->Prepare());
    writing_ = std::jthread([this](const std::stop_token& stop) { writer_->Run(stop); });
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
  writer_->Submit(std::move(input), [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

}  // namespace assayd::daemon
