#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "apps/commands.h"
#include "apps/console.h"
#include "core/error.h"
#include "core/version.h"

namespace infoplane::apps {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2, kMissing = 3 };

int fail(const std::exception& error, ExitCode code) {
  std::cerr << "infoplane: " << error.what() << '\n';
  return code;
}

int run(int argc, char** argv) {
  CLI::App app{"Trains image classifiers and draws them on the information plane.", "infoplane"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("infoplane ") + kVersion + " (" + kCommit + ")");
  app.footer("`infoplane COMMAND --help` says more of each.");
  int code = kDone;
  add_doctor(app);
  add_data(app);
  add_models(app);
  add_train(app, argc, argv, code);
  add_mi(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return app.exit(error);  // --help, --version
    }
    std::cerr << "infoplane: " << parse_error_line(app, argc, argv, error.what()) << '\n';
    return kWrongUse;
  } catch (const UsageError& error) {
    return fail(error, kWrongUse);
  } catch (const DataError& error) {
    return fail(error, kMissing);
  } catch (const DeviceMissing& error) {
    return fail(error, kMissing);
  } catch (const std::exception& error) {
    return fail(error, kFailed);
  }
  return code;
}

}  // namespace
}  // namespace infoplane::apps

int main(int argc, char** argv) { return infoplane::apps::run(argc, argv); }
