#include "daemon/serve.h"

#include <malloc.h>

#include <thread>

#include "base/log.h"
#include "daemon/api/health.h"
#include "daemon/serve_steps.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kDrain = std::chrono::seconds(8);

}  // namespace

Serve::Serve(ServeOptions options, const Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      sessions_(std::make_unique<Sessions>(clock, random)) {
  if (!options_.connect_token.empty()) {
    tokens_.AddOwn(options_.connect_token, Identity{"connect", Role::kIngest, true, {}});
  }
}

Result<std::unique_ptr<Serve>> Serve::Start(ServeOptions options, const Clock& clock,
                                            Random& random) {
  std::unique_ptr<Serve> serve(new Serve(std::move(options), clock, random));
  for (const auto& step : ServeSteps::All()) serve->readiness_.Expect(step.name);
  const Milliseconds begun = clock.Monotonic();
  for (const auto& step : ServeSteps::All()) {
    if (const auto done = step.run(*serve); !done) {
      return Fail(done.error().code, std::string(step.name) + ": " + done.error().context);
    }
    serve->readiness_.Set(step.name, true, "");
  }
  NoteDamage(serve->readiness_, *serve->shard_);
  // Reading configuration and log took far more than what stays.
  ::malloc_trim(0);
  log::Info("serving", {{"url", serve->url()}, {"took_ms", (clock.Monotonic() - begun).count()}});
  return serve;
}

Serve::~Serve() {
  readiness_.Set("api", false, "stopping");
  // Whoever asks /readyz before sending hears of it while requests are still answered.
  if (api_.load() != nullptr) std::this_thread::sleep_for(options_.notice);
  // Those who wait for events would wait for as long as the drain has patience.
  if (shard_ && api_.load() != nullptr) shard_->feed().Stop();
  if (server_) server_->Stop(kDrain);
  if (housekeeping_) {
    housekeeping_->Stop();
    if (!shard_->log().read_only_reason()) housekeeping_->TakeSnapshots();
    housekeeping_.reset();
  }
  if (shard_) shard_->Stop();
}

std::string Serve::url() const { return server_->url(); }

http::Admission Serve::Admit(const http::Request& head) const {
  if (const Api* const api = api_.load()) return api->Admit(head);
  return {};
}

void Serve::Handle(const std::shared_ptr<http::Exchange>& exchange) const {
  if (const Api* const api = api_.load()) return api->Handle(exchange);
  exchange->Respond(AnswerWhileStarting(readiness_, exchange->request()));
}

Result<> Serve::Reload(const config::Settings& settings) {
  // What may be wrong in a file is looked at before anything is taken over.
  ASSAYD_TRY(auto tokens, ServeSteps::TokensOf(settings));
  const config::Settings before = std::exchange(options_.settings, settings);
  for (auto* const step : {&ServeSteps::AdoptCatalogue, &ServeSteps::ConfigureTenants}) {
    if (auto done = (*step)(*this); !done) {
      options_.settings = before;
      return done;
    }
  }
  tokens_.Replace(std::move(tokens));
  log::Info("configuration read again", {{"tenants", settings.tenants.size()}});
  return {};
}

void Serve::NoteReload(const Result<>& done) { readiness_.NoteReload(done); }

}  // namespace assayd::daemon
