#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/catalogue_folder.h"

namespace assayd::bench {

enum class ActionKind : std::uint8_t { kTechnical, kManual, kMicrosoft };

/// Frameworks, their controls, and the actions that each control asks for.
struct FrameworkGraph {
  struct Action {
    std::string id;
    ActionKind kind = ActionKind::kTechnical;
  };
  struct Control {
    std::string id;
    std::vector<std::uint32_t> actions;
  };
  struct Framework {
    std::string id;
    std::vector<Control> controls;
  };
  std::vector<Action> actions;
  std::vector<Framework> frameworks;  ///< those that ask for anything
  bool generated = false;
};

/// The tables of FOLDER/azure-policy; without them a generated graph of the same size.
FrameworkGraph ReadGraph(const std::filesystem::path& folder);

/// All frameworks, or the current editions of eight that many tenants have.
enum class Frameworks : std::uint8_t { kAll, kEight };

/// The catalogue that ships, with the graph's actions and frameworks laid over it: `folder` is what
/// `catalogue.paths` names behind it. A new tenant is assessed by the chosen frameworks alone.
config::LoadedCatalogue CatalogueOf(const FrameworkGraph& graph, Frameworks frameworks,
                                    const std::filesystem::path& shipped,
                                    const std::filesystem::path& folder);

}  // namespace assayd::bench
