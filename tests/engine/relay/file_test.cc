#include "engine/relay/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

TEST(File, IsWrittenOnceWithTheModeAskedFor) {
  const testing::TemporaryDirectory directory;
  const auto path = directory / "key";
  const mode_t before = umask(0);
  EXPECT_TRUE(write_new_file(path, codec::as_bytes("secret"), 0600));
  umask(before);
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  EXPECT_EQ(read_file(path, 6), "secret");
  EXPECT_THAT(write_new_file(path, codec::as_bytes("other"), 0600).error(), HasSubstr("exists"));
  EXPECT_EQ(read_file(path, 6), "secret");
  EXPECT_TRUE(sync_directory(directory.path()));
}

TEST(File, ReadingSaysWhatIsWrong) {
  const testing::TemporaryDirectory directory;
  EXPECT_THAT(read_file(directory / "none", 10).error(), HasSubstr("No such file"));
  EXPECT_THAT(read_file(directory.path(), 10).error(), HasSubstr("directory"));
  ASSERT_TRUE(write_new_file(directory / "long", codec::as_bytes("12345"), 0600));
  EXPECT_THAT(read_file(directory / "long", 4).error(), HasSubstr("more than 4 bytes"));
}

TEST(File, APrivateFileThatOthersMayReadIsRefused) {
  const testing::TemporaryDirectory directory;
  const auto path = directory / "key";
  ASSERT_TRUE(write_new_file(path, codec::as_bytes("secret"), 0600));
  for (const mode_t mode : {0400u, 0600u}) {
    chmod(path.c_str(), mode);
    EXPECT_EQ(read_private_file(path, 10), "secret");
  }
  for (const mode_t mode : {0644u, 0640u, 0604u, 0620u, 0700u}) {
    chmod(path.c_str(), mode);
    const auto content = read_private_file(path, 10);
    ASSERT_FALSE(content) << mode;
    EXPECT_THAT(content.error(), HasSubstr("chmod 600 " + path.string()));
  }
  chmod(path.c_str(), 0644);
  EXPECT_THAT(read_private_file(path, 10).error(), HasSubstr("(mode 0644)"));
}

TEST(UniqueFd, MovesAndReleases) {
  UniqueFd fd(dup(0));
  const int number = fd.get();
  UniqueFd other(std::move(fd));
  EXPECT_EQ(other.get(), number);
  UniqueFd third;
  EXPECT_FALSE(third);
  third = std::move(other);
  EXPECT_EQ(third.get(), number);
  third.reset();
  EXPECT_EQ(dup(number), -1) << "it was to be closed";
}

}  // namespace
}  // namespace sdmp::relay
