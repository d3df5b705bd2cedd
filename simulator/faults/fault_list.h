#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "simulator/faults/fault_kind.h"

namespace assayd::simulator {

/// A fault with where and how often it strikes.
struct Fault {
  std::uint64_t id = 0;
  std::string path;  ///< prefix of the decoded path
  std::string text;  ///< as it was written
  FaultSpec spec;
  std::uint64_t times = 0;  ///< 0: until it is deleted
  std::uint64_t skip = 0;   ///< so many matching requests pass first
  std::string tenant;       ///< id; empty: of every tenant
  std::uint64_t seen = 0;
  std::uint64_t struck = 0;
};

/// The faults in force, at most 1,000, in the order in which they came.
class FaultList {
 public:
  /// Reads `{"path", "fault", "times", "skip", "tenant"}`. kInvalidArgument names the member,
  /// kTooLarge when there is no room.
  Result<Fault> Add(const Json& json);
  void Clear() { faults_.clear(); }
  /// False when there is none of that id.
  bool Remove(std::uint64_t id);

  /// The first fault for a request, counted as used; one that was used up is gone afterwards.
  std::optional<Fault> Strike(std::string_view path, std::string_view tenant);

  [[nodiscard]] const std::vector<Fault>& all() const { return faults_; }

 private:
  std::vector<Fault> faults_;
  std::uint64_t last_id_ = 0;
};

Json ToJson(const Fault& fault);

}  // namespace assayd::simulator
