#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "daemon/commands/administering.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/output.h"
#include "daemon/commands/stored_log.h"
#include "daemon/judgement_check.h"
#include "projections/digest.h"
#include "projections/rebuild.h"

namespace assayd::daemon {
namespace {

void TellProgress(const char* what, std::uint64_t done, std::uint64_t total) {
  if (total > 0) std::cerr << fmt::format("\r{} {} of {} events ({} %)", what, done, total, done * 100 / total) << std::flush;
}

Json ShardJson(const eventstore::Head& head, const std::string& digest) {
  return {{"shard", 0}, {"position", head.tree_size}, {"root", ToHex(head.root)}, {"score_digest", digest}};
}

Result<std::string> DigestOf(StoredLog& stored, std::uint64_t* events = nullptr) {
  projections::RebuildOptions options;
  options.threads = std::max(1U, std::thread::hardware_concurrency());
  options.use_snapshots = false;
  const std::uint64_t total = stored.log().acknowledged();
  options.progress = [total](std::uint64_t done) { TellProgress("folded", done, total); };
  ASSAYD_TRY(const auto rebuilt, projections::Rebuild(stored.log(), stored.catalogues(), options));
  std::cerr << "\r";
  if (events != nullptr) *events = rebuilt.events;
  return ToHex(projections::ScoreDigest(rebuilt.views));
}

Result<Exit> Verify(const Context& context, bool judgements) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  ASSAYD_TRY(const auto stored, StoredLog::Open(settings.store.path));
  const auto damaged = [&](const std::string& text, std::uint64_t position) {
    const Json answer{{"shards", {ShardJson(stored->log().head(), "")}}, {"ok", false}, {"reason", text}, {"position", position}};
    PrintText(context, answer, "NOT OK: " + text + "\n");
    return Exit::kIntegrity;
  };
  if (const auto reason = stored->log().read_only_reason()) return damaged(reason->text, reason->missing_position);
  const std::uint64_t total = stored->log().acknowledged();
  const auto verified = stored->log().Verify([total](std::uint64_t done) { TellProgress("hashed", done, total); });
  std::cerr << "\r";
  if (!verified) return damaged(verified.error().context, 0);
  const auto digest = DigestOf(*stored);
  if (!digest) return damaged(digest.error().context, 0);
  std::string judged;
  if (judgements) {
    const auto checked = CheckJudgements(stored->log(), stored->catalogues(),
                                         [total](std::uint64_t done) { TellProgress("judged", done, total); });
    std::cerr << "\r";
    if (!checked) return damaged(checked.error().context, 0);
    judged = fmt::format("{} judgements repeated, all the same\n", checked->judged);
  }
  const Json answer{{"shards", {ShardJson(*verified, *digest)}}, {"ok", true}};
  PrintText(context, answer, fmt::format("OK: {} events, root {}\nscore_digest {}\n{}", verified->tree_size, ToHex(verified->root), *digest, judged));
  return Exit::kOk;
}

Result<Exit> RebuildAll(const Context& context) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  PosixFileSystem files;
  // Where nobody else holds the store, the snapshots are taken anew too.
  auto held = eventstore::EventLog::Open({.path = settings.store.path, .files = &files});
  const bool busy = !held && held.error().code == ErrorCode::kStoreBusy;
  if (!held && !busy) return std::unexpected(held.error());
  if (held) {
    if (const auto reason = (*held)->read_only_reason()) return Fail(ErrorCode::kStoreCorrupt, reason->text);
    ASSAYD_CHECK((*held)->DeleteSnapshots(""));
    held->reset();
  }
  ASSAYD_TRY(const auto stored, StoredLog::Open(settings.store.path));
  std::uint64_t events = 0;
  ASSAYD_TRY(const std::string digest, DigestOf(*stored, &events));
  Json answer{{"shards", {ShardJson(stored->log().head(), digest)}}, {"ok", true}};
  std::string text = fmt::format("rebuilt from {} events up to position {}\nscore_digest {}\n", events, stored->log().acknowledged(), digest);
  if (busy) {
    ASSAYD_TRY(const auto client, DaemonClient::Open(context));
    ASSAYD_TRY(const Json live, client.Get("/integrity"));
    const Json& shard = live["shards"][0];
    const bool same_moment = shard["position"] == stored->log().acknowledged();
    if (same_moment && shard["score_digest"] != digest) {
      return Fail(ErrorCode::kStoreCorrupt, "the running daemon says score_digest " + TextOf(shard, "score_digest") + ", its log says " + digest);
    }
    text += same_moment ? "the running daemon has the same\n" : "the running daemon has gone on to position " + TextOf(shard, "position") + "\n";
  }
  PrintText(context, answer, text);
  return Exit::kOk;
}

}  // namespace

void AddStoreCommands(CLI::App& app, Context& context) {
  auto* const verify = app.add_subcommand("verify", "proves that the log is what was acknowledged; also beside a running daemon");
  verify->footer("Examples:\n  assayd verify --data /var/lib/assayd\n  assayd verify --judgements --output json");
  const auto judgements = std::make_shared<bool>(false);
  verify->add_flag("--judgements", *judgements, "judge every reading again and compare with what was recorded");
  verify->callback([&context, judgements] { context.run = [&context, judgements] { return Verify(context, *judgements); }; });
  auto* const rebuild = app.add_subcommand("rebuild", "folds the whole log anew, without snapshots, and tells the score_digest");
  rebuild->footer("Example:\n  assayd rebuild --data /var/lib/assayd");
  rebuild->callback([&context] { context.run = [&context] { return RebuildAll(context); }; });
}

}  // namespace assayd::daemon
