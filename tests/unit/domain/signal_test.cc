#include "domain/signal.h"

#include <gtest/gtest.h>

#include <map>

namespace assayd::domain {
namespace {

Signal Observed() {
  Signal signal;
  signal.id = "0197a1b2-0000-7000-8000-000000000001";
  signal.tenant = "3f1c0d2e-0000-4000-8000-0123456789ab";
  signal.source_name = "conditional-access";
  signal.source = SignalSource(signal.tenant, signal.source_name);
  signal.subject = "graph/conditionalAccessPolicies";
  signal.time = FromMillis(1'795'368'064'250);
  signal.data = Json{{"value", Json::array()}};
  return signal;
}

TEST(SignalTest, RoundTripsInStructuredAndBinaryForm) {
  Signal signal = Observed();
  signal.backfill = true;
  const Json structured = ToStructured(signal);
  EXPECT_EQ(structured["type"], "io.assayd.setting.observed.v1");
  EXPECT_EQ(structured["time"], "2026-11-22T17:21:04.250Z");
  EXPECT_EQ(structured["assaydbackfill"], "true");
  const auto back = FromStructured(Json(structured));
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(ToStructured(*back), structured);
  EXPECT_EQ(back->source_name, "conditional-access");

  std::map<std::string, std::string, std::less<>> headers;
  for (const auto& [name, value] : BinaryAttributes(signal)) headers[name] = value;
  const auto binary = FromBinary(
      [&](std::string_view name) -> std::optional<std::string> {
        const auto header = headers.find(name);
        if (header == headers.end()) return std::nullopt;
        return header->second;
      },
      R"({"value":[]})");
  ASSERT_TRUE(binary);
  EXPECT_EQ(ToStructured(*binary), structured);
}

TEST(SignalTest, TakesTheDataOfASignalAndNothingOfWhatIsNone) {
  Json json = ToStructured(Observed());
  const Json data = json["data"];
  const auto signal = FromStructured(std::move(json));
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->data, data);

  Json none = ToStructured(Observed());
  none["type"] = "something.else";
  const Json before = none;
  EXPECT_FALSE(FromStructured(std::move(none)));
  EXPECT_EQ(none, before) << "it is kept for people to look at";
}

TEST(SignalTest, ABackfillIsOneInEveryWayOfWritingIt) {
  const auto backfill = [](const Json& value) {
    Json json = ToStructured(Observed());
    json["assaydbackfill"] = value;
    return FromStructured(std::move(json))->backfill;
  };
  EXPECT_TRUE(backfill("true"));
  EXPECT_TRUE(backfill(true)) << "taken for live it would page people about the past";
  EXPECT_FALSE(backfill("false"));
  EXPECT_FALSE(backfill(false));
  EXPECT_FALSE(backfill(nullptr));
}

TEST(SignalTest, RefusesWhatIsNoSignalAndSaysWhy) {
  const auto without = [](const char* attribute) {
    Json json = ToStructured(Observed());
    json.erase(attribute);
    return FromStructured(std::move(json));
  };
  for (const char* attribute : {"specversion", "id", "source", "type", "time", "subject", "data"}) {
    const auto refused = without(attribute);
    ASSERT_FALSE(refused) << attribute;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
  }
  const auto with = [](const char* attribute, const Json& value) {
    Json json = ToStructured(Observed());
    json[attribute] = value;
    return FromStructured(std::move(json)).has_value();
  };
  EXPECT_TRUE(with("datacontenttype", "application/json"));
  EXPECT_FALSE(with("specversion", "0.3"));
  EXPECT_FALSE(with("type", "io.assayd.setting.observed.v9"));
  EXPECT_FALSE(with("source", "/tenants/../sources/x"));
  EXPECT_FALSE(with("source", "/tenants/a b/sources/x"));
  EXPECT_FALSE(with("time", "yesterday"));
  EXPECT_FALSE(with("partitionkey", "another-tenant"));
  EXPECT_FALSE(with("data", "text"));
  EXPECT_FALSE(with("time", "1969-12-31T23:59:59Z"));
  EXPECT_FALSE(with("time", "0001-01-01T00:00:00Z"));
  EXPECT_FALSE(with("id", 5)) << "a number is no text";
  EXPECT_FALSE(with("id", std::string(500, 'x')));
  EXPECT_FALSE(with("id", std::string("a\0b", 3)));
  EXPECT_FALSE(with("id", "a\n\x1b[31mb"));
  EXPECT_FALSE(with("assaydbackfill", "maybe"));
  EXPECT_FALSE(with("Extension", "of a name that CloudEvents does not allow"));
  EXPECT_FALSE(with("extension", Json::object()));
  EXPECT_TRUE(with("extension", 5));
  EXPECT_FALSE(FromStructured(Json::array()).has_value());
}

}  // namespace
}  // namespace assayd::domain
