#include "domain/setting_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "domain/canonical_document.h"
#include "domain/document.h"
#include "domain/json_pointer.h"

namespace assayd::domain {

struct SettingSchema::Node {
  std::map<std::string, Node, std::less<>> members;
  std::unique_ptr<Node> any;  ///< for "*"
  std::optional<FieldSpec> spec;

  [[nodiscard]] const Node* Child(std::string_view token) const {
    const auto member = members.find(token);
    if (member != members.end()) return &member->second;
    return any.get();
  }
  [[nodiscard]] bool required() const { return spec && spec->required; }
  [[nodiscard]] bool Is(FieldType type) const { return spec && spec->type == type; }
  /// One value, or a set of values: nothing is declared below it.
  [[nodiscard]] bool IsLeaf() const {
    return spec && !Is(FieldType::kObject) && !Is(FieldType::kList);
  }
};

/// One pass over one document. Places are built only for messages.
class SettingSchema::Walk {
 public:
  Walk(const SettingSchema& schema, const Protection* protection)
      : schema_(schema), protection_(protection) {}

  Result<CanonicalDocument> Run(const Json& document) {
    const bool right_shape =
        schema_.shape == Shape::kArray ? document.is_array() : document.is_object();
    if (!right_shape) return Malformed("", "is not the expected kind of document");
    auto value = Visit(*schema_.root_, document, "");
    if (!value) return std::unexpected(std::move(value).error());
    result_.value = *std::move(value);
    if (result_.value.is_null()) {
      result_.value = schema_.shape == Shape::kArray ? Json::array() : Json::object();
    }
    result_.text = DumpJson(result_.value);
    return std::move(result_);
  }

 private:
  static std::unexpected<Error> Malformed(const std::string& place, std::string_view problem) {
    return Fail(ErrorCode::kSchema,
                fmt::format("{} {}", place.empty() ? "the document" : place, problem));
  }

  /// The canonical value, null when it vanishes.
  Result<Json> Visit(const Node& node, const Json& value, const std::string& place) {
    if (node.IsLeaf()) return Scalar(*node.spec, value, place);
    if (value.is_null()) return Json();
    if (value.is_object() && !node.Is(FieldType::kList)) return Object(node, value, place);
    if (value.is_array() && !node.Is(FieldType::kObject) && node.any) {
      return Array(node, value, place);
    }
    return Malformed(place, "has another type than its schema says");
  }

  Result<Json> Object(const Node& node, const Json& object, const std::string& place) {
    Json result = Json::object();
    for (const auto& [key, value] : object.items()) {
      const Node* const child = node.Child(key);
      if (child == nullptr) {
        Unlisted(node, key, value, place, result);
        continue;
      }
      if (!child->required() && IsVoid(*child, value)) continue;
      auto visited = Visit(*child, value, place + "/" + EscapePointerToken(key));
      if (!visited) return visited;
      if (!visited->is_null()) result[key] = *std::move(visited);
    }
    for (const auto& [key, child] : node.members) {
      if (child.required() && !Has(object, key)) {
        return Malformed(place + "/" + key, "is missing and required");
      }
    }
    return result.empty() && !node.required() ? Json() : result;
  }

  /// Tools that copy answers write an object that is not there as one whose members are null.
  static bool IsVoid(const Node& node, const Json& value) {
    if (value.is_null()) return true;
    if (!value.is_object() || node.IsLeaf()) return false;
    return std::ranges::all_of(value.items(), [&](const auto& member) {
      const Node* const child = node.Child(member.key());
      if (child != nullptr) return IsVoid(*child, member.value());
      return IsNoise(member.key(), member.value());
    });
  }

  static bool IsNoise(const std::string& key, const Json& value) {
    return IsEmptyValue(value) || key.find("@odata.") != std::string::npos;
  }

  static bool Has(const Json& object, const std::string& key) {
    const auto member = object.find(key);
    return member != object.end() && !member->is_null();
  }

  void Unlisted(const Node& node, const std::string& key, const Json& value,
                const std::string& place, Json& result) {
    if (IsNoise(key, value)) return;
    const bool open = node.spec && node.spec->open;
    // Whoever left the mark has counted the member.
    const bool counted = open && IsUnlisted(value);
    if (!counted && result_.dropped++ == 0) {
      result_.dropped_sample = place + "/" + EscapePointerToken(key);
    }
    if (open) result[key] = {{std::string(kUnlistedMark), true}};
  }

  Result<Json> Array(const Node& node, const Json& array, const std::string& place) {
    std::vector<Json> elements;
    for (std::size_t i = 0; i < array.size(); ++i) {
      const std::string element_place = fmt::format("{}/{}", place, i);
      // Left out, it would take what it stood for out of the list.
      if (array[i].is_null()) return Malformed(element_place, "is null");
      auto visited = Visit(*node.any, array[i], element_place);
      if (!visited) return visited;
      if (!visited->is_null()) elements.push_back(*std::move(visited));
    }
    if (auto sorted = SortByIdentity(elements, place); !sorted) {
      return std::unexpected(std::move(sorted).error());
    }
    if (elements.empty() && !node.required()) return Json();
    return Json(std::move(elements));
  }

  /// Only arrays whose elements declare the identity are sets of things with an id.
  Result<> SortByIdentity(std::vector<Json>& elements, const std::string& place) const {
    const std::string& id_member = schema_.identity;
    const auto has_it = [&](const Json& element) {
      return element.is_object() && element.contains(id_member) && element[id_member].is_string();
    };
    if (id_member.empty() || elements.empty() || !std::ranges::any_of(elements, has_it)) return {};
    if (!std::ranges::all_of(elements, has_it)) {
      return Malformed(place, fmt::format("has elements without '{}'", id_member));
    }
    const auto id_of = [&](const Json& element) -> const std::string& {
      return element.at(id_member).get_ref<const std::string&>();
    };
    std::ranges::sort(elements, {}, id_of);
    const auto twin = std::ranges::adjacent_find(elements, {}, id_of);
    if (twin == elements.end()) return {};
    return Malformed(place, fmt::format("has '{}' twice", CutText(id_of(*twin), 60)));
  }

  Result<Json> Scalar(const FieldSpec& spec, const Json& value, const std::string& place) {
    if (value.is_null()) return Json();
    switch (spec.field_class) {
      case FieldClass::kDrop:
        return Json();
      case FieldClass::kCount:
        // A connector has counted already when the daemon comes by.
        if (value.is_number_unsigned()) return value;
        return value.is_structured() ? Json(value.size()) : Json(std::size_t{1});
      default:
        break;
    }
    if (!Fits(spec, value)) return Malformed(place, "has another type than its schema says");
    if (spec.non_negative && value.is_number() && value.get<double>() < 0) {
      return Malformed(place, "is negative, which stands for unknown");
    }
    if (spec.type == FieldType::kFlags && value.is_string()) {
      return Set(spec, Flags(value.get_ref<const std::string&>()), place);
    }
    if (spec.type == FieldType::kStrings || spec.type == FieldType::kFlags) {
      return Set(spec, value, place);
    }
    return Protect(spec, value, place);
  }

  static bool Fits(const FieldSpec& spec, const Json& value) {
    switch (spec.type) {
      case FieldType::kBoolean:
        return value.is_boolean();
      case FieldType::kString:
        return value.is_string();
      case FieldType::kNumber:
        return value.is_number();
      case FieldType::kInteger:
        return value.is_number_integer();
      case FieldType::kTime:
        return value.is_string() && ParseTime(value.get_ref<const std::string&>()).has_value();
      case FieldType::kFlags:
        if (value.is_string()) return true;
        [[fallthrough]];
      case FieldType::kStrings:
        return value.is_array() &&
               std::ranges::all_of(value, [](const Json& item) { return item.is_string(); });
      case FieldType::kScalar:
        return value.is_primitive() && !value.is_binary();
      case FieldType::kObject:
        return value.is_object();
      case FieldType::kList:
        return value.is_array();
    }
    return false;
  }

  static Json Flags(std::string_view text) {
    Json flags = Json::array();
    for (const auto flag : Split(text, ',')) {
      // OData writes an enumeration of no flags as its member 0.
      if (!Trim(flag).empty() && Trim(flag) != "none") flags.push_back(Trim(flag));
    }
    return flags;
  }

  Result<Json> Set(const FieldSpec& spec, const Json& value, const std::string& place) {
    std::vector<std::string> items;
    for (const auto& item : value) {
      auto kept = Protect(spec, item, place);
      if (!kept) return kept;
      items.push_back(kept->get<std::string>());
    }
    std::ranges::sort(items);
    items.erase(std::ranges::unique(items).begin(), items.end());
    if (items.empty() && !spec.required) return Json();
    return Json(std::move(items));
  }

  Result<Json> Protect(const FieldSpec& spec, const Json& value, const std::string& place) const {
    const bool personal =
        spec.field_class == FieldClass::kPseudonym || spec.field_class == FieldClass::kSeal;
    if (!personal || protection_ == nullptr || !value.is_string()) return value;
    const auto& clear = value.get_ref<const std::string&>();
    // Constants such as "All" are no persons: the schema lists them.
    if (std::ranges::find(spec.values, clear) != spec.values.end()) return value;
    if (spec.field_class == FieldClass::kPseudonym) return Json(protection_->pseudonym(clear));
    return Json(protection_->seal(place, clear));
  }

  const SettingSchema& schema_;
  const Protection* const protection_;
  CanonicalDocument result_;
};

SettingSchema::SettingSchema() : root_(std::make_unique<Node>()) {}
SettingSchema::~SettingSchema() = default;
SettingSchema::SettingSchema(SettingSchema&&) noexcept = default;
SettingSchema& SettingSchema::operator=(SettingSchema&&) noexcept = default;

bool SettingSchema::Declare(std::string_view pattern, FieldSpec spec) {
  const auto pointer = ParsePointer(pattern);
  if (!pointer) return false;
  Node* node = root_.get();
  for (const auto& token : *pointer) {
    if (token == "*") {
      if (!node->any) node->any = std::make_unique<Node>();
      node = node->any.get();
    } else {
      node = &node->members[token];
    }
  }
  if (node->spec) return false;
  protects_fields_ = protects_fields_ || spec.field_class == FieldClass::kPseudonym ||
                     spec.field_class == FieldClass::kSeal;
  node->spec = std::move(spec);
  return true;
}

const FieldSpec* SettingSchema::Find(std::string_view pattern) const {
  const auto pointer = ParsePointer(pattern);
  if (!pointer) return nullptr;
  const Node* node = root_.get();
  for (const auto& token : *pointer) {
    node = node->Child(token);
    if (node == nullptr) return nullptr;
  }
  static const FieldSpec kPlainObject{.type = FieldType::kObject};
  return node->spec ? &*node->spec : &kPlainObject;
}

Result<CanonicalDocument> SettingSchema::Canonicalise(const Json& document,
                                                      const Protection* protection) const {
  return Walk(*this, protection).Run(document);
}

}  // namespace assayd::domain
