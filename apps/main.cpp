#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "apps/commands.h"
#include "apps/console.h"
#include "core/error.h"
#include "core/version.h"

namespace infoplane::apps {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2, kMissing = 3 };

/// Lets OpenMP's threads sleep soon when they wait, unless the user says otherwise. By default
/// libgomp spins for milliseconds, and on a machine with other work that stalls every parallel
/// region. It reads its environment before main(), so the program starts itself once more.
void let_threads_sleep(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr) {
    ::setenv("GOMP_SPINCOUNT", "1000", 1);
    ::execv("/proc/self/exe", argv);  // returns only when it fails: then all just runs slower
  }
}

int fail(const std::exception& error, ExitCode code) {
  std::cerr << "infoplane: " << error.what() << '\n';
  return code;
}

}  // namespace

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
  add_resume(app, code);
  add_phases(app);
  add_rank(app);
  add_report(app);
  add_reproduce(app, argc, argv, code);
  add_figure(app);
  add_mi(app);
  add_inversions(app);
  add_bench(app);
  add_completion(app);
  add_man(app);
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

}  // namespace infoplane::apps

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of that write, not the end
  infoplane::apps::let_threads_sleep(argv);
  return infoplane::apps::run(argc, argv);
}
