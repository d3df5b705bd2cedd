#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"

namespace assayd::domain {

/// What happens to a field on its way into the log (event-model: signals).
enum class FieldClass { kKeep, kCount, kPseudonym, kSeal, kDrop };

/// kStrings is a set: sorted, each value once. kFlags comes as one text with commas ("a,b", the way
/// OData writes flag enumerations) or as a list, and becomes such a set. kScalar is any string,
/// number or boolean. kList is a list of what is declared at "*" below it; it need not be declared
/// itself unless it is required.
enum class FieldType {
  kBoolean,
  kString,
  kNumber,
  kInteger,
  kTime,
  kStrings,
  kScalar,
  kObject,
  kFlags,
  kList,
};

struct FieldSpec {
  FieldClass field_class = FieldClass::kKeep;
  FieldType type = FieldType::kString;
  /// Of every parent that is there: missing or null, it makes the read malformed. An empty list is
  /// there, and stays in the canonical form. An object of nulls is there only if it is required.
  bool required = false;
  bool expected = false;  ///< always sent: where it is missing or null, what reads it is unknown
  bool open = false;      ///< kObject: members that are not listed stay visible as unlisted
  bool non_negative = false;        ///< numbers: below zero the read is malformed (sentinels)
  std::vector<std::string> values;  ///< known values; others make what reads them unknown
};

/// What protects fields of people: done outside, because keys are no business of pure rules.
struct Protection {
  std::function<std::string(std::string_view clear)> pseudonym;
  std::function<std::string(std::string_view pointer, std::string_view clear)> seal;
};

struct CanonicalDocument;  // canonical_document.h

/// The mark that stands in a canonical document for a non-empty member of an open object that the
/// schema does not list: it may restrict what surrounds it, so that rules must not look past it.
inline constexpr std::string_view kUnlistedMark = "$unlisted";

/// A named document that a source reads whole, and what of it is known.
class SettingSchema {
 public:
  enum class Shape { kObject, kArray };

  std::string name;    ///< "graph/conditionalAccessPolicies"
  std::string source;  ///< "conditional-access"
  Shape shape = Shape::kObject;
  std::string
      identity;  ///< member that tells elements apart; they are sorted by it, and it is unique
  Milliseconds interval{0};  ///< default poll interval of its source
  std::string permission;    ///< least application permission that reads it
  /// How a person puts a value back: "PATCH /path/{id}" of the service, or a cmdlet.
  std::string revert;
  std::string audit_source;             ///< which log tells who changed it: "directory-audits", …
  std::vector<std::string> activities;  ///< audit activities of that log that may have changed it
  Digest sha256{};                      ///< of its entry in the catalogue: equal if nothing differs

  SettingSchema();
  ~SettingSchema();
  SettingSchema(SettingSchema&&) noexcept;
  SettingSchema& operator=(SettingSchema&&) noexcept;

  /// Declares the field at a pattern ("/*/state"). False when it was declared before.
  bool Declare(std::string_view pattern, FieldSpec spec);

  /// The declaration that governs a concrete pointer without the leading array index when it is
  /// relative to an element, or null. For rules: are the pointers they read declared?
  [[nodiscard]] const FieldSpec* Find(std::string_view pattern) const;

  /// Some field is stored under a pseudonym or sealed: the stored text is not the one that was
  /// read.
  [[nodiscard]] bool protects_fields() const { return protects_fields_; }

  /// Brings a complete read into canonical form. kSchema, with the pointer and what was found
  /// there, when something required is missing, a declared field has another type, a number is a
  /// sentinel, or an identity is missing or doubled: such a read is malformed and says nothing.
  /// Without `protection`, pseudonym and seal fields stay in clear (the connector's change filter).
  Result<CanonicalDocument> Canonicalise(const Json& document,
                                         const Protection* protection = nullptr) const;

 private:
  struct Node;
  class Walk;
  std::unique_ptr<Node> root_;
  bool protects_fields_ = false;
};

}  // namespace assayd::domain
