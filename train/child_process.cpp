#include "train/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.h"
#include "train/settings.h"

namespace infoplane {
namespace {

/// This process's variables, without those that set keys of the configuration.
std::vector<char*> clean_environment() {
  std::vector<std::string> taken;
  for (const ConfigKey& key : config_keys()) {
    taken.push_back(environment_name(key.name) + "=");
  }
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::none_of(taken.begin(), taken.end(), [&](const std::string& name) {
          return std::strncmp(*variable, name.c_str(), name.size()) == 0;
        })) {
      variables.push_back(*variable);
    }
  }
  variables.push_back(nullptr);
  return variables;
}

int open_output(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    throw Error("cannot write " + file.string() + ": " + std::strerror(errno) +
                "; check the folder and its permissions");
  }
  return descriptor;
}

}  // namespace

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments,
                           const std::filesystem::path& out, const std::filesystem::path& err,
                           const FolderLock* held) {
  std::error_code no_link;
  const std::filesystem::path leads_to = std::filesystem::read_symlink(program, no_link);
  std::vector<char*> argv = {const_cast<char*>((no_link ? program : leads_to).c_str())};
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  const std::vector<char*> environment = clean_environment();
  const int out_descriptor = open_output(out);
  const int err_descriptor = open_output(err);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {  // only what may be called after fork() in a program with threads
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (held != nullptr) {
      held->keep_in_new_program();
    }
    if (::getppid() != parent) {
      ::_exit(1);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);  // what is ignored stays so in a new program
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(out_descriptor, STDOUT_FILENO);
    ::dup2(err_descriptor, STDERR_FILENO);
    ::execve(program.c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  const int reason = errno;
  ::close(out_descriptor);
  ::close(err_descriptor);
  if (process_ < 0) {
    throw Error("cannot start " + program.string() + ": " + std::strerror(reason) +
                "; try again with fewer --jobs");
  }
}

ChildProcess::~ChildProcess() {
  if (!exit_code()) {
    terminate();
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
  }
}

void ChildProcess::terminate() {
  if (!exit_code_) {
    ::kill(process_, SIGTERM);
  }
}

std::optional<int> ChildProcess::exit_code() {
  constexpr int kLost = 255;  // somebody else waited for it
  if (exit_code_) {
    return exit_code_;
  }
  int status = 0;
  const pid_t ended = ::waitpid(process_, &status, WNOHANG);
  if (ended == process_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } else if (ended < 0 && errno == ECHILD) {
    exit_code_ = kLost;
  }
  return exit_code_;
}

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) {
    throw Error("no folder for temporary files: " + error.message() + "; see TMPDIR");
  }
  std::string name = (parent / "infoplane-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error("cannot create the temporary folder " + name + ": " + std::strerror(errno) +
                "; see TMPDIR");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace infoplane
