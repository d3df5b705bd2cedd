#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/name_index.h"
#include "domain/points.h"
#include "domain/rule.h"
#include "domain/setting_schema.h"
#include "domain/status.h"

/// The content: settings, improvement actions with their credit rules, templates. Which catalogue
/// runs is an event; this is the form that was read back from the log.
namespace assayd::domain {

enum class ActionType : std::uint8_t { kTechnical, kDocumentation, kOperational };
enum class Purpose : std::uint8_t { kPreventative, kDetective, kCorrective };
enum class Enforcement : std::uint8_t { kMandatory, kDiscretionary };
enum class ManagedBy : std::uint8_t { kCustomer, kMicrosoft };

/// Compliance categories, as the portals name them.
enum class Category : std::uint8_t {
  kControlAccess,
  kManageDevices,
  kProtectAgainstThreats,
  kProtectInformation,
  kGovernInformation,
  kDiscoverAndRespond,
};
inline constexpr std::size_t kCategoryCount = 6;

std::string_view ToText(Category category);
std::string_view ToText(ActionType type);
std::string_view ToText(Purpose purpose);
std::string_view ToText(Enforcement enforcement);
std::string_view ToText(ManagedBy managed_by);

/// 27, 9, 3 or 1 (domain-model b.1; vector file's `points`).
MicroPoints PointsFor(Purpose purpose, Enforcement enforcement);

struct Action {
  std::string id;
  std::string title;
  std::string description;
  ActionType type = ActionType::kTechnical;
  Purpose purpose = Purpose::kPreventative;
  Enforcement enforcement = Enforcement::kMandatory;
  ManagedBy managed_by = ManagedBy::kCustomer;
  MicroPoints max_points = 0;
  Category category = Category::kControlAccess;
  std::string
      secure_score_category;         ///< identity, data, device, apps, infrastructure; may be empty
  std::string secure_score_control;  ///< the control it follows or is compared with; may be empty
  std::string solution;              ///< where it is done
  std::vector<std::string> steps;
  std::vector<std::string> prerequisites;
  std::vector<std::string> licences;
  std::string configure_link;
  std::string learn_link;
  std::optional<Milliseconds> freshness;  ///< the rule's own; else that of its settings
  std::optional<Rule> rule;               ///< automatic actions have one
  std::optional<TestStatus> fails_as;
  RuleParams params;  ///< defaults; a tenant's configuration replaces them

  /// Counts once per tenant; others count once per group (domain-model b.4).
  [[nodiscard]] bool CountsOncePerTenant() const {
    return type == ActionType::kTechnical || managed_by == ManagedBy::kMicrosoft;
  }
  [[nodiscard]] bool IsAutomatic() const { return rule.has_value(); }
};

enum class Relation : std::uint8_t { kDirect, kIndirect };

struct TemplateControl {
  struct ActionRef {
    std::uint32_t action = 0;  ///< index in Catalogue::actions
    Relation relation = Relation::kDirect;
  };
  std::string id;  ///< as the standard writes it: "AC-2(1)", "Art. 32"
  std::string family;
  std::string title;
  std::string description;  ///< may be empty
  std::string link;         ///< to the text; may be empty
  std::vector<ActionRef> actions;
};

/// What a newer edition says of the one that it replaces.
struct Replacement {
  std::string template_id;
  /// Control there → controls here; what is not listed stands for the one with the same id, if
  /// there is one.
  std::map<std::string, std::vector<std::string>, std::less<>> controls;
};

struct Template {
  std::string id;
  std::string title;
  std::string edition;
  bool superseded = false;
  std::string superseded_by;  ///< id; empty while the newer edition is not here
  std::string regulation;
  std::string product;
  std::string source;   ///< where the list of controls is published
  std::string licence;  ///< of the names used here
  std::vector<std::string> in_scope_services;
  std::optional<Replacement> replaces;
  std::vector<TemplateControl> controls;  ///< as they are listed

  [[nodiscard]] const TemplateControl* FindControl(std::string_view control_id) const;
};

class Catalogue;
/// Whether a template has the same controls with the same actions in two catalogues; true where
/// neither has it.
bool SameControls(const Catalogue& a, const Catalogue& b, std::string_view template_id);

/// One leaf of one action's rule, in the order in which results are stored.
struct LeafPlace {
  std::uint32_t action = 0;
  std::uint32_t leaf = 0;     ///< index in its rule
  std::uint32_t setting = 0;  ///< index in Catalogue::settings
};

/// Immutable once parsed; shared by every tenant that runs it.
class Catalogue {
 public:
  /// Reads the canonical document. Problems are told by pointer into `document`, all at once; then
  /// there is no catalogue (kCatalogueInvalid names the first).
  static Result<std::shared_ptr<const Catalogue>> Parse(const Json& document,
                                                        std::vector<Problem>& problems);

  std::uint64_t version = 0;
  Digest sha256{};  ///< of the canonical text
  std::string title;
  std::vector<SettingSchema> settings;         ///< by name
  std::vector<Action> actions;                 ///< by id
  std::vector<Template> templates;             ///< by id
  std::vector<std::string> default_templates;  ///< of a new tenant
  /// Licence, as actions name it → the service plans that contain it, by the names that
  /// graph/subscribedSkus gives them; none where every tenant has it. Licences that are not listed
  /// are never judged.
  std::map<std::string, std::vector<std::string>, std::less<>> licences;

  std::vector<LeafPlace> leaves;  ///< by (setting, action, leaf)

  [[nodiscard]] std::optional<std::uint32_t> FindAction(std::string_view id) const;
  [[nodiscard]] std::optional<std::uint32_t> FindSetting(std::string_view name) const;
  [[nodiscard]] const Template* FindTemplate(std::string_view id) const;
  /// Places in `leaves` that read a setting: [first, last).
  [[nodiscard]] std::pair<std::size_t, std::size_t> LeavesOf(std::uint32_t setting) const;
  /// Places in `leaves` of an action, one per leaf of its rule, in the rule's order.
  [[nodiscard]] const std::vector<std::uint32_t>& LeavesOfAction(std::uint32_t action) const;

 private:
  class Parser;
  friend class Parser;
  void Index();

  NameIndex action_index_;
  NameIndex setting_index_;
  std::vector<std::size_t> setting_first_leaf_;
  std::vector<std::vector<std::uint32_t>> leaves_of_action_;
};

}  // namespace assayd::domain
