#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
  if (total > 0)
    std::cerr << fmt::format("\r{} {} of {} events ({} %)", what, done, total, done * 100 / total)
              << std::flush;
}

/// The same members whatever is found: those that are not known are null.
Json ShardsJson(const Json& position, const Json& root, const Json& digest, const Json& error) {
  return Json::array({{{"shard", 0},
                       {"position", position},
                       {"root", root},
                       {"score_digest", digest},
                       {"error", error}}});
}

Json ShardsJson(const eventstore::Head& head, const std::string& digest) {
  return ShardsJson(head.tree_size, ToHex(head.root), digest, nullptr);
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

struct VerifyOptions {
  bool judgements = false;
  std::string root;        ///< of a checkpoint kept elsewhere, in hex
  std::uint64_t size = 0;  ///< how many events it is of; 0: all that were acknowledged
};

Result<std::optional<eventstore::Head>> CheckpointOf(const VerifyOptions& options,
                                                     const eventstore::EventLog& log) {
  if (options.root.empty()) return std::optional<eventstore::Head>();
  const auto bytes = FromHex(options.root);
  eventstore::Head checkpoint;
  if (!bytes || bytes->size() != checkpoint.root.size())
    return Fail(ErrorCode::kInvalidArgument,
                "--root must be 64 hex digits, as `assayd verify` prints them");
  std::ranges::copy(*bytes, checkpoint.root.begin());
  checkpoint.tree_size = options.size > 0 ? options.size : log.head().tree_size;
  return std::optional(checkpoint);
}

Exit TellDamage(const Context& context, const std::string& text,
                std::optional<std::uint64_t> position) {
  const Json answer{
      {"shards", ShardsJson(position ? Json(*position) : Json(), nullptr, nullptr, text)},
      {"ok", false}};
  PrintText(context, answer,
            (position ? fmt::format("NOT OK, first at position {}: ", *position) : "NOT OK: ") +
                EscapeForLine(text) + "\n");
  return Exit::kIntegrity;
}

/// A store that cannot even be opened is not what was acknowledged either.
bool IsDamage(ErrorCode code) {
  return code == ErrorCode::kStoreCorrupt || code == ErrorCode::kStoreNewer ||
         code == ErrorCode::kStorageFailed;
}

Result<Exit> Verify(const Context& context, const VerifyOptions& options) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  const auto opened = StoredLog::Open(settings.store.path);
  if (!opened && IsDamage(opened.error().code))
    return TellDamage(context, opened.error().ToString(), std::nullopt);
  if (!opened) return std::unexpected(opened.error());
  StoredLog& stored = **opened;
  ASSAYD_TRY(const auto checkpoint, CheckpointOf(options, stored.log()));
  if (const auto reason = stored.log().read_only_reason())
    return TellDamage(context, reason->text, reason->missing_position);
  const std::uint64_t total = stored.log().acknowledged();
  ASSAYD_TRY(const auto examined,
             stored.log().Examine(
                 [total](std::uint64_t done) { TellProgress("hashed", done, total); }, checkpoint));
  std::cerr << "\r";
  if (examined.damage)
    return TellDamage(context, examined.damage->text, examined.damage->missing_position);
  const auto digest = DigestOf(stored);
  if (!digest) return TellDamage(context, digest.error().context, std::nullopt);
  std::string judged;
  if (options.judgements) {
    const auto checked =
        CheckJudgements(stored.log(), stored.catalogues(),
                        [total](std::uint64_t done) { TellProgress("judged", done, total); });
    std::cerr << "\r";
    if (!checked) return TellDamage(context, checked.error().context, std::nullopt);
    if (const auto& wrong = checked->first_wrong)
      return TellDamage(context, wrong->text, wrong->position);
    judged = fmt::format("{} judgements repeated, all the same\n", checked->judged);
  }
  const Json answer{{"shards", ShardsJson(examined.head, *digest)}, {"ok", true}};
  PrintText(context, answer,
            fmt::format("OK: {} events, root {}\nscore_digest {}\n{}", examined.head.tree_size,
                        ToHex(examined.head.root), *digest, judged));
  return Exit::kOk;
}

Result<Exit> RebuildAll(const Context& context) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  PosixFileSystem files;
  // Where nobody else holds the store, the snapshots are taken anew too.
  auto held =
      eventstore::EventLog::Open({.path = settings.store.path, .create = false, .files = &files});
  const bool busy = !held && held.error().code == ErrorCode::kStoreBusy;
  if (!held && !busy) return std::unexpected(held.error());
  if (held) {
    if (const auto reason = (*held)->read_only_reason())
      return Fail(ErrorCode::kStoreCorrupt, reason->text);
    ASSAYD_CHECK((*held)->DeleteSnapshots(""));
    held->reset();
  }
  ASSAYD_TRY(const auto stored, StoredLog::Open(settings.store.path));
  std::uint64_t events = 0;
  ASSAYD_TRY(const std::string digest, DigestOf(*stored, &events));
  const Json answer{{"shards", ShardsJson(stored->log().head(), digest)}, {"ok", true}};
  std::string text = fmt::format("rebuilt from {} events up to position {}\nscore_digest {}\n",
                                 events, stored->log().acknowledged(), digest);
  if (busy) {
    ASSAYD_TRY(const auto client, DaemonClient::Open(context));
    ASSAYD_TRY(const Json live, client.Get("/integrity"));
    const Json& shard = live["shards"][0];
    const bool same_moment = shard["position"] == stored->log().acknowledged();
    if (same_moment && shard["score_digest"] != digest) {
      return Fail(ErrorCode::kStoreCorrupt, "the running daemon says score_digest " +
                                                TextOf(shard, "score_digest") + ", its log says " +
                                                digest);
    }
    text += same_moment
                ? "the running daemon has the same\n"
                : "the running daemon has gone on to position " + TextOf(shard, "position") + "\n";
  }
  PrintText(context, answer, text);
  return Exit::kOk;
}

}  // namespace

void AddStoreCommands(CLI::App& app, Context& context) {
  auto* const verify = app.add_subcommand(
      "verify", "proves that the log is what was acknowledged; also beside a running daemon");
  verify->footer(
      "Examples:\n  assayd verify --data /var/lib/assayd\n  assayd verify --judgements --output "
      "json\n  assayd verify --root 5f1c… --size 120000");
  const auto options = std::make_shared<VerifyOptions>();
  verify->add_flag("--judgements", options->judgements,
                   "judge every reading again and compare with what was recorded");
  auto* const root = verify->add_option(
      "--root", options->root, "a root that was noted elsewhere: the log must still begin so");
  verify
      ->add_option("--size", options->size,
                   "how many events that root is of; without it all of them")
      ->needs(root);
  verify->callback([&context, options] {
    context.RunAlone([&context, options] { return Verify(context, *options); });
  });
  auto* const rebuild = app.add_subcommand(
      "rebuild", "folds the whole log anew, without snapshots, and tells the score_digest");
  rebuild->footer("Example:\n  assayd rebuild --data /var/lib/assayd");
  rebuild->callback([&context] { context.run = [&context] { return RebuildAll(context); }; });
}

}  // namespace assayd::daemon
