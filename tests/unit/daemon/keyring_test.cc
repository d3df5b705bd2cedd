#include "daemon/keyring.h"

#include <gtest/gtest.h>

#include "tests/fakes/seeded_random.h"

namespace assayd::daemon {
namespace {

class KeyRingTest : public testing::Test {
 protected:
  KeyRing Ring(std::uint8_t store_key_byte = 1) {
    Key256 key{};
    key.fill(store_key_byte);
    return KeyRing(key, random_,
                   [this](std::string_view name) -> Result<std::optional<std::string>> {
                     const auto stored = stored_.find(std::string(name));
                     if (stored == stored_.end()) return std::optional<std::string>();
                     return std::optional(stored->second);
                   });
  }
  void Store(KeyRing& ring) {
    for (auto& [name, wrapped] : ring.TakeNewKeys()) stored_[name] = wrapped;
  }

  const domain::TenantId tenant_ = *domain::TenantId::Parse("3f1c0d2e-0000-4000-8000-0123456789ab");
  const Uuid person_ = *Uuid::Parse("11111111-2222-4333-8444-555555555555");
  fakes::SeededRandom random_{5};
  std::map<std::string, std::string> stored_;
};

TEST_F(KeyRingTest, ASecondKeyFileIsNoticedAtTheStart) {
  {
    KeyRing ring = Ring();
    EXPECT_TRUE(ring.CheckStoreKey());
    Store(ring);
    EXPECT_EQ(stored_.size(), 1U) << "stored with the first events";
  }
  EXPECT_TRUE(Ring().CheckStoreKey());
  const auto refused = Ring(2).CheckStoreKey();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfiguration);
  EXPECT_NE(refused.error().context.find("store.key_file"), std::string::npos);
}

TEST_F(KeyRingTest, OpensAfterARestartAndOnlyWhereItWasSealed) {
  domain::SealedField sealed;
  {
    KeyRing ring = Ring();
    sealed = *ring.Seal(tenant_, person_, "/s", "id", "actor_name", "alex@contoso.com");
    EXPECT_EQ(sealed.box.find("alex"), std::string::npos);
    Store(ring);
    EXPECT_TRUE(ring.TakeNewKeys().empty());
  }
  KeyRing ring = Ring();
  EXPECT_EQ(ring.Open(tenant_, sealed, "/s", "id", "actor_name").value(), "alex@contoso.com");
  EXPECT_FALSE(ring.Open(tenant_, sealed, "/s", "other", "actor_name"));
  EXPECT_FALSE(Ring(2).Open(tenant_, sealed, "/s", "id", "actor_name"));
}

TEST_F(KeyRingTest, AnErasedPersonCannotBeOpened) {
  KeyRing ring = Ring();
  const auto sealed = *ring.Seal(tenant_, person_, "/s", "id", "actor_name", "alex@contoso.com");
  Store(ring);
  stored_.clear();
  KeyRing after = Ring();
  EXPECT_EQ(after.Open(tenant_, sealed, "/s", "id", "actor_name").value(), std::nullopt);
}

TEST_F(KeyRingTest, AKeyThatIsNotStoredYetIsNotMadeTwiceHoweverManyAreRead) {
  constexpr std::uint32_t kMany = 10'050;
  const auto person = [](std::uint32_t number) {
    Uuid id;
    for (std::size_t i = 0; i < 4; ++i) id.bytes.at(i) = static_cast<std::uint8_t>(number >> 8 * i);
    return id;
  };
  std::vector<domain::SealedField> sealed;
  {
    KeyRing earlier = Ring();
    for (std::uint32_t i = 0; i < kMany; ++i)
      sealed.push_back(*earlier.Seal(tenant_, person(i), "/s", "id", "actor_name", "somebody"));
    Store(earlier);
  }
  KeyRing ring = Ring();
  const auto first = *ring.Seal(tenant_, person_, "/s", "1", "actor_name", "alex");
  for (const auto& field : sealed)
    ASSERT_EQ(ring.Open(tenant_, field, "/s", "id", "actor_name").value(), "somebody");
  const auto second = *ring.Seal(tenant_, person_, "/s", "2", "actor_name", "alex");
  EXPECT_EQ(ring.TakeNewKeys().size(), 1U);
  EXPECT_EQ(ring.Open(tenant_, first, "/s", "1", "actor_name").value(), "alex");
  EXPECT_EQ(ring.Open(tenant_, second, "/s", "2", "actor_name").value(), "alex");
}

TEST_F(KeyRingTest, TheSameInputSealsToTheSameBytes) {
  KeyRing ring = Ring();
  const auto first = *ring.Seal(tenant_, person_, "/s", "id", "actor_name", "alex@contoso.com");
  const auto again = *ring.Seal(tenant_, person_, "/s", "id", "actor_name", "alex@contoso.com");
  const auto other = *ring.Seal(tenant_, person_, "/s", "id2", "actor_name", "alex@contoso.com");
  EXPECT_EQ(first, again);
  EXPECT_NE(first.box, other.box);
}

TEST_F(KeyRingTest, PseudonymsIgnoreCaseAndDifferPerTenant) {
  const KeyRing ring = Ring();
  const auto other = *domain::TenantId::Parse("aaaaaaaa-0000-4000-8000-0123456789ab");
  EXPECT_EQ(ring.Pseudonym(tenant_, "Alex@Contoso.com"),
            ring.Pseudonym(tenant_, "alex@contoso.com"));
  EXPECT_NE(ring.Pseudonym(tenant_, "alex@contoso.com"), ring.Pseudonym(other, "alex@contoso.com"));
  EXPECT_EQ(ring.Salt(tenant_, "s").size(), 16U);
  EXPECT_NE(ring.Salt(tenant_, "s"), ring.Salt(other, "s"));
}

TEST_F(KeyRingTest, ForgetsKeysThatDidNotBecomeDurable) {
  KeyRing ring = Ring();
  const auto sealed = *ring.Seal(tenant_, person_, "/s", "id", "actor_name", "alex");
  ring.Reset();
  EXPECT_TRUE(ring.TakeNewKeys().empty());
  EXPECT_EQ(ring.Open(tenant_, sealed, "/s", "id", "actor_name").value(), std::nullopt);
}

}  // namespace
}  // namespace assayd::daemon
