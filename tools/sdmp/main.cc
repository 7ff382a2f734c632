// `sdmp`: keys, trust, publish, sync, show, inspect, verify. Parsing only; see commands.h.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include <signal.h>

#include "codec/aead.h"
#include "tools/sdmp/commands.h"

namespace {

using namespace sdmp;

struct Options {
  std::string home = relay::Home::default_directory().string();
  tools::InitCommand init;
  std::vector<std::string> files;
  std::string fingerprint;
  bool json = false;
  bool prometheus = false;
  tools::PublishCommand publish;
  std::vector<std::string> uris;
  tools::SyncCommand sync;
  tools::ShowCommand show;
  tools::LogCommand log;
  tools::VerifyCommand verify;
  tools::InspectCommand inspect;
};

using Run = std::function<int()>;

CLI::App* with_home(CLI::App* command, Options& options) {
  command->add_option("--home", options.home, "The node's home directory")->capture_default_str();
  return command;
}

void add_home_commands(CLI::App& app, Options& o, Run& run) {
  auto* init = with_home(app.add_subcommand("init",
                                            "Make a home: user and node keys, their "
                                            "identities, the publisher relationship"),
                         o);
  init->add_option("--name", o.init.name, "The node's name, shown to people");
  init->add_option("--suite", o.init.suite, "modern (Ed25519) or classic (RSA-3072) keys")
      ->check(CLI::IsMember({"modern", "classic"}))
      ->capture_default_str();
  init->add_option("--listen", o.init.listen, "Where sdmpd will listen")->capture_default_str();
  init->add_option("--announce", o.init.announce, "ADDR:PORT that others dial; repeatable");
  init->callback([&] {
    run = [&] {
      o.init.home = o.home;
      return tools::run_init(o.init);
    };
  });

  auto* out = with_home(app.add_subcommand("export", "Print the node's bundle"), o);
  out->callback([&] { run = [&] { return tools::run_export(o.home); }; });

  auto* trust = app.add_subcommand("trust", "Whom this node trusts");
  trust->require_subcommand(1);
  auto* add = with_home(trust->add_subcommand("add", "Trust the users of a bundle"), o);
  add->add_option("FILE", o.files, "Bundles made by `sdmp export`; - is standard input")
      ->required();
  add->callback([&] { run = [&] { return tools::run_trust_add(o.home, o.files); }; });
  auto* list = with_home(trust->add_subcommand("list", "Who is trusted, for what, until when"), o);
  list->add_flag("--json", o.json, "One JSON object a line");
  list->callback([&] { run = [&] { return tools::run_trust_list(o.home, o.json); }; });
  auto* remove = with_home(trust->add_subcommand("remove", "Withdraw trust"), o);
  remove->add_option("FINGERPRINT", o.fingerprint, "A user, or a node of one's own")->required();
  remove->callback([&] { run = [&] { return tools::run_trust_remove(o.home, o.fingerprint); }; });

  auto* import = with_home(app.add_subcommand("import",
                                              "Verified containers into the store, "
                                              "trusting nobody new"),
                           o);
  import->add_option("FILE", o.files, "JSON Lines, one container a line")->required();
  import->callback([&] { run = [&] { return tools::run_import(o.home, o.files); }; });
}

// A validator. The schema allows a post without text, but here it is a variable that was not set: a
// file or a line without text is no post either.
std::string not_empty(const std::string& text) {
  return text.empty() ? "is empty: there is nothing to publish" : "";
}

void add_content_commands(CLI::App& app, Options& o, Run& run) {
  auto* publish = with_home(app.add_subcommand("publish", "Publish posts; prints their URIs"), o);
  auto* source = publish->add_option_group("source");
  source->add_option("--post", o.publish.post, "The text itself")->check(not_empty);
  source->add_option("--file", o.publish.file, "A file; - is standard input")->check(not_empty);
  source->add_flag("--stdin-lines", o.publish.stdin_lines, "Each line of standard input is a post");
  source->require_option(1);
  publish->add_option("--title", o.publish.title, "A title");
  publish->add_option("--updates", o.publish.updates, "URI of a post that this one replaces");
  publish->callback([&] {
    run = [&] {
      o.publish.home = o.home;
      return tools::run_publish(o.publish);
    };
  });
  auto* remove = with_home(app.add_subcommand("delete", "Delete one's own resources"), o);
  remove->add_option("URI", o.uris, "What `sdmp publish` printed")->required();
  remove->callback([&] { run = [&] { return tools::run_delete(o.home, o.uris); }; });

  auto* sync = with_home(app.add_subcommand("sync", "One round with a peer, both ways"), o);
  sync->add_option("--peer", o.sync.peer, "ADDR:PORT or FINGERPRINT@ADDR:PORT")->required();
  sync->add_flag("--watch", o.sync.watch, "Stay connected");
  sync->add_flag("--json", o.sync.json, "The report as JSON");
  sync->add_option("--timeout", o.sync.timeout_s, "Seconds without any progress before giving up")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  sync->callback([&] {
    run = [&] {
      o.sync.home = o.home;
      return tools::run_sync(o.sync);
    };
  });
}

void add_reading_commands(CLI::App& app, Options& o, Run& run) {
  auto* show = with_home(app.add_subcommand("show", "Print a resource's payload"), o);
  show->add_option("URI", o.show.uri, "sdmp://PUBLISHER/IDENTIFIER")->required();
  auto* container = show->add_flag("--container", o.show.container, "The exact container");
  show->add_flag("--content", o.show.content, "A post's text alone")->excludes(container);
  show->callback([&] {
    run = [&] {
      o.show.home = o.home;
      return tools::run_show(o.show);
    };
  });

  auto* log = with_home(app.add_subcommand("log", "Print the journal"), o);
  log->add_option("--since", o.log.since, "Start behind this line (0: the first line)")
      ->check(CLI::NonNegativeNumber);
  log->add_option("--limit", o.log.limit, "At most so many lines (0: all)")
      ->check(CLI::NonNegativeNumber);
  log->add_flag("--json", o.log.json, "One JSON object a line");
  log->add_flag("--peers", o.log.peers, "How far each peer's journal is known");
  log->callback([&] {
    run = [&] {
      o.log.home = o.home;
      return tools::run_log(o.log);
    };
  });

  auto* verify = with_home(app.add_subcommand("verify",
                                              "Check the whole journal and every "
                                              "resource"),
                           o);
  verify->add_flag("--json", o.verify.json, "The result as one JSON object");
  verify->callback([&] {
    run = [&] {
      o.verify.home = o.home;
      return tools::run_verify(o.verify);
    };
  });

  auto* status = with_home(app.add_subcommand("status", "Figures of the running sdmpd"), o);
  status->add_flag("--prometheus", o.prometheus, "In Prometheus' text format");
  status->callback([&] { run = [&] { return tools::run_status(o.home, o.prometheus); }; });

  auto* reset = with_home(app.add_subcommand("reset-peer",
                                             "Forget a forked peer's journal; it is "
                                             "read anew"),
                          o);
  reset->add_option("FINGERPRINT", o.fingerprint, "The peer's node")->required();
  reset->callback([&] { run = [&] { return tools::run_reset_peer(o.home, o.fingerprint); }; });
}

// A validator: so many octets as hexadecimal digits.
auto hexadecimal(std::size_t octets) {
  return [octets](const std::string& text) -> std::string {
    const bool digits = text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (digits && text.size() == 2 * octets) return {};
    return "needs " + std::to_string(2 * octets) + " hexadecimal digits";
  };
}

void add_inspect_command(CLI::App& app, Options& o, Run& run) {
  auto* inspect = app.add_subcommand(
      "inspect", "Explain containers, or one direction of a captured connection, layer by layer");
  inspect->add_option("FILE", o.inspect.file, "A file, or - for standard input")->required();
  inspect->add_option("--home", o.inspect.home, "Where to look up publishers' keys");
  auto* key = inspect->add_option("--key", o.inspect.key,
                                  "The direction's key, hexadecimal. For captures of tests: others "
                                  "on this machine see the arguments of a program");
  key->check(hexadecimal(codec::kAeadKeyBytes));
  auto* iv = inspect->add_option("--iv", o.inspect.iv, "The direction's iv, hexadecimal");
  iv->check(hexadecimal(codec::kAeadNonceBytes))->needs(key);
  key->needs(iv);
  inspect
      ->add_option("--counter", o.inspect.counter,
                   "Frames under this key before the first one in FILE")
      ->check(CLI::Range(0, (1 << 20) - 1))
      ->needs(key);
  inspect->add_flag("--packed", o.inspect.packed, "FILE is the plaintext of one frame")
      ->excludes(key);
  inspect->add_flag("--json", o.inspect.json, "One JSON object");
  inspect->callback([&] { run = [&] { return tools::run_inspect(o.inspect); }; });
}

// One fingerprint in 64 begins with a hyphen, which would make it an option: those go behind "--".
std::vector<std::string> with_fingerprints_last(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool is_marked = std::ranges::find(arguments, "--") != arguments.end();
  const auto fingerprints = std::stable_partition(
      arguments.begin(), arguments.end(), [is_marked](const std::string& argument) {
        return is_marked || !argument.starts_with('-') || !codec::Fingerprint::parse(argument);
      });
  if (fingerprints != arguments.end()) arguments.insert(fingerprints, "--");
  // As the parser wants them.
  std::ranges::reverse(arguments);
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  codec::crypto_init();
  CLI::App app("sdmp: keys, trust, publish, sync, show, inspect and verify for an SDMP node");
  app.set_version_flag("--version", "sdmp 0.1.0 (SDMP 0.10)");
  app.require_subcommand(1);
  Options options;
  Run run;
  add_home_commands(app, options, run);
  add_content_commands(app, options, run);
  add_reading_commands(app, options, run);
  add_inspect_command(app, options, run);
  try {
    app.parse(with_fingerprints_last(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    if (argc > 1 && argv[1][0] != '-' &&
        app.get_subcommands([&](const CLI::App* command) { return command->get_name() == argv[1]; })
            .empty()) {
      std::cerr << "sdmp: there is no command '" << argv[1] << "': `sdmp --help` lists them\n";
      return 2;
    }
    std::cerr << "sdmp: " << error.what() << "\nsdmp: `sdmp --help` and `sdmp COMMAND --help` list "
              << "what there is\n";
    return 2;
  }
  const int code = run();
  std::cout.flush();
  if (!std::cout) return tools::fail("standard output could not take all of the data");
  return code;
}
