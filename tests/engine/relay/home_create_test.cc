#include <fstream>

#include <sys/stat.h>

#include "engine/relay/config.h"
#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777u : 0;
}

std::vector<std::string> entries(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(HomeCreate, HoldsTheFourResourcesInOrder) {
  const testing::TemporaryDirectory directory;
  const auto home = Home::create(directory / "a" / "b", testing::local_options());
  ASSERT_TRUE(home) << home.error();
  auto store = open_store(*home, testing::small_store());
  ASSERT_TRUE(store) << store.error();
  store::Reader reader = (*store)->reader();
  ASSERT_EQ(reader.journal_size(), 4u);
  const codec::Schema expected[] = {codec::Schema::kIdentity, codec::Schema::kIdentity,
                                    codec::Schema::kRelationship, codec::Schema::kNodeInformation};
  const codec::Fingerprint publishers[] = {home->user(), home->node(), home->user(), home->node()};
  codec::UnixMillis last = 0;
  codec::ContainerReader parser;
  for (std::uint64_t line = 1; line <= 4; ++line) {
    const auto stored = reader.find(reader.journal_entry(line).resource);
    ASSERT_TRUE(stored);
    const auto container = parser.parse_copy(stored->container);
    ASSERT_TRUE(container);
    EXPECT_TRUE(container->lists(expected[line - 1])) << line;
    EXPECT_EQ(container->publisher, publishers[line - 1]) << line;
    EXPECT_GT(container->created, last) << "strictly increasing";
    last = container->created;
    if (line <= 2) {
      EXPECT_NEAR(static_cast<double>(codec::read_identity(*container)->expires),
                  static_cast<double>(unix_now() + kIdentityLifetimeMs), 60'000.0);
    }
    if (line == 3) {
      const auto relationship = codec::read_relationship(*container);
      EXPECT_EQ(relationship->type, codec::RelationshipType::kPublisher);
      EXPECT_EQ(relationship->identity, home->node());
    }
    if (line == 4) {
      EXPECT_TRUE(codec::read_node_ips(*container)->empty());
    }
  }
}

TEST(HomeCreate, GivesNobodyElseARight) {
  const testing::TemporaryDirectory directory;
  const fs::path path = directory / "home";
  const mode_t before = umask(0);
  const auto home = Home::create(path, testing::local_options());
  umask(before);
  ASSERT_TRUE(home) << home.error();
  EXPECT_EQ(mode_of(path), 0700u);
  EXPECT_EQ(mode_of(path / "keys"), 0700u);
  EXPECT_EQ(mode_of(path / "store"), 0700u);
  EXPECT_EQ(mode_of(path / "keys" / "user.pem"), 0600u);
  EXPECT_EQ(mode_of(path / "keys" / "node.pem"), 0600u);
  EXPECT_EQ(mode_of(path / "node.toml"), 0600u);
  EXPECT_THAT(entries(directory.path()), ::testing::ElementsAre("home")) << "nothing left beside";
}

TEST(HomeCreate, UsesAnEmptyDirectory) {
  const testing::TemporaryDirectory directory;
  fs::create_directory(directory / "home");
  const auto home = Home::create(directory / "home" / "", testing::local_options());
  ASSERT_TRUE(home) << home.error();
  EXPECT_TRUE(Home::open(directory / "home"));
}

TEST(HomeCreate, RefusesWhatIsThereAlready) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(Home::create(directory / "home", testing::local_options()));
  EXPECT_THAT(Home::create(directory / "home", testing::local_options()).error(),
              HasSubstr("is a node's home already"));
  fs::create_directory(directory / "full");
  std::ofstream(directory / "full" / "letter") << "dear";
  EXPECT_THAT(Home::create(directory / "full", testing::local_options()).error(),
              HasSubstr("is not empty"));
  EXPECT_THAT(Home::create(directory / "full" / "letter", testing::local_options()).error(),
              HasSubstr("no directory"));
  EXPECT_THAT(entries(directory / "full"), ::testing::ElementsAre("letter"));
}

TEST(HomeCreate, WrongOptionsLeaveNothing) {
  const testing::TemporaryDirectory directory;
  const auto error_of = [&](auto change) {
    InitOptions options = testing::local_options();
    change(options);
    const auto home = Home::create(directory / "home", options);
    EXPECT_FALSE(home);
    EXPECT_FALSE(fs::exists(directory / "home"));
    return home ? "" : home.error();
  };
  EXPECT_THAT(error_of([](InitOptions& o) { o.listen = "here"; }), HasSubstr("listen: \"here\""));
  EXPECT_THAT(error_of([](InitOptions& o) { o.announce = {"0.0.0.0:1"}; }), HasSubstr("announce"));
  EXPECT_THAT(error_of([](InitOptions& o) { o.name = "two\nlines"; }), HasSubstr("control"));
  EXPECT_THAT(error_of([](InitOptions& o) { o.name = std::string(300, 'n'); }), HasSubstr("256"));
  EXPECT_THAT(entries(directory.path()), ::testing::IsEmpty());
}

TEST(HomeCreate, ClassicMakesRsaKeys) {
  const testing::TemporaryDirectory directory;
  InitOptions options = testing::local_options();
  options.suite = codec::Suite::kClassic;
  options.announce = {"192.0.2.1:7367"};
  const auto home = Home::create(directory / "home", options);
  ASSERT_TRUE(home) << home.error();
  EXPECT_EQ(home->node_key().public_key().type(), codec::KeyType::kRsa);
  EXPECT_EQ(home->user_key().signature_size(), 3072u / 8);
  const auto config = load_config(home->config_file());
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->shard.dial_group, codec::Group::kFfdhe3072);
}

}  // namespace
}  // namespace sdmp::relay
