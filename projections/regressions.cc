#include "projections/regressions.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "domain/scoring.h"

namespace assayd::projections {
namespace {

using domain::MicroPoints;

/// Coming back within this time reopens a regression instead of making a new one.
constexpr Milliseconds kFlapping = std::chrono::hours(1);
constexpr std::uint32_t kForgottenAtOnce = 16;

bool IsOver(const Loss& loss, TimePoint now) {
  return loss.recovered && *loss.recovered + kFlapping < now;
}

}  // namespace

std::string RegressionId(std::uint16_t shard, std::uint64_t position) {
  return "r-" + std::to_string(shard) + "-" + std::to_string(position);
}

std::string_view RegressionCauseText(domain::Cause cause) {
  switch (cause) {
    case domain::Cause::kUserOrDevice:
    case domain::Cause::kManual:
    case domain::Cause::kExpiry:
      return ToText(cause);
    default:
      return ToText(domain::Cause::kConfiguration);
  }
}

std::optional<std::uint64_t> ParseRegressionId(std::uint16_t shard, std::string_view id) {
  const std::string prefix = "r-" + std::to_string(shard) + "-";
  if (!id.starts_with(prefix)) return std::nullopt;
  id.remove_prefix(prefix.size());
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), position);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return position;
}

void Regressions::Apply(const domain::Event& event, const domain::UnitChange& change,
                        const domain::ScoreLayout& layout, std::vector<Loss>* changed) {
  if (!domain::RaisesCounters(event.origin) || change.after.unknown_since || !change.last_known)
    return;
  if (change.first_look) return;
  if (IsOutOfScope(change.after) || IsOutOfScope(*change.last_known)) return;
  const MicroPoints max = layout.MaxOf(change.unit);
  const MicroPoints before = domain::Contribute(*change.last_known, max).points;
  const MicroPoints after = domain::Contribute(change.after, max).points;
  // Looking through the list costs more than all the rest: it waits until there are a few.
  if (closed_ >= kForgottenAtOnce && earliest_closed_ + 2 * kFlapping < event.effective)
    Forget(event.effective);
  if (after < before) {
    Lose(event, change, before, after, layout);
  } else if (after > before) {
    points_gained_total_ += after - before;
    Gain(event, change.unit, after);
  }
  if (changed == nullptr || after == before) return;
  if (const Loss* const place = Find(change.unit)) changed->push_back(*place);
}

Loss* Regressions::Find(std::uint32_t unit) {
  const std::uint32_t place = unit < places_.size() ? places_[unit] : 0;
  return place == 0 ? nullptr : &losses_[place - 1];
}

void Regressions::NotePlace(std::size_t place) {
  const std::uint32_t unit = losses_[place].unit;
  if (unit >= places_.size()) places_.resize(unit + 1, 0);
  places_[unit] = static_cast<std::uint32_t>(place + 1);
}

void Regressions::Lose(const domain::Event& event, const domain::UnitChange& change,
                       MicroPoints before, MicroPoints after, const domain::ScoreLayout& layout) {
  const MicroPoints lost = before - after;
  points_lost_total_ += lost;
  Loss* const place = Find(change.unit);
  if (place == nullptr) {
    Open(event, change, losses_.emplace_back(), before, lost, layout);
    return NotePlace(losses_.size() - 1);
  }
  if (place->recovered) {
    const TimePoint closed = *place->recovered;
    const bool flaps = closed + kFlapping >= event.effective;
    place->recovered.reset();
    --closed_;
    if (closed_ > 0 && closed == earliest_closed_) Recount();
    if (!flaps) return Open(event, change, *place, before, lost, layout);
    return Reopen(event, change, *place, lost);
  }
  place->lost = place->before - after;
  place->lost_most = std::max(place->lost_most, place->lost);
}

/// The same regression, but somebody took the points anew: who, and how, is told of this time.
void Regressions::Reopen(const domain::Event& event, const domain::UnitChange& change, Loss& place,
                         MicroPoints lost) {
  ++place.flaps;
  place.last_position = event.unit;
  place.last_occurred = event.effective;
  place.cause = change.cause;
  place.acknowledged = false;
  place.lost = lost;
  place.lost_most = std::max(place.lost_most, lost);
  last_ = std::max(last_.value_or(event.effective), event.effective);
}

void Regressions::Open(const domain::Event& event, const domain::UnitChange& change, Loss& place,
                       MicroPoints before, MicroPoints lost, const domain::ScoreLayout& layout) {
  Loss loss;
  loss.unit = change.unit;
  loss.position = event.unit;
  loss.occurred = event.effective;
  loss.last_position = event.unit;
  loss.last_occurred = event.effective;
  loss.cause = change.cause;
  loss.before = before;
  loss.lost = lost;
  loss.lost_most = lost;
  CountOnce(loss, layout, place);
  place = loss;
  last_ = std::max(last_.value_or(event.effective), event.effective);
}

void Regressions::Gain(const domain::Event& event, std::uint32_t unit, MicroPoints after) {
  Loss* const place = Find(unit);
  if (place == nullptr || place->recovered) return;
  place->lost = std::max<MicroPoints>(place->before - after, 0);
  if (place->lost > 0) return;
  place->recovered = event.effective;
  earliest_closed_ = closed_ == 0 ? event.effective : std::min(earliest_closed_, event.effective);
  ++closed_;
}

void Regressions::Recount() {
  closed_ = 0;
  places_.clear();
  for (std::size_t place = 0; place < losses_.size(); ++place) {
    NotePlace(place);
    const Loss& loss = losses_[place];
    if (!loss.recovered) continue;
    earliest_closed_ = closed_ == 0 ? *loss.recovered : std::min(earliest_closed_, *loss.recovered);
    ++closed_;
  }
}

/// One regression may take points of many actions; each category counts it once. Events of one
/// input follow each other, unless the past is told: only then an older one can come again.
bool Regressions::IsCounted(const Loss& loss, domain::Category category,
                            const domain::ScoreLayout& layout, const Loss& place) {
  const auto mark = static_cast<std::uint8_t>(1U << static_cast<unsigned>(category));
  if (loss.position > newest_) newest_categories_ = 0;
  if (loss.position >= newest_) {
    newest_ = loss.position;
    return (std::exchange(newest_categories_,
                          static_cast<std::uint8_t>(newest_categories_ | mark)) &
            mark) != 0;
  }
  return std::ranges::any_of(losses_, [&](const Loss& other) {
    return &other != &place && other.position == loss.position &&
           layout.ActionOf(other.unit).category == category;
  });
}

void Regressions::CountOnce(const Loss& loss, const domain::ScoreLayout& layout,
                            const Loss& place) {
  const domain::Category category = layout.ActionOf(loss.unit).category;
  if (IsCounted(loss, category, layout, place)) return;
  const auto entry = std::ranges::find_if(counts_, [&](const RegressionCount& count) {
    return count.cause == loss.cause && count.category == category;
  });
  if (entry != counts_.end()) {
    ++entry->count;
  } else {
    counts_.push_back({category, loss.cause, 1});
  }
}

void Regressions::Forget(TimePoint now) {
  std::erase_if(losses_, [&](const Loss& loss) { return IsOver(loss, now); });
  Recount();
}

const Loss* Regressions::FindChangeable(std::uint64_t position, TimePoint now) const {
  const auto loss = std::ranges::find(losses_, position, &Loss::position);
  return loss == losses_.end() || IsOver(*loss, now) ? nullptr : &*loss;
}

void Regressions::Apply(const domain::Event& event,
                        const domain::RegressionAcknowledged& acknowledged) {
  const auto position = ParseRegressionId(event.shard, acknowledged.regression);
  for (Loss& loss : losses_) {
    if (loss.position == position) loss.acknowledged = true;
  }
}

void Regressions::Apply(const domain::Event& event, const domain::RegressionMuted& muted) {
  const auto position = ParseRegressionId(event.shard, muted.regression);
  for (Loss& loss : losses_) {
    if (loss.position == position) loss.muted_until = muted.until;
  }
}

void Regressions::Carry(const domain::ScoreLayout& before, const domain::ScoreLayout& after) {
  std::vector<Loss> carried;
  for (Loss loss : losses_) {
    const auto unit = after.Find(before.ActionOf(loss.unit).id, before.GroupOf(loss.unit));
    if (!unit) continue;
    loss.unit = *unit;
    carried.push_back(loss);
  }
  losses_ = std::move(carried);
  Recount();
}

MicroPoints Regressions::open_points() const {
  MicroPoints sum = 0;
  for (const Loss& loss : losses_) sum += loss.recovered ? 0 : loss.lost;
  return sum;
}

void Regressions::Save(CborWriter& out) const {
  out.Array(5);
  out.Array(losses_.size());
  for (const Loss& loss : losses_) {
    out.Array(13);
    out.UInt(loss.unit), out.UInt(loss.position), out.Int(ToMillis(loss.occurred));
    out.UInt(loss.last_position), out.Int(ToMillis(loss.last_occurred));
    out.UInt(static_cast<std::uint64_t>(loss.cause)), out.Int(loss.before), out.Int(loss.lost);
    out.Int(loss.lost_most);
    loss.recovered ? out.Int(ToMillis(*loss.recovered)) : out.Null();
    out.UInt(loss.flaps), out.Bool(loss.acknowledged), out.Int(ToMillis(loss.muted_until));
  }
  out.Array(counts_.size());
  for (const RegressionCount& count : counts_) {
    out.Array(3);
    out.UInt(static_cast<std::uint64_t>(count.category));
    out.UInt(static_cast<std::uint64_t>(count.cause)), out.UInt(count.count);
  }
  out.Int(points_lost_total_), out.Int(points_gained_total_);
  last_ ? out.Int(ToMillis(*last_)) : out.Null();
}

Regressions Regressions::Load(CborReader& in) {
  Regressions result;
  if (in.Array() != 5) in.Fail();
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 13) in.Fail();
    Loss& loss = result.losses_.emplace_back();
    loss.unit = static_cast<std::uint32_t>(in.UInt());
    loss.position = in.UInt();
    loss.occurred = FromMillis(in.Int());
    loss.last_position = in.UInt();
    loss.last_occurred = FromMillis(in.Int());
    loss.cause = static_cast<domain::Cause>(in.UInt());
    loss.before = in.Int();
    loss.lost = in.Int();
    loss.lost_most = in.Int();
    if (!in.SkipNull()) loss.recovered = FromMillis(in.Int());
    loss.flaps = static_cast<std::uint16_t>(in.UInt());
    loss.acknowledged = in.Bool();
    loss.muted_until = FromMillis(in.Int());
    result.newest_ = std::max(result.newest_, loss.position);
  }
  result.Recount();
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 3) in.Fail();
    RegressionCount& count = result.counts_.emplace_back();
    count.category = static_cast<domain::Category>(in.UInt());
    count.cause = static_cast<domain::Cause>(in.UInt());
    count.count = static_cast<std::uint32_t>(in.UInt());
  }
  result.points_lost_total_ = in.Int();
  result.points_gained_total_ = in.Int();
  if (!in.SkipNull()) result.last_ = FromMillis(in.Int());
  return result;
}

}  // namespace assayd::projections
