#include "base/cbor.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"

namespace assayd {
namespace {

std::string Hex(const std::string& bytes) { return ToHex(AsBytes(bytes)); }

TEST(CborWriterTest, WritesTheShortestFormOfRfc8949) {
  std::string out;
  CborWriter writer(out);
  writer.Array(8);
  writer.UInt(23);
  writer.UInt(24);
  writer.UInt(1000);
  writer.Int(-1000);
  writer.UInt(1'000'000'000'000);
  writer.Text("IETF");
  writer.Bytes(std::string_view("\x01\x02", 2));
  writer.Map(1);
  writer.Null();
  writer.Bool(true);
  EXPECT_EQ(Hex(out),
            "88171818"
            "1903e8"
            "3903e7"
            "1b000000e8d4a51000"
            "6449455446"
            "420102"
            "a1f6f5");
}

TEST(CborReaderTest, ReadsBackWhatWasWritten) {
  std::string out;
  CborWriter writer(out);
  writer.Array(4);
  writer.Int(INT64_MIN + 1);
  writer.Text("grüße");
  writer.Null();
  writer.Bool(false);
  CborReader reader(out);
  EXPECT_EQ(reader.Array(), 4U);
  EXPECT_EQ(reader.Int(), INT64_MIN + 1);
  EXPECT_EQ(reader.Text(), "grüße");
  EXPECT_TRUE(reader.SkipNull());
  EXPECT_FALSE(reader.Bool());
  EXPECT_TRUE(reader.done());
}

TEST(CborReaderTest, StaysFailedAfterTheFirstWrongItem) {
  std::string out;
  CborWriter writer(out);
  writer.Text("x");
  writer.UInt(5);
  CborReader reader(out);
  EXPECT_EQ(reader.UInt(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Text(), "");
  EXPECT_FALSE(reader.done());
}

TEST(CborReaderTest, RefusesLengthsThatExceedTheInput) {
  for (const char* hex : {"5b7fffffffffffffff", "9b00000000ffffffff", "bb0000000100000000", "7803",
                          "62", "18", "1b00"}) {
    const auto bytes = FromHex(hex);
    ASSERT_TRUE(bytes);
    CborReader reader(
        std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    reader.Skip();
    EXPECT_FALSE(reader.ok()) << hex;
  }
}

TEST(CborReaderTest, RefusesIntegersThatAreNotShortest) {
  for (const char* hex : {"1817", "190017", "1a0000ffff", "1b00000000ffffffff"}) {
    const auto bytes = FromHex(hex);
    ASSERT_TRUE(bytes);
    CborReader reader(
        std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    reader.UInt();
    EXPECT_FALSE(reader.ok()) << hex;
  }
}

TEST(CborReaderTest, SkipsNestedItemsWhole) {
  std::string out;
  CborWriter writer(out);
  writer.Map(2);
  writer.UInt(1);
  writer.Array(2);
  writer.Text("a");
  writer.Bool(true);
  writer.UInt(2);
  writer.Null();
  writer.UInt(7);
  CborReader reader(out);
  reader.Skip();
  EXPECT_EQ(reader.UInt(), 7U);
  EXPECT_TRUE(reader.done());
}

}  // namespace
}  // namespace assayd
