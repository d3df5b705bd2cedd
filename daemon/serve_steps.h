#pragma once

#include <span>

#include "daemon/serve.h"

namespace assayd::daemon {

/// The steps of a start, each a name for /readyz?verbose and what it does.
struct ServeSteps {
  struct Step {
    const char* name;
    const char* purpose;
    Result<> (*run)(Serve& serve);
  };
  static std::span<const Step> All();

  /// The tokens of the file that the configuration names; none when it names none.
  static Result<Tokens> TokensOf(const config::Settings& settings);
  /// The parts of a start that a reload repeats.
  static Result<> AdoptCatalogue(Serve& serve);
  static Result<> ConfigureTenants(Serve& serve);

 private:
  static Result<> ReadTokens(Serve& serve);
  static Result<> Listen(Serve& serve);
  static Result<> OpenStore(Serve& serve);
  static Result<> LoadViews(Serve& serve);
  static Result<> StartWriter(Serve& serve);
  static Result<> OpenApi(Serve& serve);
};

}  // namespace assayd::daemon
