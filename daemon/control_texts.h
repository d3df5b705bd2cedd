#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"
#include "domain/catalogue.h"

/// The full text of controls, from a user's own copy of a standard. It lies beside the log in files
/// of the user alone, and goes into no event, metric or export: what may be shown with a licence
/// need not be what may be passed on.
namespace assayd::daemon {

using ControlTexts = std::map<std::string, std::string, std::less<>>;  ///< by control id

/// The statements of an OSCAL catalogue (JSON) of those controls that the template has: by their
/// labels or ids, "AC-2(1)" and "ac-2.1" alike. kMalformed for what is no such document.
Result<ControlTexts> TextsOfOscal(const Json& document, const domain::Template& of_template);

/// The same of a table, comma-separated with a heading: the column control, control_id or id, and
/// the column text, description or statement. kMalformed without them.
Result<ControlTexts> TextsOfTable(std::string_view csv, const domain::Template& of_template);

/// Replaces what was attached to a template; no texts take it away.
Result<> SaveControlTexts(FileSystem& files, const std::filesystem::path& store,
                          const std::string& template_id, const ControlTexts& texts);
/// Nothing for a template to which nothing was attached, or whose file cannot be read.
ControlTexts LoadControlTexts(const std::filesystem::path& store, const std::string& template_id);

}  // namespace assayd::daemon
