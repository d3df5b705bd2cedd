#include "projections/digest.h"

#include "base/cbor.h"

namespace assayd::projections {
namespace {

std::string_view UuidBytes(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void WriteUnits(CborWriter& out, const TenantView& view) {
  const domain::ScoreLayout& layout = *view.state().layout;
  out.Array(layout.units().size());
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    const domain::ActionState state = view.state().units.Get(unit);
    out.Array(8);
    out.Text(layout.ActionOf(unit).id), out.Text(layout.GroupOf(unit));
    out.Text(ToText(state.implementation)), out.Text(ToText(state.test));
    out.UInt(state.covered), out.UInt(state.total);
    out.Int(domain::Contribute(state, layout.MaxOf(unit)).points);
    state.unknown_since ? out.Int(ToMillis(*state.unknown_since)) : out.Null();
  }
}

void WriteControls(CborWriter& out, const TenantView& view) {
  const domain::ScoreLayout& layout = *view.state().layout;
  out.Array(layout.controls().size());
  for (std::uint32_t control = 0; control < layout.controls().size(); ++control) {
    const auto& place = layout.controls()[control];
    out.Array(3);
    out.Text(layout.assessments()[place.assessment].id), out.Text(place.content->id);
    out.Text(ToText(view.scoreboard().StatusOf(control)));
  }
}

void WriteSums(CborWriter& out, std::string_view name, const Sums& sums) {
  out.Array(4);
  out.Text(name);
  out.Int(sums.points), out.Int(sums.max_points), out.Int(sums.unknown_points);
}

}  // namespace

std::string DigestInput(const TenantView& view) {
  std::string bytes;
  CborWriter out(bytes);
  const auto& layout = view.state().layout;
  out.Array(layout ? 5 : 1);
  out.Bytes(UuidBytes(view.state().id.uuid));
  if (!layout) return bytes;
  out.Bytes(AsText(layout->catalogue().sha256));
  WriteUnits(out, view);
  WriteControls(out, view);
  out.Array(layout->assessments().size() + 1);
  WriteSums(out, "", view.scoreboard().overall());
  for (std::uint32_t a = 0; a < layout->assessments().size(); ++a) {
    WriteSums(out, layout->assessments()[a].id, view.scoreboard().OfAssessment(a));
  }
  return bytes;
}

Digest ScoreDigest(const std::vector<ViewPtr>& views) {
  std::string head;
  CborWriter(head).Array(views.size());
  Sha256 sha;
  sha.Start();
  sha.Update(head);
  for (const auto& view : views) sha.Update(DigestInput(*view));
  return sha.Finish();
}

}  // namespace assayd::projections
