#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/help_format.h"
#include "core/error.h"
#include "core/version.h"

namespace infoplane::apps {
namespace {

/// Lets OpenMP's threads sleep soon when they wait, unless the user says otherwise. By default
/// libgomp spins for milliseconds, and on a machine with other work that stalls every parallel
/// region. It reads its environment before main(), so the program starts itself once more.
void let_threads_sleep(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr) {
    ::setenv("GOMP_SPINCOUNT", "1000", 1);
    ::execv("/proc/self/exe", argv);  // returns only when it fails: then all just runs slower
  }
}

/// Gives a program that was started without standard streams, as daemons start some, /dev/null in
/// their place: else the first files that it opens would take what is printed.
void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1) {
      ::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);  // the least free one
    }
  }
}

/// What is left to say when the pages behind a mapped file are gone, as someone has cut it or the
/// disk fails; whatever else the signal means ends the program as ever.
extern "C" void end_on_lost_pages(int signal, siginfo_t* cause, void* /*context*/) {
  if (cause->si_code != BUS_ADRERR) {
    std::signal(signal, SIG_DFL);
    return;  // to what raises it again
  }
  constexpr std::string_view kLine =
      "infoplane: a file became shorter while it was read, or cannot be read any more; read it "
      "again when it is whole\n";
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  ::_exit(kMissing);
}

/// Where to read on, under the help of what has commands. Once all are there: new ones inherit it.
void add_footers(CLI::App& app, const std::string& path) {
  const std::vector<CLI::App*> commands = app.get_subcommands(nullptr);
  if (!commands.empty()) {
    app.footer("`" + path + " COMMAND --help` says more of each.");
  }
  for (CLI::App* command : commands) {
    add_footers(*command, path + " " + command->get_name());
  }
}

int fail(const std::exception& error, ExitCode code) {
  std::cerr << "infoplane: " << error.what() << '\n';
  return code;
}

/// Whether a file cannot be found or looked at, in the words of the operating system.
bool is_missing(const std::error_code& reason) {
  return reason == std::errc::no_such_file_or_directory || reason == std::errc::not_a_directory ||
         reason == std::errc::permission_denied || reason == std::errc::filename_too_long ||
         reason == std::errc::too_many_symbolic_link_levels;
}

/// Whether what the command printed was its progress, as it has left its results in files.
bool left_files(const CLI::App* command) {
  const auto given = [command](const char* option) {
    const CLI::Option* known = command->get_option_no_throw(option);
    return known != nullptr && known->count() > 0;
  };
  const std::string& name = command->get_name();
  return ((name == "train" || name == "resume") && !given("--dry-run")) ||
         (name == "reproduce" && !given("--dry-run") && !given("--json"));
}

}  // namespace

int run(int argc, char** argv) {
  ::prctl(PR_SET_NAME, "infoplane");  // else it is exe, as let_threads_sleep() starts it
  CLI::App app{"Trains image classifiers and draws them on the information plane.", "infoplane"};
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());  // which the commands inherit
  app.set_version_flag("--version", std::string("infoplane ") + kVersion + " (" + kCommit + ")");
  int code = kDone;
  add_doctor(app);
  add_data(app, code);
  add_models(app);
  add_train(app, argc, argv, code);
  add_resume(app, code);
  add_phases(app);
  add_rank(app);
  add_report(app);
  add_reproduce(app, argc, argv, code);
  add_figure(app);
  add_outputs(app, code);
  add_mi(app);
  add_inversions(app);
  add_bench(app);
  add_completion(app);
  add_man(app);
  add_footers(app, app.get_name());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // --help, --version
      return code_if_printed(kDone);
    }
    std::cerr << "infoplane: " << parse_error_line(app, argc, argv, error.what()) << '\n';
    return kWrongUse;
  } catch (const UsageError& error) {
    return fail(error, kWrongUse);
  } catch (const DataError& error) {
    return fail(error, kMissing);
  } catch (const DeviceMissing& error) {
    return fail(error, kMissing);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(DataError(error.path1().string() + ": " + error.code().message() +
                          "; check the path and its permissions"),
                is_missing(error.code()) ? kMissing : kFailed);
  } catch (const std::bad_alloc&) {
    return fail(Error("not enough memory for that many rows, images or classes; take fewer"),
                kFailed);
  } catch (const std::exception& error) {
    return fail(error, kFailed);
  }
  const std::vector<CLI::App*> commands = app.get_subcommands();
  return std::any_of(commands.begin(), commands.end(), left_files) ? code : code_if_printed(code);
}

}  // namespace infoplane::apps

int main(int argc, char** argv) {
  std::signal(SIGCHLD, SIG_DFL);  // ignored, as some start programs, no exit code would be known
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of that write, not the end
  struct sigaction on_lost_pages {};
  on_lost_pages.sa_sigaction = infoplane::apps::end_on_lost_pages;
  on_lost_pages.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &on_lost_pages, nullptr);
  infoplane::apps::open_standard_streams();
  infoplane::apps::let_threads_sleep(argv);
  return infoplane::apps::run(argc, argv);
}
