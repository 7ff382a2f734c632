#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/relay/bundle.h"
#include "engine/relay/control.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {

int fail(const std::string& message) {
  std::cerr << "sdmp: " << message << '\n';
  return 1;
}

relay::Outcome<OpenHome> open_home(const std::filesystem::path& directory) {
  auto home = relay::Home::open(directory);
  if (!home) return std::unexpected(home.error());
  auto store = store::Store::open(home->store_directory(), home->node(),
                                  store::StoreOptions{.read_only = true});
  if (!store) return std::unexpected(store.error().message);
  auto reader = (*store)->reader();
  return OpenHome{std::move(*home), std::move(*store), std::move(reader)};
}

void OpenHome::close() {
  reader.reset();
  store.reset();
}

relay::Outcome<std::string> read_file(const std::string& path) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return std::unexpected(path + " is a directory: name a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("cannot read " + path + ": " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

relay::Outcome<std::vector<Appended>> append_containers(OpenHome& opened, const std::string& bundle,
                                                        const std::string& source) {
  const auto lines = relay::split_lines(bundle);
  auto verified = relay::verify_bundle(lines, source, *opened.reader);
  if (!verified) return std::unexpected(verified.error());
  std::vector<Appended> appended;
  appended.reserve(verified->size());
  for (const auto& resource : *verified) {
    appended.push_back({resource.publisher, resource.identifier});
  }

  opened.close();
  auto outcomes = relay::append_to_home(opened.home, std::move(*verified));
  if (!outcomes) return std::unexpected(outcomes.error());
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    const std::string place = source + " line " + std::to_string(lines[i].line);
    if ((*outcomes)[i] == protocol::StoreOutcome::kForeignUpdate) {
      return std::unexpected(place + ": it updates a resource of another publisher, which only " +
                             "that publisher may do");
    }
    if ((*outcomes)[i] == protocol::StoreOutcome::kFailed) {
      return std::unexpected(place + ": the store could not take it; see the node's log");
    }
  }
  return appended;
}

}  // namespace sdmp::tools
