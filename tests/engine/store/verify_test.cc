#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/store.h"
#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using testing::append_all;
using testing::Draft;
using ::testing::HasSubstr;
using testing::id;
using testing::node;
using testing::open_store;
using testing::tamper;
using testing::TemporaryDirectory;

using Rows = std::function<int(MDB_txn*, MDB_dbi)>;

// Lines: 1 user's identity, 2 node's identity, 3 relationship, 4 post, 5 update of 4, 6 post,
// 7 deletion of something absent, 8 deletion of 6.
class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    lines_.push_back(testing::identity(user_, codec::IdentityType::kUser));
    lines_.push_back(testing::identity(node_, codec::IdentityType::kNode));
    lines_.push_back(testing::parsed(codec::build_relationship(user_, testing::kNow,
                                                               codec::RelationshipType::kPublisher,
                                                               node_.public_key().fingerprint())));
    lines_.push_back(testing::post(user_, "first"));
    lines_.push_back(testing::post(user_, "second", {line(4).identifier}));
    lines_.push_back(testing::post(node_, "third"));
    const std::vector<codec::Identifier> absent{id("absent")};
    lines_.push_back(testing::parsed(codec::build_deletion(user_, testing::kNow, absent)));
    const std::vector<codec::Identifier> third{line(6).identifier};
    lines_.push_back(testing::parsed(codec::build_deletion(node_, testing::kNow, third)));
    append_all(*open(), lines_);
  }

  std::unique_ptr<Store> open() const { return open_store(home_.store(), self()); }
  codec::Fingerprint self() const { return node_.public_key().fingerprint(); }
  const Draft& line(std::size_t index) const { return lines_.at(index - 1); }

  void change(const char* table, const Rows& rows) const { tamper(home_.store(), table, rows); }
  // Lets `edit` change the octets of a row.
  static Rows edit(codec::Bytes key, const std::function<void(codec::ByteVector&)>& edit) {
    const codec::ByteVector kept(key.begin(), key.end());
    return [kept, edit](MDB_txn* txn, MDB_dbi table) {
      const Lookup found = get(txn, table, kept);
      if (!found.found()) return found.rc;
      codec::ByteVector octets(found.value.begin(), found.value.end());
      edit(octets);
      return put(txn, table, kept, octets);
    };
  }
  static Rows erase(codec::Bytes key) {
    const codec::ByteVector kept(key.begin(), key.end());
    return [kept](MDB_txn* txn, MDB_dbi table) {
      return get(txn, table, kept).found() ? remove(txn, table, kept) : MDB_NOTFOUND;
    };
  }
  static Rows add(codec::Bytes key, codec::Bytes value) {
    const codec::ByteVector kept(key.begin(), key.end());
    const codec::ByteVector octets(value.begin(), value.end());
    return [=](MDB_txn* txn, MDB_dbi table) { return put(txn, table, kept, octets); };
  }
  void edit_journal(std::uint64_t index, std::size_t offset) const {
    change("journal",
           edit(records::journal_key(index), [=](auto& octets) { octets[offset] ^= 1; }));
  }
  void edit_resource(std::size_t index,
                     const std::function<void(codec::ByteVector&)>& octets) const {
    change("resources", edit(line(index).identifier.bytes(), octets));
  }
  void set_container(std::size_t index, std::string_view text) const {
    edit_resource(index, [=](codec::ByteVector& octets) {
      octets.resize(records::kResourceHeaderBytes);
      octets.insert(octets.end(), text.begin(), text.end());
    });
  }
  // A further line, unchecked as in the store's contract.
  void append(const Draft& draft) const { append_all(*open(), {draft}); }

  void expect_fault(std::uint64_t index, std::string_view words) const {
    const auto store = open();
    const VerifyReport report = verify(*store);
    ASSERT_TRUE(report.faulty_line) << "no fault was found";
    EXPECT_EQ(*report.faulty_line, index);
    EXPECT_THAT(report.fault, HasSubstr(std::string(words)));
  }

  const codec::PrivateKey user_ = testing::new_key();
  const codec::PrivateKey node_ = testing::new_key();
  TemporaryDirectory home_;
  std::vector<Draft> lines_;
};

TEST_F(VerifyTest, SoundStoreHasNoFault) {
  const VerifyReport report = verify(*open());
  EXPECT_FALSE(report.faulty_line) << *report.faulty_line << ": " << report.fault;
  EXPECT_EQ(report.fault, "");
  EXPECT_EQ(report.lines, 8u);
  EXPECT_EQ(report.resources, 8u);
}

TEST_F(VerifyTest, EmptyStoreHasNoFault) {
  TemporaryDirectory home;
  const VerifyReport report = verify(*open_store(home.store()));
  EXPECT_FALSE(report.faulty_line);
  EXPECT_EQ(report.lines, 0u);
}

TEST_F(VerifyTest, WorksReadOnly) {
  StoreOptions options;
  options.read_only = true;
  EXPECT_FALSE(verify(*open_store(home_.store(), self(), options)).faulty_line);
}

TEST_F(VerifyTest, JRN_4_ChangedNumber) {
  edit_journal(4, 0);
  expect_fault(4, "hash of the line before");
}

TEST_F(VerifyTest, ChangedPublisher) {
  edit_journal(4, 64);
  expect_fault(4, "another publisher");
}

TEST_F(VerifyTest, ChangedIdentifier) {
  edit_journal(4, 128);
  expect_fault(4, "not in the store");
}

TEST_F(VerifyTest, MissingLine) {
  change("journal", erase(records::journal_key(4)));
  expect_fault(4, "missing from the journal");
}

TEST_F(VerifyTest, ShortLine) {
  change("journal", edit(records::journal_key(4), [](auto& octets) { octets.pop_back(); }));
  expect_fault(4, "does not have");
}

TEST_F(VerifyTest, MissingResource) {
  change("resources", erase(line(4).identifier.bytes()));
  expect_fault(4, "not in the store");
}

TEST_F(VerifyTest, DamagedRecord) {
  edit_resource(4, [](auto& octets) { octets.resize(10); });
  expect_fault(4, "record of its resource is damaged");
}

TEST_F(VerifyTest, RecordOfAnotherLine) {
  edit_resource(4, [](auto& octets) { octets[71] = 5; });
  expect_fault(4, "names line 5");
}

TEST_F(VerifyTest, TextThatIsNoContainer) {
  set_container(4, "{}");
  expect_fault(4, "no valid container");
}

TEST_F(VerifyTest, P_ID_AnotherResourceInItsPlace) {
  set_container(4, line(5).container);
  expect_fault(4, "hash of the resource's payload");
}

TEST_F(VerifyTest, ChangedSignature) {
  edit_resource(4, [](codec::ByteVector& octets) {
    const std::string_view text = codec::as_text(octets);
    const std::size_t at = text.rfind("\"signature\":\"") + 20;
    octets[at] = octets[at] == 'A' ? 'B' : 'A';
  });
  expect_fault(4, "signature of its resource");
}

TEST_F(VerifyTest, ChangedSignatureOfAnIdentity) {
  edit_resource(2, [](codec::ByteVector& octets) {
    const std::string_view text = codec::as_text(octets);
    const std::size_t at = text.rfind("\"signature\":\"") + 20;
    octets[at] = octets[at] == 'A' ? 'B' : 'A';
  });
  expect_fault(2, "identity is not valid");
}

TEST_F(VerifyTest, RES_1_ContainerThatIsNoResource) {
  const std::array<std::string_view, 1> schemas{"post"};
  const std::string text =
      codec::build_container(user_, testing::kNow, schemas, "\"post\":{\"content\":\"x\"}");
  codec::ContainerReader reader;
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container);
  append({.publisher = container->publisher,
          .identifier = container->identifier(),
          .container = text});
  expect_fault(9, "not a resource");
}

TEST_F(VerifyTest, PublisherWithoutAnIdentity) {
  append(testing::post(testing::new_key(), "stranger"));
  expect_fault(9, "the publisher's identity is not in the store");
}

TEST_F(VerifyTest, ReplacedIdentityStillVerifiesWhatItSigned) {
  Draft later = testing::parsed(
      codec::build_identity(user_, codec::IdentityType::kUser, testing::kNow + 1, testing::kLater));
  later.updates = {};
  append(later);
  const std::vector<codec::Identifier> both{line(1).identifier, later.identifier};
  append(testing::parsed(codec::build_deletion(user_, testing::kNow, both)));
  const VerifyReport report = verify(*open());
  EXPECT_FALSE(report.faulty_line) << report.fault;
  EXPECT_EQ(report.lines, 10u);
}

TEST_F(VerifyTest, UpdateThatIsNotRecorded) {
  Draft draft = testing::post(user_, "update", {line(5).identifier});
  draft.updates.clear();
  append(draft);
  expect_fault(9, "does not record that");
}

TEST_F(VerifyTest, RES_4_ForeignUpdate) {
  Draft draft = testing::post(user_, "update", {line(2).identifier});
  draft.updates.clear();
  append(draft);
  change("replaced", add(records::write_pair(draft.publisher.octets, line(2).identifier.octets),
                         draft.identifier.bytes()));
  expect_fault(9, "another publisher");
}

TEST_F(VerifyTest, P_SYN_ForeignUpdateBeforeItsTargetIsNoFault) {
  const Draft target = testing::post(node_, "target");
  append(testing::post(user_, "update", {target.identifier}));
  append(target);
  const VerifyReport report = verify(*open());
  EXPECT_FALSE(report.faulty_line) << report.fault;
}

TEST_F(VerifyTest, ReplacedMarkMissing) {
  edit_resource(4, [](auto& octets) { octets[75] &= 0xfe; });
  expect_fault(4, "but not marked so");
}

TEST_F(VerifyTest, ReplacedMarkWithoutAnUpdate) {
  edit_resource(5, [](auto& octets) { octets[75] |= 1; });
  expect_fault(5, "no update replaces it");
}

TEST_F(VerifyTest, ReplacedRowWithoutAnUpdate) {
  change("replaced", add(records::write_pair(line(4).publisher.octets, id("nothing").octets),
                         line(5).identifier.bytes()));
  expect_fault(5, "no update in the store names it");
}

TEST_F(VerifyTest, ResourceWithoutALine) {
  codec::ByteVector octets(records::kResourceHeaderBytes);
  records::write_resource_header({node("p"), 99, 0}, octets.data());
  change("resources", add(id("orphan").bytes(), octets));
  expect_fault(99, "without a line");
}

TEST_F(VerifyTest, NumberThatLeadsNowhere) {
  const codec::LineNumber number = codec::number_after(self());
  change("lines", erase(number.bytes()));
  expect_fault(1, "table lines");
}

TEST_F(VerifyTest, NumberWithoutALine) {
  change("lines", add(id("number").bytes(), records::write_u64(3)));
  expect_fault(0, "table lines");
}

TEST_F(VerifyTest, SchemaRowMissing) {
  change("by_schema", erase(records::schema_key(2, 3)));
  expect_fault(3, "relationship");
}

TEST_F(VerifyTest, SchemaRowTooMany) {
  change("by_schema", add(records::schema_key(3, 4), line(4).identifier.bytes()));
  expect_fault(0, "by_schema");
}

TEST_F(VerifyTest, FlagsOfOtherSchemas) {
  edit_resource(4, [](auto& octets) { octets[75] |= 4; });
  expect_fault(4, "flags of other schemas");
}

TEST_F(VerifyTest, CountsStopAtTheFault) {
  edit_journal(4, 0);
  const VerifyReport report = verify(*open());
  EXPECT_EQ(report.lines, 3u);
  EXPECT_EQ(report.resources, 3u);
}

}  // namespace
}  // namespace sdmp::store
