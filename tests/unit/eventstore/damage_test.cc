#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "eventstore/event_log.h"
#include "eventstore/wal_scan.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"

/// Bytes flipped, files cut, lost and taken from another time: found, or harmless, and never taken
/// for the truth.
namespace assayd::eventstore {
namespace {

namespace fs = std::filesystem;

Uuid Tenant(std::uint64_t number) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(16 * (1 + number));
  return id;
}

std::string Event(std::uint64_t position) {
  return "event " + std::to_string(position) + ToHex(HashOf(std::to_string(position)));
}

class DamageTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kTenants = 4;

  DamageTest() {
    // Tables, sealed ranges, a tail of groups in tables, and groups in the write-ahead log alone.
    {
      const auto log = Open(original_).value();
      for (int i = 0; i < 40; ++i) Append(*log);
      while (*log->Seal(40, 8) > 0) {
      }
    }
    {
      const auto log = Open(original_).value();
      for (int i = 0; i < 10; ++i) Append(*log);
    }
    const auto log = Open(original_).value();
    for (int i = 0; i < 5; ++i) Append(*log);
    head_ = log->head();
  }

  Result<std::unique_ptr<EventLog>> Open(const fs::path& path, bool read_only = false) {
    return EventLog::Open({.path = path, .read_only = read_only, .files = &files_});
  }

  static void Append(EventLog& log) {
    Commit commit(log.next_position());
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t position = commit.first_position() + commit.count();
      commit.AddEvent(Tenant(position % kTenants), Event(position), position + 1);
    }
    auto prepared = log.Prepare(std::move(commit));
    ASSERT_TRUE(prepared && log.Write(*prepared) && log.Acknowledge(*prepared));
  }

  /// A copy of the store, for one damage.
  fs::path Copy() {
    const fs::path copy = folder_.path() / "copy";
    fs::remove_all(copy);
    fs::copy(original_, copy, fs::copy_options::recursive);
    return copy;
  }
  static std::vector<fs::path> FilesOf(const fs::path& store) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(store)) {
      const auto name = entry.path().filename();
      if (entry.is_regular_file() && name != "LOCK" && name != "daemon.lock")
        files.push_back(entry.path());
    }
    return files;
  }
  static std::vector<fs::path> WithExtension(const fs::path& store, const char* extension) {
    std::vector<fs::path> files = FilesOf(store);
    std::erase_if(files, [&](const fs::path& file) { return file.extension() != extension; });
    return files;
  }
  /// The same with one bit of one file of it another.
  fs::path CopyWithFlip(const fs::path& file, std::size_t at, unsigned bit = 0) {
    const fs::path store = Copy();
    std::string bytes = Bytes(file);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    Write(store / file.lexically_relative(original_), bytes);
    return store;
  }
  std::string Bytes(const fs::path& file) { return *ReadFile(files_, file); }
  void Write(const fs::path& file, std::string_view bytes) {
    ASSERT_TRUE(ReplaceFile(files_, file, bytes));
  }

  enum class Seen { kRefused, kReadOnly, kFound, kHarmless };
  /// What a daemon and a verification make of a store. Whatever is read must be what was written.
  Seen LookAt(const fs::path& store, const std::string& what) {
    const auto log = Open(store);
    if (!log) {
      EXPECT_NE(log.error().context.find(store.string()), std::string::npos)
          << what << ": " << log.error().ToString();
      return Seen::kRefused;
    }
    const auto left = (*log)->ReadWhatIsLeft([&](const StoredEvent& event) {
      EXPECT_EQ(event.bytes, Event(event.position)) << what;
      EXPECT_EQ(event.tenant, Tenant(event.position % kTenants)) << what;
    });
    EXPECT_TRUE(left) << what;
    if ((*log)->read_only_reason()) return Seen::kReadOnly;
    const auto examined = (*log)->Examine([](std::uint64_t) {});
    EXPECT_TRUE(examined) << what;
    if (examined->damage) return Seen::kFound;
    EXPECT_EQ(examined->head, head_) << what;
    EXPECT_TRUE(left->holes.empty()) << what;
    return Seen::kHarmless;
  }

  fakes::TemporaryFolder folder_;
  PosixFileSystem files_;
  fs::path original_ = folder_.path() / "store";
  Head head_;
};

TEST_F(DamageTest, AFlippedByteOfAnyFileIsFoundOrHarmless) {
  fakes::SeededRandom random(7);
  std::map<std::string, std::map<Seen, int>> outcomes;
  for (const auto& file : FilesOf(original_)) {
    const std::string bytes = Bytes(file);
    if (bytes.empty()) continue;
    for (int i = 0; i < 6; ++i) {
      const std::size_t at = UniformBelow(random, bytes.size());
      const fs::path store = CopyWithFlip(file, at, static_cast<unsigned>(UniformBelow(random, 8)));
      const std::string what = file.filename().string() + " at " + std::to_string(at);
      const std::string kind = file.extension().empty() ? file.filename().string().substr(0, 5)
                                                        : file.extension().string();
      ++outcomes[kind][LookAt(store, what)];
      if (file.extension() == ".log") {
        EXPECT_EQ(outcomes[kind][Seen::kHarmless], 0) << what << ": nothing of it may be lost";
      }
    }
  }
  EXPECT_GE(outcomes.size(), 4U);
  EXPECT_GT(outcomes[".sst"][Seen::kReadOnly] + outcomes[".sst"][Seen::kFound], 0);
}

/// RocksDB 7.8 calls such a table the end of its family.
TEST_F(DamageTest, ATableWhoseFirstBlockIsDamagedIsNeverTakenForTheEnd) {
  for (int i = 0; i < 12; ++i) {
    const auto log = Open(original_).value();
    for (int k = 0; k < 4; ++k) Append(*log);
    head_ = log->head();
  }
  const auto runs_of = [](EventLog& log) {
    std::size_t runs = 0;
    const auto read = log.ReadDedupe(0, [&](const EventLog::DedupeRun&) { ++runs; });
    return read ? std::optional(runs) : std::nullopt;
  };
  const std::size_t runs = runs_of(*Open(original_).value()).value();
  std::size_t found = 0;
  for (const auto& table : WithExtension(original_, ".sst")) {
    const auto log = Open(CopyWithFlip(table, 5));
    if (!log) continue;
    EXPECT_EQ(runs_of(**log).value_or(runs), runs) << table;
    std::uint64_t events = 0;
    const auto read = (*log)->Read(0, [&](const StoredEvent& event) {
      EXPECT_EQ(event.position, events)
          << table << ": nothing behind what is missing is handed out";
      return ++events, true;
    });
    EXPECT_TRUE(!read || events == (*log)->acknowledged()) << table << " " << events;
    std::uint64_t of_tenants = 0;
    bool all_read = true;
    for (std::uint64_t tenant = 0; tenant < kTenants; ++tenant) {
      all_read &= (*log)
                      ->ReadTenant(Tenant(tenant), 0,
                                   [&](const StoredEvent&) { return ++of_tenants, true; })
                      .has_value();
    }
    const bool told = !all_read || (*log)->read_only_reason();
    EXPECT_TRUE(told || of_tenants == head_.tree_size) << table << " " << of_tenants;
    std::uint64_t of_parts = 0;
    const auto parts = (*log)->ReadPart(0, 1, [&](const StoredEvent&) { return ++of_parts, true; });
    EXPECT_TRUE(!parts || (*log)->read_only_reason() || of_parts == head_.tree_size) << table;
    if (!runs_of(**log) || !read || told || !parts) ++found;
  }
  EXPECT_GT(found, 3U);
}

TEST_F(DamageTest, SealingPutsNoRangeInPlaceOfGroupsThatItCouldNotRead) {
  for (int i = 0; i < 12; ++i) {
    const auto log = Open(original_).value();
    for (int k = 0; k < 4; ++k) Append(*log);
    head_ = log->head();
  }
  const auto flip = [](const fs::path& table) {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(5);
    const int byte = file.get();
    file.seekp(5);
    file.put(static_cast<char>(byte ^ 1));
  };
  int failed = 0;
  for (const auto& original : WithExtension(original_, ".sst")) {
    const fs::path store = Copy();
    const fs::path table = store / original.lexically_relative(original_);
    {
      const auto log = Open(store).value();
      if (!fs::exists(table)) continue;
      // The daemon runs already when the disk goes bad.
      flip(table);
      auto sealed = log->Seal(40, 8);
      while (sealed && *sealed > 0) sealed = log->Seal(40, 8);
      failed += sealed ? 0 : 1;
      flip(table);
    }
    EXPECT_EQ(LookAt(store, table.string()), Seen::kHarmless) << "whole as soon as it is readable";
  }
  EXPECT_GT(failed, 0);
}

TEST_F(DamageTest, AFileThatIsCutOrGoneIsFoundOrHarmless) {
  for (const auto& file : FilesOf(original_)) {
    const auto name = file.lexically_relative(original_);
    const auto size = fs::file_size(file);
    if (size == 0) continue;
    const bool of_events =
        file.extension() == ".sst" || file.extension() == ".log" || name == "HEAD";
    for (const std::uintmax_t kept : {size / 2, size - 1, std::uintmax_t{0}}) {
      const fs::path store = Copy();
      fs::resize_file(store / name, kept);
      const Seen seen = LookAt(store, name.string() + " cut to " + std::to_string(kept));
      // The newest slot of HEAD may go: the one before stands.
      if (of_events && name != "HEAD") {
        EXPECT_NE(seen, Seen::kHarmless) << name << " cut to " << kept;
      }
    }
    const fs::path store = Copy();
    fs::remove(store / name);
    const Seen seen = LookAt(store, name.string() + " removed");
    if (of_events) {
      EXPECT_NE(seen, Seen::kHarmless) << name << " removed";
    }
    if (file.extension() == ".sst") continue;
    EXPECT_FALSE(WithExtension(store, ".sst").empty()) << "nothing is deleted after " << name;
  }
}

TEST_F(DamageTest, ALostCurrentFileCostsNoTable) {
  const fs::path store = Copy();
  fs::remove(store / "db/CURRENT");
  const auto tables = WithExtension(store, ".sst");
  for (const bool head_too : {false, true}) {
    if (head_too) fs::remove(store / "HEAD");
    const auto log = Open(store);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, ErrorCode::kStoreCorrupt);
    EXPECT_NE(log.error().context.find((store / "db/CURRENT").string()), std::string::npos);
    EXPECT_EQ(WithExtension(store, ".sst"), tables);
  }
}

/// Records of the write-ahead log: 7 bytes of header (checksum, length, kind), in blocks of 32 KiB.
TEST_F(DamageTest, AWriteAheadLogCutBetweenRecordsIsCaughtByHead) {
  const auto logs = WithExtension(original_, ".log");
  ASSERT_FALSE(logs.empty());
  const std::string bytes = Bytes(logs.back());
  std::vector<std::size_t> borders;
  for (std::size_t at = 0; at + 7 <= bytes.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
    const auto length = static_cast<std::size_t>(byte(4) | byte(5) << 8);
    if (length == 0) break;
    borders.push_back(at);
    at += 7 + length;
  }
  ASSERT_GE(borders.size(), 5U);
  for (const std::size_t border : borders) {
    const fs::path store = Copy();
    fs::resize_file(store / logs.back().lexically_relative(original_), border);
    const auto log = Open(store);
    ASSERT_TRUE(log) << log.error().ToString();
    ASSERT_TRUE((*log)->read_only_reason()) << border;
    EXPECT_GE((*log)->read_only_reason()->missing_position, head_.tree_size - 5 * 6);
    EXPECT_EQ((*log)->read_only_reason()->missing_position, (*log)->acknowledged());
    const auto left = (*log)->ReadWhatIsLeft([](const StoredEvent&) {});
    ASSERT_TRUE(left);
    EXPECT_EQ(left->holes, (std::vector<Losses::Hole>{{(*log)->acknowledged(), head_.tree_size}}));
  }
}

TEST_F(DamageTest, AFlippedByteOfTheWriteAheadLogIsToldWithItsPlace) {
  const auto log_file = WithExtension(original_, ".log").back();
  const std::string bytes = Bytes(log_file);
  const std::size_t second_last = bytes.find("event " + std::to_string(head_.tree_size - 12));
  ASSERT_NE(second_last, std::string::npos);
  const fs::path store = Copy();
  std::string damaged = bytes;
  damaged[second_last] = 'E';
  Write(store / log_file.lexically_relative(original_), damaged);

  const auto place = FindWalDamage(store / "db");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->file, store / log_file.lexically_relative(original_));
  EXPECT_LT(place->offset, second_last);
  EXPECT_GT(place->offset, bytes.find("event " + std::to_string(head_.tree_size - 13)));
  EXPECT_GT(place->last_sequence, 0U);
  EXPECT_EQ(place->end, head_.tree_size - 12);

  const auto log = Open(store);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().context.find(ToText(*place)), std::string::npos) << log.error().context;
  EXPECT_EQ(Bytes(store / log_file.lexically_relative(original_)), damaged) << "nothing is changed";
}

TEST_F(DamageTest, AWholeWriteAheadLogAndATornEndAreNoDamage) {
  EXPECT_FALSE(FindWalDamage(original_ / "db"));
  const auto log_file = WithExtension(original_, ".log").back();
  const fs::path store = Copy();
  fs::resize_file(store / log_file.lexically_relative(original_), fs::file_size(log_file) - 3);
  EXPECT_FALSE(FindWalDamage(store / "db"));
  EXPECT_FALSE(FindWalDamage(store / "no such folder"));
}

/// Documents make records of several blocks: parts of a record are records with sums of their own.
TEST_F(DamageTest, EveryFlippedByteOfAWriteAheadLogOfManyBlocksHasAPlaceOrIsTheEnd) {
  {
    const auto log = Open(original_).value();
    for (std::uint8_t i = 0; i < 4; ++i) {
      Commit commit(log->next_position());
      commit.AddEvent(Tenant(0), Event(commit.first_position()));
      commit.AddBlob(Tenant(0), Digest{i}, std::string(50'000, 'x'));
      auto prepared = log->Prepare(std::move(commit));
      ASSERT_TRUE(prepared && log->Write(*prepared) && log->Acknowledge(*prepared));
    }
  }
  const auto log_file = WithExtension(original_, ".log").back();
  const std::string bytes = Bytes(log_file);
  ASSERT_GT(bytes.size(), 200'000U);
  EXPECT_FALSE(FindWalDamage(original_ / "db"));
  fakes::SeededRandom random(8);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const std::size_t at = UniformBelow(random, bytes.size());
    const fs::path store =
        CopyWithFlip(log_file, at, static_cast<unsigned>(UniformBelow(random, 8)));
    const auto log = Open(store);
    if (log) continue;
    ++refused;
    const auto place = FindWalDamage(store / "db");
    ASSERT_TRUE(place) << at << ": " << log.error().context;
    EXPECT_LE(place->offset, at);
    EXPECT_LT(at - place->offset, 32'768U + 11);
  }
  EXPECT_GT(refused, 20);
}

TEST_F(DamageTest, AStoreWithoutItsDatabaseIsNoMissingStore) {
  const fs::path store = Copy();
  fs::remove_all(store / "db");
  const auto log = Open(store, true);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kStoreCorrupt);
  EXPECT_NE(log.error().context.find((store / "db").string()), std::string::npos);
  fs::remove_all(store);
  EXPECT_EQ(Open(store, true).error().code, ErrorCode::kNotFound);
}

TEST_F(DamageTest, OfADamagedStoreNothingIsChanged) {
  const auto log_file = WithExtension(original_, ".log").back();
  for (const std::uintmax_t cut : {std::uintmax_t{10}, fs::file_size(log_file) / 2}) {
    const fs::path store = Copy();
    fs::resize_file(store / log_file.lexically_relative(original_), fs::file_size(log_file) - cut);
    std::map<fs::path, std::string> before;
    for (const auto& file : FilesOf(store)) before[file] = Bytes(file);
    for (int start = 0; start < 2; ++start) ASSERT_TRUE(Open(store).value()->read_only_reason());
    for (const auto& [file, bytes] : before) EXPECT_EQ(Bytes(file), bytes) << file;
    EXPECT_EQ(FilesOf(store).size(), before.size());
    fs::copy(log_file, store / log_file.lexically_relative(original_),
             fs::copy_options::overwrite_existing);
    const auto log = Open(store).value();
    EXPECT_FALSE(log->read_only_reason()) << "what was cut off is put back";
    EXPECT_EQ(log->head(), head_);
  }
}

TEST_F(DamageTest, AnUnreadableBlockIsAHoleAroundWhichEverythingElseIsRead) {
  std::size_t holes = 0;
  for (const auto& table : WithExtension(original_, ".sst")) {
    const std::string bytes = Bytes(table);
    const std::size_t at = bytes.find("event 3");
    if (at == std::string::npos) continue;
    const fs::path store = Copy();
    std::string damaged = bytes;
    damaged[at] = 'E';
    Write(store / table.lexically_relative(original_), damaged);
    const auto log = Open(store, true);
    ASSERT_TRUE(log) << log.error().ToString();
    std::uint64_t read = 0;
    const auto left = (*log)->ReadWhatIsLeft([&](const StoredEvent&) { ++read; });
    ASSERT_TRUE(left);
    EXPECT_EQ(read + left->positions(), head_.tree_size);
    EXPECT_GT(read, 0U);
    const auto examined = (*log)->Examine([](std::uint64_t) {});
    ASSERT_TRUE(examined && examined->damage);
    if (!left->holes.empty()) {
      ++holes;
      EXPECT_EQ(examined->damage->missing_position, left->holes.front().first)
          << examined->damage->text;
    }
  }
  EXPECT_GT(holes, 0U);
}

TEST_F(DamageTest, WhatACompactionFindsRaisesSuspicionByItself) {
  constexpr std::size_t kDocument = 4'200'000;  // fills the documents' memtable
  const auto log = Open(original_).value();
  std::uint8_t documents = 0;
  const auto store_document = [&] {
    Commit commit(log->next_position());
    commit.AddEvent(Tenant(0), Event(commit.first_position()));
    commit.AddBlob(Tenant(0), Digest{++documents}, std::string(kDocument, 'x'));
    auto prepared = log->Prepare(std::move(commit));
    return prepared && log->Write(*prepared) && log->Acknowledge(*prepared);
  };
  const auto tables = [&] { return WithExtension(original_, ".sst"); };
  const std::size_t before = tables().size();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store_document());
  while (tables().size() < before + 2) std::this_thread::yield();
  EXPECT_FALSE(log->TakeSuspicion());
  for (const auto& table : tables()) {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8);
    file.put('\x55');
  }
  // Nobody reads a document: RocksDB does, on its own, once there are enough tables.
  while (!log->TakeSuspicion()) store_document();
  const auto examined = log->Examine([](std::uint64_t) {});
  ASSERT_TRUE(examined);
  EXPECT_TRUE(examined->damage);
  EXPECT_FALSE(log->TakeSuspicion()) << "each finding is told once";
}

TEST_F(DamageTest, ALogThatWasForgedThroughoutIsFoundByACheckpoint) {
  const fs::path forged = folder_.path() / "forged";
  {
    // Everything is consistent in itself: groups, trees, HEAD. One early event is another.
    const auto log = Open(forged).value();
    while (log->next_position() < head_.tree_size) {
      Commit commit(log->next_position());
      const std::uint64_t position = commit.first_position();
      commit.AddEvent(Tenant(position % kTenants), position == 3 ? "forged" : Event(position));
      auto prepared = log->Prepare(std::move(commit));
      ASSERT_TRUE(prepared && log->Write(*prepared) && log->Acknowledge(*prepared));
    }
  }
  const auto log = Open(forged, true).value();
  EXPECT_TRUE(log->Verify([](std::uint64_t) {})) << "nothing inside it tells";
  const auto examined = log->Examine([](std::uint64_t) {}, head_);
  ASSERT_TRUE(examined && examined->damage);
  EXPECT_TRUE(examined->damage->altered);
  EXPECT_NE(examined->damage->text.find("checkpoint"), std::string::npos);

  const auto genuine = Open(original_, true).value();
  EXPECT_FALSE(genuine->Examine([](std::uint64_t) {}, head_)->damage);
  const auto longer = genuine->Examine([](std::uint64_t) {}, Head{head_.tree_size + 1, head_.root});
  ASSERT_TRUE(longer && longer->damage) << "the end was cut off since the checkpoint";
  EXPECT_EQ(longer->damage->missing_position, head_.tree_size);
}

TEST_F(DamageTest, AnotherLogBehindTheSameHeadIsFound) {
  const fs::path other = folder_.path() / "other";
  {
    const auto log = Open(other).value();
    while (log->next_position() < head_.tree_size) Append(*log);
  }
  fs::copy(original_ / "HEAD", other / "HEAD", fs::copy_options::overwrite_existing);
  EXPECT_EQ(LookAt(other, "same events"), Seen::kHarmless) << "the tree is over the events alone";
  {
    const auto log = Open(other).value();
    Append(*log);
  }
  fs::remove_all(original_ / "db");
  fs::copy(other / "db", original_ / "db", fs::copy_options::recursive);
  EXPECT_FALSE(Open(original_).value()->read_only_reason()) << "what lies beyond HEAD is kept";
}

}  // namespace
}  // namespace assayd::eventstore
